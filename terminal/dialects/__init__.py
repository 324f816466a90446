"""The dialects that the client speaks. A new one is a file here and a row in `DIALECTS`."""

from terminal.dialects.base import Dialect, Identity, Unsupported
from terminal.dialects.irc import Irc
from terminal.dialects.json_ import Json
from terminal.dialects.lab import Lab

DIALECTS: dict[str, type[Dialect]] = {"irc": Irc, "json": Json, "lab": Lab}

__all__ = ["DIALECTS", "Dialect", "Identity", "Unsupported"]
