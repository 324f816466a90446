"""What operators do to users of other servers: KILL CHGHOST SAJOIN SAPART SANICK; and nicks that are taken back."""

from collections.abc import Iterator

import pytest

from protocol import facts
from tests.harness import IrcClient, ServerUnderTest, response
from tests.networks import Linked, across, across_to_json, chain, linked, settle
from tests.operators import CONFIG
from tests.parley_peer import ParleyPeer

A, B, C, LAB = "a.example", "b.example", "c.example", "lab.example"
HOST = "127.0.0.1"
BOSS = f"boss!~boss@{HOST}"
NO_OPERATOR = "Permission Denied- You're not an IRC operator"


@pytest.fixture
def network() -> Iterator[Linked]:
    """Three servers in a row, and a lab server at their end."""
    with linked(chain(A, B, C, LAB), lab=[LAB], config=CONFIG) as found:
        yield found


@pytest.fixture
def boss(network: Linked) -> IrcClient:
    """An operator on the first server."""
    client = network.irc(A, "boss")
    client.ask("OPER root rootpass")
    return client


# --- KILL ----------------------------------------------------------------------------------------------------------


def test_kill_is_the_same_wherever_the_victim_is(network: Linked, boss: IrcClient) -> None:
    victim, near, far = network.irc(C, "alice"), network.irc(A, "ann"), network.irc(B, "bea")
    for client in (near, far, victim):
        client.ask("JOIN #room")
    settle(boss, near, far, victim)
    assert boss.ask("KILL Alice :be nice") == [
        f":{A} NOTICE boss :*** Kill at {C}: boss killed alice!~alice@{HOST}: be nice"
    ]
    assert victim.lines_until_closed() == [
        f":{BOSS} KILL alice :be nice",
        f":alice!~alice@{HOST} QUIT :Killed (boss (be nice))",
        f"ERROR :Closing Link: {HOST} (Killed (boss (be nice)))",
    ]
    for client in (near, far):
        assert client.sync() == [f":alice!~alice@{HOST} QUIT :Killed (boss (be nice))"]
    assert network.irc(C, "alice").nick == "alice"


def test_kill_of_a_json_user_of_another_server(network: Linked, boss: IrcClient) -> None:
    carol, friend = network.user(C, "carol"), network.irc(B, "bea")
    carol.ask("CHAT", chat_name="room")
    across_to_json(friend, carol)
    settle(boss, friend)
    friend.ask("JOIN #room")
    across_to_json(friend, carol)
    boss.ask("KILL carol :enough")
    assert carol.object() == response("350", f"Closing Link: {HOST} (Killed (boss (enough)))", version=1.1)
    assert carol.lines_until_closed() == []
    assert friend.sync()[-1] == f":carol!carol@{HOST} QUIT :Killed (boss (enough))"


def test_kill_of_a_lab_user_takes_it_out_for_everybody_else(network: Linked, boss: IrcClient) -> None:
    rook, ann, carl = network.lab(LAB, "rook"), network.irc(A, "ann"), network.irc(C, "carl")
    settle(boss, ann, carl, rook)
    for client in (ann, carl):
        client.ask("JOIN #room")
    settle(ann, carl, rook)
    rook.ask("JOIN #room")
    across(rook, ann)
    settle(ann, carl)
    assert boss.ask("KILL rook :enough") == [f":{A} NOTICE boss :*** Kill at {C}: boss killed rook!rook@pc1: enough"]
    for client in (ann, carl):
        assert client.sync() == [":rook!rook@pc1 QUIT :Killed (boss (enough))"]
    rook.ask("PRIVMSG #room :I am still here", "PRIVMSG ann :really", "TOPIC #room :mine", "PART #room", "JOIN #other")
    rook.send("QUIT")
    across(network.lab(LAB, "wren"), ann)
    assert (ann.sync(), carl.sync()) == ([], [])
    assert ann.ask("NICK rook") == [f":ann!~ann@{HOST} NICK rook"]


def test_who_may_not_kill_or_names_nobody_is_refused_at_once(network: Linked, boss: IrcClient) -> None:
    ann, alice = network.irc(A, "ann"), network.irc(C, "alice")
    settle(ann, alice)
    assert ann.ask("KILL alice :x") == [f":{A} 481 ann :{NO_OPERATOR}"]
    assert boss.ask("KILL nobody :x", f"KILL {C} :x") == [
        f":{A} 401 boss nobody :No such nick/channel",
        f":{A} 483 boss :You cant kill a server!",
    ]
    assert alice.sync() == []


# --- forced joins and the like -------------------------------------------------------------------------------------


def test_forced_joins_parts_nicks_and_hosts_are_done_by_the_home_server(network: Linked, boss: IrcClient) -> None:
    alice, bea, carl = network.irc(C, "alice"), network.irc(B, "bea"), network.irc(C, "carl")
    carl.ask("OPER root rootpass")
    bea.ask("JOIN #room", "MODE #room +i")
    settle(boss, alice, bea, carl)
    told = f":{A} NOTICE boss :*** Oper at {C}: boss"
    assert boss.ask("SAJOIN alice #room,#other") == [
        f"{told} made alice join #room",
        f"{told} made alice join #other",
    ]
    assert alice.sync()[0] == f":alice!~alice@{HOST} JOIN #room"
    assert boss.ask("SANICK alice ally", "CHGHOST ally me far.away") == [f"{told} changed the nick of alice to ally"]
    assert boss.ask("SAPART ally #room :out") == [f"{told} made ally leave #room"]
    alice.nick = "ally"
    settle(alice, bea)
    assert carl.sync()[0] == f":{C} NOTICE carl :*** Oper: boss made alice join #room"
    assert boss.ask("WHOIS ally")[0] == f":{A} 311 boss ally me far.away * :alice the tester"


def test_what_the_home_server_refuses_is_told(network: Linked, boss: IrcClient) -> None:
    alice = network.irc(C, "alice")
    settle(boss, alice)
    assert boss.ask("SAJOIN alice room", "SANICK alice boss", "SAPART alice #none", "CHGHOST alice a b@c") == [
        f":{C} 403 boss room :No such channel",
        f":{C} 433 boss boss :Nickname is already in use",
        f":{C} 403 boss #none :No such channel",
        f":{C} 400 boss CHGHOST :Letters, digits and . - _ : / only",
    ]
    assert alice.sync() == []


def test_nobody_can_force_a_lab_user(network: Linked, boss: IrcClient) -> None:
    rook = network.lab(LAB, "rook")
    settle(boss, rook)
    why = f"rook is on {LAB}, which cannot be asked for that"
    assert boss.ask("SAJOIN rook #room", "SANICK rook crow", "CHGHOST rook a b") == [
        f":{C} 400 boss SAJOIN :{why}",
        f":{C} 400 boss SANICK :{why}",
        f":{C} 400 boss CHGHOST :{why}",
    ]
    assert rook.sync() == []


# --- nicks ---------------------------------------------------------------------------------------------------------


def test_the_owner_of_a_nick_gets_it_from_a_guest_of_another_server(network: Linked) -> None:
    network.here(A).add_account("carol")
    guest, bea = network.irc(C, "carol"), network.irc(B, "bea")
    for client in (guest, bea):
        client.ask("JOIN #room")
    settle(guest, bea)
    owner = network.here(A).member("carol")
    assert owner.nick == "carol"
    owner.ask("JOIN #room")
    guest.nick = "Guest1"
    renamed = guest.lines_until(lambda line: line.endswith(" JOIN #room"))
    assert (
        renamed[0] == f":{C} NOTICE carol :The nick carol belongs to an account of another server; you are Guest1 now"
    )
    assert renamed[1] == f":carol!~carol@{HOST} NICK Guest1"
    settle(owner, guest, bea)
    for client in (owner, guest, bea):
        client.sync()
        names = sorted(client.ask("NAMES #room")[0].rpartition(":")[2].split())
        assert [name.lstrip("@") for name in names] == ["Guest1", "bea", "carol"] or names == []
        assert client.ask("ISON carol Guest1")[0].rpartition(":")[2] == "carol Guest1"
    for name in (A, B, C):
        users = network.here(name).network.users
        assert sorted(users) == ["bea", "carol", "guest1"]
        assert users["carol"].account.partition("@")[0] == "carol"


def test_nickserv_takes_a_nick_back_from_another_server(network: Linked) -> None:
    network.here(A).add_account("carol")
    owner = network.here(A).member("carol", nick="owner")
    guest = network.irc(C, "carol")
    settle(owner, guest)
    assert owner.ask("NS RECOVER carol")[-1].endswith(":You are carol now")
    owner.nick = "carol"
    assert guest.lines_until(lambda line: " NICK " in line)[-1] == f":carol!~carol@{HOST} NICK Guest1"
    guest.nick = "Guest1"
    settle(owner, guest)
    assert sorted(network.here(B).network.users) == ["carol", "guest1"]


# --- other servers that ask ----------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[ServerUnderTest]:
    """A server that takes every link."""
    with ServerUnderTest("[links]\nopen = true\n", name=A) as running:
        yield running


def uid_of(server: ServerUnderTest, nick: str) -> str:
    """The id of a user."""
    user = server.network.find_user(nick)
    assert user is not None
    return user.uid


def test_who_has_no_privilege_at_home_has_none_here(server: ServerUnderTest) -> None:
    alice, peer = server.irc("alice"), ParleyPeer(server, B)
    guest, operator = peer.introduce("bob"), peer.introduce("carl", "o")
    peer.tell(facts.Asked(1, guest, A, "KILL", (uid_of(server, "alice"), "x"), ("kill",)))
    assert peer.fact(facts.Answered) == facts.Answered(1, A, B, (("ERR_NOPRIVILEGES",),), True)
    peer.tell(facts.Asked(2, operator, A, "KILL", (uid_of(server, "alice"), "x"), ("kline",)))
    assert peer.fact(facts.Answered) == facts.Answered(2, A, B, (("ERR_NOPRIVS", "kill"),), True)
    assert alice.sync() == []


def test_who_has_changed_its_nick_is_meant_all_the_same(server: ServerUnderTest) -> None:
    alice, peer = server.irc("alice"), ParleyPeer(server, B)
    operator, uid = peer.introduce("carl", "o"), uid_of(server, "alice")
    alice.ask("NICK ally")
    other = server.irc("alice")
    peer.tell(facts.Asked(1, operator, A, "KILL", (uid, "x"), ("kill",)))
    gone = peer.fact(facts.UserGone)
    assert (gone.uid, gone.text) == (uid, "Killed (carl (x))")
    assert alice.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (Killed (carl (x)))"
    assert other.sync() == []
    assert peer.fact(facts.Answered) == facts.Answered(1, A, B, (), True)
    peer.tell(facts.Asked(2, operator, A, "KILL", (uid, "x"), ("kill",)))
    assert peer.fact(facts.Answered) == facts.Answered(2, A, B, (("ERR_NOSUCHNICK", uid),), True)


def test_a_server_that_asks_for_a_kill_needs_no_privilege_and_gets_no_answer(server: ServerUnderTest) -> None:
    alice, peer = server.irc("alice"), ParleyPeer(server, B)
    peer.tell(facts.Asked(0, B, A, "KILL", (uid_of(server, "alice"), "collision")))
    told = peer.sync()
    assert [type(fact) for fact in told] == [facts.Announced, facts.UserGone]
    assert alice.lines_until_closed()[0] == f":{B} KILL alice :collision"


def test_a_guest_that_has_another_nick_by_now_keeps_it(server: ServerUnderTest) -> None:
    alice, peer = server.irc("alice"), ParleyPeer(server, B)
    uid = uid_of(server, "alice")
    peer.tell(facts.Asked(0, B, A, "RENAME", (uid, "somebody")))
    peer.tell(facts.Asked(0, B, A, "RENAME", ("nobody", "alice")))
    assert peer.sync() == []
    peer.tell(facts.Asked(0, B, A, "RENAME", (uid, "Alice")))
    assert peer.fact(facts.NickChange).nick == "Guest1"
    assert alice.sync()[-1] == f":alice!~alice@{HOST} NICK Guest1"
