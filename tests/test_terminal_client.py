"""The whole client as a program, driven by scripts through a pipe, against small servers that the tests own."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
CLIENT = [sys.executable, str(ROOT / "client.py")]
SECONDS = 15.0
HOME = tempfile.TemporaryDirectory()  # nobody's: without settings, and gone at the end
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("PARLEY_") and name != "NO_COLOR"},
    "HOME": HOME.name, "XDG_CONFIG_HOME": HOME.name, "XDG_STATE_HOME": HOME.name, "XDG_DATA_HOME": HOME.name,
    "PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm", "PYTHONUNBUFFERED": "1",
}  # fmt: skip

Answer = Callable[[str], list[str]]


class FakeServer:
    """Accepts one client; answers every line with what `answer` says, and remembers it. "close" closes."""

    def __init__(self, answer: Answer) -> None:
        self.heard: list[str] = []
        self._answer = answer
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(SECONDS)
        self.port = self._listener.getsockname()[1]
        self._client: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            self._client, _ = self._listener.accept()
            self._client.settimeout(SECONDS)
            for line in self._client.makefile("r", encoding="utf-8", newline="\n"):
                text = line.rstrip("\r\n")
                answers = self._answer(text)
                with self._changed:
                    self.heard.append(text)
                    self._changed.notify_all()
                for reply in answers:
                    if reply == "close":
                        self._client.shutdown(socket.SHUT_RDWR)
                        return
                    self.send(reply)
        except OSError:
            pass

    def send(self, line: str) -> None:
        assert self._client
        self._client.sendall(line.encode() + b"\r\n")

    def wait_for(self, pattern: str) -> None:
        """Until a line that matches has come."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(re.search(pattern, x) for x in self.heard), SECONDS), self.heard

    def stop(self) -> None:
        self._listener.close()
        if self._client:
            self._client.close()
        self._thread.join(SECONDS)


def serving() -> Iterator[Callable[[Answer], FakeServer]]:
    """What the fixture `serve` does, for other files too: start servers, and stop them at the end."""
    servers: list[FakeServer] = []

    def start(answer: Answer) -> FakeServer:
        servers.append(FakeServer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], FakeServer]]:
    yield from serving()


def irc_server(line: str) -> list[str]:
    """A small IRC server with capabilities, on which the nick is always bob."""
    verb, _, rest = line.partition(" ")
    return {
        "CAP LS 302": ["CAP * LS :server-time sasl"],
        "CAP REQ :server-time": ["CAP * ACK :server-time"],
        "CAP REQ :sasl": ["CAP * ACK :sasl"],
        "CAP END": [":s NOTICE * :*** hello", ":s 001 bob :Welcome", ":s 005 bob CHANTYPES=# :ok", ":s 422 bob :none"],
        "AUTHENTICATE PLAIN": ["AUTHENTICATE +"],
        "AUTHENTICATE AGJvYgBzZWNyZXQ=": [":s 903 * :in"],
        "AUTHENTICATE AGJvYgB3cm9uZw==": [":s 904 * :SASL authentication failed", "ERROR :go", "close"],
        "JOIN #banned": [":s 474 bob #banned :Cannot join channel (+b)"],
    }.get(
        line,
        {
            "JOIN": [f":bob!b@h JOIN {rest}", f":s 353 bob = {rest} :@bob", f":s 366 bob {rest} :End"],
            "PING": [f":s PONG s {rest}"],
            "QUIT": ["ERROR :Closing Link", "close"],
        }.get(verb, []),
    )


class JsonServer:
    """A small JSON server with one account, bob, and no group."""

    def __init__(self) -> None:
        self.groups: set[str] = set()

    def __call__(self, line: str) -> list[str]:
        request = json.loads(line)
        group = request["parameters"]["chat_name"]
        if request["command"] == "JOIN" and group not in self.groups:
            return [self._line(request, "240", "There is no group " + group)]
        if request["command"] == "CHAT":
            self.groups.add(group)
        if request["command"] in ("AUTH", "NWUA"):
            right = request["parameters"]["password"] == "secret"
            return [self._line(request, "110" if right else "200")]
        code = {"CHAT": "170", "JOIN": "180", "WHOS": "131", "MSSG": "140", "PING": "101", "QUIT": "350"}
        payload = {"MSSG": "(bob) " + request["payload"], "WHOS": [{"username": "bob", "admin": True}]}
        answer = self._line(request, code[request["command"]], payload.get(request["command"], ""))
        return [answer, "close"] if request["command"] == "QUIT" else [answer]

    def _line(self, request: dict[str, Any], code: str, payload: Any = "") -> str:
        parameters = {"username": "bob", "chat_name": request["parameters"]["chat_name"]}
        body = {"version": 1.1, "id": request["id"], "response_code": code, "parameters": parameters}
        return json.dumps({**body, "payload": payload})


def lab_server(line: str) -> list[str]:
    verb, _, rest = line.partition(" ")
    return {
        "USER": [":parley.local 001 :Welcome to the Internet Relay Network bob!bob@h"],
        "JOIN": [f":parley.local 331 {rest} :No topic is set"],
        "NAMES": [":parley.local 353 #x :bob", ":parley.local 366 :End of /NAMES list"]
        if rest == "#x"
        else [f":parley.local 403 {rest} :No such channel"],
        "QUIT": ["close"],
    }.get(verb, [])


def script(
    server: FakeServer | int, text: str, *options: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    port = server if isinstance(server, int) else server.port
    command = [*CLIENT, f"127.0.0.1:{port}", "--name", "bob", "--timeout", str(SECONDS), *options]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=3 * SECONDS, check=False,
        env=ENVIRONMENT | environment,
    )  # fmt: skip


Serve = Callable[[Answer], FakeServer]


def test_a_script_joins_speaks_waits_until_it_is_heard_and_quits(serve: Serve) -> None:
    server = serve(irc_server)
    done = script(server, "hello\n/me waves\nno line end", "--join", "#x")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "- *** hello", "- Connected as bob. Welcome", "- none", "#x: bob joined", "#x: members: @bob",
        "#x <bob> hello", "#x * bob waves", "#x <bob> no line end",
    ]  # fmt: skip
    assert server.heard[-2].startswith("PING ") and server.heard[-1] == "QUIT"
    said = [line for line in server.heard if line.startswith("PRIVMSG")]
    assert said == ["PRIVMSG #x :hello", "PRIVMSG #x :\x01ACTION waves\x01", "PRIVMSG #x :no line end"]


def test_a_long_script_never_has_more_than_a_few_unanswered_lines(serve: Serve) -> None:
    server = serve(irc_server)
    assert script(server, "".join(f"line {i}\n" for i in range(100)), "--join", "#x").returncode == 0
    said = [i for i, line in enumerate(server.heard) if line.startswith("PRIVMSG")]
    pings = [i for i, line in enumerate(server.heard) if line.startswith("PING")]
    assert len(said) == 100 and len(pings) >= 12


def test_a_script_on_the_json_dialect_makes_the_group_that_is_missing(serve: Serve) -> None:
    server = serve(JsonServer())
    done = script(server, "hello\n", "--dialect", "json", "--join", "my study", PARLEY_PASSWORD="secret")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].split() == ["#my", "study", "<bob>", "hello"]
    assert [json.loads(line)["command"] for line in server.heard] == [
        "AUTH", "JOIN", "CHAT", "WHOS", "PING", "MSSG", "PING", "QUIT",
    ]  # fmt: skip


def test_a_script_in_the_lab_dialect(serve: Serve) -> None:
    server = serve(lab_server)
    done = script(server, "hello\n", "--dialect", "lab", "--join", "#x")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"USER bob \S+ parley\.local :bob", server.heard[0])
    assert server.heard[1:] == [
        "JOIN #x",
        "NAMES #x",
        "NAMES #parley-sync-1",
        "PRIVMSG #x :hello",
        "NAMES #parley-sync-2",
        "QUIT",
    ]


def test_a_password_from_the_environment_logs_in_and_is_never_printed(serve: Serve) -> None:
    server = serve(irc_server)
    done = script(server, "hello\n", "--join", "#x", "--login", "--wire", PARLEY_PASSWORD="secret")
    assert done.returncode == 0
    assert "AUTHENTICATE AGJvYgBzZWNyZXQ=" in server.heard
    assert ">> AUTHENTICATE ****" in done.stdout and "AGJvYgBz" not in done.stdout + done.stderr


@pytest.mark.parametrize("dialect", ["irc", "json"])
def test_a_wrong_password_is_one_sentence_and_exit_code_3(serve: Serve, dialect: str) -> None:
    server = serve(irc_server if dialect == "irc" else JsonServer())
    login = ["--login"] if dialect == "irc" else []
    done = script(server, "hello\n", "--dialect", dialect, *login, "--join", "#x", PARLEY_PASSWORD="wrong")
    assert done.returncode == 3
    assert re.fullmatch(r"The server refused the login of bob: .*\n", done.stderr)


def test_a_nick_in_use_is_exit_code_3_in_a_script(serve: Serve) -> None:
    server = serve(lambda line: [":s 433 * bob :Nickname is already in use"] if line.startswith("NICK") else [])
    done = script(server, "hello\n", "--join", "#x")
    assert done.returncode == 3 and done.stderr.startswith("The name bob is not free") and done.stderr.count("\n") == 1


def test_no_server_is_one_sentence_and_exit_code_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    done = script(port, "hello\n")
    assert done.returncode == 1 and "refused" in done.stderr and done.stderr.count("\n") == 1


def test_a_server_that_closes_while_the_script_is_silent_ends_the_client(serve: Serve) -> None:
    def closing(line: str) -> list[str]:
        return ["ERROR :Closing Link: restarting", "close"] if line.startswith("PRIVMSG") else irc_server(line)

    server = serve(closing)
    command = [*CLIENT, f"127.0.0.1:{server.port}", "--name", "bob", "--join", "#x"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as client:
        assert client.stdin and client.stderr
        client.stdin.write("hello\n")
        client.stdin.flush()  # and the pipe stays open
        assert client.wait(SECONDS) == 1
        assert client.stderr.read() == "The server closed the connection: Closing Link: restarting.\n"


def test_a_silent_server_is_given_up(serve: Serve) -> None:
    done = script(serve(lambda line: []), "hello\n", "--timeout", "0.3")
    assert done.returncode == 1 and done.stderr == "The server did not welcome us within 0.3 seconds.\n"


def test_a_refused_join_is_exit_code_4_and_nothing_is_said_elsewhere(serve: Serve) -> None:
    server = serve(irc_server)
    done = script(server, "hello\n", "--join", "#banned")
    assert done.returncode == 4 and done.stderr == "! #banned: Cannot join channel (+b)\n"
    assert server.heard[-1] == "QUIT" and not any("hello" in line for line in server.heard)


@pytest.mark.parametrize(
    "options",
    [["--dialect", "json"], ["--register"], ["--name", "two words"], ["host:port"], ["--login", "--dialect", "lab"]],
    ids=" ".join,
)
def test_options_that_cannot_work_are_exit_code_2(options: list[str]) -> None:
    done = subprocess.run(
        [*CLIENT, *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS,
        env=ENVIRONMENT, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "client.py: error: " in done.stderr
