"""Changing a channel's modes, member ranks and lists. Owns: what each change does, what really changed, who is told.
Must not: parse a mode string (`protocol.modes`) or know a command."""

import re
import time
from collections.abc import Callable, Iterator

from chat.state import announcing, auditorium, ban_policy, extbans, metadata, permanent, policy, ranks, registers
from chat.state.channel import Channel, Membership
from chat.state.network import Network
from chat.state.pace import parse_pace
from chat.state.session import Session
from chat.state.user import User
from chat.storage.records import ListEntry
from protocol import events
from protocol.facts import Moment
from protocol.limits import AUDITORIUM_SWITCH, IRC_LINE_BYTES
from protocol.modes import CHANNEL_MODES, LISTS, RANKS, Kind, ModeChange, split_changes
from protocol.names import fold, is_mask
from protocol.replies import (
    ERR_INVALIDMODEPARAM,
    ERR_NEEDREGGEDNICK,
    ERR_NOSUCHNICK,
    ERR_UNKNOWNMODE,
)
from protocol.values import Event, Refused, Source

_MASK_BYTES = 200
MASK_RULE = "A mask is one word without control characters, such as nick!user@host or ~a:account"


class Setter:
    """Who changes modes, and where; made before the first change, `publish` tells what became of it. `overrides`: an
    IRC operator, who needs no rank anywhere."""

    __slots__ = ("before", "channel", "network", "overrides", "session")

    def __init__(self, network: Network, session: Session, channel: Channel, overrides: bool = False) -> None:
        self.network = network
        self.session = session
        self.channel = channel
        self.overrides = overrides
        self.before = auditorium.sight(channel)

    @property
    def user(self) -> User:
        """Whose modes, ranks and permissions count."""
        assert self.session.user is not None
        return self.session.user

    def require_unmuted(self) -> None:
        """Raises when nobody is to read what the setter writes, such as keys and masks."""
        if not self.overrides:
            ban_policy.require_unmuted(self.user, self.channel.name)


def apply(setter: Setter, change: ModeChange) -> ModeChange | None:
    """Makes one change; the change as it is shown, or None when nothing changed. Raises Refused."""
    row = CHANNEL_MODES.get(change.letter)
    if row is None:
        raise Refused(ERR_UNKNOWNMODE, change.letter)
    return _APPLY[row.kind](setter, change)


def _invalid(setter: Setter, change: ModeChange, why: str) -> Refused:
    return Refused(ERR_INVALIDMODEPARAM, setter.channel.name, change.letter, change.parameter or "*", why)


def _apply_flag(setter: Setter, change: ModeChange) -> ModeChange | None:
    channel = setter.channel
    if change.adding == (change.letter in channel.modes):
        return None
    if change.letter == "P":
        _apply_permanence(setter, change.adding)
    elif change.letter == "u" and sum(not m.ranks for m in channel.members.values()) > AUDITORIUM_SWITCH:
        raise _invalid(setter, change, f"Too many members: each of more than {AUDITORIUM_SWITCH} would be told of all")
    (channel.modes.add if change.adding else channel.modes.discard)(change.letter)
    channel.modes_changed()
    return change


def _apply_permanence(setter: Setter, adding: bool) -> None:
    """A permanent channel needs an admin, so that somebody rules it after a restart: who makes it permanent, unless it
    is an IRC operator who overrides. A registered channel stays permanent until its founder gives it up."""
    user, channel = setter.user, setter.channel
    if not setter.overrides:
        if not user.account:
            raise Refused(ERR_NEEDREGGEDNICK, channel.name)
        policy.require_permanence(user, channel)
    if not adding:
        if channel.founder:
            why = f"The channel is registered; its founder can give it up: /msg ChanServ DROP {channel.name}"
            raise _invalid(setter, ModeChange(False, "P"), why)
        permanent.forget(setter.network, channel)
    elif not setter.overrides:
        channel.admins.add(fold(user.account))
        announcing.registers_set(setter.network, channel, registers.ADMIN + fold(user.account))
    elif not channel.admins:
        why = "It has no admin, so nobody would rule it after a restart"
        raise _invalid(setter, ModeChange(True, "P"), why)


def _apply_key(setter: Setter, change: ModeChange) -> ModeChange | None:
    channel, key = setter.channel, change.parameter or ""
    if not change.adding:
        old, channel.key = channel.key, ""
        return ModeChange(False, "k", old) if old else None
    setter.require_unmuted()
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


def _apply_pace(setter: Setter, change: ModeChange) -> ModeChange | None:
    channel = setter.channel
    old = channel.slow
    pace = parse_pace(change.parameter or "") if change.adding else None
    if change.adding and pace is None:
        raise _invalid(setter, change, "Slow mode is <messages>:<seconds>, such as 2:10, at most 999:99999")
    if (old.text if old is not None else "") == (pace.text if pace is not None else ""):
        return None
    channel.slow = pace
    channel.modes_changed()
    return change


def _apply_forward(setter: Setter, change: ModeChange) -> ModeChange | None:
    """Where to, must be the setter's as well: nobody sends people into a channel of others."""
    channel = setter.channel
    if not change.adding:
        old, channel.forward = channel.forward, ""
        return change if old else None
    target = setter.network.find_channel(change.parameter or "")
    if target is None or target is channel:
        raise _invalid(setter, change, "The name of another channel, which exists, is needed")
    if not setter.overrides:
        ranks.require_rule(setter.user, target)
    if fold(channel.forward) == target.folded:
        return None
    channel.forward = target.name
    return ModeChange(True, "F", target.name)


_SETTINGS: dict[str, Callable[[Setter, ModeChange], ModeChange | None]] = {
    "l": _apply_limit,
    "f": _apply_pace,
    "F": _apply_forward,
}


def _apply_setting(setter: Setter, change: ModeChange) -> ModeChange | None:
    return _SETTINGS[change.letter](setter, change)


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
    if not change.adding:
        if change.letter == "q" and policy.is_founder(setter.channel, target):
            raise _invalid(setter, change, "The channel belongs to this account")
        if change.letter == "o" and policy.is_admin(setter.channel, target):
            raise _invalid(setter, change, "An admin of the group is its operator whenever it is there")
    return change._replace(parameter=target.nick) if apply_rank(member, change) else None


def _apply_list(setter: Setter, change: ModeChange) -> ModeChange | None:
    channel = setter.channel
    mask = extbans.full_mask(change.parameter or "")
    if not change.parameter or not is_mask(mask):
        raise _invalid(setter, change, MASK_RULE)
    if len(mask.encode()) > _MASK_BYTES:
        raise _invalid(setter, change, f"A mask has at most {_MASK_BYTES} bytes")
    if extbans.is_mute(mask) and change.letter == "I":
        raise _invalid(setter, change, "A mute stands among bans and exceptions only")
    entries = channel.lists[change.letter]
    if change.adding == (fold(mask) in entries):
        return None
    if not change.adding:
        mask = entries.pop(fold(mask)).mask
    else:
        setter.require_unmuted()
        policy.require_room_on_list(setter.network, channel, change.letter)
        entries[fold(mask)] = ListEntry(mask, setter.user.nick, time.time())
    channel.lists_changed()
    return change._replace(parameter=mask)


_APPLY = {
    Kind.FLAG: _apply_flag,
    Kind.KEY: _apply_key,
    Kind.SETTING: _apply_setting,
    Kind.RANK: _apply_rank,
    Kind.LIST: _apply_list,
}


def publish(setter: Setter, done: list[ModeChange], source: Source | None = None) -> None:
    """Tells the members what changed, in as few lines as fit, and remembers a permanent channel. `source` is shown in
    place of the setter."""
    network, channel = setter.network, setter.channel
    by = setter.user.uid if source is None else ""
    announce(network, channel, source or setter.user.source, done, setter.session, setter.before, by)
    permanent.remember(network, channel)
    network.history.restrict(channel.folded, channel.is_restricted)
    network.forget_channel_if_empty(channel)


def announce(
    network: Network,
    channel: Channel,
    source: Source,
    done: list[ModeChange],
    origin: Session | None,
    before: auditorium.Sight,
    by: str = "",
) -> None:
    """Tells members and servers what was changed here; `by`: the uid of who did it, this server unless it is given."""
    moment = announcing.moment_of(network.event(events.MODE, source, channel.name))
    announcing.modes_changed(network, by or network.name, channel, done, moment)
    tell(network, channel, source, done, origin, before, moment)


def tell(
    network: Network,
    channel: Channel,
    source: Source,
    done: list[ModeChange],
    origin: Session | None,
    before: auditorium.Sight,
    moment: Moment | None = None,
    kicks_follow: bool = False,
) -> None:
    """Tells the members what changed; `before`: who saw whom then, for who appears or disappears by it (+u).
    `kicks_follow`: those of whom a ban means, which tell of it where bans are by name."""
    named = () if kicks_follow else _concerned(channel, done)
    moved = auditorium.shift(channel, before)
    auditorium.show(network, channel, moved)
    for event in lines(network, channel, source, done, named, moment):
        show(network, channel, event, origin)
    auditorium.hide(network, channel, moved)


def lines(
    network: Network,
    channel: Channel,
    source: Source,
    done: list[ModeChange],
    named: tuple[str, ...] = (),
    moment: Moment | None = None,
) -> Iterator[Event]:
    """The changes in as few lines as fit, each an event; `named`: whom the bans among them mean."""
    room = IRC_LINE_BYTES - len(f":{source.prefix} MODE {channel.name} \r\n".encode())
    for text in split_changes(done, room):
        yield network.event(events.MODE, source, channel.name, text, named, moment)
        named, moment = (), None  # each line has an id of its own


def show(network: Network, channel: Channel, event: Event, origin: Session | None) -> None:
    """Records a MODE and tells the members."""
    network.history.record(channel.folded, event)
    network.tell_members(channel, event, origin)
    if network.relay.is_linked:
        network.relay.show(event, channel)


def _concerned(channel: Channel, done: list[ModeChange]) -> tuple[str, ...]:
    """The accounts and members that the bans among the changes mean, for dialects that ban by name."""
    names: list[str] = []
    for change in done:
        if change.letter == "b" and change.adding and change.parameter:
            names += _named(channel, change.parameter)
    return tuple(names)


def _named(channel: Channel, mask: str) -> list[str]:
    """Whom a ban means by name, as far as the members could tell: nobody when it only mutes, nobody whom they are not
    shown, and nobody by a host that is hidden."""
    if extbans.is_mute(mask):
        return []
    if mask.startswith(extbans.ACCOUNT_BAN) and mask != extbans.ACCOUNT_BAN + "*":
        return [mask[len(extbans.ACCOUNT_BAN) :]]
    members = channel.members.values()
    return [m.user.nick for m in members if not m.is_hidden and extbans.mask_shows(mask, m.user)]


class View:
    """A channel's modes, lists, ranks and topic at one moment, to find out later what has become of them."""

    def __init__(self, network: Network, channel: Channel) -> None:
        self._network = network
        self._channel = channel
        self._sight = auditorium.sight(channel)
        self._topic = channel.topic.text
        self._metadata = channel.metadata
        self._settings = self._current()
        self._ranks = {user: member.ranks for user, member in channel.members.items()}

    def _current(self) -> dict[tuple[str, str], str]:
        """What is set: letter, and mask of a list, with the value."""
        channel = self._channel
        slow = channel.slow.text if channel.slow is not None else ""
        values = {"k": channel.key, "l": str(channel.limit or ""), "f": slow, "F": channel.forward}
        found = {(letter, ""): value for letter, value in values.items() if value}
        found |= {(letter, ""): "" for letter in channel.modes}
        found |= {(letter, entry.mask): entry.mask for letter in LISTS for entry in channel.lists[letter].values()}
        return found

    def changes(self) -> list[ModeChange]:
        """The changes of modes, lists and ranks since then, as they are shown."""
        before, now = self._settings, self._current()
        gone = [self._gone(letter, before[letter, mask]) for letter, mask in before if (letter, mask) not in now]
        new = [ModeChange(True, key[0], now[key] or None) for key in now if before.get(key) != now[key]]
        ranks: list[ModeChange] = []
        for user, member in self._channel.members.items():
            held = self._ranks.get(user, frozenset())
            ranks += [ModeChange(False, letter, user.nick) for letter in RANKS if letter in held - member.ranks]
            ranks += [ModeChange(True, letter, user.nick) for letter in RANKS if letter in member.ranks - held]
        return [*gone, *new, *ranks]

    @staticmethod
    def _gone(letter: str, value: str) -> ModeChange:
        return ModeChange(False, letter, value if letter in LISTS or letter == "k" else None)

    def tell(self, source: Source) -> None:
        """Tells the members what is not as it was, as the doing of `source`."""
        network, channel = self._network, self._channel
        metadata.show_channel(network, channel, self._metadata, source)
        done = self.changes()
        if done:
            tell(network, channel, source, done, None, self._sight)
        if channel.topic.text != self._topic:
            event = network.event(events.TOPIC, source, channel.name, channel.topic.text)
            network.history.record(channel.folded, event)
            network.tell_channel(channel, event)
            if network.relay.is_linked:
                network.relay.show(event, channel)
