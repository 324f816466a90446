"""The closed loops that load a server: what is running while a round is measured.

Owns the hot loops. They count line ends and look at nothing else, save for one witness in each channel whose lines tell
the order of the talkers. Nothing may be added here that costs more than the server that it measures.
"""

import select
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence

from bench.connections import MARKED, RECEIVE_BYTES, Connection, LoadError, gather, message, settle
from bench.scenarios import Dialect, Scenario

RAMP_SECONDS = 0.3
"""Played before the clock starts, so that a round does not measure its own beginning."""
DRAIN_SECONDS = 15.0
"""How long the last lines of a round may take to arrive."""


class Load(ABC):
    """The closed loop of one scenario. `seconds` of it are one round."""

    def __init__(self, connections: Sequence[Connection], dialect: Dialect) -> None:
        self.connections = connections
        self.dialect = dialect
        self.poller = select.epoll()
        for connection in connections:
            self.poller.register(connection.socket, select.EPOLLIN)
        self.receivers = {connection.socket.fileno(): connection.socket.recv_into for connection in connections}
        self.buffer = bytearray(RECEIVE_BYTES)
        self.delivered = 0
        self.expected = 0
        self.latencies: list[tuple[float, int]] = []
        """Seconds from send to delivery, and how many lines took so long."""

    @abstractmethod
    def begin(self) -> None:
        """Fill every window."""

    @abstractmethod
    def pump(self, until: float, sending: bool) -> None:
        """Receive until that time of `time.perf_counter`, and send on; when not `sending`, until all has arrived."""

    def round(self, seconds: float) -> dict[str, float]:
        """One round; returns its measures. Raises LoadError when lines were lost or came twice."""
        try:
            return self.measure(seconds)
        except IndexError:
            raise LoadError("more lines were delivered than were sent") from None

    def measure(self, seconds: float) -> dict[str, float]:
        settle(self.connections, self.dialect)
        self.delivered = self.expected = 0
        self.begin()
        self.pump(time.perf_counter() + RAMP_SECONDS, sending=True)
        self.latencies.clear()
        before, began, cpu = self.delivered, time.perf_counter(), time.process_time()
        self.pump(began + seconds, sending=True)
        took, count, cpu = time.perf_counter() - began, self.delivered - before, time.process_time() - cpu
        latencies = sorted(self.latencies)
        self.pump(time.perf_counter() + DRAIN_SECONDS, sending=False)
        if self.delivered != self.expected:
            raise LoadError(f"{self.delivered:,} lines were delivered where {self.expected:,} should have been")
        return {
            "deliveries_per_second": count / took,
            "p50_ms": percentile(latencies, 0.50) * 1000,
            "p99_ms": percentile(latencies, 0.99) * 1000,
            "driver_cpu": cpu / took,
        }

    def closed(self, descriptor: int) -> LoadError:
        names = [connection.name for connection in self.connections if connection.socket.fileno() == descriptor]
        return LoadError(f"the server closed the connection of {names} in the middle of a round")


def percentile(latencies: Sequence[tuple[float, int]], part: float) -> float:
    """The smallest latency that `part` of all lines did not exceed; 0 when there were none."""
    left = part * sum(count for _, count in latencies)
    for latency, count in latencies:
        left -= count
        if left <= 0:
            return latency
    return 0.0


class Pairs(Load):
    """Two users each: what one receives, it answers with as many lines as came."""

    def __init__(self, connections: Sequence[Connection], dialect: Dialect, window: int) -> None:
        super().__init__(connections, dialect)
        self.window = window
        self.partners: dict[int, int] = {}
        self.on_their_way: dict[int, deque[list[float]]] = {}
        """For each receiver: [when sent, how many], oldest first."""
        for number, connection in enumerate(connections):
            partner = connections[number ^ 1]
            descriptor = connection.socket.fileno()
            self.partners[descriptor] = partner.socket.fileno()
            self.on_their_way[descriptor] = deque()
        line_of = [message(user.name, connections[n ^ 1].name, n % 2, dialect) for n, user in enumerate(connections)]
        self.lines = {
            user.socket.fileno(): [line * count for count in range(window + 1)]
            for user, line in zip(connections, line_of, strict=True)
        }

    def begin(self) -> None:
        for connection in self.connections[::2]:
            descriptor = connection.socket.fileno()
            connection.send(self.lines[descriptor][self.window])
            self.on_their_way[self.partners[descriptor]].append([time.perf_counter(), self.window])
        self.expected = len(self.connections) // 2 * self.window

    def pump(self, until: float, sending: bool) -> None:
        buffer, receivers, poll, clock = self.buffer, self.receivers, self.poller.poll, time.perf_counter
        senders = {connection.socket.fileno(): connection.socket.send for connection in self.connections}
        lines, partners, on_their_way, latencies = self.lines, self.partners, self.on_their_way, self.latencies
        delivered, sent, now = self.delivered, self.expected, clock()
        while now < until and (sending or delivered < sent):
            for descriptor, _ in poll(0.1):
                size = receivers[descriptor](buffer)
                if not size:
                    raise self.closed(descriptor)
                count = arrived = buffer.count(b"\n", 0, size)
                now = clock()
                waiting = on_their_way[descriptor]
                while arrived and waiting:
                    oldest = waiting[0]
                    if oldest[1] > arrived:
                        oldest[1] -= arrived
                        latencies.append((now - oldest[0], arrived))
                        break
                    latencies.append((now - oldest[0], int(oldest[1])))
                    arrived -= int(oldest[1])
                    waiting.popleft()
                delivered += count
                if sending and count:
                    senders[descriptor](lines[descriptor][count])
                    on_their_way[partners[descriptor]].append([now, count])
                    sent += count
            now = clock()
        self.delivered, self.expected = delivered, sent


class Group:
    """A channel: its members, and how far each of its listeners is behind."""

    def __init__(self, members: Sequence[Connection], talkers: int, room: str, dialect: Dialect, window: int) -> None:
        self.talkers = members[:talkers]
        self.counts = {member.socket.fileno(): 0 for member in members[talkers:]}
        """Lines that each listener has received. They all receive every line, and all in the same order."""
        self.witness = members[-1].socket.fileno()
        self.rest = b""
        self.order: deque[int] = deque()
        """Whose lines the witness has heard, from the first that not every listener has."""
        self.complete = 0
        """Lines that every listener has received."""
        self.lagging = len(self.counts)
        """Listeners that have received no line more than that."""
        self.copies = len(members) if dialect == "json" else len(members) - 1
        self.on_their_way: list[deque[tuple[float, int]]] = [deque() for _ in range(talkers)]
        lines = [message(talker.name, room, number, dialect) for number, talker in enumerate(self.talkers)]
        self.lines = [[line * count for count in range(window + 1)] for line in lines]

    def heard(self, received: bytes) -> None:
        """Note the talkers of the lines that the witness received."""
        complete, _, self.rest = (self.rest + received).rpartition(b"\n")
        self.order.extend(map(int, MARKED.findall(complete)))


class Groups(Load):
    """Channels: a talker sends as many lines as it had delivered to every listener of its channel."""

    def __init__(self, connections: Sequence[Connection], scenario: Scenario, dialect: Dialect) -> None:
        super().__init__(connections, dialect)
        self.window = scenario.window
        size = len(connections) // scenario.groups
        prefix = "#" if dialect == "irc" else ""
        rooms = [f"{prefix}bench{number}" for number in range(scenario.groups)]
        gather(connections, [room for room in rooms for _ in range(size)], dialect)
        self.groups = [
            Group(connections[number * size : (number + 1) * size], scenario.talkers, room, dialect, self.window)
            for number, room in enumerate(rooms)
        ]
        self.group_of = {member.socket.fileno(): self.groups[n // size] for n, member in enumerate(connections)}

    def begin(self) -> None:
        for group in self.groups:
            group.counts = dict.fromkeys(group.counts, 0)
            group.complete, group.lagging = 0, len(group.counts)
            group.order.clear()
            group.rest = b""
            for number, talker in enumerate(group.talkers):
                group.on_their_way[number].clear()
                group.on_their_way[number].append((time.perf_counter(), self.window))
                talker.send(group.lines[number][self.window])
                self.expected += self.window * group.copies

    def pump(self, until: float, sending: bool) -> None:
        buffer, receivers, poll, clock = self.buffer, self.receivers, self.poller.poll, time.perf_counter
        group_of, delivered, now = self.group_of, self.delivered, clock()
        while now < until and (sending or delivered < self.expected):
            ready = []
            for descriptor, _ in poll(0.1):
                size = receivers[descriptor](buffer)
                if not size:
                    raise self.closed(descriptor)
                count = buffer.count(b"\n", 0, size)
                delivered += count
                group = group_of[descriptor]
                counts = group.counts
                if descriptor in counts:
                    counted = counts[descriptor]
                    counts[descriptor] = counted + count
                    if descriptor == group.witness:
                        group.heard(bytes(buffer[:size]))
                    if counted == group.complete and count:
                        group.lagging -= 1
                        if not group.lagging:
                            ready.append(group)
            now = clock()
            for group in ready:
                self.advance(group, now, sending)
        self.delivered = delivered

    def advance(self, group: Group, now: float, sending: bool) -> None:
        """More lines have reached everybody: note how long they took and let their talkers go on."""
        counts = list(group.counts.values())
        least = min(counts)
        fresh, group.complete, group.lagging = least - group.complete, least, counts.count(least)
        lines: dict[int, int] = {}
        for _ in range(fresh):
            number = group.order.popleft()
            lines[number] = lines.get(number, 0) + 1
        for number, count in lines.items():
            on_their_way, left = group.on_their_way[number], count
            while left:
                sent, waiting = on_their_way.popleft()
                self.latencies.append((now - sent, min(waiting, left)))
                if waiting > left:
                    on_their_way.appendleft((sent, waiting - left))
                    break
                left -= waiting
            if sending:
                group.talkers[number].send(group.lines[number][count])
                on_their_way.append((now, count))
                self.expected += count * group.copies
