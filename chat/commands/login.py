"""Logging in, whatever the command: SASL, PASS, NickServ, AUTH. Owns: checking a password, what a wrong login costs,
what a right one is answered with. Must not: define a command, or hash under the lock."""

import logging
import time
from collections.abc import Callable

from chat.commands.call import Call
from chat.state import accounts, domain, registration
from chat.storage import passwords
from chat.storage.records import Account
from protocol import limits
from protocol.masking import escaped
from protocol.names import fold, is_nick
from protocol.replies import FAIL_LATER, FAIL_STATE, RPL_LOGGEDIN
from protocol.values import Refused, ReplyRow

log = logging.getLogger("parley.accounts")


def verified_account(call: Call, name: str, secret: str) -> str | None:
    """The account's name in its own spelling when the password is right, else None; takes the same time either way. Not
    even looked at after too many wrong logins, or while too many passwords wait to be hashed, which is Refused."""
    require_hashing(call)
    if is_too_often(call, name):
        return None
    if call.network.config.links.accounts:
        return _verified_elsewhere(call, domain.localized(call.network, name), secret)
    account = call.network.find_account(domain.localized(call.network, name))
    with call.unlocked():
        if account is None:
            passwords.verify_against_nothing(secret)
            return None
        right = passwords.verify_password(account.secret.argon2, secret)
    return account.name if right and accounts.is_same(call.network, account) else None


def _verified_elsewhere(call: Call, name: str, secret: str) -> str | None:
    """As `verified_account`, by the server that has the accounts; Refused when that cannot be asked."""
    network = call.network
    if not is_nick(name, limits.NETWORK_NICK_CHARACTERS) or passwords.password_problem(secret) is not None:
        return None  # no account has such a name or password
    login = network.relay.check_login(name, secret, call.session.address)
    try:
        with call.unlocked():
            login.wait()
    finally:
        network.relay.withdraw(login)
    if login.problem:
        raise Refused(FAIL_LATER, call.request.verb, login.problem, code="340")
    account = domain.localized(network, login.account)
    if account:
        network.fetched_metadata[fold(account)] = login.metadata
    return account or None


def require_own_accounts(call: Call) -> None:
    """Raises where the accounts, and all that is kept of them, are on another server."""
    home = call.network.config.links.accounts
    if home:
        raise Refused(FAIL_STATE, call.request.verb, f"Accounts are made and changed on {home}, where they are kept")


def is_too_often(call: Call, name: str) -> bool:
    """Whether there were too many wrong logins for this one to be looked at. In IRC that is told before the refusal; in
    JSON, which knows no words beside one, it is Refused (code 340)."""
    network, session = call.network, call.session
    if network.admission.is_exempt(session.address) or not network.wrong_logins.are_too_many(name, session.address):
        return False
    if session.codec.dialect.has_answers:
        raise Refused(FAIL_LATER, call.request.verb, "Too many wrong logins lately; wait a minute", code="340")
    network.notice(session, "Too many wrong logins lately; wait a minute")
    return True


def require_hashing(call: Call) -> None:
    """Raises while so many passwords wait to be hashed that one more had better come later."""
    if passwords.are_many_waiting():
        raise Refused(FAIL_LATER, call.request.verb, "Many log in just now; try again in a moment", code="340")


def log_in(call: Call, account: str, confirmation: ReplyRow | None = None) -> None:
    """900, the confirmation, and then what others and the channels are told, if registration is complete."""
    session = call.session
    pending = session.registration
    if pending is None:
        mask = call.user.source.prefix
    else:
        pending.account, pending.proof = account, accounts.proof_of(call.network, account)
        mask = f"{session.nick}!{pending.username or '*'}@{session.host}"
    session.login_failures = 0
    if session.codec.dialect.is_modern:
        call.reply(RPL_LOGGEDIN, mask, account)
    if confirmation is not None:
        call.reply(confirmation)
    if pending is None:
        accounts.log_in(call.network, session, account)


def _note_failure(call: Call, name: str) -> None:
    """Counts a wrong login, and has the log and the operators know of it."""
    who = escaped(f"{call.session.nick} ({call.session.address})")
    account = escaped(name)[: limits.LABEL_BYTES]
    log.info("a login of %s to %s failed", who, account)
    call.network.notice_operators(f"A login of {who} to {account} failed", "l")
    call.network.wrong_logins.note(name, call.session.address)


def refuse_login(call: Call, name: str, refused: Refused, answer: Callable[[Refused], None] | None = None) -> None:
    """Answers a wrong login: each one later than the one before, the last one with the end of the connection. `answer`:
    how it is told, where that is not as usual."""
    session = call.session
    _note_failure(call, name)
    is_slowed = call.network.wrong_logins.are_many_from(session.address)
    delay = (session.login_failures + is_slowed) * limits.LOGIN_DELAY_SECONDS
    session.login_failures += 1
    if delay:
        with call.unlocked():
            time.sleep(delay)
    (answer or call.refuse)(refused)
    if session.login_failures >= limits.LOGIN_FAILURES:
        registration.expel(call.network, session, "Too many wrong logins")


def save_account(call: Call, name: str, before: Account | None, then: Callable[[], None] = lambda: None) -> None:
    """Waits until a change of an account is on disk; if that fails it is taken back, and Refused says why. `before`:
    the record before the change, None for a new account. `then`: see `Call.save`."""
    network, after = call.network, call.network.find_account(name)
    call.save(network.account_store, lambda: accounts.take_back(network, before, after), then)
