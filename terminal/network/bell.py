"""Wakes a connection's thread that waits for its socket.

Owns: a pair of sockets. Must not: be waited on by two threads.
"""

import selectors
import socket
import threading
import time
from contextlib import suppress


class Bell:
    """`ring` may be called by any thread at any time, also after `close`, and never blocks."""

    def __init__(self) -> None:
        self._ear, self._hand = socket.socketpair()
        self._ear.setblocking(False)
        self._hand.setblocking(False)
        self._lock = threading.Lock()  # a ring must not reach a descriptor that is already somebody else's
        self._is_closed = False

    def ring(self) -> None:
        """Wake whoever waits, or will wait next."""
        with self._lock:
            if not self._is_closed:
                with suppress(OSError):  # full: there are rings enough
                    self._hand.send(b"\0")

    def wait(self, other: socket.socket | None, events: int, deadline: float | None) -> int:
        """Until the bell rings, `other` is ready for one of `events` (of selectors), or time.monotonic() has reached
        `deadline`. Returns the events that `other` is ready for; 0 when it is not."""
        pause = None if deadline is None else max(0.0, deadline - time.monotonic())
        with selectors.DefaultSelector() as selector:
            selector.register(self._ear, selectors.EVENT_READ)
            if other is not None and events:
                selector.register(other, events)
            ready = {key.fileobj: happened for key, happened in selector.select(pause)}
        if self._ear in ready:
            with suppress(OSError):
                self._ear.recv(4096)
        return ready.get(other, 0) if other is not None else 0

    def close(self) -> None:
        """Give the sockets back."""
        with self._lock:
            self._is_closed = True
            self._hand.close()
        self._ear.close()
