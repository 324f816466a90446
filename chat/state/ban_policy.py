"""The permission rules that come from server-wide bans, one function each. `require_...` raises Refused.

Owns: whom a ban keeps from what; `policy` asks here. Must not: change anything.
"""

from chat.state.ban_index import BanIndex
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from chat.storage.bans import BanKind, ServerBan
from protocol.replies import ERR_ERRONEUSNICKNAME, ERR_MUTED, ERR_UNAVAILRESOURCE, ERR_YOUREBANNEDCREEP
from protocol.values import Refused

RESERVED = "resv"  # the privilege with which one may use what is reserved


def hosts_of(network: Network, session: Session) -> set[str]:
    """Every form of a connection's host that a ban may be about: as it is said to be, the address, and both cloaked."""
    hosts = {session.host, session.address}
    if network.cloak is not None:
        hosts |= {network.cloak.hide(host) for host in hosts}
    if session.user is not None:
        hosts.add(session.user.host)
    return hosts


def require_welcome(network: Network, session: Session, username: str) -> None:
    """Raises when a ban keeps a connection from becoming a user, or one of an existing user."""
    if not network.bans.has(BanKind.USER):
        return
    ban = network.bans.of_user(BanKind.USER, username, hosts_of(network, session))
    if ban is not None:
        raise Refused(ERR_YOUREBANNEDCREEP, ban.why)


def mute_of(network: Network, session: Session, bans: BanIndex) -> ServerBan | None:
    """The one among `bans` that mutes who is on that connection, if there is one."""
    if session.user is None or not bans.has(BanKind.MUTE):
        return None
    return bans.of_user(BanKind.MUTE, session.user.username, hosts_of(network, session))


def require_unmuted(user: User, target: str) -> None:
    """Raises when nothing that `user` says is delivered."""
    if user.mute is not None:
        raise Refused(ERR_MUTED, target, user.mute.why)


def last_words(user: User | None, text: str) -> str:
    """What somebody says on leaving, or as the reason for something, as it is shown."""
    return "" if user is not None and user.mute is not None else text


def may_use_reserved(who: object) -> bool:
    """Whether `who` (a User or a Session) may take reserved nicks and join reserved channels: some operators."""
    return isinstance(who, User) and RESERVED in who.privileges


def require_unreserved_nick(network: Network, nick: str, who: object) -> None:
    """Raises when `nick` is reserved."""
    ban = network.bans.of_name(BanKind.NICK, nick)
    if ban is not None and not may_use_reserved(who):
        raise Refused(ERR_ERRONEUSNICKNAME, nick, f"it is reserved{ban.why}")


def require_unreserved_channel(network: Network, channel: str, who: User) -> None:
    """Raises when the channel of that name is reserved."""
    ban = network.bans.of_name(BanKind.CHANNEL, channel)
    if ban is not None and not may_use_reserved(who):
        raise Refused(ERR_UNAVAILRESOURCE, channel, ban.why)
