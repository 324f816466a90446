"""What clients are told when servers go and come back: a batch for those who have `batch`, line by line for others."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.harness import IrcClient, bare, response, tags_of, timeless
from tests.networks import LabProcess, ParleyHere, connect, disconnect, until_reached
from tests.process import until

SPLIT = "netsplit a.example b.example"
JOIN = "netjoin a.example b.example"
LAB_MEMBERS = (("lou!lou@pc1", "#x"), ("lou!lou@pc1", "#y"), ("mia!mia@pc1", "#x"))


class Pair:
    """Two servers that are linked when the test says so, with a client on each to find out when all has arrived."""

    def __init__(self, a: ParleyHere, b: ParleyHere) -> None:
        self.a, self.b = a, b
        self._here, self._there = a.irc("here"), b.irc("there")

    def join(self) -> None:
        """Links them; each knows all of the other when this returns."""
        connect(self.b, self.a)
        until_reached(self._there, self._here)
        until_reached(self._here, self._there)

    def split(self) -> None:
        """Takes them apart."""
        disconnect(self.b, self.a)

    def settle(self) -> None:
        """What was done on either server has arrived on the other."""
        until_reached(self._here, self._there)
        until_reached(self._there, self._here)


@pytest.fixture
def pair() -> Iterator[Pair]:
    with ParleyHere("a.example") as a, ParleyHere("b.example") as b:
        yield Pair(a, b)


def later(*servers: ParleyHere) -> None:
    """What is made from now on is newer than what there is: the clock of a server is ahead when it did much at once."""
    latest = max(server.network.tick() for server in servers)
    until(lambda: time.time() * 1000 > latest + 1)


def reference(lines: list[str]) -> str:
    """The reference of the batch that the first line begins."""
    return bare(lines)[0].split(" ")[2].removeprefix("+")


def batch(server: str, name: str, what: str, *lines: str) -> list[str]:
    """A batch with these lines, for somebody who has no capability that adds tags."""
    return [f":{server} BATCH +{name} {what}", *(f"@batch={name} {line}" for line in lines), f":{server} BATCH -{name}"]


def linked(pair: Pair, *clients: IrcClient) -> None:
    """Links the two; what these clients were told of it is dropped."""
    pair.join()
    for client in clients:
        client.sync()


# --- going ---------------------------------------------------------------------------------------------------------


def test_a_split_is_one_batch_in_which_everybody_quits_once(pair: Pair) -> None:
    alice = pair.a.irc("alice", "batch")
    alice.ask("JOIN #x", "JOIN #y")
    pair.b.irc("carol").ask("JOIN #y", "JOIN #x")
    pair.b.irc("bob").ask("JOIN #x", "JOIN #y")
    pair.b.irc("dave").ask("JOIN #elsewhere")
    linked(pair, alice)
    pair.split()
    lines = alice.sync()
    assert lines == batch(
        "a.example",
        reference(lines),
        SPLIT,
        ":bob!~bob@127.0.0.1 QUIT :a.example b.example",
        ":carol!~carol@127.0.0.1 QUIT :a.example b.example",
    )


def test_the_other_side_of_the_split_is_told_with_the_servers_in_its_own_order(pair: Pair) -> None:
    bob = pair.b.irc("bob", "batch")
    bob.ask("JOIN #x")
    pair.a.irc("alice").ask("JOIN #x")
    linked(pair, bob)
    pair.split()
    lines = bob.sync()
    quit_line = ":alice!~alice@127.0.0.1 QUIT :b.example a.example"
    assert lines == batch("b.example", reference(lines), "netsplit b.example a.example", quit_line)


def test_without_batch_a_split_is_plain_quits_and_lab_members_are_not_told(pair: Pair) -> None:
    alice, lab = pair.a.irc("alice"), pair.a.lab("lab")
    alice.ask("JOIN #x", "JOIN #y")
    lab.ask("JOIN #x")
    pair.b.irc("bob").ask("JOIN #x", "JOIN #y")
    linked(pair, alice)
    lab.sync()
    pair.split()
    assert alice.sync() == [":bob!~bob@127.0.0.1 QUIT :a.example b.example"]
    assert lab.sync() == []


def test_json_members_are_told_for_each_group(pair: Pair) -> None:
    modern, old = pair.a.user("modern", 1.1), pair.a.user("old", 1.0)
    pair.a.irc("alice").ask("JOIN #x", "JOIN #y")
    for group in ("x", "y"):
        modern.ask_all("JOIN", chat_name=group)
    old.ask_all("JOIN", chat_name="x")
    pair.b.irc("bob").ask("JOIN #x", "JOIN #y")
    pair.b.irc("carol").ask("JOIN #y")
    pair.join()
    modern.sync(), old.sync()
    pair.split()
    left = "has left the chat room"
    assert list(map(timeless, modern.sync())) == [
        response("190", f"bob {left}", "", 1.1, username="bob", chat_name="x"),
        response("190", f"bob {left}", "", 1.1, username="bob", chat_name="y"),
        response("190", f"carol {left}", "", 1.1, username="carol", chat_name="y"),
    ]
    assert old.sync() == [response("190", f"bob {left}", "", username="bob")]


def test_a_split_takes_those_who_are_monitored_off_line_after_the_batch(pair: Pair) -> None:
    alice, watcher = pair.a.irc("alice", "batch"), pair.a.irc("watcher", "batch")
    alice.ask("JOIN #x", "MONITOR + bob")
    watcher.ask("MONITOR + bob,carol")
    pair.b.irc("bob").ask("JOIN #x")
    pair.b.irc("carol")
    linked(pair, alice, watcher)
    pair.split()
    lines = alice.sync()
    quit_line = ":bob!~bob@127.0.0.1 QUIT :a.example b.example"
    assert lines == [*batch("a.example", reference(lines), SPLIT, quit_line), ":a.example 731 alice :bob"]
    assert watcher.sync() == [":a.example 731 watcher :bob", ":a.example 731 watcher :carol"]


def test_nobody_is_told_of_a_split_who_saw_none_of_those_who_are_gone(pair: Pair) -> None:
    alice = pair.a.irc("alice", "batch")
    alice.ask("JOIN #x")
    pair.b.irc("bob").ask("JOIN #y")
    linked(pair, alice)
    pair.split()
    assert alice.sync() == []


def test_in_an_auditorium_only_those_are_told_who_saw_the_hidden_members(pair: Pair) -> None:
    chief, guest = pair.a.irc("chief", "batch"), pair.a.irc("guest", "batch")
    chief.ask("JOIN #hall", "MODE #hall +u")
    guest.ask("JOIN #hall")
    bob = pair.b.irc("bob")
    linked(pair, chief, guest)
    bob.ask("JOIN #hall")
    pair.settle()
    assert chief.sync() == [":bob!~bob@127.0.0.1 JOIN #hall"]
    pair.split()
    lines = chief.sync()
    quit_line = ":bob!~bob@127.0.0.1 QUIT :a.example b.example"
    assert lines == batch("a.example", reference(lines), SPLIT, quit_line)
    assert guest.sync() == []


def test_who_went_by_a_split_is_remembered_as_after_any_quit(pair: Pair) -> None:
    alice = pair.a.irc("alice", "batch", "draft/chathistory", "draft/event-playback")
    alice.ask("JOIN #x")
    pair.b.irc("bob").ask("JOIN #x")
    linked(pair, alice)
    pair.split()
    alice.sync()
    assert alice.ask("WHOWAS bob")[0] == ":a.example 314 alice bob ~bob 127.0.0.1 * :bob the tester"
    assert alice.ask("PRIVMSG bob :are you there?") == [":a.example 401 alice bob :No such nick/channel"]
    assert alice.ask("NAMES #x")[0] == ":a.example 353 alice = #x :@alice"
    events = [line.partition(" ")[2] for line in alice.ask("CHATHISTORY LATEST #x * 10")[1:-1]]
    assert events[-1] == ":bob!~bob@127.0.0.1 QUIT :a.example b.example"


def test_the_lines_of_a_batch_carry_the_tags_that_a_client_asked_for(pair: Pair) -> None:
    alice = pair.a.irc("alice", "batch", "server-time", "message-tags")
    alice.ask("JOIN #x")
    later(pair.a)
    pair.b.irc("bob").ask("JOIN #x")
    pair.join()
    joined = alice.sync()[-3:]
    pair.split()
    for lines in (joined, alice.sync()):
        assert [sorted(tags_of(line)) for line in lines] == [["time"], ["batch", "msgid", "time"], ["time"]]
        assert tags_of(lines[1])["batch"] == reference(lines)


# --- coming --------------------------------------------------------------------------------------------------------


def test_servers_that_link_are_one_batch_of_joins_with_away_and_ranks(pair: Pair) -> None:
    bob = pair.b.irc("bob")
    bob.ask("JOIN #x", "JOIN #y", "AWAY :lunch")
    pair.b.irc("carol").ask("JOIN #x")
    later(pair.b)
    alice = pair.a.irc("alice", "batch", "extended-join", "away-notify")
    alice.ask("JOIN #x", "JOIN #y")
    pair.join()
    lines = alice.sync()
    assert lines[:2] == [
        ":b.example MODE #x -o alice",
        ":b.example MODE #y -o alice",
    ]
    assert lines[2:] == batch(
        "a.example",
        reference(lines[2:]),
        JOIN,
        ":bob!~bob@127.0.0.1 JOIN #x * :bob the tester",
        ":bob!~bob@127.0.0.1 AWAY :lunch",
        ":carol!~carol@127.0.0.1 JOIN #x * :carol the tester",
        ":b.example MODE #x +o bob",
        ":bob!~bob@127.0.0.1 JOIN #y * :bob the tester",
        ":bob!~bob@127.0.0.1 AWAY :lunch",
        ":b.example MODE #y +o bob",
    )


def test_without_batch_the_same_lines_come_bare_and_json_members_are_told_of_each(pair: Pair) -> None:
    alice, json, lab = pair.a.irc("alice"), pair.a.user("json", 1.1), pair.a.lab("lab")
    alice.ask("JOIN #x")
    json.ask_all("JOIN", chat_name="x")
    lab.ask("JOIN #x")
    alice.sync(), json.sync(), lab.sync()
    later(pair.a)
    bob = pair.b.irc("bob")
    bob.ask("JOIN #x", "AWAY :lunch")
    pair.join()
    assert alice.sync() == [":bob!~bob@127.0.0.1 JOIN #x"]
    assert list(map(timeless, json.sync())) == [
        response("180", "bob has joined the group", version=1.1, username="bob", chat_name="x"),
        response("181", "lunch", version=1.1, username="bob", chat_name="x", away=True),
    ]
    assert lab.sync() == []


def test_many_channels_come_in_a_few_batches_for_each_client(pair: Pair) -> None:
    alice, bob = pair.a.irc("alice", "batch"), pair.b.irc("bob")
    names = [f"#c{number:02}" for number in range(20)]
    alice.ask(*(f"JOIN {name}" for name in names))
    later(pair.a)
    bob.ask(*(f"JOIN {name}" for name in reversed(names)))
    pair.join()
    lines = alice.sync()
    ends = [line for line in lines if not line.startswith("@")]
    joins = [line.split(" ", 1)[1] for line in lines if line.startswith("@batch=")]
    assert joins == [f":bob!~bob@127.0.0.1 JOIN {name}" for name in reversed(names)]
    assert len(ends) <= 6, "one for each part of the burst that arrives at once"
    assert all(end.endswith(JOIN) for end in ends[::2])


def test_after_a_split_a_channel_that_both_sides_kept_is_one_again_with_its_ranks(pair: Pair) -> None:
    alice, bob = pair.a.irc("alice", "batch"), pair.b.irc("bob", "batch")
    alice.ask("JOIN #x")
    linked(pair, alice, bob)
    bob.ask("JOIN #x")
    pair.settle()
    assert alice.ask("MODE #x +v bob")[0] == ":bob!~bob@127.0.0.1 JOIN #x"
    until_reached(alice, bob)
    pair.split()
    alice.sync(), bob.sync()
    pair.join()
    theirs, mine = alice.sync(), bob.sync()
    voiced = (":bob!~bob@127.0.0.1 JOIN #x", ":b.example MODE #x +v bob")
    assert theirs == batch("a.example", reference(theirs), JOIN, *voiced)
    opped = (":alice!~alice@127.0.0.1 JOIN #x", ":a.example MODE #x +o alice")
    assert mine == batch("b.example", reference(mine), "netjoin b.example a.example", *opped)


def test_in_an_auditorium_a_batch_of_joins_shows_the_hidden_to_those_who_see_them(pair: Pair) -> None:
    chief, guest = pair.a.irc("chief", "batch"), pair.a.irc("guest", "batch")
    chief.ask("JOIN #hall", "MODE #hall +u")
    guest.ask("JOIN #hall")
    chief.sync()
    later(pair.a)
    pair.b.irc("bob").ask("JOIN #hall")
    pair.join()
    lines = chief.sync()
    assert lines == batch("a.example", reference(lines), JOIN, ":bob!~bob@127.0.0.1 JOIN #hall")
    assert guest.sync() == []


def test_who_joins_once_the_servers_are_linked_is_in_no_batch(pair: Pair) -> None:
    alice, bob = pair.a.irc("alice", "batch"), pair.b.irc("bob")
    linked(pair, alice)
    alice.ask("JOIN #x")
    pair.settle()
    bob.ask("JOIN #x")
    bob.ask("JOIN #new")
    pair.settle()
    assert alice.sync() == [":bob!~bob@127.0.0.1 JOIN #x"]


# --- a server further away -----------------------------------------------------------------------------------------


def test_a_server_that_comes_and_goes_behind_another_is_told_of_with_its_own_link() -> None:
    with ExitStack() as stack:
        a, b, c = (stack.enter_context(ParleyHere(f"{name}.example")) for name in "abc")
        alice, here, there, carol = a.irc("alice", "batch"), a.irc("here"), c.irc("there"), c.irc("carol")
        alice.ask("JOIN #x")
        later(a)
        carol.ask("JOIN #x")
        connect(b, a)
        until_reached(b.irc("between"), here)
        b.irc("bob").ask("JOIN #x")
        alice.lines_until(lambda line: line == ":bob!~bob@127.0.0.1 JOIN #x")
        connect(c, b)
        until_reached(there, here)
        lines = alice.sync()
        joined = ":carol!~carol@127.0.0.1 JOIN #x"
        assert lines == batch("a.example", reference(lines), "netjoin b.example c.example", joined)
        disconnect(c, b)
        gone = ":carol!~carol@127.0.0.1 QUIT :b.example c.example"
        lines = alice.lines_until(lambda line: " BATCH -" in line)
        assert lines == batch("a.example", reference(lines), "netsplit b.example c.example", gone)
        assert alice.sync() == []


def test_a_lab_server_that_is_linked_and_lost_is_a_batch_each_too() -> None:
    with ParleyHere("a.example") as a, LabProcess("lab.example") as other:
        lou, mia = other.lab("lou"), other.lab("mia")
        lou.ask("JOIN #x", "JOIN #y")
        mia.ask("JOIN #x")
        alice = a.irc("alice", "batch")
        alice.ask("JOIN #x", "JOIN #y")
        connect(a, other)
        lines: list[str] = []
        while sum(" JOIN " in line for line in lines) < 3:  # a lab server may take its time between two channels
            lines += alice.lines_until(lambda line: " BATCH -" in line)
        joins = [line.partition(" ")[2] for line in lines if line.startswith("@batch=")]
        assert sorted(joins) == [f":{who} JOIN {where}" for who, where in LAB_MEMBERS]
        assert lines[0].endswith(" netjoin a.example lab.example")
        assert alice.ask("NAMES #x")[0] == ":a.example 353 alice = #x :@alice lou mia"
        other.lab("nic").ask("JOIN #x")
        assert alice.line() == ":nic!nic@pc1 JOIN #x"
        other.stop()
        lines = alice.lines_until(lambda line: " BATCH -" in line)
        quits = [f":{nick}!{nick}@pc1 QUIT :a.example lab.example" for nick in ("lou", "mia", "nic")]
        assert lines == batch("a.example", reference(lines), "netsplit a.example lab.example", *quits)
