"""The terminal's connection with TLS: whom it believes, and what it says when it does not."""

import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from terminal.network import tls
from terminal.network.endpoint import Endpoint
from terminal.network.failure import CLOSED, LEFT, Ended, Failure
from terminal.network.x509 import read_certificate
from tests.network_peers import (
    FAR,
    LONG_AGO,
    Made,
    Told,
    authority,
    make,
    open_connection,
    outcome,
    put,
    read_all,
    server_context,
    serving,
)  # fmt: skip

HOST = "127.0.0.1"
PAST = datetime(2021, 2, 3, tzinfo=UTC)


def hello(peer: socket.socket) -> None:
    peer.sendall(b"hello\r\n")


def good() -> Made:
    return make(HOST, issuer=authority())


@pytest.fixture
def known(tmp_path: Path) -> str:
    """The file of an authority that is to be trusted."""
    return put(tmp_path / "authority.pem", authority())


def advice(made: Made) -> str:
    return f"To trust exactly this one: --fingerprint {made.fingerprint}; to trust any: --insecure."


def refused(text: str, found: Made | None = None) -> Failure:
    if found is None:
        return Failure(text, "certificate", retry=False)
    return Failure(text, "certificate", False, found.fingerprint, advice(found))


def test_a_certificate_of_a_known_authority_is_believed(tmp_path: Path, known: str) -> None:
    with serving(hello, server_context(tmp_path, good())) as port:
        failure, told = outcome(Endpoint(HOST, port, tls=True, authority=known))
    assert failure == CLOSED and told.lines == [b"hello\r\n"]
    assert told.order == ["dialling", "connected", "secured", "received", "ended"]
    assert told.tls is not None and told.tls.cipher.startswith("TLS_")
    assert told.tls == tls.Tls(
        "TLS 1.3", told.tls.cipher, good().fingerprint, HOST, "Harbour Authority", "2090-01-01", verified=True
    )


REFUSALS: dict[str, tuple[Callable[[], Made], str]] = {
    "expired": (
        lambda: make(HOST, issuer=authority(), begins=LONG_AGO, ends=PAST),
        f"The certificate of {HOST} has expired on 2021-02-03; whoever runs the server must renew it.",
    ),
    "not yet valid": (
        lambda: make(HOST, issuer=authority(), begins=datetime(2080, 1, 1, tzinfo=UTC), ends=FAR),
        f"The certificate of {HOST} is not valid before 2080-01-01; is this computer's clock right?",
    ),
    "self-signed": (
        lambda: make(HOST),
        f"The certificate of {HOST} is self-signed: nobody but the server itself says that it is {HOST}.",
    ),
    "unknown authority": (
        lambda: make(HOST, issuer=make("Stranger", is_authority=True)),
        f"The certificate of {HOST} is issued by Stranger, an authority that this computer does not know.",
    ),
    "other address": (
        lambda: make("192.0.2.7", "chat.example", issuer=authority()),
        f"The certificate of {HOST} is for chat.example, 192.0.2.7, not for {HOST}; connect to a name that it is for.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("problem", REFUSALS)
def test_a_certificate_is_refused_in_words_that_say_what_to_do(problem: str, tmp_path: Path, known: str) -> None:
    made, complaint = REFUSALS[problem][0](), REFUSALS[problem][1]
    heard: list[bytes] = []
    with serving(lambda peer: heard.append(read_all(peer)), server_context(tmp_path, made)) as port:
        connection, told = open_connection(Endpoint(HOST, port, tls=True, authority=known))
        connection.send(b"PASS secret\r\n")
        more = "To make an authority known: --authority FILE. " if problem == "unknown authority" else ""
        assert told.until_ended() == replace(refused(complaint, made), advice=more + advice(made))
    assert told.order == ["dialling", "connected", "ended"]
    assert b"".join(heard) == b""


def test_the_wrong_host_name_is_told_with_the_names_that_would_be_right(tmp_path: Path, known: str) -> None:
    made = make(*(f"{name}.example" for name in "abcdefg"), issuer=authority())
    with serving(hello, server_context(tmp_path, made)) as port:
        failure, _ = outcome(Endpoint("localhost", port, tls=True, authority=known))
    names = "a.example, b.example, c.example, d.example, e.example and 2 more"
    complaint = f"The certificate of localhost is for {names}, not for localhost; connect to a name that it is for."
    assert failure == refused(complaint, made)


def test_without_a_file_the_authorities_of_the_system_are_asked(tmp_path: Path) -> None:
    with serving(hello, server_context(tmp_path, good())) as port:
        failure, _ = outcome(Endpoint(HOST, port, tls=True))
    assert "issued by Harbour Authority, an authority that this computer does not know" in failure.text


def test_a_certificate_that_is_not_shown_twice_is_refused_without_its_fingerprint(tmp_path: Path) -> None:
    context = server_context(tmp_path, make(HOST))
    shown: list[int] = []

    def serve(peer: socket.socket) -> None:
        shown.append(1)
        if len(shown) == 1:
            context.wrap_socket(peer, server_side=True).close()

    with serving(serve) as port:
        failure, _ = outcome(Endpoint(HOST, port, tls=True))
    assert failure.kind == "certificate" and failure.advice.endswith("without being sure who answers: --insecure.")


@pytest.mark.parametrize("form", [str, str.lower, lambda text: text.replace(":", "")], ids=["shown", "lower", "bare"])
def test_a_pinned_certificate_is_believed_whatever_else_is_wrong(form: Callable[[str], str], tmp_path: Path) -> None:
    made = make("elsewhere.example", ends=PAST)
    with serving(hello, server_context(tmp_path, made)) as port:
        failure, told = outcome(Endpoint(HOST, port, fingerprint=form(made.fingerprint)))
    assert failure == CLOSED and told.lines == [b"hello\r\n"]
    assert told.tls is not None and told.tls.verified and told.tls.fingerprint == made.fingerprint


@pytest.mark.parametrize("insecure", [False, True])
def test_another_certificate_than_the_pinned_one_is_refused_with_both(
    insecure: bool, tmp_path: Path, known: str
) -> None:
    expected = make("other").fingerprint
    heard: list[bytes] = []
    with serving(lambda peer: heard.append(read_all(peer)), server_context(tmp_path, good())) as port:
        endpoint = Endpoint(HOST, port, tls=True, insecure=insecure, fingerprint=expected, authority=known)
        connection, told = open_connection(endpoint)
        connection.send(b"PASS secret\r\n")
        failure = told.until_ended()
    assert failure == refused(
        f"The certificate of {HOST} is not the one with the fingerprint {expected}: the server has a new one, or "
        f"somebody else answers in its place; ask whoever runs it.",
        good(),
    )
    assert b"".join(heard) == b"" and told.tls is None


def test_insecure_takes_any_certificate_and_tells_its_fingerprint(tmp_path: Path) -> None:
    made = make("elsewhere.example", ends=PAST)
    with serving(hello, server_context(tmp_path, made)) as port:
        failure, told = outcome(Endpoint(HOST, port, tls=True, insecure=True))
    assert failure == CLOSED and told.lines == [b"hello\r\n"]
    assert told.tls is not None and not told.tls.verified
    assert (told.tls.fingerprint, told.tls.expires) == (made.fingerprint, "2021-02-03")


def test_the_own_certificate_is_shown(tmp_path: Path) -> None:
    context = server_context(tmp_path, make(HOST))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(put(tmp_path / "wren.pem", make("wren")))
    shown: list[str] = []

    def serve(peer: socket.socket) -> None:
        assert isinstance(peer, ssl.SSLSocket)
        shown.append(read_certificate(peer.getpeercert(binary_form=True) or b"").subject)

    with serving(serve, context) as port:
        endpoint = Endpoint(HOST, port, tls=True, insecure=True, certificate=str(tmp_path / "wren.pem"))
        assert outcome(endpoint)[0] == CLOSED
    assert shown == ["wren"]


def refusing_server(tmp_path: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = server_context(tmp_path, make(HOST))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(put(tmp_path / "wren.pem", make("wren")))
    context.minimum_version = context.maximum_version = version
    return context


def test_a_server_that_asks_for_a_certificate(tmp_path: Path) -> None:
    with serving(hello, refusing_server(tmp_path, ssl.TLSVersion.TLSv1_3)) as port:
        failure, _ = outcome(Endpoint(HOST, port, tls=True, insecure=True))
    where = f"{HOST}:{port}"
    assert failure == refused(
        f"The server at {where} asks for a certificate of yours: name its file with --certificate."
    )


def test_a_server_that_asks_for_a_certificate_in_the_older_tls(tmp_path: Path) -> None:
    with serving(hello, refusing_server(tmp_path, ssl.TLSVersion.TLSv1_2)) as port:
        failure, _ = outcome(Endpoint(HOST, port, tls=True, insecure=True))
    assert (failure.kind, failure.retry) == ("protocol", False) and "(--certificate)" in failure.text


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_does_not_accept_the_own_certificate(version: ssl.TLSVersion, tmp_path: Path) -> None:
    own = put(tmp_path / "rook.pem", make("rook"))
    with serving(hello, refusing_server(tmp_path, version)) as port:
        failure, _ = outcome(Endpoint(HOST, port, tls=True, insecure=True, certificate=own))
    assert failure.kind == "certificate" and not failure.retry
    assert failure.text.startswith(f"The server at {HOST}:{port} does not accept your certificate: ")


def locked_key() -> bytes:
    made = make("wren")
    form, lock = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    certificate = made.certificate.public_bytes(serialization.Encoding.PEM)
    return certificate + made.key.private_bytes(serialization.Encoding.PEM, form, lock)


def pem_parts(made: Made) -> tuple[bytes, bytes]:
    certificate, mark, key = made.pem.partition(b"-----BEGIN PRIVATE KEY-----")
    return certificate, mark + key


UNUSABLE: dict[str, tuple[Callable[[], bytes | None], str]] = {
    "missing": (lambda: None, "No such file or directory"),
    "empty": (lambda: b"", "it holds no certificate in PEM form"),
    "no key": (
        lambda: pem_parts(make("wren"))[0],
        "it holds no private key; certificate and key must stand in one PEM file",
    ),
    "key of another": (
        lambda: pem_parts(make("wren"))[0] + pem_parts(make("rook"))[1],
        "its key does not belong to its certificate",
    ),
    "passphrase": (locked_key, "its key is protected by a passphrase, and one without is needed"),
}  # fmt: skip


@pytest.mark.parametrize("problem", UNUSABLE)
def test_an_own_certificate_that_cannot_be_used_is_told_before_anybody_is_called(problem: str, tmp_path: Path) -> None:
    contents, reason = UNUSABLE[problem][0](), UNUSABLE[problem][1]
    file = tmp_path / "own.pem"
    if contents is not None:
        file.write_bytes(contents)
    failure, told = outcome(Endpoint(HOST, 1, tls=True, certificate=str(file)))
    assert failure == refused(f"The file {file} cannot be used: {reason}.")
    assert told.order == ["ended"]


@pytest.mark.parametrize("contents", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_file_of_authorities_that_cannot_be_used(contents: bytes, tmp_path: Path) -> None:
    file = tmp_path / "authorities.pem"
    file.write_bytes(contents)
    with pytest.raises(Ended, match=re.escape(f"The file {file} cannot be used: it ")):
        tls.client_context(Endpoint(HOST, 1, tls=True, authority=str(file)))


def test_a_server_without_tls_that_speaks_first() -> None:
    with serving(lambda peer: peer.sendall(b":chat.example NOTICE * :*** Looking up your hostname\r\n")) as port:
        failure, _ = outcome(Endpoint(HOST, port, tls=True))
    sentence = (
        f"The server at {HOST}:{port} does not speak TLS on this port: leave --tls out, or use its port for TLS "
        "(often 6697)."
    )
    assert failure == Failure(sentence, "protocol", retry=False)


def test_a_server_without_tls_that_waits() -> None:
    with serving(read_all) as port:
        failure, _ = outcome(Endpoint(HOST, port, tls=True), timeout=0.1)
    assert (failure.kind, failure.retry) == ("timeout", True)
    assert failure.text.startswith(f"The server at {HOST}:{port} did not set up TLS within 0.1 seconds.")


def test_a_server_that_vanishes_during_the_handshake() -> None:
    with serving(lambda peer: peer.recv(1)) as port:
        failure, told = outcome(Endpoint(HOST, port, tls=True))
    assert (failure.kind, failure.retry) == ("lost", True)
    assert failure.text.startswith(f"The server at {HOST}:{port} broke off while TLS was being set up.")
    assert told.order == ["dialling", "connected", "ended"]


def test_a_server_whose_tls_is_too_old() -> None:
    def serve(peer: socket.socket) -> None:
        peer.recv(65536)
        peer.sendall(b"\x15\x03\x01\x00\x02\x02\x46")  # alert protocol_version (RFC 5246 7.2)

    with serving(serve) as port:
        failure, _ = outcome(Endpoint(HOST, port, tls=True))
    sentence = f"The server at {HOST}:{port} speaks no TLS newer than 1.1, which is not safe; 1.2 or 1.3 is needed."
    assert failure == Failure(sentence, "protocol", retry=False)


def test_a_port_for_tls_that_is_spoken_to_in_clear(tmp_path: Path) -> None:
    with serving(hello, server_context(tmp_path, make(HOST))) as port:
        connection, told = open_connection(Endpoint(HOST, port))
        connection.send(b"NICK bob\r\n")
        assert told.until_ended().text.endswith("add --tls.")  # its alert may be lost in a reset
    assert told.lines == []


def test_closing_during_the_handshake() -> None:
    with serving(read_all) as port:
        connection, told = open_connection(Endpoint(HOST, port, tls=True))
        told.until(lambda: "connected" in told.order)
        connection.close()
        assert told.until_ended() == LEFT


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_much_goes_both_ways_and_closing_sends_what_is_queued(version: ssl.TLSVersion, tmp_path: Path) -> None:
    every = [b"%d " % number + b"x" * 200 + b"\r\n" for number in range(20_000)]
    heard: list[bytes] = []

    def serve(peer: socket.socket) -> None:
        peer.sendall(b"".join(every))
        heard.append(read_all(peer))
        peer.sendall(b"ERROR :bye\r\n")

    context = server_context(tmp_path, make(HOST))
    context.maximum_version = version
    with serving(serve, context) as port:
        connection, told = open_connection(Endpoint(HOST, port, tls=True, insecure=True))
        for line in every:
            connection.send(line)
        told.until(lambda: len(told.lines) == len(every))
        connection.close()
        assert told.until_ended() == LEFT
    assert heard == [b"".join(every)] and told.lines[: len(every)] == every


def test_a_certificate_that_makes_no_sense_still_has_a_fingerprint() -> None:
    found = read_certificate(b"nonsense")
    assert len(found.fingerprint) == 95 and (found.subject, found.expires, found.whom_it_is_for) == ("", "", "nobody")


def test_a_name_that_tls_cannot_ask_for() -> None:
    told = Told()
    with serving(read_all) as port, socket.create_connection((HOST, port)) as plain:
        endpoint = Endpoint("a" * 64 + ".example", port, tls=True)
        with pytest.raises(Ended, match=r"^TLS with a+\.example cannot begin: "):
            tls.secure(plain, tls.client_context(endpoint), endpoint, 1.0, lambda *_: 0)
    assert told.order == []


def test_a_server_that_is_gone_before_tls_begins_may_be_there_later() -> None:
    endpoint = Endpoint(HOST, 1, tls=True)
    with socket.socket() as gone, pytest.raises(Ended) as found:  # as one that was reset: it has no other side
        tls.secure(gone, tls.client_context(endpoint), endpoint, 1.0, lambda *_: 0)
    assert (found.value.failure.kind, found.value.failure.retry) == ("lost", True)
    assert found.value.failure.text.startswith(f"The connection to {HOST}:1 was lost: ")
