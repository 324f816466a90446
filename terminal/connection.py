"""One TCP connection: lines in through a reader thread, lines out through a writer thread.

Owns: the socket and both threads. Must not: look into a line. Nobody who calls `send` ever waits for the network: a
server that stops reading until we read would otherwise stop both sides for good.
"""

import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from protocol.limits import RECEIVE_BYTES

LINE_BYTES = 16 * 1024 * 1024  # a longer line is no chat line; the longest honest one is a JSON history
_FORBIDDEN = str.maketrans({"\r": " ", "\n": " ", "\0": " "})  # would end the line and start a command of its own


class CannotConnect(Exception):
    """No connection; the text is a sentence for the user."""


def dial(host: str, port: int, timeout: float) -> socket.socket:
    """A connected socket, or CannotConnect. timeout -- in seconds, for the connecting only."""
    where = f"{host}:{port}"
    try:
        found = socket.create_connection((host, port), timeout)
    except ConnectionRefusedError:
        raise CannotConnect(f"Nobody answers at {where}: the connection was refused. Is a server running?") from None
    except TimeoutError:
        raise CannotConnect(f"Nobody answers at {where}: no reply in {timeout:g} seconds.") from None
    except socket.gaierror:
        raise CannotConnect(f"There is no host called {host}.") from None
    except (OSError, UnicodeError, OverflowError) as error:
        raise CannotConnect(f"No connection to {where}: {error}.") from None
    found.settimeout(None)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


class Connection:
    """Lines over a connected socket.

    on_line -- called by the reader thread with each line, without its end;
    on_end -- called once by the reader thread, with the reason or "" for an orderly end.
    """

    def __init__(self, connected: socket.socket, on_line: Callable[[str], None], on_end: Callable[[str], None]) -> None:
        self._socket = connected
        self._on_line = on_line
        self._on_end = on_end
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="reader", daemon=True)
        self._writer = threading.Thread(target=self._write, name="writer", daemon=True)

    def start(self) -> None:
        """Start both threads."""
        self._reader.start()
        self._writer.start()

    def send(self, line: str) -> None:
        """Queue one line; its end is added here."""
        self._outgoing.put(line.translate(_FORBIDDEN).encode(errors="replace") + b"\r\n")

    def close(self, timeout: float = 2.0) -> None:
        """Send what is queued, for at most `timeout` seconds, and close."""
        self._outgoing.put(None)
        if self._writer.is_alive():
            self._writer.join(timeout)
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._reader.is_alive():
            self._reader.join(timeout)
        self._socket.close()

    def _write(self) -> None:
        with suppress(OSError):  # a broken connection is the reader's to report
            while (data := self._outgoing.get()) is not None:
                self._socket.sendall(data)

    def _read(self) -> None:
        reason = "the client failed to handle a line"  # what is true unless one of the ways out below is taken
        pending = bytearray()
        try:
            while data := self._socket.recv(RECEIVE_BYTES):
                pending += data
                *lines, rest = pending.split(b"\n") if b"\n" in data else [pending]
                for line in lines:
                    self._on_line(decode(line.removesuffix(b"\r")))
                pending = rest
                if len(pending) > LINE_BYTES:
                    reason = "the server sent a line without end"
                    return
            reason = ""
        except OSError as error:
            reason = error.strerror or str(error)
        finally:
            self._on_end(reason)


def decode(line: bytes | bytearray) -> str:
    """UTF-8, or the Latin-1 that older servers and clients still send."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
