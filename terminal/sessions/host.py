"""What a session needs of what is around it: the client, and the network.

Owns: these shapes, and the one way to dial for real. Must not: do anything else.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from terminal.dialects import DIALECTS
from terminal.events import Fatal
from terminal.loop import Loop
from terminal.model.line import Kind, Line
from terminal.model.window import Window, WindowKind
from terminal.model.windows import Windows
from terminal.network.connection import Connection, Listener
from terminal.network.endpoint import TLS_PORT, Endpoint, parse_endpoint
from terminal.settings.table import ServerSettings, Settings

Post = Callable[[Callable[[], object]], object]


class Wire(Protocol):
    """What a session needs of a connection. Whatever happens to it, its listener hears `ended` last, and once."""

    def start(self) -> None:
        """Begin to connect."""

    def send(self, data: bytes) -> None:
        """Queue a line with its end, without waiting."""

    def close(self) -> None:
        """Send what is queued, and close."""


Dialler = Callable[[Endpoint, Listener, Post, float], Wire]


def dial(endpoint: Endpoint, listener: Listener, post: Post, timeout: float) -> Wire:
    """A connection of the network, not started yet."""
    return Connection(endpoint, listener, post, timeout)


def endpoint_of(server: ServerSettings) -> Endpoint:
    """Where to dial, and whom to trust there. Without a port, TLS has its own (RFC 7194). Raises BadEndpoint."""
    is_tls = server.tls or server.insecure or bool(server.fingerprint)
    usual = TLS_PORT if is_tls and server.dialect == "irc" else DIALECTS[server.dialect].default_port
    found = parse_endpoint(server.address, usual).endpoint
    return replace(
        found,
        tls=found.tls or is_tls,
        insecure=server.insecure,
        fingerprint=server.fingerprint,
        certificate=server.certificate,
        authority=server.authority,
        longest_line=DIALECTS[server.dialect].longest_line,
    )


class Host(Protocol):
    """What a session needs of the client around it."""

    settings: Settings
    windows: Windows
    loop: Loop
    now: Callable[[], datetime]
    dialler: Dialler
    interactive: bool
    refused: bool

    def window(self, kind: WindowKind, server: str, name: str, show: bool = False) -> Window:
        """The window of that kind and name, made when there is none."""

    def line(self, kind: Kind, text: str, time: datetime | None = None, **more: Any) -> Line:
        """A new line with the next number. more -- its other fields."""

    def add(self, window: Window, line: Line, missed: bool = False) -> bool:
        """Put a line into a window; whether it was not there yet. missed -- count it although it is history."""

    def edited(self, window: Window, line: Line) -> None:
        """A line that was there is another one now."""

    def is_mention(self, text: str, nick: str) -> bool:
        """Whether a text is meant for us."""

    def ignores(self, mask: str) -> bool:
        """Whether lines of somebody (`nick!user@host`, or the nick) are not to be shown."""

    def session_changed(self) -> None:
        """The state of a session is another one."""

    def session_failed(self, name: str, failure: Fatal) -> None:
        """A session has ended, and not well: it does not try again by itself."""

    def mishap(self, doing: str, error: Exception) -> None:
        """A mistake of the client itself goes no further. doing -- the end of "while ..."."""

    def changed(self) -> None:
        """Something that a screen might show is different now."""
