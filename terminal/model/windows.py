"""The windows in their order, and which one is looked at.

Owns: order, numbers, the current window, what Alt-a and Ctrl-N go to. Must not: know what a window is about.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from itertools import count

from terminal.model.window import Window, WindowKind

_ALIKE = str.maketrans("[]\\~", "{}|^")  # the casemapping rfc1459
_KIND_ORDER: dict[WindowKind, int] = {"server": 0, "channel": 1, "private": 2, "wire": 3, "mentions": 4}


class Windows:
    """A list that is never without a current window once the first was added. A window keeps its number, whatever comes
    and goes beside it: fingers remember it. `on_switch` is called with the window that one turns away from (None at
    first) and the new one."""

    def __init__(self) -> None:
        self.current: Window | None = None
        self.on_switch: list[Callable[[Window | None, Window], None]] = []
        self._all: list[Window] = []
        self._numbers: dict[Window, int] = {}
        self._servers: dict[str, int] = {}  # those with windows, and which came first
        self._named: dict[tuple[str, str], list[Window]] = {}
        self._previous: Window | None = None

    def __iter__(self) -> Iterator[Window]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, window: Window) -> Window:
        """Put a window behind the others of its server and kind, with the lowest number that is free; the first one
        becomes the current one."""
        if window.server:
            self._servers.setdefault(window.server, max(self._servers.values(), default=0) + 1)
        self._all.insert(bisect_right(self._all, self._rank(window), key=self._rank), window)
        taken = set(self._numbers.values())
        self._numbers[window] = next(number for number in count(1) if number not in taken)
        self._named.setdefault(_place(window.server, window.name), []).append(window)
        if self.current is None:
            self.show(window)
        return window

    def _rank(self, window: Window) -> tuple[bool, int, int]:
        """By server in the order in which they came, those of all servers last; then by kind."""
        return not window.server, self._servers.get(window.server, 0), _KIND_ORDER[window.kind]

    def remove(self, window: Window) -> None:
        """Take a window away; its neighbour, or the one looked at before, becomes current."""
        index = self._all.index(window)
        self._all.remove(window)
        del self._numbers[window]
        self._forget_name(window)
        if not any(known.server == window.server for known in self._all):
            self._servers.pop(window.server, None)
        if self._previous is window:
            self._previous = None
        if self.current is window:
            self.current = None
            if self._all:
                self.show(self._previous or self._all[max(0, index - 1)])

    def show(self, window: Window) -> None:
        """Look at a window."""
        if window is self.current:
            return
        self._previous, self.current = self.current, window
        for tell in self.on_switch:
            tell(self._previous, window)

    def supersede(self, old: Window, new: Window) -> None:
        """Take a window away, whose number another one takes over."""
        number = self._numbers[old]
        self.remove(old)
        self._numbers[new] = number

    def items(self) -> Iterator[tuple[int, Window]]:
        """All with their numbers, in the order in which they are shown, which is not that of the numbers."""
        return ((self._numbers[window], window) for window in self._all)

    def numbered(self, number: int) -> Window | None:
        """The window with this number, 1 being the first."""
        return next((window for window, known in self._numbers.items() if known == number), None)

    def number_of(self, window: Window) -> int:
        """Its number, 1 being the first."""
        return self._numbers[window]

    def step(self, by: int) -> None:
        """Look at the next (1) or previous (-1) window; behind the last comes the first."""
        if self.current is not None:
            self.show(self._all[(self._all.index(self.current) + by) % len(self._all)])

    def next_active(self) -> None:
        """Look at the next window with a mention, or else with something unread; else at the one before."""
        if self.current is None:
            return
        start = self._all.index(self.current)
        around = self._all[start + 1 :] + self._all[:start]
        wanted = [window for window in around if window.mentions] or [window for window in around if window.unread]
        if wanted:
            self.show(wanted[0])
        elif self._previous in self._all and self._previous is not None:
            self.show(self._previous)

    def rename(self, window: Window, name: str) -> None:
        """Give a window another name; it keeps its place."""
        self._forget_name(window)
        window.name = name
        self._named.setdefault(_place(window.server, name), []).append(window)

    def _forget_name(self, window: Window) -> None:
        place = _place(window.server, window.name)
        self._named[place].remove(window)
        if not self._named[place]:
            del self._named[place]

    def find(
        self, server: str, name: str, fold: Callable[[str], str] = str.lower,
        kinds: Collection[WindowKind] = ("channel", "private"),
    ) -> Window | None:  # fmt: skip
        """The window of a channel or private talk of a server, or of another of these kinds; of a channel rather than
        of a talk. fold -- how the server compares names."""
        alike = self._named.get(_place(server, name))
        if alike is None:
            return None
        found = None
        for window in alike:
            is_it = window.kind in kinds and (window.name == name or fold(window.name) == fold(name))
            if is_it and (found is None or _KIND_ORDER[window.kind] < _KIND_ORDER[found.kind]):
                found = window
        return found


@lru_cache(maxsize=250)  # asked for with every line
def _place(server: str, name: str) -> tuple[str, str]:
    """Equal for all names that any server takes for the same one, as a server says only later how it compares them."""
    return server, name.casefold().translate(_ALIKE)
