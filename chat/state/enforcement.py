"""What server-wide bans do: turning away, muting, renaming, also those who are on already. Owns: setting and lifting
them, and whom one means. Must not: parse a command, or keep the bans (`chat.state.bans`)."""

from chat.state import ban_policy, registration
from chat.state.ban_index import BanIndex
from chat.state.network import Network
from chat.state.session import Session
from chat.storage.bans import BanKind, ServerBan
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
    replaced = network.bans.add(ban)
    _settle(network, [replaced] if replaced is not None else [], [ban])


def lift(network: Network, kind: BanKind, mask: str) -> ServerBan | None:
    """Takes a ban away; None when there was none."""
    ban = network.bans.remove(kind, mask)
    if ban is not None:
        _settle(network, [ban], [])
    return ban


def expire(network: Network, now: float) -> None:
    """Takes the bans away that have ended by `now` (Unix seconds)."""
    ended = network.bans.take_ended(now)
    for ban in ended:
        network.notice_operators(f"the {KINDS[ban.kind]} of {ban.mask} has ended", "b")
    _settle(network, ended, [])


def review(network: Network) -> None:
    """After the store was read again: what was added by hand holds at once, what was taken out does not any more."""
    _settle(network, *network.bans.refresh())


def _settle(network: Network, gone: list[ServerBan], new: list[ServerBan]) -> None:
    """Takes back what the bans that are gone did, and does what new ones say: only these are looked at, since everybody
    has been asked about all others."""
    unmuting = {ban for ban in gone if ban.kind is BanKind.MUTE}
    for user in network.users.values() if unmuting else ():
        if user.mute is not None and user.mute in unmuting:
            registration.review_mute(network, user)
    bans = BanIndex(new)
    if bans.has(BanKind.MUTE):
        for session in network.sessions:
            if session.user is not None:
                session.user.mute = session.user.mute or ban_policy.mute_of(network, session, bans)
    if bans.has(BanKind.NICK):
        _take_nicks(network, bans)
    if bans.has(BanKind.USER) or bans.has(BanKind.ADDRESS):
        for session in list(network.sessions):
            ban = _shutting_out(network, session, bans)
            if ban is not None:
                _turn_away(network, session, ban)


def _shutting_out(network: Network, session: Session, bans: BanIndex) -> ServerBan | None:
    """The one among these bans by which who is on that connection may not be here."""
    found = bans.of_address(session.address)
    if found is None and session.user is not None and bans.has(BanKind.USER):
        found = bans.of_user(BanKind.USER, session.user.username, ban_policy.hosts_of(network, session))
    return found


def _take_nicks(network: Network, bans: BanIndex) -> None:
    """Who is in a reserved channel stays until it leaves; a reserved nick is taken away."""
    for user in list(network.users.values()):
        ban = bans.of_name(BanKind.NICK, user.nick)
        if ban is not None and not ban_policy.may_use_reserved(user):
            registration.rename_guest(network, user, f"The nick {user.nick} is reserved{ban.why}")


def _turn_away(network: Network, session: Session, ban: ServerBan) -> None:
    if not session.codec.dialect.has_answers:  # there, the closing line says it all
        session.send(Reply(ERR_YOUREBANNEDCREEP, (ban.why,)))
    registration.expel(network, session, f"Banned{ban.why}")


def is_own(network: Network, ban: ServerBan, session: Session) -> bool:
    """Whether a ban would shut out, or mute, the user of `session` itself."""
    bans = BanIndex([ban])
    return session.user is not None and any(
        _shutting_out(network, one, bans) or ban_policy.mute_of(network, one, bans) for one in session.user.sessions
    )
