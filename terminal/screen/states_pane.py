"""The state machine of a connection -> rows, drawn from the table that drives the code.

Owns: what stands where in this picture. Must not: know a state or an event by its name, or read a clock.
"""

from collections.abc import Collection, Iterator

from terminal.screen.look import Row, blank, fitted
from terminal.states import Machine, Moved, State
from terminal.text.clean import plain
from terminal.text.width import cells, pad
from terminal.text.wrap import wrap

INDENT = 3
_WORDY_FROM = 40  # columns
_AIRY_FROM = 20  # rows from which there are blank ones
_LEAST_STATES = 5  # rows
CUT = "⋮"


def states_rows(machine: Machine, title: str, width: int, height: int) -> list[Row]:
    """Exactly `height` rows: every state in the order of a connection's life, the present one marked; beside the others
    what would lead there now; then what the state means and allows, and the way here. What has no room is left out, and
    `⋮` says where: the way first, its oldest part before the rest, then the states far from the present one."""
    air = _blank(height >= _AIRY_FROM, width)
    told = _told(machine, width)
    title_row = fitted([("class:topicbar", f" {plain(title)} ")], width)
    states, current = _all_states(machine, width)
    if 1 + len(states) + len(told) + 2 * len(air) > height:
        air = []
    room = height - 1 - 2 * len(air)
    states = _around(states, current, max(room - len(told), min(_LEAST_STATES, room)))
    rows = [title_row, *air, *states, *air, *_cut(told, room - len(states))]
    left = height - len(rows) - 1
    ways = _way_rows(machine.history, width)[-left:] if left > 1 else []
    if ways:
        rows += [*_blank(True, width), *ways][-left - 1 :]
    rows = rows[:height]
    return [*rows, *(blank(width) for _ in range(height - len(rows)))]


def _told(machine: Machine, width: int) -> list[Row]:
    """What the present state means, how one came there, and what it allows."""
    return [
        *_paragraph([("class:message", machine.row.explanation)], width),
        *_last(machine, width),
        *_named("Allowed now: ", ", ".join(machine.row.allows) or "nothing; one waits", width),
    ]


def _all_states(machine: Machine, width: int) -> tuple[list[Row], int]:
    """The rows of all states, and at which of them the present one begins."""
    rows: list[Row] = []
    current = 0
    for state in machine.states:
        if state.name == machine.state:
            current = len(rows)
        rows += _state_rows(machine, state, width)
    return rows, current


def _around(rows: list[Row], current: int, room: int) -> list[Row]:
    """As many of the rows as there is room for, with the current one in their middle."""
    start = max(0, min(current - (room - 1) // 2, len(rows) - room))
    shown = rows[start : start + max(0, room)]
    if shown and start:
        shown[0] = _with_sign(shown[0])
    return [*shown[:-1], _with_sign(shown[-1])] if len(shown) > 1 and start + room < len(rows) else shown


def _cut(rows: list[Row], room: int) -> list[Row]:
    shown = rows[: max(0, room)]
    return [*shown[:-1], _with_sign(shown[-1])] if shown and len(shown) < len(rows) else shown


def _with_sign(row: Row) -> Row:
    """The row with a sign in its first cell, which is free: more is left out behind it."""
    (style, text), *rest = row
    return [(style, CUT + text[1:]), *rest] if text[:1] == " " else row


def _state_rows(machine: Machine, state: State, width: int) -> list[Row]:
    """A state, and the events that lead to it from the present one."""
    events = ", ".join(event for event, target in machine.next_events() if target == state.name)
    column = max(cells(known.name) for known in machine.states) + 1
    is_current = state.name == machine.state
    style = "class:state.current" if is_current else "class:state.next" if events else "class:state"
    sign = "▶" if is_current else "○"
    head: Row = [("class:state.current" if is_current else "class:state", f" {sign} ")]
    head += [(style, state.name), ("class:state.current" if is_current else "", " " * (column - cells(state.name)))]
    arrow = "↺" if is_current else "←"
    told: Row = [("class:state.event", f" {arrow} {events}")] if events else []
    if is_current and machine.since:
        word = "since " if width >= _WORDY_FROM else ""
        told.insert(0, ("class:time", f" {word}{machine.since.astimezone():%H:%M:%S}"))
    indent = INDENT + column + 3
    return [fitted(row, width) for row in wrap([*head, *told], width, min(indent, width // 2))]


def _last(machine: Machine, width: int) -> list[Row]:
    if not machine.history:
        return _paragraph([("class:state", "Nothing has happened yet.")], width)
    moved = machine.history[-1]
    return _paragraph(
        [
            ("class:state", "Last event: "),
            ("class:state.event", moved.event or "(not known)"),
            ("class:state", f" ({moved.state} → {moved.next})"),
        ],
        width,
    )


def _named(name: str, text: str, width: int) -> list[Row]:
    return _paragraph([("class:state", name), ("class:message", text)], width)


def _paragraph(fragments: Row, width: int) -> list[Row]:
    rows = wrap([("", " "), *fragments], width, 1)
    return [fitted(row, width) for row in rows]


def _way_rows(history: Collection[Moved], width: int) -> list[Row]:
    """The last transitions, oldest first: when, what, where to."""
    column = max((cells(moved.event) for moved in history), default=0)
    return [fitted(list(_way(moved, column)), width) for moved in history]


def _way(moved: Moved, column: int) -> Iterator[tuple[str, str]]:
    time = f"{moved.time.astimezone():%H:%M:%S} " if moved.time else ""
    yield "class:time", f" {time}"
    yield "class:state.event", pad(moved.event or "…", column)
    yield "class:state", f" → {moved.next}"


def _blank(wanted: bool, width: int) -> list[Row]:
    return [blank(width)] if wanted else []
