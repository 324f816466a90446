"""A network of two good servers with a user on each, to which a test links a bad one.

Owns: that network, and what has to be so afterwards: nobody is harmed. Must not: hold a test.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.fake_peer import EVIL, MOMENT, NOW, FakePeer
from tests.networks import ParleyHere, across, until_reached
from tests.process import until

NEAR, THIRD = "near.test", "third.test"


class Net:
    """Two good servers, with a user each in #room, and `operator` to whom the links that are cut are told."""

    def __init__(self, near: ParleyHere, third: ParleyHere) -> None:
        self.near, self.third = near, third
        self._peer: FakePeer | None = None
        self.ann, self.cat = near.irc("ann"), third.irc("cat")
        until_reached(self.ann, self.cat)
        until_reached(self.cat, self.ann)
        self.ann.ask("JOIN #room", "TOPIC #room :ours")
        across(self.ann, self.cat)
        self.cat.ask("JOIN #room")
        across(self.cat, self.ann)
        self.operator = near.irc("root")
        self.operator.ask("OPER root secret", "MODE root +s +s")

    def evil(self) -> FakePeer:
        """A bad server, linked, with a user mallory in #room. What ann and cat were told of them is dropped."""
        if self._peer is not None:
            self._peer.close()
        until(lambda: self.near.network.servers.find(EVIL) is None)
        peer = self._peer = FakePeer(self.near.port).linked()
        mallory = peer.user("mallory")
        channel = self.near.channel("#room")
        peer.tell("Joined", uid=mallory, channel="#room", created=channel.created, joined=NOW, moment=MOMENT)
        peer.sync()
        self.unharmed()
        self.operator.sync()
        return peer

    def uid(self, nick: str) -> str:
        user = self.near.network.find_user(nick)
        assert user is not None
        return user.uid

    def unharmed(self) -> tuple[list[str], list[str]]:
        """Both users have one another, and the channel as it was; what they were told meanwhile."""
        by_ann, by_cat = across(self.cat, self.ann), across(self.ann, self.cat)
        for client in (self.ann, self.cat):
            lines = client.ask("NAMES #room", "TOPIC #room")
            assert any(line.endswith(" 332 " + client.nick + " #room :ours") for line in lines)
            assert any(" 353 " in line and {"@ann", "cat"} <= set(line.partition(" :")[2].split()) for line in lines)
        return by_ann, by_cat

    def is_cut(self, peer: FakePeer, reason: str) -> None:
        """The link was cut for that reason, which the operators know; all good users are told that its users quit."""
        last = peer.last_line()
        assert last.startswith("ERROR :Closing Link: 127.0.0.1 (") and reason in last
        peer.close()
        told = self.operator.lines_until(lambda line: f"Link to {EVIL} cut: " in line)
        assert reason in told[-1]
        for lines in self.unharmed():
            assert [line for line in lines if not line.startswith(":mallory!")] == []
            assert lines[-1] == f":mallory!fake@192.0.2.9 QUIT :{NEAR} {EVIL}"
        consistent(self.near)
        consistent(self.third)
        self.operator.sync()


def consistent(server: ParleyHere) -> None:
    """The tables of a server agree with one another."""
    network = server.network
    with network.lock:
        assert {user.uid: user for user in network.users.values()} == network.users_by_id
        assert all(folded == user.folded for folded, user in network.users.items())
        on_servers = {user for each in network.servers for user in each.users}
        assert on_servers == {user for user in network.users.values() if user.server is not None}
        for channel in network.channels.values():
            assert all(user.memberships.get(channel) is member for user, member in channel.members.items())
            assert set(channel.members) <= set(network.users.values())
        for user in network.users.values():
            assert all(network.channels.get(channel.folded) is channel for channel in user.memberships)
            assert user.server is None or network.servers.find(user.server.name) is user.server


@contextmanager
def two_servers() -> Iterator[Net]:
    """The network."""
    operator = '[[operator]]\nname = "root"\npassword = "secret"\n'
    with ParleyHere(NEAR, config=operator) as near, ParleyHere(THIRD, near) as third:
        yield Net(near, third)


def said(by: str, target: str, text: str = "spoofed", **other: Any) -> dict[str, Any]:
    fields = {"by": by, "kind": "PRIVMSG", "target": target, "status": "", "text": text, "lines": None, "tags": None}
    return {"fact": "Said", **fields, "is_long": False, "moment": MOMENT, **other}


def state(*registers: Any, members: Any = (), channel: str = "#room", created: int = NOW) -> dict[str, Any]:
    return {"fact": "ChannelState", "channel": channel, "created": created, "registers": registers, "members": members}
