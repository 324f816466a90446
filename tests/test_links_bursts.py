"""Large networks link, split and link again, while users on both sides chat."""

import re
import threading
from contextlib import ExitStack

import pytest

from chat.links import peer
from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.user import User
from tests.harness import IrcClient
from tests.networks import ParleyHere, connect, disconnect, until_reached
from tests.process import until

USERS, CHANNELS, CHANNELS_OF_EACH = 1000, 200, 5
AFTERWARDS = 20  # messages that each still says once it has seen the other


def populate(server: ParleyHere, prefix: str, users: int = USERS, channels: int = CHANNELS) -> None:
    """Many users of this server in its channels, the first of each as its operator. They have no connections: nobody
    would read what they are sent."""
    network = server.network
    with network.lock:
        for number in range(users):
            user = User(f"{prefix}{number}", "many", "host.example", f"one of {users}", "127.0.0.1")
            user.uid, user.nick_since, user.real_host = network.new_user_id(), network.tick(), user.host
            network.users[user.folded] = network.users_by_id[user.uid] = user
            for place in range(CHANNELS_OF_EACH):
                name = f"#c{(number * 7 + place * 31) % channels}"
                enter(network, network.find_channel(name) or network.create_channel(name, "nt"), user)


def enter(network: Network, channel: Channel, user: User) -> None:
    """A user of this server enters without a word."""
    if user not in channel.members:
        member = channel.add(user, frozenset() if channel.members else frozenset("o"))
        member.joined = network.tick()
        member.stamps = dict.fromkeys(member.ranks, network.stamp())


def seen_by(server: ParleyHere) -> dict[str, object]:
    """The network as a server knows it."""
    network = server.network
    with network.lock:
        users = {user.uid: user.nick for user in network.users.values()}
        channels = {
            channel.name: (
                channel.created,
                sorted(channel.modes),
                {member.user.uid: sorted(member.ranks) for member in channel.members.values()},
            )
            for channel in network.channels.values()
        }
    return {"users": users, **channels}


def until_equal(*servers: ParleyHere) -> None:
    """Waits until all servers know the same."""
    until(lambda: all(seen_by(server) == seen_by(servers[0]) for server in servers), 20)


class Chatter(threading.Thread):
    """Says one numbered message after the other, with a PING after each, until it has seen the other one come and has
    said some more; what it was sent meanwhile is in `lines`."""

    def __init__(self, client: IrcClient, other: str) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.lines: list[str] = []
        self.said = 0
        self.seen_at = -1  # how many messages it had said when it saw the other come
        self._arrival = f":{other}!"

    def run(self) -> None:
        while self.seen_at < 0 or self.said < self.seen_at + AFTERWARDS:
            got = self.client.ask(f"PRIVMSG #c1 :number {self.said}")
            self.said += 1
            self.lines += got
            if self.seen_at < 0 and any(line.startswith(self._arrival) and " JOIN #c1" in line for line in got):
                self.seen_at = self.said


def heard(lines: list[str], speaker: str) -> tuple[int, list[int]]:
    """Where in the lines the speaker joined, and the numbers of what it said; none of that before its JOIN."""
    start = next(place for place, line in enumerate(lines) if line.startswith(f":{speaker}!") and " JOIN " in line)
    said = [line for line in lines if line.startswith(f":{speaker}!") and " PRIVMSG #c1 :number " in line]
    assert all(lines.index(line) > start for line in said)
    return start, [int(line.rpartition(" ")[2]) for line in said]


def test_two_large_networks_link_while_users_chat_and_nothing_is_lost() -> None:
    with ParleyHere("a.example") as a, ParleyHere("b.example") as b:
        populate(a, "a")
        populate(b, "b")
        alice, bob = a.irc("alice"), b.irc("bob")
        alice.ask("JOIN #c1")
        bob.ask("JOIN #c1")
        here, there = Chatter(alice, "bob"), Chatter(bob, "alice")
        here.start()
        there.start()
        connect(b, a)
        for chatter in (here, there):
            chatter.join(30)
            assert not chatter.is_alive()
        here.lines += alice.ask("PRIVMSG bob :end")
        there.lines += bob.lines_until(lambda line: line.endswith(" PRIVMSG bob :end"))
        bob.send("PRIVMSG alice :end")
        here.lines += alice.lines_until(lambda line: line.endswith(" PRIVMSG alice :end"))
        for speaker, listener in ((here, there), (there, here)):
            _, numbers = heard(listener.lines, speaker.client.nick)
            assert numbers == list(range(numbers[0], speaker.said)), "each once and in order"
            assert numbers[0] <= speaker.seen_at, "from the moment on at which it saw the other there"
        until_equal(a, b)
        assert len(a.network.users) == len(b.network.users) == 2 * USERS + 2


def test_large_networks_split_and_are_equal_when_they_are_linked_again() -> None:
    with ParleyHere("a.example") as a, ParleyHere("b.example") as b:
        populate(a, "a")
        populate(b, "b")
        alice = a.irc("alice")
        alice.ask(*(f"JOIN #c{number}" for number in range(10)))
        connect(b, a)
        until_equal(a, b)
        members = {channel.name: len(channel.members) for channel in a.network.channels.values()}
        alice.sync()
        disconnect(b, a)
        assert len(a.network.users) == USERS + 1
        assert len(b.network.users) == USERS
        gone = alice.sync()
        assert all(re.fullmatch(r":b\d+!\S+ QUIT :a.example b.example", line) for line in gone)
        assert len(set(gone)) == len(gone) > 100
        connect(b, a)
        until_equal(a, b)
        assert members == {channel.name: len(channel.members) for channel in a.network.channels.values()}


def test_of_three_in_a_row_the_middle_one_splits_and_comes_back() -> None:
    with ExitStack() as stack:
        a, b, c = (stack.enter_context(ParleyHere(f"{name}.example")) for name in "abc")
        for server, prefix in ((a, "a"), (b, "b"), (c, "c")):
            populate(server, prefix, 200, 40)
        alice, carol = a.irc("alice"), c.irc("carol")
        connect(b, a)
        connect(c, b)
        until_equal(a, b, c)
        assert len(a.network.users) == 602
        disconnect(b, a)
        disconnect(c, b)
        assert [len(server.network.users) for server in (a, b, c)] == [201, 200, 201]
        connect(c, b)
        connect(b, a)
        until_equal(a, b, c)
        assert len(a.network.users) == 602
        until_reached(alice, carol)


def test_what_changes_while_a_burst_is_told_in_parts_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "LINK_BURST_PART_BYTES", 1)  # each user and each channel is a part
    monkeypatch.setattr(peer, "_BUSY_SECONDS", 0.0)  # and others have their turn after each
    with ParleyHere("a.example") as a, ParleyHere("b.example") as b:
        populate(a, "a")
        alice, bob, tom = a.irc("alice"), b.irc("bob"), a.irc("tom")
        alice.ask("JOIN #late", "MODE #late +k key", "TOPIC #late :first")
        bob.ask("JOIN #late", "JOIN #watch")
        tom.ask("JOIN #watch")
        b_lines: list[str] = []
        connect(b, a)
        for number in range(30):  # somewhere in between the parts
            alice.ask(f"TOPIC #late :topic {number}", f"NICK alice{number}", "PART #late", "JOIN #late key")
            tom.ask(f"JOIN #new{number}", f"MODE #new{number} +m", f"AWAY :{number}", f"NICK tom{number}")
            b_lines += bob.sync()
        alice.nick, tom.nick = "alice29", "tom29"
        until_reached(alice, bob)
        until_equal(a, b)
        assert b.network.users["tom29"].away == "29"
        for number in range(30):
            channel = b.channel(f"#new{number}")
            assert channel.modes == {"m", "n", "t"}
            assert [(m.user.nick, m.ranks) for m in channel.members.values()] == [("tom29", frozenset("o"))]
