"""What a server of RFC 2813 says about channels, as facts. See `rfc2813_in`.

Of a channel that both sides have when they meet, everything is united, and what there can only be one of is what this
side has. Owns: the meaning of those commands, and what of them makes no sense here.
"""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from chat.links.rfc2813_in import command, find, moment, setter, speaker, theirs, user_mode
from chat.state import registers
from chat.state.channel import Channel, Membership
from chat.state.registers import next_stamp
from chat.state.user import User
from protocol import facts, rfc2813
from protocol.facts import Change, Member, Rank, Register
from protocol.limits import NETWORK_MASK_BYTES, NETWORK_TEXT_BYTES
from protocol.modes import CHANNEL_MODES, LISTS, RANKS, Kind, ModeChange, parse_changes
from protocol.names import cut, fold, is_channel, is_key, is_mask
from protocol.rfc2813 import Line

if TYPE_CHECKING:
    from chat.links.rfc2813 import Rfc2813Link

_MOST_LIMIT = 65535


@command("CHANINFO", 2)
def chaninfo(link: "Rfc2813Link", line: Line) -> None:
    """CHANINFO <channel> +<modes> [[<key> <limit>] :<topic>]: counts where nothing is set. That of a new channel waits
    for the members, without whom there is no channel unless it is permanent."""
    name, letters, *rest = line.params
    if not _is_channel(name):
        return
    key, limit = (rest[0], rest[1]) if len(rest) > 1 else ("", "")
    topic = cut(rest[-1], NETWORK_TEXT_BYTES) if len(rest) in (1, 3) else ""
    wanted = [ModeChange(True, letter) for letter in letters if letter in rfc2813.SHARED_FLAGS]
    wanted += [ModeChange(True, "k", key)] if "k" in letters else []
    wanted += [ModeChange(True, "l", limit)] if "l" in letters else []
    wanted = [change for change in wanted if _is_sound(change)]
    channel = link.network.find_channel(name)
    if channel is None:
        link.announced[fold(name)] = _registers(link, wanted, topic)
        if any(change.letter == "P" for change in wanted):
            _make(link, name, ())
        return
    link.note_known(channel)
    wanted = [change for change in wanted if not (change.letter == "k" and channel.key)]
    wanted = [change for change in wanted if not (change.letter == "l" and channel.limit)]
    _change(link, channel, link.their_name, wanted)
    if topic and not channel.topic.text:
        _set_topic(link, channel, link.their_name, topic)


def _registers(link: "Rfc2813Link", wanted: list[ModeChange], topic: str) -> tuple[Register, ...]:
    at, now = link.network.stamp(), time.time()
    held = [Register(change.letter, change.parameter or "1", at) for change in wanted]
    held += [Register(registers.TOPIC, topic, at, link.their_name, now)] if topic else []
    return tuple(held)


@command("NJOIN", 2)
def njoin(link: "Rfc2813Link", line: Line) -> None:
    """NJOIN <channel> :[<prefixes>]<nick>,..."""
    if _is_channel(line.params[0]):
        ranked = (rfc2813.split_ranks(name) for name in line.params[-1].split(","))
        found = ((theirs(link, name), ranks) for ranks, name in ranked if name)
        _make(link, line.params[0], ((user, ranks) for user, ranks in found if user is not None))


@command("JOIN", 1)
def join(link: "Rfc2813Link", line: Line) -> None:
    """JOIN <channel>[^G<ranks>],..."""
    user = theirs(link, line.prefix)
    for item in line.params[0].split(",") if user is not None else ():
        name, _, letters = item.partition("\a")
        if user is not None and _is_channel(name):
            _enter(link, user, name, frozenset(letters).intersection(RANKS))


def _enter(link: "Rfc2813Link", user: User, name: str, ranks: frozenset[str]) -> None:
    """A user comes into a channel, with ranks where it has made it."""
    channel = link.network.find_channel(name)
    if channel is not None and user in channel.members:
        return
    # When it came in, its server may not have heard of a channel here, or may still have had one that is gone here.
    is_another, past = link.is_unheard(name), link.remembered(name)
    if channel is None and not ranks:  # what has been set in it there meanwhile was passed over
        is_another = True
        if past is not None:
            link.announced[fold(name)] = tuple(registers.of(link.network, past))
    if channel is None or ranks:
        _make(link, name, ((user, ranks),))
    elif (channel.folded, f"kick {user.uid}") not in link.crossings:
        told = facts.Joined(user.uid, channel.name, channel.created, link.network.tick(), moment(link))
        link.take(told)
    link.repeat(user)
    found = link.network.find_channel(name)
    if is_another and found is not None:
        link.overwrite(found)


def _make(link: "Rfc2813Link", name: str, entering: Iterable[tuple[User, frozenset[str]]]) -> None:
    """A channel with these members, or these members in the channel that there is."""
    network, channel = link.network, link.network.find_channel(name)
    at = next_stamp(network, channel) if channel is not None else network.stamp()
    members = []
    for user, letters in entering:
        if (fold(name), f"kick {user.uid}") in link.crossings:
            continue  # it has come back before it heard that it was kicked, and will be kicked
        present = channel.members.get(user) if channel is not None else None
        joined = present.joined if present is not None else network.tick()
        members.append(Member(user.uid, joined, tuple(Rank(letter, True, at) for letter in letters)))
    registers = link.announced.pop(fold(name), ())
    created = channel.created if channel is not None else network.tick()
    link.take(facts.ChannelState(channel.name if channel is not None else name, created, registers, tuple(members)))
    channel = network.find_channel(name)
    if channel is not None:
        link.note_known(channel)


@command("PART", 1)
def part(link: "Rfc2813Link", line: Line) -> None:
    """PART <channel> [:<text>]"""
    user = theirs(link, line.prefix)
    for name in line.params[0].split(","):
        channel = link.network.find_channel(name)
        member = channel.members.get(user) if channel is not None and user is not None else None
        if member is not None:
            text = line.params[-1] if len(line.params) > 1 else ""
            link.take(facts.Parted(member.user.uid, member.channel.name, member.joined, text, moment(link)))
        if channel is not None:  # whom this side has kicked out meanwhile may have been the last one there, too
            link.review((channel,))


@command("KICK", 2)
def kick(link: "Rfc2813Link", line: Line) -> None:
    """KICK <channel> <nick> [:<text>]"""
    by, channel = speaker(link, line.prefix), link.network.find_channel(line.params[0])
    user = find(link, line.params[1])
    member = channel.members.get(user) if channel is not None and user is not None else None
    if by is not None and member is not None and not _is_new(link, member):
        text = line.params[-1] if len(line.params) > 2 else ""
        link.take(facts.Kicked(by, member.user.uid, member.channel.name, member.joined, text, False, moment(link)))
    if channel is not None:
        link.review((channel,))


def _is_new(link: "Rfc2813Link", member: Membership) -> bool:
    """Whether the other side has not heard of this membership: what it says is about one that is over."""
    return (member.channel.folded, f"join {member.user.uid}") in link.crossings


@command("MODE", 2)
def mode(link: "Rfc2813Link", line: Line) -> None:
    """MODE <channel> <changes> [<parameters>], or MODE <nick> <changes>"""
    target, *words = line.params
    by, channel = speaker(link, line.prefix), link.network.find_channel(target)
    if channel is not None and by is not None:
        _change(link, channel, by, [change for change in parse_changes(words) if _is_sound(change)])
        link.review((channel,))
        return
    if channel is None and _is_channel(target):
        link.withdraw(target, [change for change in parse_changes(words) if _is_sound(change)])
        return
    user = find(link, target)
    if user is not None and link.is_behind(user):
        user_mode(link, user, words[0])


def _is_sound(change: ModeChange) -> bool:
    """Whether a change means something here, and has a parameter that it could have had here."""
    parameter = change.parameter or ""
    if not rfc2813.is_shared(change):
        return False
    if CHANNEL_MODES[change.letter].kind is Kind.LIST:
        return is_mask(parameter) and len(parameter.encode()) <= NETWORK_MASK_BYTES
    if change.adding and change.letter == "k":
        return is_key(parameter, NETWORK_MASK_BYTES)
    return _is_limit(parameter) if change.adding and change.letter == "l" else True


def _change(link: "Rfc2813Link", channel: Channel, by: str, wanted: list[ModeChange]) -> None:
    changes = [found for found in (_translated(link, channel, change) for change in wanted) if found is not None]
    if changes:
        at = next_stamp(link.network, channel)
        link.take(facts.ModesChanged(by, channel.name, channel.created, at, tuple(changes), moment(link)))


def _translated(link: "Rfc2813Link", channel: Channel, change: ModeChange) -> Change | None:
    """The change as a fact has it; None for what this side has changed in the meantime."""
    letter, parameter = change.letter, change.parameter or ""
    if letter not in RANKS:
        key = f"{letter} {fold(parameter)}" if letter in LISTS else letter
        told = None if letter == "k" and not change.adding else change.parameter
        return None if (channel.folded, key) in link.crossings else Change(change.adding, letter, told)
    user = find(link, parameter)
    member = channel.members.get(user) if user is not None else None
    if member is None or _is_new(link, member) or (channel.folded, f"{letter} {member.user.uid}") in link.crossings:
        return None
    return Change(change.adding, letter, member.user.uid, member.joined)


@command("TOPIC", 2)
def topic(link: "Rfc2813Link", line: Line) -> None:
    """TOPIC <channel> :<text>"""
    by, channel = speaker(link, line.prefix), link.network.find_channel(line.params[0])
    if by is not None and channel is not None:
        _set_topic(link, channel, by, line.params[-1])
        link.review((channel,))


def _set_topic(link: "Rfc2813Link", channel: Channel, by: str, text: str) -> None:
    if (channel.folded, "topic") in link.crossings:
        return
    at = next_stamp(link.network, channel)
    link.take(facts.TopicSet(by, channel.name, channel.created, at, text, setter(link, by), moment(link)))


@command("INVITE", 2)
def invite(link: "Rfc2813Link", line: Line) -> None:
    """INVITE <nick> <channel>"""
    by, user = speaker(link, line.prefix), find(link, line.params[0])
    if by is not None and user is not None:
        link.take(facts.Invited(by, user.uid, line.params[1], True, moment(link)))


def _is_channel(name: str) -> bool:
    return is_channel(name, rfc2813.CHANNEL_BYTES)


def _is_limit(text: str) -> bool:
    return text.isascii() and text.isdigit() and text[0] != "0" and int(text) <= _MOST_LIMIT
