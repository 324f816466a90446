"""The dialects of the client against a real server: what only shows when both sides do their part."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from terminal.dialects import DIALECTS, Identity
from terminal.events import (
    Answer,
    AwayIs,
    Channels,
    Event,
    HistoryEnd,
    Invited,
    Joined,
    Left,
    MarkerIs,
    Members,
    Notice,
    Ranked,
    Ready,
    Redacted,
    Renamed,
    Said,
    Step,
    Synchronised,
    TopicIs,
    Typing,
)
from tests.harness import SERVER_NAME, TIMEOUT, ServerUnderTest

PASSWORD = "correct horse"


class Talk:
    """The least that a client needs around a dialect: what it was told, in order."""

    def __init__(self, connected: socket.socket, dialect: str, identity: Identity) -> None:
        self.dialect = DIALECTS[dialect](identity)
        self.events: list[Event] = []
        self._socket = connected
        self._lines = connected.makefile("r", encoding="utf-8", newline="\n")
        self._tokens = 0

    def do(self, step: Step) -> None:
        for line in step.lines:
            self._socket.sendall((line + self.dialect.line_end).encode())
        self.events += [event for event in step.events if not (isinstance(event, Said) and event.pending)]

    def until(self, is_found: Callable[[Event], bool]) -> Event:
        """Handle lines until one means what is waited for."""
        known = len(self.events)
        while not (found := list(filter(is_found, self.events[known:]))):
            line = self._lines.readline()
            assert line, f"the server closed; told was {self.events}"
            self.do(self.dialect.receive(line.rstrip("\r\n")))
        return found[0]

    def settle(self, step: Step = Step()) -> list[Event]:  # noqa: B008  # a step is never changed
        """What is told because of the step, and of what others did before."""
        known = len(self.events)
        self.do(step)
        self._tokens += 1
        token = f"parley-sync-{self._tokens}"
        self.do(self.dialect.synchronise(token))
        self.until(lambda event: event == Synchronised(token))
        return [event for event in self.events[known:] if not isinstance(event, Synchronised)]


@contextmanager
def talk(server: ServerUnderTest, dialect: str, nick: str, **more: Any) -> Iterator[Talk]:
    if dialect == "json":
        more = {"password": PASSWORD, "register": True, **more}
    with socket.create_connection(("127.0.0.1", server.port), TIMEOUT) as connected:
        person = Talk(connected, dialect, Identity(nick, servername=SERVER_NAME, **more))
        person.do(person.dialect.start())
        person.until(lambda event: isinstance(event, Ready))
        person.settle()
        yield person


def kinds(events: list[Event], *wanted: type) -> list[Event]:
    return [event for event in events if isinstance(event, wanted)]


@pytest.fixture(params=["irc", "json"])
def pair(request: pytest.FixtureRequest, server: ServerUnderTest) -> Iterator[tuple[Talk, Talk]]:
    """Two people on one channel, of which the first made it, in each dialect that can do everything."""
    with talk(server, request.param, "alice") as alice, talk(server, request.param, "bob") as bob:
        alice.settle(alice.dialect.create("#study") if request.param == "json" else alice.dialect.join("#study"))
        bob.settle(bob.dialect.join("#study"))
        alice.settle()
        yield alice, bob


def test_what_is_said_comes_with_its_id_and_comes_back(pair: tuple[Talk, Talk]) -> None:
    alice, bob = pair
    [own] = kinds(alice.settle(alice.dialect.say("#study", "hello")), Said)
    [other] = kinds(bob.settle(), Said)
    assert isinstance(own, Said) and isinstance(other, Said) and own.msgid and own.time
    assert (own.own, other.own, other.source, other.target) == (True, False, "alice", "#study")
    assert (other.msgid, other.time, other.text) == (own.msgid, own.time, "hello")
    [waved] = kinds(bob.settle(bob.dialect.act("#study", "waves")), Said)
    assert isinstance(waved, Said) and (waved.manner, waved.text, waved.own) == ("action", "waves", True)


def test_members_come_with_their_ranks(pair: tuple[Talk, Talk]) -> None:
    alice, _ = pair
    [members] = kinds(alice.settle(alice.dialect.members("#study")), Members)
    assert isinstance(members, Members)
    ranks = {person.nick: person.ranks for person in members.people}
    assert sorted(ranks) == ["alice", "bob"]
    assert ranks["alice"] and not ranks["bob"]


def test_history_is_told_after_the_last_message_that_was_seen(pair: tuple[Talk, Talk]) -> None:
    alice, bob = pair
    first = kinds(alice.settle(alice.dialect.say("#study", "one")), Said)[0]
    alice.settle(alice.dialect.say("#study", "two"))
    alice.settle(alice.dialect.say("#study", "three"))
    assert isinstance(first, Said)
    bob.settle()
    told = bob.settle(bob.dialect.history("#study", first.msgid, first.time))
    assert [(event.text, event.history) for event in told if isinstance(event, Said)] == [
        ("two", True), ("three", True),
    ]  # fmt: skip
    assert told[-1] == HistoryEnd("#study", 2)
    assert [event.text for event in bob.settle(bob.dialect.history("#study")) if isinstance(event, Said)] == [
        "one", "two", "three",
    ]  # fmt: skip


def test_history_of_a_place_that_is_not_ours_ends_with_nothing(pair: tuple[Talk, Talk]) -> None:
    _, bob = pair
    told = bob.settle(bob.dialect.history("#elsewhere"))
    assert isinstance(told[-1], HistoryEnd)
    assert (told[-1].target, told[-1].count, bool(told[-1].refused)) == ("#elsewhere", 0, True)


def test_who_goes_away_is_told_and_comes_back(pair: tuple[Talk, Talk]) -> None:
    alice, bob = pair
    assert kinds(alice.settle(alice.dialect.away("at lunch")), AwayIs) == [AwayIs("alice", "at lunch", own=True)]
    assert AwayIs("alice", "at lunch") in bob.settle()
    bob.settle(bob.dialect.refresh("#study"))
    alice.settle(alice.dialect.away(None))
    assert AwayIs("alice", None) in bob.settle()


def test_a_message_is_taken_back(pair: tuple[Talk, Talk]) -> None:
    alice, bob = pair
    said = kinds(alice.settle(alice.dialect.say("#study", "oops")), Said)[0]
    assert isinstance(said, Said)
    alice.settle(alice.dialect.redact("#study", said.msgid, "wrong window"))
    assert kinds(bob.settle(), Redacted) == [Redacted("#study", said.msgid, "alice", "wrong window")]


def test_an_invitation_reaches_the_one_who_is_invited(server: ServerUnderTest, pair: tuple[Talk, Talk]) -> None:
    alice, bob = pair
    with talk(server, alice.dialect.name, "wren") as wren:
        alice.settle(alice.dialect.invite("#study", "wren"))
        assert kinds(wren.settle(), Invited) == [Invited("wren", "#study", "alice", own=True)]
        assert kinds(bob.settle(), Invited) == [Invited("wren", "#study", "alice")]


def test_topics_bans_and_kicks(pair: tuple[Talk, Talk]) -> None:
    alice, bob = pair
    alice.settle(alice.dialect.topic("#study", "Exam on Friday"))
    assert kinds(bob.settle(), TopicIs) == [TopicIs("#study", "Exam on Friday", "alice")]
    alice.settle(alice.dialect.topic("#study", ""))
    assert kinds(bob.settle(), TopicIs) == [TopicIs("#study", "", "alice")]
    alice.settle(alice.dialect.ban("#study", "bob"))
    left = kinds(bob.settle(), Left)[0]
    assert isinstance(left, Left) and (left.nick, left.channel, left.own) == ("bob", "#study", True)
    if bob.dialect.name == "json":
        assert bob.dialect.machine.state == "authenticated"
    alice.settle(alice.dialect.unban("#study", "bob"))
    assert Joined("bob", "#study", own=True) in [
        Joined(event.nick, event.channel, event.own)
        for event in bob.settle(bob.dialect.join("#study"))
        if isinstance(event, Joined)
    ]


def test_who_somebody_is_reads_as_rows(pair: tuple[Talk, Talk]) -> None:
    alice, _ = pair
    rows = kinds(alice.settle(alice.dialect.whois("bob")), Answer)
    assert rows and {row.about for row in rows if isinstance(row, Answer)} == {"bob"}
    assert any("#study" in row.text for row in rows if isinstance(row, Answer))


def test_the_list_of_channels_has_members_and_topics(pair: tuple[Talk, Talk]) -> None:
    alice, bob = pair
    alice.settle(alice.dialect.topic("#study", "Exam"))
    assert kinds(bob.settle(bob.dialect.channels()), Channels) == [Channels((("#study", "2", "Exam"),))]


def test_a_read_marker_is_known_to_ones_other_connections(server: ServerUnderTest) -> None:
    time = datetime(2024, 1, 2, 3, 4, 5, 678000, UTC)
    with talk(server, "json", "alice") as one:
        one.settle(one.dialect.create("#study"))
        with talk(server, "json", "alice", register=False) as other:
            assert kinds(one.settle(one.dialect.mark_read("#study", time)), MarkerIs) == [MarkerIs("#study", time)]
            assert kinds(other.settle(), MarkerIs) == [MarkerIs("#study", time)]
        with talk(server, "irc", "rook", account="alice", password=PASSWORD) as irc:
            assert irc.dialect.machine.state == "welcomed"
            assert MarkerIs("#study", time) in irc.settle(irc.dialect.mark_read("#study"))


@pytest.mark.parametrize("login", ["auto", "scram", "plain"])
def test_a_login_by_each_mechanism_works(server: ServerUnderTest, login: str) -> None:
    with talk(server, "json", "alice"):
        pass
    with talk(server, "irc", "alice", password=PASSWORD, login=login) as alice:
        assert any("logged in" in event.text for event in alice.events if isinstance(event, Notice))


def test_ranks_typing_and_lines_that_belong_together(server: ServerUnderTest) -> None:
    with talk(server, "irc", "alice") as alice, talk(server, "irc", "bob") as bob:
        alice.settle(alice.dialect.join("#study"))
        bob.settle(bob.dialect.join("#study"))
        alice.settle(alice.dialect.mode("#study", "+v bob"))
        assert kinds(bob.settle(), Ranked) == [Ranked("#study", "bob", "+", True, "alice")]
        alice.settle(alice.dialect.typing("#study", True))
        assert kinds(bob.settle(), Typing) == [Typing("alice", "#study", True)]
        own = alice.settle(alice.dialect.say_lines("#study", ["one", "", "two"]))
        for event in (*kinds(own, Said), *kinds(bob.settle(), Said)):
            assert isinstance(event, Said) and event.text == "one\n\ntwo" and event.msgid
        assert len(kinds(own, Said)) == 1


def test_the_nick_that_was_taken_is_ours_when_it_becomes_free(server: ServerUnderTest) -> None:
    with talk(server, "irc", "alice") as first, talk(server, "irc", "alice") as second:
        assert second.dialect.nick == "alice_"
        first.do(first.dialect.quit())
        assert second.until(lambda event: isinstance(event, Renamed)) == Renamed("alice_", "alice", own=True)
