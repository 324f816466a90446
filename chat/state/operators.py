"""Who is an IRC operator: becoming one, and what a new configuration means for those who are. Owns: the conditions of
an operator block, granting and taking. Must not: check a password, or read the configuration's file."""

from chat.state import registration, user_modes
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from chat.storage.settings import OperatorBlock
from protocol.addresses import user_host_covers
from protocol.limits import OPER_TRIES
from protocol.names import fold


def find_block(network: Network, name: str) -> OperatorBlock | None:
    """The operator block of that name, in any case of letters."""
    return next((block for block in network.config.operators if fold(block.name) == fold(name)), None)


def obstacle(block: OperatorBlock, session: Session, user: User) -> str:
    """Why a connection may not use a block, apart from the password; "" when it may."""
    if block.tls_only and not session.is_secure:
        return "not by TLS"
    if block.certificate and block.certificate != session.fingerprint:
        return "another certificate, or none"
    hosts = {session.host, session.address}
    if block.hosts and not any(user_host_covers(mask, user.username, hosts) for mask in block.hosts):
        return "from another host"
    return ""


def grant(network: Network, user: User, block: OperatorBlock) -> None:
    """Makes `user` the operator of a block, who gets the block's server notices; its sessions get the MODE line, which
    says +o and nothing else (Modern IRC, OPER)."""
    user.operator, user.privileges, user.subjects = block.name, block.privileges, block.notices
    user_modes.change(network, user, user.modes | {user_modes.OPERATOR})


def note_failure(network: Network, session: Session, user: User, name: str, why: str) -> None:
    """A try to become an operator failed: the operators are told, and who tries too often is disconnected."""
    session.wrong_opers += 1
    network.notice_operators(f"{user.source.prefix} [{session.address}] failed to become {name}: {why}", "o")
    if session.wrong_opers >= OPER_TRIES:
        registration.expel(network, session, "Too many wrong OPER tries")


def review(network: Network) -> None:
    """After the configuration changed: present operators get what their block allows now; whose block is gone is no
    operator any more."""
    for user in list(network.operators):
        block = find_block(network, user.operator)
        if block is not None:
            user.privileges = block.privileges
            continue
        name = user.operator
        user_modes.change(network, user, user.modes - {user_modes.OPERATOR})
        network.notice_operators(f"{user.source.prefix} is no operator any more: {name} is not configured", "o")
