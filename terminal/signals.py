"""Being told to end from outside: SIGTERM, and SIGHUP when the terminal is gone.

Owns: that a conversation then ends as with Ctrl-C, so that it says goodbye and gives the terminal back; the exit code.
Must not: know what a conversation does.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

TOLD_BY_SIGNAL = 128  # what the number of a signal is added to for an exit code, as in shells


async def unless_told(conversation: Coroutine[Any, Any, int]) -> int:
    """What the conversation gives back, or 128 and the number of the signal that has cancelled it."""
    task, told = asyncio.current_task(), list[int]()

    def end(number: int) -> None:
        if task is not None and not told:  # one goodbye, however often one is told
            told.append(number)
            task.cancel()

    try:
        with _heard(end):
            return await conversation
    except (Exception, SystemExit, asyncio.CancelledError):  # a terminal that is gone fails in many ways
        if not told:
            raise
        _let_go()
        return TOLD_BY_SIGNAL + told[0]


def _let_go() -> None:
    """Where nobody reads any more, what is left to be written would fail once more at the end of the interpreter."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def _heard(end: Callable[[int], None]) -> Iterator[None]:
    """Have `end` called with the number of each signal, but for those that our parent ignores (nohup)."""
    loop = asyncio.get_running_loop()
    names = ("SIGTERM", "SIGHUP")  # Windows has no SIGHUP, and loops that take no handlers
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    with suppress(NotImplementedError):
        for number in heard:
            loop.add_signal_handler(number, end, int(number))
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            for number in heard:
                loop.remove_signal_handler(number)
