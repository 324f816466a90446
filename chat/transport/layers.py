"""What lies between a socket and the lines of the protocol: nothing, or layers of TLS and WebSocket, one in the other.

Owns: finding out from the first bytes which layers a connection has, and their order. Must not: read or send; the
reader thread brings what came, the writer thread takes what is to be sent, and one small lock keeps the two apart. Only
the reader ever waits for it: the writer is there for everybody, and comes back.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from chat.transport import proxy
from chat.transport.errors import TransportError
from chat.transport.tls import Context, TlsLayer
from chat.transport.tls_client import TlsClientLayer, client_context
from chat.transport.websocket import WebSocketLayer

_TLS_RECORD = b"\x16"  # a handshake record (RFC 8446 5.1); no line of a dialect starts with it
# No line of a dialect starts so. All of these are HTTP, for a form on any web page could POST lines of IRC here.
_HTTP = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"OPTIONS ")
_BLANK = b"\r\n \t"


class Layer(Protocol):
    """One layer, without I/O. `is_ended`: the peer has said that nothing more comes."""

    is_ended: bool

    def received(self, data: bytes) -> bytes:
        """What the layer above gets of what came; raises TransportError when this cannot go on."""

    def outgoing(self, data: bytes, is_last: bool) -> bytes:
        """What the layer below gets: what this layer has to say itself, `data`, and its farewell when `is_last`."""

    @property
    def has_output(self) -> bool:
        """Whether `outgoing` would give something even without data."""


@dataclass(frozen=True, slots=True)
class Door:
    """What a listener lets in. `tls`: None while there is no certificate; `is_tls_only`: nothing but TLS, at once;
    `may_name_source`, `must_name_source`: a PROXY header from this address is believed, is needed; `origins`: web pages
    that may open a WebSocket, empty for all; `greeting`: what a browser is told that comes without a WebSocket."""

    tls: Context | None = None
    is_tls_only: bool = False
    may_name_source: bool = False
    must_name_source: bool = False
    origins: Sequence[str] = ()
    greeting: str = ""


class Layers:
    """The layers of one connection, found out as its bytes come.

    is_plain     -- there are none, and there will be none: this object is not needed any more
    source       -- the address that a PROXY header named, "" for none
    tls          -- the TLS layer, or None
    is_awaited   -- the writer came while the reader was at work here: it is to be woken afterwards
    """

    def __init__(self, door: Door) -> None:
        self.is_plain = False
        self.source = ""
        self.tls: TlsLayer | TlsClientLayer | None = None
        self.is_awaited = False
        self._door = door
        self._layers: list[Layer] = []
        self._lock = threading.Lock()
        self._held = b""  # first bytes that do not tell enough yet
        self._step: Callable[[], bool] | None = self._look_for_source
        self._is_closed = False

    @classmethod
    def to_server(cls, host: str, fingerprint: str = "", certificate: str = "", key: str = "") -> "Layers":
        """TLS for a connection that this server has opened itself; for one without TLS there is nothing to find out,
        and no Layers. The other side must show the certificate of `fingerprint` (SHA-256, in lower-case hex) or, when
        that is "", one for `host` that an authority vouches for, and is sent nothing before it has. `certificate`,
        `key`: the PEM files of the own one, if there is one. Raises TransportError when these cannot be used."""
        layers = cls(Door())
        layers.tls = TlsClientLayer(client_context(fingerprint, certificate, key), host, fingerprint)
        layers._layers.append(layers.tls)
        layers._step = None
        return layers

    # --- the reader's side -------------------------------------------------------------------------------------

    def received(self, data: bytes) -> bytes:
        """The bytes of lines in what came from the socket. Raises TransportError."""
        with self._lock:
            if self._is_closed:
                return b""
            for layer in self._layers:
                data = layer.received(data)
            return self._look(data) if self._step is not None else data

    def _look(self, data: bytes) -> bytes:
        """Goes from one step to the next as far as the bytes tell; each step leaves what follows in `_held`."""
        self._held += data
        while self._step is not None and self._held:
            if not self._step():
                return b""
        data, self._held = self._held, b""
        return data

    @property
    def is_ended(self) -> bool:
        """Whether the peer has said that nothing more comes."""
        return any(layer.is_ended for layer in self._layers)

    @property
    def is_websocket(self) -> bool:
        """Whether the lines come by WebSocket."""
        return any(isinstance(layer, WebSocketLayer) for layer in self._layers)

    @property
    def has_output(self) -> bool:
        """Whether a layer has something to say of its own: a handshake, a pong, a farewell."""
        return any(layer.has_output for layer in self._layers)

    # --- steps: whether the next one can be taken; a False waits for more bytes ----------------------------------

    def _look_for_source(self) -> bool:
        door = self._door
        if not proxy.may_be_header(self._held):
            if door.must_name_source:
                raise TransportError("came without a PROXY header", "This address has to send a PROXY header first")
        elif not proxy.is_header(self._held):
            return False
        elif not door.may_name_source:
            raise TransportError(
                "sent a PROXY header, and is not in [proxy] from",
                "This server takes no PROXY header from your address",
                is_notable=True,
            )
        else:
            found = proxy.parse(self._held)
            if found is None:
                return False
            self.source, size = found
            self._held = self._held[size:]
        self._step = self._look_for_tls
        return True

    def _look_for_tls(self) -> bool:
        door = self._door
        if door.tls is None or not (door.is_tls_only or self._held.startswith(_TLS_RECORD)):
            return self._look_for_websocket()
        self.tls = TlsLayer(door.tls)
        self._add(self.tls, self._look_for_websocket)
        return True

    def _look_for_websocket(self) -> bool:
        self._step = self._look_for_websocket
        self._held = self._held.lstrip(_BLANK)
        if self._held.startswith(_HTTP):
            self._add(WebSocketLayer(self._door.origins, self._door.greeting), None)
            return True
        if any(method.startswith(self._held) for method in _HTTP):
            return False
        self._step = None
        self.is_plain = not self._layers
        return True

    def _add(self, layer: Layer, next_step: Callable[[], bool] | None) -> None:
        self._layers.append(layer)
        self._step = next_step
        held, self._held = self._held, b""
        self._held = layer.received(held)

    # --- the writer's side -------------------------------------------------------------------------------------

    def outgoing(self, lines: list[bytes], is_last: bool) -> list[bytes]:
        """What goes to the socket for these lines, and for what the layers say themselves; `is_last`: nothing will
        follow. Raises TransportError; BlockingIOError, with nothing done, while the reader is at work here."""
        if not self._lock.acquire(blocking=False):
            self.is_awaited = True
            raise BlockingIOError
        try:
            self.is_awaited = False
            if self._is_closed:
                return []
            self._is_closed = is_last
            if not self._layers and self._door.is_tls_only:
                return []  # nobody there could read a line yet
            data = b"".join(lines)
            for layer in reversed(self._layers):
                data = layer.outgoing(data, is_last)
            return [data] if data else []
        finally:
            self._lock.release()
