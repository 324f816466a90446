"""The file of settings: read with a sentence for whatever is wrong, changed without touching what else its owner wrote.

Owns: the TOML form and where the file is. Must not: overwrite a file that it cannot read, or hold a password.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from terminal.keeping.files import replace_file
from terminal.settings.rows import BadSetting, Row, check, nearest
from terminal.settings.servers import ROWS as SERVER_ROWS
from terminal.settings.servers import ServerSettings
from terminal.settings.table import ROWS, Settings, row

SERVERS = "servers"
_HEADING = "# Settings of the Parley terminal client. /set lists and changes them; comments written here stay.\n\n"
_TABLE_LINE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file holds. `problems` are sentences: what is wrong with it, and so was left at its default."""

    settings: Settings = field(default_factory=Settings)
    servers: dict[str, ServerSettings] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def default_path() -> Path:
    """The file's place in the platform's folder for the user's configuration."""
    return platformdirs.user_config_path("parley", appauthor=False) / "client.toml"


def load(path: Path) -> Loaded:
    """The settings of a file; the defaults, and no problem, when there is no such file. Never raises."""
    try:
        text = _read(path)
        document = tomllib.loads(text)
    except BadSetting as error:
        return Loaded(problems=(f"{error} The defaults are in force.",))
    except (ValueError, RecursionError) as error:
        return Loaded(problems=(f"{_broken(path, error)} The defaults are in force, and the file stays as it is.",))
    return _Reader(path, text).loaded(document)


def _read(path: Path) -> str:
    """The text of a file, "" when there is none. Raises BadSetting."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise BadSetting(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BadSetting(f"{path} is no UTF-8 text: byte {error.start + 1} is wrong.") from error


def _broken(path: Path, error: Exception) -> str:
    why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).rstrip(".")
    return f"{path} is not valid TOML: {why}."


class _Reader:
    """One reading of a file: takes what fits, and words what does not."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._lines = path, text.splitlines()
        self._problems: list[str] = []

    def loaded(self, document: dict[str, Any]) -> Loaded:
        """Everything in the file."""
        settings, servers = Settings(), {}
        self._fill(settings, {key: value for key, value in document.items() if key != SERVERS}, ROWS, "")
        rows = document.get(SERVERS, {})
        if not isinstance(rows, dict):
            self._problem("", SERVERS, f"{SERVERS} must be tables such as [{SERVERS}.study].")
            rows = {}
        for name, values in rows.items():
            if isinstance(values, dict):
                servers[name] = ServerSettings()
                self._fill(servers[name], values, SERVER_ROWS, f"{SERVERS}.{name}")
            else:
                self._problem(SERVERS, name, f"{SERVERS}.{name} must be a table: [{SERVERS}.{name}].")
        return Loaded(settings, servers, tuple(self._problems))

    def _fill(self, into: object, values: dict[str, Any], rows: Mapping[str, Row], table: str) -> None:
        for key, value in values.items():
            known = rows.get(key)
            if known is None:
                self._problem(table, key, _unknown(key, rows))
                continue
            try:
                setattr(into, key, check(known, value))
            except BadSetting as error:
                self._problem(table, key, str(error))

    def _problem(self, table: str, key: str, sentence: str) -> None:
        line = self._line_of(table, key)
        where = f", line {line}" if line else f", [{table}]" if table else ""
        self._problems.append(f"{self._path}{where}: {sentence}")

    def _line_of(self, table: str, key: str) -> int:
        """The number of the line where a key is set, 0 when it is written in some rare way."""
        current = ""
        written = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
        for number, line in enumerate(self._lines, 1):
            heading = _TABLE_LINE.match(line)
            if heading:
                current = heading[1].replace('"', "").replace("'", "")
                if current == f"{table}.{key}".lstrip("."):
                    return number
            elif current == table and written.match(line):
                return number
        return 0


def _unknown(key: str, rows: Mapping[str, Row]) -> str:
    if "password" in key and "password_command" in rows:
        return (
            f'"{key}" is not read: passwords do not stand in this file. '
            'Give a command that prints one, such as password_command = "pass show irc".'
        )
    return f'there is no setting "{key}".{nearest(key, rows) or " It is not read."}'


def save(path: Path, name: str, value: object) -> None:
    """Set one key of the file and leave all else as it is. Raises BadSetting when the value or the file is no good."""
    one = row(name)
    _put(path, (), {one.name: check(one, value)})


def forget(path: Path, name: str) -> None:
    """Take one key out of the file, so that the default holds. Raises BadSetting."""
    _put(path, (), {row(name).name: None})


def save_server(path: Path, name: str, server: ServerSettings) -> None:
    """Write `[servers.NAME]`: what differs from the default, and nothing for the rest. Raises BadSetting."""
    if not name.strip() or not name.isprintable():
        raise BadSetting("A server needs a name, on one line.")
    values: dict[str, object] = {}
    for key, one in SERVER_ROWS.items():
        value = check(one, getattr(server, key))
        values[key] = None if value == one.default and key not in ("address", "dialect") else value
    _put(path, (SERVERS, name), values)


def _put(path: Path, table: tuple[str, ...], values: Mapping[str, object]) -> None:
    """Set the keys of one table, and remove those whose value is None."""
    import tomlkit  # takes its time to load; who changes nothing does without
    from tomlkit.exceptions import TOMLKitError

    text = _read(path)
    try:
        plain: dict[str, Any] = tomllib.loads(text)
        document = tomlkit.parse(text or _HEADING)
        _apply(plain, table, values, lambda outer: {})
        _apply(document, table, values, tomlkit.table)
        written = tomlkit.dumps(document)
        if tomllib.loads(written) != plain:  # whatever a rare form of TOML did to the editor, the file is worth more
            raise BadSetting(f"{path} is written in a way that cannot be changed safely; please change it by hand.")
    except (ValueError, RecursionError, TOMLKitError) as error:
        raise BadSetting(f"{_broken(path, error)} It stays as it is; nothing was saved.") from error
    try:
        replace_file(path, written.encode())
    except OSError as error:
        raise BadSetting(f"{path} cannot be written: {error.strerror or error}. Nothing was saved.") from error


def _apply(
    document: MutableMapping[str, Any], table: tuple[str, ...], values: Mapping[str, object], new: Callable[[bool], Any]
) -> None:
    """The same change to TOML that is edited and to plain data; `new` makes a table, True: one without a heading."""
    for depth, step in enumerate(table):
        if step not in document:
            if not any(value is not None for value in values.values()):
                return
            document[step] = new(depth < len(table) - 1)
        document = document[step]
        if not isinstance(document, MutableMapping):
            raise BadSetting(f'"{step}" in the file is no table; please correct it by hand. Nothing was saved.')
    for key, value in values.items():
        if value is None:
            document.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(document.get(key), MutableMapping):
            _apply(document, (key,), {**dict.fromkeys(document[key]), **value}, new)
        else:
            document[key] = list(value) if isinstance(value, tuple) else value
