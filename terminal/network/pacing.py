"""Lines out, not faster than a server bears: one that is flooded closes the connection.

Owns: the lines that wait. Must not: read a clock or wait by itself; both are given.
"""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from terminal.loop import Timer

BURST = 5
INTERVAL_SECONDS = 2.0  # RFC 1459 8.10: a message every two seconds, after ten seconds' worth of them at once
Item = TypeVar("Item")  # a line, in whatever form `send` takes it
_NOTHING = 1e-6  # seconds that a timer may come early by; no number of a clock is quite exact


class Pacer(Generic[Item]):
    """The first `burst` lines pass at once, then one for every `interval` seconds; a quiet time earns the burst back.

    send -- takes a line; later(seconds, callback) -- starts a timer; now() -- seconds of a clock that never goes back;
    interval -- 0 for no pacing. Lines keep their order, but urgent ones overtake.
    """

    def __init__(
        self,
        send: Callable[[Item], object],
        later: Callable[[float, Callable[[], None]], Timer],
        now: Callable[[], float],
        burst: int = BURST,
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        self._send = send
        self._later = later
        self._now = now
        self._burst = max(1, burst)
        self._interval = max(0.0, interval)
        self._lines: deque[Item] = deque()
        self._timer: Timer | None = None
        self._debt = 0.0  # the moment at which the lines sent so far are paid for

    @property
    def waiting(self) -> int:
        """How many lines are not sent yet."""
        return len(self._lines)

    def put(self, data: Item, urgent: bool = False, overtakes: Callable[[Item], bool] | None = None) -> None:
        """Send a line as soon as it may be. An urgent one (PONG, QUIT) goes at once; those behind pay for it.
        overtakes -- which of the lines that wait it may go before."""
        if urgent:
            self._pay()
            self._send(data)
            return
        place = len(self._lines)
        while overtakes is not None and place and overtakes(self._lines[place - 1]):
            place -= 1
        self._lines.insert(place, data)
        self._flow()

    def count(self, which: Callable[[Item], object]) -> int:
        """How many lines of a kind are not sent yet."""
        return sum(bool(which(item)) for item in self._lines)

    def change(self, change: Callable[[Item], Item | None]) -> None:
        """Make others of the lines that wait; None: it is not sent."""
        self._lines = deque(new for new in map(change, self._lines) if new is not None)

    def clear(self) -> int:
        """Forget the lines that wait, as when a paste is regretted; how many they were."""
        return len(self.take())

    def take(self) -> list[Item]:
        """The lines that wait; they are not sent from here any more, as when the connection is gone."""
        taken = list(self._lines)
        self._lines.clear()
        self._stop()
        return taken

    def reset(self) -> None:
        """A new connection: nothing waits, and the whole burst may be used."""
        self.clear()
        self._debt = 0.0

    def configure(self, burst: int, interval: float) -> None:
        """Other numbers from now on, for the lines that wait too."""
        self._burst, self._interval = max(1, burst), max(0.0, interval)
        self._stop()
        self._flow()

    def _flow(self) -> None:
        if self._timer is not None:
            return
        while self._lines:
            pause = self._debt - (self._burst - 1) * self._interval - self._now()
            if self._interval and pause > _NOTHING:
                self._timer = self._later(pause, self._resume)
                return
            self._pay()
            self._send(self._lines.popleft())

    def _resume(self) -> None:
        self._timer = None
        self._flow()

    def _pay(self) -> None:
        """Bounded by a whole burst, so that many urgent lines do not silence the others for long."""
        now = self._now()
        self._debt = min(max(self._debt, now) + self._interval, now + self._burst * self._interval)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
