"""The file of the history: its schema, what an older release left, who may read it, what is wrong with it.

Owns: those. Must not: know what is written or read.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from chat.storage import files
from chat.storage.errors import StorageError

NAME = "history.db"
VERSION = 2  # of the schema, kept in the file as its user_version
_TOO_NEW = f"its version is {{}}, a newer one than this release knows ({VERSION})"
_BUSY_SECONDS = 2.0  # another program, such as a backup, may have the file for a moment
_ADVICE = f"; the file is damaged: restore a copy, or move {NAME}, {NAME}-wal and {NAME}-shm away to begin with nothing"
_SCHEMA = """
CREATE TABLE places (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, first TEXT, second TEXT, is_restricted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX places_first ON places (first) WHERE first IS NOT NULL;
CREATE INDEX places_second ON places (second) WHERE second IS NOT NULL;
CREATE TABLE entries (
    sequence INTEGER PRIMARY KEY, place INTEGER NOT NULL, is_message INTEGER NOT NULL, time INTEGER NOT NULL,
    msgid TEXT NOT NULL, kind TEXT NOT NULL, author TEXT NOT NULL, nick TEXT NOT NULL, prefix TEXT NOT NULL,
    account TEXT NOT NULL, target TEXT NOT NULL, text TEXT NOT NULL, extra TEXT,
    is_restricted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX entries_order ON entries (place, is_message, time, sequence);
CREATE INDEX entries_msgid ON entries (msgid);
CREATE INDEX entries_author ON entries (author);
CREATE INDEX entries_restricted ON entries (place) WHERE is_restricted;
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
_FROM_1 = """
ALTER TABLE entries ADD COLUMN is_restricted INTEGER NOT NULL DEFAULT 0;
UPDATE entries SET is_restricted = 1 WHERE place IN (SELECT id FROM places WHERE is_restricted);
CREATE INDEX entries_author ON entries (author);
CREATE INDEX entries_restricted ON entries (place) WHERE is_restricted;
"""
_STEPS = {0: _SCHEMA, 1: _FROM_1}  # to the present version, by the version of the file


def connect(file: Path | None) -> sqlite3.Connection:
    """A connection to the file, which must be there: a new one would be readable for others. None: in memory."""
    name = f"{file.resolve().as_uri()}?mode=rw" if file is not None else ":memory:"
    connection = sqlite3.connect(
        name, uri=file is not None, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = NORMAL")  # a kill loses nothing that was committed
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
    return connection


def prepare(connection: sqlite3.Connection) -> None:
    """Makes the tables, or brings them to this version. Raises sqlite3.Error."""
    version = _require_known(connection)
    connection.execute("PRAGMA journal_mode = WAL")
    if version in _STEPS:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in _statements(_STEPS[version]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # some errors have rolled back by themselves
                connection.execute("ROLLBACK")
            raise
    connection.execute("SELECT rowid FROM words LIMIT 1").fetchone()  # damage shows now, not at the first message


def _require_known(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise sqlite3.Error(_TOO_NEW.format(version))
    return int(version)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; `executescript` would end the transaction."""
    statement = ""
    for line in script.strip().splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def make_private(file: Path) -> None:
    """The file, for its owner alone: it holds what people said to one another in private."""
    if not file.exists():
        file.touch(mode=0o600)
        files.keep_owner(file)
    for each in (file, file.with_name(f"{NAME}-wal"), file.with_name(f"{NAME}-shm")):
        if each.exists() and each.stat().st_mode & 0o077:
            each.chmod(0o600)


def trouble(file: Path | None, error: BaseException) -> str:
    """Why the file cannot be opened, in one sentence."""
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"{file}: cannot be opened as the history: {reason}{advice(error)}"


def advice(error: BaseException | None) -> str:
    """What to do about a damaged file; "" when it is something else."""
    name = str(getattr(error, "sqlite_errorname", ""))
    is_damaged = name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "vtable constructor failed" in str(error)
    return _ADVICE if is_damaged else ""


def check_history(data: Path) -> None:
    """Reads the file in `data`, if there is one, without changing it. Raises StorageError when a start would fail."""
    file = data / NAME
    if not file.exists():
        return
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
        with closing(connection):
            if _require_known(connection):
                connection.execute("SELECT rowid FROM words LIMIT 1").fetchone()
    except sqlite3.Error as error:
        raise StorageError(trouble(file, error)) from error
