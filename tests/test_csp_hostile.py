"""What a JSON connection may send that is wrong, too much or too long: always answered, and the connection lives on."""

import json
from typing import Any

import pytest

from protocol import csp
from tests.harness import IrcClient, JsonClient, ServerUnderTest, response

MALFORMED = {
    b"{": "not JSON: Expecting property name enclosed in double quotes at character 2",
    b"{hello}": "not JSON: Expecting property name enclosed in double quotes at character 2",
    b"hello": "not JSON: Expecting value at character 1",
    b"[]": 'not a JSON object such as {"version": 1.0, "command": "REDY", ...}',
    b'"text"': 'not a JSON object such as {"version": 1.0, "command": "REDY", ...}',
    b"{} {}": "not JSON: Extra data at character 4",
    b'{"version": 1.0, "command": "REDY", "parameters": {}, "payload": "\xff"}': "not UTF-8",
    b'{"version": NaN}': "not acceptable JSON: NaN is not JSON",
    b'{"version": 1.0, "version": 1.1}': "not acceptable JSON: a key stands twice in one object",
    b'{"version": 1' + b"0" * 30 + b"}": "not acceptable JSON: a number is too large",
    b'{"a":' * 2000: "not acceptable JSON: nested too deeply",
    b"{}": "version: is required, 1.0 or 1.1",
    b'{"version": "1.0"}': "version: must be the number 1.0 or 1.1",
    b'{"version": true}': "version: must be the number 1.0 or 1.1",
    b'{"version": 1.0}': "command: is required, four capital letters",
    b'{"version": 1.0, "command": 7}': "command: is required, four capital letters",
    b'{"version": 1.0, "command": "REDY"}': "parameters: is required",
    b'{"version": 1.0, "command": "REDY", "parameters": []}': "parameters: must be object",
    b'{"version": 1.0, "command": "AUTH", "parameters": {"username": "alice"}}': "parameters.password: is required",
    b'{"version": 1.0, "command": "JOIN", "parameters": {"chat_name": 7}}': "parameters.chat_name: must be string",
    b'{"version": 1.0, "command": "JOIN", "parameters": {}}': "parameters.chat_name: is required",
    b'{"version": 1.0, "command": "REDY", "parameters": {}, "payload": []}': "payload: must be string",
    b'{"version": 1.0, "command": "REDY", "parameters": {}, "payload": "a\\nQUIT"}': (
        "payload: must not contain CR, LF or NUL"
    ),
    b'{"version": 1.0, "command": "REDY", "parameters": {"x": ["a", "\\u0000"]}}': (
        "parameters.x[1]: must not contain CR, LF or NUL"
    ),
    b'{"version": 1.0, "command": "REDY", "parameters": {}, "payload": "\\ud800"}': (
        "payload: holds half of a surrogate pair"
    ),
    b"{" + b" " * 17000 + b"}": "The line is longer than 16384 bytes",
}


def ready(client: JsonClient) -> None:
    """Asserts that the connection lives."""
    client.request("REDY")
    assert client.object()["response_code"] == "100"


def test_a_malformed_line_is_answered_with_where_and_why_and_ignored(server: ServerUnderTest) -> None:
    client = server.json()
    ready(client)
    for line, why in MALFORMED.items():
        client.send_bytes(line + b"\n")
        assert client.object() == response("300", why), line[:100]
        ready(client)


def test_malformed_lines_do_no_harm_to_one_who_is_logged_in(server: ServerUnderTest) -> None:
    alice, wren = server.user("alice"), server.irc("wren")
    alice.ask("CHAT", chat_name="study")
    wren.ask("JOIN #study")
    alice.sync()
    alice.send_bytes(b"".join(line + b"\r\n" for line in MALFORMED))
    assert [answer["response_code"] for answer in alice.sync()] == ["300"] * len(MALFORMED)
    assert wren.sync() == []
    assert alice.ask("MSSG", "still here", chat_name="study") == response("140", "(alice) still here", "DC")


def test_an_unknown_command_is_310_in_every_state(server: ServerUnderTest) -> None:
    for client in (server.json(), server.user("alice")):
        for verb in ("HELO", "redy", "REDYX", ""):
            assert client.ask(verb) == response("310", f'There is no command "{verb}"')


def test_empty_lines_and_unknown_keys_are_ignored(server: ServerUnderTest) -> None:
    client = server.json()
    ready(client)
    client.send_bytes(b"\n\r\n   \n")
    line = {"version": 1.0, "command": "REDY", "parameters": {"new": [1]}, "newer": {"x": None}, "channel": "AC"}
    client.send_bytes(json.dumps(line).encode() + b"\r\n")
    assert client.object() == response("100", "Ready")


def test_lines_may_come_in_pieces_or_several_at_once(server: ServerUnderTest) -> None:
    client = server.json()
    line = b'{"version": 1.0, "command": "REDY", "parameters": {}}\n'
    for byte in line:
        client.send_bytes(bytes([byte]))
    assert client.object() == response("100", "Ready")
    client.send_bytes(line * 3)
    assert [client.object() for _ in range(3)] == [response("100", "Ready")] * 3


def test_a_line_of_exactly_the_limit_is_taken(server: ServerUnderTest) -> None:
    client = server.json()
    line = b'{"version": 1.0, "command": "REDY", "parameters": {}}'
    client.send_bytes(line + b" " * (16384 - 1 - len(line)) + b"\n")
    assert client.object() == response("100", "Ready")


NAMES = ("username", "recipient", "kicked_user", "banned_user")


@pytest.mark.parametrize("verb", sorted(csp.validators()))
def test_no_name_may_be_much_longer_than_names_are(verb: str) -> None:
    schema: Any = csp.validators()[verb].schema
    parameters = schema["properties"]["parameters"]["properties"]
    assert "username" in parameters
    assert all(parameters[name]["maxLength"] <= 200 for name in NAMES if name in parameters)


def test_a_login_with_a_far_too_long_name_is_a_bad_request(server: ServerUnderTest) -> None:
    client = server.json()
    client.name = "x" * 16000
    client.request("AUTH", password="secret")
    answer = client.object()
    where = "parameters.username: is not acceptable: the name of the account, at most 200 characters"
    assert answer["response_code"] == "300"
    assert answer["payload"].startswith(where)


# --- flood ---------------------------------------------------------------------------------------------------------

FLOOD_LIMITS = "[limits]\nmessages_per_second = 1\nburst = 9\n"


@pytest.mark.parametrize("version", [1.0, 1.1])
def test_a_flood_is_refused_request_by_request_and_the_connection_lives_on(version: float) -> None:
    with ServerUnderTest(FLOOD_LIMITS) as server:
        client = server.json(version)
        line: dict[str, Any] = {"version": version, "command": "REDY", "parameters": {}}
        if version == 1.1:
            line["id"] = 5
        client.send_bytes((json.dumps(line) + "\n").encode() * 200)
        answers = [client.object() for _ in range(200)]
        mark = None if version == 1.0 else 5
        refusal = response("340", "Please wait a while and try again.", "CC", version, mark)
        assert answers[:10] == [response("100", "Ready", "CC", version, mark)] * 10
        assert answers[10] == refusal
        assert answers.count(refusal) > 100
        (server.data / "server.toml").write_text("")
        assert server.reload() == []
        ready(client)


def test_a_request_that_was_refused_as_flood_was_not_done() -> None:
    with ServerUnderTest(FLOOD_LIMITS) as server:
        alice, wren = server.user("alice", 1.1), server.irc("wren")
        request = {"version": 1.1, "command": "MSSG", "parameters": {"recipient": "wren"}, "payload": "flood"}
        alice.send_bytes((json.dumps(request) + "\n").encode() * 100)
        codes = [alice.object()["response_code"] for _ in range(100)]
        arrived = [line for line in wren.sync() if line.endswith("PRIVMSG wren :flood")]
        assert len(arrived) == codes.count("140") < 50
        assert codes.count("340") == 100 - len(arrived)


# --- long texts ----------------------------------------------------------------------------------------------------


def texts(client: IrcClient, head: str) -> list[str]:
    """The texts of the lines that wait, each of which must begin with `head` and fit."""
    lines = client.sync()
    assert all(line.startswith(head) and len(line.encode()) <= 510 for line in lines), lines
    return [line.removeprefix(head) for line in lines]


@pytest.mark.parametrize(
    "text",
    ["x" * 4096, "é" * 2048, "-" + "漢" * 1365, "😀" * 1024, "word " * 819, "a" + " " * 4094 + "b"],
    ids=["ascii", "two bytes", "three bytes", "four bytes", "words", "spaces"],
)
def test_a_text_longer_than_an_irc_line_arrives_in_several_with_nothing_lost(
    server: ServerUnderTest, text: str
) -> None:
    alice = server.user("alice", 1.1)
    alice.ask("CHAT", chat_name="study")
    wren, tagged, rook = server.irc("wren"), server.irc("jay", "message-tags", "batch"), server.lab("rook")
    for client in (wren, tagged, rook):
        client.ask("JOIN #study")
    for client in (wren, tagged):
        client.sync()
    alice.sync()
    assert alice.ask("MSSG", text, chat_name="study")["payload"] == f"(alice) {text}"
    pieces = texts(wren, ":alice!alice@127.0.0.1 PRIVMSG #study :")
    assert len(pieces) > 8
    assert "".join(pieces) == text
    assert "".join(line.split(" PRIVMSG #study :", 1)[1] for line in tagged.sync()) == text
    assert rook.sync() == [f":alice PRIVMSG #study :{text}"]  # lab lines may be longer
    alice.ask("MSSG", text, recipient="wren")
    assert "".join(texts(wren, ":alice!alice@127.0.0.1 PRIVMSG wren :")) == text
    if "word" in text:
        assert all(piece.endswith(" ") for piece in pieces)  # broken between words


def test_a_text_over_the_limit_is_refused(server: ServerUnderTest) -> None:
    alice = server.user("alice", 1.1)
    assert alice.ask("MSSG", "é" * 2049, recipient="alice") == response(
        "300", "payload: has more than 4096 bytes", "CC", 1.1
    )
    own = "(alice) " + "x" * 4096  # the name in front does not count
    assert alice.ask("MSSG", own, recipient="alice")["payload"] == own


# --- names and texts that cannot be --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [64, 200])
def test_a_group_name_that_is_too_long_is_told_in_the_commands_own_code(server: ServerUnderTest, size: int) -> None:
    alice, name = server.user("alice", 1.1), "x" * size
    assert alice.ask("CHAT", chat_name=name) == response(
        "230", "parameters.chat_name: 1 to 63 characters, without comma or control characters", "", 1.1
    )
    alice.ask("CHAT", chat_name="study")
    why = f"There is no group {name}; CHAT makes one"
    assert alice.ask("JOIN", chat_name=name) == response("240", why, "CC", 1.1, username="alice", chat_name=name)
    for verb in ("LEVE", "MSSG", "WHOS", "TOPC", "HIST"):
        assert alice.ask(verb, "text", chat_name=name) == response("300", why, "CC", 1.1)
    for verb, code in (("KICK", "260"), ("BANN", "250")):
        refusal = alice.ask(verb, chat_name=name, kicked_user="bob", banned_user="bob")
        assert refusal == response(code, why, "CC", 1.1, username="alice")


def test_a_group_name_may_be_as_long_as_the_server_is_set() -> None:
    with ServerUnderTest("[limits]\nchannel = 101\n") as server:
        alice = server.user("alice")
        assert alice.ask("CHAT", chat_name="x" * 101)["response_code"] == "230"
        assert alice.ask("CHAT", chat_name="x" * 100)["response_code"] == "170"


def test_ctcp_is_refused_and_an_action_is_not(server: ServerUnderTest) -> None:
    alice, wren = server.user("alice", 1.1), server.irc("wren")
    alice.ask("CHAT", chat_name="study")
    wren.ask("JOIN #study")
    alice.sync()
    for text in ("\x01VERSION\x01", "(alice) \x01PING 1\x01", "\x01", "\x01ACTION\x01"):
        for to in ({"chat_name": "study"}, {"recipient": "wren"}):
            refusal = response("300", "payload: must not begin with a control character", "CC", 1.1, 1)
            assert alice.ask("MSSG", text, id=1, **to) == refusal
    assert wren.sync() == []
    assert alice.ask("MSSG", "\x01ACTION waves\x01", chat_name="study")["payload"] == "(alice) * waves"
    assert alice.ask("MSSG", "\x02bold", chat_name="study")["payload"] == "(alice) \x02bold"
