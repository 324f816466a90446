"""All that this server knows, as facts, for a server that was just linked. Owns: which facts those are, and their
order: servers before those behind them, users before their channels. Must not: send.
"""

from collections.abc import Iterator

from chat.state import announcing
from chat.state.network import Network
from chat.state.servers import Server
from protocol import facts
from protocol.facts import Fact


def burst(network: Network, to: Server) -> Iterator[Fact]:
    """The facts for the server `to`, without what lies behind it."""
    beyond = set(network.servers.behind(to))
    nearest_first = sorted(network.servers, key=lambda server: server.hops)
    for server in nearest_first:
        if server not in beyond:
            near = server.uplink.name if server.uplink is not None else network.name
            yield facts.ServerUp(server.name, server.sid, server.info, near, server.software)
    for user in list(network.users.values()):
        if user.server not in beyond:
            yield announcing.user_up(network, user)
    for channel in list(network.channels.values()):
        yield from announcing.channel_states(network, channel)
    yield facts.BurstEnd(network.name)
