"""The data folder: that it is there, can be written, and belongs to one server at a time.

Owns: `server.lock`, held while a server runs, and `server.pid` beside it. Must not: look at the other files.
"""

import os
import socket
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from chat.storage import files
from chat.storage.errors import FolderInUse, StorageError

LOCK_FILE = "server.lock"
PID_FILE = "server.pid"
# Somebody who asks whether a server runs holds the lock for an instant, which must not stop a server that starts.
_PROBE_SECONDS = 0.5


class DataFolder:
    """A data folder that this process holds until `close`."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        """For `open`."""
        self.path = path
        self._lock = lock

    @classmethod
    def open(cls, data: Path) -> "DataFolder":
        """Makes the folder when it is missing, and takes it for this process.

        StorageError when it cannot be used, FolderInUse when another server runs on it.
        """
        try:
            data.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise StorageError(f"the data folder {data} is no folder") from None
        except OSError as error:
            raise StorageError(f"the data folder {data} cannot be made: {error.strerror}") from error
        if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
            raise StorageError(f"the data folder {data} cannot be written by this user")
        lock = FileLock(str(data / LOCK_FILE), timeout=_PROBE_SECONDS, thread_local=False)
        try:
            lock.acquire()
            files.keep_owner(data / LOCK_FILE)
            (data / PID_FILE).write_text(f"{os.getpid()}\n{socket.gethostname()}\n", encoding="utf-8")
        except Timeout:
            raise FolderInUse(f"the data folder {data} is in use by another server{_who(data)}") from None
        except OSError as error:
            lock.release(force=True)
            raise StorageError(f"the data folder {data} cannot be written: {error.strerror}") from error
        return cls(data, lock)

    def close(self) -> None:
        """Gives the folder up; a second call does nothing."""
        if self._lock.is_locked:
            (self.path / PID_FILE).unlink(missing_ok=True)
            self._lock.release(force=True)

    def __enter__(self) -> "DataFolder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def running_pid(data: Path) -> int | None:
    """The process id of the server that runs on `data` on this machine; None when there is none."""
    if not (data / LOCK_FILE).exists():
        return None
    try:
        with FileLock(str(data / LOCK_FILE), timeout=0):
            return None  # nobody held it
    except Timeout:
        pid, host = _read_pid(data)
        return pid if host == socket.gethostname() else None  # a container's ids mean nothing outside
    except OSError:
        return None


def _read_pid(data: Path) -> tuple[int | None, str]:
    try:
        lines = (data / PID_FILE).read_text(encoding="utf-8").splitlines()
        return int(lines[0]), lines[1]
    except (OSError, ValueError, IndexError):
        return None, ""


def _who(data: Path) -> str:
    pid, host = _read_pid(data)
    if pid is None:
        return ""
    return f" (process {pid})" if host == socket.gethostname() else f" (process {pid} on {host})"
