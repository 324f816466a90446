"""Which numerics of IRC are errors, which are noise, and how any of them reads as a sentence.

Owns: these tables. Must not: keep state; the dialects decide what a numeric changes.
"""

from collections.abc import Sequence

QUIET = frozenset({"004", "005", "321", "329", "333", "375", "376"})  # parsed elsewhere, or nothing a person needs
NAME_TAKEN = frozenset({"433", "436", "437"})
NAME_REFUSED = frozenset({"431", "432"})
TURNED_AWAY = frozenset({"463", "464", "465", "466"})
_NO_ERROR = frozenset({"422"})  # "no message of the day"
_LATER_ERRORS = frozenset({"691", "696", "723", "734", "972", "974"})


def is_error(numeric: str) -> bool:
    """Whether the numeric says that something was not done."""
    return ("400" <= numeric <= "599" and numeric not in _NO_ERROR) or numeric in _LATER_ERRORS


def information(numeric: str, params: Sequence[str]) -> str:
    """A numeric that is no error as a person reads it."""
    if numeric == "372":
        return params[-1].removeprefix("- ")
    if numeric in ("265", "266"):  # the counts stand in the text as well
        return params[-1]
    return " ".join(params) if numeric in ("252", "253", "254") else sentence(params)


def sentence(params: Sequence[str]) -> str:
    """The parameters after the target as a person reads them: `#x: No such channel`."""
    if len(params) > 1 and " " in params[-1]:
        return f"{' '.join(params[:-1])}: {params[-1]}"
    return " ".join(params)
