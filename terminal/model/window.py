"""A window: one channel, one private talk, one server, the mentions, or the wire; its lines, members, what is unread.

Owns: the scrollback and its bounds, unread counts, the marker of what was read, members with ranks, who spoke last.
Must not: know how a line is drawn, or send anything.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from terminal.model.line import Line

WindowKind = Literal["server", "channel", "private", "mentions", "wire"]
RANK_ORDER = "~&@%+"
_MOST_TYPISTS = 100


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on a channel; `ranks` are the signs, the highest first."""

    nick: str
    ranks: str = ""
    away: bool = False
    account: str = ""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the reader has stopped: the lowest line that is shown, and how many of its rows are hidden below."""

    number: int
    hidden: int = 0


@dataclass(slots=True, eq=False)
class Window:
    """`server` names the session ("" for windows of all servers), `name` what stands in the list. `most` bounds the
    lines, the oldest go first. `anchor` is None while the window follows what comes in. `read` is the number of the
    last line that was seen; `marker` is the same, but stays where it was while one reads."""

    kind: WindowKind
    server: str
    name: str
    most: int = 10_000
    lines: list[Line] = field(default_factory=list)
    unread: int = 0
    mentions: int = 0
    marker: int = 0
    anchor: Anchor | None = None
    topic: str = ""
    topic_by: str = ""
    modes: str | None = None  # the letters of the modes of the channel; None while they are not known
    joined: bool = False
    members: dict[str, Member] = field(default_factory=dict)
    draft: str = ""
    news: int = 0  # lines that came in below while one reads further up
    version: int = 0  # grows with every change of lines or members, so that a screen knows what it has drawn
    _speakers: dict[str, None] = field(default_factory=dict)
    _typists: dict[str, float] = field(default_factory=dict)
    _msgids: dict[str, int] = field(default_factory=dict)
    _ranked: list[Member] | None = None

    # Lines

    def add(self, line: Line) -> bool:
        """Put a line in its place by time when it is history, else at the end. False for one that is there already
        (the same message id)."""
        if line.msgid:
            if line.msgid in self._msgids:
                return False
            self._msgids[line.msgid] = line.number
        if line.history and self.lines and line.time < self.lines[-1].time:
            self.lines.insert(bisect_right(self.lines, line.time, key=lambda known: known.time), line)
        else:
            self.lines.append(line)
        if self.anchor is not None and not line.history and not line.is_noise:
            self.news += 1
        self._trim()
        self.version += 1
        return True

    def bound(self, most: int) -> None:
        """Keep at most so many lines from now on."""
        self.most = most
        self._trim()
        self.version += 1

    def _trim(self) -> None:
        """Drop the oldest tenth at once: one by one would move the whole list for every line."""
        if len(self.lines) > self.most:
            gone, self.lines = self.lines[: -max(1, self.most * 9 // 10)], self.lines[-max(1, self.most * 9 // 10) :]
            for line in gone:
                self._msgids.pop(line.msgid, None)
            if self.anchor and any(line.number == self.anchor.number for line in gone):
                self.anchor = Anchor(self.lines[0].number)

    def replace_line(self, msgid: str, change: Callable[[Line], Line]) -> Line | None:
        """Change the line of a message that was taken back or edited; the new line, or None when there is none."""
        number = self._msgids.get(msgid)
        for index in range(len(self.lines) - 1, -1, -1) if number is not None else ():
            if self.lines[index].number == number:
                self.lines[index] = change(self.lines[index])
                self.version += 1
                return self.lines[index]
        return None

    def clear(self) -> None:
        """Forget the lines; what comes in later starts an empty window."""
        self.lines.clear()
        self._msgids.clear()
        self.hold(None)
        self.version += 1

    def index_of(self, number: int) -> int:
        """The place of the line with this number; -1 when it is gone."""
        for index in range(len(self.lines) - 1, -1, -1):
            if self.lines[index].number == number:
                return index
        return -1

    def hold(self, anchor: Anchor | None) -> None:
        """Stop at a place of the scrollback; None follows again what comes in."""
        if anchor is None or self.anchor is None:
            self.news = 0
        self.anchor = anchor

    @property
    def last_msgid(self) -> str:
        """The id of the newest message, "" when no line has one."""
        return next((line.msgid for line in reversed(self.lines) if line.msgid), "")

    @property
    def last_time(self) -> datetime | None:
        """When the newest thing was said here."""
        return next((line.time for line in reversed(self.lines) if line.is_speech), None)

    # What was read

    def noticed(self, line: Line) -> None:
        """Count a line that came in while somebody looks elsewhere."""
        if line.is_speech and not line.own:
            self.unread += 1
            self.mentions += line.mention or self.kind == "private"

    def seen(self) -> None:
        """Everything here has been looked at."""
        self.unread = self.mentions = 0

    def mark(self) -> None:
        """Put the marker below the newest line, as when one turns away from the window."""
        self.marker = self.lines[-1].number if self.lines else 0
        self.version += 1

    # Members

    def set_members(self, members: Iterable[tuple[str, Member]]) -> None:
        """Everybody who is on the channel, by folded nick; what was known of their accounts stays."""
        known = self.members
        self.members = {
            folded: replace(member, account=member.account or known[folded].account) if folded in known else member
            for folded, member in members
        }
        self._ranked = None
        self.version += 1

    def enter(self, folded: str, member: Member) -> None:
        """Somebody came, or is known now."""
        self.members[folded] = member
        self._ranked = None
        self.version += 1

    def leave(self, folded: str) -> bool:
        """Somebody is gone; whether they were known here."""
        self._ranked = None
        self.version += 1
        return self.members.pop(folded, None) is not None

    def change(self, folded: str, change: Callable[[Member], Member]) -> bool:
        """Something about a member has changed; whether there is such a member."""
        member = self.members.get(folded)
        if member is None:
            return False
        self.members[folded] = change(member)
        self._ranked = None
        self.version += 1
        return True

    def rename(self, old: str, new: str, nick: str) -> bool:
        """A member has another nick (`old` and `new` folded); whether they were here."""
        member = self.members.pop(old, None)
        if member is None:
            return False
        self.members[new] = replace(member, nick=nick)
        if old in self._speakers:
            del self._speakers[old]
            self._speakers[new] = None
        self._ranked = None
        self.version += 1
        return True

    def spoke(self, folded: str) -> None:
        """Somebody said something: they are completed first."""
        self._speakers.pop(folded, None)
        self._speakers[folded] = None
        while len(self._speakers) > 500:
            del self._speakers[next(iter(self._speakers))]

    def types(self, nick: str, until: float | None) -> None:
        """Somebody types, and is believed to do so until then (seconds of the loop's clock); None: they stopped."""
        if until is None:
            self._typists.pop(nick, None)
            return
        self._typists[nick] = until
        while len(self._typists) > _MOST_TYPISTS:
            del self._typists[next(iter(self._typists))]

    def typists(self, now: float) -> list[str]:
        """The nicks of those who type, who began first in front."""
        return [nick for nick, until in self._typists.items() if until > now]

    @property
    def speakers(self) -> list[str]:
        """Folded nicks, who spoke last first."""
        return list(reversed(self._speakers))

    def ranked_members(self) -> Sequence[Member]:
        """The members, the highest rank first, then by nick."""
        if self._ranked is None:
            self._ranked = sorted(
                self.members.values(), key=lambda member: (rank_order(member.ranks), member.nick.lower())
            )
        return self._ranked


def rank_order(ranks: str) -> int:
    """0 for the highest rank; signs that no server of the field uses come behind, and no rank last."""
    if not ranks:
        return len(RANK_ORDER) + 1
    place = RANK_ORDER.find(ranks[0])
    return place if place >= 0 else len(RANK_ORDER)


def with_changes(modes: str, changes: Iterable[str]) -> str:
    """The letters of modes after changes such as `+n` and `-k`, in the order of the alphabet."""
    found = set(modes)
    for change in changes:
        (found.add if change[0] == "+" else found.discard)(change[1:])
    return "".join(sorted(found))
