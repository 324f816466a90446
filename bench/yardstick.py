"""The yardstick: what a threaded Python server can do on this machine when it has no features at all.

A thread per connection that reads, one lock, a list of waiting lines per connection, and one writer that joins what
waits and sends it without blocking: the same shape as the server, doing nothing but relaying. It knows NICK, USER,
JOIN, PRIVMSG and PING, checks nothing, limits nothing and believes its clients. It must stay this small and this fast.
"""

import argparse
import contextlib
import socket
import socketserver
import threading
from collections import deque

RETRY_SECONDS = 0.002
"""When the writer looks again at a connection whose socket buffer was full."""


class Yardstick(socketserver.ThreadingTCPServer):
    """All there is to know: who has which nick, and who is in which channel."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 4096

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, Connection)
        self.lock = threading.Lock()
        self.receivers: dict[bytes, list[Connection]] = {}
        self.dirty: deque[list[Connection]] = deque()
        self.wake = threading.Lock()
        threading.Thread(target=self.write, daemon=True).start()

    def woken(self) -> None:
        """Tell the writer that something is dirty; a raw lock is the cheapest semaphore that CPython has."""
        if self.wake.locked():
            with contextlib.suppress(RuntimeError):  # another thread was quicker
                self.wake.release()

    def write(self) -> None:
        """The one writer: one send for each connection that has lines waiting, however many they are."""
        full: set[Connection] = set()
        while True:
            self.wake.acquire(timeout=RETRY_SECONDS if full else -1)
            touched, full = full, set()
            while self.dirty:
                touched.update(self.dirty.popleft())
            for connection in touched:
                queue = connection.queue
                lines = queue[:]
                del queue[: len(lines)]
                waiting = b"".join(lines)
                try:
                    sent = connection.request.send(waiting, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    sent = 0
                except OSError:
                    continue
                if sent < len(waiting):
                    queue.insert(0, waiting[sent:])
                    full.add(connection)


class Connection(socketserver.BaseRequestHandler):
    """One client: reads and relays."""

    server: Yardstick
    request: socket.socket

    def setup(self) -> None:
        self.queue: list[bytes] = []
        self.myself = [self]
        self.names: list[bytes] = []
        self.prefix = b""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle(self) -> None:
        server, receive, rest = self.server, self.request.recv, b""
        while True:
            try:
                received = receive(65536)
            except OSError:
                return
            if not received:
                return
            lines = (rest + received).split(b"\r\n")
            rest = lines.pop()
            with server.lock:
                for line in lines:
                    self.obey(server, line)
            server.woken()

    def obey(self, server: Yardstick, line: bytes) -> None:
        verb, _, rest = line.partition(b" ")
        if verb == b"PRIVMSG":
            relayed = self.prefix + line + b"\r\n"
            receivers = server.receivers.get(rest.partition(b" ")[0], [])
            for connection in receivers:
                if connection is not self:
                    connection.queue.append(relayed)
            server.dirty.append(receivers)
        elif verb == b"PING":
            self.answer(server, b":yardstick PONG yardstick " + rest)
        elif verb == b"JOIN":
            # A new list, because the writer may be reading the old one.
            server.receivers[rest] = [*server.receivers.get(rest, []), self]
            self.names.append(rest)
        elif verb == b"NICK":
            self.names.append(rest)
            self.prefix = b":" + rest + b"!" + rest + b"@127.0.0.1 "
            server.receivers[rest] = self.myself
        elif verb == b"USER":
            nick = self.names[0]
            self.answer(server, b":yardstick 001 " + nick + b" :Welcome\r\n:yardstick 376 " + nick + b" :End")

    def answer(self, server: Yardstick, text: bytes) -> None:
        self.queue.append(text + b"\r\n")
        server.dirty.append(self.myself)

    def finish(self) -> None:
        receivers = self.server.receivers
        with self.server.lock:
            for name in self.names:
                receivers[name] = [member for member in receivers[name] if member is not self]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.yardstick", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    threading.stack_size(256 * 1024)
    with Yardstick(("127.0.0.1", parser.parse_args().port)) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
