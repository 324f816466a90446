"""Makes text from the network harmless for a terminal.

Owns: what may reach the screen. Must not: print. An escape sequence of a stranger could move the cursor, rename the
window or answer as if it were typed; a direction mark could make one line look like another.
"""

import re

# mIRC formatting: a colour takes one or two digits, a comma without a digit is text; 0x04 takes six hexadecimal ones.
_FORMATTING = re.compile(
    "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escape(text: str) -> str:
    """`text` with every control and direction character in a visible form such as `\\x1b`."""
    return _HARMFUL.sub(_visible, text)


def plain(text: str) -> str:
    """`text` as a person reads it: without mIRC formatting, tabs as spaces, everything else that is harmful escaped."""
    return escape(_FORMATTING.sub("", text).replace("\t", " "))


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
