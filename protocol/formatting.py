"""Formatting bytes in texts: bold, colours and so on. Owns: their grammar, as IRC clients agree on it (toggles, mIRC
colours, hexadecimal colours). Must not: know where a text goes."""

import re

# A colour takes two digits where there are two; a comma without a digit behind it is text.
FORMATTING = re.compile(
    "\x03(?:(?P<foreground>[0-9]{1,2})(?:,(?P<background>[0-9]{1,2}))?)?"
    "|\x04(?:(?P<hex_foreground>[0-9A-Fa-f]{6})(?:,(?P<hex_background>[0-9A-Fa-f]{6}))?)?"
    "|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)


def strip_formatting(text: str) -> str:
    """`text` without formatting and its parameters."""
    return FORMATTING.sub("", text)
