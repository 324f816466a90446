"""Server-wide bans: KLINE DLINE RESV SHUN, and UN- of each. Owns: their grammar, listing and replies. Must not: do what
a ban says (`chat.state.enforcement`)."""

import re
import time

from chat.commands.call import Call
from chat.commands.registry import command, optional, text, word
from chat.state import announcements, ban_policy, enforcement, registration
from chat.storage.bans import BanKind, ServerBan, mask_problem
from protocol.addresses import is_wide, says_nothing
from protocol.limits import BAN_MASK_BYTES, BAN_REASON_BYTES, LONGEST_BAN_DAYS
from protocol.names import cut, is_channel_type
from protocol.replies import (
    FAIL_REQUEST,
    RPL_ENDOFSTATS,
    RPL_STATSDLINE,
    RPL_STATSKLINE,
    RPL_STATSQLINE,
    RPL_STATSSHUN,
)
from protocol.values import Refused

FORCE = "force"
_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"[0-9]{1,9}|(?:[0-9]{1,9}[wdhms])+", re.ASCII)
_WORDS = tuple(optional(text(f"word{number}", may_be_empty=False)) for number in range(14))
LETTERS = {  # of STATS, and what each shows
    "k": (BanKind.USER,),
    "d": (BanKind.ADDRESS,),
    "q": (BanKind.NICK, BanKind.CHANNEL),
    "s": (BanKind.MUTE,),
}


@command("KLINE", *_WORDS, privilege="kline", durable=True)
def kline(call: Call, *given: str | None) -> None:
    """KLINE [FORCE] [<minutes, or 1d2h>] <user@host> [:<reason>]: bans users from the server; without parameters: the
    list. The host may be a network like 192.0.2.0/24. FORCE is needed for a mask that means everybody."""
    _ban(call, BanKind.USER, given)


@command("UNKLINE", word(), privilege="kline", durable=True)
def unkline(call: Call, mask: str) -> None:
    """UNKLINE <user@host>: lifts a KLINE."""
    _lift(call, BanKind.USER, mask)


@command("DLINE", *_WORDS, privilege="dline", durable=True)
def dline(call: Call, *given: str | None) -> None:
    """DLINE [FORCE] [<minutes, or 1d2h>] <address or network> [:<reason>]: lets nobody connect from there; without
    parameters: the list."""
    _ban(call, BanKind.ADDRESS, given)


@command("UNDLINE", word(), privilege="dline", durable=True)
def undline(call: Call, mask: str) -> None:
    """UNDLINE <address or network>: lifts a DLINE."""
    _lift(call, BanKind.ADDRESS, mask)


@command("RESV", *_WORDS, privilege="resv", durable=True)
def resv(call: Call, *given: str | None) -> None:
    """RESV [FORCE] [<minutes, or 1d2h>] <nick or #channel> [:<reason>]: keeps a nick or a channel, with * and ?, from
    everybody but operators who may RESV; without parameters: the list."""
    _ban(call, BanKind.NICK, given)


@command("UNRESV", word(), privilege="resv", durable=True)
def unresv(call: Call, mask: str) -> None:
    """UNRESV <nick or #channel>: lifts a RESV."""
    _lift(call, BanKind.NICK, mask)


@command("SHUN", *_WORDS, privilege="shun", durable=True)
def shun(call: Call, *given: str | None) -> None:
    """SHUN [FORCE] [<minutes, or 1d2h>] <user@host> [:<reason>]: mutes users on the whole server: they may be there and
    read, and nothing they say is delivered; without parameters: the list."""
    _ban(call, BanKind.MUTE, given)


@command("UNSHUN", word(), privilege="shun", durable=True)
def unshun(call: Call, mask: str) -> None:
    """UNSHUN <user@host>: lifts a SHUN."""
    _lift(call, BanKind.MUTE, mask)


# --- setting and lifting -------------------------------------------------------------------------------------------


def _ban(call: Call, kind: BanKind, given: tuple[str | None, ...]) -> None:
    words = [one for one in given if one is not None]
    if not words:
        send_list(call, next(letter for letter, kinds in LETTERS.items() if kind in kinds))
        return
    is_forced = words[0].lower() == FORCE and len(words) > 1
    if is_forced:
        del words[0]
    seconds = 0
    if len(words) > 1 and _DURATION.fullmatch(words[0]):
        seconds = _seconds(call, words.pop(0))
    kind = _kind_of(kind, words[0])
    now = round(time.time(), 3)  # as the file has it: read again, it is the same ban
    reason = cut(" ".join(words[1:]), BAN_REASON_BYTES)
    ban = ServerBan(kind, words[0], reason, call.user.nick, now, round(now + seconds, 3) if seconds else 0.0)
    _require_sensible(call, ban, is_forced)
    enforcement.put(call.network, ban)
    lasting = f"for {_shown_span(seconds)}" if seconds else "without end"
    told = f"{call.user.nick} set a {enforcement.KINDS[kind]} on {ban.mask} {lasting}{ban.why}"
    announcements.notice(call.network, told, "b", call.user)


def _kind_of(kind: BanKind, mask: str) -> BanKind:
    return BanKind.CHANNEL if kind is BanKind.NICK and is_channel_type(mask) else kind


def _seconds(call: Call, span: str) -> int:
    """`90` minutes, or `1d2h`."""
    if span.isdigit():
        seconds = int(span) * 60
    else:
        seconds = sum(int(part[:-1]) * _UNITS[part[-1]] for part in re.findall(r"[0-9]+[wdhms]", span))
    if not 0 < seconds <= LONGEST_BAN_DAYS * _UNITS["d"]:
        most = f"1 second to {LONGEST_BAN_DAYS} days; leave it out for a ban without end"
        raise Refused(FAIL_REQUEST, call.request.verb, f"{span} is no duration: allowed are {most}")
    return seconds


def _shown_span(seconds: float) -> str:
    """`1d 2h`."""
    parts, rest = [], int(seconds)
    for letter, size in _UNITS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{letter}")
    return " ".join(parts) or "0s"


def _require_sensible(call: Call, ban: ServerBan, is_forced: bool) -> None:
    """Raises for what is no mask, what means (nearly) everybody unless that is forced, and who would ban itself."""
    problem = mask_problem(ban.kind, ban.mask)
    if not problem and len(ban.mask.encode()) > BAN_MASK_BYTES:
        problem = f"A mask has at most {BAN_MASK_BYTES} bytes"
    if not problem and not is_forced and _means_everybody(ban):
        problem = f"{ban.mask} means everybody; {call.request.verb} FORCE {ban.mask} if that is what you want"
    if not problem and enforcement.is_own(call.network, ban, call.session):
        problem = f"{ban.mask} means you as well"
    if problem:
        raise Refused(FAIL_REQUEST, call.request.verb, problem)


def _means_everybody(ban: ServerBan) -> bool:
    if ban.kind is BanKind.ADDRESS:
        return is_wide(ban.mask)
    return says_nothing(ban.mask.lstrip("#") or "*")


def _lift(call: Call, kind: BanKind, mask: str) -> None:
    kind = _kind_of(kind, mask)
    if enforcement.lift(call.network, kind, mask) is None:
        raise Refused(FAIL_REQUEST, call.request.verb, f"There is no {enforcement.KINDS[kind]} on {mask}")
    told = f"{call.user.nick} lifted the {enforcement.KINDS[kind]} on {mask}"
    announcements.notice(call.network, told, "b", call.user)


# --- lists ---------------------------------------------------------------------------------------------------------


def send_list(call: Call, letter: str) -> None:
    """The bans that STATS shows under a letter, and the end of it."""
    send_bans(call, letter)
    call.reply(RPL_ENDOFSTATS, letter)


def send_bans(call: Call, letter: str) -> None:
    """The bans that STATS shows under a letter."""
    for kind in LETTERS[letter]:
        for ban in call.network.bans.of_kind(kind):
            _send_ban(call, ban)


def _send_ban(call: Call, ban: ServerBan) -> None:
    said = f"{ban.reason or 'no reason'} (set by {ban.setter or 'hand'}{_ending(ban)})"
    if ban.kind is BanKind.USER:
        user, _, host = ban.mask.rpartition("@")
        call.reply(RPL_STATSKLINE, host, user, said)
    elif ban.kind is BanKind.ADDRESS:
        call.reply(RPL_STATSDLINE, ban.mask, said)
    elif ban.kind is BanKind.MUTE:
        call.reply(RPL_STATSSHUN, ban.mask, said)
    else:
        call.reply(RPL_STATSQLINE, ban.mask, said)


def _ending(ban: ServerBan) -> str:
    return f", ends in {_shown_span(max(1, ban.until - time.time()))}" if ban.until else ""


# --- at the door ---------------------------------------------------------------------------------------------------


def turned_away(call: Call, username: str) -> bool:
    """Whether a ban keeps the asker from becoming a user; then it was told so in its dialect, and is disconnected."""
    try:
        ban_policy.require_welcome(call.network, call.session, username)
    except Refused as refused:
        call.refuse(refused)
        registration.expel(call.network, call.session, f"Banned{refused.args_[0]}")
        return True
    return False
