"""The wire of one server -> rows: both directions, states between them, ends of lines, one row for many PINGs.

Owns: what stands where in such a row, and which rows fit. Must not: choose what is selected, or read a clock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from protocol.masking import MASK
from terminal.screen.look import Row, blank, fitted
from terminal.text.clean import escape, plain
from terminal.text.width import cells, cut
from terminal.text.wrap import wrap
from terminal.wire.annotation import annotated, visible_end
from terminal.wire.log import WireEntry

MARK = "▌"  # in front of what is highlighted, for who does not see the colour
MILLISECONDS_FROM, SECONDS_FROM = 56, 36  # columns from which the time has so much
_CACHE_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class WirePlace:
    """Where one has stopped to read: the lowest entry that is shown, and how many of its rows are hidden below."""

    number: int
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class WirePlaced:
    """A row, the entry that it belongs to (None: a state), and how many rows of that entry come below it."""

    row: Row
    entry: WireEntry | None
    below: int = 0


@dataclass(frozen=True, slots=True)
class WireView:
    """What is looked at: the entries of a server, oldest first, the name of its dialect, the state of its connection
    now, the exchange that is highlighted (0: none), and whether PING and PONG are folded."""

    entries: Sequence[WireEntry]
    dialect: str
    state: str
    exchange: int = 0
    folded: bool = True


class WirePane:
    """Draws wires; remembers the rows of entries that it has drawn."""

    def __init__(self) -> None:
        self._cache: dict[tuple[WireEntry, WireEntry, int, bool], list[Row]] = {}

    def rows(self, view: WireView, width: int, height: int, place: WirePlace | None = None) -> list[WirePlaced]:
        """Exactly `height` rows, the newest at the bottom, or those that one has scrolled to."""
        found = list(islice(self._upwards(view, width, place), height))
        above = [WirePlaced(blank(width), None)] * (height - len(found))
        return [*above, *reversed(found)]

    def scrolled(self, view: WireView, width: int, height: int, place: WirePlace | None, by: int) -> WirePlace | None:
        """The place `by` rows above (below when negative) a place; None is where the pane follows what comes."""
        if by > 0:
            rows = list(islice(self._upwards(view, width, place), height + by))
            bottom = max(0, len(rows) - height)
        else:
            rows = []
            for placed in self._upwards(view, width, None):
                if place is None or _place_of(placed) == place:
                    break
                rows.append(placed)
            bottom = len(rows) + by
        while 0 < bottom < len(rows) and rows[bottom].entry is None:
            bottom += 1 if by > 0 else -1
        if not 0 < bottom < len(rows):
            return place if by > 0 else None
        return _place_of(rows[bottom])

    def _upwards(self, view: WireView, width: int, place: WirePlace | None) -> Iterator[WirePlaced]:
        """All rows from the bottom of the view to the first entry."""
        hidden = place.hidden if place else 0
        later: WireEntry | None = None
        for group in _groups(view, place):
            last = group[-1]
            if later is not None:
                yield from _between(last, later, width)
            elif place is None and view.state != last.state:
                yield WirePlaced(state_row(view.state, width), None)
            marked = bool(view.exchange) and any(entry.exchange == view.exchange for entry in group)
            rows = self._rows(group, view.dialect, width, marked)
            for below in range(min(hidden, len(rows) - 1), len(rows)):
                yield WirePlaced(rows[len(rows) - 1 - below], last, below)
            hidden, later = 0, group[0]
        if later is not None:
            yield WirePlaced(state_row(later.state, width), None)
        elif view.state:
            yield WirePlaced(state_row(view.state, width), None)

    def _rows(self, group: tuple[WireEntry, ...], dialect: str, width: int, marked: bool) -> list[Row]:
        key = (group[0], group[-1], width, marked)
        found = self._cache.get(key)
        if found is None:
            if len(self._cache) > _CACHE_ROWS:
                self._cache.clear()
            inner = width - 1  # the first column is for the mark
            rows = entry_rows(group[0], dialect, inner) if len(group) == 1 else [keepalive_row(group, inner)]
            found = self._cache[key] = [_finished(row, width, marked) for row in rows]
        return found


def _place_of(placed: WirePlaced) -> WirePlace | None:
    return WirePlace(placed.entry.number, placed.below) if placed.entry else None


def _groups(view: WireView, place: WirePlace | None) -> Iterator[tuple[WireEntry, ...]]:
    """From the newest to the oldest: entries that are shown by themselves, or together when they keep alive."""
    together: list[WireEntry] = []
    for entry in reversed(view.entries):
        if place is not None and entry.number > place.number:
            continue
        if together and not (entry.keepalive and _where(entry) == _where(together[-1])):
            yield tuple(reversed(together))
            together = []
        if view.folded and entry.keepalive:
            together.append(entry)
        else:
            yield (entry,)
    if together:
        yield tuple(reversed(together))


def _where(entry: WireEntry) -> tuple[str, int]:
    return entry.state, entry.connection


def _between(upper: WireEntry, lower: WireEntry, width: int) -> Iterable[WirePlaced]:
    if lower.connection != upper.connection:
        return [WirePlaced(state_row(f"connection {lower.connection}: {lower.state}", width), None)]
    return [WirePlaced(state_row(lower.state, width), None)] if lower.state != upper.state else []


def state_row(text: str, width: int) -> Row:
    """A rule with the state that holds below it."""
    head = cut(f"── {plain(text)} ", width)
    return [("class:state.event", head + "─" * (width - cells(head)))]


def keepalive_row(group: Sequence[WireEntry], width: int) -> Row:
    """One row for many lines that only keep the connection alive."""
    return fitted([*_head(group[-1], width, "↔"), ("class:wire.keepalive", f"PING/PONG × {len(group)}")], width)


def entry_rows(entry: WireEntry, dialect: str, width: int) -> list[Row]:
    """The rows of one line of the wire; all but the first are indented."""
    head = _head(entry, width, "→" if entry.outgoing else "←")
    indent = sum(cells(text) for _, text in head)
    end: Row = [("class:wire.end", visible_end(entry.end))] if entry.end else []
    return wrap([*head, *_text(entry, dialect), *end], width, min(indent, width // 3))


def _head(entry: WireEntry, width: int, arrow: str) -> Row:
    style = "class:wire.out" if entry.outgoing else "class:wire.in"
    moment = entry.time.astimezone()
    time = f"{moment:%H:%M:%S} " if width >= SECONDS_FROM else ""
    if width >= MILLISECONDS_FROM:
        time = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03} "
    return [("class:time", time), (style, f"{arrow} ")] if time else [(style, f"{arrow} ")]


def _text(entry: WireEntry, dialect: str) -> Iterator[tuple[str, str]]:
    for kind, part in annotated(entry.text, dialect):
        for index, piece in enumerate(part.split(MASK)):
            if index:
                yield "class:wire.secret", MASK
            if piece:
                yield f"class:wire.{kind}", escape(piece)


def _finished(row: Row, width: int, marked: bool) -> Row:
    if marked:
        row = [("class:state.event", MARK), *((f"{style} class:exchange", text) for style, text in row)]
    else:
        row = [("", " "), *row]
    return fitted(row, width)
