"""What is remembered of a link until something else comes that may never come. Owns: forgetting what is oldest.
Must not: know what it is.
"""

from typing import TypeVar

from protocol.limits import LINK_REMEMBERED

Key = TypeVar("Key")
Value = TypeVar("Value")


class Remembered(dict[Key, Value]):
    """A table that stays small whatever the other side says: beyond LINK_REMEMBERED entries the oldest is forgotten."""

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        if len(self) > LINK_REMEMBERED:
            del self[next(iter(self))]
