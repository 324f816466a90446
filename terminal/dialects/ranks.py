"""Ranks on a channel: the signs that stand in front of a name, told from the name.

Owns: which signs there are until a server says so. Must not: know what a rank allows.
"""

from protocol.modes import PREFIXES
from terminal.events import Present

USUAL: dict[str, str] = dict(PREFIXES)  # letter of a rank -> its sign, the highest first
USUAL_SIGNS = "".join(USUAL.values())


def are_fit(letters: str, signs: str) -> bool:
    """Whether a server may call its ranks so: a letter or digit and a sign for each, all of them ASCII and visible."""
    if len(letters) != len(signs) or not all(letter.isascii() and letter.isalnum() for letter in letters):
        return False
    return all("!" <= sign <= "~" and not sign.isalnum() for sign in signs)


def present(name: str, signs: str = USUAL_SIGNS) -> Present | None:
    """Somebody as a list of members names them, `@+wren`; None for signs without a nick. signs -- those of the server,
    the highest first."""
    nick = name.lstrip(signs)
    found = name[: len(name) - len(nick)]
    return Present(nick, "".join(sign for sign in signs if sign in found)) if nick else None
