"""The protocol beside the talk: the wire that made it, and the states; what is selected on both sides.

Owns: which exchange is highlighted, and how far a wire is scrolled. Must not: draw (`wire_pane`, `states_pane`).
"""

from itertools import islice

from terminal.client import Client
from terminal.model.line import Line
from terminal.model.window import Anchor, Window
from terminal.screen.canvas import Canvas
from terminal.screen.look import Row, blank, fitted
from terminal.screen.regions import Rectangle
from terminal.screen.states_pane import states_rows
from terminal.screen.wire_pane import WirePane, WirePlace, WirePlaced, WireView
from terminal.sessions.session import Session
from terminal.text.clean import plain

_LOOKED_THROUGH = 500  # lines, for the newest one that has an exchange


class ProtocolView:
    """The wire and the states of the session one looks at, as the sides of a canvas. `selected` is the exchange that a
    person has chosen, 0 while the newest one is highlighted."""

    def __init__(self, client: Client, canvas: Canvas) -> None:
        self.selected = 0
        self._client = client
        self._canvas = canvas
        self._pane = WirePane()
        self._places: dict[str, WirePlace | None] = {}  # by session
        self._placed: list[WirePlaced] = []
        self._chosen_in = ""  # the session of `selected`
        canvas.sides |= {"wire": self.wire, "states": self.states}
        canvas.paired = self.paired
        client.windows.on_switch.append(self._switched)

    # What is drawn

    def wire(self, width: int, height: int) -> list[Row]:
        """The wire: a row of title, and `height` - 1 of lines."""
        session = self._client.session
        if session is None:
            return _nothing(width, height)
        place = self._places.get(session.name)
        self._placed = self._pane.rows(self._view(session), width, height - 1, place)
        more = f" · {_below(session, place)} below" if place else ""
        title = f" {plain(session.name)} · → sent ← received{more} "
        head = fitted([("class:topicbar", title)], width)
        return [head, *(placed.row for placed in self._placed)]

    def states(self, width: int, height: int) -> list[Row]:
        """The machine of the connection."""
        session = self._client.session
        if session is None:
            return _nothing(width, height)
        title = f"{session.name} · {session.dialect.title}"
        return states_rows(session.machine, title, width, height)

    def paired(self) -> int:
        """The exchange to highlight on both sides: the selected one, else the newest one that has a line."""
        session, window = self._client.session, self._client.windows.current
        if session is None or window is None or not window.server:
            return 0
        if self.selected and self._chosen_in == session.name:
            return self.selected
        if window.kind == "wire":
            return 0
        newest = islice(reversed(window.lines), _LOOKED_THROUGH)
        return next((line.exchange for line in newest if line.exchange), 0)

    # What a person does

    def toggle_keepalive(self) -> None:
        """Fold PING and PONG, or not."""
        self._client.settings.keepalive = not self._client.settings.keepalive

    def move(self, by: int) -> None:
        """Select the exchange before (-1) or after (1); behind the newest one, follow again."""
        session, window = self._client.session, self._client.windows.current
        if session is None or window is None:
            return
        known = self._exchanges(session, window)
        current = self.paired()
        index = (known.index(current) if current in known else len(known)) + by
        if index >= len(known):
            self.follow()
        elif known:
            self.select(known[max(0, index)])

    def select(self, exchange: int) -> None:
        """Highlight an exchange, and bring it into view on both sides."""
        session = self._client.session
        if session is None or not exchange:
            return
        self.selected, self._chosen_in = exchange, session.name
        numbers = [entry.number for entry in session.wire.entries if entry.exchange == exchange]
        shown = {placed.entry.number for placed in self._placed if placed.entry}
        if numbers and not shown.issuperset(numbers):
            self._places[session.name] = WirePlace(numbers[-1])
        self._show_line(exchange)

    def follow(self) -> None:
        """Highlight and show what is newest."""
        window = self._client.windows.current
        if self.selected and window is not None:
            window.hold(None)
        self.selected = 0
        self._places.clear()

    def click(self, x: int, y: int) -> bool:
        """Select what is at this cell, on either side; whether there was anything."""
        line = self._canvas.line_at(x, y)
        exchange = line.exchange if line is not None and self._is_shown else 0
        box = self._box
        if box is not None and box.holds(x, y):
            index = y - box.top - 1
            entry = self._placed[index].entry if 0 <= index < len(self._placed) else None
            exchange = entry.exchange if entry else 0
        self.select(exchange)
        return bool(exchange)

    def holds(self, x: int, y: int) -> bool:
        """Whether the wire is at this cell."""
        return self._box is not None and self._box.holds(x, y)

    def scroll(self, by: int) -> None:
        """Scroll the wire by rows, up when positive."""
        session, box = self._client.session, self._box
        if session is not None and box is not None:
            name = session.name
            self._places[name] = self._pane.scrolled(
                self._view(session), box.width, box.height - 1, self._places.get(name), by
            )

    @property
    def page(self) -> int:
        """How many rows a page of the wire is."""
        return max(1, self._box.height - 2) if self._box else 1

    # What is behind that

    @property
    def is_whole(self) -> bool:
        """Whether the current window is a wire."""
        window = self._client.windows.current
        return window is not None and window.kind == "wire"

    @property
    def _is_shown(self) -> bool:
        return self._canvas.split == "wire" and not self.is_whole

    @property
    def _box(self) -> Rectangle | None:
        regions = self._canvas.regions
        if regions is None:
            return None
        if self.is_whole:
            return regions.talk
        return regions.side if self._canvas.split == "wire" else None

    def _view(self, session: Session) -> WireView:
        return WireView(
            session.wire.entries,
            session.server.dialect,
            session.machine.state,
            self.paired(),
            not self._client.settings.keepalive,
        )

    def _exchanges(self, session: Session, window: Window) -> list[int]:
        """Those to step through, in the order of the wire: beside a talk those that it has lines of."""
        folded = not self._client.settings.keepalive
        known = dict.fromkeys(
            entry.exchange for entry in session.wire.entries if entry.exchange and not (folded and entry.keepalive)
        )
        said = {line.exchange for line in window.lines} if window.kind != "wire" else set()
        return [exchange for exchange in known if exchange in said] or list(known)

    def _show_line(self, exchange: int) -> None:
        window = self._client.windows.current
        if window is None or window.kind == "wire":
            return
        shown: set[int] = {placed.line.exchange for placed in self._canvas.placed if placed.line}
        found: Line | None = next((line for line in reversed(window.lines) if line.exchange == exchange), None)
        if found is not None and exchange not in shown:
            window.hold(Anchor(found.number))

    def _switched(self, old: Window | None, new: Window) -> None:
        if old is None or old.server != new.server:
            self.selected = 0


def _below(session: Session, place: WirePlace) -> int:
    return sum(entry.number > place.number for entry in session.wire.entries)


def _nothing(width: int, height: int) -> list[Row]:
    return [blank(width) for _ in range(height)]
