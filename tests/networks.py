"""Several servers that are linked: Parley in this process or as processes, lab servers as processes, in any tree.

Owns: starting a tree of servers, waiting until all of it is linked, and waits that go across the network. Links keep
the order of what they carry, so a private message that arrives (`across`) proves that all that its sender's server said
before has arrived too. Must not: hold a test, or sleep by itself.
"""

import itertools
import json
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from tests.harness import TIMEOUT, Client, IrcClient, JsonClient, LabClient, ServerUnderTest, prompt
from tests.process import ROOT, QuickServer, ServerProcess, until

INFO = "one of several"
Talker = IrcClient | LabClient
_LAB_SERVER = [sys.executable, str(ROOT / "tests" / "lab_server.py")]
_tokens = itertools.count(1)


class Node(Protocol):
    """A server of the network, whatever it is."""

    name: str
    port: int

    def lab(self, nick: str, host: str = "pc1") -> LabClient:
        """A registered lab client."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


def links_to(*servers: tuple[str, int]) -> str:
    """The configuration of a server that accepts links, and dials these, given with their ports."""
    entries = [f'{{name = "{name}", host = "127.0.0.1", port = {port}}}' for name, port in servers]
    return f"[links]\nopen = true\nconnect = [{', '.join(entries)}]\n"


class ParleyHere(ServerUnderTest):
    """A Parley in this process that accepts links, and dials another server if one is given."""

    def __init__(self, name: str, dials: Node | None = None, config: str = "") -> None:
        where = [] if dials is None else [(dials.name, dials.port)]
        super().__init__(config + links_to(*where), name=name)
        self.name = name


class ParleyProcess(QuickServer):
    """A `python server.py` that accepts links, and dials another server if one is given. It must not fail inside."""

    def __init__(self, name: str, dials: Node | None = None, *options: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        where = () if dials is None else ("--connect_to_host", "127.0.0.1", "--connect_to_port", str(dials.port))
        super().__init__(Path(self._folder.name), "--open-links", "--info", INFO, *where, *options, name=name)

    def user(self, name: str, version: float = 1.1) -> JsonClient:
        """A JSON client with a new account."""
        client = self.json(name, version)
        assert client.ask("NWUA", password="secret")["response_code"] == "110"
        return client

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
        errors = self.errors()
        super().__exit__(kind, error, traceback)
        self._folder.cleanup()
        assert "Traceback" not in errors, errors


class LabProcess:
    """A strict lab server. At the end of a `with` it still runs, or the test fails with what it did not understand."""

    def __init__(self, name: str, dials: Node | None = None, *options: str) -> None:
        self.name = name
        where = () if dials is None else ("--connect_to_port", str(dials.port))
        self.process = subprocess.Popen(
            [*_LAB_SERVER, "--servername", name, "--info", INFO, *where, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self._clients: list[LabClient] = []
        found = re.search(r"listening on 127.0.0.1:(\d+)", self.process.stdout.readline())
        assert found is not None, self.stop()
        self.port = int(found[1])

    def lab(self, nick: str, host: str = "pc1") -> LabClient:
        """A registered lab client."""
        client = LabClient(self.port)
        self._clients.append(client)
        client.register(nick, host, self.name)
        return client

    def complaint(self) -> str:
        """Waits for its end; what it complained of."""
        _, errors = self.process.communicate(timeout=TIMEOUT)
        return errors

    def stop(self) -> str:
        """Ends the process, if it runs, without a word; what it complained of before."""
        self.process.terminate()
        for client in self._clients:
            client.close()
        return self.complaint() if self.process.stderr is not None and not self.process.stderr.closed else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        complaint = self.stop()
        assert not complaint, complaint


class Linked:
    """Servers by name, of whatever kind."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes

    def __getitem__(self, name: str) -> Node:
        return self.nodes[name]

    def lab(self, name: str, nick: str) -> LabClient:
        """A lab client of that server."""
        return self.nodes[name].lab(nick)

    def here(self, name: str) -> ParleyHere:
        """A Parley of this process."""
        node = self[name]
        assert isinstance(node, ParleyHere)
        return node

    def irc(self, name: str, nick: str, *capabilities: str) -> IrcClient:
        """A modern client of that server, which has to be a Parley."""
        node = self.nodes[name]
        assert isinstance(node, ServerUnderTest | ServerProcess)
        return node.irc(nick, *capabilities)

    def user(self, name: str, account: str) -> JsonClient:
        """A JSON client of that server, which has to be a Parley, with a new account."""
        node = self.nodes[name]
        assert isinstance(node, ParleyHere | ParleyProcess)
        return node.user(account, 1.1)

    def until_whole(self) -> None:
        """Returns once everybody reaches everybody: clients of all servers send each other something. They are gone
        again when this returns, on the servers on which they were; `across` makes sure of the others."""
        probes = [node.lab(f"probe{number}") for number, node in enumerate(self.nodes.values(), 1)]
        for sender, receiver in itertools.permutations(probes, 2):
            until_reached(sender, receiver)
        for probe in probes:
            probe.send("QUIT")
            probe.lines_until_closed()
            probe.close()


def node(
    name: str, dials: Node | None = None, is_lab: bool = False, is_process: bool = False, config: str = ""
) -> AbstractContextManager[Node]:
    """A server, which runs as long as the context."""
    if is_lab:
        return LabProcess(name, dials)
    return ParleyProcess(name, dials) if is_process else ParleyHere(name, dials, config)


@contextmanager
def linked(
    tree: Mapping[str, str], lab: Collection[str] = (), are_processes: bool = False, config: str = ""
) -> Iterator[Linked]:
    """A network that is whole. `tree` says whom each server dials, "" for the first; a server is dialled by those after
    it. Those of `lab` are lab servers, and the others are Parleys, in this process unless `are_processes`."""
    with ExitStack() as stack:
        nodes: dict[str, Node] = {}
        for name, dialled in tree.items():
            dials = nodes[dialled] if dialled else None
            nodes[name] = stack.enter_context(node(name, dials, name in lab, are_processes, config))
        network = Linked(nodes)
        network.until_whole()
        yield network
        # A lab server complains of what came until now, not of what a Parley says when it stops.
        for each in nodes.values():
            if isinstance(each, LabProcess):
                complaint = each.stop()
                assert not complaint, complaint


def chain(*names: str) -> dict[str, str]:
    """A tree in which each server dials the one before it."""
    return dict(zip(names, ("", *names), strict=False))


def star(centre: str, *names: str) -> dict[str, str]:
    """A tree in which all dial the first."""
    return {centre: "", **dict.fromkeys(names, centre)}


def _token() -> str:
    return f"token{next(_tokens)}."


def across(sender: Talker, receiver: Talker) -> list[str]:
    """Sends a private message across the network, to somebody whom it reaches; what the receiver got before it."""
    token = _token()
    sender.send(f"PRIVMSG {receiver.nick} :{token}")
    return receiver.lines_until(lambda line: line.endswith(f" :{token}") and " PRIVMSG " in line)[:-1]


def across_to_json(sender: Talker, receiver: JsonClient) -> list[dict[str, Any]]:
    """The same for a receiver that speaks JSON."""
    token = _token()
    sender.send(f"PRIVMSG {receiver.name} :{token}")
    return [json.loads(line) for line in receiver.lines_until(lambda line: f'{token}"' in line)[:-1]]


def settle(*clients: Talker) -> None:
    """Afterwards the servers of these clients know them all, and each has been sent whatever the others caused; what
    they were sent is dropped."""
    for sender, receiver in itertools.permutations(clients, 2):
        until_reached(sender, receiver)


def until_reached(sender: Talker, receiver: Talker) -> None:
    """Returns once a message of the one reaches the other, whose server may still have to come into the network."""
    token = _token()
    until(lambda: not any(" 401 " in line for line in sender.ask(f"PRIVMSG {receiver.nick} :{token}")))
    receiver.lines_until(lambda line: line.endswith(f" :{token}"))


def connect(server: ParleyHere, other: Node) -> None:
    """Has a running server dial another one from now on."""
    (server.data / "server.toml").write_text(links_to((other.name, other.port)), "utf-8")
    server.reload()


def disconnect(server: ParleyHere, other: ParleyHere) -> None:
    """Cuts the link that `connect` made, for good: both have noticed when this returns."""
    (server.data / "server.toml").write_text(links_to(), "utf-8")
    server.reload()
    with server.network.lock:
        for peer in server.controls.tree.peers:
            if peer.name == other.name:
                peer.cut("maintenance")
                break
    server.network.writer.wake()
    until(lambda: not knows(other, server.name))


def knows(server: ParleyHere, name: str) -> bool:
    """Whether the server has that other one in its network, and has done all that belongs to its coming or going."""
    with server.network.lock:
        return server.network.servers.find(name) is not None


class Accepted(Client):
    """A connection that came in, for a test that plays the server which is dialled."""

    def __init__(self, listener: socket.socket) -> None:
        listener.settimeout(TIMEOUT)
        self.socket = prompt(listener.accept()[0])
        self.socket.settimeout(TIMEOUT)
        self._buffer = b""


class Far:
    """A lab server that a test plays, `far.lab`, linked to the near one, with a user `echo`; for the waits, `ear` is a
    lab client of the near one."""

    def __init__(self, near: ParleyHere) -> None:
        self.ear = near.lab("ear")
        self.link = Client(near.port)
        self.link.send("SERVER far.lab 1 :A lab server", ":far.lab USER echo pc9 far.lab :An echo")
        self.burst = self.hear()

    def hear(self) -> list[str]:
        """All that the near server has said by now."""
        token = _token()
        while any(" 401 " in line for line in self.ear.ask(f"PRIVMSG echo :{token}")):
            pass  # the near server has not read of echo yet
        return self.link.lines_until(lambda line: line == f":ear PRIVMSG echo :{token}")[:-1]

    def say(self, *lines: str) -> list[str]:
        """Says something, which has been handled when this returns; what `ear` was told."""
        token = _token()
        self.link.send(*lines, f":echo PRIVMSG ear :{token}")
        return self.ear.lines_until(lambda line: line == f":echo PRIVMSG ear :{token}")[:-1]

    def is_cut(self, *lines: str) -> str:
        """Says something for which the link is cut; the last line."""
        self.link.send(*lines)
        return self.link.lines_until_closed()[-1]
