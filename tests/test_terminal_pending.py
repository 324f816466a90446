"""What one has said, until the server repeats it: shown at once, and once; and how far one has read while one reads."""

from datetime import timedelta

import pytest

from terminal.client import ACTIVE_SECONDS
from terminal.model.window import Anchor, Window
from terminal.screen.lines import rows_of
from terminal.screen.look import look_of
from terminal.sessions.reading import READ_SECONDS
from terminal.sessions.session import Session
from tests.terminal_core import NOW, Core, FakeConnection, a_client, texts

ECHO = "echo-message"
LABELS = "echo-message labeled-response batch"
MARKERS = "draft/read-marker"


def with_capabilities(core: Core, names: str) -> tuple[Session, FakeConnection, Window]:
    """A session on #study of a server with these capabilities, nothing left to be sent."""
    session = core.session(joins=["#study"])
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed(f":irc.test CAP * LS :{names}", f":irc.test CAP alice ACK :{names}", ":irc.test 001 alice :Welcome")
    peer.feed(":alice!a@h JOIN #study")
    core.pass_time(20)
    peer.take()
    window = core.client.windows.find("net", "#study")
    assert window is not None
    core.client.windows.show(window)
    window.clear()
    return session, peer, window


def slow(core: Core) -> None:
    """One line in ten seconds from now on."""
    core.client.change_setting("pacing_burst", 1)
    core.client.change_setting("pacing_interval", 10.0)


def state(window: Window) -> list[tuple[str, bool]]:
    return [(line.text, line.pending) for line in window.lines if line.is_speech]


def test_what_one_says_is_shown_at_once_and_replaced_by_its_echo() -> None:
    core = a_client()
    _, peer, window = with_capabilities(core, ECHO)
    core.type("hello")
    assert peer.take() == ["PRIVMSG #study :hello"] and state(window) == [("hello", True)]
    peer.feed(":bob!b@h PRIVMSG #study :meanwhile", ":alice!a@h PRIVMSG #study :hello")
    assert state(window) == [("meanwhile", False), ("hello", False)]


def test_what_the_server_has_stands_above_what_still_waits() -> None:
    core = a_client()
    _, peer, window = with_capabilities(core, ECHO)
    slow(core)
    for text in ("one", "two", "three"):
        core.type(text)
    peer.feed(":alice!a@h PRIVMSG #study :one", ":wren!w@h PRIVMSG #study :well")
    assert state(window) == [("one", False), ("well", False), ("two", True), ("three", True)]
    core.pass_time(10)
    peer.feed(":alice!a@h PRIVMSG #study :two")
    assert state(window) == [("one", False), ("well", False), ("two", False), ("three", True)]


def test_the_same_said_twice_waits_for_two_echoes() -> None:
    core = a_client()
    _, peer, window = with_capabilities(core, ECHO)
    core.type("hi", "hi")
    peer.feed(":alice!a@h PRIVMSG #study :hi")
    assert state(window) == [("hi", False), ("hi", True)]
    peer.feed(":alice!a@h PRIVMSG #study :hi")
    assert state(window) == [("hi", False), ("hi", False)]


def test_a_label_finds_a_text_that_the_server_has_changed() -> None:
    core = a_client()
    _, peer, window = with_capabilities(core, LABELS)
    core.type("\x0304red", "two")
    first, _ = peer.take()
    label = first.split()[0]
    peer.feed(f"{label} :alice!a@h PRIVMSG #study :red")
    assert state(window) == [("red", False), ("two", True)]


@pytest.mark.parametrize("names", [ECHO, LABELS])
def test_what_is_refused_is_pending_no_more(names: str) -> None:
    core = a_client()
    _, peer, window = with_capabilities(core, names)
    core.type("hello")
    label = peer.take()[0].split()[0] + " " if names == LABELS else ""
    peer.feed(f"{label}:irc.test 404 alice #study :Cannot send to channel")
    assert state(window) == [] and "Cannot send to channel" in texts(window)[-1]


def test_what_a_lost_connection_leaves_open_is_told_and_pending_no_more() -> None:
    core = a_client()
    _, peer, window = with_capabilities(core, ECHO)
    core.type("hello")
    peer.lose()
    assert state(window) == [] and texts(window)[-1] == "Perhaps not sent: hello"


def test_lines_that_are_thrown_away_before_they_were_sent_are_pending_no_more() -> None:
    core = a_client()
    _, _, window = with_capabilities(core, ECHO)
    slow(core)
    core.type("one", "two", "three", "/unsend")
    assert state(window) == [("one", True)]


def test_history_that_has_the_text_replaces_it_too() -> None:
    core = a_client()
    session, peer, window = with_capabilities(core, ECHO + " batch draft/chathistory")
    core.type("hello")
    session.reconnect()
    peer.lose()
    assert state(window) == [("hello", True)]
    peer = core.network.connection
    peer.accept()
    peer.feed(
        f":irc.test CAP * LS :{ECHO} batch draft/chathistory",
        f":irc.test CAP alice ACK :{ECHO} batch draft/chathistory",
    )
    peer.feed(":irc.test 001 alice :Welcome", ":alice!a@h JOIN #study", ":irc.test BATCH +h chathistory #study")
    peer.feed("@batch=h;msgid=m1 :alice!a@h PRIVMSG #study :hello", ":irc.test BATCH -h")
    assert state(window) == [("hello", False)]


def test_pending_lines_are_neither_logged_nor_printed() -> None:
    core = a_client()
    _, peer, _ = with_capabilities(core, ECHO)
    seen: list[str] = []
    core.client.on_line.append(lambda window, line: seen.append(line.text))
    core.type("hello")
    assert seen == []
    peer.feed(":alice!a@h PRIVMSG #study :hello")
    assert seen == ["hello"]


def test_marker_and_place_stay_when_the_line_they_are_at_is_replaced() -> None:
    core = a_client()
    window = core.client.window("channel", "", "#study")
    above = core.say(window, "bob", "above")
    line = core.say(window, "alice", "mine", own=True, pending=True, exchange=7)
    window.mark()
    window.hold(Anchor(line.number))
    window.settle(7, "mine")
    assert (window.marker, window.anchor) == (above.number, Anchor(above.number))


def test_a_pending_line_looks_so_with_and_without_colours() -> None:
    core = a_client()
    line = core.say(core.client.window("channel", "", "#study"), "alice", "mine", own=True, pending=True)
    for colours in (True, False):
        [row] = rows_of([line], 80, look_of(core.settings, colours))
        assert row[-2:] == [("class:pending", "mine"), ("class:pending", " …")]


def test_a_group_of_the_json_protocol_shows_what_one_says_at_once() -> None:
    core = a_client()
    session = core.session(dialect="json")
    said = session.dialect.say("#study", "hello").events
    assert [(event.text, event.pending) for event in said] == [("hello", True)]  # type: ignore[union-attr]


# How far one has read


def spoken(core: Core, peer: FakeConnection, count: int = 1) -> str:
    """Bob speaks; the moment of the last line."""
    stamp = ""
    for _ in range(count):
        core.clock += timedelta(seconds=1)
        stamp = f"{core.clock:%Y-%m-%dT%H:%M:%S}.000Z"
        peer.feed(f"@time={stamp} :bob!b@h PRIVMSG #study :word")
    return stamp


def marks(peer: FakeConnection) -> list[str]:
    return [line for line in peer.take() if line.startswith("MARKREAD")]


def test_lines_that_come_in_while_somebody_reads_are_marked_once_for_all() -> None:
    core = a_client()
    _, peer, _ = with_capabilities(core, MARKERS)
    core.client.touched()
    last = spoken(core, peer, 8)
    assert marks(peer) == []
    core.pass_time(READ_SECONDS)
    assert marks(peer) == [f"MARKREAD #study timestamp={last}"]
    core.pass_time(10)
    assert marks(peer) == []


def test_nothing_is_marked_while_nobody_sits_there_until_a_key_is_used() -> None:
    core = a_client()
    _, peer, _ = with_capabilities(core, MARKERS)
    core.client.touched()
    for _ in range(4):
        core.pass_time(ACTIVE_SECONDS / 4)
        peer.feed(":irc.test NOTICE alice :still there")
    last = spoken(core, peer)
    core.pass_time(10)
    assert marks(peer) == []
    core.client.touched()
    core.pass_time(READ_SECONDS)
    assert marks(peer) == [f"MARKREAD #study timestamp={last}"]


def test_who_has_scrolled_up_has_not_read_what_comes_in_below() -> None:
    core = a_client()
    _, peer, window = with_capabilities(core, MARKERS)
    core.client.touched()
    spoken(core, peer)
    window.hold(Anchor(window.lines[0].number))
    core.pass_time(READ_SECONDS)
    assert marks(peer) == []


def test_only_the_newest_marker_waits_to_be_sent() -> None:
    core = a_client()
    session, peer, window = with_capabilities(core, MARKERS)
    slow(core)
    core.type("hello")
    peer.take()
    for _ in range(5):
        last = spoken(core, peer)
        session.mark_read(window)
    assert session.outbox.waiting == 1
    core.pass_time(15)
    assert marks(peer) == [f"MARKREAD #study timestamp={last}"]


def test_noise_drives_out_no_talk() -> None:
    core = a_client()
    window = core.client.window("channel", "", "#study")
    window.bound(100)
    core.say(window, "bob", "said long ago")
    for number in range(1000):
        core.say(window, f"guest{number}", "joined", kind="join")
    assert window.lines[0].text == "said long ago" and len(window.lines) <= 100
    for number in range(100):
        core.say(window, "bob", f"talk {number}")
    assert len(window.lines) <= 100 and window.lines[-1].text == "talk 99"
    assert [line.time for line in window.lines] == [NOW] * len(window.lines)
