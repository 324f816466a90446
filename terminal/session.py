"""One conversation: ties a dialect to a connection and a display, and remembers where we are.

Owns: the lock that all of this shares, the current channel, who is known to be where, and how it all ended.
Must not: know a wire format, read a keyboard, or wait for the network while it holds the lock.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from terminal.dialects import Dialect
from terminal.display import Display
from terminal.events import (
    Closing,
    Event,
    Fatal,
    Joined,
    JoinRefused,
    Left,
    Members,
    Notice,
    Problem,
    Ready,
    Renamed,
    Said,
    Step,
    Synchronised,
)

SYNC_TOKEN = "parley-sync-"
_RANK_SIGNS = "~&@%+"


class Line(Protocol):
    """What a session needs of a connection."""

    def send(self, line: str) -> None:
        """Queue a line without waiting."""


class Session:
    """The state of the client. The reader thread calls `received` and `ended`, the main thread everything else.

    joins -- channels to enter as soon as the server lets us; create_missing -- make a group that does not exist
    rather than report it; on_end -- called, without the lock, when the conversation is over.
    """

    def __init__(
        self, dialect: Dialect, display: Display, joins: Iterable[str] = (), create_missing: bool = False
    ) -> None:
        self.lock = threading.Condition()
        self.dialect = dialect
        self.wire = False
        self.current = ""
        self.failure: Fatal | None = None
        self.over = False
        self.quitting = False
        self.refused = False
        self.on_end: Callable[[], None] = lambda: None
        self._display = display
        self._joins = tuple(joins)
        self._create_missing = create_missing
        self._connection: Line | None = None
        self._channels: dict[str, str] = {}
        self._people: dict[str, dict[str, str]] = {}
        self._closing = ""
        self._synchronised: set[str] = set()
        self._tokens = 0

    # Called by the main thread

    def start(self, connection: Line) -> None:
        """Say hello over `connection`."""
        with self.lock:
            self._connection = connection
            self.do(self.dialect.start())

    def do(self, step: Step) -> None:
        """Send and show what a dialect made of an action or a line."""
        with self.lock:
            for line in step.lines:
                if self.wire:
                    self._display.wire(True, self.dialect.masked(line))
                if self._connection:
                    self._connection.send(line)
            for event in step.events:
                self._take(event)

    def tell(self, text: str) -> None:
        """Show an information of the client's own."""
        self.do(Step([], [Notice(text)]))

    def complain(self, text: str) -> None:
        """Show that something cannot be done."""
        self.do(Step([], [Problem(text)]))

    def enter(self, text: str) -> None:
        """Join the channels that `text` names; one we are on already becomes the current one."""
        with self.lock:
            for channel, key in self.dialect.join_targets(text):
                there = self._channels.get(self.dialect.fold(channel))
                if there:
                    self.current = there
                    self.tell(f"What you write goes to {there} now.")
                else:
                    self.do(self.dialect.join(channel, key))

    def quit(self, text: str = "") -> None:
        """Say goodbye; the server's closing is no failure from now on."""
        with self.lock:
            self.quitting = True
            if not self.over:
                self.do(self.dialect.quit(text))

    def channel_called(self, text: str) -> str:
        """The channel of ours that the user means by `text`, or ""."""
        return self._channels.get(self.dialect.fold(self.dialect.channel_name(text)), "")

    def channels(self) -> list[str]:
        """The channels we are on, in the order we came."""
        with self.lock:
            return list(self._channels.values())

    def people(self, channel: str) -> list[str]:
        """The nicks known to be on `channel`."""
        with self.lock:
            return list(self._people.get(self.dialect.fold(channel), {}).values())

    def wait(self, what: Callable[[], bool], timeout: float) -> bool:
        """Wait until `what` holds, at most `timeout` seconds; False when it does not, or all is over before."""
        with self.lock:
            self.lock.wait_for(lambda: self.over or what(), timeout)
            return what()

    def synchronise(self, timeout: float) -> bool:
        """Wait until the server has handled everything sent so far and no join is open."""
        with self.lock:
            self._tokens += 1
            token = f"{SYNC_TOKEN}{self._tokens}"
            self.do(self.dialect.synchronise(token))
            answered = self.wait(lambda: token in self._synchronised and not self.dialect.joining, timeout)
            self._synchronised.discard(token)
            return answered

    # Called by the reader thread

    def received(self, line: str) -> None:
        """A line came."""
        with self.lock:
            if self.over:
                return
            if self.wire:
                self._display.wire(False, self.dialect.masked(line))
            self.do(self.dialect.receive(line))
            self.lock.notify_all()
            over = self.over
        if over:
            self.on_end()

    def ended(self, reason: str) -> None:
        """The connection is gone."""
        with self.lock:
            if not self.quitting and not self.failure:
                self.failure = Fatal(self._why_ended(reason))
            self.over = True
            self.lock.notify_all()
        self.on_end()

    def _why_ended(self, reason: str) -> str:
        if self._closing:
            text = f"The server closed the connection: {self._closing.rstrip('.')}."
        else:
            text = f"The connection was lost: {reason}." if reason else "The server closed the connection."
        return text if self.dialect.ready or not self.dialect.hint else f"{text} {self.dialect.hint}"

    # What events change

    def _take(self, event: Event) -> None:
        fold = self.dialect.fold
        match event:
            case Fatal():
                self.failure = None if self.quitting else self.failure or event
                self.over = True
                return  # said once, at the very end
            case Closing(text):
                self._closing = text
                if self.quitting:
                    return
            case Synchronised(token):
                self._synchronised.add(token)
            case Problem():
                self.refused = True
            case JoinRefused(channel, _, True) if self._create_missing:
                self._display.show(Notice(f"There is no group {channel} yet; creating it."))
                self.do(self.dialect.create(channel))
                return
            case JoinRefused():
                self.refused = True
            case Joined(nick, channel, own):
                if own:
                    self._channels[fold(channel)] = self.current = channel
                self._people.setdefault(fold(channel), {})[fold(nick)] = nick
            case Left():
                self._leave(event)
            case Renamed(old, new):
                for people in self._people.values():
                    if people.pop(fold(old), None):
                        people[fold(new)] = new
            case Members(channel, names):
                if fold(channel) in self._channels:
                    bare = (name.lstrip(_RANK_SIGNS) for name in names)
                    self._people[fold(channel)] = {fold(name): name for name in bare}
            case Said(source=source, target=target, private=False):
                if fold(target) in self._people:
                    self._people[fold(target)].setdefault(fold(source), source)
        self._display.show(event)
        if isinstance(event, Ready):
            for text in self._joins:
                self.enter(text)

    def _leave(self, event: Left) -> None:
        fold = self.dialect.fold
        for channel in [fold(event.channel)] if event.channel else list(self._people):
            self._people.get(channel, {}).pop(fold(event.nick), None)
        if event.own and event.channel:
            self._people.pop(fold(event.channel), None)
            self._channels.pop(fold(event.channel), None)
            if fold(self.current) == fold(event.channel):
                self.current = next(reversed(self._channels.values()), "")
