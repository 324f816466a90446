"""What was said before: asked for when a channel is entered, when the connection is back, and when somebody wants it.

Owns: what is asked, how far, and what counts as missed. Must not: word a line, or know a wire format.

On the first visit the last messages are asked for: they are shown, and count as read unless the server's read marker
says otherwise. After a loss everything since the last message is asked for, page by page, `history_lines` at most;
that was missed, and counts as unread. If there is more, or the server does not know the last message any more, a line
says so. Private talks come behind the channels, one after the other: strangers may have begun many. One that is shown
is asked for at once. What is older than the oldest line comes when somebody wants it. Nobody is told that the server
refuses what nobody has asked for.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from terminal import wording
from terminal.dialects import Unsupported
from terminal.dialects.base import HISTORY_LIMIT
from terminal.dialects.by_name import ByName
from terminal.events import HistoryEnd, Step, Talks
from terminal.model.line import Line
from terminal.model.window import Window
from terminal.sessions.talks import MissedTalks

if TYPE_CHECKING:
    from terminal.sessions.session import Session

PAGES = 20  # a server that gives single messages is not asked for ever
GAP = "... more was said that is not shown here."
UNKNOWN = "... more may have been said here: the server does not know the message above any more."


@dataclass(slots=True)
class _Asked:
    """A question that is not answered to its end: for the latest messages, for what came while we were away, or for
    what is older. `is_wanted`: somebody has asked, and is told what became of it."""

    window: Window
    what: Literal["latest", "missed", "older"]
    left: int
    is_wanted: bool = False
    pages: int = 0
    total: int = 0  # lines that were not known
    fresh: int = 0  # the same of the present page
    oldest: Line | None = None
    newest: Line | None = None
    since: tuple[str, datetime | None] = "", None  # what is asked for behind: message id, moment
    is_latest: bool = False  # it asked for what was missed, but has to do with the latest

    @property
    def is_missed(self) -> bool:
        return self.what == "missed"


class History:
    """The questions of one session, one for each window at a time."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._asked: ByName[_Asked] = ByName(self._key)
        self._since: ByName[tuple[str, datetime | None]] = ByName(self._key)  # what was known before this connection
        self._forgotten: ByName[bool] = ByName(self._key)  # asked for in vain: the window was closed
        self._talks: ByName[bool] = ByName(self._key)  # asked for on this connection
        self._opened: ByName[bool] = ByName(self._key)  # talks of which nothing was known
        self._exhausted: ByName[int] = ByName(self._key)  # the number of the line before which there is nothing
        self._missed = MissedTalks(session)
        self._later: list[Window] = []  # talks of the time before it that are not, the oldest first

    def reset(self) -> None:
        """A new connection begins: nothing is answered any more. What is missed is asked for from here on, or from
        where an earlier question began that was not answered: what comes live before the next one lies behind it."""
        for name, asked in self._asked.items():
            asked.window.expect_older(False)
            if asked.is_missed:
                self._since[name] = asked.since
        for window in self._session.router.windows():
            said = last_said(window, stamped=True)
            if said[1] is not None:
                self._since.setdefault(window.name, said)
        self._asked.clear()
        self._forgotten.clear()
        self._talks.clear()
        self._opened.clear()
        self._exhausted.clear()
        self._later.clear()

    def resume(self) -> None:
        """The server has welcomed us: what was said in private talks meanwhile? Channels are asked when entered."""
        talks = [window for window in self._session.router.windows() if window.kind == "private"]
        known = [(time, number, window) for number, window in enumerate(talks) if (time := window.last_time)]
        self._later = [window for _, _, window in sorted(known)]
        current = self._session.host.windows.current
        if current in self._later:
            self.shown(current)
        self._missed.welcomed()
        self.go_on()

    def heard(self, step: Step) -> None:
        """Something came from the server."""
        self._missed.heard(step)

    def talks(self, event: Talks) -> bool:
        """These talks have something that we may have missed: open their windows, and ask. False when this answers no
        question of ours."""
        since, people = self._missed.answered(event)
        for name in people if since is not None else ():
            window = self._session.host.window("private", self._session.name, name)
            if window.last_time is None and window.name not in self._talks and window not in self._later:
                self._since[window.name] = "", since
                self._later.insert(0, window)
        self.go_on()
        return since is not None

    def opened(self, window: Window) -> None:
        """Somebody begins a private talk: what was said there before is asked for, once, when somebody looks: strangers
        may begin many. Nobody looks at the windows of a script."""
        if window.last_time is not None or window.name in self._talks or not self._session.host.interactive:
            return
        self._opened[window.name] = True
        if window is self._session.host.windows.current:
            self.shown(window)

    def go_on(self) -> None:
        """Ask for the next of the talks that wait for it, when nothing else is asked or to be sent."""
        if self._is_idle:
            self._missed.ask()
        while self._later and self._is_idle:
            self.shown(self._later[-1])

    @property
    def _is_idle(self) -> bool:
        session = self._session
        return session.dialect.ready and not (self._asked or session.dialect.joining or session.outbox.waiting)

    def shown(self, window: Window) -> None:
        """Somebody looks at a window: what is not known of this talk yet is asked for."""
        is_new = window.last_time is None and window not in self._later and window.name not in self._opened
        if not self._session.dialect.ready or window.kind != "private" or is_new:
            return
        if window.name not in self._talks:
            self._talks[window.name] = True
            self._session.reading.ask(window)
        if window in self._later or window.name in self._opened:
            self._later = [other for other in self._later if other is not window]
            self.ask(window)

    def ask(self, window: Window) -> None:
        """Ask for what is missing in a window."""
        session = self._session
        most = session.host.settings.history_lines
        since = self._since.pop(window.name, None)
        if not most or "history" not in session.dialect.features or window.name in self._asked:
            return
        msgid, time = since or last_said(window, stamped=True)
        if self._opened.pop(window.name, False):  # the line that has opened it is not all that there is
            msgid, time = "", None
        asked = _Asked(window, "latest" if time is None else "missed", most)
        self._asked[window.name] = asked
        self._request(asked, msgid, time)

    def more(self, window: Window) -> None:
        """Somebody wants to see further up: ask for older messages, where there may be some. Nobody is told."""
        exhausted, dialect = self._exhausted.get(window.name), self._session.dialect
        is_talk = window.kind in ("channel", "private") and dialect.ready and "history" in dialect.features
        if is_talk and (exhausted is None or exhausted != _first(window)):
            self.older(window, HISTORY_LIMIT, is_wanted=False)

    def older(self, window: Window, count: int, is_wanted: bool = True) -> str:
        """Ask for up to `count` messages before the oldest one of a window. The result is a sentence on why that cannot
        be now, "" when it is asked. Raises Unsupported."""
        room = window.most * 9 // 10 - len(window.lines)  # what comes in live drives out the oldest lines
        if window.name in self._asked:
            return f"The history of {window.name} is on its way: ask again when it is there."
        if room <= 0:
            return f"The window is full: /set scrollback lets it hold more than {window.most} lines."
        asked = _Asked(window, "older", min(count, room), is_wanted, pages=1)
        step = self._session.dialect.earlier(window.name, *first_said(window), asked.left)
        self._asked[window.name] = asked
        window.expect_older()
        self._session.do(step)
        return ""

    def forget(self, window: Window) -> None:
        """A window is closed: what is still answered is shown nowhere, and one that is opened again begins anew."""
        for known in (self._talks, self._opened, self._exhausted):
            known.pop(window.name, None)
        self._since.pop(window.name, None)
        if window in self._later:
            self._later.remove(window)
        if self._asked.pop(window.name, None) is not None:
            self._forgotten[window.name] = True

    def is_forgotten(self, name: str) -> bool:
        """Whether what is told of a channel or talk now was asked for a window that is gone."""
        return name in self._forgotten

    def is_missed(self, window: Window) -> bool:
        """Whether history that comes for this window was said while we were away."""
        asked = self._asked.get(window.name)
        return asked is not None and asked.is_missed

    def came(self, window: Window, line: Line, is_new: bool) -> None:
        """A line of the history was put into a window; `is_new` unless it was there already."""
        asked = self._asked.get(window.name)
        if asked is not None:
            asked.fresh += is_new
            asked.total += is_new
            if asked.oldest is None or line.time < asked.oldest.time:
                asked.oldest = line
            if asked.newest is None or line.time >= asked.newest.time:
                asked.newest = line

    def ended(self, event: HistoryEnd) -> bool:
        """An answer is complete: ask on, or be done. The result is whether somebody has asked for it."""
        self._forgotten.pop(event.target, None)
        asked = self._asked.get(event.target)
        if asked is None:
            return False
        asked.is_latest = asked.is_latest or event.is_latest
        if not self._asks_on(asked, event):
            self._asked.pop(event.target, None)
            self._done(asked, event)
            self.go_on()
        return asked.is_wanted

    def _asks_on(self, asked: _Asked, event: HistoryEnd) -> bool:
        is_full = self._is_full(asked, event.count)
        asked.left -= event.count
        if event.refused and asked.is_missed and not asked.is_latest:
            asked.is_latest = True  # of a dialect that does not do so by itself
            return self._request(asked, "", None)
        if asked.is_latest or asked.what == "latest" or not (asked.fresh and is_full):
            if asked.what == "older":
                self._exhausted[asked.window.name] = _first(asked.window) or 0
            return False
        on = asked.oldest if asked.what == "older" else asked.newest
        if asked.what == "older":
            asked.window.expect_older()
        if on is not None and asked.left > 0 and asked.pages < PAGES:
            return self._request(asked, on.msgid, on.time)
        if asked.is_missed:
            self._tell_gap(asked, GAP, asked.newest)
        return False

    def _done(self, asked: _Asked, event: HistoryEnd) -> None:
        asked.window.expect_older(False)
        if asked.what == "older":
            if asked.is_wanted and not event.refused:
                self._session.host.add(asked.window, self._session.host.line("info", wording.older(asked.total)))
            return
        since = asked.since[1]
        if asked.is_latest and asked.oldest and since and asked.oldest.time > since:
            self._tell_gap(asked, UNKNOWN, replace(asked.oldest, time=asked.oldest.time - timedelta(microseconds=1)))
        self._session.reading.played(asked.window, not asked.is_missed)

    def _is_full(self, asked: _Asked, count: int) -> bool:
        """Whether an answer has as much as could be in it, so that there may be more behind it."""
        page = self._session.dialect.history_page
        return count >= min(page, asked.left) if page else count > 0

    def _request(self, asked: _Asked, msgid: str, time: datetime | None) -> bool:
        """Ask for a page; False when that cannot be."""
        asked.fresh, asked.oldest, asked.newest, asked.pages = 0, None, None, asked.pages + 1
        if time is not None:
            asked.since = msgid, time
        dialect, name = self._session.dialect, asked.window.name
        try:
            step = (dialect.earlier if asked.what == "older" else dialect.history)(name, msgid, time, asked.left)
            self._session.do(step, self._session.router.exchange)  # it belongs to what made us ask
        except Unsupported:
            self._asked.pop(name, None)
            return False
        return True

    def _tell_gap(self, asked: _Asked, text: str, beside: Line | None) -> None:
        host = self._session.host
        host.add(asked.window, replace(host.line("info", text, beside.time if beside else None), history=True))

    def _key(self, name: str) -> str:
        return self._session.dialect.fold(name)


def _first(window: Window) -> int | None:
    return window.lines[0].number if window.lines else None


def first_said(window: Window) -> tuple[str, datetime | None]:
    """Message id and moment of the first thing said in a window; of one with an id where there is one."""
    said = [line for line in window.lines if line.is_speech and not line.pending]
    line = next((one for one in said if one.msgid), said[0] if said else None)
    return (line.msgid, line.time) if line else ("", None)


def last_said(window: Window, stamped: bool = False) -> tuple[str, datetime | None]:
    """Message id and moment of the last thing said in a window; of one with an id where there is one, as its moment is
    the server's. stamped -- by the server's clock only: our own may be ahead, and what is asked for behind it missing.
    """
    said = [line for line in reversed(window.lines) if line.is_speech and not line.pending]
    said = [line for line in said if line.msgid or line.stamped] if stamped else said
    line = next((one for one in said if one.msgid), said[0] if said else None)
    return (line.msgid, line.time) if line else ("", None)
