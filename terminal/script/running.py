"""Runs a script: each instruction in turn, until one is not as expected.

Owns: what each instruction does, variables, who acts. Must not: read a file or choose an exit code for a failure of
the network.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from terminal import commands
from terminal.events import Fatal
from terminal.script.actor import Actor, Kind, Unmet
from terminal.script.language import INSTRUCTIONS, Mistake, Pattern, Step, filled, pattern


class Stage(Protocol):
    """What a script needs of the world around it."""

    def open(self, nick: str) -> Actor:
        """Somebody new, whose client has begun to connect; "" for the nick of the command line."""

    def say(self, text: str) -> None:
        """Print a line of the script's own."""


class _Exit(Exception):
    """The script says that it ends here."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Run:
    """One run of a script. `met` counts the expectations that were met, `code` is what `exit` said."""

    def __init__(self, steps: Sequence[Step], name: str, stage: Stage, timeout: float) -> None:
        self.met = 0
        self.code = 0
        self._steps = steps
        self._name = name
        self._stage = stage
        self._timeout = timeout
        self._variables: dict[str, str] = {}
        self._actor = stage.open("")
        self._first = self._actor.session.identity.nick
        self._actors = {self._first.lower(): self._actor}

    async def perform(self) -> None:
        """Do all steps and leave all servers. Raises Unmet, whose text starts with the place in the script."""
        try:
            for step in self._steps:
                await self._step(step)
            await self._finish()
        except _Exit as end:
            self.code = end.code
        finally:
            await asyncio.gather(*(actor.turns.goodbye() for actor in self._actors.values()))

    @property
    def lost(self) -> Fatal | None:
        """Why there was no connection at all, for the first actor that never heard a word."""
        return next((actor.failure for actor in self._actors.values() if actor.heard_nothing and actor.failure), None)

    async def _step(self, step: Step) -> None:
        try:
            await _DOES[step.word](self, step)
        except (Unmet, Mistake) as error:
            raise Unmet(f"{self._name}:{step.line}: {error}") from error

    async def _finish(self) -> None:
        for actor in self._actors.values():
            if actor.heard_nothing:
                await actor.turns.welcomed()  # a script that asks for nothing still needs a server
            if actor.refusals:
                number = actor.refusals[-1].line
                try:
                    if not actor.session.over:
                        await actor.synchronise()
                    actor.check()
                except Unmet as error:
                    raise Unmet(f"{self._name}:{number}: {error}") from error

    def _filled(self, text: str) -> str:
        return filled(text, self._values())

    def _pattern(self, step: Step) -> Pattern:
        return pattern(step.text, self._values())

    def _values(self) -> dict[str, str]:
        current, session = self._actor.client.windows.current, self._actor.session
        return self._variables | {
            "name": self._first,
            "nick": session.dialect.nick,
            "channel": current.name if current and current.kind in ("channel", "private") else "",
            "server": session.endpoint.address,
        }

    # Instructions

    async def _send(self, step: Step) -> None:
        await self._actor.ready()
        commands.run(self._actor.client, self._filled(step.text))
        if not self._actor.client.quitting:
            await self._actor.turns.sent(is_command=False)

    async def _join(self, step: Step) -> None:
        actor, text = self._actor, self._filled(step.text)
        await actor.ready()
        session = actor.session
        session.enter(text)
        await actor.wait_for(lambda: not session.dialect.joining, "an answer to the join")
        for channel, _ in session.dialect.join_targets(text):
            window = actor.client.windows.find(session.name, channel, session.dialect.fold)
            if window is None or not window.joined:
                raise Unmet(f"{channel} was not entered.\n{actor.last('printed')}")

    async def _raw(self, step: Step) -> None:
        actor = self._actor
        await actor.wait_for(lambda: bool(actor.session.wire.entries), "a connection")
        if actor.session.over:
            raise Unmet(f"there is no connection. {actor.why_ended}".rstrip())
        actor.session.do(actor.session.dialect.raw(self._filled(step.text)))
        if actor.session.dialect.ready:
            await actor.turns.sent(is_command=False)

    async def _expect(self, step: Step) -> None:
        kind: Kind = "wire" if step.word == "expect-wire" else "printed"
        self._variables |= await self._actor.expect(kind, self._pattern(step))
        self.met += 1

    async def _expect_close(self, step: Step) -> None:
        session = self._actor.session
        await self._actor.wait_for(lambda: session.over, "the end of the connection")
        self.met += 1

    async def _refuse(self, step: Step) -> None:
        self._actor.refuse("wire" if step.word == "refuse-wire" else "printed", self._pattern(step), step.line)

    async def _sync(self, step: Step) -> None:
        await self._actor.synchronise()

    async def _timeout_is(self, step: Step) -> None:
        self._timeout = float(step.text)
        for actor in self._actors.values():
            actor.turns.timeout = self._timeout

    async def _wait(self, step: Step) -> None:
        await asyncio.sleep(float(step.text))

    async def _set(self, step: Step) -> None:
        name, _, value = step.text.partition(" ")
        self._variables[name] = self._filled(value.strip())

    async def _as(self, step: Step) -> None:
        nick = self._filled(step.text)
        known = self._actors.get(nick.lower())
        if known is None:
            known = self._actors[nick.lower()] = self._stage.open(nick)
            known.turns.timeout = self._timeout
        self._actor = known

    async def _echo(self, step: Step) -> None:
        self._stage.say(self._filled(step.text))

    async def _exit(self, step: Step) -> None:
        raise _Exit(int(step.text))


_DOES: dict[str, Callable[[Run, Step], Awaitable[None]]] = {
    "send": Run._send, "join": Run._join, "raw": Run._raw, "expect": Run._expect, "expect-wire": Run._expect,
    "expect-close": Run._expect_close, "refuse": Run._refuse, "refuse-wire": Run._refuse, "sync": Run._sync,
    "timeout": Run._timeout_is, "wait": Run._wait, "set": Run._set, "as": Run._as, "echo": Run._echo,
    "exit": Run._exit,
}  # fmt: skip
if set(_DOES) != set(INSTRUCTIONS):
    raise RuntimeError(f"instructions without a meaning: {set(_DOES) ^ set(INSTRUCTIONS)}")
