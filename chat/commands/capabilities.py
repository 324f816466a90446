"""CAP and AUTHENTICATE: capability negotiation and SASL (IRCv3 capability-negotiation, sasl-3.2).

Owns: both conversations. Must not: know what a capability does.
"""

import base64
import binascii

from chat.commands.call import Call
from chat.commands.registration import complete_if_ready
from chat.commands.registry import CONNECTED, command, optional, text, word
from chat.state import offers, registration
from chat.state.offers import VALUES_SINCE
from chat.state.session import Session
from chat.storage import passwords
from protocol.capabilities import IMPLIED_BY_302, STRICT_TRANSPORT
from protocol.limits import AUTHENTICATE_BYTES, AUTHENTICATE_TOTAL_BYTES
from protocol.names import fold, pack
from protocol.replies import (
    ERR_INVALIDCAPCMD,
    ERR_SASLABORTED,
    ERR_SASLELSEWHERE,
    ERR_SASLFAIL,
    ERR_SASLTOOLONG,
    RPL_LOGGEDIN,
    RPL_SASLMECHS,
    RPL_SASLSUCCESS,
)
from protocol.values import Raw, Refused

_MECHANISMS = ("PLAIN",)


@command("CAP", word(), optional(text()), stage=CONNECTED)
def cap(call: Call, subcommand: str, argument: str | None = None) -> None:
    """CAP LS|LIST|REQ|END: negotiates capabilities."""
    handler = _SUBCOMMANDS.get(subcommand.upper())
    if handler is None:
        raise Refused(ERR_INVALIDCAPCMD, subcommand)
    handler(call, argument or "")


def _say(call: Call, subcommand: str, names: list[str], several_lines: bool) -> None:
    session = call.session
    texts = pack(names) if several_lines else [" ".join(names)]
    texts = texts or [""]
    for rest, text_ in enumerate(texts, 1 - len(texts)):
        more = ("*",) if rest < 0 else ()
        session.send(Raw("CAP", (session.nick, subcommand, *more, text_), has_text=True))


def _suspend(session: Session) -> None:
    """LS and REQ during registration hold it up until END."""
    if session.registration is not None:
        session.registration.is_negotiating = True


def _ls(call: Call, argument: str) -> None:
    session = call.session
    asked = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 9 else 0
    session.cap_version = max(session.cap_version, asked)
    _suspend(session)
    if session.cap_version >= VALUES_SINCE and IMPLIED_BY_302 not in session.capabilities:
        session.enable(session.capabilities | {IMPLIED_BY_302})
    with_values = asked >= VALUES_SINCE
    offered = offers.capabilities(call.network, session)
    names = [offers.shown(name, value, with_values) for name, value in offered.items()]
    _say(call, "LS", names, with_values)


def _list(call: Call, argument: str) -> None:
    _say(call, "LIST", sorted(call.session.capabilities), call.session.cap_version >= VALUES_SINCE)


def _req(call: Call, argument: str) -> None:
    """All or nothing; the answer is sent under the old state."""
    session = call.session
    _suspend(session)
    enabled = set(session.capabilities)
    requestable = offers.capabilities(call.network, session).keys() - {STRICT_TRANSPORT}
    acceptable = True
    for name in argument.split():
        capability = name.removeprefix("-")
        is_fixed = capability == IMPLIED_BY_302 and name != capability and session.cap_version >= VALUES_SINCE
        acceptable = acceptable and capability in requestable and not is_fixed
        (enabled.discard if name != capability else enabled.add)(capability)
    for text_ in pack(argument.split()) or [""]:
        session.send(Raw("CAP", (session.nick, "ACK" if acceptable else "NAK", text_), has_text=True))
    if acceptable:
        session.enable(frozenset(enabled))


def _end(call: Call, argument: str) -> None:
    pending = call.session.registration
    if pending is None:
        return
    pending.is_negotiating = False
    complete_if_ready(call)


_SUBCOMMANDS = {"LS": _ls, "LIST": _list, "REQ": _req, "END": _end}


# --- SASL ----------------------------------------------------------------------------------------------------------


@command("AUTHENTICATE", text(), stage=CONNECTED)
def authenticate(call: Call, argument: str) -> None:
    """AUTHENTICATE <mechanism or base64>: logs in to an account (SASL)."""
    session = call.session
    if "sasl" not in session.capabilities:
        raise Refused(ERR_SASLFAIL)
    if argument == "*":
        session.sasl = None
        raise Refused(ERR_SASLABORTED)
    if session.sasl is None:
        _choose_mechanism(call, argument)
        return
    if len(argument) > AUTHENTICATE_BYTES or sum(map(len, session.sasl)) > AUTHENTICATE_TOTAL_BYTES:
        session.sasl = None
        raise Refused(ERR_SASLTOOLONG)
    session.sasl.append("" if argument == "+" else argument)
    if len(argument) < AUTHENTICATE_BYTES:
        payload, session.sasl = "".join(session.sasl), None
        _plain(call, payload)


def _choose_mechanism(call: Call, name: str) -> None:
    if name.upper() not in _MECHANISMS:
        call.reply(RPL_SASLMECHS, ",".join(_MECHANISMS))
        raise Refused(ERR_SASLFAIL)
    call.session.sasl = []
    call.session.send(Raw("AUTHENTICATE", ("+",), from_server=False))


def _plain(call: Call, payload: str) -> None:
    """RFC 4616: authorization identity NUL account NUL password."""
    try:
        identity, name, secret = base64.b64decode(payload, validate=True).decode().split("\0")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Refused(ERR_SASLFAIL) from None
    if not name or not secret or (identity and fold(identity) != fold(name)):
        raise Refused(ERR_SASLFAIL)
    account = verified_account(call, name, secret)
    if account is None:
        raise Refused(ERR_SASLFAIL)
    _logged_in(call, account)


def verified_account(call: Call, name: str, secret: str) -> str | None:
    """The account's name in its own spelling when the password is right, else None; takes the same time either way."""
    account = call.network.find_account(name)
    with call.unlocked():
        if account is None:
            passwords.verify_against_nothing(secret)
            return None
        right = passwords.verify_password(account.secret.argon2, secret)
    return account.name if right and call.network.find_account(name) is not None else None


def _logged_in(call: Call, account: str) -> None:
    session = call.session
    pending = session.registration
    other = call.network.user_of_account(account)
    if pending is None and other is not None and other is not session.user:
        raise Refused(ERR_SASLELSEWHERE, other.nick)  # one account, one user: only a new connection can join it
    if pending is not None:
        pending.account = account
        username = pending.username or "*"
        mask = f"{session.nick}!{username}@{session.host}"
    else:
        mask = call.user.source.prefix
    call.reply(RPL_LOGGEDIN, mask, account)
    call.reply(RPL_SASLSUCCESS)
    if pending is None:
        registration.log_in(call.network, session, account)
