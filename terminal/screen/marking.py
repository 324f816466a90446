"""What was searched, marked in a row. Owns: where marks begin and end. Must not: know a line or a window."""

import re
from collections.abc import Iterator

from terminal.screen.look import MARK, Row


def marked(row: Row, pattern: re.Pattern[str] | None) -> Row:
    """The row with a mark on every match, also where one reaches over several fragments."""
    if pattern is None:
        return row
    matches = [found.span() for found in pattern.finditer("".join(text for _, text in row)) if found.group()]
    return list(_cut(row, matches)) if matches else row


def _cut(row: Row, matches: list[tuple[int, int]]) -> Iterator[tuple[str, str]]:
    start = 0
    for style, text in row:
        end, place = start + len(text), start
        for first, behind in matches:
            begin, stop = max(first, place), min(behind, end)
            if begin < stop:
                yield from ((style, text[place - start : begin - start]),) if begin > place else ()
                yield f"{style} {MARK}".strip(), text[begin - start : stop - start]
                place = stop
        if place < end:
            yield style, text[place - start :]
        start = end
