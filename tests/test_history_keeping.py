"""What becomes of the history when a server stops, is killed, runs on a full disk, or when channels and guests go."""

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chat.state.history import History, is_lasting
from chat.state.history_thread import HistoryThread
from chat.storage.errors import StorageError
from chat.storage.history import HistoryStore, Restrict, open_history
from chat.storage.history_file import NAME as HISTORY_FILE
from chat.storage.history_file import check_history
from chat.storage.history_reading import Entry, HistoryFailed, Stretch
from protocol import events
from protocol.limits import HistoryLimits
from protocol.values import Event, EventRow, Source
from tests.forked import run_forked
from tests.harness import IrcClient, ServerUnderTest, bare, tags_of
from tests.process import ServerProcess, until

MESSAGES = ("PRIVMSG", "NOTICE")
CAPABILITIES = ("draft/chathistory", "batch", "server-time", "message-tags", "draft/event-playback")


def kept(client: IrcClient, target: str) -> list[str]:
    """The texts of the messages in a history that the client may read."""
    lines = bare(client.ask(f"CHATHISTORY LATEST {target} * 1000"))
    assert " chathistory " in lines[0], lines
    return [line.rpartition(" :")[2] for line in lines if " PRIVMSG " in line]


def entry(text: str, time: int) -> Entry:
    return Entry(time, 0, f"m{text}", "PRIVMSG", "alice", "alice", "alice!a@h", "", "#c", text)


def gone(client: IrcClient) -> None:
    client.send("QUIT")
    client.lines_until_closed()


# --- restarts ------------------------------------------------------------------------------------------------------


def test_the_history_is_there_after_a_restart_with_the_same_ids_and_times(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        server.add_account("alice")
        server.add_account("bob")
        alice, bob = server.member("alice", *CAPABILITIES), server.member("bob", *CAPABILITIES)
        alice.ask("JOIN #lobby", "@+reply=x PRIVMSG #lobby :hello", "TOPIC #lobby :hay", "PRIVMSG bob :private")
        before = alice.ask("CHATHISTORY LATEST #lobby * 50")[1:-1]
        bob.sync()
    with ServerUnderTest(data=tmp_path) as server:
        alice = server.member("alice", *CAPABILITIES)
        alice.ask("JOIN #lobby")
        after = alice.ask("CHATHISTORY LATEST #lobby * 50")[1:-1]
        assert [line.partition(";")[2] for line in after[: len(before)]] == [line.partition(";")[2] for line in before]
        assert kept(alice, "bob") == ["private"]
        assert " QUIT " not in "".join(after)


def test_a_history_that_is_not_persistent_ends_with_the_server(tmp_path: Path) -> None:
    config = "[history]\npersistent = false\n"
    for _ in range(2):
        with ServerUnderTest(config, tmp_path) as server:
            wren = server.irc("wren", *CAPABILITIES)
            wren.ask("JOIN #lobby", "PRIVMSG #lobby :hello")
            assert kept(wren, "#lobby") == ["hello"]
    assert not (tmp_path / HISTORY_FILE).exists()


def test_a_killed_server_has_what_was_on_disk(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        wren = server.irc("wren", *CAPABILITIES)
        wren.ask("JOIN #lobby,#hidden", "MODE #hidden +s", "PRIVMSG #lobby :kept", "PRIVMSG #hidden :gone")
        assert kept(wren, "#hidden") == ["gone"]  # who reads has had everything written before
        server.kill()
    with ServerProcess(tmp_path) as server:
        wren = server.irc("wren", *CAPABILITIES)
        wren.ask("JOIN #lobby,#hidden")
        assert (kept(wren, "#lobby"), kept(wren, "#hidden")) == (["kept"], [])


def test_what_nobody_asked_for_is_written_soon(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        server.irc("wren").ask("JOIN #lobby", "PRIVMSG #lobby :kept")
        with closing(sqlite3.connect(tmp_path / HISTORY_FILE)) as database:
            until(lambda: database.execute("SELECT * FROM entries WHERE text = 'kept'").fetchall())
        server.kill()


# --- what goes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("modes", ["+i", "+s", "+k sesame", "+sP"])
def test_what_was_said_while_a_channel_was_not_for_everybody_ends_with_it_unless_it_is_permanent(modes: str) -> None:
    config = '[[operator]]\nname = "root"\npassword = "sesame"\n'
    with ServerUnderTest(config) as server:
        server.add_account("alice")
        alice = server.member("alice", *CAPABILITIES)
        alice.ask("OPER root sesame", "JOIN #den", "PRIVMSG #den :early", f"MODE #den {modes}", "PRIVMSG #den :hush")
        assert kept(alice, "#den") == ["early", "hush"]
        alice.ask("PART #den", "JOIN #den sesame")
        assert kept(alice, "#den") == (["early", "hush"] if "P" in modes else ["early"])


def test_a_channel_that_is_for_everybody_again_leaves_what_is_said_from_then_on(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *CAPABILITIES)
    wren.ask("JOIN #den", "MODE #den +s", "PRIVMSG #den :hush", "MODE #den -s", "PRIVMSG #den :open")
    assert kept(wren, "#den") == ["hush", "open"]
    wren.ask("PART #den", "JOIN #den")
    assert kept(wren, "#den") == ["open"]


def test_whoever_has_an_empty_channel_for_a_moment_cannot_wipe_its_history(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *CAPABILITIES)
    wren.ask("JOIN #den", "PRIVMSG #den :old", "PART #den", "JOIN #den", "MODE #den +k sesame", "PART #den")
    wren.ask("JOIN #other", "MODE #other +s", "PRIVMSG #other :hush", "JOIN #den")
    assert kept(wren, "#den") == ["old"]


def test_a_restricted_channel_that_is_renamed_takes_only_its_own_history_away(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *CAPABILITIES, "draft/channel-rename")
    wren.ask("JOIN #den", "PRIVMSG #den :old", "PART #den", "JOIN #other", "MODE #other +s", "PRIVMSG #other :hush")
    wren.ask("RENAME #other #den")
    assert kept(wren, "#den") == ["old", "hush"]
    wren.ask("PART #den", "JOIN #den")
    assert kept(wren, "#den") == ["old"]


def test_after_a_crash_what_was_said_in_restricted_channels_goes_and_the_rest_stays(tmp_path: Path) -> None:
    store = open_history(tmp_path, True, ())
    lines = [{"#a": [entry("early", 1)], "#b": [entry("early", 1)]}, Restrict("#a", True), Restrict("#b", True)]
    lines += [{"#a": [entry("hush", 2)], "#b": [entry("hush", 2)]}, Restrict("#a", False), {"#a": [entry("late", 3)]}]
    store.write(lines, MESSAGES, 100)
    assert store.read.ending() == {"#a": False, "#b": True}
    store.close()
    store = open_history(tmp_path, True, ("#b",))
    found = {place: [e.text for e in store.read.select(Stretch(place))] for place in ("#a", "#b")}
    assert found == {"#a": ["early", "late"], "#b": ["early", "hush"]}
    assert store.read.ending() == {"#b": True}
    store.close()


def test_what_guests_said_in_private_goes_with_them(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        wren, rook, jay = (server.irc(nick, *CAPABILITIES) for nick in ("wren", "rook", "jay"))
        wren.ask("PRIVMSG rook :one", "PRIVMSG jay :two")
        rook.ask("PRIVMSG jay :three")
        gone(wren)
        server.network.history.flush()
        with closing(sqlite3.connect(tmp_path / HISTORY_FILE)) as database:
            assert database.execute("SELECT text FROM entries").fetchall() == [("three",)]
        jay.sync()
    with ServerUnderTest(data=tmp_path), closing(sqlite3.connect(tmp_path / HISTORY_FILE)) as database:
        assert database.execute("SELECT * FROM places").fetchall() == []


def test_who_gets_the_name_of_an_account_that_was_removed_inherits_nothing(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        server.add_account("alice")
        server.add_account("bob")
        server.member("alice", *CAPABILITIES).ask("PRIVMSG bob :x", "JOIN #lobby", "PRIVMSG #lobby :in public")
        server.member("bob", *CAPABILITIES).ask("PRIVMSG alice :secret")
        with server.network.lock:
            server.network.account_store.remove("alice")
        server.network.flush()
        server.reload()
        history = server.network.history
        until(lambda: not history.is_due and not history.read().talks_of("alice"))
        server.add_account("alice")
        alice = server.member("alice", *CAPABILITIES)
        alice.ask("JOIN #lobby")
        assert kept(alice, "bob") == []
        assert kept(alice, "#lobby") == ["in public"]
        assert history.erase("alice") < 3


def test_only_the_newest_messages_are_kept() -> None:
    with ServerUnderTest("[history]\nmessages = 3\n") as server:
        wren = server.irc("wren", *CAPABILITIES)
        wren.ask("JOIN #lobby", *(f"PRIVMSG #lobby :{number}" for number in range(20)))
        assert kept(wren, "#lobby") == ["17", "18", "19"]
        wren.ask(*(f"PRIVMSG #lobby :{number}" for number in range(20, 25)))
        assert kept(wren, "#lobby") == ["22", "23", "24"]


def test_a_reload_changes_how_much_is_kept(tmp_path: Path) -> None:
    with ServerUnderTest("[history]\nmessages = 5\n", tmp_path) as server:
        wren = server.irc("wren", *CAPABILITIES, "cap-notify")
        wren.ask("JOIN #lobby", *(f"PRIVMSG #lobby :{number}" for number in range(5)))
        assert kept(wren, "#lobby") == ["0", "1", "2", "3", "4"]
        (tmp_path / "server.toml").write_text("[history]\nmessages = 2\n")
        server.reload()
        wren.ask("PRIVMSG #lobby :5")
        assert kept(wren, "#lobby") == ["4", "5"]
        (tmp_path / "server.toml").write_text("[history]\nmessages = 0\n")
        server.reload()
        assert any(" CAP wren DEL " in line and "draft/chathistory" in line for line in wren.sync())
        assert bare(wren.ask("CHATHISTORY LATEST #lobby * 5")) == [":parley.test 421 wren CHATHISTORY :Unknown command"]


# --- trouble -------------------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_opened_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / HISTORY_FILE).write_bytes(b"this is no database at all, it is only some text" * 100)
    for options in ((), ("--check-config",)):
        done = run_forked("--data", str(tmp_path), "--port", "0", *options)
        assert done.returncode != 0
        assert f"{tmp_path / HISTORY_FILE}: cannot be opened as the history: file is not a database" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_file_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    open_history(tmp_path, True, ()).close()
    check_history(tmp_path)
    with closing(sqlite3.connect(tmp_path / HISTORY_FILE)) as database:
        database.execute("PRAGMA user_version = 99")
    for use in (check_history, lambda data: open_history(data, True, ())):
        with pytest.raises(StorageError, match="its version is 99, a newer one than this release knows"):
            use(tmp_path)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    open_history(tmp_path, True, ()).close()
    assert stat.S_IMODE((tmp_path / HISTORY_FILE).stat().st_mode) == 0o600


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """Makes every write fail from when it is called with True to when it is called with False."""
    write = HistoryStore.write
    is_full = threading.Event()

    def failing(store: HistoryStore, work: object, *more: object) -> None:
        if is_full.is_set():
            raise HistoryFailed("history.db: cannot be written: database or disk is full")
        write(store, work, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(HistoryStore, "write", failing)
    yield lambda now: is_full.set() if now else is_full.clear()


def test_on_a_full_disk_the_chat_goes_on_and_nothing_is_lost(full_disk: Callable[[bool], None]) -> None:
    config = '[[operator]]\nname = "root"\npassword = "sesame"\n'
    with ServerUnderTest(config) as server:
        server.server._history.stop()  # its rounds are played here
        thread = HistoryThread(server.network.history, server.network.tell_operators, server.network.find_account)
        root, wren = server.irc("root"), server.irc("wren", *CAPABILITIES, "standard-replies")
        root.ask("OPER root sesame", "JOIN #lobby")
        wren.ask("JOIN #lobby")
        full_disk(True)
        wren.ask("PRIVMSG #lobby :one")
        thread.look(10)
        thread.look(20)
        trouble = "history.db: cannot be written: database or disk is full"
        lines = [line for line in root.sync() if "history" in line]
        assert lines == [
            f":parley.test NOTICE root :*** {trouble}; what is said is kept in memory until it can be written"
        ]
        assert kept(wren, "#lobby") == []  # what is on disk
        wren.ask("PRIVMSG #lobby :two")
        assert root.sync()[-1].endswith(" PRIVMSG #lobby :two")
        full_disk(False)
        thread.look(30)
        assert [line for line in root.sync() if "NOTICE" in line] == [
            ":parley.test NOTICE root :*** The history is written again"
        ]
        assert kept(wren, "#lobby") == ["one", "two"]


def test_while_something_cannot_be_erased_what_is_on_disk_is_not_shown(full_disk: Callable[[bool], None]) -> None:
    with ServerUnderTest() as server:
        server.server._history.stop()
        wren = server.irc("wren", *CAPABILITIES, "standard-replies", "draft/message-redaction", "echo-message")
        wren.ask("JOIN #lobby", "PRIVMSG #lobby :one")
        line = next(line for line in wren.ask("CHATHISTORY LATEST #lobby * 5") if " PRIVMSG " in line)
        full_disk(True)
        wren.ask(f"REDACT #lobby {tags_of(line)['msgid']}")
        assert bare(wren.ask("CHATHISTORY LATEST #lobby * 5")) == [
            ":parley.test FAIL CHATHISTORY MESSAGE_ERROR LATEST #lobby :Messages could not be retrieved"
        ]
        full_disk(False)
        assert kept(wren, "#lobby") == []


def test_a_locked_file_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.storage.history_file._BUSY_SECONDS", 0.01)
    with ServerUnderTest(data=tmp_path) as server:
        wren = server.irc("wren", *CAPABILITIES, "standard-replies")
        wren.ask("JOIN #lobby")
        with closing(sqlite3.connect(tmp_path / HISTORY_FILE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            wren.ask("PRIVMSG #lobby :one")
            assert kept(wren, "#lobby") == []  # what is on disk
            other.execute("COMMIT")
        assert kept(wren, "#lobby") == ["one"]


# --- recording -----------------------------------------------------------------------------------------------------


def event(number: int, row: EventRow = events.PRIVMSG) -> Event:
    source = Source("alice", "alice!a@h", "alice", identity="alice")
    return Event(row, source, "#c", f"n{number}", None, 1000.0 + number, f"m{number}", None, False)


def recording(most: int = 3) -> History:
    return History(HistoryStore(None), HistoryLimits(messages=most, days=0), threading.RLock())


def read(history: History) -> list[str]:
    return [entry.text for entry in history.read().select(Stretch("#c", most=1000, with_events=True))]


def test_a_flood_is_cut_before_it_is_written() -> None:
    history = recording()
    history.record("#c", event(0, events.JOIN))
    for number in range(1, 1000):
        history.record("#c", event(number))
    assert history.absorb() < 6
    assert read(history) == ["n0", "n997", "n998", "n999"]
    history.close()


def test_when_nothing_can_be_written_the_oldest_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("chat.state.history._MOST_WAITING", 10)
    monkeypatch.setattr("chat.state.history._PORTION", 5)
    history = recording(100)
    for number in range(30):
        history.record(f"#{number // 5}", event(number))
    assert history.absorb() <= 10 + 1
    assert "20 events of the history are lost" in caplog.text
    history.close()


def test_portions_are_written_in_order_and_go_back_when_that_fails(full_disk: Callable[[bool], None]) -> None:
    history = recording(100)
    for number in range(4):
        history.record("#c", event(number))
    full_disk(True)
    with pytest.raises(HistoryFailed):
        history.flush(2)
    history.record("#c", event(4))
    history.record("#d", event(5))
    full_disk(False)
    history.flush(2)
    history.flush(2)
    assert history.absorb() == 0
    assert read(history) == ["n0", "n1", "n2", "n3", "n4"]
    history.close()


def test_only_tags_that_last_are_kept() -> None:
    assert not is_lasting(None)
    assert not is_lasting({"+typing": "active"})
    assert is_lasting({"+draft/react": ":)", "+reply": "m1"})
