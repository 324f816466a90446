"""Every permission rule, one function each. `may_...` answers, `require_...` raises Refused with the reason.

Owns: who may do what. Must not: change anything.
"""

from chat.state.channel import Channel, Membership
from chat.state.network import Network
from chat.state.user import User
from protocol.limits import KEY_BYTES
from protocol.names import fold, is_channel, is_channel_type, is_key, is_nick, mask_matches
from protocol.replies import (
    ERR_BADCHANMASK,
    ERR_BADCHANNELKEY,
    ERR_BANLISTFULL,
    ERR_BANNEDFROMCHAN,
    ERR_CANNOTSENDTOCHAN,
    ERR_CHANNELISFULL,
    ERR_CHANOPRIVSNEEDED,
    ERR_ERRONEUSNICKNAME,
    ERR_INVALIDMODEPARAM,
    ERR_INVITEONLYCHAN,
    ERR_NICKNAMEINUSE,
    ERR_NICKPROTECTED,
    ERR_NOPRIVILEGES,
    ERR_NOPRIVS,
    ERR_NOSUCHCHANNEL,
    ERR_NOTONCHANNEL,
    ERR_TOOMANYCHANNELS,
    ERR_USERNOTINCHANNEL,
)
from protocol.values import Refused

ACCOUNT_BAN = "~a:"
NICK_RULE = "1 to {limit} characters; letters, digits and [ ] \\ ^ _ ` {{ | }} -, but no hyphen in front"
CHANNEL_RULE = "1 to {limit} characters, without comma or control characters"
KEY_RULE = f"A key has 1 to {KEY_BYTES} bytes, no space, comma or control character, no colon in front"


# --- names ---------------------------------------------------------------------------------------------------------


def require_legal_nick(network: Network, nick: str) -> None:
    """Raises unless `nick` may be a nick or an account name."""
    if not is_nick(nick, network.limits.nick):
        raise Refused(ERR_ERRONEUSNICKNAME, nick, NICK_RULE.format(limit=network.limits.nick))


def require_legal_channel(network: Network, name: str) -> None:
    """Raises unless `name` may be a channel's name."""
    if not is_channel_type(name):
        raise Refused(ERR_NOSUCHCHANNEL, name)
    if not is_channel(name, network.limits.channel):
        raise Refused(ERR_BADCHANMASK, name, CHANNEL_RULE.format(limit=network.limits.channel - 1))


def require_legal_key(channel: str, key: str) -> None:
    """Raises unless `key` may be the key of a channel."""
    if not is_key(key, KEY_BYTES):
        raise Refused(ERR_INVALIDMODEPARAM, channel, "k", key or "*", KEY_RULE)


def is_protected(network: Network, nick: str, account: str) -> bool:
    """Whether `nick` belongs to an account that is not `account`."""
    if not network.config.accounts.protect_nicks:
        return False
    owner = network.find_account(nick)
    return owner is not None and fold(owner.name) != fold(account)


def require_free_nick(network: Network, nick: str, account: str, me: object) -> None:
    """Raises unless `nick` can be taken by `me` (a User or a Session), logged in to `account`."""
    folded = fold(nick)
    holder = network.users.get(folded) or network.reserved_nicks.get(folded)
    if holder is not None and holder is not me:
        raise Refused(ERR_NICKNAMEINUSE, nick)
    if is_protected(network, nick, account):
        raise Refused(ERR_NICKPROTECTED, nick)


def may_take_nick(network: Network, nick: str, user: User) -> bool:
    """Whether `user`, without logging in, can be called `nick`."""
    try:
        require_free_nick(network, nick, "", user)
    except Refused:
        return False
    return True


# --- bans ----------------------------------------------------------------------------------------------------------


def mask_covers(mask: str, user: User) -> bool:
    """Whether a mask of a channel's list means `user`: an account for `~a:name`, else nick!user@host with the visible
    host, the real host and the address."""
    if mask.startswith(ACCOUNT_BAN):
        return bool(user.account) and fold(mask[len(ACCOUNT_BAN) :]) == fold(user.account)
    name = f"{user.nick}!{user.username}@"
    return any(mask_matches(mask, name + host) for host in {user.host, user.real_host, user.address})


def on_list(channel: Channel, letter: str, user: User) -> bool:
    """Whether one of the channel's masks under `letter` means `user`."""
    return any(mask_covers(entry.mask, user) for entry in channel.lists[letter].values())


def is_banned(channel: Channel, user: User) -> bool:
    """Whether a ban means `user` and no exception does."""
    return bool(channel.lists["b"]) and on_list(channel, "b", user) and not on_list(channel, "e", user)


def require_room_on_list(network: Network, channel: Channel, letter: str) -> None:
    """Raises when the channel's lists, which share their room, take no further mask."""
    if sum(map(len, channel.lists.values())) >= network.limits.list_modes:
        raise Refused(ERR_BANLISTFULL, channel.name, letter)


def is_admin(channel: Channel, user: User) -> bool:
    """Whether the user's account is an admin of the group, and so an operator of the channel whenever it is there."""
    return bool(user.account) and fold(user.account) in channel.admins


def _is_muted(channel: Channel, membership: Membership) -> bool:
    """Whether a ban silences a member; remembered until the ban list or the user's identity changes."""
    known_for = (channel.identity, membership.user.source)
    if membership.muted_for != known_for:
        membership.muted = is_banned(channel, membership.user)
        membership.muted_for = known_for
    return membership.muted


# --- channels ------------------------------------------------------------------------------------------------------


def require_room(network: Network, user: User, name: str) -> None:
    """Raises when `user` is in as many channels as one may be."""
    if len(user.memberships) >= network.limits.channels_per_user:
        raise Refused(ERR_TOOMANYCHANNELS, name)


def require_join(network: Network, user: User, channel: Channel, key: str) -> None:
    """Raises unless `user` may join the existing `channel`. An invitation opens +i, +l, +k, but no ban."""
    require_room(network, user, channel.name)
    if is_admin(channel, user):
        return
    if is_banned(channel, user):
        raise Refused(ERR_BANNEDFROMCHAN, channel.name)
    if user in channel.invited:
        return
    if channel.key and key != channel.key:
        raise Refused(ERR_BADCHANNELKEY, channel.name)
    if "i" in channel.modes and not on_list(channel, "I", user):
        raise Refused(ERR_INVITEONLYCHAN, channel.name)
    if channel.limit and len(channel.members) >= channel.limit:
        raise Refused(ERR_CHANNELISFULL, channel.name)


def require_member(user: User, channel: Channel) -> Membership:
    """The user's membership; raises when there is none."""
    membership = channel.members.get(user)
    if membership is None:
        raise Refused(ERR_NOTONCHANNEL, channel.name)
    return membership


def require_target_member(target: User, channel: Channel) -> Membership:
    """The membership of somebody else; raises when there is none."""
    membership = channel.members.get(target)
    if membership is None:
        raise Refused(ERR_USERNOTINCHANNEL, target.nick, channel.name)
    return membership


def require_operator(user: User, channel: Channel) -> Membership:
    """The membership of an operator of the channel; raises for everybody else."""
    membership = require_member(user, channel)
    if not membership.is_operator:
        raise Refused(ERR_CHANOPRIVSNEEDED, channel.name)
    return membership


def require_admin(user: User, channel: Channel) -> None:
    """Raises unless `user` may kick and ban in the group: an operator there, or its admin from outside."""
    if not is_admin(channel, user):
        require_operator(user, channel)


def require_permanence(user: User, channel: Channel) -> None:
    """Raises unless `user` may make the channel permanent or not: who does becomes its admin, so once there are admins
    only one of them, or an IRC operator, may."""
    if channel.admins and not is_admin(channel, user) and not user.is_operator:
        raise Refused(ERR_CHANOPRIVSNEEDED, channel.name)


def opens_the_door(user: User, channel: Channel) -> bool:
    """Whether an invitation by `user` lets in despite +i, +k and +l: an operator's does (RFC 2812 3.2.7)."""
    membership = channel.members.get(user)
    return membership is not None and membership.is_operator


def require_speech(user: User, channel: Channel) -> None:
    """Raises unless `user` may send messages to `channel`."""
    membership = channel.members.get(user)
    if membership is None:
        if "n" in channel.modes or "m" in channel.modes or is_banned(channel, user):
            raise Refused(ERR_CANNOTSENDTOCHAN, channel.name)
    elif not membership.ranks and ("m" in channel.modes or (channel.lists["b"] and _is_muted(channel, membership))):
        raise Refused(ERR_CANNOTSENDTOCHAN, channel.name)


def require_topic(user: User, channel: Channel) -> None:
    """Raises unless `user` may set the topic of `channel`."""
    if "t" in channel.modes:
        require_operator(user, channel)
    else:
        require_member(user, channel)


def require_invite(user: User, channel: Channel) -> None:
    """Raises unless `user` may invite others to `channel`."""
    if "i" in channel.modes:
        require_operator(user, channel)
    else:
        require_member(user, channel)


# --- IRC operators -------------------------------------------------------------------------------------------------


def require_privilege(user: User, privilege: str) -> None:
    """Raises unless `user` is an IRC operator whose class holds `privilege`."""
    if not user.is_operator:
        raise Refused(ERR_NOPRIVILEGES)
    if privilege not in user.privileges:
        raise Refused(ERR_NOPRIVS, privilege)


# --- seeing --------------------------------------------------------------------------------------------------------


def may_see_channel(viewer: User | None, channel: Channel) -> bool:
    """Whether LIST, NAMES, WHO and WHOIS show the channel to `viewer`."""
    return "s" not in channel.modes or (viewer is not None and viewer in channel.members)


def may_see_user(network: Network, viewer: User | None, user: User) -> bool:
    """Whether WHO shows `user` to `viewer`: not +i, or a common channel, or an operator looks."""
    if "i" not in user.modes or viewer is user:
        return True
    if viewer is None:
        return False
    return viewer.is_operator or any(viewer in channel.members for channel in user.memberships)


def may_see_details(viewer: User, user: User) -> bool:
    """Whether WHOIS shows real host, address and modes."""
    return viewer is user or viewer.is_operator
