"""Waiting for what a client does. Owns: how a coroutine is woken. Must not: know what is waited for."""

import asyncio
from collections.abc import Callable

from terminal.client import Client


class Waiting:
    """Lets coroutines wait for changes of a client."""

    def __init__(self, client: Client) -> None:
        self._event = asyncio.Event()
        client.on_change.append(self._event.set)

    async def until(self, what: Callable[[], bool], timeout: float | None = None) -> bool:
        """Wait until `what` holds, at most `timeout` seconds (None: for ever); whether it does."""
        try:
            async with asyncio.timeout(timeout):
                while not what():
                    self._event.clear()
                    await self._event.wait()
        except TimeoutError:
            return what()
        return True
