"""The client is told to end from outside: it says goodbye, gives the terminal back, and says so by its exit code."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.harness import ServerUnderTest
from tests.terminal_screen import Terminal, environment_of, on_channel
from tests.test_terminal_client import CLIENT, ENVIRONMENT, SECONDS, FakeServer, serving

Start = Callable[..., Terminal]
SIGNALS = [(signal.SIGTERM, 143), (signal.SIGHUP, 129)]
ANSWERS = {"USER": [":irc.test 001 alice :Welcome", ":irc.test 422 alice :No MOTD"], "QUIT": ["close"]}


def answer(line: str) -> list[str]:
    word, _, rest = line.partition(" ")
    return [f":irc.test PONG irc.test {rest}"] if word == "PING" else ANSWERS.get(word, [])


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeServer]]:
    yield from serving()


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_the_full_screen_says_goodbye_and_gives_the_terminal_back(
    server: ServerUnderTest, terminal: Start, number: int, code: int
) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    screen = on_channel(terminal, server.port)
    assert screen.takes_mouse and screen.is_alternate
    os.kill(screen.process_id, number)
    assert screen.exit_code == code
    assert not screen.takes_mouse and not screen.is_alternate
    assert any(" QUIT :Quit: " in line for line in wren.lines_until(lambda line: " QUIT " in line))


def test_a_terminal_that_is_gone_ends_the_full_screen_with_a_goodbye(server: ServerUnderTest, tmp_path: Path) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    options = ["--name", "alice", "--join", "#study", f"127.0.0.1:{server.port}"]
    client = pexpect.spawn(CLIENT[0], [CLIENT[1], *options], env=environment_of(tmp_path), timeout=SECONDS)
    wren.lines_until(lambda line: " JOIN " in line and line.startswith(":alice"))
    client.expect_exact("study")
    os.close(client.child_fd)
    assert any(" QUIT :Quit: " in line for line in wren.lines_until(lambda line: " QUIT " in line))
    _, status = os.waitpid(client.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 129


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_pipe_says_goodbye(serve: Callable[..., FakeServer], number: int, code: int) -> None:
    irc = serve(answer)
    with subprocess.Popen(
        [*CLIENT, "--name", "alice", f"127.0.0.1:{irc.port}"], stdin=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        irc.wait_for("^PING")
        process.send_signal(number)
        irc.wait_for("^QUIT")
        assert process.wait(SECONDS) == code


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_script_says_goodbye(serve: Callable[..., FakeServer], tmp_path: Path, number: int, code: int) -> None:
    irc, path = serve(answer), tmp_path / "waits.script"
    path.write_text("send /raw HELLO\nexpect never\n")
    options = ["--name", "alice", "--script", str(path), f"127.0.0.1:{irc.port}"]
    with subprocess.Popen([*CLIENT, *options], env=ENVIRONMENT) as process:
        irc.wait_for("^HELLO")
        process.send_signal(number)
        irc.wait_for("^QUIT")
        assert process.wait(SECONDS) == code
