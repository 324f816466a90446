"""Logs of talk as the settings ask for them. Owns: whether lines are logged, and where to. Must not: know the form of a
log (`keeping.talk_log`)."""

from pathlib import Path
from typing import TYPE_CHECKING

from protocol.names import fold
from terminal.keeping.files import BadPath, user_path
from terminal.keeping.talk_log import LOGGED_WINDOWS, TalkLog, default_folder
from terminal.model.line import Line
from terminal.model.window import Window

if TYPE_CHECKING:
    from terminal.client import Client


class Logs:
    """Writes what is added to the windows of a client. That a file cannot be written is said once."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._log: TalkLog | None = None
        client.on_line.append(self._line)
        self.configure()

    def configure(self) -> None:
        """The settings are others now; a log that could not be written gets another chance."""
        form = self._client.settings.logs
        try:
            self._log = None if form == "off" else TalkLog(self.folder, form, self._fold)
        except BadPath as error:
            self._log = None
            self._client.warn(f"Nothing is logged: {error}")

    @property
    def folder(self) -> Path:
        """Where logs go, or would. Raises BadPath."""
        chosen = self._client.settings.log_folder
        return user_path(chosen) if chosen else default_folder()

    def path(self, window: Window) -> Path | None:
        """Where the lines of a window go, or would; None for a window that is never logged. Raises BadPath."""
        if window.kind not in LOGGED_WINDOWS:
            return None
        return TalkLog(self.folder, "text", self._fold).path(window.server, window.name)

    def _fold(self, server: str, name: str) -> str:
        session = self._client.sessions.get(server)
        return session.dialect.fold(name) if session is not None else fold(name)

    def _line(self, window: Window, line: Line) -> None:
        problem = self._log.write(window, line) if self._log is not None else ""
        if problem:
            self._client.warn(f"{problem} /log text or /log json tries again.")
