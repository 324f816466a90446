"""Everything but the input, as rows of one screen; and what stands under the mouse.

Owns: which pane is drawn where. Must not: know keys.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from terminal.client import Client
from terminal.model.line import Line
from terminal.model.window import Window
from terminal.screen.bars import status_row, topic_row
from terminal.screen.look import Look, Row
from terminal.screen.panes import first_window, member_rows, title_height, window_rows
from terminal.screen.regions import Rectangle, Regions, divide
from terminal.screen.talk import Placed, Talk
from terminal.screen.welcome import welcome_rows

Pane = Callable[[int, int], list[Row]]
RULE = "─"
_CROSSINGS = {(False, False): "│", (False, True): "├", (True, False): "┤", (True, True): "┼"}  # by what they meet


@dataclass(slots=True)
class Canvas:
    """The picture of a client. `split`: "" or the name of the pane at the right half ("wire", "states"); `sides` draws
    them: width and height in, rows out; `paired` is the exchange to mark in the talk beside the wire. `regions` and
    `placed` are those of the last picture. `scrolled_windows` and `first_member` are where the lists begin, None while
    the list of windows follows the current one."""

    client: Client
    talk: Talk = field(default_factory=Talk)
    split: str = ""
    sides: dict[str, Pane] = field(default_factory=dict)
    scrolled_windows: int | None = None
    first_member: int = 0
    show_members: bool | None = None
    regions: Regions | None = None
    placed: list[Placed] = field(default_factory=list)
    paired: Callable[[], int] = lambda: 0

    def divide(self, width: int, height: int) -> Regions:
        """Where the panes are now."""
        settings, window = self.client.settings, self.client.windows.current
        member_list = settings.member_list
        if self.show_members is not None:
            member_list = "on" if self.show_members else "off"
        has_members = window is not None and window.kind == "channel"
        window_list = settings.window_list if len(self.client.windows) else "off"
        return divide(width, height, window_list, member_list, has_members, self.is_split)

    @property
    def is_split(self) -> bool:
        """Whether there is a side: beside a wire in full width the same wire is of no use."""
        window = self.client.windows.current
        return bool(self.split) and not (self.split == "wire" and window is not None and window.kind == "wire")

    def rows(self, width: int, height: int, look: Look) -> list[Row]:
        """The whole picture, `height` rows of `width` cells."""
        regions = self.regions = self.divide(width, height)
        self.talk.exchange = self.paired() if self.split == "wire" else 0
        window = self.client.windows.current
        panes: list[tuple[Rectangle, list[Row]]] = []
        self.placed = []
        if regions.windows:
            box = regions.windows
            first, windows = self._first_window(box), list(self.client.windows.items())
            panes.append((box, window_rows(windows, window, first, box.width, box.height, self._is_live)))
        if not regions.side or regions.side.left > regions.talk.left:
            panes.append((regions.talk, self._talk(window, regions.talk, look)))
        if regions.side:
            panes.append((regions.side, self.sides[self.split](regions.side.width, regions.side.height)))
        if regions.members and window is not None:
            box = regions.members
            panes.append((box, self._members(window, box, look)))
        rows = [topic_row(window, width, look)] if regions.topic else []
        rows += [beside([pane[row] for _, pane in panes]) for row in range(regions.talk.height)]
        if regions.status:
            rows.append(status_row(self.client, width, self.client.loop.time(), self.client.now(), look))
        return rows

    def _members(self, window: Window, box: Rectangle, look: Look) -> list[Row]:
        session = self.client.sessions.get(window.server)
        is_own = session.dialect.is_own if session is not None else lambda nick: False
        return member_rows(window.ranked_members(), box.width, box.height, look, self.first_member, is_own)

    def _first_window(self, box: Rectangle) -> int:
        windows = self.client.windows
        return first_window(list(windows), windows.current, box.height, self.scrolled_windows)

    def _is_live(self, window: Window) -> bool:
        session = self.client.sessions.get(window.server)
        if window.kind == "channel":
            return window.joined
        return session is None or session.machine.row.ready

    def _talk(self, window: Window | None, box: Rectangle, look: Look) -> list[Row]:
        if window is None:
            return welcome_rows(box.width, box.height)
        if window.kind == "wire":
            return self.sides["wire"](box.width, box.height)
        self.placed = self.talk.view(window, box.width, box.height, look)
        return [placed.row for placed in self.placed]

    # What is where

    def window_at(self, x: int, y: int) -> Window | None:
        """The window whose row in the list is at this cell."""
        box = self.regions.windows if self.regions else None
        if box is None or not box.holds(x, y):
            return None
        windows, row = list(self.client.windows), self._first_window(box) + y - box.top
        return windows[row] if row < len(windows) else None

    def line_at(self, x: int, y: int) -> Line | None:
        """The line of the talk at this cell."""
        box = self.regions.talk if self.regions else None
        if box is None or not box.holds(x, y) or y - box.top >= len(self.placed):
            return None
        return self.placed[y - box.top].line

    def is_status(self, x: int, y: int) -> bool:
        """Whether the status line is at this cell."""
        return bool(self.regions and self.regions.status and self.regions.status.holds(x, y))

    def member_at(self, x: int, y: int) -> str:
        """The nick in the list of members at this cell, or ""."""
        box, window = self.regions.members if self.regions else None, self.client.windows.current
        if box is None or window is None or not box.holds(x, y):
            return ""
        members = window.ranked_members()
        index = self.first_member + y - box.top - title_height(box.height)
        return members[index].nick if self.first_member <= index < len(members) else ""

    def wheel(self, x: int, y: int, by: int, look: Look) -> None:
        """Scroll the pane at this cell by rows, up when positive."""
        regions, window = self.regions, self.client.windows.current
        if regions is not None and regions.windows is not None and regions.windows.holds(x, y):
            most = max(0, len(self.client.windows) - regions.windows.height)
            self.scrolled_windows = max(0, min(most, self._first_window(regions.windows) - by))
        elif regions is not None and regions.members is not None and window and regions.members.holds(x, y):
            room = regions.members.height - title_height(regions.members.height)
            self.first_member = max(0, min(len(window.members) - room, self.first_member - by))
        else:
            self.scroll(by, look)

    def show_lists_from_start(self) -> None:
        """Another window is shown: its members from the first on, and itself in the list of windows."""
        self.scrolled_windows, self.first_member = None, 0

    def scroll(self, by: int, look: Look) -> bool:
        """Scroll the current window by rows, up when positive. False when that changes nothing."""
        window = self.client.windows.current
        if window is None or self.regions is None:
            return False
        before = window.anchor
        self.talk.scroll(window, by, self.regions.talk.width, self.regions.talk.height, look)
        return window.anchor != before

    def to_top(self, look: Look) -> None:
        """Scroll the current window to its oldest line."""
        window = self.client.windows.current
        if window is not None and self.regions is not None:
            self.talk.to_top(window, self.regions.talk.width, self.regions.talk.height, look)

    def to_end(self) -> None:
        """Scroll the current window to its newest line."""
        if self.client.windows.current is not None:
            self.client.windows.current.hold(None)

    def to_marker(self, look: Look) -> None:
        """Scroll the current window to the first line that was not read."""
        window = self.client.windows.current
        if window is not None and self.regions is not None:
            self.talk.to_marker(window, self.regions.talk.width, self.regions.talk.height, look)

    @property
    def page(self) -> int:
        """How many rows PgUp goes up: a page, but for one row that stays in sight."""
        return max(1, (self.regions.talk.height if self.regions else 2) - 1)


def beside(rows: list[Row]) -> Row:
    """Rows of neighbouring panes as one, with a line between each two that joins the rules that it meets."""
    result = list(rows[0]) if rows else []
    for left, right in pairwise(rows):
        meets = left[-1][1].endswith(RULE), right[0][1].startswith(RULE)
        result.append(("class:separator", _CROSSINGS[meets[0], meets[1]]))
        result += right
    return result
