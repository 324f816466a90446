"""How things look now: the theme, the forms of times, the widths of columns; and rows of an exact width.

Owns: what renderers ask of the settings. Must not: draw.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from terminal.model.folding import noise_of
from terminal.model.searching import Pattern
from terminal.settings.table import Settings
from terminal.settings.themes import THEMES, Theme, without_colours
from terminal.text.colours import nick_colour
from terminal.text.width import cells, cut

Fragment = tuple[str, str]
Row = list[Fragment]
MARK = "class:search"  # on what was searched, and on nothing beside it
_BARE = {name: without_colours(theme) for name, theme in THEMES.items()}
_SAMPLE = datetime(2026, 12, 20, 22, 22, 22)
NARROW = 60  # columns of the talk below which nicks get no column of their own


@dataclass(frozen=True, slots=True)
class Look:
    """`times` is a form of strftime, `found` what one searches: it is marked wherever it stands."""

    theme: Theme
    times: str
    nick_column: int
    formatting: bool
    noise: str
    noise_in: Mapping[str, str]
    found: Pattern | None = None

    def time(self, moment: datetime) -> str:
        """The time of a line, as the person's clock has it."""
        return moment.astimezone().strftime(self.times) if self.times else ""

    @property
    def time_width(self) -> int:
        """The cells that a time and the blank behind it take; 0 for none. Shorter ones (`9:05`) are padded."""
        return cells(_SAMPLE.strftime(self.times)) + 1 if self.times else 0

    def nick(self, nick: str, own: bool = False) -> str:
        """The style of a nick: the same one every time and on every machine."""
        return "class:nick.own" if own else nick_colour(nick, self.theme.nicks)

    def noise_of(self, window: str) -> str:
        """What is done with who comes and goes in the window of that name."""
        return noise_of(window, self.noise, self.noise_in)

    def column(self, width: int) -> int:
        """The width of the column of nicks in a talk of `width` columns; 0 for none."""
        if width < NARROW:
            return 0
        return min(width // 4, self.nick_column or max(9, min(16, width // 8)))


def look_of(settings: Settings, colours: bool = True, found: Pattern | None = None) -> Look:
    """What the settings say now. colours -- False leaves only bold and the like; found -- what is to be marked."""
    return Look(
        theme=(THEMES if colours else _BARE)[settings.theme],
        times=settings.times,
        nick_column=settings.nick_column,
        formatting=settings.formatting,
        noise=settings.noise,
        noise_in=settings.noise_in,
        found=found,
    )


def blank(width: int, style: str = "") -> Row:
    """A row of nothing."""
    return [(style, " " * width)]


def padded(row: Row, width: int, behind: str | None = None) -> Row:
    """The row with blanks behind, so that it covers what stood there. behind -- their style; None for that of the
    end of the row."""
    missing = width - sum(cells(text) for _, text in row)
    if behind is None:
        behind = row[-1][0].replace(MARK, "").strip() if row else ""
    return [*row, (behind, " " * missing)] if missing > 0 else row


def shortened(row: Row, width: int) -> Row:
    """The row, cut to at most `width` cells, with an ellipsis where something is missing."""
    result: Row = []
    room = width
    for style, text in row:
        if cells(text) > room:
            return [*result, (style, cut(text, room))] if room > 0 else result
        result.append((style, text))
        room -= cells(text)
    return result


def stacked(rows: Iterable[Row]) -> Row:
    """Rows as one text with line breaks, as the library wants it."""
    return [part for index, row in enumerate(rows) for part in ([("", "\n"), *row] if index else row)]


def fitted(row: Row, width: int, behind: str | None = None) -> Row:
    """The row in exactly `width` cells; `behind` is the style of the blanks behind it."""
    return padded(shortened(row, width), width, behind)
