"""One line of a window: a fact, worded, but not yet coloured, cut or placed.

Owns: the shape of a line and the kinds there are. Must not: know how wide a screen is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal[
    "message", "notice", "action",  # what people say
    "join", "part", "quit", "nick", "away", "account",  # who comes and goes: may be folded
    "kick", "mode", "topic", "invite", "redacted",
    "members", "list", "info", "problem",
]  # fmt: skip

SPEECH: frozenset[Kind] = frozenset({"message", "notice", "action"})
NOISE: frozenset[Kind] = frozenset({"join", "part", "quit", "nick", "away", "account"})


@dataclass(frozen=True, slots=True)
class Line:
    """`number` is unique in this client and grows with arrival; `time` is aware. `text` may hold formatting of
    IRC; of kinds with a source it is what follows the nick ("joined"). `rank` is the sign of the source when it spoke.
    `exchange` names the lines of the wire that made this one (0: none). `history`: it was not said just now.
    `where` is the window it comes from, in a line that is shown in another one as well. `pending`: it is one's own, and
    the server has not repeated it yet. `stamped`: the time is the server's, not that of our own clock."""

    number: int
    time: datetime
    kind: Kind
    text: str
    source: str = ""
    own: bool = False
    mention: bool = False
    rank: str = ""
    account: str = ""
    msgid: str = ""
    exchange: int = 0
    history: bool = False
    where: str = ""
    pending: bool = False
    stamped: bool = False

    @property
    def is_speech(self) -> bool:
        """Whether somebody said it."""
        return self.kind in SPEECH

    @property
    def is_noise(self) -> bool:
        """Whether it only tells who comes and goes."""
        return self.kind in NOISE
