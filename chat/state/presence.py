"""Whether somebody is there: what the sessions of a user say with AWAY, and what the others are told of it.

A written reason, and coming back, are the user's own word and hold for all of its sessions. `AWAY *` (IRCv3 pre-away)
is the word of one session that nobody sits at: the user counts as away for that when all of its sessions say so, and
no written reason gives way to it.

Owns: the user's away text. Must not: answer the one who asks.
"""

from chat.state import announcing, ban_policy
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from protocol import events, facts
from protocol.names import cut

UNATTENDED = "*"


def set_away(network: Network, session: Session, reason: str) -> None:
    """What `session` says: a reason, cut to its limit, `*` for "nobody sits here", or "" for being there. Raises
    Refused for the reason of somebody whom nobody is to hear."""
    user = session.user
    assert user is not None
    if reason not in ("", UNATTENDED):
        ban_policy.require_unmuted(user, user.nick)
    session.is_unattended = reason == UNATTENDED
    if session.is_unattended:
        review(network, user)
    else:
        _show(network, user, cut(reason, network.limits.away) or None)


def review(network: Network, user: User) -> None:
    """A session of `user` came, went or was left: it is away without a reason when nobody sits at any of them."""
    if user.sessions and user.away in (None, UNATTENDED):
        nobody = all(session.is_unattended for session in user.sessions)
        _show(network, user, UNATTENDED if nobody else None)


def _show(network: Network, user: User, text: str | None) -> None:
    if text != user.away:
        announcing.about_user(network, user, facts.AwaySet(user.uid, text))
        show_away(network, user, text)


def show_away(network: Network, user: User, text: str | None) -> None:
    """The user is away for that reason, or back (None), from now on."""
    user.away = text
    event = network.event(events.AWAY, user.source, "", text or "")
    network.tell_neighbours(user, event)
    if network.relay.is_linked:
        network.relay.show(event, user)
