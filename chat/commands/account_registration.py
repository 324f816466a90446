"""REGISTER and VERIFY: making an account (IRCv3 draft/account-registration). Owns: their grammar, and what they and
NickServ ask of an account's name, password and mail address. Must not: hash under the lock."""

import re

from chat.commands.call import Call
from chat.commands.login import log_in, require_hashing, save_account
from chat.commands.registry import CONNECTED, command, text, word
from chat.state import accounts, ban_policy, policy
from chat.storage import passwords
from protocol.limits import EMAIL_BYTES, NEW_ACCOUNTS_PER_MINUTE
from protocol.replies import (
    ERR_ERRONEUSNICKNAME,
    FAIL_ACCOUNT_EXISTS,
    FAIL_ALREADY_AUTHENTICATED,
    FAIL_BAD_ACCOUNT_NAME,
    FAIL_COMPLETE_CONNECTION_REQUIRED,
    FAIL_INVALID_CODE,
    FAIL_INVALID_EMAIL,
    FAIL_LATER,
    FAIL_NEED_NICK,
    FAIL_TEMPORARILY_UNAVAILABLE,
    FAIL_UNACCEPTABLE_PASSWORD,
    FAIL_WEAK_PASSWORD,
)
from protocol.values import Raw, Refused

_OWN = "*"  # as account: one's own nick; as mail address: none
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@.\x00-\x1f\x7f]+(?:\.[^\s@.\x00-\x1f\x7f]+)*\Z")


@command("REGISTER", word("account"), word("email"), text("password", may_be_empty=False), stage=CONNECTED, cost=5)
def register(call: Call, asked: str, email: str, secret: str) -> None:
    """REGISTER <account or *> <mail address or *> <password>: makes an account and logs in to it; * is your nick."""
    wanted = call.session.nick if asked == _OWN else asked
    _require_possible(call, "REGISTER", wanted)
    if call.session.nick == _OWN:
        raise Refused(FAIL_NEED_NICK)
    name = make_account(call, wanted, secret, email_of(wanted, email))
    call.session.send(Raw("REGISTER", ("SUCCESS", name, "The account was made; you are logged in"), has_text=True))
    log_in(call, name)


@command("VERIFY", word("account"), word("code"), stage=CONNECTED)
def verify(call: Call, account: str, code: str) -> None:
    """VERIFY <account> <code>: confirms an account, which no account needs here."""
    _require_possible(call, "VERIFY", account)
    raise Refused(FAIL_INVALID_CODE, account)


def _require_possible(call: Call, verb: str, asked: str) -> None:
    network, session = call.network, call.session
    pending = session.registration
    present = pending.account if pending is not None else call.user.account
    if present:
        raise Refused(FAIL_ALREADY_AUTHENTICATED, verb, asked, present)
    if pending is not None and network.config.password:
        raise Refused(FAIL_COMPLETE_CONNECTION_REQUIRED, verb)
    home = network.config.links.accounts
    if home:
        raise Refused(FAIL_TEMPORARILY_UNAVAILABLE, verb, asked, f"New accounts are made on {home}")
    if not network.config.accounts.registration:
        why = "New accounts are made by the operator of this server only"
        raise Refused(FAIL_TEMPORARILY_UNAVAILABLE, verb, asked, why)


def email_of(account: str, given: str) -> str:
    """The mail address to keep, "" for none (`*`); raises for what is none. Nothing is sent there."""
    if given == _OWN:
        return ""
    if not _EMAIL.match(given) or len(given.encode()) > EMAIL_BYTES:
        raise Refused(FAIL_INVALID_EMAIL, account)
    return given


def require_new_password(call: Call, account: str, secret: str) -> None:
    """Raises unless `secret` may be a new password."""
    least = call.network.config.accounts.password_characters
    if len(secret) < least:
        raise Refused(FAIL_WEAK_PASSWORD, account, str(least))
    problem = passwords.password_problem(secret)
    if problem is not None:
        raise Refused(FAIL_UNACCEPTABLE_PASSWORD, account, problem)


def require_pace(call: Call) -> None:
    """Raises when too many accounts were made from the asker's address lately, or too many passwords wait."""
    require_hashing(call)
    if not call.network.admission.may_make_account(call.session.address):
        why = f"At most {NEW_ACCOUNTS_PER_MINUTE} accounts a minute are made from one address; wait a minute"
        raise Refused(FAIL_LATER, call.request.verb, why, code="340")


def make_account(call: Call, name: str, secret: str, email: str) -> str:
    """Makes the account and returns its name once it is on disk."""
    network = call.network
    if call.session.user is not None:
        ban_policy.require_unmuted(call.session.user, name)
    _require_free_name(call, name)
    require_new_password(call, name, secret)
    require_pace(call)
    with call.unlocked():
        hashed = passwords.hash_password(secret)
    _require_free_name(call, name)  # somebody else may have come meanwhile
    accounts.create(network, name, hashed, email)
    save_account(call, name, None)
    return name


def _require_free_name(call: Call, name: str) -> None:
    """Neither an account nor somebody else's nick, so that nobody's nick is taken away by registering it."""
    network, session = call.network, call.session
    try:
        policy.require_legal_nick(network, name)
        if accounts.is_taken(network, name):
            raise Refused(FAIL_ACCOUNT_EXISTS, name)
        policy.require_free_nick(network, name, name, session.user or session)
    except Refused as refused:
        if refused.row is ERR_ERRONEUSNICKNAME:
            raise Refused(FAIL_BAD_ACCOUNT_NAME, name, refused.args_[1]) from None
        raise Refused(FAIL_ACCOUNT_EXISTS, name) from None
