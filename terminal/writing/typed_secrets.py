"""Which part of a line is a secret while it is typed, and which secret is still missing.

Owns: where in a typed line dots are shown. Must not: decide what is kept (`terminal.keeping.secret_lines`).
"""

import re

from protocol import masking
from terminal.commands.registry import find
from terminal.writing.completion import arguments_of

_BEHIND = re.compile(r"/(?:(?:raw|quote|show)\s+/?)*", re.IGNORECASE)  # where the command of a protocol may begin
_MORE = " x"  # as if one went on: a word that is being typed may still be one that no secret follows


def secret_start(line: str, window: str = "") -> int | None:
    """Where the secret begins in a line that is typed into `window`; None when there is none, yet."""
    if line.startswith("/") and not line.startswith("//"):
        start = _in_command(line)
    else:
        start = masking.told_secret(window, line + _MORE)
    return start if start is not None and start < len(line) else None


def missing_secret(line: str) -> str | None:
    """What to ask for when the command takes a password that the line leaves out: the end of "Password of ..."."""
    name, _, rest = line.strip().partition(" ")
    row = find(name) if name.startswith("/") else None
    place = _password_place(name)
    words = rest.split()
    if row is None or place is None or not row.required <= len(words) <= place:
        return None
    if any("account" not in argument.kinds for argument in arguments_of(row)[len(words) : place]):
        return None
    return words[-1] if words else "your account"


def with_secret(line: str, account: str, secret: str) -> str:
    """The line with the secret behind it. account -- put in where the command takes one and the line names none."""
    words = line.split()
    row = find(words[0])
    for argument in arguments_of(row)[len(words) - 1 :] if row else ():
        if "password" in argument.kinds:
            break
        words.append(account)
    return " ".join([*words, secret])


def _in_command(line: str) -> int | None:
    place = _password_place(line.partition(" ")[0])
    if place is not None:
        found = re.compile(rf"\S+\s+(?:\S+\s+){{{place}}}").match(line)
        return found.end() if found else None
    typed = masking.typed_secret(line)
    if typed is not None:
        return typed
    begin = _BEHIND.match(line)
    end = begin.end() if begin else 0
    start = masking.secret_start(line[end:] + _MORE)
    return None if start is None else end + start


def _password_place(name: str) -> int | None:
    """How many words stand before the password of a command; None when it takes none."""
    row = find(name)
    for place, argument in enumerate(arguments_of(row) if row else ()):
        if "password" in argument.kinds:
            return place
    return None
