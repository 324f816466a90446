"""What a server, or many strangers, can make the terminal client keep or do: it ends somewhere."""

import json
from datetime import UTC, datetime

import pytest

from terminal.dialects import DIALECTS, Identity
from terminal.dialects import irc_batches as batches
from terminal.dialects.irc import Irc
from terminal.dialects.json_ import Json
from terminal.dialects.json_requests import PARTS
from terminal.dialects.parts import Parts
from terminal.events import Channels, HistoryEnd, Left, Members, Present, Said, Step
from terminal.model.line import Line
from terminal.model.window import LEAST_CHARACTERS, Window
from terminal.routing import people
from terminal.sessions import reading
from terminal.sessions.host import endpoint_of
from terminal.settings.table import ServerSettings
from terminal.wire.log import LEAST_BYTES, WireLog
from tests.terminal_core import NOW, a_client, on_channels, texts


def line(number: int, text: str) -> Line:
    return Line(number, NOW, "message", text)


# What is kept


def test_long_texts_leave_room_for_fewer_lines_and_the_newest_one_stays() -> None:
    window = Window("channel", "net", "#x", most=100)
    for number in range(1, 51):
        window.add(line(number, "x" * (LEAST_CHARACTERS // 20)))
    assert 15 <= len(window.lines) <= 20 and window.lines[-1].number == 50
    window.marker = 45
    window.add(line(51, "y" * (2 * LEAST_CHARACTERS)))
    assert [one.number for one in window.lines] == [51] and window.marker == 0
    window.add(line(52, "short again"))
    assert [one.number for one in window.lines] == [52]


def test_long_lines_leave_room_for_fewer_entries_of_the_wire() -> None:
    log = WireLog(lambda text: text, lambda text, outgoing: "", lambda: datetime(2026, 3, 4, tzinfo=UTC), most=50)
    for _ in range(100):
        log.received(b"x" * (LEAST_BYTES // 10) + b"\n", "online")
    assert len(log.entries) == 9
    log.received(b"y" * (2 * LEAST_BYTES) + b"\n", "online")
    assert [entry.text[0] for entry in log.entries] == ["y"]
    for _ in range(100):
        log.received(b"short\n", "online")
    assert len(log.entries) == 50


def test_a_line_of_irc_is_no_megabyte_long() -> None:
    found = {name: endpoint_of(ServerSettings(address="irc.test", dialect=name)).longest_line for name in DIALECTS}
    assert found == {"irc": 65_536, "lab": 65_536, "json": 16_777_216}


def test_of_answers_in_parts_the_oldest_is_given_up() -> None:
    parts: Parts[str] = Parts(most=1_000)
    parts.add("#a", ["al"], 300)
    parts.add("#b", ["bo", "cy"], 300)
    parts.add("#c", ["di"], 300)
    assert (parts.take("#a"), parts.take("#b")) == ([], ["bo", "cy"])
    parts.add("#c", ["ed"], 400)
    parts.add("#c", ["flo"], 400)  # there is no room for all of it
    assert parts.take("#c") == ["di", "ed"]
    parts.add("#d", ["gus"], 900)
    assert parts.take("#d") == ["gus"] and parts.take("#d") == []


def test_batches_are_bounded_by_what_is_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_SIZE", 1_000)
    irc = Irc(Identity("alice"))
    irc.receive(":s BATCH +1 chathistory #x")
    for _ in range(10):
        assert not irc.receive(f"@batch=1 :bob!b@h PRIVMSG #x :{'x' * 300}").events
    assert len(irc.receive(":s BATCH -1").events) == 3 + 1
    irc.receive(":s BATCH +2 chathistory #x")  # and there is room again
    irc.receive(f"@batch=2 :bob!b@h PRIVMSG #x :{'x' * 900}")
    assert len(irc.receive(":s BATCH -2").events) == 1 + 1


def test_inner_batches_count_too_and_what_people_do_now_is_handled_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "BATCH_ITEMS", 2)
    irc = Irc(Identity("alice"))
    irc.receive(":s BATCH +1 chathistory #x")
    for number in range(5):
        irc.receive(f"@batch=1 :s BATCH +m{number} draft/multiline #x")
        irc.receive(f"@batch=m{number} :bob!b@h PRIVMSG #x :{number}")
        irc.receive(f":s BATCH -m{number}")
    told = irc.receive(":s BATCH -1").events
    assert [event.text for event in told if isinstance(event, Said)] == ["0", "1"]
    irc.receive(":s BATCH +2 netsplit a b")
    quits = [irc.receive(f"@batch=2 :n{number}!u@h QUIT :a b").events for number in range(4)]
    assert [len(events) for events in quits] == [0, 0, 1, 1]
    assert [event.nick for event in irc.receive(":s BATCH -2").events if isinstance(event, Left)] == ["n0", "n1"]


def test_nobody_but_us_decides_which_answers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_MARKERS", 3)
    core = a_client()
    session, peer = core.online()
    token = session.synchronise()
    peer.feed(*(f":s PONG s :parley-sync-{number}" for number in range(50, 90)), f":s PONG s :{token}")
    assert session.synchronised == {token}
    peer.feed(*(f":s MARKREAD #c{number} timestamp=2026-01-02T03:04:05.678Z" for number in range(9)))
    assert list(session.reading._markers) == ["#c6", "#c7", "#c8"]


def test_many_who_type_need_one_timer() -> None:
    core = a_client(typing=True)
    _, peer = on_channels(core, "#x")
    window = core.client.windows.find("net", "#x")
    assert window is not None
    timers = core.loop.waiting
    for number in range(500):
        peer.feed(f"@+typing=active :n{number}!u@h TAGMSG #x")
    assert core.loop.waiting == timers + 1
    core.pass_time(3)
    peer.feed("@+typing=active :wren!u@h TAGMSG #x")
    pictures: list[list[str]] = []
    core.client.on_change.append(lambda: pictures.append(window.typists(core.loop.time())))
    core.pass_time(3)
    assert pictures[-1] == ["wren"]
    core.pass_time(3)
    assert pictures[-1] == []


def test_a_server_that_puts_us_on_channels_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MOST_ENTERED", 5)
    core = a_client()
    session, peer = core.online()
    peer.feed(*(f":alice!a@h JOIN #c{number}" for number in range(9)))
    assert [window.name for window in core.client.windows] == ["net", "#c0", "#c1", "#c2", "#c3"]
    assert texts(session.window)[-1] == "The server has put us on #c8 too; there are too many windows for it."


# What is asked


def a_json() -> Json:
    dialect = Json(Identity("alice"))
    dialect.is_new = True
    return dialect


def page(dialect: Json, code: str, following: str, row: str = "g") -> Step:
    """The answer to the last request."""
    answer = {"version": 1.1, "response_code": code, "id": dialect._count, "payload": [row]}
    return dialect.receive(json.dumps({**answer, "parameters": {"next": following, "chat_name": "x"}}))


def test_a_list_that_goes_round_in_circles_is_asked_for_once_more() -> None:
    dialect = a_json()
    dialect.channels()
    [more] = page(dialect, "130", "a").lines
    assert json.loads(more)["parameters"]["after"] == "a"
    assert page(dialect, "130", "a") == Step([], [Channels((("#g", "", ""), ("#g", "", "")))])
    assert page(dialect, "130", "a") == Step([], [Channels((("#g", "", ""),))])  # which nobody has asked for


def test_a_list_without_end_is_given_up() -> None:
    dialect = a_json()
    dialect.members("#x")
    asked = 1
    while page_lines := (step := page(dialect, "131", f"n{asked}", f"n{asked}")).lines:
        asked += len(page_lines)
    assert asked == PARTS
    [members] = step.events
    assert isinstance(members, Members) and members.people[0] == Present("n1") and len(members.people) == PARTS


def test_members_that_nobody_asked_for_ask_for_no_more() -> None:
    answer = {"version": 1.1, "response_code": "131", "parameters": {"chat_name": "x", "next": "b"}, "payload": ["al"]}
    assert a_json().receive(json.dumps(answer)) == Step([], [Members("#x", (Present("al"),))])


# What takes longer the more there is


def test_the_place_of_a_history_is_told_once_for_all_of_it() -> None:
    irc = Irc(Identity("alice"))
    irc.receive(":s BATCH +1 chathistory #x")
    irc.receive("@batch=1 :bob!b@h QUIT :bye")
    step = irc.receive(":s BATCH -1")
    assert step == Step([], [Left("bob", "", "bye", "quit", history=True), HistoryEnd("#x", 1)], told_again="#x")
    answer = {"version": 1.1, "response_code": "160", "parameters": {"chat_name": "x"}, "payload": []}
    assert a_json().receive(json.dumps(answer)).told_again == "#x"


def test_who_left_and_who_was_renamed_long_ago_is_told_where_the_history_is() -> None:
    core = a_client()
    session, peer = on_channels(core, "#x", "#y")
    before = texts(session.window)
    peer.feed(
        ":s BATCH +1 chathistory #x", "@batch=1 :bob!b@h QUIT :bye", "@batch=1 :wren!w@h NICK rook", ":s BATCH -1"
    )  # fmt: skip
    found = {name: core.client.windows.find("net", name) for name in ("#x", "#y")}
    assert [texts(window)[-2:] for window in found.values() if window] == [
        ["bob quit (bye)", "wren is now rook"], ["alice joined"],
    ]  # fmt: skip
    assert texts(session.window) == before


class _Counting(list[Line]):
    """Lines that count how often one is looked at."""

    looks = 0

    def __getitem__(self, index: object) -> Line:  # type: ignore[override]
        _Counting.looks += 1
        return super().__getitem__(index)  # type: ignore[call-overload, no-any-return]


def test_the_place_of_a_line_is_looked_for_once() -> None:
    window = Window("channel", "net", "#x")
    for number in range(10, 1_010):
        window.add(line(number, "hi"))
    window.lines = _Counting(window.lines)
    assert (window.index_of(20), window.index_of(9)) == (10, -1)
    before = _Counting.looks
    for _ in range(100):
        assert (window.index_of(20), window.index_of(9), window.index_of(10)) == (10, -1, 0)
    assert _Counting.looks - before <= 300
    del window.lines[5]
    assert window.index_of(20) == 9
    del window.lines[9]
    assert (window.index_of(20), window.index_of(2_000)) == (-1, -1)
    window.add(line(2_000, "new"))
    assert window.index_of(2_000) == 998


def test_windows_are_found_by_name_however_the_server_compares_names() -> None:
    core = a_client()
    _, peer = core.online()
    windows, client = core.client.windows, core.client
    peer.feed(":alice!a@h JOIN #[x]", ":Wren!w@h PRIVMSG alice :hi")
    channel = windows.find("net", "#[X]")
    assert channel is not None and windows.find("net", "#{x}", client.sessions["net"].dialect.fold) is None
    peer.feed(":s 005 alice CASEMAPPING=rfc1459 :are supported")
    fold = client.sessions["net"].dialect.fold
    assert windows.find("net", "#{x}", fold) is channel and windows.find("other", "#[x]", fold) is None
    talk = windows.find("net", "wren", fold)
    peer.feed(":Wren!w@h NICK rook")
    assert talk is not None and windows.find("net", "ROOK", fold) is talk and windows.find("net", "wren", fold) is None
    windows.remove(talk)
    assert windows.find("net", "rook", fold) is None and client.window("server", "net", "NET") is windows.numbered(1)


def test_talks_of_many_strangers_are_asked_for_one_after_the_other_and_channels_come_first_on_the_way_back() -> None:
    core = a_client()
    session = core.session(joins=["#x"])
    session.connect()
    for back in (False, True):
        peer = core.network.connection
        peer.accept()
        wanted = "batch draft/chathistory draft/read-marker server-time message-tags"
        peer.feed(f":s CAP * LS :{wanted}", f":s CAP * ACK :{wanted}", ":s 001 alice :Welcome", ":alice!a@h JOIN #x")
        peer.feed(":s BATCH +1 chathistory #x", ":s BATCH -1")
        if not back:
            core.pass_time(20)
            peer.take()
            peer.feed(*(f":n{number}!u@h PRIVMSG alice :hi" for number in range(100)))
            assert {text.split()[1] for text in peer.take()} <= {"n0", "LATEST"} and not session.outbox.waiting
            peer.lose()
            core.pass_time(3)
    asked = [text for text in peer.take() if text.startswith(("JOIN", "CHATHISTORY", "MARKREAD"))]
    assert [text.split()[0] for text in asked[:2]] == ["JOIN", "CHATHISTORY"] and "#x" in asked[1]
    assert len([text for text in asked if text.startswith("MARKREAD")]) <= 1 and session.outbox.waiting <= 1
