"""The ways to run the client: in full screen, plain at a keyboard or in a pipe, by a script; and the exit code of each.

Owns: the loop and the end of it all. Must not: know options or a dialect.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import colorama

from terminal import mishaps, options
from terminal.client import Client
from terminal.dialects import Identity
from terminal.events import Cause
from terminal.keeping.input_history import InputHistory, default_path
from terminal.plain import conversation
from terminal.plain.printing import Printer, err, out
from terminal.plain.turns import Turns
from terminal.plain.typed import Typed
from terminal.replaying import Replaying
from terminal.script.actor import Actor, Unmet
from terminal.script.language import Step
from terminal.script.running import Run
from terminal.settings.table import ServerSettings, Settings
from terminal.signals import unless_told
from terminal.text.clean import escape, plain
from terminal.text.paint import Paint
from terminal.waiting import Waiting

EXIT_CODES: dict[Cause, int] = {"connection": 1, "identity": 3, "refused": 4}
UNMET = 5
INTERRUPTED = 130
INTERRUPTED_SECONDS = 1.0  # what servers get of time to read a QUIT

Prepare = Callable[[Client], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to begin with. `servers` are called at once, by name, as who stands in `identities`; `joins` come from the
    servers' settings. `problems` are to be told first, such as those of the file of settings; `settings_path` is where
    settings are kept that are changed, None for nowhere; `known` are the servers that it names. `wire`: the protocol is
    to be seen from the start. `prepare` is called once the sessions are there and none is connected yet, as to record
    them."""

    settings: Settings
    servers: dict[str, ServerSettings]
    identities: dict[str, Identity]
    problems: Sequence[str] = ()
    wire: bool = False
    settings_path: Path | None = None
    known: Mapping[str, ServerSettings] = field(default_factory=dict)
    prepare: Prepare = lambda client: None

    def open(self, client: Client) -> None:
        """Add the sessions; none of them connects yet."""
        client.settings_path = self.settings_path
        client.servers = dict(self.known)
        for name, server in self.servers.items():
            client.add_session(name, server, self.identities[name], server.join)
        self.prepare(client)


def full_screen(plan: Plan) -> int:
    """Show the full screen until the user ends it; the exit code."""
    from terminal.screen.application import Screen  # prompt_toolkit takes its time to load; pipes do without

    async def converse() -> int:
        client = _client(plan.settings)
        plan.open(client)
        history = InputHistory(default_path(), plan.settings.input_history, client.warn)
        client.input_history = history
        screen = Screen(client, options.has_colours(), history=history)
        for problem in plan.problems:
            client.warn(problem)
        if plan.wire:
            screen.toggle_side("wire")

        def begin() -> None:
            _connect(client)
            if not plan.servers:
                screen.asking.first_run()

        try:
            await screen.run(begin)
        finally:  # nothing is left to say when one has left by oneself, but a signal may have ended the screen
            history.close()
            await _leave(client, plan.settings.timeout)
        return 0

    return _run(converse())


async def _leave(client: Client, timeout: float) -> None:
    """Say goodbye, also when one is told once more to end meanwhile: the terminal is gone, and then comes SIGHUP."""
    goodbye = asyncio.ensure_future(Turns(client, timeout).goodbye(INTERRUPTED_SECONDS))
    try:
        await asyncio.shield(goodbye)
    except asyncio.CancelledError:
        await goodbye
        raise


def lines(plan: Plan, is_typed: bool) -> int:
    """Do what standard input says, and print what happens; the exit code. is_typed -- somebody sits at a keyboard."""
    colour = options.wants_colour(sys.stdout)
    if colour:
        colorama.just_fix_windows_console()

    async def converse() -> int:
        loop = asyncio.get_running_loop()
        client = _client(plan.settings)
        client.interactive = is_typed
        printer = Printer(client, out, out if is_typed else err, Paint(colour), is_typed)
        printer.wire = plan.wire
        plan.open(client)
        typed = Typed(loop)
        client.on_change.append(lambda: typed.stop() if conversation.is_over(client) else None)
        client.on_over.append(typed.stop)
        turns = Turns(client, plan.settings.timeout)
        _connect(client)
        try:
            await (conversation.typed if is_typed else conversation.piped)(client, turns, typed.lines())
        except (asyncio.CancelledError, SystemExit):  # Ctrl-C; an output that cannot be written
            await turns.goodbye(INTERRUPTED_SECONDS)
            raise
        finally:
            printer.flush()
        return _exit_code(client)

    _tell(plan)
    return _run(converse())


def script(plan: Plan, steps: Sequence[Step], name: str) -> int:
    """Do what a script says; the exit code."""

    async def converse() -> int:
        stage = _Stage(plan, several=any(step.word == "as" for step in steps))
        run = Run(steps, name, stage, plan.settings.timeout)
        try:
            await run.perform()
        except Unmet as unmet:
            err("\n".join(map(escape, str(unmet).split("\n"))))
            return UNMET if run.lost is None else EXIT_CODES[run.lost.cause]
        if run.lost is not None and not run.code:
            err(plain(f"{run.lost.text} {run.lost.advice}".rstrip()))
            return EXIT_CODES[run.lost.cause]
        out(f"- {name}: {run.met} expectation{'s' if run.met != 1 else ''} met.")
        return run.code

    _tell(plan)
    return _run(converse())


def replay_on_screen(replaying: Replaying, settings: Settings, wire: bool) -> int:
    """Play a record in full screen until the user ends it; the exit code."""
    from terminal.screen.application import Screen  # see `full_screen`

    async def converse() -> int:
        client = _client(settings, replaying.now)
        screen = Screen(client, options.has_colours())
        if wire:
            screen.toggle_side("wire")
        await screen.run(lambda: replaying.begin(client))
        return 0

    return _run(converse())


def replay_lines(replaying: Replaying, settings: Settings, wire: bool) -> int:
    """Print what a record tells, in its time; the exit code."""
    colour = options.wants_colour(sys.stdout)
    if colour:
        colorama.just_fix_windows_console()

    async def converse() -> int:
        client = _client(settings, replaying.now)
        printer = Printer(client, out, out, Paint(colour), is_typed=True)
        printer.wire = wire
        waiting = Waiting(client)
        replaying.begin(client)
        await waiting.until(lambda: replaying.ended)
        printer.flush()
        return 0

    return _run(converse())


class _Stage:
    """Where a script is played: standard output. several -- whether it says in front who a line was printed for."""

    def __init__(self, plan: Plan, several: bool) -> None:
        self._plan = plan
        self._several = several

    def open(self, nick: str) -> Actor:
        """Somebody with a client of their own."""
        plan = self._plan
        client = _client(plan.settings)
        client.interactive = False
        name, server = next(iter(plan.servers.items()))
        identity = plan.identities[name]
        if nick:
            identity, server = replace(identity, nick=nick, account=""), replace(server, join=())
        session = client.add_session(name, server, identity, server.join)
        if not nick:
            plan.prepare(client)
        actor = Actor(client, session, plan.settings.timeout)
        before = f"[{plain(identity.nick)}] " if self._several else ""

        def show(line: str) -> None:
            actor.printed(line)
            out(before + line)

        printer = Printer(client, show, show, Paint(False), is_typed=False, wire_out=lambda line: out(before + line))
        printer.wire = plan.wire
        _connect(client)
        return actor

    def say(self, text: str) -> None:
        """Print a line of the script's own."""
        out(plain(text))


def _client(settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Client:
    """A client on the loop that runs; what goes wrong in a callback there goes no further."""
    loop = asyncio.get_running_loop()
    client = Client(settings, loop, now)
    client.mishaps.path = mishaps.default_path()

    def failed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            client.mishap("doing what was due", error)

    loop.set_exception_handler(failed)
    return client


def _tell(plan: Plan) -> None:
    for problem in plan.problems:
        err(plain(problem))


def _connect(client: Client) -> None:
    for session in client.sessions.values():
        session.create_missing = not client.interactive
        session.connect()


def _exit_code(client: Client) -> int:
    for session in client.sessions.values():
        if session.failure is not None:
            if not client.interactive:  # at a keyboard it was told already
                err(plain(f"{session.failure.text} {session.failure.advice}".rstrip()))
            elif session.failure.advice:
                err(session.failure.advice)
            return EXIT_CODES[session.failure.cause]
    return EXIT_CODES["refused"] if client.refused and not client.interactive else 0


def _run(conversation: Coroutine[Any, Any, int]) -> int:
    try:
        return asyncio.run(unless_told(conversation))
    except KeyboardInterrupt:
        return INTERRUPTED
