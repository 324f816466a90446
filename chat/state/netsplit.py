"""Servers go and come back: what their users and the others see of it (IRCv3 netsplit and netjoin batches).

Owns: who is told of many quits and joins at once, and how. Must not: know a link.
Thousands of users may go or come at once, and each of thousands is told of those it sees: each line is encoded once for
each flavour, what the members of the same channels get is put together once, and everybody gets all of it as one piece.
"""

import time
from collections.abc import Iterable

from chat.state import channel_modes, membership, registration
from chat.state.channel import Channel, Membership
from chat.state.delivery import Outbox
from chat.state.network import Network
from chat.state.servers import Server
from chat.state.user import User
from protocol import events
from protocol.codecs import around, wire_in_batch
from protocol.facts import Moment
from protocol.modes import RANKS, ModeChange
from protocol.values import Batch, Event, Flavour, Source

Sight = tuple[tuple[Channel, bool], ...]  # channels that somebody is in, and whether it is shown hidden members there


class _Bulk:
    """One batch, the same for all who get one."""

    def __init__(self, network: Network, kind: str, near: str, far: str) -> None:
        self._server = network.name
        self._batch = Batch(network.new_batch(), kind, (near, far))
        self._ends: dict[Flavour, tuple[bytes, bytes]] = {}

    def line(self, event: Event, flavour: Flavour) -> bytes:
        """One event in it."""
        return wire_in_batch(event, flavour, self._batch.reference)

    def whole(self, lines: Iterable[bytes], flavour: Flavour) -> bytes:
        """All of it; nothing when there are no lines."""
        data = b"".join(lines)
        if flavour not in self._ends:
            self._ends[flavour] = around(self._batch, flavour, self._server, time.time())
        start, end = self._ends[flavour]
        return start + data + end if data else b""


# --- going ---------------------------------------------------------------------------------------------------------


def quits(network: Network, servers: Iterable[Server], text: str) -> list[tuple[User, Event]]:
    """The users on `servers`, each with the event that tells of its going."""
    gone = sorted((user for server in servers for user in server.users), key=lambda user: user.folded)
    return [(user, network.event(events.QUIT, user.source, "", text)) for user in gone]


def split(network: Network, near: str, far: str, gone: list[tuple[User, Event]]) -> None:
    """The network has split between the servers `near` and `far`: `gone` from `quits` are gone."""
    departure = _Departure(network, _Bulk(network, "netsplit", near, far), gone)
    told: list[Outbox] = []
    for user, sight in departure.sights().items():
        for session in user.sessions:
            data = departure.told(sight, session.flavour)
            if data:
                session.outbox.append(data)
                told.append(session.outbox)
    network.writer.mark(told)
    for user, event in gone:
        registration.forget(network, user, event)


class _Departure:
    """Many users going, and who is told of which of them."""

    def __init__(self, network: Network, bulk: _Bulk, gone: list[tuple[User, Event]]) -> None:
        self._bulk = bulk
        self._gone = gone
        self._members: dict[Channel, tuple[list[int], list[int]]] = {}  # places in `gone`: of all, of the hidden
        for place, (user, _) in enumerate(gone):
            for channel, member in user.memberships.items():
                self._members.setdefault(channel, ([], []))[member.is_hidden].append(place)
        self._lines: dict[Flavour, list[bytes]] = {}
        self._abouts: dict[tuple[int, Channel], Event] = {}
        self._told: dict[tuple[Sight, Flavour], bytes] = {}

    def sights(self) -> dict[User, Sight]:
        """The users of this server who see some of them, and where."""
        found: dict[User, list[tuple[Channel, bool]]] = {}
        for channel, (_, hidden) in self._members.items():
            for user, member in channel.members.items():
                if user.sessions:
                    found.setdefault(user, []).append((channel, bool(hidden) and member.sees_all))
        return {user: tuple(sight) for user, sight in found.items()}

    def told(self, sight: Sight, flavour: Flavour) -> bytes:
        """What somebody who sees that much is told."""
        data = self._told.get((sight, flavour))
        if data is None:
            lines = self._by_channel(sight, flavour) if flavour.dialect.per_channel else self._once(sight, flavour)
            data = self._told[sight, flavour] = self._bulk.whole(lines, flavour)
        return data

    def _seen(self, channel: Channel, sees_all: bool) -> list[int]:
        shown, hidden = self._members[channel]
        return shown + hidden if sees_all else shown

    def _once(self, sight: Sight, flavour: Flavour) -> Iterable[bytes]:
        lines = self._lines.get(flavour)
        if lines is None:
            lines = self._lines[flavour] = [self._bulk.line(event, flavour) for _, event in self._gone]
        seen: set[int] = set().union(*(self._seen(*each) for each in sight))
        return map(lines.__getitem__, sorted(seen))

    def _by_channel(self, sight: Sight, flavour: Flavour) -> Iterable[bytes]:
        for channel, sees_all in sight:
            for place in sorted(self._seen(channel, sees_all)):
                about = self._abouts.get((place, channel))
                if about is None:
                    about = self._abouts[place, channel] = self._gone[place][1].about(channel.name)
                yield self._bulk.line(about, flavour)


# --- coming --------------------------------------------------------------------------------------------------------


class Arrivals:
    """Users entering channels because their servers were linked, whom the members here have not been told of yet. Call
    `tell` before anything else is told that could concern them, and before the lock is given up."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._seam = ("", "")  # the servers whose link brought them
        self._channels: dict[Channel, list[tuple[Event, Membership | None]]] = {}  # with who is hidden (+u), if any

    def enter(self, member: Membership, moment: Moment | None = None) -> None:
        """A user of another server has just been added to a channel, with its ranks. Unless its server is arriving, the
        members are told at once."""
        network, user, channel = self._network, member.user, member.channel
        event = network.event(events.JOIN, user.source, channel.name, "", user.realname, moment)
        seam = _seam(network, user)
        if seam is None:
            self.tell()
            membership.show_arrival(network, member, event, None)
            return
        if seam != self._seam:
            self.tell()
            self._seam = seam
        membership.note_arrival(network, member, event)
        hidden = member if member.is_hidden else None
        waiting = self._channels.setdefault(channel, [])
        waiting.append((event, hidden))
        if user.away is not None:
            waiting.append((network.event(events.AWAY, user.source, channel.name, user.away), hidden))

    def give_ranks(self, channel: Channel, members: list[Membership], source: Source) -> None:
        """The ranks that those who have just entered a channel brought; told after their coming."""
        network, waiting = self._network, self._channels.get(channel)
        brought = [ModeChange(True, letter, m.user.nick) for m in members for letter in RANKS if letter in m.ranks]
        for event in channel_modes.lines(network, channel, source, brought):
            if waiting is None:
                channel_modes.show(network, channel, event, None)
                continue
            network.history.record(channel.folded, event)
            network.relay.show(event, channel)
            waiting.append((event, None))

    def awaits(self, channel: Channel) -> bool:
        """Whether there are some in this channel."""
        return channel in self._channels

    def tell(self) -> None:
        """Tells the members, each in one batch of all its channels."""
        if not self._channels:
            return
        bulk = _Bulk(self._network, "netjoin", *self._seam)
        told: dict[Outbox, tuple[Flavour, list[bytes]]] = {}
        channels, self._channels = self._channels, {}
        for channel, waiting in channels.items():
            for flavour, outboxes, _ in channel.audiences():
                data = b"".join(bulk.line(event, flavour) for event, hidden in waiting if hidden is None)
                for outbox in outboxes:
                    told.setdefault(outbox, (flavour, []))[1].append(data)
            for event, hidden in waiting:
                for viewer in channel.viewers(hidden) if hidden is not None else ():
                    for session in viewer.sessions:
                        told[session.outbox][1].append(bulk.line(event, session.flavour))
        sent: list[Outbox] = []
        for outbox, (flavour, lines) in told.items():
            data = bulk.whole(lines, flavour)
            if data:
                outbox.append(data)
                sent.append(outbox)
        self._network.writer.mark(sent)


def _seam(network: Network, user: User) -> tuple[str, str] | None:
    """The two servers whose link brings in the server of `user`; None when it does not come at present."""
    newest, server = None, user.server
    while server is not None:
        if server.is_arriving:
            newest = server
        server = server.uplink
    if newest is None:
        return None
    return newest.uplink.name if newest.uplink is not None else network.name, newest.name
