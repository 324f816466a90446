"""WHO, in its plain form and as WHOX. Owns: whom a mask means, 352 and 354."""

import time
from typing import NamedTuple

from chat.commands.call import Call
from chat.commands.registry import command, optional, word
from chat.commands.views import place_of, visible_members
from chat.state import policy
from chat.state.channel import Channel, Membership
from chat.state.user import User
from protocol.modes import BOT
from protocol.names import is_channel_type, mask_matches
from protocol.replies import RPL_ENDOFWHO, RPL_WHOREPLY, RPL_WHOSPCRPL

_FIELDS = "tcuihsnfdlaor"  # of WHOX, in the order in which they are sent whatever order they were asked in
_HIDDEN_ADDRESS = "255.255.255.255"
_NO_RANK = "n/a"  # what stands for a level that only some servers give their channel operators


class _Found(NamedTuple):
    """Somebody whom the mask means, and a channel to show beside: one in which the asker may see the user, or None."""

    user: User
    membership: Membership | None


class _Extension(NamedTuple):
    """What a WHOX request asks for: `%<fields>[,<token>]`."""

    fields: frozenset[str]
    token: str


@command("WHO", optional(word()), optional(word()), cost=2)
def who(call: Call, mask: str | None, options: str | None) -> None:
    """WHO [<channel or mask> [o][%<fields>[,<token>]]]: lists users, with `o` operators only. After `%` stand the
    letters of the wanted fields, answered in this order: t token, c channel, u user name, i address, h host, s server,
    n nick, f flags, d hops, l seconds idle, a account, o level, r realname."""
    asked = mask or "*"
    flags, percent, wanted = (options or "").partition("%")
    extension = _extension(wanted) if percent else None
    for found in _matching(call, "*" if asked == "0" else asked):
        if "o" in flags and not found.user.is_operator:
            continue
        if extension is None:
            _reply(call, found)
        elif extension.fields:
            call.reply(RPL_WHOSPCRPL, _extended_reply(call, found, extension))
    call.reply(RPL_ENDOFWHO, asked)


def _extension(text: str) -> _Extension:
    fields, _, token = text.partition(",")
    is_token = token.isascii() and token.isdigit() and len(token) <= 3
    return _Extension(frozenset(fields) & frozenset(_FIELDS), token if is_token else "0")


# --- whom a mask means ---------------------------------------------------------------------------------------------


def _matching(call: Call, asked: str) -> list[_Found]:
    """Whom a WHO mask means and the asker may see."""
    if is_channel_type(asked):
        channel = call.network.find_channel(asked)
        if channel is None or not policy.may_see_channel(call.user, channel):
            return []
        return [_Found(membership.user, membership) for membership in visible_members(call, channel)]
    exact = call.network.find_user(asked)
    if exact is not None:
        return [_shared(call, exact)]
    found = [u for u in call.network.users.values() if policy.may_see_user(call.network, call.user, u)]
    return [_shared(call, user) for user in found if _mask_means(call, asked, user)]


def _mask_means(call: Call, mask: str, user: User) -> bool:
    fields = (user.nick, user.username, user.host, place_of(call, user).name, user.realname)
    return any(mask_matches(mask, field) for field in fields)


def _shared(call: Call, user: User) -> _Found:
    """With a channel in which the asker may see the user."""
    for membership in user.memberships.values():
        if policy.may_see_member(call.user, membership):
            return _Found(user, membership)
    return _Found(user, None)


# --- how they are shown --------------------------------------------------------------------------------------------


def _channel_name(found: _Found) -> str:
    channel: Channel | None = found.membership.channel if found.membership is not None else None
    return channel.name if channel is not None else "*"


def _flags(call: Call, found: _Found) -> str:
    user, membership = found
    flags = "G" if user.away is not None else "H"
    if user.is_operator:
        flags += "*"
    if membership is not None:
        flags += membership.prefix("multi-prefix" in call.session.capabilities)
    return flags + (BOT if BOT in user.modes else "")


def _reply(call: Call, found: _Found) -> None:
    user, place = found.user, place_of(call, found.user)
    call.reply(
        RPL_WHOREPLY,
        _channel_name(found),
        user.username,
        user.host,
        place.name,
        user.nick,
        _flags(call, found),
        place.hops,
        user.realname,
    )


def _extended_reply(call: Call, found: _Found, extension: _Extension) -> str:
    """The wanted fields of one user, in the order of the standard."""
    user = found.user
    place = place_of(call, user)
    address = user.address if policy.may_see_details(call.user, user) else _HIDDEN_ADDRESS
    values = {
        "t": extension.token,
        "c": _channel_name(found),
        "u": user.username,
        "i": address,
        "h": user.host,
        "s": place.name,
        "n": user.nick,
        "f": _flags(call, found),
        "d": str(place.hops),
        "l": str(int(time.time() - user.spoke_at)) if user.server is None else "0",
        "a": user.account or "0",
        "o": _NO_RANK,
        "r": f":{user.realname}",
    }
    return " ".join(values[letter] for letter in _FIELDS if letter in extension.fields)
