"""Who may connect at all. Owns: the limits on connections. Must not: close or answer one."""

import time
from collections import deque

from chat.state.network import Network

_MINUTE = 60.0


class Admission:
    """Decides on each new connection. Called under the state lock."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._recent: dict[str, deque[float]] = {}  # when an address came, in monotonic seconds; the latest last

    def refusal(self, address: str) -> str | None:
        """Why a connection from `address` is refused; None when it is welcome."""
        network, limits = self._network, self._network.limits
        if network.is_stopping:
            return "The server is stopping"
        if len(network.sessions) >= limits.clients:
            return f"The server is full: {limits.clients} connections; try again later"
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

    def left(self, address: str) -> None:
        """A connection from `address` ended."""
        addresses = self._network.addresses
        addresses[address] -= 1
        if addresses[address] <= 0:
            del addresses[address]
