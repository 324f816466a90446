"""What a handler is given: the session that asks, the network, and the ways to answer.

Owns: answering in the asker's dialect. Must not: change state (handlers call `chat.state` for that).
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from chat.storage.errors import SaveFailed
from chat.storage.jsonstore import JsonStore
from protocol.csp import refusal
from protocol.irc import unfolded
from protocol.names import channel_of_group
from protocol.replies import (
    ERR_NEEDMOREPARAMS,
    ERR_NOSUCHCHANNEL,
    ERR_NOSUCHNICK,
    FAIL_NOT_SAVED,
    answer,
    payload_of,
)
from protocol.values import CSP_1_1, AnswerRow, Batch, Flavour, Refused, Reply, ReplyRow, Request, Sendable

if TYPE_CHECKING:
    from chat.commands.registry import Command

log = logging.getLogger("parley.commands")
LINES_AT_ONCE = 100  # of one response, between two looks at whether the client keeps up


class SessionGone(Exception):
    """The session was closed while its request was busy without the lock: there is nobody to go on for."""


class Call:
    """One per session, used again for each of its requests. `request` and `row` are the present one's."""

    __slots__ = ("lines", "network", "request", "row", "server", "session", "waits")
    is_remote = False  # whether somebody on another server asks: see `routing`

    def __init__(self, network: Network, session: Session, server: Any) -> None:
        self.network = network
        self.session = session
        self.server = server  # what only the process can do: see `server.Controls`
        self.request: Request
        self.row: Command | None = None
        self.lines = 0  # of the present response
        self.waits = True  # whether a long response waits for its client

    # --- who asks ----------------------------------------------------------------------------------------------

    @property
    def user(self) -> User:
        """The user that asks; only for commands that need registration."""
        user = self.session.user
        assert user is not None
        return user

    def existing_channel(self, name: str) -> Channel:
        """The channel of that name, a group name in CSP; raises 403."""
        name = channel_of_group(name) if self.session.codec.dialect.has_groups else name
        found = self.network.find_channel(name)
        if found is None:
            raise Refused(ERR_NOSUCHCHANNEL, name)
        return found

    def existing_user(self, nick: str, where: str = "") -> User:
        """The user with that nick; raises 401. `where` names the CSP parameter that held it."""
        found = self.network.find_user(nick)
        if found is None:
            raise Refused(ERR_NOSUCHNICK, nick, where=where)
        return found

    # --- answering ---------------------------------------------------------------------------------------------

    def reply(self, row: ReplyRow, *args: object) -> None:
        """An IRC reply; arguments in the order of the row's template. A long response goes no faster than the client
        takes it: the lock is given up now and then, so a handler that replies in a loop goes through a list of its own,
        and has told everybody of what it changed."""
        self.pass_on(Reply(row, tuple(map(str, args))))

    def pass_on(self, reply: Reply) -> None:
        """As `reply`, what another server has replied."""
        self.session.send(reply)
        self.lines += 1
        if self.lines % LINES_AT_ONCE == 0:
            self.wait_until_drained()

    def answer(self, row: AnswerRow, payload: object = None, **values: object) -> None:
        """A CSP answer; `username` is filled in where the row carries it. The next one waits until a list is taken."""
        if "username" in row.parameters and self.session.user is not None:
            values.setdefault("username", self.session.user.nick)
        self.session.send(answer(row, payload, **values))
        if isinstance(payload, list):
            self.wait_until_drained()

    def refuse(self, refused: Refused) -> None:
        """Tells that the request, or one part of it, was not done, and why."""
        if self.row is not None and self.row.is_silent:
            return
        reply = refused.reply
        if not self.session.codec.dialect.has_answers:
            self.session.send(reply)
            return
        payload = f"{refused.where}: {payload_of(reply)}" if refused.where else payload_of(reply)
        failure = self.row.failure if self.row is not None else None
        asked = self.request.params if isinstance(self.request.params, dict) else {}
        self.session.send(
            refusal(
                reply, payload, failure, refused.code, username=self.session.nick, chat_name=asked.get("chat_name", "")
            )
        )

    def each(self, items: Iterable[Any], handle: Callable[[Any], None]) -> None:
        """Handles every item of a list by itself: one that is refused does not stop the others."""
        for item in items:
            try:
                handle(item)
            except Refused as refused:
                self.refuse(refused)

    @property
    def is_newest_csp(self) -> bool:
        """Whether the request came in CSP 1.1."""
        return self.request.flavour is CSP_1_1

    @contextmanager
    def batch(self, kind: str, *params: str) -> Iterator[Batch]:
        """What is answered or sent to the asker inside of `with call.batch(kind, *params):` is one batch; bare lines
        for who has no `batch`. A response that is nothing but one batch takes the request's label on the start of it;
        inside of another batch it is nested. A refusal inside leaves a batch that holds nothing yet unsent, and
        follows a batch that holds something. The lines wait until the end, so answer nothing endless here."""
        session = self.session
        batch = Batch(self.network.new_batch(), kind, params)
        around, session.collected = session.collected, batch.items
        is_whole = False
        try:
            yield batch
            is_whole = True
        finally:
            session.collected = around
            if (is_whole or batch.items) and not session.outbox.closing:
                self._send_batch(batch)

    def _send_batch(self, batch: Batch) -> None:
        collected = self.session.collected
        if collected is not None:
            collected.append(batch)
        else:
            self.push(batch, None, self.session.flavour)

    def push(self, item: Sendable, extra: Any, flavour: Flavour) -> None:
        """Queues one item of a response, in `flavour`, with the tag text (the CSP id) `extra`; one that has many lines
        no faster than the client takes it."""
        for piece, tag in unfolded(item, flavour, extra):
            self.session.push(self.session.encode(piece, tag, flavour))
            self.lines += 1
            if self.lines % LINES_AT_ONCE == 0:
                self.wait_until_drained()

    def too_few_parameters(self) -> Refused:
        """461, to raise."""
        return Refused(ERR_NEEDMOREPARAMS, self.request.verb)

    def on_behalf_of(self, session: Session) -> "Call":
        """A call whose replies go to another session, in its own form, for which the asker does not wait."""
        other = Call(self.network, session, self.server)
        other.request, other.row, other.waits = self.request, None, False
        return other

    # --- slow work ---------------------------------------------------------------------------------------------

    @contextmanager
    def unlocked(self) -> Iterator[None]:
        """Gives the state lock up for slow work; what was read before must be checked again after. What others send to
        the session meanwhile is no part of its response. Raises SessionGone, which ends the request, when the session
        was closed meanwhile."""
        session = self.session
        collected, session.collected = session.collected, None
        try:
            with self.network.lock.unlocked():
                self.network.writer.wake()  # what was queued so far does not wait for the slow work
                yield
        finally:
            session.collected = collected
        if session.is_closed:
            raise SessionGone

    def wait_until_drained(self) -> None:
        """After a part of a long reply: waits, holding nothing, while the client has not taken what was sent."""
        outbox = self.session.outbox
        if not self.waits or outbox.corked or not outbox.is_behind:
            return
        with self.unlocked():
            outbox.slow_down()

    def save(self, store: JsonStore[Any], undo: Callable[[], None], then: Callable[[], None] = lambda: None) -> None:
        """Waits until what the handler changed in `store` is on disk. If that fails, `undo` takes it back; Refused says
        why, while which file it was is for the operators. `then`: what others depend on, which comes after whether or
        not the session is still there."""
        try:
            with self.unlocked():
                store.flush()
        except SaveFailed as failed:
            log.error("%s", failed)
            undo()
            self.network.notice_operators(f"{self.session.nick}: {self.request.verb}: {failed}")
            raise Refused(FAIL_NOT_SAVED, self.request.verb, failed.reason) from failed
        except SessionGone:
            then()
            raise
        then()
