"""One JSON file: reading it strictly, writing it atomically, and the lock between processes that change it.

Owns: how bytes get to the disk, and what tells that a file was changed by somebody else.
Must not: know what is in the file; keep anything between two calls.
"""

import contextlib
import errno
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from filelock import FileLock

from chat.storage.errors import BrokenFile

WRITE_LOCK_SECONDS = 10.0  # another writer holds the lock for milliseconds; more means that something is wrong


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system says of a version of a file: a replaced or edited file has another stamp."""

    inode: int
    size: int
    modified: int  # nanoseconds


def stamp_of(file: Path) -> Stamp | None:
    """The stamp of `file`; None when there is no such file. OSError when the file system does not say."""
    try:
        return _stamp(file.stat())
    except FileNotFoundError:
        return None


def read_json(file: Path) -> tuple[object, Stamp | None]:
    """The document in `file` and its stamp; `(None, None)` when there is no such file.

    BrokenFile when it cannot be read, is not UTF-8, or is not JSON in the strict sense: a key that is there twice,
    NaN, and nesting without end are refused, because each would change the meaning in silence or stop the server.
    """
    try:
        with file.open("rb") as opened:
            stamp = _stamp(os.fstat(opened.fileno()))  # before the bytes: an edit while reading is then seen later
            data = opened.read()
    except FileNotFoundError:
        return None, None
    except OSError as error:
        raise BrokenFile(file, "", f"cannot be read: {error.strerror}") from error
    return parse_json(file, data), stamp


def parse_json(file: Path, data: bytes) -> object:
    """The document that `data`, the contents of `file`, holds; BrokenFile as in `read_json`."""
    try:
        text = data.decode("utf-8-sig")  # some editors start a file with a byte order mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BrokenFile(file, f"line {line}", "is not UTF-8 text") from error
    if not text.strip():
        raise BrokenFile(file, "", "is empty; restore it from a copy, or remove it to start with nothing")
    try:
        return json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise BrokenFile(file, f"line {error.lineno}, column {error.colno}", f"is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise BrokenFile(file, "", "is nested too deeply") from error
    except ValueError as error:
        raise BrokenFile(file, "", str(error)) from error


def write_lock(file: Path) -> FileLock:
    """The lock to hold while reading, merging and writing `file`; re-entrant in a thread, exclusive otherwise."""
    return FileLock(str(file.with_name(f".{file.name}.write.lock")), timeout=WRITE_LOCK_SECONDS)


def write_atomically(file: Path, data: bytes, private: bool) -> Stamp:
    """Put `data` in place of the contents of `file`: afterwards the old or the new is there, whatever happens.

    The caller holds the write lock, so one name for the temporary file is enough and a crash leaves no litter behind.
    A `private` file gets mode 0600; another keeps the one it has. OSError when it did not work.
    """
    target = file.resolve()  # a symbolic link stays one: the file that it names is replaced
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        stamp = _write_new(temporary, data, like=_owner_model(target), private=private)
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    return stamp


def sync_folder(folder: Path) -> None:
    """Have the names in `folder` on disk, where the system can be asked for that (not on Windows)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that has no such thing
            raise
    finally:
        os.close(descriptor)


def keep_owner(path: Path) -> None:
    """Give `path` to the owner of its folder when root made it, so that the server's own user can still write it."""
    if os.name == "posix" and os.geteuid() == 0:
        folder = path.parent.stat()
        with contextlib.suppress(OSError):
            os.chown(path, folder.st_uid, folder.st_gid)


def _write_new(file: Path, data: bytes, like: os.stat_result, private: bool) -> Stamp:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
    try:
        if os.name == "posix":
            if not private and stat.S_ISREG(like.st_mode):
                os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
            if os.geteuid() == 0:  # an account tool run by root must not lock the server's user out
                os.fchown(descriptor, like.st_uid, like.st_gid)
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
        return _stamp(os.fstat(descriptor))
    finally:
        os.close(descriptor)


def _owner_model(target: Path) -> os.stat_result:
    """Whose a new version of `target` shall be: the old version's owner, else the folder's."""
    try:
        return target.stat()
    except FileNotFoundError:
        return target.parent.stat()


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_ino, status.st_size, status.st_mtime_ns)


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f'the key "{key}" is there twice in one object')
        result[key] = value
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")
