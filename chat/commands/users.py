"""Asking about users: WHOIS WHOWAS USERHOST ISON; and AWAY, SETNAME. Owns: their replies."""

import time

from chat.commands.call import Call
from chat.commands.registry import command, optional, text, word
from chat.commands.routing import routed
from chat.commands.views import place_of, room_beside
from chat.state import ban_policy, policy, presence, registration, services
from chat.state.user import User
from protocol.limits import REALNAME_BYTES, TARGETS
from protocol.modes import BOT
from protocol.names import fold, pack
from protocol.replies import (
    ERR_NONICKNAMEGIVEN,
    ERR_NOSUCHNICK,
    ERR_WASNOSUCHNICK,
    FAIL_INVALID_REALNAME,
    RPL_AWAY,
    RPL_ENDOFWHOIS,
    RPL_ENDOFWHOWAS,
    RPL_ISON,
    RPL_NOWAWAY,
    RPL_UNAWAY,
    RPL_USERHOST,
    RPL_WHOISACCOUNT,
    RPL_WHOISACTUALLY,
    RPL_WHOISBOT,
    RPL_WHOISCERTFP,
    RPL_WHOISCHANNELS,
    RPL_WHOISHOST,
    RPL_WHOISIDLE,
    RPL_WHOISMODES,
    RPL_WHOISOPERATOR,
    RPL_WHOISREGNICK,
    RPL_WHOISSECURE,
    RPL_WHOISSERVER,
    RPL_WHOISUSER,
    RPL_WHOWASUSER,
)
from protocol.values import Refused, ReplyRow

_MOST_USERHOST = 5
_MOST_ISON = 256  # more words than a line holds


@command("WHOIS", word(missing=ERR_NONICKNAMEGIVEN), optional(word()), cost=2)
@routed(0, only_with=1)
def whois(call: Call, first: str, second: str | None) -> None:
    """WHOIS [<server>] <nick>{,<nick>}: tells about users."""
    asked = second or first
    for nick in _nicks(call, asked):
        user = call.network.find_user(nick)
        service = services.find(call.network, nick)
        if user is not None:
            _whois(call, user)
        elif service is not None:
            _whois_service(call, service)
        else:
            call.refuse(Refused(ERR_NOSUCHNICK, nick))
    call.reply(RPL_ENDOFWHOIS, asked)


def _nicks(call: Call, asked: str) -> list[str]:
    """The nicks of a comma list, as many as the command takes; 431 when there is none in it."""
    nicks = [nick for nick in asked.split(",") if nick]
    if not nicks:
        raise Refused(ERR_NONICKNAMEGIVEN)
    return nicks[: TARGETS[call.request.verb]]


def _whois_service(call: Call, service: services.Service) -> None:
    name = call.network.name
    call.reply(RPL_WHOISUSER, service.name, service.name, name, service.does)
    call.reply(RPL_WHOISSERVER, service.name, name, call.network.config.info)
    call.reply(RPL_WHOISBOT, service.name)


def _whois(call: Call, user: User) -> None:
    call.reply(RPL_WHOISUSER, user.nick, user.username, user.host, user.realname)
    for line in pack(_whois_channels(call, user), room=room_beside(call, user.nick)):
        call.reply(RPL_WHOISCHANNELS, user.nick, line)
    place = place_of(call, user)
    call.reply(RPL_WHOISSERVER, user.nick, place.name, place.info)
    if user.is_operator:
        call.reply(RPL_WHOISOPERATOR, user.nick)
    if BOT in user.modes:
        call.reply(RPL_WHOISBOT, user.nick)
    if user.is_secure:
        call.reply(RPL_WHOISSECURE, user.nick)
    if user.account:
        call.reply(RPL_WHOISACCOUNT, user.nick, user.account)
        if fold(user.account) == user.folded:
            call.reply(RPL_WHOISREGNICK, user.nick)
    if policy.may_see_details(call.user, user):
        call.reply(RPL_WHOISHOST, user.nick, user.real_host, user.address)
        call.reply(RPL_WHOISMODES, user.nick, user.shown_modes)
        call.reply(RPL_WHOISACTUALLY, user.nick, f"{user.username}@{user.real_host}", user.address)
        for fingerprint in dict.fromkeys(session.fingerprint for session in user.sessions if session.fingerprint):
            call.reply(RPL_WHOISCERTFP, user.nick, fingerprint)
    if user.away is not None:
        call.reply(RPL_AWAY, user.nick, user.away)
    if user.server is None:  # another server knows when its users did something
        call.reply(RPL_WHOISIDLE, user.nick, int(time.time() - user.spoke_at), int(user.signed_on))


def _whois_channels(call: Call, user: User) -> list[str]:
    multiple = "multi-prefix" in call.session.capabilities
    return [
        membership.prefix(multiple) + channel.name
        for channel, membership in user.memberships.items()
        if policy.may_see_member(call.user, membership)
    ]


@command("WHOWAS", word(missing=ERR_NONICKNAMEGIVEN), optional(word()), cost=2)
def whowas(call: Call, asked: str, count: str | None) -> None:
    """WHOWAS <nick>{,<nick>} [<count>]: tells about users who have left or changed nick, so many of each nick."""
    most = int(count) if count is not None and count.isascii() and count.isdigit() else 0
    for nick in _nicks(call, asked):
        _whowas(call, nick, most)
    call.reply(RPL_ENDOFWHOWAS, asked)


def _whowas(call: Call, nick: str, most: int) -> None:
    """The newest first; `most` 0 is no limit."""
    found = [past for past in call.network.past_users if fold(past.nick) == fold(nick)]
    for past in found[:most] if most else found:
        call.reply(RPL_WHOWASUSER, past.nick, past.username, past.host, past.realname)
        if past.account:
            call.reply(RPL_WHOISACCOUNT, past.nick, past.account)
        call.reply(RPL_WHOISSERVER, past.nick, past.server or call.network.name, time.ctime(past.left_at))
    if not found:
        call.refuse(Refused(ERR_WASNOSUCHNICK, nick))


@command("USERHOST", word(), *[optional(word()) for _ in range(_MOST_USERHOST - 1)])
def userhost(call: Call, *nicks: str | None) -> None:
    """USERHOST <nick> ...: user name and host of up to five users."""
    entries = []
    for nick in nicks:
        user = call.network.find_user(nick) if nick else None
        service = services.find(call.network, nick or "")
        if service is not None:
            entries.append(f"{service.name}=+{service.name}@{call.network.name}")
        elif user is not None:
            star, here = "*" if user.is_operator else "", "+" if user.away is None else "-"
            entries.append(f"{user.nick}{star}={here}{user.username}@{user.host}")
    _reply_packed(call, RPL_USERHOST, entries)


def _reply_packed(call: Call, row: ReplyRow, words: list[str]) -> None:
    """The words on as few lines as hold them, at least one."""
    for line in pack(words, room=room_beside(call)) or [""]:
        call.reply(row, line)


@command("ISON", word(), *[optional(text()) for _ in range(_MOST_ISON - 1)])
def ison(call: Call, *nicks: str | None) -> None:
    """ISON <nick> ...: which of these are here."""
    asked = " ".join(nick for nick in nicks if nick).split(" ")
    holders = [call.network.find_user(nick) or services.find(call.network, nick) for nick in dict.fromkeys(asked)]
    found = [holder.nick for holder in holders if holder is not None]
    _reply_packed(call, RPL_ISON, found)


@command("AWAY", optional(text()), early="draft/pre-away")
def away(call: Call, reason: str | None) -> None:
    """AWAY [:<text>]: marks you as away, or as back. AWAY *: nobody sits at this connection."""
    pending = call.session.registration
    if pending is not None:
        pending.away = reason or ""
    else:
        presence.set_away(call.network, call.session, reason or "")
    call.reply(RPL_NOWAWAY if reason else RPL_UNAWAY)


@command("SETNAME", text(may_be_empty=False))
def setname(call: Call, realname: str) -> None:
    """SETNAME :<realname>: changes your realname."""
    ban_policy.require_unmuted(call.user, call.user.nick)
    if len(realname.encode()) > REALNAME_BYTES:
        raise Refused(FAIL_INVALID_REALNAME, f"A realname has at most {REALNAME_BYTES} bytes")
    registration.set_realname(call.network, call.user, realname)
