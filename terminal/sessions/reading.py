"""How far one has read, the same on all of one's devices: markers to the server, and from it.

Owns: when a marker is sent, and what one that comes changes. Must not: know a wire format, or draw a marker.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from terminal.events import MarkerIs
from terminal.loop import Timer
from terminal.model.line import Line
from terminal.model.window import Window
from terminal.sessions.history import last_said

if TYPE_CHECKING:
    from terminal.sessions.session import Session


MOST_MARKERS = 10_000  # a server may tell of any name
READ_SECONDS = 3.0  # after lines came in that are looked at; no marker is sent more often


class Reading:
    """The markers of one session, by folded name."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._markers: dict[str, datetime] = {}
        self._sent: dict[str, int] = {}  # the exchange of the last marker
        self._timer: Timer | None = None

    def reset(self) -> None:
        """A new connection begins."""
        self._markers.clear()
        self._sent.clear()

    @property
    def _is_shared(self) -> bool:
        dialect = self._session.dialect
        return self._session.host.settings.read_markers and dialect.ready and "markers" in dialect.features

    def mark(self, window: Window) -> None:
        """Tell the server that a window was read to its end. Nothing for one that is scrolled up, and nothing that the
        server knows already."""
        _, time = last_said(window)
        if window.kind not in ("channel", "private") or time is None or window.anchor is not None:
            return
        key = self._key(window.name)
        known = self._markers.get(key)
        if self._is_shared and (known is None or known < time):
            self._markers[key] = time
            self._session.outbox.withdraw(self._sent.get(key, 0))  # one that still waits is outdated
            exchange = self._sent[key] = self._session.wire.begin()
            self._session.do(self._session.dialect.mark_read(window.name, time), exchange)

    def look(self) -> None:
        """Somebody reads what is shown: the server is told soon, once for all that comes until then."""
        if self._timer is None and self._is_shared:
            self._timer = self._session.host.loop.call_later(READ_SECONDS, self._looked)

    def _looked(self) -> None:
        self._timer = None
        window = self._session.host.windows.current
        if window is not None and window.server == self._session.name:
            self._session.mark_read(window)

    def ask(self, window: Window) -> None:
        """Ask how far one has read; of channels the server tells by itself."""
        if self._is_shared:
            self._session.do(self._session.dialect.mark_read(window.name))

    def told(self, event: MarkerIs) -> None:
        """What was read elsewhere is no longer unread here; what was unread here stays so at most."""
        if event.time is None or not self._session.host.settings.read_markers:
            return
        key = self._key(event.target)
        known = self._markers.get(key)
        time = self._markers[key] = event.time if known is None else max(known, event.time)
        if len(self._markers) > MOST_MARKERS:
            del self._markers[next(iter(self._markers))]
        window = self._session.host.windows.find(self._session.name, event.target, self._session.dialect.fold)
        if window is None or window is self._session.host.windows.current:
            return  # while one looks, the marker stays where it was
        place_marker(window, time)
        unread = unread_lines(window, time)
        if len(unread) < window.unread:
            _count(window, unread)
        self._session.host.changed()

    def played(self, window: Window, is_first: bool) -> None:
        """What was said before is there: what comes after the server's marker is unread. is_first -- nothing was known
        of this window before, so that nothing is counted yet."""
        time = self._markers.get(self._key(window.name))
        if time is None or not self._session.host.settings.read_markers:
            return
        if is_first:
            window.marker = 0
            place_marker(window, time)
        if window is not self._session.host.windows.current:
            place_marker(window, time)
            unread = unread_lines(window, time)
            if is_first or len(unread) < window.unread:
                _count(window, unread)
        self._session.host.changed()

    def _key(self, name: str) -> str:
        return self._session.dialect.fold(name)


def place_marker(window: Window, time: datetime) -> None:
    """Put the marker below the last line of that moment; never upwards."""
    index = next((index for index in reversed(range(len(window.lines))) if window.lines[index].time <= time), -1)
    if index > window.index_of(window.marker):
        window.marker = window.lines[index].number
        window.version += 1


def unread_lines(window: Window, time: datetime) -> list[Line]:
    """What others have said since."""
    return [line for line in window.lines if line.time > time and line.is_speech and not line.own]


def _count(window: Window, unread: list[Line]) -> None:
    window.unread = len(unread)
    window.mentions = sum(line.mention or window.kind == "private" for line in unread)
