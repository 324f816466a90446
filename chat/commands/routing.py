"""Commands that another server carries out: about a server that is named in them, or about a user who is elsewhere.

`@routed(place)` stands below `@command` where a parameter may name a server: by its name, a mask, or a nick on it.
`@at_home(place)` stands there where a parameter is a user, over whom the server decides that it is connected to. The
handler then runs there, as for an asker of its own: with the same checks, for which this server says what the asker may
do as an operator. Its replies come back, and are shown as that server's.
Owns: where a command goes, the wait, and running those of other servers. Must not: know the way (`chat.links.asking`).
"""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast

from chat.commands import gate
from chat.commands.call import Call
from chat.commands.registry import IRC_COMMANDS
from chat.state.delivery import Outbox
from chat.state.network import Network
from chat.state.servers import Server
from chat.state.session import Session
from chat.state.user import User
from protocol import facts
from protocol.codecs import IRC_CODEC
from protocol.limits import ASKED_REPLIES
from protocol.names import mask_matches
from protocol.replies import ERR_NOSUCHSERVER, ERR_UNKNOWNCOMMAND, FAIL_LATER, FAIL_REQUEST
from protocol.values import Batch, Refused, Reply, Request, Sendable

Handler = TypeVar("Handler", bound=Callable[..., None])
_ROUTED: set[Callable[..., None]] = set()  # the handlers that other servers may ask for


def routed(place: int, only_with: int | None = None) -> Callable[[Handler], Handler]:
    """Marks a handler whose parameter at `place` may name a server, `only_with`: where the one there is given, too. For
    this server, and without the parameter, it is called as ever; 402 for a server that there is not."""

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def run(call: Call, *given: Any) -> None:
            is_named = given[place] is not None and (only_with is None or given[only_with] is not None)
            found = destination(call.network, given[place]) if is_named else None
            if found is None:
                handler(call, *given)
            elif isinstance(found, User):
                assert found.server is not None
                ask(call, found.server, *given[:place], found, *given[place + 1 :])
            else:
                ask(call, found, *given[:place], found.name, *given[place + 1 :])

        _ROUTED.add(run)
        return cast(Handler, run)

    return decorate


def at_home(place: int, reaches_all: bool = False) -> Callable[[Handler], Handler]:
    """Marks a handler whose parameter at `place` is a user. `reaches_all`: it is also for those behind links that know
    no facts, such as lab users; the server that knows them last does it. For others it is refused then."""

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def run(call: Call, *given: Any) -> None:
            user: User = given[place]
            if not call.network.relay.is_ruled_here(user) and user.server is not None:
                ask(call, user.server, *given)
                return
            if user.server is not None and not reaches_all:
                why = f"{user.nick} is on {user.server.name}, which cannot be asked for that"
                raise Refused(FAIL_REQUEST, call.request.verb, why)
            handler(call, *given)

        _ROUTED.add(run)
        return cast(Handler, run)

    return decorate


def for_others(handler: Handler) -> Handler:
    """Marks a handler that asks other servers itself (`ask`), and does for them what they ask for."""
    _ROUTED.add(handler)
    return handler


def destination(network: Network, target: str) -> Server | User | None:
    """The server that `target` means, or the user on that server; None for this server, which also answers for users
    behind links that know no facts. Raises 402."""
    if mask_matches(target, network.name):
        return None
    named = network.servers.find(target)
    if named is not None:
        return named
    user = network.find_user(target) or network.users_by_id.get(target)
    if user is not None:
        return None if network.relay.is_ruled_here(user) else user
    return _nearest(network, target)


def _nearest(network: Network, mask: str) -> Server:
    """The nearest other server that a name or mask means. Raises 402."""
    nearest_first = sorted(network.servers, key=lambda server: (server.hops, server.folded))
    found = next((server for server in nearest_first if mask_matches(mask, server.name)), None)
    if found is None:
        raise Refused(ERR_NOSUCHSERVER, mask)
    return found


def require_here(call: Call, target: str | None) -> None:
    """Raises unless `target`, a name or mask, means this server, as None does: for what operators of other servers may
    not ask for, and what must not happen here when another server was meant."""
    if target is None or mask_matches(target, call.network.name):
        return
    server = call.network.servers.find(target) or _nearest(call.network, target)
    raise Refused(FAIL_REQUEST, call.request.verb, f"{server.name} is another server; ask an operator there")


# --- asking --------------------------------------------------------------------------------------------------------


def ask(call: Call, server: Server, *given: Any) -> None:
    """Has another server carry out the present command, with these parameters, and shows its replies. A server that is
    gone is 402; one that says nothing for a while is waited for no longer."""
    network, verb = call.network, call.request.verb
    question = None if call.is_remote else network.relay.inquire(server, call.user, verb, list(_words(given)))
    if question is None:
        why = f"{server.name} is reached by a link that carries no questions"
        raise Refused(FAIL_REQUEST, verb, why)
    try:
        with call.unlocked():
            question.wait()
    finally:
        network.relay.withdraw(question)
    for reply in question.replies:
        call.pass_on(reply)
    if question.is_too_long:
        raise Refused(FAIL_REQUEST, verb, f"{server.name} answers more than {ASKED_REPLIES} lines")
    if question.is_lost:
        raise Refused(ERR_NOSUCHSERVER, server.name)
    if not question.is_answered:
        raise Refused(FAIL_LATER, verb, f"{server.name} does not answer")


def _words(given: Iterable[Any]) -> Iterator[str]:
    """Parameters as a client would send them, users by their ids."""
    values = list(given)
    while values and values[-1] is None:
        values.pop()
    for value in values:
        if isinstance(value, User):
            yield value.uid
        else:
            yield ",".join(value) if isinstance(value, list) else value or ""


# --- being asked ---------------------------------------------------------------------------------------------------


class RemoteCall(Call):
    """The call of a user of another server: what is answered is collected."""

    __slots__ = ()
    is_remote = True

    def existing_user(self, nick: str, where: str = "") -> User:
        """As for any call; users go by their ids as well."""
        return self.network.users_by_id.get(nick) or super().existing_user(nick, where)


def answer(network: Network, server: Any, told: facts.Asked, asker: User) -> list[Reply]:
    """What this server replies to a command of somebody elsewhere: one that is routed, or it is unknown. `server`: as
    in `Call`. Called under the state lock."""
    row = IRC_COMMANDS.get(told.verb)
    if row is None or row.handler not in _ROUTED:
        return [Reply(ERR_UNKNOWNCOMMAND, (told.verb,))]
    session = _stand_in(network, asker)
    call = RemoteCall(network, session, server)
    call.waits = False
    around, asker.privileges = asker.privileges, frozenset(told.privileges)
    try:
        gate.run(call, Request(told.verb, list(told.params)))
    finally:
        asker.privileges = around
    return list(_replies(session.collected or []))


def _stand_in(network: Network, asker: User) -> Session:
    """A session without a connection, of which the asker knows nothing."""
    outbox = Outbox(None, network.limits.sendq, bytes)  # type: ignore[arg-type]  # nothing is ever sent
    session = Session(IRC_CODEC, outbox, network.writer, asker.address, network.name)
    session.registration, session.user, session.collected = None, asker, []
    return session


def _replies(items: Iterable[Sendable]) -> Iterator[Reply]:
    for item in items:
        if isinstance(item, Reply):
            yield item
        elif isinstance(item, Batch):
            yield from _replies(item.items)
