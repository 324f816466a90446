"""The errors of the storage, each with one sentence for a person.

Owns: their names and the order of what they say. Must not: carry passwords or other secrets in the sentence.
"""

from pathlib import Path


class StorageError(Exception):
    """Something of the data folder does not work; `str()` is one clear sentence for a person."""


class ConfigError(StorageError):
    """The configuration or an option is not as it must be."""


class SaveFailed(StorageError):
    """A change is not on disk. The old file is intact, and the change waits for the next attempt."""

    def __init__(self, message: str, reason: str = "") -> None:
        """`reason`: what users are told, who need not know where the server keeps its files."""
        super().__init__(message)
        self.reason = reason or "the server could not write it"


class FolderInUse(StorageError):
    """Another server runs on the data folder."""


class BrokenFile(StorageError):
    """A file cannot be understood; nothing overwrites it until a person has repaired it."""

    def __init__(self, file: Path, place: str, reason: str) -> None:
        """`place` is `line 3, column 7` or a key path like `accounts[0].name`; empty when it is the whole file."""
        super().__init__(f"{file}: {place}: {reason}" if place else f"{file}: {reason}")
        self.file = file
        self.place = place
        self.reason = reason
