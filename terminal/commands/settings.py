"""Commands about settings, and the short ways to those that are lists. Owns: this family of the table, and the wording
of a setting. Must not: know what a setting does, or the form of the file."""

from collections.abc import Iterable

from terminal.client import Client
from terminal.commands.registry import Mistake, command, window
from terminal.in_force import AT_START
from terminal.keeping.files import BadPath
from terminal.model.folding import noise_of
from terminal.settings import GROUPS, BadSetting, Row, Value, file
from terminal.settings.table import NOISE, ROWS, names, parse, row, shown, value_of

_NONE = {"ignore": "Nobody is ignored.", "highlights": "Only your nick counts as a mention."}


@command("/set [setting] [value]", "settings", online=False)
def set_one(client: Client, arguments: str) -> None:
    """List the settings, explain one, or change it; "" is an empty text. What is changed is kept."""
    name, _, text = arguments.partition(" ")
    if not name:
        _list(client, GROUPS)
    elif name.lower() in GROUPS:
        _list(client, [name.lower()])
    elif not text.strip():
        _explain(client, _row(name))
    else:
        change(client, name, _parsed(name, text))


@command("/unset <setting>", "settings", online=False)
def unset(client: Client, arguments: str) -> None:
    """Give a setting its default again."""
    one = _row(arguments)
    client.change_setting(one.name, one.default)
    _say(client, one, _saved(client, one, forget=True))


@command("/ignore [nicks or masks]", "settings", online=False)
def ignore(client: Client, arguments: str) -> None:
    """Do not show what somebody says; without a nick, list whom. A mask is such as troll!*@* or *!*@*.example.org."""
    if not arguments:
        _tell_list(client, "ignore", _NONE["ignore"], "Ignored: {}.")
    else:
        _add(client, "ignore", arguments)


@command("/unignore <ignored>", "settings", online=False)
def unignore(client: Client, arguments: str) -> None:
    """Show again what somebody says."""
    _take(client, "ignore", arguments, "{} was not ignored.")


@command("/highlight [words]", "settings", online=False)
def highlight(client: Client, arguments: str) -> None:
    """Let words count as a mention, beside your nick; without a word, list them."""
    if not arguments:
        _tell_list(client, "highlights", _NONE["highlights"], "Mentions: your nick, {}.")
    else:
        _add(client, "highlights", arguments)


@command("/unhighlight <highlighted>", "settings", online=False)
def unhighlight(client: Client, arguments: str) -> None:
    """Let words no longer count as a mention."""
    _take(client, "highlights", arguments, "{} was none of the words.")


@command("/filter [show|fold|hide|default]", "settings", online=False)
def filter_noise(client: Client, arguments: str) -> None:
    """Show joins, parts and quits in this window, fold them into one line, or hide them."""
    current, wanted, settings = window(client), arguments.lower(), client.settings
    if not wanted:
        now = noise_of(current.name, settings.noise, settings.noise_in)
        client.tell(f"{current.name}: {now}; /filter show, fold or hide changes that.")
        return
    if wanted not in (*NOISE, "default"):
        raise Mistake(f"/filter takes show, fold, hide or default, not {arguments}.")
    if "," in current.name:
        raise Mistake("A window with a comma in its name can have no filter of its own; /set noise is for all windows.")
    rest = {name: one for name, one in settings.noise_in.items() if name.lower() != current.name.lower()}
    change(client, "noise_in", rest if wanted == "default" else {**rest, current.name: wanted})


@command("/log [off|text|json|where]", "settings", online=False)
def log(client: Client, arguments: str) -> None:
    """Keep logs of all windows as text or JSON lines, or no more; show whether and where."""
    wanted = arguments.lower()
    if wanted in ROWS["logs"].choices:
        change(client, "logs", wanted)
    elif wanted not in ("", "where"):
        raise Mistake(f"/log takes off, text, json or where, not {arguments}.")
    if wanted != "off":
        _tell_log(client)


def _tell_log(client: Client) -> None:
    form, current = client.settings.logs, client.windows.current
    try:
        path = client.logs.path(current) if current is not None else None
    except BadPath as error:
        raise Mistake(str(error)) from None
    if form == "off":
        client.tell(f"Nothing is logged; /log text or /log json starts that, in {client.logs.folder}.")
    elif path is None:
        client.tell(f"Logs ({form}) go to {client.logs.folder}; this window has none.")
    else:
        client.tell(f"This window is logged ({form}) in {path}.")


# Changing


def change(client: Client, name: str, value: Value) -> None:
    """Put a value in force, keep it in the file, and say so. Raises Mistake."""
    one = _row(name)
    try:
        client.change_setting(one.name, value)
    except BadSetting as error:
        raise Mistake(str(error)) from error
    _say(client, one, _saved(client, one))


def _saved(client: Client, one: Row, forget: bool = False) -> str:
    """What is to be said of the keeping, "" when there is nothing to say. A complaint is made here."""
    if client.settings_path is None:
        return "until the end of this client"
    try:
        if forget:
            file.forget(client.settings_path, one.name)
        else:
            file.save(client.settings_path, one.name, value_of(client.settings, one.name))
    except BadSetting as error:
        client.complain(str(error))
        return "until the end of this client"
    return "from the next start on" if one.name in AT_START else ""


def _say(client: Client, one: Row, remark: str) -> None:
    behind = f" ({remark})" if remark else ""
    if one.name in _NONE and not value_of(client.settings, one.name):
        client.tell(f"{_NONE[one.name]}{behind}")
    else:
        client.tell(f"{one.name} = {_shown(client, one)}{behind}")


def _row(name: str) -> Row:
    try:
        return row(name)
    except BadSetting as error:
        raise Mistake(str(error)) from error


def _parsed(name: str, text: str) -> Value:
    try:
        return parse(name, text)
    except BadSetting as error:
        raise Mistake(str(error)) from error


def _add(client: Client, name: str, words: str) -> None:
    known: tuple[str, ...] = getattr(client.settings, name)
    new = [word for word in _words(words) if word.lower() not in {one.lower() for one in known}]
    if new:
        change(client, name, (*known, *new))
    else:
        client.tell(f"{words} is there already.")


def _take(client: Client, name: str, words: str, missing: str) -> None:
    known: tuple[str, ...] = getattr(client.settings, name)
    gone = {word.lower() for word in _words(words)}
    rest = tuple(one for one in known if one.lower() not in gone)
    if len(rest) == len(known):
        raise Mistake(missing.format(words))
    change(client, name, rest)


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


# Showing


def _tell_list(client: Client, name: str, empty: str, some: str) -> None:
    words: tuple[str, ...] = getattr(client.settings, name)
    client.tell(some.format(", ".join(words)) if words else empty)


def _list(client: Client, groups: Iterable[str]) -> None:
    width = max(map(len, names()))
    for group in groups:
        client.tell(f"-- {group}")
        for one in ROWS.values():
            if one.group == group:
                differs = "*" if value_of(client.settings, one.name) != one.default else " "
                client.tell(f"{differs} {one.name:{width}}  {_shown(client, one)}")
    client.tell(
        "* differs from the default. /set NAME explains one, /set NAME VALUE changes it, /unset NAME undoes that."
    )


def _explain(client: Client, one: Row) -> None:
    differs = value_of(client.settings, one.name) != one.default
    default = f" (default: {shown(one.name, one.default)})" if differs else ""
    client.tell(f"{one.name} = {_shown(client, one)}{default}")
    client.tell(f"{one.help}. It may be {one.allowed}.")


def _shown(client: Client, one: Row) -> str:
    return shown(one.name, value_of(client.settings, one.name))
