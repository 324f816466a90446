"""Facts about what is said. Owns: who of this server hears it. See `inbound`."""

import logging

from chat.links.inbound import Inbound, fact
from chat.state import accounts, domain, messages, redaction
from protocol import events, facts
from protocol.fact_rules import is_uid
from protocol.masking import escaped
from protocol.names import fold, is_channel_type
from protocol.values import Event

log = logging.getLogger("parley.links")
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


@fact(facts.Redacted)
def redacted(inbound: Inbound, told: facts.Redacted) -> bool:
    """A user of another server, who may, has taken a message back."""
    network, user = inbound.network, inbound.user(told.by)
    event = network.event(events.REDACT, user.source, told.target, told.reason, told.msgid, told.moment)
    if is_channel_type(told.target):
        channel = network.find_channel(told.target)
        if channel is not None:
            event.target = channel.name
            redaction.show_in_channel(network, channel, event)
        return True
    receiver = network.users_by_id.get(told.target)
    event.target = receiver.nick if receiver is not None else told.target
    redaction.show_in_talk(network, user, receiver, told.target, event)
    return True


@fact(facts.Erased)
def erased(inbound: Inbound, told: facts.Erased) -> bool:
    """Somebody has all erased that an account said; or the home of an account tells that it is gone."""
    inbound.source(told.by)
    if not _may_erase(inbound, told):
        log.warning("%s may not erase what %s said", told.by, escaped(told.account))
        return False
    if not told.is_gone:
        redaction.erase(inbound.network, told.account, told.with_former)
    else:
        with inbound.tree.acting():
            accounts.forget_elsewhere(inbound.network, domain.localized(inbound.network, told.account))
    return True


def _may_erase(inbound: Inbound, told: facts.Erased) -> bool:
    """The home of an account may, who is logged in to it, and an IRC operator, whose privileges its server has looked
    at."""
    if not is_uid(told.by):
        return fold(told.account.partition("@")[2]) == fold(told.by)
    user = inbound.user(told.by)
    is_own = bool(user.account) and domain.is_called(inbound.network, user.account, told.account)
    return not told.is_gone and (bool(user.operator) or (is_own and not told.with_former))
