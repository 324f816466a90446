"""Parley links: facts, as they are. Owns: reading and writing them, and the line that makes a link one of these.
Must not: know what a fact changes (`inbound`).
"""

import logging
import time

from chat.links import (  # noqa: F401  (they register facts)
    burst,
    inbound_channels,
    inbound_messages,
    inbound_network,
    inbound_users,
)
from chat.links.base import LinkError, LinkProtocol
from chat.links.peer import Peer
from chat.state.network import VERSION
from chat.state.servers import id_of
from protocol import facts, link
from protocol.limits import CLOCKS_APART_SECONDS, LABEL_BYTES
from protocol.masking import escaped

log = logging.getLogger("parley.links")
_CLOCKS_WARN_SECONDS = 60


class ParleyLink(LinkProtocol):
    """A link that carries facts."""

    name = "parley"
    carries_facts = True

    def receive(self, line: bytes) -> None:
        """A fact, or ERROR."""
        error = link.decode_error(line)
        if error is not None:
            raise LinkError(f"the other side says: {escaped(error)}")
        try:
            fact = link.decode(line)
        except link.Malformed as malformed:
            raise LinkError(f"not understood: {malformed}") from malformed
        if isinstance(fact, facts.Ping):
            self.peer.send(link.encode(facts.Pong(fact.token)))
        elif fact is not None and not isinstance(fact, facts.Pong):
            self.tree.take(fact, self.peer, link.to_pass_on(line))

    def burst(self) -> None:
        """All facts, in parts; the other side does the same."""
        assert self.peer.server is not None
        self.tree.arrives(self.peer.server)
        pieces = burst.burst(self.network, self.peer.server)
        self.peer.begin_burst(b"".join(map(self.tree.line, piece)) for piece in pieces)

    def ping(self, token: str) -> bool:
        """Asks for a Pong."""
        self.peer.send(link.encode(facts.Ping(token)))
        return True


def hello(peer: Peer) -> bytes:
    """The line that says: facts from here on."""
    network = peer.network
    return link.encode_hello(link.Hello(link.VERSION, network.sid, VERSION, time.time()))


def require_understood(line: bytes, name: str) -> None:
    """The hello of the server called `name`; raises LinkError for one with which there can be no link."""
    try:
        said = link.decode_hello(line)
    except link.Malformed as malformed:
        raise LinkError(f"not understood: {malformed}") from malformed
    if said.version < 1:
        raise LinkError(f"there is no version {said.version} of the protocol of links")
    if said.sid != id_of(name):
        raise LinkError(f"{escaped(said.sid)} is not the id of {name}")
    apart = abs(said.time - time.time())
    if apart > CLOCKS_APART_SECONDS:
        raise LinkError(f"the clocks of the two servers are {apart:.0f} seconds apart; set them right")
    if apart > _CLOCKS_WARN_SECONDS:
        log.warning("the clocks of this server and %s are %d seconds apart; set them right", name, apart)
    log.info("%s runs %s", name, escaped(said.software)[:LABEL_BYTES])
