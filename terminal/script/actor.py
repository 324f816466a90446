"""Somebody in a script: a client with one session, and all that was printed for it and that its server said.

Owns: what was seen and not yet looked at, what must not be seen. Must not: know an instruction.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from terminal.client import Client
from terminal.events import Fatal
from terminal.plain.turns import Turns
from terminal.script.language import Pattern
from terminal.sessions.session import Session
from terminal.text.clean import escape
from terminal.wire.log import WireEntry

Kind = Literal["printed", "wire"]
LAST = 10  # lines that a failure shows


class Unmet(Exception):
    """Something is not as the script expects; the text says what, in the words that follow the place."""


@dataclass(slots=True)
class Refusal:
    """What must not come; `looked` counts the lines that were looked at for it."""

    kind: Kind
    pattern: Pattern
    line: int
    looked: int = 0


@dataclass(slots=True)
class Seen:
    """What came, of one kind: `lines` since the last expectation that was met, `last` for people."""

    lines: list[str] = field(default_factory=list)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=LAST))

    def add(self, line: str) -> None:
        """One more."""
        self.lines.append(line)
        self.last.append(line)


class Actor:
    """One connection of a script. client -- with its one session, whose Printer calls `printed`."""

    def __init__(self, client: Client, session: Session, timeout: float) -> None:
        self.client = client
        self.session = session
        self.turns = Turns(client, timeout)
        self.seen: dict[Kind, Seen] = {"printed": Seen(), "wire": Seen()}
        self.refusals: list[Refusal] = []
        session.wire.observers.append(self._entry)

    def printed(self, line: str) -> None:
        """A line was printed."""
        self.seen["printed"].add(line)

    def _entry(self, entry: WireEntry) -> None:
        if not entry.outgoing:
            self.seen["wire"].add(entry.text)

    @property
    def heard_nothing(self) -> bool:
        """Whether the server never said a word."""
        return not self.seen["wire"].last

    async def expect(self, kind: Kind, pattern: Pattern) -> dict[str, str]:
        """Wait for a line that fits, and forget it with all before it; the named groups. Raises Unmet."""
        seen, groups, looked = self.seen[kind], dict[str, str](), 0

        def is_met() -> bool:
            nonlocal looked, groups
            self.check(exclude=kind)
            while looked < len(seen.lines):
                looked += 1
                self.check(kind, looked)
                found = pattern.find(seen.lines[looked - 1])
                if found is not None:
                    groups = found
                    return True
            return False

        met = False

        def is_decided() -> bool:
            nonlocal met
            met = met or is_met()
            return met or self.session.over

        await self._until(is_decided)
        if not met:
            raise Unmet(f"expected {pattern.text}, but {self._why_not()}.\n{self.last(kind)}")
        del seen.lines[:looked]
        self.refusals.clear()
        return groups

    def refuse(self, kind: Kind, pattern: Pattern, line: int) -> None:
        """Let nothing come that fits, until the next expectation is met."""
        self.refusals.append(Refusal(kind, pattern, line))

    def check(self, kind: Kind | None = None, end: int | None = None, exclude: Kind | None = None) -> None:
        """Raise Unmet when something came that must not; looks at the lines before `end`, of one kind or of all."""
        for refusal in self.refusals:
            if refusal.kind == exclude or (kind and refusal.kind != kind):
                continue
            lines = self.seen[refusal.kind].lines
            for line in lines[refusal.looked : end]:
                refusal.looked += 1
                if refusal.pattern.find(line) is not None:
                    raise Unmet(f"{refusal.pattern.text} of line {refusal.line} was refused, but it came:\n    {line}")

    async def wait_for(self, what: Callable[[], bool], expected: str) -> None:
        """Wait until something holds. Raises Unmet, which says what was expected."""
        await self._until(lambda: self.session.over or what())
        if not what():
            raise Unmet(f"expected {expected}, but {self._why_not()}.\n{self.last('printed')}")

    async def ready(self) -> None:
        """Wait for the welcome, and the channels that were asked for; Unmet when there is none."""
        if self.session.over or not await self.turns.welcomed() or not await self.turns.joined():
            raise Unmet(f"there is no connection. {self.why_ended}".rstrip())

    async def synchronise(self) -> None:
        """Wait until everything sent so far has been handled; nothing refused may have come. Raises Unmet."""
        await self.ready()
        if not await self.turns.synchronise():
            raise Unmet(f"the server did not answer within {self.turns.timeout:g} seconds.\n{self.last('printed')}")
        self.check()
        self.refusals.clear()

    async def _until(self, what: Callable[[], bool]) -> bool:
        return await self.turns.waiting.until(what, self.turns.timeout)

    def _why_not(self) -> str:
        if self.session.over:
            return f"the connection ended. {self.why_ended}".rstrip(". ")
        return f"it did not come within {self.turns.timeout:g} seconds"

    @property
    def failure(self) -> Fatal | None:
        """Why the connection ended, when it did not end well."""
        return self.session.failure if self.session.over else None

    @property
    def why_ended(self) -> str:
        """The same as a sentence, "" when it ended well."""
        return self.failure.text if self.failure else ""

    def last(self, kind: Kind) -> str:
        """The last lines that came, for people."""
        lines = "\n".join(f"    {escape(line)}" for line in self.seen[kind].last)
        return f"The last lines were:\n{lines}" if lines else "Nothing came."
