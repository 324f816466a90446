"""New files that hold talk, with sentences for what goes wrong.

Owns: those sentences. Must not: overwrite anything.
"""

from pathlib import Path

from terminal.keeping.files import open_new


class CannotWrite(Exception):
    """The file was not made, or not completely; the text is a sentence for the user."""


def create(path: Path) -> int:
    """The descriptor of a new, empty file with mode 0600, or CannotWrite; the caller closes it."""
    try:
        return open_new(path)
    except FileExistsError:
        raise CannotWrite(f"{path} exists already and is not overwritten: choose another name.") from None
    except FileNotFoundError:
        text = f"There is no folder {path.parent}" if not path.parent.is_dir() else f"{path} cannot be made there"
        raise CannotWrite(f"{text}.") from None
    except (OSError, ValueError) as error:
        raise CannotWrite(f"{path} cannot be written: {reason(error)}.") from None


def reason(error: Exception) -> str:
    """What an error of the system says, without its number."""
    return getattr(error, "strerror", None) or str(error)
