"""TLS as a client: who is believed to be the server, and what is told when it is not.

Owns: the settings of TLS, the handshake, the choice between authority, pinned fingerprint and blind trust.
Must not: dial, or let a byte of the conversation out before the certificate was looked at.
"""

import selectors
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal.network import tls_words
from terminal.network.certificates import Certificate
from terminal.network.dialling import Wait, again
from terminal.network.endpoint import BadEndpoint, Endpoint, parse_fingerprint
from terminal.network.failure import Ended, Failure


@dataclass(frozen=True, slots=True)
class Tls:
    """What protects a connection. `fingerprint`: SHA-256, as AA:BB:...; `expires`: the certificate's last day in UTC,
    as 2030-12-31; `verified`: an authority, or the pinned fingerprint, says that it is the right server."""

    version: str
    cipher: str
    fingerprint: str
    subject: str
    issuer: str
    expires: str
    verified: bool


def client_context(endpoint: Endpoint) -> ssl.SSLContext:
    """The settings of a connection. Raises Ended for files that cannot be used."""
    context = _trusting_context() if endpoint.fingerprint or endpoint.insecure else _checking_context(endpoint)
    if endpoint.certificate:
        _load_own(context, endpoint.certificate)
    return context


def secure(
    plain: socket.socket, context: ssl.SSLContext, endpoint: Endpoint, timeout: float, wait: Wait
) -> tuple[ssl.SSLSocket, Tls]:
    """The socket with TLS, which takes the place of `plain`, and what is spoken with whom. timeout -- in seconds.
    Raises Ended, with the sockets closed."""
    try:
        family, address = plain.family, plain.getpeername()  # fails when the server has broken off already
        made = _shake_hands(plain, context, endpoint, wait, time.monotonic() + timeout)
    except ssl.SSLCertVerificationError as error:
        found = _peek(family, address, endpoint, time.monotonic() + timeout, wait)
        raise Ended(tls_words.not_verified(error, endpoint, found)) from None
    except TimeoutError:
        raise Ended(tls_words.too_slow(endpoint.address, timeout)) from None
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError):
        raise Ended(tls_words.broken_off(endpoint.address)) from None
    except OSError as error:
        raise Ended(tls_words.failed(error, endpoint)) from None
    try:
        return made, _inspect(made, endpoint)
    except Ended:
        made.close()
        raise


def _shake_hands(
    plain: socket.socket, context: ssl.SSLContext, endpoint: Endpoint, wait: Wait, deadline: float
) -> ssl.SSLSocket:
    try:
        made = context.wrap_socket(plain, server_hostname=_asked_name(endpoint.host), do_handshake_on_connect=False)
    except ValueError as error:  # a name that cannot stand in a certificate either
        plain.close()
        raise Ended(Failure(f"TLS with {endpoint.host} cannot begin: {error}.", "protocol", retry=False)) from None
    try:
        _finish(made, wait, deadline)
    except BaseException:
        made.close()
        raise
    return made


def _peek(family: int, address: Any, endpoint: Endpoint, deadline: float, wait: Wait) -> Certificate | None:
    """The certificate that a server shows, by a connection that is for nothing else: the library forgets one that it
    did not accept. None when it cannot be had."""
    try:
        plain = again(family, address, deadline, wait)
        with _shake_hands(plain, _trusting_context(), endpoint, wait, deadline) as made:
            return _peer_certificate(made)
    except OSError:
        return None


def _peer_certificate(made: ssl.SSLSocket) -> Certificate:
    from terminal.network.x509 import read_certificate  # takes its time to load; connections in clear do without

    return read_certificate(made.getpeercert(binary_form=True) or b"")


def _inspect(made: ssl.SSLSocket, endpoint: Endpoint) -> Tls:
    found = _peer_certificate(made)
    if endpoint.fingerprint:
        _compare(found, endpoint)
    cipher = made.cipher()
    return Tls(
        version=(made.version() or "TLS").replace("TLSv", "TLS "),
        cipher=cipher[0] if cipher else "",
        fingerprint=found.fingerprint,
        subject=found.subject,
        issuer=found.issuer,
        expires=found.expires,
        verified=bool(endpoint.fingerprint) or not endpoint.insecure,
    )


def _new_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


def _trusting_context() -> ssl.SSLContext:
    """Takes any certificate; the one who asked for this compares it or has said not to care."""
    context = _new_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _checking_context(endpoint: Endpoint) -> ssl.SSLContext:
    context = _new_context()
    if not endpoint.authority:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return context
    text = _read(endpoint.authority)
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise tls_words.unusable(endpoint.authority, "it holds no certificate in PEM form")
    try:
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise tls_words.unusable(endpoint.authority, tls_words.reason_of(error)) from None
    return context


def _load_own(context: ssl.SSLContext, name: str) -> None:
    """The own certificate, by which SASL EXTERNAL logs in."""
    text = _read(name)
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise tls_words.unusable(name, "it holds no certificate in PEM form")
    if "PRIVATE KEY-----" not in text:
        raise tls_words.unusable(name, "it holds no private key; certificate and key must stand in one PEM file")
    try:
        context.load_cert_chain(Path(name).expanduser(), password=_no_passphrase)
    except (OSError, ValueError) as error:
        raise tls_words.unusable(name, tls_words.reason_of(error)) from None


def _no_passphrase() -> bytes:
    """Asked for by OpenSSL, which would read from the terminal otherwise."""
    raise ValueError("its key is protected by a passphrase, and one without is needed")


def _read(name: str) -> str:
    try:
        return Path(name).expanduser().read_text("ascii", errors="replace")
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: no home for ~user
        raise tls_words.unusable(name, getattr(error, "strerror", None) or str(error)) from None


def _asked_name(host: str) -> str:
    """As it stands in certificates: without the root's dot and an address's zone."""
    return host.partition("%")[0].removesuffix(".")


def _finish(made: ssl.SSLSocket, wait: Wait, deadline: float) -> None:
    while True:
        try:
            made.do_handshake()
            return
        except ssl.SSLWantReadError:
            wait(made, selectors.EVENT_READ, deadline)
        except ssl.SSLWantWriteError:
            wait(made, selectors.EVENT_WRITE, deadline)


def _compare(found: Certificate, endpoint: Endpoint) -> None:
    expected = endpoint.fingerprint
    with suppress(BadEndpoint):  # one that is none fits nothing
        expected = parse_fingerprint(expected)
    if found.fingerprint != expected:
        raise Ended(tls_words.not_the_pinned(endpoint.host, expected, found))
