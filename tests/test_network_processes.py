"""Eight servers as processes, as people start them, with clients of three dialects."""

import pytest

from tests.harness import IrcClient, LabClient
from tests.networks import Linked, ParleyProcess, across, across_to_json, chain, linked, settle, star

NAMES = [f"{letter}.test" for letter in "abcdefgh"]


def known(client: IrcClient) -> dict[str, int]:
    """The servers that LINKS shows, with their distances."""
    fields = [line.split() for line in client.ask("LINKS") if " 364 " in line]
    return {field[3]: int(field[5].lstrip(":")) for field in fields}


@pytest.mark.parametrize(
    ("tree", "lab", "distances"),
    [
        (chain(*NAMES), "", [7, 6, 5, 4, 3, 2, 1, 0]),
        (star(*NAMES), "", [1, 2, 2, 2, 2, 2, 2, 0]),
        (chain(*NAMES), "bceg", [7, 6, 5, 4, 3, 2, 1, 0]),
        (star(*NAMES), "bcdeg", [1, 2, 2, 2, 2, 2, 2, 0]),
        (star(*NAMES), "a", [1, 2, 2, 2, 2, 2, 2, 0]),
    ],
    ids=["chain", "star", "chain with lab servers", "star with lab servers", "star around a lab server"],
)
def test_eight_servers_are_one(tree: dict[str, str], lab: str, distances: list[int]) -> None:
    with linked(tree, {f"{letter}.test" for letter in lab}, are_processes=True) as network:
        first = "h.test" if "a" in lab else "a.test"
        alice, dora, rook = network.irc(first, "alice"), network.irc("h.test", "dora"), network.lab("d.test", "rook")
        settle(alice, dora, rook)
        assert known(dora) == dict(zip(NAMES, distances, strict=True))
        three_dialects_talk(network, alice, dora, rook)


def three_dialects_talk(network: Linked, alice: IrcClient, dora: IrcClient, rook: LabClient) -> None:
    """A channel with members on four servers: two modern ones, one of the lab, one that speaks JSON."""
    carol = network.user("f.test", "carol")
    alice.ask("JOIN #study", "TOPIC #study :Exam on Friday")
    across(alice, dora)
    assert any(line.endswith(" 332 dora #study :Exam on Friday") for line in dora.ask("JOIN #study"))
    across(alice, rook)
    assert rook.ask("JOIN #study") == [":d.test 332 #study :Exam on Friday"]
    across_to_json(alice, carol)
    assert carol.ask("JOIN", chat_name="study")["response_code"] == "180"
    across(rook, dora)
    across_to_json(rook, carol)
    across(dora, alice)
    carol.ask_all("MSSG", "psst", recipient="alice")
    carol.ask_all("MSSG", "hello", chat_name="study")
    received = alice.lines_until(lambda line: line.endswith(":hello"))
    assert [line for line in received if " PRIVMSG " in line] == [
        ":carol!carol@127.0.0.1 PRIVMSG alice :psst",
        ":carol!carol@127.0.0.1 PRIVMSG #study :hello",
    ]
    assert rook.line() == ":carol PRIVMSG #study :hello"
    rook.ask("PRIVMSG #study :Hello: all", "PRIVMSG carol :to you")
    payloads = [data["payload"] for data in across_to_json(rook, carol) if data["response_code"] == "140"]
    assert payloads == ["(rook) Hello: all", "(rook) to you"]
    assert across(rook, dora)[-1] == ":rook!rook@pc1 PRIVMSG #study :Hello: all"
    for client in (alice, dora):
        members = next(line for line in client.ask("NAMES #study") if " 353 " in line)
        assert sorted(members.rpartition(":")[2].replace("@", "").split()) == ["alice", "carol", "dora", "rook"]


def test_a_killed_server_splits_the_network_and_both_parts_go_on() -> None:
    with linked(chain("a.test", "b.test", "c.test", "d.test"), are_processes=True) as network:
        alice, bob = network.irc("a.test", "alice"), network.irc("b.test", "bob")
        dora, rook, jay = network.irc("d.test", "dora"), network.lab("d.test", "rook"), network.lab("a.test", "jay")
        settle(alice, bob, dora, rook, jay)
        alice.ask("JOIN #room")
        for client in (bob, dora, rook, jay):
            across(alice, client)
            client.ask("JOIN #room")
        settle(alice, bob, dora, rook, jay)
        middle = network["c.test"]
        assert isinstance(middle, ParleyProcess)
        middle.process.kill()
        gone = [":dora!~dora@127.0.0.1 QUIT :b.test c.test", ":rook!rook@pc1 QUIT :b.test c.test"]
        assert sorted([alice.line(), alice.line()]) == sorted([bob.line(), bob.line()]) == gone
        assert [dora.line().partition(" ")[2] for _ in range(3)] == ["QUIT :d.test c.test"] * 3
        alice.ask("PRIVMSG #room :still here")
        assert across(alice, bob) == [":alice!~alice@127.0.0.1 PRIVMSG #room :still here"]
        assert across(alice, jay) == [":alice PRIVMSG #room :still here"]  # a split is nothing that lab clients hear of
        rook.ask("PRIVMSG #room :here too")
        assert dora.line() == ":rook!rook@pc1 PRIVMSG #room :here too"
        assert known(bob) == {"a.test": 1, "b.test": 0}
        assert known(dora) == {"d.test": 0}
