"""The database of the history, `history.db` in the data folder: writing, keeping it within its bounds.

Owns: the one connection that writes, the pool of those that read. Must not: be called while the state lock
is held; know who may read what; know an event (it keeps entries).
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from chat.storage import history_file
from chat.storage.errors import StorageError
from chat.storage.history_reading import Entry, HistoryFailed, HistoryReader

DAY = 86_400_000  # milliseconds
GUEST = "*"  # the first character of the identity of who has no account
FORMER = "!"  # stands before the author of what an account said that is no more: nobody's identity
_READERS = 4  # connections that are kept for reading
_MERGED_PAGES = 500  # of the index of words, in one step
_ROWS_AT_ONCE = 64  # of one INSERT
_MOST_PLACES = 10_000  # whose numbers are remembered


class Restrict(NamedTuple):
    """What is said in a channel that is not for everybody ends with the channel; `is_on` False: what comes stays."""

    place: str
    is_on: bool


class End(NamedTuple):
    """A channel is no more, and with it what was said while it was restricted."""

    place: str


class Rename(NamedTuple):
    """A channel has another name; what an earlier channel left under the new one stays before it."""

    place: str
    new: str


class Redact(NamedTuple):
    """A message is emptied; its place in the order stays, so that it can still be pointed at."""

    place: str
    msgid: str


class Forget(NamedTuple):
    """An identity ends: its talks, which nobody can read any more, and its markers go."""

    identity: str


class Erase(NamedTuple):
    """Everything that an identity said or did goes; `with_former`: also what accounts of that name did that are no
    more."""

    author: str
    with_former: bool


Operation: TypeAlias = Restrict | End | Rename | Redact | Forget | Erase
Segment: TypeAlias = Mapping[str, list[Entry]]  # by place


class HistoryStore:
    """The history of one server. `file` None keeps it in memory, through the same code. Raises StorageError, with one
    sentence, when the file cannot be opened. `read` holds the queries."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()  # over the connection that writes
        self._readers: list[sqlite3.Connection] = []
        self._places: dict[str, int] = {}
        self._sizes: dict[int, list[int]] = {}  # rows of each place: events, messages
        self._restricted: dict[int, int] = {}  # whether what is said in a place now ends with the channel
        self._generation = 0  # of the connections: those of before are not kept
        self._inode = 0
        self.has_remains = file is not None  # something was erased, perhaps before the start, that is still in the file
        self.read = HistoryReader(self._reading)
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        """The file, made if it is not there, ready to be written."""
        try:
            if self._file is not None:
                history_file.make_private(self._file)
            connection = self._connect()
            try:
                history_file.prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._inode = self._file.stat().st_ino if self._file is not None else 0
        except (sqlite3.Error, OSError) as error:
            raise StorageError(history_file.trouble(self._file, error)) from error
        return connection

    def _connect(self) -> sqlite3.Connection:
        return history_file.connect(self._file)

    def has_moved(self) -> bool:
        """Whether the file is not there any more, or is another one."""
        try:
            return self._file is not None and self._file.stat().st_ino != self._inode
        except OSError:
            return True

    def reopen(self) -> None:
        """Begins with the file that is there now, or with a new one. Raises HistoryFailed."""
        with self._lock:
            self._hang_up()
            self._forget_places()
            try:
                self._connection = self._open()
            except StorageError as error:
                raise HistoryFailed(str(error)) from error

    def _hang_up(self) -> None:
        self._generation += 1
        for connection in (*self._readers, self._connection):
            with suppress(sqlite3.Error):
                connection.close()
        self._readers.clear()

    def _forget_places(self) -> None:
        self._places.clear()
        self._sizes.clear()
        self._restricted.clear()

    def close(self) -> None:
        """Closes the file; a second call does nothing."""
        with self._lock:
            self._hang_up()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with. In memory there is only one."""
        if self._file is None:
            with self._lock:
                yield self._connection
            return
        generation = self._generation
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            if len(self._readers) < _READERS and generation == self._generation:
                self._readers.append(connection)
            else:
                connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            self._forget_places()
            with suppress(sqlite3.Error):  # some errors have rolled back by themselves
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock, self._transaction() as connection:
                yield connection
        except sqlite3.Error as error:
            raise HistoryFailed(f"{self._file or 'the history'}: cannot be written: {error}") from error

    # --- writing -----------------------------------------------------------------------------------------------

    def write(self, work: Iterable[Segment | Operation], is_message: Iterable[str], most: int) -> None:
        """Writes entries and does operations, in their order, all or nothing. `is_message`: the kinds that are
        messages; `most`: how many of them, and how many other entries, are kept in each place. Raises HistoryFailed."""
        kinds = frozenset(is_message)
        with self._writing() as connection:
            for step in work:
                if isinstance(step, Mapping):
                    for key, entries in step.items():
                        self._append(connection, key, entries, kinds, most)
                else:
                    _DO[type(step)](self, connection, step)

    def _append(
        self, connection: sqlite3.Connection, key: str, entries: list[Entry], kinds: frozenset[str], most: int
    ) -> None:
        place = self._place(connection, key)
        sizes = self._sizes.get(place)
        if sizes is None:
            sizes = self._sizes[place] = [_count(connection, place, number) for number in (0, 1)]
        is_restricted = self._restricted.get(place)
        if is_restricted is None:
            query = "SELECT is_restricted FROM places WHERE id = ?"
            (is_restricted,) = connection.execute(query, (place,)).fetchone()
            self._restricted[place] = is_restricted
        rows: list[object] = []
        for number, entry in enumerate(entries, 1):
            is_message = entry.kind in kinds
            sizes[is_message] += 1
            rows += (place, is_message, is_restricted, entry.time, *entry[2:])
            if number % _ROWS_AT_ONCE == 0 or number == len(entries):
                # One statement for many rows: sqlite3 lets the interpreter go for each, and waits for it after.
                connection.execute(_insert(len(rows) // 13), rows)
                rows = []
        for number, size in enumerate(sizes):
            if size > most + most // 10:
                connection.execute(_PRUNE, (place, number, most))
                sizes[number] = most

    def _place(self, connection: sqlite3.Connection, key: str) -> int:
        place = self._places.get(key)
        if place is None:
            first, _, second = key.partition(" ")
            pair = (first, second) if second else (None, None)
            connection.execute("INSERT OR IGNORE INTO places (key, first, second) VALUES (?, ?, ?)", (key, *pair))
            (place,) = connection.execute("SELECT id FROM places WHERE key = ?", (key,)).fetchone()
            if len(self._places) >= _MOST_PLACES:
                self._forget_places()
            self._places[key] = place
        return int(place)

    def _restrict(self, connection: sqlite3.Connection, step: Restrict) -> None:
        place = self._place(connection, step.place)
        connection.execute("UPDATE places SET is_restricted = ? WHERE id = ?", (step.is_on, place))
        self._restricted[place] = int(step.is_on)

    def _end(self, connection: sqlite3.Connection, step: End) -> None:
        place = self._place(connection, step.place)
        connection.execute("DELETE FROM entries WHERE is_restricted AND place = ?", (place,))
        connection.execute("UPDATE places SET is_restricted = 0 WHERE id = ?", (place,))
        self._forget_places()
        self.has_remains = True

    def _remove_places(self, connection: sqlite3.Connection, condition: str, *parameters: object) -> None:
        places = f"SELECT id FROM places WHERE {condition}"
        connection.execute(f"DELETE FROM entries WHERE place IN ({places})", parameters)
        connection.execute(f"DELETE FROM places WHERE {condition}", parameters)
        self._forget_places()

    def _rename(self, connection: sqlite3.Connection, step: Rename) -> None:
        old_place, new_place = self._place(connection, step.place), self._place(connection, step.new)
        connection.execute("UPDATE entries SET place = ? WHERE place = ?", (new_place, old_place))
        connection.execute(
            "UPDATE places SET is_restricted = (SELECT is_restricted FROM places WHERE id = ?) WHERE id = ?",
            (old_place, new_place),
        )
        self._remove_places(connection, "id = ?", old_place)
        connection.execute("UPDATE OR REPLACE markers SET target = ? WHERE target = ?", (step.new, step.place))

    def _redact(self, connection: sqlite3.Connection, step: Redact) -> None:
        connection.execute(
            "UPDATE entries SET kind = '', text = '', extra = NULL, is_message = 0 WHERE msgid = ? AND place = ?",
            (step.msgid, self._place(connection, step.place)),
        )
        self.has_remains = True

    def _forget(self, connection: sqlite3.Connection, step: Forget) -> None:
        self._remove_places(connection, "first = ?1 OR second = ?1", step.identity)
        connection.execute("DELETE FROM markers WHERE identity = ?", (step.identity,))
        if step.identity[0] != GUEST:  # an account of the same name later is not the author of what is left
            connection.execute(
                "UPDATE entries SET author = ? WHERE author = ?", (FORMER + step.identity, step.identity)
            )
        self.has_remains = True

    # --- keeping within bounds ---------------------------------------------------------------------------------

    def clean(self, kept: Collection[str]) -> None:
        """At start: removes what guests said to one another, and what was said in restricted channels other than `kept`
        (those that are permanent), for a server that could not do so when it ended. Raises HistoryFailed."""
        with self._writing() as connection:
            ended = "place NOT IN (SELECT id FROM places WHERE key IN (SELECT value FROM json_each(?)))"
            connection.execute(f"DELETE FROM entries WHERE is_restricted AND {ended}", (json.dumps(list(kept)),))
            connection.execute(
                "UPDATE places SET is_restricted = 0 WHERE is_restricted AND key NOT IN"
                " (SELECT value FROM json_each(?))", (json.dumps(list(kept)),),
            )  # fmt: skip
            self._remove_places(connection, "first GLOB '[*]*' OR second GLOB '[*]*'")
            connection.execute("DELETE FROM markers WHERE identity GLOB '[*]*'")

    def expire(self, days: int, now: float) -> None:
        """Removes what is older than `days` at `now` (Unix seconds); 0 keeps everything. Raises HistoryFailed."""
        if not days:
            return
        oldest = int(now * 1000) - days * DAY
        with self._writing() as connection:
            for (place,) in connection.execute("SELECT id FROM places").fetchall():
                for is_message in (0, 1):
                    connection.execute(_EXPIRE, (place, is_message, oldest))
            connection.execute(
                "DELETE FROM places WHERE NOT is_restricted AND id NOT IN (SELECT DISTINCT place FROM entries)"
            )
            self._forget_places()

    def erase(self, author: str, with_former: bool = False) -> int:
        """Removes everything that an identity said or did, and, if asked, what accounts of that name did that are no
        more; how many entries that were. Raises HistoryFailed."""
        with self._writing() as connection:
            return self._erase(connection, Erase(author, with_former))

    def _erase(self, connection: sqlite3.Connection, step: Erase) -> int:
        authors = (step.author, FORMER + step.author if step.with_former else step.author)
        removed = connection.execute("DELETE FROM entries WHERE author IN (?, ?)", authors).rowcount
        self._sizes.clear()
        self.has_remains = True
        return removed

    def scrub(self) -> None:
        """Makes what was erased unreadable in the file as well: a deletion leaves its words in the index, and its text
        in the log of the database, until these are written anew. In small steps. Raises HistoryFailed."""
        self.has_remains = False
        pages, has_changed = -_MERGED_PAGES, True
        while has_changed:
            with self._writing() as connection:
                before = connection.total_changes
                connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
                has_changed = connection.total_changes - before >= 2
            pages = _MERGED_PAGES
        try:
            with self._lock:
                (is_busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise HistoryFailed(f"{self._file or 'the history'}: cannot be written: {error}") from error
        self.has_remains = self.has_remains or bool(is_busy)

    def set_marker(self, identity: str, target: str, moment: int, most: int) -> None:
        """Keeps a read marker (milliseconds); of more than `most` of one identity the oldest goes. HistoryFailed."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO markers VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET time = max(time, excluded.time)",
                (identity, target, moment),
            )
            connection.execute(
                "DELETE FROM markers WHERE identity = ?1 AND target IN"
                " (SELECT target FROM markers WHERE identity = ?1 ORDER BY time DESC LIMIT -1 OFFSET ?2)",
                (identity, most),
            )


_DO: dict[type[Operation], Callable[[HistoryStore, sqlite3.Connection, Any], object]] = {
    Restrict: HistoryStore._restrict,
    End: HistoryStore._end,
    Rename: HistoryStore._rename,
    Redact: HistoryStore._redact,
    Forget: HistoryStore._forget,
    Erase: HistoryStore._erase,
}
_PRUNE = """DELETE FROM entries WHERE place = ?1 AND is_message = ?2 AND (time, sequence) <= (
    SELECT time, sequence FROM entries WHERE place = ?1 AND is_message = ?2
    ORDER BY time DESC, sequence DESC LIMIT 1 OFFSET ?3)"""
_EXPIRE = "DELETE FROM entries WHERE place = ? AND is_message = ? AND time < ?"


def _insert(rows: int) -> str:
    values = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * rows)
    names = "place, is_message, is_restricted, time, msgid, kind, author, nick, prefix, account, target, text, extra"
    return f"INSERT INTO entries ({names}) VALUES {values}"


def _count(connection: sqlite3.Connection, place: int, is_message: int) -> int:
    query = "SELECT COUNT(*) FROM entries WHERE place = ? AND is_message = ?"
    return int(connection.execute(query, (place, is_message)).fetchone()[0])


def open_history(data: Path, persistent: bool, kept: Collection[str]) -> HistoryStore:
    """The history of the folder `data`, or one that ends with the process. `kept`: the channels whose history does not
    end with them. Raises StorageError when it cannot be used."""
    store = HistoryStore(data / history_file.NAME if persistent else None)
    try:
        store.clean(kept)
    except HistoryFailed as failed:
        store.close()
        raise StorageError(f"{failed}{history_file.advice(failed.__cause__)}") from failed
    return store
