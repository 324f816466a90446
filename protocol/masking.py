"""Lines for logs and traces, with their secrets masked. Owns: which requests hold secrets. Must not: decode them."""

import re

_IRC = re.compile(
    rb"^(?:@\S* +)?(?::\S* +)?(PASS|AUTHENTICATE|OPER|REGISTER|SET PASSWORD|NS|NICKSERV|IDENTIFY) +.*", re.I
)
_JSON = re.compile(rb'("password"\s*:\s*)"(?:[^"\\]|\\.)*"?', re.I)


def masked(line: bytes) -> str:
    """One line, without its end, as it may be shown in a log: passwords as `****`, control characters escaped."""
    is_json = line.lstrip()[:1] == b"{"
    line = _JSON.sub(rb'\1"****"', line) if is_json else _IRC.sub(rb"\1 ****", line)
    return line.decode(errors="replace").rstrip("\r").encode("unicode_escape").decode()
