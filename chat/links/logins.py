"""Checking passwords for one another: a server may leave its logins to a named one, which has the accounts.

The password goes there over encrypted Parley links only: each server on the way looks at the next link before it sends
on, and says so if it does not. Wrong logins count on both ends, for the address that they come from.
Owns: the way there and back. Must not: keep which are open (`asking.Desk` does, as of all questions), or decide what a
login means on the server that asks (`chat.commands.login`).
"""

import logging
from typing import TYPE_CHECKING

from chat.links.inbound import Inbound, fact
from chat.state import accounts, domain
from chat.state.remote_logins import RemoteLogin, gone
from chat.storage import passwords
from chat.storage.records import Account
from protocol import facts
from protocol.addresses import subscriber_of
from protocol.limits import LOGINS_ASKED
from protocol.masking import escaped
from protocol.names import fold

if TYPE_CHECKING:
    from chat.links.peer import Peer
    from chat.links.tree import Tree

log = logging.getLogger("parley.accounts")
_BUSY = "Many log in just now; try again in a moment"


class Logins:
    """The logins that this server has others check, and those that it checks for others. Under the state lock."""

    def __init__(self, tree: "Tree") -> None:
        self._tree = tree
        self._network = tree.network

    # --- asking ------------------------------------------------------------------------------------------------

    def check(self, account: str, secret: str, address: str) -> RemoteLogin:
        """Asks the server that is configured; the answer may be there at once, when it cannot be asked."""
        home = self._network.config.links.accounts
        login, desk = RemoteLogin(home, f"{account}@{home}"), self._tree.desk
        is_busy = desk.count(RemoteLogin) >= LOGINS_ASKED
        told = facts.LoginAsked(desk.open(login), self._network.name, home, login.asked, secret, address)
        problem = _BUSY if is_busy else self._pass_on(told, None)
        if problem:
            login.refuse(problem)
            desk.withdraw(login)
        return login

    def _pass_on(self, told: facts.LoginAsked, coming_from: "Peer | None") -> str:
        """Sends a question on its way; "" or why not."""
        server = self._network.servers.find(told.to)
        if server is None or server.link is coming_from:
            return gone(told.to)
        peer: Peer = server.link
        if peer.protocol.carries_facts and not peer.session.is_secure:
            return _not_encrypted(self._network.name, peer.name)
        if not self._tree.answer(peer, told):
            return f"The way to {told.to}, which checks logins, leads over another kind of link"
        return ""

    # --- being asked -------------------------------------------------------------------------------------------

    def asked(self, told: facts.LoginAsked, peer: "Peer") -> None:
        """Passes a question on, or has the password checked."""
        if not peer.session.is_secure:
            problem = _not_encrypted(peer.name, self._network.name)
        elif fold(told.to) != fold(self._network.name):
            problem = self._pass_on(told, peer)
        else:
            problem = self._begin(told)
        if problem:
            self._answer(told, None, problem)

    def _begin(self, told: facts.LoginAsked) -> str:
        network, name = self._network, domain.localized(self._network, told.account)
        if not network.keeps_account(name):
            return f"{network.name} has no accounts of its own"
        if network.wrong_logins.are_too_many(name, _place(told)):
            return "Too many wrong logins lately; wait a minute"
        if passwords.are_many_waiting():
            return _BUSY
        account = network.find_account(name)
        stored = account.secret.argon2 if account is not None else ""
        passwords.verify_later(stored, told.password, lambda right: self._finish(told, name, account, right))
        return ""

    def _finish(self, told: facts.LoginAsked, name: str, account: Account | None, right: bool) -> None:
        """The password was looked at. In a thread that does not hold the lock."""
        network = self._network
        with network.lock:
            if right and account is not None and accounts.is_same(network, account):
                self._answer(told, account, "")
            else:
                network.wrong_logins.note(name, _place(told))
                self._answer(told, None, "")
                network.notice_operators(f"A login on {told.by} to {escaped(name)} failed", "l")
        network.writer.wake()
        if not right:
            log.info("a login on %s to %s failed", told.by, escaped(name))

    def _answer(self, told: facts.LoginAsked, account: Account | None, problem: str) -> None:
        """On the way back an answer has nothing that would need encryption."""
        server, name, metadata = self._network.servers.find(told.by), "", {}
        if account is not None:
            name, metadata = domain.qualified(self._network, account.name), dict(account.metadata)
        if server is not None:
            said = facts.LoginAnswered(told.number, self._network.name, told.by, name, problem, metadata)
            self._tree.answer(server.link, said)

    # --- being answered ----------------------------------------------------------------------------------------

    def answered(self, told: facts.LoginAnswered, peer: "Peer") -> None:
        """Passes an answer on, or takes it. Only the server that was asked says that a password is right."""
        if self._tree.desk.is_for_another(told, peer):
            return
        login = self._tree.desk.opened(told.number, RemoteLogin)
        if login is None or not (told.problem or _is_from(login, told)):
            log.debug("%s answers what nobody asked it", told.by)
            return
        login.take(told.account, told.problem, told.metadata)


def _is_from(login: RemoteLogin, told: facts.LoginAnswered) -> bool:
    """Whether the server that was asked answers, about the account that it was asked about."""
    return fold(told.by) == fold(login.server) and fold(told.account) in ("", fold(login.asked))


def _place(told: facts.LoginAsked) -> str:
    """From where somebody logs in, as wrong logins are counted: what another server says of an address is true of its
    own users alone, and shuts out nobody who logs in somewhere else."""
    return f"{subscriber_of(told.address)} on {fold(told.by)}"


def _not_encrypted(one: str, other: str) -> str:
    return f"The link between {one} and {other} is not encrypted, and passwords go over encrypted links only"


@fact(facts.LoginAsked)
def login_asked(inbound: Inbound, told: facts.LoginAsked) -> bool:
    """A server behind the peer wants a password checked."""
    inbound.server(told.by)
    inbound.tree.logins.asked(told, inbound.peer)
    return False


@fact(facts.LoginAnswered)
def login_answered(inbound: Inbound, told: facts.LoginAnswered) -> bool:
    """A server behind the peer has looked at a password, or not."""
    inbound.server(told.by)
    inbound.tree.logins.answered(told, inbound.peer)
    return False
