"""Names of emoji, as `:smile:`. Owns: which ones are offered, and in which order. Must not: draw them.

Only emoji of one code point: a terminal would show the others as several, or as letters (`terminal.text.clean`).
"""

from functools import cache

_VARIATION = "\ufe0f"


@cache
def names() -> dict[str, str]:
    """The character by its name without the colons; short names that people know come first."""
    import emoji  # the table takes its time to load; most conversations do without

    full: dict[str, str] = {}
    short: dict[str, str] = {}
    for character, row in emoji.EMOJI_DATA.items():
        if row["status"] > emoji.STATUS["fully_qualified"] or len(character.rstrip(_VARIATION)) != 1:
            continue
        full[row["en"].strip(":").lower()] = character
        short.update((alias.strip(":").lower(), character) for alias in row.get("alias", ()))
    return {**dict(sorted(short.items())), **{name: full[name] for name in sorted(full.keys() - short.keys())}}


def search(word: str, most: int = 40) -> list[tuple[str, str]]:
    """(name, character) of those whose name begins with `word`, then of those that hold it."""
    word = word.lower()
    known = names()
    begin = [name for name in known if name.startswith(word)]
    inside = [name for name in known if word in name and not name.startswith(word)]
    return [(name, known[name]) for name in (*begin, *inside)[:most]]
