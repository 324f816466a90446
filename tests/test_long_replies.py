"""Replies longer than what may wait for a client: who reads slowly gets all of it, later, and is not killed."""

import json
import socket
import time
from collections.abc import Iterator

import pytest

from chat.state.channel import Channel
from chat.state.delivery import Outbox
from chat.state.network import PastUser
from chat.state.user import User
from tests.harness import JsonClient, ServerUnderTest
from tests.process import until

SENDQ = 60_000
WORD = "x" * 25


@pytest.fixture
def tight() -> Iterator[ServerUnderTest]:
    """A server with a small sendq."""
    with ServerUnderTest(f"[limits]\nsendq = {SENDQ}\n") as server:
        yield server


def narrow(server: ServerUnderTest, nick: str) -> Outbox:
    """Makes a connection hold little, so that it is soon full when the client does not read."""
    user = server.network.find_user(nick)
    assert user is not None
    outbox = user.sessions[0].outbox
    outbox.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return outbox


def ghost(name: str) -> User:
    """A user without a connection."""
    return User(name, "ghost", "host.example", "", "host.example", "")


def crowd(server: ServerUnderTest, name: str, size: int) -> Channel:
    """A channel with many members."""
    with server.network.lock:
        channel = server.network.create_channel(name, "nt")
        for number in range(size):
            channel.add(ghost(f"{WORD}{number}"), frozenset())
    return channel


@pytest.mark.parametrize("line", ["NAMES #crowd", "JOIN #crowd", "WHO #crowd", "@label=x NAMES #crowd"])
def test_a_crowded_channel(tight: ServerUnderTest, line: str) -> None:
    crowd(tight, "#crowd", 10_000)
    reader, friend = tight.irc("reader", "labeled-response", "batch"), tight.irc("friend")
    outbox = narrow(tight, "reader")
    reader.send(line)
    until(lambda: outbox.backlog_size > SENDQ // 8)
    assert friend.ask("PRIVMSG friend :the server goes on") != []
    lines = reader.sync()
    names = {name for text in lines if " 353 " in text for name in text.rpartition(" :")[2].split(" ")}
    whos = {text.split(" ")[7] for text in lines if " 352 " in text}
    assert (whos if "WHO" in line else names) >= {f"{WORD}{number}" for number in range(10_000)}


@pytest.mark.parametrize(("line", "code"), [("WHOWAS gone", "314"), ("STATS m", "212"), ("MOTD", "372")])
def test_other_long_replies(tight: ServerUnderTest, line: str, code: str) -> None:
    with tight.network.lock:
        tight.network.motd = [f"{WORD * 3} {number}" for number in range(4000)]
        for number in range(4000):
            tight.network.command_counts[f"{WORD * 3}{number}"] = 1
        for _ in range(1000):
            tight.network.past_users.append(PastUser("gone", "gone", "host.example", WORD * 5, "account", time.time()))
    reader, friend = tight.irc("reader"), tight.irc("friend")
    outbox = narrow(tight, "reader")
    reader.send(line)
    until(lambda: outbox.backlog_size > SENDQ // 8)
    assert friend.ask("PRIVMSG friend :the server goes on") != []
    assert sum(f" {code} reader " in text for text in reader.sync()) >= 1000


def test_names_of_everything_in_lab_irc(tight: ServerUnderTest) -> None:
    member = ghost("ghost")
    with tight.network.lock:
        for number in range(5000):
            tight.network.create_channel(f"#{WORD}{number}", "n").add(member, frozenset())
        for number in range(5000):
            tight.network.users[f"{WORD}{number}"] = ghost(f"{WORD}{number}")
    reader, friend = tight.lab("reader"), tight.irc("friend")
    outbox = narrow(tight, "reader")
    reader.send("NAMES")
    until(lambda: outbox.backlog_size > SENDQ // 8)
    friend.ask("JOIN #new", f"PART #{WORD}7")  # the tables change while they are listed
    lines = reader.sync()
    assert lines[-1] == ":parley.test 366 :End of /NAMES list"
    assert lines[:5000] == [f":parley.test 353 #{WORD}{number} :ghost" for number in range(5000)]
    alone = " ".join(line.partition(" * :")[2] for line in lines[5000:-1]).split(" ")
    assert sorted(alone) == sorted(["reader", *(f"{WORD}{number}" for number in range(5000))])


def test_who_leaves_while_names_are_listed_is_not_named_after_that(tight: ServerUnderTest) -> None:
    channel = crowd(tight, "#crowd", 10_000)
    reader = tight.irc("reader")
    outbox = narrow(tight, "reader")
    reader.send("NAMES #crowd")
    until(lambda: outbox.backlog_size > SENDQ // 8)
    last = f"{WORD}9999"
    with tight.network.lock:
        channel.discard(next(user for user in channel.members if user.nick == last))
    lines = reader.sync()
    assert lines[-1] == ":parley.test 366 reader #crowd :End of /NAMES list"
    assert lines[-2].endswith(f" {WORD}9998")


def test_a_login_into_crowded_channels(tight: ServerUnderTest) -> None:
    crowd(tight, "#crowd", 10_000)
    tight.add_account("alice")
    first = tight.member("alice")
    assert sum(" 353 " in line for line in first.ask("JOIN #crowd,#other")) > 100
    second = tight.connect()
    second.register("alice", "sasl", login=("alice", "secret"))
    lines = second.sync()
    assert [line.split(" ")[2] for line in lines if " JOIN " in line] == ["#crowd", "#other"]
    assert sum(line.count(WORD) for line in lines) == 10_000


def test_many_requests_for_the_history_wait_for_their_client(tight: ServerUnderTest) -> None:
    reader: JsonClient = tight.user("reader", 1.1)
    reader.ask("CHAT", chat_name="study")
    said = [reader.ask("MSSG", f"{number} {WORD * 40}", chat_name="study") for number in range(40)]
    room, expected = SENDQ // 4, []
    for whole in reversed(said):
        room -= len(json.dumps(whole)) + 2
        if room < 0:
            break
        expected.insert(0, whole)
    assert 10 < len(expected) < 20
    outbox = narrow(tight, "reader")
    for number in range(40):
        reader.request("HIST", id=number, chat_name="study", limit=1000)
    until(lambda: outbox.backlog_size > SENDQ // 8)
    answers = reader.sync()
    assert [answer["id"] for answer in answers] == list(range(40))
    assert all(answer["payload"] == expected for answer in answers)
