"""Several Parleys in one thread, linked by wires: what travels on a wire arrives line by line, when the test says so.

Networks, trees, peers, link protocols, commands and clients' sessions are the real ones; only sockets, threads and the
clock are not there. So every order in which lines of links can cross is possible, and happens again when it is asked
for again.
Owns: servers without sockets, the wires between them, clients as sessions. Must not: know what a client makes of what
it is sent (`views`), or hold a test.
"""

import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, count, cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import argon2

from chat.commands import gate
from chat.commands import registration as registration_commands
from chat.commands.call import Call
from chat.links import handshake
from chat.links.tree import Tree
from chat.state import accounts, registration
from chat.state.channel import Channel
from chat.state.delivery import Outbox
from chat.state.network import Network
from chat.state.session import Session
from chat.storage.config import load_config
from chat.storage.history import HistoryStore
from chat.storage.passwords import Secret
from chat.storage.records import Account
from chat.storage.settings import Config, LinkPeer
from chat.storage.stores import open_accounts, open_bans, open_channels
from protocol.codecs import CSP_CODEC, IRC_CODEC, LAB_CODEC, Codec
from protocol.framing import TOO_LONG
from protocol.limits import HistoryLimits
from protocol.link import LINE_LIMIT
from tests.harness import load_commands

NOWHERE = Path("/nonexistent")
PASSWORD = "secret"
EXPECTED_CUTS = ("is linked already", "is being linked by another connection", "both servers have dialled")
_PLACE = LinkPeer(name="", host="127.0.0.1", port=1)


@lru_cache
def _secret() -> Secret:
    return Secret(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD))


@lru_cache
def _config(name: str) -> Config:
    config = load_config(None, NOWHERE, {"servername": name})
    return replace(config, links=replace(config.links, open=True), history=HistoryLimits(messages=0))


class Clock:
    """The time of a run, in milliseconds: it goes on when a test says so."""

    def __init__(self, now: int) -> None:
        self.now = now


class WiredNetwork(Network):
    """A network whose clock is that of the run, and wrong by `skew` milliseconds."""

    clock: Clock
    skew = number = 0

    def tick(self) -> int:
        """As in `Network`, by another clock."""
        self._clock = max(self._clock + 1, self.clock.now + self.skew)
        return self._clock

    def create_channel(self, name: str, modes: str) -> Channel:
        """As in `Network`; but no two servers make a channel in the same millisecond, where one of them has ended."""
        channel = super().create_channel(name, modes)
        while channel.created % 4 != self.number:
            channel.created_at = self.tick() / 1000
        return channel


class Troubles(logging.Handler):
    """What the servers' logs say that must not happen: failures, and links that are cut."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps what is wrong."""
        text = record.getMessage()
        if record.levelno >= logging.ERROR:
            error = record.exc_info[1] if record.exc_info else None
            if isinstance(error, BaseException):
                raise AssertionError(text) from error
            self.found.append(text)
        elif " cut: " in text and not any(expected in text for expected in EXPECTED_CUTS):
            self.found.append(text)


class Node:
    """One server."""

    def __init__(self, name: str, clock: Clock, skew: int = 0, number: int = 0) -> None:
        load_commands()
        stores = open_accounts(NOWHERE), open_channels(NOWHERE), open_bans(NOWHERE)
        for store in stores:
            cast(Any, store).flush = lambda: None
        self.network = WiredNetwork(_config(name), *stores, HistoryStore(None))
        self.network.clock, self.network.skew, self.network.number = clock, skew, number
        self.network._user_numbers = count(0)
        self.name = name
        self.tree = Tree(self.network)
        self.controls = SimpleNamespace(network=self.network, tree=self.tree)

    def add_account(self, name: str) -> None:
        """Makes an account whose password is PASSWORD."""
        if self.network.find_account(name) is None:
            self.network.account_store.put(Account(name, _secret()))

    def session(self, codec: Codec) -> Session:
        """A connection that has sent nothing."""
        network = self.network
        outbox = Outbox(cast(Any, None), network.limits.sendq, lambda: b"")
        session = Session(codec, outbox, network.writer, "127.0.0.1", network.name)
        network.sessions.add(session)
        network.admission.entered(session)
        return session

    def rest(self) -> None:
        """Forgets who was to be sent something: the wires and clients look by themselves."""
        cast(Any, self.network.writer)._dirty.clear()


def drained(session: Session) -> bytes:
    """What was queued for a connection since the last look."""
    queue = session.outbox.queue
    data = b"".join(queue)
    queue.clear()
    return data


class Client:
    """A connection of a user."""

    def __init__(self, node: Node, codec: Codec) -> None:
        self.node = node
        self.session = node.session(codec)
        self._call = Call(node.network, self.session, node.controls)

    @property
    def is_on(self) -> bool:
        """Whether the connection is there and belongs to a user."""
        return self.session.user is not None and not self.session.is_closed

    def say(self, *lines: str) -> None:
        """Sends lines, which are handled at once."""
        session = self.session
        for line in lines:
            request = session.codec.decode(line.encode())
            if request is None or session.is_closed:
                continue
            with self.node.network.lock:
                gate.run(self._call, request)
        if session.is_closed:
            self.end(session.quit_text)
        self.node.rest()

    def end(self, text: str = "Connection closed") -> None:
        """The connection is over."""
        network = self.node.network
        with network.lock:
            if not self.session.is_closed:
                self.session.is_closed = True
                network.admission.left(self.session)
            registration.end_session(network, self.session, text)

    def read(self) -> list[str]:
        """The lines since the last look."""
        return drained(self.session).decode().splitlines()


def irc(node: Node, nick: str, *capabilities: str, account: str = "") -> Client:
    """A client of modern IRC, registered unless its nick is taken; logged in to `account` if that is given."""
    client = Client(node, IRC_CODEC)
    if capabilities:
        client.say("CAP LS 302", f"CAP REQ :{' '.join(capabilities)}", "CAP END")
    waiting = client.session.registration
    if account and waiting is not None:
        node.add_account(account)
        waiting.account, waiting.proof = account, accounts.proof_of(node.network, account)
    client.say(f"NICK {nick}", f"USER {nick} 0 * :{nick} the tester")
    return client


def lab(node: Node, nick: str) -> Client:
    """A lab client, registered unless its nick is taken."""
    client = Client(node, LAB_CODEC)
    client.say(f"USER {nick} pc1 {node.name} :{nick} of the lab")
    return client


def json(node: Node, account: str) -> Client:
    """A client of CSP, logged in unless the nick is taken."""
    client = Client(node, CSP_CODEC)
    node.add_account(account)
    client.say(
        f'{{"version": 1.1, "command": "AUTH", "parameters": {{"username": "{account}", "password": "{PASSWORD}"}}, '
        '"channel": "CC", "payload": ""}'
    )
    return client


class End:
    """One end of a wire. `lines` are on their way from here; None at the end says that there will be no more."""

    def __init__(self, node: Node, session: Session) -> None:
        self.node = node
        self.session = session
        self.lines: deque[bytes | None] = deque()
        self.says_no_more = False
        self.is_over = False  # nothing is read here any more

    def pump(self) -> None:
        """Puts on the wire what the server has queued."""
        data = drained(self.session)
        if self.says_no_more:
            return
        self.lines.extend(data.split(b"\n")[:-1])
        if self.session.is_closed or self.is_over:
            self.hang_up()

    def hang_up(self) -> None:
        """No more lines from here."""
        if not self.says_no_more:
            self.says_no_more = True
            self.lines.append(None)

    def take(self, line: bytes | None) -> None:
        """A line from the other end has arrived, or the end of them."""
        network, session = self.node.network, self.session
        if self.is_over:
            return
        if line is not None and not session.is_closed:
            if session.peer is None:
                with network.lock:
                    handshake.accept(self.node.tree, session)
            cast(Any, session.peer).receive([line if len(line) <= LINE_LIMIT else TOO_LONG])
        if line is None or session.is_closed:
            self.is_over = True
            with network.lock:
                if session.peer is not None:
                    cast(Any, session.peer).ended(session.quit_text or "Connection closed")
                registration.end_session(network, session, "Connection closed")
        self.node.rest()


class Wire:
    """A connection between two servers, dialled by the first."""

    def __init__(self, near: Node, far: Node) -> None:
        self.ends = End(near, near.session(IRC_CODEC)), End(far, far.session(IRC_CODEC))
        self.is_cut = False
        with near.network.lock:
            handshake.dial(near.tree, self.ends[0].session, _PLACE)
        self.pump()

    @property
    def is_whole(self) -> bool:
        """Whether both ends can still talk."""
        return not self.is_cut and not any(end.says_no_more or end.is_over for end in self.ends)

    def pump(self) -> None:
        """Puts on the wire what both servers have queued."""
        for end in self.ends:
            end.pump()

    def deliver(self, direction: int) -> bool:
        """The next line of one direction arrives; False when there is none."""
        end, other = self.ends[direction], self.ends[1 - direction]
        if not end.lines:
            return False
        other.take(end.lines.popleft())
        return True

    def cut(self, arriving: tuple[int, int] = (0, 0)) -> None:
        """The connection breaks: of what is on its way so many lines still arrive, in each direction, and then its
        end."""
        self.pump()
        self.is_cut = True
        for end, some in zip(self.ends, arriving, strict=True):
            rest = [line for line in end.lines if line is not None][:some]
            end.lines.clear()
            end.lines.extend(rest)
            end.says_no_more = False
            end.hang_up()


class World:
    """Servers and the wires between them: at most one way from each to each."""

    def __init__(self, *names: str, skews: tuple[int, ...] = (), now: int = 1_700_000_000_000) -> None:
        self.clock = Clock(now)
        skews = skews or (0,) * len(names)
        self.nodes = [Node(*each, number) for number, each in enumerate(zip(names, cycle([self.clock]), skews))]
        self.wires: list[Wire] = []

    def parts(self) -> list[set[Node]]:
        """Which servers hang together by wires that are whole."""
        found = [{node} for node in self.nodes]
        for wire in self.wires:
            if wire.is_whole:
                near, far = (next(part for part in found if end.node in part) for end in wire.ends)
                if near is not far:
                    found.remove(far)
                    near |= far
        return found

    def link(self, near: Node, far: Node) -> Wire | None:
        """A server dials another; None when there is a way already."""
        if any(near in part and far in part for part in self.parts()):
            return None
        self.wires.append(Wire(near, far))
        return self.wires[-1]

    def directions(self) -> list[tuple[Wire, int]]:
        """Where something is on its way."""
        for wire in self.wires:
            wire.pump()
        self.wires = [wire for wire in self.wires if wire.is_whole or any(end.lines for end in wire.ends)]
        return [(wire, direction) for wire in self.wires for direction in (0, 1) if wire.ends[direction].lines]

    def deliver(self, place: int, lines: int = 1) -> None:
        """Some lines of one direction, the one at `place` among those that have any, arrive."""
        directions = self.directions()
        if directions:
            wire, direction = directions[place % len(directions)]
            for _ in range(lines):
                wire.deliver(direction)
                wire.pump()

    def carry(self, near: Node, far: Node, most: int = 1000) -> None:
        """What is on its way from one server to another now arrives, or some lines of it."""
        for wire, direction in self.directions():
            if (wire.ends[direction].node, wire.ends[1 - direction].node) == (near, far):
                for _ in range(min(most, len(wire.ends[direction].lines))):
                    wire.deliver(direction)
        self.directions()

    def cut(self, near: Node, far: Node) -> None:
        """The wire between two servers breaks, with what is on its way; both know at once."""
        for wire in self.wires:
            if {end.node for end in wire.ends} == {near, far} and wire.is_whole:
                wire.cut()
                for direction in (0, 1):
                    wire.deliver(direction)

    def quiet(self) -> None:
        """Everything arrives, in turns."""
        while directions := self.directions():
            for wire, direction in directions:
                wire.deliver(direction)

    def heal(self) -> None:
        """Everything arrives, and all servers are linked: a server that is refused tries again."""
        for _ in range(4):
            self.quiet()
            parts = self.parts()
            if len(parts) == 1:
                return
            for near, far in combinations(parts, 2):
                self.link(self._first(near), self._first(far))
        self.quiet()
        assert len(self.parts()) == 1, "the servers do not come together"

    def _first(self, part: set[Node]) -> Node:
        return next(node for node in self.nodes if node in part)


def troubles() -> Iterator[Troubles]:
    """Watches the logs of all servers; meanwhile nobody waits for what another server may say in a moment."""
    handler, patience = Troubles(), registration_commands.NICK_PATIENCE_SECONDS
    logger = logging.getLogger("parley")
    logger.addHandler(handler)
    registration_commands.NICK_PATIENCE_SECONDS = 0
    try:
        yield handler
    finally:
        registration_commands.NICK_PATIENCE_SECONDS = patience
        logger.removeHandler(handler)
