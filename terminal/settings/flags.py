"""Every setting as a flag of the command line, made from the tables.

Owns: how a setting is written as a flag, and that flags beat the file and the file beats the default. Must not: ask for
a password, or connect.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

from terminal.network.endpoint import parse_endpoint
from terminal.settings.rows import BadSetting, Row, Value, parse, shown
from terminal.settings.servers import LOGINS, ServerSettings
from terminal.settings.servers import ROWS as SERVER_ROWS
from terminal.settings.table import GROUPS, ROWS, Settings

_FLAGS = {"nick": ("--name", "--nick")}  # any other is called like its setting


def add_flags(parser: argparse.ArgumentParser) -> None:
    """A flag for each setting, grouped. What is not given is None in the namespace."""
    _add_groups(parser, GROUPS, list(ROWS.values()))


def add_server_flags(parser: argparse.ArgumentParser) -> None:
    """The address, and a flag for each option of a server. What is not given is None in the namespace."""
    parser.add_argument(
        "address",
        nargs="?",
        metavar="host[:port]",
        help=f"{SERVER_ROWS['address'].help}; or the name of a server of the file",
    )
    rows = list(SERVER_ROWS.values())
    _add_groups(parser, dict.fromkeys(row.group for row in rows), rows)


def _add_groups(parser: argparse.ArgumentParser, groups: Iterable[str], rows: Sequence[Row]) -> None:
    for group in groups:
        section = parser.add_argument_group(group)
        for row in rows:
            if row.group == group and row.name != "address":
                _add(section, row)


def _add(section: argparse._ArgumentGroup, row: Row) -> None:
    flags = _FLAGS.get(row.name, (f"--{row.name.replace('_', '-')}",))
    add = partial(section.add_argument, *flags, dest=row.name, help=_help(row))
    if row.kind is bool:
        add(action=argparse.BooleanOptionalAction)
    elif row.kind in (tuple, dict):
        add(action="append", type=_typed(row), metavar=_metavar(row))
    elif row.name == "login":
        add(nargs="?", const=LOGINS[0], type=_typed(row), metavar=_metavar(row))
    else:
        add(type=_typed(row), metavar=_metavar(row))


def _typed(row: Row) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        try:
            return parse(row, text)
        except BadSetting as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


def _metavar(row: Row) -> str:
    choices = "{" + ",".join(row.choices) + "}"
    if row.kind is dict:
        return f"WINDOW={choices}"
    return choices if row.choices else row.unit.upper() or ("TEXT" if row.kind is str else "WORD")


def _help(row: Row) -> str:
    again = "; may be repeated" if row.kind in (tuple, dict) else ""
    default = f" (default: {shown(row, row.default)})" if row.default not in ("", (), {}) else ""
    return f"{row.help}{again}{default}".replace("%", "%%")


def read_arguments(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command line. `--login` takes the word that follows only when it names a way to log in."""
    bare = f"--login={LOGINS[0]}"
    pairs = pairwise([*words, ""])
    return parser.parse_args([bare if word == "--login" and after not in LOGINS else word for word, after in pairs])


def from_flags(arguments: argparse.Namespace, base: Settings) -> Settings:
    """The settings of the file, `base`, with what the command line says in their place; `base` stays as it is."""
    return replace(base, **_given(arguments, ROWS))


def _given(arguments: argparse.Namespace, rows: Mapping[str, Row]) -> dict[str, Any]:
    values = {name: getattr(arguments, name, None) for name in rows}
    return {name: _joined(rows[name], value) for name, value in values.items() if value is not None}


def _joined(row: Row, value: Any) -> Any:
    """What a repeated flag brought, as one value."""
    parts: Iterable[Any] = value
    if row.kind is tuple:
        return tuple(dict.fromkeys(word for part in parts for word in part))
    return {name: one for part in parts for name, one in part.items()} if row.kind is dict else value


def servers_to_open(arguments: argparse.Namespace, servers: Mapping[str, ServerSettings]) -> dict[str, ServerSettings]:
    """The servers to connect to at the start, by name.

    The one that the command line names: a server of the file, or an address. Without an address but with another flag
    of a server, the one on this machine. Else those of the file that say `autoconnect`; {} when nobody said anything.
    Raises BadEndpoint for an address that is none.
    """
    given = _given(arguments, SERVER_ROWS)
    address = given.pop("address", "")
    if address in servers:
        return {address: replace(servers[address], **given)}
    wanted = given.pop("autoconnect", True)
    if address or given:
        return server_at(address, **given)
    return {name: server for name, server in servers.items() if server.autoconnect and wanted}


def server_at(address: str, **options: Any) -> dict[str, ServerSettings]:
    """The server at an address, by its host; a URL names a channel to enter as well. Raises BadEndpoint."""
    target = parse_endpoint(address, 0)
    if target.channel:
        options["join"] = tuple(dict.fromkeys((f"{target.channel} {target.key}".rstrip(), *options.get("join", ()))))
    return {target.endpoint.host: ServerSettings(address=address, **options)}
