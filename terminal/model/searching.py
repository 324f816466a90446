"""Finding lines: what is looked for, where it stands, and the search that one goes through match by match.

Owns: what counts as a match. Must not: draw one, or word an answer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from terminal.model.line import Kind, Line
from terminal.model.window import Anchor, Window
from terminal.text.clean import plain

_OF_THE_CLIENT: frozenset[Kind] = frozenset({"info", "problem"})  # answers to what was typed, those of a search too
_BELOW = 2  # lines that are shown below a match


class Match(Protocol):
    """Where a pattern fits."""

    def start(self) -> int:
        """Where it begins."""

    def end(self) -> int:
        """Behind it."""


class Pattern(Protocol):
    """What is looked for: its time grows with the length of a text, and no faster."""

    def search(self, text: str, /) -> Match | None:
        """The first place."""

    def finditer(self, text: str, /) -> Iterator[Match]:
        """All places."""


class BadPattern(Exception):
    """What is looked for cannot be understood; the text is a sentence."""


def pattern_of(typed: str) -> Pattern:
    """What somebody looks for, in capitals or not: a text, or between slashes a regular expression. Raises
    BadPattern."""
    if not (len(typed) > 2 and typed.startswith("/") and typed.endswith("/")):
        return re.compile(re.escape(plain(typed)), re.IGNORECASE)
    try:
        return _expression(typed[1:-1])
    except ValueError as error:
        raise BadPattern(f"{typed} is no regular expression: {error}.") from error


def _expression(text: str) -> Pattern:
    """By RE2, as `re` may take minutes for one line. Raises ValueError."""
    import re2  # type: ignore[import-untyped]  # few sessions ever need it

    options = re2.Options()
    options.case_sensitive, options.log_errors = False, False
    try:
        found: Pattern = re2.compile(text, options)
    except re2.error as error:
        raise ValueError(error.args[0].decode(errors="replace")) from None
    return found


def searched(line: Line) -> str:
    """What of a line is searched: the text, and behind its nick what is not speech."""
    text = plain(line.text)
    return text if line.is_speech or not line.source else f"{plain(line.source)} {text}"


def matches(window: Window, pattern: Pattern, noise: bool = True) -> Iterator[Line]:
    """The lines of a window that match, the newest first. noise -- those that tell who comes and goes too."""
    for line in reversed(window.lines):
        if _matches(line, pattern, noise):
            yield line


def _matches(line: Line, pattern: Pattern, noise: bool) -> bool:
    if line.kind in _OF_THE_CLIENT or (line.is_noise and not noise):
        return False
    found = pattern.search(searched(line))
    return found is not None and found.end() > found.start()


@dataclass(slots=True)
class Search:
    """A search in one window. `number` is that of the line one looks at; `typed` is what was looked for."""

    window: Window
    typed: str
    pattern: Pattern
    noise: bool
    number: int = 0
    _numbers: list[int] = field(default_factory=list)
    _version: int = -1
    _lines: list[Line] = field(default_factory=list)  # those of the window that were looked at, ...
    _count: int = 0  # ... so many of them, ...
    _last: Line | None = None  # ... up to this one, ...
    _edits: int = 0  # ... when so many had been changed

    def numbers(self) -> list[int]:
        """The numbers of all lines that match now, the newest first."""
        if self._version != self.window.version:
            if not self._has_only_grown:
                self._numbers, self._count = [], 0
            news = [line.number for line in self.window.lines[self._count :] if self._fits(line)]
            self._numbers = [*reversed(news), *self._numbers]
            self._lines, self._count = self.window.lines, len(self.window.lines)
            self._last = self._lines[-1] if self._lines else None
            self._version, self._edits = self.window.version, self.window.edits
        return self._numbers

    @property
    def _has_only_grown(self) -> bool:
        """Whether what was looked at stands where it stood: then only what is new can be news."""
        lines = self.window.lines
        is_untouched = lines is self._lines and self.window.edits == self._edits
        return is_untouched and 0 < self._count <= len(lines) and lines[self._count - 1] is self._last

    def _fits(self, line: Line) -> bool:
        return _matches(line, self.pattern, self.noise)

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
