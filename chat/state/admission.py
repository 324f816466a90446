"""Who may connect at all, and how much is made of it. Owns: the bans of addresses, the limits on connections, and how
often the log and the operators hear of one address. Must not: close or answer a connection.

What is counted for an address is counted for all of its /64 if it is an IPv6 one: each subscriber has so many."""

import logging
import time
from collections import deque
from typing import TYPE_CHECKING

from chat.state.pace import Pace
from chat.storage.settings import WebIrcBlock
from protocol.addresses import is_in, is_within, subscriber_of
from protocol.limits import NEW_ACCOUNTS_PER_MINUTE, WARNINGS_PER_MINUTE

if TYPE_CHECKING:
    from chat.state.network import Network
    from chat.state.session import Session

_MINUTE = 60
_SWEEP_SECONDS = 1.0  # between two looks at all addresses that came


class Admission:
    """Decides on each new connection. Called under the state lock."""

    def __init__(self, network: "Network") -> None:
        self._network = network
        self._recent: dict[str, deque[float]] = {}  # when an address came, in monotonic seconds; the latest last
        self._swept_at = 0.0
        self._told = Pace(1, _MINUTE)  # the operators, that an address was refused
        self._new_accounts = Pace(NEW_ACCOUNTS_PER_MINUTE, _MINUTE)
        self._warned = Pace(WARNINGS_PER_MINUTE, _MINUTE)  # the log, because of an address

    def refusal(self, address: str) -> str | None:
        """Why a connection from `address` is refused; None when it is welcome."""
        network = self._network
        if network.is_stopping:
            return "The server is stopping"
        return self._refusal_of(address, len(network.sessions), is_gateway=self._is_gateway(address))

    def move(self, session: "Session", address: str) -> str | None:
        """A gateway has said that its connection is for a client at `address`, where it counts from now on. Why that
        client is refused; None when it is welcome."""
        refusal = self._refusal_of(address, len(self._network.sessions) - 1)
        self.left(session)
        session.address = session.host = address
        self.entered(session)
        return refusal

    def is_exempt(self, address: str) -> bool:
        """Whether the configuration takes an address out of what is limited for each one."""
        return any(is_within(address, exempt) for exempt in self._network.limits.exempt)

    def may_make_account(self, address: str) -> bool:
        """Counts a new account, unless too many were made from there lately."""
        if not self._network.limits.connections_per_minute or self.is_exempt(address):
            return True
        return not self._new_accounts.wait(subscriber_of(address))

    def gateway_blocks(self, address: str) -> list[WebIrcBlock]:
        """The blocks by which a web gateway at `address` may name its clients."""
        return [block for block in self._network.config.webirc if is_in(address, block.trusted)]

    def _is_gateway(self, address: str) -> bool:
        """Whether it may name the clients for whom it connects: the limits for an address are for theirs."""
        return is_in(address, self._network.config.proxy.trusted) or bool(self.gateway_blocks(address))

    def _refusal_of(self, address: str, others: int, is_gateway: bool = False) -> str | None:
        ban = self._network.bans.of_address(address)
        if ban is not None:
            return f"You are banned from this server{ban.why}"
        why = self._limit(address, others, is_gateway)
        if why is not None:
            self._tell(address, why)
        return why

    def _limit(self, address: str, others: int, is_gateway: bool) -> str | None:
        network, limits = self._network, self._network.limits
        if self.is_exempt(address):
            return None
        if others >= limits.clients:
            return f"The server is full: {limits.clients} connections; try again later"
        if is_gateway:
            return None
        if limits.clients_per_address and network.addresses[subscriber_of(address)] >= limits.clients_per_address:
            return f"Too many connections from your address; at most {limits.clients_per_address}"
        if limits.connections_per_minute and self._too_fast(subscriber_of(address), limits.connections_per_minute):
            return f"You connect too often; at most {limits.connections_per_minute} times a minute"
        return None

    def _too_fast(self, address: str, most: int) -> bool:
        now = time.monotonic()
        a_minute_ago = now - _MINUTE
        if now - self._swept_at >= _SWEEP_SECONDS:
            self._swept_at = now
            for known in [known for known, times in self._recent.items() if times[-1] < a_minute_ago]:
                del self._recent[known]
        times = self._recent.setdefault(address, deque())
        while times and times[0] < a_minute_ago:
            times.popleft()
        too_fast = len(times) >= most
        if not too_fast:
            times.append(now)
        return too_fast

    def _tell(self, address: str, why: str) -> None:
        """Tells the operators, once a minute for each address: a flood of connections shall not flood them."""
        if not self._told.wait(subscriber_of(address)):
            self._network.notice_operators(f"refused a connection from {address}: {why}", "f")

    def warning_level(self, address: str) -> int:
        """How loudly the log is told of what anybody can do from outside: as a warning, but for a few times a minute
        only for each address, else just for who reads everything."""
        return logging.INFO if self._warned.wait(subscriber_of(address)) else logging.WARNING

    def entered(self, session: "Session") -> None:
        """A connection was let in."""
        self._network.addresses[subscriber_of(session.address)] += 1

    def left(self, session: "Session") -> None:
        """A connection ended."""
        addresses, address = self._network.addresses, subscriber_of(session.address)
        addresses[address] -= 1
        if addresses[address] <= 0:
            del addresses[address]
