"""Facts about what is said. Owns: who of this server hears it. See `inbound`."""

from chat.links.inbound import Inbound, fact
from chat.state import messages
from protocol import events, facts
from protocol.names import is_channel_type
from protocol.values import Event

_ROWS = {row.name: row for row in (events.PRIVMSG, events.NOTICE, events.TAGMSG)}


@fact(facts.Said)
def said(inbound: Inbound, told: facts.Said) -> bool:
    """A message for a channel or a user. It goes on only where somebody is who is meant."""
    network, speaker = inbound.network, inbound.user(told.by)
    row = _ROWS.get(told.kind)
    if row is None:
        return False
    when, msgid = told.moment
    lines = list(told.lines) if told.lines is not None else None
    event = Event(row, speaker.source, told.target, told.text, lines, when, msgid, told.tags, told.is_long)
    speaker.spoke_at = when
    if is_channel_type(told.target):
        channel = network.find_channel(told.target)
        if channel is not None:
            event.target = told.status + channel.name
            messages.from_elsewhere(network, event, channel, told.status)
            network.relay.say_to_channel(event, channel, speaker, told.status)
        return False
    target = inbound.anybody(told.target)
    event.target = target.nick
    if target.server is not None:
        network.relay.say_to_user(event, target, speaker)
    else:
        messages.to_user_here(network, event, target, speaker)
    return False
