"""Joining, leaving, kicking, banning. Owns: the order of those changes and who is told. Must not: parse a command."""

import time
from math import ceil

from chat.state import announcing, auditorium, channel_modes, extbans, permanent, policy
from chat.state.channel import Channel, Membership
from chat.state.network import Network
from chat.state.pace import Pace
from chat.state.session import Session
from chat.state.user import User
from chat.storage.records import ListEntry
from protocol import events, facts
from protocol.limits import FORWARDS, KNOCK_SECONDS, KNOCKS
from protocol.modes import ModeChange
from protocol.names import cut, fold
from protocol.replies import (
    ERR_BADCHANNELKEY,
    ERR_BANNEDFROMCHAN,
    ERR_CHANNELISFULL,
    ERR_INVITEONLYCHAN,
    ERR_LINKCHANNEL,
    ERR_NEEDREGGEDNICK,
    ERR_SECUREONLYCHAN,
    RPL_KNOCK,
)
from protocol.values import Event, EventRow, Refused, Reply

_FORWARDED = (  # refusals after which +F leads on
    ERR_BADCHANNELKEY,
    ERR_BANNEDFROMCHAN,
    ERR_CHANNELISFULL,
    ERR_INVITEONLYCHAN,
    ERR_NEEDREGGEDNICK,
    ERR_SECUREONLYCHAN,
)


def join(
    network: Network, session: Session, name: str, key: str, tell_origin: bool = True, is_forced: bool = False
) -> Channel | None:
    """The user of `session` joins a channel, which is created if need be. None when already there.

    Raises Refused by `policy.require_join`, unless `is_forced`. All sessions are told; `tell_origin` False leaves
    `session` out.
    """
    user = session.user
    assert user is not None
    channel = network.find_channel(name)
    if channel is not None and user in channel.members:
        return None
    is_new = channel is None
    if channel is None:
        channel = _create(network, session, name, key)
    if not is_forced:
        try:
            policy.require_join(network, user, channel, key)
        except Exception:
            network.forget_channel_if_empty(channel)
            raise
    _enter(network, channel, user, session, frozenset("o") if is_new else frozenset(), tell_origin)
    return channel


def join_or_forward(network: Network, session: Session, name: str, key: str) -> Channel | None:
    """As `join`; but whom the channel keeps out, and sends on (+F), joins the first channel along that way which lets
    it in, and is told so by 470."""
    try:
        return join(network, session, name, key)
    except Refused as refused:
        target = _way_on(network, session, name) if refused.row in _FORWARDED else None
        if target is None:
            raise
        session.send(Reply(ERR_LINKCHANNEL, (refused.args_[0], target.name)))
    return join(network, session, target.name, "")


def _way_on(network: Network, session: Session, name: str) -> Channel | None:
    """Where +F leads from a channel: bounded, for channels may send to one another."""
    assert session.user is not None
    channel = network.find_channel(name)
    for _ in range(FORWARDS):
        channel = network.find_channel(channel.forward) if channel is not None and channel.forward else None
        if channel is None or session.user in channel.members:
            return None
        try:
            policy.require_join(network, session.user, channel, "")
        except Refused as refused:
            if refused.row not in _FORWARDED:
                return None
        else:
            return channel
    return None


def _create(network: Network, session: Session, name: str, key: str) -> Channel:
    dialect = session.codec.dialect
    first_key = key if dialect.key_creates else ""
    if first_key:
        policy.require_legal_key(name, first_key)
    channel = network.create_channel(name, dialect.new_channel_modes)
    channel.key = first_key
    network.history.restrict(channel.folded, channel.is_restricted)
    return channel


def _enter(
    network: Network, channel: Channel, user: User, origin: Session, ranks: frozenset[str], tell_origin: bool
) -> None:
    member = channel.add(user, ranks)
    event = network.event(events.JOIN, user.source, channel.name, "", user.realname)
    announcing.joined(network, member, event)
    show_arrival(network, member, event, origin, tell_origin)
    give_due_ranks(network, channel, user, origin)


def show_arrival(
    network: Network, member: Membership, event: Event, origin: Session | None, tell_origin: bool = True
) -> None:
    """A member has just been added: `event`, its JOIN, is recorded, and told to who is shown that it is there."""
    channel, user = member.channel, member.user
    note_arrival(network, member, event)
    if tell_origin:
        network.tell_viewers(member, event, origin)
    else:
        network.tell_channel(channel, event, origin)
    if user.away is not None:
        away = network.event(events.AWAY, user.source, channel.name, user.away)
        for other in channel.viewers(member):
            if other is not user:
                network.tell_user(other, away)


def note_arrival(network: Network, member: Membership, event: Event) -> None:
    """As `show_arrival`, but for the members of this server, whom the caller tells."""
    channel, user = member.channel, member.user
    channel.invited.discard(user)
    user.invitations.pop(channel.folded, None)
    _record(network, member, event)
    if network.relay.is_linked:
        network.relay.show(event, channel)


def _record(network: Network, member: Membership, event: Event) -> None:
    """What happens to a hidden member is no part of the history, which all members read."""
    if not member.is_hidden:
        network.history.record(member.channel.folded, event)


def give_due_ranks(network: Network, channel: Channel, user: User, origin: Session | None) -> None:
    """A member whose account is the founder or an admin, or is on the access list, has the rank due to it whenever it
    is there and logged in; `origin` is told as part of its response."""
    member = channel.members[user]
    due = policy.due_rank(channel, user)
    if due and not member.is_at_least(due):
        before = auditorium.sight(channel)
        change = ModeChange(True, due, user.nick)
        channel_modes.apply_rank(member, change)
        channel_modes.announce(network, channel, network.source, [change], origin, before)


def part(network: Network, user: User, channel: Channel, text: str, origin: Session | None) -> None:
    """A user of this server leaves, and all members and its own sessions are told."""
    member = channel.members[user]
    event = network.event(events.PART, user.source, channel.name, text)
    announcing.parted(network, member, event)
    remove(network, member, event, origin)


def remove(network: Network, member: Membership, event: Event, origin: Session | None) -> None:
    """Takes a member out; `event`, its PART or KICK, is recorded, and told to who was shown that it was there."""
    _record(network, member, event)
    network.tell_viewers(member, event, origin)
    if network.relay.is_linked:
        network.relay.show(event, member.channel)
    leave(network, member.user, member.channel)


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
    kicker: User | None = None,
) -> None:
    """Removes a member; everybody there is told, the one who is removed too. `kicker`: whose doing it is, where the
    session may have ended meanwhile."""
    kicker = kicker or session.user
    assert kicker is not None
    member = channel.members[target]
    event = network.event(row, kicker.source, channel.name, text, target.nick)
    announcing.kicked(network, kicker.uid, member, event, row is events.KICK_BANNED)
    remove(network, member, event, session)


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


def tell_ban(network: Network, session: Session, setter: User, channel: Channel, mask: str, name: str) -> None:
    """Tells of a ban of `name` and removes every member whom it means: one MODE for IRC members, and for each of those
    a KICK; for JSON members one fact for each, or for `name` when none of them is there."""
    removed = [user for user in channel.members if extbans.mask_covers(mask, user)]
    named = () if removed else (name,)
    event = network.event(events.MODE, setter.source, channel.name, f"+b {mask}", named)
    done, moment = [ModeChange(True, "b", mask)], announcing.moment_of(event)
    announcing.modes_changed(network, setter.uid, channel, done, moment, kicks_follow=bool(removed))
    channel_modes.show(network, channel, event, session)
    for user in removed:
        kick(network, session, channel, user, "banned", events.KICK_BANNED, setter)


def invite(network: Network, session: Session, channel: Channel, target: User) -> None:
    """`target` is told, and so are the members who asked for invite-notify; invited by an operator, it may come in once
    whatever keeps others out. Somebody who is there, hidden from who invites (+u), is left alone."""
    assert session.user is not None
    opens = policy.opens_the_door(session.user, channel)
    invited = network.event(events.INVITED, session.user.source, channel.name, "", target.nick)
    if network.relay.is_telling:
        moment = announcing.moment_of(invited)
        network.relay.tell(facts.Invited(session.user.uid, target.uid, channel.name, opens, moment))
    show_invitation(network, invited, channel, target, opens, session)


def show_invitation(
    network: Network, event: Event, channel: Channel, target: User, opens: bool, origin: Session | None
) -> None:
    """`target` is invited: it is told, if it is no member, and `event` (INVITED) goes to the members."""
    if target not in channel.members:
        if opens and target.server is None:  # its own server is the one that lets it in
            channel.invited.add(target)
            target.invitations[channel.folded] = channel
        network.tell_user(target, network.event(events.INVITE, event.source, target.nick, "", channel.name))
    network.tell_channel(channel, event, origin)
    if network.relay.is_linked:
        network.relay.show(event, channel)


def knock(network: Network, user: User, channel: Channel, text: str) -> int:
    """Tells those who could invite `user` that it asks to be let in; or, when the channel has been asked too often,
    does not and returns the seconds until it may be again."""
    if channel.knocks is None:
        channel.knocks = Pace(KNOCKS, KNOCK_SECONDS)
    wait = channel.knocks.wait(None)
    if wait:
        return ceil(wait)
    event = network.event(events.KNOCK, user.source, channel.name, text)
    if network.relay.is_telling:
        network.relay.tell(facts.Knocked(user.uid, channel.name, text, announcing.moment_of(event)))
    show_knock(network, channel, event)
    return 0


def show_knock(network: Network, channel: Channel, event: Event) -> None:
    """Tells those who could invite the source of `event` of its wish."""
    for member in list(channel.members.values()):
        for session in member.user.sessions if member.is_at_least("h") else ():
            if session.codec.dialect.has_groups:
                session.send(event)
            else:
                session.send(Reply(RPL_KNOCK, (channel.name, event.source.prefix, event.text)))


def set_topic(network: Network, session: Session, channel: Channel, text: str) -> None:
    """Sets the topic, cut to its limit; "" clears it. All members are told, the setter included."""
    assert session.user is not None
    text = cut(text, network.limits.topic)
    event = network.event(events.TOPIC, session.user.source, channel.name, text)
    channel.topic = channel.topic._replace(text=text, setter=session.user.nick, time=event.time)
    announcing.topic_set(network, session.user.uid, channel, announcing.moment_of(event))
    show_topic(network, channel, event, session)


def show_topic(network: Network, channel: Channel, event: Event, origin: Session | None) -> None:
    """The topic has been changed: `event` is recorded and told, and a permanent channel remembered."""
    network.history.record(channel.folded, event)
    network.tell_members(channel, event, origin)
    if network.relay.is_linked:
        network.relay.show(event, channel)
    permanent.remember(network, channel)
