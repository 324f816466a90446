"""The database of the history, `history.db` in the data folder: opening, writing, keeping it within its bounds.

Owns: the schema, the one connection that writes, the pool of those that read. Must not: be called while the state lock
is held; know who may read what; know an event (it keeps entries).
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from chat.storage import files
from chat.storage.errors import StorageError
from chat.storage.history_reading import Entry, HistoryFailed, HistoryReader

HISTORY_FILE = "history.db"
VERSION = 1  # of the schema, kept in the file as its user_version
DAY = 86_400_000  # milliseconds
GUEST = "*"  # the first character of the identity of who has no account
_TOO_NEW = f"its version is {{}}, a newer one than this release knows ({VERSION})"
_BUSY_SECONDS = 2.0  # another program, such as a backup, may have the file for a moment
_READERS = 4  # connections that are kept for reading
_ROWS_AT_ONCE = 64  # of one INSERT
_MOST_PLACES = 10_000  # whose numbers are remembered
_SCHEMA = """
CREATE TABLE places (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, first TEXT, second TEXT, is_restricted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX places_first ON places (first) WHERE first IS NOT NULL;
CREATE INDEX places_second ON places (second) WHERE second IS NOT NULL;
CREATE TABLE entries (
    sequence INTEGER PRIMARY KEY, place INTEGER NOT NULL, is_message INTEGER NOT NULL, time INTEGER NOT NULL,
    msgid TEXT NOT NULL, kind TEXT NOT NULL, author TEXT NOT NULL, nick TEXT NOT NULL, prefix TEXT NOT NULL,
    account TEXT NOT NULL, target TEXT NOT NULL, text TEXT NOT NULL, extra TEXT
);
CREATE INDEX entries_order ON entries (place, is_message, time, sequence);
CREATE INDEX entries_msgid ON entries (msgid);
CREATE VIRTUAL TABLE words USING fts5 (
    text, content='entries', content_rowid='sequence', tokenize="unicode61 remove_diacritics 2"
);
CREATE TRIGGER entry_added AFTER INSERT ON entries WHEN new.is_message BEGIN
    INSERT INTO words (rowid, text) VALUES (new.sequence, new.text);
END;
CREATE TRIGGER entry_removed AFTER DELETE ON entries WHEN old.is_message BEGIN
    INSERT INTO words (words, rowid, text) VALUES ('delete', old.sequence, old.text);
END;
CREATE TRIGGER entry_redacted AFTER UPDATE OF text ON entries WHEN old.is_message BEGIN
    INSERT INTO words (words, rowid, text) VALUES ('delete', old.sequence, old.text);
END;
CREATE TABLE markers (
    identity TEXT NOT NULL, target TEXT NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (identity, target)
) WITHOUT ROWID;
"""


class Restrict(NamedTuple):
    """The history of a channel that is not for everybody ends with the channel; `is_on` False: it stays again."""

    place: str
    is_on: bool


class End(NamedTuple):
    """A restricted channel is no more."""

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


Operation: TypeAlias = Restrict | End | Rename | Redact | Forget
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
        self.read = HistoryReader(self._reading)
        try:
            if file is not None:
                _make_private(file)
            self._connection = self._connect()
            self._prepare()
        except (sqlite3.Error, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise StorageError(f"{file}: cannot be opened as the history: {reason}") from error

    def _connect(self) -> sqlite3.Connection:
        name = str(self._file) if self._file is not None else ":memory:"
        connection = sqlite3.connect(name, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = NORMAL")  # a kill loses nothing that was committed
        return connection

    def _prepare(self) -> None:
        connection = self._connection
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise sqlite3.Error(_TOO_NEW.format(version))
        connection.execute("PRAGMA journal_mode = WAL")
        if version == 0:
            with self._transaction():
                for statement in _statements(_SCHEMA):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        """Closes the file; a second call does nothing."""
        with self._lock:
            for connection in (*self._readers, self._connection):
                with suppress(sqlite3.Error):
                    connection.close()
            self._readers.clear()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with. In memory there is only one."""
        if self._file is None:
            with self._lock:
                yield self._connection
            return
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            if len(self._readers) < _READERS:
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
            self._places.clear()
            self._sizes.clear()
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
        rows: list[object] = []
        for number, entry in enumerate(entries, 1):
            is_message = entry.kind in kinds
            sizes[is_message] += 1
            rows += (place, is_message, entry.time, *entry[2:])
            if number % _ROWS_AT_ONCE == 0 or number == len(entries):
                # One statement for many rows: sqlite3 lets the interpreter go for each, and waits for it after.
                connection.execute(_insert(len(rows) // 12), rows)
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
                self._places.clear()
                self._sizes.clear()
            self._places[key] = place
        return int(place)

    def _restrict(self, connection: sqlite3.Connection, step: Restrict) -> None:
        place = self._place(connection, step.place)
        connection.execute("UPDATE places SET is_restricted = ? WHERE id = ?", (step.is_on, place))

    def _end(self, connection: sqlite3.Connection, step: End) -> None:
        self._remove_places(connection, "key = ?", step.place)

    def _remove_places(self, connection: sqlite3.Connection, condition: str, *parameters: object) -> None:
        places = f"SELECT id FROM places WHERE {condition}"
        connection.execute(f"DELETE FROM entries WHERE place IN ({places})", parameters)
        connection.execute(f"DELETE FROM places WHERE {condition}", parameters)
        self._places.clear()
        self._sizes.clear()

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

    def _forget(self, connection: sqlite3.Connection, step: Forget) -> None:
        self._remove_places(connection, "first = ?1 OR second = ?1", step.identity)
        connection.execute("DELETE FROM markers WHERE identity = ?", (step.identity,))
        if step.identity[0] != GUEST:  # an account of the same name later is not the author of what is left
            connection.execute("UPDATE entries SET author = '' WHERE author = ?", (step.identity,))

    # --- keeping within bounds ---------------------------------------------------------------------------------

    def clean(self, kept: Iterable[str]) -> None:
        """At start: what guests said to one another, and restricted channels other than `kept` (those that are
        permanent), of a server that could not do so when it ended. Raises HistoryFailed."""
        with self._writing() as connection:
            restricted = [
                key
                for (key,) in connection.execute("SELECT key FROM places WHERE is_restricted")
                if key not in set(kept)
            ]
            for key in restricted:
                self._end(connection, End(key))
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
            self._places.clear()
            self._sizes.clear()

    def erase(self, author: str) -> int:
        """Removes everything that an identity said or did; how many entries that were. Raises HistoryFailed."""
        with self._writing() as connection:
            removed = connection.execute("DELETE FROM entries WHERE author = ?", (author,)).rowcount
            self._sizes.clear()
        return removed

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


_DO: dict[type[Operation], Callable[[HistoryStore, sqlite3.Connection, Any], None]] = {
    Restrict: HistoryStore._restrict,
    End: HistoryStore._end,
    Rename: HistoryStore._rename,
    Redact: HistoryStore._redact,
    Forget: HistoryStore._forget,
}
_PRUNE = """DELETE FROM entries WHERE place = ?1 AND is_message = ?2 AND (time, sequence) <= (
    SELECT time, sequence FROM entries WHERE place = ?1 AND is_message = ?2
    ORDER BY time DESC, sequence DESC LIMIT 1 OFFSET ?3)"""
_EXPIRE = "DELETE FROM entries WHERE place = ? AND is_message = ? AND time < ?"


def _insert(rows: int) -> str:
    values = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * rows)
    names = "place, is_message, time, msgid, kind, author, nick, prefix, account, target, text, extra"
    return f"INSERT INTO entries ({names}) VALUES {values}"


def _count(connection: sqlite3.Connection, place: int, is_message: int) -> int:
    query = "SELECT COUNT(*) FROM entries WHERE place = ? AND is_message = ?"
    return int(connection.execute(query, (place, is_message)).fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; `executescript` would end the transaction."""
    statement = ""
    for line in script.strip().splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _make_private(file: Path) -> None:
    """The file, for its owner alone: it holds what people said to one another in private."""
    if not file.exists():
        file.touch(mode=0o600)
        files.keep_owner(file)


def check_history(data: Path) -> None:
    """Reads the file in `data`, if there is one, without changing it. Raises StorageError when a start would fail."""
    file = data / HISTORY_FILE
    if not file.exists():
        return
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
        with closing(connection):
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise sqlite3.Error(_TOO_NEW.format(version))
    except sqlite3.Error as error:
        raise StorageError(f"{file}: cannot be opened as the history: {error}") from error


def open_history(data: Path, persistent: bool, kept: Iterable[str]) -> HistoryStore:
    """The history of the folder `data`, or one that ends with the process. `kept`: the channels whose history does not
    end with them. Raises StorageError when it cannot be used."""
    store = HistoryStore(data / HISTORY_FILE if persistent else None)
    try:
        store.clean(kept)
    except StorageError:
        store.close()
        raise
    return store
