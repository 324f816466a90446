"""What was said while we were away, and how far one has read: asked for, told once, counted rightly."""

from datetime import UTC, datetime, timedelta

from terminal.model.window import Anchor, Window
from terminal.sessions.session import Session
from tests.terminal_core import Core, FakeConnection, a_client, texts

START = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CAPABILITIES = "batch draft/chathistory message-tags server-time"


def stamp(minute: int) -> str:
    """A moment as servers write it."""
    return (START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def said(minute: int, text: str, batch: str = "", nick: str = "bob", target: str = "#x") -> str:
    """A message; its id is made of its minute."""
    inside = f";batch={batch}" if batch else ""
    return f"@time={stamp(minute)};msgid=m{minute}{inside} :{nick}!b@h PRIVMSG {target} :{text}"


def answer(target: str, *lines: tuple[int, str]) -> list[str]:
    """A page of the history."""
    rows = [said(minute, text, "1", target=target) for minute, text in lines]
    return [f":s BATCH +1 chathistory {target}", *rows, ":s BATCH -1"]


def register(peer: FakeConnection, capabilities: str = CAPABILITIES, features: str = "CHATHISTORY=3") -> None:
    """A server with these capabilities welcomes alice."""
    peer.accept()
    peer.take()
    peer.feed(f":s CAP * LS :{capabilities}")
    for line in peer.take():
        peer.feed(line.replace("CAP REQ", ":s CAP * ACK"))
    peer.feed(":s 001 alice :Welcome", f":s 005 alice CHANTYPES=# {features} :are supported", ":s 422 alice :No MOTD")


def a_channel(core: Core, capabilities: str = CAPABILITIES, features: str = "CHATHISTORY=3") -> Session:
    """A session that is on #x, whose first history was empty."""
    session = core.session(joins=["#x"])
    session.connect()
    register(core.network.connection, capabilities, features)
    core.network.connection.feed(":alice!a@h JOIN #x", *answer("#x"))
    core.pass_time(20)
    core.network.connection.take()
    return session


def lose_and_return(core: Core, capabilities: str = CAPABILITIES) -> FakeConnection:
    """The connection is lost, made again, and #x entered."""
    core.network.connection.lose(text="Gone.")
    core.pass_time(10)
    peer = core.network.connection
    register(peer, capabilities)
    core.pass_time(20)
    peer.take()
    peer.feed(f"@time={stamp(50)};msgid=join50 :alice!a@h JOIN #x")
    return peer


def window_of(core: Core, name: str = "#x") -> Window:
    """The window of a channel or talk."""
    window = core.client.windows.find("net", name)
    assert window is not None
    return window


def spoken(core: Core, name: str = "#x") -> list[str]:
    """What was said there, in the order in which it is shown."""
    return [line.text for line in window_of(core, name).lines if line.is_speech]


def requests(peer: FakeConnection) -> list[str]:
    """What was asked for since the last time of the history of channels and talks."""
    return [line for line in peer.take() if line.startswith("CHATHISTORY") and "TARGETS" not in line]


def test_the_first_visit_asks_for_the_last_messages_and_they_are_not_unread() -> None:
    core = a_client(history_lines=50)
    session = core.session(joins=["#x"])
    session.connect()
    peer = core.network.connection
    register(peer, features="CHATHISTORY=1000")
    core.client.windows.show(session.window)
    peer.take()
    peer.feed(":alice!a@h JOIN #x")
    core.client.windows.show(session.window)
    assert requests(peer) == ["CHATHISTORY LATEST #x * 50"]
    peer.feed(*answer("#x", (1, "alice: one"), (2, "two")))
    window = window_of(core)
    assert spoken(core) == ["alice: one", "two"] and (window.unread, window.mentions) == (0, 0)
    assert all(line.history for line in window.lines if line.is_speech)
    assert requests(peer) == []


def test_after_a_loss_everything_since_the_last_message_is_told_once_and_counts_as_unread() -> None:
    core = a_client()
    session = a_channel(core)
    core.network.connection.feed(said(5, "before"))
    core.client.windows.show(session.window)
    peer = lose_and_return(core)
    assert requests(peer) == ["CHATHISTORY AFTER #x msgid=m5 3"]
    peer.feed(said(60, "live"))
    peer.feed(*answer("#x", (6, "missed"), (7, "alice: missed too"), (60, "live")))
    assert spoken(core) == ["before", "missed", "alice: missed too", "live"]
    assert (window_of(core).unread, window_of(core).mentions) == (3, 1)
    mentions = [window for window in core.client.windows if window.kind == "mentions"]
    assert [text for window in mentions for text in texts(window)] == ["bob alice: missed too"]


def test_pages_are_turned_until_one_is_not_full() -> None:
    core = a_client()
    a_channel(core)
    core.network.connection.feed(said(5, "before"))
    peer = lose_and_return(core)
    peer.take()
    peer.feed(*answer("#x", (6, "a"), (7, "b"), (8, "c")))
    assert requests(peer) == ["CHATHISTORY AFTER #x msgid=m8 3"]
    peer.feed(*answer("#x", (9, "d")))
    assert requests(peer) == [] and spoken(core) == ["before", "a", "b", "c", "d"]


def test_what_is_more_than_the_settings_ask_for_is_a_gap_that_is_shown() -> None:
    core = a_client(history_lines=4)
    a_channel(core)
    core.network.connection.feed(said(5, "before"))
    peer = lose_and_return(core)
    peer.feed(said(60, "live"))
    peer.take()
    peer.feed(*answer("#x", (6, "a"), (7, "b"), (8, "c")))
    assert requests(peer) == ["CHATHISTORY AFTER #x msgid=m8 1"]
    peer.feed(*answer("#x", (9, "d")))
    assert requests(peer) == []
    assert spoken(core) == ["before", "a", "b", "c", "d", "live"]
    shown = texts(window_of(core))
    assert shown[shown.index("bob d") + 1] == "... more was said that is not shown here."


def test_a_server_that_repeats_itself_is_not_asked_for_ever() -> None:
    core = a_client()
    a_channel(core)
    core.network.connection.feed(said(5, "before"))
    peer = lose_and_return(core)
    for _ in range(3):
        peer.feed(*answer("#x", (6, "a"), (7, "b"), (8, "c")))
    assert spoken(core) == ["before", "a", "b", "c"]
    assert len(requests(peer)) == 2


def test_private_talks_are_asked_for_on_the_way_back() -> None:
    core = a_client()
    a_channel(core)
    core.network.connection.feed(said(5, "hi", target="alice"))
    core.client.window("private", "net", "rook")
    core.network.connection.lose(text="Gone.")
    core.pass_time(10)
    peer = core.network.connection
    register(peer)
    assert requests(peer) == []  # first the channels
    peer.feed(":alice!a@h JOIN #x")
    assert requests(peer) == ["CHATHISTORY LATEST #x * 3"]
    peer.feed(*answer("#x"))
    assert requests(peer) == ["CHATHISTORY AFTER bob msgid=m5 3"]
    own = f"@time={stamp(8)};msgid=m8;batch=1 :alice!a@h PRIVMSG bob :from my telephone"
    peer.feed(":s BATCH +1 chathistory bob", said(7, "there?", "1", target="alice"), own, ":s BATCH -1")
    assert spoken(core, "bob") == ["hi", "there?", "from my telephone"]
    assert window_of(core, "bob").unread == 2


def test_without_the_capability_or_with_a_setting_of_zero_nothing_is_asked() -> None:
    for capabilities, lines in (("batch message-tags", 200), (CAPABILITIES, 0)):
        core = a_client(history_lines=lines)
        a_channel(core, capabilities)
        core.network.connection.feed(said(5, "before"))
        assert requests(lose_and_return(core, capabilities)) == []


def test_a_message_that_the_server_has_forgotten_is_asked_for_by_its_moment() -> None:
    core = a_client()
    a_channel(core)
    core.network.connection.feed(said(5, "before"))
    peer = lose_and_return(core)
    peer.take()
    peer.feed(":s FAIL CHATHISTORY MESSAGE_ERROR AFTER #x m5 :Messages could not be retrieved")
    assert requests(peer) == [f"CHATHISTORY AFTER #x timestamp={stamp(5)} 3"]
    peer.feed(*answer("#x", (6, "missed")))
    assert spoken(core) == ["before", "missed"]


def test_a_loss_in_the_middle_of_an_answer_begins_anew() -> None:
    core = a_client()
    a_channel(core)
    core.network.connection.feed(said(5, "before"))
    peer = lose_and_return(core)
    peer.feed(*answer("#x", (6, "missed"))[:2])
    peer = lose_and_return(core)
    assert requests(peer) == ["CHATHISTORY AFTER #x msgid=m5 3"]
    peer.feed(*answer("#x", (6, "missed")))
    assert spoken(core) == ["before", "missed"]


# Read markers

MARKERS = f"{CAPABILITIES} draft/read-marker"


def markers(peer: FakeConnection) -> list[str]:
    """The markers sent since the last time."""
    return [line for line in peer.take() if line.startswith("MARKREAD")]


def test_turning_away_from_a_window_tells_how_far_it_was_read_once() -> None:
    core = a_client()
    session = a_channel(core, MARKERS)
    peer = core.network.connection
    peer.feed(said(5, "news"))
    core.client.windows.show(session.window)
    core.client.windows.show(window_of(core))
    core.client.windows.show(session.window)
    assert markers(peer) == [f"MARKREAD #x timestamp={stamp(5)}"]
    peer.feed(said(6, "more"))
    core.client.windows.show(window_of(core))
    assert markers(peer) == [f"MARKREAD #x timestamp={stamp(6)}"]


def test_what_is_scrolled_up_is_not_read() -> None:
    core = a_client()
    session = a_channel(core, MARKERS)
    peer = core.network.connection
    peer.feed(said(5, "news"))
    window_of(core).anchor = Anchor(window_of(core).lines[0].number)
    core.client.windows.show(session.window)
    assert markers(peer) == []


def test_what_was_read_on_another_device_is_unread_no_more() -> None:
    core = a_client()
    session = a_channel(core, MARKERS)
    core.client.windows.show(session.window)
    peer = core.network.connection
    peer.feed(said(5, "one"), said(6, "alice: two"), said(7, "three"))
    window = window_of(core)
    assert (window.unread, window.mentions) == (3, 1)
    peer.feed(f":s MARKREAD #x timestamp={stamp(6)}")
    assert (window.unread, window.mentions) == (1, 0)
    assert window.lines[window.index_of(window.marker)].text == "alice: two"
    peer.feed(f":s MARKREAD #x timestamp={stamp(5)}", ":s MARKREAD #x *")
    assert (window.unread, window.mentions) == (1, 0)
    assert window.lines[window.index_of(window.marker)].text == "alice: two"


def test_of_the_first_history_what_comes_after_the_marker_is_unread() -> None:
    core = a_client()
    session = core.session(joins=["#x"])
    session.connect()
    peer = core.network.connection
    register(peer, MARKERS)
    peer.feed(":alice!a@h JOIN #x", f":s MARKREAD #x timestamp={stamp(1)}")
    core.client.windows.show(session.window)
    peer.feed(*answer("#x", (1, "old"), (2, "alice: new"), (3, "newer")))
    window = window_of(core)
    assert (window.unread, window.mentions) == (2, 1)
    assert window.lines[window.index_of(window.marker)].text == "old"


def test_markers_are_neither_sent_nor_believed_where_the_settings_say_so() -> None:
    core = a_client(read_markers=False)
    session = a_channel(core, MARKERS)
    core.client.windows.show(session.window)
    peer = core.network.connection
    peer.feed(said(5, "one"), f":s MARKREAD #x timestamp={stamp(6)}")
    assert window_of(core).unread == 1
    core.client.windows.show(window_of(core))
    assert markers(peer) == []


def test_of_what_was_missed_only_that_is_unread_which_was_not_read_elsewhere_meanwhile() -> None:
    core = a_client()
    session = a_channel(core, MARKERS)
    core.network.connection.feed(said(5, "before"))
    core.client.windows.show(session.window)
    peer = lose_and_return(core, MARKERS)
    peer.feed(f":s MARKREAD #x timestamp={stamp(6)}", *answer("#x", (6, "read elsewhere"), (7, "alice: new")))
    window = window_of(core)
    assert (window.unread, window.mentions) == (1, 1)
    assert window.lines[window.index_of(window.marker)].text == "read elsewhere"


def test_the_marker_of_a_private_talk_is_asked_for_when_it_is_shown_and_on_the_way_back() -> None:
    core = a_client()
    a_channel(core, MARKERS)
    core.network.connection.feed(said(5, "hi", target="alice"))
    assert markers(core.network.connection) == []
    core.client.windows.show(window_of(core, "bob"))
    assert markers(core.network.connection) == ["MARKREAD bob", f"MARKREAD bob timestamp={stamp(5)}"]
    core.network.connection.lose()
    core.pass_time(10)
    register(core.network.connection, MARKERS)
    assert markers(core.network.connection) == ["MARKREAD bob"]
