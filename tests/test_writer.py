"""One thread writes for everybody: neither an error of one connection nor a reader at work ever holds it up."""

import socket
import threading
from collections.abc import Iterator

import pytest

from chat.state import registration
from chat.state.delivery import Outbox, Writer
from chat.transport.layers import Door, Layers
from tests.harness import ServerUnderTest
from tests.process import until


def outbox_of(server: ServerUnderTest, nick: str) -> Outbox:
    user = server.network.find_user(nick)
    assert user is not None
    return user.sessions[0].outbox


def read_all(connection: socket.socket) -> bytes:
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


@pytest.fixture
def layered() -> Iterator[tuple[Writer, Outbox, socket.socket]]:
    """A writer that is not started, and an outbox whose layers a reader is at work in."""
    ours, theirs = socket.socketpair()
    outbox = Outbox(ours, 1000, lambda: b"bye\r\n")
    outbox.transport = Layers(Door())
    outbox.transport._lock.acquire()
    theirs.settimeout(5)
    yield Writer(), outbox, theirs
    ours.close()
    theirs.close()


def test_the_writer_waits_for_no_reader(layered: tuple[Writer, Outbox, socket.socket]) -> None:
    writer, outbox, theirs = layered
    ours_too, theirs_too = socket.socketpair()
    other = Outbox(ours_too, 1000, lambda: b"")
    writer.start()
    for one in (outbox, other):
        one.append(b"first\r\n")
        writer.mark(one.alone)
    writer.wake()
    theirs_too.settimeout(5)
    assert theirs_too.recv(100) == b"first\r\n"
    until(lambda: writer._postponed)
    assert outbox.queue == [b"first\r\n"]
    assert not writer.drain(0)
    outbox.append(b"last\r\n")
    writer.close(outbox)
    assert outbox.transport is not None and outbox.transport.is_awaited
    outbox.transport._lock.release()
    assert read_all(theirs) == b"first\r\nlast\r\n"
    assert not outbox.transport.is_awaited
    assert writer.drain(5)
    writer.stop()
    ours_too.close()
    theirs_too.close()


def test_what_piled_up_while_corked_is_excused_when_the_reader_was_busy_too(
    layered: tuple[Writer, Outbox, socket.socket],
) -> None:
    writer, outbox, theirs = layered
    outbox.corked = True
    outbox.append(b"x" * 2000)
    writer._flush(outbox)
    assert outbox.held_size == 2000
    outbox.corked = False
    writer._flush(outbox)
    assert (outbox.held_size, outbox.waiting) == (2000, 2000)
    assert outbox.transport is not None
    outbox.transport._lock.release()
    writer._round()
    assert (outbox.held_size, outbox.waiting) == (0, 0)
    assert theirs.recv(5000) == b"x" * 2000


def test_a_queue_that_is_too_long_ends_also_while_the_reader_is_busy(
    layered: tuple[Writer, Outbox, socket.socket],
) -> None:
    writer, outbox, theirs = layered
    writer._add_backlog(outbox, [b"x" * 2000])
    assert outbox.overflowed and outbox.is_shut
    assert read_all(theirs) == b"x" * 2000


def test_the_writer_survives_an_error_and_the_others_get_theirs(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clients = [server.irc(f"user{number}") for number in range(6)]
    for client in clients:
        client.ask("JOIN #c")
    victim = outbox_of(server, "user3")
    flush = Writer._flush

    def failing(self: Writer, outbox: Outbox) -> None:
        if outbox is victim:
            raise ZeroDivisionError("a test")
        flush(self, outbox)

    monkeypatch.setattr(Writer, "_flush", failing)
    talker = clients[0]
    talker.ask("PRIVMSG #c :still here")
    for client in (*clients[1:3], *clients[4:]):
        assert ":user0!~user0@127.0.0.1 PRIVMSG #c :still here" in client.sync()
    assert "ZeroDivisionError: a test" in caplog.text
    until(lambda: server.network.find_user("user3") is None)
    assert server.network.writer.is_alive()


def test_a_round_that_fails_does_not_end_the_writer(caplog: pytest.LogCaptureFixture) -> None:
    writer = Writer()
    writer.mark(None)  # type: ignore[arg-type]
    ours, theirs = socket.socketpair()
    outbox = Outbox(ours, 1000, lambda: b"")
    writer.start()
    writer.wake()
    until(lambda: "the writer failed on a round and goes on" in caplog.text)
    outbox.append(b"hello\r\n")
    writer.mark(outbox.alone)
    writer.wake()
    theirs.settimeout(5)
    assert theirs.recv(100) == b"hello\r\n"
    writer.stop()
    ours.close()
    theirs.close()


def test_an_error_with_a_blocked_connection_harms_it_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    writer, pairs = Writer(), [socket.socketpair() for _ in range(3)]
    outboxes = [Outbox(ours, 10_000_000, lambda: b"") for ours, _ in pairs]
    for outbox in outboxes:
        outbox.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32768)
        outbox.append(b"x" * 1_000_000)
        writer._flush(outbox)
    assert writer._blocked_count == 3
    retry = Writer._retry

    def failing(self: Writer, outbox: Outbox) -> None:
        if outbox is outboxes[0]:
            raise ZeroDivisionError("a test")
        retry(self, outbox)

    monkeypatch.setattr(Writer, "_retry", failing)
    writer.start()
    received: list[int] = []
    for outbox, (_, theirs) in zip(outboxes, pairs, strict=True):
        writer.close(outbox)
        theirs.settimeout(5)
    writer.wake()
    readers = [threading.Thread(target=lambda end=end: received.append(len(read_all(end)))) for _, end in pairs]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(10)
    assert sorted(received)[1:] == [1_000_000] * 2
    assert "ZeroDivisionError: a test" in caplog.text
    assert outboxes[0].is_shut
    writer.stop()
    for pair in pairs:
        for end in pair:
            end.close()


def test_a_connection_that_cannot_end_in_order_is_closed_all_the_same(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wren = server.irc("wren")
    outbox = outbox_of(server, "wren")

    def failing(*_: object) -> None:
        raise ZeroDivisionError("a test")

    monkeypatch.setattr(registration, "end_session", failing)
    wren.socket.shutdown(socket.SHUT_WR)
    assert wren.lines_until_closed() == []
    until(lambda: outbox.connection.fileno() == -1)
    assert not server.network.addresses
    until(lambda: "ZeroDivisionError: a test" in caplog.text)
