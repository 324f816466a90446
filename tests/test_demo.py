"""The demonstration as who starts it sees it: three servers, three bots, and nothing left after Ctrl-C.

Owns: that. Must not: check what links carry (the tests of links do).
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.harness import IrcClient

ROOT = Path(__file__).resolve().parent.parent
_PORTS = re.compile(r"\.demo \((\d+)\)")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A running demonstration, whose temporary files are in the test's folder."""
    process = subprocess.Popen(
        [sys.executable, "-m", "demo", "--pause", "0.1"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.send_signal(signal.SIGINT)  # after which it stops its servers: killed, it could not
    process.communicate(timeout=30)


def lines_until(process: subprocess.Popen[str], mark: str) -> list[str]:
    """What it prints, up to the line that holds `mark`."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line.rstrip("\n"))
        if mark in line:
            return seen
    raise AssertionError(f"ended without {mark!r}: {seen}")


def test_three_bots_talk_in_three_dialects_over_three_servers(demo: subprocess.Popen[str]) -> None:
    guide = lines_until(demo, "What the bots are sent")
    ports = [int(port) for port in _PORTS.findall(guide[0])]
    assert len(ports) == 3
    lines_until(demo, "lab  < :irc-bot PRIVMSG #lobby :")
    lines_until(demo, 'json < {"version": 1.0, "response_code": "140"')
    lines_until(demo, "irc  < :json-bot!json-bot@")
    visitor = IrcClient(ports[2])
    visitor.register("visitor")
    names = next(line for line in visitor.ask("JOIN #lobby") if " 353 " in line)
    assert set(names.split(" :")[1].split()) == {"@irc-bot", "lab-bot", "json-bot", "visitor"}
    visitor.close()


def test_ctrl_c_leaves_no_process_and_no_file(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    lines_until(demo, "irc  < :")
    servers = psutil.Process(demo.pid).children(recursive=True)
    assert len(servers) == 3
    demo.send_signal(signal.SIGINT)
    said, _ = demo.communicate(timeout=30)
    assert said.splitlines()[-1] == "Stopped; nothing is left behind."
    assert demo.returncode == 0
    assert psutil.wait_procs(servers, timeout=1)[1] == []
    assert list(tmp_path.iterdir()) == []
