"""The views that lab links and links of RFC 2813 are told at their begin: in parts, at the pace of the other side."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from chat.links import handshake, peer
from chat.links.peer import Peer
from chat.state.delivery import Outbox
from chat.state.session import Session
from protocol.codecs import IRC_CODEC
from tests import wires
from tests.process import until
from tests.wires import Client, Node, World, drained

MANY = 400
LAB = [b"SERVER far.test 1 :Far"]
RFC2813 = [*LAB, b":far.test 376 near.test :End", b":far.test PING :far.test"]


@pytest.fixture(autouse=True)
def troubles() -> Iterator[None]:
    for found in wires.troubles():
        yield
        assert found.found == []


@pytest.fixture
def near() -> Node:
    return World("near.test").nodes[0]


def link(near: Node, is_rfc2813: bool = False) -> tuple[Peer, Session]:
    """A connection that has sent nothing but PASS."""
    session = near.session(IRC_CODEC)
    if is_rfc2813 and session.registration is not None:
        session.registration.password = "any"
        session.registration.link_offer = ("0210-IRC+", "ngIRCd|26.1:CHLMSXZo", "PZ")
    with near.network.lock:
        return handshake.accept(near.tree, session), session


def each_part(monkeypatch: pytest.MonkeyPatch, between: list[Callable[[], None]]) -> None:
    """Makes each line a part, and does something after each of the first ones."""
    monkeypatch.setattr(peer, "LINK_BURST_PART_BYTES", 1)
    monkeypatch.setattr(Peer, "_breathe", lambda self: between.pop(0)() if between else None)


def in_a_room(near: Node) -> tuple[Client, Client, Client]:
    clients = wires.irc(near, "alice"), wires.irc(near, "bob"), wires.irc(near, "carol")
    for client in clients:
        client.say("JOIN #room")
    clients[0].say("TOPIC #room :first")
    return clients


def lines_of(session: Session) -> list[str]:
    return drained(session).decode().splitlines()


def test_what_happens_while_a_lab_server_is_told_the_view_is_told_after_it(
    near: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, carol = in_a_room(near)
    each_part(
        monkeypatch,
        [
            lambda: alice.say("NICK alicia", "TOPIC #room :second"),
            lambda: bob.say("QUIT :gone"),
            lambda: carol.say("PRIVMSG #room :hello", "JOIN #new"),
        ],
    )
    far, session = link(near)
    far.receive(LAB)
    assert [line.rstrip() for line in lines_of(session)] == [
        ":near.test SERVER near.test 1 :a Parley chat server",
        ":near.test USER alice 127.0.0.1 near.test :alice the tester",
        ":near.test USER bob 127.0.0.1 near.test :bob the tester",
        ":near.test USER carol 127.0.0.1 near.test :carol the tester",
        ":near.test 332 #room :first",
        ":near.test 353 #room :alice bob carol",
        ":alice QUIT",
        ":near.test USER alicia 127.0.0.1 near.test :alice the tester",
        ":alicia JOIN #room",
        ":alicia TOPIC #room :second",
        ":bob QUIT :gone",
        ":carol PRIVMSG #room :hello",
        ":carol JOIN #new",
    ]


def test_what_happens_while_an_rfc_2813_server_is_told_the_view_is_told_after_it(
    near: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, _ = in_a_room(near)
    far, session = link(near, is_rfc2813=True)
    far.receive(RFC2813[:2])
    drained(session)
    each_part(
        monkeypatch,
        [
            lambda: alice.say("NICK alicia", "TOPIC #room :second"),
            lambda: bob.say("QUIT :gone"),
        ],
    )
    far.receive(RFC2813[2:])
    lines = [line for line in lines_of(session) if " PING :f" not in line]
    assert lines == [
        ":near.test PONG near.test :far.test",
        ":near.test NICK alice 1 ~alice 127.0.0.1 1 + :alice the tester",
        ":near.test NICK bob 1 ~bob 127.0.0.1 1 + :bob the tester",
        ":near.test NICK carol 1 ~carol 127.0.0.1 1 + :carol the tester",
        ":near.test CHANINFO #room +nt :first",
        ":near.test NJOIN #room :@alice,bob,carol",
        ":near.test PING :near.test",
        ":alice NICK :alicia",
        ":alicia TOPIC #room :second",
        ":bob QUIT :Quit: gone",
    ]


def crowd(near: Node) -> None:
    for number in range(MANY):
        wires.irc(near, f"u{number}")


def slow(near: Node, monkeypatch: pytest.MonkeyPatch) -> tuple[Peer, Session, socket.socket]:
    """A link of which nothing is sent on: the other end of its connection comes with it. 1,024 bytes are much."""
    monkeypatch.setattr(peer, "LINK_BURST_PART_BYTES", 256)
    far, session = link(near)
    own, other = socket.socketpair()
    session.outbox.connection = own
    session.outbox.limit = 8 * 1024
    return far, session, other


def taken(outbox: Outbox, session: Session) -> bytes:
    assert outbox.waiting < 1024 + 2 * 256
    return drained(session)


def test_a_burst_waits_for_a_server_that_reads_slowly(near: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(near)
    far, session, other = slow(near, monkeypatch)
    thread = threading.Thread(target=far.receive, args=(LAB,), daemon=True)
    thread.start()
    data = b""
    while thread.is_alive():
        until(lambda: not session.outbox.has_room or not thread.is_alive())
        data += taken(session.outbox, session)
    data += taken(session.outbox, session)
    assert data.count(b" USER u") == MANY
    other.close()
    session.outbox.connection.close()


def test_two_servers_with_large_bursts_listen_to_each_other(near: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is taken before this side listens, it does; and goes on once something was taken."""
    crowd(near)
    far, session, other = slow(near, monkeypatch)
    other.send(b"x")  # there is always more to read
    far.receive(LAB)
    data = taken(session.outbox, session)
    assert b" USER u0 " in data and data.count(b" USER u") < MANY
    far.receive([b":far.test USER rook pc1 far.test :Rook", b":rook JOIN #room"])
    assert near.network.find_user("rook") is not None
    wires.irc(near, "late").say("JOIN #room")
    for _ in range(MANY):
        data += taken(session.outbox, session)
        far.receive([])
    lines = data.decode().splitlines()
    assert sum(" USER u" in line for line in lines) == MANY
    assert lines[-2:] == [
        ":near.test USER late 127.0.0.1 near.test :late the tester",
        ":late JOIN #room",
    ]
    other.close()
    session.outbox.connection.close()


def test_what_waits_for_the_end_of_a_burst_has_a_bound(
    near: Node, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    crowd(near)
    far, session, other = slow(near, monkeypatch)
    monkeypatch.setattr(peer, "LINK_SENDQ", 100)
    monkeypatch.setattr(cast(Any, peer.log), "disabled", True)
    other.send(b"x")
    far.receive(LAB)
    alice = wires.irc(near, "alice")
    far.look(0.0)
    assert not session.is_closed
    alice.say("JOIN #room", "TOPIC #room :something long enough")
    with near.network.lock:
        far.look(0.0)
    assert session.is_closed and session.quit_text == "SendQ exceeded"
    other.close()
    session.outbox.connection.close()


def test_topics_without_members_are_forgotten(near: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.links.remembered.LINK_REMEMBERED", 3)
    far, _ = link(near)
    far.receive([*LAB, b":far.test USER rook pc1 far.test :Rook"])
    far.receive([b":far.test 332 #c%d :topic %d" % (number, number) for number in range(5)])
    far.receive([b":far.test 353 #c%d :rook" % number for number in range(5)])
    topics = [near.network.channels[f"#c{number}"].topic.text for number in range(5)]
    assert topics == ["", "", "topic 2", "topic 3", "topic 4"]
