"""Which typed lines hold a secret. Owns: that decision, for lines before they become lines of a protocol.

Must not: change a line. In doubt a line counts as secret: losing one from the history costs nothing.
"""

import re

from protocol.masking import masked
from terminal.dialects.secrets import mask_irc, mask_json

_SUSPICIOUS = re.compile(r"nickserv|passw|\bidentify\b|\bpwd\b", re.IGNORECASE)
_SECRET_COMMANDS = frozenset(
    {"auth", "identify", "login", "ns", "oper", "pass", "register", "sasl", "verify", "webirc"}
)  # fmt: skip
_DEPTH = 4  # commands that take a command: "/show msg NickServ ...", "/raw PRIVMSG ..."


def may_keep(text: str, window: str = "") -> bool:
    """Whether what was typed into `window` may go into a file: False for whatever may hold a password."""
    return not is_service(window) and all(_is_harmless(line) for line in text.splitlines())


def is_service(window: str) -> bool:
    """Whether one tells passwords to the other side of a window."""
    return "nickserv" in window.lower()


def _is_harmless(line: str) -> bool:
    if _SUSPICIOUS.search(line):
        return False
    if not line.lstrip().startswith(("/", "{")):
        return True
    words = line.strip().lstrip("/ ")
    for _ in range(_DEPTH):
        if _is_secret(words):
            return False
        _, _, words = words.partition(" ")
        words = words.strip()
    return True


def _is_secret(line: str) -> bool:
    """Whether `line`, as a command of the client or of a protocol, has a part that is masked once it is sent."""
    if not line:
        return False
    command, _, rest = line.lstrip("/").partition(" ")
    if command.lower() in _SECRET_COMMANDS and rest.strip():
        return True
    if line.startswith("{") and "****" in masked(line.encode(errors="replace")):
        return True
    return mask_irc(line) != line or mask_json(line) != line
