"""What was searched and what is a link, marked in a row. Owns: where marks begin and end. Must not: know a
line or a window."""

from collections.abc import Iterator

from terminal.model.searching import Pattern
from terminal.screen.look import MARK, Row
from terminal.text import links

LINK = "underline"


def marked(row: Row, pattern: Pattern | None) -> Row:
    """The row with a mark on every match, also where one reaches over several fragments."""
    if pattern is None:
        return row
    found = pattern.finditer("".join(text for _, text in row))
    matches = [(match.start(), match.end()) for match in found if match.end() > match.start()]
    return list(_cut(row, matches, MARK)) if matches else row


def linked(row: Row) -> Row:
    """The row with its links underlined, as where a browser is a click of the terminal away."""
    found = links.find("".join(text for _, text in row))
    return list(_cut(row, found, LINK)) if found else row


def _cut(row: Row, matches: list[tuple[int, int]], mark: str) -> Iterator[tuple[str, str]]:
    start = 0
    for style, text in row:
        end, place = start + len(text), start
        for first, behind in matches:
            begin, stop = max(first, place), min(behind, end)
            if begin < stop:
                yield from ((style, text[place - start : begin - start]),) if begin > place else ()
                yield f"{style} {mark}".strip(), text[begin - start : stop - start]
                place = stop
        if place < end:
            yield style, text[place - start :]
        start = end
