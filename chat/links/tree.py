"""All links of this server: telling them, finding the way, and what happens when one comes or goes.

Owns: which peers there are, what each is told. Must not: know a protocol. Facts of another server go on to all other
Parley links as they came, with fields that only newer versions know, in the order in which they came, also where they
change nothing here: what is told by a tree of ordered links arrives everywhere after what it depends on. Facts of a
kind that only newer versions know do not, for nobody can tell who may say them; what is for some only is made anew.
"""

import logging
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from chat.links import inbound
from chat.links.asking import Desk
from chat.links.base import LinkError
from chat.links.logins import Logins
from chat.links.peer import Peer
from chat.state import netsplit
from chat.state.asking import Pending, Question
from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.relay import Relay
from chat.state.remote_logins import RemoteLogin
from chat.state.servers import Server, id_of
from chat.state.user import User
from protocol import fact_rules, facts, link
from protocol.facts import Fact
from protocol.limits import ENDED_CHANNELS, NETWORK_SERVERS
from protocol.masking import escaped
from protocol.names import fold
from protocol.values import Event, Source

log = logging.getLogger("parley.links")


class Tree(Relay):
    """The relay of a server that has, or may get, links."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.peers: list[Peer] = []  # those that are linked
        self.pending: list[Peer] = []  # those that are not yet
        self.incoming: Peer | None = None  # whose fact is being applied: it needs no copy
        self.afterwards: list[Fact] = []  # to be said after the fact that is being applied was passed on
        self._ended: dict[str, Channel] = {}  # by folded name
        self._has_facts = False  # some peer carries them
        self._arriving: frozenset[Peer] = frozenset()  # behind which servers are telling what they know
        self.desk = Desk(self)
        self.logins = Logins(self)
        self.arrivals = netsplit.Arrivals(network)
        network.relay = self

    # --- telling -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Call when a peer came, went, or speaks another protocol: who there is to tell."""
        self.is_linked = bool(self.peers)
        self._has_facts = any(peer.protocol.carries_facts for peer in self.peers)
        self.is_telling = self.incoming is None and self._has_facts

    def _told(self, carries_facts: bool) -> Iterable[Peer]:
        for peer in self.peers:
            if peer.is_told and peer is not self.incoming and peer.protocol.carries_facts == carries_facts:
                yield peer

    def line(self, fact: Fact) -> bytes:
        """A fact as it is told. One that no server would take is not, for the link would be cut for it. How far ahead
        its times may be is for others to say."""
        wrong = fact_rules.problem(fact, math.inf)
        data = b"" if wrong else link.encode(fact)
        if not wrong and len(data) <= link.LINE_LIMIT:
            return data
        log.error("%s is not told: %s", type(fact).__name__, wrong or "it is too long")
        return b""

    def tell(self, fact: Fact, line: bytes = b"") -> None:
        """To all Parley links but the one that it came from, which has told it by `line`."""
        peers = [*self._told(True)]
        data = (line or self.line(fact)) if peers else b""
        for peer in peers if data else ():
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
        """To all links but those that carry facts and have no members behind them; there may be some not known yet."""
        data: bytes | None = None
        for peer in channel.ways() | self._arriving if self._arriving else channel.ways():
            if peer is not self.incoming and peer.is_told and peer.protocol.carries_facts:
                data = self.line(_said(event, channel.name, speaker, status)) if data is None else data
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
            peer.send(self.line(_said(event, target.uid, speaker, "")))
        else:
            peer.protocol.say_to_user(event, target)

    def announce(self, event: Event) -> None:
        """To all links that know no facts."""
        for peer in self._told(False):
            peer.protocol.announce(event)

    # --- asking ------------------------------------------------------------------------------------------------

    def is_ruled_here(self, user: User) -> bool:
        """Whether nobody is nearer to the user who could decide."""
        return user.server is None or not user.server.link.protocol.carries_facts

    def kill(self, user: User, killer: Source, comment: str, event: Event) -> None:
        """To all links that know no facts, in another way to the one that leads to the user."""
        assert user.server is not None
        for peer in self._told(False):
            if peer is user.server.link:
                peer.protocol.kill(user, killer, comment)
            else:
                peer.protocol.show(event, user)

    def ask(self, server: Server, verb: str, *params: str, by: str = "") -> None:
        """See `asking`."""
        self.desk.request(server, verb, params, by or self.network.name)

    def inquire(self, server: Server, user: User, verb: str, params: Sequence[str]) -> Question | None:
        """See `asking`."""
        return self.desk.inquire(server, user, verb, params)

    def withdraw(self, question: Pending) -> None:
        """See `asking`."""
        self.desk.withdraw(question)

    def check_login(self, account: str, secret: str, address: str) -> RemoteLogin:
        """See `logins`."""
        return self.logins.check(account, secret, address)

    # --- taking ------------------------------------------------------------------------------------------------

    def take(self, fact: Fact, peer: Peer, line: bytes = b"") -> None:
        """A fact of another server, or one that its protocol made of what it said: applied, and passed on, as the
        `line` that it came as if there is one. Raises LinkError when the peer may not say so."""
        if not isinstance(fact, facts.ChannelState | facts.Joined):
            self.arrivals.tell()
        around, self.incoming, self.is_telling = self.incoming, peer, False
        try:
            passed_on = inbound.apply(self, peer, fact)
            if passed_on is not None:
                self.tell(passed_on, line if passed_on is fact else b"")
            while self.afterwards:
                self.speak(self.afterwards.pop(0))
        finally:
            self.afterwards.clear()
            self.incoming, self.is_telling = around, around is None and self._has_facts

    def speak(self, fact: Fact) -> None:
        """A fact of this server, said while one of another is being applied: everybody is told, the other as well."""
        around, self.incoming = self.incoming, None
        self.tell(fact)
        self.incoming = around

    @contextmanager
    def acting(self) -> Iterator[None]:
        """What is done inside is this server's own doing, though a fact of another is being applied: everybody is told,
        the other as well."""
        around, self.incoming = self.incoming, None
        self.refresh()
        try:
            yield
        finally:
            self.incoming = around
            self.refresh()

    def answer(self, peer: Peer, fact: Fact) -> bool:
        """A fact for one link alone; False when that is no way for facts."""
        if not peer.protocol.carries_facts:
            return False
        peer.send(self.line(fact))
        return True

    def channel_ended(self, channel: Channel) -> None:
        """The last member has left a channel, which is remembered for a while: see `merging`."""
        self._ended.pop(channel.folded, None)
        self._ended[channel.folded] = channel
        if len(self._ended) > ENDED_CHANNELS:
            del self._ended[next(iter(self._ended))]

    def ended_channel(self, name: str, created: int) -> Channel | None:
        """The channel that was made then, and has ended here lately."""
        ended = self._ended.get(fold(name))
        return ended if ended is not None and ended.created == created else None

    def _peers_changed(self) -> None:
        self.network.writer.first = frozenset(peer.session.outbox for peer in self.peers)
        self.refresh()

    # --- coming and going --------------------------------------------------------------------------------------

    def require_new(self, name: str, is_behind: bool = False) -> None:
        """Raises LinkError for a name that is in the tree already: a loop, or two servers that are called the same.
        `is_behind`: another server says that it is behind itself; otherwise it links here."""
        if fold(name) == fold(self.network.name):
            raise LinkError(f"{name} is my own name")
        server = self.network.servers.find(name)
        if server is not None and server.uplink is None and not is_behind:
            raise LinkError(f"{server.name} is linked already; its old connection is still open")
        if server is not None:
            raise LinkError(f"{server.name} is linked already, by {server.link.name}: no loops")
        if id_of(name) == self.network.sid or self.network.servers.of_id(id_of(name)) is not None:
            raise LinkError(f"{name} has the same id as another server; it needs another name")
        if len(self.network.servers) >= NETWORK_SERVERS:
            raise LinkError(f"there are {NETWORK_SERVERS} servers already")

    def established(self, peer: Peer, name: str, info: str) -> None:
        """A link is set up: its server is there from now on, and everybody is told. The burst follows."""
        self.require_new(name)
        told = facts.ServerUp(name, id_of(name), info, self.network.name)
        self.tell(told)
        peer.server = self.add_server(told, peer)
        peer.linked_at = peer.server.linked_at = time.time()
        self.peers.append(peer)
        self.pending.remove(peer)
        self._peers_changed()
        level, again = (logging.WARNING, " again") if self.network.servers.was_missed(name) else (logging.INFO, "")
        log.log(level, "linked to %s%s", name, again)
        self.network.notice_operators(f"Linked to {name}{again}", "s")

    def become_told(self, peer: Peer) -> None:
        """Sends the burst; from now on the peer is told of everything."""
        peer.protocol.burst()
        peer.is_told = True
        self.refresh()

    def arrives(self, server: Server, is_arriving: bool = True) -> None:
        """A server begins, or ends, to tell what it knows. Until the end, members behind it may be unknown here."""
        server.is_arriving = is_arriving
        self._arriving = frozenset(each.link for each in self.network.servers if each.is_arriving)

    def add_server(self, told: facts.ServerUp, peer: Peer) -> Server:
        """A server is there, behind `peer`; links that know no facts are told."""
        uplink = None if peer.server is None else self.network.servers.find(told.behind) or peer.server
        server = Server(told.name, told.sid, told.info, peer, uplink)
        self.network.servers.add(server)
        peer.depth = max(peer.depth, server.hops)
        for other in self._told(False):
            if other is not peer:
                other.protocol.show_server(server)
        return server

    def lost(self, peer: Peer, reason: str) -> None:
        """The link is no more; may be called twice."""
        if peer in self.pending:
            self.pending.remove(peer)
        if peer not in self.peers:
            return
        self.peers.remove(peer)
        self._peers_changed()
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
            self.arrives(each, False)
            self.desk.lose(each)
        self.arrivals.tell()
        netsplit.split(self.network, near, server.name, gone)
        log.info("%s split from %s: %s", server.name, near, escaped(reason))
        self.network.notice_operators(f"Netsplit {near} <-> {server.name}: {escaped(reason)}", "s")


def _said(event: Event, target: str, speaker: User, status: str) -> facts.Said:
    lines = None if event.detail is None else tuple((text, is_concat) for text, is_concat in event.detail)
    moment = event.time, event.msgid
    return facts.Said(speaker.uid, event.row.name, target, status, event.text, lines, event.tags, event.is_long, moment)
