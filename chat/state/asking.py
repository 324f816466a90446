"""A question to another server, from the moment it is asked until somebody has its answer: any, and a user's command.

Owns: the wait for it, and its bounds. Must not: know the way there (`chat.links.asking`), or what may be asked
(`chat.commands.routing`).
"""

import threading
from collections.abc import Iterable

from protocol.limits import ASKED_REPLIES, ASKED_SECONDS
from protocol.values import Reply


class Pending:
    """Whatever the server called `server` is asked. Called under the state lock, but for the `wait` of each kind."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._over = threading.Event()

    def lose(self) -> None:
        """The server is gone: there will be no answer."""
        self._over.set()


class Question(Pending):
    """What a user asks."""

    def __init__(self, server: str, uid: str) -> None:
        super().__init__(server)
        self.uid = uid  # of who asks
        self.replies: list[Reply] = []
        self.is_answered = False  # wholly
        self.is_lost = False  # the server is gone
        self.is_too_long = False

    def take(self, replies: Iterable[Reply], is_last: bool) -> None:
        """A part of the answer. More than a bounded number of lines is no answer; what came until then is kept."""
        if self._over.is_set():
            return
        self.replies += replies
        self.is_too_long = len(self.replies) > ASKED_REPLIES
        del self.replies[ASKED_REPLIES:]
        self.is_answered = is_last and not self.is_too_long
        if is_last or self.is_too_long:
            self._over.set()

    def lose(self) -> None:
        """There will be no answer."""
        self.is_lost = True
        super().lose()

    def wait(self) -> None:
        """Returns when the answer is there, when there will be none, or after a while. Called without the lock."""
        self._over.wait(ASKED_SECONDS)
