"""The client's side of SASL: against the server's side, published messages, and servers that cheat."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chat.storage.passwords import credentials_of, scram_keys
from protocol.sasl import Exchange, SaslError, ScramClient, ScramServer, pieces
from terminal.dialects import Identity
from terminal.dialects.irc import Irc
from terminal.dialects.json_ import Json
from terminal.dialects.login import mechanisms
from terminal.events import Fatal, Notice, Step

SERVER_NONCE = "S9xW4pLr8vNa"


@pytest.mark.parametrize(
    ("user", "password", "salt", "nonces", "proof", "signature"),
    [
        ("user", "pencil", "W22ZaJ0SNY7soEsUEjb6gQ==", ("rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"),
         "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
        ("wren", "twig and moss", "AAECAwQFBgcICQoLDA0ODw==", ("c7Hk2mQ0ZtYb", SERVER_NONCE),
         "AXtwBhffSZ5CLf+VKQO1XC8CsTjsLQwdHA0nqlmYsgk=", b"v=cXLTPLtrQU2rgOhOhbqTnh7u5llxFsDnqz9WSrDRs3s="),
    ],
    ids=["RFC 7677", "wren"],
)  # fmt: skip
def test_scram_gives_the_published_messages(
    user: str, password: str, salt: str, nonces: tuple[str, str], proof: str, signature: bytes
) -> None:
    client = ScramClient(user, password, nonces[0])
    assert client.first == f"n,,n={user},r={nonces[0]}".encode()
    nonce = "".join(nonces)
    assert client.final(f"r={nonce},s={salt},i=4096".encode()) == f"c=biws,r={nonce},p={proof}".encode()
    client.verify(signature)
    assert client.is_verified


@pytest.mark.parametrize(
    ("challenge", "why"),
    [
        (b"r=abcdef,s=AAAA", "not r=, s= and i="),
        (b"m=x,r=abcdef,s=AAAA,i=4096", "not r=, s= and i="),
        (b"r=abc,s=AAAA,i=4096", "a nonce that is not made of ours"),
        (b"r=xyzabc,s=AAAA,i=4096", "a nonce that is not made of ours"),
        (b"r=abcdef,s=AAAA,i=1", "not between 4096 and 1000000 iterations"),
        (b"r=abcdef,s=AAAA,i=99999999", "not between 4096 and 1000000 iterations"),
        (b"r=abcdef,s=AAAA,i=" + b"9" * 5000, "not between 4096 and 1000000 iterations"),
        (b"r=abcdef,s=!,i=4096", "no base64"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_challenge_that_is_none_is_refused(challenge: bytes, why: str) -> None:
    with pytest.raises(SaslError, match=why):
        ScramClient("wren", "secret", "abc").final(challenge)


def test_a_server_that_does_not_know_the_password_is_found_out() -> None:
    client = ScramClient("wren", "secret", "abc")
    client.final(b"r=abcdef,s=AAAA,i=4096")
    for message in (b"v=" + base64.b64encode(b"x" * 32), b"e=other-error", b"v=!"):
        with pytest.raises(SaslError):
            client.verify(message)
    assert not client.is_verified


def irc(**identity: Any) -> Irc:
    dialect = Irc(Identity(**{"nick": "wren", "password": "twig and moss", **identity}))
    dialect.start()
    dialect.receive(":s CAP * LS :sasl=EXTERNAL,PLAIN,SCRAM-SHA-256")
    return dialect


def server_side(account: str, password: str) -> Callable[[str], list[str]]:
    """The server: an AUTHENTICATE argument of the client in, lines of the server out."""
    exchange, server = Exchange("SCRAM-SHA-256"), list[ScramServer]()

    def answer(argument: str) -> list[str]:
        message = exchange.feed(argument)
        if message is None:
            return []
        if not server:
            server.append(ScramServer(message, SERVER_NONCE))
            assert server[0].account == account
            reply = server[0].challenge(credentials_of(account, scram_keys(password)))
        elif server[0].is_proved:
            return [f":s 900 {account} {account}!u@h {account} :You are now logged in", f":s 903 {account} :done"]
        else:
            try:
                reply = server[0].signature(message)
            except SaslError:
                return [f":s 904 {account} :SASL authentication failed"]
        return [f"AUTHENTICATE {piece}" for piece in pieces(reply)]

    return answer


def conversation(dialect: Irc, server: Callable[[str], list[str]]) -> Step:
    """What the client does after the last line of a whole login."""
    step = dialect.receive("AUTHENTICATE +")
    while step.lines and step.lines[0].startswith("AUTHENTICATE") and " SCRAM" not in step.lines[0]:
        received = [line for sent in step.lines for line in server(sent.split()[1])]
        steps = [dialect.receive(line) for line in received]
        step = Step([line for one in steps for line in one.lines], [event for one in steps for event in one.events])
        if step.lines[:1] == ["AUTHENTICATE PLAIN"]:
            break
    return step


@pytest.mark.parametrize("account", ["wren", "a,b=c", "x" * 500])
def test_a_login_with_scram_against_the_server_side(account: str) -> None:
    dialect = irc(account=account)
    assert dialect.receive(":s CAP * ACK :sasl").lines == ["AUTHENTICATE SCRAM-SHA-256"]
    step = conversation(dialect, server_side(account, "twig and moss"))
    assert step.lines == ["CAP END"] and dialect.registration.logged_in
    assert dialect.machine.state == "registering"


def test_a_wrong_password_is_tried_with_plain_as_well_and_then_ends_the_connection() -> None:
    dialect = irc(password="wrong")
    dialect.receive(":s CAP * ACK :sasl")
    assert conversation(dialect, server_side("wren", "twig and moss")).lines == ["AUTHENTICATE PLAIN"]
    dialect.receive("AUTHENTICATE +")
    [event] = dialect.receive(":s 904 wren :SASL authentication failed").events
    assert event == Fatal("The server refused the login of wren: SASL authentication failed.", "identity")


def test_a_success_without_the_servers_proof_is_no_success() -> None:
    dialect = irc()
    dialect.receive(":s CAP * ACK :sasl")
    dialect.receive("AUTHENTICATE +")
    [event] = dialect.receive(":s 903 wren :done").events
    assert isinstance(event, Fatal) and "has not proved" in event.text and not dialect.registration.logged_in


def test_a_challenge_that_is_none_aborts() -> None:
    dialect = irc()
    dialect.receive(":s CAP * ACK :sasl")
    dialect.receive("AUTHENTICATE +")
    step = dialect.receive("AUTHENTICATE " + base64.b64encode(b"r=other,s=AAAA,i=4096").decode())
    assert step.lines == ["AUTHENTICATE *"] and isinstance(step.events[0], Fatal)


def test_plain_is_not_sent_where_others_can_read_it_unless_one_insists() -> None:
    dialect = irc(login="plain", clear_to="chat.example.org")
    step = dialect.receive(":s CAP * ACK :sasl")
    assert not step.lines
    assert step.events == [
        Fatal(
            "The password of wren was not sent: without TLS everybody on the way to chat.example.org could read it. "
            "Connect with TLS, or use SCRAM; plain_over_clear sends it all the same.",
            "identity",
        )
    ]
    dialect = irc(login="plain", clear_to="chat.example.org", plain_over_clear=True)
    assert dialect.receive(":s CAP * ACK :sasl").lines == ["AUTHENTICATE PLAIN"]


def test_the_password_of_a_server_is_not_sent_in_the_clear_either() -> None:
    refused = Irc(Identity("wren", server_password="sesame", clear_to="chat.example.org")).start()
    assert not refused.lines and [type(event) for event in refused.events] == [Fatal]
    insists = Identity("wren", server_password="sesame", clear_to="chat.example.org", plain_over_clear=True)
    assert "PASS :sesame" in Irc(insists).start().lines


@pytest.mark.parametrize("register", [False, True])
def test_the_password_of_json_is_not_sent_in_the_clear_either(register: bool) -> None:
    identity = Identity("wren", password="pencil", register=register, clear_to="chat.example.org")
    refused = Json(identity).start()
    assert not refused.lines
    assert refused.events == [
        Fatal(
            "The password of wren was not sent: without TLS everybody on the way to chat.example.org could read it. "
            "Connect with TLS; plain_over_clear sends it all the same.",
            "identity",
        )
    ]
    assert len(Json(replace(identity, plain_over_clear=True)).start().lines) == 1


def test_a_failed_scram_does_not_give_the_password_away_over_a_clear_connection() -> None:
    dialect = irc(clear_to="chat.example.org")
    assert dialect.receive(":s CAP * ACK :sasl").lines == ["AUTHENTICATE SCRAM-SHA-256"]
    step = dialect.receive(":s 904 wren :SASL authentication failed")
    assert not step.lines and isinstance(step.events[0], Fatal)


def test_a_certificate_is_tried_first_and_its_failure_falls_back_to_the_password() -> None:
    dialect = irc(certificate=True)
    assert dialect.receive(":s CAP * ACK :sasl").lines == ["AUTHENTICATE EXTERNAL"]
    assert dialect.receive("AUTHENTICATE +").lines == ["AUTHENTICATE +"]
    assert dialect.receive(":s 904 wren :no such certificate").lines == ["AUTHENTICATE SCRAM-SHA-256"]


def test_a_certificate_that_nobody_knows_is_no_reason_to_stay_away() -> None:
    dialect = irc(certificate=True, password="")
    dialect.receive(":s CAP * ACK :sasl")
    step = dialect.receive(":s 904 wren :no such certificate")
    assert step.lines == ["CAP END"] and isinstance(step.events[0], Notice)
    assert dialect.machine.state == "registering"


@pytest.mark.parametrize(
    ("identity", "offered", "tried"),
    [
        ({"password": "x"}, "PLAIN,SCRAM-SHA-256", ["SCRAM-SHA-256", "PLAIN"]),
        ({"password": "x"}, "PLAIN", ["PLAIN"]),
        ({"password": "x"}, "", ["PLAIN"]),
        ({"password": "x", "login": "scram"}, "PLAIN", []),
        ({"password": "x", "login": "scram"}, "", ["SCRAM-SHA-256"]),
        ({"password": "x", "certificate": True}, "PLAIN,external", ["EXTERNAL", "PLAIN"]),
        ({"login": "external"}, "PLAIN,EXTERNAL", ["EXTERNAL"]),
        ({"certificate": True}, "", ["EXTERNAL"]),
    ],
)
def test_which_mechanisms_are_tried(identity: dict[str, Any], offered: str, tried: list[str]) -> None:
    assert mechanisms(Identity("wren", **identity), offered) == tried
