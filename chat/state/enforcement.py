"""What server-wide bans do: turning away, muting, renaming, also those who are on already. Owns: setting and lifting
them, and whom one means. Must not: parse a command, or keep the bans (`chat.state.bans`).

Bans are of the whole network: each server does what they say to its own users and keeps them in its own file. Of two on
one mask the one that was set later holds; a ban is lifted for those who set it before that. Servers that are linked
again bring both together: what was lifted stays so, unless the server that knows it was restarted meanwhile; then a ban
that others still have comes back. A file that was edited by hand counts like the commands.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from chat.state import ban_policy, registration
from chat.state.ban_index import BanIndex
from chat.state.network import Network
from chat.state.session import Session
from chat.storage.bans import BanKind, ServerBan, mask_problem
from protocol import facts
from protocol.limits import BAN_MASK_BYTES, BAN_REASON_BYTES, CLOCKS_APART_SECONDS
from protocol.names import cut, fold
from protocol.replies import ERR_YOUREBANNEDCREEP
from protocol.values import Reply

KINDS = {  # what operators call each kind
    BanKind.USER: "KLINE",
    BanKind.ADDRESS: "DLINE",
    BanKind.NICK: "RESV",
    BanKind.CHANNEL: "RESV",
    BanKind.MUTE: "SHUN",
}


_LATEST = 253370764800.0  # of the times that a file can hold, in Unix seconds
_SETTER_BYTES = 64


def put(network: Network, ban: ServerBan) -> None:
    """Sets a ban on the whole network, and does what it says to those who are on."""
    ban = _newest(network, ban, network.bans.named(ban.kind, ban.mask))
    _tell_set(network, ban)
    _put(network, ban)


def _put(network: Network, ban: ServerBan) -> None:
    replaced = network.bans.add(ban)
    _settle(network, [replaced] if replaced is not None else [], [ban])


def _newest(network: Network, ban: ServerBan, before: ServerBan | None) -> ServerBan:
    """The ban as one that everybody takes for newer than the one `before` it on this mask: clocks may differ."""
    latest = max(before.set_at if before is not None else -1.0, network.bans.lifted_at(ban.kind, ban.mask))
    return ban if ban.set_at > latest else replace(ban, set_at=round(latest + 0.001, 3))


def lift(network: Network, kind: BanKind, mask: str) -> ServerBan | None:
    """Takes a ban away from the whole network; None when there was none."""
    ban = network.bans.remove(kind, mask)
    if ban is not None:
        _note_lifted(network, ban)
        _settle(network, [ban], [])
    return ban


def _note_lifted(network: Network, ban: ServerBan) -> None:
    at = max(round(time.time(), 3), ban.set_at)
    network.bans.note_lifted(ban.kind, ban.mask, at)
    _tell(network, facts.BanLifted(ban.kind.value, ban.mask, at))


def _tell(network: Network, fact: facts.BanSet | facts.BanLifted) -> None:
    if network.relay.is_telling:
        network.relay.tell(fact)


def _tell_set(network: Network, ban: ServerBan) -> None:
    for fact in as_facts([ban]):
        _tell(network, fact)


def as_facts(bans: Iterable[ServerBan]) -> Iterator[facts.BanSet]:
    """Bans as other servers are told of them. Who writes them by hand may write what no other server would take."""
    now = round(time.time(), 3)
    for ban in bans:
        if len(ban.mask.encode()) <= BAN_MASK_BYTES and not ban.is_over(now):
            reason, setter = cut(ban.reason, BAN_REASON_BYTES), cut(ban.setter, _SETTER_BYTES)
            set_at = min(ban.set_at, now + CLOCKS_APART_SECONDS)
            yield facts.BanSet(ban.kind.value, ban.mask, reason, setter, set_at, ban.until)


def take_over(network: Network, told: ServerBan) -> bool:
    """Sets a ban of another server, unless there is a newer one on that mask, it was lifted since, or it has ended;
    whether it was set. Raises ValueError for what is no ban."""
    problem = mask_problem(told.kind, told.mask)
    if problem or len(told.mask.encode()) > BAN_MASK_BYTES:
        raise ValueError(problem or "the mask is too long")
    if not (0 <= told.set_at <= _LATEST and 0 <= told.until <= _LATEST):
        raise ValueError("its times are none")
    reason, setter = cut(told.reason, BAN_REASON_BYTES), cut(told.setter, _SETTER_BYTES)
    set_at, until = round(told.set_at, 3), round(told.until, 3)
    ban = ServerBan(told.kind, told.mask, reason, setter, set_at, until)
    known = network.bans.named(ban.kind, ban.mask)
    if (known is not None and _order(known) >= _order(ban)) or ban.is_over(time.time()):
        return False
    if ban.set_at <= network.bans.lifted_at(ban.kind, ban.mask):
        return False
    _put(network, ban)
    return True


def _order(ban: ServerBan) -> tuple[float, float, str, str, str]:
    """Of two bans on one mask, the greater one holds."""
    return ban.set_at, ban.until, ban.reason, ban.setter, ban.mask


def take_away(network: Network, kind: BanKind, mask: str, at: float) -> bool:
    """Another server has lifted a ban at that time; whether this server did not know. Raises ValueError."""
    if mask_problem(kind, mask) or not 0 <= at <= _LATEST:
        raise ValueError(f"{mask} at {at}")
    known = network.bans.named(kind, mask)
    if known is not None and known.set_at > at:
        return False
    is_news = network.bans.note_lifted(kind, mask, at)
    if known is not None:
        network.bans.remove(kind, mask)
        _settle(network, [known], [])
    return is_news or known is not None


def expire(network: Network, now: float) -> None:
    """Takes the bans away that have ended by `now` (Unix seconds)."""
    ended = network.bans.take_ended(now)
    for ban in ended:
        network.notice_operators(f"the {KINDS[ban.kind]} of {ban.mask} has ended", "b")
    _settle(network, ended, [])


def review(network: Network) -> None:
    """After the store was read again: what was added by hand holds at once, what was taken out does not any more."""
    gone, new = network.bans.refresh()
    replaced = {fold(ban.name): ban for ban in gone}
    for place, ban in enumerate(new):
        newest = _newest(network, ban, replaced.pop(fold(ban.name), None))
        if newest is not ban:
            network.bans.add(newest)
        new[place] = newest
        _tell_set(network, newest)
    for ban in replaced.values():
        _note_lifted(network, ban)
    _settle(network, gone, new)


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
            ban = _shutting_out(network, session, bans) if session.peer is None else None  # a link is nobody's
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
    for user in [user for user in network.users.values() if user.server is None]:
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
