"""REDACT, which takes one message back (IRCv3 message-redaction), and FORGET, which erases all that an account said.

Owns: their grammar and answers. Must not: decide who may (`history_policy`).
"""

from chat.commands.call import Call
from chat.commands.history import read
from chat.commands.registry import command, optional, text, word
from chat.state import ban_policy, domain, history_policy, policy, redaction
from chat.state.history_policy import Place
from chat.storage.history_reading import Entry, HistoryFailed
from protocol import events
from protocol.fact_rules import is_account
from protocol.names import fold
from protocol.replies import (
    ERR_NEEDREGGEDNICK,
    FAIL_INTERNAL,
    FAIL_REDACT_FORBIDDEN,
    FAIL_REDACT_LATE,
    FAIL_REDACT_MSGID,
    FAIL_REDACT_TARGET,
    FAIL_REQUEST,
    NOTE_FORGOTTEN,
)
from protocol.values import Refused

_CAPABILITY = "draft/message-redaction"
_REDACTABLE = frozenset({"PRIVMSG", "NOTICE", "TAGMSG"})


@command("REDACT", word(), word(), optional(text()), capability=_CAPABILITY, cost=2)
def redact(call: Call, target: str, msgid: str, reason: str | None) -> None:
    """REDACT <channel or nick> <msgid> [:<reason>]: takes a message back."""
    place = _place(call, target)
    try:
        entry = read(call, lambda reader: reader.find(place.key, msgid))
    except HistoryFailed:
        raise Refused(FAIL_INTERNAL, "REDACT") from None
    if _place(call, target).key != place.key:  # the nick has gone to somebody else meanwhile
        raise Refused(FAIL_REDACT_TARGET, target)
    if entry is None or entry.kind not in _REDACTABLE or entry.time < place.since:
        raise Refused(FAIL_REDACT_MSGID, target, msgid)
    _require(call, place, entry)
    _publish(call, place, target, msgid, ban_policy.last_words(call.user, reason or ""))


def _place(call: Call, target: str) -> Place:
    place = history_policy.place_of(call.network, call.user, target)
    if place is None:
        raise Refused(FAIL_REDACT_TARGET, target)
    return place


def _require(call: Call, place: Place, entry: Entry) -> None:
    if not history_policy.may_redact(call.network, call.user, place, entry):
        raise Refused(FAIL_REDACT_FORBIDDEN, place.name, entry.msgid)
    if history_policy.is_too_late(call.network, call.user, entry):
        window = call.network.history.limits.redact_hours * 3600
        raise Refused(FAIL_REDACT_LATE, place.name, entry.msgid, str(window))


def _publish(call: Call, place: Place, target: str, msgid: str, reason: str) -> None:
    event = call.network.event(events.REDACT, call.user.source, place.name, reason, msgid)
    redaction.redact(call.network, call.session, place, target, event)


@command("FORGET", word(), cost=5)
def forget(call: Call, name: str) -> None:
    """FORGET <account>: erases everything that the account has said from the history, for everybody and for good; name
    your own account. IRC operators with the privilege "erase" may name any, also one that is no more."""
    user = call.user
    identity = fold(domain.localized(call.network, name))
    if not user.account and "erase" not in user.privileges:
        raise Refused(ERR_NEEDREGGEDNICK, "*")
    if identity != fold(user.account):
        policy.require_privilege(user, "erase")
    if not is_account(name):
        raise Refused(FAIL_REQUEST, "FORGET", "Name an account")
    with_former = identity != fold(user.account)  # who has the name now is not who had it before
    try:
        with call.unlocked():
            erased = call.network.history.erase(identity, with_former)
    except HistoryFailed:
        raise Refused(FAIL_INTERNAL, "FORGET") from None
    redaction.tell_erased(call.network, user, identity, with_former)
    call.reply(NOTE_FORGOTTEN, name, erased)
