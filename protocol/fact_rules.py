"""What may stand in a fact: a rule for each field, by its name, so that nothing that another server says can break a
line, a table or a clock of this one.

Owns: those rules. Must not: know who may say something, or whether it makes sense (`chat.links.inbound`). The codec has
seen to the types already; facts that were made of the lines of other link protocols come here as well.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from protocol.facts import Change, Member, Rank, Register
from protocol.limits import (
    CLIENT_TAG_BYTES,
    HOST_BYTES,
    METADATA_KEY_BYTES,
    METADATA_KEYS,
    METADATA_VALUE_BYTES,
    MULTILINE_BYTES,
    MULTILINE_LINES,
    NETWORK_CHANGES,
    NETWORK_CHANNEL_CHARACTERS,
    NETWORK_HOST_CHARACTERS,
    NETWORK_MASK_BYTES,
    NETWORK_NICK_CHARACTERS,
    NETWORK_TEXT_BYTES,
    NETWORK_USERNAME_BYTES,
)
from protocol.modes import CHANNEL_MODES, FLAGS, LISTS, PREFIXES, RANKS
from protocol.names import fold, is_channel, is_host, is_key, is_mask, is_nick, is_visible_host

Rule = Callable[[Any], bool]
_ID = re.compile(r"[0-9][0-9A-Z]{5}\Z")
_UID = re.compile(r"[0-9][0-9A-Z]{11}\Z")
_USERNAME = re.compile(r"[^\x00-\x20\x7f!@:][^\x00-\x20\x7f!@]*\Z")
_BREAKS = re.compile("[\r\n\0\ud800-\udfff]")
_MESSAGE_ID = re.compile(r"[!#-+\--:<-~]{0,100}\Z")  # a tag's value as it is: no space, `;` or comma
_TAG_KEY = re.compile(r"\+[A-Za-z0-9./_-]+\Z")  # of clients alone: the others are this server's word
_METADATA_KEY = re.compile(f"[a-z0-9_./-]{{1,{METADATA_KEY_BYTES}}}\\Z")
_COUNT = re.compile(r"[1-9][0-9]{0,8}\Z")
_MOST_NUMBER = 1 << 53


def is_server(name: str) -> bool:
    """Whether `name` may be a server's: letters, digits, hyphens and dots."""
    return len(name) <= HOST_BYTES and is_host(f"{name}.")


def is_uid(name: str) -> bool:
    """Whether `name` has the form of a user's id."""
    return _UID.match(name) is not None


def _is_clean(value: Any, size: int) -> bool:
    """Whether no text in `value`, however deep, breaks a line or has more bytes than `size`."""
    if isinstance(value, str):
        return _BREAKS.search(value) is None and len(value.encode()) <= size
    if isinstance(value, tuple):
        return all(_is_clean(each, size) for each in value)
    if isinstance(value, dict):
        return all(_is_clean(key, size) and _is_clean(each, size) for key, each in value.items())
    return True


def is_text(value: str | None) -> bool:
    """Whether a text, if there is one, may be shown."""
    return value is None or _is_clean(value, NETWORK_TEXT_BYTES)


def _is_message(value: Any) -> bool:
    """What is said may be longer than what is shown in passing."""
    return _is_clean(value, MULTILINE_BYTES)


def _are_lines(lines: tuple[tuple[str, bool], ...] | None) -> bool:
    """As many as one message may have, which together are no longer than it may be."""
    if lines is None:
        return True
    size = sum(len(text.encode("utf-8", "replace")) for text, _ in lines)
    return len(lines) <= MULTILINE_LINES and size <= MULTILINE_BYTES and _is_message(lines)


def _is_setter(value: str) -> bool:
    return _is_clean(value, NETWORK_MASK_BYTES)


def _is_nick(value: str) -> bool:
    return is_nick(value, NETWORK_NICK_CHARACTERS)


def _is_channel(value: str) -> bool:
    return is_channel(value, NETWORK_CHANNEL_CHARACTERS) and _BREAKS.search(value) is None


def is_account(value: str) -> bool:
    """Whether `value` may be an account, of this server or, as `alice@home.example`, of another; "" is none."""
    name, at, home = value.partition("@")
    return not value or (_is_nick(name) and (not at or is_server(home)))


def _is_host(value: str) -> bool:
    """A host, or an address, of which one that is valid on one wire alone says which: `fe80::1%eth0`."""
    return not value or is_visible_host(value.replace("%", ".", 1), NETWORK_HOST_CHARACTERS)


def _is_username(value: str) -> bool:
    return _USERNAME.match(value) is not None and _is_clean(value, NETWORK_USERNAME_BYTES)


def _is_somebody(value: str) -> bool:
    return is_uid(value) or is_server(value)


def _is_target(value: str) -> bool:
    return is_uid(value) or _is_channel(value)


def _is_place(value: str) -> bool:
    """A target, or the account of somebody who is not there."""
    return _is_target(value) or ("@" in value and is_account(value))


def _is_metadata_key(value: str) -> bool:
    return _METADATA_KEY.match(value) is not None


def _is_metadata_value(value: str | None) -> bool:
    return value is None or _is_clean(value, METADATA_VALUE_BYTES)


def _are_metadata(values: dict[str, str]) -> bool:
    return len(values) <= METADATA_KEYS and all(
        _is_metadata_key(key) and _is_metadata_value(value) for key, value in values.items()
    )


def _are_tags(tags: dict[str, str] | None) -> bool:
    if tags is None:
        return True
    size = sum(len(key) + len(value) for key, value in tags.items())
    return size <= CLIENT_TAG_BYTES and all(map(_TAG_KEY.match, tags)) and _is_message(tags)


def _is_number(value: int) -> bool:
    return 0 <= value <= _MOST_NUMBER


# --- channels ------------------------------------------------------------------------------------------------------


def is_known_register(key: str) -> bool:
    """Whether this version knows what a register of that key is; newer ones may have others."""
    kind, space, name = key.partition(" ")
    if not space:
        return key in _SINGLE
    return bool(name) and (kind in LISTS or kind in _NAMED)


def _is_limit(value: str) -> bool:
    return _COUNT.match(value) is not None


def _is_list_mask(value: str) -> bool:
    return is_mask(value) and _is_clean(value, NETWORK_MASK_BYTES)


_SINGLE: dict[str, Rule] = {
    **dict.fromkeys(FLAGS, lambda value: value == "1"),
    "k": lambda value: is_key(value, NETWORK_MASK_BYTES),
    "l": _is_limit,
    "F": _is_channel,
    "f": is_text,
    "topic": is_text,
    "founder": is_account,
}
_NAMED: dict[str, tuple[Rule, Rule]] = {  # of the name in the key, and of the value
    "admin": (is_account, lambda value: value == "1"),
    "access": (is_account, lambda value: value in RANKS),
    "metadata": (_is_metadata_key, _is_metadata_value),
}


def _is_value(key: str, value: str) -> bool:
    kind, space, name = key.partition(" ")
    if not is_known_register(key):
        return is_text(value)
    if not space:
        return _SINGLE[key](value)
    if kind in LISTS:
        return _is_list_mask(value) and fold(value) == name
    is_name, is_value = _NAMED[kind]
    return is_name(name) and is_value(value)


def _is_register(register: Register) -> bool:
    value = register.value
    if not (is_text(register.key) and _is_setter(register.setter) and _is_stamp(register.at)):
        return False
    return _is_value(register.key, value) if value is not None else True


def _is_member(member: Member) -> bool:
    return is_uid(member.uid) and len(member.ranks) <= len(RANKS) and all(_is_stamp(rank.at) for rank in member.ranks)


def _is_change(change: Change) -> bool:
    letter, parameter = change.letter, change.parameter
    row = CHANNEL_MODES.get(letter)
    if row is None or parameter is None:
        return is_text(letter) and is_text(parameter) and letter not in LISTS and letter not in RANKS
    if letter in RANKS:
        return is_uid(parameter)
    if letter in LISTS:
        return _is_list_mask(parameter)
    return _SINGLE[letter](parameter) if change.is_added and letter not in FLAGS else is_text(parameter)


# --- time ----------------------------------------------------------------------------------------------------------


def _times(value: Any) -> list[float]:
    """All stamps in a value, in milliseconds. Only those are whole numbers or (seconds) fractions there."""
    if isinstance(value, Register):
        return [value.at[0], value.time * 1000]
    if isinstance(value, Rank):
        return [value.at[0]]
    if isinstance(value, Member):
        return [value.joined, *(rank.at[0] for rank in value.ranks)]
    if isinstance(value, Change):
        return [value.joined]
    if isinstance(value, float):
        return [value * 1000]
    if isinstance(value, int):
        return [value]
    if isinstance(value, tuple):
        return [each for part in value for each in _times(part)]
    return []


def _is_stamp(at: Any) -> bool:
    """A stamp with the id of a server, or a time alone."""
    return not isinstance(at, tuple) or not at[1] or _ID.match(at[1]) is not None


def _every(rule: Rule) -> Rule:
    return lambda values: len(values) <= NETWORK_CHANGES and all(map(rule, values))


_TIMES = frozenset(
    ("at", "changes", "created", "joined", "members", "moment", "registers", "set_at", "signed_on", "stamp")
)
_RULES: dict[str, Rule] = {
    "account": is_account,
    "address": _is_host,
    "at": _is_stamp,
    "away": is_text,
    "behind": is_server,
    "by": _is_somebody,
    "changes": _every(_is_change),
    "channel": _is_channel,
    "given": is_text,
    "host": _is_host,
    "info": is_text,
    "mask": is_text,
    "members": _every(_is_member),
    "metadata": _are_metadata,
    "modes": is_text,
    "moment": lambda moment: moment is None or _MESSAGE_ID.match(moment[1]) is not None,
    "msgid": lambda msgid: _MESSAGE_ID.match(msgid) is not None,
    "name": is_server,
    "nick": _is_nick,
    "number": _is_number,
    "operator": is_text,
    "real_host": _is_host,
    "realname": is_text,
    "reason": is_text,
    "registers": _every(_is_register),
    "server": is_server,
    "setter": _is_setter,
    "sid": lambda sid: _ID.match(sid) is not None,
    "subject": is_text,
    "tags": _are_tags,
    "text": is_text,
    "to": is_server,
    "token": is_text,
    "uid": is_uid,
    "username": _is_username,
}
_ELSEWHERE: dict[tuple[str, str], Rule] = {  # where the same name means something else
    ("Redacted", "target"): _is_place,
    ("Said", "lines"): _are_lines,
    ("Said", "status"): lambda status: not status or status in PREFIXES.values(),
    ("Said", "target"): _is_target,
    ("Said", "text"): _is_message,
    ("UserMetadataSet", "key"): _is_metadata_key,
    ("UserMetadataSet", "value"): _is_metadata_value,
}


class _Field(NamedTuple):
    place: int
    name: str
    rule: Rule
    has_times: bool


_FIELDS: dict[type[Any], tuple[_Field, ...]] = {}


def _fields(kind: type[Any]) -> tuple[_Field, ...]:
    found = _FIELDS.get(kind)
    if found is None:
        names = enumerate(kind._fields)
        found = _FIELDS[kind] = tuple(
            _Field(place, name, _ELSEWHERE.get((kind.__name__, name)) or _RULES.get(name, _is_message), name in _TIMES)
            for place, name in names
        )
    return found


def problem(fact: Any, latest: float) -> str:
    """What in a fact may not be, "" for nothing. `latest`: milliseconds after which nothing can have happened."""
    for place, name, rule, has_times in _fields(type(fact)):
        value = fact[place]
        if not rule(value):
            return f"its {name} is not allowed"
        if has_times and not all(0 <= time <= latest for time in _times(value)):
            return f"its {name} is too far in the future, or no time"
    return ""


def bounded(fact: Any, latest: float, furthest: float) -> Any:
    """A fact in which what is later than `latest`, but not than `furthest` (milliseconds), happens then."""
    changed = {}
    for place, name, _, has_times in _fields(type(fact)):
        if has_times:
            changed[name] = _bounded(fact[place], latest, furthest)
    return fact._replace(**changed)


def _bounded(value: Any, latest: float, furthest: float) -> Any:
    if isinstance(value, float):
        return (latest - 1) / 1000 if latest < value * 1000 <= furthest else value
    if isinstance(value, int) and not isinstance(value, bool):
        return int(latest) if latest < value <= furthest else value
    if isinstance(value, tuple):
        parts = [_bounded(part, latest, furthest) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value
