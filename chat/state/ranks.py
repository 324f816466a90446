"""The rules of ranks: who may change modes, kick or demote whom. As in `policy`, `require_...` raises Refused.

Owns: which rank has power over which. Must not: change anything.
"""

from chat.state import policy
from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.user import User
from protocol.modes import AT_LEAST, CHANNEL_MODES, PREFIXES, RANKS, Kind, ModeChange, highest
from protocol.replies import ERR_CHANOPRIVSNEEDED, ERR_RANKTOOLOW
from protocol.values import Refused

_OTHERS = frozenset({"o", "h", "v", ""})
_POWER = {  # whom each rank kicks and demotes
    "q": frozenset({*RANKS, ""}),
    "a": _OTHERS,
    "o": _OTHERS,
    "h": frozenset({"v", ""}),
    "v": frozenset[str](),
    "": frozenset[str](),
}


def rank_of(user: User, channel: Channel) -> str:
    """The highest rank in force, "" for none; an admin of a group rules it from outside as well."""
    membership = channel.members.get(user)
    return highest(membership.ranks) if membership is not None else policy.due_rank(channel, user)


def require_power_over(user: User, channel: Channel, target: User) -> None:
    """Raises unless `user` may kick or demote `target`: a founder everybody; a protected member or an operator nobody
    who is protected or a founder; a half-operator only who is voiced or without rank."""
    if rank_of(target, channel) not in _POWER[rank_of(user, channel)]:
        raise Refused(ERR_RANKTOOLOW, channel.name, f"{target.nick} has a rank that yours does not reach")


def require_rule(user: User, channel: Channel) -> None:
    """Raises unless `user` is an operator of the channel; outsiders get the same answer as members."""
    membership = channel.members.get(user)
    if membership is None or not membership.is_operator:
        raise Refused(ERR_CHANOPRIVSNEEDED, channel.name)


def require_kick(user: User, channel: Channel, target: User) -> None:
    """Raises unless `user`, who has the rank to kick at all, may kick this member."""
    policy.require_target_member(target, channel)
    require_power_over(user, channel, target)
    if "Q" in channel.modes and rank_of(user, channel) != "q" and not policy.overrules(user):
        raise Refused(ERR_RANKTOOLOW, channel.name, "nobody is kicked here (+Q)")


def require_change(network: Network, user: User, channel: Channel, change: ModeChange) -> None:
    """Raises unless `user` has the rank for a change of modes. Everyone may drop the own rank."""
    row = CHANNEL_MODES.get(change.letter)
    target = None
    if row is not None and row.kind is Kind.RANK:
        target = network.find_user(change.parameter or "")
        if target is user and not change.adding:
            return
    membership = channel.members.get(user)
    if membership is None or not membership.is_at_least("h"):
        raise Refused(ERR_CHANOPRIVSNEEDED, channel.name)
    if row is not None and not membership.is_at_least(row.by):
        raise Refused(ERR_RANKTOOLOW, channel.name, f"{row.letter} is changed by {PREFIXES[row.by]} or higher")
    if target is not None and not change.adding and target in channel.members:
        require_power_over(user, channel, target)


def require_due_rank(user: User, channel: Channel, letter: str) -> None:
    """Raises unless the user's account has at least the rank of `letter` by the access list, be it there or not."""
    if policy.due_rank(channel, user) not in AT_LEAST[letter]:
        raise Refused(ERR_CHANOPRIVSNEEDED, channel.name)


def require_founder(user: User, channel: Channel) -> None:
    """Raises unless the channel belongs to the user's account."""
    if not policy.is_founder(channel, user):
        raise Refused(ERR_CHANOPRIVSNEEDED, channel.name)
