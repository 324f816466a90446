"""The codec of Parley links: one JSON object for a fact, and the lines by which two servers find out what they speak.

Owns: how facts look on that wire, and that what comes in has the right shape and no character that could start a line
of its own somewhere else. Must not: know what a fact changes, or whether its sender may say so (`chat.links`).
"""

import json
import math
import re
import types
from collections.abc import Callable
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from protocol.facts import Fact
from protocol.limits import CLIENT_TAG_BYTES, CSP_LINE_BYTES, MULTILINE_BYTES

VERSION = 1
MARK = "  "  # at the end of the info in an answered SERVER: white space is nothing to a lab server
UPGRADE = "PARLEY"
_ESCAPED = 6  # bytes of a control character in JSON, such as `\u0002`
# Bytes of one fact. The largest is a message of several lines, which are told once together and once each, with tags.
LINE_LIMIT = _ESCAPED * (2 * MULTILINE_BYTES + 2 * CLIENT_TAG_BYTES) + CSP_LINE_BYTES
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Fact)}
_SUSPICIOUS = re.compile(rb"\\[nr]|\\u(?:000|[dD])|\x00|\r")
_FORBIDDEN = re.compile("[\r\n\0\ud800-\udfff]")


class Malformed(Exception):
    """A line is no fact; the text says why, for the log and the other side."""


class Hello(NamedTuple):
    """What a server says of itself when a link becomes a Parley link."""

    version: int
    sid: str
    software: str
    time: float  # Unix seconds, of the clock that stamps come from


def encode(fact: Fact) -> bytes:
    """The line of a fact, with its line end. Values that are not told are left out."""
    said = {"fact": type(fact).__name__, **fact._asdict()}
    return (_encoded(said) + "\n").encode()


def decode(line: bytes) -> Fact | None:
    """The fact of a line without its end; None for an empty one, and for a kind that only newer versions know. Raises
    Malformed."""
    line = line.rstrip(b"\r")
    if not line:
        return None
    said = _object(line)
    name = said.pop("fact", "")
    if not isinstance(name, str):
        raise Malformed("fact: str expected")
    kind = _KINDS.get(name)
    if kind is None:
        return None
    fact: Fact = _built(kind, said)
    return fact


def to_pass_on(line: bytes) -> bytes:
    """A line that `decode` took, as it goes on to others, with its end: what newer versions say in it goes along. b""
    where it has to be written anew."""
    line = line.rstrip(b"\r")
    return b"" if b"\r" in line else line + b"\n"


def encode_hello(hello: Hello) -> bytes:
    """`PARLEY {...}`: the line by which a link becomes a Parley link."""
    return f"{UPGRADE} {json.dumps(hello._asdict())}\r\n".encode()


def decode_error(line: bytes) -> str | None:
    """What the other side says in an ERROR, by which it ends the link; None for any other line."""
    if not line.startswith(b"ERROR "):
        return None
    return line[6:].rstrip(b"\r").decode("utf-8", "replace").removeprefix(":")


def decode_hello(line: bytes) -> Hello:
    """What the other side says of itself; raises Malformed."""
    said = _object(line.rstrip(b"\r").partition(b" ")[2])
    hello: Hello = _built(Hello, {name: said[name] for name in Hello._fields if name in said})
    return hello


def _object(line: bytes) -> dict[str, Any]:
    try:
        said = _decoder.decode(line.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed(f"no JSON: {error}") from error
    if not isinstance(said, dict):
        raise Malformed("no JSON object")
    if _SUSPICIOUS.search(line):
        _require_clean(said)
    return said


def _constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


_decoder = json.JSONDecoder(parse_constant=_constant)


def _require_clean(value: Any) -> None:
    """Raises for a line end, NUL or half a character in any text: it would start a line of its own for IRC clients."""
    if isinstance(value, str):
        if _FORBIDDEN.search(value):
            raise Malformed("a text holds a line end, a NUL or a lone surrogate")
    elif isinstance(value, list):
        for each in value:
            _require_clean(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            _require_clean(key)
            _require_clean(each)


def _require_flat(value: Any, levels: int = 16) -> None:
    """Raises for a value that is nested so deeply that another server, to which it goes on, might not read it."""
    if isinstance(value, dict | list):
        if not levels:
            raise Malformed("nested too deeply")
        for each in value.values() if isinstance(value, dict) else value:
            _require_flat(each, levels - 1)


# --- shapes --------------------------------------------------------------------------------------------------------


_SHAPES: dict[Any, dict[str, tuple[Any, Callable[[Any], Any]]]] = {}


def _shape(kind: Any) -> dict[str, tuple[Any, Callable[[Any], Any]]]:
    """How each field of a kind is checked and converted: the type of values that are right as they are, and what is
    done with all others."""
    shape = _SHAPES.get(kind)
    if shape is None:
        hints = get_type_hints(kind)
        shape = _SHAPES[kind] = {name: (hint, _converter(hint)) for name, hint in hints.items()}
    return shape


def _built(kind: type[Any], said: dict[str, Any]) -> Any:
    shape, values = _shape(kind), {}
    for name, value in said.items():
        if name not in shape:
            _require_flat(value)  # newer versions may say more
            continue
        right, convert = shape[name]
        try:
            values[name] = value if type(value) is right and right is not float else convert(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise Malformed(f"{kind.__name__}: {name}: {error}") from error
    try:
        return kind(**values)
    except TypeError as error:
        raise Malformed(f"{kind.__name__}: {error}") from error


def _converter(hint: Any) -> Callable[[Any], Any]:
    if hint is float:
        return _number
    if hint in (str, int, bool):
        return lambda value: _exactly(hint, value)
    if isinstance(hint, type) and hasattr(hint, "_fields"):
        inner = tuple(convert for _, convert in _shape(hint).values())
        least = len(inner) - len(getattr(hint, "_field_defaults", ()))
        return lambda value: hint(*_together(inner, value, least))
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        some = _converter(next(argument for argument in arguments if argument is not type(None)))
        return lambda value: None if value is None else some(value)
    if origin is dict:
        return _texts
    if arguments[-1] is Ellipsis:
        each = _converter(arguments[0])
        return lambda value: tuple(each(item) for item in _exactly(list, value))
    inner = tuple(_converter(argument) for argument in arguments)
    return lambda value: tuple(_together(inner, value, len(inner)))


def _exactly(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError("number expected")
    return float(value)


def _texts(value: Any) -> dict[str, str]:
    if any(type(text) is not str for text in _exactly(dict, value).values()):
        raise TypeError("an object of texts expected")
    texts: dict[str, str] = value
    return texts


def _together(converters: tuple[Callable[[Any], Any], ...], value: Any, least: int) -> list[Any]:
    if not least <= len(_exactly(list, value)) <= len(converters):
        raise TypeError(f"{len(converters)} values expected")
    return [convert(item) for convert, item in zip(converters, value, strict=False)]
