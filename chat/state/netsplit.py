"""Servers go and come back: what their users and the others see of it (IRCv3 netsplit and netjoin batches).

Owns: who is told of many quits and joins at once, and how. Must not: know a link.
"""

from collections.abc import Iterable

from chat.state import membership, registration
from chat.state.channel import Channel, Membership
from chat.state.network import Network
from chat.state.servers import Server
from chat.state.user import User
from protocol import events
from protocol.values import Event


def quits(network: Network, servers: Iterable[Server], text: str) -> list[tuple[User, Event]]:
    """The users on `servers`, each with the event that tells of its going."""
    gone = [user for server in servers for user in server.users]
    return [(user, network.event(events.QUIT, user.source, "", text)) for user in gone]


def split(network: Network, near: str, far: str, gone: list[tuple[User, Event]]) -> None:
    """The network has split between the servers `near` and `far`: `gone` from `quits` are gone."""
    for user, event in gone:
        registration.take_out(network, user, event)


def arrive(network: Network, channel: Channel, members: list[Membership], far: str) -> None:
    """Users who are in the channel on the side of the server `far` have been added to it."""
    for member in members:
        user = member.user
        event = network.event(events.JOIN, user.source, channel.name, "", user.realname)
        membership.show_arrival(network, member, event, None)
