"""Lines of standard input, without holding up the loop, and whether they are echoed.

Owns: the thread that reads, how far it reads ahead, the terminal's echo. Must not: look into a line.
"""

import asyncio
import codecs
import os
import threading
from collections.abc import AsyncIterator

READ_AHEAD = 1000  # lines


class Typed:
    """Standard input, line by line. A thread of its own reads, so that the end of a connection is noticed meanwhile;
    `stop` ends the iteration."""

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptor: int = 0) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._room = threading.Semaphore(READ_AHEAD)
        self._stopped = False

    def stop(self) -> None:
        """No line is wanted any more."""
        if not self._stopped:
            self._stopped = True
            self._lines.put_nowait(None)

    async def lines(self) -> AsyncIterator[str]:
        """Every line without its end, until the input ends or `stop` was called."""
        threading.Thread(target=self._read, name="typed", daemon=True).start()
        while (line := await self._lines.get()) is not None and not self._stopped:
            self._room.release()
            yield line

    def _read(self) -> None:
        """os.read rather than sys.stdin: a thread that waits inside sys.stdin breaks the interpreter's exit."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        rest, data = "", b"-"
        while data and not self._stopped:
            try:
                data = os.read(self._descriptor, 65536)
            except OSError:
                data = b""
            *complete, rest = (rest + decoder.decode(data, final=not data)).split("\n")
            if not data and rest:
                complete.append(rest)
            for line in complete:
                self._hand_on(line.removesuffix("\r"))
        self._hand_on(None)

    def _hand_on(self, line: str | None) -> None:
        while not self._room.acquire(timeout=1.0):
            if self._stopped:
                return
        try:
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
        except RuntimeError:  # the loop has ended before the input
            self._stopped = True


def echo(on: bool, descriptor: int = 0) -> bool:
    """Have the terminal show what is typed, or not; False when it cannot be told, as where there is no terminal."""
    try:
        import termios  # not on Windows
    except ImportError:
        return False
    try:
        attributes = termios.tcgetattr(descriptor)
        flags = attributes[3]
        attributes[3] = flags | termios.ECHO if on else flags & ~termios.ECHO
        termios.tcsetattr(descriptor, termios.TCSADRAIN, attributes)
    except termios.error:
        return False
    return True
