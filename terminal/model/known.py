"""Lines of the history that a window has already, though no message id says so.

Owns: when two lines are the same message. Must not: change a window.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from terminal.model.line import Line

NEAR = timedelta(minutes=2)  # between the clock of the server and our own
_MOST_LOOKED_AT = 1000  # of the last lines, which need not be in the order of time: there are two clocks


def known_as(lines: Sequence[Line], told: Line) -> tuple[int, Line] | None:
    """Where the line is that a line of the history tells again, and what becomes of it, so that no other is taken for
    it as well; None when it is new."""
    if not told.history or not told.is_speech:
        return None
    for place in range(max(0, len(lines) - _MOST_LOOKED_AT), len(lines)):
        line = lines[place]
        if not line.msgid and not line.pending and abs(line.time - told.time) <= NEAR and _is_same(line, told):
            return place, replace(line, msgid=told.msgid, history=line.history or not told.msgid)
    return None


def _is_same(line: Line, told: Line) -> bool:
    if line.kind != told.kind or line.text.rstrip() != told.text.rstrip():
        return False
    if line.source != told.source and not (line.own and told.own):
        return False
    if line.stamped and told.stamped and not told.msgid:  # the same clock, and both would have an id or none
        return line.time == told.time
    return not line.history
