"""What was said and what happened, on its way to the database: recording under the state lock, writing without it.

Owns: what is recorded where, the place's key of a channel or a talk. Must not: decide who may
read (`policy`), answer a command. Recording is one addition to a list, so that a message does not become slower;
everything else is done later, in batches, without the lock, and takes a few hundredths of the time.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from chat.storage.history import GUEST, End, Forget, HistoryStore, Operation, Rename, Restrict
from chat.storage.history_reading import Entry, HistoryReader
from protocol import events
from protocol.limits import HistoryLimits
from protocol.moments import milliseconds
from protocol.values import Event, EventRow, Source

if TYPE_CHECKING:
    from chat.state.channel import Channel

log = logging.getLogger("parley.history")
MESSAGES = frozenset({"PRIVMSG", "NOTICE"})  # what is a message to clients without event-playback
MOST_MARKERS = 1000  # read markers of one identity
_MESSAGE_ROWS = frozenset(events.TABLE[name] for name in MESSAGES)
_MOST_WAITING = 200_000  # events in memory; more than that is only reached when the disk does not take them
_PASSING_TAGS = frozenset({"+typing", "+draft/typing"})
_PORTION = 1000  # events that are given up at once

Facts = list[Any]  # of events one after the other, _FIELDS items for each
_FIELDS = 9
Key = str | tuple[str, str]  # the folded name of a channel, or the two identities of a talk


def talk_key(one: str, other: str) -> str:
    """The key of the talk of two identities, whoever of them speaks."""
    return " ".join(sorted((one, other)))


class Recent(dict[Key, Facts]):
    """What happened since the last look, by place. A talk is found under both orders of its two identities."""

    def __init__(self, guests: set[str]) -> None:
        super().__init__()
        self._guests = guests  # those who have part in a talk

    def __missing__(self, key: Key) -> Facts:
        made: Facts = []
        self[key] = made
        if isinstance(key, tuple):
            self[key[1], key[0]] = made
            self._guests.update(identity for identity in key if identity[0] == GUEST)
        return made


class Nothing(Recent):
    """In the place of `Recent` where no history is kept."""

    def __missing__(self, key: Key) -> Facts:
        return []


class History:
    """The history of one network. `record` and `do`, under the state lock, note what happens and what is to be done
    about the past; the rest is for without it."""

    def __init__(self, store: HistoryStore, limits: HistoryLimits, state_lock: Any) -> None:
        self._store = store
        self._state_lock = state_lock
        self._guests: set[str] = set()
        self._restricted: set[str] = set()  # channels whose history ends with them
        self._ordered: list[Recent | Operation] = []  # what came before `recent`
        self._waiting: list[dict[str, Facts] | Operation] = []
        self._count = 0  # of the waiting events
        self._absorbing = threading.Lock()
        self._writing = threading.Lock()
        self.limits = limits
        self._recent = self._fresh()
        self.is_due = True  # for a look at what may be kept no longer

    # --- under the state lock ----------------------------------------------------------------------------------

    def record(self, place: Key, event: Event) -> None:
        """Keeps an event: of a channel, or between two identities. What it consists of, not the event itself: strings
        and numbers in one list are nothing that the garbage collector would have to look at again and again."""
        self._recent[place].extend(
            (
                event.row,
                event.source,
                event.target,
                event.text,
                event.detail,
                event.time,
                event.msgid,
                event.tags,
                event.is_long,
            )
        )

    def _fresh(self) -> Recent:
        return Recent(self._guests) if self.limits.messages else Nothing(self._guests)

    def configure(self, limits: HistoryLimits) -> None:
        """How much is kept from now on. The accounts may have changed, too."""
        self.limits = limits
        self.is_due = True
        self._ordered.append(self._recent)
        self._recent = self._fresh()

    @property
    def is_kept(self) -> bool:
        """Whether there is a history at all."""
        return self.limits.messages > 0

    def do(self, operation: Operation) -> None:
        """Has something done to what was recorded so far, not to what comes after."""
        self._ordered += (self._recent, operation)
        self._recent = self._fresh()

    def everywhere(self, channels: "Iterable[Channel]", event: Event) -> None:
        """Records an event in several channels."""
        for channel in channels:
            self.record(channel.folded, event)

    def restrict(self, place: str, is_on: bool) -> None:
        """A channel's history ends with it from now on, or stays when it ends."""
        if is_on != (place in self._restricted):
            (self._restricted.add if is_on else self._restricted.discard)(place)
            self.do(Restrict(place, is_on))

    def end(self, place: str) -> None:
        """A channel is no more; its history is found again by the next one of that name unless it was restricted."""
        if place in self._restricted:
            self._restricted.discard(place)
            self.do(End(place))

    def rename(self, place: str, new: str) -> None:
        """A channel has another name from now on, and so has what it is kept under."""
        if place in self._restricted:
            self._restricted.discard(place)
            self._restricted.add(new)
        self.do(Rename(place, new))

    def forget(self, identity: str) -> None:
        """An account is no more: whoever gets the name next inherits nothing."""
        self.do(Forget(identity))

    def leave(self, identity: str) -> None:
        """An identity ends if it was a guest's: nobody will ever be it again."""
        if identity in self._guests:
            self._guests.discard(identity)
            self.do(Forget(identity))

    # --- without it --------------------------------------------------------------------------------------------

    def absorb(self) -> int:
        """Takes what was recorded, and keeps of each place only as much as will be kept of it anyway. How many events
        wait to be written."""
        with self._absorbing:
            with self._state_lock:
                ordered, self._ordered = self._ordered, []
                if self._recent:
                    ordered.append(self._recent)
                    self._recent = self._fresh()
            for step in ordered:
                if isinstance(step, Recent):
                    self._take(step)
                else:
                    self._waiting.append(step)
            if self._count > 2 * _MOST_WAITING:
                self._give_up_oldest()
            return self._count + len(self._waiting)

    def _take(self, recent: Recent) -> None:
        if not self._waiting or not isinstance(self._waiting[-1], dict):
            self._waiting.append({})
        places = self._waiting[-1]
        assert isinstance(places, dict)
        for key, happened in recent.items():
            if isinstance(key, tuple):
                if key[0] > key[1]:
                    continue  # the same list as under the other order
                key = talk_key(*key)
            waiting = places.get(key)
            if waiting is None:
                waiting = places[key] = happened
            else:
                waiting += happened
            self._count += len(happened) // _FIELDS
            if len(waiting) > 2 * self.limits.messages * _FIELDS:
                places[key] = _newest(waiting, self.limits.messages)
                self._count -= (len(waiting) - len(places[key])) // _FIELDS

    def _give_up_oldest(self) -> None:
        lost = 0
        while self._count > _MOST_WAITING:
            lost += _count(self._portion(_PORTION))
        log.error("%d events of the history are lost: they cannot be written, and the memory is not endless", lost)

    @property
    def is_pressing(self) -> bool:
        """Whether so much waits that it cannot wait any longer."""
        return self._count > _MOST_WAITING

    def flush(self, most: int | None = None) -> None:
        """Brings what was recorded so far to disk: all of it, or some `most` events. Raises HistoryFailed, and tries
        again the next time."""
        with self._writing:
            self.absorb()
            with self._absorbing:
                work = self._portion(most)
            if not work:
                return
            kept = self.limits.messages
            try:
                self._store.write((_entries(step, kept) for step in work), MESSAGES, kept)
            except BaseException:
                with self._absorbing:
                    self._waiting[:0] = work
                    self._count += _count(work)
                raise

    def _portion(self, most: int | None) -> list[dict[str, Facts] | Operation]:
        """Takes from what waits, in its order; of the first places some, if `most` is given."""
        if most is None or not self._waiting or not isinstance(self._waiting[0], dict):
            work, self._waiting = self._waiting, []
        else:
            places, portion, room = self._waiting[0], dict[str, Facts](), most * _FIELDS
            while places and room > 0:
                key = next(iter(places))
                portion[key] = places.pop(key)
                room -= len(portion[key])
            work = [portion]
            if not places:
                del self._waiting[0]
        self._count -= _count(work)
        return work

    def expire(self, is_account: Callable[[str], object]) -> None:
        """Removes what is too old, and what belonged to accounts that are gone. Raises HistoryFailed."""
        self.is_due = False
        self.flush()  # so that nothing is overlooked
        self._store.expire(self.limits.days, time.time())
        known = self._store.read.identities()
        with self._state_lock:
            for identity in known:
                if identity[0] != GUEST and not is_account(identity):
                    self.forget(identity)

    def erase(self, identity: str) -> int:
        """Removes everything that an identity said or did until now; how much that was. Raises HistoryFailed."""
        self.flush()
        return self._store.erase(identity)

    def set_marker(self, identity: str, target: str, moment: int) -> None:
        """Keeps a read marker, milliseconds. Raises HistoryFailed."""
        if identity[0] == GUEST:
            self._guests.add(identity)
        self._store.set_marker(identity, target, moment, MOST_MARKERS)

    def read(self) -> HistoryReader:
        """The queries, which see everything that was recorded before. Raises HistoryFailed."""
        self.flush()
        return self._store.read

    @property
    def oldest(self) -> int:
        """The time, in milliseconds, before which nothing is shown any more."""
        return int((time.time() - self.limits.days * 86400) * 1000) if self.limits.days else 0

    def close(self) -> None:
        """Writes what waits, and closes the file. Raises HistoryFailed."""
        try:
            self.flush()
        finally:
            self._store.close()


def _count(work: "Iterable[dict[str, Facts] | Operation]") -> int:
    """How many events there are in some work."""
    return sum(sum(map(len, step.values())) for step in work if isinstance(step, dict)) // _FIELDS


def is_lasting(tags: dict[str, str] | None) -> bool:
    """Whether a TAGMSG is worth keeping: that somebody types is over soon."""
    return tags is not None and not tags.keys() <= _PASSING_TAGS


def _newest(facts: Facts, most: int) -> Facts:
    """The newest `most` messages and as many other events."""
    rows = facts[::_FIELDS]
    if len(rows) <= most:
        return facts
    if _MESSAGE_ROWS.issuperset(rows):
        return facts[len(facts) - most * _FIELDS :]
    kept: list[int] = []
    left = [most, most]
    for number in range(len(rows) - 1, -1, -1):
        is_message = rows[number] in _MESSAGE_ROWS
        if left[is_message]:
            left[is_message] -= 1
            kept.append(number)
    return [item for number in reversed(kept) for item in facts[number * _FIELDS : (number + 1) * _FIELDS]]


# --- events <-> entries --------------------------------------------------------------------------------------------


def _entries(step: dict[str, Facts] | Operation, most: int) -> dict[str, list[Entry]] | Operation:
    if not isinstance(step, dict):
        return step
    kept = {key: _newest(facts, most) for key, facts in step.items()}
    return {
        key: [_entry(*facts[start : start + _FIELDS]) for start in range(0, len(facts), _FIELDS)]
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
