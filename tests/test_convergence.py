"""Whatever happens on whatever server, while links break and are made anew and lines cross in whatever order: when it
is quiet, all servers hold the same, and every client knows what its server holds.

In the suite this runs a fixed number of examples, always the same. By hand, for others and for more of them:

    PARLEY_EXAMPLES=5000 python -m pytest tests/test_convergence.py
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.names import fold
from tests import wires
from tests.networks import Linked, ParleyHere, connect, disconnect, knows
from tests.process import until
from tests.views import CAPABILITIES, IrcView, JsonView, disagreements
from tests.wires import Client, Node, Troubles, World

EXAMPLES = int(os.environ.get("PARLEY_EXAMPLES", "0"))
SKEWS = (0, 2000, -3000, 1)
NAMES = ("one.example", "Two.Example", "three.example", "four.example")
NICKS = ("alice", "bob", "Alice", "carol")
CHANNELS = ("#den", "#Den", "#hall")
MODES = (
    "+k red", "+k blue", "-k x", "+l 5", "+l 7", "-l", "+t-n", "+n-t", "+m", "-m", "+u", "-u", "+i", "-i", "+f 2:10",
    "-f", "+s", "-s", "+b x!*@*", "+b X!*@*", "-b x!*@*", "+e y!*@*", "-e y!*@*", "+I z!*@*", "-I z!*@*", "+F #hall",
    "-F", "+CHMNQRUcz", "-CHMNQRUcz", "+P", "-P", "+b ~a:dave", "-b ~a:dave", "+imnt-s", "+kl green 9",
)  # fmt: skip
RANK_CHANGES = ("+o", "-o", "+v", "-v", "+h", "-h", "+q", "-q", "+a", "-a")
Step = tuple[int, int, int, int]
View = IrcView | JsonView


class Run:
    """One course of events."""

    def __init__(self, servers: int) -> None:
        self.world = World(*NAMES[:servers], skews=SKEWS[:servers])
        self.views: list[View] = []
        self.labs: list[Client] = []
        self._said = 0
        for near, far in zip(self.world.nodes, self.world.nodes[1:], strict=False):
            self.world.link(near, far)
        self.world.quiet()

    # --- who acts ----------------------------------------------------------------------------------------------

    def _clients(self) -> list[Client]:
        self.views = [view for view in self.views if view.client.is_on]
        self.labs = [client for client in self.labs if client.is_on]
        return [*(view.client for view in self.views), *self.labs]

    def _client(self, which: int) -> Client | None:
        clients = self._clients()
        return clients[which % len(clients)] if clients else None

    def _anybody(self, node: Node, which: int) -> str:
        nicks = sorted(user.nick for user in node.network.users.values())
        return nicks[which % len(nicks)] if nicks else "nobody"

    # --- what happens ------------------------------------------------------------------------------------------

    def step(self, step: Step) -> None:
        """One step."""
        action, who, what, more = step
        actions = (
            self._deliver, self._deliver, self._deliver, self.connect, self._join, self._join, self._part, self._kick,
            self._mode, self._mode, self._rank, self._topic, self._nick, self._quit, self._speak, self._break,
            self._link, self._link, self._about, self._invite, self._wait,
        )  # fmt: skip
        actions[action % len(actions)](who, what, more)

    def _deliver(self, where: int, lines: int, _: int) -> None:
        self.world.deliver(where, 1 + lines % 12)

    def _wait(self, some: int, _: int, __: int) -> None:
        self.world.clock.now += some % 7

    def connect(self, where: int, which: int, how: int) -> None:
        """Somebody comes."""
        if len(self._clients()) >= 6:
            return
        node, nick = self.world.nodes[where % len(self.world.nodes)], NICKS[which % len(NICKS)]
        if how % 6 == 0:
            self.labs.append(wires.lab(node, nick))
        elif how % 6 == 1:
            view: View = JsonView(wires.json(node, nick.lower()))
            self.views.append(view)
        else:
            account = nick.lower() if how % 6 == 2 else ""
            self.views.append(IrcView(wires.irc(node, nick, *CAPABILITIES, account=account)))

    def _view(self, which: int) -> View | None:
        self._clients()
        return self.views[which % len(self.views)] if self.views else None

    def _join(self, who: int, which: int, how: int) -> None:
        client, name = self._client(who), CHANNELS[which % len(CHANNELS)]
        if client is None:
            return
        if client.session.codec.dialect.has_groups:
            parameters = f'{{"username": "{client.session.nick}", "chat_name": "{name[1:]}"}}'
            for verb in ("CHAT" if how % 3 == 0 else "JOIN", "WHOS"):
                client.say(f'{{"version": 1.1, "command": "{verb}", "parameters": {parameters}}}')
                assert client.session.user is not None
                if all(channel.folded != fold(name) for channel in client.session.user.memberships):
                    break
            return
        assert client.session.user is not None
        before = set(client.session.user.memberships)
        client.say(f"JOIN {name} {('red', 'blue', 'green', '')[how % 4]}".strip())
        for entered in set(client.session.user.memberships) - before:
            if client.session.codec.dialect.is_modern:
                client.say(*(f"MODE {entered.name} {letters}".strip() for letters in ("", "b", "e", "I")))

    def _part(self, who: int, which: int, _: int) -> None:
        self._say(who, f"PART {CHANNELS[which % len(CHANNELS)]} :bye")

    def _kick(self, who: int, which: int, whom: int) -> None:
        client = self._client(who)
        if client is not None:
            self._say(who, f"KICK {CHANNELS[which % len(CHANNELS)]} {self._anybody(client.node, whom)} :out")

    def _mode(self, who: int, which: int, what: int) -> None:
        self._say(who, f"MODE {CHANNELS[which % len(CHANNELS)]} {MODES[what % len(MODES)]}")

    def _rank(self, who: int, which: int, what: int) -> None:
        client = self._client(who)
        if client is not None:
            change, whom = RANK_CHANGES[what % len(RANK_CHANGES)], self._anybody(client.node, what // 10)
            self._say(who, f"MODE {CHANNELS[which % len(CHANNELS)]} {change} {whom}")

    def _topic(self, who: int, which: int, what: int) -> None:
        self._say(who, f"TOPIC {CHANNELS[which % len(CHANNELS)]} :{('', 'tea', 'milk')[what % 3]}")

    def _nick(self, who: int, which: int, _: int) -> None:
        self._say(who, f"NICK {NICKS[which % len(NICKS)]}")

    def _quit(self, who: int, how: int, _: int) -> None:
        client = self._client(who)
        if client is not None:
            client.say("QUIT :gone") if how % 2 else client.end()

    def _speak(self, who: int, which: int, _: int) -> None:
        self._said += 1
        self._say(who, f"PRIVMSG {CHANNELS[which % len(CHANNELS)]} :word{self._said}")

    def _about(self, who: int, what: int, _: int) -> None:
        self._say(who, ("AWAY :tea", "AWAY", "SETNAME :Somebody Else", "MODE {nick} +i", "MODE {nick} -i")[what % 5])

    def _invite(self, who: int, which: int, whom: int) -> None:
        client = self._client(who)
        if client is not None:
            self._say(who, f"INVITE {self._anybody(client.node, whom)} {CHANNELS[which % len(CHANNELS)]}")

    def _say(self, who: int, line: str) -> None:
        client = self._client(who)
        if client is not None and not client.session.codec.dialect.has_groups:
            client.say(line.replace("{nick}", client.session.nick))

    def _break(self, which: int, one: int, other: int) -> None:
        whole = [wire for wire in self.world.wires if wire.is_whole]
        if whole:
            whole[which % len(whole)].cut((one % 20, other % 20))

    def _link(self, one: int, other: int, _: int) -> None:
        nodes = self.world.nodes
        self.world.link(nodes[one % len(nodes)], nodes[other % len(nodes)])

    # --- what must be true -------------------------------------------------------------------------------------

    def check(self) -> None:
        """Everything is delivered, everybody linked: who knows something else than the others?"""
        self.world.heal()
        found = disagreements(self.world.nodes)
        ids: dict[str, set[str]] = {}
        for view in self.views:
            view.look()
            found += view.problems()
            for text, seen in view.messages.items():
                assert len(seen) == len(set(seen)), f"{text} came twice"
                ids.setdefault(text, set()).update(seen)
        found += [f"{text} has several ids: {seen}" for text, seen in ids.items() if len(seen) > 1]
        assert not found, "\n".join(found)


@pytest.fixture
def watched() -> Iterator[Troubles]:
    yield from wires.troubles()


STEP = st.tuples(*(st.integers(0, limit) for limit in (20, 5, 11, 119)))


@settings(max_examples=EXAMPLES or 100, derandomize=not EXAMPLES, database=None)
@given(st.integers(2, 4), st.lists(STEP, min_size=30, max_size=90))
def _converges(watched: Troubles, servers: int, steps: list[Step]) -> None:
    watched.found.clear()
    run = Run(servers)
    for place, (_, where, which, how) in enumerate(steps[:5]):
        run.connect(where + place, which + place, how)
    for step in steps:
        run.step(step)
    run.check()
    assert not watched.found, watched.found


@pytest.mark.timeout(0 if EXAMPLES else 60)
def test_servers_and_clients_agree_when_it_is_quiet(watched: Troubles) -> None:
    _converges(watched)


# --- by sockets ----------------------------------------------------------------------------------------------------


class _Socket:
    """A client that is connected by a socket, as what makes a view of it."""

    def __init__(self, node: ParleyHere, nick: str) -> None:
        self.node = node
        self.client = node.irc(nick, *CAPABILITIES)
        user = node.network.find_user(nick)
        assert user is not None
        self.session = user.sessions[0]
        self._lines = [*self.client.welcome]

    def read(self) -> list[str]:
        """The lines since the last look, up to now."""
        lines = [*self._lines, *self.client.sync()]
        self._lines = []
        return lines

    def act(self, random: Random) -> None:
        """Sends much at once, and waits for nothing."""
        for _ in range(40):
            channel, nick = random.choice(CHANNELS), random.choice(NICKS)
            said = (
                f"JOIN {channel}", f"JOIN {channel}", f"PART {channel}", f"TOPIC {channel} :{random.random()}",
                f"KICK {channel} {nick}", f"MODE {channel} {random.choice(RANK_CHANGES)} {nick}", f"NICK {nick}",
                f"MODE {channel} {random.choice(MODES)}", "AWAY :tea", "AWAY",
            )  # fmt: skip
            self.client.send(random.choice(said))


def _agree(nodes: tuple[ParleyHere, ...]) -> bool:
    with ExitStack() as locks:
        for node in nodes:
            locks.enter_context(node.network.lock)
        return not disagreements(nodes)


@pytest.mark.parametrize("seed", [1, 2])
def test_real_servers_agree_after_everybody_did_much_at_once(seed: int, watched: Troubles) -> None:
    random = Random(seed)
    with ParleyHere("one.example") as one, ParleyHere("two.example", one) as two, ParleyHere("three.example") as three:
        nodes = (one, two, three)
        clients = [_Socket(node, f"user{number}") for number, node in enumerate((*nodes, *nodes))]
        views = [IrcView(client) for client in clients]
        for is_apart in (True, False, True):
            for client in clients:
                client.act(random)
            if is_apart:
                connect(three, two)
                until(lambda: knows(three, two.name) and knows(two, three.name))
            else:
                disconnect(three, two)
        for client in clients:
            client.act(random)
        for view in views:
            view.look()  # all is said
        for _ in range(3):  # what is said about it, and what that brings about
            Linked({node.name: node for node in nodes}).until_whole()
        until(lambda: _agree(nodes))
        for view in views:
            view.look()
        assert not [problem for view in views for problem in view.problems()]
        assert not [trouble for trouble in watched.found if "maintenance" not in trouble]
