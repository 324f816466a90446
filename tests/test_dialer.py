"""Outgoing links: when a server is dialled and when not, and what is told of failures."""

import logging
import queue
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from chat.links.dialer import Backoff, Dialer, layers_to
from chat.storage.settings import Config, LinkPeer, LinksConfig, TlsConfig
from chat.transport.errors import TransportError
from protocol.limits import LINK_LOOK_SECONDS, LINK_RETRY_LONGEST_SECONDS, LINK_RETRY_SECONDS, LINK_STEADY_SECONDS
from tests.harness import TIMEOUT, IrcClient, ServerUnderTest
from tests.process import until

OPERATOR = '[[operator]]\nname = "root"\npassword = "x"\n'


# --- when to try again ---------------------------------------------------------------------------------------------


def test_the_waits_grow_to_a_bound() -> None:
    backoff = Backoff(lambda: 0.0)
    assert backoff.due == 0.0
    waits = [backoff.over(1000.0, 0.0) for _ in range(12)]
    assert waits[:5] == [LINK_RETRY_SECONDS * factor for factor in (1, 2, 4, 8, 16)]
    assert waits[-2:] == [LINK_RETRY_LONGEST_SECONDS] * 2
    assert backoff.due == 1000.0 + LINK_RETRY_LONGEST_SECONDS


def test_jitter_takes_up_to_a_half_off() -> None:
    for number, part in ((0.0, 1.0), (0.5, 0.75), (1.0, 0.5)):
        assert Backoff(lambda number=number: number).over(0.0, 0.0) == part * LINK_RETRY_SECONDS  # type: ignore[misc]


def test_after_a_link_that_lasted_the_next_try_is_soon() -> None:
    backoff = Backoff(lambda: 0.0)
    for _ in range(8):
        backoff.over(0.0, 0.0)
    assert backoff.over(0.0, LINK_STEADY_SECONDS - 0.1) > LINK_RETRY_SECONDS
    assert backoff.over(0.0, LINK_STEADY_SECONDS) == LINK_RETRY_SECONDS
    assert backoff.over(0.0, 0.0) == 2 * LINK_RETRY_SECONDS


def test_where_there_is_nothing_to_try_the_waits_do_not_grow() -> None:
    backoff = Backoff(lambda: 0.0)
    backoff.look_again(10.0)
    assert backoff.due == 10.0 + LINK_LOOK_SECONDS
    assert backoff.over(20.0, 0.0) == LINK_RETRY_SECONDS


# --- dialling ------------------------------------------------------------------------------------------------------


class Hub:
    """A socket that listens, and the dialler of a server. `served`: for whom a connection was made, in order; it lasts
    until the test says `hang_up`."""

    def __init__(self, *peers: LinkPeer, wait: float = 0.0) -> None:
        """`wait`: what the first wait is multiplied by."""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.server = ServerUnderTest(OPERATOR)
        self.network = self.server.network
        self.linked: set[str] = set()
        self.asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.served: queue.SimpleQueue[tuple[str, LinkPeer]] = queue.SimpleQueue()
        self._over: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.dialer = Dialer(self.network, self._serve, self._is_linked, lambda: 2 * (1 - wait))
        self.configure(*peers)

    def configure(self, *peers: LinkPeer) -> None:
        """Puts servers into the configuration; those with port 0 get the one that listens."""
        connect = tuple(replace(peer, port=peer.port or self.port) for peer in peers)
        self.network.config = replace(self.network.config, links=LinksConfig(connect=connect))

    def _is_linked(self, name: str) -> bool:
        assert not self.network.lock.held()
        self.asked.put(name)
        return name in self.linked

    def _serve(self, connection: socket.socket, address: str, peer: LinkPeer) -> str:
        assert connection.gettimeout() is None
        with connection:
            self.served.put((address, peer))
            return self._over.get(timeout=TIMEOUT)

    def hang_up(self, failure: str = "") -> None:
        """Ends one connection, which never was a link for that reason."""
        self._over.put(failure)

    def next(self) -> LinkPeer:
        """Whom the next connection is for."""
        address, peer = self.served.get(timeout=TIMEOUT)
        assert address == "127.0.0.1"
        return peer

    def operator(self) -> IrcClient:
        """An operator."""
        root = self.server.irc("root")
        root.ask("OPER root x")
        return root

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *what: object) -> None:
        self.dialer.stop()
        for _ in range(3):
            self.hang_up()
        self.server.stop()
        self.listener.close()


def peer(name: str = "hub.example", port: int = 0, autoconnect: bool = True) -> LinkPeer:
    return LinkPeer(name, "127.0.0.1", port, "sesame", autoconnect=autoconnect)


@pytest.fixture
def nobody_there() -> Iterator[int]:
    """A port on which nobody listens, and nobody else can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_server_is_dialled_at_once_and_again_when_the_link_is_lost() -> None:
    with Hub(peer()) as hub:
        hub.dialer.start()
        for _ in range(3):
            assert hub.next() == peer(port=hub.port)
            hub.hang_up()


def test_a_server_that_is_linked_already_is_not_dialled() -> None:
    with Hub(peer("a.example"), peer("b.example")) as hub:
        hub.linked.add("a.example")
        hub.dialer.start()
        assert hub.next().name == "b.example"
        assert {hub.asked.get(timeout=TIMEOUT) for _ in range(2)} == {"a.example", "b.example"}
        assert hub.served.empty()


def test_a_server_without_a_name_is_dialled_once_at_a_time() -> None:
    with Hub(peer("")) as hub:
        hub.dialer.start()
        assert hub.next().name == ""
        root = hub.operator()
        hub.dialer.connect(peer("", hub.port))
        assert root.line().endswith(f"*** Link: 127.0.0.1 port {hub.port} is being dialled already, or linked")
        assert hub.served.empty() and hub.asked.empty()
        hub.hang_up()
        assert hub.next().name == ""


def test_who_is_not_for_autoconnect_is_dialled_when_an_operator_says_so_and_only_once() -> None:
    once = peer("once.example", autoconnect=False)
    with Hub(once, peer("hub.example")) as hub:
        hub.dialer.start()
        assert hub.next().name == "hub.example"
        with hub.network.lock:
            hub.dialer.connect(replace(once, port=hub.port))
        assert hub.next().name == "once.example"
        hub.hang_up()
        hub.hang_up()
        assert hub.next().name == "hub.example"
        hub.hang_up()
        assert hub.next().name == "hub.example"


def test_connect_does_not_wait_for_the_next_try(nobody_there: int) -> None:
    with Hub(peer(port=nobody_there), wait=1000.0) as hub:
        root = hub.operator()
        hub.dialer.start()
        assert "next try in 1000 s" in root.line()
        hub.dialer.connect(peer(port=hub.port))
        assert hub.next().name == "hub.example"


def test_a_server_that_is_to_rest_is_not_dialled_before_connect(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parley.links")
    with Hub(peer("a.example")) as hub:
        hub.dialer.start()
        assert hub.next().name == "a.example"
        hub.dialer.rest(peer("a.example", hub.port))
        hub.hang_up()
        until(lambda: "is over; it is not dialled again before CONNECT" in caplog.text)
        hub.dialer.connect(peer("b.example", hub.port))
        assert hub.next().name == "b.example" and hub.served.empty()
        hub.dialer.connect(peer("a.example", hub.port))
        assert hub.next().name == "a.example"
        hub.hang_up()
        hub.hang_up()
        assert hub.next().name == "a.example"


def test_a_reload_dials_new_servers_and_forgets_others(nobody_there: int) -> None:
    with Hub(peer("old.example", nobody_there), wait=1000.0) as hub:
        root = hub.operator()
        hub.dialer.start()
        assert "cannot link to old.example" in root.line()
        hub.configure(peer("old.example"), peer("new.example"))
        hub.dialer.update(hub.network.config.links)
        assert {hub.next().name, hub.next().name} == {"old.example", "new.example"}
        hub.configure()
        hub.dialer.update(hub.network.config.links)
        hub.hang_up()
        hub.hang_up()
        hub.dialer.connect(peer("last.example", hub.port))
        assert hub.next().name == "last.example" and hub.served.empty()


def test_a_reload_without_a_change_neither_dials_nor_cuts() -> None:
    with Hub(peer("")) as hub:
        hub.dialer.start()
        assert hub.next().name == ""
        hub.dialer.update(hub.network.config.links)
        hub.dialer.connect(peer("other.example", hub.port))
        assert hub.next().name == "other.example" and hub.served.empty()


def test_after_a_stop_nobody_is_dialled() -> None:
    with Hub(peer()) as hub:
        hub.dialer.start()
        hub.next()
        hub.dialer.stop()
        hub.hang_up()
        hub.dialer.connect(peer("other.example", hub.port))
        assert not hub.dialer._thread.is_alive() and hub.served.empty()


def test_what_fails_while_a_link_is_served_ends_only_that(caplog: pytest.LogCaptureFixture) -> None:
    with Hub(peer()) as hub:
        serve, faults = hub.dialer._serve, [OSError("broken")]

        def fail_once(connection: socket.socket, address: str, peer: LinkPeer) -> str:
            if faults:
                connection.close()
                raise faults.pop()
            return serve(connection, address, peer)

        hub.dialer._serve = fail_once
        hub.dialer.start()
        assert hub.next().name == "hub.example"
        assert "the link to hub.example (127.0.0.1 port" in caplog.text


def test_only_a_server_with_tls_gets_layers() -> None:
    config = Config(data=Path())
    assert layers_to(peer(), config) is None
    layers = layers_to(LinkPeer("hub.example", "127.0.0.1", 1, tls=True, fingerprint="00" * 32), config)
    assert layers is not None and layers.has_output
    with pytest.raises(TransportError, match=r"own certificate none\.pem cannot be used: No such file or directory"):
        layers_to(LinkPeer("", "127.0.0.1", 1, tls=True), replace(config, tls=TlsConfig("none.pem", "none.pem")))


# --- what is told --------------------------------------------------------------------------------------------------


def test_the_same_failure_is_told_once(nobody_there: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parley.links")
    with Hub(peer(port=nobody_there)) as hub:
        root = hub.operator()
        hub.dialer.start()
        until(lambda: sum("still the same" in record.getMessage() for record in caplog.records) >= 3)
        hub.dialer.stop()
        reason = "connection refused; is it running, and is the port right?; next try in 0 s"
        text = f"cannot link to hub.example (127.0.0.1 port {nobody_there}): {reason}"
        assert root.sync() == [f":parley.test NOTICE root :*** Link: {text}"]
        assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [text]
        assert "sesame" not in caplog.text


def test_why_a_connection_was_no_link_is_told_until_it_changes_or_a_link_comes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Hub(peer()) as hub:
        hub.dialer.start()
        for failure in (
            "wrong password",
            "wrong password",
            "wrong certificate",
            "wrong certificate",
            "",
            "wrong certificate",
        ):
            hub.next()
            hub.hang_up(failure)
        hub.next()
        text = f"cannot link to hub.example (127.0.0.1 port {hub.port}): wrong %s; next try in 0 s"
        told = [text % what for what in ("password", "certificate", "certificate")]
        assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == told


def test_an_operator_who_asks_is_told_every_time(nobody_there: int) -> None:
    with Hub(peer(port=nobody_there), wait=1000.0) as hub:
        root = hub.operator()
        hub.dialer.start()
        for _ in range(3):
            assert "connection refused" in root.line()
            hub.dialer.connect(peer(port=nobody_there))
        assert "connection refused" in root.line()


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object) -> socket.socket:
        raise error

    monkeypatch.setattr("chat.links.dialer.socket.create_connection", fail)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), "no answer in 10 seconds; is a firewall in between?"),
        (socket.gaierror(socket.EAI_NONAME, "x"), "there is no such host; is its name right?"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "the name of the host cannot be looked up at the moment"),
        (UnicodeError("label too long"), "there is no such host; is its name right?"),
        (OSError(113, "No route to host"), "there is no way to that address from here"),
        (OSError(24, "Too many open files"), "Too many open files"),
    ],
)
def test_each_failure_is_a_sentence(monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str) -> None:
    with Hub(wait=1000.0) as hub:
        root = hub.operator()
        failing(monkeypatch, error)
        hub.dialer.start()
        hub.dialer.connect(LinkPeer("", "far.example", 7000))
        assert root.line() == f":parley.test NOTICE root :*** Link: cannot link to far.example port 7000: {reason}"


def test_a_port_that_answers_only_because_it_dialled_itself_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def to_itself(*_: object) -> socket.socket:
        connection = socket.socket()
        connection.bind(("127.0.0.1", 0))
        connection.connect(connection.getsockname())
        return connection

    with Hub(wait=1000.0) as hub:
        root = hub.operator()
        monkeypatch.setattr("chat.links.dialer.socket.create_connection", to_itself)
        hub.dialer.start()
        hub.dialer.connect(peer(port=hub.port))
        assert "connection refused" in root.line()


def test_a_thread_that_cannot_be_started_is_a_failure_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with Hub(wait=1000.0) as hub:
        root = hub.operator()
        hub.dialer.start()

        def refuse(*_: object, **__: object) -> Callable[[], None]:
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr("chat.links.dialer.threading.Thread", refuse)
        hub.dialer.connect(peer(port=hub.port))
        assert root.line().endswith(": can't start new thread")
