"""What the state tells the rest of the network. Owns: the ways to tell. This relay has nobody to tell; the one of
`chat.links`, which takes its place where a server may be linked, has. Called under the state lock.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chat.state.remote_logins import RemoteLogin
from protocol.facts import Fact
from protocol.values import Event, Source

if TYPE_CHECKING:
    from chat.state.asking import Pending, Question
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

    def announce(self, event: Event) -> None:
        """Something is said to many users of the network, for links that know no facts."""

    def kill(self, user: "User", killer: Source, comment: str, event: Event) -> None:
        """Somebody behind a link that knows no facts is taken out of the network, for that link; all others of these
        are shown `event`, its QUIT."""

    def is_ruled_here(self, user: "User") -> bool:
        """Whether this server decides over a user: one of its own, or one behind a link that knows no facts."""
        return user.server is None

    def channel_ended(self, channel: "Channel") -> None:
        """The last member has left a channel. Asked for only while `is_linked`."""

    def ask(self, server: "Server", verb: str, *params: str, by: str = "") -> None:
        """Asks another server for something that only it can do, without an answer. `by`: the uid of who wants it, or
        the name of the server that does; "" is this one. See `chat.links.asking` for what can be asked for."""

    def inquire(self, server: "Server", user: "User", verb: str, params: Sequence[str]) -> "Question | None":
        """Has a command of a user of this server carried out by another one; None when it is reached only by links that
        carry no questions. `withdraw` the question when it is over, whatever its answer."""
        return None

    def withdraw(self, question: "Pending") -> None:
        """Nobody waits for the answer any more."""

    def check_login(self, account: str, secret: str, address: str) -> RemoteLogin:
        """Has the server that keeps the accounts ([links] accounts) look at a password, of somebody who logs in from
        `address`. `withdraw` it when it is over, whatever its answer."""
        login = RemoteLogin("")
        login.refuse("No server is linked that could check the password")
        return login
