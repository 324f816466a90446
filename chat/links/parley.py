"""Parley links: facts, as they are. Owns: reading and writing them, and the line that makes a link one of these.
Must not: know what a fact changes (`inbound`).
"""

import logging
import time

from chat.links import burst, inbound_channels, inbound_messages, inbound_users  # noqa: F401  (they register facts)
from chat.links.base import LinkError, LinkProtocol
from chat.links.peer import Peer
from chat.state import domain
from chat.state.network import VERSION
from chat.state.servers import id_of
from protocol import facts, link
from protocol.masking import escaped

log = logging.getLogger("parley.links")
_CLOCKS_APART_SECONDS = 60


class ParleyLink(LinkProtocol):
    """A link that carries facts."""

    name = "parley"
    carries_facts = True

    def receive(self, line: bytes) -> None:
        """A fact, or ERROR."""
        if line.startswith(b"ERROR "):
            raise LinkError(f"the other side says: {escaped(line[6:].decode('utf-8', 'replace'))}")
        try:
            fact = link.decode(line)
        except link.Malformed as malformed:
            raise LinkError(f"not understood: {malformed}") from malformed
        if isinstance(fact, facts.Ping):
            self.peer.send(link.encode(facts.Pong(fact.token)))
        elif fact is not None and not isinstance(fact, facts.Pong):
            self.tree.take(fact, self.peer)

    def burst(self) -> None:
        """All facts."""
        assert self.peer.server is not None
        for fact in burst.burst(self.network, self.peer.server):
            self.peer.send(link.encode(fact))

    def ping(self, token: str) -> bool:
        """Asks for a Pong."""
        self.peer.send(link.encode(facts.Ping(token)))
        return True


def hello(peer: Peer) -> bytes:
    """The line that says: facts from here on."""
    network = peer.network
    return link.encode_hello(link.Hello(link.VERSION, network.sid, VERSION, time.time(), domain.home(network)))


def understood(line: bytes, name: str) -> link.Hello:
    """The hello of the server called `name`; raises LinkError."""
    try:
        said = link.decode_hello(line)
    except link.Malformed as malformed:
        raise LinkError(f"not understood: {malformed}") from malformed
    if said.sid != id_of(name):
        raise LinkError(f"{said.sid} is not the id of {name}")
    apart = abs(said.time - time.time())
    if apart > _CLOCKS_APART_SECONDS:
        log.warning("the clocks of this server and %s are %d seconds apart; set them right", name, apart)
    return said
