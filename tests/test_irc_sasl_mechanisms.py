"""SCRAM-SHA-256 and EXTERNAL by AUTHENTICATE, limits on failures, and PASS with an account (IRCv3 1.7)."""

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest

from protocol import limits
from tests.harness import IrcClient, ServerUnderTest, hashed
from tests.scram import ScramClient, encoded, plain

FAILED = ":parley.test 904 {} :SASL authentication failed"
SUCCESS = ":parley.test 903 {} :SASL authentication successful"
LOGGED_IN = ":parley.test 900 * *!*@127.0.0.1 {0} :You are now logged in as {0}"
CLOSED = "ERROR :Closing Link: 127.0.0.1 ({})"
FINGERPRINT = "ab" * 32


@pytest.fixture(autouse=True)
def _without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOGIN_DELAY_SECONDS", 0.0)


@pytest.fixture
def client(server: ServerUnderTest) -> Iterator[IrcClient]:
    """A connection with the sasl capability; there is an account Wren."""
    server.add_account("Wren")
    connection = server.connect()
    connection.ask("CAP REQ sasl")
    yield connection


def answer(line: str) -> bytes:
    """The payload of a line `AUTHENTICATE ...` from the server."""
    verb, payload = line.split(" ")
    assert verb == "AUTHENTICATE"
    return b"" if payload == "+" else base64.b64decode(payload, validate=True)


def scram(client: IrcClient, who: ScramClient) -> list[str]:
    """Runs the exchange up to the answer to the proof."""
    assert client.ask("AUTHENTICATE SCRAM-SHA-256") == ["AUTHENTICATE +"]
    (challenge,) = client.ask(f"AUTHENTICATE {encoded(who.first)}")
    return client.ask(f"AUTHENTICATE {encoded(who.final(answer(challenge)))}")


# --- SCRAM-SHA-256 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["n,,", "y,,", "n,a=WREN,"])
def test_scram_logs_in_after_the_server_has_proved_itself(client: IrcClient, header: str) -> None:
    who = ScramClient("wren", "secret", header=header)
    (signed,) = scram(client, who)
    assert answer(signed) == b"v=" + base64.b64encode(who.signature)
    assert client.ask("AUTHENTICATE +") == [LOGGED_IN.format("Wren"), SUCCESS.format("*")]


def test_scram_with_a_wrong_password_fails_at_the_proof_and_may_be_tried_again(client: IrcClient) -> None:
    assert scram(client, ScramClient("wren", "wrong")) == [FAILED.format("*")]
    scram(client, ScramClient("wren", "secret"))
    assert client.ask("AUTHENTICATE +")[-1] == SUCCESS.format("*")


def test_scram_shows_no_difference_for_a_name_that_nobody_has(client: IrcClient) -> None:
    challenges = []
    for _ in range(2):
        client.ask("AUTHENTICATE SCRAM-SHA-256")
        who = ScramClient("nobody", "secret")
        (challenge,) = client.ask(f"AUTHENTICATE {encoded(who.first)}")
        challenges.append(answer(challenge).decode().split(",s=")[1])
        assert client.ask(f"AUTHENTICATE {encoded(who.final(answer(challenge)))}") == [FAILED.format("*")]
    assert challenges[0] == challenges[1] and challenges[0].endswith(",i=4096")


def test_scram_fails_at_the_proof_for_an_account_without_keys(server: ServerUnderTest, client: IrcClient) -> None:
    account = server.network.find_account("wren")
    assert account is not None
    server.network.account_store.put(replace(account, secret=replace(account.secret, scram=None)))
    assert scram(client, ScramClient("wren", "secret")) == [FAILED.format("*")]


@pytest.mark.parametrize("first", ["n,,m=x,n=wren,r=abc", "p=tls-unique,,n=wren,r=abc", "n,a=rook,n=wren,r=abc", ""])
def test_scram_refuses_a_wrong_first_message(client: IrcClient, first: str) -> None:
    client.ask("AUTHENTICATE SCRAM-SHA-256")
    assert client.ask(f"AUTHENTICATE {encoded(first)}") == [FAILED.format("*")]
    assert client.ask("AUTHENTICATE PLAIN") == ["AUTHENTICATE +"]


def test_scram_ends_with_an_empty_message_or_not_at_all(client: IrcClient) -> None:
    scram(client, ScramClient("wren", "secret"))
    assert client.ask("AUTHENTICATE AAAA") == [FAILED.format("*")]


def test_a_long_challenge_comes_in_pieces(client: IrcClient) -> None:
    who = ScramClient("wren", "secret", nonce="n" * 260)
    client.ask("AUTHENTICATE SCRAM-SHA-256")
    lines = client.ask(f"AUTHENTICATE {encoded(who.first)}")
    assert len(lines) == 2 and len(lines[0]) == len("AUTHENTICATE ") + 400
    challenge = base64.b64decode("".join(line.split(" ")[1] for line in lines))
    proof = encoded(who.final(challenge))
    (signed,) = client.ask(f"AUTHENTICATE {proof[:400]}", f"AUTHENTICATE {proof[400:]}")
    assert answer(signed).startswith(b"v=")


def test_an_account_that_is_removed_meanwhile_is_not_logged_in_to(server: ServerUnderTest, client: IrcClient) -> None:
    scram(client, ScramClient("wren", "secret"))
    server.network.account_store.remove("wren")
    assert client.ask("AUTHENTICATE +") == [FAILED.format("*")]


# --- EXTERNAL ------------------------------------------------------------------------------------------------------


def with_tls(server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the server offer EXTERNAL, as with a certificate of its own."""
    config = server.network.config
    monkeypatch.setattr(server.network, "config", replace(config, tls=replace(config.tls, certificate="cert.pem")))


def certify(server: ServerUnderTest, name: str) -> None:
    """Gives an account the certificate."""
    account = server.network.find_account(name)
    assert account is not None
    server.network.account_store.put(replace(account, certificates=(FINGERPRINT,)))


def present_certificate(server: ServerUnderTest) -> None:
    """Makes the connections present the certificate."""
    for session in server.network.sessions:
        session.fingerprint = FINGERPRINT


def test_without_tls_there_is_no_external(client: IrcClient) -> None:
    assert client.ask("AUTHENTICATE EXTERNAL") == [
        ":parley.test 908 * PLAIN,SCRAM-SHA-256 :are available SASL mechanisms",
        FAILED.format("*"),
    ]


@pytest.mark.parametrize("identity", ["+", encoded("wren"), encoded("WREN")])
def test_external_logs_in_to_the_account_of_the_certificate(
    server: ServerUnderTest, client: IrcClient, monkeypatch: pytest.MonkeyPatch, identity: str
) -> None:
    with_tls(server, monkeypatch)
    assert "sasl=PLAIN,SCRAM-SHA-256,EXTERNAL" in " ".join(client.ask("CAP LS 302"))
    certify(server, "wren")
    present_certificate(server)
    assert client.ask("AUTHENTICATE EXTERNAL", f"AUTHENTICATE {identity}") == [
        "AUTHENTICATE +",
        LOGGED_IN.format("Wren"),
        SUCCESS.format("*"),
    ]


@pytest.mark.parametrize("identity", ["+", encoded("wren"), encoded(b"\xff")])
def test_external_fails_without_certificate_or_for_somebody_else(
    server: ServerUnderTest, client: IrcClient, monkeypatch: pytest.MonkeyPatch, identity: str
) -> None:
    with_tls(server, monkeypatch)
    assert client.ask("AUTHENTICATE EXTERNAL", f"AUTHENTICATE {identity}")[1:] == [FAILED.format("*")]
    present_certificate(server)
    assert client.ask("AUTHENTICATE EXTERNAL", f"AUTHENTICATE {identity}")[1:] == [FAILED.format("*")]
    server.add_account("rook")
    certify(server, "rook")
    if identity != "+":
        assert client.ask("AUTHENTICATE EXTERNAL", f"AUTHENTICATE {identity}")[1:] == [FAILED.format("*")]


# --- too many failures ---------------------------------------------------------------------------------------------


def test_too_many_wrong_logins_end_the_connection_after_the_reason(server: ServerUnderTest, client: IrcClient) -> None:
    wrong = ["AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren', 'wrong')}"]
    for _ in range(limits.LOGIN_FAILURES - 1):
        assert client.ask(*wrong) == ["AUTHENTICATE +", FAILED.format("*")]
    client.send(*wrong)
    assert client.lines_until_closed() == ["AUTHENTICATE +", FAILED.format("*"), CLOSED.format("Too many wrong logins")]


def test_operators_are_told_of_a_wrong_login_without_what_could_harm_them() -> None:
    with ServerUnderTest('[[operator]]\nname = "root"\npassword = "secret"\n') as server:
        server.add_account("wren")
        operator, guest = server.irc("boss"), server.irc("robin", "sasl")
        operator.ask("OPER root secret")
        guest.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wr' + chr(13) + chr(10) + 'en', 'wrong')}")
        assert operator.sync() == [
            ":parley.test NOTICE boss :*** Login: A login of robin (127.0.0.1) to wr\\r\\nen failed"
        ]


# --- PASS ----------------------------------------------------------------------------------------------------------


def test_pass_with_account_and_password_logs_in_before_the_welcome(server: ServerUnderTest) -> None:
    server.add_account("wren")
    client = server.connect()
    client.send("PASS wren:secret", "NICK wren", "USER w 0 * :W")
    assert client.line() == ":parley.test 900 wren wren!~w@127.0.0.1 wren :You are now logged in as wren"
    assert client.line().startswith(":parley.test 001 wren ")
    client.sync()
    assert ":parley.test 330 wren wren wren :is logged in as" in client.ask("WHOIS wren")


def test_pass_with_a_wrong_password_of_an_account_closes(server: ServerUnderTest) -> None:
    server.add_account("wren")
    client = server.connect()
    client.send("PASS wren:wrong", "NICK robin", "USER w 0 * :W")
    assert client.lines_until_closed() == [
        ":parley.test 464 robin :Password incorrect",
        CLOSED.format("Password incorrect"),
    ]


@pytest.mark.parametrize("given", ["whatever", "nobody:secret", ":", "wren:"])
def test_pass_that_names_no_account_means_nothing_without_a_server_password(
    server: ServerUnderTest, given: str
) -> None:
    client = server.connect()
    client.send(f"PASS :{given}", "NICK robin", "USER w 0 * :W")
    assert client.line().startswith(":parley.test 001 robin ")


def test_the_servers_password_is_not_replaced_by_an_account() -> None:
    with ServerUnderTest('password = "sesame:x"\n') as server:
        server.add_account("wren")
        server.add_account("sesame")
        client = server.connect()
        client.send("PASS wren:secret", "NICK wren1", "USER w 0 * :W")
        assert client.lines_until_closed()[0] == ":parley.test 464 wren1 :Password incorrect"
        client = server.connect()
        client.send("PASS sesame:x", "NICK wren1", "USER w 0 * :W")
        assert client.line().startswith(":parley.test 001 wren1 ")
    assert hashed("secret").scram is not None
