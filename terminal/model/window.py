"""A window: one channel, one private talk, one server, the mentions, or the wire; its lines, members, what is unread.

Owns: the scrollback and its bounds, unread counts, the marker of what was read, members with ranks, who spoke last.
Must not: know how a line is drawn, or send anything.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from terminal.model.known import known_as
from terminal.model.line import Line

WindowKind = Literal["server", "channel", "private", "mentions", "wire"]
_MOST_TYPISTS = 100
_MOST_PLACES = 50
LINE_CHARACTERS = 500  # of each line on average: longer ones leave room for fewer
LEAST_CHARACTERS = 1024 * 1024


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
    modes: str | None = None  # the letters of the modes of the channel; None while they are not known
    joined: bool = False
    answered: bool = False  # one has said something here
    members: dict[str, Member] = field(default_factory=dict)
    rank_signs: str = ""  # those of the server, the highest first
    draft: str = ""
    news: int = 0  # lines that came in below while one reads further up
    older_than: int | None = None  # while older lines are told: the greatest number of those that were there
    edits: int = 0  # grows with every change of the lines but new ones at the end
    version: int = 0  # grows with every change of lines or members, so that a screen knows what it has drawn
    _speakers: dict[str, None] = field(default_factory=dict)
    _typists: dict[str, float] = field(default_factory=dict)
    _msgids: dict[str, int] = field(default_factory=dict)
    _ranked: list[Member] | None = None
    _size: int = 0  # characters of all lines, or more
    _places: dict[int, int] = field(default_factory=dict)  # number of a line -> where it was; -1: it is gone for ever
    _pending: list[Line] = field(default_factory=list)

    # Lines

    def add(self, line: Line) -> bool:
        """Put a line in its place by time when it is history, else at the end. False for one that is there already
        (the same message id, or the same message without one)."""
        if line.msgid and line.msgid in self._msgids:
            return False
        known = known_as(self.lines, line)
        if known is not None:
            self._tell_apart(*known)
            return False
        if line.msgid:
            self._msgids[line.msgid] = line.number
        place = self._place_of(line)
        self.edits += place < len(self.lines)
        self.lines.insert(place, line)
        self._size += _size(line)
        if line.pending:
            self._pending.append(line)
        elif self.anchor is not None and not line.history and not line.is_noise:
            self.news += 1
        self._trim()
        self.version += 1
        return True

    def _above_pending(self) -> int:
        """Where a line goes that is no longer open: what still waits for its answer stays the lowest."""
        place = len(self.lines)
        while self._pending and place and self.lines[place - 1].pending:
            place -= 1
        return place

    def _place_of(self, line: Line) -> int:
        """Servers count in milliseconds, so that many lines may have the same moment: then the order counts in which
        they are told, but for what is older, which comes before all that was there."""
        if not line.history or (self.older_than is None and self.lines and line.time >= self.lines[-1].time):
            return len(self.lines) if line.pending else self._above_pending()
        if self.older_than is None:
            return bisect_right(self.lines, line.time, key=lambda known: known.time)
        place = bisect_left(self.lines, line.time, key=lambda known: known.time)
        while place < len(self.lines) and self.lines[place].time == line.time:
            if self.lines[place].number <= self.older_than:
                break
            place += 1
        return place

    def expect_older(self, is_expected: bool = True) -> None:
        """What is told from now on is older than everything that is there; or no more."""
        self.older_than = max((line.number for line in self.lines), default=0) if is_expected else None

    def _tell_apart(self, place: int, line: Line) -> None:
        """A line was told again: its id is known from now on."""
        self.lines[place] = line
        if line.msgid:
            self._msgids[line.msgid] = line.number
        self.edits += 1
        self.version += 1

    def bound(self, most: int) -> None:
        """Keep at most so many lines from now on."""
        self.most = most
        self._trim()
        self.version += 1

    def _trim(self) -> None:
        """Drop many at once: one by one would move the whole list for every line. Who comes and goes has a tenth of the
        room, so that it drives out no talk; else the oldest tenth goes."""
        if self._size > max(LEAST_CHARACTERS, self.most * LINE_CHARACTERS):
            self._shrink()
        if len(self.lines) <= self.most:
            return
        noise = [line for line in self.lines if line.is_noise]
        old_noise = (
            {line.number for line in noise[: -max(1, self.most // 20)]} if len(noise) > self.most // 20 else set()
        )
        kept = [line for line in self.lines if line.number not in old_noise]
        kept = kept[-max(1, self.most * 9 // 10) :] if len(kept) > self.most else kept
        self._keep(kept)

    def _shrink(self) -> None:
        """Drop the oldest lines when there is too much text in all; the newest one stays."""
        most = max(LEAST_CHARACTERS, self.most * LINE_CHARACTERS) * 9 // 10
        self._size, first = _size(self.lines[-1]), len(self.lines) - 1
        while first and self._size + _size(self.lines[first - 1]) <= most:
            first -= 1
            self._size += _size(self.lines[first])
        if first:
            self._keep(self.lines[first:])

    def _keep(self, kept: list[Line]) -> None:
        numbers = {line.number for line in kept}
        gone, self.lines = [line for line in self.lines if line.number not in numbers], kept
        for line in gone:
            self._msgids.pop(line.msgid, None)
        self._find_again(numbers)

    def _find_again(self, numbers: set[int]) -> None:
        """Anchor and marker stand at a line that is there, the one above theirs, else the first."""
        if self.anchor is not None and self.anchor.number not in numbers:
            self.anchor = Anchor(self._above(self.anchor.number) or self.lines[0].number)
        if self.marker and self.marker not in numbers:
            self.marker = self._above(self.marker)

    def _above(self, number: int) -> int:
        return max((line.number for line in self.lines if line.number < number), default=0)

    def replace_line(self, msgid: str, change: Callable[[Line], Line]) -> Line | None:
        """Change the line of a message that was taken back or edited; the new line, or None when there is none."""
        number = self._msgids.get(msgid)
        for index in range(len(self.lines) - 1, -1, -1) if number is not None else ():
            if self.lines[index].number == number:
                self.lines[index] = change(self.lines[index])
                self.edits += 1
                self.version += 1
                return self.lines[index]
        return None

    def settle(self, exchange: int, text: str | None = None) -> None:
        """The server has answered something that is pending: it is shown as the server has it, or not at all. text --
        what the server repeats; None for a refusal. Of several the one of this exchange and text is meant, else of this
        text, else of this exchange."""
        same = [line for line in self._pending if line.text == text]
        asked = [line for line in self._pending if line.exchange == exchange]
        found = next(iter([*(line for line in same if line in asked), *same, *asked]), None)
        if found is not None:
            self._take_away(found)

    def drop_pending(self, exchange: int | None = None, count: int | None = None) -> None:
        """Nothing of that exchange (None: of any) is to be waited for any more, of the last `count` lines of it."""
        found = [line for line in self._pending if exchange in (None, line.exchange)]
        for line in found[-count:] if count else found:
            self._take_away(line)

    @property
    def oldest_pending(self) -> Line | None:
        """The first own line that the server has not repeated."""
        return self._pending[0] if self._pending else None

    def _take_away(self, line: Line) -> None:
        self._pending.remove(line)
        index = self.index_of(line.number)
        if index < 0:
            return
        del self.lines[index]
        self.edits += 1
        before = self.lines[index - 1].number if index else 0
        if self.marker == line.number:
            self.marker = before
        if self.anchor is not None and self.anchor.number == line.number:
            self.anchor = Anchor(before) if before else None
        self.version += 1

    def clear(self) -> None:
        """Forget the lines; what comes in later starts an empty window."""
        self.lines.clear()
        self._pending.clear()
        self._msgids.clear()
        self.hold(None)
        self.version += 1

    def index_of(self, number: int) -> int:
        """The place of the line with this number; -1 when it is gone. A screen asks for the same few at every frame."""
        place = self._places.get(number, 0)
        if place < 0 or (place < len(self.lines) and self.lines[place].number == number):
            return place
        downwards = range(len(self.lines) - 1, -1, -1)
        place = next((index for index in downwards if self.lines[index].number == number), -1)
        if len(self._places) >= _MOST_PLACES:
            self._places.clear()
        if place >= 0 or (self.lines and number < self.lines[-1].number):  # a line that is yet to come is not gone
            self._places[number] = place
        return place

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
        return next((line.time for line in reversed(self.lines) if line.is_speech and not line.pending), None)

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

    def rank(self, folded: str, sign: str, given: bool) -> bool:
        """A member has got, or lost, the rank with this sign; whether there is such a member."""

        def change(member: Member) -> Member:
            rest = member.ranks.replace(sign, "")
            return replace(member, ranks="".join(sorted(rest + sign if given else rest, key=self._place)))

        return self.change(folded, change)

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

    def typing_end(self, now: float) -> float | None:
        """Until when the first of those who type is believed to; None when nobody types."""
        return min((until for until in self._typists.values() if until > now), default=None)

    @property
    def speakers(self) -> list[str]:
        """Folded nicks, who spoke last first."""
        return list(reversed(self._speakers))

    def ranked_members(self) -> Sequence[Member]:
        """The members, the highest rank first, then by nick."""
        if self._ranked is None:
            self._ranked = sorted(
                self.members.values(), key=lambda member: (self._place(member.ranks), member.nick.lower())
            )
        return self._ranked

    def _place(self, ranks: str) -> int:
        """0 for the highest rank; signs that the server has not told of come behind, and no rank last."""
        if not ranks:
            return len(self.rank_signs) + 1
        place = self.rank_signs.find(ranks[0])
        return place if place >= 0 else len(self.rank_signs)


def _size(line: Line) -> int:
    return len(line.text) + len(line.source) + len(line.msgid)


def with_changes(modes: str, changes: Iterable[str]) -> str:
    """The letters of modes after changes such as `+n` and `-k`, in the order of the alphabet."""
    found = set(modes)
    for change in changes:
        (found.add if change[0] == "+" else found.discard)(change[1:])
    return "".join(sorted(found))
