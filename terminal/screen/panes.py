"""The lists beside the talk: windows and members.

Owns: their rows, and which row is which. Must not: choose who is in them.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from terminal.model.window import Member, Window
from terminal.screen.look import Look, Row, blank, fitted
from terminal.text.clean import plain
from terminal.text.width import cells, cut, fit, pad

LEAST_TITLED = 3  # rows that a list of members must have for a title


def first_window(windows: Sequence[Window], current: Window | None, height: int, scrolled: int | None = None) -> int:
    """The index of the window in the first row: the current one is in sight, unless one has scrolled."""
    place = next((index for index, window in enumerate(windows) if window is current), 0)
    wanted = place - height // 2 if scrolled is None else scrolled
    return max(0, min(wanted, len(windows) - height))


def window_rows(
    windows: Sequence[tuple[int, Window]], current: Window | None, first: int, width: int, height: int,
    is_live: Callable[[Window], bool],
) -> list[Row]:  # fmt: skip
    """Each window from index `first` on, which comes with its number: that, its name and what is unread; in brackets
    where `is_live` says that nothing can be said there now."""
    digits = max([2, *(len(str(number)) for number, _ in windows)])
    rows: list[Row] = []
    for number, window in windows[first : first + height]:
        style = "class:windowlist.current" if window is current else _window_style(window)
        name = plain(window.name) if is_live(window) else f"({plain(window.name)})"
        indent = "" if window.kind == "server" or not window.server else " "
        count = f" {window.unread}{'!' if window.mentions else ''} " if window.unread or window.mentions else " "
        head = f"{number:>{digits}} {indent}"
        room = width - cells(head) - cells(count)
        rows.append([(style, fit(f"{head}{pad(cut(name, max(1, room)), room)}{count}", width))])
    return _filled(rows, width, height, "class:windowlist")


def _window_style(window: Window) -> str:
    if window.mentions:
        return "class:windowlist.mention"
    if window.unread:
        return "class:windowlist.unread"
    return "class:windowlist.server" if window.kind == "server" else "class:windowlist"


def title_height(height: int) -> int:
    """How many rows the title of the members takes of a list of that height."""
    return 1 if height >= LEAST_TITLED else 0


def member_rows(
    members: Sequence[Member], width: int, height: int, look: Look, first: int = 0,
    is_own: Callable[[str], bool] = lambda nick: False,
) -> list[Row]:  # fmt: skip
    """How many there are, then the members from `first` on with their highest rank; a last row counts those that have
    no room."""
    rows: list[Row] = [[("class:memberlist.title", fit(_counted(members), width))]] if title_height(height) else []
    left = height - len(rows)
    cut_off = len(members) - first > left
    for member in members[first : first + left - cut_off]:
        nick_style = look.nick(member.nick, is_own(member.nick))
        style = "class:memberlist.away" if member.away else f"class:memberlist {nick_style}"
        rank = plain(member.ranks[:1]) or " "
        rows.append([("class:memberlist.rank", rank), (style, fit(plain(member.nick), width - 1))])
    if cut_off:
        more = len(members) - first - left + 1
        rows.append([("class:memberlist.title", fit(f" +{more} more", width))])
    return _filled(rows, width, height, "class:memberlist")


def _counted(members: Sequence[Member]) -> str:
    """`17: @2 +1`, in the order of the members: the highest rank first."""
    ranks = Counter(member.ranks[:1] for member in members if member.ranks)
    counts = "".join(f" {plain(rank)}{count}" for rank, count in ranks.items())
    return f" {len(members)}{':' if counts else ''}{counts}"


def _filled(rows: list[Row], width: int, height: int, style: str) -> list[Row]:
    rows = [fitted(row, width) for row in rows[:height]]
    return [*rows, *(blank(width, style) for _ in range(height - len(rows)))]
