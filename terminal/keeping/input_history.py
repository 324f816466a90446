"""The typed lines of each window, over restarts: one file of JSON lines, `{"server", "window", "text"}`, mode 0600.

Owns: the file's form, its bounds, and that two clients may use it at once. Must not: hold a line with a secret.
"""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from protocol.names import fold
from terminal.keeping.files import append, make_folder, open_to_append, replace_file
from terminal.keeping.secret_lines import may_keep

Key = tuple[str, str]

LEAST_REMEMBERED = 200  # lines of a window that the running client remembers even when none are kept
MOST_WINDOWS = 200
_LONGEST = 16_384  # characters of one line: nobody looks for a longer one again
_LOCK_SECONDS = 1.0  # that another client may take to compact the file
_SLACK = 2  # the file may grow to so many times what is kept before it is compacted


def default_path() -> Path:
    """The file's place in the platform's folder for the user's state."""
    return platformdirs.user_state_path("parley", appauthor=False) / "input_history.jsonl"


class InputHistory:
    """What was typed where. most -- lines of each window that the file keeps; 0: it is neither read nor written.

    `problem` is a sentence when the file cannot be used, and tell is told it, once; the client goes on without it.
    While another client has the file, lines wait here for the next one that is typed, or for `close`.
    """

    def __init__(self, path: Path, most: int = 1000, tell: Callable[[str], object] = lambda problem: None) -> None:
        self.problem = ""
        self._path, self._most, self._tell = path, most, tell
        self._unwritten: deque[bytes] = deque(maxlen=LEAST_REMEMBERED)
        self._windows: dict[Key, list[str]] = {}
        if most:
            try:
                self._load()
            except OSError as error:
                self._give_up(error)

    def lines(self, server: str, window: str) -> list[str]:
        """What was typed into a window, the oldest first."""
        return list(self._windows.get((server, fold(window)), ()))

    def add(self, server: str, window: str, text: str) -> bool:
        """Remember a line; False when it is not remembered: it holds a secret, is empty, or the last one again."""
        key = (server, fold(window))
        if not text.strip() or len(text) > _LONGEST or not may_keep(text, window):
            return False
        if self._windows.get(key, [""])[-1] == text:
            return False
        self._remember(key, text)
        if self._most and not self.problem:
            self._unwritten.append(_row(key, text))
            self._write(lambda: self._lock(0.0))
        return True

    def close(self) -> None:
        """The end: write what waits, without the lock if another client does not let go of it: appending is safe but
        in the moment in which that one writes the file anew."""
        for lock in (lambda: self._lock(_LOCK_SECONDS), nullcontext):
            if self._unwritten and not self.problem:
                self._write(lock)

    def _write(self, lock: Callable[[], AbstractContextManager[object]]) -> None:
        try:
            with lock():
                self._append(b"".join(self._unwritten))
            self._unwritten.clear()
        except Timeout:
            pass  # no line is worth a wait while somebody types
        except OSError as error:
            self._give_up(error)

    def bound(self, most: int) -> None:
        """Keep so many lines of each window from now on; with 0 the file stays as it is."""
        self._most = most

    def _remember(self, key: Key, text: str) -> None:
        lines = self._windows.pop(key, [])
        self._windows[key] = lines  # the window used last stands last
        if not lines or lines[-1] != text:
            lines.append(text)
        del lines[: -max(self._most, LEAST_REMEMBERED)]
        while len(self._windows) > MOST_WINDOWS:
            self._windows.pop(next(iter(self._windows)))

    def _load(self) -> None:
        """Read the file, and write it anew when it has grown far beyond what is kept."""
        try:
            if not self._path.exists():
                return
            with self._lock(_LOCK_SECONDS):
                data = self._path.read_bytes()
                for key, text in _rows(data.splitlines()):
                    self._remember(key, text)
                rows = [_row(key, text) for key, lines in self._windows.items() for text in lines[-self._most :]]
                if data.count(b"\n") > _SLACK * len(rows) or (data and not data.endswith(b"\n")):
                    replace_file(self._path, b"".join(rows))
        except Timeout:
            pass  # another client compacts the file; a start without a history beats no start

    def _lock(self, seconds: float) -> FileLock:
        make_folder(self._path.parent)
        return FileLock(f"{self._path}.lock", timeout=seconds, mode=0o600)

    def _append(self, rows: bytes) -> None:
        descriptor = open_to_append(self._path)
        try:
            append(descriptor, rows)
        finally:
            os.close(descriptor)

    def _give_up(self, error: OSError) -> None:
        self.problem = f"Typed lines are not kept: {self._path}: {error.strerror or error}."
        self._tell(self.problem)


def _row(key: Key, text: str) -> bytes:
    return json.dumps({"server": key[0], "window": key[1], "text": text}).encode() + b"\n"


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[Key, str]]:
    """The rows that are whole; one that a crash has cut is passed over, and so is one that holds a secret."""
    for line in lines:
        try:
            match json.loads(line):
                case {"server": str(server), "window": str(window), "text": str(text)} if may_keep(text, window):
                    yield (server, window), text
        except (ValueError, RecursionError):
            continue
