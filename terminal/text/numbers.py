"""Numbers that somebody else wrote. Owns: what counts as one. Must not: raise for what is none."""

_MOST_DIGITS = 18  # more is no count, time or place of anything, and Python refuses to read thousands


def whole(text: str) -> int | None:
    """A number of ASCII digits alone; None for anything else, and for one longer than any that means something."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None
