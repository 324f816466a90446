"""One connection to a server, with or without TLS, in a thread of its own: it calls, reads and writes.

Owns: the thread, and in which order the listener is told. Must not: look into a line, or let the core wait. Everything
that the core calls returns at once; everything that it is told runs in its own thread, by `post`.
"""

import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

from terminal.network import tls
from terminal.network.bell import Bell
from terminal.network.dialling import LookupErrors, dial
from terminal.network.endpoint import Endpoint
from terminal.network.failure import BUG, LEFT, STUCK, Ended, Failure, lost, not_reached
from terminal.network.posting import Posting
from terminal.network.tls import Tls
from terminal.network.traffic import Traffic

TIMEOUT_SECONDS = 15.0
MOST_QUEUED = 8 * 1024 * 1024  # bytes; a server that takes nothing may ask for answers without end


class Listener(Protocol):
    """Who is told what becomes of a connection, in this order; `ended` is always the last, and comes once."""

    def dialling(self, address: str) -> None:
        """This address (`host:port`, a number) is tried; a host may have several."""

    def connected(self) -> None:
        """The server has answered. With TLS, the handshake begins."""

    def secured(self, tls: Tls) -> None:
        """The handshake is done, and the server is who it should be, or the user does not mind."""

    def received(self, lines: list[bytes]) -> None:
        """Lines came, a few hundred at most, each with its end."""

    def ended(self, failure: Failure) -> None:
        """There is no connection any more, or none could be made."""


class Connection:
    """post -- has a callback called in the core's thread, in order, and may be called by any thread; a RuntimeError of
    it means that nobody listens any more. timeout -- seconds for each step of connecting."""

    def __init__(
        self,
        endpoint: Endpoint,
        listener: Listener,
        post: Callable[[Callable[[], object]], object],
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._endpoint = endpoint
        self._listener = listener
        self._timeout = timeout
        self._bell = Bell()
        self._posting = Posting(post, self._bell.ring)
        self._outgoing: deque[bytes] = deque()
        self._given = 0  # bytes; written by the core only
        self._traffic: Traffic | None = None
        self._is_stuck = False
        self._is_leaving = False
        self._is_aborted = False
        self._thread = threading.Thread(target=self._run, name=f"connection {endpoint.address}", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Queue complete lines with their ends; they go out as soon as there is a connection that is secure enough."""
        taken = self._traffic.taken if self._traffic is not None else 0
        self._is_stuck = self._is_stuck or self._given - taken > MOST_QUEUED
        self._outgoing.append(data)
        self._given += len(data)
        self._bell.ring()

    def close(self) -> None:
        """Send what is queued, for at most two seconds, and end. What is not connected yet ends at once."""
        self._is_leaving = True
        self._bell.ring()

    def abort(self) -> None:
        """End at once; what is queued is lost."""
        self._is_aborted = self._is_leaving = True
        self._bell.ring()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread, for `timeout` seconds at most; whether it has ended. The only call that waits: for the
        end of the program, and for tests."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    # In the connection's thread

    def _run(self) -> None:
        failure = BUG  # what is true unless one of the ways out below is taken
        try:
            self._live()
        except Ended as end:
            failure = end.failure
        except OSError as error:
            failure = lost(error, self._endpoint.address)
        finally:
            self._bell.close()
            self._posting.tell(partial(self._listener.ended, failure))

    def _live(self) -> None:
        context = tls.client_context(self._endpoint) if self._endpoint.is_secure else None
        connected = self._dial()
        try:
            self._posting.tell(self._listener.connected)
            if context is not None:
                connected = self._secure(connected, context)
            self._converse(connected)
        finally:
            with suppress(OSError):
                connected.close()

    def _dial(self) -> socket.socket:
        host, port = self._endpoint.host, self._endpoint.port
        try:
            return dial(host, port, self._timeout, self._wait, self._bell.ring, self._tell_address)
        except LookupErrors as error:
            raise Ended(not_reached(error, host, self._endpoint.address, self._timeout)) from None

    def _tell_address(self, address: str) -> None:
        self._posting.tell(partial(self._listener.dialling, address))

    def _secure(self, plain: socket.socket, context: ssl.SSLContext) -> socket.socket:
        secure, found = tls.secure(plain, context, self._endpoint, self._timeout, self._wait)
        self._posting.tell(partial(self._listener.secured, found))
        return secure

    def _converse(self, connected: socket.socket) -> None:
        deliver = partial(self._posting.deliver, self._listener.received)
        traffic = Traffic(connected, self._endpoint, self._bell, self._outgoing, deliver, self._posting.has_room)
        self._traffic = traffic
        while not (self._is_aborted or self._posting.is_deaf):
            if self._is_stuck and not self._is_leaving:
                raise Ended(STUCK)
            if self._is_leaving:
                traffic.leave()
            traffic.turn()
        raise Ended(LEFT)

    def _wait(self, other: socket.socket | None, events: int, deadline: float | None) -> int:
        """As `dialling.Wait` says."""
        while True:
            ready = self._bell.wait(other, events, deadline)
            if self._is_leaving or self._posting.is_deaf:
                raise Ended(LEFT)
            if ready:
                return ready
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError
            if other is None:
                return 0
