"""Cells: how wide a text is on a terminal, and texts cut and padded to a number of them.

Owns: the arithmetic of cells, which is prompt_toolkit's (`prompt_toolkit.utils.get_cwidth`): a text is as wide as its
code points, each as `wcwidth` has it and never less than 0. A cleverer count by grapheme clusters would put things
where the screen does not. Must not: decide which characters may be shown (`clean` removes those that terminals draw
otherwise).
"""

from typing import Literal

from wcwidth import wcwidth

_KEPT = 65536  # characters whose width is remembered; strangers choose what is looked up
Align = Literal["left", "right", "center"]


class _Widths(dict[str, int]):
    """Character -> cells, remembered."""

    def __missing__(self, character: str) -> int:
        if len(self) >= _KEPT:
            self.clear()
        width = self[character] = max(0, wcwidth(character))
        return width


_WIDTHS = _Widths()


def cells(text: str) -> int:
    """The cells that `text` takes on a terminal."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_WIDTHS.__getitem__, text))


def reach(text: str, room: int, start: int = 0) -> tuple[int, int]:
    """How far `text` from `start` on goes in `room` cells: (the index behind it, the cells it takes).

    A wide character stays whole, and what is drawn over a character (combining marks) stays with it.
    """
    used = 0
    for at in range(start, len(text)):
        width = _WIDTHS[text[at]]
        if used + width > room:
            return at, used
        used += width
    return len(text), used


def cut(text: str, room: int, ellipsis: str = "…") -> str:
    """`text` in at most `room` cells: whole if it fits, else its beginning and `ellipsis` (left out where there is no
    room for it). A wide character that would be cut in half is left out."""
    if cells(text) <= room:
        return text
    left = room - cells(ellipsis)
    if left < 0:
        ellipsis, left = "", room
    return text[: reach(text, left)[0]] + ellipsis


def pad(text: str, room: int, align: Align = "left") -> str:
    """`text` with spaces around it up to `room` cells, longer texts as they are; `align` says where the text is."""
    missing = max(0, room - cells(text))
    before = {"left": 0, "right": missing, "center": missing // 2}[align]
    return " " * before + text + " " * (missing - before)


def fit(text: str, room: int, align: Align = "left", ellipsis: str = "…") -> str:
    """`text` in exactly `room` cells: cut, or padded. Half a wide character becomes a space."""
    return pad(cut(text, room, ellipsis), room, align)
