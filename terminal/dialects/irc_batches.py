"""Lines that belong together (IRCv3 batch): kept until the batch ends, where they mean something only as a whole.

Owns: which batches are open, and what of them is kept. Must not: know what a line means.
"""

from dataclasses import dataclass, field

from protocol.message import Message
from protocol.multiline import CAPABILITY as MULTILINE
from protocol.multiline import CONCAT_TAG, paragraphs
from terminal.events import Event

HISTORY, NETSPLIT, NETJOIN = "chathistory", "netsplit", "netjoin"
KEPT = frozenset({HISTORY, NETSPLIT, NETJOIN, MULTILINE})  # lines of all others are handled as they come
OPEN_BATCHES = 100  # a server that never ends one must not fill the memory
BATCH_ITEMS = 10_000


@dataclass(slots=True)
class Batch:
    """A batch: its type, parameters, opening line, and what came in it: lines, or what an inner batch was."""

    kind: str
    params: list[str]
    opening: Message
    outer: "Batch | None" = None
    items: list[Message | Event] = field(default_factory=list)

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

    def start(self, message: Message) -> None:
        """`BATCH +reference type parameters`."""
        if len(self._open) >= OPEN_BATCHES:
            del self._open[next(iter(self._open))]
        outer = self._open.get(message.tags.get("batch", ""))
        self._open[message.params[0][1:]] = Batch(message.params[1].lower(), message.params[2:], message, outer)

    def end(self, message: Message) -> Batch | None:
        """`BATCH -reference`: the batch, when it was open."""
        return self._open.pop(message.params[0][1:], None)

    def keep(self, message: Message) -> bool:
        """Whether the line is kept until its batch ends."""
        batch = self._open.get(message.tags.get("batch", ""))
        keeper = batch.keeper if batch is not None else None
        if keeper is None or len(keeper.items) >= BATCH_ITEMS:
            return False
        keeper.items.append(message)
        return True
