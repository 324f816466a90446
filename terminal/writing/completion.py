"""What may stand at the cursor: commands, and for each argument what its word in the usage names.

Owns: the candidates and their order. Must not: know a screen, change anything, or ask a server.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from terminal.client import Client
from terminal.commands.registry import ALIASES, COMMANDS, FAMILIES, Command, find, nearest
from terminal.model.window import Window
from terminal.sessions.session import Session
from terminal.settings import table
from terminal.settings.rows import BadSetting
from terminal.settings.servers import DIALECTS
from terminal.wire.show import ACTIONS
from terminal.writing import emoji

MOST = 200
LEAST_EMOJI = 2  # characters behind the colon, below which too much would fit
_ARGUMENT = re.compile(r"<[^>]+>|\[[^\]]+\]")
_SINGULAR = {"nicks": "nick", "channels": "channel", "commands": "command", "settings": "setting", "files": "file"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """`text` replaces everything from `start` to the cursor; `display` and `help` are for the menu."""

    text: str
    start: int
    display: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Argument:
    """A part of a usage: `<nick or channel>` takes the kinds nick and channel, `[on|off]` one of the choices. The last
    one takes all that follows."""

    shown: str
    kinds: tuple[str, ...]
    required: bool
    choices: tuple[str, ...] = ()


def arguments_of(row: Command) -> list[Argument]:
    """The arguments of a command, in order."""
    return [_argument(found[0]) for found in _ARGUMENT.finditer(row.usage)]


def _argument(shown: str) -> Argument:
    inside = shown[1:-1]
    if "|" in inside or inside.startswith("-"):
        return Argument(shown, (), shown[0] == "<", tuple(inside.split("|")))
    if "=" in inside:
        return Argument(shown, (inside,), shown[0] == "<")
    words = tuple(_SINGULAR.get(word, word) for word in re.findall(r"\w+", inside) if word != "or")
    return Argument(shown, ("window",) if words == ("number", "name") else words, shown[0] == "<")


def argument_at(row: Command, rest: str) -> tuple[int, str]:
    """Which argument is being typed in `rest`, the text behind the command up to the cursor, counted from 0; and its
    beginning."""
    arguments = arguments_of(row)
    if not arguments:
        return 0, rest
    parts = rest.split(" ", len(arguments) - 1)
    return len(parts) - 1, parts[-1]


def completions(client: Client, text: str, cursor: int) -> list[Candidate]:
    """What may be put in the place of the word before the cursor, the likeliest first."""
    before = text[:cursor]
    start = before.rfind("\n") + 1
    line = before[start:]
    if "\n" not in text and line.startswith("/") and not line.startswith("//"):
        found = _of_command(client, line)
    else:
        found = _of_text(client, line)
    unique: dict[tuple[str, int], Candidate] = {}
    for one in islice(found, MOST):
        unique.setdefault((one.text, one.start), one)
    return [Candidate(one.text, start + one.start, one.display, one.help) for one in unique.values()]


def _of_command(client: Client, line: str) -> Iterator[Candidate]:
    name, space, rest = line.partition(" ")
    if not space:
        yield from (_command(row, 0) for row in commands_like(name))
        return
    row = find(name)
    if row is None or not arguments_of(row):
        return
    index, begun = argument_at(row, rest)
    word = begun.rpartition(" ")[2]
    start = len(line) - len(word)
    last = index == len(arguments_of(row)) - 1
    argument = arguments_of(row)[index]
    for choice in argument.choices if word == begun else ():
        if choice.startswith(word.lower()):
            yield Candidate(choice, start, choice)
    for kind in argument.kinds:
        if kind in _KINDS and (word == begun or kind not in _WHOLE or _takes_many(argument)):
            end = "" if last and kind in _NO_SPACE else " "
            for value, help in _KINDS[kind](client, word, rest):
                yield Candidate(value + end, start, value, help)
        elif kind in _TALK:
            yield from _words(client, word, start, False)


def _takes_many(argument: Argument) -> bool:
    return any(word in argument.shown for word in _SINGULAR)


def commands_like(name: str) -> list[Command]:
    """The commands that begin so; an exact short form first; else the nearest one."""
    name = name.lower()
    found = [find(name)] if name in ALIASES else []
    found += [row for row in COMMANDS.values() if row.name.startswith(name)]
    found += [find(short) for short in ALIASES if short.startswith(name) and len(name) > 1]
    if not any(found) and len(name) > 1:
        found = [find(nearest(name))] if nearest(name) else []
    return list(dict.fromkeys(row for row in found if row is not None))


def _command(row: Command, start: int) -> Candidate:
    return Candidate(row.name + (" " if arguments_of(row) else ""), start, row.usage, row.help)


def _of_text(client: Client, line: str) -> Iterator[Candidate]:
    word = re.split(r"\s", line)[-1]
    if word:
        yield from _words(client, word, len(line) - len(word), word == line)


def _words(client: Client, word: str, start: int, is_first: bool) -> Iterator[Candidate]:
    """Nicks, channels and emoji within a text; nicks are addressed with a colon where a line begins."""
    if not word:
        return
    if word.startswith(":") and client.settings.emoji:
        if len(word.strip(":")) >= LEAST_EMOJI:
            for name, character in emoji.search(word.strip(":")):
                yield Candidate(character + " ", start, f"{character} :{name}:")
        return
    for nick, help in _nicks(client, word, ""):
        yield Candidate(nick + (": " if is_first else " "), start, nick, help)
    if client.session is not None and client.session.dialect.is_channel(word):
        for name, help in _channels(client, word, ""):
            yield Candidate(name + " ", start, name, help)


# What each word of a usage stands for: value and help for each candidate that begins with `word`


def _fold(client: Client) -> Callable[[str], str]:
    return client.session.dialect.fold if client.session is not None else str.lower


def _nicks(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    fold, session = _fold(client), client.session
    for nick in _people(client, session):
        if fold(nick).startswith(fold(word)) and not (session is not None and session.dialect.is_own(nick)):
            yield nick, ""


def _people(client: Client, session: Session | None) -> Iterator[str]:
    """Everybody known, those of the current window first: who spoke last, then by name."""
    current = client.windows.current
    if current is not None:
        yield from _here(current)
    if session is not None:
        others = [window for window in client.windows if window.server == session.name and window is not current]
        nicks = {member.nick for window in others for member in window.members.values()}
        yield from sorted(nicks | {window.name for window in others if window.kind == "private"}, key=str.lower)


def _here(window: Window) -> Iterator[str]:
    if window.kind == "private":
        yield window.name
    for folded in window.speakers:
        if folded in window.members:
            yield window.members[folded].nick
    yield from sorted((member.nick for member in window.members.values()), key=str.lower)


def _channels(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    fold, session, current = _fold(client), client.session, client.windows.current
    if session is None:
        return
    windows = [window for window in client.windows if window.kind == "channel" and window.server == session.name]
    windows.sort(key=lambda window: (window is not current, not window.joined))
    known = {window.name: window.topic for window in windows}
    for name, count, topic in session.channel_rows:
        known.setdefault(name, " ".join(part for part in (count, topic) if part))
    for name, help in known.items():
        if fold(name).startswith(fold(word)) or fold(name).lstrip("#&").startswith(fold(word)):
            yield name, help


def _commands(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    for row in COMMANDS.values():
        if row.name.startswith("/" + word.lstrip("/").lower()):
            yield (row.name if word.startswith("/") else row.name[1:]), row.help


def _families(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    yield from ((name, "all commands of this kind") for name in FAMILIES if name.startswith(word.lower()))


def _settings(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    for name in table.names():
        if name.startswith(word.lower().replace("-", "_")):
            yield name, f"{table.row(name).help} (now {table.shown(name, table.value_of(client.settings, name))})"


def _values(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    """The values of the setting that stands in front."""
    try:
        row = table.row(rest.split(" ")[0])
    except BadSetting:
        return
    current = table.shown(row.name, table.value_of(client.settings, row.name))
    for value in row.suggestions or (current,):
        if value.startswith(word.lower()):
            yield value, "in force now" if value == current else ""


def _group_settings(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    """`name=`; for what is on or off, once the name is there, the two values."""
    session = client.session
    name, is_named, value = word.lower().partition("=")
    for known, kind in session.dialect.group_settings.items() if session is not None else ():
        if not is_named and known.startswith(name):
            yield f"{known}=", {bool: "yes or no", int: "a number; 0 for none"}.get(kind, "a text; empty for none")
        elif is_named and known == name and kind is bool:
            yield from ((f"{known}={answer}", "") for answer in ("yes", "no") if answer.startswith(value))


def _ignored(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    yield from ((entry, "ignored now") for entry in client.settings.ignore if entry.lower().startswith(word.lower()))


def _highlighted(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    words = client.settings.highlights
    yield from ((entry, "a mention now") for entry in words if entry.lower().startswith(word.lower()))


def _servers(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    for name, session in client.sessions.items():
        if name.lower().startswith(word.lower()):
            yield name, session.endpoint.address
    for name, server in client.servers.items():
        if name.lower().startswith(word.lower()) and name not in client.sessions:
            yield name, server.address


def _windows(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    for number, window in client.windows.items():
        if window.name.lower().startswith(word.lower()) or window.name.lower().lstrip("#&").startswith(word.lower()):
            yield window.name, f"window {number}"


def _dialects(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    yield from ((name, "") for name in DIALECTS if name.startswith(word.lower()))


def _files(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    folder, _, begun = word.rpartition("/")
    head = f"{folder}/" if "/" in word else ""
    try:
        place = Path(head).expanduser()
        names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in place.iterdir())
    except (OSError, RuntimeError):  # no such folder, or no such user
        return
    yield from ((head + name, "") for name in names if name.startswith(begun) and (begun or name[0] != "."))


def _actions(client: Client, word: str, rest: str) -> Iterator[tuple[str, str]]:
    yield from ((name, row.usage) for name, row in ACTIONS.items() if name.startswith(word.lower()))


def _itself(name: str) -> Callable[[Client, str, str], Iterator[tuple[str, str]]]:
    """A word of a usage that is to be typed as it is."""
    return lambda client, word, rest: iter([(name, "")] if name.startswith(word.lower()) else [])


_KINDS: dict[str, Callable[[Client, str, str], Iterator[tuple[str, str]]]] = {
    "nick": _nicks, "channel": _channels, "group": _channels, "command": _commands, "family": _families,
    "setting": _settings, "value": _values,
    "server": _servers, "host": _servers, "address": _servers, "window": _windows,
    "dialect": _dialects, "file": _files, "what": _actions, "all": _itself("all"),
    "stop": _itself("stop"), "step": _itself("step"),
    "ignored": _ignored, "highlighted": _highlighted, "setting=value": _group_settings,
}  # fmt: skip
_WHOLE = frozenset({"nick", "channel", "group", "command", "setting", "server", "host", "window", "dialect"})
_NO_SPACE = frozenset({"file", "value", "setting=value", "all", "stop", "step"})
_TALK = frozenset({"text", "action", "reason"})  # completed as what one says is
