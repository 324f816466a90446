"""A mapping by nick or channel, as the server compares names.

Owns: that names are found again when the server says only later how it compares them (CASEMAPPING comes behind the
welcome). Must not: know a casemapping.
"""

from collections.abc import Callable, Iterator, MutableMapping
from typing import TypeVar

Kind = TypeVar("Kind")
_PROBE = "aA[]\\~^\u00c9"  # casemappings that differ at all differ in what they make of this


class ByName(MutableMapping[str, Kind]):
    """Iterates over the names as they were put in. fold -- the key of a name at present; it may become another one."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        self._fold = fold
        self._probe = ""
        self._items: dict[str, tuple[str, Kind]] = {}

    def __getitem__(self, name: str) -> Kind:
        key = self._key(name)  # which may make other items
        return self._items[key][1]

    def __setitem__(self, name: str, value: Kind) -> None:
        key = self._key(name)
        self._items[key] = name, value

    def __delitem__(self, name: str) -> None:
        key = self._key(name)
        del self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._items.values()])

    def __len__(self) -> int:
        return len(self._items)

    def _key(self, name: str) -> str:
        probe = self._fold(_PROBE)
        if probe != self._probe:
            self._probe = probe
            self._items = {self._fold(known): (known, value) for known, value in self._items.values()}
        return self._fold(name)
