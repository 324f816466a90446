"""A channel and its memberships. Owns: members and ranks, topic, modes, lists, the grouping of receivers.
Must not: send, or decide who may do what."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from chat.state.delivery import Outbox
from chat.state.pace import Pace
from chat.state.user import User
from chat.storage.records import ListEntry
from protocol.facts import Stamp
from protocol.modes import AT_LEAST, LISTS, Kind, letters_of, prefix_of
from protocol.names import fold
from protocol.values import Flavour

_OPERATORS = AT_LEAST["o"]
_SEE_ALL = AT_LEAST["h"]  # who is shown hidden members
_RESTRICTIONS = frozenset("CMUcm")  # modes that a message has to be looked at for, as for bans


class Membership:
    """One user in one channel. `ranks` is a set of letters as a frozenset."""

    __slots__ = ("channel", "joined", "joined_at", "muted", "muted_for", "ranks", "stamps", "user")

    def __init__(self, user: User, channel: "Channel", ranks: frozenset[str] = frozenset()) -> None:
        self.user = user
        self.channel = channel
        self.ranks = ranks
        self.joined_at = time.time()
        self.joined = 0  # milliseconds, by the user's home server: tells this membership from later ones
        self.stamps: dict[str, Stamp] = {}  # when each rank was given or taken: see `chat.state.registers`
        self.muted = False  # whether a ban silences this member, as of `muted_for`
        self.muted_for: object = None

    @property
    def is_operator(self) -> bool:
        """Whether this member is a channel operator, or more."""
        return not self.ranks.isdisjoint(_OPERATORS)

    def is_at_least(self, letter: str) -> bool:
        """Whether this member has the rank of that letter, or a higher one."""
        return not self.ranks.isdisjoint(AT_LEAST[letter])

    @property
    def is_hidden(self) -> bool:
        """Whether only half-operators and above are shown that this member is here (+u)."""
        return self.channel.is_auditorium and not self.ranks

    @property
    def sees_all(self) -> bool:
        """Whether this member is shown the members whom +u hides."""
        return not self.ranks.isdisjoint(_SEE_ALL)

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
        "_audiences", "_ways", "access", "admins", "created_at", "folded", "forward", "founder", "identity", "invited",
        "is_auditorium", "is_plain", "key", "knocks", "latest", "limit", "lists", "members", "metadata", "modes",
        "name", "slow", "stamps", "topic",
    )  # fmt: skip

    def __init__(self, name: str, modes: str, created_at: float | None = None) -> None:
        self.name = name
        self.folded = fold(name)
        self.modes = set(modes)
        self.key = ""
        self.limit = 0
        self.slow: Pace | None = None  # +f
        self.forward = ""  # +F: the name of the channel that whoever may not join is sent to
        self.topic = Topic()
        self.metadata: Mapping[str, str] = {}
        self.created_at = time.time() if created_at is None else created_at
        self.stamps: dict[str, Stamp] = {}  # when what was set last: see `chat.state.registers`
        self.latest = 0  # the latest of those and of the members' stamps: whatever is set next is later
        self.members: dict[User, Membership] = {}
        self.lists: dict[str, dict[str, ListEntry]] = {letter: {} for letter in LISTS}  # by folded mask
        self.admins: set[str] = set()  # folded account names
        self.founder = ""  # folded account name
        self.access: dict[str, str] = {}  # folded account name -> the rank that is due to it
        self.invited: set[User] = set()  # may pass +i once
        self.identity = object()  # renewed when a list changes, so that what was derived from it is derived again
        self._audiences: list[Audience] | None = None
        self._ways: frozenset[Any] | None = None
        self.knocks: Pace | None = None  # made by the first KNOCK
        self.is_plain = True  # a member's message needs no look at modes and bans
        self.is_auditorium = False
        self.modes_changed()

    @property
    def created(self) -> int:
        """When it was made, in milliseconds: of two channels with one name, the older one counts."""
        return round(self.created_at * 1000)

    @property
    def is_permanent(self) -> bool:
        """Whether the channel stays when it is empty, and is kept in the channel file."""
        return "P" in self.modes

    @property
    def is_restricted(self) -> bool:
        """Whether not everybody may come in or know of it: then its history ends with it."""
        return not self.is_permanent and bool(self.key or self.modes & {"i", "s"})

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

    def ways(self) -> frozenset[Any]:
        """The links (`Server.link`) behind which there are members, worked out once for each change as well."""
        if self._ways is None:
            self._ways = frozenset(user.server.link for user in self.members if user.server is not None)
        return self._ways

    def add(self, user: User, ranks: frozenset[str]) -> Membership:
        """Makes `user` a member."""
        membership = Membership(user, self, ranks)
        self.members[user] = user.memberships[self] = membership
        self._audiences = self._ways = None
        return membership

    def discard(self, user: User) -> None:
        """Takes `user` out."""
        self.members.pop(user, None)
        user.memberships.pop(self, None)
        self._audiences = self._ways = None

    def lists_changed(self) -> None:
        """A ban, exception or invite exception was added or removed."""
        self.identity = object()
        self.modes_changed()

    def modes_changed(self) -> None:
        """Call after a change of `modes`, `slow` or the bans: what every message asks is worked out here, once."""
        self.is_plain = self.slow is None and not self.lists["b"] and self.modes.isdisjoint(_RESTRICTIONS)
        self.is_auditorium = "u" in self.modes

    def viewers(self, member: Membership) -> Iterable[User]:
        """The members who are shown that `member` is here, `member` included."""
        if not member.is_hidden:
            return self.members
        return [user for user, other in self.members.items() if other is member or other.sees_all]

    def shows(self, member: Membership, viewer: User) -> bool:
        """Whether `viewer`, as a member, is shown that `member` is here."""
        other = self.members.get(viewer)
        return other is not None and (other is member or not member.is_hidden or other.sees_all)

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
        if self.slow is not None:
            letters += "f"
            parameters.append(self.slow.text)
        if self.forward:
            letters += "F"
            parameters.append(self.forward)
        return " ".join(("+" + letters, *parameters))
