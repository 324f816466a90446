"""What a person at the terminal can be told, one frozen value per kind of fact, the same in every dialect.

Owns: the shape of these values. Must not: know a wire format, a colour or how a fact is worded.
Every `datetime` is aware. `own` means the person at this terminal, `history` that it happened before and is told again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Manner = Literal["message", "notice", "action"]
Departure = Literal["left", "quit", "kicked", "banned"]
Cause = Literal["identity", "connection", "refused"]


@dataclass(frozen=True, slots=True)
class Ready:
    """The server has accepted the connection under `nick`; commands may be sent from now on."""

    nick: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A text. `private` means between two people; `own` that it was sent under the own name, here or elsewhere; `mask`
    is `nick!user@host` of the source, "" where nobody tells. `target` is the channel also when only its members of some
    rank get the text. `pending`: it is ours, and the server has not repeated it yet."""

    source: str
    target: str
    text: str
    manner: Manner = "message"
    own: bool = False
    private: bool = False
    account: str = ""
    time: datetime | None = None
    msgid: str = ""
    history: bool = False
    mask: str = ""
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody is on a channel now. `account` and `realname` are "" when the server does not tell."""

    nick: str
    channel: str
    own: bool = False
    account: str = ""
    realname: str = ""
    history: bool = False


@dataclass(frozen=True, slots=True)
class JoinRefused:
    """The server let us not in; `missing` when there is no such channel and it could be created."""

    channel: str
    text: str
    missing: bool = False


@dataclass(frozen=True, slots=True)
class JoinForwarded:
    """Who asked for the channel `asked` gets to `given`: the server forwards, or calls the same channel so."""

    asked: str
    given: str


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody is no longer on `channel`, or on none when `channel` is ""."""

    nick: str
    channel: str
    text: str = ""
    how: Departure = "left"
    by: str = ""
    own: bool = False
    history: bool = False


@dataclass(frozen=True, slots=True)
class Renamed:
    """Somebody changed the nick."""

    old: str
    new: str
    own: bool = False
    history: bool = False


@dataclass(frozen=True, slots=True)
class ChannelRenamed:
    """A channel has another name from now on; it is the same channel."""

    old: str
    new: str
    by: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class TopicIs:
    """The topic of a channel, "" when there is none; `by` when it was changed just now."""

    channel: str
    text: str
    by: str = ""
    history: bool = False


class Present(NamedTuple):
    """Somebody on a channel; `ranks` are the signs of their ranks, the highest first (all, where the server tells)."""

    nick: str
    ranks: str = ""


@dataclass(frozen=True, slots=True)
class Members:
    """Who is on a channel."""

    channel: str
    people: tuple[Present, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """`by` gave `nick` the rank with this sign (`@`), or took it. ModeChanged tells of the same in words."""

    channel: str
    nick: str
    sign: str
    given: bool
    by: str = ""


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """Modes of a channel or a user, as the server writes them: `+o-v wren rook`. `by` "": they were asked for. `flags`
    are those of them that are neither ranks nor lists, each with its sign: `+n`, `-k`."""

    target: str
    text: str
    by: str = ""
    history: bool = False
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AwayIs:
    """Somebody is away, and says why ("" for no reason), or is back: `text` None. `news` is False when it did not
    happen just now, but comes with a list that was asked for."""

    nick: str
    text: str | None
    own: bool = False
    news: bool = True


@dataclass(frozen=True, slots=True)
class AccountIs:
    """Somebody is logged in to an account; "" when logged out. `news` as in `AwayIs`."""

    nick: str
    account: str
    news: bool = True


@dataclass(frozen=True, slots=True)
class Invited:
    """`by` invites `nick` to a channel; `own`: it is us who are invited."""

    nick: str
    channel: str
    by: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class MarkerIs:
    """Until when the person has read a channel or talk, on any device; None when the server does not know."""

    target: str
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Redacted:
    """The message `msgid` was taken back: it is to be shown no more."""

    target: str
    msgid: str
    by: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody is typing something for `target` (a channel or us), or stopped."""

    nick: str
    target: str
    active: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A row of information that was asked for. `about`: the nick, channel or subject; "" for the server."""

    about: str
    text: str


@dataclass(frozen=True, slots=True)
class HistoryEnd:
    """What was said before has been told, as one asked; `count` events, in order of time, came with it. `refused` is a
    sentence on why there is nothing; `is_latest`: one asked for what follows on something, but the server does not know
    that, so that these are the last messages."""

    target: str
    count: int
    refused: str = ""
    is_latest: bool = False


@dataclass(frozen=True, slots=True)
class Talks:
    """The channels and people with whom something was said in the time that one asked about: name, and when last."""

    rows: tuple[tuple[str, datetime | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of the server: name, number of members or "", topic or ""."""

    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Information from the server or from the client itself. `about`: the channel or nick that it concerns, or ""."""

    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something asked for was not done; the connection goes on. `about`: the channel or nick concerned, or ""."""

    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class NickRefused:
    """The nick that was asked for is not to be had; the old one stays."""

    text: str


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """The account has the new password; the dialect's identity has it as well."""


@dataclass(frozen=True, slots=True)
class Fatal:
    """Nothing more can be done on this connection. `text` is one sentence for the person at the terminal;
    `fingerprint` is that of the certificate that was not accepted, if that is why; `advice` is a second sentence for
    those who can only start the client anew, where nobody asks them."""

    text: str
    cause: Cause = "connection"
    fingerprint: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """The server says why it is about to close the connection."""

    text: str


@dataclass(frozen=True, slots=True)
class Synchronised:
    """The answer to `synchronise(token)`: everything sent before it has been handled."""

    token: str


Event = (
    Ready | Said | Joined | JoinRefused | JoinForwarded | Left | Renamed | ChannelRenamed | TopicIs | Members | Ranked
    | ModeChanged | AwayIs | AccountIs | Invited | MarkerIs | Redacted | Typing | Answer | HistoryEnd | Talks | Channels
    | Notice | Problem | NickRefused | PasswordChanged | Fatal | Closing | Synchronised
)  # fmt: skip


class Step(NamedTuple):
    """What a dialect makes of one user action or one received line: lines to send, and events to show, in order.

    `time` and `msgid` are those that the server gave the received line; None and "" when it gave none. `mask` is
    `nick!user@host` of whom the line comes from, "" when it does not say so. `told_again` is the channel or talk whose
    history the events are, "" when they are none.
    """

    lines: Sequence[str] = ()
    events: Sequence[Event] = ()
    time: datetime | None = None
    msgid: str = ""
    mask: str = ""
    told_again: str = ""
