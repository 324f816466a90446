"""The protocol reference keeps its word: its client and its conversation run against a real server."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from jsonschema import Draft202012Validator

from chat.transport import websocket
from protocol import csp
from protocol.replies import payload_of

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "csp.md").read_text("utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "csp_client.py"
BROWSER_EXAMPLE = ROOT / "docs" / "examples" / "csp_page.html"
RESPONSE = json.loads((csp.SCHEMAS / "response.json").read_text("utf-8"))
CONVERSATION = re.findall(r"^(alice|bob)([<>]) (.+)$", PAGE, re.MULTILINE)
PATIENCE = 20.0  # seconds for anything that is to come


# --- the page by itself --------------------------------------------------------------------------------------------


def test_the_page_holds_the_client_to_the_letter() -> None:
    assert f"```python\n{EXAMPLE.read_text('utf-8')}```\n" in PAGE


def test_the_page_tells_every_command_and_every_code() -> None:
    assert [verb for verb in csp.validators() if f"| `{verb}`" not in PAGE] == []
    codes = {clause["if"]["properties"]["response_code"].get("const") for clause in RESPONSE["allOf"]} - {None}
    assert [code for code in sorted(codes) if f"| `{code}` |" not in PAGE] == []


def test_every_line_of_the_page_is_as_the_schemas_say() -> None:
    lines = [text for _, _, text in CONVERSATION] + re.findall(r"^(\{.+\})$", PAGE, re.MULTILINE)
    assert len(lines) > 30
    for line in lines:
        if "response_code" in line:
            Draft202012Validator(RESPONSE).validate(json.loads(line))
        else:
            request = csp.decode(line.encode())
            assert request is not None
            assert request.problem is None


def test_common_mistakes_get_the_answers_of_the_page() -> None:
    rows = re.findall(r"^\| `(\{.*\})` \| `(\d+)` `(.+)` \|$", PAGE, re.MULTILINE)
    assert len(rows) == 10
    for line, code, payload in rows:
        request = csp.decode(line.encode())
        assert request is not None
        assert request.problem is not None
        reply = request.problem.reply
        assert (csp.refusal(reply, payload_of(reply), None).row.code, payload_of(reply)) == (code, payload)


def test_the_browser_example_loads_nothing_and_speaks_the_protocol() -> None:
    source = BROWSER_EXAMPLE.read_text("utf-8")
    assert re.findall(r"\b(?:src|href|import|fetch)\b", source) == []
    used = set(re.findall(r'send\("([A-Z]{4})"', source))
    assert used == {"AUTH", "NWUA", "CHAT", "JOIN", "WHOS", "HIST", "MSSG"} and used <= set(csp.validators())
    codes = {clause["if"]["properties"]["response_code"].get("const") for clause in RESPONSE["allOf"]}
    assert set(re.findall(r"^  (\d{3}): ", source, re.MULTILINE)) <= codes
    heart = re.findall(r"```js\n(.*?)```", PAGE, re.DOTALL)
    assert heart and all(line.strip() in source for line in heart[0].splitlines())
    assert f'"{websocket.JSON}"' in source


# --- against a server ----------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a server of its own, with an empty data folder."""
    number = free_port()
    command = [sys.executable, "server.py", "--host", "127.0.0.1", "--port", str(number), "--data", str(tmp_path)]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_until_it_listens(server, number, tmp_path / "server.log")
        yield number
    finally:
        server.terminate()
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_until_it_listens(server: "subprocess.Popen[bytes]", number: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", number), PATIENCE).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.05)


class Person:
    """One of the two terminals of the conversation."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.lines = self.connection.makefile(encoding="utf-8", newline="\n")

    def type(self, line: str) -> None:
        self.connection.sendall(line.encode() + b"\n")

    def read(self) -> Any:
        return json.loads(self.lines.readline())


MOMENTS = ("time", "msgid", "signed_on", "idle", "redacted", "read_until")


def without_moments(value: Any) -> Any:
    """A response without what is different each time; that it is there stays."""
    if isinstance(value, list):
        return [without_moments(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: key if key in MOMENTS and inner != "" else without_moments(inner) for key, inner in value.items()}


def test_the_conversation_of_the_page_is_what_happens(port: int) -> None:
    people = {name: Person(port) for name in ("alice", "bob")}
    newest = ""
    try:
        for name, direction, text in CONVERSATION:
            if direction == ">":
                people[name].type(text.replace("...", newest))
                continue
            response = people[name].read()
            newest = response["parameters"].get("msgid", newest)
            Draft202012Validator(RESPONSE).validate(response)
            assert without_moments(response) == without_moments(json.loads(text))
    finally:
        for person in people.values():
            person.lines.close()
            person.connection.close()


@pytest.fixture
def clients(port: int) -> Iterator[Any]:
    """Starts the example: `clients(name)`."""
    running: list[subprocess.Popen[str]] = []

    def start(name: str, password: str = "secret words") -> "subprocess.Popen[str]":
        arguments = [sys.executable, str(EXAMPLE), "127.0.0.1", str(port), name, password, "study"]
        client = subprocess.Popen(
            arguments,
            text=True,
            encoding="utf-8",
            bufsize=1,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        running.append(client)
        return client

    yield start
    for client in running:
        client.kill()
        client.wait()
        for stream in (client.stdin, client.stdout, client.stderr):
            pipe(stream).close()


def pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def test_two_people_talk_with_the_client_of_the_page(clients: Any) -> None:
    welcome = "You are in study. Type and press Enter; end with Ctrl-D.\n"
    alice = clients("alice")
    assert pipe(alice.stdout).readline() == welcome
    bob = clients("bob")
    assert pipe(bob.stdout).readline() == welcome
    assert pipe(alice.stdout).readline() == "bob has joined the group\n"

    pipe(bob.stdin).write("hello alice\n")
    for client in (alice, bob):
        assert pipe(client.stdout).readline() == "(bob) hello alice\n"
    pipe(alice.stdin).write("   \ngrüße\n")
    for client in (alice, bob):
        assert pipe(client.stdout).readline() == "(alice) grüße\n"

    pipe(bob.stdin).close()
    assert pipe(alice.stdout).readline() == "bob has left the chat room\n"
    assert bob.wait(PATIENCE) == 0


def test_the_client_of_the_page_comes_back_with_its_account(clients: Any) -> None:
    first = clients("alice")
    assert pipe(first.stdout).readline().startswith("You are in study.")
    pipe(first.stdin).close()
    assert first.wait(PATIENCE) == 0

    again = clients("alice")
    assert pipe(again.stdout).readline().startswith("You are in study.")
    wrong = clients("alice", "not the password")
    assert wrong.wait(PATIENCE) == 1
    assert pipe(wrong.stderr).read() == "The name belongs to somebody else, or the password is wrong.\n"
