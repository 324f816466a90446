"""The examples of docs/ that use the client do what they say, against a real server."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.script.language import read
from tests.harness import SERVER_NAME, TIMEOUT, ServerUnderTest
from tests.test_terminal_client import ENVIRONMENT

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"
OPTIONS = {
    "irc.script": [],
    "lab.script": ["--dialect", "lab", "--servername", SERVER_NAME],
    "json.script": ["--dialect", "json", "--register"],
}


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, capture_output=True, text=True, timeout=3 * TIMEOUT, check=False, cwd=ROOT,
        env={**ENVIRONMENT, "PARLEY_PASSWORD": "secret", **environment},
    )  # fmt: skip


def test_every_script_of_the_examples_is_tried_here() -> None:
    assert {path.name for path in EXAMPLES.glob("*.script")} == set(OPTIONS)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_script_finds_a_good_server_good(server: ServerUnderTest, name: str) -> None:
    path = EXAMPLES / name
    steps, problems = read(path.read_text("utf-8"), name)
    expected = sum(step.word.startswith("expect") for step in steps)
    done = run(
        sys.executable, "client.py", "--script", str(path), "--name", "alice", *OPTIONS[name],
        f"127.0.0.1:{server.port}",
    )  # fmt: skip
    assert (done.returncode, done.stderr, problems) == (0, "", [])
    assert done.stdout.splitlines()[-1] == f"- {name}: {expected} expectations met."


def test_a_script_finds_what_a_server_does_not_do(server: ServerUnderTest, tmp_path: Path) -> None:
    path = tmp_path / "irc.script"
    path.write_text(re.sub("461", "462", (EXAMPLES / "irc.script").read_text("utf-8")), "utf-8")
    text = path.read_text("utf-8").replace("timeout 5", "timeout 0.5")
    path.write_text(text, "utf-8")
    done = run(sys.executable, "client.py", "--script", str(path), "--name", "alice", f"127.0.0.1:{server.port}")
    assert done.returncode == 5
    number = 1 + next(index for index, line in enumerate(text.splitlines()) if "462" in line)
    assert done.stderr.startswith(f'irc.script:{number}: expected " 462 alice JOIN ", but it did not come within 0.5 s')


def test_the_shell_example_says_how_a_command_did(server: ServerUnderTest, tmp_path: Path) -> None:
    client = tmp_path / "client.py"
    client.write_text(f'#!/bin/sh\nexec {sys.executable} {ROOT / "client.py"} "$@"\n', "utf-8")
    client.chmod(0o755)
    wren = server.irc("wren")
    wren.ask("JOIN #builds")
    address = f"127.0.0.1:{server.port}"
    well = run("sh", str(EXAMPLES / "announce.sh"), address, "#builds", "true", CLIENT=str(client))
    badly = run("sh", str(EXAMPLES / "announce.sh"), address, "#builds", "ls", "/no/such", CLIENT=str(client))
    assert (well.returncode, well.stderr) == (0, "")
    assert badly.returncode != 0 and badly.stderr == ""
    said = [line.partition(" PRIVMSG #builds :")[2] for line in wren.sync() if " PRIVMSG #builds " in line]
    assert said[:2] == ["done: true", "\x01ACTION goes back to work\x01"]
    assert said[2].startswith("failed with exit code ") and said[2].endswith(": ls /no/such")
    assert "/no/such" in said[3] and said[4:] == said[1:2]
