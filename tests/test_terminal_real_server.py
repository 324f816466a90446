"""The terminal client in a pipe, against a real server, in every dialect."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import SERVER_NAME, TIMEOUT, ServerUnderTest
from tests.test_terminal_client import ENVIRONMENT

ROOT = Path(__file__).resolve().parent.parent


def run_client(server: ServerUnderTest, *options: str, script: str) -> subprocess.CompletedProcess[str]:
    """Runs client.py on `script` as its input."""
    command = [sys.executable, "client.py", *options, f"127.0.0.1:{server.port}"]
    environment = {**ENVIRONMENT, "PARLEY_PASSWORD": "secret"}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        input=script,
        capture_output=True,
        text=True,
        timeout=3 * TIMEOUT,
        check=False,
    )


@pytest.mark.parametrize(
    ("options", "prefix"),
    [
        (("--dialect", "irc", "--name", "bob"), ":bob!~bob@127.0.0.1"),
        (("--dialect", "lab", "--name", "bob", "--servername", SERVER_NAME), ":bob!bob@"),
        (("--dialect", "json", "--name", "bob", "--register"), ":bob!bob@127.0.0.1"),
    ],
    ids=["irc", "lab", "json"],
)
def test_a_script_says_hello_in_a_channel(server: ServerUnderTest, options: tuple[str, ...], prefix: str) -> None:
    wren = server.irc("wren")
    wren.ask("JOIN #x")
    done = run_client(server, *options, "--join", "#x", script="hello\n")
    assert (done.returncode, done.stderr) == (0, "")
    said = [line for line in wren.sync() if " PRIVMSG " in line]
    assert len(said) == 1
    assert said[0].startswith(prefix)
    assert said[0].endswith(" PRIVMSG #x :hello")


def test_a_nick_in_use_is_told_in_one_sentence_and_the_exit_code_says_so(server: ServerUnderTest) -> None:
    server.user("bob")
    done = run_client(server, "--dialect", "json", "--name", "bob", "--register", script="hello\n")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


def test_an_output_that_cannot_be_written_ends_the_client_with_one_sentence(server: ServerUnderTest) -> None:
    read_only = os.open(os.devnull, os.O_RDONLY)
    try:
        done = subprocess.run(
            [sys.executable, "client.py", "--name", "bob", "--join", "#x", f"127.0.0.1:{server.port}"],
            cwd=ROOT, env=ENVIRONMENT, input="hello\n", stdout=read_only, stderr=subprocess.PIPE, text=True,
            timeout=3 * TIMEOUT, check=False,
        )  # fmt: skip
    finally:
        os.close(read_only)
    assert (done.returncode, done.stderr) == (1, "The output cannot be written: Bad file descriptor.\n")
