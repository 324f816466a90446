"""How often something may happen: at most so many times in so many seconds, for each who does it.

Owns: the times of the last ones. Must not: know what is counted, or refuse anything.
"""

import re
import time
from collections import deque
from collections.abc import Hashable

_MOST_KEPT = 1000  # who is remembered; then those are dropped whose times no longer count, or who came first


_TEXT = re.compile(r"([1-9][0-9]{0,2}):([1-9][0-9]{0,4})\Z", re.ASCII)


class Pace:
    """`count` times in `seconds`, for each key. Who leaves and comes back is still remembered."""

    __slots__ = ("_times", "count", "seconds")

    def __init__(self, count: int, seconds: int) -> None:
        self.count = count
        self.seconds = seconds
        self._times: dict[Hashable, deque[float]] = {}

    @property
    def text(self) -> str:
        """`<count>:<seconds>`."""
        return f"{self.count}:{self.seconds}"

    def wait(self, key: Hashable) -> float:
        """Counts one more; or, when that is too many, does not and returns the seconds until it can be done."""
        now = time.monotonic()
        left = self.left(key, now)
        if left:
            return left
        times = self._times.get(key)
        if times is None:
            if len(self._times) >= _MOST_KEPT:
                self._forget(now - self.seconds)
            times = self._times[key] = deque(maxlen=self.count)
        times.append(now)
        return 0.0

    def left(self, key: Hashable, now: float) -> float:
        """The seconds until one more can be done, without counting one. `now`: monotonic seconds."""
        times = self._times.get(key)
        if times is None or len(times) < self.count:
            return 0.0
        return max(0.0, times[0] + self.seconds - now)

    def _forget(self, before: float) -> None:
        gone = [key for key, times in self._times.items() if times[-1] <= before] or [next(iter(self._times))]
        for key in gone:
            del self._times[key]


def parse_pace(text: str) -> Pace | None:
    """What `<count>:<seconds>` says, at most 999 and 99999; None for any other text."""
    found = _TEXT.match(text)
    return Pace(int(found[1]), int(found[2])) if found else None
