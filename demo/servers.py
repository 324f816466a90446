"""The servers of the demonstration: real processes in a row, each with an empty data folder of its own.

Owns: starting, finding their ports, stopping, leaving nothing behind. Must not: know what is said on them.
"""

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

SERVER = Path(__file__).resolve().parent.parent / "server.py"
NAMES = ("north.demo", "middle.demo", "south.demo")  # each is linked to the one before it
CHANNEL = "#lobby"
_LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
_STOP_SECONDS = 10.0


class DemoFailed(Exception):
    """A server did not start; the text is what it said."""


@dataclass
class Servers:
    """The three servers. Used with `with`; they run inside of it."""

    ports: dict[str, int] = field(default_factory=dict)
    _folder: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory)
    _processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        try:
            for name in NAMES:
                self._start(name)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, name: str) -> None:
        before = list(self.ports.values())[-1:]
        links = [f"--connect_to_host=127.0.0.1 --connect_to_port={port}" for port in before]
        options = f"--servername={name} --host=127.0.0.1 --port=0 --open-links {' '.join(links)}".split()
        command = [sys.executable, str(SERVER), f"--data={Path(self._folder.name, name)}", *options]
        # In a session of its own: Ctrl-C is for who started the demonstration, which then stops the servers in order.
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        self._processes.append(process)
        self.ports[name] = self._port(name, process)

    @staticmethod
    def _port(name: str, process: subprocess.Popen[str]) -> int:
        said: list[str] = []
        for line in process.stdout or ():
            said.append(line)
            found = _LISTENING.search(line)
            if found:
                return int(found[1])
        raise DemoFailed(f"{name} did not start: {''.join(said).strip()}")

    def stop(self) -> None:
        """Stops all servers and removes their files; may be called twice."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        self._processes.clear()
        self._folder.cleanup()
