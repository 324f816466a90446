"""Which part of a line is a secret while it is typed, and which secret is still missing.

Owns: where in a typed line dots are shown. Must not: decide what is kept (`terminal.keeping.secret_lines`).
"""

import re

from terminal.commands.registry import find
from terminal.dialects.secrets import MASK, mask_irc
from terminal.keeping.secret_lines import is_service
from terminal.writing.completion import arguments_of

_TO_SERVICE = re.compile(r"/(?:msg|m|query|q|notice)\s+\S*nickserv\S*\s+", re.IGNORECASE)
_RAW = re.compile(r"/(?:raw|quote)\s+", re.IGNORECASE)
_HARMLESS = frozenset({"help", "info", "status", "list", "acc", "logout"})  # what one asks a service without a secret


def secret_start(line: str, window: str = "") -> int | None:
    """Where the secret begins in a line that is typed into `window`; None when there is none, yet."""
    service = _TO_SERVICE.match(line)
    if service is not None:
        return _behind_word(line, service.end())
    raw = _RAW.match(line)
    if raw is not None:
        return _in_raw(line, raw.end())
    if line.startswith("/") and not line.startswith("//"):
        return _in_command(line)
    return _behind_word(line, 0) if is_service(window) else None


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


def _behind_word(line: str, start: int) -> int | None:
    """Behind the first word that a service is told, unless it is one that no secret follows."""
    word = re.compile(r"\S+\s+").match(line, start)
    if word is None or word[0].strip().lower() in _HARMLESS:
        return None
    return word.end()


def _in_raw(line: str, start: int) -> int | None:
    body = line[start:]
    masked = mask_irc(body)
    if masked == body or MASK not in masked:
        return None
    words = len(masked[: masked.index(MASK)].split())
    found = re.compile(rf"\s*(?:\S+\s+){{{words}}}").match(body)
    return start + found.end() if found else start


def _in_command(line: str) -> int | None:
    place = _password_place(line.partition(" ")[0])
    if place is None:
        return None
    found = re.compile(rf"\S+\s+(?:\S+\s+){{{place}}}").match(line)
    return found.end() if found else None


def _password_place(name: str) -> int | None:
    """How many words stand before the password of a command; None when it takes none."""
    row = find(name)
    for place, argument in enumerate(arguments_of(row) if row else ()):
        if "password" in argument.kinds:
            return place
    return None
