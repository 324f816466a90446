"""Accounts: logging in and out after registration, and changing what is kept of an account.

Owns: who is told of a login, and the changes of account records with the way back. Must not: hash (secrets come ready),
wait for the disk (the caller does, and takes a change back that did not get there), or word an answer.
"""

import time
from dataclasses import fields, replace

from chat.state import announcing, domain, membership, metadata, ownership, registration
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from chat.storage.passwords import Secret
from chat.storage.records import Account
from protocol import events
from protocol.facts import Erased
from protocol.names import fold
from protocol.replies import RPL_LOGGEDIN, RPL_LOGGEDOUT
from protocol.values import Reply

# --- who is logged in ----------------------------------------------------------------------------------------------


def log_in(network: Network, session: Session, account: str) -> None:
    """The user of `session` logs in, or switches account: its other sessions and who shares a channel are told, and
    channels give the ranks that are due. Somebody else may be logged in to the account: both stay who they are."""
    user = session.user
    assert user is not None
    is_same = fold(user.account) == fold(account)
    if not is_same:
        told = metadata.of(network, user)
        event = network.event(events.ACCOUNT, user.source, "", account)
        registration.log_out(network, user)
        user.log_in(account)
        network.note_login(user)
        announcing.account_changed(network, user, event)
        network.tell_neighbours(user, event, include_self=True)
        metadata.account_changed(network, user, told)
    for other in user.sessions:
        if other is not session and other.codec.dialect.is_modern:
            other.send(Reply(RPL_LOGGEDIN, (user.source.prefix, account)))
    for channel in list(user.memberships):
        membership.give_due_ranks(network, channel, user, session)


def log_out(network: Network, user: User, reason: str) -> None:
    """Takes `user` off its account; of another server, that one is asked to. Sessions in a dialect that knows nobody
    without one end, for `reason`."""
    if user.server is not None:
        network.relay.ask(user.server, "LOGOUT", user.uid, domain.qualified(network, user.account))
        return
    event, told = network.event(events.ACCOUNT, user.source), metadata.of(network, user)
    registration.log_out(network, user)
    announcing.account_changed(network, user, event)
    network.tell_neighbours(user, event, include_self=True)
    metadata.account_changed(network, user, told)
    for session in list(user.sessions):
        if session.codec.dialect.needs_account or network.config.accounts.required:
            registration.expel(network, session, reason)
        elif session.codec.dialect.is_modern:
            session.send(Reply(RPL_LOGGEDOUT, (user.source.prefix,)))


def drop_lost_accounts(network: Network) -> None:
    """Accounts were removed: whoever is logged in to one is logged out, or has to go where the dialect knows nobody
    without an account."""
    for user in list(network.users.values()):
        if user.account and not network.may_be_account(user.account):
            log_out(network, user, "Your account was removed")


# --- records -------------------------------------------------------------------------------------------------------


def is_taken(network: Network, name: str) -> bool:
    """Whether there is such an account, or somebody still depends on one that is being removed."""
    return network.find_account(name) is not None or fold(name) in network.leaving_accounts


def proof_of(network: Network, name: str) -> str:
    """What a login to the account has proved, "" where there is none: another password, or another account of that
    name, has another one."""
    account = network.find_account(name)
    return account.secret.argon2 if account is not None else ""


def is_same(network: Network, account: Account) -> bool:
    """Whether the account is there still, with the password that it had when `account` was looked up."""
    return proof_of(network, account.name) == account.secret.argon2


def _forget_proofs(network: Network, name: str) -> None:
    for session in network.sessions:
        if session.registration is not None and fold(session.registration.account) == fold(name):
            session.registration.account = ""


def create(network: Network, name: str, secret: Secret, email: str = "") -> None:
    """A new account. `take_back` undoes it, as the changes below."""
    network.account_store.put(Account(name, secret, time.time(), email))


def set_password(network: Network, account: Account, secret: Secret) -> None:
    """A new password: who has proved the old one, and is not registered yet, is logged in no more."""
    network.account_store.put(replace(account, secret=secret))
    _forget_proofs(network, account.name)


def set_email(network: Network, account: Account, email: str) -> None:
    """The mail address, "" for none."""
    network.account_store.put(replace(account, email=email))


def set_certificates(network: Network, account: Account, fingerprints: tuple[str, ...]) -> None:
    """The fingerprints of the certificates that log in to the account."""
    network.account_store.put(replace(account, certificates=fingerprints))


def take_back(network: Network, before: Account | None, after: Account | None) -> None:
    """Undoes a change that could not be saved: what was `before` is `after` no more. Either is None where there was no
    account. What others have changed of it meanwhile stays."""
    if after is None:
        if before is not None:
            network.account_store.put(before)
            network.leaving_accounts.discard(fold(before.name))
        return
    present = network.find_account(after.name)
    if present is None:
        return
    if before is None:
        network.account_store.remove(after.name)
        _forget_proofs(network, after.name)
        drop_lost_accounts(network)
        return
    names = [field.name for field in fields(Account) if getattr(before, field.name) != getattr(after, field.name)]
    own = {name: getattr(before, name) for name in names if getattr(present, name) == getattr(after, name)}
    network.account_store.put(replace(present, **own))


def of_certificate(network: Network, fingerprint: str) -> Account | None:
    """The account that a certificate logs in to."""
    if not fingerprint:
        return None
    known = (account for account in network.account_store.records() if fingerprint in account.certificates)
    return next(known, None)


def remove(network: Network, name: str) -> None:
    """Takes an account out of the store. Once that is on disk, `forget` ends what depended on it; nobody can register
    the name before."""
    network.account_store.remove(name)
    network.leaving_accounts.add(fold(name))
    _forget_proofs(network, name)


def forget(network: Network, name: str) -> None:
    """An account is gone for good: its users are logged out, and no channel knows it any more, so that who registers
    the name later inherits nothing."""
    for user in network.users_of_account(name):
        log_out(network, user, "Your account was removed")
    network.leaving_accounts.discard(fold(name))
    network.history.forget(fold(name))
    if network.relay.is_telling:
        network.relay.tell(Erased(network.name, domain.qualified(network, name), False, is_gone=True))
    for channel in list(network.channels.values()):
        ownership.forget_account(network, channel, name)


def forget_elsewhere(network: Network, account: str) -> None:
    """An account that was at home on another server is gone for good; its channels are that server's to change."""
    for user in network.users_of_account(account):
        if user.server is None:
            log_out(network, user, "Your account was removed")
    network.history.forget(fold(account))
