"""What the core needs of an event loop; asyncio's fits. Owns: the shape only."""

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that is to come."""

    def cancel(self) -> None:
        """Do not call."""


class Loop(Protocol):
    """One thread runs all calls, one after the other."""

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        """Call back after `delay` seconds."""

    def call_soon_threadsafe(self, callback: Callable[[], object], /) -> object:
        """Call back soon; from any thread."""

    def time(self) -> float:
        """Seconds of a clock that never goes back."""
