"""Messages: to a channel, to part of one, to a user. The hot path: what stands here is paid for every message.

`lines` are those of a message that has several (`protocol.multiline`); `text` is all of it on one line then.
Owns: where a message goes and who gets a copy. Must not: parse targets.
"""

from chat.state import ban_policy, policy, speech
from chat.state.channel import Channel
from chat.state.history import is_lasting
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from protocol.events import TAGMSG
from protocol.modes import AT_LEAST, PREFIXES, RANKS
from protocol.multiline import Lines
from protocol.values import Event, EventRow


def to_channel(
    network: Network,
    session: Session,
    row: EventRow,
    channel: Channel,
    text: str,
    tags: dict[str, str] | None = None,
    lines: Lines | None = None,
) -> Event:
    """A message to all members but the sender's own session. Raises Refused by `policy.require_speech`, and where the
    channel is not plain by `speech.admitted`."""
    user = session.user
    assert user is not None
    is_for_all = policy.require_speech(user, channel)
    if not channel.is_plain:
        text, lines = speech.admitted(user, channel, row, text, lines)
    dialect = session.codec.dialect
    event = network.message(row, user.source, channel.name, text, tags, dialect.has_long_lines)
    if lines is not None:
        event.detail = lines
    user.spoke_at = event.time
    if not is_for_all:
        _tell_ranks(network, channel, event, session, AT_LEAST["h"])
        if network.relay.is_linked:
            network.relay.say_to_channel(event, channel, user, PREFIXES["h"])
        return event
    network.tell_channel(channel, event, session)
    _echo(session, event)
    if network.relay.is_linked:
        network.relay.say_to_channel(event, channel, user)
    if row is not TAGMSG or is_lasting(tags):
        network.history.record(channel.folded, event)
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
    lines: Lines | None = None,
) -> None:
    """A message to the members with at least the rank of `prefix` (STATUSMSG), delivered with `prefix#channel`."""
    user = session.user
    assert user is not None
    is_for_all = policy.require_speech(user, channel)
    if not channel.is_plain:
        text, lines = speech.admitted(user, channel, row, text, lines)
    enough = next(AT_LEAST[letter] for letter in RANKS if PREFIXES[letter] == prefix)
    if not is_for_all:
        enough &= AT_LEAST["h"]
    event = network.message(row, user.source, prefix + channel.name, text, tags, False)
    if lines is not None:
        event.detail = lines
    _tell_ranks(network, channel, event, session, enough)
    if network.relay.is_linked:
        is_enough = is_for_all or enough < AT_LEAST["h"]
        network.relay.say_to_channel(event, channel, user, prefix if is_enough else PREFIXES["h"])


def _tell_ranks(network: Network, channel: Channel, event: Event, session: Session, ranks: frozenset[str]) -> None:
    """To the members with one of these ranks, and to the sender's other sessions; to its own as an echo."""
    for membership in channel.members.values():
        if membership.ranks & ranks or membership.user is session.user:
            network.tell_user(membership.user, event, session)
    _echo(session, event)


def from_elsewhere(network: Network, event: Event, channel: Channel, status: str) -> None:
    """A message that a user of another server has sent to the members here, or to those with that prefix or above."""
    if not status:
        network.tell_channel(channel, event)
        if event.row is not TAGMSG or is_lasting(event.tags):
            network.history.record(channel.folded, event)
        return
    enough = next(AT_LEAST[letter] for letter in RANKS if PREFIXES[letter] == status)
    for membership in channel.members.values():
        if membership.ranks & enough:
            network.tell_user(membership.user, event)


def to_user(
    network: Network,
    session: Session,
    row: EventRow,
    target: User,
    text: str,
    tags: dict[str, str] | None = None,
    lines: Lines | None = None,
) -> Event:
    """A message to all sessions of `target`, and to the sender's other sessions as their echo."""
    user, dialect = session.user, session.codec.dialect
    assert user is not None
    if user.mute is not None:
        ban_policy.require_unmuted(user, target.nick)
    event = network.message(row, user.source, target.nick, text, tags, dialect.has_long_lines)
    if lines is not None:
        event.detail = lines
    user.spoke_at = event.time
    if target.server is not None:
        network.relay.say_to_user(event, target, user)
    for receiver in target.sessions:
        if receiver is not session:
            receiver.send(event)
        elif not dialect.echoes_messages:
            # A message to oneself comes twice with echo-message: the delivery, outside of the response, and the echo.
            receiver.push(receiver.encode(event))
    _echo(session, event)
    if len(user.sessions) > 1 and target is not user:
        _echo_elsewhere(user, session, event)
    if row is not TAGMSG or is_lasting(tags):
        network.history.record((user.identity, target.identity), event)
    return event


def to_user_here(network: Network, event: Event, target: User, speaker: User) -> None:
    """A message that a user of another server has sent to one of this server."""
    network.tell_user(target, event)
    if event.row is not TAGMSG or is_lasting(event.tags):
        network.history.record((speaker.identity, target.identity), event)


def _echo_elsewhere(user: User, session: Session, event: Event) -> None:
    """The sender's other sessions see what this one said, where they asked for an echo."""
    for echoing in user.sessions:
        if echoing is not session:
            _echo(echoing, event)
