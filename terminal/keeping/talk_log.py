"""Logs of talk, for who wants them: `<folder>/<server>/<window>.log`, text or JSON lines, for the owner's eyes only.

Owns: the names of the files and the form of their lines. Must not: log the wire, or secrets that a service is told;
stop the client when a disk is full.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import platformdirs

from protocol.masking import without_told
from protocol.names import fold
from terminal.keeping.files import append, open_to_append
from terminal.model.line import Kind, Line
from terminal.model.window import Window, WindowKind
from terminal.text.clean import plain

LOGGED_WINDOWS: frozenset[WindowKind] = frozenset({"server", "channel", "private"})
_NOT_LOGGED: frozenset[Kind] = frozenset({"info", "problem", "list", "members"})  # answers to what was typed here
_AROUND: dict[Kind, str] = {"message": "<{}> ", "notice": "-{}- ", "action": "* {} "}
_UNSAFE = re.compile(r"[^\w#+.-]|^\.|\.(?=\.|$)")  # a dot is safe where it neither begins, ends nor follows one
_LONGEST_NAME, _CUT_NAME, _HASH = 120, 80, 16  # bytes; a file system allows 255 with the ending
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{digit}" for name in ("com", "lpt") for digit in range(10))}
)


def default_folder() -> Path:
    """The folder of the logs, in the platform's folder for the user's state."""
    return platformdirs.user_state_path("parley", appauthor=False) / "logs"


def safe_name(name: str) -> str:
    """A name of a server or window as part of a path on any platform: `%2F` for `/`, lower case, not too long.

    Two names that the protocol tells apart stay apart, on file systems that ignore case as well.
    """
    text = _UNSAFE.sub(lambda found: _escaped(found[0]), fold(name)) or "%"
    text = "".join(_escaped(char) if _has_other_case(char) else char for char in text)
    if text.partition(".")[0] in _DEVICES:
        text = _escaped(text[0]) + text[1:]
    data = text.encode()
    if len(data) <= _LONGEST_NAME:
        return text
    return data[:_CUT_NAME].decode(errors="ignore") + "~" + hashlib.sha256(data).hexdigest()[:_HASH]


def _has_other_case(char: str) -> bool:
    """Whether many a file system takes it for another letter, which the protocol does not beyond ASCII."""
    return char.lower() != char or (char.casefold() != char and len(char.casefold()) == 1)


def _escaped(char: str) -> str:
    return "".join(f"%{byte:02x}" for byte in char.encode(errors="surrogatepass"))


class TalkLog:
    """Writes lines down. form -- "text" or "json"; fold -- what names of a server are compared by: server, name.

    `problem` is a sentence once a file could not be written; from then on nothing is logged.
    """

    def __init__(
        self, folder: Path, form: str, fold: Callable[[str, str], str] = lambda server, name: fold(name)
    ) -> None:
        self.problem = ""
        self._folder, self._form, self._fold = folder, form, fold
        self._last: dict[Path, datetime] = {}

    def write(self, window: Window, line: Line) -> str:
        """Log a line that was added to a window. The result is a sentence to show, once, when logging ends here."""
        if self.problem or window.kind not in LOGGED_WINDOWS or line.kind in _NOT_LOGGED:
            return ""
        path = self.path(window.server, window.name)
        try:
            self._write(path, window, line)
        except OSError as error:
            self.problem = f"Logging stops: {path}: {error.strerror or error}."
            return self.problem
        return ""

    def path(self, server: str, window: str) -> Path:
        """Where the lines of a window go."""
        return self._folder / safe_name(server) / f"{safe_name(self._fold(server, window))}.log"

    def _write(self, path: Path, window: Window, line: Line) -> None:
        last = self._last.get(path) or _last_written(path)
        if line.history and last is not None and line.time <= last:
            return  # played back, and logged when it was said
        text = without_told(window.name, line.text) if line.own else line.text
        if self._form == "json":
            data = _json_line(window, line, text)
        else:
            data = _day_line(last, line.time) + _text_line(line, text)
        descriptor = open_to_append(path)
        try:
            append(descriptor, data.encode(errors="replace"))
        finally:
            os.close(descriptor)
        self._last[path] = max(line.time, last or line.time)


def _last_written(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except OSError:
        return None


def _day_line(last: datetime | None, time: datetime) -> str:
    """`--- Wednesday, 1 May 2024`, when the line before was of another day."""
    day: date = time.astimezone().date()
    return "" if last is not None and last.astimezone().date() >= day else f"--- {day:%A}, {day.day} {day:%B %Y}\n"


def _text_line(line: Line, text: str) -> str:
    source = plain(line.rank + line.source) if line.is_speech else plain(line.source)
    around = _AROUND.get(line.kind, "-!- {} " if source else "-!- ").format(source)
    return f"{line.time.astimezone():%H:%M:%S} {around}{plain(text)}\n"


def _json_line(window: Window, line: Line, text: str) -> str:
    row = {
        "time": line.time.isoformat(timespec="milliseconds"), "server": window.server, "window": window.name,
        "kind": line.kind, "source": line.source, "text": text, "own": line.own, "mention": line.mention,
        "account": line.account, "msgid": line.msgid,
    }  # fmt: skip
    return json.dumps({key: value for key, value in row.items() if value not in ("", False)}) + "\n"
