"""THE table of commands: a row for each verb, filled by `@command` in the files of this package, found automatically.

Owns: what a row holds, finding the rows, the self-check at start. Must not: know any verb.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import chat.commands
from protocol import csp
from protocol.names import fold
from protocol.replies import ERR_NEEDMOREPARAMS
from protocol.values import CSP, IRC, LAB, AnswerRow, ReplyRow

if TYPE_CHECKING:
    from chat.commands.call import Call

CONNECTED, REGISTERED = 0, 1  # stages: before and after registration (or login)
Handler = TypeVar("Handler", bound=Callable[..., None])
Convert = Callable[["Call", str], Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a row. `field` is its name in CSP; `convert` makes the value, None when nothing was given after
    all, or raises Refused; `missing` is the refusal when it is absent, where the dialect has one for each case;
    `may_be_empty` lets "" count as given; each item of a list costs as much as a request of its own."""

    field: str
    convert: Convert | None = None
    is_optional: bool = False
    missing: ReplyRow = ERR_NEEDMOREPARAMS
    may_be_empty: bool = False
    is_list: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """A row. `privilege`: what an IRC operator must have for it, "" for what is for everybody. `capability`: without it
    the command does not exist for a session (421); `early`: with it, the command is there before registration too.
    `durable`: the session sees nothing of it until what the handler changed is on disk. `is_silent`: never
    answers with an error (NOTICE). `failure`: the CSP answer that carries the command's refusals. `in_group`: the CSP
    state it needs. `list_at`: which parameter is a comma list, if one is."""

    verb: str
    handler: Callable[..., None]
    parameters: tuple[Parameter, ...]
    stage: int
    privilege: str
    capability: str
    early: str
    cost: int
    durable: bool
    is_silent: bool
    help: str
    failure: AnswerRow | None
    in_group: bool
    list_at: int | None


IRC_COMMANDS: dict[str, Command] = {}
CSP_COMMANDS: dict[str, Command] = {}
COMMANDS = {IRC: IRC_COMMANDS, LAB: IRC_COMMANDS, CSP: CSP_COMMANDS}


def command(
    irc: str = "",
    *parameters: Parameter,
    csp_verb: str = "",
    stage: int = REGISTERED,
    privilege: str = "",
    capability: str = "",
    early: str = "",
    cost: int = 1,
    durable: bool = False,
    is_silent: bool = False,
    failure: AnswerRow | None = None,
    in_group: bool = False,
) -> Callable[[Handler], Handler]:
    """Adds a row for `irc` and/or `csp_verb` with the decorated function as handler, its docstring as HELP text."""

    def register(handler: Handler) -> Handler:
        list_at = next((place for place, parameter in enumerate(parameters) if parameter.is_list), None)
        row = Command(
            irc or csp_verb, handler, parameters, stage, privilege, capability, early, cost, durable, is_silent,
            (handler.__doc__ or "").strip(), failure, in_group, list_at,
        )  # fmt: skip
        for table, verb in ((IRC_COMMANDS, irc), (CSP_COMMANDS, csp_verb)):
            if verb in table:
                raise RuntimeError(f"the command {verb} is defined twice")
            if verb:
                table[verb] = row
        if not row.help:
            raise RuntimeError(f"the command {row.verb} has no help: give its handler a docstring")
        return handler

    return register


def load() -> None:
    """Imports every file of this package, so that its rows are in the tables, and checks the tables."""
    for module in pkgutil.iter_modules(chat.commands.__path__):
        importlib.import_module(f"chat.commands.{module.name}")
    missing = set(CSP_COMMANDS) ^ set(csp.validators())
    if missing:
        raise RuntimeError(f"CSP commands and schemas differ: {', '.join(sorted(missing))}")


# --- parameters ----------------------------------------------------------------------------------------------------


def word(field: str = "word", missing: ReplyRow = ERR_NEEDMOREPARAMS) -> Parameter:
    """A word as it was sent."""
    return Parameter(field, missing=missing)


def text(field: str = "payload", missing: ReplyRow = ERR_NEEDMOREPARAMS, may_be_empty: bool = True) -> Parameter:
    """Free text, which may be empty."""
    return Parameter(field, missing=missing, may_be_empty=may_be_empty)


def words(field: str = "words", missing: ReplyRow = ERR_NEEDMOREPARAMS) -> Parameter:
    """A comma list as a list of words, without empty ones and without repetitions; as good as absent when none is
    left."""

    def split(call: "Call", value: str) -> list[str] | None:
        if "," not in value:
            return [value]
        found: dict[str, str] = {}
        for item in filter(None, value.split(",")):
            found.setdefault(fold(item), item)
        return list(found.values()) or None

    return Parameter(field, split, missing=missing, is_list=True)


def places(field: str = "places") -> Parameter:
    """A comma list whose places matter, such as the channels and keys of JOIN."""
    return Parameter(field, lambda call, value: value.split(","), is_list=True)


def channel(field: str = "chat_name") -> Parameter:
    """An existing channel, by its name (IRC) or group name (CSP); 403 when there is none."""
    return Parameter(field, lambda call, value: call.existing_channel(value))


def user(field: str = "nick") -> Parameter:
    """Somebody who is connected; 401 when there is nobody by that nick."""
    return Parameter(field, lambda call, value: call.existing_user(value))


def optional(parameter: Parameter) -> Parameter:
    """The same parameter, which may be left out."""
    return replace(parameter, is_optional=True)
