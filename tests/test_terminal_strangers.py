"""Who speaks to us: mentions that one has seen already, and more strangers than there can be windows."""

import pytest

from terminal.model.window import Anchor
from terminal.routing import talk
from tests.terminal_core import a_client, on_channels, texts


def test_a_mention_that_one_looks_at_is_kept_but_is_not_unread() -> None:
    core = a_client()
    _, peer = on_channels(core, "#study")
    peer.feed(":wren!w@h PRIVMSG #study :alice: hello")
    mentions = core.client.window("mentions", "", "mentions")
    assert (texts(mentions), mentions.unread) == (["wren alice: hello"], 0)


def test_a_mention_elsewhere_or_below_what_one_reads_is_unread() -> None:
    core = a_client()
    session, peer = on_channels(core, "#study")
    window = core.client.windows.find("net", "#study")
    assert window is not None
    window.hold(Anchor(window.lines[0].number))
    peer.feed(":wren!w@h PRIVMSG #study :alice: one")
    mentions = core.client.window("mentions", "", "mentions")
    assert mentions.unread == 1
    core.client.windows.show(session.window)
    peer.feed(":wren!w@h PRIVMSG #study :alice: two")
    assert mentions.unread == 2


@pytest.fixture
def two_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "MOST_STRANGERS", 2)


@pytest.mark.usefixtures("two_strangers")
def test_strangers_beyond_the_bound_are_heard_in_the_window_of_the_server() -> None:
    core = a_client()
    session, peer = on_channels(core, "#study")
    for nick in ("bob", "rook", "wren", "ada"):
        peer.feed(f":{nick}!x@h PRIVMSG alice :hello from {nick}")
    assert [window.name for window in core.client.windows if window.kind == "private"] == ["bob", "rook"]
    assert texts(session.window)[-3:] == [
        "2 private talks are unanswered: what further strangers say is shown here; /close ends one.",
        "wren hello from wren",
        "ada hello from ada",
    ]
    assert session.window.unread == 2
    peer.feed(":bob!x@h PRIVMSG alice :again")
    assert texts(session.window)[-1] == "ada hello from ada"


@pytest.mark.usefixtures("two_strangers")
def test_a_talk_that_was_answered_or_closed_makes_room_for_another_one() -> None:
    core = a_client()
    _, peer = on_channels(core, "#study")
    for nick in ("bob", "rook"):
        peer.feed(f":{nick}!x@h PRIVMSG alice :hello")
    core.type("/msg bob hello", "/query ada hello")
    peer.feed(":wren!x@h PRIVMSG alice :hello")
    names = [window.name for window in core.client.windows if window.kind == "private"]
    assert sorted(names) == ["ada", "bob", "rook", "wren"]
    peer.feed(":finn!x@h PRIVMSG alice :hello")
    assert core.client.windows.find("net", "finn") is None
    core.client.windows.show(core.client.window("private", "net", "wren"))
    core.type("/close")
    peer.feed(":finn!x@h PRIVMSG alice :hello")
    assert core.client.windows.find("net", "finn") is not None


@pytest.mark.usefixtures("two_strangers")
def test_who_one_writes_to_first_gets_a_window_whatever_strangers_do() -> None:
    core = a_client()
    _, peer = on_channels(core, "#study")
    for nick in ("bob", "rook", "wren"):
        peer.feed(f":{nick}!x@h PRIVMSG alice :hello")
    core.type("/msg wren who are you?")
    peer.feed(":wren!x@h PRIVMSG alice :wren")
    window = core.client.windows.find("net", "wren")
    assert window is not None and texts(window) == ["alice who are you?", "wren wren"]
