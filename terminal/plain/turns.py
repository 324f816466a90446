"""Taking turns with servers, as a script does: wait for the welcome, for what was asked, for the goodbye.

Owns: what is waited for, and for how long. Must not: choose what is sent, or print.
"""

from collections.abc import Callable, Iterable

from terminal.client import Client
from terminal.events import Fatal
from terminal.sessions.session import Session
from terminal.waiting import Waiting

BURST = 8  # lines sent without waiting for an answer: servers slow down, or throw out, who sends more at once
GOODBYE_SECONDS = 3.0  # what a server gets to close after QUIT


class Turns:
    """Waits for the servers of a client. timeout -- seconds that a server may take for one answer."""

    def __init__(self, client: Client, timeout: float) -> None:
        self.timeout = timeout
        self.waiting = Waiting(client)
        self._client = client
        self._unanswered = 0

    @property
    def sessions(self) -> list[Session]:
        """Those that are not over."""
        return [session for session in self._client.sessions.values() if not session.over]

    async def welcomed(self) -> bool:
        """Wait until each server has welcomed us, or is over; whether one has. The others are given up."""
        if not await self._until(lambda session: session.dialect.ready):
            text = f"The server did not welcome us within {self.timeout:g} seconds."
            self.give_up(
                (session for session in self.sessions if not session.dialect.ready),
                lambda session: f"{text} {session.dialect.hint}".rstrip(),
            )
        return any(session.dialect.ready for session in self.sessions)

    async def joined(self) -> bool:
        """Wait until every channel that was asked for is entered or refused; whether they are."""
        if await self._until(lambda session: not session.dialect.joining):
            return True
        self.give_up(
            (session for session in self.sessions if session.dialect.joining),
            lambda session: f"The server did not answer the join within {self.timeout:g} seconds.",
        )
        return False

    async def sent(self, is_command: bool) -> None:
        """Something was sent: wait for the answer of a command, or of the last text of a burst."""
        self._unanswered += 1
        if is_command or self._unanswered >= BURST:
            await self.welcomed()  # of a server that the command has called
            await self.synchronise()

    async def synchronise(self) -> bool:
        """Wait until the servers have handled everything sent so far; whether they have. The others are given up."""
        self._unanswered = 0
        tokens = {session: session.synchronise() for session in self.sessions if session.dialect.ready}

        def is_answered(session: Session) -> bool:
            return session not in tokens or (tokens[session] in session.synchronised and not session.dialect.joining)

        done = await self._until(is_answered)
        if not done:
            self.give_up(
                (session for session in self.sessions if not is_answered(session)),
                lambda session: f"The server did not answer within {self.timeout:g} seconds.",
            )
        for session, token in tokens.items():
            session.synchronised.discard(token)
        return done

    async def goodbye(self, seconds: float = GOODBYE_SECONDS) -> None:
        """Leave all servers; who does not close within these seconds is left without."""
        if not self._client.quitting:
            self._client.quit()
        if not await self.waiting.until(lambda: not self.sessions, seconds):
            for session in self.sessions:
                session.close()

    def give_up(self, sessions: Iterable[Session], why: Callable[[Session], str]) -> None:
        """Expect nothing more of these."""
        for session in list(sessions):
            session.failure = session.failure or Fatal(why(session))
            session.over = True
            session.close()

    async def _until(self, what: Callable[[Session], bool]) -> bool:
        return await self.waiting.until(lambda: all(map(what, self.sessions)), self.timeout)
