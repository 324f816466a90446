"""MONITOR: who watches whom (IRCv3 monitor). Owns: its grammar and replies. Must not: keep a list
(`chat.state.monitor` does)."""

from collections.abc import Iterable

from chat.commands.call import Call
from chat.commands.registry import command, optional, text, word
from chat.commands.views import room_beside
from chat.state import metadata, services
from protocol.names import fold, is_nick, packed
from protocol.replies import (
    ERR_MONLISTFULL,
    ERR_UNKNOWNERROR,
    RPL_ENDOFMONLIST,
    RPL_MONLIST,
    RPL_MONOFFLINE,
    RPL_MONONLINE,
)
from protocol.values import Refused, ReplyRow


@command("MONITOR", word(), optional(text()))
def monitor(call: Call, modifier: str, targets: str | None) -> None:
    """MONITOR + <nick>{,<nick>}: tells you when these come and go. MONITOR - <nick>{,<nick>}: no longer these.
    MONITOR C: nobody any more. MONITOR L: lists the nicks. MONITOR S: lists who of them is here."""
    handler = _MODIFIERS.get(modifier.upper())
    if handler is None:
        raise Refused(ERR_UNKNOWNERROR, "MONITOR", modifier, "The modifiers are + - C L S")
    handler(call, targets or "")


def _nicks(call: Call, targets: str) -> list[str]:
    """The legal nicks of a comma list, each once; what could be nobody's nick, such as a mask, is passed over."""
    if not targets.strip(","):
        raise call.too_few_parameters()
    found: dict[str, str] = {}
    for nick in targets.split(","):
        if is_nick(nick, call.network.limits.nick):
            found.setdefault(fold(nick), nick)
    return list(found.values())


def _add(call: Call, targets: str) -> None:
    most = call.network.limits.monitor
    kept, refused = call.network.monitors.watch(call.session, _nicks(call, targets), most)
    _send_status(call, kept)
    if call.session.subscriptions:
        for watched in filter(None, map(call.network.find_user, kept)):
            metadata.send_current(call.network, call.session, watched, call.session.subscriptions)
    for text_ in packed(refused, ",", room_beside(call, str(most), "", "Monitor list is full.")):
        call.reply(ERR_MONLISTFULL, most, text_)


def _remove(call: Call, targets: str) -> None:
    call.network.monitors.forget(call.session, _nicks(call, targets))


def _clear(call: Call, targets: str) -> None:
    call.network.monitors.clear(call.session)


def _list(call: Call, targets: str) -> None:
    _send_packed(call, RPL_MONLIST, call.network.monitors.watched_by(call.session))
    call.reply(RPL_ENDOFMONLIST)


def _status(call: Call, targets: str) -> None:
    _send_status(call, call.network.monitors.watched_by(call.session))


_MODIFIERS = {"+": _add, "-": _remove, "C": _clear, "L": _list, "S": _status}


def _send_status(call: Call, nicks: Iterable[str]) -> None:
    """730 for those of `nicks` who are on line, 731 for the others."""
    online: list[str] = []
    offline: list[str] = []
    for nick in nicks:
        user, service = call.network.find_user(nick), services.find(call.network, nick)
        if user is not None:
            online.append(user.source.prefix)
        elif service is not None:
            online.append(service.source(call.network).prefix)
        else:
            offline.append(nick)
    _send_packed(call, RPL_MONONLINE, online)
    _send_packed(call, RPL_MONOFFLINE, offline)


def _send_packed(call: Call, row: ReplyRow, names: list[str]) -> None:
    for text_ in packed(names, ",", room_beside(call)):
        call.reply(row, text_)
