"""What is kept about an account and a channel, and its form in the JSON files.

Owns: the values, immutable, and the one translation between them and JSON.
Must not: read or write files, or hash a password that was typed in plain (the store does).
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chat.storage import passwords
from chat.storage.passwords import ScramKeys, Secret
from protocol import names
from protocol.fact_rules import is_account
from protocol.limits import (
    KEY_BYTES,
    METADATA_KEYS,
    METADATA_VALUE_BYTES,
    NETWORK_MASK_BYTES,
    NETWORK_TEXT_BYTES,
)

# Names on disk are checked for their shape only: the configured limits may have been larger when they were made.
NICK_CHARACTERS = 64
CHANNEL_CHARACTERS = 200


class RecordError(ValueError):
    """An entry of a file that the schema holds for and that makes no sense all the same."""

    def __init__(self, key: str, reason: str) -> None:
        """`key` is the entry's key, or a path below it."""
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Account:
    """An account; `created` in Unix seconds, 0 when it is not known. `certificates`: SHA-256 fingerprints, in hex and
    lower case, of the TLS certificates that log in to it."""

    name: str
    secret: Secret
    created: float = 0.0
    email: str = ""
    certificates: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The entry in accounts.json."""
        entry: dict[str, object] = {"name": self.name, "password": self.secret.argon2}
        keys = self.secret.scram
        if keys is not None:
            entry["scram"] = {
                "salt": keys.salt,
                "iterations": keys.iterations,
                "stored_key": keys.stored_key,
                "server_key": keys.server_key,
            }
        entry["created"] = time_text(self.created)
        if self.email:
            entry["email"] = self.email
        if self.certificates:
            entry["certificates"] = list(self.certificates)
        if self.metadata:
            entry["metadata"] = dict(self.metadata)
        return entry

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "Account":
        """The account in an entry that the schema holds for. A plain password stays plain: see `is_plain`.

        RecordError when the name, the hash or a key is none.
        """
        name, stored = entry["name"], entry["password"]
        _check_nick("name", name)
        if passwords.looks_like_hash(stored) and not passwords.is_hash(stored):
            raise RecordError("password", "starts like an argon2 hash but is not a whole one")
        keys = _scram_keys(entry["scram"]) if "scram" in entry and passwords.is_hash(stored) else None
        certificates = tuple(dict.fromkeys(text.replace(":", "").lower() for text in entry.get("certificates", ())))
        return cls(
            name=name,
            secret=Secret(stored, keys),
            created=time_of(entry, "created"),
            email=entry.get("email", ""),
            certificates=certificates,
            metadata=_metadata(entry, METADATA_KEYS),
        )

    @property
    def is_plain(self) -> bool:
        """Whether the password was typed in plain and waits to be hashed."""
        return not passwords.is_hash(self.secret.argon2)


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A mask in one of a channel's lists; `time` in Unix seconds, 0 when it is not known."""

    mask: str
    setter: str = ""
    time: float = 0.0

    def to_json(self) -> dict[str, object]:
        """The entry in a list of channels.json."""
        return {"mask": self.mask, "set_by": self.setter, "set_at": time_text(self.time)}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any] | str) -> "ListEntry":
        """The entry, also from a mask alone; RecordError when the mask is none."""
        if isinstance(entry, str):
            entry = {"mask": entry}
        mask = entry["mask"]
        if not names.is_mask(mask):
            raise RecordError("mask", f'"{mask}" is no mask: it has to be one word without control characters')
        if len(mask.encode()) > NETWORK_MASK_BYTES:
            raise RecordError("mask", f"is longer than {NETWORK_MASK_BYTES} bytes")
        return cls(mask, _short(entry, "set_by", NETWORK_MASK_BYTES), time_of(entry, "set_at"))


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """A permanent channel. `modes`: the letters of modes without parameter; times in Unix seconds, 0 is unknown.
    `slow_mode`: `<messages>:<seconds>`; `founder` an account, `access` accounts with the letter of their rank."""

    name: str
    topic: str = ""
    topic_setter: str = ""
    topic_time: float = 0.0
    modes: str = "nt"
    key: str = ""
    limit: int = 0
    created: float = 0.0
    admins: tuple[str, ...] = ()
    bans: tuple[ListEntry, ...] = ()
    exceptions: tuple[ListEntry, ...] = ()
    invites: tuple[ListEntry, ...] = ()
    slow_mode: str = ""
    forward: str = ""
    founder: str = ""
    access: tuple[tuple[str, str], ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The entry in channels.json; what few channels have is only there for those."""
        entry: dict[str, object] = {
            "name": self.name,
            "topic": self.topic,
            "topic_set_by": self.topic_setter,
            "topic_set_at": time_text(self.topic_time),
            "modes": self.modes,
            "key": self.key,
            "limit": self.limit,
            "created": time_text(self.created),
            "admins": list(self.admins),
            "bans": [entry.to_json() for entry in self.bans],
            "exceptions": [entry.to_json() for entry in self.exceptions],
            "invites": [entry.to_json() for entry in self.invites],
        }
        seldom = {
            "slow_mode": self.slow_mode,
            "forward": self.forward,
            "founder": self.founder,
            "access": dict(self.access),
            "metadata": dict(self.metadata),
        }
        return entry | {key: value for key, value in seldom.items() if value}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "ChannelRecord":
        """The channel in an entry that the schema holds for; a space typed in a name counts as U+00A0.

        RecordError when the name, the key, an admin, a mask or a time is none.
        """
        key = entry.get("key", "")
        if key and not names.is_key(key, KEY_BYTES):
            raise RecordError("key", f"is no channel key: one word without comma, at most {KEY_BYTES} bytes")
        return cls(
            name=_channel_name(entry["name"]),
            topic=_short(entry, "topic", NETWORK_TEXT_BYTES),
            topic_setter=_short(entry, "topic_set_by", NETWORK_MASK_BYTES),
            topic_time=time_of(entry, "topic_set_at"),
            modes=entry.get("modes", "nt"),
            key=key,
            limit=entry.get("limit", 0),
            created=time_of(entry, "created"),
            admins=_admins(entry.get("admins", ())),
            bans=_entries(entry, "bans"),
            exceptions=_entries(entry, "exceptions"),
            invites=_entries(entry, "invites"),
            slow_mode=entry.get("slow_mode", ""),
            forward=_channel_name(entry["forward"], "forward") if entry.get("forward") else "",
            founder=_founder(entry.get("founder", "")),
            access=_access(entry.get("access", {})),
            metadata=_metadata(entry),
        )


def time_text(seconds: float) -> str:
    """Unix seconds as RFC 3339 in UTC with milliseconds; an unknown time, 0, as an empty text."""
    if not seconds:
        return ""
    return datetime.fromtimestamp(round(seconds, 3), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_of(entry: Mapping[str, Any], key: str) -> float:
    """Unix seconds of a time in an entry, 0 when there is none; RecordError when it is none."""
    text = entry.get(key, "")
    if not text:
        return 0.0
    try:
        moment = datetime.fromisoformat(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise RecordError(key, f'"{text}" is no time; write it like 2026-11-21T10:00:00Z') from None
    if seconds < 0:
        raise RecordError(key, f'"{text}" is before 1970')
    return seconds


def _short(entry: Mapping[str, Any], key: str, size: int) -> str:
    text: str = entry.get(key, "")
    if len(text.encode()) > size:
        raise RecordError(key, f"is longer than {size} bytes")
    return text


def _metadata(entry: Mapping[str, Any], most: int | None = None) -> Mapping[str, str]:
    values: Mapping[str, str] = entry.get("metadata", {})
    for key in values:
        if not names.is_metadata_key(key):
            raise RecordError(f"metadata.{key}", "cannot be a key")
        if len(values[key].encode()) > METADATA_VALUE_BYTES:
            raise RecordError(f"metadata.{key}", f"is longer than {METADATA_VALUE_BYTES} bytes")
    if most is not None and len(values) > most:
        raise RecordError("metadata", f"has more than {most} keys")
    return values


def _scram_keys(entry: Mapping[str, Any]) -> ScramKeys:
    for key in ("salt", "stored_key", "server_key"):
        try:
            size = len(base64.b64decode(entry[key], validate=True))
        except (binascii.Error, ValueError):
            size = 0
        if size == 0 or (key != "salt" and size != 32):
            raise RecordError(f"scram.{key}", "is not what a server has written; remove scram")
    return ScramKeys(entry["salt"], entry["iterations"], entry["stored_key"], entry["server_key"])


def _check_nick(key: str, name: str) -> None:
    if not names.is_nick(name, NICK_CHARACTERS):
        raise RecordError(key, f'"{name}" cannot be the name of an account')


def _check_account(key: str, name: str) -> None:
    """An account that may be at home on another server: `alice@home.example`."""
    if not is_account(name):
        raise RecordError(key, f'"{name}" cannot be the name of an account')


def _channel_name(text: str, key: str = "name") -> str:
    name = text.replace(" ", names.NO_BREAK_SPACE)
    if not names.is_channel(name, CHANNEL_CHARACTERS):
        hint = f'; did you mean "#{text}"?' if names.is_channel(f"#{name}", CHANNEL_CHARACTERS) else ""
        raise RecordError(key, f'"{text}" is no name of a channel{hint}')
    return name


def _admins(admins: Sequence[str]) -> tuple[str, ...]:
    for index, name in enumerate(admins):
        _check_account(f"admins[{index}]", name)
    return tuple({names.fold(name): name for name in reversed(admins)}.values())[::-1]


def _founder(name: str) -> str:
    if name:
        _check_account("founder", name)
    return name


def _access(access: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    for name in access:
        _check_account(f"access.{name}", name)
    return tuple({names.fold(name): (name, rank) for name, rank in access.items()}.values())


def _entries(entry: Mapping[str, Any], key: str) -> tuple[ListEntry, ...]:
    entries = []
    for index, item in enumerate(entry.get(key, ())):
        try:
            entries.append(ListEntry.from_json(item))
        except RecordError as error:
            raise RecordError(f"{key}[{index}].{error.key}", error.reason) from None
    return tuple(entries)
