"""When the terminal rings. Owns: that decision, and how often it may. Must not: ring by itself; an observer does."""

from terminal.model.line import Line
from terminal.model.window import Window

PAUSE_SECONDS = 1.0  # between two rings, however much is said


def is_wanted(bell: str, window: Window, line: Line, looked_at: bool) -> bool:
    """Whether a new line is worth a ring, by the setting `bell`: "off", "mention" (private talks too) or "any".

    Nothing rings where one looks at it, nor what one said oneself, nor what was said long ago.
    """
    if bell == "off" or looked_at or line.own or line.history or not line.is_speech or window.kind == "mentions":
        return False
    return bell == "any" or line.mention or window.kind == "private"


class Bell:
    """Lets a ring pass unless there was one just now."""

    def __init__(self) -> None:
        self._last: float | None = None

    def may_ring(self, now: float) -> bool:
        """now -- seconds of a clock that never goes back."""
        if self._last is not None and now - self._last < PAUSE_SECONDS:
            return False
        self._last = now
        return True
