"""A login to an account that is at home on another server, while that server checks the password.

Owns: the wait for its answer, and its bounds. Must not: know the way there (`chat.links.logins`).
"""

from collections.abc import Mapping

from chat.state.asking import Pending
from protocol.limits import LOGIN_ASKED_SECONDS


class RemoteLogin(Pending):
    """What the server called `server` is asked about the account that links call `asked`."""

    def __init__(self, server: str, asked: str = "") -> None:
        super().__init__(server)
        self.asked = asked
        self.account = ""  # as links call it, once the password was right
        self.metadata: Mapping[str, str] = {}  # what the account tells about itself
        self.problem = f"{server}, which checks logins, does not answer; try again later"  # until it does

    def take(self, account: str, problem: str, metadata: Mapping[str, str]) -> None:
        """The answer; only the first one counts."""
        if not self._over.is_set():
            self.account, self.problem, self.metadata = account, problem, metadata
            self._over.set()

    def refuse(self, problem: str) -> None:
        """There will be no answer."""
        self.take("", problem, {})

    def lose(self) -> None:
        """The server is gone."""
        self.refuse(gone(self.server))

    def wait(self) -> None:
        """Returns when the answer is there, when there will be none, or after a while. Called without the lock."""
        self._over.wait(LOGIN_ASKED_SECONDS)


def gone(server: str) -> str:
    """Why the server that checks logins does not check one."""
    return f"{server}, which checks logins, is not linked just now; try again later"
