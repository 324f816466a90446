"""Joining, leaving, kicking, banning. Owns: the order of those changes and who is told. Must not: parse a command."""

import time

from chat.state import channel_modes, permanent, policy
from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from chat.storage.records import ListEntry
from protocol import events
from protocol.modes import ModeChange
from protocol.names import cut, fold
from protocol.values import EventRow


def join(network: Network, session: Session, name: str, key: str, tell_origin: bool = True) -> Channel | None:
    """The user of `session` joins a channel, which is created if need be. None when already there.

    Raises Refused by `policy.require_join`. All sessions are told; `tell_origin` False leaves `session` out.
    """
    user = session.user
    assert user is not None
    channel = network.find_channel(name)
    if channel is not None and user in channel.members:
        return None
    is_new = channel is None
    if channel is None:
        channel = _create(network, session, name, key)
    try:
        policy.require_join(network, user, channel, key)
    except Exception:
        network.forget_channel_if_empty(channel)
        raise
    _enter(network, channel, user, session, frozenset("o") if is_new else frozenset(), tell_origin)
    return channel


def _create(network: Network, session: Session, name: str, key: str) -> Channel:
    dialect = session.codec.dialect
    first_key = key if dialect.key_creates else ""
    if first_key:
        policy.require_legal_key(name, first_key)
    channel = network.create_channel(name, dialect.new_channel_modes)
    channel.key = first_key
    return channel


def _enter(
    network: Network, channel: Channel, user: User, origin: Session, ranks: frozenset[str], tell_origin: bool
) -> None:
    channel.add(user, ranks)
    channel.invited.discard(user)
    user.invitations.pop(channel.folded, None)
    event = network.event(events.JOIN, user.source, channel.name, "", user.realname)
    if tell_origin:
        network.tell_members(channel, event, origin)
    else:
        network.tell_channel(channel, event, origin)
    if user.away is not None:
        away = network.event(events.AWAY, user.source, "", user.away)
        for other in channel.members:
            if other is not user:
                network.tell_user(other, away)
    promote_admin(network, channel, user, origin)


def promote_admin(network: Network, channel: Channel, user: User, origin: Session | None) -> None:
    """A group's admin is its operator whenever it is there and logged in; `origin` is told as part of its response."""
    member = channel.members[user]
    if policy.is_admin(channel, user) and not member.is_operator:
        channel_modes.apply_rank(member, ModeChange(True, "o"))
        event = network.event(events.MODE, network.source, channel.name, f"+o {user.nick}")
        network.tell_members(channel, event, origin)


def part(network: Network, user: User, channel: Channel, text: str, origin: Session | None) -> None:
    """A member leaves, and all members and its own sessions are told."""
    event = network.event(events.PART, user.source, channel.name, text)
    network.tell_members(channel, event, origin)
    leave(network, user, channel)


def leave(network: Network, user: User, channel: Channel) -> None:
    """Takes a member out without a word."""
    channel.discard(user)
    group = channel.folded
    for session in user.sessions:
        session.groups.discard(group)
    network.forget_channel_if_empty(channel)


def kick(
    network: Network,
    session: Session,
    channel: Channel,
    target: User,
    text: str,
    row: EventRow = events.KICK,
) -> None:
    """Removes a member; everybody there is told, the one who is removed too."""
    assert session.user is not None
    event = network.event(row, session.user.source, channel.name, text, target.nick)
    network.tell_members(channel, event, session)
    leave(network, target, channel)


def add_ban(network: Network, channel: Channel, mask: str, setter: User) -> ListEntry | None:
    """Bans `mask`; nobody is told yet. The entry that the list held before, for `take_ban_back`."""
    before = channel.lists["b"].get(fold(mask))
    channel.lists["b"][fold(mask)] = ListEntry(mask, setter.nick, time.time())
    channel.lists_changed()
    permanent.remember(network, channel)
    return before


def take_ban_back(network: Network, channel: Channel, mask: str, before: ListEntry | None) -> None:
    """Makes a ban as it was before `add_ban`; nobody is told."""
    if before is not None:
        channel.lists["b"][fold(mask)] = before
    else:
        channel.lists["b"].pop(fold(mask), None)
    channel.lists_changed()
    permanent.remember(network, channel)


def tell_ban(network: Network, session: Session, channel: Channel, mask: str, name: str) -> None:
    """Tells of a ban of `name` and removes every member whom it means: one MODE for IRC members, and for each of those
    a KICK; for JSON members one fact for each, or for `name` when none of them is there."""
    assert session.user is not None
    removed = [user for user in channel.members if policy.mask_covers(mask, user)]
    named = () if removed else (name,)
    event = network.event(events.MODE, session.user.source, channel.name, f"+b {mask}", named)
    network.tell_members(channel, event, session)
    for user in removed:
        kick(network, session, channel, user, "banned", events.KICK_BANNED)


def invite(network: Network, session: Session, channel: Channel, target: User) -> None:
    """`target` is told, and so are the members who asked for invite-notify; invited by an operator, it may come in once
    in spite of +i, +k and +l."""
    assert session.user is not None
    if policy.opens_the_door(session.user, channel):
        channel.invited.add(target)
        target.invitations[channel.folded] = channel
    source = session.user.source
    network.tell_user(target, network.event(events.INVITE, source, target.nick, "", channel.name))
    network.tell_channel(channel, network.event(events.INVITED, source, channel.name, "", target.nick), session)


def set_topic(network: Network, session: Session, channel: Channel, text: str) -> None:
    """Sets the topic, cut to its limit; "" clears it. All members are told, the setter included."""
    assert session.user is not None
    text = cut(text, network.limits.topic)
    channel.topic = channel.topic._replace(text=text, setter=session.user.nick, time=time.time())
    event = network.event(events.TOPIC, session.user.source, channel.name, text)
    network.tell_members(channel, event, session)
    permanent.remember(network, channel)
