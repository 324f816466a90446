"""A session: one connection, in one dialect, belonging to no user yet or to one. Owns: what is the connection's own
(dialect, capabilities, flood credit, what a request's response is collected in). Must not: publish to others."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from chat.state.client_batches import ClientBatches
from chat.state.delivery import Outbox, Writer
from chat.state.user import User
from protocol.codecs import Codec, wire
from protocol.events import ERROR
from protocol.irc import unfolded
from protocol.sasl import Exchange
from protocol.values import Batch, Event, Flavour, Raw, Sendable, Source, flavour_of


class Traffic(NamedTuple):
    """What has gone over a link, and by which protocol."""

    server: str
    sent_lines: int
    sent_bytes: int
    received_lines: int
    received_bytes: int
    protocol: str


class Peer(Protocol):
    """What a connection that is a link to another server is to the others: see `chat.links.peer`."""

    @property
    def knows_error(self) -> bool:
        """Whether it is told when this server stops."""

    @property
    def traffic(self) -> Traffic | None:
        """What has gone over it; None before it is set up."""

    def look(self, now: float) -> None:
        """Housekeeping, at `now` (monotonic seconds)."""


class Registration:
    """What an IRC session has said of itself before it is complete."""

    __slots__ = (
        "account", "away", "is_negotiating", "link_offer", "metadata", "nick", "password", "proof", "realname",
        "username",
    )  # fmt: skip

    def __init__(self) -> None:
        self.nick = ""
        self.username = ""
        self.realname = ""
        self.password: str | None = None
        self.link_offer: tuple[str, ...] = ()  # what PASS says besides when a server sends it
        self.is_negotiating = False  # CAP LS or REQ came, END did not
        self.account = ""  # logged in by SASL
        self.proof = ""  # what was kept of the account's password then: see `accounts.proof_of`
        self.away = ""  # what AWAY said before (pre-away)
        self.metadata: Mapping[str, str] = {}


class Session:
    """One connection. `user` is None until registration completes; `codec` says the dialect."""

    __slots__ = (
        "address", "asked_host", "batches", "cap_version", "capabilities", "claims_host", "codec", "collected",
        "connected_at", "credit", "credit_at", "fingerprint", "flavour", "groups", "host", "is_closed", "is_secure",
        "is_unattended", "last_heard", "login_failures", "outbox", "peer", "pinged_at", "quit_text", "received",
        "registration", "relayed_by", "sasl", "server_name", "subscriptions", "user", "writer", "wrong_opers",
    )  # fmt: skip

    def __init__(self, codec: Codec, outbox: Outbox, writer: Writer, address: str, server_name: str) -> None:
        self.codec = codec
        self.flavour = codec.first_flavour
        self.outbox = outbox
        self.writer = writer
        self.address = address
        self.host = address
        self.claims_host = False  # whether `host` is what the client said, and nobody vouches for
        self.relayed_by = ""  # WEBIRC or PROXY, when `address` is what one of those said
        self.is_secure = False  # by TLS
        self.asked_host = ""  # the name under which the client asked for this server in TLS
        self.fingerprint = ""  # SHA-256 of the client's TLS certificate, in hex
        self.server_name = server_name
        self.user: User | None = None
        self.peer: Peer | None = None  # once it is a link to another server
        self.registration: Registration | None = Registration()
        self.capabilities: frozenset[str] = frozenset()
        self.cap_version = 0
        self.groups: set[str] = set()  # CSP: groups that this session joined, or was shown when it logged in
        self.collected: list[Sendable] | None = None
        self.batches: ClientBatches | None = None  # None until it sends one
        self.subscriptions: frozenset[str] = frozenset()  # keys of metadata
        self.sasl: Exchange | None = None  # in progress
        self.login_failures = 0
        self.connected_at = self.last_heard = time.monotonic()
        self.pinged_at = 0.0
        self.credit = -1.0  # flood credit, -1 until first used
        self.credit_at = 0.0
        self.received = 0
        self.wrong_opers = 0  # tries to become an operator
        self.is_closed = False
        self.is_unattended = False  # AWAY * said that nobody sits there
        self.quit_text = ""  # why the server closed it

    @property
    def nick(self) -> str:
        """The nick that replies are addressed to, `*` while it has none."""
        if self.user is not None:
            return self.user.nick
        return (self.registration.nick if self.registration else "") or "*"

    @property
    def vouched_host(self) -> str:
        """The host as far as it can be believed: a gateway's word, else the address."""
        return self.address if self.claims_host else self.host

    def enable(self, capabilities: frozenset[str]) -> None:
        """Sets the enabled capabilities; the user's channels must be told (`User.forget_audiences`)."""
        self.capabilities = capabilities
        self.flavour = flavour_of(self.codec.dialect, capabilities)
        if self.user is not None:
            self.user.forget_audiences()

    def use(self, codec: Codec) -> None:
        """Changes the dialect, which only happens on the first request."""
        self.codec = codec
        self.flavour = codec.first_flavour

    def send(self, item: Sendable) -> None:
        """Queues one item, or collects it while a response is being collected."""
        if self.collected is not None:
            self.collected.append(item)
        elif isinstance(item, Event):
            data = wire(item, self.flavour)
            if data:
                self.outbox.append(data)
                self.writer.mark(self.outbox.alone)
        elif type(item) is Batch:
            for piece, extra in unfolded(item, self.flavour):
                self.push(self.encode(piece, extra))
        else:
            self.push(self.encode(item))

    def push(self, data: bytes) -> None:
        """Queues bytes as they are."""
        if data:
            self.outbox.append(data)
            self.writer.mark(self.outbox.alone)

    def encode(self, item: Sendable, extra: Any = None, flavour: Flavour | None = None) -> bytes:
        """The bytes of an item for this session, in its present flavour unless another is given."""
        return self.codec.encode(item, self.server_name, self.nick, flavour or self.flavour, extra, time.time())

    def farewell(self, text: str) -> bytes:
        """The last line before the server closes: ERROR, or code 350."""
        return self.codec.encode_event(self._error(text), self.flavour, None)

    def _error(self, text: str) -> Event:
        return Event(ERROR, Source(self.server_name, self.server_name), "", text, None, time.time())

    def close(self, quit_text: str, tell: bool = True) -> None:
        """Sends what waits and closes the connection; its reader thread then lets the user quit with `quit_text`. The
        last line is part of the response while one is being collected, and the gate closes after it."""
        if self.is_closed:
            return
        self.is_closed = True
        self.quit_text = quit_text
        if tell:
            self.send(self._error(f"Closing Link: {self.host} ({quit_text})"))
        if self.collected is None:
            self.writer.close(self.outbox)

    def say(self, command: str, *params: str) -> None:
        """Sends a line from the server that belongs to no table."""
        self.send(Raw(command, params))
