"""What one can choose from: the options that fit what was typed, and the one that is marked.

Owns: filtering, moving, the rows. Must not: read keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from terminal.screen.look import Row, padded, shortened
from terminal.text.clean import plain
from terminal.text.numbers import whole
from terminal.text.width import cells, cut

MOST_ROWS = 8
_WIDEST_NAME = 24


@dataclass(frozen=True, slots=True)
class Option:
    """`value` is the answer, `text` explains it."""

    value: str
    text: str = ""


@dataclass(slots=True)
class Menu:
    """free -- an answer that is none of the options is taken too. `index` is the marked one among `fitting`."""

    options: Sequence[Option]
    free: bool = False
    index: int = 0
    typed: str = ""
    fitting: list[tuple[int, Option]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fitting = list(enumerate(self.options, 1))

    def type(self, typed: str) -> None:
        """Keep the options that begin with what was typed, else those that hold it; a number is that of the option."""
        if typed == self.typed:
            return
        self.typed, self.index = typed, 0
        word = typed.strip().lower()
        numbered = list(enumerate(self.options, 1))
        number = whole(word) or 0
        if 0 < number <= len(numbered):
            self.fitting = [numbered[number - 1]]
            return
        begin = [row for row in numbered if row[1].value.lower().lstrip("#&").startswith(word.lstrip("#&"))]
        self.fitting = begin or [row for row in numbered if word in row[1].value.lower()]

    def move(self, by: int) -> None:
        """Mark another one; behind the last comes the first."""
        if self.fitting:
            self.index = (self.index + by) % len(self.fitting)

    def answer(self) -> str | None:
        """What Enter means now: the marked option, what was typed, or None when neither will do. A typed name that is
        none of the options is taken as it is, where that is allowed."""
        typed = self.typed.strip()
        exact = [option.value for _, option in self.fitting if option.value.lower() == typed.lower()]
        if exact:
            return exact[0]
        is_new = self.free and typed[:1] in tuple("#&+!")  # written out: no part of another name
        if self.fitting and not is_new:
            return self.fitting[self.index][1].value
        return typed if self.free and typed else None

    def rows(self, width: int, height: int = MOST_ROWS) -> list[Row]:
        """At most `height` rows, the marked one among them."""
        first = max(0, min(self.index - height // 2, len(self.fitting) - height))
        shown = self.fitting[first : first + height]
        column = min(_WIDEST_NAME, max((cells(plain(option.value)) for _, option in self.fitting), default=0))
        return [self._row(number, option, place == self.index, column, width)
                for place, (number, option) in enumerate(shown, first)]  # fmt: skip

    def _row(self, number: int, option: Option, is_marked: bool, column: int, width: int) -> Row:
        style = "class:completion.current" if is_marked else "class:completion"
        name = cut(plain(option.value), column)
        sign = ">" if is_marked else " "
        head = f"{sign}{number:>{len(str(len(self.options)))}} {name}{' ' * (column - cells(name))}  "
        quiet = style if is_marked else "class:completion.help"
        return padded(shortened([(style, head), (quiet, plain(option.text))], width), width)
