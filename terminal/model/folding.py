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
    marker -- index of the last line that was read, -1 for none: no group goes across it either; edits -- grows with
    every change of the lines but new ones at the end. What was found is remembered: a group may hold thousands.
    """

    def __init__(self, lines: Sequence[Line], noise: str, marker: int = -1, edits: int = 0) -> None:
        self._lines = lines
        self._noise = noise
        self._marker = marker
        self._edits = edits
        self._count = len(lines)
        self._last = lines[-1] if lines else None
        self._starts: dict[int, int] = {}  # of the group up to a line
        self._ends: dict[int, int] = {}  # of the group from a line on, which may have grown since
        self._seen: dict[int, int] = {}  # the last line that is not hidden, up to a line

    def are_of(self, lines: Sequence[Line], noise: str, marker: int, edits: int) -> bool:
        """Whether these are still the groups of those lines, of which there may be more at the end."""
        if lines is not self._lines or (noise, marker, edits) != (self._noise, self._marker, self._edits):
            return False
        if len(lines) < self._count or (self._count and lines[self._count - 1] is not self._last):
            return False
        self._count, self._last = len(lines), lines[-1] if lines else None
        return True

    def before(self, end: int) -> Group | None:
        """The last group of the lines in front of index `end`."""
        last = self._not_hidden(end - 1)
        if last < 0:
            return None
        start = last
        while start not in self._starts and start > 0 and self._belong_together(start - 1, start):
            start -= 1
        start = self._starts[last] = self._starts.get(start, start)
        return Group(start, last + 1)

    def _not_hidden(self, last: int) -> int:
        found = last
        while found not in self._seen and found >= 0 and self._is_hidden(found):
            found -= 1
        found = self._seen[last] = self._seen.get(found, found)
        return found

    def after(self, start: int) -> Group | None:
        """The first group from index `start` on, which must not be in the middle of one."""
        while start < len(self._lines) and self._is_hidden(start):
            start += 1
        if start >= len(self._lines):
            return None
        end = self._ends.get(start, start + 1)
        while end < len(self._lines) and self._belong_together(end - 1, end):
            end += 1
        self._ends[start] = end
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
