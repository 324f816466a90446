"""What the history may cost: bytes of an answer, time of a search, memory of what waits, time of a stop."""

import threading
from collections.abc import Callable

import pytest

from chat.state.history import History
from chat.state.history_entries import split
from chat.state.history_selection import select
from chat.storage.history import End, HistoryStore, Restrict
from chat.storage.history_reading import MOST_BYTES, Entry, HistoryFailed, HistoryReader, Search, SearchTooLong, Stretch
from protocol import events
from protocol.limits import HistoryLimits
from protocol.values import Event, Source
from tests.harness import ServerUnderTest, bare

MESSAGES = ("PRIVMSG", "NOTICE")
CAPABILITIES = ("draft/chathistory", "batch", "server-time", "message-tags", "standard-replies")
LONG = "x" * 40_000


def entry(number: int, text: str = LONG) -> Entry:
    return Entry(number, 0, f"m{number}", "PRIVMSG", "alice", "alice", "alice!a@h", "", "#c", text)


def stored(texts: list[str]) -> HistoryStore:
    store = HistoryStore(None)
    store.write([{"#c": [entry(number, text) for number, text in enumerate(texts)]}], MESSAGES, 10_000)
    return store


def event(number: int, text: str, since: float = 1000.0) -> Event:
    source = Source("alice", "alice!a@h", "alice", identity="alice")
    return Event(events.PRIVMSG, source, "#c", text, None, since + number, f"m{number}", None, False)


def recording(most: int = 10_000) -> History:
    return History(HistoryStore(None), HistoryLimits(messages=most, days=0), threading.RLock())


# --- bytes of an answer --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subcommand", "references", "first", "last"),
    [
        ("LATEST", [None], 74, 99),
        ("BEFORE", ["m50"], 24, 49),
        ("AFTER", ["m50"], 51, 76),
        ("BETWEEN", ["m10", "m90"], 11, 36),
        ("BETWEEN", ["m90", "m10"], 64, 89),
        ("AROUND", ["m50"], 37, 62),
    ],
)
def test_an_answer_holds_about_a_megabyte_from_the_end_that_is_asked_for(
    subcommand: str, references: list[str | int | None], first: int, last: int
) -> None:
    store = stored([LONG] * 100)
    found = select(store.read, Stretch("#c", most=1000), subcommand, references)
    assert [each.time for each in found] == list(range(first, last + 1))
    assert sum(len(each.text) for each in found) <= MOST_BYTES
    store.close()


def test_what_is_longer_than_an_answer_is_given_all_the_same() -> None:
    store = stored(["a", "b" * (MOST_BYTES + 1), "c"])
    for subcommand, reference, wanted in (("BEFORE", "m2", [1]), ("AFTER", "m0", [1]), ("AROUND", "m1", [0, 1])):
        found = select(store.read, Stretch("#c"), subcommand, [reference])
        assert [each.time for each in found] == wanted
    store.close()


def test_json_users_get_what_one_answer_holds_however_much_is_hidden_between(server: ServerUnderTest) -> None:
    alice = server.user("alice", 1.1)
    alice.ask("CHAT", chat_name="study")
    alice.ask("MSSG", "first", chat_name="study")
    with server.network.lock:
        for number in range(60):
            hidden = event(number, f"\x01PING {LONG}\x01", 2e9)
            server.network.history.record("#study", hidden)
    assert [message["payload"] for message in alice.ask("HIST", chat_name="study")["payload"]] == ["(alice) first"]


# --- searching -----------------------------------------------------------------------------------------------------


def test_words_count_once_and_there_may_be_eight(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *CAPABILITIES)
    wren.ask("JOIN #study", "PRIVMSG #study :one two three four five six seven eight nine")
    assert any(" PRIVMSG " in line for line in wren.ask("SEARCH :text=" + "one " * 80))
    assert any(" PRIVMSG " in line for line in wren.ask("SEARCH :text=one two three four five six seven eight"))
    many = "one two three four five six seven eight nine"
    assert bare(wren.ask(f"SEARCH :text={many}")) == [":parley.test FAIL SEARCH INVALID_PARAMS text :At most 8 words"]
    alice = server.user("alice", 1.1)
    assert alice.ask("SRCH", many)["payload"] == "payload: At most 8 words"


def test_only_the_last_word_may_be_a_beginning_and_not_of_one_or_two_letters() -> None:
    store = stored(["hay horses", "hay", "ho"])

    def found(*words: str) -> list[int]:
        return [each.time for _, each in store.read.search(Search(("#c",), words))]

    assert found("hay", "hor") == [0]
    assert found("hor", "hay") == []
    assert found("ho") == [2]
    store.close()


def test_words_with_combining_marks_are_found_however_they_are_composed(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *CAPABILITIES)
    wren.ask("JOIN #study", "PRIVMSG #study :caf\u00e9 \u0939\u093f\u0928\u094d\u0926\u0940")
    for asked in ("cafe\u0301", "caf\u00e9", "\u0939\u093f\u0928\u094d\u0926\u0940"):
        assert any(" PRIVMSG " in line for line in wren.ask(f"SEARCH :text={asked}")), asked


def test_a_search_that_takes_too_long_is_given_up(server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    wren, alice = server.irc("wren", *CAPABILITIES), server.user("alice", 1.1)
    wren.ask("JOIN #study", *(f"PRIVMSG #study :hay {number}" for number in range(20)))
    monkeypatch.setattr("chat.storage.history_reading._SEARCH_SECONDS", -1.0)
    monkeypatch.setattr("chat.storage.history_reading._CHECK_EVERY", 1)
    why = "The search took too long; use words that are rarer, or name a place"
    assert bare(wren.ask("SEARCH :text=hay")) == [f":parley.test FAIL SEARCH INVALID_PARAMS text :{why}"]
    assert alice.ask("SRCH", "hay")["payload"] == why
    monkeypatch.undo()
    assert any("hay 3" in line for line in wren.ask("SEARCH :text=hay"))


def test_more_than_two_searches_wait_for_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.storage.history_reading._TURN_SECONDS", 0.01)
    store, inside, leave = stored(["hay"]), threading.Semaphore(0), threading.Event()
    search = HistoryReader._search

    def slow(reader: HistoryReader, wanted: Search) -> list[tuple[str, Entry]]:
        inside.release()
        leave.wait(30)
        return search(reader, wanted)

    monkeypatch.setattr(HistoryReader, "_search", slow)
    wanted = Search(("#c",), ("hay",))
    threads = [threading.Thread(target=store.read.search, args=(wanted,)) for _ in range(2)]
    for thread in threads:
        thread.start()
        assert inside.acquire(timeout=30)
    with pytest.raises(SearchTooLong, match="Others are searching"):
        store.read.search(wanted)
    leave.set()
    for thread in threads:
        thread.join()
    assert len(store.read.search(wanted)) == 1
    store.close()


# --- memory and time -----------------------------------------------------------------------------------------------


def test_long_messages_press_and_the_oldest_are_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("chat.state.history._MOST_BYTES", 1_000_000)
    monkeypatch.setattr("chat.state.history._BATCH_BYTES", 200_000)
    history = recording()
    for number in range(30):
        history.record("#c", event(number, LONG))
    history.absorb()
    assert history.is_pressing
    for number in range(30, 60):
        history.record("#c", event(number, LONG))
    history.do(Restrict("#c", True))
    history.absorb()
    assert not history.is_pressing
    assert "events of the history are lost" in caplog.text
    found = history.read().select(Stretch("#c", most=1000))
    assert [each.msgid for each in found][-1] == "m59"
    assert 20 <= len(found) <= 26
    assert history.read().ending() == {"#c": True}  # what is to be done is not given up
    assert history._bytes == history._count == 0
    history.close()


def test_what_waits_is_written_in_portions_of_bytes_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.state.history._BATCH_BYTES", 100_000)
    history, sizes = recording(), list[int]()
    write = HistoryStore.write

    def counting(store: HistoryStore, work: object, *more: object) -> None:
        steps = list(work)  # type: ignore[call-overload]
        sizes.append(sum(len(entries) for step in steps if isinstance(step, dict) for entries in step.values()))
        write(store, steps, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(HistoryStore, "write", counting)
    for number in range(10):
        history.record("#c", event(number, LONG))
    history.do(End("#nowhere"))
    history.record("#d", event(10, "short"))
    assert history.flush()
    assert sizes == [3, 3, 3, 2]
    assert [each.msgid for each in history.read().select(Stretch("#c"))] == [f"m{number}" for number in range(10)]
    assert len(history.read().select(Stretch("#d"))) == 1
    history.close()


def test_at_least_one_event_is_taken_however_long_it_is() -> None:
    history = recording()
    history.record("#c", event(0, LONG))
    facts = history._recent["#c"]
    assert split(facts, 1) == (facts, [])
    history.close()


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when it is called, one portion of one event is all that there is time for."""

    def start() -> None:
        for name, value in (("_BATCH_BYTES", 1), ("_READ_SECONDS", 0), ("_CLOSE_SECONDS", 0)):
            monkeypatch.setattr(f"chat.state.history.{name}", value)

    return start


def test_who_reads_does_not_wait_for_everything_to_be_written(no_time: Callable[[], None]) -> None:
    history = recording()
    for number in range(10):
        history.record("#c", event(number, LONG))
    no_time()
    assert len(history.read().select(Stretch("#c"))) < 10
    history.do(End("#c"))
    with pytest.raises(HistoryFailed, match="the history is behind"):
        history.read()
    history.flush()
    history.close()


def test_a_stop_does_not_wait_for_everything_to_be_written(no_time: Callable[[], None]) -> None:
    history = recording()
    for number in range(10):
        history.record("#c", event(number, LONG))
    no_time()
    with pytest.raises(HistoryFailed, match="9 events could not be written in time"):
        history.close()


def test_guests_that_one_talks_with_are_targets_while_they_are_there(server: ServerUnderTest) -> None:
    wren, rook, jay = (server.irc(nick, *CAPABILITIES) for nick in ("wren", "rook", "jay"))
    wren.ask("PRIVMSG rook :one", "PRIVMSG jay :two")
    rook.ask("NICK crow", "PRIVMSG jay :three")
    asked = "CHATHISTORY TARGETS timestamp=1999-01-01T00:00:00.000Z timestamp=2262-01-01T00:00:00.000Z 9"
    wren.sync()
    assert {line.split(" ")[3] for line in bare(wren.ask(asked))[1:-1]} == {"crow", "jay"}
    jay.send("QUIT")
    jay.lines_until_closed()
    assert {line.split(" ")[3] for line in bare(wren.ask(asked))[1:-1]} == {"crow"}
