"""What is remembered of an event until it is written, and the form in which it is written.

Owns: those two forms and what leads from one to the other. Must not: know when something is written, or who reads it.
"""

import json
from collections.abc import Iterable
from typing import Any

from chat.storage.history import Operation
from chat.storage.history_reading import Entry
from protocol import events
from protocol.moments import milliseconds
from protocol.values import Event, EventRow, Source

MESSAGES = frozenset({"PRIVMSG", "NOTICE"})  # what is a message to clients without event-playback
_MESSAGE_ROWS = frozenset(events.TABLE[name] for name in MESSAGES)
_OVERHEAD = 400  # bytes of an event without its text

Facts = list[Any]  # of events one after the other, FIELDS items for each
FIELDS = 9  # row, source, target, text, detail, time, msgid, tags, is_long


def count(work: "Iterable[dict[str, Facts] | Operation]") -> int:
    """How many events there are in some work."""
    return sum(sum(map(len, step.values())) for step in work if isinstance(step, dict)) // FIELDS


def size(facts: Facts) -> int:
    """About how many bytes of memory they take."""
    tags = sum(len(name) + len(value) for each in filter(None, facts[7::FIELDS]) for name, value in each.items())
    return sum(map(len, facts[3::FIELDS])) + tags + len(facts) // FIELDS * _OVERHEAD


def split(facts: Facts, room: int) -> tuple[Facts, Facts]:
    """The first of them, some `room` bytes but at least one, and the others."""
    if size(facts) <= room:
        return facts, []
    end = 0
    while end < len(facts) and room > 0:
        room -= size(facts[end : end + FIELDS])
        end += FIELDS
    return facts[:end], facts[end:]


def newest(facts: Facts, most: int) -> Facts:
    """The newest `most` messages and as many other events."""
    rows = facts[::FIELDS]
    if len(rows) <= most:
        return facts
    if _MESSAGE_ROWS.issuperset(rows):
        return facts[len(facts) - most * FIELDS :]
    kept: list[int] = []
    left = [most, most]
    for number in range(len(rows) - 1, -1, -1):
        is_message = rows[number] in _MESSAGE_ROWS
        if left[is_message]:
            left[is_message] -= 1
            kept.append(number)
    return [item for number in reversed(kept) for item in facts[number * FIELDS : (number + 1) * FIELDS]]


# --- events <-> entries --------------------------------------------------------------------------------------------


def entries_of(step: dict[str, Facts] | Operation, most: int) -> dict[str, list[Entry]] | Operation:
    """What is written of a step: of each place the newest `most` messages, and as many other events."""
    if not isinstance(step, dict):
        return step
    kept = {key: newest(facts, most) for key, facts in step.items()}
    return {
        key: [_entry(*facts[start : start + FIELDS]) for start in range(0, len(facts), FIELDS)]
        for key, facts in kept.items()
    }


def _entry(
    row: EventRow,
    source: Source,
    target: str,
    text: str,
    detail: Any,
    moment: float,
    msgid: str,
    tags: dict[str, str] | None,
    is_long: bool,
) -> Entry:
    more: dict[str, Any] = {}
    if any(source[3:-1]):
        more["source"] = source[3:-1]
    if detail:
        more["detail"] = detail
    if tags:
        more["tags"] = tags
    if is_long:
        more["is_long"] = True
    extra = json.dumps(more, ensure_ascii=False) if more else None
    author, account = source.identity, source.account
    time_ = milliseconds(moment)
    return Entry(time_, 0, msgid, row.name, author, source.nick, source.prefix, account, target, text, extra)


def event_of(entry: Entry, target: str = "") -> Event:
    """The event again, with its time to the millisecond and its id. `target`: what it is delivered to, for a channel's
    present name."""
    more = json.loads(entry.extra) if entry.extra else {}
    source = Source(entry.nick, entry.prefix, entry.account, *more.get("source", ()))._replace(identity=entry.author)
    moment = (entry.time + 0.5) / 1000  # the middle of the millisecond: as a float it is shown as the same one
    row = events.TABLE[entry.kind]
    detail, tags, is_long = more.get("detail"), more.get("tags"), more.get("is_long", False)
    return Event(row, source, target or entry.target, entry.text, detail, moment, entry.msgid, tags, is_long)
