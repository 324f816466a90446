"""One row of a table of settings: from what somebody wrote to a checked value, and back.

Owns: the kinds of value, their checks, and the sentences for a value that does not fit. Must not: know which
settings there are (`table`, `servers`), or read a file or a command line.
"""

import copy
import difflib
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

Value = bool | int | float | str | tuple[str, ...] | Mapping[str, str]
Kind = TypeVar("Kind", bool, int, float, str, tuple[str, ...], Mapping[str, str])

YES, NO = ("on", "yes", "true", "1"), ("off", "no", "false", "0")
# What would end a line somewhere, or steer a terminal; tabs and the bytes of mIRC formatting may stay.
_BREAKING = re.compile("[\0\n\v\f\r\x1b\x1c\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NEAR = 0.6


class BadSetting(Exception):
    """A setting cannot be had, or not with this value; the text is a sentence that says why and what is allowed."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says about one setting.

    help -- a sentence without its full stop; group -- a heading of `--help` and `/set`; choices -- all values there
    are, of a text or of each text in `dict`; unit -- of a number; least, most -- its bounds, both included;
    fits -- a further check of a text, or of each word of a list; what -- names what is allowed in place of the kind.
    """

    name: str
    default: Value
    help: str
    group: str = ""
    choices: tuple[str, ...] = ()
    unit: str = ""
    least: float | None = None
    most: float | None = None
    fits: Callable[[str], object] | None = None
    what: str = ""

    @property
    def kind(self) -> type:
        """The type of the values: bool, int, float, str, tuple (a list of words) or dict (a text for each name)."""
        return type(self.default)

    @property
    def allowed(self) -> str:
        """What a value may be, as the end of "it must be ..."."""
        return self.what or _ALLOWED[self.kind](self)

    @property
    def suggestions(self) -> tuple[str, ...]:
        """The values worth offering when somebody types one."""
        return ("on", "off") if self.kind is bool else self.choices if self.kind is str else ()


def setting(
    default: Kind,
    help: str,
    *,
    group: str = "",
    choices: tuple[str, ...] = (),
    unit: str = "",
    least: float | None = None,
    most: float | None = None,
    fits: Callable[[str], object] | None = None,
    what: str = "",
) -> Kind:
    """A field of a dataclass that is a table of settings. The parameters are those of `Row`."""
    row = Row("", default, help, group, choices, unit, least, most, fits, what)
    return field(default_factory=lambda: copy.copy(default), metadata={"row": row})


def rows_of(table: type[Any]) -> dict[str, Row]:
    """The rows of a dataclass whose fields were made by `setting`, by name and in their order."""
    return {one.name: replace(one.metadata["row"], name=one.name) for one in fields(table)}


def nearest(word: str, known: Collection[str]) -> str:
    """The end of a sentence about an unknown word: ` Did you mean "theme"?`, or nothing when none is near."""
    begin = [name for name in known if word and name.startswith(word.lower())]
    near = begin or difflib.get_close_matches(word.lower(), known, 1, _NEAR)
    return f' Did you mean "{near[0]}"?' if near else ""


def check(row: Row, value: object) -> Value:
    """`value` of a file or a program, when it fits the row; a list of words becomes a tuple. Raises BadSetting."""
    fitting = _fitting(row, value)
    if fitting is None:
        raise BadSetting(f"{row.name} must be {row.allowed}, not {_quoted(value)}.{_near_choice(row, value)}")
    return fitting


def _fitting(row: Row, value: object) -> Value | None:
    """The value as it is kept, None when it does not fit."""
    if row.kind is bool and isinstance(value, bool):
        return value
    if row.kind is int and type(value) is int and _is_within(row, value):
        return value
    if row.kind is float and isinstance(value, int | float) and not isinstance(value, bool) and _is_within(row, value):
        return float(value)
    if row.kind is str and isinstance(value, str) and _is_text(row, value):
        return str(value)
    if row.kind is tuple and isinstance(value, list | tuple) and all(_is_word(row, word) for word in value):
        return tuple(dict.fromkeys(str(word) for word in value))
    if row.kind is dict and isinstance(value, Mapping) and all(_is_pair(row, *pair) for pair in value.items()):
        return {str(name): str(one) for name, one in value.items()}
    return None


def _is_within(row: Row, number: float) -> bool:
    at_least, at_most = row.least is None or number >= row.least, row.most is None or number <= row.most
    return at_least and at_most and math.isfinite(number)


def _is_text(row: Row, text: str) -> bool:
    if row.choices:
        return text in row.choices
    return not _BREAKING.search(text) and (row.fits is None or bool(row.fits(text)))


def _is_word(row: Row, word: object) -> bool:
    """Whether it may stand in a list: commas separate, and spaces around are not kept."""
    return isinstance(word, str) and word == word.strip() != "" and "," not in word and _is_text(row, word)


def _is_pair(row: Row, name: object, value: object) -> bool:
    if not isinstance(name, str) or not isinstance(value, str) or _BREAKING.search(name):
        return False
    return name == name.strip() != "" and "," not in name and value in row.choices


def _quoted(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else f'"{value}"' if isinstance(value, str) else str(value)


def _near_choice(row: Row, value: object) -> str:
    return nearest(value, row.choices) if isinstance(value, str) and value else ""


def parse(row: Row, text: str) -> Value:
    """The value that somebody typed. A text in quotes is taken as it stands between them. Raises BadSetting."""
    typed = text.strip()
    fitting = _fitting(row, _READERS[row.kind](typed))
    return check(row, typed) if fitting is None else fitting


def _on_or_off(typed: str) -> bool | None:
    return True if typed.lower() in YES else False if typed.lower() in NO else None


def _number(read: Callable[[str], float], typed: str) -> float | None:
    try:
        return read(typed)
    except ValueError:
        return None


def _words(typed: str) -> list[str]:
    return [word.strip() for word in _unquoted(typed).split(",") if word.strip()]


def _pairs(typed: str) -> dict[str, str]:
    parts = (word.rpartition("=") for word in _words(typed))  # the value is one of few words, the name may hold "="
    return {name.strip(): value.strip() for name, _, value in parts}


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def shown(row: Row, value: Value) -> str:
    """The value as somebody would type it: `parse` makes the same of it."""
    match value:
        case bool():
            return "on" if value else "off"
        case int() | float():
            return f"{value:g}" if float(f"{value:g}") == value else str(value)
        case str():
            return value if value and value == value.strip() and _unquoted(value) == value else f'"{value}"'
        case tuple():
            return shown(row, ", ".join(value))
        case _:
            return shown(row, ", ".join(f"{name}={one}" for name, one in value.items()))


def _number_allowed(row: Row) -> str:
    what = "a whole number" if row.kind is int else "a number"
    unit = f" of {row.unit}" if row.unit else ""
    if row.most is None:
        return f"{what}{unit}" + ("" if row.least is None else f", at least {row.least:g}")
    return f"{what}{unit} from {row.least or 0:g} to {row.most:.15g}"


def listed(words: tuple[str, ...]) -> str:
    """`one, two or three`."""
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


_ALLOWED: dict[type, Callable[[Row], str]] = {
    bool: lambda row: "on or off",
    int: _number_allowed,
    float: _number_allowed,
    str: lambda row: listed(row.choices) if row.choices else "a text on one line",
    tuple: lambda row: "words with commas between them",
    dict: lambda row: f"pairs like #study={row.choices[0]} with commas between them, each {listed(row.choices)}",
}
_READERS: dict[type, Callable[[str], object]] = {
    bool: _on_or_off,
    int: lambda typed: _number(int, typed),
    float: lambda typed: _number(float, typed),
    str: _unquoted,
    tuple: _words,
    dict: _pairs,
}
