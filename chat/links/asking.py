"""Asking other servers for what only they can do, and doing what others ask for. Hop by hop, over Parley links alone.

A *question* (`Relay.inquire`) is a command of a user, who waits for what the other server replies: what VERSION or
STATS tell of a server, and commands about a user, which its home server carries out. A *request* (`Relay.ask`) is a
server's own, or comes from a link without privileges, and has no answer:

    KILL <uid> <comment>     ends a user            RENAME <uid> <nick>     takes a nick from a guest who still has it
    LOGOUT <uid> <account>   the account is gone    METADATA <uid> <key> [<value>], in one  sets what a user tells,
                                                                    for an operator

A login that another server checks has facts of its own (`chat.links.logins`), and is open here as any question.

Users on lab links and the like have no server that could be asked: the last one on the way that knows facts is asked
instead. An answer that comes twice, too late, from another server than the one asked, or for somebody else, is passed
over; whoever asked a server that is gone, or says nothing, is told so.
Owns: the way there and back, the requests, which questions are open. Must not: know a command (`answerer` does).
"""

import itertools
import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from chat.links.inbound import Inbound, Unknown, fact
from chat.state import accounts, domain, metadata, operators, registration
from chat.state.asking import Pending, Question
from chat.state.servers import Server
from chat.state.user import User
from protocol import facts
from protocol.facts import Fact
from protocol.limits import ASKED_REPLIES_AT_ONCE
from protocol.names import fold
from protocol.replies import TABLE
from protocol.values import Reply, Source

if TYPE_CHECKING:
    from chat.links.peer import Peer
    from chat.links.tree import Tree

log = logging.getLogger("parley.links")
Kind = TypeVar("Kind", bound=Pending)
Answerer = Callable[[facts.Asked, User], Iterable[Reply]]


def _nobody(told: facts.Asked, asker: User) -> Iterable[Reply]:
    return ()


class Desk:
    """The questions of this server that are open, and who answers those of others: `answerer`, under the state lock."""

    def __init__(self, tree: "Tree") -> None:
        self._tree = tree
        self._network = tree.network
        self._numbers = itertools.count(1 + secrets.randbelow(1 << 32))  # an answer may come after a restart
        self._open: dict[int, Pending] = {}
        self.answerer: Answerer = _nobody

    # --- asking ------------------------------------------------------------------------------------------------

    def request(self, server: Server, verb: str, params: Sequence[str], by: str) -> None:
        """Asks without an answer. Where facts go no further, this server does it itself."""
        user = self._network.users_by_id.get(by)
        privileges = tuple(sorted(user.privileges)) if user is not None else ()
        told = facts.Asked(0, by, server.name, verb, tuple(params), privileges)
        if not self._send(server, told):
            with self._tree.acting():
                self._do(told, self._source(by))

    def _source(self, by: str) -> Source:
        user, server = self._network.users_by_id.get(by), self._network.servers.find(by)
        return user.source if user is not None else server.source if server is not None else self._network.source

    def inquire(self, server: Server, user: User, verb: str, params: Sequence[str]) -> Question | None:
        """Asks for the answer to a command."""
        question, privileges = Question(server.name, user.uid), tuple(sorted(user.privileges))
        number, peer = self.open(question), server.link
        told = facts.Asked(number, user.uid, server.name, verb, tuple(params), privileges)
        if not self._send(server, told) and not peer.protocol.inquire(question, server, user, verb, params):
            self.withdraw(question)
            return None
        return question

    def open(self, question: Pending) -> int:
        """A question is asked: the number that its answer will have."""
        number = next(self._numbers)
        self._open[number] = question
        return number

    def opened(self, number: int, kind: type[Kind]) -> Kind | None:
        """The question of that kind whose answer has this number, if somebody still waits for it."""
        question = self._open.get(number)
        return question if isinstance(question, kind) else None

    def count(self, kind: type[Pending]) -> int:
        """How many of that kind are open."""
        return sum(isinstance(question, kind) for question in self._open.values())

    def withdraw(self, question: Pending) -> None:
        """Nobody waits for it any more."""
        self._open = {number: each for number, each in self._open.items() if each is not question}

    def lose(self, server: Server) -> None:
        """A server is gone: so are its answers."""
        for question in self._open.values():
            if fold(question.server) == server.folded:
                question.lose()

    def _send(self, server: Server, fact: Fact) -> bool:
        """Sends a fact on the way to a server; False when that is no way for facts."""
        return self._tree.answer(server.link, fact)

    # --- being asked -------------------------------------------------------------------------------------------

    def asked(self, told: facts.Asked, source: Source, peer: "Peer") -> None:
        """Passes a question on, or answers it."""
        if fold(told.to) != fold(self._network.name):
            server = self._network.servers.find(told.to)
            if server is None or server.link is peer or self._send(server, told):
                return
        with self._tree.acting():
            if told.number:
                self._answer(told)
            else:
                self._do(told, source)

    def _answer(self, told: facts.Asked) -> None:
        asker = self._network.users_by_id.get(told.by)
        if asker is None or asker.server is None:
            return
        rows = [(reply.row.name, *reply.args) for reply in self.answerer(told, asker)]
        for start in range(0, max(len(rows), 1), ASKED_REPLIES_AT_ONCE):
            part = tuple(rows[start : start + ASKED_REPLIES_AT_ONCE])
            is_last = start + ASKED_REPLIES_AT_ONCE >= len(rows)
            self._send(asker.server, facts.Answered(told.number, self._network.name, asker.server.name, part, is_last))

    def _do(self, told: facts.Asked, source: Source) -> None:
        """Carries a request out, of which nothing is left to do when the user is gone."""
        user = self._network.users_by_id.get(told.params[0]) if told.params else None
        do = _REQUESTS.get(told.verb)
        if do is None or len(told.params) != 2:
            log.debug("%s asked for %s, which this server does not know", source.prefix, told.verb)
        elif not self._may(told):
            log.warning("%s asked for %s, which is for IRC operators", source.prefix, told.verb)
        elif user is not None and self._tree.is_ruled_here(user):
            do(self, user, source, told.params[1])

    def _may(self, told: facts.Asked) -> bool:
        """Whether who asks is an IRC operator, as all servers know, with the privilege for what only those may."""
        needed, asker = _PRIVILEGES.get(told.verb), self._network.users_by_id.get(told.by)
        return needed is None or (asker is not None and bool(asker.operator) and needed in told.privileges)

    def _kill(self, user: User, source: Source, comment: str) -> None:
        operators.kill(self._network, source, user, comment)

    def _rename(self, user: User, source: Source, nick: str) -> None:
        if user.server is None and user.folded == fold(nick):
            registration.rename_guest(self._network, user, f"The nick {nick} belongs to an account of another server")

    def _log_out(self, user: User, source: Source, account: str) -> None:
        home = account.partition("@")[2]
        if user.account and fold(home) == fold(source.nick) and domain.is_called(self._network, user.account, account):
            accounts.forget_elsewhere(self._network, user.account)

    def _set_metadata(self, user: User, source: Source, text: str) -> None:
        key, space, value = text.partition(" ")
        metadata.set_for(self._network, user, key, value if space else None)

    # --- being answered ----------------------------------------------------------------------------------------

    def is_for_another(self, told: facts.Answered | facts.LoginAnswered, peer: "Peer") -> bool:
        """Whether an answer is for another server; then it is passed on."""
        if fold(told.to) == fold(self._network.name):
            return False
        server = self._network.servers.find(told.to)
        if server is not None and server.link is not peer:
            self._send(server, told)
        return True

    def answered(self, told: facts.Answered, peer: "Peer") -> None:
        """Passes an answer on, or takes it."""
        if self.is_for_another(told, peer):
            return
        question = self.opened(told.number, Question)
        if question is None or not self._answers_for(told.by, question.server):
            log.debug("%s answers what nobody asked it", told.by)
            return
        question.take(_readable(told.replies, told.by), told.is_last)

    def _answers_for(self, name: str, asked: str) -> bool:
        """Whether the server called `name` is the one that was asked, or one on the way there."""
        server = self._network.servers.find(asked)
        while server is not None and server.folded != fold(name):
            server = server.uplink
        return server is not None


def _readable(rows: Iterable[tuple[str, ...]], server: str) -> Iterable[Reply]:
    """The replies among the rows: another version of the server may have some that this one does not know."""
    for name, *args in filter(None, rows):
        row = TABLE.get(name)
        if row is not None and len(args) == len(row.fields):
            yield Reply(row, tuple(args), server)


_PRIVILEGES = {"METADATA": "metadata"}
_REQUESTS: dict[str, Callable[[Desk, User, Source, str], None]] = {
    "KILL": Desk._kill,
    "LOGOUT": Desk._log_out,
    "METADATA": Desk._set_metadata,
    "RENAME": Desk._rename,
}


@fact(facts.Asked)
def asked(inbound: Inbound, told: facts.Asked) -> bool:
    """A question or request of a user or server behind the peer."""
    try:
        inbound.tree.desk.asked(told, inbound.source(told.by), inbound.peer)
    except Unknown:
        log.debug("%s is gone, and so is its question", told.by)
    return False


@fact(facts.Answered)
def answered(inbound: Inbound, told: facts.Answered) -> bool:
    """An answer of a server behind the peer."""
    try:
        inbound.server(told.by)
    except Unknown:
        return False
    inbound.tree.desk.answered(told, inbound.peer)
    return False
