"""What server-wide bans do: turning away, muting, renaming, also those who are on already. Owns: setting and lifting
them, and whom one means. Must not: parse a command, or keep the bans (`chat.state.bans`)."""

import time

from chat.state import ban_policy, registration
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from chat.storage.bans import BanKind, ServerBan
from protocol.addresses import is_within
from protocol.names import mask_matches
from protocol.replies import ERR_YOUREBANNEDCREEP
from protocol.values import Reply

KINDS = {  # what operators call each kind
    BanKind.USER: "KLINE",
    BanKind.ADDRESS: "DLINE",
    BanKind.NICK: "RESV",
    BanKind.CHANNEL: "RESV",
    BanKind.MUTE: "SHUN",
}


def put(network: Network, ban: ServerBan) -> None:
    """Sets a ban, and does what it says to those who are on."""
    network.bans.add(ban)
    _apply(network, ban)


def lift(network: Network, kind: BanKind, mask: str) -> ServerBan | None:
    """Takes a ban away; None when there was none."""
    ban = network.bans.remove(kind, mask)
    if ban is not None and kind is BanKind.MUTE:
        _review_mutes(network)
    return ban


def expire(network: Network, now: float) -> None:
    """Takes the bans away that have ended by `now` (Unix seconds)."""
    ended = network.bans.take_ended(now)
    for ban in ended:
        network.notice_operators(f"the {KINDS[ban.kind]} of {ban.mask} has ended", "b")
    if any(ban.kind is BanKind.MUTE for ban in ended):
        _review_mutes(network)


def review(network: Network) -> None:
    """After the store was read again: what was added by hand holds at once."""
    for ban in network.bans.refresh():
        if not ban.is_over(time.time()) and ban.kind is not BanKind.MUTE:
            _apply(network, ban)
    _review_mutes(network)


def means(network: Network, ban: ServerBan, session: Session) -> bool:
    """Whether a ban of users or addresses means who is on that connection."""
    if ban.kind is BanKind.ADDRESS:
        return is_within(session.address, ban.mask)
    user = session.user
    return user is not None and network.bans.means(ban, user.username, ban_policy.hosts_of(network, session))


def _apply(network: Network, ban: ServerBan) -> None:
    if ban.kind is BanKind.MUTE:
        _review_mutes(network)
    elif ban.kind is BanKind.NICK:
        for user in list(network.users.values()):
            if mask_matches(ban.mask, user.nick) and not ban_policy.may_use_reserved(user):
                registration.rename_guest(network, user, f"The nick {user.nick} is reserved{ban.why}")
    elif ban.kind is not BanKind.CHANNEL:  # who is in a channel stays until it leaves
        for session in list(network.sessions):
            if means(network, ban, session):
                _turn_away(network, session, ban)


def _turn_away(network: Network, session: Session, ban: ServerBan) -> None:
    if not session.codec.dialect.has_answers:  # there, the closing line says it all
        session.send(Reply(ERR_YOUREBANNEDCREEP, (ban.why,)))
    registration.expel(network, session, f"Banned{ban.why}")


def _review_mutes(network: Network) -> None:
    for user in network.users.values():
        registration.review_mute(network, user)


def is_own(network: Network, ban: ServerBan, session: Session) -> bool:
    """Whether a ban would shut out, or mute, the user of `session` itself."""
    user: User | None = session.user
    if user is None or ban.kind in (BanKind.NICK, BanKind.CHANNEL):
        return False
    return any(means(network, ban, one) for one in user.sessions)
