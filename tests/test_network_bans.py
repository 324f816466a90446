"""Server-wide bans of the whole network: set, lifted, brought together when servers link again, told once."""

import json
import time
from collections.abc import Iterator

import pytest

from chat.state import enforcement
from chat.storage.bans import BanKind, ServerBan
from protocol import facts
from tests.harness import IrcClient, ServerUnderTest
from tests.networks import Linked, ParleyHere, across, chain, connect, disconnect, linked, settle
from tests.operators import CONFIG
from tests.parley_peer import ParleyPeer
from tests.process import until

A, B, C = "a.example", "b.example", "c.example"
HOST = "127.0.0.1"
NOW = round(time.time(), 3)


def operator(server: ServerUnderTest) -> IrcClient:
    """An operator of that server."""
    client = server.irc(f"boss{server.network.name[0]}")
    client.ask("OPER root rootpass")
    return client


def masks(server: ServerUnderTest) -> list[str]:
    """What is banned there, by its file as well."""
    found = sorted(ban.mask for ban in server.network.bans.in_force())
    server.network.flush()
    path = server.data / "bans.json"
    kept = [entry["mask"] for entry in json.loads(path.read_text("utf-8"))["bans"]] if path.exists() else []
    return found if sorted(kept) == found else kept


# --- all over the network ------------------------------------------------------------------------------------------


@pytest.fixture
def network() -> Iterator[Linked]:
    """Three servers in a row."""
    with linked(chain(A, B, C), config=CONFIG) as found:
        yield found


def parleys(network: Linked) -> list[ParleyHere]:
    """The servers."""
    return [network.here(name) for name in (A, B, C)]


def test_a_kline_sends_users_of_all_servers_away_and_keeps_them_out(network: Linked) -> None:
    servers = parleys(network)
    boss, wren, friend = operator(servers[0]), network.irc(C, "wren"), network.irc(B, "bea")
    for client in (wren, friend):
        client.ask("JOIN #room")
    settle(boss, wren, friend)
    boss.ask("KLINE *wren@* :be nice")
    assert wren.lines_until_closed() == [
        f":{C} 465 wren :You are banned from this server: be nice",
        f"ERROR :Closing Link: {HOST} (Banned: be nice)",
    ]
    assert friend.line() == f":wren!~wren@{HOST} QUIT :Banned: be nice"
    assert [masks(server) for server in servers] == [["*wren@*"]] * 3
    again = servers[2].connect()
    again.send("NICK wren", "USER wren 0 * :x")
    assert again.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (Banned: be nice)"
    boss.ask("UNKLINE *WREN@*")
    across(boss, friend)
    settle(boss, network.irc(C, "wren"))
    assert [masks(server) for server in servers] == [[]] * 3


def test_a_shun_mutes_and_a_resv_renames_users_of_other_servers(network: Linked) -> None:
    servers = parleys(network)
    boss, wren, dove = operator(servers[0]), network.irc(C, "wren"), network.irc(C, "dove")
    settle(boss, wren, dove)
    boss.ask("SHUN *wren@* :quiet", "RESV dove :a service", "RESV #staff")
    assert dove.lines_until(lambda line: " NICK " in line)[-1] == f":dove!~dove@{HOST} NICK Guest1"
    dove.nick = "Guest1"
    assert wren.ask(f"PRIVMSG {boss.nick} :hello") == [
        f":{C} 404 wren {boss.nick} :You are muted on this server: quiet",
    ]
    assert dove.ask("NICK dove", "JOIN #staff") == [
        f":{C} 432 Guest1 dove :Erroneous nickname: it is reserved: a service",
        f":{C} 437 Guest1 #staff :The channel is reserved",
    ]
    boss.ask("UNSHUN *wren@*", "UNRESV dove", "UNRESV #staff")
    across(boss, dove)
    assert wren.ask(f"PRIVMSG {boss.nick} :hello") == []
    assert dove.ask("NICK dove") == [f":Guest1!~dove@{HOST} NICK dove"]


def test_a_dline_closes_no_link(network: Linked) -> None:
    servers = parleys(network)
    boss = operator(servers[0])
    settle(boss, network.irc(C, "wren"))
    boss.ask("DLINE FORCE 198.51.100.0/24 :elsewhere")
    until(lambda: masks(servers[2]) == ["198.51.100.0/24"])
    with servers[0].network.lock:  # the servers are all at one address
        enforcement.put(servers[0].network, ServerBan(BanKind.ADDRESS, HOST, "all of us", "", NOW))
    assert boss.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (Banned: all of us)"
    until(lambda: masks(servers[2]) == [HOST, "198.51.100.0/24"])
    assert [len(server.network.servers) for server in servers] == [2, 2, 2]
    assert [server.network.users for server in servers] == [{}] * 3


# --- after a split -------------------------------------------------------------------------------------------------


def put(server: ServerUnderTest, mask: str, reason: str = "", seconds: float = 0.0) -> None:
    """What KLINE does, also on a server without operators."""
    now = round(time.time(), 3)
    with server.network.lock:
        enforcement.put(server.network, ServerBan(BanKind.USER, mask, reason, "", now, now + seconds if seconds else 0))


def test_servers_that_are_linked_again_bring_their_bans_together() -> None:
    with ParleyHere(A) as one, ParleyHere(B) as two:
        first, second = one.irc("ann"), two.irc("bea")
        connect(two, one)
        settle(first, second)
        for mask in ("x@*", "lifted@*", "kept@*"):
            put(one, mask, "old")
        across(first, second)
        assert masks(two) == ["kept@*", "lifted@*", "x@*"]
        disconnect(two, one)
        with one.network.lock:
            enforcement.lift(one.network, BanKind.USER, "lifted@*")
        put(one, "first@*")
        put(one, "both@*", "one")
        put(two, "x@*", "new", 3600.0)
        put(two, "second@*")
        put(two, "both@*", "two")
        connect(two, one)
        settle(first, second)
        assert masks(one) == masks(two) == ["both@*", "first@*", "kept@*", "second@*", "x@*"]
        bans = {ban.mask: ban for ban in one.network.bans.in_force()}
        assert (bans["x@*"].reason, bans["both@*"].reason) == ("new", "two") and bans["x@*"].until
        assert set(one.network.bans.in_force()) == set(two.network.bans.in_force())


def test_a_file_edited_by_hand_counts_for_all_servers(network: Linked) -> None:
    servers = parleys(network)
    boss, watcher = operator(servers[0]), network.irc(C, "wren")
    settle(boss, watcher)
    boss.ask("KLINE by@command :first")
    across(boss, watcher)
    until(lambda: masks(servers[2]) == ["by@command"])
    entry = {"kind": "user", "mask": "by@hand", "reason": "typed", "set_by": "", "set_at": "", "until": ""}
    path = servers[0].data / "bans.json"
    written = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**written, "bans": [{**written["bans"][0], "reason": "second"}, entry]}), "utf-8")
    servers[0].reload()
    across(boss, watcher)
    assert masks(servers[2]) == ["by@command", "by@hand"]
    (ban,) = [ban for ban in servers[2].network.bans.in_force() if ban.mask == "by@command"]
    assert ban.reason == "second"
    servers[0].network.flush()
    path.write_text(json.dumps({**written, "bans": []}), "utf-8")
    servers[0].reload()
    across(boss, watcher)
    assert [masks(server) for server in servers] == [[]] * 3


# --- what is told and taken ----------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[ServerUnderTest]:
    """A server that takes every link."""
    with ServerUnderTest(f"{CONFIG}[links]\nopen = true\n", name=A) as running:
        yield running


def bans_told(peer: ParleyPeer) -> list[facts.Fact]:
    """What a peer has been told of bans."""
    return [fact for fact in peer.sync() if isinstance(fact, facts.BanSet | facts.BanLifted)]


def test_a_ban_goes_on_once_and_never_back(server: ServerUnderTest) -> None:
    peer, other = ParleyPeer(server, B), ParleyPeer(server, C)
    bans_told(peer)
    ban = facts.BanSet("user", "x@*", "why", "somebody", NOW, 0.0)
    peer.tell(ban, ban)
    assert bans_told(peer) == []
    assert bans_told(other) == [ban]
    peer.tell(ban)
    assert bans_told(peer) == []
    other.tell(ban, ban._replace(set_at=NOW - 1, reason="older"))
    assert bans_told(other) == [] and bans_told(peer) == []
    other.tell(ban._replace(reason="a smaller text"), ban._replace(reason="zzz, a greater text"))
    assert bans_told(other) == []
    assert bans_told(peer) == [ban._replace(reason="zzz, a greater text")]
    third = ParleyPeer(server, "d.example")
    assert third.name and server.network.bans.in_force()[0].reason == "zzz, a greater text"


def test_a_burst_holds_what_is_banned_and_what_was_lifted(server: ServerUnderTest) -> None:
    client = operator(server)
    client.ask("KLINE x@* :why", "KLINE gone@*", "SHUN 5m y@*", "UNKLINE gone@*", "KLINE back@*", "UNKLINE back@*")
    client.ask("KLINE back@*")
    peer = ParleyPeer(server, B)
    told = {fact.mask: fact for fact in peer.burst if isinstance(fact, facts.BanSet | facts.BanLifted)}
    assert {mask: type(fact).__name__ for mask, fact in told.items()} == {
        "x@*": "BanSet",
        "y@*": "BanSet",
        "back@*": "BanSet",
        "gone@*": "BanLifted",
    }


def test_a_lifted_ban_stays_lifted_and_a_later_one_holds(server: ServerUnderTest) -> None:
    peer, client = ParleyPeer(server, B), operator(server)
    ban = facts.BanSet("user", "x@*", "", "somebody", NOW, 0.0)
    peer.tell(ban, facts.BanLifted("user", "x@*", NOW - 1))
    peer.sync()
    assert masks(server) == ["x@*"]
    peer.tell(facts.BanLifted("user", "X@*", NOW), ban)
    peer.sync()
    assert masks(server) == []
    peer.tell(facts.BanLifted("user", "x@*", NOW + 30), ban._replace(set_at=NOW + 20))
    peer.sync()
    assert masks(server) == []
    client.ask("KLINE x@* :set here by a slow clock")
    assert [fact.set_at > NOW + 30 for fact in bans_told(peer) if isinstance(fact, facts.BanSet)] == [True]
    assert masks(server) == ["x@*"]


@pytest.mark.parametrize(
    "ban",
    [
        facts.BanSet("user", "no mask", "", "", NOW, 0.0),
        facts.BanSet("user", "wren", "", "", NOW, 0.0),
        facts.BanSet("address", "nowhere", "", "", NOW, 0.0),
        facts.BanSet("user", "x" * 300 + "@*", "", "", NOW, 0.0),
        facts.BanSet("user", "x@*", "", "", NOW, 1e300),
        facts.BanSet("user", "x@*", "", "", NOW - 9, NOW - 5),
        facts.BanSet("planet", "x@*", "", "", NOW, 0.0),
        facts.BanLifted("user", "no mask", NOW),
        facts.BanLifted("planet", "x@*", NOW),
    ],
)
def test_what_is_no_ban_is_passed_over(server: ServerUnderTest, ban: facts.BanSet | facts.BanLifted) -> None:
    peer = ParleyPeer(server, B)
    peer.tell(ban)
    peer.sync()
    assert masks(server) == []
    assert server.network.bans.lifted() == []


def test_what_does_not_fit_into_the_file_is_cut(server: ServerUnderTest) -> None:
    peer = ParleyPeer(server, B)
    peer.tell(facts.BanSet("user", "x@*", "y" * 500, "z" * 300, NOW, 0.0))
    peer.sync()
    (ban,) = server.network.bans.in_force()
    assert (len(ban.reason), len(ban.setter)) == (200, 64)
