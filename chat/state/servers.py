"""The other servers of the network, as a tree with this one at its root.

Owns: which there are, which of them stands behind which, who is on them. Must not: talk to any (`chat.links`).
"""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.limits import NETWORK_SERVERS
from protocol.names import fold
from protocol.values import Source

if TYPE_CHECKING:
    from chat.state.user import User

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ID_LENGTH = 6
_COUNTER_LENGTH = 6


class Place(NamedTuple):
    """A server, as users are shown it; `hops`: how many links lie between it and this one."""

    name: str
    info: str
    hops: int


class Server:
    """Another server. `uplink` is the one nearer to this server that it is linked to, None when that is this one;
    `link` the connection that leads to it, an object of `chat.links`. `is_arriving`: it is telling all that it knows,
    because it was linked just now."""

    __slots__ = (
        "folded", "hops", "info", "is_arriving", "link", "linked_at", "name", "sid", "source", "uplink", "users",
    )  # fmt: skip

    def __init__(self, name: str, sid: str, info: str, link: Any, uplink: "Server | None") -> None:
        self.name = name
        self.folded = fold(name)
        self.sid = sid
        self.info = info
        self.link = link
        self.uplink = uplink
        self.hops: int = 1 if uplink is None else uplink.hops + 1  # how many links lie between this server and that one
        self.linked_at = 0.0  # Unix seconds
        self.is_arriving = False
        self.users: set[User] = set()
        self.source = Source(name, name)

    @property
    def place(self) -> Place:
        """The server as users are shown it."""
        return Place(self.name, self.info, self.hops)


class Servers:
    """The table of the other servers."""

    def __init__(self) -> None:
        self._by_name: dict[str, Server] = {}
        self._missed: dict[str, None] = {}  # folded names, the longest missed first

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Server]:
        return iter(list(self._by_name.values()))

    def find(self, name: str) -> Server | None:
        """The server of that name, in any spelling."""
        return self._by_name.get(fold(name))

    def of_id(self, sid: str) -> Server | None:
        """The server with that id."""
        return next((server for server in self._by_name.values() if server.sid == sid), None)

    def add(self, server: Server) -> None:
        """A server is there."""
        self._by_name[server.folded] = server

    def discard(self, server: Server) -> None:
        """A server is gone."""
        self._by_name.pop(server.folded, None)

    def miss(self, name: str) -> None:
        """It was told that there is no link to that server."""
        self._missed[fold(name)] = None
        if len(self._missed) > NETWORK_SERVERS:
            del self._missed[next(iter(self._missed))]

    def was_missed(self, name: str) -> bool:
        """Whether it was told that there was no link to that server, which is linked now: it is missed no more."""
        return self._missed.pop(fold(name), self) is None

    def behind(self, server: Server) -> list[Server]:
        """`server` and all that are reached by it, the nearest first."""
        found = [server]
        for near in found:  # grows while it is walked
            found += [other for other in self._by_name.values() if other.uplink is near]
        return found

    def walk(self) -> Iterator[Server]:
        """All, each right after the one it stands behind and what stands there before it by name."""
        waiting = self.children(None)[::-1]
        while waiting:
            server = waiting.pop()
            yield server
            waiting += self.children(server)[::-1]

    def children(self, server: Server | None) -> list[Server]:
        """The servers that are linked to `server` on its far side; None: to this one."""
        return sorted((other for other in self._by_name.values() if other.uplink is server), key=lambda o: o.folded)


def id_of(name: str) -> str:
    """The id of the server called `name`: the same everywhere, also for servers that have none of their own. It begins
    with a digit, as no nick does."""
    number = int.from_bytes(hashlib.sha256(fold(name).encode()).digest()[:8], "big")
    return _DIGITS[number % 10] + in_digits(number // 10, _ID_LENGTH - 1)


def in_digits(number: int, length: int) -> str:
    """A number in base 36, the last digits of it."""
    text = ""
    for _ in range(length):
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text


def sid_of(uid: str) -> str:
    """The id of the server that gave a user's id."""
    return uid[:_ID_LENGTH]


def user_id(sid: str, number: int) -> str:
    """The unique id of the user with that number on a server."""
    return sid + in_digits(number, _COUNTER_LENGTH)
