"""The services: what NickServ and ChanServ understand, a row for each command, and the ways to speak to them.

They do what commands do, by the same state operations, for people whose client has no other way. They answer by NOTICE;
nothing that is said to them is kept or shown to anybody, and an echo shows no password.
Owns: the table (`@service_command` in `services_*.py`), its binding, HELP. Must not: know what a row does.
"""

from collections.abc import Callable
from dataclasses import dataclass

from chat.commands.call import Call
from chat.commands.registry import Handler, Parameter, command
from chat.state import services
from chat.state.services import CHANSERV, NICKSERV, Service
from protocol import events
from protocol.masking import MASK
from protocol.replies import FAIL_REQUEST, fill
from protocol.values import EventRow, Refused

Say = Callable[[str], None]
_REST = "..."
_SECRET = "password"
_SECRET_COST = 3
_MOST_WORDS = 20
_WORDS = tuple(Parameter(f"word{number}", is_optional=True) for number in range(_MOST_WORDS))


@dataclass(frozen=True, slots=True, eq=False)
class ServiceCommand:
    """A row. `verb` has one word or two; `parameters` are written as HELP shows them: `<needed>`, `[optional]`, with
    `...` in the last one for all that follows. `needs_login`: only for who is logged in."""

    verb: str
    handler: Callable[..., None]
    parameters: tuple[str, ...]
    needs_login: bool
    help: str

    @property
    def usage(self) -> str:
        """How it is written."""
        return " ".join((self.verb, *self.parameters))

    @property
    def has_secret(self) -> bool:
        """Whether what follows the verb must not be shown."""
        return any(_SECRET in parameter for parameter in self.parameters)


TABLES: dict[Service, dict[str, ServiceCommand]] = {NICKSERV: {}, CHANSERV: {}}


def service_command(
    service: Service, verb: str, *parameters: str, aliases: tuple[str, ...] = (), needs_login: bool = False
) -> Callable[[Handler], Handler]:
    """Adds a row for the decorated function, which is given the call, the way to answer, and a text or None for each
    parameter; its docstring is the HELP text."""

    def register(handler: Handler) -> Handler:
        row = ServiceCommand(verb, handler, parameters, needs_login, (handler.__doc__ or "").strip())
        for name in (verb, *aliases):
            if name in TABLES[service] or not row.help:
                raise RuntimeError(f"{service.name} {name} is defined twice, or without a docstring")
            TABLES[service][name] = row
        return handler

    return register


def refusal(why: str) -> Refused:
    """To raise where a service does not do what it is asked for."""
    return Refused(FAIL_REQUEST, "*", why)


# --- speaking to them ----------------------------------------------------------------------------------------------


def deliver(call: Call, row: EventRow, target: str, said: str) -> bool:
    """Takes a message to a service; False when `target` is none."""
    service = services.find(call.network, target)
    if service is None:
        return False
    words = said.split()
    _echo(call, row, service, words)
    if row is events.PRIVMSG and not said.startswith("\x01"):
        _run(call, service, words)
    return True


def _echo(call: Call, row: EventRow, service: Service, words: list[str]) -> None:
    session = call.session
    if session.codec.dialect.echoes_messages or "echo-message" in session.capabilities:
        session.send(call.network.event(row, call.user.source, service.name, _without_secrets(service, words)))


def _without_secrets(service: Service, words: list[str]) -> str:
    """What may be shown of a line: what is not understood could be a password with a typing error before it."""
    row, given = _find(service, words)
    if given and (row is None or row.has_secret):
        return f"{row.verb if row is not None else words[0]} {MASK}"
    return " ".join(words)


def _speak(call: Call, service: Service, words: tuple[str | None, ...]) -> None:
    given = [word for word in words if word is not None]
    _run(call, service, given[0].split() if len(given) == 1 else given)


@command("NICKSERV", *_WORDS, cost=2)
def nickserv(call: Call, *words: str | None) -> None:
    """NICKSERV <command> [<parameters>]: speaks to NickServ, which looks after accounts and nicks; HELP lists all."""
    _speak(call, NICKSERV, words)


@command("NS", *_WORDS, cost=2)
def ns(call: Call, *words: str | None) -> None:
    """NS <command> [<parameters>]: short for NICKSERV."""
    _speak(call, NICKSERV, words)


@command("CHANSERV", *_WORDS, cost=2)
def chanserv(call: Call, *words: str | None) -> None:
    """CHANSERV <command> [<parameters>]: speaks to ChanServ, which looks after channels that stay; HELP lists all."""
    _speak(call, CHANSERV, words)


@command("CS", *_WORDS, cost=2)
def cs(call: Call, *words: str | None) -> None:
    """CS <command> [<parameters>]: short for CHANSERV."""
    _speak(call, CHANSERV, words)


# --- running a row -------------------------------------------------------------------------------------------------


def _run(call: Call, service: Service, words: list[str]) -> None:
    def say(text: str) -> None:
        services.say(call.network, call.session, service, text)

    try:
        row, given = _find(service, words)
        if row is None and (not words or words[0].upper() == "HELP"):
            _help(service, words[1:], say)
        elif row is None:
            raise refusal(f"There is no command {words[0][:20]}; HELP lists all")
        else:
            _require_login(call, row)
            _charge(call, row)
            row.handler(call, say, *_bind(row, given))
    except Refused as refused:
        say(_text_of(refused))


def _find(service: Service, words: list[str]) -> tuple[ServiceCommand | None, list[str]]:
    """The row that the first words mean, two before one, and the words after those."""
    for count in (2, 1):
        row = TABLES[service].get(" ".join(words[:count]).upper())
        if row is not None and len(words) >= count:
            return row, words[count:]
    return None, words[1:]


def _charge(call: Call, row: ServiceCommand) -> None:
    """What a password costs to hash is paid by flood credit, as it is by the commands that do the same."""
    if row.has_secret and call.network.limits.messages_per_second:
        call.session.credit -= _SECRET_COST


def _require_login(call: Call, row: ServiceCommand) -> None:
    if row.needs_login and not call.user.account:
        raise refusal("Log in first: /msg NickServ IDENTIFY <account> <password>")


def _bind(row: ServiceCommand, given: list[str]) -> list[str | None]:
    """A word for each parameter. The needed ones have theirs first; what is left over goes to the optional ones."""
    parameters = row.parameters
    if parameters and _REST in parameters[-1] and len(given) > len(parameters):
        given = [*given[: len(parameters) - 1], " ".join(given[len(parameters) - 1 :])]
    spare = len(given) - sum(parameter.startswith("<") for parameter in parameters)
    if not 0 <= spare <= sum(parameter.startswith("[") for parameter in parameters):
        raise refusal(f"Write it like this: {row.usage}")
    rest = iter(given)
    values: list[str | None] = []
    for parameter in parameters:
        is_optional = parameter.startswith("[")
        values.append(next(rest) if not is_optional or spare > 0 else None)
        spare -= is_optional
    return values


def _help(service: Service, words: list[str], say: Say) -> None:
    """One line for each command, or how one is written and what it does."""
    rows = dict.fromkeys(TABLES[service].values())
    if not words:
        say(f"{service.name}: {service.does.partition(':')[0]}. HELP <command> tells more.")
        for row in rows:
            say(f"{row.usage}: {row.help.splitlines()[0]}")
        return
    asked = " ".join(words).upper()
    known = TABLES[service].get(asked)
    found = [known] if known is not None else [row for row in rows if row.verb.split()[0] == asked]
    if not found:
        raise refusal(f"There is no command {asked[:20]}; HELP lists all")
    for row in found:
        say(f"{row.usage}: {' '.join(row.help.split())}")


def _text_of(refused: Refused) -> str:
    """A refusal as a sentence: `#den: You're not channel operator`."""
    subject, _, why = fill(refused.row.irc, refused.args_).partition(":")
    is_numeric = refused.row.code.isdigit()
    return f"{subject.strip()}: {why}" if is_numeric and subject.strip() else why
