"""A channel and its memberships. Owns: members and ranks, topic, modes, lists, history, the grouping of receivers.
Must not: send, or decide who may do what."""

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from chat.state.delivery import Outbox
from chat.state.user import User
from chat.storage.records import ListEntry
from protocol.modes import LISTS, Kind, letters_of, prefix_of
from protocol.names import fold
from protocol.values import Event, Flavour


class Membership:
    """One user in one channel. `ranks` is a set of letters as a frozenset."""

    __slots__ = ("channel", "joined_at", "muted", "muted_for", "ranks", "user")

    def __init__(self, user: User, channel: "Channel", ranks: frozenset[str] = frozenset()) -> None:
        self.user = user
        self.channel = channel
        self.ranks = ranks
        self.joined_at = time.time()
        self.muted = False  # whether a ban silences this member, as of `muted_for`
        self.muted_for: object = None

    @property
    def is_operator(self) -> bool:
        """Whether this member has the rank of channel operator."""
        return "o" in self.ranks

    def prefix(self, multiple: bool = False) -> str:
        """What stands before the nick in NAMES."""
        return prefix_of(self.ranks, multiple) if self.ranks else ""


class Topic(NamedTuple):
    """A topic, who set it and when (Unix seconds)."""

    text: str = ""
    setter: str = ""
    time: float = 0.0


class Audience(NamedTuple):
    """The sessions of a channel that share one flavour: their outboxes, and the appends of their queues."""

    flavour: Flavour
    outboxes: tuple[Outbox, ...]
    appends: tuple[Callable[[bytes], None], ...]


class Channel:
    """One channel, or CSP group."""

    __slots__ = (
        "_audiences", "admins", "created_at", "folded", "history", "identity", "invited", "key", "limit", "lists",
        "members", "modes", "name", "topic",
    )  # fmt: skip

    def __init__(self, name: str, modes: str, history: int, created_at: float | None = None) -> None:
        self.name = name
        self.folded = fold(name)
        self.modes = set(modes)
        self.key = ""
        self.limit = 0
        self.topic = Topic()
        self.created_at = time.time() if created_at is None else created_at
        self.members: dict[User, Membership] = {}
        self.lists: dict[str, dict[str, ListEntry]] = {letter: {} for letter in LISTS}  # by folded mask
        self.admins: set[str] = set()  # folded account names
        self.invited: set[User] = set()  # may pass +i once
        self.history: deque[Event] = deque(maxlen=history)
        self.identity = object()  # renewed when a list changes, so that what was derived from it is derived again
        self._audiences: list[Audience] | None = None

    @property
    def is_permanent(self) -> bool:
        """Whether the channel stays when it is empty, and is kept in the channel file."""
        return "P" in self.modes

    def forget_audience(self) -> None:
        """Members, sessions or capabilities changed."""
        self._audiences = None

    def audiences(self) -> list[Audience]:
        """The receivers by flavour, grouped once for each change rather than for each message."""
        if self._audiences is None:
            by_flavour: dict[Flavour, list[Outbox]] = {}
            for user in self.members:
                for session in user.sessions:
                    by_flavour.setdefault(session.flavour, []).append(session.outbox)
            self._audiences = [
                Audience(flavour, tuple(outboxes), tuple(outbox.append for outbox in outboxes))
                for flavour, outboxes in by_flavour.items()
            ]
        return self._audiences

    def add(self, user: User, ranks: frozenset[str]) -> Membership:
        """Makes `user` a member."""
        membership = Membership(user, self, ranks)
        self.members[user] = user.memberships[self] = membership
        self._audiences = None
        return membership

    def discard(self, user: User) -> None:
        """Takes `user` out."""
        self.members.pop(user, None)
        user.memberships.pop(self, None)
        self._audiences = None

    def lists_changed(self) -> None:
        """A ban, exception or invite exception was added or removed."""
        self.identity = object()

    def shown_modes(self, with_key: bool) -> str:
        """`+klnt secret 20`; the key itself only for members."""
        letters = "".join(sorted(letter for letter in self.modes if letter in letters_of(Kind.FLAG)))
        parameters = []
        if self.key:
            letters += "k"
            parameters.append(self.key if with_key else "*")
        if self.limit:
            letters += "l"
            parameters.append(str(self.limit))
        return " ".join(("+" + letters, *parameters))
