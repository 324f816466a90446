"""Clients without a screen on a real loop, for tests with real servers.

Owns: how such a client is made, waited for and ended. Must not: know a server.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from terminal import commands
from terminal.client import Client
from terminal.dialects import Identity
from terminal.model.window import Window
from terminal.sessions.session import Session
from terminal.settings.table import ServerSettings, Settings
from terminal.waiting import Waiting
from tests.harness import TIMEOUT
from tests.terminal_core import texts


class Person:
    """Somebody with a client. `session` is the first server's."""

    def __init__(self, port: int, nick: str, *joins: str, dialect: str = "irc", **more: Any) -> None:
        identity_names = ("password", "register", "account", "login", "certificate", "servername", "server_password")
        about_us = {name: more.pop(name) for name in identity_names if name in more}
        settings = {name: more.pop(name) for name in list(more) if name in Settings.__dataclass_fields__}
        self.client = Client(Settings(**{"pacing_interval": 0.0, **settings}), asyncio.get_running_loop())
        self._waiting = Waiting(self.client)
        server = ServerSettings(address=f"127.0.0.1:{port}", nick=nick, dialect=dialect, **more)
        self.session: Session = self.client.add_session("net", server, Identity(nick, **about_us), joins)

    async def until(self, what: Callable[[], object]) -> None:
        """Wait until `what` holds, for TIMEOUT at most."""
        if not await self._waiting.until(lambda: bool(what()), TIMEOUT):
            shown = {window.name: texts(window)[-8:] for window in self.client.windows}
            raise AssertionError(f"it did not happen; state {self.session.machine.state}, windows {shown}")

    async def come(self) -> "Person":
        """Connect, and wait until the server has welcomed us and every channel asked for is entered."""
        wanted = self.session._joins or [name for name, _ in self.session.wanted.all()]
        names = [name.split()[0] for name in wanted]
        self.session.connect()
        await self.until(lambda: self.session.dialect.ready and all(self.is_on(name) for name in names))
        await self.sync()
        return self

    async def sync(self) -> None:
        """Wait until the server has handled everything sent so far."""
        token = self.session.synchronise()
        await self.until(lambda: token in self.session.synchronised)

    def is_on(self, channel: str) -> bool:
        """Whether we are on a channel."""
        window = self.client.windows.find(self.session.name, channel)
        return window is not None and window.joined

    def type(self, *lines: str) -> None:
        """As if typed into the current window."""
        for line in lines:
            assert commands.run(self.client, line), line

    def window(self, name: str) -> Window:
        """The window of a channel or talk."""
        found = self.client.windows.find(self.session.name, name)
        assert found is not None, name
        return found

    def show(self, name: str) -> None:
        """Look at the window of a channel or talk, made when there is none."""
        kind = "channel" if self.session.dialect.is_channel(name) else "private"
        self.client.window(kind, self.session.name, name, show=True)  # type: ignore[arg-type]

    def said(self, name: str) -> list[str]:
        """What was said in a window: `nick: text`."""
        found = self.client.windows.find(self.session.name, name)
        return [f"{line.source}: {line.text}" for line in found.lines if line.is_speech] if found else []

    def told(self) -> list[str]:
        """Everything in the window of the server."""
        return texts(self.session.window)

    async def leave(self) -> None:
        """Say goodbye to all servers, and wait for the end."""
        self.client.quit()
        await self.until(lambda: all(one.over for one in self.client.sessions.values()))


def live(scene: Callable[[], Awaitable[Iterable[Person]]]) -> None:
    """Run a scene; the people that it gives back leave at its end."""

    async def play() -> None:
        for person in await scene():
            await person.leave()

    asyncio.run(asyncio.wait_for(play(), 6 * TIMEOUT))
