"""Private talks that somebody has begun, or gone on with, while we were away: which there are.

Owns: from when on, and the question. Must not: ask for what was said in one (that is `history`).

Only what this run of the client has missed is asked for: at its first welcome nothing was. The last moment that the
server's own clock has told is where that begins.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from terminal.events import Step, Talks

if TYPE_CHECKING:
    from terminal.sessions.session import Session

MOST = 50  # windows that open by themselves
_AHEAD = timedelta(days=1)  # how much the clock of the server may be ahead of ours


class MissedTalks:
    """The question of one session."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._heard: datetime | None = None
        self._since: datetime | None = None  # of the question that has no answer yet
        self._is_due = False

    def heard(self, step: Step) -> None:
        """Something came from the server: what is told live until then is not missed."""
        if step.time is not None and not step.told_again and self._session.dialect.ready:
            self._heard = max(step.time, self._heard or step.time)

    def welcomed(self) -> None:
        """A new connection has begun: what was told until now is all that is known."""
        self._since = self._since or self._heard
        self._is_due = True

    def ask(self) -> None:
        """Who has written meanwhile? Once for each connection."""
        session = self._session
        is_due, self._is_due = self._is_due, False
        if not is_due or self._since is None or not session.host.settings.history_lines:
            return
        until = max(self._since, session.host.now()) + _AHEAD
        step = session.dialect.talks(self._since, until, MOST)
        if not step.lines:
            self._since = None
        session.do(step, session.router.exchange)

    def answered(self, event: Talks) -> tuple[datetime | None, list[str]]:
        """From when on something was missed, and the people whose talks have something; None: nobody has asked."""
        since, self._since = self._since, None
        dialect, ignores = self._session.dialect, self._session.host.ignores
        people = [
            name
            for name, _ in event.rows[:MOST]
            if not dialect.is_channel(name) and not dialect.is_own(name) and not ignores(name)
        ]
        return since, people
