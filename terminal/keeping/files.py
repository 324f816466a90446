"""Files that nobody else may read.

Owns: their modes, how they are replaced as a whole and how lines are added. Must not: know what is in them.
"""

import errno
import os
import stat
import tempfile
from pathlib import Path

_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


class BadPath(ValueError):
    """No path of a file; the text is a sentence that says why."""


def user_path(text: str) -> Path:
    """A path that a person wrote: `~` and `~somebody` in front are home folders. Raises BadPath."""
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError:
        raise BadPath(f"{text.strip()} is no path: there is no such home folder; write the path in full.") from None


def is_user_path(text: str) -> bool:
    """Whether `user_path` knows where it is."""
    try:
        user_path(text)
    except BadPath:
        return False
    return True


def make_folder(folder: Path) -> None:
    """Make `folder` and those above it that are missing, for the owner alone. Raises OSError."""
    missing = [one for one in (folder, *folder.parents) if not one.is_dir()]
    for one in reversed(missing):
        if one.exists():
            raise NotADirectoryError(errno.ENOTDIR, f"{one} is no folder", str(one))
        one.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)


def open_to_append(path: Path) -> int:
    """A descriptor that adds to the end of `path`, whoever else adds to it too; makes the file. Raises OSError."""
    make_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _PRIVATE_FILE)
    try:
        _make_private(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def open_new(path: Path) -> int:
    """A descriptor of a file that was not there before. Raises OSError, FileExistsError above all."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)


def _make_private(descriptor: int) -> None:
    """Take from others what an older file, or a copied one, lets them do."""
    mode = os.fstat(descriptor).st_mode
    if hasattr(os, "fchmod") and stat.S_ISREG(mode) and mode & 0o077:
        os.fchmod(descriptor, _PRIVATE_FILE)


def append(descriptor: int, data: bytes) -> None:
    """Write all of `data` at once, so that two writers never mix their lines. Raises OSError, as for a full disk."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in the place of what `path` holds, all or nothing; a link stays a link. Raises OSError."""
    target = path.resolve()
    make_folder(target.parent)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # has mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _settle(target.parent)


def _settle(folder: Path) -> None:
    """Make a rename last through a loss of power, where the platform can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
