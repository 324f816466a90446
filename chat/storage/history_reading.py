"""Reading the history: a stretch of one place, a message by its id, places by their newest message, words, markers.

Owns: the queries. Must not: write; be called while the state lock is held; decide who may read what.

Every query gives one row that holds all of its rows as JSON: sqlite3 lets the interpreter go for each row it fetches,
and on a busy server each time waits its turn to get it back, milliseconds for every single row.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from chat.storage.errors import StorageError

LAST = 1 << 62  # a sequence after every other
MOST_BYTES = 1 << 20  # of text in one answer
MOST_WORDS = 8  # of one search
_SHORTEST_BEGINNING = 3  # characters of a word that may go on
_SEARCHES = 2  # at once: each keeps a core busy
_SEARCH_SECONDS = 1.0
_TURN_SECONDS = 2.0  # to wait for one's turn
_CHECK_EVERY = 10_000  # steps of SQLite's machine between two looks at the clock
_COLUMNS = "time, sequence, msgid, kind, author, nick, prefix, account, target, text, extra"
_BYTES = "length(CAST(text AS BLOB)) + coalesce(length(CAST(extra AS BLOB)), 0)"


class HistoryFailed(StorageError):
    """The database of the history could not be read or written; `str()` says why."""


class SearchTooLong(HistoryFailed):
    """A search was given up; `str()` says what to do."""


class Entry(NamedTuple):
    """One event as it is kept. `time` in milliseconds; `sequence` the order of events of one millisecond; `author` the
    identity of who caused it; `extra` what few events have, as JSON."""

    time: int
    sequence: int
    msgid: str
    kind: str  # the name of its row in the table of events
    author: str
    nick: str
    prefix: str
    account: str
    target: str
    text: str
    extra: str | None = None


class Position(NamedTuple):
    """A point in the order of all entries, which is total: by time, then by the order in which they came."""

    time: int
    sequence: int = LAST


START, END = Position(-1), Position(LAST)


class Stretch(NamedTuple):
    """What to read of one place: what stands between two points, without those; the first ones of it or the newest."""

    place: str
    after: Position = START
    before: Position = END
    most: int = 100
    newest: bool = True
    with_events: bool = False  # joins and the like too, not only messages
    since: int = 0  # nothing older than this, milliseconds
    room: int = MOST_BYTES  # bytes of text, but at least one entry


class Search(NamedTuple):
    """What to look for, in `places`. `words`: all of them, the last one also as a beginning; `author`: an identity or
    nick, folded; `since`: for places of which not everything may be read, the time from which on."""

    places: tuple[str, ...]
    words: tuple[str, ...] = ()
    author: str = ""
    after: int = -1
    before: int = LAST
    most: int = 50
    since: Mapping[str, int] = {}


class HistoryReader:
    """The queries. `reading` gives a connection for the time of one."""

    def __init__(self, reading: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._reading = reading
        self._searches = threading.BoundedSemaphore(_SEARCHES)

    def _rows(self, columns: str, source: str, *parameters: object, seconds: float | None = None) -> list[list[Any]]:
        query = f"SELECT json_group_array(json_array({columns})) FROM ({source})"
        try:
            with self._reading() as connection:
                if seconds is None:
                    found = connection.execute(query, parameters).fetchone()
                else:
                    with _deadline(connection, seconds):
                        found = connection.execute(query, parameters).fetchone()
        except sqlite3.Error as error:
            raise HistoryFailed(f"the history cannot be read: {error}") from error
        rows: list[list[Any]] = json.loads(found[0])
        return rows

    def select(self, stretch: Stretch) -> list[Entry]:
        """The entries of a stretch, in their order; as many as there is room for. HistoryFailed when they cannot be
        read."""
        direction = "DESC" if stretch.newest else "ASC"
        of_one_class = f"""SELECT * FROM (SELECT time, sequence, {_BYTES} AS bytes FROM entries
            WHERE place = (SELECT id FROM places WHERE key = ?1) AND is_message = %d AND kind <> '' AND time >= ?2
                AND (time, sequence) > (?3, ?4) AND (time, sequence) < (?5, ?6)
            ORDER BY time {direction}, sequence {direction} LIMIT ?7)"""
        wanted = " UNION ALL ".join(of_one_class % number for number in ((1, 0) if stretch.with_events else (1,)))
        columns = ", ".join(f"entries.{name}" for name in _COLUMNS.split(", "))
        source = f"""SELECT {columns} FROM (
                SELECT sequence AS number, bytes, SUM(bytes) OVER (
                    ORDER BY time {direction}, sequence {direction} ROWS UNBOUNDED PRECEDING) AS total
                FROM ({wanted} ORDER BY time {direction}, sequence {direction} LIMIT ?7)
            ) JOIN entries ON entries.sequence = number WHERE total <= ?8 OR total = bytes"""
        rows = self._rows(
            _COLUMNS, source, stretch.place, stretch.since, *stretch.after, *stretch.before, stretch.most, stretch.room
        )
        return sorted(Entry(*row) for row in rows)

    def find(self, place: str, msgid: str) -> Entry | None:
        """The entry of a place with that id. One that was redacted is still found, without its `kind`."""
        source = f"""SELECT {_COLUMNS} FROM entries
            WHERE msgid = ?1 AND place = (SELECT id FROM places WHERE key = ?2) LIMIT 1"""
        rows = self._rows(_COLUMNS, source, msgid, place)
        return Entry(*rows[0]) if rows else None

    def newest(
        self, places: Iterable[str], identity: str, after: int, before: int, most: int, newest: bool
    ) -> list[tuple[str, int]]:
        """The keys of those of `places`, and of all talks of `identity`, whose newest message lies between two times,
        with its time, ordered by it."""
        direction = "DESC" if newest else "ASC"
        source = f"""SELECT key, (SELECT MAX(time) FROM entries WHERE place = places.id AND is_message = 1) AS last
            FROM places WHERE (key IN (SELECT value FROM json_each(?1)) OR first = ?2 OR second = ?2)
                AND last > ?3 AND last < ?4 ORDER BY last {direction} LIMIT ?5"""
        rows = self._rows("key, last", source, json.dumps(list(places)), identity, after, before, most)
        return sorted(((key, time) for key, time in rows), key=lambda pair: (pair[1], pair[0]))

    def talks_of(self, identity: str) -> list[str]:
        """The keys of the talks that `identity` has a part in."""
        source = "SELECT key FROM places WHERE first = ?1 OR second = ?1"
        return [key for (key,) in self._rows("key", source, identity)]

    def search(self, search: Search) -> list[tuple[str, Entry]]:
        """The newest messages that fit, in their order, each with the key of its place; as many as there is room for.
        Raises SearchTooLong, HistoryFailed."""
        if not self._searches.acquire(timeout=_TURN_SECONDS):
            raise SearchTooLong("Others are searching; try again in a moment")
        try:
            return self._search(search)
        finally:
            self._searches.release()

    def _search(self, search: Search) -> list[tuple[str, Entry]]:
        phrase = " ".join('"' + word.replace('"', '""') + '"' for word in search.words[:MOST_WORDS])
        if phrase and len(search.words[-1]) >= _SHORTEST_BEGINNING:
            phrase += "*"
        columns = ", ".join(f"entries.{name.strip()}" for name in _COLUMNS.split(","))
        origin, condition = ("words JOIN entries ON sequence = words.rowid", "words MATCH ?1") if phrase else (
            "entries", "?1 = ''")  # fmt: skip
        source = f"""SELECT places.key AS key, {columns} FROM {origin} JOIN places ON places.id = entries.place
            LEFT JOIN json_each(?7) AS joined ON joined.key = places.key
            WHERE {condition} AND places.key IN (SELECT value FROM json_each(?2)) AND is_message = 1 AND kind <> ''
                AND (?3 = '' OR author = ?3 OR lower(nick) = ?3) AND time > ?4 AND time < ?5
                AND time >= coalesce(joined.value, 0)
            ORDER BY time DESC, sequence DESC LIMIT ?6"""
        rows = self._rows(
            f"key, {_COLUMNS}", source, phrase, json.dumps(search.places), search.author, search.after, search.before,
            search.most, json.dumps(dict(search.since)), seconds=_SEARCH_SECONDS,
        )  # fmt: skip
        found = sorted(((key, Entry(*row)) for key, *row in rows), key=lambda pair: pair[1][:2])
        room = MOST_BYTES
        for number in range(len(found) - 1, -1, -1):
            room -= len(found[number][1].text.encode())
            if room < 0:
                return found[min(number + 1, len(found) - 1) :]
        return found

    def markers(self, identity: str) -> dict[str, int]:
        """The read markers of an identity: milliseconds by target."""
        rows = self._rows("target, time", "SELECT target, time FROM markers WHERE identity = ?1", identity)
        return {str(target): int(time) for target, time in rows}

    def identities(self) -> set[str]:
        """Everybody who has a part in a talk, or a read marker."""
        source = "SELECT first AS who FROM places UNION SELECT second FROM places UNION SELECT identity FROM markers"
        return {who for (who,) in self._rows("who", source) if who is not None}

    def ending(self) -> dict[str, bool]:
        """The channels of which something ends with them, and whether that is so for what comes."""
        source = """SELECT key, is_restricted FROM places WHERE is_restricted
            OR id IN (SELECT place FROM entries WHERE is_restricted)"""
        return {key: bool(is_on) for key, is_on in self._rows("key, is_restricted", source)}


@contextmanager
def _deadline(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Gives a query up that takes longer. Raises SearchTooLong."""
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > end, _CHECK_EVERY)
    try:
        yield
    except sqlite3.OperationalError as error:
        if time.monotonic() > end:
            raise SearchTooLong("The search took too long; use words that are rarer, or name a place") from error
        raise
    finally:
        connection.set_progress_handler(None, 0)
