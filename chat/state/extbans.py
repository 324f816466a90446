"""The masks of a channel's lists: nick!user@host, and extended bans, which mean somebody by something else.

`~a:name` an account (`~a:*` any), `~r:mask` a realname, `~m:mask` a mask that mutes rather than bans; `$` for `~` and
the names `account`, `realname`, `mute` are understood as well. Owns: their forms and whom they mean. Must not: know a
channel.
"""

from chat.state.user import User
from protocol.names import fold, mask_matches, normalise_mask

ACCOUNT_BAN = "~a:"
REALNAME_BAN = "~r:"
MUTE = "~m:"
_MARKS = "~$"
_KINDS = {
    "a": ACCOUNT_BAN,
    "account": ACCOUNT_BAN,
    "m": MUTE,
    "mute": MUTE,
    "r": REALNAME_BAN,
    "realname": REALNAME_BAN,
}


def full_mask(mask: str) -> str:
    """The stored form of a list mask: an extended ban with its letter, anything else as nick!user@host. A kind without
    a value, such as `$a`, means everybody who has one."""
    if mask[:1] in _MARKS and mask:
        name, _, value = mask[1:].partition(":")
        kind = _KINDS.get(name.lower())
        if kind == MUTE:
            return kind + full_mask(value or "*").removeprefix(MUTE)
        if kind is not None:
            return kind + (value or "*")
    return normalise_mask(mask)


def is_mute(mask: str) -> bool:
    """Whether a stored mask only keeps from speaking."""
    return mask.startswith(MUTE)


def mask_covers(mask: str, user: User) -> bool:
    """Whether a stored mask means `user`: by account, by realname, else by nick!user@host with the visible host, the
    real host, the address and the cloaked host."""
    return _covers(mask, user, {user.host, *_proven_hosts(user)})


def mask_exempts(mask: str, user: User) -> bool:
    """Whether a stored mask lets `user` do what others may not: as `mask_covers`, but a host that the client has made
    up opens nothing."""
    claimed = user.host == user.claimed_host
    return _covers(mask, user, _proven_hosts(user) if claimed else {user.host, *_proven_hosts(user)})


def mask_shows(mask: str, user: User) -> bool:
    """Whether a stored mask means `user` by what everybody sees of it."""
    return _covers(mask, user, {user.host})


def _proven_hosts(user: User) -> set[str]:
    return {user.real_host, user.address, user.cloaked_host or user.address}


def _covers(mask: str, user: User, hosts: set[str]) -> bool:
    if mask.startswith(MUTE):
        mask = mask[len(MUTE) :]
    if mask.startswith(ACCOUNT_BAN):
        wanted = mask[len(ACCOUNT_BAN) :]
        return bool(user.account) and (wanted == "*" or fold(wanted) == fold(user.account))
    if mask.startswith(REALNAME_BAN):
        return mask_matches(mask[len(REALNAME_BAN) :].replace("_", "?"), user.realname)
    name = f"{user.nick}!{user.username}@"
    return any(mask_matches(mask, name + host) for host in hosts)
