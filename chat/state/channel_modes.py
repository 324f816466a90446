"""Changing a channel's modes, member ranks and lists. Owns: what each change does, what really changed, who is told.
Must not: parse a mode string (`protocol.modes`) or know a command."""

import re
import time
from typing import NamedTuple

from chat.state import permanent, policy
from chat.state.channel import Channel, Membership
from chat.state.network import Network
from chat.state.session import Session
from chat.storage.records import ListEntry
from protocol import events
from protocol.limits import IRC_LINE_BYTES
from protocol.modes import CHANNEL_MODES, Kind, ModeChange, split_changes
from protocol.names import fold, is_mask, normalise_mask
from protocol.replies import (
    ERR_INVALIDMODEPARAM,
    ERR_NEEDREGGEDNICK,
    ERR_NOSUCHNICK,
    ERR_UNKNOWNMODE,
)
from protocol.values import Refused

_MASK_BYTES = 200
MASK_RULE = "A mask is one word without control characters, such as nick!user@host or ~a:account"


class Setter(NamedTuple):
    """Who changes modes, and where."""

    network: Network
    session: Session
    channel: Channel


def apply(setter: Setter, change: ModeChange) -> ModeChange | None:
    """Makes one change; the change as it is shown, or None when nothing changed. Raises Refused."""
    row = CHANNEL_MODES.get(change.letter)
    if row is None:
        raise Refused(ERR_UNKNOWNMODE, change.letter)
    return _APPLY[row.kind](setter, change)


def _invalid(setter: Setter, change: ModeChange, why: str) -> Refused:
    return Refused(ERR_INVALIDMODEPARAM, setter.channel.name, change.letter, change.parameter or "*", why)


def _apply_flag(setter: Setter, change: ModeChange) -> ModeChange | None:
    modes = setter.channel.modes
    if change.adding == (change.letter in modes):
        return None
    if change.letter == "P":
        _apply_permanence(setter, change.adding)
    (modes.add if change.adding else modes.discard)(change.letter)
    return change


def _apply_permanence(setter: Setter, adding: bool) -> None:
    """A permanent channel needs an admin, so that somebody rules it after a restart."""
    network, session, channel = setter
    assert session.user is not None
    if not session.user.account:
        raise Refused(ERR_NEEDREGGEDNICK, channel.name)
    policy.require_permanence(session.user, channel)
    if adding:
        channel.admins.add(fold(session.user.account))
    else:
        permanent.forget(network, channel)


def _apply_key(setter: Setter, change: ModeChange) -> ModeChange | None:
    channel, key = setter.channel, change.parameter or ""
    if not change.adding:
        old, channel.key = channel.key, ""
        return ModeChange(False, "k", old) if old else None
    policy.require_legal_key(channel.name, key)
    if channel.key == key:
        return None
    channel.key = key
    return change


def _apply_limit(setter: Setter, change: ModeChange) -> ModeChange | None:
    channel = setter.channel
    if not change.adding:
        old, channel.limit = channel.limit, 0
        return ModeChange(False, "l") if old else None
    asked = change.parameter or ""
    limit = int(asked) if re.fullmatch(r"\+?[0-9]{1,9}", asked, re.ASCII) else 0
    if limit < 1:
        raise _invalid(setter, change, "A limit is a positive number")
    if limit == channel.limit:
        return None
    channel.limit = limit
    return ModeChange(True, "l", str(limit))


def apply_rank(member: Membership, change: ModeChange) -> bool:
    """Gives or takes a rank; whether that changed anything."""
    old = member.ranks
    member.ranks = old | {change.letter} if change.adding else old - {change.letter}
    return member.ranks != old


def _apply_rank(setter: Setter, change: ModeChange) -> ModeChange | None:
    if not change.parameter:
        raise _invalid(setter, change, "A nick is needed")
    target = setter.network.find_user(change.parameter)
    if target is None:
        raise Refused(ERR_NOSUCHNICK, change.parameter)
    member = policy.require_target_member(target, setter.channel)
    if change.letter == "o" and not change.adding and policy.is_admin(setter.channel, target):
        raise _invalid(setter, change, "An admin of the group is its operator whenever it is there")
    return change._replace(parameter=target.nick) if apply_rank(member, change) else None


def full_mask(mask: str) -> str:
    """The stored form of a list mask: `$a:name` and `~a:name` are one extended ban, others are nick!user@host."""
    if mask[:3].lower() in ("~a:", "$a:"):
        return policy.ACCOUNT_BAN + mask[3:]
    return normalise_mask(mask)


def _apply_list(setter: Setter, change: ModeChange) -> ModeChange | None:
    network, session, channel = setter
    assert session.user is not None
    mask = full_mask(change.parameter or "")
    if not change.parameter or not is_mask(mask):
        raise _invalid(setter, change, MASK_RULE)
    if len(mask.encode()) > _MASK_BYTES:
        raise _invalid(setter, change, f"A mask has at most {_MASK_BYTES} bytes")
    entries = channel.lists[change.letter]
    if change.adding == (fold(mask) in entries):
        return None
    if not change.adding:
        mask = entries.pop(fold(mask)).mask
    else:
        policy.require_room_on_list(network, channel, change.letter)
        entries[fold(mask)] = ListEntry(mask, session.user.nick, time.time())
    channel.lists_changed()
    return change._replace(parameter=mask)


_APPLY = {
    Kind.FLAG: _apply_flag,
    Kind.KEY: _apply_key,
    Kind.LIMIT: _apply_limit,
    Kind.RANK: _apply_rank,
    Kind.LIST: _apply_list,
}


def publish(setter: Setter, done: list[ModeChange]) -> None:
    """Tells the members what changed, in as few lines as fit, and remembers a permanent channel."""
    network, session, channel = setter
    assert session.user is not None
    named = _concerned(channel, done)
    room = IRC_LINE_BYTES - len(f":{session.user.source.prefix} MODE {channel.name} \r\n".encode())
    for text in split_changes(done, room):
        event = network.event(events.MODE, session.user.source, channel.name, text, named)
        network.tell_members(channel, event, session)
        named = ()
    permanent.remember(network, channel)
    network.forget_channel_if_empty(channel)


def _concerned(channel: Channel, done: list[ModeChange]) -> tuple[str, ...]:
    """The accounts and members that the bans among the changes mean, for dialects that ban by name."""
    names: list[str] = []
    for change in done:
        if change.letter == "b" and change.adding and change.parameter:
            if change.parameter.startswith(policy.ACCOUNT_BAN):
                names.append(change.parameter[len(policy.ACCOUNT_BAN) :])
            else:
                names += [user.nick for user in channel.members if policy.mask_covers(change.parameter, user)]
    return tuple(names)
