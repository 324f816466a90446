"""Who is an IRC operator: becoming one, and what a new configuration means for those who are. Owns: the conditions of
an operator block, granting and taking. Must not: check a password, or read the configuration's file."""

from collections.abc import Sequence

from chat.state import announcements, announcing, registration, user_modes
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from chat.storage.settings import OperatorBlock
from protocol import events, facts
from protocol.addresses import user_host_covers
from protocol.limits import LIST_REPLY_BYTES, OPER_TRIES
from protocol.names import cut, fold
from protocol.values import Source


def find_block(network: Network, name: str) -> OperatorBlock | None:
    """The operator block of that name, in any case of letters."""
    return next((block for block in network.config.operators if fold(block.name) == fold(name)), None)


def obstacle(block: OperatorBlock, session: Session, user: User) -> str:
    """Why a connection may not use a block, apart from the password; "" when it may. What counts for `hosts` is the
    address, and a host for which a gateway vouches."""
    if block.tls_only and not session.is_secure:
        return "not by TLS"
    if block.certificate and block.certificate != session.fingerprint:
        return "another certificate, or none"
    hosts = {session.address, session.vouched_host}
    if block.hosts and not any(user_host_covers(mask, user.username, hosts) for mask in block.hosts):
        return "from another host"
    return ""


def obstacle_elsewhere(block: OperatorBlock, user: User, here: Session) -> str:
    """Why the user's other connections keep it from using a block: what it may do, and the notices that it gets, are
    those of all of them."""
    return next(filter(None, (obstacle(block, session, user) for session in user.sessions if session is not here)), "")


def review_company(network: Network, user: User, newcomer: Session) -> None:
    """Before a connection joins a user: an operator whose block does not allow that connection is none any more."""
    block = find_block(network, user.operator) if user.is_operator else None
    why = obstacle(block, newcomer, user) if block is not None else ""
    if why:
        _take(network, user, f"another connection of it has come: {why}")


def grant(network: Network, user: User, block: OperatorBlock) -> None:
    """Makes `user` the operator of a block, who gets the block's server notices; its sessions get the MODE line, which
    says +o and nothing else (Modern IRC, OPER)."""
    user.operator, user.privileges, user.subjects = block.name, block.privileges, block.notices
    if user.is_operator:  # of another block until now
        user_modes.announce(network, user)
    user_modes.change(network, user, user.modes | {user_modes.OPERATOR})


def note_failure(network: Network, session: Session, user: User, name: str, why: str) -> None:
    """A try to become an operator failed: the operators are told, and who tries too often is disconnected."""
    session.wrong_opers += 1
    network.notice_operators(f"{user.source.prefix} [{session.address}] failed to become {name}: {why}", "o")
    if session.wrong_opers >= OPER_TRIES:
        registration.expel(network, session, "Too many wrong OPER tries")


def _take(network: Network, user: User, why: str) -> None:
    user_modes.change(network, user, user.modes - {user_modes.OPERATOR})
    announcements.notice(network, f"{user.source.prefix} is no operator any more: {why}", "o")


def kill(network: Network, killer: Source, user: User, comment: str, asker: User | None = None) -> None:
    """Disconnects a user of this server. One behind a link that knows no facts, such as a lab user, is taken out of the
    network for everybody else, and what it says is heard by nobody here any more; only some of those links have a word
    by which its own server can be told. `asker`: the operator who does it."""
    reason = f"Killed ({killer.nick} ({cut(comment, LIST_REPLY_BYTES)}))"
    event = network.event(events.KILL, killer, user.nick, comment)
    for session in list(user.sessions):
        session.send(event)
    announcements.notice(network, f"{killer.nick} killed {user.source.prefix}: {comment}", "k", asker)
    if user.server is not None:
        _take_out(network, killer, user, comment, reason)
    gone = network.event(events.QUIT, user.source, "", reason)
    for session in list(user.sessions):
        if not session.codec.dialect.per_channel:  # the closing line says it all
            session.send(gone)
        registration.expel(network, session, reason)


def _take_out(network: Network, killer: Source, user: User, comment: str, reason: str) -> None:
    event = network.event(events.QUIT, user.source, "", reason)
    if network.relay.is_telling:
        network.relay.tell(facts.UserGone(user.uid, reason, "", announcing.moment_of(event)))
    network.relay.kill(user, killer, comment, event)
    registration.take_out(network, user, event)


def review(network: Network, before: Sequence[OperatorBlock]) -> None:
    """After the configuration changed: present operators get what their block allows now; whose block is gone, or asks
    for something else than `before`, is no operator any more."""
    conditions = {fold(block.name): _conditions(block) for block in before}
    for user in [user for user in network.operators if user.server is None]:
        block = find_block(network, user.operator)
        if block is None:
            _take(network, user, f"{user.operator} is not configured")
        elif _conditions(block) != conditions.get(fold(block.name)):
            _take(network, user, f"the conditions of {block.name} have changed")
        else:
            user.privileges = block.privileges


def _conditions(block: OperatorBlock) -> tuple[object, ...]:
    """What one has to fulfil to become the operator of a block."""
    return block.password, block.hosts, block.certificate, block.tls_only
