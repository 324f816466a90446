"""The file of the history: who may read it, what an older release left, damage, and what is left of what was erased."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from chat.state.history_thread import HistoryThread
from chat.storage.errors import StorageError
from chat.storage.history import FORMER, Forget, HistoryStore, Redact, open_history
from chat.storage.history_file import NAME, check_history
from chat.storage.history_reading import Entry, HistoryFailed, Stretch
from tests.harness import ServerUnderTest, bare

MESSAGES = ("PRIVMSG", "NOTICE")
ROOT = '[[operator]]\nname = "root"\npassword = "sesame"\n'


def entry(text: str, number: int = 1, author: str = "alice") -> Entry:
    return Entry(number, 0, f"m{number}", "PRIVMSG", author, "alice", "alice!a@h", "", "#c", text)


def texts(store: HistoryStore) -> list[str]:
    return [each.text for each in store.read.select(Stretch("#c"))]


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


# --- who may read it -----------------------------------------------------------------------------------------------


def test_a_file_that_others_may_read_is_closed_to_them_at_the_start(tmp_path: Path) -> None:
    open_history(tmp_path, True, ()).close()
    (tmp_path / NAME).chmod(0o644)
    open_history(tmp_path, True, ()).close()
    assert mode(tmp_path / NAME) == 0o600


def test_a_file_that_is_deleted_is_not_made_again_by_who_reads(tmp_path: Path) -> None:
    store = open_history(tmp_path, True, ())
    assert not store.has_moved()
    (tmp_path / NAME).unlink()
    with pytest.raises(HistoryFailed, match="unable to open database file"):
        texts(store)
    assert not (tmp_path / NAME).exists()
    assert store.has_moved()
    store.close()


def test_when_the_file_is_deleted_operators_are_told_and_a_new_one_is_written(tmp_path: Path) -> None:
    with ServerUnderTest(ROOT, tmp_path) as server:
        server.server._history.stop()  # its rounds are played here
        network = server.network
        thread = HistoryThread(network.history, network.tell_operators, network.find_account)
        root = server.irc("root", "draft/chathistory", "batch")
        root.ask("OPER root sesame", "JOIN #lobby", "JOIN #den", "MODE #den +s", "PRIVMSG #lobby :lost")
        thread.look(10)
        (tmp_path / NAME).unlink()
        root.ask("PRIVMSG #lobby :kept", "PRIVMSG #den :hush")
        thread.look(1000)
        assert [line for line in root.sync() if "history.db was deleted or replaced" in line]
        assert mode(tmp_path / NAME) == 0o600
        lines = bare(root.ask("CHATHISTORY LATEST #lobby * 9"))
        assert [line.rpartition(" :")[2] for line in lines if " PRIVMSG " in line] == ["kept"]
        root.ask("PART #den", "JOIN #den")
        assert not [line for line in root.ask("CHATHISTORY LATEST #den * 9") if "hush" in line]
        thread.look(2000)
        assert not [line for line in root.sync() if "history.db" in line]


# --- damage, and older releases ------------------------------------------------------------------------------------


def test_a_damaged_file_is_named_as_such(tmp_path: Path) -> None:
    open_history(tmp_path, True, ()).close()
    with closing(sqlite3.connect(tmp_path / NAME)) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute("DELETE FROM sqlite_master WHERE name = 'words_config'")
        database.commit()
    for use in (check_history, lambda data: open_history(data, True, ())):
        with pytest.raises(StorageError, match="the file is damaged: restore a copy, or move history"):
            use(tmp_path)


def test_a_file_of_the_first_version_is_brought_to_this_one(tmp_path: Path) -> None:
    store = open_history(tmp_path, True, ())
    store.write([{"#c": [entry("open")], "#d": [entry("hush")]}], MESSAGES, 100)
    store.close()
    with closing(sqlite3.connect(tmp_path / NAME)) as database:
        database.execute("UPDATE places SET is_restricted = 1 WHERE key = '#d'")
        for statement in ("DROP INDEX entries_author", "DROP INDEX entries_restricted",
                          "ALTER TABLE entries DROP COLUMN is_restricted", "PRAGMA user_version = 1"):  # fmt: skip
            database.execute(statement)
        database.commit()
    store = open_history(tmp_path, True, ())
    assert texts(store) == ["open"]
    assert store.read.select(Stretch("#d")) == []
    store.write([{"#c": [entry("more", 2)]}], MESSAGES, 100)
    assert texts(store) == ["open", "more"]
    store.close()


# --- erasing -------------------------------------------------------------------------------------------------------


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.name.startswith(NAME))


def test_of_what_was_erased_nothing_is_left_in_the_file(tmp_path: Path) -> None:
    store = open_history(tmp_path, True, ())
    for number in range(1, 20):
        store.write([{"#c": [entry(f"zeugma{number}", number), entry("quincunx", 100 + number, "bob")]}], MESSAGES, 100)
    assert b"zeugma" in on_disk(tmp_path) and b"quincunx" in on_disk(tmp_path)
    store.write([Redact("#c", "m1")], MESSAGES, 100)
    assert store.erase("alice") == 19
    assert store.has_remains
    store.scrub()
    assert not store.has_remains
    assert b"zeugma" not in on_disk(tmp_path)
    assert b"quincunx" in on_disk(tmp_path)
    store.close()


def test_what_was_erased_is_scrubbed_by_the_thread_but_not_all_the_time(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        server.server._history.stop()
        history = server.network.history
        thread = HistoryThread(history, server.network.tell_operators, server.network.find_account)
        history.erase("alice")
        thread.look(10)
        assert not history.has_remains
        history.erase("alice")
        thread.look(20)
        assert history.has_remains
        thread.look(10_000)
        assert not history.has_remains


def test_what_an_account_said_that_is_no_more_can_be_erased_by_operators_but_not_by_its_successor(
    tmp_path: Path,
) -> None:
    with ServerUnderTest(ROOT, tmp_path) as server:
        server.add_account("alice")
        server.member("alice").ask("JOIN #lobby", "PRIVMSG #lobby :of old")
        history = server.network.history
        history.flush()
        with server.network.lock:
            history.forget("alice")
        history.flush()
        with closing(sqlite3.connect(tmp_path / NAME)) as database:
            found = database.execute("SELECT author FROM entries WHERE text = 'of old'").fetchall()
        assert found == [(FORMER + "alice",)]
        assert history.erase("alice") == 0
        root = server.irc("root", "standard-replies")
        root.ask("OPER root sesame")
        lines = [line for line in bare(root.ask("FORGET alice")) if "FORGET ERASED" in line]
        assert lines and "Erased 0 " not in lines[0]
        history.flush()
        with closing(sqlite3.connect(tmp_path / NAME)) as database:
            assert not database.execute("SELECT * FROM entries WHERE text = 'of old'").fetchall()


def test_a_successor_does_not_become_the_author(tmp_path: Path) -> None:
    store = HistoryStore(None)
    store.write([{"#c": [entry("of old")]}, Forget("alice")], MESSAGES, 100)
    assert [each.author for each in store.read.select(Stretch("#c"))] == [FORMER + "alice"]
    assert store.erase("alice") == 0
    assert store.erase("alice", with_former=True) == 1
    store.close()
