"""What every link protocol offers. Owns: that interface. Must not: know any of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chat.state.asking import Question
from chat.state.channel import Channel
from chat.state.servers import Server
from chat.state.user import User
from protocol.values import Event, Source

if TYPE_CHECKING:
    from chat.links.peer import Peer


class LinkError(Exception):
    """A link cannot go on; the text says why, to the other side and in the log."""


class LinkProtocol:
    """How one link speaks. All is called under the state lock. What a protocol cannot say, it leaves out."""

    name = ""
    carries_facts = False  # is told facts; all others are shown what happens
    knows_error = True  # may be told by ERROR why a link ends in order; who breaks the rules is told in any case

    def __init__(self, peer: "Peer") -> None:
        self.peer = peer
        self.network = peer.network
        self.tree = peer.tree

    def receive(self, line: bytes) -> None:
        """One line from the other side, without LF. Raises LinkError."""
        raise NotImplementedError

    def burst(self) -> None:
        """Sends all that this server knows, without what lies behind the peer."""

    def ping(self, token: str) -> bool:
        """Asks for a sign of life; False where the protocol has no such thing."""
        return False

    # --- for links that are shown what happens -----------------------------------------------------------------

    def show_server(self, server: Server) -> None:
        """A server has come."""

    def hide_server(self, server: Server, gone: list[tuple[User, Event]], reason: str) -> None:
        """A server has gone, with those behind it: the users with the event that tells of each."""

    def show_user(self, user: User) -> None:
        """A user has come."""

    def show(self, event: Event, about: Channel | User) -> None:
        """Something has happened in a channel, or to a user; it is the same to users of this server. Told before a nick
        changes or a user goes, and after anything else."""

    def say_to_channel(self, event: Event, channel: Channel, status: str) -> None:
        """A message to a channel, or (`status`) to members with that prefix or above."""

    def say_to_user(self, event: Event, target: User) -> None:
        """A message to a user behind this link."""

    def announce(self, event: Event) -> None:
        """Something is said to many users of the network: WALLOPS."""

    def kill(self, user: User, killer: Source, comment: str) -> None:
        """A user behind this link is taken out of the network. What is said of it later is passed over."""

    def inquire(self, question: Question, server: Server, user: User, verb: str, params: Sequence[str]) -> bool:
        """Asks a server behind this link for the answer to a command of a user of this server; False where the protocol
        has no such thing."""
        return False
