"""Channels in the IRC dialects: JOIN PART TOPIC NAMES LIST KICK INVITE KNOCK. Owns: their grammar and replies."""

import time
from itertools import zip_longest

from chat.commands.call import Call
from chat.commands.history_views import play_back, prepare_markers
from chat.commands.listing import listed, parse_conditions
from chat.commands.registry import Parameter, channel, command, optional, places, text, word, words
from chat.commands.views import send_join_replies, send_names, send_topic, show_renamed, show_to_other_sessions
from chat.state import ban_policy, extension_policy, membership, policy, ranks, renaming
from chat.state.channel import Channel
from protocol.limits import TARGETS
from protocol.names import cut, fold, pack
from protocol.replies import (
    ERR_NOSUCHCHANNEL,
    ERR_TOOMANYKNOCK,
    RPL_AWAY,
    RPL_ENDOFINVITELIST,
    RPL_ENDOFNAMES,
    RPL_INVITELIST,
    RPL_INVITING,
    RPL_KNOCKDLVR,
    RPL_LIST,
    RPL_LISTEND,
    RPL_LISTSTART,
    RPL_NAMREPLY,
)
from protocol.values import Refused


@command("JOIN", places(), optional(places("key")))
def join(call: Call, names: list[str], given: list[str] | None) -> None:
    """JOIN <channel>{,<channel>} [<key>{,<key>}]: enters channels; JOIN 0 leaves all."""
    if names == ["0"]:
        for left in list(call.user.memberships):
            membership.part(call.network, call.user, left, "", call.session)
        return
    wanted = [(name, key) for name, key in zip_longest(names, given or [], fillvalue="") if name]
    if not wanted:
        raise call.too_few_parameters()
    call.each(wanted, lambda pair: _join_one(call, *pair))


def _join_one(call: Call, name: str, key: str) -> None:
    policy.require_legal_channel(call.network, name)
    prepare_markers(call)  # first, so that what comes meanwhile does not come between the JOIN and what follows it
    joined = membership.join_or_forward(call.network, call.session, name, key)
    if joined is not None:
        show_to_other_sessions(call, joined)
        send_join_replies(call, joined)
        play_back(call, joined, list(call.user.sessions))


@command("PART", words(), optional(text()))
def part(call: Call, names: list[str], reason: str | None) -> None:
    """PART <channel>{,<channel>} [:<reason>]: leaves channels."""

    def leave(name: str) -> None:
        left = call.existing_channel(name)
        policy.require_member(call.user, left)
        said = ban_policy.last_words(call.user, reason or "")
        membership.part(call.network, call.user, left, said, call.session)

    call.each(names, leave)


@command("TOPIC", channel(), optional(text()), durable=True)
def topic(call: Call, where: Channel, wanted: str | None) -> None:
    """TOPIC <channel> [:<topic>]: shows or sets the topic; an empty one clears it."""
    if wanted is None:
        if not call.session.codec.dialect.shows_topic_outside or not policy.may_see_channel(call.user, where):
            policy.require_member(call.user, where)
        send_topic(call, where)
        return
    policy.require_topic(call.user, where)
    membership.set_topic(call.network, call.session, where, wanted)


@command("RENAME", word(), word(), optional(text()), durable=True, cost=10)
def rename(call: Call, old: str, name: str, reason: str | None) -> None:
    """RENAME <channel> <new name> [:<reason>]: gives a channel another name; its operators may."""
    where = call.existing_channel(old)
    extension_policy.require_rename(call.network, call.user, where, name)
    shown = cut(reason or "", call.network.limits.kick)
    show_renamed(call, where, renaming.rename(call.network, call.session, where, name, shown))


@command("NAMES", optional(words()))
def names(call: Call, wanted: list[str] | None) -> None:
    """NAMES [<channel>{,<channel>}]: lists members; in lab IRC, without a channel, everybody."""
    if wanted is None:
        _names_of_everything(call)
        return
    for name in wanted[: TARGETS["NAMES"]]:
        found = call.network.find_channel(name)
        if found is not None and policy.may_see_channel(call.user, found):
            send_names(call, found)
        elif call.session.codec.dialect.names_of_everything:
            call.refuse(Refused(ERR_NOSUCHCHANNEL, name))
        else:
            call.reply(RPL_ENDOFNAMES, name)


def _names_of_everything(call: Call) -> None:
    """Lab: every channel, then `*` for the users in none. Modern: nothing but the end."""
    if call.session.codec.dialect.names_of_everything:
        for found in list(call.network.channels.values()):
            if found.members:
                send_names(call, found, with_end=False)
        alone = [u for u in call.network.users.values() if not u.memberships]
        shown = (u.nick for u in alone if policy.may_see_user(call.network, call.user, u))
        for line in pack(shown):
            call.reply(RPL_NAMREPLY, "*", "*", line)
    call.reply(RPL_ENDOFNAMES, "*")


@command("LIST", optional(word()), optional(text()), cost=3)
def list_(call: Call, wanted: str | None, more: str | None) -> None:
    """LIST [<channels>] [<conditions>]: lists channels; conditions such as >5, <50, C<60, T>10, *mask*."""
    conditions = parse_conditions(f"{wanted or ''},{more or ''}")
    found = [c for c in call.network.channels.values() if policy.may_see_channel(call.user, c)]
    call.reply(RPL_LISTSTART)
    for row in listed(found, conditions, time.time()):
        call.reply(RPL_LIST, *row)
    call.reply(RPL_LISTEND)


@command("KICK", Parameter("channel", lambda call, value: value.split(",")), places("nick"), optional(text()))
def kick(call: Call, names: list[str], nicks: list[str], reason: str | None) -> None:
    """KICK <channel> <nick>{,<nick>} [:<reason>]: removes members; or as many channels as nicks, each from its own."""
    pairs = _kick_pairs(call, list(filter(None, names)), list(filter(None, nicks)))
    shown = cut(ban_policy.last_words(call.user, reason or "") or call.user.nick, call.network.limits.kick)

    def remove(pair: tuple[str, str]) -> None:
        where = call.existing_channel(pair[0])
        policy.require_rank(call.user, where, "h")
        target = call.existing_user(pair[1])
        ranks.require_kick(call.user, where, target)
        membership.kick(call.network, call.session, where, target, shown)

    call.each(pairs[: TARGETS["KICK"]], remove)


def _kick_pairs(call: Call, names: list[str], nicks: list[str]) -> list[tuple[str, str]]:
    """One channel and its nicks, or as many channels as nicks (RFC 2812 3.2.8). Without any right in the one channel,
    one answer is enough."""
    if len(names) == 1:
        policy.require_rank(call.user, call.existing_channel(names[0]), "h")
        nicks = list({fold(nick): nick for nick in nicks}.values())
        names = names * len(nicks)
    if not nicks or len(names) != len(nicks):
        raise call.too_few_parameters()
    return list(zip(names, nicks, strict=True))


@command("INVITE", optional(word()), optional(word()))
def invite(call: Call, nick: str | None, name: str | None) -> None:
    """INVITE <nick> <channel>: lets somebody in once in spite of +i; without parameters: your own invitations."""
    if nick is None:
        for invited_to in list(call.user.invitations.values()):
            call.reply(RPL_INVITELIST, invited_to.name)
        call.reply(RPL_ENDOFINVITELIST)
        return
    if name is None:
        raise call.too_few_parameters()
    target = call.existing_user(nick)
    where = call.existing_channel(name)
    policy.require_invite(call.user, where)
    policy.require_no_member(call.user, target, where)
    call.reply(RPL_INVITING, target.nick, where.name)
    membership.invite(call.network, call.session, where, target)
    if target.away is not None:
        call.reply(RPL_AWAY, target.nick, target.away)


@command("KNOCK", channel(), optional(text()), cost=3)
def knock(call: Call, where: Channel, said: str | None) -> None:
    """KNOCK <channel> [:<text>]: asks the operators of a channel that keeps you out for an invitation."""
    policy.require_knock(call.network, call.user, where)
    wait = membership.knock(call.network, call.user, where, cut(said or "please", call.network.limits.topic))
    if wait:
        raise Refused(ERR_TOOMANYKNOCK, where.name, str(wait))
    call.reply(RPL_KNOCKDLVR, where.name)
