"""Plain lines at a keyboard and in a pipe: who comes and goes in one line, several windows, several servers."""

import os
import pty
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from terminal.plain.conversation import Questions
from terminal.plain.printing import PAUSE_SECONDS, Printer
from terminal.plain.typed import echo
from terminal.sessions.session import Session
from terminal.text.paint import Paint
from tests.terminal_core import Core, FakeConnection, a_client
from tests.test_terminal_client import Serve, irc_server, script, serving


@pytest.fixture
def serve() -> Iterator[Serve]:
    yield from serving()


class Keyboard:
    """A client at a keyboard and what it prints, without times; alice is on #study with bob."""

    def __init__(self, is_typed: bool = True, **settings: Any) -> None:
        self.core: Core = a_client(times="", **settings)
        self.core.client.interactive = is_typed
        self.out: list[str] = []
        Printer(self.core.client, self.out.append, self.out.append, Paint(False), is_typed)
        self.session, self.peer = self.join("net")
        self.out.clear()

    def join(self, name: str) -> tuple[Session, FakeConnection]:
        session, peer = self.core.online(name)
        self.core.client.windows.show(session.window)
        self.core.type("/join #study")
        peer.feed(":alice!a@h JOIN #study", ":s 353 alice = #study :alice @bob", ":s 366 alice #study :End")
        return session, peer

    def hear(self, *lines: str) -> list[str]:
        """What is printed at once because of these lines."""
        self.out.clear()
        self.peer.feed(*lines)
        return self.out

    def later(self) -> list[str]:
        """What is printed a moment later."""
        self.out.clear()
        self.core.pass_time(PAUSE_SECONDS)
        return self.out

    def type(self, *lines: str) -> list[str]:
        """What is printed because of these lines."""
        self.out.clear()
        self.core.type(*lines)
        return self.out


def joins(*nicks: str, channel: str = "#study") -> list[str]:
    return [f":{nick}!x@h JOIN {channel}" for nick in nicks]


def test_many_who_come_and_go_are_one_line_a_moment_later() -> None:
    keyboard = Keyboard()
    assert keyboard.hear(*joins("wren", "rook", "ada"), ":rook!x@h QUIT :gone", ":ada!x@h PART #study") == []
    assert keyboard.later() == ["#study: wren, rook, ada joined; ada left; rook quit"]
    keyboard.hear(*joins(*(f"nick{number}" for number in range(9))))
    assert keyboard.later() == ["#study: nick0, nick1, nick2, nick3, nick4 and 4 more joined"]


def test_one_alone_is_told_as_ever() -> None:
    keyboard = Keyboard()
    assert keyboard.hear(*joins("wren")) == []
    assert keyboard.later() == ["#study: wren joined"]


def test_what_is_said_meanwhile_comes_after_who_came() -> None:
    keyboard = Keyboard()
    assert keyboard.hear(*joins("wren", "rook"), ":wren!x@h PRIVMSG #study :hi") == [
        "#study: wren, rook joined",
        "#study <wren> hi",
    ]
    assert keyboard.later() == []


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"noise": "show"}, ["#study: wren joined", "#study: rook joined"]),
        ({"noise": "hide"}, []),
        ({"noise": "show", "noise_in": {"#study": "hide"}}, []),
    ],
    ids=str,
)
def test_who_comes_and_goes_is_told_as_the_setting_says(settings: dict[str, Any], told: list[str]) -> None:
    keyboard = Keyboard(**settings)
    assert keyboard.hear(*joins("wren", "rook")) == told
    assert keyboard.later() == []


def test_a_pipe_gets_a_line_for_each() -> None:
    keyboard = Keyboard(is_typed=False)
    assert keyboard.hear(*joins("wren", "rook")) == ["#study: wren joined", "#study: rook joined"]


def test_a_channel_that_was_entered_is_named_with_its_members() -> None:
    keyboard = Keyboard()
    keyboard.type("/join #lab")
    assert keyboard.hear(":alice!a@h JOIN #lab") == ["#lab: alice joined"]
    assert keyboard.hear(":s 353 alice = #lab :alice bob wren", ":s 366 alice #lab :End") == [
        "- Now in #lab (3 members)."
    ]
    assert keyboard.later() == []


def test_an_empty_channel_is_named_a_moment_later() -> None:
    keyboard = Keyboard()
    keyboard.type("/join #lab")
    keyboard.hear(":alice!a@h JOIN #lab", ":s 353 alice = #lab :@alice", ":s 366 alice #lab :End")
    assert keyboard.later() == ["- Now in #lab (1 member)."]


def test_windows_are_switched_and_listed() -> None:
    keyboard = Keyboard()
    assert keyboard.type("/query wren") == ["- Now in the talk with wren."]
    keyboard.hear(":bob!x@h PRIVMSG #study :alice: look", ":bob!x@h PRIVMSG #study :and here")
    keyboard.hear(":rook!x@h PRIVMSG alice :psst")
    assert keyboard.type("/window") == [
        "- 1 net: server, 0 unread",
        "- 2 #study: 2 members, 2 unread, 1 mention",
        "- 3 wren: talk, current",
        "- 5 rook: talk, 1 unread",
        "- 4 mentions: all servers, 1 unread",
    ]
    assert keyboard.type("/window #study") == ["- Now in #study (2 members)."]
    assert keyboard.type("/window 5") == ["- Now in the talk with rook."]
    assert keyboard.type("/window net") == ["- Now in the window of the server net."]


def test_messages_of_other_windows_say_where_they_are_from() -> None:
    keyboard = Keyboard()
    assert keyboard.hear(":bob!x@h PRIVMSG #other :over here", ":rook!x@h PRIVMSG alice :psst") == [
        "#other <bob> over here",
        "[private] <rook> psst",
    ]


def test_with_several_servers_each_line_names_its_own() -> None:
    keyboard = Keyboard()
    keyboard.join("work")
    assert keyboard.hear(":bob!x@h PRIVMSG #study :hi", ":bob!x@h PRIVMSG alice :psst") == [
        "net/#study <bob> hi",
        "[private on net] <bob> psst",
    ]
    assert keyboard.hear(*joins("wren"), ":bob!x@h NOTICE alice :beware")[0] == "net/#study: wren joined"


def test_a_mention_rings_where_the_setting_wants_it() -> None:
    rung: list[str] = []
    for bell in ("mention", "off"):
        keyboard = Keyboard(bell=bell)
        keyboard.core.client.on_bell[:] = [lambda bell=bell: rung.append(bell)]  # type: ignore[misc]
        keyboard.core.client.windows.show(keyboard.session.window)
        keyboard.hear(":bob!x@h PRIVMSG #study :hi", ":bob!x@h PRIVMSG #study :alice: hi")
    assert rung == ["mention"]


def test_a_password_is_the_next_line_and_is_not_shown() -> None:
    keyboard = Keyboard()
    shown: list[bool] = []
    answers: list[str | None] = []
    questions = Questions(keyboard.core.client, lambda on: shown.append(on) or True)  # type: ignore[func-returns-value]
    assert not questions.take("hello")
    keyboard.out.clear()
    for what in ("alice", "the server"):
        assert keyboard.core.client.ask_password(what, answers.append)
    assert keyboard.out == ["- Password of alice, which is not shown while you type; an empty line for none:"]
    assert shown == [False] and questions.take("secret") and answers == ["secret"]
    assert keyboard.out[1].startswith("- Password of the server,") and shown == [False, True, False]
    assert questions.take("") and answers == ["secret", None] and shown[-1]
    assert not questions.take("hello")


def test_where_nothing_can_be_typed_unseen_no_password_is_asked_for() -> None:
    keyboard = Keyboard()
    answers: list[str | None] = []
    questions = Questions(keyboard.core.client, lambda on: False)
    keyboard.core.client.ask_password("alice", answers.append)
    assert answers == [None] and "PARLEY_PASSWORD" in keyboard.out[-1] and not questions.take("hello")


def test_the_echo_of_a_terminal_is_switched() -> None:
    outer, inner = pty.openpty()
    try:
        for on in (False, True):
            assert echo(on, inner) and bool(termios.tcgetattr(inner)[3] & termios.ECHO) is on
    finally:
        os.close(inner)
        os.close(outer)
    with Path(os.devnull).open() as nothing:
        assert not echo(False, nothing.fileno())


def test_a_long_pipe_waits_for_answers_and_for_nothing_else(serve: Serve) -> None:
    server = serve(irc_server)
    lines = "".join(f"line {number}\n" for number in range(2000))
    done = script(server, lines, "--join", "#x")
    assert (done.returncode, done.stderr) == (0, "")
    assert sum(line.startswith("PRIVMSG") for line in server.heard) == 2000
    assert done.stdout.splitlines()[-1] == "#x <bob> line 1999"


def test_a_pipe_speaks_in_several_windows(serve: Serve) -> None:
    server = serve(irc_server)
    done = script(server, "/join #y\nin y\n/join #x\nin x\n/query al\nto al\n/window #y\nin y again\n", "--join", "#x")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in server.heard if line.startswith("PRIVMSG")] == [
        "PRIVMSG #y :in y", "PRIVMSG #x :in x", "PRIVMSG al :to al", "PRIVMSG #y :in y again",
    ]  # fmt: skip


@pytest.mark.parametrize("is_typed", [True, False])
def test_a_message_that_was_taken_back_is_told(is_typed: bool) -> None:
    keyboard = Keyboard(is_typed)
    keyboard.peer.feed("@msgid=m1 :bob!b@h PRIVMSG #study :nonsense", ":ada!a@h REDACT #study m1 :manners")
    assert keyboard.out[-2:] == ["#study <bob> nonsense", "#study: bob (taken back by ada: manners)"]
    keyboard.peer.feed(":ada!a@h REDACT #study unknown :manners")
    assert len(keyboard.out) == 2
