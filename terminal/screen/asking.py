"""When something is asked: at the first start, when a server refuses us or wants a password, when one wants a channel.

Owns: that the same is never asked twice at once. Must not: know how a question is drawn, or what is done with answers.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from terminal.client import Client
from terminal.events import Fatal
from terminal.screen.choosing import choose_channel
from terminal.screen.first_run import FirstRun, ask_again
from terminal.screen.questions import Questions
from terminal.sessions.session import Session


class Asking:
    """start -- runs a coroutine in the background; tell -- says a word below the talk, until the next key."""

    def __init__(
        self,
        client: Client,
        questions: Questions,
        start: Callable[[Coroutine[Any, Any, None]], object],
        tell: Callable[[str], None],
    ) -> None:
        self._client = client
        self._questions = questions
        self._start = start
        self._tell = tell
        self._goes_on: set[str] = set()
        client.on_failure.append(self._failed)
        client.on_password.append(self._password)

    def first_run(self) -> None:
        """Ask where to connect to, and as whom."""

        async def ask() -> None:
            await FirstRun(self._client, self._questions).run()

        self._once("first run", ask)

    def channel(self) -> None:
        """Ask which channel of the server to enter."""

        async def ask() -> None:
            self._tell("Asking the server for its channels ...")
            await choose_channel(self._client, self._questions)

        if self._client.replaying is None:
            self._once("channel", ask)

    def empty_line(self) -> None:
        """Enter on an empty line: what comes next for somebody who has just begun."""
        current = self._client.windows.current
        if not self._client.sessions:
            self.first_run()
        elif current is not None and current.kind == "server":
            self.channel()

    def _failed(self, session: Session, failure: Fatal) -> None:
        async def ask() -> None:
            await ask_again(self._questions, session, failure)

        if "first run" not in self._goes_on and not self._client.quitting:
            self._once(f"server {session.name}", ask)

    def _password(self, what: str, answer: Callable[[str | None], None]) -> None:
        async def ask() -> None:
            answer(await self._questions.ask(f"Password of {what}", masked=True))

        self._start(ask())

    def _once(self, what: str, ask: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def run() -> None:
            try:
                await ask()
            finally:
                self._goes_on.discard(what)
                self._tell("")
                self._client.changed()

        if what not in self._goes_on:
            self._goes_on.add(what)
            self._start(run())
