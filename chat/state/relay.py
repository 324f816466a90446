"""What the state tells the rest of the network. Owns: the ways to tell. This relay has nobody to tell; the one of
`chat.links`, which takes its place where a server may be linked, has. Called under the state lock.
"""

from typing import TYPE_CHECKING

from protocol.facts import Fact
from protocol.values import Event

if TYPE_CHECKING:
    from chat.state.channel import Channel
    from chat.state.servers import Server
    from chat.state.user import User


class Relay:
    """`is_linked`: there is some other server. `is_telling`: facts that this server makes have to be told; not while it
    applies the fact of another, which goes on as it came."""

    is_linked = False
    is_telling = False

    def tell(self, fact: Fact) -> None:
        """A fact of this server, for all who know facts. Asked for only while `is_telling`."""

    def show(self, event: Event, about: "Channel | User") -> None:
        """What happened, for links that know no facts: an event of the channel, or of the user that did it."""

    def show_user(self, user: "User") -> None:
        """Somebody has come, for links that know no facts."""

    def say_to_channel(self, event: Event, channel: "Channel", speaker: "User", status: str = "") -> None:
        """A message for the members of a channel on other servers; `status`: for those with this prefix, or above."""

    def say_to_user(self, event: Event, target: "User", speaker: "User") -> None:
        """A message for a user of another server."""

    def ask(self, server: "Server", verb: str, *params: str, by: str = "") -> None:
        """Asks another server for something that only it can do, without an answer. `by`: the uid of who wants it."""
