"""What calls for attention: the bell, highlights, the window of mentions; and who is typing."""

import pytest

from terminal.model.attention import Bell
from terminal.model.composing import Composing, shown
from terminal.model.window import Window
from terminal.sessions.session import Session
from tests.terminal_core import Core, FakeConnection, a_client, texts

CAPABILITIES = "message-tags"


def two_channels(**settings: object) -> tuple[Core, FakeConnection, list[str]]:
    """A client that looks at #study and is on #other; the list grows with every ring."""
    core = a_client(**settings)
    core.online()
    peer = core.network.connection
    peer.feed(":alice!a@h JOIN #other", ":alice!a@h JOIN #study")
    core.client.window("channel", "net", "#study", show=True)
    rings: list[str] = []
    core.client.on_bell.append(lambda: rings.append("ring"))
    return core, peer, rings


@pytest.mark.parametrize(
    ("bell", "line", "rings"),
    [
        ("off", "PRIVMSG #other :alice: look", 0),
        ("mention", "PRIVMSG #other :alice: look", 1),
        ("mention", "PRIVMSG #other :hello", 0),
        ("mention", "PRIVMSG alice :psst", 1),
        ("mention", "PRIVMSG #study :alice: look", 0),
        ("any", "PRIVMSG #other :hello", 1),
        ("any", "PRIVMSG #study :hello", 0),
        ("any", "JOIN #other", 0),
        ("any", "TOPIC #other :alice", 0),
    ],
)
def test_the_bell_rings_for_what_one_does_not_look_at(bell: str, line: str, rings: int) -> None:
    _, peer, rung = two_channels(bell=bell)
    peer.feed(f":wren!w@h {line}")
    assert len(rung) == rings


def test_a_window_that_is_scrolled_up_is_not_looked_at_where_it_grows() -> None:
    core, peer, rung = two_channels()
    window = core.client.windows.current
    assert window is not None
    for number in range(5):
        core.say(window, "wren", f"line {number}")
    core.client.full_screen = True
    core.type("/search line", "/search line", "/search line", "/search line")
    assert window.anchor is not None
    peer.feed(":wren!w@h PRIVMSG #study :alice: look")
    assert rung == ["ring"]


def test_many_mentions_are_one_ring() -> None:
    core, peer, rung = two_channels()
    peer.feed(*[":wren!w@h PRIVMSG #other :alice!"] * 10)
    assert rung == ["ring"]
    core.pass_time(1)
    peer.feed(":wren!w@h PRIVMSG #other :alice!")
    assert rung == ["ring", "ring"]


def test_the_first_ring_passes_whatever_the_clock_says() -> None:
    assert Bell().may_ring(0.0)


def test_words_of_the_setting_are_mentions_at_once() -> None:
    core, peer, _ = two_channels()
    peer.feed(":wren!w@h PRIVMSG #other :the exam is near")
    core.type("/highlight exam")
    peer.feed(":wren!w@h PRIVMSG #other :the EXAM is near", ":wren!w@h PRIVMSG #other :examples")
    mentions = core.client.window("mentions", "", "mentions")
    assert [(line.where, line.text) for line in mentions.lines] == [("#other", "the EXAM is near")]
    core.type("/unhighlight exam")
    peer.feed(":wren!w@h PRIVMSG #other :the exam again")
    assert texts(mentions) == ["wren the EXAM is near"]


# Typing


def typing_server(typing: bool = True) -> tuple[Core, FakeConnection, Window]:
    """A client on #study of a server that hands on tags."""
    core = a_client(typing=typing, pacing_interval=0.0)
    session: Session = core.session()
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed(f":irc.test CAP * LS :{CAPABILITIES}", f":irc.test CAP alice ACK :{CAPABILITIES}")
    peer.feed(":irc.test 001 alice :Welcome", ":irc.test 422 alice :No MOTD", ":alice!a@h JOIN #study")
    window = core.client.window("channel", "net", "#study", show=True)
    peer.take()
    return core, peer, window


def test_others_who_type_are_shown_until_they_say_it_stop_or_are_silent() -> None:
    core, peer, window = typing_server()

    def who() -> str:
        return shown(window, core.loop.time())

    peer.feed("@+typing=active :wren!w@h TAGMSG #study")
    assert who() == "wren is typing"
    peer.feed("@+typing=active :rook!r@h TAGMSG #study")
    assert who() == "wren and rook are typing"
    peer.feed("@+typing=active :ada!a@h TAGMSG #study")
    assert who() == "3 people are typing"
    peer.feed(":wren!w@h PRIVMSG #study :here", "@+typing=done :rook!r@h TAGMSG #study")
    assert who() == "ada is typing"
    core.pass_time(6)
    assert who() == ""


def test_without_the_setting_nobody_is_shown_and_nothing_told() -> None:
    core, peer, window = typing_server(typing=False)
    peer.feed("@+typing=active :wren!w@h TAGMSG #study")
    Composing(core.client).changed("hello")
    assert (shown(window, core.loop.time()), peer.take()) == ("", [])


def test_one_s_own_typing_is_told_every_three_seconds() -> None:
    core, peer, _ = typing_server()
    composing = Composing(core.client)
    composing.changed("h")
    composing.changed("he")
    assert peer.take() == ["@+typing=active TAGMSG #study"]
    core.pass_time(3)
    composing.changed("hel")
    assert peer.take() == ["@+typing=active TAGMSG #study"]


def test_an_emptied_line_is_told_and_a_sent_one_is_not() -> None:
    core, peer, _ = typing_server()
    composing = Composing(core.client)
    composing.changed("h")
    composing.changed("")
    composing.changed("")
    assert peer.take() == ["@+typing=active TAGMSG #study", "@+typing=done TAGMSG #study"]
    composing.changed("h")
    composing.sent()
    composing.changed("")
    assert peer.take() == ["@+typing=active TAGMSG #study"]


@pytest.mark.parametrize(("text", "told"), [("/msg bob hi", False), ("//etc", True), ("", False), ("   ", False)])
def test_commands_are_not_typed_for_anybody(text: str, told: bool) -> None:
    core, peer, _ = typing_server()
    Composing(core.client).changed(text)
    assert bool(peer.take()) is told


def test_where_nobody_reads_nothing_is_told() -> None:
    core, peer, _ = typing_server()
    session = core.client.session
    assert session is not None
    core.client.windows.show(session.window)
    Composing(core.client).changed("hello")
    assert peer.take() == []


def test_a_server_without_tags_is_told_nothing() -> None:
    core, peer, _ = two_channels(typing=True)
    peer.take()
    Composing(core.client).changed("hello")
    assert peer.take() == []


def test_a_crowd_that_types_is_bounded() -> None:
    core, peer, window = typing_server()
    peer.feed(*(f"@+typing=active :nick{number}!n@h TAGMSG #study" for number in range(150)))
    assert shown(window, core.loop.time()) == "100 people are typing"
