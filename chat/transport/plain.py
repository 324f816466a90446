"""Sending without waiting, on a socket that another thread reads, and looking whether there is something to read.
Owns: the one system call that the writer makes, and that look.
Must not: keep anything. What TLS and WebSocket make of the bytes before is the business of `layers`.
"""

import select
import selectors
import socket

_DONT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)
_PORTABLE_PIECE = 16384


def send_now(connection: socket.socket, data: bytes) -> int:
    """Bytes of `data` that the kernel took at once, 0 if none. Raises OSError when the connection is gone."""
    try:
        if _DONT_WAIT:
            return connection.send(data, _DONT_WAIT)
        if not select.select((), (connection,), (), 0)[1]:  # Windows has no such flag
            return 0
        return connection.send(data[:_PORTABLE_PIECE])
    except (BlockingIOError, InterruptedError):
        return 0


def is_readable(connection: socket.socket, seconds: float) -> bool:
    """Waits at most so long until there is something to read, or the connection is gone; whether that is so."""
    with selectors.DefaultSelector() as selector:
        try:
            selector.register(connection, selectors.EVENT_READ)
        except (OSError, ValueError):  # closed
            return True
        return bool(selector.select(seconds))


def keep_alive(connection: socket.socket) -> None:
    """Small lines leave at once, and a vanished peer is noticed even by dialects that have no PING."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)
