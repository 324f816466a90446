"""A class in a small chat: a real server, people in three dialects, and the client on a real terminal.

Owns: who is there, what o'clock it is, and how a picture is taken. Must not: know which pictures there are.
"""

import json
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self
from unittest import mock

from docs.pictures.cells import Picture, picture_of
from tests.harness import IrcClient, JsonClient, LabClient, ServerUnderTest
from tests.terminal_screen import Terminal

CLOCK = Path(__file__).parent / "clock"
SERVER, PORT = "parley.local", 6667
_DAY = "2026-03-04T{}:00.000+00:00"
_CONFIG = """[servers.parley]
address = "127.0.0.1:{port}"
dialect = "irc"
nick = "alice"
"""
UNSTEADY = (
    (r"127\.0\.0\.1:\d{4,5}\b", f"127.0.0.1:{PORT}"),
    (r"lag \d+ms", "lag 2ms"),
    (r"(connecting again in|next attempt in) [\d.]+ s", r"\1 2 s"),
)


class Scene:
    """A server at half past nine; `close` ends everything that was opened."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self._clock = self.folder / "clock"
        self.at("09:30")
        self._stack.enter_context(mock.patch("time.time", self._seconds))
        self._stack.enter_context(mock.patch("time.time_ns", lambda: int(self._seconds() * 1e9)))
        self.server = self._stack.enter_context(ServerUnderTest(name=SERVER))
        self.server.network._event_prefix = "m"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def at(self, clock: str) -> None:
        """Set all clocks: `09:31`."""
        new = self._clock.with_suffix(".new")
        new.write_text(_DAY.format(clock), "ascii")
        new.replace(self._clock)  # as a whole: the client may look at any moment
        self._now = datetime.fromisoformat(_DAY.format(clock)).timestamp()

    def _seconds(self) -> float:
        return self._now

    # People

    def rook(self) -> JsonClient:
        """Somebody who speaks JSON."""
        client = self.server.json(1.1)
        client.name = "rook"
        client.ask("NWUA", password="a long secret")
        return client

    def wren(self) -> LabClient:
        """Somebody who speaks lab IRC."""
        return self.server.lab("wren")

    def ada(self) -> IrcClient:
        """Somebody who speaks modern IRC."""
        return self.server.irc("ada")

    def say(self, rook: JsonClient, group: str, text: str) -> None:
        """rook says something."""
        body = {"version": 1.1, "command": "MSSG", "parameters": {"username": "rook", "chat_name": group}}
        rook.send_bytes(json.dumps({**body, "channel": "DC", "payload": text}).encode() + b"\n")
        rook.sync()

    # The client and the server

    def lose(self) -> None:
        """The server is gone."""
        self.server.stop()

    def client(self, *options: str, width: int, height: int, server: str = "parley", **settings: str) -> Terminal:
        """alice's client; `server` "" starts it without an address."""
        home = Path(tempfile.mkdtemp(dir=self.folder))
        (home / "config" / "parley").mkdir(parents=True)
        if server:
            text = _CONFIG.format(port=self.server.port)
            (home / "config" / "parley" / "client.toml").write_text(text, "ascii")
        environment = {
            "PYTHONPATH": str(CLOCK), "PICTURE_CLOCK": str(self._clock), "USER": "alice", "LOGNAME": "alice",
        } | settings  # fmt: skip
        words = [*options, server] if server else list(options)
        started = Terminal(*words, home=home, width=width, height=height, environment=environment)
        return self._stack.enter_context(started)


@dataclass(frozen=True, slots=True)
class View:
    """A terminal that shows, or soon will, what the picture of that name shows."""

    name: str
    terminal: Terminal

    def taken(self) -> Picture:
        """The picture, as it is at this moment."""
        shown = self.terminal
        return picture_of(shown.style_at, shown.width, shown.height, shown.cursor).steadied(UNSTEADY)
