"""Whom a channel belongs to: its founder and its access list, which give ranks to accounts whenever they are there.

A channel with a founder is permanent. What changes is told as ChanServ's doing, whoever asked for it.
Owns: those changes. Must not: check permissions (`policy`, `ranks`), or wait for the disk (the caller does).
"""

from chat.state import announcing, auditorium, channel_modes, permanent, registers
from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.services import CHANSERV
from chat.state.session import Session
from chat.state.user import User
from protocol.modes import RANKS, ModeChange
from protocol.names import fold


def found(network: Network, session: Session, channel: Channel, founder: str) -> None:
    """The channel belongs to the account `founder` from now on, and stays."""
    changes = [] if channel.is_permanent else [ModeChange(True, "P")]
    channel.modes.add("P")
    channel.admins.add(fold(founder))
    set_founder(network, session, channel, founder, changes)


def set_founder(
    network: Network, session: Session, channel: Channel, founder: str, changes: list[ModeChange] | None = None
) -> None:
    """Another account is the founder: who was it has no rank by it any more, and its users lose that of a founder."""
    before, channel.founder = channel.founder, fold(founder)
    channel.admins.discard(before)
    channel.admins.add(channel.founder)
    channel.access.pop(channel.founder, None)
    lost = _with_account(channel, before) if before != channel.founder else []
    taken = [ModeChange(False, "q", user.nick) for user in lost if "q" in channel.members[user].ranks]
    given = [ModeChange(True, "q", user.nick) for user in _with_account(channel, channel.founder)]
    _change(network, session, channel, [*(changes or ()), *taken, *given])
    _tell_accounts(network, channel, *filter(None, (before, channel.founder)))


def give_up(network: Network, session: Session, channel: Channel) -> None:
    """The channel belongs to nobody any more, and goes with its last member. Who has a rank there now keeps it."""
    known = (*channel.admins, *channel.access)
    channel.founder = ""
    channel.access.clear()
    channel.admins.clear()
    _tell_accounts(network, channel, *known)
    channel.modes.discard("P")
    permanent.forget(network, channel)
    channel_modes.publish(
        channel_modes.Setter(network, session, channel), [ModeChange(False, "P")], CHANSERV.source(network)
    )


def set_access(network: Network, session: Session, channel: Channel, account: str, rank: str) -> None:
    """The account has that rank, a letter, whenever it is there; "" takes it off the list. Its users get or lose it."""
    before = channel.access.pop(fold(account), "")
    if rank:
        channel.access[fold(account)] = rank
    users = _with_account(channel, account)
    taken = [ModeChange(False, before, user.nick) for user in users if before != rank and before]
    given = [ModeChange(True, rank, user.nick) for user in users if rank]
    _change(network, session, channel, taken + given)
    _tell_accounts(network, channel, account)


def set_rank(network: Network, session: Session, channel: Channel, target: User, change: ModeChange) -> bool:
    """Gives a member a rank or takes it; whether that changed anything."""
    return _change(network, session, channel, [change._replace(parameter=target.nick)])


def _tell_accounts(network: Network, channel: Channel, *accounts: str) -> None:
    """Tells other servers who the founder is, and what the channel knows of these accounts; after the ranks that come
    of it, which they would give by themselves."""
    keys = (kind + fold(name) for name in accounts for kind in (registers.ADMIN, registers.ACCESS))
    announcing.registers_set(network, channel, registers.FOUNDER, *keys)


def _with_account(channel: Channel, account: str) -> list[User]:
    return [user for user in channel.members if user.account and fold(user.account) == fold(account)]


def _change(network: Network, session: Session, channel: Channel, changes: list[ModeChange]) -> bool:
    """Makes changes of ranks, and tells of those that are any, with the changes of modes among them."""
    setter = channel_modes.Setter(network, session, channel)
    made = [change for change in changes if change.letter not in RANKS or _apply(network, channel, change)]
    if made:
        channel_modes.publish(setter, made, CHANSERV.source(network))
    permanent.remember(network, channel)
    return bool(made)


def _apply(network: Network, channel: Channel, change: ModeChange) -> bool:
    member = network.find_user(change.parameter or "")
    return member in channel.members and channel_modes.apply_rank(channel.members[member], change)


def forget_account(network: Network, channel: Channel, account: str) -> None:
    """An account is gone for good. A founder is followed by who has the highest rank on the list, then by an admin; a
    channel without any of them stays no longer than its members, for nobody could rule it after a restart."""
    account = fold(account)
    if channel.founder != account and account not in channel.admins and account not in channel.access:
        return
    channel.admins.discard(account)
    channel.access.pop(account, None)
    if channel.founder == account:
        channel.founder = _heir(channel)
        channel.access.pop(channel.founder, None)
        if channel.founder:
            channel.admins.add(channel.founder)
    _tell_accounts(network, channel, account, *filter(None, (channel.founder,)))
    if channel.founder or channel.admins or not channel.is_permanent:
        permanent.remember(network, channel)
        return
    before = auditorium.sight(channel)
    channel.modes.discard("P")
    permanent.forget(network, channel)
    change = ModeChange(False, "P")
    channel_modes.announce(network, channel, CHANSERV.source(network), [change], None, before)
    network.forget_channel_if_empty(channel)


def _heir(channel: Channel) -> str:
    ranked = sorted(channel.access.items(), key=lambda entry: (RANKS.index(entry[1]), entry[0]))
    candidates = [name for name, rank in ranked if rank != "v"] + sorted(channel.admins)
    return candidates[0] if candidates else ""
