"""THE table of what server notices are about: a row for each subject, with the letter that asks for it (`MODE <nick> +s
+ck`). Owns: the letters and the parsing of such a mask. Must not: know who gets a notice."""

from typing import NamedTuple


class Subject(NamedTuple):
    """A row: the letter, the word that stands before a notice, and what is told under it."""

    letter: str
    title: str
    does: str


SUBJECTS = {
    row.letter: row
    for row in (
        Subject("b", "Ban", "server-wide bans that are set, lifted or have ended"),
        Subject("c", "Connect", "users that come and go"),
        Subject("f", "Flood", "connections that are refused or closed because of a limit"),
        Subject("k", "Kill", "users whom an operator disconnected"),
        Subject("l", "Login", "logins to accounts that failed"),
        Subject("n", "Nick", "changes of nicks"),
        Subject("o", "Oper", "who became an operator, who failed to, and what operators do with their privileges"),
        Subject("s", "Link", "servers that come and go, and links that cannot be made or are cut"),
    )
}
DEFAULT = "bfklos"  # what a new operator gets: all but what a busy server would say all the time


def wanted(present: frozenset[str], change: str) -> tuple[frozenset[str], bool]:
    """`present` with a change such as `+ck-o` made, and whether the change had letters that there are not. No sign at
    the start is a `+`."""
    letters, unknown, adding = set(present), False, True
    for letter in change:
        if letter in "+-":
            adding = letter == "+"
        elif letter not in SUBJECTS:
            unknown = True
        elif adding:
            letters.add(letter)
        else:
            letters.discard(letter)
    return frozenset(letters), unknown
