"""THE table of commands. A command is one decorated function here; `/help` and completion are derived from the table.

Owns: names, usages, help texts and what each command asks of the session. Must not: know a dialect's wire format.
The docstring of a handler is its one-line help. In a usage `<word>` is required, `[word]` is not.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from terminal.dialects import Unsupported
from terminal.session import Session

Handler = Callable[[Session, str], None]


class Mistake(Exception):
    """What the user typed cannot be done; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Command:
    """A row: `required` counts the words that must follow, `early` says whether it works before the welcome."""

    name: str
    usage: str
    help: str
    handler: Handler
    required: int
    early: bool


COMMANDS: dict[str, Command] = {}


def command(usage: str, early: bool = False) -> Callable[[Handler], Handler]:
    """Put the function into the table, under the first word of `usage`."""

    def add(handler: Handler) -> Handler:
        name, help_text = usage.split(" ", 1)[0], (handler.__doc__ or "").strip()
        assert help_text and name not in COMMANDS, name
        COMMANDS[name] = Command(name, usage, help_text, handler, usage.count("<"), early)
        return handler

    return add


def run(session: Session, line: str) -> None:
    """Do what one line of the user means. `//text` is a text that starts with a slash."""
    line = line.translate({13: " ", 10: " ", 0: None})
    if not line.strip():
        return
    with session.lock:
        try:
            if line.startswith("/") and not line.startswith("//"):
                _run_command(session, line)
            else:
                _check_ready(session)
                text = line[1:] if line.startswith("//") else line
                session.do(session.dialect.say(_current(session), text))
        except (Mistake, Unsupported) as error:
            session.complain(str(error))


def _run_command(session: Session, line: str) -> None:
    name, _, arguments = line.partition(" ")
    row = COMMANDS.get(name.lower())
    if row is None:
        begins = [known for known in COMMANDS if known.startswith(name.lower()) and name != "/"]
        nearest = begins or difflib.get_close_matches(name.lower(), COMMANDS, 1)
        meant = f" Did you mean {nearest[0]}?" if nearest else ""
        raise Mistake(f"There is no command {name}.{meant} /help lists all.")
    arguments = arguments.strip()
    if len(arguments.split()) < row.required:
        raise Mistake(f"Usage: {row.usage}")
    if not row.early:
        _check_ready(session)
    row.handler(session, arguments)


def _check_ready(session: Session) -> None:
    if not session.dialect.ready:
        raise Mistake(f"The server has not welcomed us yet. {session.dialect.hint}".rstrip())


def _current(session: Session) -> str:
    if not session.current:
        raise Mistake("You are on no channel: /join #name first.")
    return session.current


def _channel_first(session: Session, arguments: str) -> tuple[str, str]:
    """The channel that `arguments` starts with, or else the current one; and the rest."""
    word, _, rest = arguments.partition(" ")
    if word and session.channel_called(word):
        return session.channel_called(word), rest.strip()
    if word and session.dialect.is_channel(word):
        return word, rest.strip()
    return _current(session), arguments


@command("/help [command]", early=True)
def show_help(session: Session, arguments: str) -> None:
    """List the commands, or explain one."""
    wanted = "/" + arguments.lstrip("/").lower()
    rows = [COMMANDS[wanted]] if wanted in COMMANDS else list(COMMANDS.values())
    width = max(len(row.usage) for row in rows)
    for row in rows:
        session.tell(f"{row.usage:{width}}  {row.help}")
    if len(rows) > 1:
        session.tell("Anything else is said on the current channel; //text says /text.")


@command("/join <channel> [key]")
def join(session: Session, arguments: str) -> None:
    """Enter a channel, or go back to one you are on; what you write goes there."""
    session.enter(arguments)


@command("/create <group>")
def create(session: Session, arguments: str) -> None:
    """Make a new group and enter it (JSON; in IRC /join does both)."""
    session.do(session.dialect.create(session.dialect.channel_name(arguments)))


@command("/part [channel] [text]")
def part(session: Session, arguments: str) -> None:
    """Leave the current channel, or the one named."""
    session.do(session.dialect.part(*_channel_first(session, arguments)))


@command("/msg <nick or channel> <text>")
def message(session: Session, arguments: str) -> None:
    """Say something to one person, or on another channel."""
    target, _, text = arguments.partition(" ")
    if not text.strip():
        raise Mistake(f"Usage: {COMMANDS['/msg'].usage}")
    session.do(session.dialect.say(target, text.strip()))


@command("/me <action>")
def act(session: Session, arguments: str) -> None:
    """Say what you do: "/me waves"."""
    session.do(session.dialect.act(_current(session), arguments))


@command("/nick <name>")
def nick(session: Session, arguments: str) -> None:
    """Take another nick."""
    session.do(session.dialect.rename(arguments.split()[0]))


@command("/topic [text]")
def topic(session: Session, arguments: str) -> None:
    """Show the topic of the current channel, or set it."""
    session.do(session.dialect.topic(_current(session), arguments or None))


@command("/names [channel]")
def members(session: Session, arguments: str) -> None:
    """Show who is on a channel."""
    session.do(session.dialect.members(session.dialect.channel_name(arguments) if arguments else _current(session)))


@command("/list")
def channels(session: Session, arguments: str) -> None:
    """Show the channels of the server."""
    session.do(session.dialect.channels())


@command("/kick <nick> [reason]")
def kick(session: Session, arguments: str) -> None:
    """Remove somebody from the current channel."""
    target, _, text = arguments.partition(" ")
    session.do(session.dialect.kick(_current(session), target, text.strip()))


@command("/ban <nick>")
def ban(session: Session, arguments: str) -> None:
    """Remove somebody from the current channel and keep them out."""
    session.do(session.dialect.ban(_current(session), arguments.split()[0]))


@command("/raw <line>", early=True)
def raw(session: Session, arguments: str) -> None:
    """Send a line of the protocol as it is."""
    session.do(session.dialect.raw(arguments))


@command("/wire", early=True)
def wire(session: Session, arguments: str) -> None:
    """Show the lines of the protocol both ways, or stop showing them; passwords stay hidden."""
    session.wire = not session.wire
    session.tell("Showing the protocol: >> sent, << received." if session.wire else "No longer showing the protocol.")


@command("/quit [text]", early=True)
def leave(session: Session, arguments: str) -> None:
    """Say goodbye and end."""
    session.quit(arguments)
