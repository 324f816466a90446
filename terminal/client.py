"""The client: all its sessions and windows, the settings, and who is told of new lines.

Owns: the numbering of lines, which window a line of the client's own goes to, the mentions. Must not: know a dialect's
wire, a keyboard or a screen. All of it runs in one thread, on one loop.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terminal.dialects import Identity
from terminal.events import Fatal
from terminal.in_force import put_in_force
from terminal.keeping.input_history import InputHistory
from terminal.logs import Logs
from terminal.loop import Loop
from terminal.mishaps import Mishaps
from terminal.model.attention import Bell, is_wanted
from terminal.model.highlights import mentions
from terminal.model.ignoring import is_ignored
from terminal.model.line import Kind, Line
from terminal.model.searching import Search
from terminal.model.window import Window, WindowKind
from terminal.model.windows import Windows
from terminal.network.endpoint import Endpoint
from terminal.remembering import remember_channels
from terminal.sessions.session import Dialler, Session, dial, endpoint_of
from terminal.settings.table import ServerSettings, Settings, change

if TYPE_CHECKING:
    from terminal.recording import Recording
    from terminal.replaying import Replaying

MENTIONS = "mentions"
ACTIVE_SECONDS = 120.0  # after the last key somebody is still believed to look


class Client:
    """`on_line` is called with every line and the window that it was put into, `on_edit` with one that is
    another one now (a message that was taken back), `on_change` after anything that a screen might show has changed,
    `on_over` when the client is to end, `on_bell` when the terminal is to ring,
    `on_failure` when a session has ended and somebody might be asked (`Session.identify`). `now` gives an aware moment.
    `settings_path` is the file that keeps changed settings; None: they end with the client. `search` is the search that
    one goes through. `full_screen`: there is a screen to scroll and to mark on; `key_help` are its keys and what they
    do. `input_history` keeps what is typed.
    `on_session` is called with every session that is added; `show_wire` shows the wire of the current one, or no more;
    `recording` is the record that is being written, `replaying` the one that is played."""

    def __init__(
        self,
        settings: Settings,
        loop: Loop,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        dialler: Dialler = dial,
    ) -> None:
        self.settings = settings
        self.loop = loop
        self.now = now
        self.windows = Windows()
        self.sessions: dict[str, Session] = {}
        self.servers: dict[str, ServerSettings] = {}  # those that the file of settings names
        self.on_line: list[Callable[[Window, Line], None]] = []
        self.on_edit: list[Callable[[Window, Line], None]] = []
        self.on_change: list[Callable[[], None]] = []
        self.on_over: list[Callable[[], None]] = []
        self.on_bell: list[Callable[[], None]] = []
        self.on_password: list[Callable[[str, Callable[[str | None], None]], None]] = []
        self.on_failure: list[Callable[[Session, Fatal], None]] = []
        self.refused = False
        self.quitting = False
        self.interactive = True
        self.dialler = dialler
        self.settings_path: Path | None = None
        self.search: Search | None = None
        self.full_screen = False
        self.key_help: Sequence[tuple[str, str]] = ()
        self.input_history: InputHistory | None = None
        self.on_session: list[Callable[[Session], None]] = []
        self.show_wire: Callable[[], None] = self._show_wire
        self.recording: Recording | None = None
        self.replaying: Replaying | None = None
        self.mishaps = Mishaps(self.warn)
        self._bell = Bell()
        self._active_until = 0.0  # by the loop's clock
        self._count = 0
        self._home: Window | None = None
        self.windows.on_switch.append(self._switched)
        self.logs = Logs(self)  # may have something to tell

    # Sessions

    def add_session(
        self,
        name: str,
        server: ServerSettings,
        identity: Identity,
        joins: Iterable[str] = (),
        kind: type[Session] = Session,
    ) -> Session:
        """A new conversation with a server, not connected yet. When there is one of that name, it is called as its
        address, or gets a number. Raises BadEndpoint."""
        session = kind(self._unique(name, endpoint_of(server)), server, identity, self, joins)
        self.sessions[session.name] = session
        if self._home is not None:  # the window of the time before any server has done its part
            self.windows.supersede(self._home, session.window)
            self._home = None
        for tell in self.on_session:
            tell(session)
        return session

    def _unique(self, name: str, endpoint: Endpoint) -> str:
        if name not in self.sessions:
            return name
        if name == endpoint.host and endpoint.address not in self.sessions:
            return endpoint.address
        stem = f"{name}-" if name[-1:].isdigit() else name  # 127.0.0.12 is another host
        return next(unique for number in count(2) if (unique := f"{stem}{number}") not in self.sessions)

    @property
    def session(self) -> Session | None:
        """The session of the current window, or the only one, or None."""
        current = self.windows.current
        if current is not None and current.server in self.sessions:
            return self.sessions[current.server]
        return next(iter(self.sessions.values()), None)

    def remove_session(self, session: Session) -> None:
        """Forget a session that is over, and its windows."""
        self.sessions.pop(session.name, None)
        for window in [window for window in self.windows if window.server == session.name]:
            self.windows.remove(window)
        self.changed()

    def quit(self, text: str = "") -> None:
        """Say goodbye to every server and end, when they have closed or some seconds have passed; a second call does
        not wait for them."""
        if self.quitting:
            self._give_up()
            return
        self.quitting = True
        if self.windows.current is not None:
            self.read(self.windows.current)
        remember_channels(self)
        for session in self.sessions.values():
            session.quit(text)
        self.session_changed()

    def _give_up(self) -> None:
        for session in self.sessions.values():
            session.close()
        for tell in self.on_over:
            tell()

    def session_failed(self, name: str, failure: Fatal) -> None:
        """A session has ended, and not well: it does not try again by itself."""
        session = self.sessions.get(name)
        if session is not None:
            for tell in self.on_failure:
                tell(session, failure)

    def ask_password(self, what: str, answer: Callable[[str | None], None]) -> bool:
        """Have somebody asked for the password of `what`; False when nobody can be. answer -- gets it, or None."""
        for ask in self.on_password:
            ask(what, answer)
        return bool(self.on_password)

    def session_changed(self) -> None:
        """A session has changed its state; the client ends when it was told to and all of them are over."""
        if self.quitting and all(session.over for session in self.sessions.values()):
            for tell in self.on_over:
                tell()
        self.changed()

    # Windows and lines

    def window(self, kind: WindowKind, server: str, name: str, show: bool = False) -> Window:
        """The window of that kind and name, made when there is none."""
        session = self.sessions.get(server)
        fold = session.dialect.fold if session else str.lower
        known = self.windows.find(server, name, fold, (kind,))
        if known is None:
            known = self.windows.add(Window(kind, server, name, most=self.settings.scrollback))
        if show:
            self.windows.show(known)
        return known

    def line(self, kind: Kind, text: str, time: datetime | None = None, **more: Any) -> Line:
        """A new line with the next number. more -- its other fields."""
        self._count += 1
        return Line(self._count, time or self.now(), kind, text, **more)

    def add(self, window: Window, line: Line, missed: bool = False, seen: bool = False) -> bool:
        """Put a line into a window, count it when nobody looks, and tell everybody who wants to know; whether it was
        not there yet. missed -- it is history, but came while there was no connection; seen -- it is looked at in
        another window."""
        if not window.add(line):
            return False
        if line.pending:  # it is told when the server has it
            self.changed()
            return True
        is_news = missed or not line.history
        if window is not self.windows.current and is_news and not seen:
            window.noticed(line)
        elif is_news and line.is_speech and self.loop.time() < self._active_until and window.server in self.sessions:
            self.sessions[window.server].reading.look()
        self._ring(window, line)
        for tell in self.on_line:
            tell(window, line)
        if line.mention and is_news and window.kind != "mentions":
            copy = replace(line, where=window.name, mention=False)
            looked_at = window is self.windows.current and window.anchor is None
            self.add(self.window("mentions", "", MENTIONS), copy, missed, looked_at)
        self.changed()
        return True

    def edited(self, window: Window, line: Line) -> None:
        """A line that was there is another one now."""
        for tell in self.on_edit:
            tell(window, line)
        self.changed()

    def is_mention(self, text: str, nick: str) -> bool:
        """Whether a text is meant for us: the own nick, or one of the highlights, as a word."""
        return mentions(text, [nick, *self.settings.highlights])

    def ignores(self, mask: str) -> bool:
        """Whether lines of somebody (`nick!user@host`, or the nick) are not to be shown."""
        return bool(self.settings.ignore) and is_ignored(self.settings.ignore, mask)

    def change_setting(self, name: str, value: object) -> None:
        """Give a setting another value, in force from now on. Raises BadSetting."""
        change(self.settings, name, value)
        put_in_force(self, name)
        self.changed()

    def tell(self, text: str, window: Window | None = None) -> None:
        """Say something of the client's own, where one looks."""
        for row in text.split("\n"):
            self.add(window or self._looked_at(), self.line("info", row))

    def complain(self, text: str, window: Window | None = None) -> None:
        """Say that something cannot be done."""
        self.refused = True
        self.add(window or self._looked_at(), self.line("problem", text))

    def warn(self, text: str) -> None:
        """Say that something goes wrong that nobody asked for just now."""
        self.add(self._where(), self.line("problem", text))

    def mishap(self, doing: str, error: Exception) -> None:
        """A mistake of the client itself: it is told once, and goes no further. doing -- the end of "while ..."."""
        self.mishaps.report(doing, error)

    def changed(self) -> None:
        """Something that a screen might show is different now."""
        for tell in self.on_change:
            tell()

    def _show_wire(self) -> None:
        session, current = self.session, self.windows.current
        if current is not None and current.kind == "wire":
            self.windows.remove(current)
        elif session is not None:
            self.window("wire", session.name, f"wire {session.name}", show=True)

    def _looked_at(self) -> Window:
        """Where an answer goes: it is to be seen."""
        found = self._where()
        self.windows.show(found)
        return found

    def _where(self) -> Window:
        """Where a line of the client's own goes: to where one looks, or to a window made for it. A window of the wire
        shows no lines: they go to that of its server."""
        current = self.windows.current
        if current is not None and current.kind == "wire" and current.server in self.sessions:
            return self.sessions[current.server].window
        if current is None:
            current = self._home = self.windows.add(Window("server", "", "parley"))
        return current

    def _ring(self, window: Window, line: Line) -> None:
        looked_at = window is self.windows.current and window.anchor is None
        if is_wanted(self.settings.bell, window, line, looked_at) and self._bell.may_ring(self.loop.time()):
            for tell in self.on_bell:
                tell()

    def _switched(self, old: Window | None, new: Window) -> None:
        if old is not None:
            old.mark()
            self.read(old)
        new.seen()
        if new.server in self.sessions:
            self.sessions[new.server].history.shown(new)
        self.read(new)
        self.changed()

    def touched(self) -> None:
        """Somebody sits here, and has used a key or the mouse just now: what is shown is read."""
        self._active_until = self.loop.time() + ACTIVE_SECONDS
        current = self.windows.current
        if current is not None and current.server in self.sessions:
            self.sessions[current.server].reading.look()

    def read(self, window: Window) -> None:
        """Tell the server how far a window was read, when both sides want that."""
        session = self.sessions.get(window.server)
        if session is not None and self.settings.read_markers:
            session.mark_read(window)
