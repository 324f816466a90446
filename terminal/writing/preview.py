"""What will become of a text before it is sent: where the length of a line cuts it, and how many messages it makes.

Owns: which part of a typed line goes to whom. Must not: send, or count bytes by itself; the dialects do.
"""

from dataclasses import dataclass
from itertools import accumulate

from terminal.client import Client
from terminal.commands.registry import find
from terminal.writing import sending

LONGEST = 20_000  # characters that are looked at while somebody types; more comes by a paste only
_TALK = {"/msg": 1, "/query": 1, "/notice": 1, "/me": 0}  # commands that say something, and the words before it


@dataclass(frozen=True, slots=True)
class Speech:
    """What a typed line says: to whom, the text, where the text begins in the line; `action`: as /me does."""

    target: str
    text: str
    start: int = 0
    action: bool = False


def speech(client: Client, line: str) -> Speech | None:
    """What the line would say, None when it says nothing (a command, or nobody to say it to)."""
    current = client.windows.current
    here = current.name if current is not None and current.kind in ("channel", "private") else ""
    if not line.startswith("/"):
        return Speech(here, line) if here else None
    if line.startswith("//"):
        return Speech(here, line[1:], 1) if here else None
    name, _, _ = line.partition(" ")
    row = find(name)
    if row is None or row.name not in _TALK:
        return None
    words = line.split(" ", 1 + _TALK[row.name])
    if len(words) < 2 + _TALK[row.name]:
        return None
    target = words[1] if _TALK[row.name] else here
    return Speech(target, words[-1], len(line) - len(words[-1]), row.name == "/me") if target else None


def cuts(client: Client, line: str) -> list[int]:
    """The places in a line where a new message begins; [] when all of it fits into one."""
    said = speech(client, line) if client.session is not None and len(line) <= LONGEST else None
    if said is None or client.session is None:
        return []
    pieces = client.session.dialect.pieces(said.target, said.text, said.action)
    return [said.start + end for end in accumulate(map(len, pieces[:-1]))]


def messages(client: Client, text: str) -> int:
    """How many messages the text makes; several lines are one where the server takes them so."""
    lines = [line for line in sending.lines_of(text) if line.strip()] if len(text) <= LONGEST else []
    if len(lines) < 2:
        return 1 + len(cuts(client, lines[0])) if lines else 0
    if client.settings.multiline and sending.as_one_message(client):
        return 1
    return sum(1 + len(cuts(client, "/" + line if line.startswith("/") else line)) for line in lines)
