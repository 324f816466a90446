"""All links of this server: telling them, finding the way, and what happens when one comes or goes.

Owns: which peers there are, what each is told. Must not: know a protocol. Facts of another server go on to all other
Parley links as they came, in the order in which they came, also where they change nothing here: what is told by a tree
of ordered links arrives everywhere after what it depends on.
"""

import logging
import time
from collections.abc import Iterable

from chat.links import inbound
from chat.links.base import LinkError
from chat.links.peer import Peer
from chat.state import netsplit
from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.relay import Relay
from chat.state.servers import Server, id_of
from chat.state.user import User
from protocol import facts, link
from protocol.facts import Fact
from protocol.values import Event

log = logging.getLogger("parley.links")


class Tree(Relay):
    """The relay of a server that has, or may get, links."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.peers: list[Peer] = []  # those that are linked
        self.incoming: Peer | None = None  # whose fact is being applied: it needs no copy
        network.relay = self

    # --- telling -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Call when a peer came, went, or speaks another protocol: who there is to tell."""
        self.is_linked = bool(self.peers)
        self.is_telling = self.incoming is None and any(peer.protocol.carries_facts for peer in self.peers)

    def _told(self, carries_facts: bool) -> Iterable[Peer]:
        for peer in self.peers:
            if peer.is_told and peer is not self.incoming and peer.protocol.carries_facts == carries_facts:
                yield peer

    def tell(self, fact: Fact) -> None:
        """To all Parley links but the one that it came from."""
        data = link.encode(fact)
        for peer in self._told(True):
            peer.send(data)

    def show(self, event: Event, about: Channel | User) -> None:
        """To all links that know no facts."""
        for peer in self._told(False):
            peer.protocol.show(event, about)

    def show_user(self, user: User) -> None:
        """To all links that know no facts."""
        for peer in self._told(False):
            peer.protocol.show_user(user)

    def say_to_channel(self, event: Event, channel: Channel, speaker: User, status: str = "") -> None:
        """To the Parley links behind which there are members, and to all others."""
        data = b""
        ways = {member.server.link for member in channel.members if member.server is not None}
        for peer in ways:
            if peer is not self.incoming and peer.is_told and peer.protocol.carries_facts:
                data = data or link.encode(_said(event, channel.name, speaker, status))
                peer.send(data)
        for peer in self._told(False):
            peer.protocol.say_to_channel(event, channel, status)

    def say_to_user(self, event: Event, target: User, speaker: User) -> None:
        """To the link that leads to `target`."""
        assert target.server is not None
        peer: Peer = target.server.link
        if peer is self.incoming:
            return
        if peer.protocol.carries_facts:
            peer.send(link.encode(_said(event, target.uid, speaker, "")))
        else:
            peer.protocol.say_to_user(event, target)

    # --- taking ------------------------------------------------------------------------------------------------

    def take(self, fact: Fact, peer: Peer) -> None:
        """A fact of another server, or one that its protocol made of what it said: applied, and passed on. Raises
        LinkError when the peer may not say so."""
        around, self.incoming = self.incoming, peer
        self.refresh()
        try:
            if inbound.apply(self, peer, fact):
                self.tell(fact)
        finally:
            self.incoming = around
            self.refresh()

    def speak(self, fact: Fact) -> None:
        """A fact of this server, said while one of another is being applied: everybody is told, the other as well."""
        around, self.incoming = self.incoming, None
        self.tell(fact)
        self.incoming = around

    def ask_state(self, peer: Peer, channel: Channel) -> None:
        """Asks for all that the other side knows of a channel."""
        if peer.protocol.carries_facts:
            peer.send(link.encode(facts.StateAsked(channel.name)))

    # --- coming and going --------------------------------------------------------------------------------------

    def require_new(self, name: str) -> None:
        """Raises LinkError for a name that is in the tree already: a loop, or two servers that are called the same."""
        if name.casefold() == self.network.name.casefold():
            raise LinkError(f"{name} is my own name")
        server = self.network.servers.find(name)
        if server is not None:
            raise LinkError(f"{server.name} is linked already, by {server.link.name}: no loops")

    def established(self, peer: Peer, name: str, info: str, software: str = "") -> None:
        """A link is set up: its server is there from now on, and everybody is told. The burst follows."""
        self.require_new(name)
        told = facts.ServerUp(name, id_of(name), info, self.network.name, software)
        self.tell(told)
        peer.server = self.add_server(told, peer)
        peer.linked_at = peer.server.linked_at = time.time()
        self.peers.append(peer)
        self.refresh()
        log.info("linked to %s", name)
        self.network.notice_operators(f"Linked to {name}", "s")

    def become_told(self, peer: Peer) -> None:
        """Sends the burst; from now on the peer is told of everything."""
        peer.protocol.burst()
        peer.is_told = True
        self.refresh()

    def add_server(self, told: facts.ServerUp, peer: Peer) -> Server:
        """A server is there, behind `peer`; links that know no facts are told."""
        uplink = None if peer.server is None else self.network.servers.find(told.behind) or peer.server
        server = Server(told.name, told.sid, told.info, peer, uplink, told.software)
        self.network.servers.add(server)
        for other in self._told(False):
            if other is not peer:
                other.protocol.show_server(server)
        return server

    def lost(self, peer: Peer, reason: str) -> None:
        """The link is no more; may be called twice."""
        if peer not in self.peers:
            return
        self.peers.remove(peer)
        self.refresh()
        if peer.server is not None:
            self.speak(facts.ServerDown(peer.server.name, reason))
            self.remove_server(peer.server, reason)

    def remove_server(self, server: Server, reason: str) -> None:
        """A server is gone, with everything behind it: its users quit, and links that know no facts are told."""
        near = server.uplink.name if server.uplink is not None else self.network.name
        behind = self.network.servers.behind(server)
        gone = netsplit.quits(self.network, behind, f"{near} {server.name}")
        for peer in self._told(False):
            peer.protocol.hide_server(server, gone, reason)
        for each in behind:
            self.network.servers.discard(each)
        netsplit.split(self.network, near, server.name, gone)
        log.info("%s split from %s: %s", server.name, near, reason)
        self.network.notice_operators(f"Netsplit {near} <-> {server.name}: {reason}", "s")


def _said(event: Event, target: str, speaker: User, status: str) -> facts.Said:
    lines = None if event.detail is None else tuple((text, is_concat) for text, is_concat in event.detail)
    moment = event.time, event.msgid
    return facts.Said(speaker.uid, event.row.name, target, status, event.text, lines, event.tags, event.is_long, moment)
