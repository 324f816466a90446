"""Which lines of an IRC connection belong to one exchange: a request, and what answers it.

Owns: keys that are the same for both. Must not: change a line, or know more of it than labels, batches and PING; what
has none of them is left to `answers`.
"""

from collections.abc import Callable

from protocol.message import Message, split_source
from terminal.dialects.answers import Answers
from terminal.dialects.parsing import parsed

OPEN_BATCHES = 100


class Exchanges:
    """The labelled batches that are open. To be asked once for each line, in the order of the wire."""

    def __init__(self) -> None:
        self._answers = Answers()
        self._open: dict[str, str] = {}  # of both sides, which choose their references alone

    def key(self, line: str, outgoing: bool, nick: str, has_echo: bool, fold: Callable[[str], str]) -> str:
        """The key of a line, or "". nick -- the own one; has_echo -- the server sends back what we say."""
        message = parsed(line)
        command = message.command.upper()
        side = ">" if outgoing else "<"
        if "label" in message.tags:
            key = f"label {message.tags['label']}"
        elif "batch" in message.tags:
            key = self._open.get(side + message.tags["batch"], "")
        elif command in ("PING", "PONG") and message.params:
            key = f"ping {message.params[-1]}"
        elif command in ("PRIVMSG", "NOTICE", "TAGMSG") and has_echo:
            key = self._echo(message, outgoing, fold(nick), fold)
        else:
            key = self._answers.key(message, outgoing, nick, fold)
        return self._batch(message, side, key) if command == "BATCH" and message.params else key

    def _batch(self, message: Message, side: str, key: str) -> str:
        reference = side + message.params[0][1:]
        if message.params[0].startswith("-"):
            return self._open.pop(reference, key)
        if key:
            if len(self._open) >= OPEN_BATCHES:
                del self._open[next(iter(self._open))]
            self._open[reference] = key
        return key

    def _echo(self, message: Message, outgoing: bool, own: str, fold: Callable[[str], str]) -> str:
        is_own = outgoing or fold(split_source(message.source or "")[0]) == own
        return f"echo {hash(tuple(message.params))}" if is_own else ""  # not the text, which may hold a password
