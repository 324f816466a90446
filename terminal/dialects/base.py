"""The one interface of all dialects: user actions and received lines in, `Step`s out.

Owns: the interface, and what is the same in every dialect. Must not: touch a socket, a thread, a clock or the screen.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from protocol import names
from terminal.events import Manner, Step

CTCP = "\x01"


class Unsupported(Exception):
    """The dialect has no such action; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who connects, and as what. Secrets stay out of `repr`.

    `nick` is the account name in JSON; `password` logs in to the account (or creates it, with `register`);
    `server_password` is the one that an IRC server asks of everybody; `another_nick` allows `nick_` when `nick` is
    taken; `hostname` and `servername` are said in the lab dialect only.
    """

    nick: str
    realname: str = ""
    password: str = field(default="", repr=False)
    server_password: str = field(default="", repr=False)
    register: bool = False
    another_nick: bool = True
    hostname: str = "localhost"
    servername: str = "parley.local"


class Dialect(ABC):
    """One conversation with one server. Not thread-safe: the session calls it under its own lock.

    `nick` is the own name now, `ready` whether the server has accepted it, `joining` the channels asked for and not
    yet answered (folded name -> name), `hint` what to look at when the server never answers.
    """

    title: ClassVar[str]
    default_port: ClassVar[int] = 6667
    hint: ClassVar[str] = ""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.nick = identity.nick
        self.ready = False
        self.joining: dict[str, str] = {}

    # What the wire says

    @abstractmethod
    def start(self) -> Step:
        """The first lines of the connection."""

    @abstractmethod
    def receive(self, line: str) -> Step:
        """What one line from the server means. Never raises, whatever the line holds."""

    @abstractmethod
    def masked(self, line: str) -> str:
        """The line as it may be shown: without passwords."""

    # Names

    def fold(self, name: str) -> str:
        """The key under which a nick or channel is kept."""
        return names.fold(name)

    def is_own(self, nick: str) -> bool:
        """Whether `nick` is the own one."""
        return self.fold(nick) == self.fold(self.nick)

    def is_channel(self, name: str) -> bool:
        """Whether `name` can only mean a channel."""
        return names.is_channel_type(name)

    def channel_name(self, text: str) -> str:
        """The name of the channel that the user means: `#` may be left out."""
        return text if self.is_channel(text) else "#" + text

    def join_targets(self, text: str) -> list[tuple[str, str]]:
        """The (channel, key) pairs of `#one,#two key1,key2`."""
        channels, _, keys = text.strip().partition(" ")
        key_list = keys.strip().split(",")
        pairs = enumerate(name for name in channels.split(",") if name)
        return [(self.channel_name(name), key_list[i] if i < len(key_list) else "") for i, name in pairs]

    def _asked_to_join(self, channel: str) -> None:
        self.joining[self.fold(channel)] = channel

    def _answered_join(self, channel: str) -> bool:
        """Forget that `channel` was asked for; whether it was."""
        return self.joining.pop(self.fold(channel), None) is not None

    # What the user does

    @abstractmethod
    def join(self, channel: str, key: str = "") -> Step:
        """Ask to be let into a channel."""

    @abstractmethod
    def part(self, channel: str, text: str = "") -> Step:
        """Leave a channel."""

    @abstractmethod
    def say(self, target: str, text: str) -> Step:
        """Send a text to a nick or channel; the step shows it when the server will not send it back."""

    @abstractmethod
    def act(self, target: str, text: str) -> Step:
        """Say what one does, as `/me` does."""

    @abstractmethod
    def topic(self, channel: str, text: str | None = None) -> Step:
        """Ask for the topic, or set it."""

    @abstractmethod
    def members(self, channel: str) -> Step:
        """Ask who is on a channel."""

    @abstractmethod
    def channels(self) -> Step:
        """Ask for the list of channels."""

    @abstractmethod
    def quit(self, text: str = "") -> Step:
        """Say goodbye; the server closes."""

    @abstractmethod
    def synchronise(self, token: str) -> Step:
        """Ask for an answer that comes after everything sent so far has been handled."""

    def rename(self, nick: str) -> Step:
        """Ask for another nick."""
        raise Unsupported(f"{self.title} has no /nick: connect again with --name {nick}.")

    def kick(self, channel: str, nick: str, text: str = "") -> Step:
        """Remove somebody from a channel."""
        raise Unsupported(f"{self.title} has no /kick.")

    def ban(self, channel: str, nick: str) -> Step:
        """Remove somebody and keep them out."""
        raise Unsupported(f"{self.title} has no /ban.")

    def create(self, channel: str) -> Step:
        """Make a new channel and enter it."""
        raise Unsupported(f"{self.title} needs no /create: /join {channel} makes the channel when there is none.")

    def raw(self, line: str) -> Step:
        """Send a line as it was typed."""
        return Step([line])


def ctcp(text: str) -> tuple[Manner, str]:
    """The manner and readable form of a PRIVMSG text: `\\x01ACTION waves\\x01` is an action, other CTCP is named."""
    if not text.startswith(CTCP):
        return "message", text
    word, _, rest = text.strip(CTCP).partition(" ")
    if word.upper() == "ACTION":
        return "action", rest
    return "notice", f"CTCP {word} {rest}".rstrip()
