"""The terminal's connection without TLS, against sockets that the tests own."""

import contextlib
import errno
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from terminal.network import connection as connections
from terminal.network import traffic
from terminal.network.connection import Connection
from terminal.network.endpoint import Endpoint
from terminal.network.failure import CLOSED, LEFT, STUCK, Failure, not_reached, rank
from tests.network_peers import SECONDS, Told, open_connection, outcome, read_all, serving


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_lines_come_with_their_ends_in_order_and_the_rest_without_one_does_not() -> None:
    def serve(peer: socket.socket) -> None:
        peer.sendall(b"one\r\ntwo\n\nthr")
        peer.sendall(b"ee \xff\x00\r\nfour")

    with serving(serve) as port:
        failure, told = outcome(Endpoint("127.0.0.1", port))
    assert failure == CLOSED
    assert told.lines == [b"one\r\n", b"two\n", b"\n", b"three \xff\x00\r\n"]
    assert told.addresses == [f"127.0.0.1:{port}"]
    assert told.order[:2] == ["dialling", "connected"] and told.order[-1] == "ended"
    assert set(told.order[2:-1]) == {"received"}


def test_what_is_sent_before_there_is_a_connection_goes_out_first() -> None:
    heard: list[bytes] = []
    told = Told()
    with serving(lambda peer: heard.append(read_all(peer))) as port:
        connection = Connection(Endpoint("127.0.0.1", port), told, told.posted.put, SECONDS)
        connection.send(b"NICK bob\r\n")
        connection.start()
        told.until(lambda: "connected" in told.order)
        connection.send(b"USER bob\r\n")
        connection.close()
        assert told.until_ended() == LEFT
        assert connection.join(SECONDS)
    assert heard == [b"NICK bob\r\nUSER bob\r\n"]


def test_closing_sends_what_is_queued_and_hears_the_last_word() -> None:
    heard: list[int] = []

    def serve(peer: socket.socket) -> None:
        heard.append(len(read_all(peer)))
        peer.sendall(b"ERROR :bye\r\n")

    with serving(serve) as port:
        connection, told = open_connection(Endpoint("127.0.0.1", port))
        told.until(lambda: "connected" in told.order)
        for _ in range(2000):
            connection.send(b"x" * 1000 + b"\n")
        connection.close()
        assert told.until_ended() == LEFT
        assert connection.join(SECONDS)
    assert heard == [2000 * 1001] and told.lines == [b"ERROR :bye\r\n"]


def test_a_server_that_takes_nothing_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_QUEUED", 1_000_000)
    over = threading.Event()
    with serving(lambda peer: over.wait(SECONDS)) as port:
        connection, told = open_connection(Endpoint("127.0.0.1", port))
        told.until(lambda: "connected" in told.order)
        for _ in range(64):
            connection.send(b"x" * 1_000_000 + b"\n")
        assert told.until_ended() == STUCK
        over.set()


def test_a_server_that_does_not_read_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_QUEUED", 1 << 30)
    over = threading.Event()
    with serving(lambda peer: over.wait(SECONDS)) as port:
        connection, told = open_connection(Endpoint("127.0.0.1", port))
        told.until(lambda: "connected" in told.order)
        for _ in range(64):
            connection.send(b"x" * 1_000_000 + b"\n")
        connection.abort()
        assert told.until_ended() == LEFT
        assert connection.join(SECONDS)
        over.set()


def test_what_cannot_be_sent_in_time_is_given_up_when_the_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "FLUSH_SECONDS", 0.05)
    over = threading.Event()
    with serving(lambda peer: over.wait(SECONDS)) as port:
        connection, told = open_connection(Endpoint("127.0.0.1", port))
        told.until(lambda: "connected" in told.order)
        connection.send(b"x" * 64_000_000)
        connection.close()
        assert told.until_ended() == LEFT
        over.set()


def test_twenty_thousand_lines_wait_at_the_server_until_the_core_has_handled_those_before() -> None:
    every = [b"%d " % number + b"x" * 1000 + b"\r\n" for number in range(20_000)]  # more than the system's buffers hold
    sent = threading.Event()

    def serve(peer: socket.socket) -> None:
        peer.sendall(b"".join(every))
        sent.set()

    with serving(serve) as port:
        _connection, told = open_connection(Endpoint("127.0.0.1", port))
        told.until(lambda: told.lines)
        assert not sent.is_set() and told.posted.qsize() < 2
        assert told.until_ended() == CLOSED
    assert told.lines == every
    assert max(told.portions) <= 500


def test_nobody_listens_any_more_so_the_connection_ends() -> None:
    def post(callback: Callable[[], object]) -> None:
        raise RuntimeError("Event loop is closed")

    heard: list[bytes] = []
    with serving(lambda peer: heard.append(read_all(peer))) as port:
        connection = Connection(Endpoint("127.0.0.1", port), Told(), post, SECONDS)
        connection.start()
        assert connection.join(SECONDS)
    connection.send(b"x\n")
    connection.close()


def test_a_line_without_end_ends_the_connection() -> None:
    with serving(lambda peer: peer.sendall(b"fine\n" + b"x" * 300_000)) as port:
        failure, told = outcome(Endpoint("127.0.0.1", port, longest_line=100_000))
    assert failure == Failure("The server sent a line without end.", "protocol", retry=False)
    assert told.lines == [b"fine\n"]


def test_nobody_answers() -> None:
    port = free_port()
    failure, told = outcome(Endpoint("127.0.0.1", port))
    sentence = f"Nobody answers at 127.0.0.1:{port}: the connection was refused. Is a server running?"
    assert failure == Failure(sentence, "refused", retry=True)
    assert told.order == ["dialling", "ended"]


def test_a_server_that_is_reset_is_lost() -> None:
    def serve(peer: socket.socket) -> None:
        peer.recv(4)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # so that closing resets

    with serving(serve) as port:
        connection, told = open_connection(Endpoint("127.0.0.1", port))
        connection.send(b"NICK bob\r\n")
        failure = told.until_ended()
    sentence = (
        f"The connection to 127.0.0.1:{port} was lost: connection reset by peer. If this port is for TLS, add --tls."
    )
    assert failure == Failure(sentence, "lost", retry=True)


def test_a_port_for_tls_is_recognised_by_its_alert() -> None:
    with serving(lambda peer: peer.sendall(b"\x15\x03\x01\x00\x02\x02\x46")) as port:
        failure, told = outcome(Endpoint("127.0.0.1", port))
    sentence = f"The server at 127.0.0.1:{port} speaks TLS on this port: add --tls."
    assert failure == Failure(sentence, "protocol", retry=False)
    assert told.lines == []


def test_a_server_that_closes_without_a_word_may_want_tls() -> None:
    with serving(lambda peer: None) as port:
        failure, _ = outcome(Endpoint("127.0.0.1", port))
    sentence = "The server closed the connection. If this port is for TLS, add --tls."
    assert failure == Failure(sentence, "closed", retry=True)


def test_an_ipv6_address() -> None:
    with contextlib.ExitStack() as stack:
        try:
            port = stack.enter_context(serving(lambda peer: peer.sendall(b"six\n"), host="::1"))
        except OSError:  # no IPv6 on this machine: the sentence that says so is what can be checked
            failure, _ = outcome(Endpoint("::1", 1))
            assert failure.kind in ("unreachable", "refused") and "[::1]:1" in failure.text
            return
        _, told = outcome(Endpoint("::1", port))
        assert told.addresses == [f"[::1]:{port}"] and told.lines == [b"six\n"]


def test_all_addresses_of_a_host_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = free_port()
    with serving(lambda peer: peer.sendall(b"hello\n")) as port:
        stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        found = [(*stream, ("127.0.0.1", closed)), (*stream, ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        _, told = outcome(Endpoint("two.example", port))
    assert told.addresses == [f"127.0.0.1:{closed}", f"127.0.0.1:{port}"] and told.lines == [b"hello\n"]


def test_no_such_host() -> None:
    failure, told = outcome(Endpoint("nobody.invalid", 6667))
    assert failure.kind == "name" and "nobody.invalid" in failure.text
    assert told.order == ["ended"]


@pytest.mark.parametrize("host", ["a..b", "x" * 300, ".a"])
def test_a_name_that_no_host_can_have(host: str) -> None:
    failure, _ = outcome(Endpoint(host, 6667))
    assert failure == Failure(f"There is no host called {host}.", "name", retry=False)


def lookup(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Any]) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer())


def test_a_look_up_that_may_go_better_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer() -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    lookup(monkeypatch, answer)
    failure, _ = outcome(Endpoint("chat.example", 6667))
    sentence = "The host chat.example cannot be looked up: temporary failure in name resolution. Is there a network?"
    assert failure == Failure(sentence, "name", retry=True)


def test_a_look_up_without_answer_is_given_up_or_left(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    lookup(monkeypatch, lambda: over.wait(SECONDS) and [])
    failure, _ = outcome(Endpoint("chat.example", 6667), timeout=0.05)
    assert failure == Failure("Nobody answers at chat.example:6667: no reply in 0.05 seconds.", "timeout", retry=True)
    connection, told = open_connection(Endpoint("chat.example", 6667))
    connection.close()
    assert told.until_ended() == LEFT
    over.set()


def test_the_address_that_answers_no_tells_most() -> None:
    silent, no_way = TimeoutError(), OSError(errno.ENETUNREACH, "Network is unreachable")
    errors: list[OSError] = [silent, ConnectionRefusedError(), no_way]
    assert isinstance(max(errors, key=rank), ConnectionRefusedError)
    assert max([no_way, silent], key=rank) is silent
    failure = not_reached(no_way, "h", "h:1", 5)
    assert failure == Failure("No connection to h:1: network is unreachable.", "unreachable", retry=True)


def test_whatever_the_network_reports_is_a_loss_and_no_fault_of_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOBUFS, "No buffer space available")

    monkeypatch.setattr(connections, "Traffic", fail)
    with serving(read_all) as port:
        failure, _ = outcome(Endpoint("127.0.0.1", port))
    text = f"The connection to 127.0.0.1:{port} was lost: no buffer space available."
    assert failure == Failure(text, "lost", retry=True)
