"""A user: an identity with one or more sessions. Owns: nick, host, account, modes, away, which channels.
Must not: send anything, or check a permission."""

import secrets
import time
from typing import TYPE_CHECKING

from protocol.modes import BOT
from protocol.names import fold
from protocol.values import Source

if TYPE_CHECKING:
    from chat.state.channel import Channel, Membership
    from chat.state.session import Session


class User:
    """One identity on the network. Change nick, username, host, account or modes only by the methods: `source`, the
    prefix of everything this user causes, is made once for each identity and not once for each message."""

    __slots__ = (
        "account", "address", "away", "folded", "host", "invitations", "memberships", "modes", "nick",
        "number", "privileges", "real_host", "realname", "sessions", "signed_on", "source", "spoke_at", "username",
    )  # fmt: skip

    def __init__(self, nick: str, username: str, host: str, realname: str, address: str, account: str = "") -> None:
        self.nick = nick
        self.folded = fold(nick)
        self.username = username
        self.host = host
        self.real_host = host
        self.address = address
        self.realname = realname
        self.account = account
        self.modes: frozenset[str] = frozenset()
        self.privileges: frozenset[str] = frozenset()  # of an IRC operator
        self.number = secrets.token_hex(8)
        self.away: str | None = None
        self.memberships: dict[Channel, Membership] = {}
        self.invitations: dict[str, Channel] = {}  # by folded name
        self.sessions: list[Session] = []
        self.signed_on = time.time()
        self.spoke_at = self.signed_on
        self.source = self._source()

    def _source(self) -> Source:
        return Source(self.nick, f"{self.nick}!{self.username}@{self.host}", self.account, BOT in self.modes)

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
        self.account = account
        self.source = self._source()

    def set_modes(self, modes: frozenset[str]) -> None:
        """The user modes in force."""
        self.modes = modes
        if "o" not in modes:
            self.privileges = frozenset()
        self.source = self._source()

    @property
    def identity(self) -> str:
        """Whom what is kept belongs to: the account, or, of somebody without one, this connection alone."""
        return fold(self.account) if self.account else f"*{self.number}"

    @property
    def is_operator(self) -> bool:
        """Whether the user is an IRC operator."""
        return "o" in self.modes

    @property
    def shown_modes(self) -> str:
        """`+iw`."""
        return "+" + "".join(sorted(self.modes))

    def forget_audiences(self) -> None:
        """The sessions or their capabilities changed: the channels group their receivers anew."""
        for channel in self.memberships:
            channel.forget_audience()
