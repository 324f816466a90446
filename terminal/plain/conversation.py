"""A conversation by lines of standard input: in step with the servers for a pipe, at once for a keyboard.

Owns: when the next line is due, and when the conversation ends. Must not: read the input itself, or print.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable

from terminal import commands
from terminal.client import Client
from terminal.plain.turns import Turns
from terminal.plain.typed import echo


async def piped(client: Client, turns: Turns, lines: AsyncIterator[str]) -> None:
    """Do what each line says, and wait for the servers as nobody waits at a keyboard; leave when the lines end."""
    if not await turns.welcomed():
        return
    await turns.joined()
    await turns.synchronise()  # so that what the join brings is printed before what is said
    if client.refused and not any(window.joined for window in client.windows):
        await turns.goodbye()  # the text has nowhere to go
        return
    async for line in lines:
        commands.run(client, line)
        if client.quitting or not turns.sessions:
            break
        await turns.sent(line.startswith("/"))
    if not client.quitting:
        await turns.synchronise()
    await turns.goodbye()


class Questions:
    """Asks for passwords at a keyboard: the next line is the answer, and is not shown. echo -- see `typed.echo`."""

    def __init__(self, client: Client, echo: Callable[[bool], bool] = echo) -> None:
        self._client = client
        self._echo = echo
        self._open: deque[tuple[str, Callable[[str | None], None]]] = deque()
        client.on_password.append(self._ask)

    def _ask(self, what: str, answer: Callable[[str | None], None]) -> None:
        self._open.append((what, answer))
        if len(self._open) == 1:
            self._begin()

    def _begin(self) -> None:
        if self._echo(False):
            what = self._open[0][0]
            self._client.tell(f"Password of {what}, which is not shown while you type; an empty line for none:")
        else:
            self._client.complain("Nothing can be typed unseen here: PARLEY_PASSWORD may hold the password.")
            self._open.popleft()[1](None)

    def take(self, line: str) -> bool:
        """Whether a line was an answer."""
        if not self._open:
            return False
        self._echo(True)
        self._open.popleft()[1](line or None)
        if self._open:
            self._begin()
        return True

    def close(self) -> None:
        """Ask no more; what is typed is shown again."""
        if self._open:
            self._open.clear()
            self._echo(True)


async def typed(client: Client, turns: Turns, lines: AsyncIterator[str]) -> None:
    """Do what each line says, whatever the servers do meanwhile."""
    questions = Questions(client)
    try:
        async for line in lines:
            if not questions.take(line):
                commands.run(client, line)
            if client.quitting or is_over(client):
                break
    finally:
        questions.close()
    await turns.goodbye()


def is_over(client: Client) -> bool:
    """Whether nothing more can come: all servers are over. At a keyboard another may be called, unless it was a
    failure that ended each."""
    sessions = client.sessions.values()
    stays = client.interactive
    return bool(sessions) and all(session.over and (session.failure or not stays) for session in sessions)
