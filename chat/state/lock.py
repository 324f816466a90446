"""The one lock over all chat state. Owns: giving it up for slow work, and telling who has it.

Must not be held during I/O, hashing, sleeping, logging or waiting: `with lock.unlocked():` gives it up for those, and
what was read before must be checked again after.
"""

import _thread
from collections.abc import Iterator
from contextlib import contextmanager


class StateLock(_thread.RLock):  # type: ignore[misc]  # final in the stubs, not in CPython
    """Taken with `with`, once per batch of requests, and never twice by one thread. Re-entrant only because that kind
    knows its owner, in C: a lock with Python methods would cost every message a third of a microsecond."""

    def held(self) -> bool:
        """Whether the calling thread has the lock."""
        return bool(self._is_owned())  # type: ignore[attr-defined]

    @contextmanager
    def unlocked(self) -> Iterator[None]:
        """Gives the lock up for slow work inside a handler."""
        self.release()
        try:
            yield
        finally:
            self.acquire()
