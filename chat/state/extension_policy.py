"""Who may rename a channel, and who may set what a channel or user tells about itself.

Owns: those rules. Must not: change anything.
"""

from chat.state import ban_policy, policy
from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.user import User
from protocol.names import fold, is_channel
from protocol.replies import FAIL_CANNOT_RENAME, FAIL_CHANNEL_NAME_IN_USE, FAIL_KEY_NO_PERMISSION
from protocol.values import Refused


def require_rename(network: Network, user: User, channel: Channel, name: str) -> None:
    """Raises unless `user` may give the channel this name: its operators may, of a permanent one only those who may
    make it one, and nobody what is no name, reserved or taken."""
    policy.require_operator(user, channel)
    if network.relay.is_linked:
        why = "Other servers are linked, which know it by its present name"
        raise Refused(FAIL_CANNOT_RENAME, channel.name, name, why)
    ban_policy.require_unmuted(user, channel.name)
    if channel.is_permanent:
        policy.require_permanence(user, channel)
    if not is_channel(name, network.limits.channel):
        why = policy.CHANNEL_RULE.format(limit=network.limits.channel - 1)
        raise Refused(FAIL_CANNOT_RENAME, channel.name, name, f"That is no name of a channel: # and {why}")
    if name == channel.name:
        raise Refused(FAIL_CANNOT_RENAME, channel.name, name, "That is its name already")
    if fold(name) == channel.folded:
        return
    if network.find_channel(name) is not None:
        raise Refused(FAIL_CHANNEL_NAME_IN_USE, channel.name, name)
    try:
        ban_policy.require_unreserved_channel(network, name, user)
    except Refused:
        raise Refused(FAIL_CANNOT_RENAME, channel.name, name, "That name is reserved") from None


def require_metadata(user: User | None, holder: object, target: str, key: str) -> None:
    """Raises unless `user` may set what `holder` (a user, a channel, or the registration of the asker) tells about
    itself: one's own, a channel's its operators and admins, everything IRC operators with the privilege."""
    if user is None or holder is user or "metadata" in user.privileges:
        return
    if isinstance(holder, Channel):
        membership = holder.members.get(user)
        if policy.is_admin(holder, user) or (membership is not None and membership.is_at_least("o")):
            return
    raise Refused(FAIL_KEY_NO_PERMISSION, target, key)
