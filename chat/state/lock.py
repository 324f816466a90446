"""The one lock over all chat state. Owns: taking it, giving it up for slow work, and telling who has it.

Must not be held during I/O, hashing, sleeping, logging or waiting: `with lock.unlocked():` gives it up for those, and
what was read before must be checked again after.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class StateLock:
    """Not reentrant; taken once per batch of requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._owner = threading.get_ident()

    def __exit__(self, *exception: object) -> None:
        self._owner = 0
        self._lock.release()

    def held(self) -> bool:
        """Whether the calling thread has the lock."""
        return self._owner == threading.get_ident()

    @contextmanager
    def unlocked(self) -> Iterator[None]:
        """Gives the lock up for slow work inside a handler."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()
