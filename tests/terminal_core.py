"""The core of the client without a screen, a thread or a socket: a loop that is turned by hand, and peers that are told
what to say.

Owns: the loop, the connections, the clock of such tests. Must not: know a dialect beyond the lines that tests feed.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from terminal import commands
from terminal.client import Client
from terminal.dialects import Identity
from terminal.model.line import Kind, Line
from terminal.model.window import Window
from terminal.network.connection import Listener
from terminal.network.endpoint import Endpoint
from terminal.network.failure import Failure
from terminal.network.tls import Tls
from terminal.sessions.session import Session
from terminal.settings.table import ServerSettings, Settings
from tests.process import until

NOW = datetime(2026, 3, 4, 12, 34, tzinfo=UTC)


class _Timer:
    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class ManualLoop:
    """Time stands still until `advance`; what was posted runs then, or in `run`."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._timers: list[tuple[float, int, _Timer]] = []
        self._soon: deque[Callable[[], object]] = deque()
        self._numbers = itertools.count()

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], object], /) -> _Timer:
        timer = _Timer(callback)
        heapq.heappush(self._timers, (self.now + delay, next(self._numbers), timer))
        return timer

    def call_soon_threadsafe(self, callback: Callable[[], object], /) -> None:
        self._soon.append(callback)

    def run(self) -> None:
        """Run what was posted, and what that posts."""
        while self._soon:
            self._soon.popleft()()

    def advance(self, seconds: float) -> None:
        """Let time go by; what is due meanwhile runs, in order."""
        end = self.now + seconds
        self.run()
        while self._timers and self._timers[0][0] <= end:
            self.now, _, timer = heapq.heappop(self._timers)
            if timer.callback is not None:
                timer.callback()
            self.run()
        self.now = end

    @property
    def waiting(self) -> int:
        """How many calls are to come."""
        return sum(timer.callback is not None for _, _, timer in self._timers)


class FakeConnection:
    """A connection as a session sees it; the test is the network and the server."""

    def __init__(self, endpoint: Endpoint, listener: Listener) -> None:
        self.endpoint = endpoint
        self.listener = listener
        self.lines: list[str] = []  # what was sent, without the ends of lines
        self.started = self.closed = False

    def start(self) -> None:
        self.started = True

    def send(self, data: bytes) -> None:
        assert not self.closed, f"sent to a closed connection: {data!r}"
        self.lines.append(data.decode().rstrip("\r\n"))

    def close(self) -> None:
        self.closed = True

    def accept(self) -> None:
        """The connection is there."""
        self.listener.connected()

    def secure(self, tls: Tls) -> None:
        """TLS is in force."""
        self.listener.secured(tls)

    def feed(self, *lines: str, end: str = "\r\n") -> None:
        """The server sends these lines, at once."""
        self.listener.received([(line + end).encode() for line in lines])

    def lose(self, kind: Any = "lost", text: str = "The connection was lost.", retry: bool = True) -> None:
        """The connection is gone, or never came about."""
        self.closed = True
        self.listener.ended(Failure(text, kind, retry))

    def take(self) -> list[str]:
        """The lines sent since the last time."""
        taken, self.lines = self.lines, []
        return taken


class FakeNetwork:
    """A dialler; `connections` are all that were dialled, `connection` is the last one."""

    def __init__(self) -> None:
        self.connections: list[FakeConnection] = []

    def __call__(
        self,
        endpoint: Endpoint,
        listener: Listener,
        post: Callable[[Callable[[], object]], object],
        timeout: float,
    ) -> FakeConnection:
        self.connections.append(FakeConnection(endpoint, listener))
        return self.connections[-1]

    @property
    def connection(self) -> FakeConnection:
        return self.connections[-1]


class Core:
    """A client with its loop and network. `clock` is what `client.now()` says; it goes on only by `pass_time`."""

    def __init__(self, **settings: Any) -> None:
        self.loop = ManualLoop()
        self.network = FakeNetwork()
        self.clock = NOW
        self.settings = Settings(**settings)
        self.client = Client(self.settings, self.loop, lambda: self.clock, self.network)

    def until(self, what: Callable[[], bool]) -> None:
        """Run what threads post, until `what` holds; fails when it does not within ten seconds."""

        def holds() -> bool:
            self.loop.run()
            return what()

        until(holds)

    def pass_time(self, seconds: float) -> None:
        """Let time go by, for timers and for the clock."""
        self.clock += timedelta(seconds=seconds)
        self.loop.advance(seconds)

    def session(
        self, name: str = "net", nick: str = "alice", joins: Iterable[str] = (), dialect: str = "irc", **server: Any
    ) -> Session:
        """A session that is not connected."""
        settings = ServerSettings(address="irc.test:6667", nick=nick, dialect=dialect, **server)
        return self.client.add_session(name, settings, Identity(nick), joins)

    def online(
        self, name: str = "net", nick: str = "alice", joins: Iterable[str] = (), features: str = "", **server: Any
    ) -> tuple[Session, FakeConnection]:
        """A session of IRC that the server has welcomed, and its connection; `features` are tokens of ISUPPORT."""
        session = self.session(name, nick, joins, **server)
        session.connect()
        peer = self.network.connection
        peer.accept()
        welcome(peer, nick, features)
        return session, peer

    def type(self, *lines: str) -> None:
        """As if typed into the current window."""
        for line in lines:
            commands.run(self.client, line)

    def say(self, window: Window, source: str, text: str, kind: Kind = "message", **more: Any) -> Line:
        """Put a line into a window, as the router does."""
        line = replace(self.client.line(kind, text, more.pop("time", None)), source=source, **more)
        self.client.add(window, line)
        return line


def a_client(**settings: Any) -> Core:
    """A client without sessions. settings -- those that differ from the defaults."""
    return Core(**settings)


def welcome(peer: FakeConnection, nick: str = "alice", features: str = "") -> None:
    """What an IRC server without capabilities says to somebody who registers."""
    peer.feed(
        ":irc.test 421 * CAP :Unknown command",
        f":irc.test 001 {nick} :Welcome",
        f":irc.test 005 {nick} {' '.join(['CHANTYPES=#', 'PREFIX=(qaohv)~&@%+', *features.split()])} :are supported",
        f":irc.test 422 {nick} :No MOTD",
    )


def texts(window: Window) -> list[str]:
    """The lines of a window: `nick text`, or the text alone."""
    return [f"{line.source} {line.text}".strip() for line in window.lines]


def on_channels(core: Core, *joins: str, **server: str) -> tuple[Session, FakeConnection]:
    """A session that is on these channels, with nothing left to be sent."""
    session, peer = core.online(joins=joins, **server)
    for join in joins:
        peer.feed(f":alice!a@h JOIN {join.split()[0]}")
    core.pass_time(20)
    peer.take()
    return session, peer
