"""The codec of CSP, the JSON protocol: one object per line -> Request; Answer and Event -> objects.

Owns: what is legal JSON here, the schemas (`schemas/request/<VERB>.json`), versions, the error payloads of code 300.
Must not: know what a command means. Untrusted text is refused here if it holds CR, LF, NUL or a lone surrogate: a legal
JSON string can hold them, and on the IRC side they would be commands.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from protocol.limits import CSP_LINE_BYTES
from protocol.replies import ERR_INPUTTOOLONG, ERR_UNKNOWNCOMMAND, FAIL_REQUEST, FAIL_VERSION, answer
from protocol.values import (
    CSP_1_0,
    CSP_1_1,
    Answer,
    AnswerRow,
    Event,
    Flavour,
    Payload,
    Refused,
    Reply,
    Request,
    Sendable,
)

LINE_LIMIT = CSP_LINE_BYTES
SCHEMAS = Path(__file__).parent / "schemas"
_VERSIONS = {1.0: CSP_1_0, 1.1: CSP_1_1}
_MAXIMUM_INTEGER_DIGITS = 18
_MAXIMUM_DEPTH = 32  # of nesting: what walks over the request is recursive, and so is what describes a wrong value
_DESCRIBED = ("pattern", "minLength", "maxLength", "minimum", "maximum", "enum", "const")  # where it says best
TOO_LONG = Request("", {}, problem=Refused(ERR_INPUTTOOLONG))


class _NotAccepted(ValueError):
    """Legal for Python's json, not here."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _NotAccepted("a key stands twice in one object")
    return result


def _constant(word: str) -> None:
    raise _NotAccepted(f"{word} is not JSON")


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _MAXIMUM_INTEGER_DIGITS:
        raise _NotAccepted("a number is too large")
    return int(digits)


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer)


@cache
def validators() -> dict[str, Draft202012Validator]:
    """One prebuilt validator per verb, and so the list of verbs that have a schema."""
    files = sorted((SCHEMAS / "request").glob("*.json"))
    return {file.stem: Draft202012Validator(json.loads(file.read_text("utf-8"))) for file in files}


def decode(line: bytes) -> Request | None:
    """One line without LF; None for an empty one. What is wrong with it is in the request's `problem`."""
    if not line.strip():
        return None
    try:
        data = _decoder.decode(line.decode())
    except UnicodeDecodeError:
        return _broken("not UTF-8")
    except RecursionError:
        return _broken("not acceptable JSON: nested too deeply")
    except json.JSONDecodeError as error:
        return _broken(f"not JSON: {error.msg} at character {error.pos + 1}")
    except ValueError as error:
        return _broken(f"not acceptable JSON: {error}")
    if not isinstance(data, dict):
        return _broken('not a JSON object such as {"version": 1.0, "command": "REDY", ...}')
    return _request(data)


def _broken(why: str, verb: str = "", flavour: Flavour | None = None, label: Any = None) -> Request:
    return Request(verb, {}, None, label, Refused(FAIL_REQUEST, verb or "*", why), flavour)


def _request(data: dict[str, Any]) -> Request:
    version = data.get("version")
    if version is None:
        return _broken("version: is required, 1.0 or 1.1")
    if isinstance(version, bool) or not isinstance(version, int | float):
        return _broken("version: must be the number 1.0 or 1.1")
    flavour = _VERSIONS.get(version)
    if flavour is None:
        return Request("", {}, problem=Refused(FAIL_VERSION))
    label = data.get("id") if flavour is CSP_1_1 else None
    if label is not None and (isinstance(label, bool) or not isinstance(label, str | int)):
        return _broken("id: must be a string or an integer", flavour=flavour)
    if isinstance(label, str) and _holds_surrogate(label):  # no answer could carry it
        return _broken("id: holds half of a surrogate pair", flavour=flavour)
    verb = data.get("command")
    if not isinstance(verb, str):
        return _broken("command: is required, four capital letters", flavour=flavour, label=label)
    why = _dirt(data) or _schema_error(verb, data)
    if why:
        return _broken(why, _printable(verb), flavour, label)
    if verb not in validators():
        return Request(verb, {}, None, label, Refused(ERR_UNKNOWNCOMMAND, verb), flavour)
    params = {**data["parameters"], "payload": data.get("payload", "")}
    return Request(verb, params, None, label, None, flavour)


def _printable(verb: str) -> str:
    return verb if verb.isascii() and verb.isprintable() else "*"


def _strings(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif depth > _MAXIMUM_DEPTH:
        raise _NotAccepted("nested too deeply")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _strings(inner, f"{path}[{place}]", depth + 1)


def _dirt(data: dict[str, Any]) -> str:
    """Why a text in the request cannot be accepted, or ""."""
    try:
        for where, text in _strings(data, ""):
            if "\r" in text or "\n" in text or "\0" in text:
                return f"{_encodable(where)}: must not contain CR, LF or NUL"
            if _holds_surrogate(text):
                return f"{_encodable(where)}: holds half of a surrogate pair"
    except _NotAccepted as error:
        return f"not acceptable JSON: {error}"
    return ""


def _holds_surrogate(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)


def _encodable(where: str) -> str:
    """A path for an error payload: a key of the client's may itself hold a surrogate, and may be long."""
    return where[:100].encode(errors="replace").decode()


def _schema_error(verb: str, data: dict[str, Any]) -> str:
    validator = validators().get(verb)
    if validator is None or validator.is_valid(data):
        return ""
    error = best_match(validator.iter_errors(data))
    assert error is not None
    return _explain(error)


def _explain(error: ValidationError) -> str:
    """`parameters.chat_name: is required`: where, and what is allowed there."""
    path = list(map(str, error.absolute_path))
    message = error.message
    schema: Any = error.schema
    if error.validator == "required":
        wanted: Any = error.validator_value
        given: Any = error.instance
        path.append(next(name for name in wanted if name not in given))
        message = "is required"
    elif error.validator == "type":
        types: Any = error.validator_value
        message = f"must be {types if isinstance(types, str) else ' or '.join(types)}"
    elif "description" in schema and error.validator in _DESCRIBED:
        message = f"is not acceptable: {schema['description']}"
    return f"{'.'.join(path) or 'the object'}: {message[:200]}"


def version_number(flavour: Flavour) -> float:
    """1.0 or 1.1."""
    return 1.1 if flavour is CSP_1_1 else 1.0


def in_version(body: Payload, flavour: Flavour) -> Payload:
    """An answer or event as a whole object, with its version."""
    return {"version": version_number(flavour), **body}


def size(body: Payload) -> int:
    """The bytes that an object takes in a list of an answer."""
    return len(_text(body).encode()) + len(", ")


def _text(body: Payload) -> str:
    return json.dumps(body, ensure_ascii=False)


def _line(body: Payload, flavour: Flavour, label: Any) -> bytes:
    data = in_version(body, flavour)
    if label is not None:
        data["id"] = label
    return _text(data).encode() + b"\n"


def encode_event(event: Event, flavour: Flavour, extra: Any = None) -> bytes:
    """The line or lines of an event, b"" when it is not shown to JSON clients. `extra`: the id of the request."""
    return b"".join(_line(body, flavour, extra) for body in event.row.csp(event, flavour))


def encode(item: Sendable, server: str, nick: str, flavour: Flavour, extra: Any = None, now: float = 0.0) -> bytes:
    """Any item for one receiver; IRC replies have no JSON form and give b"". `extra`: the id to echo."""
    if isinstance(item, Event):
        return encode_event(item, flavour, extra)
    if not isinstance(item, Answer):
        return b""
    row = item.row
    body = {"response_code": row.code, "parameters": dict(item.parameters), "channel": row.channel}
    return _line({**body, "payload": item.payload}, flavour, extra)


def refusal(reply: Reply, payload: str, failure: AnswerRow | None, code: str = "", **parameters: object) -> Answer:
    """The answer that carries a refusal: under `code` if given, else under the reply's own code where that says what is
    wrong with the request itself, else in the failure form of the command."""
    if code or failure is None or reply.row.general:
        return answer(AnswerRow(code or reply.row.csp_code, channel="CC"), payload)
    return answer(failure, payload, **{name: parameters.get(name, "") for name in failure.parameters})
