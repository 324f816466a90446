"""Who and what is there, in JSON: LIST WHOS WHOI. Owns: their entries, and how a long list is told in parts."""

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from chat.commands.call import Call
from chat.commands.registry import Parameter, channel, command, optional, word
from chat.commands.views import place_of, visible_members
from chat.state import policy
from chat.state.channel import Channel, Membership
from chat.state.user import User
from protocol import csp
from protocol.events import rfc3339
from protocol.limits import CSP_ENTRIES, CSP_HISTORY_BYTES
from protocol.modes import BOT, RANKS
from protocol.names import fold, group_of_channel
from protocol.replies import (
    CSP_GROUP_DETAILS,
    CSP_GROUPS,
    CSP_MEMBERS,
    CSP_USER,
    ERR_NO_GROUPS,
    ERR_NOSUCHCHANNEL,
)
from protocol.values import AnswerRow, Payload, Refused

_NO_GROUPS = AnswerRow("240", ("username",))
_LIMIT, _AFTER, _DETAILS = (Parameter(name, is_optional=True) for name in ("limit", "after", "details"))


class Part(NamedTuple):
    """What one answer tells of a list, and the name after which the rest comes, None at the end of the list."""

    entries: list[Any]
    next: str | None

    @property
    def parameters(self) -> dict[str, str]:
        """What the answer carries beside the entries."""
        return {} if self.next is None else {"next": self.next}


def part_of(call: Call, entries: Iterable[tuple[str, Any]], limit: float | None, after: str | None) -> Part:
    """The list as it is when it fits into one answer; else, and when `limit` or `after` ask for it, the part of it that
    comes after a name, in the order of the names. `entries` are pairs of name and what is told."""
    named = list(entries)
    room = room_for_answer(call)
    with call.unlocked():
        whole = limit is None and after is None and len(named) <= CSP_ENTRIES
        if whole and sum(csp.size(entry) for _, entry in named) <= room:
            return Part([entry for _, entry in named], None)
        ordered = sorted((fold(name), name, entry) for name, entry in named)
        if after is not None:
            ordered = [row for row in ordered if row[0] > fold(after)]
        return _first_of(ordered, int(limit or CSP_ENTRIES), room)


def _first_of(ordered: list[tuple[str, str, Any]], most: int, room: int) -> Part:
    """As many of the first as `most` and `room` bytes allow, but at least one."""
    taken: list[Any] = []
    last: str | None = None
    for _, name, entry in ordered:
        room -= csp.size(entry)
        if taken and (len(taken) == most or room < 0):
            return Part(taken, last)
        taken.append(entry)
        last = name
    return Part(taken, None)


def room_for_answer(call: Call) -> int:
    """Bytes for the list in one answer, which is one line: it must not be what overfills the client's queue."""
    return min(call.network.limits.sendq // 4, CSP_HISTORY_BYTES)


def require_visible(call: Call, where: Channel) -> None:
    """Raises for a group that the asker is not shown, as for one that is not there."""
    if not policy.may_see_channel(call.user, where):
        raise Refused(ERR_NOSUCHCHANNEL, where.name)


@command("", _LIMIT, _AFTER, _DETAILS, csp_verb="LIST", failure=_NO_GROUPS, cost=2)
def list_(call: Call, limit: float | None, after: str | None, details: bool | None) -> None:
    """LIST: the names of all groups."""
    shown = [c for c in call.network.channels.values() if policy.may_see_channel(call.user, c)]
    if not shown:
        raise Refused(ERR_NO_GROUPS)
    if not call.is_newest_csp:
        call.answer(CSP_GROUPS, [group_of_channel(c.name) for c in shown])
        return
    told = ((group_of_channel(c.name), _group(call, c) if details else group_of_channel(c.name)) for c in shown)
    part = part_of(call, told, limit, after)
    call.answer(CSP_GROUP_DETAILS if details else CSP_GROUPS, part.entries, **part.parameters)


def _group(call: Call, channel: Channel) -> Payload:
    return {
        "chat_name": group_of_channel(channel.name),
        "members": len(channel.members),
        "topic": channel.topic.text,
        "joined": call.user in channel.members,
    }


@command("", channel(), _LIMIT, _AFTER, _DETAILS, csp_verb="WHOS")
def whos(call: Call, where: Channel, limit: float | None, after: str | None, details: bool | None) -> None:
    """WHOS: the members of a group."""
    require_visible(call, where)
    form = _detailed_member if details else _member
    part = part_of(call, ((m.user.nick, form(m)) for m in visible_members(call, where)), limit, after)
    call.answer(CSP_MEMBERS, part.entries, chat_name=group_of_channel(where.name), **part.parameters)


def _member(member: Membership) -> Payload:
    return {"username": member.user.nick, "admin": member.is_operator, "away": member.user.away is not None}


def _detailed_member(member: Membership) -> Payload:
    more = {
        "away_text": member.user.away or "",
        "account": member.user.account,
        "ranks": "".join(letter for letter in RANKS if letter in member.ranks),
        "bot": BOT in member.user.modes,
    }
    return _member(member) | more


@command("", optional(word("user")), csp_verb="WHOI", cost=2)
def whoi(call: Call, name: str | None) -> None:
    """WHOI: about somebody who is here, or about yourself."""
    target = call.existing_user(name, "parameters.user") if name else call.user
    call.answer(CSP_USER, [_user(call, target)])


def _user(call: Call, user: User) -> Payload:
    idle = {} if user.server is not None else {"idle": int(time.time() - user.spoke_at)}  # only that server knows
    groups = [group_of_channel(c.name) for c, m in user.memberships.items() if policy.may_see_member(call.user, m)]
    return {
        "username": user.nick,
        "account": user.account,
        "realname": user.realname,
        "away": user.away is not None,
        "away_text": user.away or "",
        "operator": user.is_operator,
        "bot": BOT in user.modes,
        "groups": groups,
        "signed_on": rfc3339(user.signed_on),
        "server": place_of(call, user).name,
    } | idle
