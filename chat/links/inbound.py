"""What another server says, done here: one function for each kind of fact, found by its type.

Owns: which function that is, and who may say what: a server speaks for itself and what lies behind it, seen from here.
Must not: know how the fact came. A function returns whether the fact goes on to the other Parley links: True, also for
what changes nothing here; False for what they need not know, or are told in another way.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from chat.links.base import LinkError
from chat.state.servers import Server, sid_of
from chat.state.user import User
from protocol import fact_rules
from protocol.facts import Fact
from protocol.limits import CLOCKS_APART_SECONDS, NETWORK_SERVERS, STAMP_AHEAD_SECONDS
from protocol.names import fold
from protocol.values import Source

if TYPE_CHECKING:
    from chat.links.peer import Peer
    from chat.links.tree import Tree

log = logging.getLogger("parley.links")
Kind = TypeVar("Kind")
_FURTHEST_SECONDS = NETWORK_SERVERS * CLOCKS_APART_SECONDS  # no server that keeps to the rules tells of later times
_TABLE: dict[type[Any], Callable[["Inbound", Any], bool]] = {}


class Unknown(Exception):
    """Somebody that a fact names is not here any more, which happens when both ways of a link are busy. It goes on only
    from where that user was at home: elsewhere somebody might come meanwhile of whom the peer may not speak."""

    def __init__(self, uid: str) -> None:
        super().__init__(f"no user {uid}")
        self.sid = sid_of(uid)


class Inbound:
    """The tree, and the peer whose fact is being applied."""

    def __init__(self, tree: "Tree", peer: "Peer") -> None:
        self.tree = tree
        self.peer = peer
        self.network = tree.network

    def user(self, uid: str) -> User:
        """A user for whom the peer may speak. Raises Unknown, and LinkError when it is elsewhere."""
        user = self.anybody(uid)
        if user.server is None or user.server.link is not self.peer:
            raise LinkError(f"{user.nick} is not behind you")
        return user

    def anybody(self, uid: str) -> User:
        """A user anywhere; raises Unknown."""
        user = self.network.users_by_id.get(uid)
        if user is None:
            raise Unknown(uid)
        return user

    def server(self, name: str) -> Server:
        """A server for which the peer may speak; it alone tells of those, so that it knows whether there is one. Raises
        LinkError."""
        server = self.network.servers.find(name)
        if server is None:
            if fold(name) == fold(self.network.name):
                raise LinkError("you speak for me")
            raise LinkError(f"there is no server {name}")
        if server.link is not self.peer:
            raise LinkError(f"{server.name} is not behind you")
        return server

    def source(self, by: str) -> Source:
        """Who did something: a uid, or a server's name; errors as for `user`."""
        return self.user(by).source if fact_rules.is_uid(by) else self.server(by).source


def fact(kind: type[Kind]) -> Callable[[Callable[[Inbound, Kind], bool]], Callable[[Inbound, Kind], bool]]:
    """Marks the function for one kind of fact."""

    def register(function: Callable[[Inbound, Kind], bool]) -> Callable[[Inbound, Kind], bool]:
        assert kind not in _TABLE, kind
        _TABLE[kind] = function
        return function

    return register


def apply(tree: "Tree", peer: "Peer", told: Fact) -> Fact | None:
    """Does what a fact says; as what it goes on to the others, None when it does not. Raises LinkError when the peer
    may not say so."""
    told = _allowed(tree, peer, told)
    try:
        return told if _TABLE[type(told)](Inbound(tree, peer), told) else None
    except Unknown as unknown:
        log.debug("%s: %s: %s", peer.name, type(told).__name__, unknown)
        home = tree.network.servers.of_id(unknown.sid)
        return told if home is not None and home.link is peer else None


def _allowed(tree: "Tree", peer: "Peer", told: Fact) -> Fact:
    """A fact that keeps to the rules. What is dated too far in the future is dated back by the server beside the one
    that says so, for the whole network: all others bear half a day more for each link in between: so much may
    clocks be apart. Raises LinkError."""
    now = tree.network.wall()
    latest = now + (STAMP_AHEAD_SECONDS + (peer.depth - 1) * CLOCKS_APART_SECONDS) * 1000
    wrong = fact_rules.problem(told, latest)
    if wrong:
        channel = tree.network.find_channel(getattr(told, "channel", ""))
        if channel is not None:
            latest = max(latest, channel.latest + 1)  # it answers what came from further away
        told = fact_rules.bounded(told, latest, now + (STAMP_AHEAD_SECONDS + _FURTHEST_SECONDS) * 1000)
        wrong = fact_rules.problem(told, latest)
    if wrong:
        raise LinkError(f"{type(told).__name__}: {wrong}")
    return told


def kinds() -> set[type[Any]]:
    """The kinds of facts that are understood."""
    return set(_TABLE)
