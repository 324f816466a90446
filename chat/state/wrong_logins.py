"""Wrong logins of the last minute, over all connections: guessing does not get faster by connecting more often.

Owns: counting them, for each account and each address (the /64 of an IPv6 one). Must not: check a password, or answer.
"""

import time

from chat.state.pace import Pace
from protocol.addresses import subscriber_of
from protocol.limits import WRONG_LOGINS_PER_ACCOUNT, WRONG_LOGINS_PER_ADDRESS
from protocol.names import fold

_MINUTE = 60


class WrongLogins:
    """Called under the state lock. An account that many try to get into stays open to its owner, at an address from
    which no wrong login to it came; and so does every account at an address from which many others are tried, for a
    whole school may be behind it."""

    def __init__(self) -> None:
        self._of_account = Pace(WRONG_LOGINS_PER_ACCOUNT, _MINUTE)
        self._of_address = Pace(WRONG_LOGINS_PER_ADDRESS, _MINUTE)
        self._of_both = Pace(1, _MINUTE)

    def note(self, account: str, address: str) -> None:
        """A login to `account`, which may not exist, was wrong."""
        name, place = fold(account), subscriber_of(address)
        self._of_account.wait(name)
        self._of_address.wait(place)
        self._of_both.wait((name, place))

    def are_too_many(self, account: str, address: str) -> bool:
        """Whether a login from there is refused without a look at its password."""
        name, place, now = fold(account), subscriber_of(address), time.monotonic()
        if not self._of_both.left((name, place), now):
            return False
        return bool(self._of_address.left(place, now) or self._of_account.left(name, now))

    def are_many_from(self, address: str) -> bool:
        """Whether so many came from there that each further one is answered later."""
        return bool(self._of_address.left(subscriber_of(address), time.monotonic()))
