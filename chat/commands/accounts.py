"""Accounts in JSON: AUTH, NWUA, REDY. Owns: how a CSP session becomes a user. Must not: hash under the lock."""

from chat.commands.account_registration import require_pace
from chat.commands.call import Call
from chat.commands.login import refuse_login, require_own_accounts, save_account, verified_account
from chat.commands.registry import CONNECTED, command, text, word
from chat.commands.server_bans import turned_away
from chat.commands.views import send_channel_views
from chat.state import accounts, entering, policy, registration
from chat.storage import passwords
from protocol.limits import PASSWORD_BYTES
from protocol.names import fold
from protocol.replies import (
    CSP_LOGGED_IN,
    CSP_READY,
    ERR_NICKNAMEINUSE,
    ERR_SASLFAIL,
    FAIL_REQUEST,
    FAIL_STATE,
)
from protocol.values import AnswerRow, Refused

_NAME_TAKEN = AnswerRow("200")
_WRONG_LOGIN = AnswerRow("200", channel="CC")


@command(csp_verb="REDY", stage=CONNECTED)
def redy(call: Call) -> None:
    """REDY: is the server there?"""
    call.answer(CSP_READY)


@command("", word("username"), text("password"), csp_verb="AUTH", stage=CONNECTED, failure=_WRONG_LOGIN, cost=3)
def auth(call: Call, name: str, secret: str) -> None:
    """AUTH: logs in."""
    _require_same_user(call, name)
    is_new = call.session.user is None
    if is_new and turned_away(call, name):
        return
    account = verified_account(call, name, secret)
    if account is None:
        refuse_login(call, name, Refused(ERR_SASLFAIL))
        return
    if is_new and not _enters(call, account):
        return
    call.session.login_failures = 0
    call.answer(CSP_LOGGED_IN)
    if is_new:
        send_channel_views(call)


@command("", word("username"), text("password"), csp_verb="NWUA", stage=CONNECTED, failure=_NAME_TAKEN, cost=3)
def nwua(call: Call, name: str, secret: str) -> None:
    """NWUA: makes a new account and logs in."""
    if call.session.user is not None:
        raise Refused(FAIL_STATE, "NWUA", f'state authenticated: you are logged in as "{call.user.nick}"')
    if turned_away(call, name):
        return
    _require_may_register(call, name, secret)
    _require_free(call, name)
    require_pace(call)
    with call.unlocked():
        hashed = passwords.hash_password(secret)
    if turned_away(call, name):
        return
    _require_free(call, name)  # somebody else may have come meanwhile
    accounts.create(call.network, name, hashed)
    save_account(call, name, None)
    if _enters(call, name):
        call.answer(CSP_LOGGED_IN)


def _require_same_user(call: Call, name: str) -> None:
    if call.session.user is not None and fold(name) not in (call.user.folded, fold(call.user.account)):
        raise Refused(FAIL_STATE, "AUTH", f'state authenticated: you are logged in as "{call.user.nick}"; QUIT first')


def _require_may_register(call: Call, name: str, secret: str) -> None:
    require_own_accounts(call)
    if not call.network.config.accounts.registration:
        raise Refused(FAIL_STATE, "NWUA", "New accounts are made by the operator of this server only")
    if call.network.config.password:  # CSP cannot give it, so an account is what lets a JSON user in
        raise Refused(FAIL_STATE, "NWUA", "This server has a password: its operator makes the accounts")
    policy.require_legal_nick(call.network, name)
    if not secret or len(secret.encode()) > PASSWORD_BYTES:
        raise Refused(FAIL_REQUEST, "NWUA", f"parameters.password: must have 1 to {PASSWORD_BYTES} bytes")


def _require_free(call: Call, name: str) -> None:
    """A name that is an account, or that somebody uses as a nick, is taken."""
    if accounts.is_taken(call.network, name) or call.network.users_of_account(name):
        raise Refused(ERR_NICKNAMEINUSE, name)
    policy.require_free_nick(call.network, name, name, call.session)


def _enters(call: Call, account: str) -> bool:
    """Whether the session got its user: a ban may have come while its password was looked at. In CSP the account's name
    is user name and nick; a number follows while somebody on another server has that nick who has a right to it."""
    if turned_away(call, account):
        return False
    network, nick = call.network, account
    holder = network.find_user(account)
    if holder is not None and holder.server is not None and holder.account:
        nick = registration.numbered_nick(network, account)
    entering.enter(network, call.session, nick, account, account, account)
    return True
