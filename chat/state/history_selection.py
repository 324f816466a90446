"""Which messages a CHATHISTORY asks for: reference points, directions, limits (IRCv3 chathistory).

Owns: that arithmetic, over a reader of the history. Must not: be called while the state lock is held; check who may
read.
"""

from collections.abc import Callable
from typing import NamedTuple

from chat.storage.history_reading import END, LAST, START, Entry, HistoryReader, Position, Stretch

Reference = str | int | None  # a msgid, a time in milliseconds, or `*`


class UnknownMessage(Exception):
    """A msgid that is not in that place's history."""


class Ends(NamedTuple):
    """A reference point in the order of all entries: what is after it starts behind `last`, what is before it ends in
    front of `first`. A time is as wide as a millisecond."""

    first: Position
    last: Position


def select(reader: HistoryReader, whole: Stretch, subcommand: str, references: list[Reference]) -> list[Entry]:
    """The entries that BEFORE, AFTER, LATEST, AROUND or BETWEEN means, in their order. `whole`: the place, and how many
    at most. Raises UnknownMessage, HistoryFailed."""
    ends = [_ends(reader, whole.place, reference) for reference in references]
    if subcommand == "AROUND":
        return _around(reader, whole, ends[0])
    return reader.select(_STRETCHES[subcommand](whole, *ends))


def _ends(reader: HistoryReader, place: str, reference: Reference) -> Ends:
    if reference is None:
        return Ends(START, START)
    if isinstance(reference, int):
        return Ends(Position(reference, -1), Position(reference, LAST))
    entry = reader.find(place, reference)
    if entry is None:
        raise UnknownMessage(reference)
    point = Position(entry.time, entry.sequence)
    return Ends(point, point)


def _before(whole: Stretch, ends: Ends) -> Stretch:
    return whole._replace(before=ends.first)


def _after(whole: Stretch, ends: Ends) -> Stretch:
    return whole._replace(after=ends.last, newest=False)


def _latest(whole: Stretch, ends: Ends) -> Stretch:
    return whole._replace(after=ends.last)


def _between(whole: Stretch, one: Ends, other: Ends) -> Stretch:
    """Counted from the first towards the second, in either direction of time."""
    if one <= other:
        return whole._replace(after=one.last, before=other.first, newest=False)
    return whole._replace(after=other.last, before=one.first)


_STRETCHES: dict[str, Callable[..., Stretch]] = {
    "BEFORE": _before,
    "AFTER": _after,
    "LATEST": _latest,
    "BETWEEN": _between,
}


def _around(reader: HistoryReader, whole: Stretch, ends: Ends) -> list[Entry]:
    """Half before and half from the point on, what is there itself included; where one side has too few, more of the
    other."""
    whole = whole._replace(room=whole.room // 2)
    earlier = reader.select(_before(whole, ends))
    later = reader.select(_after(whole, Ends(END, Position(ends.first.time, ends.first.sequence - 1))))
    before = min(len(earlier), max(whole.most // 2, whole.most - len(later)))
    return earlier[len(earlier) - before :] + later[: whole.most - before]
