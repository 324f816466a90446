"""Messages: to a channel, to part of one, to a user. The hot path: what stands here is paid for every message.

Owns: where a message goes and who gets a copy. Must not: parse targets.
"""

from chat.state import policy
from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from protocol.events import TAGMSG
from protocol.modes import PREFIXES, RANKS
from protocol.values import Event, EventRow


def to_channel(
    network: Network,
    session: Session,
    row: EventRow,
    channel: Channel,
    text: str,
    tags: dict[str, str] | None = None,
) -> Event:
    """A message to all members but the sender's own session. Raises Refused by `policy.require_speech`."""
    user = session.user
    assert user is not None
    policy.require_speech(user, channel)
    dialect = session.codec.dialect
    event = network.message(row, user.source, channel.name, text, tags, dialect.has_long_lines)
    user.spoke_at = event.time
    network.tell_channel(channel, event, session)
    _echo(session, event)
    if row is not TAGMSG:
        event.wire = {}  # history keeps the event, not its bytes in every flavour
        channel.history.append(event)
    return event


def _echo(session: Session, event: Event) -> None:
    if session.codec.dialect.echoes_messages or "echo-message" in session.flavour.capabilities:
        session.send(event)


def to_ranks(
    network: Network,
    session: Session,
    row: EventRow,
    channel: Channel,
    prefix: str,
    text: str,
    tags: dict[str, str] | None = None,
) -> None:
    """A message to the members with at least the rank of `prefix` (STATUSMSG), delivered with `prefix#channel`."""
    user = session.user
    assert user is not None
    policy.require_speech(user, channel)
    lowest = next(index for index, letter in enumerate(RANKS) if PREFIXES[letter] == prefix)
    enough = set(RANKS[: lowest + 1])
    event = network.message(row, user.source, prefix + channel.name, text, tags, False)
    for membership in channel.members.values():
        if membership.ranks & enough:
            network.tell_user(membership.user, event, session)
    _echo(session, event)


def to_user(
    network: Network,
    session: Session,
    row: EventRow,
    target: User,
    text: str,
    tags: dict[str, str] | None = None,
) -> Event:
    """A message to all sessions of `target`, and to the sender's other sessions as their echo."""
    user, dialect = session.user, session.codec.dialect
    assert user is not None
    event = network.message(row, user.source, target.nick, text, tags, dialect.has_long_lines)
    user.spoke_at = event.time
    for receiver in target.sessions:
        if receiver is not session:
            receiver.send(event)
        elif not dialect.echoes_messages:
            # A message to oneself comes twice with echo-message: the delivery, outside of the response, and the echo.
            receiver.push(receiver.encode(event))
    for echoing in user.sessions:
        if echoing is session or target is not user:
            _echo(echoing, event)
    return event


def to_everyone(network: Network, session: Session, row: EventRow, mask: str, text: str) -> None:
    """An operator's message to all users of this server."""
    assert session.user is not None
    event = network.message(row, session.user.source, mask, text, None, False)
    for target in list(network.users.values()):
        for receiver in target.sessions:
            if receiver is not session:  # others know no server masks: it is for them
                receiver.send(event if receiver.codec.dialect.is_modern else event.about(target.nick))
