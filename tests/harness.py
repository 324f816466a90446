"""A real server in this process on a free port, and one small client per dialect, for tests of what goes over the wire.

Every wait is bounded by TIMEOUT and ends with a protocol round trip, never with a sleep: `sync()` sends a PING (IRC), a
REDY (JSON) or a NAMES of no channel (lab) and returns all lines that came before its answer.
"""

import base64
import json
import re
import socket
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import server as server_module
from chat.commands import registry
from chat.state.channel import Channel
from chat.storage.config import load_config
from chat.storage.folder import DataFolder
from chat.storage.legacy import convert_legacy
from chat.storage.passwords import Secret, hash_password
from chat.storage.records import Account
from protocol.message import parse_message

TIMEOUT = 10.0
SERVER_NAME = "parley.test"


@lru_cache
def load_commands() -> None:
    """Fills the command tables, once for each process; a test that imported one of their files filled a part."""
    registry.load()


@lru_cache
def hashed(password: str) -> Secret:
    """The secret of a password."""
    return hash_password(password)


def bare(lines: list[str]) -> list[str]:
    """The lines without their tags."""
    return [line.partition(" ")[2] if line.startswith("@") else line for line in lines]


def tags_of(line: str) -> dict[str, str]:
    """The tags of a line."""
    return parse_message(line).tags


def response(
    code: str, payload: Any = "", channel: str = "CC", version: float = 1.0, id: Any = None, **parameters: Any
) -> dict[str, Any]:
    """A whole CSP response, to compare with."""
    whole = {"version": version, "response_code": code, "parameters": parameters, "channel": channel}
    return {**whole, "payload": payload} | ({} if id is None else {"id": id})


def timeless(whole: dict[str, Any]) -> dict[str, Any]:
    """A 1.1 event without its time and msgid, which are checked for their form."""
    parameters = dict(whole["parameters"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", parameters.pop("time")), whole
    assert re.fullmatch(r"\S+", parameters.pop("msgid")), whole
    return {**whole, "parameters": parameters}


class ServerUnderTest:
    """A running server. `config` is the text of server.toml; `data` a folder to start on (a new one by default);
    `own_listeners` leaves the listeners to the configuration, where their ports must be 0."""

    def __init__(
        self, config: str = "", data: Path | None = None, name: str = SERVER_NAME, own_listeners: bool = False
    ) -> None:
        load_commands()
        self._own_folder = tempfile.TemporaryDirectory() if data is None else None
        self.data = data if data is not None else Path(self._own_folder.name if self._own_folder else "")
        if config:
            (self.data / "server.toml").write_text(config, "utf-8")
        overrides: dict[str, Any] = {"servername": name} | ({} if own_listeners else {"host": "127.0.0.1", "port": 0})
        folder = DataFolder.open(self.data)
        self.messages = convert_legacy(self.data)
        controls = server_module.Controls(None, overrides)
        self.server = server_module.Server(load_config(None, self.data, overrides), controls, folder)
        self.controls = controls
        self.network = self.server.network
        self.port: int = self.server.listeners[0].server_address[1]
        self._clients: list[Client] = []
        self.server.start()

    def stop(self) -> None:
        """Stops the server and closes what is left of the clients."""
        self.server.stop()
        for client in self._clients:
            client.close()
        if self._own_folder is not None:
            self._own_folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _add(self, client: "Client") -> Any:
        self._clients.append(client)
        return client

    def connect(self) -> "IrcClient":
        """A connection that has sent nothing, used as IRC."""
        client: IrcClient = self._add(IrcClient(self.port))
        return client

    def irc(self, nick: str, *capabilities: str) -> "IrcClient":
        """A registered modern client with these capabilities; its welcome lines are in `welcome`."""
        client = self.connect()
        client.register(nick, *capabilities)
        return client

    def member(self, account: str, *capabilities: str, nick: str = "", password: str = "secret") -> "IrcClient":
        """A registered modern client that is logged in by SASL to an account that exists."""
        client = self.connect()
        client.register(nick or account, "sasl", *capabilities, login=(account, password))
        return client

    def add_account(self, name: str, password: str = "secret") -> None:
        """Makes an account; each password is hashed once for each process."""
        with self.network.lock:
            self.network.account_store.put(Account(name, hashed(password)))
        self.network.flush()

    def channel(self, name: str) -> Channel:
        """The channel's state, for the times in replies."""
        found = self.network.find_channel(name)
        assert found is not None
        return found

    def reload(self) -> list[str]:
        """Reads the files again, as SIGHUP does; the problems."""
        return self.controls.reload()

    def look_after(self, seconds: float) -> None:
        """One round of housekeeping as if it were `seconds` later; from then on there are no others."""
        self.server._housekeeping.stop()
        self.server._housekeeping.look(time.monotonic() + seconds)

    def lab(self, nick: str, host: str = "pc1") -> "LabClient":
        """A registered lab client; its 001 is in `welcome`."""
        client: LabClient = self._add(LabClient(self.port))
        client.register(nick, host, self.network.name)
        return client

    def json(self, version: float = 1.0) -> "JsonClient":
        """A JSON connection that has not logged in."""
        client: JsonClient = self._add(JsonClient(self.port, version))
        return client

    def user(self, name: str, version: float = 1.0, password: str = "secret") -> "JsonClient":
        """A JSON client with a new account, or logged in to it if it exists; `welcome` is what the login brought."""
        client = self.json(version)
        client.name = name
        verb = "AUTH" if self.network.find_account(name) is not None else "NWUA"
        answer, *client.welcome = client.ask_all(verb, password=password)
        assert answer["response_code"] == "110", answer
        return client


def prompt(connection: socket.socket) -> socket.socket:
    """The connection, which from now on sends a line at once, not when the one before it was acknowledged (40 ms)."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Client:
    """A line-based connection."""

    def __init__(self, port: int) -> None:
        self.socket = prompt(socket.create_connection(("127.0.0.1", port), TIMEOUT))
        self._buffer = b""

    def send_bytes(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self.socket.sendall(data)

    def send(self, *lines: str) -> None:
        """Sends lines."""
        self.send_bytes("".join(line + "\r\n" for line in lines).encode())

    def line(self) -> str:
        """The next line; EOFError when the server closed the connection, TimeoutError when none comes."""
        while b"\n" not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError(f"closed; left over: {self._buffer!r}")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line.decode().removesuffix("\r")

    def lines_until(self, is_last: Callable[[str], bool]) -> list[str]:
        """The next lines, up to and with the first for which `is_last` holds."""
        lines = [self.line()]
        while not is_last(lines[-1]):
            lines.append(self.line())
        return lines

    def lines_until_closed(self) -> list[str]:
        """All lines until the server closes."""
        lines: list[str] = []
        try:
            while True:
                lines.append(self.line())
        except (EOFError, ConnectionResetError):
            return lines

    def close(self) -> None:
        """Closes the connection without a word."""
        self.socket.close()


class IrcClient(Client):
    """A modern IRC client."""

    nick = ""
    welcome: list[str]
    _tokens = 0

    def register(self, nick: str, *capabilities: str, login: tuple[str, str] | None = None) -> None:
        """Registers, with the capabilities requested; `login` is account and password for SASL PLAIN."""
        self.nick = nick
        if capabilities:
            self.send("CAP LS 302", f"CAP REQ :{' '.join(capabilities)}")
        if login is not None:
            proof = base64.b64encode("\0".join(("", *login)).encode()).decode()
            self.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {proof}")
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick} the tester")
        if capabilities:
            self.send("CAP END")
        self.welcome = self.lines_until(lambda line: f" 376 {nick} " in line or f" 422 {nick} " in line)

    def sync(self) -> list[str]:
        """All lines that come before the answer to a PING."""
        self._tokens += 1
        token = f"sync{self._tokens}"
        self.send(f"PING {token}")
        return self.lines_until(lambda line: line.endswith(f" {token}") and " PONG " in line)[:-1]

    def ask(self, *lines: str) -> list[str]:
        """Sends lines, and returns what comes until all of it has been handled."""
        self.send(*lines)
        return self.sync()


class LabClient(Client):
    """A lab client: its PING is a NAMES of a channel that does not exist."""

    nick = ""
    welcome: list[str]

    def register(self, nick: str, host: str, server: str) -> None:
        """Says who it is to the server of that name; what it answers is in `welcome`."""
        self.nick = nick
        self.send(f"USER {nick} {host} {server} :{nick} of the lab")
        self.welcome = [self.line()]

    def sync(self) -> list[str]:
        """All lines that come before the answer to that NAMES."""
        self.send("NAMES #-sync-")
        return self.lines_until(lambda line: "403 #-sync-" in line)[:-1]

    def ask(self, *lines: str) -> list[str]:
        """Sends lines, and returns what comes until all of it has been handled."""
        self.send(*lines)
        return self.sync()


class JsonClient(Client):
    """A CSP client. `name` goes into parameters.username."""

    def __init__(self, port: int, version: float = 1.0) -> None:
        super().__init__(port)
        self.version = version
        self.name = ""
        self.welcome: list[dict[str, Any]] = []

    def request(self, verb: str, payload: str = "", id: Any = None, **parameters: Any) -> None:
        """Sends one request."""
        body: dict[str, Any] = {"version": self.version, "command": verb}
        body["parameters"] = {"username": self.name, **parameters}
        if id is not None:
            body["id"] = id
        self.send_bytes(json.dumps({**body, "channel": "CC", "payload": payload}).encode() + b"\n")

    def object(self) -> dict[str, Any]:
        """The next object."""
        data: dict[str, Any] = json.loads(self.line())
        return data

    def sync(self) -> list[dict[str, Any]]:
        """All objects that come before the answer to a REDY."""
        self.request("REDY")
        objects: list[dict[str, Any]] = []
        while True:
            data = self.object()
            if data["response_code"] == "100":
                return objects
            objects.append(data)

    def ask(self, verb: str, payload: str = "", id: Any = None, **parameters: Any) -> dict[str, Any]:
        """Sends a request and returns the one object that answers it; fails when there are more or none."""
        self.request(verb, payload, id, **parameters)
        objects = self.sync()
        assert len(objects) == 1, objects
        return objects[0]

    def ask_all(self, verb: str, payload: str = "", id: Any = None, **parameters: Any) -> list[dict[str, Any]]:
        """Sends a request and returns all objects that come until it has been handled."""
        self.request(verb, payload, id, **parameters)
        return self.sync()

    def quit(self) -> None:
        """Quits in order, whatever the version; when this returns, the others have been told."""
        self.version = 1.1
        self.request("QUIT")
        self.lines_until_closed()
