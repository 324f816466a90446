"""What a command is, and how a typed line becomes a call.

Owns: the table, the order of checks, the sentences for what cannot be done. Must not: know any single command.
The docstring of a handler is its one-line help. In a usage `<word>` is required, `[word]` is not; the words also say
what completion offers (`channel`, `nick`, `command`, `setting`, `server`, `window`, `file`).
"""

import difflib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from terminal import states
from terminal.client import Client
from terminal.dialects import Unsupported
from terminal.model.window import Window
from terminal.replaying import REFUSED
from terminal.sessions.session import Session
from terminal.settings.table import ROWS
from terminal.text.clean import without_surrogates

Handler = Callable[[Client, str], None]
_ALIKE = 0.75  # as difflib counts it; with less, /save is like /leave
FAMILIES = ("talk", "channels", "people", "windows", "servers", "settings", "protocol")


class Mistake(Exception):
    """What the user typed cannot be done; the text is a sentence that says why."""


class NotNow(Mistake):
    """The same, but it may well be done later: what was typed is worth keeping."""


@dataclass(frozen=True, slots=True)
class Command:
    """A row: `required` counts the words that must follow; `online`: it needs a server that has accepted us; `action`:
    what it does by the table of states, "" for what no server hears of."""

    name: str
    usage: str
    help: str
    handler: Handler
    required: int
    online: bool
    family: str
    action: str = ""


COMMANDS: dict[str, Command] = {}
ALIASES: dict[str, str] = {}


def command(
    usage: str, family: str, online: bool = True, also: tuple[str, ...] = (), action: str = ""
) -> Callable[[Handler], Handler]:
    """Put the function into the table, under the first word of `usage`; `also` are short forms."""

    def add(handler: Handler) -> Handler:
        name, help_text = usage.split(" ", 1)[0], (handler.__doc__ or "").strip()
        if not help_text or name in COMMANDS or family not in FAMILIES:
            raise RuntimeError(f"the command {name} has no help, no family, or is there twice")
        COMMANDS[name] = Command(name, usage, help_text, handler, usage.count("<"), online, family, action)
        ALIASES.update(dict.fromkeys(also, name))
        return handler

    return add


def check_actions() -> list[str]:
    """Where this table and that of the states do not agree, one sentence each."""
    known = {action for table in states.TABLES.values() for state in table.states for action in state.allows}
    used = {row.action for row in COMMANDS.values() if row.action}
    wrong = [f"no state allows {action}, which a command does" for action in sorted(used - known)]
    return wrong + [f"no command does {action}" for action in sorted(known - used - {states.SAY, *states.BY_ITSELF})]


def find(name: str) -> Command | None:
    """The row of a command by its name or short form, with its slash."""
    return COMMANDS.get(ALIASES.get(name.lower(), name.lower()))


def nearest(name: str) -> str:
    """The command that was probably meant, "" when there is none like it."""
    if len(name) < 2:
        return ""
    known = [*COMMANDS, *ALIASES]
    begins = [other for other in known if other.startswith(name.lower())]
    return next(iter(begins or difflib.get_close_matches(name.lower(), known, 1, _ALIKE)), "")


def unknown(name: str) -> Mistake:
    """What to say of a command that there is none."""
    meant = nearest(name) or (f"/set {name[1:].lower()}" if name[1:].lower() in ROWS else "")
    return Mistake(f"There is no command {name}.{f' Did you mean {meant}?' if meant else ''} /help lists all.")


def run(client: Client, line: str) -> bool:
    """Do what one line of the user means; `//text` is a text that starts with a slash. False when it cannot be done
    now, as while there is no connection: the line should stay where it was typed."""
    line = without_surrogates(line.translate({13: " ", 10: " ", 0: None}))
    if not line.strip():
        return True
    try:
        with doing(client, line):
            _do(client, line)
    except NotNow as error:
        client.complain(str(error))
        return False
    return True


@contextmanager
def doing(client: Client, typed: str) -> Iterator[None]:
    """While that is done which was typed: what cannot be done is told, and a mistake of ours goes no further. Lets only
    NotNow through."""
    session = client.session
    try:
        with session.outbox.doing(typed) if session is not None else nullcontext():
            yield
    except NotNow:
        raise
    except (Mistake, Unsupported) as error:
        client.complain(str(error))
    except Exception as error:
        client.refused = True
        client.mishap("doing what you typed", error)


def _do(client: Client, line: str) -> None:
    if line.startswith("/") and not line.startswith("//"):
        _run_command(client, line)
    else:
        session, target = talk(client)
        session.do(session.dialect.say(target, line[1:] if line.startswith("//") else line))


def _run_command(client: Client, line: str) -> None:
    name, _, arguments = line.partition(" ")
    row = find(name)
    if row is None:
        raise unknown(name)
    arguments = arguments.strip()
    if len(arguments.split()) < row.required:
        raise Mistake(f"Usage: {row.usage}")
    if row.online:
        session = online(client)
        allowed(session, _action(session, row, arguments))
    row.handler(client, arguments)


def _action(session: Session, row: Command, arguments: str) -> str:
    """The action of a row; what is said to somebody is another one than what is said on a channel."""
    current = session.host.windows.current
    if row.action == states.SAY and current is not None and current.kind == "private":
        return states.SAY_TO_USER
    if row.action == states.SAY_TO_USER and session.dialect.is_channel(arguments.split()[0]):
        return states.SAY
    return row.action


# What handlers ask for


def server(client: Client) -> Session:
    """The session of the window one looks at, connected or not."""
    session = client.session
    if session is None:
        raise Mistake("There is no server yet: /connect host[:port] first.")
    return session


def not_replaying(client: Client) -> None:
    """Refuse what needs a network while a recording is played."""
    if client.replaying is not None:
        raise Mistake(REFUSED)


def live(client: Client) -> Session:
    """The session of the window one looks at, when it is no recording."""
    not_replaying(client)
    return server(client)


def online(client: Client) -> Session:
    """The session of the window one looks at, when its server has accepted us."""
    session = live(client)
    if not session.dialect.ready:
        raise NotNow(f"{_not_online(session, client.loop.time())} {session.dialect.hint}".rstrip())
    return session


def allowed(session: Session, action: str) -> None:
    """Refuse what the dialect has, but not in the present state; what it never has, it refuses by itself."""
    machine = session.machine
    if machine.knows(action) and not machine.allows(action):
        *others, last = machine.row.allows
        why = f"{machine.row.explanation.rstrip('.')}: {action} is not possible now"
        raise NotNow(f"{why}, but {', '.join(others)} and {last} are.")


def _not_online(session: Session, now: float) -> str:
    if session.retry_at is not None:
        seconds = max(1, round(session.retry_at - now))
        return f"There is no connection to {session.name}; the next attempt is in {seconds} s, or now with /connect."
    if session.over:
        return f"There is no connection to {session.name}: /connect makes one."
    if session.machine.state in (states.DIALLING, states.SECURING):
        return f"There is no connection to {session.name} yet; it is being made."
    if session.machine.state == states.LEAVING:
        return f"The connection to {session.name} is being closed."
    return "The server has not welcomed us yet."


def window(client: Client) -> Window:
    """The window one looks at."""
    if client.windows.current is None:
        raise Mistake("There is no window yet: /connect host[:port] first.")
    return client.windows.current


def talk(client: Client) -> tuple[Session, str]:
    """Where a text goes that is typed now: the session, and the channel or nick."""
    session = online(client)
    current = client.windows.current
    if current is not None and current.kind == "channel" and not current.joined:
        raise NotNow(f"You are not on {current.name}: /join {current.name} enters it again.")
    allowed(session, states.SAY_TO_USER if current is not None and current.kind == "private" else states.SAY)
    if current is None or current.kind not in ("channel", "private"):
        raise Mistake("You are on no channel: /join #name first.")
    return session, current.name


def channel(client: Client) -> tuple[Session, str]:
    """The session and name of the channel one looks at."""
    session, target = talk(client)
    if window(client).kind != "channel":
        raise Mistake(f"{target} is no channel: /join #name first.")
    return session, target


def channel_first(client: Client, arguments: str) -> tuple[Session, str, str]:
    """The channel that `arguments` starts with, or else the one that is looked at; and the rest."""
    session = online(client)
    word, _, rest = arguments.partition(" ")
    if word:
        known = client.windows.find(session.name, session.dialect.channel_name(word), session.dialect.fold)
        if known is not None and known.kind == "channel":
            return session, known.name, rest.strip()
        if session.dialect.is_channel(word):
            return session, word, rest.strip()
    return *channel(client), arguments
