"""Who may read which part of the past, and who may take something out of it. Owns: those rules, and which place of the
history a channel or nick means to somebody. Must not: read the history, or change anything."""

import time
from typing import NamedTuple

from chat.state import domain
from chat.state.channel import Channel
from chat.state.history import talk_key
from chat.state.network import Network
from chat.state.user import User
from chat.storage.history_reading import Entry
from protocol.moments import milliseconds
from protocol.names import fold, is_channel_type

ONLY_SINCE_JOINED = "H"  # the channel mode


class Place(NamedTuple):
    """A channel or a talk as somebody may read it. `name`: the channel's, or whom the talk is with; `since`: the time
    in milliseconds before which nothing is shown."""

    key: str
    name: str
    since: int
    channel: Channel | None = None

    @property
    def delivered_to(self) -> str:
        """What the events there are addressed to: a channel by its present name, a user by the nick of then ("")."""
        return self.name if self.channel is not None else ""


def place_of(network: Network, user: User, target: str) -> Place | None:
    """The history of a channel or of the talk with a nick, if `user` may read it: channels for their members, talks for
    the identities that have them, whoever holds the nick by now. None otherwise, whatever the reason."""
    oldest = network.history.oldest
    if is_channel_type(target):
        channel = network.find_channel(target)
        member = channel.members.get(user) if channel is not None else None
        if channel is None or member is None:
            return None
        # From the next millisecond: what was said in the same one was perhaps said before.
        since = milliseconds(member.joined_at) + 1 if ONLY_SINCE_JOINED in channel.modes else 0
        return Place(channel.folded, channel.name, max(since, oldest), channel)
    found = identity_of(network, target)
    return Place(talk_key(user.identity, found[0]), found[1], oldest) if found is not None else None


def identity_of(network: Network, nick: str) -> tuple[str, str] | None:
    """Whom a nick means: the identity of who has it, else the account of that name, and the name as it is spelled. The
    account of another server goes by its full name, which no nick can be."""
    user = network.find_user(nick)
    if user is not None:
        return user.identity, user.nick
    if domain.is_foreign(nick):
        return fold(domain.localized(network, nick)), nick
    account = network.find_account(nick)
    return (fold(account.name), account.name) if account is not None else None


def name_of(network: Network, identity: str) -> str | None:
    """The nick by which somebody is reached who has an account, else the account's name; None while another one has
    that nick, and for a guest."""
    user = next(iter(network.users_of_account(identity)), None)
    if user is None and domain.is_foreign(identity):
        return identity
    if user is None:
        account = network.find_account(identity)
        if account is not None:
            holder = network.find_user(account.name)
            return account.name if holder is None else None
    return user.nick if user is not None else None


def readable_channels(network: Network, user: User) -> list[Place]:
    """The channels whose history `user` may read."""
    places = (place_of(network, user, channel.name) for channel in user.memberships)
    return [place for place in places if place is not None]


def may_redact(network: Network, user: User, place: Place, entry: Entry) -> bool:
    """Whether `user` may take a message back: its author, somebody of half-operator's rank or higher in the channel, an
    IRC operator with that privilege."""
    if entry.author == user.identity or "redact" in user.privileges:
        return True
    member = place.channel.members.get(user) if place.channel is not None else None
    return member is not None and bool(member.ranks - {"v"})


def is_too_late(network: Network, user: User, entry: Entry) -> bool:
    """Whether the time is over in which a message may be taken back; never for operators with the privilege."""
    hours = network.history.limits.redact_hours
    return bool(hours) and "redact" not in user.privileges and entry.time < (time.time() - hours * 3600) * 1000
