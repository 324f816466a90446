"""The first lines of a link: who is it, may it, and what do both speak.

Both sides begin as lab servers do, with SERVER. A server that knows more says so by two spaces at the end of the info
in its answer, which no lab server sees; the one that dialled then sends PARLEY, is answered with PARLEY, and facts
follow. A PASS before SERVER gives the password, and tells servers of RFC 2813 apart.
Owns: these lines and the decision. Must not: speak any protocol further (`parley`, `lab`, `rfc2813`).
"""

from chat.links import parley
from chat.links.base import LinkError, LinkProtocol
from chat.links.lab import LabLink
from chat.links.peer import Peer
from chat.links.rfc2813 import Rfc2813Link
from chat.links.rights import password_for, require_answer, require_right
from chat.links.tree import Tree
from chat.state import registration
from chat.state.session import Session
from chat.storage.settings import LinkPeer
from protocol import link, rfc2813
from protocol.fact_rules import is_server, is_text
from protocol.framing import LineTooLong
from protocol.masking import escaped
from protocol.message import Message, parse_message
from protocol.names import fold

IMPLEMENTATION = "parley"
OFFER = (rfc2813.VERSION, f"{IMPLEMENTATION}|1:{rfc2813.FLAGS}")  # of PASS: protocol, implementation and flags


def first_line(lines: list[bytes | LineTooLong]) -> int | None:
    """The place of the line by which a connection becomes a link: SERVER, whatever stands before it as source."""
    return next((place for place, line in enumerate(lines) if isinstance(line, bytes) and _is_server(line)), None)


def _is_server(line: bytes) -> bool:
    if line[:1] == b":":
        line = line.partition(b" ")[2]
    return line[:7].upper() == b"SERVER "


def _parsed(line: bytes) -> Message:
    return parse_message(line.rstrip(b"\r").decode("utf-8", "replace"))


def accept(tree: Tree, session: Session) -> Peer:
    """A connection has sent SERVER: it wants to be a link. What PASS said before is with its registration."""
    peer = Peer(tree, session)
    if session.registration is not None:
        peer.password, peer.offer = session.registration.password or "", session.registration.link_offer
        registration.release_nick(tree.network, session)
    peer.protocol = Answering(peer)
    return peer


def dial(tree: Tree, session: Session, place: LinkPeer) -> Peer:
    """A connection that this server has opened, to `place`: says who it is."""
    peer = Peer(tree, session, place)
    peer.protocol = Asking(peer)
    if place.password:
        peer.send_line(f"PASS {place.password} {' '.join(OFFER)}")
    peer.send_line(f"SERVER {peer.network.name} 1 :{peer.network.config.info}")
    return peer


def _server_line(message: Message) -> tuple[str, str]:
    """Name and info of a SERVER; raises LinkError for anything else."""
    if message.command.upper() != "SERVER" or len(message.params) < 2:
        raise LinkError("expected was SERVER <name> 1 :<info>")
    name, info = message.params[0], message.params[-1]
    if not is_server(name):
        raise LinkError(f"{name} is no name of a server; allowed are letters, digits, hyphens and dots")
    if not is_text(info):
        raise LinkError("the info of SERVER is too long")
    return name, info


def _settle_race(peer: Peer, name: str) -> None:
    """When two servers dial each other at once, there are two connections: the one that the server with the lesser name
    has dialled stays, which both see alike. Raises LinkError when `peer`, to the server called `name`, is the other."""
    tree = peer.tree
    dialled_stays = fold(tree.network.name) < fold(name)
    for rival in [*tree.pending, *tree.peers]:
        if (rival.place is None) == (peer.place is None) or fold(rival.claimed) != fold(name):
            continue
        if (peer.place is not None) != dialled_stays:
            raise LinkError(f"{name} is being linked by another connection")
        rival.cut("both servers have dialled; the other connection stays")


class Answering(LinkProtocol):
    """Somebody has connected here and sends SERVER."""

    name = "handshake"

    def receive(self, line: bytes) -> None:
        """SERVER, which decides everything."""
        name, info = _server_line(_parsed(line))
        self.peer.introduced = name
        self.tree.require_new(name)
        require_right(self.peer, name)
        self.tree.require_new(name)  # the lock was given up
        _settle_race(self.peer, name)
        peer, own = self.peer, self.network.name
        peer.claimed = name
        if peer.offer and not is_parley(peer.offer):
            self._become_rfc2813(name, info)
            return
        if peer.offer:
            peer.send_line(f"PASS {password_for(peer, name)} {' '.join(OFFER)}")
        peer.send_line(f":{own} SERVER {own} 1 :{self.network.config.info}{link.MARK}")
        if peer.offer:
            peer.protocol = Upgrading(peer, name, info)
            return
        peer.protocol = UpgradableLabLink(peer)
        self.tree.established(peer, name, info)
        self.tree.become_told(peer)

    def _become_rfc2813(self, name: str, info: str) -> None:
        peer, own = self.peer, self.network.name
        peer.send_line(f"PASS {password_for(peer, name)} {' '.join(OFFER)}")
        peer.send_line(f":{own} SERVER {own} 1 :{self.network.config.info}")
        become_rfc2813(peer, name, info)


class UpgradableLabLink(LabLink):
    """A lab link, unless the first line that comes says that facts follow."""

    def receive(self, line: bytes) -> None:
        """The first line decides."""
        peer = self.peer
        assert peer.server is not None
        if line.startswith(link.UPGRADE.encode() + b" "):
            parley.require_understood(line, peer.server.name)
            become_parley(peer)
            return
        peer.protocol = LabLink(peer)
        peer.protocol.receive(line)


class Asking(LinkProtocol):
    """This server has connected somewhere, and waits for SERVER."""

    name = "handshake"

    def receive(self, line: bytes) -> None:
        """PASS, SERVER or ERROR; numerics of a welcome are passed over."""
        message = _parsed(line)
        verb = message.command.upper()
        if not verb or verb.isdigit() or verb in ("NOTICE", "PING", "CAP"):
            return
        if verb == "ERROR":
            raise LinkError(f"the other side says: {escaped(message.params[0] if message.params else '')}")
        if verb == "PASS":
            self.peer.password, *offer = message.params or [""]
            self.peer.offer = tuple(offer)
            return
        self._answered(*_server_line(message))

    def _answered(self, name: str, info: str) -> None:
        peer, place = self.peer, self.peer.place
        assert place is not None
        if place.name and fold(place.name) != fold(name):
            raise LinkError(f"the server there is {name}, not {place.name}")
        _settle_race(peer, name)
        self.tree.require_new(name)
        require_answer(peer, name)
        _settle_race(peer, name)  # the lock was given up
        self.tree.require_new(name)
        peer.claimed = name
        if peer.offer and not is_parley(peer.offer):
            become_rfc2813(peer, name, info)
            return
        if info.endswith(link.MARK):
            peer.send(parley.hello(peer))
            peer.protocol = Upgrading(peer, name, info[: -len(link.MARK)], has_said=True)
            return
        peer.protocol = LabLink(peer)
        self.tree.established(peer, name, info)
        self.tree.become_told(peer)


class Upgrading(LinkProtocol):
    """Both know that facts will follow; this side waits for the PARLEY of the other."""

    name = "handshake"

    def __init__(self, peer: Peer, name: str, info: str, has_said: bool = False) -> None:
        super().__init__(peer)
        self._name = name
        self._info = info
        self._has_said = has_said

    def receive(self, line: bytes) -> None:
        """PARLEY; what comes before it is the view for a lab server, which comes again as facts."""
        error = link.decode_error(line)
        if error is not None:
            raise LinkError(f"the other side says: {escaped(error)}")
        if not line.startswith(link.UPGRADE.encode() + b" "):
            return
        parley.require_understood(line, self._name)
        self.tree.require_new(self._name)
        become_parley(self.peer, self._name, self._info, has_said=self._has_said)


def become_parley(peer: Peer, name: str = "", info: str = "", has_said: bool = False) -> None:
    """The link carries facts from now on. `name` is needed unless its server is established already."""
    if not has_said:
        peer.send(parley.hello(peer))
    peer.is_told = False
    peer.protocol = parley.ParleyLink(peer)
    if peer.server is None:
        peer.tree.established(peer, name, info)
    peer.tree.become_told(peer)


def become_rfc2813(peer: Peer, name: str, info: str) -> None:
    """Both sides have sent PASS and SERVER, and the other one is a server of RFC 2813."""
    protocol = Rfc2813Link(peer, name, info)
    peer.protocol = protocol
    protocol.greet()


def is_parley(offer: tuple[str, ...]) -> bool:
    """Whether PASS said that the other side knows Parley links."""
    return len(offer) > 1 and offer[1].partition("|")[0].lower() == IMPLEMENTATION
