"""What admins set in JSON: SETT UNBN. Owns: how the settings of a group are called, and their answers. Must not: change
a mode itself (`channel_modes`)."""

from collections.abc import Iterator
from typing import Any

from chat.commands.call import Call
from chat.commands.modes import change_modes
from chat.commands.registry import Parameter, channel, command, optional, word
from chat.state import domain, extbans, policy
from chat.state.channel import Channel
from protocol.modes import ModeChange
from protocol.names import fold, group_of_channel
from protocol.replies import CSP_SETTINGS, CSP_UNBANNED, FAIL_REQUEST
from protocol.values import Payload, Refused

_SWITCHES = {"invitation_only": "i", "moderated": "m", "secret": "s", "topic_by_admins": "t"}


@command("", channel(), optional(Parameter("settings")), csp_verb="SETT", in_group=True, durable=True)
def sett(call: Call, where: Channel, wanted: Payload | None) -> None:
    """SETT: tells or changes the settings of a group."""
    policy.require_member(call.user, where)
    if wanted:
        _require_key(where, wanted.get("key", ""))
        change_modes(call, where, list(_changes(where, wanted)))
    call.answer(CSP_SETTINGS, chat_name=group_of_channel(where.name), settings=_settings(where))


def _require_key(where: Channel, key: str) -> None:
    try:
        if key:
            policy.require_legal_key(where.name, key)
    except Refused as refused:
        raise Refused(refused.row, *refused.args_, where="parameters.settings.key", code="300") from None


def _changes(where: Channel, wanted: dict[str, Any]) -> Iterator[ModeChange]:
    """The modes that make the settings so."""
    if "key" in wanted:
        yield ModeChange(bool(wanted["key"]), "k", wanted["key"] or where.key or "*")
    if "limit" in wanted:
        yield ModeChange(bool(wanted["limit"]), "l", str(int(wanted["limit"])) if wanted["limit"] else None)
    for name, letter in _SWITCHES.items():
        if name in wanted:
            yield ModeChange(wanted[name], letter)


def _settings(where: Channel) -> Payload:
    switches = {name: letter in where.modes for name, letter in _SWITCHES.items()}
    bans = [entry.mask.removeprefix(extbans.ACCOUNT_BAN) for entry in where.lists["b"].values()]
    return {"key": where.key, "limit": where.limit, **switches, "banned": bans}


@command("", channel(), word("banned_user"), csp_verb="UNBN", in_group=True, durable=True)
def unbn(call: Call, where: Channel, name: str) -> None:
    """UNBN: lets somebody who was banned come back."""
    policy.require_member(call.user, where)
    mask = _ban_of(call, where, name)
    if mask is None:
        policy.require_admin(call.user, where)
        raise Refused(FAIL_REQUEST, "UNBN", f"parameters.banned_user: {name} is not banned")
    change_modes(call, where, [ModeChange(False, "b", mask)])
    call.answer(CSP_UNBANNED, f"{name} may come back", chat_name=group_of_channel(where.name), banned_user=name)


def _ban_of(call: Call, where: Channel, name: str) -> str | None:
    """The mask by which somebody is banned: as account, as nick, or as it stands there; the only account of that name
    when it is one of another server."""
    entries = where.lists["b"]
    account = domain.localized(call.network, name)
    masks = (f"{extbans.ACCOUNT_BAN}{account}", f"{name}!*@*", name)
    mask = next((mask for mask in masks if fold(mask) in entries), None)
    foreign = [folded for folded in entries if folded.startswith(fold(f"{extbans.ACCOUNT_BAN}{name}@"))]
    return foreign[0] if mask is None and len(foreign) == 1 else mask
