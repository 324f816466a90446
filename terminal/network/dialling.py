"""From a host's name to a connected socket.

Owns: looking the name up, and trying the addresses one after the other. Must not: speak, TLS included.
"""

import errno
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from terminal.network.endpoint import shown
from terminal.network.failure import rank

_UNDER_WAY = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)}
LookupErrors = (OSError, ValueError, OverflowError)  # an encoding that fails is a ValueError


class Wait(Protocol):
    """Waits until a socket is ready for the events (of selectors), or, without a socket, for a ring of the bell. Raises
    TimeoutError at the deadline (of time.monotonic()), and Ended when the connection is not wanted any more."""

    def __call__(self, other: socket.socket | None, events: int, deadline: float | None) -> int: ...


class _Lookup(threading.Thread):
    """getaddrinfo knows no time limit and cannot be given up; so it is left behind when it takes too long."""

    def __init__(self, host: str, port: int, on_done: Callable[[], None]) -> None:
        super().__init__(name="name lookup", daemon=True)
        self._host, self._port, self._on_done = host, port, on_done
        self.found: list[Any] = []
        self.error: Exception | None = None
        self.is_done = False

    def run(self) -> None:
        try:
            self.found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except LookupErrors as error:
            self.error = error
        self.is_done = True
        self._on_done()


def dial(
    host: str, port: int, timeout: float, wait: Wait, ring: Callable[[], None], on_address: Callable[[str], None]
) -> socket.socket:
    """A connected, non-blocking socket.

    timeout -- seconds for the look-up, and for each address; ring -- makes `wait` return; on_address -- told of each
    address that is tried. Raises one of LookupErrors, of several addresses the one that tells most.
    """
    errors: list[OSError] = []
    for family, kind, number, _, address in _addresses(host, port, timeout, wait, ring):
        on_address(shown(address[0], address[1]))
        try:
            return _connect(family, kind, number, address, time.monotonic() + timeout, wait)
        except OSError as error:
            errors.append(error)
    raise max(errors, key=rank)


def again(family: int, address: Any, deadline: float, wait: Wait) -> socket.socket:
    """A second connection to where one has led before. Raises OSError."""
    return _connect(family, socket.SOCK_STREAM, 0, address, deadline, wait)


def _addresses(host: str, port: int, timeout: float, wait: Wait, ring: Callable[[], None]) -> list[Any]:
    lookup = _Lookup(host, port, ring)
    deadline = time.monotonic() + timeout
    lookup.start()
    while not lookup.is_done:
        wait(None, 0, deadline)
    if lookup.error is not None:
        raise lookup.error
    return lookup.found


def _connect(family: int, kind: int, number: int, address: Any, deadline: float, wait: Wait) -> socket.socket:
    made = socket.socket(family, kind, number)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _check(made.connect_ex(address))
        wait(made, selectors.EVENT_WRITE, deadline)
        _check(made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    except BaseException:
        made.close()
        raise
    return made


def _check(code: int) -> None:
    if code not in _UNDER_WAY:
        raise OSError(code, os.strerror(code))
