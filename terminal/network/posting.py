"""From a connection's thread to the thread of the core: in order, in short turns, never more than it can take.

Owns: how much is under way, and for how long the core is kept from its keys and pictures. Must not: touch a socket.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

LINES_AT_ONCE = 20  # what the core handles between two looks at the clock
TURN_SECONDS = 0.004  # and between two looks at the keyboard
MOST_WAITING = 40  # portions and events; what comes then waits in the network


class Posting:
    """post -- runs a callback in the core's thread, soon; a RuntimeError of it means that nobody listens any more.
    on_room -- called in the core's thread when there is room again that was asked for. clock -- seconds.

    There is one post under way at most: a turn, which handles what it can in its time and asks for the next one. Each
    field but the queue is safe without a lock, as it does not matter when a thread reads one a moment too early.
    """

    def __init__(
        self,
        post: Callable[[Callable[[], object]], object],
        on_room: Callable[[], object],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._post = post
        self._on_room = on_room
        self._clock = clock
        self._waiting: deque[Callable[[], object]] = deque()
        self._is_due = False
        self._is_awaited = False
        self.is_deaf = False

    def has_room(self) -> bool:
        """Whether more should be read. Once this was False, on_room is called when it is worth asking again."""
        self._is_awaited = True  # before the look, or the last one could be handled between the two
        if len(self._waiting) >= MOST_WAITING:
            return False
        self._is_awaited = False
        return True

    def tell(self, callback: Callable[[], object]) -> None:
        """Have something called, after all that came before."""
        self._waiting.append(callback)
        self._ask_for_turn()

    def deliver(self, receive: Callable[[list[bytes]], object], lines: Sequence[bytes]) -> None:
        """Have `receive` called with the lines, in portions."""
        rest = iter(lines)
        while portion := list(islice(rest, LINES_AT_ONCE)):
            self.tell(partial(receive, portion))

    def _ask_for_turn(self) -> None:
        if self._is_due:
            return
        self._is_due = True
        try:
            self._post(self._turn)
        except RuntimeError:
            self.is_deaf = True

    def _turn(self) -> None:
        self._is_due = False  # before the look at what waits: what is added from now on asks for a turn of its own
        end = self._clock() + TURN_SECONDS
        try:
            while self._waiting:
                self._waiting.popleft()()
                if self._clock() >= end:
                    break
        finally:
            if self._waiting:
                self._ask_for_turn()
            if self._is_awaited and len(self._waiting) < MOST_WAITING:
                self._on_room()
