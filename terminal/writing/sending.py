"""What is done with the text that somebody typed or pasted: a command, a line of talk, or several lines of it.

Owns: that several lines are always text, never commands, and whether they go as one message. Must not: ask anybody.
"""

from terminal import commands
from terminal.client import Client
from terminal.commands.registry import NotNow, doing, talk
from terminal.dialects.base import together
from terminal.text.clean import without_surrogates

SAMPLE_LINES = 3


def lines_of(text: str) -> list[str]:
    """The lines of a text, however they end, without blank ones at its ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
    return lines


def sample(text: str) -> list[str]:
    """The first lines of a text, and how many more there are."""
    lines = lines_of(text)
    shown, more = lines[:SAMPLE_LINES], len(lines) - SAMPLE_LINES
    return [*shown, f"... and {more:,} more line{'' if more == 1 else 's'}"] if more > 0 else shown


def send(client: Client, text: str, as_one: bool | None = None) -> bool:
    """Run one line, or say several. as_one -- as one message, where the server has such; None: as the settings say.
    False when it cannot be done now: the text should stay where it was typed."""
    lines = lines_of(without_surrogates(text))
    if len(lines) < 2:
        return commands.run(client, "".join(lines))
    is_done = False
    try:
        with doing(client, text):
            session, target = talk(client)
            if client.settings.multiline if as_one is None else as_one:
                session.do(session.dialect.say_lines(target, lines))
            else:
                session.do(together([session.dialect.say(target, line) for line in lines if line.strip()]))
            is_done = True
    except NotNow as error:
        client.complain(str(error))
    return is_done


def as_one_message(client: Client) -> bool:
    """Whether the server that one looks at takes several lines as one message (draft/multiline)."""
    return client.session is not None and "multiline" in client.session.dialect.features
