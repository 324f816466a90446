"""docs/client.md: `client.md` of this folder, with tables and pictures in the places that it names.

Owns: the form of those. A line `<!-- name -->` of `client.md` is such a place. Must not: say anything about a key, a
command or a setting that its row does not say; what is written by hand is in `client.md`.
"""

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import client as command_line
from reference.markdown import code, plain, table
from terminal.commands.registry import ALIASES, COMMANDS, FAMILIES
from terminal.screen.keys import Key
from terminal.screen.keys import table as keys
from terminal.script import language
from terminal.settings.rows import Row, shown
from terminal.settings.servers import ROWS as SERVER_ROWS
from terminal.settings.table import GROUPS, ROWS
from terminal.text.formatting import MARKERS
from terminal.wire.show import ACTIONS

HERE = Path(__file__).parent
PICTURES = HERE.parent / "docs" / "pictures"
_PLACE = re.compile(r"^<!-- ([\w -]+?) -->$", re.MULTILINE)


def page() -> str:
    """The whole page, in Markdown. Raises KeyError for a place that nothing belongs in."""
    return _PLACE.sub(lambda found: _filled(found[1]), (HERE / "client.md").read_text("utf-8"))


def _filled(place: str) -> str:
    if place.startswith("picture "):
        return _picture(place.removeprefix("picture "))
    return _PLACES[place]()


def _picture(name: str) -> str:
    text = (PICTURES / f"{name}.txt").read_text("utf-8")
    return f"<!-- picture {name} -->\n```text\n{text}```"


# --- keys ----------------------------------------------------------------------------------------------------------


def _keys(is_wanted: Callable[[Key], bool]) -> str:
    return table("key|what it does", _key_rows(row for row in keys() if is_wanted(row)))


def _key_rows(rows: Iterable[Key]) -> Iterator[tuple[str, str]]:
    """A row for each key."""
    for row in rows:
        yield ", ".join(map(code, row.name.split(", "))), plain(row.help)


# --- commands ------------------------------------------------------------------------------------------------------


def _commands() -> str:
    return "\n\n".join(f"**{family}**\n\n{_family(family)}" for family in FAMILIES)


def _family(family: str) -> str:
    rows = [row for row in COMMANDS.values() if row.family == family]
    short = {row.name: [code(short) for short, name in ALIASES.items() if name == row.name] for row in rows}
    return table("command|what it does|also", ((code(r.usage), plain(r.help), ", ".join(short[r.name])) for r in rows))


# --- settings ------------------------------------------------------------------------------------------------------


def _settings() -> str:
    groups = ((group, [row for row in ROWS.values() if row.group == group]) for group in GROUPS)
    return "\n\n".join(f"**{group}**\n\n{_setting_table(rows)}" for group, rows in groups)


def _setting_table(rows: Iterable[Row]) -> str:
    cells = ((code(row.name), plain(f"{row.help}."), plain(row.allowed), code(_default(row))) for row in rows)
    return table("setting|what it is|it may be|default", cells)


def _default(row: Row) -> str:
    return shown(row, row.default) if row.default not in ("", (), {}) else ""


# --- what else the code knows --------------------------------------------------------------------------------------


def _formatting() -> str:
    rows = ((code(row.letter), plain(f"{row.name} {_hint(row.hint)}".strip())) for row in MARKERS)
    return table("Ctrl-O and|makes", rows)


def _hint(hint: str) -> str:
    return f"({hint})" if hint else ""


def _exit_codes() -> str:
    text = " ".join(command_line.EXAMPLES.split("exit codes: ")[1].split())
    return table("code|meaning", (part.split(" ", 1) for part in text.split(", ")))


def _actions() -> str:
    named = ", ".join(code(f"/show {name} {row.usage}".rstrip()) for name, row in ACTIONS.items())
    return textwrap.fill(f"There are {named}.", 120, break_on_hyphens=False)


_PLACES: Mapping[str, Callable[[], str]] = {
    "keys": lambda: _keys(lambda row: not row.typing and not row.replaying),
    "keys of the input": lambda: _keys(lambda row: row.typing),
    "keys of a recording": lambda: _keys(lambda row: row.replaying),
    "commands": _commands,
    "settings": _settings,
    "settings of a server": lambda: _setting_table(SERVER_ROWS.values()),
    "formatting": _formatting,
    "exit codes": _exit_codes,
    "actions": _actions,
    "script": lambda: f"```text\n{language.explained()}```",
}
