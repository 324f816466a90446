"""What is in the cells of a terminal, and how it is made the same each time.

Owns: a picture as cells, and its plain text. Must not: know the client, or how a picture is drawn.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

_EDGE = "│"  # what stands behind one is not moved


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` is "" in the right half of a wide character; colours are `rrggbb`, or "" for the terminal's own."""

    text: str = " "
    ink: str = ""
    ground: str = ""
    bold: bool = False
    italic: bool = False
    underlined: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows from the top, cells from the left. cursor -- its column and row."""

    rows: tuple[tuple[Cell, ...], ...]
    cursor: tuple[int, int]

    @property
    def text(self) -> str:
        """The rows without blanks at their ends, each with a line feed."""
        return "".join("".join(cell.text for cell in row).rstrip() + "\n" for row in self.rows)

    def steadied(self, changes: Sequence[tuple[str, str]]) -> "Picture":
        """The picture with what differs each time replaced: pairs of a pattern, and what is shown in its place."""
        rows = self.rows
        for pattern, shown in changes:
            rows = tuple(_replaced(row, re.compile(pattern), shown) for row in rows)
        return replace(self, rows=rows)


_NAMED = {
    "black": "000000", "red": "cd3131", "green": "0dbc79", "brown": "c4a000", "yellow": "c4a000", "blue": "2472c8",
    "magenta": "bc3fbc", "cyan": "11a8cd", "white": "e5e5e5",
}  # fmt: skip


def picture_of(style_at: Callable[[int, int], Any], width: int, height: int, cursor: tuple[int, int]) -> Picture:
    """What a terminal shows; `style_at` gives pyte's `Char` of column and row."""
    rows = tuple(tuple(_cell(style_at(x, y)) for x in range(width)) for y in range(height))
    return Picture(rows, cursor)


def _cell(char: Any) -> Cell:
    ink, ground = _colour(char.fg), _colour(char.bg)
    if char.reverse:
        ink, ground = ground, ink
    return Cell(char.data, ink, ground, char.bold, char.italics, char.underscore)


def _colour(name: str) -> str:
    return "" if name == "default" else _NAMED.get(name.removeprefix("bright"), name)


def _replaced(row: tuple[Cell, ...], pattern: re.Pattern[str], shown: str) -> tuple[Cell, ...]:
    """The row with every match replaced; what follows moves along as far as the next edge of a pane."""
    text = "".join(cell.text or "\0" for cell in row)
    for match in reversed(list(pattern.finditer(text))):
        end = min(place for place in (text.find(_EDGE, match.end()), len(text)) if place >= 0)
        put = tuple(replace(row[match.start()], text=character) for character in match.expand(shown))
        behind = row[match.end() : end]
        blank = replace(behind[-1] if behind else row[match.start()], text=" ")
        moved = (*put, *behind)[: end - match.start()]
        row = (*row[: match.start()], *moved, *[blank] * (end - match.start() - len(moved)), *row[end:])
    return row
