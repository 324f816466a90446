"""The one line below the talk that helps with what is being typed.

Owns: what it says, and what matters most when there is more than one thing to say. Must not: draw.
"""

from terminal.client import Client
from terminal.commands.registry import ALIASES, Command, find
from terminal.settings import BadSetting, table
from terminal.writing import preview, sending
from terminal.writing.completion import argument_at, arguments_of, commands_like

Part = tuple[str, str]  # a style of the theme, and a text
TIP, NOW, BAD = "class:tooltip", "class:tooltip bold underline", "class:problem"
MOST_NAMES = 12
MANY_WAITING = 3  # fewer are on their way in a moment; joining a channel alone asks for two things


def tooltip(client: Client, text: str, cursor: int) -> list[Part]:
    """Parts of the line; [] when there is nothing to say."""
    if text.startswith("/") and not text.startswith("//") and "\n" not in text:
        return _of_command(client, text, cursor)
    waiting = client.session.outbox.typed_waiting if client.session is not None else 0
    if waiting >= MANY_WAITING:
        return [(TIP, f"{waiting} lines wait to be sent; Ctrl-G throws them away")]
    return _size(client, text)


def _size(client: Client, text: str) -> list[Part]:
    lines = len(sending.lines_of(text)) if "\n" in text else 1
    count = preview.messages(client, text) if text else 0
    if lines > 1 and (count == 1 or len(text) > preview.LONGEST):
        what = f"{lines} lines, one message" if count == 1 else f"{lines} lines"
        return [(TIP, f"{what}; Enter sends")]
    if lines > 1:
        return [(TIP, f"{lines} lines, {count} messages; Enter sends")]
    return [(TIP, f"{count} messages: the text is longer than one can be")] if count > 1 else []


def _of_command(client: Client, text: str, cursor: int) -> list[Part]:
    name, space, _ = text.partition(" ")
    if space:
        row = find(name)
        return _unknown(name) if row is None else [*_usage(row, text[:cursor]), *_more(client, text)]
    found = commands_like(name)
    if not any(_begins(row, name) for row in found):
        return _unknown(name)
    exact = find(name)
    if exact is not None and (len(found) == 1 or exact.name == name.lower()):
        return _usage(exact, text)
    if len(found) == 1:
        return _usage(found[0], text)
    return [(TIP, "  ".join(row.name for row in found[:MOST_NAMES]) + ("  ..." if len(found) > MOST_NAMES else ""))]


def _begins(row: Command, name: str) -> bool:
    forms = [row.name, *(short for short, full in ALIASES.items() if full == row.name)]
    return any(form.startswith(name.lower()) for form in forms)


def _usage(row: Command, before: str) -> list[Part]:
    """The usage with the argument at the cursor emphasised, and the help."""
    arguments = arguments_of(row)
    _, space, rest = before.partition(" ")
    current = argument_at(row, rest)[0] if space and arguments else -1
    parts = [(TIP, row.name)]
    for index, argument in enumerate(arguments):
        parts += [(TIP, " "), (NOW if index == current else TIP, argument.shown)]
    return [*parts, (TIP, f"  {_of_value(row, rest) or row.help}")]


def _of_value(row: Command, rest: str) -> str:
    """What the value of a setting may be, once it is known which one; else ""."""
    name, space, _ = rest.partition(" ")
    if row.name != "/set" or not space:
        return ""
    try:
        setting = table.row(name)
    except BadSetting as error:
        return str(error)
    return f"{setting.allowed} ({setting.help})"


def _more(client: Client, text: str) -> list[Part]:
    count = preview.messages(client, text)
    return [(TIP, f"  {count} messages")] if count > 1 else []


def _unknown(name: str) -> list[Part]:
    near = commands_like(name)
    if name in ("/",):
        return [(TIP, "a command: Tab shows all; //text says /text")]
    meant = f" Did you mean {near[0].name}? (Tab)" if near else " /help lists all."
    return [(BAD, f"There is no command {name}.{meant}")]
