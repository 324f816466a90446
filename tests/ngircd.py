"""A real ngIRCd as a process of its own, on a free loopback port and in a temporary folder, to link with.

It must not need the network, root, or a configuration of the machine. Where the program is not installed,
`require_ngircd` skips the test.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pytest

from chat.state.network import Network
from tests.harness import TIMEOUT, IrcClient, ServerUnderTest
from tests.networks import across, until_reached
from tests.process import until

NGIRCD_NAME = "ngircd.test"
OPERATOR = ("oper", "operpassword")
_ATTEMPTS = 5
_SEARCH_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))

_CONFIGURATION = """\
[Global]
Name = {name}
Info = A real ngIRCd
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = Hello
AdminInfo1 = The tests
AdminInfo2 = Loopback
AdminEMail = admin@ngircd.test
Network = Test
[Limits]
ConnectRetry = 5
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = {nick_length}
MaxPenaltyTime = 0
PingTimeout = 120
PongTimeout = 20
[Options]
Ident = no
PAM = no
DNS = no
AllowRemoteOper = yes
OperCanUseMode = yes
{options}
[Operator]
Name = {operator}
Password = {password}
"""


def find_ngircd() -> str | None:
    """The program's path, or None where it is not installed."""
    return shutil.which("ngircd", path=_SEARCH_PATH)


def require_ngircd() -> str:
    """The program's path; skips the test where it is not installed."""
    path = find_ngircd()
    if path is None:
        pytest.skip("ngIRCd is not installed (Debian: apt-get install ngircd), so there is no real server to link with")
    return path


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Link:
    """A [Server] block. With a port ngIRCd dials, without one it waits to be dialled. `mine` is the password that
    ngIRCd sends (it calls that PeerPassword), `theirs` the one that it expects (MyPassword); `dials` false keeps the
    port for its CONNECT."""

    name: str
    port: int | None = None
    mine: str = "from-ngircd"
    theirs: str = "to-ngircd"
    dials: bool = True

    def text(self) -> str:
        """The block as ngIRCd reads it."""
        lines = ["[Server]", f"Name = {self.name}", f"PeerPassword = {self.mine}", f"MyPassword = {self.theirs}"]
        if self.port is not None:
            lines += ["Host = 127.0.0.1", f"Port = {self.port}", f"Passive = {'no' if self.dials else 'yes'}"]
        return "\n".join(lines) + "\n"


class NgircdClient(IrcClient):
    """A client of ngIRCd, which writes what it answers to a PING after a colon."""

    def sync(self) -> list[str]:
        """All lines that come before the answer to a PING."""
        self._tokens += 1
        token = f"sync{self._tokens}"
        self.send(f"PING {token}")
        return self.lines_until(lambda line: line.endswith(f":{token}") and " PONG " in line)[:-1]


class NgircdProcess:
    """A running ngIRCd; stopped at the end of a `with`. `options` are lines of its [Options]."""

    def __init__(self, *links: Link, name: str = NGIRCD_NAME, nick_length: int = 20, options: str = "") -> None:
        self.name = name
        self._program = require_ngircd()
        self._folder = tempfile.TemporaryDirectory()
        self._clients: list[NgircdClient] = []
        self._start(links, nick_length, options)

    def _start(self, links: tuple[Link, ...], nick_length: int, options: str) -> None:
        # Between the search for a free port and ngIRCd's bind somebody else may take it.
        for _ in range(_ATTEMPTS):
            self.port = free_port()
            self._launch(links, nick_length, options)
            until(self._is_settled)
            if self.process.poll() is None:
                return
        raise AssertionError(f"ngIRCd does not start:\n{self.log()}")

    def _launch(self, links: tuple[Link, ...], nick_length: int, options: str) -> None:
        path = Path(self._folder.name) / "ngircd.conf"
        head = _CONFIGURATION.format(
            name=self.name,
            port=self.port,
            nick_length=nick_length,
            options=options,
            operator=OPERATOR[0],
            password=OPERATOR[1],
        )
        path.write_text(head + "".join(link.text() for link in links), "ascii")
        with self._log_path().open("w") as log:
            # `-n` keeps it in the foreground, where its log goes to the standard output.
            command = [self._program, "-n", "-f", str(path)]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def _log_path(self) -> Path:
        return Path(self._folder.name) / "ngircd.log"

    def log(self) -> str:
        """What it has logged so far."""
        return self._log_path().read_text("utf-8", "replace")

    def _is_settled(self) -> bool:
        if self.process.poll() is not None:
            return True
        try:
            socket.create_connection(("127.0.0.1", self.port), TIMEOUT).close()
        except ConnectionRefusedError:
            return False
        return "Now listening on" in self.log()

    def irc(self, nick: str) -> NgircdClient:
        """A registered client."""
        client = NgircdClient(self.port)
        self._clients.append(client)
        client.register(nick)
        return client

    def operator(self, nick: str = "root") -> NgircdClient:
        """A registered client that is an operator."""
        client = self.irc(nick)
        answer = client.ask(f"OPER {OPERATOR[0]} {OPERATOR[1]}")
        assert any(" 381 " in line for line in answer), answer
        return client

    def stop(self) -> None:
        """Ends the process, and waits."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(TIMEOUT)
        for client in self._clients:
            client.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


# --- linked with Parley --------------------------------------------------------------------------------------------

PARLEY_NAME = "parley.test"
_PARLEY_CONFIGURATION = """
[links]
connect = [{connect}]
accept = [{{name = "{name}", password = "{mine}"}}]
[[operator]]
name = "oper"
password = "operpassword"
"""


def parley_configuration(ngircd_port: int | None, mine: str = "from-ngircd", name: str = NGIRCD_NAME) -> str:
    """A server.toml with an ngIRCd in [links]: it may connect with the password `mine`, and is dialled where a port is
    given. The password that it gets is in its `connect` in either case."""
    place = f'name = "{name}", host = "127.0.0.1", port = {ngircd_port or 6667}, password = "to-ngircd"'
    connect = f"{{{place}, autoconnect = {str(ngircd_port is not None).lower()}}}"
    return _PARLEY_CONFIGURATION.format(connect=connect, name=name, mine=mine)


class Pair(NamedTuple):
    """A Parley in this process and an ngIRCd."""

    parley: ServerUnderTest
    ngircd: NgircdProcess

    def until_linked(self) -> None:
        """Returns once each has told the other all that it knows."""
        network = self.parley.network
        until(lambda: is_linked(network, self.ngircd.name))
        probe, answer = self.parley.irc("probe1"), self.ngircd.irc("probe2")
        for sender, receiver in ((probe, answer), (answer, probe)):
            until_reached(sender, receiver)
        for client in (probe, answer):
            client.send("QUIT")
            client.lines_until_closed()
        until(lambda: network.find_user("probe2") is None)


def is_linked(network: Network, name: str) -> bool:
    """Whether a server is there, and has been told all."""
    with network.lock:
        server = network.servers.find(name)
        return server is not None and bool(server.link.is_told)


@contextmanager
def linked_with_ngircd(is_dialled: bool = False, config: str = "", nick_length: int = 20) -> Iterator[Pair]:
    """Both servers, linked. Parley dials, or (`is_dialled`) is dialled; `config`: more of its server.toml."""
    with ExitStack() as stack:
        if is_dialled:
            parley = stack.enter_context(ServerUnderTest(parley_configuration(None) + config, name=PARLEY_NAME))
            link = Link(PARLEY_NAME, parley.port)
            ngircd = stack.enter_context(NgircdProcess(link, nick_length=nick_length))
        else:
            ngircd = stack.enter_context(NgircdProcess(Link(PARLEY_NAME), nick_length=nick_length))
            configuration = parley_configuration(ngircd.port) + config
            parley = stack.enter_context(ServerUnderTest(configuration, name=PARLEY_NAME))
        pair = Pair(parley, ngircd)
        pair.until_linked()
        yield pair


ANN, BOB, CHANNEL = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1", "#shared"


class People:
    """ann, an operator on ngIRCd, and bob, on Parley, who both are operators of CHANNEL."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.ann = pair.ngircd.operator("ann")
        self.bob = pair.parley.irc("bob")
        until_reached(self.ann, self.bob)
        until_reached(self.bob, self.ann)
        self.by_bob(f"JOIN {CHANNEL}")
        self.by_ann(f"JOIN {CHANNEL}")
        self.by_bob(f"MODE {CHANNEL} +o ann")

    def by_ann(self, *lines: str) -> list[str]:
        """What bob is told when ann has sent these lines."""
        self.ann.ask(*lines)
        return across(self.ann, self.bob)

    def by_bob(self, *lines: str) -> list[str]:
        """What ann is told when bob has sent these lines."""
        self.bob.ask(*lines)
        return across(self.bob, self.ann)
