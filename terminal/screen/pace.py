"""How often the screen is drawn because something came in. What one types is drawn at once, and is none of it.

Owns: the pause between two pictures. Must not: draw.
"""

from collections.abc import Callable

from terminal.loop import Loop, Timer

PICTURE_SECONDS = 1 / 25  # a flood of lines leaves time for keys, and nobody reads faster


class Pace:
    """draw -- has a picture drawn. The first one after a pause comes at once; what changes while one waits for the
    next is in it."""

    def __init__(self, loop: Loop, draw: Callable[[], object]) -> None:
        self._loop = loop
        self._draw = draw
        self._last = float("-inf")
        self._timer: Timer | None = None

    def ask(self) -> None:
        """Something is different now."""
        if self._timer is not None:
            return
        pause = self._last + PICTURE_SECONDS - self._loop.time()
        if pause > 0:
            self._timer = self._loop.call_later(pause, self._due)
        else:
            self._draw()

    def drawn(self) -> None:
        """There is a picture of all that is known, whoever wanted it."""
        self._last = self._loop.time()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        self._draw()
