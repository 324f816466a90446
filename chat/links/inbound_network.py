"""Facts about the whole network: announcements and server-wide bans. Owns: what they change here. See `inbound`."""

import logging
from collections.abc import Callable

from chat.links.inbound import Inbound, fact
from chat.state import announcements, enforcement
from chat.storage.bans import BanKind, ServerBan
from protocol import events, facts
from protocol.masking import escaped
from protocol.notices import SUBJECTS

log = logging.getLogger("parley.links")
_MESSAGES = {row.name: row for row in (events.PRIVMSG, events.NOTICE, events.TAGMSG)}
_KINDS = {kind.value: kind for kind in BanKind}


@fact(facts.Announced)
def announced(inbound: Inbound, told: facts.Announced) -> bool:
    """Something that many users are to hear. Subjects that only newer versions have go to all operators."""
    network, source = inbound.network, inbound.source(told.by)
    if told.kind == announcements.SNOTE:
        asker = network.users_by_id.get(told.asker)
        network.notice_operators(told.text, told.subject if told.subject in SUBJECTS else "", asker, source.nick)
    elif told.kind == announcements.GLOBOPS:
        announcements.show_globops(network, source, told.text)
    elif told.kind == announcements.WALLOPS:
        announcements.show_wallops(network, network.event(events.WALLOPS, source, "", told.text, moment=told.moment))
    elif told.kind in _MESSAGES:
        target = f"${told.subject}"
        event = network.event(_MESSAGES[told.kind], source, target, told.text, moment=told.moment)
        event.is_long = True
        announcements.show_to_servers(network, event, told.subject)
    return True


@fact(facts.BanSet)
def ban_set(inbound: Inbound, told: facts.BanSet) -> bool:
    """A server-wide ban. It goes on only where it is news: who knows it has told what lies behind."""
    kind = _KINDS.get(told.kind)
    if kind is None:
        return True
    ban = ServerBan(kind, told.mask, told.reason, told.setter, told.set_at, told.until)
    return _done(inbound, lambda: enforcement.take_over(inbound.network, ban))


@fact(facts.BanLifted)
def ban_lifted(inbound: Inbound, told: facts.BanLifted) -> bool:
    """A server-wide ban that is no more."""
    kind = _KINDS.get(told.kind)
    if kind is None:
        return True
    return _done(inbound, lambda: enforcement.take_away(inbound.network, kind, told.mask, told.at))


def _done(inbound: Inbound, action: Callable[[], bool]) -> bool:
    """Whether that was news. What a ban does to the users of this server is its own doing."""
    try:
        with inbound.tree.acting():
            return action()
    except ValueError as error:
        log.warning("%s tells of a ban that cannot be: %s", inbound.peer.name, escaped(str(error)))
        return False
