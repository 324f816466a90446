"""Whose lines are not shown: who is meant, and what of them is left."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.names import fold
from terminal.model.ignoring import is_ignored
from terminal.sessions.session import Session
from tests.terminal_core import Core, FakeConnection, a_client, texts


def on_study(*ignored: str) -> tuple[Core, Session, FakeConnection]:
    """A client on #study with bob, who is somewhere at evil.test."""
    core = a_client(ignore=ignored)
    session, peer = core.online()
    core.type("/join #study")
    peer.feed(":alice!a@h JOIN #study", ":irc.test 353 alice = #study :alice @bob", ":irc.test 366 alice #study :End")
    peer.take()
    return core, session, peer


def study(core: Core) -> list[str]:
    window = core.client.windows.find("net", "#study")
    assert window is not None
    return texts(window)


@pytest.mark.parametrize(
    ("entry", "mask", "fits"),
    [
        ("bob", "bob!b@evil.test", True),
        ("bob", "Bob", True),
        ("bob", "bobby!b@evil.test", False),
        ("bob*", "bobby", True),
        ("*!*@*.test", "bob!b@evil.test", True),
        ("*!*@*.test", "bob", False),
        ("bob!*@*", "bob", True),
        ("b@evil.test", "bob!b@evil.test", True),
        ("evil.test", "bob!b@evil.test", True),
        ("evil.test", "evil.test", True),
        ("b?b", "bob", True),
        ("[b]", "{b}!x@y", False),
    ],
)
def test_an_entry_is_a_nick_or_a_mask(entry: str, mask: str, fits: bool) -> None:
    assert is_ignored([entry], mask) is fits


@pytest.mark.parametrize("entry", ["bob", "*!*@evil.test"])
def test_what_an_ignored_person_does_is_neither_shown_nor_counted(entry: str) -> None:
    core, session, peer = on_study(entry)
    logged: list[str] = []
    core.client.on_line.append(lambda window, line: logged.append(line.text))
    core.client.windows.show(session.window)
    peer.feed(
        ":bob!b@evil.test PRIVMSG #study :alice: look",
        ":bob!b@evil.test NOTICE #study :here",
        ":bob!b@evil.test PRIVMSG #study :\x01ACTION waves\x01",
        ":bob!b@evil.test PRIVMSG alice :psst",
        ":bob!b@evil.test INVITE alice :#trap",
        ":bob!b@evil.test PART #study :bye",
        ":bob!b@evil.test JOIN #study",
    )
    assert study(core) == ["alice joined"]
    assert [(window.name, window.unread, window.mentions) for window in core.client.windows] == [
        ("net", 0, 0),
        ("#study", 0, 0),
    ]
    assert logged == []


def test_an_ignored_person_stays_in_the_list_and_in_what_matters_to_the_channel() -> None:
    core, _, peer = on_study("bob")
    peer.feed(":bob!b@evil.test MODE #study +v alice", ":bob!b@evil.test KICK #study wren :out")
    window = core.client.windows.find("net", "#study")
    assert window is not None
    assert "bob" in window.members
    assert study(core) == ["alice joined", "bob sets mode +v alice", "wren was kicked by bob (out)"]


def test_others_are_shown() -> None:
    core, _, peer = on_study("bob")
    peer.feed(":wren!w@h PRIVMSG #study :bob is loud")
    assert study(core)[-1] == "wren bob is loud"


def test_nobody_ignores_oneself() -> None:
    core, _, peer = on_study("*")
    core.type("hello")
    assert peer.take() == ["PRIVMSG #study :hello"]
    assert study(core)[-1] == "alice hello"


def test_questions_of_an_ignored_program_get_no_answer() -> None:
    core, _, peer = on_study("bob")
    peer.feed(":bob!b@evil.test PRIVMSG alice :\x01VERSION\x01", ":wren!w@h PRIVMSG alice :\x01PING 12\x01")
    assert peer.take() == ["NOTICE wren :\x01PING 12\x01"]
    assert study(core)[-1] == "wren asks whether your client answers (CTCP PING)."


def test_ignoring_begins_and_ends_at_once() -> None:
    core, _, peer = on_study()
    core.type("/ignore", "/ignore bob *!*@*.example.org", "/ignore")
    peer.feed(":bob!b@evil.test PRIVMSG #study :one")
    core.type("/unignore bob", "/unignore bob")
    peer.feed(":bob!b@evil.test PRIVMSG #study :two")
    assert study(core)[1:] == [
        "Nobody is ignored.",
        "ignore = bob, *!*@*.example.org (until the end of this client)",
        "Ignored: bob, *!*@*.example.org.",
        "ignore = *!*@*.example.org (until the end of this client)",
        "bob was not ignored.",
        "bob two",
    ]


def test_history_of_an_ignored_host_is_not_shown_either() -> None:
    core = a_client(ignore=("*!*@evil.test",))
    session = core.session()
    session.connect()
    peer = core.network.connection
    peer.accept()
    capabilities = "batch draft/chathistory message-tags server-time"
    peer.feed(f":irc.test CAP * LS :{capabilities}", f":irc.test CAP alice ACK :{capabilities}")
    peer.feed(":irc.test 001 alice :Welcome", ":irc.test 422 alice :No MOTD", ":alice!a@h JOIN #study")
    peer.feed(
        ":irc.test BATCH +1 chathistory #study",
        "@batch=1;time=2026-03-04T10:00:00.000Z :bob!b@evil.test PRIVMSG #study :bad",
        "@batch=1;time=2026-03-04T10:00:01.000Z :wren!w@h PRIVMSG #study :good",
        ":irc.test BATCH -1",
    )
    assert "wren good" in study(core)
    assert "bob bad" not in study(core)


NICKS = st.text(string.ascii_letters + "[]\\\\^_{}|`", min_size=1, max_size=9)


@given(NICKS, NICKS)
def test_a_nick_fits_itself_and_no_other(nick: str, other: str) -> None:
    assert is_ignored([nick], nick)
    assert is_ignored([nick], f"{nick}!user@host.test")
    assert is_ignored([nick], f"{other}!{nick}@{nick}") is (fold(nick) == fold(other))
