"""Who may connect at all. Owns: the bans of addresses and the limits on connections. Must not: close or answer one."""

import time
from collections import deque
from typing import TYPE_CHECKING

from protocol.addresses import is_in, is_within

if TYPE_CHECKING:
    from chat.state.network import Network
    from chat.state.session import Session

_MINUTE = 60.0


class Admission:
    """Decides on each new connection. Called under the state lock."""

    def __init__(self, network: "Network") -> None:
        self._network = network
        self._recent: dict[str, deque[float]] = {}  # when an address came, in monotonic seconds; the latest last
        self._told: dict[str, float] = {}  # when the operators were told that an address was refused

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

    def _is_gateway(self, address: str) -> bool:
        """Whether it may name the clients for whom it connects: the limits for an address are for theirs."""
        config = self._network.config
        return any(is_in(address, trusted) for trusted in (config.proxy.trusted, *(b.trusted for b in config.webirc)))

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
        if any(is_within(address, exempt) for exempt in limits.exempt):
            return None
        if others >= limits.clients:
            return f"The server is full: {limits.clients} connections; try again later"
        if is_gateway:
            return None
        if limits.clients_per_address and network.addresses[address] >= limits.clients_per_address:
            return f"Too many connections from your address; at most {limits.clients_per_address}"
        if limits.connections_per_minute and self._too_fast(address, limits.connections_per_minute):
            return f"You connect too often; at most {limits.connections_per_minute} times a minute"
        return None

    def _too_fast(self, address: str, most: int) -> bool:
        a_minute_ago = time.monotonic() - _MINUTE
        for known in [known for known, times in self._recent.items() if times[-1] < a_minute_ago]:
            del self._recent[known]
        times = self._recent.setdefault(address, deque())
        while times and times[0] < a_minute_ago:
            times.popleft()
        too_fast = len(times) >= most
        if not too_fast:
            times.append(time.monotonic())
        return too_fast

    def _tell(self, address: str, why: str) -> None:
        """Tells the operators, once a minute for each address: a flood of connections shall not flood them."""
        now = time.monotonic()
        self._told = {known: told for known, told in self._told.items() if now - told < _MINUTE}
        if address not in self._told:
            self._told[address] = now
            self._network.notice_operators(f"refused a connection from {address}: {why}", "f")

    def entered(self, session: "Session") -> None:
        """A connection was let in."""
        self._network.addresses[session.address] += 1

    def left(self, session: "Session") -> None:
        """A connection ended."""
        addresses, address = self._network.addresses, session.address
        addresses[address] -= 1
        if addresses[address] <= 0:
            del addresses[address]
