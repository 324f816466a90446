"""PRIVMSG, NOTICE, TAGMSG. Owns: their targets. Must not: deliver (`chat.state.messages`)."""

from chat.commands import services
from chat.commands.call import Call
from chat.commands.registry import command, text, words
from chat.state import announcements, messages, policy
from protocol import events
from protocol.limits import TARGETS
from protocol.modes import PREFIXES
from protocol.multiline import Lines, on_one_line
from protocol.replies import (
    ERR_NORECIPIENT,
    ERR_NOSUCHNICK,
    ERR_NOTEXTTOSEND,
    ERR_NOTOPLEVEL,
    ERR_TOOMANYTARGETS,
    ERR_WILDTOPLEVEL,
    RPL_AWAY,
)
from protocol.values import EventRow, Refused

_STATUS_PREFIXES = "".join(PREFIXES.values())  # highest first


@command("PRIVMSG", words(missing=ERR_NORECIPIENT), text(missing=ERR_NOTEXTTOSEND, may_be_empty=False))
def privmsg(call: Call, targets: list[str], said: str) -> None:
    """PRIVMSG <target>{,<target>} :<text>: says something to a channel or a user."""
    _send(call, events.PRIVMSG, targets, said)


@command("NOTICE", words(missing=ERR_NORECIPIENT), text(missing=ERR_NOTEXTTOSEND, may_be_empty=False), is_silent=True)
def notice(call: Call, targets: list[str], said: str) -> None:
    """NOTICE <target>{,<target>} :<text>: as PRIVMSG, but never answered by a program."""
    _send(call, events.NOTICE, targets, said)


@command("TAGMSG", words(), capability="message-tags")
def tagmsg(call: Call, targets: list[str]) -> None:
    """TAGMSG <target>{,<target>}: sends message tags without a text."""
    _send(call, events.TAGMSG, targets, "")


def _send(call: Call, row: EventRow, targets: list[str], said: str) -> None:
    if len(targets) == 1:
        _send_one(call, row, targets[0], said)
        return
    most = TARGETS[row.name] or len(targets)
    call.each(targets[:most], lambda target: _send_one(call, row, target, said))
    if len(targets) > most:
        raise Refused(ERR_TOOMANYTARGETS, targets[most])


def send_lines(call: Call, row: EventRow, target: str, lines: Lines) -> None:
    """Sends a message of several lines to one target; the tags are those of the present request."""
    _send_one(call, row, target, on_one_line(lines), lines)


def _send_one(call: Call, row: EventRow, target: str, said: str, lines: Lines | None = None) -> None:
    network, session = call.network, call.session
    tags = call.request.tags
    if tags is not None:
        tags = policy.relayed_tags(network, session, tags)
    first = target[0]
    if first == "#":
        messages.to_channel(network, session, row, call.existing_channel(target), said, tags, lines)
    elif first in _STATUS_PREFIXES and (name := target.lstrip(_STATUS_PREFIXES))[:1] == "#":
        lowest = max(target[: -len(name)], key=_STATUS_PREFIXES.index)
        messages.to_ranks(network, session, row, call.existing_channel(name), lowest, said, tags, lines)
    elif first == "$":
        _to_everyone(call, row, target, said, lines)
    else:
        found = network.find_user(target)
        if found is None:
            if services.deliver(call, row, target, said):
                return
            raise Refused(ERR_NOSUCHNICK, target)
        messages.to_user(network, session, row, found, said, tags, lines)
        if found.away is not None and row is events.PRIVMSG:
            call.reply(RPL_AWAY, found.nick, found.away)


def _to_everyone(call: Call, row: EventRow, target: str, said: str, lines: Lines | None) -> None:
    """`$<server mask>`: operators only; the mask needs a dot, and no wildcard after the last one (RFC 2812 3.3.1)."""
    policy.require_privilege(call.user, "messages")
    mask = target[1:]
    if "." not in mask:
        raise Refused(ERR_NOTOPLEVEL, mask)
    if set(mask.rpartition(".")[2]) & set("*?"):
        raise Refused(ERR_WILDTOPLEVEL, mask)
    event = call.network.message(row, call.user.source, target, said, None, lines is not None)
    event.detail = lines
    announcements.to_servers(call.network, event, call.user, mask, call.session)
