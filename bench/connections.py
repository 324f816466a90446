"""The driver's connections: made, registered and brought into their channels.

Owns everything that is said before and between the measured rounds, where lines are looked at. It must not be used
while a round is measured; `load` counts there and reads nothing.
"""

import re
import select
import socket
import time
from collections.abc import Sequence

from bench.scenarios import TEXT_BYTES, Dialect

PATIENCE_SECONDS = 60.0
"""How long a conversation may stand still before it counts as failed. Hashing a hundred passwords fits in."""
CONNECTING_AT_ONCE = 250
"""Connections that are registering at the same time; far below any listen backlog."""
RECEIVE_BYTES = 1 << 18

IRC_REGISTERED = re.compile(rb"^:\S+ (376|422) ", re.MULTILINE)
IRC_REFUSED = re.compile(rb"^(ERROR .*|:\S+ (?!422)[45]\d\d .*)$", re.MULTILINE)
JSON_OPENED = re.compile(rb'"response_code": ?"110"')
JSON_CREATED = re.compile(rb'"response_code": ?"170"')
JSON_READY = re.compile(rb'"response_code": ?"100"')
JSON_REFUSED = re.compile(rb'^(.*"response_code": ?"[23]\d\d".*)$', re.MULTILINE)
PINGED = re.compile(rb"^(?::\S+ )?PING (.*)$", re.MULTILINE)


class LoadError(Exception):
    """The server did not do what the load needs; the text says what was expected and what came."""


class Connection:
    """One user's raw socket, non-blocking, and the end of what it received outside the measured rounds."""

    def __init__(self, port: int, name: str) -> None:
        self.name = name
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setblocking(False)
        # Otherwise a line may wait 40 ms for the acknowledgement of the one before it.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.heard = b""

    def send(self, line: bytes) -> None:
        """Send all of it; what is sent is always small beside the socket's buffer."""
        if self.socket.send(line) != len(line):
            raise LoadError(f"{self.name}: the server does not read, its socket is full")

    def receive(self) -> None:
        """Take what has come, keep it in `heard`, and answer a PING in it."""
        received = self.socket.recv(RECEIVE_BYTES)
        if not received:
            raise LoadError(f"{self.name}: the server closed the connection; last it said: {self.last_line()}")
        seen = self.heard.rfind(b"\n") + 1
        self.heard += received
        for token in PINGED.findall(self.heard, seen, self.heard.rfind(b"\n") + 1):
            self.send(b"PONG " + token.rstrip() + b"\r\n")

    def last_line(self) -> str:
        return (self.heard.splitlines() or [b"nothing"])[-1].decode(errors="replace")


def exchange(
    connections: Sequence[Connection], lines: Sequence[bytes], answer: re.Pattern[bytes], refusal: re.Pattern[bytes]
) -> None:
    """Send each connection its line and read until each has heard a line with `answer` in it.

    What was heard before is forgotten first. Raises LoadError when one hears a refusal, is closed, or when nobody hears
    anything for `PATIENCE_SECONDS`.
    """
    everybody = {connection.socket.fileno(): connection for connection in connections}
    waiting = set(connections)
    with select.epoll() as poller:
        for connection, line in zip(connections, lines, strict=True):
            poller.register(connection.socket, select.EPOLLIN)
            connection.heard = b""
            connection.send(line)
        while waiting:
            ready = poller.poll(PATIENCE_SECONDS)
            if not ready:
                lagging = next(iter(waiting))
                raise LoadError(
                    f"{len(waiting)} of {len(connections)} connections wait in vain for {answer.pattern!r}; "
                    f"{lagging.name} last heard: {lagging.last_line()}"
                )
            for descriptor, _ in ready:
                connection = everybody[descriptor]
                connection.receive()
                complete = connection.heard[: connection.heard.rfind(b"\n") + 1]
                if answer.search(complete):
                    waiting.discard(connection)
                elif refused := refusal.search(complete.replace(b"\r", b"")):
                    raise LoadError(f"{connection.name} was refused: {refused[1].decode(errors='replace')}")


def register(port: int, users: int, dialect: Dialect) -> tuple[list[Connection], float]:
    """Connect and register `users` users, u00000 and so on. Returns them and the seconds that it took."""
    connections: list[Connection] = []
    began = time.perf_counter()
    while len(connections) < users:
        last = min(users, len(connections) + CONNECTING_AT_ONCE)
        newcomers = [Connection(port, f"u{number:05}") for number in range(len(connections), last)]
        if dialect == "irc":
            lines = [f"NICK {user.name}\r\nUSER {user.name} 0 * :{user.name}\r\n".encode() for user in newcomers]
            exchange(newcomers, lines, IRC_REGISTERED, IRC_REFUSED)
        else:
            lines = [csp("NWUA", f'"username":"{user.name}","password":"correct horse"') for user in newcomers]
            exchange(newcomers, lines, JSON_OPENED, JSON_REFUSED)
        connections += newcomers
    return connections, time.perf_counter() - began


def gather(connections: Sequence[Connection], rooms: Sequence[str], dialect: Dialect) -> None:
    """Bring each connection into its room, and return when none has anything more to hear about it."""
    lines: list[bytes] = []
    created: set[str] = set()
    for user, room in zip(connections, rooms, strict=True):
        parameters = f'"username":"{user.name}","chat_name":"{room}"'
        if dialect == "irc":
            lines.append(f"JOIN {room}\r\n".encode())
        elif room in created:
            lines.append(csp("JOIN", parameters))
        else:
            exchange([user], [csp("CHAT", parameters)], JSON_CREATED, JSON_REFUSED)
            created.add(room)
            lines.append(b"")
    settle(connections, dialect, lines)
    settle(connections, dialect)


def settle(connections: Sequence[Connection], dialect: Dialect, lines: Sequence[bytes] = ()) -> None:
    """Send each its line, then ask each connection something, and return when each has its answer.

    All that the server owed a connection has then been read; and everybody said something, so no PING is due soon.
    """
    requests = lines or [b""] * len(connections)
    if dialect == "irc":
        token = f"settled-{time.monotonic_ns()}".encode()
        answer = re.compile(rb"PONG .*" + token)
        exchange(connections, [line + b"PING " + token + b"\r\n" for line in requests], answer, IRC_REFUSED)
    else:
        asked = [
            line + csp("REDY", f'"username":"{connection.name}"')
            for connection, line in zip(connections, requests, strict=True)
        ]
        exchange(connections, asked, JSON_READY, JSON_REFUSED)


def mark(number: int) -> str:
    """The part of a talker's text that tells whose it is."""
    return f"={number:03}="


MARKED = re.compile(rb"=(\d\d\d)=")


def message(sender: str, target: str, number: int, dialect: Dialect) -> bytes:
    """A complete line with a text of `TEXT_BYTES` bytes to a nick or room, the talker's mark at its start."""
    text = mark(number).ljust(TEXT_BYTES, "x")
    if dialect == "irc":
        return f"PRIVMSG {target} :{text}\r\n".encode()
    return csp("MSSG", f'"username":"{sender}","chat_name":"{target}"', "DC", f"({sender}) {text}")


def csp(command: str, parameters: str, channel: str = "CC", payload: str = "") -> bytes:
    """A request of the JSON protocol, as one line."""
    return (
        f'{{"version":1.0,"command":"{command}","parameters":{{{parameters}}},'
        f'"channel":"{channel}","payload":"{payload}"}}\n'
    ).encode()
