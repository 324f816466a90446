"""A user: an identity with one or more sessions. Owns: nick, host, account, modes, away, which channels.
Must not: send anything, or check a permission."""

import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from protocol.modes import BOT
from protocol.names import fold
from protocol.values import Source

if TYPE_CHECKING:
    from chat.state.channel import Channel, Membership
    from chat.state.servers import Server
    from chat.state.session import Session
    from chat.storage.bans import ServerBan


class User:
    """One identity on the network. Change nick, username, host, account or modes only by the methods: `source`, the
    prefix of everything this user causes, is made once for each identity and not once for each message."""

    __slots__ = (
        "account", "address", "away", "claimed_host", "claimed_nick", "cloaked_host", "folded", "host", "identity",
        "invitations", "is_secure_there", "markers", "memberships", "metadata", "modes", "mute", "nick", "nick_since",
        "number", "operator", "privileges", "real_host", "realname", "server", "sessions", "signed_on", "source",
        "spoke_at", "subjects", "uid", "username",
    )  # fmt: skip

    def __init__(self, nick: str, username: str, host: str, realname: str, address: str, account: str = "") -> None:
        self.nick = nick
        self.folded = fold(nick)
        self.username = username
        self.host = host
        self.real_host = host
        self.cloaked_host = ""  # where the server has those
        self.claimed_host = ""  # what a lab client called its host, when that is shown
        self.address = address
        self.realname = realname
        self.account = account
        self.modes: frozenset[str] = frozenset()
        self.operator = ""  # of an IRC operator: the name of its block in the configuration
        self.privileges: frozenset[str] = frozenset()  # what its class allows
        self.subjects: frozenset[str] = frozenset()  # of the server notices that it gets
        self.mute: ServerBan | None = None  # the ban by which nothing it says is delivered
        self.number = secrets.token_hex(8)
        self.uid = ""  # by which other servers know it
        self.claimed_nick = ""  # its nick, while it goes by its id here: see `registration.lose_nick`
        self.nick_since = 0  # milliseconds of the network's clock: of two equal nicks the older one stays
        self.server: Server | None = None  # where it is connected; None: here
        self.is_secure_there = False  # what another server says of its connections
        self.away: str | None = None
        self.metadata: Mapping[str, str] = {}  # of somebody without an account: see `chat.state.metadata`
        self.memberships: dict[Channel, Membership] = {}
        self.invitations: dict[str, Channel] = {}  # by folded name
        self.sessions: list[Session] = []
        self.markers: dict[str, int] | None = None  # read markers, once they have been read from the history
        self.signed_on = time.time()
        self.spoke_at = self.signed_on
        self.source = self._source()

    def _source(self) -> Source:
        prefix = f"{self.nick}!{self.username}@{self.host}"
        # Whom what is kept belongs to: the account, or, of somebody without one, this connection alone.
        self.identity = fold(self.account) if self.account else f"*{self.number}"
        return Source(self.nick, prefix, self.account, BOT in self.modes, self.is_operator, self.identity)

    def rename(self, nick: str) -> None:
        """A new nick; the tables that are keyed by nick are the caller's."""
        self.nick = nick
        self.folded = fold(nick)
        self.source = self._source()

    def move(self, username: str, host: str) -> None:
        """A new user name and visible host."""
        self.username, self.host = username, host
        self.source = self._source()

    def log_in(self, account: str) -> None:
        """Belongs to `account` from now on; "" logs out."""
        self.account, self.markers = account, None
        self.source = self._source()

    def set_modes(self, modes: frozenset[str]) -> None:
        """The user modes in force."""
        self.modes = modes
        if "o" not in modes:
            self.operator, self.privileges, self.subjects = "", frozenset(), frozenset()
        self.source = self._source()

    @property
    def is_operator(self) -> bool:
        """Whether the user is an IRC operator."""
        return "o" in self.modes

    @property
    def is_secure(self) -> bool:
        """Whether all of the user's connections are encrypted."""
        if self.server is not None:
            return self.is_secure_there
        return bool(self.sessions) and all(session.is_secure for session in self.sessions)

    @property
    def shown_modes(self) -> str:
        """`+iw`."""
        return "+" + "".join(sorted(self.modes))

    def forget_audiences(self) -> None:
        """The sessions or their capabilities changed: the channels group their receivers anew."""
        for channel in self.memberships:
            channel.forget_audience()
