"""Whether another server may link here: its password, from where and how it comes; and the password that it is given.

Owns: what [links] accept, password and open mean. A wrong password counts as a wrong login from that address. Must not:
speak (`handshake` does), or let a password get into a text.
"""

from chat.links.base import LinkError
from chat.links.peer import Peer
from chat.state.network import Network
from chat.storage import passwords
from chat.storage.settings import LinkAccept
from protocol.addresses import is_in
from protocol.names import fold

_NONE = "*"  # stands in PASS for no password


def _entry(network: Network, name: str) -> LinkAccept | None:
    """Of [links] accept."""
    return next((entry for entry in network.config.links.accept if fold(entry.name) == fold(name)), None)


def require_right(peer: Peer, name: str) -> None:
    """Raises LinkError unless the server that has connected here, and says that it is called `name`, may link. Gives
    the state lock up for a while where a password is to be checked."""
    network, links = peer.network, peer.network.config.links
    _require_own_connection(peer)
    entry = _entry(network, name)
    if entry is not None:
        _require_place(peer, entry)
    expected = entry.password if entry is not None else links.password
    if expected:
        _require_password(peer, name, expected)
        if _entry(network, name) != entry or network.config.links.password != links.password:
            raise LinkError("the configuration has changed meanwhile; try again")
        peer.is_vouched = entry is not None
    elif not links.open:
        raise LinkError("links need a password here, sent by PASS before SERVER")
    elif peer.session.relayed_by:
        raise LinkError("a link that comes through a proxy needs a password")


def _require_own_connection(peer: Peer) -> None:
    """A web page can open a WebSocket to any server, and a gateway brings anybody's clients: neither is a server."""
    session = peer.session
    if session.outbox.transport is not None and session.outbox.transport.is_websocket:
        raise LinkError("a WebSocket is for clients; no server links by it")
    if session.relayed_by == "WEBIRC":
        raise LinkError("a web gateway brings clients; no server links by it")


def _require_place(peer: Peer, entry: LinkAccept) -> None:
    session = peer.session
    if entry.hosts and not is_in(session.address, entry.hosts):
        raise LinkError(f"{entry.name} may not connect from {session.address}")
    if entry.tls_only and not session.is_secure:
        raise LinkError(f"{entry.name} has to connect by TLS")


def _require_password(peer: Peer, name: str, expected: str) -> None:
    network, address = peer.network, peer.session.address
    if peer.password in ("", _NONE):
        raise LinkError("links need a password here, sent by PASS before SERVER")
    account = f"server {name}"  # no account of a person is called so
    is_limited = not network.admission.is_exempt(address)
    if is_limited and network.wrong_logins.are_too_many(account, address):
        raise LinkError("there were too many wrong passwords lately; wait a minute")
    if passwords.are_many_waiting():
        raise LinkError("many passwords are being checked just now; try again in a moment")
    if not _is_right(peer, expected):
        network.wrong_logins.note(account, address)
        raise LinkError(f"wrong password for {name}")


def _is_right(peer: Peer, expected: str) -> bool:
    given, peer.password = peer.password, ""
    with peer.network.lock.unlocked():
        is_right = passwords.verify_password(expected, given)
    if peer.session.is_closed:
        raise LinkError("the connection has ended")
    return is_right


def require_answer(peer: Peer, name: str) -> None:
    """Raises LinkError unless the server that was dialled, and is called `name`, has given back the password that it
    would need to connect here itself, if it needs one of its own. As `require_right` otherwise."""
    entry = _entry(peer.network, name)
    if entry is None:
        return
    if peer.password in ("", _NONE):
        raise LinkError(f"{name} gave no password back; it needs this server in its [links] connect, with one")
    if not _is_right(peer, entry.password):
        raise LinkError(f"{name} gave a wrong password back")


def password_for(peer: Peer, name: str) -> str:
    """What this server gives back to the server called `name`, which has connected here: as when it would connect there
    itself. Nothing to one that has not shown by a password of its own that it is that server, and nothing without TLS
    that goes over TLS otherwise."""
    if not peer.is_vouched:
        return _NONE
    entry = next((each for each in peer.network.config.links.connect if fold(each.name) == fold(name)), None)
    if entry is None or (entry.tls and not peer.session.is_secure):
        return _NONE
    return entry.password or _NONE
