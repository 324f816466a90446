"""Server-wide bans as they are kept in bans.json. Owns: the value and its form in the file. Must not: know who is meant
by a ban or what happens to whom it means (`chat.state.bans`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from chat.storage.records import RecordError, time_of, time_text
from protocol import names
from protocol.addresses import is_user_host, network_of


class BanKind(Enum):
    """What a ban is about; the value is the word in the file."""

    USER = "user"  # user@host: may not register
    ADDRESS = "address"  # an address or a network: may not connect
    NICK = "nick"  # a mask of nicks that nobody may take
    CHANNEL = "channel"  # a mask of channels that nobody may join
    MUTE = "mute"  # user@host: may be there, and nothing it says is delivered


@dataclass(frozen=True, slots=True)
class ServerBan:
    """A ban. `set_at` in Unix seconds, 0 when it is not known; `until` likewise, 0 for a ban without end."""

    kind: BanKind
    mask: str
    reason: str = ""
    setter: str = ""
    set_at: float = 0.0
    until: float = 0.0

    @property
    def name(self) -> str:
        """What tells one ban from all others."""
        return f"{self.kind.value} {self.mask}"

    @property
    def why(self) -> str:
        """`: reason`, to stand after a sentence; "" when no reason is known."""
        return f": {self.reason}" if self.reason else ""

    def is_over(self, now: float) -> bool:
        """Whether it has ended by `now` (Unix seconds)."""
        return 0 < self.until <= now

    def to_json(self) -> dict[str, object]:
        """The entry in bans.json."""
        return {
            "kind": self.kind.value,
            "mask": self.mask,
            "reason": self.reason,
            "set_by": self.setter,
            "set_at": time_text(self.set_at),
            "until": time_text(self.until),
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "ServerBan":
        """The ban in an entry that the schema holds for; RecordError when the mask is none or a time is none."""
        kind, mask = BanKind(entry["kind"]), entry["mask"]
        problem = mask_problem(kind, mask)
        if problem:
            raise RecordError("mask", problem)
        reason, setter = entry.get("reason", ""), entry.get("set_by", "")
        return cls(kind, mask, reason, setter, time_of(entry, "set_at"), time_of(entry, "until"))


def mask_problem(kind: BanKind, mask: str) -> str:
    """Why `mask` cannot be banned in this way, as a sentence; "" when it can."""
    if not names.is_mask(mask):
        return f'"{mask}" is no mask: it has to be one word without control characters'
    if kind in (BanKind.USER, BanKind.MUTE) and not is_user_host(mask):
        return f'"{mask}" is no mask of the form user@host, such as *@192.0.2.7 or *@*.example.org'
    if kind is BanKind.ADDRESS and network_of(mask) is None:
        return f'"{mask}" is no address and no network, such as 192.0.2.7 or 192.0.2.0/24'
    if kind is BanKind.CHANNEL and not names.is_channel_type(mask):
        return f'"{mask}" is no mask of channels: those start with {names.CHANNEL_TYPES}'
    if kind is BanKind.NICK and (names.is_channel_type(mask) or set(mask) & set("!@,")):
        return f'"{mask}" is no mask of nicks, such as *serv'
    return ""
