"""The one interface of all dialects: user actions and received lines in, `Step`s out.

Owns: the interface, and what is the same in every dialect. Must not: touch a socket, a thread, a clock or the screen.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from protocol import names
from protocol.masking import hidden
from terminal.dialects.by_name import ByName
from terminal.dialects.ranks import USUAL_SIGNS
from terminal.events import Closing, Fatal, Manner, Step
from terminal.states import CLOSING, DIAL, OPENED, QUIT, REFUSED, Machine

CTCP = "\x01"
ANOTHER_NAME = "Choose another with --name."
HISTORY_LIMIT = 100  # messages asked for at once, where nobody says how many
LoginMechanism = Literal["auto", "plain", "scram", "external", ""]


class Unsupported(Exception):
    """The dialect has no such action; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who connects, and as what. Secrets stay out of `repr`.

    `nick` is the account name in JSON; `password` logs in to the account (or creates it, with `register`);
    `server_password` is the one that an IRC server asks of everybody; `another_nick` allows `nick_` when `nick` is
    taken; `hostname` and `servername` are said in the lab dialect only.

    Login in modern IRC: `account` is the account's name, where it is not the nick; `login` the mechanism: "auto" takes
    EXTERNAL when there is a client `certificate`, else SCRAM when it is offered, else PLAIN; "" never logs in.
    `clear_to` is the host to which the connection goes without TLS when that is another machine, else "": no
    password is sent there as it is, unless `plain_over_clear`.
    """

    nick: str
    realname: str = ""
    password: str = field(default="", repr=False)
    server_password: str = field(default="", repr=False)
    register: bool = False
    another_nick: bool = True
    hostname: str = "localhost"
    servername: str = "parley.local"
    account: str = ""
    login: LoginMechanism = "auto"
    certificate: bool = False
    clear_to: str = ""
    plain_over_clear: bool = False


class Dialect(ABC):
    """One conversation with one server. Not thread-safe: it belongs to the session's thread.

    `name` is its key in `DIALECTS` and of its states; `nick` is the own name now, `machine` where the connection is,
    `joining` the channels asked for and not yet answered (their names, as they were asked for), `features` which of
    "echo", "labels", "history", "markers", "multiline", "typing", "redaction", "away-notify" and "monitor" this
    connection has, `hint` what to look at when the server never answers, `answers` says of a source whether its
    question to our program (CTCP) is answered, and counts it.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    default_port: ClassVar[int] = 6667
    hint: ClassVar[str] = ""
    line_end: ClassVar[str] = "\r\n"
    longest_line: ClassVar[int] = 64 * 1024  # bytes of a line that is taken; tags and LINELEN of any server fit
    group_settings: ClassVar[Mapping[str, type]] = {}  # what `settings` may change, and to what
    has_ping: ClassVar[bool] = True  # whether `synchronise` is a question that every server of the dialect answers

    def __init__(self, identity: Identity, machine: Machine | None = None) -> None:
        self.identity = identity
        self.nick = identity.nick
        self.joining: ByName[str] = ByName(lambda name: self.fold(name))
        self.answers: Callable[[str], bool] = lambda source: True
        self.machine = machine or Machine(self.name)
        if machine is None:
            self.machine.fire(DIAL)
            self.machine.fire(OPENED)

    @property
    def ready(self) -> bool:
        """Whether the server has accepted us, so that commands may be sent."""
        return self.machine.row.ready

    @property
    def features(self) -> set[str]:
        """What this connection can do beyond the least that its dialect has."""
        return set()

    @property
    def history_page(self) -> int:
        """How many messages of the history the server gives at once, as far as it says so; 0 when it does not."""
        return 0

    @property
    def account(self) -> str:
        """The account that we have logged in to; "" without one."""
        return ""

    # What the wire says

    @abstractmethod
    def start(self) -> Step:
        """The first lines of the connection."""

    @abstractmethod
    def receive(self, line: str) -> Step:
        """What one line from the server means. Never raises, whatever the line holds."""

    def masked(self, line: str) -> str:
        """The line as it may be shown, without secrets; `/raw` can send a line of any form in any dialect."""
        return hidden(line)

    def exchange_key(self, line: str, outgoing: bool) -> str:
        """A key that is the same for a request and for the lines that answer it; "" for a line that has none. To be
        asked once for each line, in the order of the wire, before `receive` gets it."""
        return ""

    def replayed(self, line: str) -> Step:
        """A line that was sent in a recorded conversation: keep it in mind as the action that sent it did, and show
        what the server will not send back. Lines that the dialect sends by itself do not come here."""
        return Step()

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

    def bare_channel(self, name: str) -> str:
        """The channel that a target means, where a text may go to some of its members only; `name` for all others."""
        return name

    def channel_name(self, text: str) -> str:
        """The name of the channel that the user means: `#` may be left out."""
        return text if self.is_channel(text) else "#" + text

    @property
    def rank_signs(self) -> str:
        """The signs of the ranks on a channel, the highest first."""
        return USUAL_SIGNS

    def join_targets(self, text: str) -> list[tuple[str, str]]:
        """The (channel, key) pairs of `#one,#two key1,key2`."""
        channels, _, keys = text.strip().partition(" ")
        key_list = keys.strip().split(",")
        pairs = enumerate(name for name in channels.split(",") if name)
        return [(self.channel_name(name), key_list[i] if i < len(key_list) else "") for i, name in pairs]

    def _asked_to_join(self, channel: str) -> None:
        self.joining[channel] = channel

    def answered_join(self, channel: str) -> bool:
        """Forget that `channel` was asked for; whether it was."""
        return self.joining.pop(channel, None) is not None

    # What the user does

    @abstractmethod
    def join(self, channel: str, key: str = "") -> Step:
        """Ask to be let into a channel."""

    @abstractmethod
    def part(self, channel: str, text: str = "") -> Step:
        """Leave a channel."""

    def enter_again(self, pairs: Sequence[tuple[str, str]]) -> Step:
        """Ask to be let into these channels, with their keys, in as few lines as may be."""
        return together([self.join(channel, key) for channel, key in pairs])

    def without_join(self, line: str, channel: str) -> str:
        """A line that waits to be sent, without the wish to enter this channel; "" when nothing is left of it."""
        return line

    @abstractmethod
    def pieces(self, target: str, text: str, action: bool = False) -> list[str]:
        """The texts that `say` (or, with `action`, `act`) would send as messages of their own, in order."""

    @abstractmethod
    def say(self, target: str, text: str) -> Step:
        """Send a text to a nick or channel; the step shows it when the server will not send it back."""

    def say_lines(self, target: str, lines: Sequence[str]) -> Step:
        """Send several lines: as one message where the server has such, else one by one. Blank ones at the ends are
        left out."""
        steps = [self.say(target, line) for line in lines if line.strip()]
        return together(steps)

    @abstractmethod
    def act(self, target: str, text: str) -> Step:
        """Say what one does, as `/me` does."""

    def notice(self, target: str, text: str) -> Step:
        """Send a text that nobody's program may answer by itself."""
        raise self._unsupported("notice")

    @abstractmethod
    def topic(self, channel: str, text: str | None = None) -> Step:
        """Ask for the topic, or set it."""

    @abstractmethod
    def members(self, channel: str) -> Step:
        """Ask who is on a channel."""

    def refresh(self, channel: str) -> Step:
        """Ask quietly who on a channel is away, and under which account: `AwayIs` and `AccountIs` follow; nothing where
        the server does not tell."""
        return Step()

    @abstractmethod
    def channels(self) -> Step:
        """Ask for the list of channels."""

    @abstractmethod
    def quit(self, text: str = "") -> Step:
        """Say goodbye; the server closes."""

    def excess(self, line: str) -> int:
        """How many bytes of a line are more than the server takes; 0 where it bounds none."""
        return 0

    @abstractmethod
    def synchronise(self, token: str) -> Step:
        """Ask for an answer that comes after everything sent so far has been handled."""

    def rename(self, nick: str) -> Step:
        """Ask for another nick."""
        raise Unsupported(f"{self.title} has no /nick: connect again with --name {nick}.")

    def nick_wanted(self) -> Step:
        """Ask for the nick that the person wanted, when another one was given; nothing when it is the own one."""
        return Step()

    def look_for_nick(self) -> Step:
        """Ask quietly whether the nick that the person wanted is free by now, and take it if so; nothing when it is the
        own one, or when the server tells by itself who comes and goes."""
        return Step()

    def kick(self, channel: str, nick: str, text: str = "") -> Step:
        """Remove somebody from a channel."""
        raise self._unsupported("kick")

    def ban(self, channel: str, nick: str) -> Step:
        """Remove somebody and keep them out."""
        raise self._unsupported("ban")

    def unban(self, channel: str, nick: str) -> Step:
        """Let somebody come back; IRC takes the mask of the ban as well."""
        raise self._unsupported("unban")

    def create(self, channel: str) -> Step:
        """Make a new channel and enter it."""
        raise Unsupported(f"{self.title} needs no /create: /join {channel} makes the channel when there is none.")

    def rename_channel(self, channel: str, new: str, text: str = "") -> Step:
        """Give a channel another name."""
        raise self._unsupported("rename")

    def invite(self, channel: str, nick: str) -> Step:
        """Invite somebody to a channel."""
        raise self._unsupported("invite")

    def knock(self, channel: str, text: str = "") -> Step:
        """Ask the members of a channel for an invitation."""
        raise self._unsupported("knock")

    def mode(self, target: str, changes: str = "") -> Step:
        """Change modes of a channel or of oneself, `+o-v wren rook`; without changes, ask for them."""
        raise self._unsupported("mode")

    def settings(self, channel: str, **changes: str | int | bool) -> Step:
        """Change the settings of a group (JSON: key, limit, invitation_only ...); without changes, ask for them."""
        raise self._unsupported("group")

    def away(self, text: str | None) -> Step:
        """Be away, with a reason; None: be back."""
        raise self._unsupported("away")

    def whois(self, nick: str) -> Step:
        """Ask who somebody is; the rows come as `Answer`."""
        raise self._unsupported("whois")

    def who(self, mask: str) -> Step:
        """Ask who matches a mask or is on a channel, with what is known of each."""
        raise self._unsupported("who")

    def whowas(self, nick: str) -> Step:
        """Ask who had a nick."""
        raise self._unsupported("whowas")

    def realname(self, text: str) -> Step:
        """Change one's realname."""
        raise self._unsupported("setname")

    def ctcp(self, target: str, command: str, text: str = "") -> Step:
        """Ask somebody's program something (CTCP); the answers come as `Answer`."""
        raise self._unsupported("ctcp")

    def oper(self, name: str, password: str) -> Step:
        """Become an operator of the server."""
        raise self._unsupported("oper")

    def server_information(self, what: str) -> Step:
        """Ask the server about itself: "motd", "version", "time", "admin", "info", "lusers" or "links"."""
        raise self._unsupported(what)

    # What the client asks for by itself, or shows as more than lines

    def history(
        self, target: str, after_msgid: str = "", after_time: datetime | None = None, limit: int = HISTORY_LIMIT
    ) -> Step:
        """Ask for what was said after a message or a moment, else for the last messages; `HistoryEnd` ends the
        answer. `Unsupported` unless the connection has the feature "history"."""
        raise self._unsupported("history")

    def earlier(self, target: str, msgid: str = "", time: datetime | None = None, limit: int = HISTORY_LIMIT) -> Step:
        """The same for what was said before a message or a moment."""
        raise self._unsupported("history")

    def talks(self, since: datetime, until: datetime, limit: int = HISTORY_LIMIT) -> Step:
        """Ask where something was said between two moments: `Talks` follows; nothing where the server does not tell."""
        return Step()

    def search(self, words: str, target: str = "") -> Step:
        """Search what was said, in a channel or talk, or everywhere."""
        raise self._unsupported("searchserver")

    def mark_read(self, target: str, time: datetime | None = None) -> Step:
        """Tell until when the person has read, or without a time ask; nothing without the feature "markers"."""
        return Step()

    def typing(self, target: str, active: bool) -> Step:
        """Tell that the person types, or stopped; nothing without the feature "typing". At most one in 3 s."""
        return Step()

    def redact(self, target: str, msgid: str, text: str = "") -> Step:
        """Take a message back."""
        raise self._unsupported("redact")

    def monitor(self, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Step:
        """Be told when these nicks come and go."""
        raise self._unsupported("monitor")

    def password(self, old: str, new: str) -> Step:
        """Change the password of the account."""
        raise self._unsupported("password")

    def _unsupported(self, command: str) -> Unsupported:
        return Unsupported(f"{self.title} has no /{command}.")

    def _noted(self, step: Step) -> Step:
        """The same step; the machine learns from it when the server turns us away, or closes."""
        for event in step.events:
            if isinstance(event, Fatal):
                self.machine.fire(REFUSED)
            elif isinstance(event, Closing):
                self.machine.fire(CLOSING)
        return step

    def _leaving(self) -> None:
        self.machine.fire(QUIT)

    def raw(self, line: str) -> Step:
        """Send a line as it was typed."""
        return Step([line])


def together(steps: Sequence[Step]) -> Step:
    """One step that does what these do, in their order."""
    return Step([line for step in steps for line in step.lines], [event for step in steps for event in step.events])


def read_ctcp(text: str) -> tuple[Manner, str]:
    """The manner and readable form of a PRIVMSG text: `\\x01ACTION waves\\x01` is an action, other CTCP is named."""
    if not text.startswith(CTCP):
        return "message", text
    word, _, rest = text.strip(CTCP).partition(" ")
    if word.upper() == "ACTION":
        return "action", rest
    return "notice", f"CTCP {word} {rest}".rstrip()
