"""The channels to be on: those that were entered, until one leaves them. A loss of the connection changes nothing.

Owns: their names and keys. Must not: enter one.
"""

from collections.abc import Callable


class Wanted:
    """fold -- the key under which a name is kept; another connection may have another one."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        self._fold = fold
        self._keys: dict[str, str] = {}

    def add(self, channel: str, key: str = "") -> None:
        """Be on this channel; a key that is known stays unless there is another one."""
        known = self._name(channel)
        self._keys[known or channel] = key or self._keys.get(known, "")

    def drop(self, channel: str) -> None:
        """Stay away from this channel."""
        self._keys.pop(self._name(channel), None)

    def key(self, channel: str) -> str:
        """The key with which a channel was entered, "" without one."""
        return self._keys.get(self._name(channel), "")

    def rename(self, old: str, new: str) -> None:
        """A channel has another name."""
        if self._name(old):
            self._keys[new] = self._keys.pop(self._name(old))

    def all(self) -> list[tuple[str, str]]:
        """Channels and their keys, in the order in which they were entered."""
        return list(self._keys.items())

    def _name(self, channel: str) -> str:
        folded = self._fold(channel)
        return next((name for name in self._keys if self._fold(name) == folded), "")
