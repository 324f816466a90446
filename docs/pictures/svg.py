"""Cells -> SVG: text that can be selected, in whatever monospaced font there is.

Owns: the drawing. Lines between panes are drawn as lines, since fonts leave gaps between rows; their characters are
there as well, unseen, so that what is copied is what was on the screen. Must not: load anything from elsewhere.
"""

from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape

from docs.pictures.cells import Cell, Picture

WIDTH, HEIGHT, SIZE, MARGIN = 8.4, 18, 14, 10  # of a cell, of the letters, around all; in pixels
_BASE = 13.5  # from the top of a cell to the line on which letters stand
_FONTS = "'DejaVu Sans Mono',Menlo,'Liberation Mono','Cascadia Mono',Consolas,monospace"
_SIGNS = {"␍": "CR", "␊": "LF", "␀": "NUL"}  # few fonts have them
_PATHS = {  # arms of the lines between panes: left, right, up, down
    "─": "lr", "│": "ud", "├": "rud", "┤": "lud", "┬": "lrd", "┴": "lru", "┼": "lrud", "┌": "rd", "┐": "ld", "└": "ru",
    "┘": "lu",
}  # fmt: skip


def svg(picture: Picture, title: str, ink: str = "e4e4e4", ground: str = "14171c") -> str:
    """The picture as a document; `ink` and `ground` are the colours of a terminal that was told none."""
    return "".join(_parts(picture, title, _Colours(ink, ground)))


class _Colours:
    """Classes for the looks that occur, shortly named."""

    def __init__(self, ink: str, ground: str) -> None:
        self.ink, self.ground = ink, ground
        self._names: dict[str, str] = {}

    def name(self, rules: str) -> str:
        """The class of these rules."""
        return self._names.setdefault(rules, f"s{len(self._names)}")

    def of(self, cell: Cell) -> str:
        """The rules for the text of a cell."""
        rules = f"fill:#{cell.ink or self.ink}"
        rules += ";font-weight:bold" if cell.bold else ""
        rules += ";font-style:italic" if cell.italic else ""
        return rules + (";text-decoration:underline" if cell.underlined else "")

    def sheet(self) -> str:
        """All rules."""
        return "".join(f".{name}{{{rules}}}" for rules, name in self._names.items())


def _parts(picture: Picture, title: str, colours: _Colours) -> Iterator[str]:
    width = _number(len(picture.rows[0]) * WIDTH + 2 * MARGIN)
    height = len(picture.rows) * HEIGHT + 2 * MARGIN
    grounds = "".join(part for y, row in enumerate(picture.rows) for part in _grounds(row, y, colours))
    lines = "".join(_lines(picture, colours))
    texts = "".join(_text(row, y, colours) for y, row in enumerate(picture.rows))
    signs = "".join(part for y, row in enumerate(picture.rows) for part in _signs(row, y, colours))
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
    yield f"<title>{escape(title)}</title>\n<style>text{{font:{SIZE}px {_FONTS};white-space:pre}}"
    yield f".n{{fill:none}}.c{{font-size:7px;user-select:none}}{colours.sheet()}</style>\n"
    yield f'<rect width="{width}" height="{height}" rx="7" fill="#{_surround(picture, colours)}"/>\n'
    yield f"{grounds}{_cursor(picture, colours)}{lines}{texts}{signs}</svg>\n"


def _surround(picture: Picture, colours: _Colours) -> str:
    """The ground that most cells have."""
    grounds = [cell.ground or colours.ground for row in picture.rows for cell in row]
    return max(sorted(set(grounds)), key=grounds.count)


def _grounds(row: tuple[Cell, ...], y: int, colours: _Colours) -> Iterator[str]:
    x = 0
    for ground, cells in groupby(row, key=lambda cell: cell.ground):
        count = len(list(cells))
        if ground:
            name = colours.name(f"fill:#{ground}")
            left, width = _number(x * WIDTH + MARGIN), _number(count * WIDTH)
            yield f'<rect class="{name}" x="{left}" y="{y * HEIGHT + MARGIN}" width="{width}" height="{HEIGHT}"/>\n'
        x += count


def _cursor(picture: Picture, colours: _Colours) -> str:
    x, y = picture.cursor
    cell = picture.rows[y][min(x, len(picture.rows[y]) - 1)]
    left, top = _number(x * WIDTH + MARGIN), y * HEIGHT + MARGIN
    return (
        f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="#{cell.ink or colours.ink}" '
        'fill-opacity=".55"/>\n'
    )


def _lines(picture: Picture, colours: _Colours) -> Iterator[str]:
    """The lines between panes, one path for each colour."""
    paths: dict[str, list[str]] = {}
    for y, row in enumerate(picture.rows):
        x = 0
        for cell, same in groupby(row):
            count = len(list(same))
            if cell.text in _PATHS:
                paths.setdefault(cell.ink or colours.ink, []).extend(_arms(_PATHS[cell.text], x, y, count))
            x += count
    for ink, path in paths.items():
        yield f'<path stroke="#{ink}" d="{"".join(path)}"/>\n'


def _arms(arms: str, x: int, y: int, count: int) -> Iterator[str]:
    if arms == "lr":
        yield f"M{_number(x * WIDTH + MARGIN)} {y * HEIGHT + MARGIN + HEIGHT // 2}h{_number(count * WIDTH)}"
        return
    for place in range(x, x + count):
        left, top = place * WIDTH + MARGIN, y * HEIGHT + MARGIN
        middle, centre = _number(left + WIDTH / 2), top + HEIGHT // 2
        up, down = (0 if "u" in arms else HEIGHT // 2), (0 if "d" in arms else HEIGHT // 2)
        yield f"M{middle} {top + up}V{top + HEIGHT - down}"
        if "l" in arms or "r" in arms:
            begin = left if "l" in arms else left + WIDTH / 2
            end = left + WIDTH if "r" in arms else left + WIDTH / 2
            yield f"M{_number(begin)} {centre}H{_number(end)}"


def _text(row: tuple[Cell, ...], y: int, colours: _Colours) -> str:
    """A row; each piece has its place, so that no font can put it anywhere else."""
    pieces = list(_pieces(row, colours))
    while pieces and not pieces[-1][2].strip():
        pieces.pop()
    if not pieces:
        return ""
    spans = "".join(
        f'<tspan class="{name}" x="{_number(x * WIDTH + MARGIN)}"'
        + (f' textLength="{_number(cells * WIDTH)}" lengthAdjust="spacingAndGlyphs"' if len(text) > 1 else "")
        + f">{escape(text)}</tspan>"
        for x, name, text, cells in pieces
    )
    return f'<text y="{_number(y * HEIGHT + MARGIN + _BASE)}">{spans}</text>\n'


def _signs(row: tuple[Cell, ...], y: int, colours: _Colours) -> Iterator[str]:
    """What stands for a control character, in small letters; the sign itself is there unseen."""
    for x, cell in enumerate(row):
        if cell.text in _SIGNS:
            left, base = _number(x * WIDTH + MARGIN + 0.4), _number(y * HEIGHT + MARGIN + _BASE - 1)
            name = colours.name(f"fill:#{cell.ink or colours.ink}")
            length = f'textLength="{_number(WIDTH - 0.8)}" lengthAdjust="spacingAndGlyphs"'
            yield f'<text class="c {name}" x="{left}" y="{base}" {length}>{_SIGNS[cell.text]}</text>\n'


def _pieces(row: tuple[Cell, ...], colours: _Colours) -> Iterator[tuple[int, str, str, int]]:
    """(column, class, text, cells): one for each look; wide characters and lines between panes stand alone."""

    for (name, _), places in groupby(range(len(row)), key=lambda at: _look(row, at, colours)):
        at = list(places)
        yield at[0], name, "".join(row[place].text for place in at), len(at)


def _look(row: tuple[Cell, ...], at: int, colours: _Colours) -> tuple[str, int]:
    """The class of a cell, and a number that is another one where a piece must end."""
    cell = row[at]
    if cell.text in _PATHS:
        return "n", -1 if cell.text == "─" else at
    if cell.text in _SIGNS:
        return "n", at
    if cell.text == " " and not cell.underlined:
        single = 0 < at < len(row) - 1 and row[at - 1].text.strip() and row[at + 1].text.strip()
        return _look(row, at - 1, colours) if single and row[at - 1].text not in _PATHS else ("n", -2)
    is_wide = not cell.text or (at + 1 < len(row) and not row[at + 1].text)
    return colours.name(colours.of(cell)), (at if cell.text else at - 1) if is_wide else -1


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
