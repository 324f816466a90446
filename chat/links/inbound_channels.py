"""Facts about channels and memberships. Owns: what they change here, and which of two channels counts. See `inbound`.

A channel that was made earlier counts: its modes, lists and ranks are those of the whole network, and those of the
later one of that name are gone. Of one and the same channel, each thing that can be set is what was set last
(`chat.state.registers`). Kicks and ranks are about one membership: who has left and come back is not meant.
"""

from chat.links.inbound import Inbound, fact
from chat.links.merging import Meeting, confirm_ranks, meet
from chat.state import announcing, auditorium, channel_modes, domain, membership, registers
from chat.state.channel import Channel, Membership
from protocol import events, facts
from protocol.modes import CHANNEL_MODES, FLAGS, RANKS, ModeChange
from protocol.values import Source


def _settle(meeting: Meeting, source: Source) -> None:
    """The registers of a channel were written: what that changed is told to the members here, and kept."""
    arrivals = meeting.inbound.tree.arrivals
    meeting.settle()
    if arrivals.awaits(meeting.channel) and meeting.view.changes():
        arrivals.tell()
    meeting.view.tell(source)


@fact(facts.ChannelState)
def channel_state(inbound: Inbound, told: facts.ChannelState) -> bool:
    """A channel, or a part of it, as another server knows it."""
    network = inbound.network
    assert inbound.peer.server is not None
    is_hint = not told.registers and not told.members
    is_whole = bool(told.members) or any(register.key == "P" and register.value for register in told.registers)
    meeting = meet(inbound, told.channel, told.created, makes=is_whole)
    if meeting is None:
        if not is_hint:
            inbound.tree.answer(inbound.peer, facts.StateAsked(told.channel))
        return not is_hint
    channel = meeting.channel
    for register in told.registers if meeting.counts else ():
        network.witness(register.at[0])
        registers.write(network, channel, register)
    for member in told.members if meeting.counts else ():
        _rank(inbound, channel, member)
    _settle(meeting, inbound.peer.server.source)
    _let_in(inbound, channel, told.members, meeting.counts)
    with inbound.tree.acting():
        for user in [user for user in channel.members if user.server is None]:
            membership.give_due_ranks(network, channel, user, None)
    meeting.end(told.registers, is_whole and len(told.registers) < announcing.REGISTERS_AT_ONCE)
    return not is_hint or meeting.is_adopted


def _let_in(inbound: Inbound, channel: Channel, told: tuple[facts.Member, ...], counts: bool) -> None:
    """Who is in the channel on the other side enters it here, with its ranks if they count."""
    assert inbound.peer.server is not None
    arrived: list[Membership] = []
    for each in told:
        if _enters(inbound, channel, each):
            arrived.append(_add(inbound, channel, each))
            if counts:
                _rank(inbound, channel, each)
    for member in arrived:
        inbound.tree.arrivals.enter(member)
    inbound.tree.arrivals.give_ranks(channel, arrived, inbound.peer.server.source)


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
        inbound.tree.answer(inbound.peer, state)
    return False


@fact(facts.Joined)
def joined(inbound: Inbound, told: facts.Joined) -> bool:
    """A user of another server has entered."""
    user = inbound.user(told.uid)
    meeting = meet(inbound, told.channel, told.created, makes=True)
    assert meeting is not None
    channel = meeting.channel
    if meeting.is_adopted:
        _settle(meeting, inbound.network.source)
    if user not in channel.members:
        member = _add(inbound, channel, facts.Member(told.uid, told.joined))
        inbound.tree.arrivals.enter(member, told.moment)
    meeting.end()
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
        if inbound.tree.is_ruled_here(member.user):  # see `merging.confirm_ranks`
            inbound.tree.speak(facts.Parted(told.uid, told.channel, told.joined, told.text, told.moment))
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
    meeting = _met(inbound, told)
    if meeting is None:
        return True
    channel = meeting.channel
    before = auditorium.sight(channel)
    for change in told.changes if meeting.counts else ():
        _change(inbound, channel, change, told)
    meeting.settle()
    done = meeting.view.changes()
    channel_modes.tell(network, channel, source, done, None, before, told.moment, told.kicks_follow)
    if meeting.counts:
        confirm_ranks(inbound, told, channel)
    meeting.end()
    return True


def _met(inbound: Inbound, told: facts.ModesChanged | facts.TopicSet) -> Meeting | None:
    """The channel in which something was set; None where it is not known, and is asked for."""
    inbound.network.witness(told.at[0])
    meeting = meet(inbound, told.channel, told.created, makes=False)
    if meeting is None:
        inbound.tree.answer(inbound.peer, facts.StateAsked(told.channel))
    return meeting


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
    setter = told.setter or inbound.source(told.by).nick
    registers.write(network, channel, facts.Register(key, value, told.at, setter, told.moment[0]))


@fact(facts.TopicSet)
def topic_set(inbound: Inbound, told: facts.TopicSet) -> bool:
    """A topic was set."""
    network, source = inbound.network, inbound.source(told.by)
    meeting = _met(inbound, told)
    if meeting is None:
        return True
    channel = meeting.channel
    if meeting.is_adopted:
        _settle(meeting, source)
    register = facts.Register(registers.TOPIC, told.text, told.at, told.setter, told.moment[0])
    if meeting.counts and registers.write(network, channel, register):
        event = network.event(events.TOPIC, source, channel.name, told.text, None, told.moment)
        membership.show_topic(network, channel, event, None)
    meeting.end()
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
