"""The reference of IRC as this server speaks it, from the tables that the server itself runs on.

Owns: the order and the layout of the page. Must not: say anything about a command, a mode or a reply that its row does
not say; what is written by hand is in `opening.md` and `choices.md` beside this file.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chat.commands import registry, services
from chat.commands.registry import CONNECTED, Command
from chat.state import offers
from chat.storage import settings
from chat.storage.settings import Config
from protocol import capabilities, isupport, limits, modes, notices, replies
from protocol.modes import Kind
from protocol.privileges import PRIVILEGES
from protocol.values import ReplyRow
from reference.markdown import code as _code
from reference.markdown import plain as _plain
from reference.markdown import table as _table

HERE = Path(__file__).parent
_CONFIGURATION = Path(settings.__file__).parent / "schemas" / "server.json"
_AS_CONFIGURED = "as configured"
_CONSTANT = re.compile(r"^([A-Z_]+) = (.+?)  # (.+)$", re.MULTILINE)
_JSON_ONLY = (
    replies.ERR_NO_GROUPS,
    replies.ERR_GROUP_EXISTS,
    replies.FAIL_NOT_IN_A_GROUP,
    replies.FAIL_STATE,
    replies.FAIL_VERSION,
)
_KINDS = {
    Kind.LIST: "a mask; without one, shows the list",
    Kind.KEY: "to set and to unset",
    Kind.SETTING: "to set",
    Kind.FLAG: "",
}


def page() -> str:
    """The whole page, in Markdown."""
    registry.load()
    sections = (
        _written("opening"), _commands(), _services(), _capabilities(), _tokens(), _modes(), _privileges(), _replies(),
        _limits(), _written("choices"),
    )  # fmt: skip
    return "\n\n".join(section.strip() for section in sections) + "\n"


def _written(name: str) -> str:
    return (HERE / f"{name}.md").read_text("utf-8")


# --- the sections --------------------------------------------------------------------------------------------------


def _commands() -> str:
    rows = [registry.IRC_COMMANDS[verb] for verb in sorted(registry.IRC_COMMANDS)]
    everybody = _table("command|what it does|needs|cost", (_command(row) for row in rows if not row.privilege))
    operators = _table("command|what it does|privilege|cost", (_command(row) for row in rows if row.privilege))
    return (
        "## Commands\n\n"
        "*Cost* is how many requests a command counts as for flood control; each further item of a comma list is one\n"
        f"more. A command without *before registration* needs a registered connection.\n\n{everybody}\n\n"
        f"### Commands of IRC operators\n\n{operators}"
    )


def _command(row: Command) -> list[str]:
    syntax, _, does = row.help.partition(": ")
    needs = _code(row.privilege) if row.privilege else ", ".join(_needs(row))
    return [_code(" ".join(syntax.split())), _plain(" ".join(does.split())), needs, str(row.cost)]


def _needs(row: Command) -> Iterator[str]:
    if row.capability:
        yield _code(row.capability)
    if row.stage == CONNECTED:
        yield "also before registration"
    elif row.early:
        yield f"also before registration with {_code(row.early)}"


def _services() -> str:
    """What NickServ and ChanServ understand."""
    parts = [
        "## Services",
        "Spoken to by `PRIVMSG NickServ :HELP` or by the commands `NS`, `NICKSERV`, `CS` and `CHANSERV`, in JSON by\n"
        "`MSSG` with `recipient`. They answer by NOTICE, and are no users: no list of users has them.",
    ]
    for service, table in services.TABLES.items():
        rows = ((_code(row.usage), _plain(row.help)) for row in dict.fromkeys(table.values()))
        parts += [f"### {service.name}", _table("command|what it does", rows)]
    return "\n\n".join(parts)


def _capabilities() -> str:
    rows = (
        [_code(row.name), _AS_CONFIGURED if offers.depends(row.name) else _code(row.value), _plain(row.does)]
        for _, row in sorted(capabilities.TABLE.items())
    )
    return f"## Capabilities\n\n{_table('capability|value|what it does', rows)}"


def _tokens() -> str:
    default = Config(data=Path())
    given = dict(token.partition("=")[::2] for token in isupport.tokens(default.limits, default.network, {}))
    rows = (
        [_code(name), _code(given[name]) if name in given else _AS_CONFIGURED, _plain(meaning)]
        for name, meaning in sorted(isupport.MEANINGS.items())
    )
    return f"## ISUPPORT (005)\n\n{_table('token|value with the built-in defaults|meaning', rows)}"


def _modes() -> str:
    channel = (
        [_code(row.letter), _KINDS[row.kind], _code(row.by), _plain(row.does)]
        for row in modes.CHANNEL_MODES.values()
        if row.kind is not Kind.RANK
    )
    ranks = (
        [_code(row.letter), _code(row.prefix), _code(row.by), _plain(row.does)]
        for row in modes.CHANNEL_MODES.values()
        if row.kind is Kind.RANK
    )
    users = (
        [_code(row.letter), "yes" if row.by_user else "to unset at most", _plain(row.does)]
        for row in modes.USER_MODES.values()
    )
    subjects = ([_code(row.letter), row.title, _plain(row.does)] for row in notices.SUBJECTS.values())
    return (
        f"## Channel modes\n\n{_table('mode|parameter|least rank to change it|what it does', channel)}\n\n"
        f"### Ranks of members\n\n{_table('rank|prefix|least rank to give it|who', ranks)}\n\n"
        f"## User modes\n\n{_table('mode|set by oneself|what it does', users)}\n\n"
        f"### Server notices\n\nWhat an operator is told of is asked for with `MODE <nick> +s <letters>`.\n\n"
        f"{_table('letter|title|what about', subjects)}"
    )


def _privileges() -> str:
    rows = ([_code(name), _plain(does)] for name, does in PRIVILEGES.items())
    return f"## Privileges of IRC operators\n\n{_table('privilege|what it allows', rows)}"


def _replies() -> str:
    rows = sorted(replies.TABLE.values(), key=lambda row: (row.code, row.name))
    numerics = ([_code(row.code), _code(row.name), _code(_form(row))] for row in rows if row.code.isdigit())
    standard = ([_code(row.code), _code(_form(row))] for row in rows if not row.code.isdigit() and _is_irc(row))
    return (
        "## Numeric replies\n\n"
        "After the number comes the receiver's nick, or `*`; in lab IRC it is left out.\n\n"
        f"{_table('number|name|after the nick', numerics)}\n\n"
        f"## Standard replies\n\n{_table('kind|form', standard)}"
    )


def _form(row: ReplyRow) -> str:
    return replies.fill(row.irc, tuple(f"<{field}>" for field in row.fields))


def _is_irc(row: ReplyRow) -> bool:
    """Whether modern IRC has a use for the row: it is about a command that it has, or about any, and not for JSON."""
    if row in _JSON_ONLY:
        return False
    first = _form(row).split(" ")[0]
    return first in ("*", "<command>") or first in registry.IRC_COMMANDS


def _limits() -> str:
    schema: Any = json.loads(_CONFIGURATION.read_text("utf-8"))["properties"]
    configured = (
        [_code(f"[{section}] {key}"), _code(_toml(row.get("default", ""))), _plain(row["description"])]
        for section in ("limits", "history", "accounts")
        for key, row in schema[section]["properties"].items()
    )
    source = Path(limits.__file__).read_text("utf-8")
    fixed = ([_code(name), _code(value), _plain(what)] for name, value, what in _CONSTANT.findall(source))
    return (
        "## Limits\n\n"
        f"### In the configuration\n\n{_table('key|built-in default|what', configured)}\n\n"
        f"### Fixed\n\n{_table('name in protocol/limits.py|value|what', fixed)}"
    )


def _toml(value: Any) -> str:
    return json.dumps(value)
