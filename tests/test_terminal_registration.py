"""The opening of an IRC connection: capabilities, login, and a server that knows neither."""

import base64
from typing import Any

import pytest

from terminal.dialects import Identity
from terminal.dialects.irc import Irc
from terminal.events import Fatal, Ready, Step


def irc(**identity: Any) -> Irc:
    return Irc(Identity(**{"nick": "bob", **identity}))


def test_the_opening_works_with_a_server_that_has_never_heard_of_cap() -> None:
    dialect = irc(realname="Bob B")
    assert dialect.start().lines == ["CAP LS 302", "NICK bob", "USER bob 0 * :Bob B"]
    assert dialect.receive(":s 421 * CAP :Unknown command") == Step()
    step = dialect.receive(":s 001 bob :Welcome")
    assert list(step.events) == [Ready("bob", "Welcome")] and not step.lines and dialect.ready


def test_only_what_is_offered_is_asked_for_and_then_the_negotiation_ends() -> None:
    dialect = irc()
    dialect.start()
    assert not dialect.receive(":s CAP * LS * :server-time batch").lines
    assert dialect.receive(":s CAP * LS :message-tags sasl=PLAIN").lines == ["CAP REQ :batch message-tags server-time"]
    assert dialect.receive(":s CAP * ACK :message-tags server-time ").lines == ["CAP END"]


def test_a_server_without_any_wanted_capability_or_one_that_refuses_gets_cap_end() -> None:
    assert irc().receive(":s CAP * LS :").lines == ["CAP END"]
    dialect = irc()
    dialect.receive(":s CAP * LS :server-time")
    assert dialect.receive(":s CAP * NAK :server-time").lines == ["CAP END"]


def test_a_login_with_sasl_plain_comes_before_the_end_of_the_negotiation() -> None:
    dialect = irc(password="secret", server_password="open sesame")
    assert dialect.start().lines[1] == "PASS :open sesame"
    assert dialect.receive(":s CAP * LS :sasl=EXTERNAL,PLAIN server-time").lines == [
        "CAP REQ :server-time", "CAP REQ :sasl",
    ]  # fmt: skip
    assert not dialect.receive(":s CAP * ACK :server-time").lines
    assert dialect.receive(":s CAP * ACK :sasl").lines == ["AUTHENTICATE PLAIN"]
    credentials = base64.b64encode(b"\0bob\0secret").decode()
    assert dialect.receive("AUTHENTICATE +").lines == [f"AUTHENTICATE {credentials}"]
    assert dialect.receive(":s 900 * bob!*@* bob :You are now logged in as bob").events
    assert dialect.receive(":s 903 * :done").lines == ["CAP END"]
    assert dialect.receive(":s 001 bob :Welcome").events == [Ready("bob", "Welcome")]


def test_a_password_of_exactly_one_piece_is_ended_by_a_plus() -> None:
    dialect = irc(password="x" * (300 - len("\0bob\0")))
    dialect.receive(":s CAP * LS :sasl")
    dialect.receive(":s CAP * ACK :sasl")
    pieces = dialect.receive("AUTHENTICATE +").lines
    assert [len(piece.split()[1]) for piece in pieces] == [400, 1]


@pytest.mark.parametrize(
    "lines",
    [
        [":s CAP * LS :sasl", ":s CAP * ACK :sasl", "AUTHENTICATE +", ":s 904 * :SASL authentication failed"],
        [":s CAP * LS :server-time", ":s CAP * ACK :server-time"],
        [":s CAP * LS :sasl=EXTERNAL", ":s CAP * ACK :sasl"],
        [":s 001 bob :Welcome"],
    ],
    ids=["wrong password", "no sasl", "no PLAIN", "no CAP at all"],
)
def test_a_login_that_cannot_succeed_ends_the_connection(lines: list[str]) -> None:
    dialect = irc(password="wrong")
    events = [event for line in lines for event in dialect.receive(line).events]
    assert isinstance(events[-1], Fatal) and events[-1].cause == "identity"
