"""Bytes both ways over a connected socket, plain or with TLS, until one side ends it.

Owns: reading, cutting into lines, writing, the orderly end. Must not: look into a line, or be used by two threads: an
OpenSSL object cannot be read by one and written by another.
"""

import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from protocol.framing import LineFramer, LineTooLong
from protocol.limits import RECEIVE_BYTES
from terminal.network import tls_words
from terminal.network.bell import Bell
from terminal.network.endpoint import Endpoint
from terminal.network.failure import CLOSED, LEFT, Ended, Failure

FLUSH_SECONDS = 2.0  # for what is queued when the connection is closed
_LINGER_SECONDS = 0.5  # of those, for the other side to say goodbye; a reset by us could destroy what was just sent
_PIECE = 65536
_TLS_RECORDS = (b"\x15\x03", b"\x16\x03")  # an alert, a handshake (RFC 8446 5.1)
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError)


class Traffic:
    """outgoing -- what is to be sent, filled by others, who ring; deliver -- takes lines with their ends; has_room --
    whether more should be read, rings when that changes. `taken` counts the bytes that left `outgoing`."""

    def __init__(
        self,
        connected: socket.socket,
        endpoint: Endpoint,
        bell: Bell,
        outgoing: deque[bytes],
        deliver: Callable[[list[bytes]], None],
        has_room: Callable[[], bool],
    ) -> None:
        self._socket = connected
        self._endpoint = endpoint
        self._bell = bell
        self._outgoing = outgoing
        self._deliver = deliver
        self._has_room = has_room
        self._framer = LineFramer(endpoint.longest_line)
        self.taken = 0
        self._unsent = bytearray()
        self._is_writable = True
        self._read_wants_write = False
        self._was_silent = True
        self._leave_by: float | None = None
        self._is_half_closed = False

    def leave(self) -> None:
        """Send what is queued, and end. Call again as often as is handy."""
        if self._leave_by is None:
            self._leave_by = time.monotonic() + FLUSH_SECONDS

    def turn(self) -> None:
        """Do what can be done, and wait until there is more; to be called until it raises Ended."""
        self._write()
        if self._leave_by is not None:  # before waiting: the ring that told of it may be heard already
            self._finish(self._leave_by)
        may_read = self._has_room()
        has_waiting = may_read and isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0
        self._bell.wait(self._socket, self._events(may_read), 0.0 if has_waiting else self._leave_by)
        if may_read:
            self._read()

    def _events(self, may_read: bool) -> int:
        has_output = bool(self._unsent or self._outgoing)
        wants_write = (has_output and self._is_writable) or (may_read and self._read_wants_write)
        return (selectors.EVENT_READ if may_read else 0) | (selectors.EVENT_WRITE if wants_write else 0)

    def _write(self) -> None:
        while self._is_writable and self._fill():
            try:
                sent = self._socket.send(self._unsent[:_PIECE])  # never less when tried again, as OpenSSL demands
            except (*_NOT_NOW, ssl.SSLWantWriteError):
                return
            except OSError:  # a broken connection is the reader's to report: it may have a last word of the server
                self._is_writable = False
                return
            del self._unsent[:sent]

    def _fill(self) -> bool:
        while self._outgoing and len(self._unsent) < _PIECE:
            data = self._outgoing.popleft()
            self._unsent += data
            self.taken += len(data)
        return bool(self._unsent)

    def _finish(self, leave_by: float) -> None:
        if time.monotonic() >= leave_by:
            raise Ended(LEFT)
        if self._is_half_closed or (self._is_writable and (self._unsent or self._outgoing)):
            return
        self._is_half_closed = True
        self._leave_by = min(leave_by, time.monotonic() + _LINGER_SECONDS)
        with suppress(OSError, ValueError):
            if isinstance(self._socket, ssl.SSLSocket):
                self._say_goodbye(self._socket)
            socket.socket.shutdown(self._socket, socket.SHUT_WR)  # SSLSocket's own would take TLS off the reader too

    def _say_goodbye(self, secure: ssl.SSLSocket) -> None:
        """close_notify; the other side's need not be waited for (RFC 8446 6.1)."""
        try:
            secure.unwrap()
        except ssl.SSLError:
            return
        raise Ended(LEFT)

    def _read(self) -> None:
        data, end = self._receive()
        if data and self._was_silent:
            self._was_silent = False
            if data.startswith(_TLS_RECORDS) and not self._endpoint.is_secure:
                raise Ended(tls_words.wants_tls(self._endpoint.address))
        if data:
            self._cut(data)
        if end is not None:
            raise Ended(self._with_hint(end) if self._leave_by is None else LEFT)

    def _receive(self) -> tuple[bytes, Failure | None]:
        """What is there, up to a bound, and the end of the connection when it has come."""
        self._read_wants_write = False
        pieces: list[bytes] = []
        size = 0
        while size < RECEIVE_BYTES:
            try:
                piece = self._socket.recv(RECEIVE_BYTES)
            except _NOT_NOW:
                break
            except ssl.SSLWantWriteError:
                self._read_wants_write = True
                break
            except OSError as error:
                return b"".join(pieces), tls_words.failed(error, self._endpoint)
            if not piece:
                return b"".join(pieces), CLOSED
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces), None

    def _with_hint(self, end: Failure) -> Failure:
        """A server that waits for TLS ends a connection in clear without a word, or resets it with its alert unread."""
        if not self._was_silent or self._endpoint.is_secure:
            return end
        return replace(end, text=f"{end.text} If this port is for TLS, add --tls.")

    def _cut(self, data: bytes) -> None:
        lines: list[bytes] = []
        for line in self._framer.feed(data):
            if isinstance(line, LineTooLong):
                self._deliver(lines)
                raise Ended(Failure("The server sent a line without end.", "protocol", retry=False))
            lines.append(line + b"\n")
        self._deliver(lines)
