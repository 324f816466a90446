"""The terminal's connection against our own server: its ports for TLS, for both, and for whoever mixes them up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.network.endpoint import Endpoint, parse_fingerprint
from terminal.network.failure import CLOSED
from tests.harness import ServerUnderTest
from tests.network_peers import open_connection, outcome
from tests.secure import TLS, TLS_LISTENER, certificate, fingerprint_of, put_certificate, tls_port

HOST = "127.0.0.1"


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[ServerUnderTest]:
    """One port for everything, one for TLS only."""
    put_certificate(tmp_path)
    with ServerUnderTest(TLS_LISTENER + TLS, tmp_path, own_listeners=True) as server:
        yield server


def greeted(endpoint: Endpoint) -> bytes:
    """What the server says until it has said goodbye."""
    connection, told = open_connection(endpoint)
    connection.send(b"NICK wren\r\nUSER wren 0 * :wren\r\nQUIT\r\n")
    assert told.until_ended() == CLOSED
    return b"".join(told.lines)


@pytest.mark.parametrize("is_tls_only", [True, False])
def test_the_server_is_believed_by_its_fingerprint(secure: ServerUnderTest, is_tls_only: bool) -> None:
    pinned = parse_fingerprint(fingerprint_of(certificate("parley.test")[0]))
    port = tls_port(secure) if is_tls_only else secure.port
    heard = greeted(Endpoint(HOST, port, tls=True, fingerprint=pinned))
    assert b" 001 wren " in heard and b"ERROR " in heard


def test_the_same_port_in_clear(secure: ServerUnderTest) -> None:
    assert b" 001 wren " in greeted(Endpoint(HOST, secure.port))


def test_the_certificate_that_the_server_made_itself_is_told_to_be_so(secure: ServerUnderTest) -> None:
    _, told = open_connection(Endpoint(HOST, tls_port(secure), tls=True))
    failure = told.until_ended()
    pinned = parse_fingerprint(fingerprint_of(certificate("parley.test")[0]))
    assert "is self-signed" in failure.text and f"--fingerprint {pinned};" in failure.advice


def test_the_port_for_tls_only_in_clear(secure: ServerUnderTest) -> None:
    connection, told = open_connection(Endpoint(HOST, tls_port(secure)))
    connection.send(b"NICK wren\r\n")
    assert told.until_ended().text.endswith("add --tls.")
    assert told.lines == []


def test_tls_where_the_server_has_none(server: ServerUnderTest) -> None:
    failure, _ = outcome(Endpoint(HOST, server.port, tls=True), timeout=0.2)
    # what a server makes of a ClientHello depends on whether its random bytes have a line end
    assert failure.kind in ("protocol", "lost", "timeout") and "leave --tls out" in failure.text
