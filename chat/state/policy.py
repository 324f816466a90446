"""Every permission rule, one function each. `may_...` answers, `require_...` raises Refused with the reason.

Owns: who may do what. Must not: change anything.
"""

from chat.state import ban_policy, services
from chat.state.channel import Channel, Membership
from chat.state.extbans import is_mute, mask_covers, mask_exempts
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from protocol.limits import KEY_BYTES
from protocol.modes import AT_LEAST, highest
from protocol.names import fold, is_channel, is_channel_type, is_key, is_misleading, is_nick
from protocol.replies import (
    ERR_BADCHANMASK,
    ERR_BADCHANNELKEY,
    ERR_BANLISTFULL,
    ERR_BANNEDFROMCHAN,
    ERR_CANNOTSENDTOCHAN,
    ERR_CANTCHANGENICK,
    ERR_CHANNELISFULL,
    ERR_CHANOPEN,
    ERR_CHANOPRIVSNEEDED,
    ERR_ERRONEUSNICKNAME,
    ERR_INVALIDMODEPARAM,
    ERR_INVITEONLYCHAN,
    ERR_KNOCKONCHAN,
    ERR_MUSTBELOGGEDIN,
    ERR_NEEDREGGEDNICK,
    ERR_NICKNAMEINUSE,
    ERR_NICKPROTECTED,
    ERR_NOPRIVILEGES,
    ERR_NOPRIVS,
    ERR_NOSUCHCHANNEL,
    ERR_NOTONCHANNEL,
    ERR_SECUREONLYCHAN,
    ERR_TOOMANYCHANNELS,
    ERR_USERNOTINCHANNEL,
    ERR_USERONCHANNEL,
    FAIL_TLS_REQUIRED,
)
from protocol.values import Refused

NICK_RULE = "1 to {limit} characters; letters, digits and [ ] \\ ^ _ ` {{ | }} -, but no hyphen in front"
CHANNEL_RULE = "1 to {limit} characters, without comma or control characters"
KEY_RULE = f"A key has 1 to {KEY_BYTES} bytes, no space, comma or control character, no colon in front"


# --- names ---------------------------------------------------------------------------------------------------------


def require_legal_nick(network: Network, nick: str) -> None:
    """Raises unless `nick` may be a nick or an account name."""
    is_new_and_misleading = is_misleading(nick) and network.find_account(nick) is None
    if is_new_and_misleading or not is_nick(nick, network.limits.nick):
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


def is_own_nick(network: Network, nick: str, account: str) -> bool:
    """Whether `nick` is kept for who is logged in to `account`."""
    return bool(account) and fold(nick) == fold(account) and network.config.accounts.protect_nicks


def require_free_nick(network: Network, nick: str, account: str, me: object) -> None:
    """Raises unless `nick` can be taken by `me` (a User or a Session), logged in to `account`."""
    folded = fold(nick)
    holder = network.users.get(folded) or network.reserved_nicks.get(folded)
    if (holder is not None and holder is not me) or services.is_reserved(nick):
        raise Refused(ERR_NICKNAMEINUSE, nick)
    ban_policy.require_unreserved_nick(network, nick, me)
    if is_protected(network, nick, account):
        raise Refused(ERR_NICKPROTECTED, nick)


def is_unused(network: Network, nick: str) -> bool:
    """Whether nobody has, or waits for, the nick, and no account is called so."""
    folded = fold(nick)
    is_taken = folded in network.users or folded in network.reserved_nicks
    return not is_taken and network.find_account(nick) is None


# --- bans ----------------------------------------------------------------------------------------------------------


def on_list(channel: Channel, letter: str, user: User, mutes: bool = False) -> bool:
    """Whether one of the channel's masks under `letter` means `user`: of those that mute only, or of all others."""
    means = mask_covers if letter == "b" else mask_exempts
    masks = [entry.mask for entry in channel.lists[letter].values()]
    return any(is_mute(mask) == mutes and means(mask, user) for mask in masks)


def is_banned(channel: Channel, user: User) -> bool:
    """Whether a ban means `user` and no exception does."""
    return bool(channel.lists["b"]) and on_list(channel, "b", user) and not on_list(channel, "e", user)


def is_silenced(channel: Channel, user: User) -> bool:
    """Whether a ban or a mute means `user` and no exception from it does."""
    if not channel.lists["b"] or on_list(channel, "e", user):
        return False
    muted = on_list(channel, "b", user, mutes=True) and not on_list(channel, "e", user, mutes=True)
    return muted or on_list(channel, "b", user)


def require_room_on_list(network: Network, channel: Channel, letter: str) -> None:
    """Raises when the channel's lists, which share their room, take no further mask."""
    if sum(map(len, channel.lists.values())) >= network.limits.list_modes:
        raise Refused(ERR_BANLISTFULL, channel.name, letter)


def is_admin(channel: Channel, user: User) -> bool:
    """Whether the user's account is an admin of the group, and so an operator of the channel whenever it is there."""
    return bool(user.account) and fold(user.account) in channel.admins


def is_founder(channel: Channel, user: User) -> bool:
    """Whether the channel belongs to the user's account."""
    return bool(user.account) and fold(user.account) == channel.founder


def due_rank(channel: Channel, user: User) -> str:
    """The rank that the user's account has in the channel whenever it is there, "" for none."""
    if not user.account:
        return ""
    if is_founder(channel, user):
        return "q"
    return highest((channel.access.get(fold(user.account), ""), "o" if is_admin(channel, user) else ""))


def _is_muted(channel: Channel, membership: Membership) -> bool:
    """Whether a ban silences a member; remembered until the ban list or the user's identity changes."""
    known_for = (channel.identity, membership.user.source, membership.user.realname)
    if membership.muted_for != known_for:
        membership.muted = is_silenced(channel, membership.user)
        membership.muted_for = known_for
    return membership.muted


# --- channels ------------------------------------------------------------------------------------------------------


def require_room(network: Network, user: User, name: str) -> None:
    """Raises when `user` is in as many channels as one may be."""
    if len(user.memberships) >= network.limits.channels_per_user:
        raise Refused(ERR_TOOMANYCHANNELS, name)


def require_join(network: Network, user: User, channel: Channel, key: str) -> None:
    """Raises unless `user` may join the existing `channel`. An operator's invitation opens all (RFC 2811 4.2.2, 4.3.1)
    but +z, which is not about who somebody is."""
    require_room(network, user, channel.name)
    ban_policy.require_unreserved_channel(network, channel.name, user)
    if "z" in channel.modes and not user.is_secure:
        raise Refused(ERR_SECUREONLYCHAN, channel.name)
    if user in channel.invited or due_rank(channel, user) in AT_LEAST["h"]:
        return
    if is_banned(channel, user):
        raise Refused(ERR_BANNEDFROMCHAN, channel.name)
    if "R" in channel.modes and not user.account and not on_list(channel, "I", user):
        raise Refused(ERR_NEEDREGGEDNICK, channel.name)
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


def require_no_member(user: User, target: User, channel: Channel) -> None:
    """Raises for somebody who is in the channel already, as far as `user` is shown that (+u)."""
    member = channel.members.get(target)
    if member is not None and (user not in channel.members or channel.shows(member, user)):
        raise Refused(ERR_USERONCHANNEL, target.nick, channel.name)


def require_rank(user: User, channel: Channel, letter: str) -> Membership:
    """The membership of somebody with at least the rank of `letter`; raises for everybody else."""
    membership = require_member(user, channel)
    if not membership.is_at_least(letter):
        raise Refused(ERR_CHANOPRIVSNEEDED, channel.name)
    return membership


def require_operator(user: User, channel: Channel) -> Membership:
    """The membership of an operator of the channel; raises for everybody else."""
    return require_rank(user, channel, "o")


def require_admin(user: User, channel: Channel) -> None:
    """Raises unless `user` may kick and ban in the group: an operator there, or its admin from outside."""
    if not is_admin(channel, user):
        require_operator(user, channel)


def require_permanence(user: User, channel: Channel) -> None:
    """Raises unless `user` may make the channel permanent or not: who does becomes its admin, so once there are admins
    only one of them, the founder, or an IRC operator with the privilege, may."""
    if channel.admins and not (is_admin(channel, user) or is_founder(channel, user) or overrules(user)):
        raise Refused(ERR_CHANOPRIVSNEEDED, channel.name)


def require_company(owner: User, session: Session) -> None:
    """Raises unless `session` may be one more connection of `owner`: whoever is in a channel for TLS only (+z), and has
    come by nothing else, gets nothing of it in plain text."""
    if not session.is_secure and owner.is_secure and any("z" in channel.modes for channel in owner.memberships):
        raise Refused(FAIL_TLS_REQUIRED)


def opens_the_door(user: User, channel: Channel) -> bool:
    """Whether an invitation by `user` lets in despite what else keeps out: an operator's does (RFC 2812 3.2.7), and a
    half-operator's, who could take all of that away."""
    membership = channel.members.get(user)
    return membership is not None and membership.is_at_least("h")


def require_speech(user: User, channel: Channel) -> bool:
    """Whether all members hear what `user` says in `channel`; False: half-operators and above only (+U). Raises when
    nobody does."""
    if user.mute is not None:
        ban_policy.require_unmuted(user, channel.name)
    membership = channel.members.get(user)
    if membership is None:
        if "n" in channel.modes or "m" in channel.modes or is_silenced(channel, user):
            raise Refused(ERR_CANNOTSENDTOCHAN, channel.name)
    elif channel.is_plain or membership.ranks:
        return True
    elif "U" in channel.modes:
        return False
    elif "m" in channel.modes or (channel.lists["b"] and _is_muted(channel, membership)):
        raise Refused(ERR_CANNOTSENDTOCHAN, channel.name)
    if "M" in channel.modes and not user.account:
        raise Refused(ERR_MUSTBELOGGEDIN, channel.name)
    return "U" not in channel.modes


def relayed_tags(network: Network, session: Session, tags: dict[str, str]) -> dict[str, str] | None:
    """Those of the client-only tags that go on with a message (IRCv3 message-tags): none of a session without the
    capability, and none that the configuration denies (CLIENTTAGDENY: `foo` denies `+foo`; `*` all, but for `-foo`)."""
    if "message-tags" not in session.capabilities:
        return None
    denied = network.config.client_tag_deny.split(",")
    if denied == [""]:
        return tags
    if denied[0] == "*":
        return {key: value for key, value in tags.items() if "-" + key[1:] in denied} or None
    return {key: value for key, value in tags.items() if key[1:] not in denied} or None


def require_knock(network: Network, user: User, channel: Channel) -> None:
    """Raises unless `user` may ask to be let in: not banned, and kept out by something that an invitation opens."""
    ban_policy.require_unmuted(user, channel.name)
    if user in channel.members:
        raise Refused(ERR_KNOCKONCHAN, channel.name)
    if is_silenced(channel, user):
        raise Refused(ERR_CANNOTSENDTOCHAN, channel.name)
    try:
        require_join(network, user, channel, "")
    except Refused as refused:
        if refused.row not in (ERR_BADCHANNELKEY, ERR_CHANNELISFULL, ERR_INVITEONLYCHAN, ERR_NEEDREGGEDNICK):
            raise
    else:
        raise Refused(ERR_CHANOPEN, channel.name)


def require_other_nick(user: User) -> None:
    """Raises while `user` is muted or, without a rank, in a channel where nobody changes nick (+N)."""
    ban_policy.require_unmuted(user, user.nick)
    for channel, membership in user.memberships.items():
        if "N" in channel.modes and not membership.ranks:
            raise Refused(ERR_CANTCHANGENICK, channel.name)


def require_topic(user: User, channel: Channel) -> None:
    """Raises unless `user` may set the topic of `channel`."""
    ban_policy.require_unmuted(user, channel.name)
    if "t" in channel.modes:
        require_rank(user, channel, "h")
    else:
        require_member(user, channel)


def require_invite(user: User, channel: Channel) -> None:
    """Raises unless `user` may invite others to `channel`."""
    ban_policy.require_unmuted(user, channel.name)
    if "i" in channel.modes:
        require_rank(user, channel, "h")
    else:
        require_member(user, channel)


# --- IRC operators -------------------------------------------------------------------------------------------------


def overrules(user: User) -> bool:
    """Whether what somebody may not do in a channel is open to `user`, who could change the channel's modes anyway."""
    return "samode" in user.privileges


def require_privilege(user: User, privilege: str) -> None:
    """Raises unless `user` is an IRC operator whose class holds `privilege`."""
    if not user.is_operator:
        raise Refused(ERR_NOPRIVILEGES)
    if privilege not in user.privileges:
        raise Refused(ERR_NOPRIVS, privilege)


# --- seeing --------------------------------------------------------------------------------------------------------


def may_see_channel(viewer: User | None, channel: Channel) -> bool:
    """Whether LIST, NAMES, WHO and WHOIS show the channel to `viewer`."""
    return "s" not in channel.modes or (
        viewer is not None and (viewer in channel.members or "spy" in viewer.privileges)
    )


def may_see_user(network: Network, viewer: User | None, user: User) -> bool:
    """Whether WHO shows `user` to `viewer`: not +i, or a common channel, or an operator looks."""
    if "i" not in user.modes or _may_see_invisible(viewer, user):
        return True
    return viewer is not None and any(channel.shows(member, viewer) for channel, member in user.memberships.items())


def _may_see_invisible(viewer: User | None, user: User) -> bool:
    return viewer is user or (viewer is not None and viewer.is_operator)


def may_see_member(viewer: User | None, member: Membership) -> bool:
    """Whether `viewer` is shown that `member` is in its channel: of a +i user fellow members only are."""
    if not may_see_channel(viewer, member.channel):
        return False
    user = member.user
    if "i" in user.modes and viewer not in member.channel.members and not _may_see_invisible(viewer, user):
        return False
    return not member.is_hidden or (viewer is not None and member.channel.shows(member, viewer))


def may_see_details(viewer: User, user: User) -> bool:
    """Whether WHOIS shows real host, address and modes."""
    return viewer is user or viewer.is_operator


def may_see_account(viewer: User, account: str) -> bool:
    """Whether NickServ shows all that is kept of an account."""
    return viewer.is_operator or fold(viewer.account) == fold(account)
