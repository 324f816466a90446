"""The client on a terminal: the prompt stays whole, passwords stay hidden, the ends are orderly."""

import json
from collections.abc import Callable, Iterator

import pexpect
import pytest

from tests.test_terminal_client import CLIENT, ENVIRONMENT, SECONDS, FakeServer, JsonServer, Serve, irc_server, serving


@pytest.fixture
def serve() -> Iterator[Serve]:
    yield from serving()


@pytest.fixture
def terminal() -> Iterator[Callable[..., "pexpect.spawn[str]"]]:
    children: list[pexpect.spawn[str]] = []

    def start(server: FakeServer, *options: str, **environment: str) -> "pexpect.spawn[str]":
        arguments = [*CLIENT[1:], f"127.0.0.1:{server.port}", "--name", "bob", *options]
        environ = ENVIRONMENT | environment
        child = pexpect.spawn(
            CLIENT[0], arguments, env=environ, encoding="utf-8", timeout=SECONDS, dimensions=(30, 100)
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


Terminal = Callable[..., "pexpect.spawn[str]"]


def ends(child: "pexpect.spawn[str]") -> int | None:
    """The exit code."""
    child.expect(pexpect.EOF)
    child.wait()
    return child.exitstatus


def test_a_line_that_arrives_while_one_types_leaves_the_typed_text_whole(serve: Serve, terminal: Terminal) -> None:
    server = serve(irc_server)
    child = terminal(server, "--join", "#x", NO_COLOR="1")
    child.expect_exact("#x>")
    child.send("half a ")
    child.expect_exact("half a")
    server.send(":al!a@h PRIVMSG #x :meanwhile")
    child.expect_exact("#x <al> meanwhile")
    child.expect_exact("#x> half a")  # the prompt, drawn again below the new line with what was typed
    child.send("sentence\r")
    server.wait_for("PRIVMSG #x :half a sentence")
    child.expect_exact("#x <bob> half a sentence")
    child.send("/quit so long\r")
    assert ends(child) == 0
    assert server.heard[-1] == "QUIT :so long"


def test_a_control_sequence_of_a_stranger_is_shown_and_not_obeyed(serve: Serve, terminal: Terminal) -> None:
    server = serve(irc_server)
    child = terminal(server, "--join", "#x")
    child.expect_exact("#x>")
    server.send(":al!a@h PRIVMSG #x :\x1b]0;owned\x07")
    child.expect_exact("\\x1b]0;owned\\x07")
    child.sendeof()
    assert ends(child) == 0


def test_colours_are_used_on_a_terminal_unless_no_color_says_otherwise(serve: Serve, terminal: Terminal) -> None:
    for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        server = serve(irc_server)
        child = terminal(server, "--join", "#x", **environment)
        child.expect("#x")
        child.send("hello\r")
        child.expect(r"<([^\n<>]*)> hello")
        assert ("\x1b[" in str(child.after)) is coloured
        child.send("/quit\r")
        assert ends(child) == 0


def test_a_typed_password_is_not_echoed(serve: Serve, terminal: Terminal) -> None:
    server = serve(JsonServer())
    child = terminal(server, "--dialect", "json", "--register")
    child.expect_exact("Password of bob: ")
    child.waitnoecho()
    child.send("secret\r")
    child.expect_exact("The same again: ")
    child.send("secret\r")
    child.expect_exact("Connected as bob")
    child.expect_exact(">")
    child.send("/quit\r")
    assert ends(child) == 0
    assert json.loads(server.heard[0])["command"] == "NWUA" and "secret" in server.heard[0]


def test_a_nick_in_use_gets_an_underscore_on_a_terminal(serve: Serve, terminal: Terminal) -> None:
    server = serve(lambda line: [":s 433 * bob :in use"] if line == "NICK bob" else irc_server(line))
    child = terminal(server)
    child.expect_exact("trying bob_")
    server.wait_for("^NICK bob_$")
    child.sendeof()
    assert ends(child) == 0


def test_the_prompt_ends_when_the_server_closes(serve: Serve, terminal: Terminal) -> None:
    server = serve(lambda line: ["ERROR :restarting", "close"] if "bye" in line else irc_server(line))
    child = terminal(server, "--join", "#x")
    child.expect_exact("#x>")
    child.send("bye\r")
    child.expect_exact("The server closed the connection: restarting.")
    assert ends(child) == 1


def test_tab_completes_a_command_and_control_c_empties_the_line(serve: Serve, terminal: Terminal) -> None:
    server = serve(irc_server)
    child = terminal(server, "--join", "#x")
    child.expect_exact("#x>")
    child.send("never sent")
    child.expect_exact("never sent")
    child.sendintr()
    child.send("/top\t")
    child.expect_exact("/topic")
    child.send("new\r")
    server.wait_for("^TOPIC #x :new$")
    assert not any("never" in line for line in server.heard)
    child.send("/quit\r")
    assert ends(child) == 0
