"""A login to an account that is at home on another server, while that server checks the password.

Owns: the wait for its answer, and its bounds. Must not: know the way there (`chat.links.logins`).
"""

import threading
from collections.abc import Mapping

from protocol.limits import LOGIN_ASKED_SECONDS


class RemoteLogin:
    """What the server called `server` is asked. All but `wait` is called under the state lock."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.account = ""  # as links call it, once the password was right
        self.metadata: Mapping[str, str] = {}  # what the account tells about itself
        self.problem = f"{server}, which checks logins, does not answer; try again later"  # until it does
        self._over = threading.Event()

    def take(self, account: str, problem: str, metadata: Mapping[str, str]) -> None:
        """The answer; only the first one counts."""
        if not self._over.is_set():
            self.account, self.problem, self.metadata = account, problem, metadata
            self._over.set()

    def refuse(self, problem: str) -> None:
        """There will be no answer."""
        self.take("", problem, {})

    def wait(self) -> None:
        """Returns when the answer is there, when there will be none, or after a while. Called without the lock."""
        self._over.wait(LOGIN_ASKED_SECONDS)
