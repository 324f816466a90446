"""Facts about channels and memberships. Owns: what they change here, and which of two channels counts. See `inbound`.

A channel that was made earlier counts: its modes, lists and ranks are those of the whole network, and those of the
later one of that name are gone. Of one and the same channel, each thing that can be set is what was set last
(`chat.state.registers`). Kicks and ranks are about one membership: who has left and come back is not meant.
"""

from chat.links.base import LinkError
from chat.links.inbound import Inbound, fact
from chat.state import announcing, auditorium, channel_modes, domain, membership, netsplit, permanent, registers
from chat.state.channel import Channel, Membership
from chat.state.network import Network
from protocol import events, facts, link
from protocol.limits import NETWORK_CHANNEL_CHARACTERS
from protocol.modes import CHANNEL_MODES, FLAGS, RANKS, ModeChange
from protocol.names import is_channel
from protocol.values import Source


def _channel(inbound: Inbound, name: str, created: int) -> tuple[Channel, bool]:
    """The channel, made if need be, and whether what a server says of one made at `created` counts. When it is older
    than the one here, that is emptied of all that was set."""
    network = inbound.network
    network.witness(created)
    channel = network.find_channel(name)
    if channel is None:
        if not is_channel(name, NETWORK_CHANNEL_CHARACTERS):
            raise LinkError(f"{name} is no name of a channel")
        channel = network.create_channel(name, "")
        channel.created_at = created / 1000
    elif created < channel.created:
        view = channel_modes.View(network, channel)
        registers.clear(channel)
        channel.created_at = created / 1000
        _settle(network, channel, view, network.source)
    return channel, created == channel.created


def _is_older(inbound: Inbound, name: str, created: int) -> bool:
    """Whether a channel made at `created` is one that this server does not know."""
    known = inbound.network.find_channel(name)
    return known is None or created < known.created


def _settle(network: Network, channel: Channel, view: channel_modes.View, source: Source) -> None:
    """The registers of a channel were written: what that changed is told to the members here, and kept."""
    channel.lists_changed()
    view.tell(source)
    permanent.remember(network, channel)
    if not channel.is_permanent:
        permanent.forget(network, channel)
    network.history.restrict(channel.folded, channel.is_restricted)


@fact(facts.ChannelState)
def channel_state(inbound: Inbound, told: facts.ChannelState) -> bool:
    """A channel, or a part of it, as another server knows it."""
    network = inbound.network
    assert inbound.peer.server is not None
    source = inbound.peer.server.source
    is_part = not told.members and _is_older(inbound, told.channel, told.created)
    channel, counts = _channel(inbound, told.channel, told.created)
    view = channel_modes.View(network, channel)
    for register in told.registers if counts else ():
        network.witness(register.at[0])
        registers.write(network, channel, register)
    arrived = [member for member in told.members if _enters(inbound, channel, member)]
    netsplit.arrive(network, channel, [_add(inbound, channel, member) for member in arrived], inbound.peer.server.name)
    for member in told.members if counts else ():
        _rank(inbound, channel, member)
    _settle(network, channel, view, source)
    for user in [user for user in channel.members if user.server is None]:
        membership.give_due_ranks(network, channel, user, None)
    if is_part:
        inbound.tree.ask_state(inbound.peer, channel)
    network.forget_channel_if_empty(channel)
    return True


def _enters(inbound: Inbound, channel: Channel, told: facts.Member) -> bool:
    user = inbound.network.users_by_id.get(told.uid)
    return user is not None and user not in channel.members and _is_behind(inbound, told.uid)


def _is_behind(inbound: Inbound, uid: str) -> bool:
    user = inbound.network.users_by_id.get(uid)
    return user is not None and user.server is not None and user.server.link is inbound.peer


def _add(inbound: Inbound, channel: Channel, told: facts.Member) -> Membership:
    member = channel.add(inbound.network.users_by_id[told.uid], frozenset())
    inbound.network.witness(told.joined)
    member.joined = told.joined
    return member


def _rank(inbound: Inbound, channel: Channel, told: facts.Member) -> None:
    user = inbound.network.users_by_id.get(told.uid)
    member = channel.members.get(user) if user is not None else None
    if member is not None and member.joined == told.joined:
        for rank in told.ranks:
            inbound.network.witness(rank.at[0])
            registers.write_rank(member, rank)


@fact(facts.StateAsked)
def state_asked(inbound: Inbound, told: facts.StateAsked) -> bool:
    """The peer has heard of a channel that it does not know enough of."""
    channel = inbound.network.find_channel(told.channel)
    for state in announcing.channel_states(inbound.network, channel) if channel is not None else ():
        inbound.peer.send(link.encode(state))
    return False


@fact(facts.Joined)
def joined(inbound: Inbound, told: facts.Joined) -> bool:
    """A user of another server has entered."""
    network, user = inbound.network, inbound.user(told.uid)
    is_new = _is_older(inbound, told.channel, told.created)
    channel, _ = _channel(inbound, told.channel, told.created)
    if is_new:  # it was gone here, or made anew: what was set in it is not known
        inbound.tree.ask_state(inbound.peer, channel)
    if user in channel.members:
        return True
    member = _add(inbound, channel, facts.Member(told.uid, told.joined))
    event = network.event(events.JOIN, user.source, channel.name, "", user.realname, told.moment)
    membership.show_arrival(network, member, event, None)
    return True


@fact(facts.Parted)
def parted(inbound: Inbound, told: facts.Parted) -> bool:
    """A user of another server has left."""
    network, user = inbound.network, inbound.user(told.uid)
    member = _member(inbound, told.channel, told.uid, told.joined)
    if member is not None:
        event = network.event(events.PART, user.source, member.channel.name, told.text, None, told.moment)
        membership.remove(network, member, event, None)
    return True


@fact(facts.Kicked)
def kicked(inbound: Inbound, told: facts.Kicked) -> bool:
    """Somebody, here or elsewhere, was removed."""
    network, source = inbound.network, inbound.source(told.by)
    member = _member(inbound, told.channel, told.uid, told.joined)
    if member is not None:
        row = events.KICK_BANNED if told.is_ban else events.KICK
        event = network.event(row, source, member.channel.name, told.text, member.user.nick, told.moment)
        membership.remove(network, member, event, None)
    return True


def _member(inbound: Inbound, name: str, uid: str, joined: int) -> Membership | None:
    """The membership that a fact is about, if it still is."""
    channel, user = inbound.network.find_channel(name), inbound.network.users_by_id.get(uid)
    member = channel.members.get(user) if channel is not None and user is not None else None
    return member if member is not None and member.joined == joined else None


@fact(facts.ModesChanged)
def modes_changed(inbound: Inbound, told: facts.ModesChanged) -> bool:
    """Modes, ranks or lists were changed."""
    network, source = inbound.network, inbound.source(told.by)
    network.witness(told.at[0])
    channel = network.find_channel(told.channel)
    if channel is None or told.created != channel.created:
        return True
    before = auditorium.sight(channel)
    view = channel_modes.View(network, channel)
    for change in told.changes:
        _change(inbound, channel, change, told)
    channel.lists_changed()
    channel_modes.tell(network, channel, source, view.changes(), None, before, told.moment)
    permanent.remember(network, channel)
    if not channel.is_permanent:
        permanent.forget(network, channel)
    network.history.restrict(channel.folded, channel.is_restricted)
    network.forget_channel_if_empty(channel)
    return True


def _change(inbound: Inbound, channel: Channel, change: facts.Change, told: facts.ModesChanged) -> None:
    network, letter, parameter = inbound.network, change.letter, change.parameter or ""
    if letter in RANKS:
        member = _member(inbound, channel.name, parameter, change.joined)
        if member is not None:
            registers.write_rank(member, facts.Rank(letter, change.is_added, told.at))
        return
    if letter not in CHANNEL_MODES:
        return
    key = registers.key_of(network, ModeChange(change.is_added, letter, domain.incoming_mask(network, parameter)))
    value = ("1" if letter in FLAGS else parameter) if change.is_added else None
    setter = inbound.source(told.by).nick
    registers.write(network, channel, facts.Register(key, value, told.at, setter, told.moment[0]))


@fact(facts.TopicSet)
def topic_set(inbound: Inbound, told: facts.TopicSet) -> bool:
    """A topic was set."""
    network, source = inbound.network, inbound.source(told.by)
    network.witness(told.at[0])
    channel = network.find_channel(told.channel)
    if channel is None or told.created != channel.created:
        return True
    register = facts.Register(registers.TOPIC, told.text, told.at, told.setter, told.moment[0])
    if registers.write(network, channel, register):
        event = network.event(events.TOPIC, source, channel.name, told.text, None, told.moment)
        membership.show_topic(network, channel, event, None)
    return True


@fact(facts.Invited)
def invited(inbound: Inbound, told: facts.Invited) -> bool:
    """Somebody was invited."""
    network, source, user = inbound.network, inbound.source(told.by), inbound.anybody(told.uid)
    channel = network.find_channel(told.channel)
    if channel is not None:
        event = network.event(events.INVITED, source, channel.name, "", user.nick, told.moment)
        membership.show_invitation(network, event, channel, user, told.is_opening, None)
    return True


@fact(facts.Knocked)
def knocked(inbound: Inbound, told: facts.Knocked) -> bool:
    """A user of another server asks to be let in."""
    network, user = inbound.network, inbound.user(told.uid)
    channel = network.find_channel(told.channel)
    if channel is not None:
        event = network.event(events.KNOCK, user.source, channel.name, told.text, None, told.moment)
        membership.show_knock(network, channel, event)
    return True
