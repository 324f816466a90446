"""What was typed and did not reach the server before the connection was lost, or perhaps did not.

Owns: which lines these are, and that they are told. Must not: send anything again: it might be said twice.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from terminal.dialects import Dialect
from terminal.keeping.secret_lines import may_keep
from terminal.model.window import Window
from terminal.sessions.host import Host
from terminal.sessions.pulse import TOKEN

_REMEMBERED = 500
_TOLD = 10  # texts for each window; of more only the number is told
_NOT, _PERHAPS_NOT = "Not sent", "Perhaps not sent"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A line to send, and what was typed in which window to have it sent; "" for what the client does by itself."""

    line: str
    exchange: int
    typed: str
    window: Window


class Unsent:
    """The lines of one connection that were handed to the network, and of which no sign shows that they arrived."""

    def __init__(self, host: Host, dialect: Callable[[], Dialect]) -> None:
        self._host = host
        self._dialect = dialect
        self._sent: deque[Outgoing | str] = deque(maxlen=_REMEMBERED)  # and tokens of questions, in order

    def sent(self, item: Outgoing) -> None:
        """A line was handed to the network."""
        if item.typed:
            self._sent.append(item)

    def asked(self, token: str) -> None:
        """A question was: its answer shows that all before it arrived."""
        self._sent.append(token)

    def heard(self, exchange: int) -> None:
        """Something came. Where the server repeats our texts, or labels its answers, only that is a sign; else
        anything that comes is one."""
        if not self._sent:
            return
        if "echo" not in self._dialect().features:
            self._sent.clear()
        else:
            kept = [one for one in self._sent if isinstance(one, str) or one.exchange != exchange]
            self._sent = deque(kept, _REMEMBERED)

    def confirmed(self, token: str) -> None:
        """A question was answered."""
        if token.startswith(TOKEN) and token in self._sent:
            while self._sent.popleft() != token:
                pass

    def forget(self) -> None:
        """We have said goodbye ourselves: what went before is not doubted."""
        self._sent.clear()

    def tell(self, waiting: Iterable[Outgoing], only_waiting: bool = False) -> None:
        """The connection is gone, or is being ended. waiting -- lines that were not even handed to the network;
        only_waiting -- it is too early to doubt the others."""
        perhaps = [] if only_waiting else [one for one in self._sent if isinstance(one, Outgoing)]
        if not only_waiting:
            self._sent.clear()
        never = [one for one in waiting if one.typed]
        told = {(one.typed, one.exchange) for one in never}
        self._tell(_PERHAPS_NOT, [one for one in perhaps if (one.typed, one.exchange) not in told])
        self._tell(_NOT, never)

    def _tell(self, how: str, items: list[Outgoing]) -> None:
        texts: dict[int, tuple[Window, dict[tuple[str, int], None]]] = {}
        for item in items:
            _, typed = texts.setdefault(id(item.window), (item.window, {}))
            typed[(item.typed, item.exchange)] = None  # one text may have become several lines
        for window, typed in texts.values():
            rows = [f"{how}: {_shown(text, window)}" for text, _ in typed]
            if len(rows) > _TOLD:
                rows[_TOLD:] = [f"{how}: {len(rows) - _TOLD} more lines"]
            for row in rows:
                self._host.add(window, self._host.line("problem", row))


def _shown(text: str, window: Window) -> str:
    return " / ".join(text.splitlines()) if may_keep(text, window.name) else "****"
