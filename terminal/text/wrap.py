"""Wrapping: fragments of text -> rows that fit a width.

Owns: where a row ends. Must not: clean or style. Rows break at spaces, which are left out there; a word moves to the
next row when it fits there, and is cut when it does not, so a URL stays whole wherever it can. Between wide characters
(Chinese, Japanese) a row may end anywhere, as they are written without spaces.
"""

from collections.abc import Iterator, Sequence

from terminal.text import links
from terminal.text.formatting import Fragment
from terminal.text.width import cells, reach

Row = list[Fragment]
_LEAST = 2  # cells: a wide character must fit


def wrap(fragments: Sequence[Fragment], width: int, indent: int = 0) -> list[Row]:
    """The rows of at most `width` cells that `fragments` make; at least one.

    width -- in cells; less than 2 counts as 2, because a wide character must fit.
    indent -- cells by which the rows after the first are indented, with a fragment ("", spaces); at most half of
    `width`.
    A line feed ends a row.
    """
    if _fits(fragments, width):
        return [list(fragments)]
    width = max(width, _LEAST)
    indent = max(0, min(indent, width // 2, width - _LEAST))
    text = "".join(text for _, text in fragments)
    rows = list(_slices(fragments, _rows(text, width, width - indent)))
    if indent:
        for row in rows[1:]:
            row.insert(0, ("", " " * indent))
    return rows


def _fits(fragments: Sequence[Fragment], width: int) -> bool:
    """The way of nearly all lines: 100,000 of them are wrapped anew when the window changes its width."""
    total = 0
    for _, text in fragments:
        if text.isascii() and text.isprintable():
            total += len(text)
        elif "\n" in text:
            return False
        else:
            total += cells(text)
    return total <= width


def _rows(text: str, first: int, following: int) -> Iterator[tuple[int, int]]:
    """Start and end in `text` of each row; the first has `first` cells, the others `following`."""
    room, start = first, 0
    urls = links.find(text)
    for line in text.split("\n"):
        limit = start + len(line)
        yield from _rows_of_line(text[:limit], start, room, following, urls)
        room, start = following, limit + 1


def _rows_of_line(
    text: str, start: int, room: int, following: int, urls: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    while True:
        end = _reach(text, room, start)
        if end == len(text):
            yield start, end
            return
        end, behind = _break(text, start, end, following)
        if end == behind:
            end = behind = _before_url(text, start, end, following, urls)
        yield start, end
        if behind == len(text):
            return
        room, start = following, behind


def _reach(text: str, room: int, start: int) -> int:
    piece = text[start : start + room + 1]
    if piece.isascii() and piece.isprintable():
        return min(start + room, len(text))
    return reach(text, room, start)[0]


def _break(text: str, start: int, end: int, following: int) -> tuple[int, int]:
    """Where a row ends that has room up to `end`, and where the next one starts: the spaces between are left out."""
    if _is_gap(text, end):
        space = end
    else:
        space = end - 1
        while space >= start and not _is_gap(text, space):
            space = text.rfind(" ", start, space)
        if space < start or _may_be_cut(text, space + 1, end, following):
            return end, end
    behind = space + 1
    while _is_gap(text, behind):
        behind += 1
    while space > start and text[space - 1] == " ":
        space -= 1
    return space, behind


def _is_gap(text: str, at: int) -> bool:
    """Whether there is a space at `at`, over which nothing is drawn."""
    return text[at : at + 1] == " " and (at + 1 == len(text) or cells(text[at + 1]) > 0)


def _may_be_cut(text: str, start: int, end: int, following: int) -> bool:
    """Whether the word at `start` may be cut at `end`: it fits on no row, or is written in wide characters there."""
    if end == start:
        return False
    stop = text.find(" ", end)
    stop = len(text) if stop < 0 else stop
    if reach(text, following, start)[0] < stop:
        return True
    return cells(text[end - 1]) != 1 and cells(text[end]) == 2


def _before_url(text: str, start: int, end: int, following: int, urls: list[tuple[int, int]]) -> int:
    """Where to cut a word instead of at `end`, if that were in the middle of a URL that fits on a row by itself."""
    for first, behind in urls:
        if start < first < end < behind and reach(text, following, first)[0] >= behind:
            return first
    return end


def _slices(fragments: Sequence[Fragment], rows: Iterator[tuple[int, int]]) -> Iterator[Row]:
    """The fragments of each row; the rows are in order and do not overlap."""
    number, offset = 0, 0  # the current fragment, and where it starts in the text
    for start, end in rows:
        row: Row = []
        while number < len(fragments) and offset < end:
            style, text = fragments[number]
            piece = text[max(0, start - offset) : end - offset]
            if piece:
                row.append((style, piece))
            if offset + len(text) > end:
                break
            offset += len(text)
            number += 1
        yield row
