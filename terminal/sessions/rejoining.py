"""Entering a channel again after a kick, where the settings say so.

Owns: when, and how often. Must not: insist: one attempt, whatever the server answers to it, and none for who is thrown
out again at once.
"""

from typing import TYPE_CHECKING

from terminal.dialects.by_name import ByName

if TYPE_CHECKING:
    from terminal.sessions.session import Session

PAUSE_SECONDS = 4.0  # at once would look like a program that argues
CALM_SECONDS = 60.0  # who is kicked again sooner than that after an attempt is not wanted there


class Rejoining:
    """The kicks of one session."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._tried: ByName[float] = ByName(lambda name: session.dialect.fold(name))

    def kicked(self, channel: str) -> None:
        """We were thrown out of a channel just now. To be called while its key is still known."""
        session, loop = self._session, self._session.host.loop
        last = self._tried.get(channel)
        if not session.host.settings.rejoin or (last is not None and loop.time() - last < CALM_SECONDS):
            return
        self._tried[channel] = loop.time() + PAUSE_SECONDS
        dialect, key = session.dialect, session.wanted.key(channel)

        def again() -> None:
            window = session.router.known(channel)
            is_the_same = session.dialect is dialect and dialect.ready  # a new connection knows nothing of the kick
            if is_the_same and session.host.settings.rejoin and window is not None and not window.joined:
                session.do(dialect.join(channel, key))

        loop.call_later(PAUSE_SECONDS, again)
