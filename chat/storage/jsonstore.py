"""Records in memory and in one JSON file, kept the same: by our changes, and by those of people who edit the file.

Owns: the records of one file, the changes that are not on disk yet, and the joining of saves.
Must not: hold its lock during disk I/O or hashing (`put` is called under the server's state lock); overwrite a file
that it cannot read; know what a record is.

One thread at a time is the *leader*: it alone reads or writes the file, and whoever calls `flush` meanwhile waits for
it and shares the next write with all others that wait.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from filelock import Timeout

from chat.storage import checking, files
from chat.storage.errors import BrokenFile, SaveFailed
from chat.storage.files import Stamp
from chat.storage.records import RecordError
from protocol import names

log = logging.getLogger(__name__)


class Named(Protocol):
    """What every record has."""

    @property
    def name(self) -> str: ...


Record = TypeVar("Record", bound=Named)
_Changes = dict[str, tuple[int, Record | None]]  # by folded name: the change's number, None for a removal


@dataclass(frozen=True, slots=True)
class Kind(Generic[Record]):
    """A kind of record: `key` is the file's one top-level key, `schema` the schema's name, `private` its mode 0600.

    `complete` finishes records that a person typed in short form (it may take its time); the same object back means
    that there was nothing to do.
    """

    key: str
    schema: str
    private: bool
    from_json: Callable[[Mapping[str, Any]], Record]
    to_json: Callable[[Record], dict[str, object]]
    complete: Callable[[list[Record]], list[Record]]


@dataclass(slots=True)
class _Turn:
    """One turn of a leader: up to which change it writes, and how it ended."""

    change: int = 0
    done: bool = False
    error: SaveFailed | None = None


class JsonStore(Generic[Record]):
    """The records of one file. Every method may be called by every thread."""

    def __init__(self, file: Path, kind: Kind[Record]) -> None:
        """Reads `file`; a missing one is an empty store. BrokenFile when it cannot be understood."""
        self.file = file
        self._write_lock = files.write_lock(file)  # between processes
        self._kind = kind
        self._condition = threading.Condition(threading.Lock())  # guards what follows, for moments only
        self._records: dict[str, Record] = {}  # what callers see: the file's with our changes on top
        self._pending: _Changes[Record] = {}
        self._change = 0  # number of the last change
        self._saved = 0  # number of the last change that is on disk
        self._turn: _Turn | None = None
        # The leader's own:
        self._on_disk: dict[str, Record] = {}
        self._in_doubt = False  # a write failed somewhere on its way, so the file may hold more than `_on_disk`
        self._stamp: Stamp | None = None  # of the version in `_on_disk`
        self._seen: Stamp | None = None  # of the version last looked at, which may have been broken
        self._texts: dict[str, tuple[Record, str]] = {}  # encoded records; encoding all each time would cost 15 us each
        self.reload()

    def get(self, name: str) -> Record | None:
        """The record of that name, in any case of letters; None when there is none."""
        with self._condition:
            return self._records.get(names.fold(name))

    def names(self) -> list[str]:
        """The names of all records, as they are written."""
        return [record.name for record in self.records()]

    def records(self) -> list[Record]:
        """A snapshot of all records."""
        with self._condition:
            return list(self._records.values())

    @property
    def changes(self) -> int:
        """How many changes there were so far, saved or not."""
        return self._change

    @property
    def dirty(self) -> bool:
        """Whether there are changes that are not on disk."""
        return self._saved < self._change

    def put(self, record: Record) -> None:
        """Adds or replaces the record of this name. In memory only: `flush` takes it to disk."""
        key = names.fold(record.name)
        with self._condition:
            if self._records.get(key) != record:
                self._records[key] = record
                self._note(key, record)

    def remove(self, name: str) -> None:
        """Removes the record of this name, if there is one. In memory only: `flush` takes that to disk."""
        key = names.fold(name)
        with self._condition:
            if self._records.pop(key, None) is None:
                return
            if self._turn is None and not self._in_doubt and key not in self._on_disk:
                # It never got to disk. A removal that waits could meet what a person has added by that name meanwhile.
                del self._pending[key]
                self._saved = self._saved if self._pending else self._change
            else:
                self._note(key, None)

    def flush(self) -> None:
        """Returns when everything that was put or removed before the call is on disk.

        SaveFailed when it is not: the changes wait for the next call, and the old file is intact. A record that could
        not be read back is not kept waiting: it would fail for ever.
        """
        with self._condition:
            wanted = self._change
            while self._saved < wanted:
                turn = self._turn
                if turn is None:
                    turn = self._turn = _Turn()
                    break
                while not turn.done:
                    self._condition.wait()
                if turn.error is not None and turn.change >= wanted:  # that write was ours, too
                    raise SaveFailed(str(turn.error), turn.error.reason)
            else:
                return
        with self._ending(turn):
            self._save(turn)

    def reload(self) -> None:
        """Reads the file again, for it may have been edited; our changes that are not on disk stay on top.

        BrokenFile when the file cannot be understood or is gone: the old contents stay in force.
        """
        with self._condition:
            while self._turn is not None:
                self._condition.wait()
            turn = self._turn = _Turn()
        with self._ending(turn):
            with suppress(OSError):  # reading will say it better
                self._seen = files.stamp_of(self.file)
            records, stamp, completed = self._read()
            if stamp is None and self._stamp is not None:
                raise BrokenFile(self.file, "", "is gone; what it held stays in force until a change writes it anew")
            self._install(records, stamp, self._saved, completed)
        if completed:
            self._save_completed()

    def changed_outside(self) -> bool:
        """Whether somebody else has changed the file since we read, tried to read, or wrote it. Costs one stat."""
        if self._turn is not None:
            return False  # being read or written: asked again, it will be known
        try:
            return files.stamp_of(self.file) != self._seen
        except OSError:
            return False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from changing the file: for reading, checking and changing in one step.

        Re-entrant in a thread. SaveFailed when the lock cannot be had.
        """
        try:
            self._write_lock.acquire()
        except Timeout:
            raise self._failed("another program keeps it locked") from None
        except OSError as error:
            raise self._failed(error.strerror or str(error)) from error
        try:
            files.keep_owner(Path(self._write_lock.lock_file))
            yield
        finally:
            self._write_lock.release()

    def _note(self, key: str, record: Record | None) -> None:
        """Notes a change; under the condition."""
        self._change += 1
        self._pending[key] = (self._change, record)

    @contextmanager
    def _ending(self, turn: _Turn) -> Iterator[None]:
        """The leader's turn, which ends whatever happens in it."""
        try:
            yield
        except SaveFailed as error:
            turn.error = error
            raise
        finally:
            with self._condition:
                turn.change = turn.change or self._change  # failed early: those who came before now share that
                turn.done = True
                self._turn = None
                self._condition.notify_all()

    def _save(self, turn: _Turn) -> None:
        """Merges our changes into the file, as the leader."""
        try:
            with self.locked():
                base = self._current_base()
                with self._condition:
                    turn.change = self._change
                    pending = self._pending.copy()
                good, problems = self._checked(pending)
                merged = _merged(base, good)
                stamp = files.write_atomically(self.file, self._encode(merged), self._kind.private)
        except BrokenFile as error:
            broken = "it was changed by hand and cannot be understood"
            raise self._failed(f"{broken}: {error}", broken) from error
        except OSError as error:
            self._in_doubt = True
            raise self._failed(error.strerror or str(error)) from error
        is_joined = base is not self._on_disk
        self._install(merged, stamp, turn.change, completed=False)
        if is_joined:
            self._seen = None  # what was typed is on disk still, and nobody was told of it yet: `changed_outside`
        if problems:
            raise self._failed("; ".join(problems))

    def _failed(self, reason: str, told: str = "") -> SaveFailed:
        return SaveFailed(f"{self.file} could not be saved: {reason}", told or reason)

    def _current_base(self) -> dict[str, Record]:
        """What is on disk now. A file that vanished is made anew from memory: nobody meant to lose everything."""
        stamp = files.stamp_of(self.file)
        if stamp == self._stamp or stamp is None:
            return self._on_disk
        log.info("%s was changed by hand: merging", self.file)
        return self._read()[0]

    def _read(self) -> tuple[dict[str, Record], Stamp | None, bool]:
        """The records on disk, the file's stamp, and whether some had to be completed and are to be written back."""
        document, stamp = files.read_json(self.file)
        typed = self._decode(document) if stamp is not None else []
        complete = self._kind.complete(typed)
        changed = any(one is not other for one, other in zip(typed, complete, strict=True))
        return {names.fold(record.name): record for record in complete}, stamp, changed

    def _decode(self, document: object) -> list[Record]:
        key = self._kind.key
        problem = checking.first_problem(self._kind.schema, document)
        if problem is not None:
            raise BrokenFile(self.file, problem.place, problem.reason)
        assert isinstance(document, dict)
        seen: dict[str, Record] = {}
        for index, entry in enumerate(document[key]):
            try:
                record = self._kind.from_json(entry)
            except RecordError as error:
                raise BrokenFile(self.file, f"{key}[{index}].{error.key}", error.reason) from error
            if seen.setdefault(names.fold(record.name), record) is not record:
                raise BrokenFile(self.file, f"{key}[{index}].name", f'"{record.name}" is there twice')
        return list(seen.values())

    def _encode(self, records: Mapping[str, Record]) -> bytes:
        """The file's bytes. U+00A0 is written as an escape, since nobody could tell it from a space."""
        texts = {}
        for key, record in records.items():
            known = self._texts.get(key)
            if known is None or known[0] is not record:
                text = json.dumps(self._kind.to_json(record), indent=2, ensure_ascii=False)
                known = record, "    " + text.replace("\n", "\n    ").replace("\u00a0", "\\u00a0")
            texts[key] = known
        self._texts = texts
        body = ",\n".join(text for _, text in texts.values())
        return (f'{{\n  "{self._kind.key}": [\n{body}\n  ]\n}}\n' if body else f'{{"{self._kind.key}": []}}\n').encode()

    def _checked(self, changes: _Changes[Record]) -> tuple[_Changes[Record], list[str]]:
        """The changes that can be kept, and why the others cannot.

        One record that could not be read back, a mistake somewhere in the server, would stop the next start: the old
        one stays in the file, and who waits for the new one is told.
        """
        good: _Changes[Record] = {}
        problems = []
        for key, (number, record) in changes.items():
            problem = self._problem(record) if record is not None else ""
            if problem:
                problems.append(problem)
            else:
                good[key] = number, record
        return good, problems

    def _problem(self, record: Record) -> str:
        """Why `record` could not be read back from the file; "" when it could."""
        try:
            entry = self._kind.to_json(record)
            problem = checking.first_problem(self._kind.schema, {self._kind.key: [entry]})
            if problem is not None:
                raise ValueError(problem)
            self._kind.from_json(entry)
        except (ValueError, OverflowError) as error:
            return f"{record.name!r} cannot be kept: {error}"
        return ""

    def _install(self, records: dict[str, Record], stamp: Stamp | None, saved: int, completed: bool) -> None:
        """Takes over what is on disk now, with the changes after number `saved` on top."""
        self._on_disk, self._stamp, self._seen, self._in_doubt = records, stamp, stamp, False
        fresh = records.copy()
        with self._condition:
            self._pending = {key: change for key, change in self._pending.items() if change[0] > saved}
            self._records = _merged(fresh, self._pending)
            self._saved = max(self._saved, saved)
            if completed:
                self._change += 1

    def _save_completed(self) -> None:
        """Writes completed records back; without that the server works as well, so a failure is only a warning."""
        try:
            self.flush()
        except SaveFailed as error:
            log.warning("%s; a password typed in plain is still in the file", error)


def _merged(base: dict[str, Record], pending: Mapping[str, tuple[int, Record | None]]) -> dict[str, Record]:
    """`base` with changes on top."""
    merged = base.copy()
    for key, (_, record) in pending.items():
        if record is None:
            merged.pop(key, None)
        else:
            merged[key] = record
    return merged
