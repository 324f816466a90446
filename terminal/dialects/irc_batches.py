"""Lines that belong together (IRCv3 batch): kept until the batch ends, where they mean something only as a whole.

Owns: which batches are open, and what of them is kept. Must not: know what a line means.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from protocol.message import Message
from protocol.multiline import CAPABILITY as MULTILINE
from protocol.multiline import CONCAT_TAG, paragraphs
from terminal.events import Event

HISTORY, TALKS, NETSPLIT, NETJOIN = "chathistory", "draft/chathistory-targets", "netsplit", "netjoin"
KEPT = frozenset({HISTORY, TALKS, NETSPLIT, NETJOIN, MULTILINE})  # lines of all others are handled as they come
_LOST_WITH_IT = frozenset({HISTORY, MULTILINE})  # a line of these that is handled now would mean something else
OPEN_BATCHES = 100  # a server that never ends one must not fill the memory
BATCH_ITEMS = 10_000
BATCH_SIZE = 32 * 1024 * 1024  # characters in all that are open


@dataclass(slots=True)
class Batch:
    """A batch: its type, parameters, opening line, and what came in it: lines, or what an inner batch was."""

    kind: str
    params: list[str]
    opening: Message
    outer: "Batch | None" = None
    items: list[Message | Event] = field(default_factory=list)
    size: int = 0
    is_open: bool = True

    @property
    def is_history(self) -> bool:
        """Whether this happened before and is told again."""
        return self.kind == HISTORY or (self.outer is not None and self.outer.is_history)

    @property
    def keeper(self) -> "Batch | None":
        """The nearest batch, from this one outwards, whose lines are kept."""
        if self.kind in KEPT:
            return self
        return self.outer.keeper if self.outer is not None else None

    @property
    def is_notice(self) -> bool:
        """Whether the lines of a message of several lines are NOTICEs."""
        return any(isinstance(item, Message) and item.command.upper() == "NOTICE" for item in self.items)

    def text(self) -> str:
        """What the lines of a message of several lines say together."""
        lines = [item for item in self.items if isinstance(item, Message) and len(item.params) > 1]
        return "\n".join(paragraphs([[line.params[1], CONCAT_TAG in line.tags] for line in lines]))


class Batches:
    """The open batches of one connection, by reference."""

    def __init__(self) -> None:
        self._open: dict[str, Batch] = {}
        self._size = 0

    def start(self, message: Message) -> None:
        """`BATCH +reference type parameters`."""
        if len(self._open) >= OPEN_BATCHES:
            self._close(next(iter(self._open)))
        outer = self._open.get(message.tags.get("batch", ""))
        reference, kind = message.params[0][1:], message.params[1].lower()
        self._close(reference)
        self._open[reference] = Batch(kind, message.params[2:], message, outer)

    def end(self, message: Message) -> Batch | None:
        """`BATCH -reference`: the batch, when it was open."""
        return self._close(message.params[0][1:])

    def _close(self, reference: str) -> Batch | None:
        batch = self._open.pop(reference, None)
        if batch is not None:
            self._size -= batch.size
            batch.is_open = False
        return batch

    def keep(self, message: Message) -> bool:
        """Whether the line is kept until its batch ends, or given up; False for one that is to be handled now."""
        batch = self._open.get(message.tags.get("batch", ""))
        keeper = batch.keeper if batch is not None else None
        if keeper is None:
            return False
        size = sum(map(len, message.params)) + sum(map(len, message.tags.values()))
        return self._take(keeper, [message], size) or keeper.kind in _LOST_WITH_IT

    def keep_inner(self, inner: Batch, events: Sequence[Event]) -> None:
        """Keep what an inner batch, which has just ended, was in the one around it."""
        keeper = inner.outer.keeper if inner.outer is not None else None
        if keeper is not None:
            self._take(keeper, events, inner.size)

    def _take(self, keeper: Batch, items: Sequence[Message | Event], size: int) -> bool:
        if not keeper.is_open or len(keeper.items) + len(items) > BATCH_ITEMS or self._size + size > BATCH_SIZE:
            return False
        keeper.items += items
        keeper.size += size
        self._size += size
        return True
