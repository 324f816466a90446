"""The windows in their order, and which one is looked at.

Owns: order, numbers, the current window, what Alt-a and Ctrl-N go to. Must not: know what a window is about.
"""

from collections.abc import Callable, Iterator

from terminal.model.window import Window, WindowKind

_KIND_ORDER: dict[WindowKind, int] = {"server": 0, "channel": 1, "private": 2, "wire": 3, "mentions": 4}


class Windows:
    """A list that is never without a current window once the first was added. `on_switch` is called with the window
    that one turns away from (None at first) and the new one."""

    def __init__(self) -> None:
        self.current: Window | None = None
        self.on_switch: list[Callable[[Window | None, Window], None]] = []
        self._all: list[Window] = []
        self._previous: Window | None = None

    def __iter__(self) -> Iterator[Window]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, window: Window) -> Window:
        """Put a window behind the others of its server and kind; the first one becomes the current one."""
        servers = [server for server in dict.fromkeys(known.server for known in (*self._all, window)) if server]

        def place(known: Window) -> tuple[int, int]:
            own = servers.index(known.server) if known.server else len(servers)  # windows of all servers come last
            return own, _KIND_ORDER[known.kind]

        behind = [index for index, known in enumerate(self._all) if place(known) <= place(window)]
        self._all.insert(behind[-1] + 1 if behind else 0, window)
        if self.current is None:
            self.show(window)
        return window

    def remove(self, window: Window) -> None:
        """Take a window away; its neighbour, or the one looked at before, becomes current."""
        index = self._all.index(window)
        self._all.remove(window)
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

    def move(self, window: Window, number: int) -> None:
        """Give a window another number, 1 being the first."""
        self._all.remove(window)
        self._all.insert(max(0, number - 1), window)

    def numbered(self, number: int) -> Window | None:
        """The window with this number, 1 being the first."""
        return self._all[number - 1] if 0 < number <= len(self._all) else None

    def number_of(self, window: Window) -> int:
        """Its number, 1 being the first."""
        return self._all.index(window) + 1

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

    def find(self, server: str, name: str, fold: Callable[[str], str] = str.lower) -> Window | None:
        """The window of a channel or private talk of a server."""
        wanted = fold(name)
        for window in self._all:
            if window.server == server and window.kind in ("channel", "private") and fold(window.name) == wanted:
                return window
        return None
