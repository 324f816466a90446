"""WEBIRC: who is believed, what a gateway may say, and that what fails never goes on as the gateway itself."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.storage.passwords import hash_password
from protocol.limits import WARNINGS_PER_MINUTE
from protocol.masking import masked
from tests.harness import SERVER_NAME, ServerUnderTest
from tests.secure import TLS, TLS_LISTENER, put_certificate, use_tls

WEBIRC = '[[webirc]]\npassword = "gate"\nfrom = ["127.0.0.0/8", "::1"]\n'
CERTIFICATE = "ab" * 32


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    """A server for which this machine is a gateway, with TLS."""
    data = tmp_path_factory.mktemp("webirc")
    put_certificate(data)
    with ServerUnderTest(TLS_LISTENER + WEBIRC + TLS, data=data, own_listeners=True) as running:
        yield running


def address_of(server: ServerUnderTest, nick: str) -> str:
    """Where the server takes a user to be."""
    user = server.network.find_user(nick)
    assert user is not None
    return user.sessions[0].address


def test_a_gateway_says_who_is_there(shared: ServerUnderTest) -> None:
    client = shared.connect()
    client.send("WEBIRC gate kiwi wren.example.org 192.0.2.7")
    client.register("webwren")
    assert client.welcome[0].endswith("!~webwren@wren.example.org")
    assert address_of(shared, "webwren") == "192.0.2.7"
    assert f":{SERVER_NAME} 338 webwren webwren" in "\n".join(client.ask("WHOIS webwren"))
    assert any(line.endswith(" 192.0.2.7 :Is actually using host") for line in client.ask("WHOIS webwren"))


@pytest.mark.parametrize(
    ("host", "address", "shown", "real"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("0::1", "0::1", "0::1", "0::1"),
        ("2001:db8::7", "2001:db8::7", "2001:db8::7", "2001:db8::7"),
        ("no!host", "192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("x" * 64, "192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("198.51.100.1", "192.0.2.7", "192.0.2.7", "192.0.2.7"),
    ],
)
def test_a_host_that_cannot_be_shown_gives_way_to_the_address(
    shared: ServerUnderTest, host: str, address: str, shown: str, real: str
) -> None:
    client = shared.connect()
    client.send(f"WEBIRC gate kiwi {host} {address}")
    client.register("hosted")
    assert client.welcome[0].endswith(f"!~hosted@{shown}")
    assert address_of(shared, "hosted") == real
    client.send("QUIT")
    client.lines_until_closed()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("WEBIRC wrong kiwi wren.example.org 192.0.2.7", "wrong password"),
        ("WEBIRC gate kiwi wren.example.org nowhere", "the client's address is none"),
        ("CAP LS\r\nWEBIRC gate kiwi wren.example.org 192.0.2.7", "it has to be the first line"),
        ("NICK wren\r\nWEBIRC gate kiwi wren.example.org 192.0.2.7", "it has to be the first line"),
    ],
)
def test_a_gateway_that_is_wrong_is_closed(shared: ServerUnderTest, line: str, problem: str) -> None:
    client = shared.connect()
    client.send(line)
    assert client.lines_until_closed()[-1] == f"ERROR :Closing Link: 127.0.0.1 (WEBIRC refused: {problem})"


def test_who_is_no_gateway_is_closed(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send("WEBIRC gate kiwi wren.example.org 192.0.2.7", "NICK wren", "USER w 0 * :W")
    (error,) = client.lines_until_closed()
    assert error == "ERROR :Closing Link: 127.0.0.1 (WEBIRC refused: your address is not that of a gateway)"
    assert server.network.find_user("wren") is None


@pytest.mark.parametrize(
    "line",
    [
        "WEBIRC",
        "WEBIRC gate",
        "WEBIRC gate kiwi wren.example.org",
        "WEBIRC gate kiwi ::1 ::1",
        "WEBIRC gate kiwi ::1 ::1 :secure",
        "WEBIRC gate kiwi wren.example.org :",
        "WEBIRC gate kiwi wren.example.org ::1",
        "WEBIRC gate :kiwi wren.example.org 192.0.2.7",
    ],
)
def test_a_gateway_with_a_malformed_line_does_not_go_on_as_itself(shared: ServerUnderTest, line: str) -> None:
    client = shared.connect()
    client.send(line, "NICK gatewren", "USER w 0 * :W")
    (error,) = client.lines_until_closed()
    assert error.startswith("ERROR :Closing Link: 127.0.0.1 (WEBIRC refused: ")
    assert shared.network.find_user("gatewren") is None


@pytest.mark.parametrize("line", [b"WEBIRC gate kiwi w\xff 192.0.2.7\r\n", b"WEBIRC " + b"x" * 600 + b"\r\n"])
def test_a_gateway_whose_first_line_cannot_be_read_is_closed(shared: ServerUnderTest, line: bytes) -> None:
    client = shared.connect()
    client.send_bytes(line + b"NICK gatewren\r\nUSER w 0 * :W\r\n")
    assert client.lines_until_closed() == [
        "ERROR :Closing Link: 127.0.0.1 (The first line of a gateway has to be readable)"
    ]
    later = shared.connect()
    later.send_bytes(b"PING one\r\n" + line + b"PING two\r\n")
    assert later.lines_until(lambda line: line.endswith(" two"))  # it has not named anybody, and will not


def test_the_log_is_warned_of_an_address_a_few_times_a_minute(
    server: ServerUnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    def come(data: bytes) -> None:
        client = server.connect()
        client.send_bytes(data)
        client.lines_until_closed()

    for _ in range(4):
        come(b"PROXY TCP4 192.0.2.7 127.0.0.1 50000 6667\r\n")
        come(b"WEBIRC gate kiwi wren.example.org 192.0.2.7\r\n")
    wren = server.irc("wren")
    wren.ask("OPER nobody wrong", "OPER nobody wrong")
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * WARNINGS_PER_MINUTE


def test_after_registration_it_is_too_late(shared: ServerUnderTest) -> None:
    client = shared.irc("latewren")
    assert client.ask("WEBIRC gate kiwi wren.example.org 192.0.2.7") == [
        f":{SERVER_NAME} 462 latewren :You may not reregister"
    ]


def test_the_password_may_be_a_hash() -> None:
    stored = hash_password("gate").argon2
    with ServerUnderTest(f'[[webirc]]\npassword = "{stored}"\nfrom = ["127.0.0.1"]\n') as server:
        client = server.connect()
        client.send("WEBIRC gate kiwi wren.example.org 192.0.2.7")
        client.register("wren")
        assert address_of(server, "wren") == "192.0.2.7"
        wrong = server.connect()
        wrong.send("WEBIRC gat kiwi wren.example.org 192.0.2.7")
        assert wrong.lines_until_closed()


@pytest.mark.parametrize(
    ("by_tls", "options", "is_secure", "fingerprint"),
    [
        (True, " :secure", True, ""),
        (True, " :secure=x remote-port=50000 local-port=6697 unknown other=\\sx", True, ""),
        (True, f" :secure certfp-sha-256={CERTIFICATE}", True, CERTIFICATE),
        (True, f" :secure certfp-sha-256={CERTIFICATE.upper()} spkifp-sha-256=x", True, CERTIFICATE),
        (True, " :secure certfp-sha-256=nonsense", True, ""),
        (True, f" :certfp-sha-256={CERTIFICATE}", False, ""),
        (True, "", False, ""),
        (False, f" :secure certfp-sha-256={CERTIFICATE}", False, ""),
        (False, " :", False, ""),
    ],
)
def test_secure_is_who_comes_by_tls_all_the_way(
    shared: ServerUnderTest, tmp_path: Path, by_tls: bool, options: str, is_secure: bool, fingerprint: str
) -> None:
    client = shared.connect()
    if by_tls:
        use_tls(client)
    client.send(f"WEBIRC gate kiwi wren.example.org 192.0.2.7{options}")
    client.register("optioned")
    user = shared.network.find_user("optioned")
    assert user is not None
    assert (user.is_secure, user.sessions[0].fingerprint) == (is_secure, fingerprint)
    client.send("QUIT")
    client.lines_until_closed()


def test_limits_hold_for_the_address_that_the_gateway_names() -> None:
    with ServerUnderTest(WEBIRC + "[limits]\nclients_per_address = 1\n") as server:

        def come(address: str) -> str:
            client = server.connect()
            client.send(f"WEBIRC gate kiwi {address} {address}", "PING one")
            return client.line()

        assert come("192.0.2.1").endswith(" one") and come("192.0.2.2").endswith(" one")
        assert "Too many connections from your address" in come("192.0.2.1")


def test_the_password_is_masked() -> None:
    assert masked(b"WEBIRC gate kiwi wren.example.org 192.0.2.7") == "WEBIRC ****"
