"""Which typed lines hold a secret. Owns: that decision, for lines before they become lines of a protocol.

Must not: change a line. In doubt a line counts as secret: losing one from the history costs nothing.
"""

import re

from protocol.masking import LOGIN_COMMANDS, hidden, keeps_accounts, told_secret, typed_secret

_SUSPICIOUS = re.compile(r"nickserv|passw|\bidentify\b|\bpwd\b", re.IGNORECASE)
_COMMAND = re.compile(r"(?:^|\s)/+\s*(?:(?:raw|quote|show)\s+/*)*", re.IGNORECASE)  # also one that slipped into a text


def may_keep(text: str, window: str = "") -> bool:
    """Whether what was typed into `window` may go into a file: False for whatever may hold a password."""
    return not keeps_accounts(window) and all(_is_harmless(line, window) for line in text.splitlines())


def _is_harmless(line: str, window: str) -> bool:
    if _SUSPICIOUS.search(line) or typed_secret(line) is not None or told_secret(window, line) is not None:
        return False
    if line.lstrip().startswith("{"):
        return hidden(line) == line
    return not any(_is_secret(line[found.end() :].strip()) for found in _COMMAND.finditer(line))


def _is_secret(line: str) -> bool:
    """Whether `line`, as a command of the client or of a protocol, has a part that is masked once it is sent."""
    command, _, rest = line.partition(" ")
    return (command.upper() in LOGIN_COMMANDS and bool(rest)) or hidden(line) != line
