"""What was said before: asked for when a channel is entered, and when the connection is back.

Owns: what is asked, how far, and what counts as missed. Must not: word a line, or know a wire format.

On the first visit the last messages are asked for: they are shown, and count as read unless the server's read marker
says otherwise. After a loss everything since the last message is asked for, page by page, `history_lines` at most;
that was missed, and counts as unread. If there is more, a line says so.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from terminal.dialects import Unsupported
from terminal.events import HistoryEnd
from terminal.model.line import Line
from terminal.model.window import Window

if TYPE_CHECKING:
    from terminal.sessions.session import Session

PAGES = 20  # a server that gives single messages is not asked for ever
GAP = "... more was said that is not shown here."


@dataclass(slots=True)
class _Asked:
    """A question that is not answered to its end. `is_missed`: it asks for what came while we were away."""

    window: Window
    is_missed: bool
    left: int
    pages: int = 0
    fresh: int = 0  # lines of the present page that were not known
    newest: Line | None = None


class History:
    """The questions of one session, one for each window at a time."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._asked: dict[str, _Asked] = {}

    def reset(self) -> None:
        """A new connection begins: nothing is answered any more."""
        self._asked.clear()

    def resume(self) -> None:
        """The server has welcomed us: what was said in private talks meanwhile? Channels are asked when entered."""
        for window in self._session.router.windows():
            if window.kind == "private" and window.last_time is not None:
                self._session.reading.ask(window)
                self.ask(window)

    def ask(self, window: Window) -> None:
        """Ask for what is missing in a window."""
        session = self._session
        most = session.host.settings.history_lines
        if not most or "history" not in session.dialect.features or self._key(window.name) in self._asked:
            return
        msgid, time = last_said(window)
        asked = _Asked(window, time is not None, most)
        self._asked[self._key(window.name)] = asked
        self._request(asked, msgid, time)

    def is_missed(self, window: Window) -> bool:
        """Whether history that comes for this window was said while we were away."""
        asked = self._asked.get(self._key(window.name))
        return asked is not None and asked.is_missed

    def came(self, window: Window, line: Line, is_new: bool) -> None:
        """A line of the history was put into a window; `is_new` unless it was there already."""
        asked = self._asked.get(self._key(window.name))
        if asked is not None:
            asked.fresh += is_new
            if asked.newest is None or line.time >= asked.newest.time:
                asked.newest = line

    def ended(self, event: HistoryEnd) -> None:
        """An answer is complete: ask on, or be done."""
        asked = self._asked.get(self._key(event.target))
        if asked is None:
            return
        is_full = self._is_full(asked, event.count)
        asked.left -= event.count
        if asked.is_missed and asked.fresh > 0 and is_full:
            if asked.left > 0 and asked.pages < PAGES and asked.newest is not None:
                self._request(asked, asked.newest.msgid, asked.newest.time)
                return
            self._tell_gap(asked)
        del self._asked[self._key(event.target)]
        self._session.reading.played(asked.window, not asked.is_missed)

    def _is_full(self, asked: _Asked, count: int) -> bool:
        """Whether an answer has as much as could be in it, so that there may be more behind it."""
        page = self._session.dialect.history_page
        return count >= min(page, asked.left) if page else count > 0

    def _request(self, asked: _Asked, msgid: str, time: datetime | None) -> None:
        asked.fresh, asked.newest, asked.pages = 0, None, asked.pages + 1
        try:
            step = self._session.dialect.history(asked.window.name, msgid, time, asked.left)
            self._session.do(step, self._session.router.exchange)  # it belongs to what made us ask
        except Unsupported:
            del self._asked[self._key(asked.window.name)]

    def _tell_gap(self, asked: _Asked) -> None:
        host = self._session.host
        time = asked.newest.time if asked.newest else None
        host.add(asked.window, replace(host.line("info", GAP, time), history=True))

    def _key(self, name: str) -> str:
        return self._session.dialect.fold(name)


def last_said(window: Window) -> tuple[str, datetime | None]:
    """Message id and moment of the last thing said in a window; of one with an id where there is one, as its moment is
    the server's."""
    said = [line for line in reversed(window.lines) if line.is_speech]
    line = next((one for one in said if one.msgid), said[0] if said else None)
    return (line.msgid, line.time) if line else ("", None)
