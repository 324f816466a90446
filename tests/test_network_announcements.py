"""What is said to many on all servers: WALLOPS GLOBOPS, notices of servers to operators, messages to server masks."""

from collections.abc import Iterator

import pytest

from protocol import facts
from tests.harness import IrcClient, ServerUnderTest
from tests.networks import Linked, across, across_to_json, chain, linked, settle
from tests.operators import CONFIG
from tests.parley_peer import ParleyPeer

A, B, C, LAB = "a.example", "b.example", "c.example", "lab.example"
HOST = "127.0.0.1"
BOSS = f"boss!~boss@{HOST}"


@pytest.fixture
def network() -> Iterator[Linked]:
    """Three servers in a row, and a lab server at their end."""
    with linked(chain(A, B, C, LAB), lab=[LAB], config=CONFIG) as found:
        yield found


def operator(network: Linked, name: str, nick: str, *capabilities: str) -> IrcClient:
    """An operator of that server."""
    client = network.irc(name, nick, *capabilities)
    client.ask("OPER root rootpass")
    return client


def test_wallops_go_to_those_who_want_them_on_all_servers(network: Linked) -> None:
    boss, ann, bea, carl = (
        operator(network, A, "boss"),
        *(network.irc(x, n) for x, n in ((A, "ann"), (B, "bea"), (C, "carl"))),
    )
    rook = network.lab(LAB, "rook")
    for client in (ann, carl):
        client.ask(f"MODE {client.nick} +w")
    settle(boss, ann, bea, carl, rook)
    boss.ask("WALLOPS :supper is ready")
    for client in (ann, carl):
        assert across(boss, client) == [f":{BOSS} WALLOPS :supper is ready"]
    assert across(boss, bea) == []
    assert across(boss, rook) == []


def test_globops_go_to_all_operators(network: Linked) -> None:
    boss, other, ann = operator(network, A, "boss"), operator(network, C, "other"), network.irc(C, "ann")
    settle(boss, other, ann)
    assert boss.ask("GLOBOPS :who is awake?") == [f":{A} NOTICE boss :*** boss says: who is awake?"]
    assert across(boss, other) == [f":{C} NOTICE other :*** boss says: who is awake?"]
    assert across(boss, ann) == []


def test_operators_are_told_of_what_happens_elsewhere_by_subject(network: Linked) -> None:
    boss, picky, ann = operator(network, A, "boss"), operator(network, C, "picky"), network.irc(B, "ann")
    picky.ask("MODE picky +s -bfklnos", "MODE picky +s b")
    settle(boss, picky, ann)
    second = operator(network, B, "second")
    assert across(second, boss) == [
        f":{A} NOTICE boss :*** Oper at {B}: second!~second@{HOST} is now an operator (root)"
    ]
    second.ask("KLINE evil@* :no", "KILL ann :bye")
    assert across(second, picky) == [f":{C} NOTICE picky :*** Ban at {B}: second set a KLINE on evil@* without end: no"]
    assert across(second, boss) == [
        f":{A} NOTICE boss :*** Ban at {B}: second set a KLINE on evil@* without end: no",
        f":{A} NOTICE boss :*** Kill at {B}: second killed ann!~ann@{HOST}: bye",
    ]


def test_a_message_to_a_mask_of_servers_reaches_the_users_of_those(network: Linked) -> None:
    boss, bea = operator(network, A, "boss"), network.irc(B, "bea", "message-tags")
    ann, carl = network.irc(A, "ann", "message-tags"), network.irc(C, "carl")
    carol, rook, wren = network.user(C, "carol"), network.lab(LAB, "rook"), network.lab(C, "wren")
    settle(boss, bea, ann, carl, rook, wren)
    across_to_json(boss, carol)
    boss.ask("NOTICE $?.example :read the news")
    first, second = across(boss, bea), across(boss, ann)
    assert first == second and first[0].endswith(f" :{BOSS} NOTICE $?.example :read the news")
    assert across(boss, carl) == [f":{BOSS} NOTICE $?.example :read the news"]
    boss.ask(f"PRIVMSG ${C} :only you", "PRIVMSG $lab.example :the lab closes")
    assert across(boss, carl) == [f":{BOSS} PRIVMSG ${C} :only you"]
    assert [data["payload"] for data in across_to_json(boss, carol)] == ["(boss) read the news", "(boss) only you"]
    assert across(boss, wren) == [":boss PRIVMSG wren :read the news", ":boss PRIVMSG wren :only you"]
    assert across(boss, rook) == [":boss PRIVMSG rook :the lab closes"]
    assert across(boss, bea) == []


def test_announcements_of_who_is_not_there_or_of_an_unknown_kind() -> None:
    with ServerUnderTest(f"{CONFIG}[links]\nopen = true\n", name=A) as server:
        boss, peer = server.irc("boss"), ParleyPeer(server, B)
        boss.ask("OPER root rootpass")
        peer.tell(facts.Announced(B, "FANFARE", "", "x"), facts.Announced("0GONE0000000", "WALLOPS", "", "x"))
        peer.tell(facts.Announced(B, "SNOTE", "?", "of a subject that there is not here"))
        peer.sync()
        assert boss.sync() == [f":{A} NOTICE boss :*** of a subject that there is not here"]
        peer.tell(facts.Announced(A, "GLOBOPS", "", "x"))
        assert peer.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (you speak for me)"
