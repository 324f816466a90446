"""Getting bytes to clients that read slowly, not at all, or vanish: bounded, in order, and without harm to others."""

import math
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chat.state.delivery import Outbox, Writer
from chat.state.session import Session
from chat.state.user import User
from tests.harness import IrcClient, ServerUnderTest
from tests.process import until

SENDQ = 100_000
CONFIG = f"[limits]\nsendq = {SENDQ}\n"
TEXT = "x" * 400
AT_ONCE = 20  # messages of a talker before it looks what became of them
ONE_PRIVMSG = len(f":talker!~talker@127.0.0.1 PRIVMSG #c :{TEXT}\r\n")


@pytest.fixture
def tight() -> Iterator[ServerUnderTest]:
    """A server with a small sendq."""
    with ServerUnderTest(CONFIG) as server:
        yield server


def session_of(server: ServerUnderTest, nick: str) -> Session:
    user = server.network.find_user(nick)
    assert user is not None
    return user.sessions[0]


def slow(server: ServerUnderTest, nick: str) -> IrcClient:
    """A registered client whose connection holds little, so that it is soon full when the client does not read."""
    client = server.irc(nick)
    connection = session_of(server, nick).outbox.connection
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32768)
    return client


def test_a_reader_too_slow_quits_with_the_reason_and_others_are_not_disturbed(tight: ServerUnderTest) -> None:
    talker, friend, sleeper = tight.irc("talker"), tight.irc("friend"), slow(tight, "sleeper")
    for client in (sleeper, friend, talker):
        client.ask("JOIN #c")
    friend.sync()
    outbox = session_of(tight, "sleeper").outbox
    sent, most, heard = 0, 0, []
    while tight.network.find_user("sleeper") is not None:
        talker.ask(*[f"PRIVMSG #c :{number} {TEXT}" for number in range(sent, sent + AT_ONCE)])
        heard += friend.sync()
        most = max(most, outbox.waiting)
        sent += AT_ONCE
        assert sent < 20_000
    assert most <= SENDQ + AT_ONCE * (ONE_PRIVMSG + 10)
    heard += friend.sync()
    texts = [line.rpartition(" :")[2].split(" ")[0] for line in heard if "PRIVMSG" in line]
    assert texts == [str(number) for number in range(sent)]
    assert [line for line in heard if "QUIT" in line] == [":sleeper!~sleeper@127.0.0.1 QUIT :SendQ exceeded"]
    assert outbox.waiting == 0
    until(lambda: outbox.connection.fileno() == -1)


def test_who_exceeds_the_queue_is_told_if_it_can_be(tight: ServerUnderTest) -> None:
    """One round over the bound, while the connection itself still takes everything: the reason gets through."""
    ours, theirs = socket.socketpair()
    outbox = Outbox(ours, 10, lambda: b"ERROR :Closing Link: (SendQ exceeded)\r\n")
    writer = Writer()
    writer._add_backlog(outbox, [b"first\r\n", b"second\r\n"])
    assert outbox.overflowed and outbox.is_shut
    theirs.settimeout(5)
    assert read_all(theirs) == b"first\r\nsecond\r\nERROR :Closing Link: (SendQ exceeded)\r\n"
    ours.close()
    theirs.close()


def read_all(connection: socket.socket) -> bytes:
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


@pytest.mark.parametrize("request_line", ["LIST", "@label=all LIST", "WHO *", "LIST\r\nWHO *\r\nLIST"])
def test_a_client_that_asks_for_much_and_reads_slowly_is_slowed_and_not_killed(
    tight: ServerUnderTest, request_line: str
) -> None:
    reader = tight.irc("reader", "labeled-response", "batch")
    filler = tight.irc("filler")
    connection = session_of(tight, "reader").outbox.connection
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with tight.network.lock:
        for number in range(3000):
            channel = tight.network.create_channel(f"#many{number}", "nt")
            channel.topic = channel.topic._replace(text=TEXT[:300])
    for number in range(3000 if "WHO" in request_line else 0):
        add_ghost(tight, f"ghost{number}")
    outbox = session_of(tight, "reader").outbox
    reader.send(*request_line.split("\r\n"))
    until(lambda: outbox.backlog_size > 0)
    assert filler.ask("PRIVMSG filler :the server goes on") != []
    lines = reader.sync()
    lists, whos = request_line.count("LIST"), request_line.count("WHO")
    assert sum(" 322 reader " in line for line in lines) == 3000 * lists
    assert sum(" 352 reader " in line for line in lines) == 3002 * whos
    assert tight.network.find_user("reader") is not None


def test_many_requests_of_a_client_that_does_not_read_wait_and_none_is_lost(tight: ServerUnderTest) -> None:
    reader = slow(tight, "reader")
    outbox = session_of(tight, "reader").outbox
    reader.send(*["VERSION"] * 3000)
    until(lambda: outbox.backlog_size > 0)
    assert sum(" 351 reader " in line for line in reader.sync()) == 3000
    assert tight.network.find_user("reader") is not None


def add_ghost(server: ServerUnderTest, nick: str) -> None:
    """A user without a connection."""
    with server.network.lock:
        server.network.users[nick] = User(nick, nick, "host.example", TEXT[:150], "host.example", "")


def test_a_blocked_connection_gets_everything_in_order_once_it_reads(server: ServerUnderTest) -> None:
    talker, sleeper = server.irc("talker"), slow(server, "sleeper")
    for client in (sleeper, talker):
        client.ask("JOIN #c")
    sleeper.sync()
    outbox = session_of(server, "sleeper").outbox
    sent = 0
    while outbox.backlog_size < 300_000:
        talker.ask(*[f"PRIVMSG #c :{number} {TEXT}" for number in range(sent, sent + 50)])
        sent += 50
    lines = sleeper.sync()
    texts = [line.rpartition(" :")[2].split(" ")[0] for line in lines if "PRIVMSG" in line]
    assert texts == [str(number) for number in range(sent)]


def test_nothing_leaves_a_corked_outbox_until_it_is_uncorked(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    outbox = session_of(server, "wren").outbox
    with server.network.lock:
        outbox.corked = True
    rook.ask("PRIVMSG wren :one", "PRIVMSG wren :two")
    wren.send("PING token")
    until(lambda: len(outbox.queue) == 3)
    server.network.writer.mark(outbox.alone)
    rook.sync()  # the writer has gone round
    assert len(outbox.queue) == 3
    outbox.corked = False
    server.network.writer.mark(outbox.alone)
    server.network.writer.wake()
    lines = [wren.line() for _ in range(3)]
    assert [line.rpartition(" ")[2] for line in lines] == [":one", ":two", "token"]


def fill_corked(server: ServerUnderTest, size: int) -> tuple[IrcClient, Outbox, int]:
    """A client that is corked while `size` bytes come for it; its outbox, and how many lines that are."""
    sleeper, talker = slow(server, "sleeper"), server.irc("talker")
    outbox = session_of(server, "sleeper").outbox
    with server.network.lock:
        outbox.corked = True
    sent = 0
    while sent * ONE_PRIVMSG < size:
        talker.ask(*[f"PRIVMSG sleeper :{TEXT}"] * AT_ONCE)
        sent += AT_ONCE
    return sleeper, outbox, sent


def test_what_piles_up_while_corked_is_not_the_fault_of_the_client(tight: ServerUnderTest) -> None:
    sleeper, outbox, sent = fill_corked(tight, int(3.5 * SENDQ))
    outbox.corked = False
    tight.network.writer.mark(outbox.alone)
    tight.network.writer.wake()
    until(lambda: outbox.backlog_size > SENDQ)
    assert sum("PRIVMSG" in line for line in sleeper.sync()) == sent
    until(lambda: outbox.excused == outbox.held_size == 0)  # from now on the usual bound holds


def test_what_piles_up_while_corked_is_bounded_all_the_same(tight: ServerUnderTest) -> None:
    """The disk may hang for hours."""
    sleeper, outbox, _ = fill_corked(tight, 8 * SENDQ)
    assert outbox.overflowed
    assert outbox.waiting <= AT_ONCE * (ONE_PRIVMSG + 10)
    assert sleeper.lines_until_closed()[-1] == "ERROR :Closing Link: 127.0.0.1 (SendQ exceeded)"
    until(lambda: tight.network.find_user("sleeper") is None)


# --- a client that has closed its own direction ----------------------------------------------------------------------


def test_a_client_that_says_no_more_still_gets_what_it_asked_for(server: ServerUnderTest) -> None:
    """As `nc -N` does: the requests, then the end of the stream."""
    reader = slow(server, "reader")
    outbox = session_of(server, "reader").outbox
    reader.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.send(*["INFO"] * 600)
    reader.socket.shutdown(socket.SHUT_WR)
    until(lambda: outbox.finished)
    assert outbox.backlog_size > 0
    assert sum(" 374 reader " in line for line in reader.lines_until_closed()) == 600
    until(lambda: outbox.connection.fileno() == -1)


@pytest.fixture
def blocked() -> Iterator[tuple[Writer, Outbox, socket.socket]]:
    """A writer, and a connection that does not take what waits while its reader has finished."""
    ours, theirs = socket.socketpair()
    writer, outbox = Writer(), Outbox(ours, 10_000_000, lambda: b"")
    writer.start()
    outbox.append(b"x" * 5_000_000)
    writer.finish(outbox)
    until(lambda: outbox.backlog_size > 0 or outbox.is_shut)
    yield writer, outbox, theirs
    writer.stop()
    theirs.close()


def test_a_finished_connection_that_takes_nothing_is_given_up(blocked: tuple[Writer, Outbox, socket.socket]) -> None:
    writer, outbox, _ = blocked
    assert outbox.connection.fileno() != -1
    assert 0 < outbox.close_by - time.monotonic() <= 5
    outbox.close_by = 0
    until(lambda: outbox.connection.fileno() == -1)
    assert (writer._blocked_count, outbox.waiting) == (0, 0)


def test_a_finished_connection_whose_peer_vanishes_ends_at_once(blocked: tuple[Writer, Outbox, socket.socket]) -> None:
    writer, outbox, theirs = blocked
    outbox.close_by = math.inf
    assert outbox.connection.fileno() != -1
    theirs.close()
    until(lambda: outbox.connection.fileno() == -1)
    assert (writer._blocked_count, outbox.waiting) == (0, 0)


def test_a_peer_that_vanishes_quits(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    for client in (rook, wren):
        client.ask("JOIN #c")
    rook.sync()
    wren.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes with a reset
    wren.close()
    until(lambda: server.network.find_user("wren") is None)
    assert rook.sync() == [":wren!~wren@127.0.0.1 QUIT :Read error: Connection reset by peer"]


def test_a_peer_that_closes_quits(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    for client in (rook, wren):
        client.ask("JOIN #c")
    rook.sync()
    wren.close()
    until(lambda: server.network.find_user("wren") is None)
    assert rook.sync() == [":wren!~wren@127.0.0.1 QUIT :Connection closed"]


@pytest.mark.parametrize("attempt", range(5))
def test_the_last_lines_before_a_close_are_never_lost(server: ServerUnderTest, attempt: int) -> None:
    """What is queued while the writer is at work on the same connection goes out before it is closed."""
    wren = server.irc("wren")
    wren.send(*[f"PING {number}" for number in range(500)], "QUIT :bye")
    lines = wren.lines_until_closed()
    assert [line.rpartition(" ")[2] for line in lines[:-1]] == [str(number) for number in range(500)]
    assert lines[-1] == "ERROR :Closing Link: 127.0.0.1 (Quit: bye)"


def test_what_is_queued_between_the_last_send_and_the_close_still_goes_out() -> None:
    """The writer may be in the middle of a connection when its last line is queued and it is closed."""
    ours, theirs = socket.socketpair()
    outbox = Outbox(ours, 1000, lambda: b"")
    writer = Writer()

    class Queue(list[bytes]):
        """Lets the last line and the close come right after the writer has looked for lines."""

        def __getitem__(self, place: Any) -> Any:
            found = super().__getitem__(place)
            if not outbox.closing:
                self.append(b"last\r\n")
                writer.close(outbox)
            return found

    outbox.queue = Queue([b"first\r\n"])
    writer._flush(outbox)
    writer._flush(outbox)
    theirs.settimeout(5)
    assert read_all(theirs) == b"first\r\nlast\r\n"
    ours.close()
    theirs.close()


def test_a_flood_from_one_fills_no_queue_and_harms_nobody(server: ServerUnderTest) -> None:
    flooder, friend = server.irc("flooder"), server.irc("friend")
    for client in (friend, flooder):
        client.ask("JOIN #c")
    outboxes = [session_of(server, nick).outbox for nick in ("flooder", "friend")]
    lines, received = 20_000, [0]
    most = 0

    def read_along() -> None:
        received[0] = sum("PRIVMSG #c" in line for line in friend.lines_until(lambda line: line.endswith(":end")))

    reader = threading.Thread(target=read_along)
    reader.start()
    for start in range(0, lines, 500):
        flooder.send(*[f"PRIVMSG #c :{n} {TEXT[:60]}" for n in range(start, start + 500)])
        most = max(most, *(outbox.waiting for outbox in outboxes), len(server.network.writer._dirty))
    flooder.ask("PRIVMSG #c :end")
    reader.join(30)
    assert received[0] == lines + 1
    assert most < server.network.limits.sendq
    assert all(outbox.waiting == 0 for outbox in outboxes)


def test_a_drain_ends_when_a_blocked_connection_has_taken_everything() -> None:
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    outbox = Outbox(ours, 10_000_000, lambda: b"")
    writer = Writer()
    writer.start()
    outbox.append(b"x" * 1_000_000)
    writer.close(outbox)
    writer.wake()
    until(lambda: outbox.backlog_size > 0)
    received: list[int] = []
    theirs.settimeout(5)
    reader = threading.Thread(target=lambda: received.append(len(read_all(theirs))))
    reader.start()
    assert writer.drain(20.0)
    reader.join(5)
    assert received == [1_000_000]
    writer.stop()
    ours.close()
    theirs.close()
