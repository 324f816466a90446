"""From a connection's thread to the thread of the core, never more at a time than the core can take.

Owns: how much is under way. Must not: touch a socket.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

LINES_PER_POST = 100  # what the core handles between two looks at the keyboard
_UNHANDLED_POSTS = 4


class Posting:
    """post -- runs a callback in the core's thread, soon and in order; a RuntimeError of it means that nobody listens
    any more. on_room -- called in the core's thread when there is room again that was asked for.

    Each counter is written by one thread only, so that there is no need of a lock.
    """

    def __init__(self, post: Callable[[Callable[[], object]], object], on_room: Callable[[], object]) -> None:
        self._post = post
        self._on_room = on_room
        self._posted = 0
        self._handled = 0
        self._is_awaited = False
        self.is_deaf = False

    def has_room(self) -> bool:
        """Whether more should be read. Once this was False, on_room is called when it is worth asking again."""
        self._is_awaited = True  # before the look, or the last post could be handled between the two
        if self._posted - self._handled >= _UNHANDLED_POSTS:
            return False
        self._is_awaited = False
        return True

    def tell(self, callback: Callable[[], object]) -> None:
        """Have something called."""
        try:
            self._post(callback)
        except RuntimeError:
            self.is_deaf = True

    def deliver(self, receive: Callable[[list[bytes]], object], lines: Sequence[bytes]) -> None:
        """Have `receive` called with the lines, in portions."""
        rest = iter(lines)
        while portion := list(islice(rest, LINES_PER_POST)):
            self._posted += 1
            self.tell(partial(self._handle, receive, portion))

    def _handle(self, receive: Callable[[list[bytes]], object], portion: list[bytes]) -> None:
        try:
            receive(portion)
        finally:
            self._handled += 1
            if self._is_awaited:
                self._on_room()
