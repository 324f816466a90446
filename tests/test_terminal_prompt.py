"""The client on a terminal without a screen: lines one below the other, hidden passwords, orderly ends."""

import json
from collections.abc import Callable, Iterator

import pexpect
import pytest

from tests.test_terminal_client import CLIENT, ENVIRONMENT, SECONDS, FakeServer, JsonServer, Serve, irc_server, serving

Terminal = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def serve() -> Iterator[Serve]:
    yield from serving()


@pytest.fixture
def typing() -> Iterator[Terminal]:
    """Starts the client with --plain at a keyboard; without a server, and with options only, as one would type it."""
    children: list[pexpect.spawn[str]] = []

    def start(server: FakeServer | None, *options: str, **environment: str) -> "pexpect.spawn[str]":
        address = [f"127.0.0.1:{server.port}", "--name", "bob"] if server else []
        arguments = [*CLIENT[1:], *address, *options]
        if environment.get("TERM") != "dumb":
            arguments.append("--plain")
        child: pexpect.spawn[str] = pexpect.spawn(
            CLIENT[0], arguments, env=ENVIRONMENT | environment, encoding="utf-8", timeout=SECONDS,
            dimensions=(30, 100),
        )  # fmt: skip
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def ends(child: "pexpect.spawn[str]") -> int | None:
    """The exit code."""
    child.expect(pexpect.EOF)
    child.wait()
    return None if child.exitstatus is None else int(child.exitstatus)


def test_a_line_that_arrives_while_one_types_leaves_the_typed_text_whole(serve: Serve, typing: Terminal) -> None:
    server = serve(irc_server)
    child = typing(server, "--join", "#x", NO_COLOR="1")
    child.expect_exact("Now in #x (1 member).")
    child.send("half a ")
    child.expect_exact("half a")
    server.send(":al!a@h PRIVMSG #x :meanwhile")
    child.expect_exact("#x <al> meanwhile")
    child.send("sentence\r")
    server.wait_for("PRIVMSG #x :half a sentence")
    child.expect_exact("#x <bob> half a sentence")
    child.send("/quit so long\r")
    assert ends(child) == 0
    assert server.heard[-1] == "QUIT :so long"


def test_a_control_sequence_of_a_stranger_is_shown_and_not_obeyed(serve: Serve, typing: Terminal) -> None:
    server = serve(irc_server)
    child = typing(server, "--join", "#x")
    child.expect_exact("Now in #x")
    server.send(":al!a@h PRIVMSG #x :\x1b]0;owned\x07")
    child.expect_exact("\\x1b]0;owned\\x07")
    child.sendeof()
    assert ends(child) == 0


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["colours", "NO_COLOR", "dumb"],
)
def test_colours_are_used_unless_somebody_or_the_terminal_says_otherwise(
    serve: Serve, typing: Terminal, environment: dict[str, str], coloured: bool
) -> None:
    server = serve(irc_server)
    child = typing(server, "--join", "#x", **environment)
    child.expect_exact("Now in #x")
    child.send("hello\r")
    child.expect(r"<([^\n<>]*)> hello")
    assert ("\x1b[" in str(child.after)) is coloured
    child.send("/quit\r")
    assert ends(child) == 0


def test_nothing_but_lines_and_colours_reaches_the_terminal(serve: Serve, typing: Terminal) -> None:
    server = serve(irc_server)
    child = typing(server, "--join", "#x", NO_COLOR="1", TERM="xterm-256color")
    child.expect_exact("Now in #x")
    written = str(child.before)
    child.send("/quit\r")
    assert ends(child) == 0
    assert "\x1b" not in written + str(child.before)


def test_a_typed_password_is_not_echoed(serve: Serve, typing: Terminal) -> None:
    server = serve(JsonServer())
    child = typing(server, "--dialect", "json", "--register")
    child.expect_exact("Password of bob: ")
    child.waitnoecho()
    child.send("secret\r")
    child.expect_exact("The same again: ")
    child.send("secret\r")
    child.expect_exact("Connected as bob")
    assert "secret" not in str(child.before)
    child.send("/quit\r")
    assert ends(child) == 0
    assert json.loads(server.heard[0])["command"] == "NWUA" and "secret" in server.heard[0]


def test_a_nick_in_use_gets_an_underscore_on_a_terminal(serve: Serve, typing: Terminal) -> None:
    server = serve(lambda line: [":s 433 * bob :in use"] if line == "NICK bob" else irc_server(line))
    child = typing(server)
    child.expect_exact("trying bob_")
    server.wait_for("^NICK bob_$")
    child.sendeof()
    assert ends(child) == 0


def test_without_reconnecting_the_client_ends_when_the_server_closes(serve: Serve, typing: Terminal) -> None:
    server = serve(lambda line: ["ERROR :restarting", "close"] if "bye" in line else irc_server(line))
    child = typing(server, "--join", "#x", "--no-reconnect")
    child.expect_exact("Now in #x")
    child.send("bye\r")
    child.expect_exact("The server closed the connection: restarting.")
    assert ends(child) == 1


def test_a_lost_connection_is_made_again(serve: Serve, typing: Terminal) -> None:
    server = serve(lambda line: ["ERROR :restarting", "close"] if "bye" in line else irc_server(line))
    child = typing(server, "--join", "#x")
    child.expect_exact("Now in #x")
    child.send("bye\r")
    child.expect_exact("The server closed the connection: restarting.")
    child.expect(r"Connecting again in \d+ s")
    child.sendeof()
    ends(child)


def test_control_c_says_goodbye_and_is_exit_code_130(serve: Serve, typing: Terminal) -> None:
    server = serve(irc_server)
    child = typing(server, "--join", "#x")
    child.expect_exact("Now in #x")
    child.send("never sent")
    child.expect_exact("never sent")
    child.sendintr()
    assert ends(child) == 130
    assert server.heard[-1] == "QUIT" and not any("never" in line for line in server.heard)


def test_without_an_address_the_client_asks_where_to_and_as_whom(serve: Serve, typing: Terminal) -> None:
    server = serve(irc_server)
    child = typing(None)
    for question, answer in [
        ("Server", "a b"), ("Server", f"127.0.0.1:{server.port}"), ("Name", "two words"), ("Name", "bob"),
        ("Dialect", "latin"), ("Dialect", ""), ("Channel", "#x"),
    ]:  # fmt: skip
        child.expect(rf"{question}.* \[.*\]: ")
        child.send(answer + "\r")
    child.expect_exact("Now in #x")
    child.send("/quit\r")
    assert ends(child) == 0
    assert "NICK bob" in server.heard and "JOIN #x" in server.heard
