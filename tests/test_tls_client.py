"""TLS for connections that the server opens: who is believed, what is sent before that, what goes wrong in words."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from chat.state.delivery import Outbox, Writer
from chat.transport.certificates import load_context
from chat.transport.errors import TransportError
from chat.transport.layers import Door, Layers
from chat.transport.tls import Context
from tests.harness import SERVER_NAME, ServerUnderTest
from tests.secure import TLS, certificate, fingerprint_of, put_certificate, raw

HOST = "hub.example"
RIGHT = fingerprint_of(certificate(HOST)[0])
WRONG = "00" * 32


def server_context(folder: Path, name: str = HOST) -> Context:
    put_certificate(folder, name)
    return load_context(folder / "cert.pem", folder / "key.pem")


def carried(sender: Layers, receiver: Layers, *lines: bytes, is_last: bool = False) -> tuple[bytes, bytes]:
    """The lines through both: what goes over the wire, and what arrives."""
    wire = b"".join(sender.outgoing(list(lines), is_last))
    return wire, receiver.received(wire)


def shake_hands(dialled: Layers, accepted: Layers) -> bytes:
    """Carries what there is to carry until nothing is; what the accepting side could read."""
    read = b""
    while dialled.has_output or accepted.has_output:
        read += carried(dialled, accepted)[1]
        carried(accepted, dialled)
    return read


def test_a_line_waits_for_the_handshake_and_then_goes_over_encrypted(tmp_path: Path) -> None:
    accepted = Layers(Door(tls=server_context(tmp_path)))
    dialled = Layers.to_server(HOST, RIGHT)
    assert dialled.has_output and dialled.tls is not None
    wire, read = carried(dialled, accepted, b"PASS sesame\r\n")
    assert wire[:1] == b"\x16" and read == b"" and b"sesame" not in wire
    assert shake_hands(dialled, accepted) == b"PASS sesame\r\n"
    assert dialled.tls.is_ready and dialled.tls.fingerprint == RIGHT
    assert accepted.tls is not None and accepted.tls.asked_host == HOST
    wire, read = carried(dialled, accepted, b"one\r\n", b"two\r\n")
    assert read == b"one\r\ntwo\r\n" and b"one" not in wire
    much = b"x" * 100_000 + b"\r\n"
    assert carried(accepted, dialled, much)[1] == much
    assert carried(dialled, accepted, much)[1] == much
    assert not dialled.has_output


def test_records_may_come_byte_by_byte(tmp_path: Path) -> None:
    accepted, dialled = Layers(Door(tls=server_context(tmp_path))), Layers.to_server(HOST, RIGHT)
    read, back = b"", b""
    dialled_wire = b"".join(dialled.outgoing([b"SERVER leaf.example 1 :leaf\r\n"], False))
    while dialled_wire:
        read += b"".join(accepted.received(bytes([byte])) for byte in dialled_wire)
        accepted_wire = b"".join(accepted.outgoing([], False))
        back += b"".join(dialled.received(bytes([byte])) for byte in accepted_wire)
        dialled_wire = b"".join(dialled.outgoing([], False))
    assert (read, back) == (b"SERVER leaf.example 1 :leaf\r\n", b"")


def test_each_side_says_that_it_ends(tmp_path: Path) -> None:
    context = server_context(tmp_path)
    for is_dialling_side_first in (True, False):
        accepted, dialled = Layers(Door(tls=context)), Layers.to_server(HOST, RIGHT)
        shake_hands(dialled, accepted)
        first, second = (dialled, accepted) if is_dialling_side_first else (accepted, dialled)
        assert carried(first, second, b"SQUIT\r\n", is_last=True)[1] == b"SQUIT\r\n"
        assert second.is_ended
        assert first.outgoing([b"more\r\n"], False) == [] and first.received(b"x") == b""


def refusal(context: Context, *arguments: str) -> tuple[TransportError, bytes]:
    """Why a dialling side refuses a server, and what that server was told of its lines."""
    accepted, dialled = Layers(Door(tls=context)), Layers.to_server(*arguments)
    _, read = carried(dialled, accepted, b"PASS sesame\r\n")
    with pytest.raises(TransportError) as caught:
        read += shake_hands(dialled, accepted)
    try:
        read += carried(dialled, accepted)[1]
    except TransportError:  # the alert that ends it
        pass
    return caught.value, read


def test_a_server_with_another_certificate_is_sent_no_password(tmp_path: Path) -> None:
    error, read = refusal(server_context(tmp_path), HOST, WRONG)
    assert str(error) == f"the certificate is not the one of the configuration: its fingerprint is {RIGHT}"
    assert error.is_notable and read == b""


def test_without_a_fingerprint_an_unknown_certificate_is_refused(tmp_path: Path) -> None:
    error, read = refusal(server_context(tmp_path), HOST)
    assert str(error).startswith("the certificate is not accepted: self-signed certificate; put its fingerprint into")
    assert error.is_notable and read == b""


def test_an_authority_vouches_for_the_host_and_for_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    accepted, dialled = Layers(Door(tls=context)), Layers.to_server(HOST)
    carried(dialled, accepted, b"SERVER\r\n")
    assert shake_hands(dialled, accepted) == b"SERVER\r\n"
    error, read = refusal(context, "other.example")
    assert "Hostname mismatch, certificate is not valid for 'other.example'" in str(error) and read == b""
    error, _ = refusal(context, "192.0.2.1")
    assert "IP address mismatch, certificate is not valid for '192.0.2.1'" in str(error)


@pytest.mark.parametrize("name", ["127.0.0.1", "::1"])
def test_an_address_can_be_what_a_certificate_is_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    context = server_context(tmp_path, name)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    accepted, dialled = Layers(Door(tls=context)), Layers.to_server(name)
    shake_hands(dialled, accepted)
    assert dialled.tls is not None and dialled.tls.is_ready


def test_who_answers_in_plain_text_is_told_from_tls_that_fails() -> None:
    dialled = Layers.to_server(HOST, RIGHT)
    with pytest.raises(TransportError, match=r"^the other side does not speak TLS on this port$"):
        dialled.received(b"ERROR :Closing Link\r\n")
    dialled = Layers.to_server(HOST, RIGHT)
    with pytest.raises(TransportError, match=r"^TLS failed: [a-z0-9 ]+$"):
        dialled.received(b"\x16\x03\x03\x00\x05hello")


def test_a_host_that_no_certificate_can_name_is_refused_at_once() -> None:
    with pytest.raises(TransportError, match=r'^TLS with "\.a" cannot begin: '):
        Layers.to_server(".a", RIGHT)


# --- the own certificate -------------------------------------------------------------------------------------------


def test_the_own_certificate_is_shown(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    put_certificate(own, "leaf.example")
    accepted = Layers(Door(tls=server_context(tmp_path)))
    dialled = Layers.to_server(HOST, RIGHT, str(own / "cert.pem"), str(own / "key.pem"))
    shake_hands(dialled, accepted)
    assert accepted.tls is not None and accepted.tls.fingerprint == fingerprint_of(certificate("leaf.example")[0])


def test_an_own_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    place = str(tmp_path / "cert.pem")
    with pytest.raises(TransportError, match=r"cert\.pem cannot be used: No such file or directory$"):
        Layers.to_server(HOST, RIGHT, place, place)
    put_certificate(tmp_path)
    with pytest.raises(TransportError, match=r"cert\.pem cannot be used: "):
        Layers.to_server(HOST, RIGHT, place, place)
    locked = serialization.BestAvailableEncryption(b"x")
    key = serialization.load_pem_private_key(certificate("parley.test")[1], None)
    form = serialization.PrivateFormat.PKCS8
    (tmp_path / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, locked))
    with pytest.raises(TransportError, match=r"cert\.pem cannot be used: its key is protected by a passphrase$"):
        Layers.to_server(HOST, RIGHT, place, str(tmp_path / "key.pem"))


# --- over a socket, by the writer ----------------------------------------------------------------------------------


@pytest.fixture
def writer() -> Iterator[Writer]:
    """A running writer."""
    writer = Writer()
    writer.start()
    yield writer
    writer.stop()


def read_until(connection: socket.socket, outbox: Outbox, writer: Writer, end: bytes) -> bytes:
    """Reads as the thread of a connection does, until `end` came or the connection ended."""
    layers, read = outbox.transport, b""
    assert layers is not None
    while end not in read and not layers.is_ended and (data := connection.recv(65536)):
        read += layers.received(data)
        if layers.has_output or layers.is_awaited:
            writer.mark(outbox.alone)
            writer.wake()
    return read


def test_a_conversation_with_a_server_that_listens(tmp_path: Path, writer: Writer) -> None:
    put_certificate(tmp_path)
    with ServerUnderTest(TLS, data=tmp_path) as server:
        connection = raw(server.port)
        outbox = Outbox(connection, 1_000_000, lambda: b"")
        outbox.transport = Layers.to_server("localhost", fingerprint_of(certificate("parley.test")[0]))
        outbox.append(b"NICK wren\r\nUSER wren 0 * :W\r\n")
        writer.mark(outbox.alone)
        writer.wake()
        assert b":parley.test 001 wren " in read_until(connection, outbox, writer, b" 422 wren ")
        user = server.network.find_user("wren")
        assert user is not None and user.is_secure
        for number in range(2000):
            outbox.append(f"PRIVMSG wren :{number} {'x' * 300}\r\n".encode())
        outbox.append(b"PING last\r\n")
        writer.mark(outbox.alone)
        writer.wake()
        read = read_until(connection, outbox, writer, f" PONG {SERVER_NAME} last\r\n".encode())
        assert [int(line.split(b" ")[3][1:]) for line in read.splitlines() if b" PRIVMSG " in line] == [*range(2000)]
        outbox.append(b"QUIT :bye\r\n")
        writer.mark(outbox.alone)
        writer.wake()
        assert b"ERROR :Closing Link" in read_until(connection, outbox, writer, b"never")
        assert outbox.transport.is_ended
        writer.finish(outbox)
        writer.drain(5)
