"""Without a screen: lines one below the other, for screen readers, dumb terminals, pipes and scripts.

Owns: how a line of a window is written as plain text, what is held back for a moment so that it is told once, standard
streams. Must not: know a dialect, move the cursor, or read what is typed.
"""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from terminal import wording
from terminal.client import Client
from terminal.loop import Timer
from terminal.model.folding import noise_of
from terminal.model.line import Line
from terminal.model.window import Window
from terminal.sessions.session import Session
from terminal.text.clean import escape, plain
from terminal.text.paint import Paint
from terminal.wire.log import WireEntry

PAUSE_SECONDS = 0.5  # so long who comes and goes is collected, and the answer to "who is here" awaited
UNWRITABLE = 1  # the exit code when the output cannot be written
_SOURCELESS = ("info", "away", "account", "invite")


def worded(line: Line, window: Window, paint: Paint, server: str = "") -> str:
    """A line of a window as one line of plain text, with where it belongs in front. server -- to be said as well."""
    text = plain(line.text)
    about = f"{plain(server)}: " if server and window.kind == "server" else ""
    if line.kind == "problem":
        return paint.problem(f"! {about}{text}")
    if line.kind in _SOURCELESS:
        return f"- {about}{paint.nick(line.source)} {text}" if line.source else paint.quiet(f"- {about}{text}")
    if line.kind == "list":
        name, _, rest = text.partition(" ")
        return f"{paint.strong(name)} {rest}".rstrip()
    nick = paint.nick(line.source, line.own) if line.source else ""
    if line.is_speech:
        return _speech(line, window, nick, text, paint, server)
    where = "" if line.kind in ("quit", "nick") or window.kind == "server" else f"{_channel(window, paint, server)}: "
    return f"{where}{nick} {text}" if nick else f"{where}{text}"


def folded(group: Sequence[Line], window: Window, paint: Paint, server: str = "") -> str:
    """Many lines that only tell who comes and goes, as one."""
    if len(group) == 1:
        return worded(group[0], window, paint, server)
    text = "; ".join(plain(part) for _, part in wording.folded(group))
    return f"{_channel(window, paint, server)}: {text}"


def _channel(window: Window, paint: Paint, server: str, name: str = "") -> str:
    """name -- another one than that of the window."""
    name = name or window.name
    return paint.strong(plain(f"{server}/{name}" if server else name))


def _speech(line: Line, window: Window, nick: str, text: str, paint: Paint, server: str) -> str:
    if line.account:
        nick += paint.quiet(f" ({plain(line.account)})")
    if window.kind == "channel" or line.where:
        where = _channel(window, paint, server, line.where)
    else:
        on = f" on {plain(server)}" if server else ""
        where = f"[-> {paint.nick(window.name)}{on}]" if line.own else f"[private{on}]"
    if line.kind == "action":
        return f"{where} * {nick} {text}"
    return f"{where} -{nick}- {text}" if line.kind == "notice" else f"{where} <{nick}> {text}"


class Printer:
    """Writes what happens in a client, as it happens.

    out -- takes a finished line; problem -- takes those that say what went wrong; is_typed -- somebody sits there: the
    time stands in front, who comes and goes is told as the setting `noise` says, and a change of window is said.
    `wire` shows the lines of the protocol too, by wire_out (by default as all others); /wire toggles it.
    """

    def __init__(
        self,
        client: Client,
        out: Callable[[str], None],
        problem: Callable[[str], None],
        paint: Paint,
        is_typed: bool,
        wire_out: Callable[[str], None] | None = None,
    ) -> None:
        self.wire = False
        self._client = client
        self._out = out
        self._wire_out = wire_out or out
        self._problem = problem
        self._paint = paint
        self._is_typed = is_typed
        self._last = 0
        self._held: dict[Window, list[Line]] = {}
        self._timer: Timer | None = None
        self._entered: Window | None = None
        client.on_line.append(self._line)
        client.on_edit.append(self._edited)
        client.on_change.append(self._changed)
        client.on_session.append(self._watch)
        client.show_wire = self._toggle_wire
        for session in client.sessions.values():
            self._watch(session)
        if is_typed:
            client.windows.on_switch.append(self._switched)
            client.on_bell.append(ring)

    # Lines

    def _line(self, window: Window, line: Line) -> None:
        if line.number == self._last or window.kind == "mentions":
            return  # the same fact in another window
        self._last = line.number
        noise = self._noise(window) if line.is_noise and not line.own else "show"
        if noise == "show":
            self.flush()
            self._write(line, worded(line, window, self._paint, self._server(window)))
        elif noise == "fold":
            self._held.setdefault(window, []).append(line)
            self._wait()

    def _edited(self, window: Window, line: Line) -> None:
        self.flush()
        self._write(replace(line, time=self._client.now()), worded(line, window, self._paint, self._server(window)))

    def _noise(self, window: Window) -> str:
        settings = self._client.settings
        return noise_of(window.name, settings.noise, settings.noise_in) if self._is_typed else "show"

    def flush(self) -> None:
        """Write what was held back."""
        held, self._held = self._held, {}
        for window, group in held.items():
            self._write(group[-1], folded(group, window, self._paint, self._server(window)))

    def _write(self, line: Line, text: str) -> None:
        write = self._problem if line.kind == "problem" else self._out
        write(self._stamp(line.time) + text)

    def _server(self, window: Window) -> str:
        """The server's name, where it must be said: there are several."""
        return window.server if len(self._client.sessions) > 1 else ""

    def _stamp(self, time: datetime) -> str:
        form = self._client.settings.times
        if not self._is_typed or not form:
            return ""
        local, now = time.astimezone(), self._client.now().astimezone()
        day = "" if local.date() == now.date() else f"{local:%Y-%m-%d} "
        return self._paint.quiet(f"{day}{local.strftime(form)} ")

    # Windows

    def _switched(self, old: Window | None, new: Window) -> None:
        if old is not None:
            self._entered = new
            self._wait()
            self._changed()

    def _announce(self) -> None:
        """Say where what is typed goes now; of a channel that was entered, once it is known who else is there."""
        window, self._entered = self._entered, None
        if window is not None and window is self._client.windows.current:
            self.flush()
            text = wording.now_in(window, plain(self._name(window)))
            self._out(self._stamp(self._client.now()) + self._paint.quiet(f"- {text}"))

    def _name(self, window: Window) -> str:
        server = self._server(window)
        return f"{server}/{window.name}" if server and window.kind != "server" else window.name

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self._client.loop.call_later(PAUSE_SECONDS, self._waited)

    def _waited(self) -> None:
        self._timer = None
        self.flush()
        self._announce()

    def _changed(self) -> None:
        window = self._entered
        if window is not None and (not window.joined or len(window.members) > 1):
            self._announce()

    # The wire

    def _toggle_wire(self) -> None:
        self.wire = not self.wire
        self._client.tell("The wire is shown: >> sent, << received." if self.wire else "The wire is hidden.")

    def _watch(self, session: Session) -> None:
        def entry(entry: WireEntry) -> None:
            if self.wire:
                several = f"{plain(session.name)} " if len(self._client.sessions) > 1 else ""
                self._wire_out(self._paint.quiet(f"{several}{'>>' if entry.outgoing else '<<'} {escape(entry.text)}"))

        session.wire.observers.append(entry)


def out(line: str) -> None:
    """Write a line to standard output."""
    _print(line, "stdout", "\n")


def err(line: str) -> None:
    """Write a line to standard error."""
    _print(line, "stderr", "\n")


def ring() -> None:
    """Ring the bell of the terminal, if there is one."""
    if sys.stdout.isatty():
        _print("\a", "stdout", "")


def _print(line: str, name: str, end: str) -> None:
    """Print at once. When nobody reads any more (`| head`) the conversation goes on without output. When the output
    cannot be written, as to a full disk, that is the end: SystemExit."""
    stream = getattr(sys, name)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        print(line.encode(encoding, "backslashreplace").decode(encoding), end=end, file=stream, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if name == "stdout" and not isinstance(error, BrokenPipeError):
            err(f"The output cannot be written: {error.strerror or error}.")
            raise SystemExit(UNWRITABLE) from None
