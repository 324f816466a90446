"""Auditoriums (+u): members without rank are shown to half-operators and above, and to themselves, only.

Owns: what a change of ranks, or of +u itself, lets somebody see appear or disappear. Must not: change a rank, or decide
who is hidden (`Membership.is_hidden`, `Channel.viewers`).
"""

from collections.abc import Iterator
from typing import NamedTuple

from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.user import User
from protocol import events
from protocol.values import Event


class Sight(NamedTuple):
    """Who was hidden in a channel, and from whom nobody was."""

    hidden: frozenset[User]
    seeing: frozenset[User]


class Shift(NamedTuple):
    """Who, as a pair of viewer and member, comes into sight and who goes out of it."""

    appear: list[tuple[User, User]]
    vanish: list[tuple[User, User]]


def sight(channel: Channel) -> Sight:
    """Who sees whom at present."""
    if not channel.is_auditorium:
        return Sight(frozenset(), frozenset())
    members = channel.members.items()
    return Sight(
        frozenset(user for user, member in members if not member.ranks),
        frozenset(user for user, member in members if member.sees_all),
    )


def shift(channel: Channel, before: Sight) -> Shift:
    """What became of `before`."""
    now = sight(channel)
    found = Shift([], [])
    for viewer, member in _candidates(channel, before, now):
        saw = member not in before.hidden or viewer in before.seeing
        sees = member not in now.hidden or viewer in now.seeing
        if saw != sees and viewer is not member:
            (found.appear if sees else found.vanish).append((viewer, member))
    return found


def _candidates(channel: Channel, before: Sight, now: Sight) -> Iterator[tuple[User, User]]:
    """The pairs for which something may have changed: not all of them, or one +v in a hall of thousands would look at
    millions."""
    for member in channel.members:
        if (member in before.hidden) != (member in now.hidden):
            for viewer in channel.members:
                yield viewer, member
    for viewer in before.seeing ^ now.seeing:
        for member in before.hidden & now.hidden:
            yield viewer, member


def show(network: Network, channel: Channel, found: Shift) -> None:
    """Who comes into sight joins, for those who see it; to be told before the change of rank."""
    joins: dict[User, list[Event]] = {}
    for viewer, member in found.appear:
        if member not in joins:
            joins[member] = [network.event(events.JOIN, member.source, channel.name, "", member.realname)]
            if member.away is not None:
                joins[member].append(network.event(events.AWAY, member.source, channel.name, member.away))
        for event in joins[member]:
            network.tell_user(viewer, event)


def hide(network: Network, channel: Channel, found: Shift) -> None:
    """Who goes out of sight leaves, for those who do not see it any more; to be told after the change of rank."""
    parts: dict[User, Event] = {}
    for viewer, member in found.vanish:
        if member not in parts:
            parts[member] = network.event(events.PART, member.source, channel.name)
        network.tell_user(viewer, parts[member])
