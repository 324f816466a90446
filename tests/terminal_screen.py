"""A real terminal for tests: the client as a process behind a pty, and what a person would see there.

Owns: keys, mouse, paste and resizes as a terminal sends them; the screen as `pyte` draws it. Must not: know what the
client means. A wait ends when the screen shows something; a picture counts once it is whole, which is when the cursor
is there again (prompt_toolkit hides it while it draws).
"""

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pexpect
import pyte

from tests.harness import TIMEOUT

ROOT = Path(__file__).parent.parent
_PLAIN_KEYS = {
    "Enter": "\r", "Tab": "\t", "Shift-Tab": "\x1b[Z", "Escape": "\x1b", "Backspace": "\x7f", "Delete": "\x1b[3~",
    "Insert": "\x1b[2~", "Up": "\x1b[A", "Down": "\x1b[B", "Right": "\x1b[C", "Left": "\x1b[D", "Home": "\x1b[H",
    "End": "\x1b[F", "PgUp": "\x1b[5~", "PgDn": "\x1b[6~", "F1": "\x1bOP", "F2": "\x1bOQ", "F3": "\x1bOR",
    "F4": "\x1bOS", "F5": "\x1b[15~", "F6": "\x1b[17~", "F7": "\x1b[18~", "F8": "\x1b[19~", "F9": "\x1b[20~",
    "F10": "\x1b[21~", "F11": "\x1b[23~", "F12": "\x1b[24~", "Space": " ",
}  # fmt: skip
_LETTERS = {"Up": "A", "Down": "B", "Right": "C", "Left": "D", "Home": "H", "End": "F"}
_NUMBERS = {"Insert": 2, "Delete": 3, "PgUp": 5, "PgDn": 6}
_MODIFIERS = {"Shift": 1, "Alt": 2, "Ctrl": 4}
_MOUSE_REPORTS, _ALTERNATE = 1000 << 5, 1049 << 5  # how pyte keeps a private mode
_BUTTONS = {"left": 0, "middle": 1, "right": 2, "wheel-up": 64, "wheel-down": 65}


def key_bytes(name: str) -> str:
    """What xterm sends for a key: `F2`, `Alt-1`, `Ctrl-N`, `Ctrl-Home`, `Alt-Enter`, `x`."""
    *modifiers, last = name.split("-") if len(name) > 1 and not name.endswith("-") else [name]
    if not modifiers or name in _PLAIN_KEYS:
        return _PLAIN_KEYS.get(name, name)
    code = 1 + sum(_MODIFIERS[modifier] for modifier in modifiers)
    if last in _LETTERS:
        return f"\x1b[1;{code}{_LETTERS[last]}"
    if last in _NUMBERS:
        return f"\x1b[{_NUMBERS[last]};{code}~"
    if modifiers == ["Alt"]:
        return "\x1b" + _PLAIN_KEYS.get(last, last)
    assert modifiers == ["Ctrl"], f"no such key: {name}"
    return "\0" if last == "Space" else chr(ord(last.upper()) & 0x1F)


def environment_of(home: Path) -> dict[str, str]:
    """The little that a client of tests gets of an environment, whatever that of the tests is."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"), "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"), "TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "UTC",
        "PROMPT_TOOLKIT_COLOR_DEPTH": "DEPTH_24_BIT",
    }  # fmt: skip


class _Tolerant(pyte.Screen):
    """pyte's screen, which fails at private forms of sequences that it knows only without `?` or `>`."""

    def set_margins(self, *arguments: Any, **keywords: Any) -> None:
        keywords.pop("private", None)
        super().set_margins(*arguments, **keywords)

    def report_device_status(self, mode: int, **keywords: Any) -> None:
        keywords.pop("private", None)
        super().report_device_status(mode, **keywords)

    def select_graphic_rendition(self, *attributes: int, **keywords: Any) -> None:
        if not keywords.pop("private", False):
            super().select_graphic_rendition(*attributes)


class Terminal:
    """The client with these options on a terminal of `width` x `height` cells. `home` holds its settings and files;
    `environment` is added to the little that the client gets, "" takes a variable away."""

    def __init__(
        self, *options: str, home: Path, width: int = 80, height: int = 24, environment: dict[str, str] | None = None
    ) -> None:
        self.width, self.height = width, height
        self._screen = _Tolerant(width, height)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()
        self._ended = False
        environ = environment_of(home) | (environment or {})
        self._child = pexpect.spawn(
            sys.executable,
            [str(ROOT / "client.py"), *options],
            env={name: value for name, value in environ.items() if value},
            cwd=str(home),
            dimensions=(height, width),
            echo=False,
        )
        self._child.delaybeforesend = None
        process = getattr(self._child, "ptyproc")  # noqa: B009 (its types do not know it)
        process.delayafterclose = process.delayafterterminate = 0.0
        self._reader = threading.Thread(target=self._read, name="terminal reader", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._child.child_fd, 65536)
            except OSError:
                data = b""
            with self._changed:
                self._ended = not data
                self._stream.feed(data)
                self._changed.notify_all()
            if not data:
                return

    # What a person does

    def send(self, text: str) -> None:
        """Type the text, as it is; a lone surrogate is the byte that it stands for."""
        self._child.send(text.encode(errors="surrogateescape"))

    def enter(self, text: str) -> None:
        """Type the text and press Enter."""
        self.send(text + "\r")

    def key(self, *names: str) -> None:
        """Press keys: `F2`, `Alt-1`, `PgUp`, `Ctrl-N`, `Ctrl-Home` ..."""
        for name in names:
            self.send(key_bytes(name))

    def paste(self, text: str) -> None:
        """Paste the text, bracketed."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def mouse(self, x: int, y: int, button: str = "left") -> None:
        """A click at a cell (from 0), or a turn of the wheel: `wheel-up`, `wheel-down`."""
        code = _BUTTONS[button]
        self.send(f"\x1b[<{code};{x + 1};{y + 1}M")
        if code < 64:
            self.send(f"\x1b[<{code};{x + 1};{y + 1}m")

    def click(self, text: str) -> None:
        """A click at the first place where the text is on the screen."""
        self.mouse(*self.place_of(text))

    def resize(self, width: int, height: int) -> None:
        """Another size; the client is told by SIGWINCH."""
        with self._changed:
            self.width, self.height = width, height
            self._screen.resize(height, width)
            self._screen.erase_in_display(2)  # a terminal moves things about; what is left is drawn by the client
        self._child.setwinsize(height, width)

    # What a person sees

    @property
    def display(self) -> list[str]:
        """The rows, each as wide as the terminal in cells."""
        with self._changed:
            return list(self._screen.display)

    @property
    def text(self) -> str:
        """The rows without blanks at their ends, one below the other."""
        return "\n".join(row.rstrip() for row in self.display)

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the cursor, from 0."""
        with self._changed:
            return self._screen.cursor.x, self._screen.cursor.y

    @property
    def title(self) -> str:
        """What the client has called the window of the terminal."""
        with self._changed:
            return str(self._screen.title)

    @property
    def takes_mouse(self) -> bool:
        """Whether the client wants to know what the mouse does."""
        with self._changed:
            return _MOUSE_REPORTS in self._screen.mode

    @property
    def is_alternate(self) -> bool:
        """Whether the client has the terminal to itself, and what stood there before is kept."""
        with self._changed:
            return _ALTERNATE in self._screen.mode

    def style_at(self, x: int, y: int) -> Any:
        """pyte's `Char` at a cell: data, fg, bg, bold, italics, underscore, reverse."""
        with self._changed:
            return self._screen.buffer[y][x]

    def place_of(self, text: str) -> tuple[int, int]:
        """Column and row of the cell where the text first stands."""
        for y in range(self.height):
            with self._changed:
                row = self._screen.buffer[y]
                characters = [row[x].data for x in range(self.width)]
            index = "".join(characters).find(text)
            if index >= 0:
                ends = [len("".join(characters[: x + 1])) for x in range(self.width)]
                return next(x for x, end in enumerate(ends) if end > index), y
        raise AssertionError(f"not on the screen: {text!r}\n{self}")

    def wait_for(self, wanted: "str | re.Pattern[str] | Callable[[], object]") -> Self:
        """Wait until the screen shows the text, matches the pattern, or the callable says so."""
        if isinstance(wanted, str):
            return self._until(lambda: wanted in self.text, repr(wanted))
        if isinstance(wanted, re.Pattern):
            return self._until(lambda: wanted.search(self.text), wanted.pattern)
        return self._until(wanted, "what was waited for")

    def wait_gone(self, text: str) -> Self:
        """Wait until the screen does not show the text any more."""
        return self._until(lambda: text not in self.text, f"an end of {text!r}")

    def _until(self, holds: Callable[[], object], what: str) -> Self:
        end = time.monotonic() + TIMEOUT
        with self._changed:
            while not (self._is_whole and holds()):
                left = end - time.monotonic()
                assert left > 0 and not self._ended, f"the screen does not show {what}:\n{self}"
                self._changed.wait(left)
        return self

    @property
    def _is_whole(self) -> bool:
        return self._ended or not self._screen.cursor.hidden

    def __str__(self) -> str:
        return "\n".join(f"|{row}|" for row in self.display)

    # The end

    @property
    def process_id(self) -> int:
        """The client's process."""
        assert self._child.pid is not None
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, once the client has ended; waits for that."""
        self._reader.join(TIMEOUT)
        assert self._ended, f"the client still runs:\n{self}"
        self._child.wait()
        return self._child.exitstatus

    def close(self) -> None:
        """End it, whatever it does."""
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
            self._child.wait()
        self._reader.join(TIMEOUT)
        self._child.close(force=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def on_channel(
    start: Callable[..., Terminal], port: int, *options: str, nick: str = "alice", channel: str = "#study", **size: Any
) -> Terminal:
    """The client on a channel of the server at that port, which is shown."""
    screen = start("--name", nick, "--join", channel, *options, f"127.0.0.1:{port}", **size)
    return screen.wait_for(f"[{channel}]").wait_for(f"{nick} joined")
