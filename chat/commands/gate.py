"""The one way from a request to its handler, for all dialects: stage, privilege, parameters, flood credit, response.

Owns: reading a command's row. Must not: know any verb. Everything here runs under the state lock.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from chat.commands.call import Call, SessionGone
from chat.commands.registry import COMMANDS, CONNECTED, Command, Parameter
from chat.state import policy, registration
from chat.state.session import Session
from chat.storage.errors import SaveFailed
from protocol import multiline
from protocol.irc import label_tag
from protocol.limits import LIST_COST
from protocol.names import fold
from protocol.replies import (
    ERR_NEEDMOREPARAMS,
    ERR_NOTREGISTERED,
    ERR_UNKNOWNCOMMAND,
    FAIL_INTERNAL,
    FAIL_MULTILINE_INVALID,
    FAIL_NOT_IN_A_GROUP,
    FAIL_REQUEST,
    FAIL_STATE,
    RPL_TRYAGAIN,
    WARN_NOT_SAVED,
)
from protocol.values import IN_BATCH, IRC, Batch, BatchLine, Flavour, Raw, Refused, Request, Sendable

log = logging.getLogger("parley.commands")
UNKNOWN_COST = 1


def run(call: Call, request: Request) -> float:
    """Handles one request; the seconds that its session must wait before the next one (flood control), mostly 0."""
    call.request = request
    call.lines = 0
    session = call.session
    session.received += 1
    if request.flavour is not None:
        _answer_in(session, request.flavour)
    row = COMMANDS[session.codec.dialect].get(request.verb)
    if row is None and request.verb == IN_BATCH:
        request = call.request = _out_of_batch(session, request)
        row = COMMANDS[session.codec.dialect].get(request.verb)
    call.row = row
    pause = _spend(call, _cost(row, request.params)) if call.network.limits.messages_per_second else 0
    try:
        if row is not None and row.durable:
            _run_durable(call, row)
        elif call.request.label is not None:
            _label(call, partial(_run, call, call.request, row))
        else:
            _run(call, call.request, row)
    except SessionGone:
        pass
    return pause


def _out_of_batch(session: Session, request: Request) -> Request:
    """A line with a batch tag is for BATCH to keep where the session has client batches; else the tag means nothing."""
    if multiline.CAPABILITY in session.capabilities or session.batches is not None:
        return Request("BATCH", request.params)
    line: BatchLine = request.params[0]
    return line.request


def _run(call: Call, request: Request, row: Command | None) -> None:
    try:
        if request.problem is not None:
            _refuse_gateway(call)
            _spoil_batch(call)
            raise request.problem
        if row is None:
            raise _unknown(call, request)
        if row.stage != CONNECTED or row.capability:
            _check_stage(call, row)
        call.network.command_counts[row.verb] += 1
        row.handler(call, *_bind(call, row, request.params))
    except Refused as refused:
        call.refuse(refused)
    except SessionGone:
        raise
    except Exception:
        log.exception("the handler of %s failed", request.verb)
        call.refuse(Refused(FAIL_INTERNAL, request.verb or "*"))


def _refuse_gateway(call: Call) -> None:
    """A web gateway names its client in the first line. When that cannot be read, the connection must not go on as the
    gateway's own, for which no limit holds."""
    session, admission = call.session, call.network.admission
    if session.received == 1 and session.codec.dialect.is_modern and admission.gateway_blocks(session.address):
        registration.expel(call.network, session, "The first line of a gateway has to be readable")
        raise SessionGone


def _unknown(call: Call, request: Request) -> Refused:
    """Unregistered clients learn only that they are that."""
    if call.session.user is None and not call.session.codec.dialect.has_states:
        return Refused(ERR_NOTREGISTERED)
    return Refused(ERR_UNKNOWNCOMMAND, request.verb)


def _check_stage(call: Call, row: Command) -> None:
    session = call.session
    if session.codec.dialect.has_states:
        _check_state(call, row)
    elif row.stage != CONNECTED and session.user is None and row.early not in session.capabilities:
        raise Refused(ERR_NOTREGISTERED)
    if row.capability and row.capability not in session.capabilities:
        raise _unknown(call, call.request)
    if row.privilege:
        policy.require_privilege(call.user, row.privilege)


def _bind(call: Call, row: Command, params: Any) -> list[Any]:
    """The handler's arguments; raises when one is missing or cannot be converted."""
    if type(params) is dict:
        params = [params.get(parameter.field) for parameter in row.parameters]
    values: list[Any] = []
    for parameter, value in zip(row.parameters, params, strict=False):
        if value or (value is not None and parameter.may_be_empty):
            if parameter.convert is not None:
                value = parameter.convert(call, value)
        else:
            value = None
        if value is None:
            _require_optional(call, row, parameter)
        values.append(value)
    for parameter in row.parameters[len(values) :]:
        _require_optional(call, row, parameter)
        values.append(None)
    return values


def _require_optional(call: Call, row: Command, parameter: Parameter) -> None:
    """Raises for a parameter that is not there and may not be left out."""
    if not parameter.is_optional:
        missing = parameter.missing if call.session.codec.dialect.names_what_is_missing else ERR_NEEDMOREPARAMS
        raise Refused(missing, *([row.verb] if missing.fields == ("command",) else []))


# --- versions and states -------------------------------------------------------------------------------------------


def _answer_in(session: Session, flavour: Flavour) -> None:
    """The session is answered in the version of its latest request."""
    if flavour is not session.flavour:
        session.flavour = flavour
        if session.user is not None:
            session.user.forget_audiences()


def _check_state(call: Call, row: Command) -> None:
    """The state machine of a CSP connection: connected -> authenticated -> in a group."""
    user = call.session.user
    if user is None:
        raise Refused(FAIL_STATE, row.verb, "state connected: AUTH or NWUA first; allowed are AUTH, NWUA, REDY")
    claimed = call.request.params.get("username")
    if claimed and fold(claimed) not in (user.folded, fold(user.account)):
        raise Refused(FAIL_REQUEST, row.verb, f'parameters.username: must be your own, "{user.nick}"')
    if row.in_group and not user.memberships:
        raise Refused(FAIL_NOT_IN_A_GROUP, row.verb)


# --- flood control -------------------------------------------------------------------------------------------------


def _cost(row: Command | None, params: Any) -> int:
    """What a request costs: a list counts as that many requests, so that JOIN of ninety channels is not one."""
    if row is None:
        return UNKNOWN_COST
    if row.list_at is None or type(params) is dict or len(params) <= row.list_at:
        return row.cost
    items: str = params[row.list_at]
    return row.cost + min(items.count(","), LIST_COST)


def charge(call: Call, cost: int) -> float:
    """Takes the cost of what was no request; the seconds that its session must wait."""
    return _spend(call, min(cost, LIST_COST), may_refuse=False) if call.network.limits.messages_per_second else 0.0


def _spend(call: Call, cost: int, may_refuse: bool = True) -> float:
    """Takes `cost` from the session's credit; the seconds until it would be positive again. A dialect that refuses
    floods has the request replaced by its refusal, if there is one."""
    session, limits = call.session, call.network.limits
    now = time.monotonic()
    most = max(limits.burst + limits.messages_per_second, cost)  # what costs more than the bucket holds still passes
    if session.credit_at:
        session.credit = min(most, session.credit + (now - session.credit_at) * limits.messages_per_second)
    else:
        session.credit = most
    session.credit_at = now
    if session.credit >= cost:
        session.credit -= cost
        return 0.0
    if may_refuse and session.codec.dialect.refuses_floods:
        call.request = call.request._replace(problem=Refused(RPL_TRYAGAIN, call.request.verb or "*"))
        return 0.0
    session.credit -= cost
    return -session.credit / limits.messages_per_second


# --- responses that are held together ------------------------------------------------------------------------------


def _run_durable(call: Call, row: Command) -> None:
    """The session sees nothing until what the handler changed is on disk; the order of what it sees stays as it is."""
    outbox = call.session.outbox
    changes = call.network.changes
    outbox.corked = True
    try:
        if call.request.label is not None:
            _label(call, partial(_run, call, call.request, row))
        else:
            _run(call, call.request, row)
        if call.network.changes != changes:
            _save(call)
    finally:
        outbox.corked = False
        call.network.writer.mark(outbox.alone)


def _save(call: Call) -> None:
    try:
        with call.unlocked():
            call.network.flush()
    except SaveFailed as failed:
        log.error("%s", failed)  # operators are told by housekeeping, which tries again
        call.refuse(Refused(WARN_NOT_SAVED, call.request.verb, failed.reason))


def respond(call: Call, request: Request, verb: str, action: Callable[[], None]) -> None:
    """Runs `action` as the response to `request`, an earlier one of the session, in the name of the IRC command `verb`:
    its label, and what the command says of refusals, hold for what `action` sends and raises."""
    around = call.request, call.row
    call.request, call.row = request, COMMANDS[IRC][verb]

    def attempt() -> None:
        try:
            action()
        except Refused as refused:
            call.refuse(refused)

    try:
        _label(call, attempt) if request.label is not None else attempt()
    finally:
        call.request, call.row = around


def _spoil_batch(call: Call) -> None:
    """A line that cannot be read came while a batch was open, so it was meant to be in it: a message with a gap is not
    sent."""
    batches = call.session.batches
    if batches is not None and batches.open is not None:
        start = batches.open.start
        batches.drop()
        why = Refused(FAIL_MULTILINE_INVALID, "A line could not be read; the message was dropped")
        respond(call, start, "BATCH", lambda: call.refuse(why))


def _label(call: Call, action: Callable[[], None]) -> None:
    """Collects what the request sends to its own session, to mark it as the response. A handler that takes the label
    off the request gives its response later."""
    session = call.session
    flavour = session.flavour  # a response is in the form that held when its request came: CAP REQ changes it
    around, session.collected = session.collected, []
    try:
        action()
    finally:
        items, session.collected = session.collected or [], around
    if session.outbox.closing:  # somebody else closed it meanwhile, its last line is out
        return
    if call.request.label is None:
        _push_all(call, flavour, items, None)
    elif session.codec.dialect.has_answers:
        _push_all(call, session.flavour, items, call.request.label)
    elif {"labeled-response", "batch"} <= flavour.capabilities:
        _respond(call, flavour, label_tag(call.request.label), items)
    else:
        _push_all(call, flavour, items, None)
    if session.is_closed:
        call.network.writer.close(session.outbox)


def _push_all(call: Call, flavour: Flavour, items: list[Sendable], extra: Any) -> None:
    for item in items:
        call.push(item, extra, flavour)


def _respond(call: Call, flavour: Flavour, label: str, items: list[Sendable]) -> None:
    """The label goes on the one line, on the start of the one batch, on a batch around several, or on an ACK (IRCv3
    labeled-response)."""
    session = call.session
    visible = [item for item in items if type(item) is Batch or session.encode(item, None, flavour)]
    if not visible:
        visible = [Raw("ACK")]
    elif len(visible) > 1:
        whole = Batch(call.network.new_batch(), "labeled-response")
        whole.items, visible = visible, [whole]
    call.push(visible[0], label, flavour)
