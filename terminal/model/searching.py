"""Finding lines: what is looked for, where it stands, and the search that one goes through match by match.

Owns: what counts as a match. Must not: draw one, or word an answer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from terminal.model.line import Kind, Line
from terminal.model.window import Anchor, Window
from terminal.text.clean import plain

_OF_THE_CLIENT: frozenset[Kind] = frozenset({"info", "problem"})  # answers to what was typed, those of a search too
_BELOW = 2  # lines that are shown below a match


class BadPattern(Exception):
    """What is looked for cannot be understood; the text is a sentence."""


def pattern_of(typed: str) -> re.Pattern[str]:
    """What somebody looks for, in capitals or not: a text, or between slashes a regular expression. Raises
    BadPattern."""
    is_expression = len(typed) > 2 and typed.startswith("/") and typed.endswith("/")
    try:
        return re.compile(typed[1:-1] if is_expression else re.escape(plain(typed)), re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadPattern(f"{typed} is no regular expression: {error}.") from error


def searched(line: Line) -> str:
    """What of a line is searched: the text, and behind its nick what is not speech."""
    text = plain(line.text)
    return text if line.is_speech or not line.source else f"{plain(line.source)} {text}"


def matches(window: Window, pattern: re.Pattern[str], noise: bool = True) -> Iterator[Line]:
    """The lines of a window that match, the newest first. noise -- those that tell who comes and goes too."""
    for line in reversed(window.lines):
        if line.kind not in _OF_THE_CLIENT and (noise or not line.is_noise) and _matches(pattern, searched(line)):
            yield line


def _matches(pattern: re.Pattern[str], text: str) -> bool:
    found = pattern.search(text)
    return found is not None and found.end() > found.start()


@dataclass(slots=True)
class Search:
    """A search in one window. `number` is that of the line one looks at; `typed` is what was looked for."""

    window: Window
    typed: str
    pattern: re.Pattern[str]
    noise: bool
    number: int = 0
    _numbers: list[int] = field(default_factory=list)
    _version: int = -1

    def numbers(self) -> list[int]:
        """The numbers of all lines that match now, the newest first."""
        if self._version != self.window.version:
            self._numbers = [line.number for line in matches(self.window, self.pattern, self.noise)]
            self._version = self.window.version
        return self._numbers

    def place(self) -> tuple[int, int]:
        """Which of the matches one looks at, the newest being 1, and how many there are; (0, 0) when there is none."""
        numbers = self.numbers()
        return (numbers.index(self.number) + 1 if self.number in numbers else 0), len(numbers)

    def step(self, by: int) -> bool:
        """Look at the next older match (1), or the next newer one (-1); at the last ones nothing changes. False when
        there is no match."""
        numbers = self.numbers()
        if not numbers:
            return False
        place = numbers.index(self.number) + by if self.number in numbers else 0
        self.number = numbers[min(max(place, 0), len(numbers) - 1)]
        self._show()
        return True

    def _show(self) -> None:
        lowest = self.window.index_of(self.number) + _BELOW
        last = len(self.window.lines) - 1
        self.window.hold(Anchor(self.window.lines[lowest].number) if lowest < last else None)
