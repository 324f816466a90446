"""A message is taken back (IRCv3 draft/message-redaction), or all that an account said, on every server.

Owns: taking it out of the history, and who is told of that. Must not: decide who may (`history_policy` does, on the
server of who does it).
"""

from chat.state import announcing, domain
from chat.state.channel import Channel
from chat.state.history import talk_key
from chat.state.history_policy import Place
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from chat.storage.history import Erase, Redact
from protocol import facts
from protocol.names import fold
from protocol.values import Event


def redact(network: Network, session: Session, place: Place, target: str, event: Event) -> None:
    """`session` takes back the message that `event` (REDACT) names, from `place`, which it called `target`. It is told
    the way the message went, to those with the capability; the asker as part of its response."""
    user = session.user
    assert user is not None
    receiver = network.find_user(target) if place.channel is None else None
    _tell_servers(network, user, place, receiver, event)
    network.history.do(Redact(place.key, event.detail))
    if place.channel is not None:
        network.tell_members(place.channel, event, session)
        return
    for told in dict.fromkeys((user, receiver)):
        if told is not None:
            network.tell_user(told, event, session)
    session.send(event)


def _tell_servers(network: Network, user: User, place: Place, receiver: User | None, event: Event) -> None:
    """All are told, also of a private talk: who has had part in it may have been on another server then."""
    if not network.relay.is_telling:
        return
    if place.channel is not None:
        target = place.channel.name
    else:
        target = receiver.uid if receiver is not None else domain.qualified(network, place.name)
    moment = announcing.moment_of(event)
    network.relay.tell(facts.Redacted(user.uid, target, event.detail, event.text, moment))


def show_in_channel(network: Network, channel: Channel, event: Event) -> None:
    """A user of another server has taken back a message in a channel."""
    network.history.do(Redact(channel.folded, event.detail))
    network.tell_channel(channel, event)


def show_in_talk(network: Network, user: User, receiver: User | None, account: str, event: Event) -> None:
    """A user of another server has taken back a message from its talk with `receiver`, or, when that is not there, with
    an account."""
    identity = receiver.identity if receiver is not None else fold(domain.localized(network, account))
    network.history.do(Redact(talk_key(user.identity, identity), event.detail))
    if receiver is not None:
        network.tell_user(receiver, event)


def tell_erased(network: Network, user: User, identity: str, with_former: bool) -> None:
    """`user` has had all erased that an account said; the other servers have a history, too."""
    if network.relay.is_telling:
        network.relay.tell(facts.Erased(user.uid, domain.qualified(network, identity), with_former))


def erase(network: Network, account: str, with_former: bool) -> None:
    """A user of another server, who may, has all erased that an account said."""
    network.history.do(Erase(fold(domain.localized(network, account)), with_former))
