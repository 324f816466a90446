"""The client's lab dialect without a network."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.dialects import Dialect, Identity, Unsupported
from terminal.dialects.json_ import Json
from terminal.dialects.lab import Lab
from terminal.events import (
    Channels,
    Fatal,
    Joined,
    JoinRefused,
    Left,
    Members,
    Present,
    Problem,
    Ready,
    Said,
    Step,
    Synchronised,
    TopicIs,
)


def lab(another_nick: bool = True) -> Lab:
    return Lab(Identity("bob", realname="Bob B", hostname="here", servername="a.server", another_nick=another_nick))


def test_one_line_says_everything() -> None:
    dialect = lab()
    assert dialect.start().lines == ["USER bob here a.server :Bob B"]
    text = "Welcome to the Internet Relay Network bob!bob@here"
    assert dialect.receive(f":a.server 001 :{text}").events == [Ready("bob", text)]


def test_a_nick_that_exists_gets_an_underscore_or_is_fatal_without_a_terminal() -> None:
    line = ":a.server 436 bob :Nickname collision KILL from bob@here"
    assert lab().receive(line).lines == ["USER bob_ here a.server :Bob B"]
    assert isinstance(lab(another_nick=False).receive(line).events[0], Fatal)


def test_the_topic_is_the_sign_of_a_join_and_names_are_asked_for() -> None:
    dialect = lab()
    assert dialect.join("#x", "key").lines == ["JOIN #x key"]
    step = dialect.receive(":a.server 331 #x :No topic is set")
    assert step == Step(["NAMES #x"], [Joined("bob", "#x", own=True), TopicIs("#x", "")])
    assert not dialect.receive(":a.server 353 #x :al bob").events
    assert dialect.receive(":a.server 366 :End of /NAMES list").events == [
        Members("#x", (Present("al"), Present("bob")))
    ]
    assert dialect.receive(":a.server 332 #x :later").events == [TopicIs("#x", "later")]


def test_a_join_with_the_wrong_key_is_refused() -> None:
    dialect = lab()
    dialect.join("#x")
    assert dialect.receive(":a.server 475 #x :Cannot join channel (+k)").events == [
        JoinRefused("#x", "Cannot join channel (+k)")
    ]


def test_leaving_is_shown_at_once_as_nothing_confirms_it() -> None:
    dialect = lab()
    dialect.join("#x")
    dialect.receive(":a.server 331 #x :No topic is set")
    assert dialect.part("#x") == Step(["PART #x"], [Left("bob", "#x", own=True)])
    assert dialect.part("#x") == Step(["PART #x"])
    assert dialect.receive(":a.server 442 #x :You're not on that channel").events == [
        Problem("#x: You're not on that channel")
    ]


def test_everything_is_known_to_be_handled_when_a_channel_that_is_not_there_is_reported() -> None:
    dialect = lab()
    assert dialect.synchronise("parley-sync-1").lines == ["NAMES #parley-sync-1"]
    assert dialect.receive(":a.server 403 #parley-sync-1 :No such channel").events == [Synchronised("parley-sync-1")]
    dialect.synchronise("parley-sync-2")
    dialect.receive(":a.server 353 #parley-sync-2 :joker")
    assert dialect.receive(":a.server 366 :End of /NAMES list").events == [Synchronised("parley-sync-2")]


def test_the_list_of_channels_comes_from_names_of_everything() -> None:
    dialect = lab()
    assert dialect.channels().lines == ["NAMES"]
    dialect.receive(":a.server 353 #x :al bob")
    dialect.receive(":a.server 353 * :cy")
    assert dialect.receive(":a.server 366 :End of /NAMES list").events == [Channels((("#x", "2", ""),))]


def test_messages_have_bare_nicks() -> None:
    dialect = lab()
    assert dialect.receive(":al PRIVMSG #x :hi").events == [Said("al", "#x", "hi")]
    assert dialect.receive(":al PRIVMSG bob :hi").events == [Said("al", "bob", "hi", private=True)]
    assert dialect.receive(":al TOPIC #x :new").events == [TopicIs("#x", "new", "al")]
    assert dialect.receive(":al QUIT :bye").events == [Left("al", "", "bye", "quit")]
    assert dialect.say("#x", "hi") == Step(["PRIVMSG #x :hi"], [Said("bob", "#x", "hi", own=True)])
    assert all(len(f":bob {line}\r\n") <= 512 for line in dialect.say("#x", "x" * 2000).lines)


@pytest.mark.parametrize("dialect", [lab(), Json(Identity("bob"))], ids=["lab", "json"])
def test_what_a_dialect_does_not_have_is_said_in_a_sentence(dialect: Dialect) -> None:
    actions: list[tuple[str, Callable[[], Step]]] = [
        ("notice", lambda: dialect.notice("al", "hi")),
        ("mode", lambda: dialect.mode("#x", "+t")),
        ("oper", lambda: dialect.oper("root", "secret")),
        ("ctcp", lambda: dialect.ctcp("al", "VERSION")),
        ("who", lambda: dialect.who("#x")),
        ("motd", lambda: dialect.server_information("motd")),
    ]
    for command, act in actions:
        with pytest.raises(Unsupported, match=f"^{dialect.title} has no /{command}[.]$"):
            act()
    assert dialect.typing("#x", True) == dialect.refresh("#x") == dialect.nick_wanted() == Step()


def test_several_lines_go_one_by_one_and_blank_ones_not_at_all() -> None:
    assert lab().say_lines("#x", ["one", "", "two"]).lines == ["PRIVMSG #x :one", "PRIVMSG #x :two"]


_WORDS = st.sampled_from(["001", "331", "332", "353", "366", "403", "436", "475", "#x", ":", ":al", "PRIVMSG", "KICK",
                          "TOPIC", "QUIT", "bob"])  # fmt: skip


@given(st.lists(st.one_of(st.text(max_size=40), st.lists(_WORDS, max_size=5).map(" ".join)), max_size=10))
def test_no_line_of_a_server_makes_it_fail(lines: list[str]) -> None:
    dialect = lab()
    dialect.join("#x")
    dialect.members("#x")
    for line in lines:
        dialect.receive(line)
