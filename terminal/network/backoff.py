"""How long to wait before the next attempt to connect.

Owns: the row of pauses. Must not: wait, or read a clock.
"""

import random as _random
from collections.abc import Callable


class Backoff:
    """Pauses that grow by `factor` from `first` to `longest`, in seconds, each shortened by up to `jitter` of itself:
    the clients of a server that has just been started must not all come back in the same moment.

    random -- gives a number from 0 up to 1; attempts -- pauses given since the last reset.
    """

    def __init__(
        self,
        first: float = 2.0,
        longest: float = 300.0,
        factor: float = 2.0,
        jitter: float = 0.3,
        random: Callable[[], float] = _random.random,
    ) -> None:
        self._wished, self._first = first, min(first, longest)
        self._longest = longest
        self._factor = factor
        self._jitter = jitter
        self._random = random
        self._next = self._first
        self.attempts = 0

    def next_delay(self) -> float:
        """Seconds to wait before the next attempt."""
        delay = self._next * (1 - self._jitter * self._random())
        self._next = min(self._longest, self._next * self._factor)
        self.attempts += 1
        return delay

    def bound(self, longest: float) -> None:
        """Let no pause be longer from now on."""
        self._longest = longest
        self._first, self._next = min(self._wished, longest), min(self._next, longest)

    def reset(self) -> None:
        """The connection is there, and accepted: begin with the shortest pause again."""
        self._next = self._first
        self.attempts = 0
