"""A channel gets another name (IRCv3 draft/channel-rename).

Owns: moving everything that goes by the name, and who is told how. Must not: parse a command.
"""

from chat.state import permanent
from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.session import Session
from protocol import events
from protocol.names import fold
from protocol.values import CSP_1_1, Event

CAPABILITY = "draft/channel-rename"


def rename(network: Network, session: Session, channel: Channel, name: str, reason: str) -> list[Session]:
    """Gives `channel` its new name. Members whose client knows no such thing see themselves leave the old channel and
    join the new one, unless only the case changes: these sessions are returned, to be sent what follows one's own
    JOIN."""
    assert session.user is not None
    old = channel.name
    told = network.event(events.RENAME, session.user.source, old, reason, name)
    is_other = channel.folded != fold(name)
    _move(network, channel, name)
    moved: list[Session] = []
    for user in channel.members:
        part = network.event(events.PART, user.source, old, reason)
        join = network.event(events.JOIN, user.source, name, "", user.realname)
        for receiver in user.sessions:
            receiver.send(told)
            if is_other and not _knows_renaming(receiver):
                _send_both(receiver, part, join)
                moved.append(receiver)
    return moved


def _knows_renaming(receiver: Session) -> bool:
    return CAPABILITY in receiver.capabilities or receiver.flavour is CSP_1_1


def _send_both(receiver: Session, part: Event, join: Event) -> None:
    receiver.send(part)
    receiver.send(join)


def _move(network: Network, channel: Channel, name: str) -> None:
    old, new = channel.folded, fold(name)
    if channel.is_permanent:
        permanent.forget(network, channel)
    channel.name, channel.folded = name, new
    permanent.remember(network, channel)
    if old == new:
        return
    del network.channels[old]
    network.channels[new] = channel
    network.history.rename(old, new)
    for user in channel.invited:
        user.invitations[new] = user.invitations.pop(old)
    for user in network.users.values():
        if user.markers and old in user.markers:
            user.markers[new] = user.markers.pop(old)
    for user in channel.members:
        for session in user.sessions:
            if old in session.groups:
                session.groups.remove(old)
                session.groups.add(new)
    for other in network.channels.values():
        if fold(other.forward) == old:
            other.forward = name
            permanent.remember(network, other)
