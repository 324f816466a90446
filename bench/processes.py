"""The processes of a run: servers under test, and the drivers that load them.

Owns their start, their orderly end and what they said when it went wrong. Each runs in a session of its own, so that
Ctrl-C reaches only the benchmark, which then ends them. Must not know what is measured.
"""

import contextlib
import json
import os
import resource
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
STOP_SECONDS = 20.0
ANSWER_SECONDS = 180.0
"""The longest that a driver may be silent; a hundred password hashes and a lost wait fit in."""
SPARE_DESCRIPTORS = 200
"""What a process opens beside its connections."""
OUTPUT_LINES = 30


class ProcessError(Exception):
    """A server or a driver failed; the text has the reason and the last that the process printed."""


def raise_descriptor_limit(connections: int) -> int:
    """Allow this process, and those it starts, that many connections. Returns how many are really possible."""
    wanted = connections + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if hard != unlimited and hard < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
            return connections
    reachable = wanted if hard == unlimited else min(hard, wanted)
    if soft != unlimited and soft < reachable:
        resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    return min(connections, reachable - SPARE_DESCRIPTORS)


def end(process: subprocess.Popen[bytes]) -> bool:
    """Ask the process to stop and wait for it; kill what does not listen. True when it stopped by itself."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(STOP_SECONDS)
            return False
    return True


class Server:
    """A server on a free port, with a data folder that goes away with it. `with` starts and stops it."""

    def __init__(self, name: str, command: str) -> None:
        """`command` may hold {port} and {data}."""
        self.name = name
        self.command = command

    def __enter__(self) -> "Server":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.folder = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
        data = Path(self.folder.name) / "data"
        data.mkdir()
        self.output = Path(self.folder.name) / "output.txt"
        words = [word.format(port=self.port, data=data) for word in shlex.split(self.command)]
        try:
            with self.output.open("wb") as output:
                self.process = subprocess.Popen(
                    words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
                )
        except OSError as failure:
            self.folder.cleanup()
            raise ProcessError(f"{self.name} does not start: {failure}") from None
        try:
            self.wait_until_it_accepts()
        except BaseException:
            self.stop()
            raise
        return self

    def wait_until_it_accepts(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.check()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise ProcessError(f"{self.name} did not accept a connection within {START_SECONDS:.0f} s{self.said()}")

    def check(self) -> None:
        """Raise ProcessError when the server is no longer running."""
        status = self.process.poll()
        if status is not None:
            raise ProcessError(f"{self.name} ended with status {status}{self.said()}")

    def said(self) -> str:
        lines = self.output.read_text(errors="replace").splitlines()[-OUTPUT_LINES:]
        return "; its output:\n" + "\n".join(f"    {line}" for line in lines) if lines else "; it printed nothing"

    def resident(self) -> int:
        """Bytes of memory that the server and its children hold."""
        try:
            process = psutil.Process(self.process.pid)
            return sum(part.memory_info().rss for part in (process, *process.children(recursive=True)))
        except psutil.Error:
            self.check()
            raise

    def stop(self) -> None:
        orderly = end(self.process)
        said = "" if orderly else self.said()
        self.folder.cleanup()
        if not orderly:
            print(f"{self.name} did not stop within {STOP_SECONDS:.0f} s of SIGTERM{said}", file=sys.stderr)

    def __exit__(self, *_: object) -> None:
        self.stop()


class Driver:
    """A driver process for one scenario and one server. `with` starts and stops it."""

    def __init__(self, server: Server, scenario: str, dialect: str, users: int) -> None:
        self.server = server
        words = [sys.executable, "-m", "bench.load", "--port", str(server.port), "--scenario", scenario]
        self.words = [*words, "--dialect", dialect, "--users", str(users)]

    def __enter__(self) -> "Driver":
        self.process = subprocess.Popen(
            self.words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        return self

    def round(self, seconds: float) -> dict[str, float]:
        """Have one round played; returns its measures."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone, and `answer` finds out why
            self.process.stdin.write(f"{seconds}\n".encode())
            self.process.stdin.flush()
        return self.answer(ANSWER_SECONDS + seconds)

    def answer(self, seconds: float = ANSWER_SECONDS) -> dict[str, float]:
        """The next line that the driver says. Raises ProcessError when it or its server failed."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            line = json.dumps({"error": f"no answer from the driver within {seconds:.0f} s"}).encode()
        answer = json.loads(line)
        if "error" in answer:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.server.process.wait(0.5)
            self.server.check()
            raise ProcessError(f"{self.server.name}: {answer['error']}{self.server.said()}")
        measures: dict[str, float] = answer
        return measures

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        end(self.process)
        self.process.stdout.close()
