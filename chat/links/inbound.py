"""What another server says, done here: one function for each kind of fact, found by its type.

Owns: which function that is, and who may say what: a server speaks for itself and what lies behind it, seen from here.
Must not: know how the fact came. A function returns whether the fact goes on to the other Parley links: True, also for
what changes nothing here; False for what they need not know, or are told in another way.
"""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from chat.links.base import LinkError
from chat.state.servers import Server
from chat.state.user import User
from protocol import fact_rules
from protocol.facts import Fact
from protocol.limits import STAMP_AHEAD_SECONDS
from protocol.values import Source

if TYPE_CHECKING:
    from chat.links.peer import Peer
    from chat.links.tree import Tree

log = logging.getLogger("parley.links")
Kind = TypeVar("Kind")
_TABLE: dict[type[Any], Callable[["Inbound", Any], bool]] = {}


class Unknown(Exception):
    """Somebody that a fact names is not here any more, which happens when both ways of a link are busy: it is passed
    over."""


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
            raise Unknown(f"no user {uid}")
        return user

    def server(self, name: str) -> Server:
        """A server for which the peer may speak; it alone tells of those, so that it knows whether there is one. Raises
        LinkError."""
        server = self.network.servers.find(name)
        if server is None:
            if name.casefold() == self.network.name.casefold():
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


def apply(tree: "Tree", peer: "Peer", told: Fact) -> bool:
    """Does what a fact says; whether it goes on to the others. Raises LinkError when the peer may not say so."""
    wrong = fact_rules.problem(told, (time.time() + STAMP_AHEAD_SECONDS) * 1000)
    if wrong:
        raise LinkError(f"{type(told).__name__}: {wrong}")
    try:
        return _TABLE[type(told)](Inbound(tree, peer), told)
    except Unknown as unknown:
        log.debug("%s: %s: %s", peer.name, type(told).__name__, unknown)
        return True


def kinds() -> set[type[Any]]:
    """The kinds of facts that are understood."""
    return set(_TABLE)
