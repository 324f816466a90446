"""Answers that come in several lines: what has come of them, until the last one.

Owns: how much of that is kept. Must not: know what an answer is about.
"""

from collections.abc import Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")
MOST = 32 * 1024 * 1024  # characters; more than the members of any channel, and the channels of any server
_FRAME = 100  # what keeping anything takes beyond its characters, about


class Parts(Generic[Item]):
    """The open answers of one kind, each with a key of its own. The oldest one is given up when there is too much of
    them all; what goes beyond that in a single one is not kept."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._items: dict[str, list[Item]] = {}
        self._sizes: dict[str, int] = {}
        self._size = 0

    def add(self, key: str, items: Iterable[Item], size: int) -> None:
        """Keep a part. size -- the characters that it came in."""
        size += _FRAME
        while self._size + size > self._most and (oldest := next(iter(self._items), key)) != key:
            self.take(oldest)
        if self._size + size > self._most:
            return
        self._items.setdefault(key, []).extend(items)
        self._sizes[key] = self._sizes.get(key, 0) + size
        self._size += size

    def take(self, key: str) -> list[Item]:
        """All parts of an answer, in order; none are kept any more."""
        self._size -= self._sizes.pop(key, 0)
        return self._items.pop(key, [])
