"""Groups in JSON: CHAT JOIN LEVE MSSG KICK BANN, and INVT TOPC RNAM of version 1.1. Owns: rules and answers."""

from chat.commands import services
from chat.commands.call import Call
from chat.commands.directory import require_visible
from chat.commands.registry import Parameter, channel, command, optional, text, word
from chat.commands.views import show_renamed, show_to_other_sessions
from chat.state import (
    announcing,
    ban_policy,
    domain,
    extbans,
    extension_policy,
    membership,
    messages,
    permanent,
    policy,
    ranks,
    renaming,
)
from chat.state.channel import Channel
from chat.state.user import User
from protocol import events
from protocol.limits import CSP_TEXT_BYTES
from protocol.names import channel_of_group, cut, fold, group_of_channel
from protocol.replies import (
    CSP_CREATED,
    CSP_INVITED,
    CSP_TOPIC,
    ERR_GROUP_EXISTS,
    ERR_NOSUCHNICK,
    ERR_NOTEXTTOSEND,
    FAIL_NOT_IN_A_GROUP,
    FAIL_REQUEST,
)
from protocol.values import AnswerRow, Refused

_NOT_CREATED = AnswerRow("230")
_NOT_JOINED = AnswerRow("240", ("username", "chat_name"), "CC")
_NOT_KICKED = AnswerRow("260", ("username",), "CC")
_NOT_BANNED = AnswerRow("250", ("username",), "CC")


@command("", word("chat_name"), csp_verb="CHAT", failure=_NOT_CREATED, cost=2)
def chat(call: Call, group: str) -> None:
    """CHAT: creates a group that stays, and makes you its admin and a member."""
    network, name = call.network, channel_of_group(group)
    policy.require_legal_channel(network, name)
    if network.find_channel(name) is not None:
        raise Refused(ERR_GROUP_EXISTS)
    policy.require_room(network, call.user, name)
    ban_policy.require_unreserved_channel(network, name, call.user)
    created = network.create_channel(name, call.session.codec.dialect.new_channel_modes + "P")
    created.admins.add(fold(call.user.account))
    permanent.remember(network, created)

    def undo() -> None:
        permanent.forget(network, created)
        created.modes.discard("P")
        network.forget_channel_if_empty(created)

    call.save(network.channel_store, undo)
    if fold(call.user.account) not in created.admins:  # it was made earlier on another server
        raise Refused(ERR_GROUP_EXISTS)
    announcing.channel_made(network, created)
    _leave_others(call, created)
    membership.join(network, call.session, name, "", tell_origin=False)
    call.session.groups.add(created.folded)
    call.answer(CSP_CREATED)
    show_to_other_sessions(call, created)


def _leave_others(call: Call, to: Channel) -> None:
    """In 1.0 one is in one group at a time: what this session joined before is left."""
    if call.is_newest_csp:
        return
    for folded in list(call.session.groups - {to.folded}):
        left = call.network.channels.get(folded)
        if left is not None and call.user in left.members:
            membership.part(call.network, call.user, left, "", call.session)
    call.session.groups.clear()


@command("", channel(), optional(word("key")), csp_verb="JOIN", failure=_NOT_JOINED)
def join(call: Call, where: Channel, key: str | None) -> None:
    """JOIN: enters a group."""
    network, session = call.network, call.session
    if call.user in where.members:
        _leave_others(call, where)
        session.groups.add(where.folded)
        session.send(network.event(events.JOIN, call.user.source, where.name))
        return
    policy.require_join(network, call.user, where, key or "")
    _leave_others(call, where)
    membership.join(network, session, where.name, key or "")
    session.groups.add(where.folded)
    show_to_other_sessions(call, where)


@command("", channel(), csp_verb="LEVE", in_group=True)
def leve(call: Call, where: Channel) -> None:
    """LEVE: leaves a group."""
    policy.require_member(call.user, where)
    membership.part(call.network, call.user, where, "", call.session)


@command("", optional(word("chat_name")), optional(word("recipient")), text("payload"), csp_verb="MSSG")
def mssg(call: Call, group: str | None, recipient: str | None, payload: str) -> None:
    """MSSG: says something to a group, or (1.1) to one user."""
    said = _without_own_name(call.user, payload)
    _require_text(said)
    if recipient is not None and not group:
        if services.deliver(call, events.PRIVMSG, recipient, said):
            return
        target = call.existing_user(recipient, "parameters.recipient")
        messages.to_user(call.network, call.session, events.PRIVMSG, target, said)
        return
    if not call.user.memberships:
        raise Refused(FAIL_NOT_IN_A_GROUP, "MSSG")
    where = call.existing_channel(group or "")
    policy.require_member(call.user, where)
    messages.to_channel(call.network, call.session, events.PRIVMSG, where, said)


def _require_text(said: str) -> None:
    if not said:
        raise Refused(ERR_NOTEXTTOSEND)
    if said.startswith("\x01") and not said.startswith(events.ACTION):  # CTCP, which no JSON member would see
        raise Refused(FAIL_REQUEST, "MSSG", "payload: must not begin with a control character")
    if len(said.encode()) > CSP_TEXT_BYTES:
        raise Refused(FAIL_REQUEST, "MSSG", f"payload: has more than {CSP_TEXT_BYTES} bytes")


def _without_own_name(user: User, payload: str) -> str:
    """The text without the `(alice) ` that a 1.0 client of alice, who may have logged in as Alice, writes in front."""
    if payload[:1] == "(":
        for name in (user.nick, user.account):
            mark = f"({name}) "
            if fold(payload[: len(mark)]) == fold(mark):
                return payload[len(mark) :]
    return payload


@command("", channel(), word("kicked_user"), csp_verb="KICK", failure=_NOT_KICKED, in_group=True)
def kick(call: Call, where: Channel, nick: str) -> None:
    """KICK: removes somebody from your group."""
    policy.require_admin(call.user, where)
    target = call.existing_user(nick, "parameters.kicked_user")
    ranks.require_kick(call.user, where, target)
    membership.kick(call.network, call.session, where, target, call.user.nick)


@command("", channel(), word("banned_user"), csp_verb="BANN", failure=_NOT_BANNED, in_group=True)
def bann(call: Call, where: Channel, name: str) -> None:
    """BANN: removes somebody from your group for good."""
    policy.require_admin(call.user, where)
    target = call.network.find_user(name)
    account = target.account if target is not None else _account_named(call, name)
    mask = f"{extbans.ACCOUNT_BAN}{account}" if account else f"{name}!*@*"
    if fold(mask) not in where.lists["b"]:
        policy.require_room_on_list(call.network, where, "b")
    for member in [user for user in where.members if extbans.mask_covers(mask, user)]:
        ranks.require_kick(call.user, where, member)
    network, setter, shown = call.network, call.user, account or name
    before = membership.add_ban(network, where, mask, setter)
    call.save(
        network.channel_store,
        lambda: membership.take_ban_back(network, where, mask, before),
        lambda: membership.tell_ban(network, call.session, setter, where, mask, shown),
    )


def _account_named(call: Call, name: str) -> str:
    """An account whose owner is not there, of this server or, as `alice@home.example`, of another; raises for none."""
    local = domain.localized(call.network, name)
    known = call.network.find_account(local)
    if known is None and not call.network.may_be_account(local):
        raise Refused(ERR_NOSUCHNICK, name, where="parameters.banned_user")
    return known.name if known is not None else local


# --- version 1.1 ---------------------------------------------------------------------------------------------------


@command("", channel(), word("invited_user"), csp_verb="INVT", in_group=True)
def invt(call: Call, where: Channel, nick: str) -> None:
    """INVT: lets somebody know of a group, and in."""
    target = call.existing_user(nick, "parameters.invited_user")
    policy.require_invite(call.user, where)
    policy.require_no_member(call.user, target, where)
    membership.invite(call.network, call.session, where, target)
    group = group_of_channel(where.name)
    call.answer(CSP_INVITED, events.invited_text(target.nick), chat_name=group, invited_user=target.nick)


@command(
    "", channel(), Parameter("topic", is_optional=True, may_be_empty=True), text("payload"),
    csp_verb="TOPC", durable=True,
)  # fmt: skip
def topc(call: Call, where: Channel, topic: str | None, payload: str) -> None:
    """TOPC: shows or sets the topic of a group."""
    require_visible(call, where)
    wanted = topic if topic is not None else payload or None
    if wanted is None:
        call.answer(CSP_TOPIC, where.topic.text, chat_name=group_of_channel(where.name))
        return
    policy.require_topic(call.user, where)
    membership.set_topic(call.network, call.session, where, wanted)


@command("", channel(), word("new_name"), text("payload"), csp_verb="RNAM", in_group=True, durable=True, cost=10)
def rnam(call: Call, where: Channel, name: str, reason: str) -> None:
    """RNAM: gives a group another name."""
    network, new = call.network, channel_of_group(name)
    extension_policy.require_rename(network, call.user, where, new)
    shown = cut(reason, network.limits.kick)
    show_renamed(call, where, renaming.rename(network, call.session, where, new, shown))
