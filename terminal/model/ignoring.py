"""Whose lines are not shown. Owns: what an entry of the list of the ignored fits. Must not: know windows or events."""

from collections.abc import Iterable

from protocol import names


def is_ignored(entries: Iterable[str], mask: str) -> bool:
    """Whether one of the entries (nicks, or masks over `nick!user@host`) fits somebody. mask -- `nick!user@host`, or
    the nick alone where nobody told more: then an entry that asks for a host does not fit."""
    nick, bang, _ = mask.partition("!")
    whole = mask if bang else f"{nick}!@"
    return any(_fits(entry, nick, whole) for entry in entries)


def _fits(entry: str, nick: str, whole: str) -> bool:
    if not set("!@") & set(entry) and names.mask_matches(entry, nick):
        return True
    return names.mask_matches(names.normalise_mask(entry), whole)
