"""Asking about users: WHO WHOIS WHOWAS USERHOST ISON; and AWAY, SETNAME. Owns: their replies."""

import time

from chat.commands.call import Call
from chat.commands.registry import command, optional, text, word
from chat.commands.views import room_beside, visible_members
from chat.state import policy
from chat.state.channel import Channel, Membership
from chat.state.user import User
from protocol import events
from protocol.limits import LIST_REPLY_BYTES, REALNAME_BYTES, TARGETS
from protocol.modes import BOT
from protocol.names import cut, fold, is_channel_type, mask_matches, pack
from protocol.replies import (
    ERR_NONICKNAMEGIVEN,
    ERR_NOSUCHNICK,
    ERR_NOSUCHSERVER,
    ERR_WASNOSUCHNICK,
    FAIL_INVALID_REALNAME,
    RPL_AWAY,
    RPL_ENDOFWHO,
    RPL_ENDOFWHOIS,
    RPL_ENDOFWHOWAS,
    RPL_ISON,
    RPL_NOWAWAY,
    RPL_UNAWAY,
    RPL_USERHOST,
    RPL_WHOISACCOUNT,
    RPL_WHOISACTUALLY,
    RPL_WHOISBOT,
    RPL_WHOISCHANNELS,
    RPL_WHOISHOST,
    RPL_WHOISIDLE,
    RPL_WHOISMODES,
    RPL_WHOISOPERATOR,
    RPL_WHOISREGNICK,
    RPL_WHOISSERVER,
    RPL_WHOISUSER,
    RPL_WHOREPLY,
    RPL_WHOWASUSER,
)
from protocol.values import Refused

_MOST_USERHOST = 5


@command("WHO", optional(word()), optional(word()), cost=2)
def who(call: Call, mask: str | None, option: str | None) -> None:
    """WHO [<channel or mask> [o]]: lists users, with `o` operators only."""
    asked = mask or "*"
    only_operators = option == "o"
    for where, user, membership in _matching(call, "*" if asked == "0" else asked):
        if only_operators and not user.is_operator:
            continue
        flags = _flags(call, user, membership)
        name = where.name if where is not None else "*"
        call.reply(RPL_WHOREPLY, name, user.username, user.host, call.network.name, user.nick, flags, 0, user.realname)
    call.reply(RPL_ENDOFWHO, asked)


def _matching(call: Call, asked: str) -> list[tuple[Channel | None, User, Membership | None]]:
    """Whom a WHO mask means and the asker may see."""
    if is_channel_type(asked):
        channel = call.network.find_channel(asked)
        if channel is None or not policy.may_see_channel(call.user, channel):
            return []
        return [(channel, m.user, m) for m in visible_members(call, channel)]
    exact = call.network.find_user(asked)
    if exact is not None:
        return [_shared(call, exact)]
    found = [u for u in call.network.users.values() if policy.may_see_user(call.network, call.user, u)]
    return [_shared(call, user) for user in found if _mask_means(call, asked, user)]


def _mask_means(call: Call, mask: str, user: User) -> bool:
    fields = (user.nick, user.username, user.host, call.network.name, user.realname)
    return any(mask_matches(mask, field) for field in fields)


def _shared(call: Call, user: User) -> tuple[Channel | None, User, Membership | None]:
    """A channel in which the asker may see the user, as 352 names one."""
    for channel, membership in user.memberships.items():
        if policy.may_see_channel(call.user, channel):
            return channel, user, membership
    return None, user, None


def _flags(call: Call, user: User, membership: Membership | None) -> str:
    flags = "G" if user.away is not None else "H"
    if user.is_operator:
        flags += "*"
    if membership is not None:
        flags += membership.prefix("multi-prefix" in call.session.capabilities)
    return flags + (BOT if BOT in user.modes else "")


@command("WHOIS", word(missing=ERR_NONICKNAMEGIVEN), optional(word()), cost=2)
def whois(call: Call, first: str, second: str | None) -> None:
    """WHOIS [<server>] <nick>{,<nick>}: tells about users."""
    if second is not None and fold(first) != fold(call.network.name) and call.network.find_user(first) is None:
        raise Refused(ERR_NOSUCHSERVER, first)
    asked = second or first
    for nick in [n for n in asked.split(",") if n][: TARGETS["WHOIS"]]:
        user = call.network.find_user(nick)
        if user is None:
            call.refuse(Refused(ERR_NOSUCHNICK, nick))
        else:
            _whois(call, user)
    call.reply(RPL_ENDOFWHOIS, asked)


def _whois(call: Call, user: User) -> None:
    network = call.network
    call.reply(RPL_WHOISUSER, user.nick, user.username, user.host, user.realname)
    for line in pack(_whois_channels(call, user), room=room_beside(call, user.nick)):
        call.reply(RPL_WHOISCHANNELS, user.nick, line)
    call.reply(RPL_WHOISSERVER, user.nick, network.name, network.config.info)
    if user.is_operator:
        call.reply(RPL_WHOISOPERATOR, user.nick)
    if BOT in user.modes:
        call.reply(RPL_WHOISBOT, user.nick)
    if user.account:
        call.reply(RPL_WHOISACCOUNT, user.nick, user.account)
        if fold(user.account) == user.folded:
            call.reply(RPL_WHOISREGNICK, user.nick)
    if policy.may_see_details(call.user, user):
        call.reply(RPL_WHOISHOST, user.nick, user.real_host, user.address)
        call.reply(RPL_WHOISMODES, user.nick, user.shown_modes)
        call.reply(RPL_WHOISACTUALLY, user.nick, f"{user.username}@{user.real_host}", user.address)
    if user.away is not None:
        call.reply(RPL_AWAY, user.nick, user.away)
    call.reply(RPL_WHOISIDLE, user.nick, int(time.time() - user.spoke_at), int(user.signed_on))


def _whois_channels(call: Call, user: User) -> list[str]:
    multiple = "multi-prefix" in call.session.capabilities
    return [
        membership.prefix(multiple) + channel.name
        for channel, membership in user.memberships.items()
        if policy.may_see_channel(call.user, channel)
    ]


@command("WHOWAS", word(missing=ERR_NONICKNAMEGIVEN), optional(word()), cost=2)
def whowas(call: Call, nick: str, count: str | None) -> None:
    """WHOWAS <nick> [<count>]: tells about users who have left or changed nick."""
    found = [past for past in call.network.past_users if fold(past.nick) == fold(nick)]
    most = int(count) if count is not None and count.isascii() and count.isdigit() else 0
    for past in found[:most] if most else found:
        call.reply(RPL_WHOWASUSER, past.nick, past.username, past.host, past.realname)
        if past.account:
            call.reply(RPL_WHOISACCOUNT, past.nick, past.account)
        call.reply(RPL_WHOISSERVER, past.nick, call.network.name, time.ctime(past.left_at))
    if not found:
        call.refuse(Refused(ERR_WASNOSUCHNICK, nick))
    call.reply(RPL_ENDOFWHOWAS, nick)


@command("USERHOST", word(), *[optional(word()) for _ in range(_MOST_USERHOST - 1)])
def userhost(call: Call, *nicks: str | None) -> None:
    """USERHOST <nick> ...: user name and host of up to five users."""
    entries = []
    for nick in nicks:
        user = call.network.find_user(nick) if nick else None
        if user is not None:
            star, here = "*" if user.is_operator else "", "+" if user.away is None else "-"
            entries.append(f"{user.nick}{star}={here}{user.username}@{user.host}")
    call.reply(RPL_USERHOST, " ".join(entries))


@command("ISON", word(), *[optional(text()) for _ in range(50)])
def ison(call: Call, *nicks: str | None) -> None:
    """ISON <nick> ...: which of these are here."""
    asked = " ".join(nick for nick in nicks if nick).split(" ")
    found = [user.nick for user in map(call.network.find_user, dict.fromkeys(asked)) if user is not None]
    call.reply(RPL_ISON, cut(" ".join(found), LIST_REPLY_BYTES))


@command("AWAY", optional(text()))
def away(call: Call, reason: str | None) -> None:
    """AWAY [:<text>]: marks you as away, or as back."""
    user, network = call.user, call.network
    was_away = user.away
    user.away = cut(reason, network.limits.away) if reason else None
    call.reply(RPL_UNAWAY if user.away is None else RPL_NOWAWAY)
    if user.away != was_away:
        event = network.event(events.AWAY, user.source, "", user.away or "")
        network.tell_neighbours(user, event)


@command("SETNAME", text(may_be_empty=False))
def setname(call: Call, realname: str) -> None:
    """SETNAME :<realname>: changes your realname."""
    if len(realname.encode()) > REALNAME_BYTES:
        raise Refused(FAIL_INVALID_REALNAME, f"A realname has at most {REALNAME_BYTES} bytes")
    call.user.realname = realname
    event = call.network.event(events.SETNAME, call.user.source, "", realname)
    call.network.tell_neighbours(call.user, event, include_self=True)
