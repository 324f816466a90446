"""What a window shows of who comes and goes: everything, nothing, or one line for many.

Owns: which lines stand together. Must not: word or draw them.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from terminal.model.line import Line


def noise_of(window: str, noise: str, noise_in: Mapping[str, str]) -> str:
    """What is done in the window of this name, in capitals or not: its own choice, else the one of all, `noise`."""
    wanted = window.lower()
    return next((one for name, one in noise_in.items() if name.lower() == wanted), noise)


class Group(NamedTuple):
    """Neighbouring lines that are shown as one: indexes, `end` is behind the last."""

    start: int
    end: int


class Groups:
    """The lines of a window in groups, found from any place in either direction.

    noise -- "show": each line is a group; "hide": lines that only tell who comes and goes are in none, but for one's
    own; "fold": neighbours of that kind are one group, though never across a change of day.
    marker -- index of the last line that was read, -1 for none: no group goes across it either.
    """

    def __init__(self, lines: Sequence[Line], noise: str, marker: int = -1) -> None:
        self._lines = lines
        self._noise = noise
        self._marker = marker

    def before(self, end: int) -> Group | None:
        """The last group of the lines in front of index `end`."""
        last = end - 1
        while last >= 0 and self._is_hidden(last):
            last -= 1
        if last < 0:
            return None
        start = last
        while start > 0 and self._belong_together(start - 1, start):
            start -= 1
        return Group(start, last + 1)

    def after(self, start: int) -> Group | None:
        """The first group from index `start` on, which must not be in the middle of one."""
        while start < len(self._lines) and self._is_hidden(start):
            start += 1
        if start >= len(self._lines):
            return None
        end = start + 1
        while end < len(self._lines) and self._belong_together(end - 1, end):
            end += 1
        return Group(start, end)

    def _is_noise(self, index: int) -> bool:
        line = self._lines[index]
        return line.is_noise and not line.own

    def _is_hidden(self, index: int) -> bool:
        return self._noise == "hide" and self._is_noise(index)

    def _belong_together(self, upper: int, lower: int) -> bool:
        if self._noise != "fold" or upper == self._marker:
            return False
        if not self._is_noise(upper) or not self._is_noise(lower):
            return False
        return day_of(self._lines[upper]) == day_of(self._lines[lower])


def day_of(line: Line) -> date:
    """The day of a line by the clock of the person who reads."""
    return line.time.astimezone().date()
