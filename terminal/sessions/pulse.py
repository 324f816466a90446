"""Whether the other side is still there, and how long it takes to answer.

Owns: when a question is asked, and when silence means that nobody is there. Must not: know what a question looks like
on the wire, or end a connection by itself.
"""

from collections.abc import Callable

from terminal.loop import Loop, Timer

QUESTION_SECONDS = 30.0  # between two questions
SILENCE_SECONDS = 90.0  # nothing at all came for so long, though it was asked
_LOOK_SECONDS = 5.0
TOKEN = "parley-lag-"


class Pulse:
    """ask(token) -- sends a question whose answer brings the token back; lost(seconds) -- told once when there is no
    sign of life for so long; changed -- told when `lag` is another one.

    `lag` is in seconds, None until the first answer; while an answer is late, it grows.
    """

    def __init__(
        self,
        loop: Loop,
        ask: Callable[[str], object],
        lost: Callable[[float], object],
        changed: Callable[[], object],
    ) -> None:
        self.lag: float | None = None
        self._loop = loop
        self._ask = ask
        self._lost = lost
        self._changed = changed
        self._timer: Timer | None = None
        self._count = 0
        self._token = ""
        self._asked_at = self._heard_at = 0.0

    def start(self) -> None:
        """The server has accepted us: look after it from now on."""
        self.stop()
        self._asked_at = self._heard_at = self._loop.time()
        self._wait()

    def stop(self) -> None:
        """There is no connection."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._token, self.lag = None, "", None

    def heard(self) -> None:
        """Something came."""
        self._heard_at = self._loop.time()

    def answered(self, token: str) -> bool:
        """An answer came; whether it is to a question of ours."""
        if token == self._token and token:
            self._token = ""
            self.lag = self._loop.time() - self._asked_at
            self._changed()
        return token.startswith(TOKEN)

    def _wait(self) -> None:
        self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        now = self._loop.time()
        if self._token and now - self._heard_at >= SILENCE_SECONDS:
            self._timer = None
            self._lost(now - self._heard_at)
            return
        self._wait()
        if self._token and now - self._asked_at >= SILENCE_SECONDS:  # it lives, but does not answer such questions
            self._token, self.lag, self._asked_at = "", None, now
        elif self._token:
            if now - self._asked_at > (self.lag or 0.0):
                self.lag = now - self._asked_at
                self._changed()
        elif now - self._asked_at >= QUESTION_SECONDS:
            self._count += 1
            self._token, self._asked_at = f"{TOKEN}{self._count}", now
            self._ask(self._token)
