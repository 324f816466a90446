"""The scrollback of a window -> the rows that fit; and scrolling in it.

Owns: day lines, the marker, where the view ends. Must not: change what a window holds, but for its anchor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from terminal.model.folding import Group, Groups, day_of
from terminal.model.line import Line
from terminal.model.window import Anchor, Window
from terminal.screen.lines import day_row, marker_row, rows_of
from terminal.screen.look import Look, Row, blank, fitted

_CACHED = 4_000  # groups of lines whose rows are kept


@dataclass(frozen=True, slots=True)
class Placed:
    """A row; the line that it belongs to (None: a day, the marker, or nothing); the anchor with which it is the lowest
    row of a view."""

    row: Row
    line: Line | None = None
    anchor: Anchor | None = None


class Talk:
    """Draws windows; remembers the rows of lines that it has drawn. `exchange`: lines of it are emphasised."""

    def __init__(self) -> None:
        self._cache: dict[tuple[int, int, int, bool], tuple[Line, list[Row]]] = {}
        self._look: Look | None = None
        self._groups: Groups | None = None  # those of the last picture
        self.exchange = 0

    def view(self, window: Window, width: int, height: int, look: Look) -> list[Placed]:
        """Exactly `height` rows, the newest lines at the bottom, or those that one has scrolled to."""
        scroll = self._scroll(window, width, look)
        found = list(islice(scroll.upwards(window.anchor), height))
        if window.anchor is not None and len(found) < height:  # there is less above than there was
            self._down(scroll, height - len(found))
            found = list(islice(scroll.upwards(window.anchor), height))
        empty = [Placed(blank(width))] * (height - len(found))
        return [*empty, *reversed(found)]

    def scroll(self, window: Window, by: int, width: int, height: int, look: Look) -> None:
        """Move the view `by` rows: up when positive. At the newest line the window follows again."""
        scroll = self._scroll(window, width, look)
        if by > 0:
            rows = list(islice(scroll.upwards(window.anchor), height + by))
            bottom = min(by, len(rows) - height)
            if bottom > 0:
                window.hold(rows[bottom].anchor)
        elif window.anchor is not None:
            self._down(scroll, -by)

    def to_top(self, window: Window, width: int, height: int, look: Look) -> None:
        """Show the oldest lines."""
        self._begin(self._scroll(window, width, look), 0, height)

    def to_marker(self, window: Window, width: int, height: int, look: Look) -> None:
        """Show what comes behind the marker, from the marker on; nothing happens when there is no marker."""
        scroll = self._scroll(window, width, look)
        if scroll.marker >= 0:
            self._begin(scroll, scroll.marker + 1, height)

    def _begin(self, scroll: "_Scroll", start: int, height: int) -> None:
        rows = list(islice(scroll.downwards(start), height + 1))
        scroll.window.hold(rows[height - 1].anchor if len(rows) > height else None)

    def _down(self, scroll: "_Scroll", by: int) -> None:
        assert scroll.window.anchor is not None
        rows = list(islice(scroll.below(scroll.window.anchor), by + 1))
        scroll.window.hold(rows[by - 1].anchor if len(rows) > by else None)

    def _scroll(self, window: Window, width: int, look: Look) -> "_Scroll":
        if look != self._look:
            self._cache.clear()
            self._look = look
        return _Scroll(self, window, width, look)

    def groups(self, window: Window, noise: str, marker: int) -> Groups:
        """The groups of a window; those of the last picture know already what stands together."""
        known = self._groups
        if known is None or not known.are_of(window.lines, noise, marker, window.edits):
            known = self._groups = Groups(window.lines, noise, marker, window.edits)
        return known

    def rows(self, group: tuple[Line, ...], width: int, look: Look, channel: str = "") -> list[Row]:
        """The rows of lines that stand together, padded; from the cache when they are there. channel -- as in
        rows_of."""
        line = group[-1]
        is_marked = bool(self.exchange) and any(one.exchange == self.exchange for one in group)
        key = (line.number, len(group), width, is_marked)
        known = self._cache.get(key)
        if known is not None and known[0] is line:
            return known[1]
        if len(self._cache) >= _CACHED:
            self._cache.clear()
        emphasis = "class:exchange" if is_marked else ""
        found = [fitted(row, width, emphasis) for row in rows_of(group, width, look, emphasis, channel)]
        self._cache[key] = line, found
        return found


class _Scroll:
    """A window at a width: its rows in both directions. `marker` is the index of the last line that was read."""

    def __init__(self, talk: Talk, window: Window, width: int, look: Look) -> None:
        self._talk = talk
        self._width = width
        self._look = look
        self._lines = window.lines
        self.window = window
        self._channel = window.name if window.kind == "channel" else ""
        marker = window.index_of(window.marker) if window.marker else -1
        self.marker = marker if marker < len(self._lines) - 1 else -1
        self._groups = talk.groups(window, look.noise_of(window.name), self.marker)

    def upwards(self, anchor: Anchor | None) -> Iterator[Placed]:
        """All rows from the lowest one of the view to the first line of the window."""
        index = self.window.index_of(anchor.number) if anchor else -1
        hidden = anchor.hidden if anchor and index >= 0 else 0
        group = self._groups.before(index + 1 if index >= 0 else len(self._lines))
        while group is not None:
            block = self._block(group)
            yield from reversed(block[: max(1, len(block) - hidden)])
            hidden = 0
            group = self._groups.before(group.start)

    def downwards(self, start: int) -> Iterator[Placed]:
        """All rows from the group at index `start` on."""
        group = self._groups.after(start)
        while group is not None:
            yield from self._block(group)
            group = self._groups.after(group.end)

    def below(self, anchor: Anchor) -> Iterator[Placed]:
        """All rows below the view."""
        index = self.window.index_of(anchor.number)
        shown = self._groups.before(index + 1)
        if shown is None:
            return self.downwards(0)
        block = self._block(shown)
        seen = max(1, len(block) - anchor.hidden)  # of a group that may have grown since
        return islice(self.downwards(shown.start), seen, None)

    def _block(self, group: Group) -> list[Placed]:
        """The rows of a group, with the day and the marker above it."""
        lines = tuple(self._lines[group.start : group.end])
        rows = self._talk.rows(lines, self._width, self._look, self._channel)
        above = self._groups.before(group.start)
        heads: list[Row] = []
        if above is None or day_of(self._lines[above.end - 1]) != day_of(lines[0]):
            heads.append(day_row(lines[0], self._width, self._look))
        if self.marker >= 0 and (above.end if above else 0) <= self.marker + 1 <= group.start:
            heads.append(marker_row(self._width, self._look))
        count, number = len(rows), lines[-1].number
        return [
            *(Placed(row, None, Anchor(number, count + len(heads) - 1 - at)) for at, row in enumerate(heads)),
            *(Placed(row, lines[-1], Anchor(number, count - 1 - at)) for at, row in enumerate(rows)),
        ]
