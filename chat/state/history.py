"""What was said and what happened, on its way to the database: recording under the state lock, writing without it.

Owns: what is recorded where, the place's key of a channel or a talk. Must not: decide who may
read (`policy`), answer a command. Recording is one addition to a list, so that a message does not become slower;
everything else is done later, in batches, without the lock, and takes a few hundredths of the time.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from chat.state.history_entries import FIELDS, MESSAGES, Facts, count, entries_of, newest, size, split
from chat.storage.history import GUEST, End, Forget, HistoryStore, Operation, Rename, Restrict
from chat.storage.history_reading import HistoryFailed, HistoryReader
from protocol.limits import HistoryLimits
from protocol.values import Event

if TYPE_CHECKING:
    from chat.state.channel import Channel

log = logging.getLogger("parley.history")
MOST_MARKERS = 1000  # read markers of one identity
_MOST_WAITING = 200_000  # events in memory; more than that is only reached when the disk does not take them
_MOST_BYTES = 32 << 20  # of them; what is over twice as much is given up
_BATCH = 20_000  # events that are written in one step, by who waits for them,
_BATCH_BYTES = 4 << 20  # of no more than this
_READ_SECONDS = 2.0  # for which who reads waits until everything is written
_CLOSE_SECONDS = 4.0
_PASSING_TAGS = frozenset({"+typing", "+draft/typing"})
_PORTION = 1000  # events that are given up at once

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
        ending = store.read.ending()
        self._ending = set(ending)  # channels of which something ends with them,
        self._restricted = {place for place in ending if ending[place]}  # and those where that is so for what comes
        self._ordered: list[Recent | Operation] = []  # what came before `recent`
        self._waiting: list[dict[str, Facts] | Operation] = []
        self._in_flight: list[dict[str, Facts] | Operation] = []  # being written
        self._count = 0  # of the waiting events
        self._bytes = 0
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
        """What is said in a channel ends with it from now on, or stays when it ends."""
        if is_on != (place in self._restricted):
            self._ending.add(place)
            (self._restricted.add if is_on else self._restricted.discard)(place)
            self.do(Restrict(place, is_on))

    def end(self, place: str) -> None:
        """A channel is no more; its history is found again by the next one of that name, but for what was said while it
        was restricted."""
        if place in self._ending:
            self._ending.discard(place)
            self._restricted.discard(place)
            self.do(End(place))

    def rename(self, place: str, new: str) -> None:
        """A channel has another name from now on, and so has what it is kept under."""
        for places in (self._ending, self._restricted):
            if place in places:
                places.discard(place)
                places.add(new)
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
            if self._count > 2 * _MOST_WAITING or self._bytes > 2 * _MOST_BYTES:
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
            if len(happened) > self.limits.messages * FIELDS:
                happened = newest(happened, self.limits.messages)  # before anything is counted: a flood is mostly this
            waiting = places.get(key)
            if waiting is None:
                waiting = places[key] = happened
            else:
                waiting += happened
            self._count += len(happened) // FIELDS
            self._bytes += size(happened)
            if len(waiting) > 2 * self.limits.messages * FIELDS:
                places[key] = newest(waiting, self.limits.messages)
                self._bytes -= size(waiting) - size(places[key])
                self._count -= (len(waiting) - len(places[key])) // FIELDS

    def _give_up_oldest(self) -> None:
        lost = 0
        operations: list[dict[str, Facts] | Operation] = []  # which are not given up
        while self._count > _MOST_WAITING or self._bytes > _MOST_BYTES:
            work = self._portion(_PORTION)
            lost += count(work)
            operations += (step for step in work if not isinstance(step, dict))
        self._waiting[:0] = operations
        log.error("%d events of the history are lost: they cannot be written, and the memory is not endless", lost)

    @property
    def is_pressing(self) -> bool:
        """Whether so much waits that it cannot wait any longer."""
        return self._count > _MOST_WAITING or self._bytes > _MOST_BYTES

    def flush(self, most: int | None = None, seconds: float | None = None) -> bool:
        """Brings what was recorded so far to disk: all of it, some `most` events, or as much as goes in some `seconds`;
        False when that was not all. Raises HistoryFailed, and tries again the next time."""
        end = time.monotonic() + seconds if seconds is not None else None
        if not self._writing.acquire(timeout=-1 if seconds is None else seconds):
            return False
        try:
            left = self.absorb()
            while left > 0:
                with self._absorbing:
                    work = self._in_flight = self._portion(most or _BATCH)
                if not work:
                    break
                self._write(work)
                left -= count(work) + sum(not isinstance(step, dict) for step in work)
                if most is not None:
                    break
                if end is not None and time.monotonic() > end:
                    return not self._waiting
            return True
        finally:
            self._in_flight = []
            self._writing.release()

    def _write(self, work: list[dict[str, Facts] | Operation]) -> None:
        kept = self.limits.messages
        try:
            self._store.write((entries_of(step, kept) for step in work), MESSAGES, kept)
        except BaseException:
            with self._absorbing:
                self._waiting[:0] = work
                self._count += count(work)
                self._bytes += sum(size(facts) for step in work if isinstance(step, dict) for facts in step.values())
            raise

    def _portion(self, most: int) -> list[dict[str, Facts] | Operation]:
        """Takes from what waits, in its order, some `most` events: of whole places, unless that is too many bytes."""
        work: list[dict[str, Facts] | Operation] = []
        room, bytes_, done = most, _BATCH_BYTES, 0
        for step in self._waiting:
            if room <= 0 or bytes_ <= 0:
                break
            if not isinstance(step, dict):
                work.append(step)
                room -= 1
            else:
                portion: dict[str, Facts] = {}
                work.append(portion)
                while step and room > 0 and bytes_ > 0:
                    key = next(iter(step))
                    portion[key], rest = split(step.pop(key), bytes_)
                    if rest:
                        step = {key: rest, **step}
                        self._waiting[done] = step
                    self._count -= len(portion[key]) // FIELDS
                    self._bytes -= size(portion[key])
                    room -= len(portion[key]) // FIELDS
                    bytes_ -= size(portion[key])
                    if rest:
                        break
                if step:
                    break
            done += 1
        del self._waiting[:done]
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

    def erase(self, identity: str, with_former: bool = False) -> int:
        """Removes everything that an identity said or did until now, and, if asked, accounts of that name that are no
        more; how much that was. Raises HistoryFailed."""
        self.flush()
        return self._store.erase(identity, with_former)

    def scrub(self) -> None:
        """Makes what was erased unreadable in the file, too, if that is still to be done. Raises HistoryFailed."""
        self._store.scrub()

    @property
    def has_remains(self) -> bool:
        """Whether something was erased and is not scrubbed yet."""
        return self._store.has_remains

    def has_moved(self) -> bool:
        """Whether the file was deleted or replaced."""
        return self._store.has_moved()

    def reopen(self) -> None:
        """Goes on with the file that is there now, or a new one. Raises HistoryFailed."""
        with self._state_lock:
            restricted = sorted(self._restricted)
        with self._writing:
            self._store.reopen()
            with self._absorbing:
                self._waiting[:0] = [Restrict(place, True) for place in restricted]

    def set_marker(self, identity: str, target: str, moment: int) -> None:
        """Keeps a read marker, milliseconds. Raises HistoryFailed."""
        if identity[0] == GUEST:
            self._guests.add(identity)
        self._store.set_marker(identity, target, moment, MOST_MARKERS)

    def read(self) -> HistoryReader:
        """The queries, which see everything that was recorded before. When that cannot be written, or not in time, they
        see what is on disk, unless something there should be gone: then it raises HistoryFailed."""
        try:
            if not self.flush(seconds=_READ_SECONDS) and self._is_misleading():
                raise HistoryFailed("the history is behind: it cannot be read before what is erased is gone")
        except HistoryFailed as failed:
            if self._is_misleading():
                raise
            log.error("%s; what is on disk is shown", failed)
        return self._store.read

    def _is_misleading(self) -> bool:
        """Whether what is on disk shows more than it may."""
        self.absorb()
        with self._absorbing:
            operations = [step for step in (*self._in_flight, *self._waiting) if not isinstance(step, dict)]
        return not all(
            isinstance(step, Restrict) or (isinstance(step, Forget) and step.identity[0] == GUEST)
            for step in operations
        )

    @property
    def oldest(self) -> int:
        """The time, in milliseconds, before which nothing is shown any more."""
        return int((time.time() - self.limits.days * 86400) * 1000) if self.limits.days else 0

    def close(self) -> None:
        """Writes what waits, if that is possible in a few seconds, and closes the file. Raises HistoryFailed."""
        try:
            if not self.flush(seconds=_CLOSE_SECONDS):
                raise HistoryFailed(f"{self._count} events could not be written in time")
        finally:
            self._store.close()


def is_lasting(tags: dict[str, str] | None) -> bool:
    """Whether a TAGMSG is worth keeping: that somebody types is over soon."""
    return tags is not None and not tags.keys() <= _PASSING_TAGS
