"""Parley and strict lab servers in one tree: a lab server as a leaf and in the middle, dialled and dialling."""

from collections.abc import Iterable

import pytest

from chat.commands import registration
from tests.harness import LabClient
from tests.networks import Linked, across, across_to_json, chain, linked, node, settle, star, until_reached
from tests.process import until

A, B, C, D = "a.test", "b.test", "c.test", "d.test"

# A tree, and which of it are lab servers.
TREES = {
    "lab dials Parley": (chain(A, B), {B}),
    "Parley dials lab": (chain(A, B), {A}),
    "Parley - lab - Parley": (chain(A, B, C), {B}),
    "lab - Parley - lab": (chain(A, B, C), {A, C}),
    "lab - Parley - Parley - lab": (chain(A, B, C, D), {A, D}),
    "Parley - lab - Parley - lab": (chain(A, B, C, D), {B, D}),
    "Parley - lab - lab - Parley": (chain(A, B, C, D), {B, C}),
    "a lab server with three Parleys": (star(A, B, C, D), {A}),
    "a Parley with three lab servers": (star(A, B, C, D), {B, C, D}),
    "Parleys alone": (chain(A, B, C), set()),
}


def lab_clients(network: Linked) -> list[LabClient]:
    """A lab client on each server, known to all: u1, u2 ..."""
    clients = [node.lab(f"u{number}") for number, node in enumerate(network.nodes.values(), 1)]
    settle(*clients)
    return clients


def seen(client: LabClient, *lines: str) -> set[str]:
    """What a client is answered, without the name of its server and with nicks in alphabetical order."""
    answers = set()
    for line in client.ask(*lines):
        _, code, rest = line.split(" ", 2)
        head, _, last = rest.partition(":")
        answers.add(f"{code} {head}:{' '.join(sorted(last.split())) if code == '353' else last}")
    return answers


def same_everywhere(clients: Iterable[LabClient], *expected: str) -> None:
    """Every client is told the same by a NAMES of everything."""
    for client in clients:
        assert seen(client, "NAMES") == {*expected, "366 :End of /NAMES list"}, client.nick


@pytest.fixture(params=TREES)
def network(request: pytest.FixtureRequest) -> Iterable[Linked]:
    tree, lab = TREES[request.param]
    with linked(tree, lab) as running:
        yield running


def test_clients_of_all_servers_are_in_one_network(network: Linked) -> None:
    clients = lab_clients(network)
    first, last = clients[0], clients[-1]
    nicks = [client.nick for client in clients]

    # One channel, its topic and its key, wherever one comes from.
    first.ask("JOIN #room mellon")
    across(first, last)
    assert seen(last, "JOIN #room", "JOIN #room friend") == {"475 #room :Cannot join channel (+k)"}
    assert seen(last, "JOIN #room mellon", "TOPIC #room :Speak, friend") == {
        "331 #room :No topic is set",
        "TOPIC #room :Speak, friend",
    }
    for client in clients[:-1]:
        across(last, client)
    for client in clients[1:-1]:
        assert seen(client, "JOIN #room wrong", "JOIN #room mellon") == {
            "475 #room :Cannot join channel (+k)",
            "332 #room :Speak, friend",
        }
    settle(*clients)
    same_everywhere(clients, f"353 #room :{' '.join(nicks)}")

    # What is said to the channel comes once to each of the others, and what is said to one to that one.
    last.ask("PRIVMSG #room :Hello: all", f"PRIVMSG {first.nick} :Hello: you")
    assert across(last, first) == [
        f":{last.nick} PRIVMSG #room :Hello: all",
        f":{last.nick} PRIVMSG {first.nick} :Hello: you",
    ]
    for client in clients[1:-1]:
        assert across(last, client) == [f":{last.nick} PRIVMSG #room :Hello: all"]

    # Topic changes come to all, the setter included, whoever sets it.
    assert first.ask("TOPIC #room :Melon") == [f":{first.nick} TOPIC #room :Melon"]
    for client in clients[1:]:
        assert across(first, client) == [f":{first.nick} TOPIC #room :Melon"]
        assert seen(client, "TOPIC #room") == {"332 #room :Melon"}

    # Who leaves is gone everywhere; a quit with a text is told, one without is not.
    first.ask("PART #room")
    for number, client in enumerate(clients[1:], 2):
        across(first, client)
        assert seen(client, "PRIVMSG #room :x", "PART #none") == {"403 #none :No such channel"}
        for other in clients[number:]:
            across(client, other)
    settle(*clients)
    same_everywhere(clients, f"353 #room :{' '.join(nicks[1:])}", f"353 * :{nicks[0]}")
    assert seen(first, "PRIVMSG #room :x", "PART #room", "TOPIC #room") == {
        "404 #room :Cannot send to channel",
        "442 #room :You're not on that channel",
    }


def test_quits_are_told_with_their_text_and_nicks_are_free_again(network: Linked) -> None:
    clients = lab_clients(network)
    first, last = clients[0], clients[-1]
    first.ask("JOIN #room")
    across(first, last)
    last.ask("JOIN #room")
    server, *_, far = network.nodes.values()
    talker, silent = far.lab("talker"), far.lab("silent")
    for leaving in (talker, silent):
        until_reached(leaving, first)
        leaving.ask("JOIN #room")
    talker.send("QUIT :Gone: away")
    talker.lines_until_closed()
    silent.send("QUIT")
    silent.lines_until_closed()
    assert across(last, first) == [":talker QUIT :Gone: away"]
    assert seen(first, "PRIVMSG talker :x", "PRIVMSG silent :x", "NAMES #room") == {
        "401 talker :No such nick",
        "401 silent :No such nick",
        f"353 #room :{first.nick} {last.nick}",
        "366 :End of /NAMES list",
    }
    again = server.lab("talker")
    assert " 001 " in again.welcome[0]
    until_reached(last, again)


def test_a_nick_is_refused_wherever_it_is_tried(network: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "NICK_PATIENCE_SECONDS", 0)  # no holder is about to leave
    clients = lab_clients(network)
    for server in network.nodes.values():
        for holder in clients:
            intruder = LabClient(server.port)
            intruder.register(holder.nick, "pc2", server.name)
            text = f"Nickname collision KILL from {holder.nick}@pc1"
            assert intruder.welcome == [f":{server.name} 436 {holder.nick} :{text}"]
            intruder.close()
    settle(*clients)


@pytest.mark.parametrize("lab", [set(), {B}, {A}, {C}, {A, C}, {B, C}, {A, B}], ids=lambda lab: " ".join(sorted(lab)))
def test_a_server_that_comes_late_learns_of_users_channels_topics_and_members(lab: set[str]) -> None:
    with linked(chain(A, B), lab) as network:
        first, second = network.lab(A, "first"), network.lab(B, "second")
        settle(first, second)
        first.ask("JOIN #room", "TOPIC #room :Potatoes", "JOIN #quiet")
        across(first, second)
        second.ask("JOIN #room")
        with node(C, network[B], C in lab) as late:
            third = late.lab("third")
            for client in (first, second):
                until_reached(third, client)
            same_everywhere([third], "353 #room :first second", "353 #quiet :first", "353 * :third")
            assert seen(third, "JOIN #room", "JOIN #quiet") == {"332 #room :Potatoes", "331 #quiet :No topic is set"}


@pytest.mark.parametrize("lab", [{A}, {B}, {C}, {A, D}], ids=lambda lab: " ".join(sorted(lab)))
def test_two_networks_with_channels_become_one(lab: set[str]) -> None:
    """C, to which D is linked, dials B, to which A is linked; there is a #room on both sides."""
    with linked(chain(A, B), lab) as left:
        first, second = left.lab(A, "first"), left.lab(B, "second")
        settle(first, second)
        first.ask("JOIN #room", "TOPIC #room :Potatoes")
        across(first, second)
        with node(C, left[B], C in lab) as third_server, node(D, third_server, D in lab) as fourth_server:
            third, fourth = third_server.lab("third"), fourth_server.lab("fourth")
            fourth.ask("JOIN #room", "JOIN #theirs")
            clients = [first, second, third, fourth]
            settle(*clients)
            same_everywhere(clients, "353 #room :first fourth", "353 #theirs :fourth", "353 * :second third")
            fourth.ask("PRIVMSG #room :hello")
            assert across(fourth, first) == [":fourth PRIVMSG #room :hello"]


def test_parley_dialects_meet_over_a_lab_server_in_the_middle() -> None:
    with linked(chain(A, B, C), {B}) as network:
        alice, dora, rook = network.irc(A, "alice"), network.irc(C, "dora"), network.lab(B, "rook")
        settle(alice, dora, rook)
        carol = network.user(C, "carol")
        until_reached(dora, alice)
        alice.ask("JOIN #study")
        across(alice, dora)
        dora.ask("JOIN #study")
        assert carol.ask("JOIN", chat_name="study")["response_code"] == "180"
        across(dora, rook)
        rook.ask("JOIN #study")
        across(rook, alice)
        across(rook, dora)
        carol.sync()
        alice.ask("PRIVMSG #study :Hello: all", "TOPIC #study :Exam")
        assert across(alice, rook) == [":alice PRIVMSG #study :Hello: all", ":alice TOPIC #study :Exam"]
        assert across(alice, dora) == [
            ":alice!alice@127.0.0.1 PRIVMSG #study :Hello: all",
            ":alice!alice@127.0.0.1 TOPIC #study :Exam",
        ]
        assert [(data["response_code"], data["payload"]) for data in across_to_json(alice, carol)] == [
            ("140", "(alice) Hello: all"),
            ("150", "Exam"),
        ]
        carol.ask_all("MSSG", "(carol) hi", chat_name="study")
        assert across(dora, alice) == [":carol!carol@127.0.0.1 PRIVMSG #study :hi"]
        assert across(dora, rook) == [":carol PRIVMSG #study :hi"]


def test_a_lost_lab_server_takes_its_users_along_and_the_rest_goes_on() -> None:
    with linked(star(A, B, C, D), {B}) as network:
        alice, rook = network.irc(A, "alice"), network.lab(B, "rook")
        dora, jay = network.irc(C, "dora"), network.lab(D, "jay")
        settle(alice, rook, dora, jay)
        alice.ask("JOIN #room")
        across(alice, rook)
        across(alice, dora)
        across(alice, jay)
        for client in (rook, dora, jay):
            client.ask("JOIN #room")
        settle(alice, rook, dora, jay)
        network[B].__exit__(None, None, None)
        for client in (alice, dora):
            assert client.line() == f":rook!rook@pc1 QUIT :{A} {B}"
        assert across(dora, alice) == []
        alice.ask("PRIVMSG #room :still here")
        assert across(alice, jay)[-1] == ":alice PRIVMSG #room :still here"
        until(lambda: not any(B in line for line in dora.ask("LINKS")))
        assert seen(jay, "NAMES") == {"353 #room :alice dora jay", "366 :End of /NAMES list"}
