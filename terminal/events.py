"""What a person at the terminal can be told, one frozen value per kind of fact, the same in every dialect.

Owns: the shape of these values. Must not: know a wire format, a colour or how a fact is worded.
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
    """A text. `private` means between two people; `own` that it was sent under the own name, here or elsewhere."""

    source: str
    target: str
    text: str
    manner: Manner = "message"
    own: bool = False
    private: bool = False
    account: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody is on a channel now."""

    nick: str
    channel: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class JoinRefused:
    """The server let us not in; `missing` when there is no such channel and it could be created."""

    channel: str
    text: str
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody is no longer on `channel`, or on none when `channel` is ""."""

    nick: str
    channel: str
    text: str = ""
    how: Departure = "left"
    by: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Renamed:
    """Somebody changed the nick."""

    old: str
    new: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class TopicIs:
    """The topic of a channel, "" when there is none; `by` when it was changed just now."""

    channel: str
    text: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Members:
    """Who is on a channel, with the rank signs of the server in front."""

    channel: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of the server: name, number of members or "", topic or ""."""

    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Information from the server or from the client itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something asked for was not done; the connection goes on."""

    text: str


@dataclass(frozen=True, slots=True)
class Fatal:
    """Nothing more can be done on this connection. `text` is one sentence for the person at the terminal."""

    text: str
    cause: Cause = "connection"


@dataclass(frozen=True, slots=True)
class Closing:
    """The server says why it is about to close the connection."""

    text: str


@dataclass(frozen=True, slots=True)
class Synchronised:
    """The answer to `synchronise(token)`: everything sent before it has been handled."""

    token: str


Event = (
    Ready | Said | Joined | JoinRefused | Left | Renamed | TopicIs | Members | Channels
    | Notice | Problem | Fatal | Closing | Synchronised
)  # fmt: skip


class Step(NamedTuple):
    """What a dialect makes of one user action or one received line: lines to send, and events to show, in order."""

    lines: Sequence[str] = ()
    events: Sequence[Event] = ()
