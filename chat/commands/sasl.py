"""AUTHENTICATE: SASL with PLAIN, SCRAM-SHA-256 and EXTERNAL (IRCv3 SASL 3.1 and 3.2).

Owns: the conversation. Must not: know the messages of a mechanism (`protocol.sasl`), or who is told of a login
(`chat.state.accounts`).
"""

import secrets

from chat.commands.call import Call
from chat.commands.login import is_too_often, log_in, refuse_login, verified_account
from chat.commands.registry import CONNECTED, command, text
from chat.state import accounts, offers
from chat.storage import passwords
from protocol import sasl
from protocol.limits import AUTHENTICATE_BYTES
from protocol.names import fold
from protocol.replies import (
    ERR_SASLABORTED,
    ERR_SASLFAIL,
    ERR_SASLTOOLONG,
    RPL_SASLMECHS,
    RPL_SASLSUCCESS,
)
from protocol.sasl import Exchange, PayloadTooLong, SaslError, ScramServer
from protocol.values import Raw, Refused

_NONCE_BYTES = 18


@command("AUTHENTICATE", text(may_be_empty=False), stage=CONNECTED)
def authenticate(call: Call, argument: str) -> None:
    """AUTHENTICATE <mechanism, base64, + or *>: logs in to an account (SASL)."""
    session = call.session
    if "sasl" not in session.capabilities:
        raise Refused(ERR_SASLFAIL)
    exchange = session.sasl
    if argument == sasl.ABORT:
        session.sasl = None
        raise Refused(ERR_SASLABORTED)
    if exchange is None:
        _begin(call, argument.upper())
        return
    try:
        payload = exchange.feed(argument)
        if payload is not None:
            _STEPS[exchange.mechanism](call, exchange, payload)
    except PayloadTooLong:
        session.sasl = None
        raise Refused(ERR_SASLTOOLONG) from None
    except SaslError:
        _fail(call, exchange)
    except Refused as refused:  # the password was not looked at
        session.sasl = None
        call.refuse(refused)
        raise Refused(ERR_SASLFAIL) from None


def _begin(call: Call, mechanism: str) -> None:
    if len(mechanism) > AUTHENTICATE_BYTES:
        raise Refused(ERR_SASLTOOLONG)
    offered = offers.mechanisms(call.network)
    if mechanism not in offered:
        call.reply(RPL_SASLMECHS, ",".join(offered))
        raise Refused(ERR_SASLFAIL)
    call.session.sasl = Exchange(mechanism)
    _say(call, b"")


def _say(call: Call, payload: bytes) -> None:
    for piece in sasl.pieces(payload):
        call.session.send(Raw("AUTHENTICATE", (piece,), from_server=False))


def _succeed(call: Call, account: str) -> None:
    call.session.sasl = None
    log_in(call, account, RPL_SASLSUCCESS)


def _fail(call: Call, exchange: Exchange, name: str = "") -> None:
    call.session.sasl = None
    account = name or (exchange.scram.account if exchange.scram is not None else "an account")
    refuse_login(call, account, Refused(ERR_SASLFAIL))


def _is_other(identity: str, account: str) -> bool:
    """Whether somebody else's identity is asked for, which no account may have."""
    return bool(identity) and fold(identity) != fold(account)


# --- mechanisms ----------------------------------------------------------------------------------------------------


def _plain(call: Call, exchange: Exchange, payload: bytes) -> None:
    identity, name, secret = sasl.parse_plain(payload)
    account = None if _is_other(identity, name) else verified_account(call, name, secret)
    if account is None:
        _fail(call, exchange, name)
    else:
        _succeed(call, account)


def _external(call: Call, exchange: Exchange, payload: bytes) -> None:
    identity = sasl.parse_external(payload)
    account = accounts.of_certificate(call.network, call.session.fingerprint)
    if account is None or _is_other(identity, account.name):
        _fail(call, exchange, identity)
    else:
        _succeed(call, account.name)


def _scram(call: Call, exchange: Exchange, payload: bytes) -> None:
    """First message, final message, and the empty one after the server's signature."""
    scram = exchange.scram
    if scram is None:
        exchange.scram = scram = ScramServer(payload, secrets.token_urlsafe(_NONCE_BYTES))
        if is_too_often(call, scram.account):
            raise SaslError("too many wrong ones")
        if _is_other(scram.identity, scram.account):
            raise SaslError("another identity")
        account = call.network.find_account(scram.account)
        exchange.kept = account.secret.argon2 if account is not None else ""
        keys = account.secret.scram if account is not None else None
        _say(call, scram.challenge(passwords.credentials_of(scram.account, keys)))
        return
    account = call.network.find_account(scram.account)
    if (account.secret.argon2 if account is not None else "") != exchange.kept:
        raise SaslError("the account was dropped meanwhile, or has another password")
    if not scram.is_proved:
        _say(call, scram.signature(payload))
    elif payload or account is None:
        raise SaslError("not empty")
    else:
        _succeed(call, account.name)


_STEPS = {"PLAIN": _plain, "SCRAM-SHA-256": _scram, "EXTERNAL": _external}
