"""The program in a process of its own that starts at once: forked from a process that has imported everything already.

Owns: that. Everything but the imports is as in `python server.py`: options, configuration, files, signals, exit code,
so that tests which need many processes, or refuse many starts, do not wait for as many imports. It cannot start itself
anew (RESTART). Must not: be forked from the tests themselves, whose threads may hold any lock.
"""

import atexit
import multiprocessing
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import IO

import chat.commands

_factory = multiprocessing.get_context("forkserver")
_commands = (f"chat.commands.{module.name}" for module in pkgutil.iter_modules(chat.commands.__path__))
_factory.set_forkserver_preload(["server", *_commands, "tests.forked"])


class Forked:
    """What `subprocess.Popen` is for a program, as far as the tests need it; `stdout` is a pipe."""

    def __init__(self, options: Sequence[str], stderr: IO[str], stdin: str = os.devnull) -> None:
        """`stderr`: a file with a name; `stdin`: the name of one."""
        read_end, write_end = _factory.Pipe(duplex=False)
        arguments = (list(options), stdin, write_end, stderr.name)
        self._process = _factory.Process(target=_run, args=arguments, daemon=True)
        self._process.start()
        write_end.close()
        self.stdout: IO[str] = os.fdopen(os.dup(read_end.fileno()), encoding="utf-8")
        read_end.close()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code of a process that has ended; negative for a signal."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Waits for the end; the exit code."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("server.py", timeout)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Sends a signal."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """As `kill -9`."""
        self.send_signal(signal.SIGKILL)


def run_forked(*options: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    """Runs the program to its end, with `text` on its standard input."""
    with tempfile.NamedTemporaryFile("w+") as typed, tempfile.NamedTemporaryFile("w+") as errors:
        typed.write(text)
        typed.flush()
        process = Forked(options, errors, typed.name)
        with process.stdout:
            said = process.stdout.read()
        code = process.wait(30.0)
        return subprocess.CompletedProcess(list(options), code, said, errors.read())


def _run(options: list[str], stdin: str, stdout: Connection, stderr: str) -> None:
    """In the new process: the program with its own standard streams, to its end."""
    import server

    opened = os.open(stdin, os.O_RDONLY), stdout.fileno(), os.open(stderr, os.O_WRONLY | os.O_APPEND)
    for number, descriptor in enumerate(opened):
        os.dup2(descriptor, number)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
    sys.argv = ["server.py", *options]
    code = 1
    try:
        code = server.main()
    except SystemExit as ending:
        if isinstance(ending.code, str):
            print(ending.code, file=sys.stderr)
        else:
            code = ending.code or 0
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
    sys.exit(code)
