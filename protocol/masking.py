"""Lines for logs and traces, secrets masked. Owns: which requests hold secrets. Must not: fail on any line."""

import json
import re
from collections.abc import Callable
from typing import Any

MASK = "****"
_SECRET_VERBS = "PASS|WEBIRC|AUTH|AUTHENTICATE|OPER|REGISTER|VERIFY|SET +PASSWORD|NS|NICKSERV|IDENTIFY"
_SECRET_VERBS += r"|(?:PRIVMSG|NOTICE) +:?[^ ]*NICKSERV[^ ]*"  # also one of several targets
_IRC = re.compile(rb" *(?:@[^ ]* +)?(?::[^ ]* +)?(" + _SECRET_VERBS.encode() + rb") .*", re.I | re.S)
_SECRET_KEY = re.compile(r"pass|pwd|secret", re.I)
_LINK_SECRETS = {"Asked": "params", "Answered": "replies"}  # of facts: a question may be whether a password is right
# What is no whole JSON object may be part of one, such as a line of an indented one: hidden from a suspicious key on.
_SUSPICIOUS = re.compile(rb"(?:pass|pwd|secret|\\u).*", re.I | re.S)


def masked(line: bytes) -> str:
    """One line, without its end, as it may be shown in a log: secrets as `****`, control characters escaped."""
    if line.lstrip()[:1] == b"{":
        text = _masked_json(line)
    elif b'"' in line:
        text = _cut(line)
    else:
        text = _IRC.sub(rb"\1 " + MASK.encode(), line).decode(errors="replace")
    return escaped(text.rstrip("\r"))


def escaped(text: str) -> str:
    """Text that others have written, with nothing in it that a log or a terminal would obey."""
    return text.encode("unicode_escape").decode()


def _masked_json(line: bytes) -> str:
    try:
        data = json.loads(line)
        is_secret = _is_secret_to_nickserv if _speaks_to_nickserv(data) else _SECRET_KEY.search
        hidden = _LINK_SECRETS.get(str(data.get("fact"))) if isinstance(data, dict) else None
        if hidden in data:
            data = {**data, hidden: MASK}
        return json.dumps(without_secrets(data, is_secret, MASK), ensure_ascii=False)
    except (ValueError, RecursionError):
        return _cut(line)


def _speaks_to_nickserv(data: object) -> bool:
    parameters = data.get("parameters") if isinstance(data, dict) else None
    if not isinstance(parameters, dict):
        return False
    return any("nickserv" in str(parameters.get(key)).lower() for key in ("recipient", "chat_name"))


def _is_secret_to_nickserv(key: str) -> bool:
    return key == "payload" or _SECRET_KEY.search(key) is not None


def _cut(line: bytes) -> str:
    line = _IRC.sub(rb"\1 " + MASK.encode(), line)
    return _SUSPICIOUS.sub(MASK.encode(), line, count=1).decode(errors="replace")


def without_secrets(value: Any, is_secret: Callable[[str], object], mask: str) -> Any:
    """JSON data with `mask` in place of the value of every key for which `is_secret` holds."""
    if isinstance(value, dict):
        return {k: mask if is_secret(k) else without_secrets(v, is_secret, mask) for k, v in value.items()}
    if isinstance(value, list):
        return [without_secrets(item, is_secret, mask) for item in value]
    return value
