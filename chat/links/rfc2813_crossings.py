"""What was told to a server of RFC 2813 that it may not have heard when it said what comes now.

Nothing on these links says in which order two servers changed the same thing, so each would end with what the other
did. A PING behind a change is answered when the other side has made that change, too; what it says about the same thing
before that crosses it, and is undone there by the change: it is passed over here as well.
Owns: which things are open like that. Must not: send, or know the form of a line.
"""

from collections.abc import Iterable, Iterator

_MARK = "f"


class Crossings:
    """Open changes: of a channel (by folded name, "" for none) and a key, such as `topic`, `m`, `o <uid>`."""

    def __init__(self) -> None:
        self._number = 0
        self._open: dict[tuple[str, str], int] = {}
        self._marked = 0

    def note(self, channel: str, keys: Iterable[str]) -> str:
        """Something is told; the token of the PING to send behind it."""
        self._number += 1
        for key in keys:
            self._open[channel, key] = self._number
        return f"{_MARK}{self._number}"

    def mark(self) -> None:
        """A PING without a token of these is sent."""
        self._marked = self._number

    def settle(self, token: str) -> None:
        """A PONG with that token has come, or one without: all that was told before its PING is heard."""
        text = token.removeprefix(_MARK)
        number = int(text) if text != token and text.isascii() and text.isdigit() else self._marked
        if self._open:
            self._open = {what: at for what, at in self._open.items() if at > number}

    def __contains__(self, what: tuple[str, str]) -> bool:
        return what in self._open

    def channels(self) -> set[str]:
        """Those of which something is open."""
        return {channel for channel, _ in self._open if channel}

    def of(self, key: str) -> Iterator[str]:
        """The channels of which that key is open."""
        return iter([channel for channel, other in self._open if other == key])
