"""What happens on this server, as facts for the other servers.

Owns: making those facts, and the stamps of what is set here. Must not: change anything but stamps, or know a link.
Called under the state lock by the operations themselves, after the change, except where it says before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chat.state import domain, registers
from chat.state.channel import Channel, Membership
from chat.state.network import Network
from chat.state.user import User
from protocol import facts
from protocol.facts import Change, ChannelState, Member, Moment, Register, UserUp
from protocol.modes import RANKS, ModeChange
from protocol.names import fold
from protocol.values import Event

REGISTERS_AT_ONCE = 50
_MEMBERS_AT_ONCE = 100


def moment_of(event: Event) -> Moment:
    """When an event happened and its id, for the fact that tells of it."""
    return event.time, event.msgid


# --- users ---------------------------------------------------------------------------------------------------------


def user_up(network: Network, user: User) -> UserUp:
    """A user, of this server or another, with all that servers know of it."""
    return UserUp(
        uid=user.uid,
        nick=user.claimed_nick or user.nick,
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
        metadata=dict(network.metadata_of(user)),
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


def account_changed(network: Network, user: User, event: Event) -> None:
    """A user of this server has logged in or out; `event` (ACCOUNT) tells so."""
    about_user(network, user, facts.AccountSet(user.uid, domain.qualified(network, user.account)))
    if network.relay.is_linked:
        network.relay.show(event, user)


def metadata_set(network: Network, user: User, key: str, value: str | None) -> None:
    """A user tells something else about itself than before; None: nothing."""
    if network.relay.is_telling and user.uid in network.users_by_id:
        network.relay.tell(facts.UserMetadataSet(user.uid, key, value))


# --- channels ------------------------------------------------------------------------------------------------------


def channel_states(network: Network, channel: Channel) -> Iterator[ChannelState]:
    """A channel as this server knows it, in parts that are not too large."""
    held = registers.of(network, channel)
    members = [Member(m.user.uid, m.joined, registers.ranks_of(m)) for m in channel.members.values()]
    yield _state(channel, held[:REGISTERS_AT_ONCE], members[:_MEMBERS_AT_ONCE])
    yield from parts(channel, held[REGISTERS_AT_ONCE:])
    for start in range(_MEMBERS_AT_ONCE, len(members), _MEMBERS_AT_ONCE):
        yield _state(channel, (), members[start : start + _MEMBERS_AT_ONCE])


def parts(channel: Channel, held: list[Register]) -> Iterator[ChannelState]:
    """Registers of a channel, as many facts as they need."""
    for start in range(0, len(held), REGISTERS_AT_ONCE):
        yield _state(channel, held[start : start + REGISTERS_AT_ONCE], ())


def _state(channel: Channel, held: Iterable[Register], members: Iterable[Member]) -> ChannelState:
    return ChannelState(channel.name, channel.created, tuple(held), tuple(members))


def channel_made(network: Network, channel: Channel) -> None:
    """There is a new channel, which stays though nobody is in it."""
    if network.relay.is_telling:
        for state in channel_states(network, channel):
            network.relay.tell(state)


def joined(network: Network, member: Membership, event: Event) -> None:
    """A user of this server has entered; its ranks as of now are its own from the start. Who makes a channel by it
    brings along what that is."""
    channel = member.channel
    member.joined = network.tick()
    at = registers.next_stamp(network, channel)
    member.stamps = dict.fromkeys(member.ranks, at)
    if not network.relay.is_telling:
        return
    if len(channel.members) > 1 or channel.is_permanent:
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


def modes_changed(
    network: Network, by: str, channel: Channel, done: list[ModeChange], moment: Moment, kicks_follow: bool = False
) -> None:
    """Modes, ranks or lists were changed by a user or server, with nicks in the changes of ranks."""
    at = registers.next_stamp(network, channel)
    told: dict[str, Change] = {}  # by register: what was changed twice is what it was changed to last
    setter = ""
    for change in done:
        found = _stamped(network, channel, change, at)
        if found is not None:
            told[found[0]] = found[1]
        if change.adding and change.letter in channel.lists:
            setter = _date(channel, change, moment) or setter
    registers.prune(network, channel)
    if network.relay.is_telling and told:
        changes = tuple(told.values())
        network.relay.tell(
            facts.ModesChanged(by, channel.name, channel.created, at, changes, moment, kicks_follow, setter)
        )


def _date(channel: Channel, change: ModeChange, moment: Moment) -> str:
    """A mask on a list was set at `moment`, as all servers have it; who has set it, "" when it is there no more."""
    entries, folded = channel.lists[change.letter], fold(change.parameter or "")
    entry = entries.get(folded)
    if entry is None:
        return ""
    entries[folded] = replace(entry, time=moment[0])
    return entry.setter


def _stamped(network: Network, channel: Channel, change: ModeChange, at: facts.Stamp) -> tuple[str, Change] | None:
    """A change as others are told it, with its register, which is stamped; None for somebody who is no member any
    more."""
    if change.letter not in RANKS:
        key = registers.key_of(network, change)
        registers.stamp(channel, key, at)
        parameter = change.parameter
        if change.letter in channel.lists:
            parameter = domain.outgoing_mask(network, parameter or "")
        return key, Change(change.adding, change.letter, parameter)
    user = network.find_user(change.parameter or "")
    member = channel.members.get(user) if user is not None else None
    if user is None or member is None:
        return None
    member.stamps[change.letter] = at
    return f"{change.letter} {user.uid}", Change(change.adding, change.letter, user.uid, member.joined)


def registers_set(network: Network, channel: Channel, *keys: str) -> None:
    """Something other than modes, ranks and topic was set: registers by their keys, accounts as this server calls
    them."""
    at = registers.next_stamp(network, channel)
    keys = tuple(_outgoing_key(network, key) for key in keys)
    for key in keys:
        registers.stamp(channel, key, at)
    registers.prune(network, channel)
    if network.relay.is_telling:
        told = [register for register in registers.of(network, channel) if register.key in keys]
        for start in range(0, len(told), REGISTERS_AT_ONCE):
            network.relay.tell(_state(channel, told[start : start + REGISTERS_AT_ONCE], ()))


def _outgoing_key(network: Network, key: str) -> str:
    kind, space, name = key.partition(" ")
    is_account = kind + space in (registers.ADMIN, registers.ACCESS)
    return kind + space + fold(domain.qualified(network, name)) if is_account else key


def topic_set(network: Network, by: str, channel: Channel, moment: Moment) -> None:
    """The topic was set by a user or server."""
    at = channel.stamps[registers.TOPIC] = registers.next_stamp(network, channel)
    if network.relay.is_telling:
        topic = channel.topic
        network.relay.tell(facts.TopicSet(by, channel.name, channel.created, at, topic.text, topic.setter, moment))
