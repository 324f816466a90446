"""The JSON protocol: its schemas, what decodes, and the exact payload for everything that does not."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from protocol import csp
from protocol.replies import payload_of
from protocol.values import CSP_1_0, CSP_1_1, Request

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other tests use the machine too
VERBS_1_0 = ["NWUA", "AUTH", "REDY", "LIST", "CHAT", "JOIN", "LEVE", "MSSG", "KICK", "BANN"]
VERBS_1_1 = [
    "WHOS", "TOPC", "HIST", "PING", "QUIT", "AWAY", "DELE", "INVT", "MARK", "PSWD", "RNAM", "SETT", "SRCH", "UNBN",
    "WHOI",
]  # fmt: skip
CODES_1_0 = [
    "100", "110", "130", "140", "150", "170", "180", "190", "191", "192", "200", "230", "240", "250",
    "260", "300", "310", "320", "330", "340", "350",
]  # fmt: skip
CODES_1_1 = [
    "101", "111", "131", "132", "133", "141", "151", "152", "160", "161", "162", "181", "182", "193",
]  # fmt: skip
RESPONSE = json.loads((csp.SCHEMAS / "response.json").read_text("utf-8"))
RESPONSE_VALIDATOR = Draft202012Validator(RESPONSE)


def line(**keys: Any) -> bytes:
    return json.dumps({"version": 1.0, "command": "REDY", "parameters": {}, **keys}).encode()


def decode(data: bytes) -> Request:
    request = csp.decode(data)
    assert request is not None
    return request


def problem(data: bytes) -> tuple[str, str]:
    """The CSP code and payload of what is wrong with a line."""
    request = decode(data)
    assert request.problem is not None
    result = csp.refusal(request.problem.reply, payload_of(request.problem.reply), None)
    encoded = csp.encode(result, "", "", request.flavour or CSP_1_0, request.label)
    RESPONSE_VALIDATOR.validate(json.loads(encoded))
    return result.row.code, result.payload


# --- schemas -------------------------------------------------------------------------------------------------------


def test_every_verb_has_a_schema() -> None:
    assert sorted(csp.validators()) == sorted(VERBS_1_0 + VERBS_1_1)


@pytest.mark.parametrize("verb", VERBS_1_0 + VERBS_1_1)
def test_a_request_schema_is_valid_documented_and_accepts_its_examples(verb: str) -> None:
    schema = json.loads((csp.SCHEMAS / "request" / f"{verb}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["title"].startswith(verb)
    assert "Allowed " in schema["description"]
    assert "Answer" in schema["description"]
    for properties in (schema["properties"], schema["properties"]["parameters"]["properties"]):
        assert all(len(value["description"]) > 5 for value in properties.values())
    for example in schema["examples"]:
        request = decode(json.dumps(example).encode())
        assert request.problem is None
        assert request.verb == verb
        assert example["version"] == 1.1 or verb in VERBS_1_0


def test_the_response_schema_is_valid_and_describes_every_code() -> None:
    Draft202012Validator.check_schema(RESPONSE)
    clauses = [clause["if"]["properties"]["response_code"].get("const") for clause in RESPONSE["allOf"]]
    codes = [*CODES_1_1, *CODES_1_0]
    assert [code for code in clauses if code] == sorted(codes)
    assert {example["response_code"] for example in RESPONSE["examples"]} == set(codes)
    for example in RESPONSE["examples"]:
        assert example["version"] == 1.1 or example["response_code"] not in CODES_1_1
    for example in RESPONSE["examples"]:
        RESPONSE_VALIDATOR.validate(example)


@pytest.mark.parametrize(
    "wrong",
    [
        {"response_code": 100},
        {"response_code": "400"},
        {"response_code": "1000"},
        {"response_code": "100", "payload": "ready"},
        {"response_code": "130", "payload": ""},
        {"response_code": "140", "payload": "no name"},
        {"response_code": "180", "parameters": {}},
        {"version": 1.1, "response_code": "190", "parameters": {"username": "alice"}},
    ],
)
def test_the_response_schema_refuses_what_no_server_sends(wrong: dict[str, Any]) -> None:
    whole = {"version": 1.0, "parameters": {"username": "alice"}, "channel": "CC", "payload": "x", **wrong}
    assert not RESPONSE_VALIDATOR.is_valid(whole)


# --- requests that are accepted ------------------------------------------------------------------------------------


def test_a_1_0_request() -> None:
    request = decode(line(command="JOIN", parameters={"username": "alice", "chat_name": "my own"}, channel="CC"))
    assert request == Request(
        "JOIN", {"username": "alice", "chat_name": "my own", "payload": ""}, None, None, None, CSP_1_0
    )


def test_the_version_may_be_written_as_an_integer() -> None:
    assert decode(b'{"version": 1, "command": "REDY", "parameters": {}}').flavour is CSP_1_0


@pytest.mark.parametrize("label", ["x", "", 0, -7, 10**18 - 1, 1 - 10**18])
def test_the_id_is_kept_in_1_1_only(label: str | int) -> None:
    assert decode(line(version=1.1, id=label)).label == label
    assert decode(line(id=label)).label is None


def test_unknown_keys_are_ignored() -> None:
    request = decode(line(colour="red", parameters={"username": "alice", "mood": ["good"]}))
    assert request.problem is None
    assert request.params == {"username": "alice", "mood": ["good"], "payload": ""}


@pytest.mark.parametrize("data", [b"", b"\r", b"  \t\r"])
def test_an_empty_line_is_ignored(data: bytes) -> None:
    assert csp.decode(data) is None


def test_a_carriage_return_before_the_line_end_is_ignored() -> None:
    assert decode(line() + b"\r").problem is None


def test_text_arrives_as_it_was_written_escaped_or_not() -> None:
    assert decode(line(payload="grüße 🌍")).params["payload"] == "grüße 🌍"
    assert decode('{"version":1.0,"command":"REDY","parameters":{},"payload":"ü"}'.encode()).params["payload"] == "ü"


def test_a_message_goes_to_a_group_or_in_1_1_to_a_user() -> None:
    to_group = line(command="MSSG", parameters={"chat_name": "study"}, payload="hi")
    to_user = line(version=1.1, command="MSSG", parameters={"recipient": "bob", "chat_name": ""}, payload="hi")
    assert decode(to_group).problem is None
    assert decode(to_user).params == {"recipient": "bob", "chat_name": "", "payload": "hi"}


# --- requests that are not -----------------------------------------------------------------------------------------

DEEP = b'{"version": 1.0, "command": "REDY", "parameters": {}, "x": ' + b"[" * 40 + b"]" * 40 + b"}"


@pytest.mark.parametrize(
    ("data", "payload"),
    [
        (b"hello", "not JSON: Expecting value at character 1"),
        (b"{", "not JSON: Expecting property name enclosed in double quotes at character 2"),
        (b'{"a": 1} {}', "not JSON: Extra data at character 10"),
        (b'{"a": "\t"}', "not JSON: Invalid control character at at character 8"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        (b'{"version": 1.0, "version": 1.0}', "not acceptable JSON: a key stands twice in one object"),
        (b'{"parameters": {"a": 1, "a": 2}}', "not acceptable JSON: a key stands twice in one object"),
        (b'{"version": NaN}', "not acceptable JSON: NaN is not JSON"),
        (b'{"version": -Infinity}', "not acceptable JSON: -Infinity is not JSON"),
        (b'{"version": 1' + b"0" * 5000 + b"}", "not acceptable JSON: a number is too large"),
        (b"[" * 100_000, "not acceptable JSON: nested too deeply"),
        (b'{"a":' * 100_000, "not acceptable JSON: nested too deeply"),
        (DEEP, "not acceptable JSON: nested too deeply"),
        (b"[]", 'not a JSON object such as {"version": 1.0, "command": "REDY", ...}'),
        (b'"REDY"', 'not a JSON object such as {"version": 1.0, "command": "REDY", ...}'),
        (b"null", 'not a JSON object such as {"version": 1.0, "command": "REDY", ...}'),
        (b"{}", "version: is required, 1.0 or 1.1"),
        (line(version=None), "version: is required, 1.0 or 1.1"),
        (line(version=True), "version: must be the number 1.0 or 1.1"),
        (line(version="1.0"), "version: must be the number 1.0 or 1.1"),
        (line(version=[1.0]), "version: must be the number 1.0 or 1.1"),
        (b'{"version": 1.0}', "command: is required, four capital letters"),
        (line(command=5), "command: is required, four capital letters"),
        (b'{"version": 1.0, "command": "REDY"}', "parameters: is required"),
        (line(parameters=[]), "parameters: must be object"),
        (line(command="JOIN"), "parameters.chat_name: is required"),
        (line(command="MSSG"), "parameters.chat_name: is required"),
        (line(command="MSSG", parameters={"recipient": "bob"}), "parameters.chat_name: is required"),
        (line(command="AUTH", parameters={"username": "alice"}), "parameters.password: is required"),
        (line(command="NWUA", parameters={"password": "x"}), "parameters.username: is required"),
        (line(command="KICK", parameters={"chat_name": "study"}), "parameters.kicked_user: is required"),
        (line(command="BANN", parameters={"chat_name": "study"}), "parameters.banned_user: is required"),
        (line(command="JOIN", parameters={"chat_name": 7}), "parameters.chat_name: must be string"),
        (line(command="JOIN", parameters={"chat_name": "study", "key": None}), "parameters.key: must be string"),
        (line(payload={}), "payload: must be string"),
        (line(id=[]), "id: must be string or integer"),
        (line(version=1.1, id=[]), "id: must be a string or an integer"),
        (line(version=1.1, id=1.5), "id: must be a string or an integer"),
        (line(version=1.1, id=True), "id: must be a string or an integer"),
        (line(version=1.1, id={}), "id: must be a string or an integer"),
        (line(payload="a\r\nQUIT"), "payload: must not contain CR, LF or NUL"),
        (line(command="\n"), "command: must not contain CR, LF or NUL"),
        (line(parameters={"username": "a\0"}), "parameters.username: must not contain CR, LF or NUL"),
        (line(x=[{"y": ["z", "\r"]}]), "x[0].y[1]: must not contain CR, LF or NUL"),
        (line(payload="\ud800"), "payload: holds half of a surrogate pair"),
        (line(version=1.1, id="\udfff"), "id: holds half of a surrogate pair"),
        (line(**{"\ud800": "\r"}), "?: must not contain CR, LF or NUL"),
        (line(**{"x" * 5000: "\n"}), "x" * 100 + ": must not contain CR, LF or NUL"),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else value[:60],
)
def test_bad_input_is_told_where_and_why(data: bytes, payload: str) -> None:
    assert problem(data) == ("300", payload)


@pytest.mark.parametrize(
    ("command", "parameters", "payload"),
    [
        (
            "NWUA",
            {"username": "-alice", "password": "x"},
            "parameters.username: is not acceptable: 1 to 32 characters (a server can be set to allow up to 64); "
            "letters of any script, digits and -_[]{}\\|^` only; may not begin with a hyphen",
        ),
        (
            "NWUA",
            {"username": "alice", "password": ""},
            "parameters.password: is not acceptable: 1 to 300 characters",
        ),
        (
            "JOIN",
            {"chat_name": "x" * 201},
            "parameters.chat_name: is not acceptable: the name of a group, 1 to 63 characters; spaces are allowed, "
            "commas and control characters are not",
        ),
        (
            "MSSG",
            {"chat_name": ""},
            "parameters.chat_name: is not acceptable: the name of a group, 1 to 63 characters; spaces are allowed, "
            "commas and control characters are not",
        ),
        (
            "KICK",
            {"chat_name": "study", "kicked_user": ""},
            "parameters.kicked_user: is not acceptable: the name of a member, 1 to 64 characters",
        ),
        (
            "WHOS",
            {"chat_name": "study"},
            "version: is not acceptable: must be the number 1.1, because WHOS belongs to version 1.1 of the protocol",
        ),
    ],
)
def test_a_value_out_of_bounds_is_told_what_would_do(command: str, parameters: dict[str, str], payload: str) -> None:
    assert problem(line(command=command, parameters=parameters)) == ("300", payload)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_history_limit_out_of_bounds(limit: int) -> None:
    data = line(version=1.1, command="HIST", parameters={"chat_name": "study", "limit": limit})
    assert problem(data) == ("300", "parameters.limit: is not acceptable: how many messages, 1 to 1000")


def test_a_private_message_names_no_group() -> None:
    data = line(version=1.1, command="MSSG", parameters={"chat_name": "study", "recipient": "bob"})
    why = '"" or absent when there is a recipient: a message goes to a group or to a user'
    assert problem(data) == ("300", f"parameters.chat_name: is not acceptable: {why}")
    data = line(version=1.1, command="MSSG", parameters={"recipient": ""})
    why = "the name of a user, 1 to 64 characters"
    assert problem(data) == ("300", f"parameters.recipient: is not acceptable: {why}")


def test_a_channel_that_does_not_exist() -> None:
    code, payload = problem(line(channel="XX"))
    assert code == "300"
    assert payload.startswith('channel: is not acceptable: "CC" control, "DC" data, "AC" administration, or ""')


@pytest.mark.parametrize("depth", [10, 30, 33, 500, 900, 980, 985, 988, 990, 992, 994, 996, 1000])
def test_no_depth_of_nesting_raises(depth: int) -> None:
    for where in ("parameters", "x", "version", "command", "payload"):
        data = json.loads(line())
        data.pop(where, None)
        text = json.dumps(data)[:-1] + f', "{where}": ' + "[" * depth + '"a"' + "]" * depth + "}"
        request = decode(text.encode())
        assert request.problem is not None or (where == "x" and depth <= 32)


@pytest.mark.parametrize("version", ["2.0", "0", "1.2", "-1", "1e300", "1e999"])
def test_another_version_is_told_whatever_else_is_wrong(version: str) -> None:
    data = f'{{"version": {version}, "command": 5}}'.encode()
    assert problem(data) == ("330", "Server is running on a different protocol version")


@pytest.mark.parametrize("verb", ["HELO", "redy", "REDY ", "", "../AUTH", "PRIVMSG #x :hi", "ÄÖÜß"])
def test_an_unknown_command_is_a_request_with_a_problem(verb: str) -> None:
    request = decode(line(version=1.1, command=verb, id=5))
    assert (request.verb, request.label, request.flavour) == (verb, 5, CSP_1_1)
    assert problem(line(command=verb)) == ("310", f'There is no command "{verb}"')


def test_a_broken_request_keeps_its_id_and_version() -> None:
    request = decode(line(version=1.1, command="JOIN", id="j"))
    assert (request.verb, request.label, request.flavour) == ("JOIN", "j", CSP_1_1)


def test_a_line_that_is_too_long_has_its_answer() -> None:
    assert csp.TOO_LONG.problem is not None
    assert payload_of(csp.TOO_LONG.problem.reply) == "The line is longer than 16384 bytes"


# --- any input -----------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["version", "command", "parameters", "channel", "payload", "id", "x"]


@unhurried
@given(st.binary() | st.text(st.characters(exclude_categories=["Cs"])).map(str.encode))
def test_no_bytes_make_decode_raise(data: bytes) -> None:
    csp.decode(data)


@unhurried
@given(
    st.dictionaries(st.sampled_from(KEYS), JSON),
    st.sampled_from([1.0, 1.1]),
    st.sampled_from(VERBS_1_0 + VERBS_1_1 + ["HELO"]),
)
def test_no_object_makes_decode_or_the_answer_raise(data: dict[str, Any], version: float, verb: str) -> None:
    for whole in (data, {"version": version, "command": verb, **data}, {**data, "version": version, "command": verb}):
        encoded = json.dumps(whole).encode()
        request = decode(encoded)
        if request.problem:
            problem(encoded)


CLEAN = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))


@unhurried
@given(
    st.sampled_from(["REDY", "PING", "QUIT"]),  # which take no parameters
    st.dictionaries(CLEAN.filter(lambda key: key not in ("username", "payload")), CLEAN | st.integers(-9, 9)),
    CLEAN,
    st.none() | CLEAN | st.integers(1 - 10**18, 10**18 - 1),
)
def test_a_request_comes_out_as_it_went_in(
    verb: str, parameters: dict[str, Any], payload: str, label: str | int | None
) -> None:
    extra = {} if label is None else {"id": label}
    request = decode(line(version=1.1, command=verb, parameters=parameters, payload=payload, **extra))
    assert request == Request(verb, {**parameters, "payload": payload}, None, label, None, CSP_1_1)
