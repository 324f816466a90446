"""The servers of the network: LINKS MAP CONNECT SQUIT. Owns: how their tree is shown, and what operators may ask of it.
Must not: dial, or end a link itself (`chat.links` does)."""

from collections.abc import Iterator
from dataclasses import replace

from chat.commands.call import Call
from chat.commands.registry import command, optional, text, word
from chat.commands.routing import ask, for_others, routed
from chat.state import announcements
from chat.state.network import Network
from chat.state.servers import Server
from chat.storage.settings import LinkPeer
from protocol.limits import LIST_REPLY_BYTES
from protocol.names import cut, fold, mask_matches
from protocol.replies import (
    ERR_NOSUCHSERVER,
    FAIL_REQUEST,
    RPL_ENDOFLINKS,
    RPL_LINKS,
    RPL_MAP,
    RPL_MAPEND,
)
from protocol.values import Refused

_NOTICES = "s"  # the subject of server notices
_MAP_COLUMNS = 50  # of a server's name, with the lines that lead to it


@command("LINKS", optional(word()), optional(word()))
@routed(0, only_with=1)
def links(call: Call, first: str | None, second: str | None) -> None:
    """LINKS [[<server>] <mask>]: the servers of the network, each with the one it is linked to on the way to this one,
    how many links away it is, and what it says of itself."""
    network, mask = call.network, second or first or "*"
    if mask_matches(mask, network.name):
        call.reply(RPL_LINKS, network.name, network.name, 0, network.config.info)
    for server in list(network.servers.walk()):
        if mask_matches(mask, server.name):
            call.reply(RPL_LINKS, server.name, _near(network, server), server.hops, server.info)
    call.reply(RPL_ENDOFLINKS)


def _near(network: Network, server: Server) -> str:
    """The name of the server by which that one is linked, seen from here."""
    return network.name if server.uplink is None else server.uplink.name


@command("MAP")
def map_(call: Call) -> None:
    """MAP: the servers of the network as a tree, seen from this one, with how many users each has."""
    network = call.network
    total = max(1, len(network.users))
    for label, users in [(network.name, network.local_users), *_branches(network, None, "")]:
        dashes = "-" * max(3, _MAP_COLUMNS - len(label) - 1)
        call.reply(RPL_MAP, f"{label} {dashes} | Users: {users:5d} ({100 * users / total:5.1f}%)")
    call.reply(RPL_MAPEND)


def _branches(network: Network, server: Server | None, indent: str) -> Iterator[tuple[str, int]]:
    """What is linked to `server` on its far side: each as it is drawn, and its users."""
    children = network.servers.children(server)
    for child in children:
        is_last = child is children[-1]
        yield f"{indent} {'`' if is_last else '|'}-{child.name}", len(child.users)
        yield from _branches(network, child, f"{indent} {' ' if is_last else '|'} ")


# --- changing it ---------------------------------------------------------------------------------------------------


@command("CONNECT", word(), optional(word()), optional(word()), privilege="link")
@routed(2)
def connect(call: Call, name: str, port: str | None, at: str | None) -> None:
    """CONNECT <server> [<port> [<remote server>]]: has this server, or the remote one, dial a server of its
    configuration now (one without a name there goes by its host); port 0 is the configured one. What becomes of it is
    told by server notices. It also ends what SQUIT did: the server is dialled by itself again, if it is configured
    so."""
    network = call.network
    places = network.config.links.connect
    place = next((each for each in places if fold(each.name or each.host) == fold(name)), None)
    known = network.servers.find(name if place is None else place.name)
    if known is not None:
        raise Refused(FAIL_REQUEST, "CONNECT", f"{known.name} is linked already, by {_near(network, known)}")
    if place is None:
        network.notice(call.session, f"{network.name} has no entry {name} in [links] connect")
        raise Refused(ERR_NOSUCHSERVER, name)
    place = _at_port(place, port or "0")
    told = f"{call.user.nick} has {network.name} dial {place.name} ({place.host} port {place.port})"
    announcements.notice(network, told, _NOTICES, call.user)
    call.server.dialer.connect(place)


def _at_port(place: LinkPeer, port: str) -> LinkPeer:
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else -1
    if not 0 <= number <= 65535:
        raise Refused(FAIL_REQUEST, "CONNECT", f"{port} is no port")
    return replace(place, port=number) if number else place


@command("SQUIT", word(), optional(text()), privilege="link")
@for_others
def squit(call: Call, name: str, reason: str | None) -> None:
    """SQUIT <server> [:<reason>]: cuts the link by which a server hangs on the network, seen from here. The server on
    the near side of it does so, and does not dial that one again by itself before CONNECT, or until the entry in its
    configuration changes. If it is the far side that dials, that one comes back unless it is told not to there: SQUIT
    as an operator of that server."""
    network = call.network
    if fold(name) == fold(network.name):
        raise Refused(FAIL_REQUEST, "SQUIT", "A server is not cut off from itself; DIE stops it")
    server = network.servers.find(name)
    if server is None:
        raise Refused(ERR_NOSUCHSERVER, name)
    reason = reason or call.user.nick
    if server.uplink is not None:
        ask(call, server.uplink, server.name, reason)
        return
    reason = cut(reason, LIST_REPLY_BYTES)
    place: LinkPeer | None = server.link.place
    after = ""
    if place is not None and place.autoconnect:
        after = f"; {network.name} does not dial it again before CONNECT"
        call.server.dialer.rest(place)
    told = f"{call.user.nick} cuts {server.name} off: {reason}{after}"
    announcements.notice(network, told, _NOTICES, call.user)
    server.link.cut(f"SQUIT by {call.user.nick}: {reason}")
