"""What tests of TLS, WebSocket and gateways need beside the harness: certificates, and sockets that speak both.

An `ssl.SSLSocket` or a `WebSocketSocket` stands where a client of the harness has its plain socket, so that every
dialect's client works over each of them.
"""

import hashlib
import select
import socket
import ssl
import tempfile
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from chat.transport.certificates import make_certificate
from tests.harness import TIMEOUT, Client, ServerUnderTest

Wanted = TypeVar("Wanted", bound=Client)
TLS = '[tls]\ncertificate = "cert.pem"\nkey = "key.pem"\n'
TLS_LISTENER = '[[listen]]\nhost = "127.0.0.1"\nport = 0\n[[listen]]\nhost = "127.0.0.1"\nport = 0\ntls = true\n'


@lru_cache
def certificate(name: str) -> tuple[bytes, bytes]:
    """A certificate and its key in PEM form, made once for each name in each process."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(Path(folder), [name])
        return (Path(folder) / "cert.pem").read_bytes(), (Path(folder) / "key.pem").read_bytes()


def put_certificate(folder: Path, name: str = "parley.test") -> None:
    """Writes both files into a data folder."""
    pair = certificate(name)
    (folder / "cert.pem").write_bytes(pair[0])
    (folder / "key.pem").write_bytes(pair[1])


def fingerprint_of(pem: bytes) -> str:
    """SHA-256 of a certificate, in lower-case hex."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode())).hexdigest()


def client_context(version: ssl.TLSVersion | None = None, folder: Path | None = None) -> ssl.SSLContext:
    """A client that trusts everybody; `version` is the only one it speaks; with cert.pem and key.pem of `folder`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if folder is not None:
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def use_tls(client: Wanted, context: ssl.SSLContext | None = None, name: str = "parley.test") -> Wanted:
    """The client, by TLS from now on."""
    client.socket = (context or client_context()).wrap_socket(client.socket, server_hostname=name)
    return client


class TwoWaySocket:
    """An `ssl.SSLSocket` for a test that sends in one thread and reads in another, which it cannot do by itself."""

    def __init__(self, inner: ssl.SSLSocket) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        inner.setblocking(False)

    def sendall(self, data: bytes) -> None:
        """Sends everything."""
        view = memoryview(data)
        while view:
            try:
                with self._lock:
                    view = view[self._inner.send(view) :]
            except ssl.SSLWantWriteError:
                select.select((), (self._inner,), (), TIMEOUT)

    def recv(self, size: int) -> bytes:
        """What came; b"" at the end."""
        while True:
            try:
                with self._lock:
                    return self._inner.recv(size)
            except ssl.SSLWantReadError:
                if not select.select((self._inner,), (), (), TIMEOUT)[0]:
                    raise TimeoutError from None

    def close(self) -> None:
        """Closes the connection without a word."""
        self._inner.close()


def both_ways(client: Wanted) -> Wanted:
    """The client, that has TLS, for two threads from now on."""
    inner: Any = client.socket
    client.socket = TwoWaySocket(inner)  # type: ignore[assignment]
    return client


def tls_port(server: ServerUnderTest) -> int:
    """The port of the first listener that is for TLS only."""
    return next(listener.server_address[1] for listener in server.server.listeners if listener.is_tls_only)


class WebSocketSocket:
    """As much of a socket as a client of the harness needs: each line that is sent goes into a message of its own, and
    each message that comes is read as a line. `frames` are the frames that came, in order."""

    def __init__(self, inner: Any, subprotocols: Sequence[str] = (), origin: str = "", binary: bool = False) -> None:
        self.inner = inner
        self.frames: list[Frame] = []
        self.binary = binary
        self.protocol = ClientProtocol(
            parse_uri("ws://parley.test/"),
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            origin=origin or None,  # type: ignore[arg-type]
            max_size=None,
        )
        self.response: Response | None = None
        self._lock = threading.Lock()  # a test may send in one thread and read in another
        self._lines = b""
        self._message: list[bytes] = []
        self.protocol.send_request(self.protocol.connect())
        self._flush()
        while self.response is None and self._fill():
            pass

    def _flush(self) -> None:
        """Call with the lock, but on opening."""
        data = b"".join(self.protocol.data_to_send())
        if data:
            self.inner.sendall(data)

    def _fill(self) -> bool:
        """Reads once; False at the end."""
        data = self.inner.recv(65536)
        if not data:
            return False
        with self._lock:
            self.protocol.receive_data(data)
            events = self.protocol.events_received()
        for event in events:
            if isinstance(event, Frame):
                self._take(event)
            else:
                assert isinstance(event, Response)
                self.response = event
        return True

    def _take(self, frame: Frame) -> None:
        self.frames.append(frame)
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._message.append(bytes(frame.data))
            if frame.fin:
                self._lines += b"".join(self._message) + b"\r\n"
                self._message = []

    def sendall(self, data: bytes) -> None:
        """Sends each line of `data` as a message."""
        for line in filter(None, data.split(b"\n")):
            self.message(line.removesuffix(b"\r"))

    def message(self, data: bytes) -> None:
        """Sends one message as it is."""
        with self._lock:
            self.protocol.send_binary(data) if self.binary else self.protocol.send_text(data)
            self._flush()

    def recv(self, size: int) -> bytes:
        """Lines that came; b"" at the end."""
        while not self._lines:
            if not self._fill():
                return b""
        data, self._lines = self._lines, b""
        return data

    def close(self) -> None:
        """Closes the connection without a word."""
        self.inner.close()


def use_websocket(client: Wanted, *subprotocols: str, origin: str = "", binary: bool = False) -> Wanted:
    """The client, by WebSocket from now on."""
    client.socket = WebSocketSocket(client.socket, subprotocols, origin, binary)  # type: ignore[assignment]
    return client


def websocket_of(client: Client) -> WebSocketSocket:
    """The WebSocket that a client uses."""
    found: Any = client.socket
    assert isinstance(found, WebSocketSocket)
    return found


def raw(port: int) -> socket.socket:
    """A plain connection."""
    return socket.create_connection(("127.0.0.1", port), TIMEOUT)
