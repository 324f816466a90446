"""Where everything is on the screen: numbers in, rectangles out.

Owns: what is left out when there is too little room. Must not: draw.
"""

from dataclasses import dataclass

LIST_WIDTH, MEMBER_WIDTH = (16, 24), (12, 20)  # columns, from the narrowest to the widest
WIDE_FOR_WINDOWS, WIDE_FOR_MEMBERS = 70, 100  # columns from which "auto" shows the lists
LEAST_TALK = 20
LEAST_TOPIC, LEAST_STATUS = 4, 2  # rows from which these are shown


@dataclass(frozen=True, slots=True)
class Rectangle:
    """In cells; `left` and `top` count from 0."""

    left: int
    top: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        """Whether a cell is inside."""
        return self.left <= x < self.left + self.width and self.top <= y < self.top + self.height


@dataclass(frozen=True, slots=True)
class Regions:
    """Every pane; None for one that is not shown. Between neighbours is one column for a line."""

    talk: Rectangle
    topic: Rectangle | None = None
    status: Rectangle | None = None
    windows: Rectangle | None = None
    members: Rectangle | None = None
    side: Rectangle | None = None  # the wire, or the states


def divide(
    width: int, height: int, window_list: str = "auto", member_list: str = "auto", has_members: bool = True,
    split: bool = False,
) -> Regions:  # fmt: skip
    """The panes of a screen of `width` x `height` cells, without the rows of the input. The lists are "auto", "on" or
    "off"; `split` takes the right half of the talk for the wire or the states."""
    top = 1 if height >= LEAST_TOPIC else 0
    bottom = 1 if height >= LEAST_STATUS else 0
    body = max(0, height - top - bottom)
    left, right = 0, width
    windows = members = side = None
    taken = _list_width(width, LIST_WIDTH)
    if _is_shown(window_list, width, WIDE_FOR_WINDOWS) and right - left - taken - 1 >= LEAST_TALK:
        windows = Rectangle(0, top, taken, body)
        left = taken + 1
    taken = _list_width(width, MEMBER_WIDTH)
    has_members = has_members and not split and right - left - taken - 1 >= LEAST_TALK
    if has_members and _is_shown(member_list, width, WIDE_FOR_MEMBERS):
        members = Rectangle(width - taken, top, taken, body)
        right = width - taken - 1
    if split and right - left >= 2 * LEAST_TALK + 1:
        half = (right - left) // 2
        side = Rectangle(right - half, top, half, body)
        right -= half + 1
    elif split:  # too narrow for both: the side takes it all
        side = Rectangle(left, top, right - left, body)
    return Regions(
        talk=Rectangle(left, top, max(1, right - left), body),
        topic=Rectangle(0, 0, width, top) if top else None,
        status=Rectangle(0, height - 1, width, bottom) if bottom else None,
        windows=windows,
        members=members,
        side=side,
    )


def _list_width(width: int, bounds: tuple[int, int]) -> int:
    return max(bounds[0], min(bounds[1], width // 6))


def _is_shown(wanted: str, width: int, least: int) -> bool:
    return wanted == "on" or (wanted == "auto" and width >= least)
