"""CAP: capability negotiation (IRCv3 capability-negotiation).

Owns: that conversation. Must not: know what a capability does.
"""

from chat.commands.call import Call
from chat.commands.registration import complete_if_ready
from chat.commands.registry import CONNECTED, command, optional, text, word
from chat.state import offers
from chat.state.offers import VALUES_SINCE
from chat.state.session import Session
from protocol.capabilities import IMPLIED_BY_302, STRICT_TRANSPORT
from protocol.names import pack
from protocol.replies import ERR_INVALIDCAPCMD
from protocol.values import Raw, Refused


@command("CAP", word(), optional(text()), stage=CONNECTED)
def cap(call: Call, subcommand: str, argument: str | None = None) -> None:
    """CAP LS|LIST|REQ|END: negotiates capabilities."""
    handler = _SUBCOMMANDS.get(subcommand.upper())
    if handler is None:
        raise Refused(ERR_INVALIDCAPCMD, subcommand)
    handler(call, argument or "")


def _say(call: Call, subcommand: str, names: list[str]) -> None:
    """One line, or several: all but the last have a `*` before the names."""
    session = call.session
    texts = pack(names, room=offers.room_of_names(session, subcommand, "*")) or [""]
    for rest, text_ in enumerate(texts, 1 - len(texts)):
        more = ("*",) if rest < 0 else ()
        session.send(Raw("CAP", (session.nick, subcommand, *more, text_), has_text=True))


def _on_one_line(call: Call, names: list[str]) -> list[str]:
    """As many of the names as one line of LS takes: clients below version 302 know no other. Drafts go first."""
    room = offers.room_of_names(call.session, "LS", "*")
    for fitting in (names, [name for name in names if not name.startswith("draft/")]):
        lines = pack(fitting, room=room)
        if len(lines) == 1:
            break
    return lines[0].split(" ")


def _suspend(session: Session) -> None:
    """LS and REQ during registration hold it up until END."""
    if session.registration is not None:
        session.registration.is_negotiating = True


def _ls(call: Call, argument: str) -> None:
    session = call.session
    asked = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 9 else 0
    session.cap_version = max(session.cap_version, asked)
    _suspend(session)
    if session.cap_version >= VALUES_SINCE and IMPLIED_BY_302 not in session.capabilities:
        session.enable(session.capabilities | {IMPLIED_BY_302})
    with_values = asked >= VALUES_SINCE
    offered = offers.capabilities(call.network, session)
    if not with_values:
        offered.pop(STRICT_TRANSPORT, None)  # it is nothing without its value
    names = [offers.shown(name, value, with_values) for name, value in offered.items()]
    _say(call, "LS", names if with_values else _on_one_line(call, names))


def _list(call: Call, argument: str) -> None:
    _say(call, "LIST", sorted(call.session.capabilities))


def _req(call: Call, argument: str) -> None:
    """All or nothing; the answer is sent under the old state."""
    session = call.session
    _suspend(session)
    enabled = set(session.capabilities)
    requestable = offers.capabilities(call.network, session).keys() - {STRICT_TRANSPORT}
    acceptable = True
    for name in argument.split():
        capability = name.removeprefix("-")
        is_fixed = capability == IMPLIED_BY_302 and name != capability and session.cap_version >= VALUES_SINCE
        acceptable = acceptable and capability in requestable and not is_fixed
        (enabled.discard if name != capability else enabled.add)(capability)
    answer = "ACK" if acceptable else "NAK"
    for text_ in pack(argument.split(), room=offers.room_of_names(session, answer)) or [""]:
        session.send(Raw("CAP", (session.nick, answer, text_), has_text=True))
    if acceptable:
        session.enable(frozenset(enabled))


def _end(call: Call, argument: str) -> None:
    pending = call.session.registration
    if pending is None:
        return
    pending.is_negotiating = False
    complete_if_ready(call)


_SUBCOMMANDS = {"LS": _ls, "LIST": _list, "REQ": _req, "END": _end}
