"""Hides passwords in lines that are shown.

Owns: which parameters of which commands are secret. Must not: change a line that is sent.
"""

import json
import re
from typing import Any

from protocol.masking import without_secrets
from protocol.message import format_message
from terminal.dialects.parsing import parsed

MASK = "********"
_MECHANISM = re.compile(r"[+*]|PLAIN|EXTERNAL|SCRAM-[A-Z0-9-]+", re.IGNORECASE)
_FIRST_SECRET = {  # the parameter where the secret begins
    "PASS": 0,
    "AUTH": 0,
    "OPER": 1,
    "REGISTER": 2,
    "VERIFY": 1,
    "NS": 1,
    "NICKSERV": 1,
}


def mask_irc(line: str) -> str:
    """An IRC line, of either direction, without its secrets."""
    message = parsed(line.lstrip())
    command = message.command.upper()
    if command == "AUTHENTICATE":
        first = 0 if message.params and not _MECHANISM.fullmatch(message.params[0]) else 1
    elif command in _FIRST_SECRET:
        first = _FIRST_SECRET[command]
    elif command in ("PRIVMSG", "NOTICE") and message.params and "nickserv" in message.params[0].lower():
        first = 1
    else:
        return line
    if len(message.params) <= first:
        return line
    return format_message(message.command, *message.params[:first], MASK, source=message.source, tags=message.tags)


def mask_json(line: str) -> str:
    """A JSON line without the values of keys with `password` in them; what is not JSON and might hold one is hidden as
    a whole."""
    if "password" not in line.lower() and "\\u" not in line:
        return line
    keys: set[str] = set()  # also those that are there twice, of which the data holds the last only

    def noting(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys.update(key for key, _ in pairs)
        return dict(pairs)

    try:
        data = json.loads(line, object_pairs_hook=noting)
        if not any(map(_is_password, keys)):
            return line
        return json.dumps(without_secrets(data, _is_password, MASK), ensure_ascii=False)
    except (ValueError, RecursionError):
        return MASK


def _is_password(key: str) -> bool:
    return "password" in key.lower()
