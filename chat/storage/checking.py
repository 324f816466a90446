"""Documents against their JSON Schemas (draft 2020-12), with the answer as one sentence for the person who wrote them.

Owns: the schemas of this folder and the wording of what is wrong. Must not: read documents from disk; change them.
"""

import difflib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.protocols import Validator

_SCHEMAS = Path(__file__).parent / "schemas"
_TYPE_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table of keys and values",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: the key path (`listen[0].port`, empty for the whole document) and the reason."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason


def first_problem(schema: str, document: Any, safe_texts: bool = True) -> Problem | None:
    """The most telling problem of `document` under `schemas/<schema>.json`; None when it is valid.

    With `safe_texts`, a text with CR, LF, NUL or half a surrogate pair is refused: it would end up in a protocol line.
    """
    try:
        unsafe = _unsafe_text(document, ()) if safe_texts else None
        if unsafe is not None:
            return Problem(key_path(unsafe), "holds a line break or another character that no protocol line can carry")
        errors = list(_plain_errors(_validator(schema).iter_errors(document)))
    except RecursionError:
        return Problem("", "is nested too deeply")
    # An unknown key first: a mistyped one often shows up as a required one that is missing, too.
    unknown = [error for error in errors if error.validator == "additionalProperties"]
    return _describe((unknown or errors)[0], _schema(schema)) if errors else None


def key_path(steps: Iterable[str | int]) -> str:
    """`("listen", 0, "port")` as a person writes it: `listen[0].port`."""
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def nearest_key(key: str, known: Sequence[str]) -> str:
    """The end of a sentence about the unknown `key`: the nearest of the `known`, or all of them when none is near."""
    near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(sorted(known))}"


@cache
def _schema(name: str) -> Mapping[str, object]:
    document: dict[str, object] = json.loads((_SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return document


@cache
def _validator(name: str) -> Validator:
    """The prebuilt validator of a schema. 32.0 is no integer here: it would become a float where an int is promised."""
    checker = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    strict: Callable[[Mapping[str, object]], Validator]
    strict = validators.extend(Draft202012Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    return strict(_schema(name))


def _unsafe_text(value: object, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    if isinstance(value, str):
        unsafe = any(char in value for char in "\r\n\0") or any("\ud800" <= char <= "\udfff" for char in value)
        return path if unsafe else None
    pairs: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        found = _unsafe_text(inner, (*path, key))
        if found is not None:
            return found
    return None


def _plain_errors(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """The errors, with those of the alternative that was meant in place of "none of the alternatives holds"."""
    for error in errors:
        branches: dict[object, list[ValidationError]] = {}
        for inner in error.context or ():
            branches.setdefault(inner.schema_path[0], []).append(inner)
        meant = [
            branch for branch in branches.values() if not any(x.validator == "type" and not x.path for x in branch)
        ]
        yield from _plain_errors(meant[0]) if meant else (error,)


def _describe(error: ValidationError, root: Mapping[str, object]) -> Problem:
    place, rule = key_path(error.absolute_path), error.validator
    schema: Any = error.schema
    rule_value: Any = error.validator_value
    instance: Any = error.instance
    is_secret = place.endswith(("password", "secret"))  # which no message may hold
    value = "something else" if is_secret else _shown(instance)
    if rule == "additionalProperties":
        return _unknown_key(place, instance, list(schema.get("properties", {})), root)
    if rule == "required":
        missing = next(key for key in rule_value if key not in instance)
        return Problem(place, f'the key "{missing}" is missing')
    if rule == "minLength":
        return Problem(place, "is empty")
    if rule == "type":
        allowed = f"{_type_names(rule_value)} {_bounds(schema)}".rstrip()
    elif rule == "anyOf":
        allowed = " or ".join(_type_names(branch.get("type", "object")) for branch in rule_value)
    elif rule in ("minimum", "maximum"):
        allowed = f"a whole number {_bounds(schema)}"
    elif rule == "pattern":
        allowed = schema.get("description", "something else")
    else:
        return Problem(place, error.message)
    return Problem(place, f"found {value}, allowed is {allowed}")


def _unknown_key(place: str, found: Iterable[str], known: list[str], root: Mapping[str, object]) -> Problem:
    unknown = next(key for key in found if key not in known)
    top = root.get("properties")
    if place and isinstance(top, dict) and unknown in top:
        hint = "it belongs at the top of the file, before the first [table]"
    else:
        hint = nearest_key(unknown, known)
    return Problem(place, f'unknown key "{unknown}"; {hint}')


def _type_names(types: str | list[str]) -> str:
    return " or ".join(_TYPE_NAMES[name] for name in ([types] if isinstance(types, str) else types))


def _bounds(schema: Mapping[str, object]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None or high is None:
        return "" if low is None else f"from {low} on"
    return f"from {low} to {high}"


def _shown(value: object) -> str:
    """A value as a person wrote it; long ones are cut."""
    if isinstance(value, dict | list):
        return _TYPE_NAMES["object"] if isinstance(value, dict) else "a list"
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return f"the text {text if len(text) <= 60 else text[:57] + '...'}"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value)
