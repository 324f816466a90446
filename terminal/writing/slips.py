"""Texts that look like a command gone wrong: a slash that was swallowed, or a letter too many before it.

Owns: what is worth a question before everybody reads it. Must not: ask it.
"""

import re

from terminal.client import Client
from terminal.commands.registry import find
from terminal.writing.completion import arguments_of
from terminal.writing.typed_secrets import secret_start

_STRAY = re.compile(r"(?:\s+|\s*\S\s*)(/[a-z]+)(?=\s|$)", re.IGNORECASE)  # one character, or blanks
_WORD = re.compile(r"\s*([a-z]+)\s+(\S+)", re.IGNORECASE)
_SERVICE = re.compile(r"\w+serv(@.*)?", re.IGNORECASE)


def meant(client: Client, text: str) -> str:
    """The command that was probably meant by a text that is none, such as `/msg`; "" for an ordinary text."""
    if text.startswith("/") or "\n" in text:
        return ""
    stray, word = _STRAY.match(text), _WORD.match(text)
    if stray is not None:
        return stray[1] if find(stray[1]) is not None else ""
    if word is None or find(f"/{word[1]}") is None:
        return ""
    name = f"/{word[1].lower()}"
    has_secret = secret_start(f"/{text.strip()}") is not None
    return name if has_secret or _addresses(client, name, word[2]) else ""


def corrected(text: str) -> str:
    """The text as the command that was meant."""
    return text[text.index("/") :] if _STRAY.match(text) else f"/{text.lstrip()}"


def _addresses(client: Client, name: str, whom: str) -> bool:
    """Whether the word behind the name of a command is one that it would take there, and a sentence hardly has."""
    row, session = find(name), client.session
    arguments = arguments_of(row) if row is not None else ()
    kinds = arguments[0].kinds if arguments else ()
    if session is None or not kinds:
        return False
    if "channel" in kinds and session.dialect.is_channel(whom):
        return True
    return name == "/msg" or ("nick" in kinds and _SERVICE.fullmatch(whom) is not None)
