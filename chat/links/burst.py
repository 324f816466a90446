"""All that this server knows, as facts, for a server that was just linked. Owns: which facts those are, and their
order: servers before those behind them, users before their channels. Must not: send.

A burst may be told in parts, between which the lock is given up: what happens then is told as well, but after all of it
(`Peer.begin_burst`). So a part says how things are when it is made. What has changed since the burst began then comes
twice, which changes nothing; what was gone before its part is left out; what came later is not in it.
"""

from collections.abc import Iterator

from chat.state import announcing, enforcement
from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.servers import Server
from chat.state.user import User
from protocol import facts
from protocol.facts import Fact


def burst(network: Network, to: Server) -> Iterator[list[Fact]]:
    """The facts for the server `to`, without what lies behind it. The lock may be given up before and after each list:
    who and what there is to tell of is decided now, and what comes from now on has to be told after all of it."""
    start = [facts.BurstStart(network.name), *_servers(network, to)]
    return _parts(network, to, start, list(network.users.values()), list(network.channels.values()))


def _parts(
    network: Network, to: Server, start: list[Fact], users: list[User], channels: list[Channel]
) -> Iterator[list[Fact]]:
    yield start
    for user in users:
        is_beyond = user.server is not None and user.server.link is to.link
        if not is_beyond and network.users_by_id.get(user.uid) is user:
            yield [announcing.user_up(network, user)]
    for channel in channels:
        if network.channels.get(channel.folded) is channel:
            yield [*announcing.channel_states(network, channel)]
    bans = enforcement.as_facts(network.bans.in_force())
    lifted = [facts.BanLifted(kind.value, mask, at) for kind, mask, at in network.bans.lifted()]
    yield [*bans, *lifted, facts.BurstEnd(network.name)]


def _servers(network: Network, to: Server) -> Iterator[Fact]:
    beyond = set(network.servers.behind(to))
    nearest_first = sorted(network.servers, key=lambda server: server.hops)
    for server in nearest_first:
        if server not in beyond:
            near = server.uplink.name if server.uplink is not None else network.name
            yield facts.ServerUp(server.name, server.sid, server.info, near)
