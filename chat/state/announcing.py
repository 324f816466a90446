"""What happens on this server, as facts for the other servers.

Owns: making those facts, and the stamps of what is set here. Must not: change anything but stamps, or know a link.
Called under the state lock by the operations themselves, after the change, except where it says before.
"""

from collections.abc import Iterable, Iterator

from chat.state import domain, registers
from chat.state.channel import Channel, Membership
from chat.state.network import Network
from chat.state.user import User
from protocol import facts
from protocol.facts import Change, ChannelState, Member, Moment, Register, UserUp
from protocol.modes import RANKS, ModeChange
from protocol.values import Event

_REGISTERS_AT_ONCE = 50
_MEMBERS_AT_ONCE = 100


def moment_of(event: Event) -> Moment:
    """When an event happened and its id, for the fact that tells of it."""
    return event.time, event.msgid


# --- users ---------------------------------------------------------------------------------------------------------


def user_up(network: Network, user: User) -> UserUp:
    """A user, of this server or another, with all that servers know of it."""
    return UserUp(
        uid=user.uid,
        nick=user.nick,
        stamp=user.nick_since,
        server=user.server.name if user.server is not None else network.name,
        username=user.username,
        host=user.host,
        real_host=user.real_host,
        address=user.address,
        realname=user.realname,
        account=domain.qualified(network, user.account),
        modes="".join(sorted(user.modes)),
        operator=user.operator,
        away=user.away,
        signed_on=user.signed_on,
        is_secure=user.is_secure,
        metadata=dict(user.metadata),
    )


def arrived(network: Network, user: User) -> None:
    """A user of this server is registered, with its first session."""
    if network.relay.is_telling:
        network.relay.tell(user_up(network, user))
    if network.relay.is_linked:
        network.relay.show_user(user)


def about_user(network: Network, user: User, fact: facts.Fact) -> None:
    """Something changed about a user of this server, whom others know already."""
    if network.relay.is_telling and user.server is None and network.users_by_id.get(user.uid) is user:
        network.relay.tell(fact)


# --- channels ------------------------------------------------------------------------------------------------------


def channel_states(network: Network, channel: Channel) -> Iterator[ChannelState]:
    """A channel as this server knows it, in parts that are not too large."""
    held = registers.of(network, channel)
    members = [Member(m.user.uid, m.joined, registers.ranks_of(m)) for m in channel.members.values()]
    yield _state(channel, held[:_REGISTERS_AT_ONCE], members[:_MEMBERS_AT_ONCE])
    for start in range(_REGISTERS_AT_ONCE, len(held), _REGISTERS_AT_ONCE):
        yield _state(channel, held[start : start + _REGISTERS_AT_ONCE], ())
    for start in range(_MEMBERS_AT_ONCE, len(members), _MEMBERS_AT_ONCE):
        yield _state(channel, (), members[start : start + _MEMBERS_AT_ONCE])


def _state(channel: Channel, held: Iterable[Register], members: Iterable[Member]) -> ChannelState:
    return ChannelState(channel.name, channel.created, tuple(held), tuple(members))


def joined(network: Network, member: Membership, event: Event) -> None:
    """A user of this server has entered; its ranks as of now are its own from the start. The first one in a channel
    brings along what the channel is."""
    channel = member.channel
    member.joined = network.tick()
    at = network.stamp()
    member.stamps = dict.fromkeys(member.ranks, at)
    if not network.relay.is_telling:
        return
    if len(channel.members) > 1:
        network.relay.tell(
            facts.Joined(member.user.uid, channel.name, channel.created, member.joined, moment_of(event))
        )
        return
    for state in channel_states(network, channel):
        network.relay.tell(state)


def parted(network: Network, member: Membership, event: Event) -> None:
    """A user of this server leaves."""
    if network.relay.is_telling:
        uid, channel = member.user.uid, member.channel
        network.relay.tell(facts.Parted(uid, channel.name, member.joined, event.text, moment_of(event)))


def kicked(network: Network, by: str, member: Membership, event: Event, is_ban: bool) -> None:
    """A member was removed by a user or server."""
    if network.relay.is_telling:
        uid, channel = member.user.uid, member.channel
        network.relay.tell(facts.Kicked(by, uid, channel.name, member.joined, event.text, is_ban, moment_of(event)))


def modes_changed(network: Network, by: str, channel: Channel, done: list[ModeChange], moment: Moment) -> None:
    """Modes, ranks or lists were changed by a user or server, with nicks in the changes of ranks."""
    at = network.stamp()
    told = [change for change in (_stamped(network, channel, change, at) for change in done) if change is not None]
    if network.relay.is_telling and told:
        network.relay.tell(facts.ModesChanged(by, channel.name, channel.created, at, tuple(told), moment))


def _stamped(network: Network, channel: Channel, change: ModeChange, at: facts.Stamp) -> Change | None:
    """A change as others are told it, its register stamped; None for somebody who is no member any more."""
    if change.letter not in RANKS:
        channel.stamps[registers.key_of(network, change)] = at
        parameter = change.parameter
        if change.letter in channel.lists:
            parameter = domain.outgoing_mask(network, parameter or "")
        return Change(change.adding, change.letter, parameter)
    user = network.find_user(change.parameter or "")
    member = channel.members.get(user) if user is not None else None
    if user is None or member is None:
        return None
    member.stamps[change.letter] = at
    return Change(change.adding, change.letter, user.uid, member.joined)


def registers_set(network: Network, channel: Channel, *keys: str) -> None:
    """Something other than modes, ranks and topic was set: registers by their keys, accounts as this server calls
    them."""
    at = network.stamp()
    keys = tuple(_outgoing_key(network, key) for key in keys)
    for key in keys:
        channel.stamps[key] = at
    if network.relay.is_telling:
        told = [register for register in registers.of(network, channel) if register.key in keys]
        network.relay.tell(_state(channel, told, ()))


def _outgoing_key(network: Network, key: str) -> str:
    kind, space, name = key.partition(" ")
    is_account = kind + space in (registers.ADMIN, registers.ACCESS)
    return kind + space + domain.qualified(network, name) if is_account else key


def topic_set(network: Network, by: str, channel: Channel, moment: Moment) -> None:
    """The topic was set by a user or server."""
    at = channel.stamps[registers.TOPIC] = network.stamp()
    if network.relay.is_telling:
        topic = channel.topic
        network.relay.tell(facts.TopicSet(by, channel.name, channel.created, at, topic.text, topic.setter, moment))
