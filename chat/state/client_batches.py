"""Batches that a client sends: one is open at a time, its lines are kept until its end (IRCv3 client-batch, multiline).

Owns: the open batch of a session, the rules for its lines, and which batches are dropped. Must not: deliver a message,
or answer: what breaks a rule is raised as Refused, and the batch is dropped.
"""

import re
import time
from collections import deque

from protocol.limits import CLIENT_BATCH_SECONDS, MULTILINE_BYTES, MULTILINE_LINES
from protocol.multiline import CAPABILITY, CONCAT_TAG, ROWS
from protocol.names import fold
from protocol.replies import (
    FAIL_INVALID_REFTAG,
    FAIL_MULTILINE_INVALID,
    FAIL_MULTILINE_INVALID_TARGET,
    FAIL_MULTILINE_MAX_BYTES,
    FAIL_MULTILINE_MAX_LINES,
    FAIL_UNKNOWN_TYPE,
)
from protocol.values import BatchLine, Refused, Request

_REFERENCE = re.compile(r"[A-Za-z0-9-]+\Z")
_DROPPED = 8  # batches whose further lines are ignored: the client may have sent them before it heard of the failure


class ClientBatch:
    """The lines of one message so far. `start` is the request that opened it: its label and client-only tags are those
    of the message."""

    __slots__ = ("lines", "reference", "size", "start", "target", "touched_at", "verb")

    def __init__(self, reference: str, target: str, start: Request) -> None:
        self.reference = reference
        self.target = target
        self.start = start
        self.verb = ""  # of its lines: PRIVMSG or NOTICE
        self.lines: list[tuple[str, bool]] = []
        self.size = 0  # bytes of the texts and line ends
        self.touched_at = time.monotonic()

    def add(self, line: BatchLine) -> None:
        """One line more; raises Refused when it breaks a rule of IRCv3 multiline."""
        self.touched_at = time.monotonic()
        verb, params = line.request.verb, line.request.params
        is_concat = CONCAT_TAG in line.tags
        if set(line.tags) - {"batch", CONCAT_TAG}:
            raise Refused(FAIL_MULTILINE_INVALID, "Tags belong on the line that starts the batch")
        if verb not in ROWS or len(params) < 2 or (self.verb and verb != self.verb):
            raise Refused(FAIL_MULTILINE_INVALID, "The lines are all PRIVMSG or all NOTICE, each with a text")
        target, text = params[:2]
        if fold(target) != fold(self.target):
            raise Refused(FAIL_MULTILINE_INVALID_TARGET, self.target, target)
        if is_concat and not text:
            raise Refused(FAIL_MULTILINE_INVALID, "A blank line cannot continue the one before it")
        self.verb = verb
        self.size += len(text.encode()) + (1 if self.lines and not is_concat else 0)
        self.lines.append((text, is_concat and bool(self.lines)))
        if len(self.lines) > MULTILINE_LINES:
            raise Refused(FAIL_MULTILINE_MAX_LINES, str(MULTILINE_LINES))
        if self.size > MULTILINE_BYTES:
            raise Refused(FAIL_MULTILINE_MAX_BYTES, str(MULTILINE_BYTES))

    def require_whole(self) -> None:
        """Raises Refused unless there is something to deliver."""
        if not any(text for text, _ in self.lines):
            raise Refused(FAIL_MULTILINE_INVALID, "The message has no line with a text")


class ClientBatches:
    """The open batch of a session, if one is, and the references of the last ones that were dropped."""

    __slots__ = ("dropped", "open")

    def __init__(self) -> None:
        self.open: ClientBatch | None = None
        self.dropped: deque[str] = deque(maxlen=_DROPPED)

    def start(self, reference: str, kind: str, target: str, request: Request) -> None:
        """Opens a batch. Raises Refused, and ignores its lines, when it cannot be: batches are not nested, and a second
        one of the same reference ends the first, because their lines could not be told apart."""
        if self.open is not None:
            if reference == self.open.reference:
                self.drop()
                raise Refused(FAIL_INVALID_REFTAG, reference, "A batch with that reference is open; it was dropped")
            self.drop(reference)
            raise Refused(FAIL_MULTILINE_INVALID, "Another batch is open, and batches are not nested")
        if reference in self.dropped:
            self.dropped.remove(reference)
        if not _REFERENCE.match(reference):
            self.drop(reference)
            raise Refused(FAIL_INVALID_REFTAG, reference, "A reference is made of letters, digits and hyphens")
        if kind != CAPABILITY:
            self.drop(reference)
            raise Refused(FAIL_UNKNOWN_TYPE, reference, kind)
        if not target:
            self.drop(reference)
            raise Refused(FAIL_MULTILINE_INVALID, "The batch has no target")
        self.open = ClientBatch(reference, target, request)

    def find(self, reference: str) -> ClientBatch | None:
        """The open batch of that reference, None for one that was dropped; raises Refused for one that never was."""
        if self.open is not None and self.open.reference == reference:
            return self.open
        if reference not in self.dropped:
            self.drop(reference)
            raise Refused(FAIL_INVALID_REFTAG, reference, "No batch with that reference is open")
        return None

    def end(self, reference: str) -> ClientBatch | None:
        """Closes a batch: see `find`. What it was called is free again."""
        found = self.find(reference)
        if found is not None:
            self.open = None
        else:
            self.dropped.remove(reference)
        return found

    def drop(self, reference: str | None = None) -> None:
        """Ignores what comes of a batch from now on: of the open one unless a reference is given."""
        if reference is None:
            assert self.open is not None
            reference, self.open = self.open.reference, None
        if reference not in self.dropped:
            self.dropped.append(reference)

    def is_late(self, now: float) -> bool:
        """Whether the open batch has waited too long for its next line, at `now` (monotonic seconds)."""
        return self.open is not None and now - self.open.touched_at > CLIENT_BATCH_SECONDS
