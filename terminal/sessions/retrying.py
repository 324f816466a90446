"""The pause before the next attempt to connect, and its countdown.

Owns: how long it is, and that a screen is told every second. Must not: decide whether to try again, or connect.
"""

from collections.abc import Callable

from terminal.loop import Loop, Timer
from terminal.network.backoff import Backoff

STEADY_SECONDS = 60.0  # a server that throws us out sooner is not asked again at once


class Retrying:
    """connect -- called when the pause is over; tick -- called every second of it. `at` is the moment of the loop's
    clock at which it is over, None when there is none."""

    def __init__(self, loop: Loop, connect: Callable[[], object], tick: Callable[[], object]) -> None:
        self.at: float | None = None
        self._loop = loop
        self._connect = connect
        self._tick = tick
        self._backoff: Backoff | None = None
        self._timers: list[Timer] = []
        self._welcomed_at: float | None = None

    def welcomed(self) -> None:
        """The server has accepted us."""
        self._welcomed_at = self._loop.time()

    def forget(self) -> None:
        """Somebody wants to connect now: the pauses begin with the shortest again."""
        self._backoff = None

    def begin(self, longest: float) -> float:
        """Wait, then connect; the seconds that it takes. longest -- of all pauses, from now on."""
        self.stop()
        if self._welcomed_at is not None and self._loop.time() - self._welcomed_at >= STEADY_SECONDS:
            self._backoff = None
        self._welcomed_at = None
        if self._backoff is None:
            self._backoff = Backoff(longest=longest)
        self._backoff.bound(longest)
        delay = self._backoff.next_delay()
        self.at = self._loop.time() + delay
        self._timers = [self._loop.call_later(delay, self._over)]
        self._count_down()
        return delay

    def stop(self) -> None:
        """Do not wait any longer."""
        for timer in self._timers:
            timer.cancel()
        self._timers, self.at = [], None

    def _over(self) -> None:
        self.stop()
        self._connect()

    def _count_down(self) -> None:
        if self.at is not None and self.at - self._loop.time() > 1:
            self._timers[1:] = [self._loop.call_later(1.0, self._second)]

    def _second(self) -> None:
        self._count_down()
        self._tick()
