"""What tests of the terminal's network need: a listener that remembers, certificates of every kind, and servers that
are given a connection and do with it what a test says.
"""

import datetime
import functools
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from terminal.network.connection import Connection
from terminal.network.endpoint import Endpoint
from terminal.network.failure import Failure
from terminal.network.tls import Tls

SECONDS = 15.0
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
FAR = datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC)


@dataclass
class Told:
    """A listener whose thread is the test's: `until_...` runs what is posted until it has happened."""

    posted: SimpleQueue[Callable[[], object]] = field(default_factory=SimpleQueue)
    order: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    portions: list[int] = field(default_factory=list)
    tls: Tls | None = None
    failures: list[Failure] = field(default_factory=list)

    def dialling(self, address: str) -> None:
        self.order.append("dialling")
        self.addresses.append(address)

    def connected(self) -> None:
        self.order.append("connected")

    def secured(self, tls: Tls) -> None:
        self.order.append("secured")
        self.tls = tls

    def received(self, lines: list[bytes]) -> None:
        self.order.append("received")
        self.lines += lines
        self.portions.append(len(lines))

    def ended(self, failure: Failure) -> None:
        self.order.append("ended")
        self.failures.append(failure)

    def until(self, happened: Callable[[], object]) -> None:
        while not happened():
            self.posted.get(timeout=SECONDS)()

    def until_ended(self) -> Failure:
        """How the connection ended."""
        self.until(lambda: self.failures)
        return self.failures[0]


def open_connection(endpoint: Endpoint, timeout: float = SECONDS) -> tuple[Connection, Told]:
    """A connection that was started."""
    told = Told()
    connection = Connection(endpoint, told, told.posted.put, timeout)
    connection.start()
    return connection, told


def outcome(endpoint: Endpoint, timeout: float = SECONDS) -> tuple[Failure, Told]:
    """How a connection ends by itself."""
    connection, told = open_connection(endpoint, timeout)
    failure = told.until_ended()
    assert connection.join(SECONDS)
    return failure, told


@contextmanager
def serving(
    serve: Callable[[socket.socket], object], context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[int]:
    """A server at the port given; each connection is handed to `serve`, one at a time, and closed when that returns.
    With `context`, after the handshake, when that succeeds."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family)
    thread = threading.Thread(target=_accept, args=(listener, serve, context), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the accept
        listener.close()
        thread.join(SECONDS)


def _accept(listener: socket.socket, serve: Callable[[socket.socket], object], context: ssl.SSLContext | None) -> None:
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        peer.settimeout(SECONDS)
        with suppress(OSError):
            if context is not None:
                peer = context.wrap_socket(peer, server_side=True)
            serve(peer)
        peer.close()


def read_all(peer: socket.socket) -> bytes:
    """All that comes until the other side ends it."""
    return b"".join(iter(functools.partial(peer.recv, 65536), b""))


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """Both in one text."""
        form = serialization.PrivateFormat.PKCS8
        key = self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        return self.certificate.public_bytes(serialization.Encoding.PEM) + key

    @property
    def fingerprint(self) -> str:
        """As AA:BB:..."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()


@functools.lru_cache
def make(
    *names: str,
    issuer: Made | None = None,
    begins: datetime.datetime = LONG_AGO,
    ends: datetime.datetime = FAR,
    is_authority: bool = False,
) -> Made:
    """A certificate for the names; without an issuer it is self-signed. The same once for each process."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(n) for n in names]), critical=False)
    return Made(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def authority() -> Made:
    """One that nobody knows."""
    return make("Harbour Authority", is_authority=True)


def put(file: Path, made: Made) -> str:
    """The file's name, after writing certificate and key into it."""
    file.write_bytes(made.pem)
    return str(file)


def server_context(folder: Path, made: Made) -> ssl.SSLContext:
    """A server that shows this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(put(folder / "server.pem", made))
    return context
