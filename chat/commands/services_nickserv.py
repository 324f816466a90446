"""NickServ: accounts and nicks. Owns: its rows. Must not: do anything that a command could not (they share the state
operations), or hash under the lock."""

import re

from chat.commands.account_registration import email_of, make_account, require_new_password
from chat.commands.call import Call
from chat.commands.login import log_in, refuse_login, save_account, verified_account
from chat.commands.services import Say, refusal, service_command
from chat.state import accounts, domain, policy, registration
from chat.state.services import NICKSERV
from chat.state.user import User
from chat.storage import passwords
from chat.storage.records import Account, time_text
from protocol.limits import CERTIFICATES_PER_ACCOUNT
from protocol.names import fold

_FINGERPRINT = re.compile(r"[0-9a-f]{64}\Z")


def _require_own_accounts(call: Call) -> None:
    home = call.network.config.links.accounts
    if home:
        raise refusal(f"Accounts are made and changed on {home}, where they are kept")


def _own_account(call: Call) -> Account:
    _require_own_accounts(call)
    account = call.network.find_account(call.user.account)
    if account is None:
        raise refusal("Your account was removed")
    return account


def _require_own_session(call: Call) -> None:
    if call.session.codec.dialect.needs_account:
        raise refusal(f"You are logged in as {call.user.account}; QUIT to be somebody else")


# --- being logged in -----------------------------------------------------------------------------------------------


@service_command(NICKSERV, "REGISTER", "<password>", "[mail address]")
def register(call: Call, say: Say, secret: str, email: str | None) -> None:
    """makes an account with your nick as its name, and logs you in"""
    if call.user.account:
        raise refusal(f"You are logged in as {call.user.account}")
    _require_own_accounts(call)
    if not call.network.config.accounts.registration:
        raise refusal("New accounts are made by the operator of this server only")
    name = make_account(call, call.user.nick, secret, email_of(call.user.nick, email or "*"))
    log_in(call, name)
    say(f"The account {name} was made; you are logged in")


@service_command(NICKSERV, "IDENTIFY", "[account]", "<password>", aliases=("ID", "LOGIN"))
def identify(call: Call, say: Say, name: str | None, secret: str) -> None:
    """logs you in, without an account's name to the one that is called like your nick"""
    _require_own_session(call)
    account = _require_password(call, say, name or call.user.nick, secret)
    if account is not None:
        log_in(call, account)
        say(f"You are logged in as {account}")


def _require_password(call: Call, say: Say, name: str, secret: str) -> str | None:
    """The account's name when the password is right; None after having said that it is wrong."""
    account = verified_account(call, name, secret)
    if account is None:
        wrong = refusal(f"That is not the password of an account {name}")
        refuse_login(call, name, wrong, lambda refused: say(refused.args_[1]))
    return account


@service_command(NICKSERV, "LOGOUT", needs_login=True)
def logout(call: Call, say: Say) -> None:
    """logs you out, on all your connections"""
    _require_own_session(call)
    say(f"You are logged out of {call.user.account}")
    accounts.log_out(call.network, call.user, "Logged out")


# --- nicks ---------------------------------------------------------------------------------------------------------


@service_command(NICKSERV, "GHOST", "<nick>", "[password]")
def ghost(call: Call, say: Say, nick: str, secret: str | None) -> None:
    """disconnects who uses your nick, or another connection of your account that hangs"""
    if not _may_claim(call, say, nick, secret):
        return
    holder = call.existing_user(nick)
    if holder is call.user:
        raise refusal("That is you")
    _require_no_equal(call, holder)
    _disconnect(call, holder)
    say(f"{nick} was disconnected")


@service_command(NICKSERV, "RECOVER", "<nick>", "[password]", aliases=("REGAIN",))
def recover(call: Call, say: Say, nick: str, secret: str | None) -> None:
    """gives you your nick back: who uses it without your account gets another one"""
    if not _may_claim(call, say, nick, secret):
        return
    network, holder = call.network, call.network.find_user(nick)
    if holder is call.user:
        raise refusal("That is you")
    policy.require_legal_nick(network, nick)
    _require_no_equal(call, holder)
    since = 0
    if holder is not None and fold(holder.account) == fold(nick):
        _disconnect(call, holder)
    if holder is not None and network.find_user(nick) is holder:
        since = registration.rename_guest(network, holder, f"{call.user.nick} has taken the nick {nick} back")
    registration.free_own_nick(network, nick)
    policy.require_free_nick(network, nick, call.user.account or nick, call.user)
    registration.change_nick(network, call.user, nick, since)
    say(f"You are {nick} now")


def _require_no_equal(call: Call, holder: User | None) -> None:
    """Raises when who has the nick is logged in to another account, on another server, where it may have that nick."""
    if holder is None or holder.server is None or fold(holder.account) in ("", fold(call.user.account)):
        return
    home = domain.home_of(call.network, holder.account)
    raise refusal(f"{holder.nick} is logged in on {holder.server.name} to an account of {home}, and keeps the nick")


def _disconnect(call: Call, holder: User) -> None:
    why = f"GHOST by {call.user.nick}"
    if holder.server is not None:
        call.network.relay.ask(holder.server, "KILL", holder.uid, why)
    for session in list(holder.sessions):
        registration.expel(call.network, session, why)


def _may_claim(call: Call, say: Say, nick: str, secret: str | None) -> bool:
    """Whether `nick` is the asker's: by its login or by the password, which logs in. Raises, or says why not."""
    account = call.user.account
    holder = call.network.find_user(nick)
    if account and (fold(account) == fold(nick) or (holder is not None and fold(holder.account) == fold(account))):
        return True
    if secret is None or not call.network.may_be_account(nick):
        raise refusal(f"{nick} is not the name of your account; log in to it, or give its password")
    _require_own_session(call)
    name = _require_password(call, say, nick, secret)
    if name is not None:
        log_in(call, name)
    return name is not None


# --- the account ---------------------------------------------------------------------------------------------------


@service_command(NICKSERV, "INFO", "[account]")
def info(call: Call, say: Say, name: str | None) -> None:
    """tells about an account: since when it is there, who is logged in to it, and of your own all that is kept"""
    wanted = domain.localized(call.network, name or call.user.account or call.user.nick)
    account = call.network.find_account(wanted)
    users = call.network.users_of_account(wanted)
    if account is None and users:
        say(f"{wanted}: at home on {domain.home_of(call.network, wanted)}")
        say("on line as " + " ".join(user.nick for user in users))
        return
    if account is None:
        raise refusal(f"There is no account {name or call.user.nick}")
    say(f"{account.name}: made {time_text(account.created) or 'at an unknown time'}")
    say("on line as " + " ".join(user.nick for user in users) if users else "not on line")
    if policy.may_see_account(call.user, account.name):
        say(f"mail address: {account.email or 'none'}")
        say(f"certificates: {len(account.certificates)}")


@service_command(NICKSERV, "SET PASSWORD", "<old password>", "<new password>", needs_login=True)
def set_password(call: Call, say: Say, old: str, new: str) -> None:
    """sets the password of your account"""
    _require_own_accounts(call)
    name = call.user.account  # which another connection of the user may change meanwhile
    require_new_password(call, name, new)
    if _require_password(call, say, name, old) is None:
        return
    proof = accounts.proof_of(call.network, name)
    with call.unlocked():
        hashed = passwords.hash_password(new)
    account = call.network.find_account(name)
    if account is None or account.secret.argon2 != proof:
        raise refusal("The account was removed, or got another password, meanwhile")
    accounts.set_password(call.network, account, hashed)
    save_account(call, account.name, account)
    say(f"The password of {account.name} was set")


@service_command(NICKSERV, "SET EMAIL", "<mail address or *>", needs_login=True)
def set_email(call: Call, say: Say, email: str) -> None:
    """sets the mail address of your account, which only you and the operators see; * takes it away"""
    account = _own_account(call)
    accounts.set_email(call.network, account, email_of(account.name, email))
    save_account(call, account.name, account)
    say(f"The mail address of {account.name} was set")


@service_command(NICKSERV, "CERT ADD", "[fingerprint]", needs_login=True)
def cert_add(call: Call, say: Say, given: str | None) -> None:
    """lets the TLS certificate of this connection log in to your account (SASL EXTERNAL)"""
    fingerprint, account = _fingerprint(call, given), _own_account(call)
    if fingerprint != call.session.fingerprint:  # anybody could keep others from using theirs
        raise refusal("That is not the certificate of this connection; connect with it to add it")
    owner = accounts.of_certificate(call.network, fingerprint)
    if owner is not None:
        raise refusal("That certificate logs in to an account already")
    if len(account.certificates) >= CERTIFICATES_PER_ACCOUNT:
        raise refusal(f"An account has at most {CERTIFICATES_PER_ACCOUNT} certificates")
    accounts.set_certificates(call.network, account, (*account.certificates, fingerprint))
    save_account(call, account.name, account)
    say(f"{fingerprint} logs in to {account.name}")


@service_command(NICKSERV, "CERT DEL", "[fingerprint]", needs_login=True)
def cert_del(call: Call, say: Say, given: str | None) -> None:
    """has a certificate not log in to your account any more"""
    fingerprint, account = _fingerprint(call, given), _own_account(call)
    if fingerprint not in account.certificates:
        raise refusal("That certificate does not log in to your account")
    kept = tuple(known for known in account.certificates if known != fingerprint)
    accounts.set_certificates(call.network, account, kept)
    save_account(call, account.name, account)
    say(f"{fingerprint} does not log in to {account.name} any more")


@service_command(NICKSERV, "CERT LIST", needs_login=True)
def cert_list(call: Call, say: Say) -> None:
    """lists the certificates that log in to your account"""
    account = _own_account(call)
    for fingerprint in account.certificates:
        say(fingerprint)
    say(f"{len(account.certificates)} certificates log in to {account.name}")


def _fingerprint(call: Call, given: str | None) -> str:
    found = given.replace(":", "").lower() if given is not None else call.session.fingerprint
    if not found:
        raise refusal("This connection has no certificate; give the SHA-256 fingerprint of one")
    if not _FINGERPRINT.match(found):
        raise refusal("A fingerprint is SHA-256: 64 hexadecimal digits")
    return found


@service_command(NICKSERV, "DROP", "<password>", needs_login=True)
def drop(call: Call, say: Say, secret: str) -> None:
    """removes your account for good, and takes it off all channels"""
    _require_own_accounts(call)
    name = _require_password(call, say, call.user.account, secret)
    before = call.network.find_account(name) if name is not None else None
    if before is None:
        return

    def finish() -> None:
        say(f"The account {before.name} was removed")
        accounts.forget(call.network, before.name)

    accounts.remove(call.network, before.name)
    save_account(call, before.name, before, finish)
    call.save(call.network.channel_store, lambda: None)
