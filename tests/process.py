"""The server as a process of its own, as a person starts it, for tests of what only a process has."""

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.forked import Forked
from tests.harness import SERVER_NAME, TIMEOUT, IrcClient, JsonClient, LabClient

ROOT = Path(__file__).parent.parent
START = [sys.executable, str(ROOT / "server.py")]
_PAUSE_SECONDS = 0.02


def until(holds: Callable[[], object], seconds: float = TIMEOUT) -> None:
    """Returns once `holds()` is true; for what no protocol tells, asked again and again. Fails after `seconds`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(_PAUSE_SECONDS)


def run(*options: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    """Runs the program to its end, with `text` on its standard input."""
    return subprocess.run([*START, *options], input=text, capture_output=True, text=True, timeout=30, check=False)


class ServerProcess:
    """A running `python server.py` on a free port; stopped with SIGTERM at the end of a `with`, if it still runs."""

    def __init__(self, data: Path, *options: str, name: str = SERVER_NAME) -> None:
        self.name = name
        self._errors = tempfile.NamedTemporaryFile("w+")  # noqa: SIM115 (closed in `_close`)
        self._clients: list[IrcClient | JsonClient | LabClient] = []
        self.process = self._start("--data", str(data), "--port", "0", "--servername", name, *options)
        assert self.process.stdout is not None
        self.greeting: list[str] = []
        for line in self.process.stdout:
            self.greeting.append(line.rstrip("\n"))
            if line == "Ctrl-C stops.\n":
                break
        found = re.search(r"listening on [^:]+:(\d+)", "\n".join(self.greeting))
        assert found is not None, self.errors()
        self.port = int(found[1])

    def _start(self, *options: str) -> "subprocess.Popen[str] | Forked":
        return subprocess.Popen([*START, *options], stdout=subprocess.PIPE, stderr=self._errors, text=True)

    def irc(self, nick: str, *capabilities: str, login: tuple[str, str] | None = None) -> IrcClient:
        """A registered modern client."""
        client = IrcClient(self.port)
        self._clients.append(client)
        client.register(nick, *capabilities, login=login)
        return client

    def lab(self, nick: str, host: str = "pc1") -> LabClient:
        """A registered lab client."""
        client = LabClient(self.port)
        self._clients.append(client)
        client.register(nick, host, self.name)
        return client

    def json(self, name: str = "", version: float = 1.0) -> JsonClient:
        """A JSON connection that has not logged in."""
        client = JsonClient(self.port, version)
        self._clients.append(client)
        client.name = name
        return client

    def errors(self) -> str:
        """What the process has written to its standard error stream so far."""
        self._errors.seek(0)
        return self._errors.read()

    def wait(self) -> str:
        """Waits for the end; the rest of the standard output."""
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        self.process.wait(TIMEOUT)
        return rest

    def kill(self) -> None:
        """As `kill -9`: the process gets no chance to do anything more."""
        self.process.kill()
        self.wait()
        self._close()

    def stop(self, number: int = signal.SIGTERM) -> str:
        """Asks the process to stop, and waits; the rest of the standard output."""
        self.process.send_signal(number)
        return self.wait()

    def _close(self) -> None:
        for client in self._clients:
            client.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
        self._close()


class QuickServer(ServerProcess):
    """The same, started at once: for tests of what a process does, but not of how it is started."""

    def _start(self, *options: str) -> Forked:
        return Forked(options, self._errors)
