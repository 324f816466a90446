"""IRC operators and other servers: who is seen to be one, what that is worth there, CONNECT, SQUIT and STATS l."""

import re

import pytest

from tests.harness import IrcClient, ServerUnderTest
from tests.networks import ParleyHere, across, chain, linked, links_to, settle
from tests.operators import CONFIG, SMALL
from tests.process import until

A, B, C = "a.example", "b.example", "c.example"


def operator(server: ServerUnderTest, nick: str = "boss") -> IrcClient:
    """An IRC operator who gets the notices about links."""
    client: IrcClient = server.irc(nick)
    client.ask("OPER root rootpass", f"MODE {nick} +s s")
    return client


def notice_of(client: IrcClient, text: str) -> str:
    """Waits for the server notice that has this text in it."""
    return client.lines_until(lambda line: " NOTICE " in line and text in line)[-1]


def knows(server: ServerUnderTest, name: str) -> bool:
    """Whether a server is in the network, seen from another one."""
    return server.network.servers.find(name) is not None


def dialling(name: str, *places: tuple[str, int]) -> ServerUnderTest:
    """A server with an operator, which dials others only when it is told to."""
    text = links_to(*places).replace("}", ", autoconnect = false}")
    return ServerUnderTest(CONFIG + text, name=name)


# --- DIE, RESTART and REHASH ---------------------------------------------------------------------------------------


def test_no_server_is_stopped_or_read_anew_in_place_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with linked(chain(A, B), config=CONFIG) as network:
        near, done = network.here(A), list[bool]()
        monkeypatch.setattr(near.controls, "end", done.append, raising=False)
        boss, wren = operator(near), network.irc(B, "wren")
        settle(boss, wren)
        for verb in ("DIE", "RESTART", "REHASH"):
            for other in (B.upper(), "b.*"):
                refusal = f":{A} 400 boss {verb} :{B} is another server; ask an operator there"
                assert boss.ask(f"{verb} {other}") == [refusal]
            assert boss.ask(f"{verb} wren") == [f":{A} 402 boss wren :No such server"]
        assert done == []
        assert boss.ask(f"REHASH {A}")[0] == f":{A} 382 boss server.toml :Rehashing"
        boss.ask(f"DIE {A.upper()}", f"RESTART {A}", "DIE")
        assert done == [False, True, False]


# --- being an operator ---------------------------------------------------------------------------------------------


def test_an_operator_is_seen_as_one_on_every_server_until_it_is_none_any_more() -> None:
    with linked(chain(A, B, C), config=CONFIG) as network:
        boss, wren = network.irc(A, "boss"), network.irc(C, "wren")
        settle(boss, wren)
        boss.ask("OPER root rootpass")
        across(boss, wren)
        assert f":{C} 313 wren boss :is an IRC operator" in wren.ask("WHOIS boss")
        assert wren.ask("USERHOST boss") == [f":{C} 302 wren :boss*=+~boss@127.0.0.1"]
        assert wren.ask("WHO * o")[0] == f":{C} 352 wren * ~boss 127.0.0.1 {A} boss H* :2 boss the tester"
        assert f":{C} 252 wren 1 :operator(s) online" in wren.ask("LUSERS")
        boss.ask("MODE boss -o")
        across(boss, wren)
        assert not any(" 313 " in line for line in wren.ask("WHOIS boss"))
        assert f":{C} 252 wren 0 :operator(s) online" in wren.ask("LUSERS")


def test_the_modes_of_users_are_known_to_servers_that_come_later() -> None:
    with ParleyHere(A, config=CONFIG) as first:
        boss, hidden = operator(first), first.irc("hidden")
        hidden.ask("MODE hidden +iB")
        with ParleyHere(B, first) as second:
            wren = second.irc("wren")
            settle(boss, wren)
            assert f":{B} 313 wren boss :is an IRC operator" in wren.ask("WHOIS boss")
            assert f":{B} 335 wren hidden :is a bot" in wren.ask("WHOIS hidden")
            assert not any("hidden" in line for line in wren.ask("WHO *"))
            user = second.network.find_user("boss")
            assert user is not None and user.operator == "root" and not user.privileges


def test_an_operator_has_no_rights_on_a_server_but_those_that_its_own_one_gives() -> None:
    with linked(chain(A, B), config=CONFIG + SMALL) as network:
        small, wren = network.irc(A, "small"), network.irc(B, "wren")
        small.ask("OPER small rootpass")
        settle(small, wren)
        assert small.ask(f"CONNECT x.example 0 {B}") == [f":{A} 723 small link :Insufficient oper privileges."]
        assert small.ask("KILL wren :no")[-1].split(" ")[1] == "723"
        wren.ask("JOIN #b")
        across(wren, small)
        assert small.ask("MODE #b +o small") == [f":{A} 482 small #b :You're not channel operator"]


@pytest.mark.parametrize("letter", ["B", "i"])
def test_a_mode_that_is_set_and_taken_elsewhere(letter: str) -> None:
    with linked(chain(A, B)) as network:
        rook, wren = network.irc(A, "rook"), network.irc(B, "wren")
        settle(rook, wren)
        here = network.here(B).network
        for change, is_set in ((f"+{letter}", True), (f"-{letter}", False)):
            rook.ask(f"MODE rook {change}")
            across(rook, wren)
            user = here.find_user("rook")
            assert user is not None and (letter in user.modes) == is_set


def test_a_cloak_that_is_taken_off_shows_the_host_everywhere() -> None:
    with linked(chain(A, B), config="[cloak]\nenabled = true\n") as network:
        rook, wren = network.irc(A, "rook"), network.irc(B, "wren", "chghost")
        rook.ask("JOIN #both")
        settle(rook, wren)
        wren.ask("JOIN #both")
        rook.ask("MODE rook -x")
        (line,) = across(rook, wren)
        assert re.fullmatch(r":rook!~rook@\S+ CHGHOST ~rook 127\.0\.0\.1", line)


# --- what operators see of links -----------------------------------------------------------------------------------


def test_stats_l_shows_the_links_first() -> None:
    with linked(chain(A, B), config=CONFIG) as network:
        boss = operator(network.here(B))
        links = [line for line in boss.ask("STATS l") if " 211 " in line]
        pattern = rf":{B} 211 boss {A}\[127\.0\.0\.1\] \d+ (\d+) \d+ (\d+) \d+ \d+ :parley"
        found = re.fullmatch(pattern, links[0])
        assert found is not None and int(found[1]) > 0 and int(found[2]) > 0
        assert links[1].startswith(f":{B} 211 boss boss[127.0.0.1] ")


def test_stats_l_of_another_server() -> None:
    with linked(chain(A, B, C), config=CONFIG) as network:
        boss = operator(network.here(A))
        links = [line for line in boss.ask(f"STATS l {B}") if " 211 " in line]
        assert [line.split(" ")[3].partition("[")[0] for line in links] == [A, C]


# --- CONNECT -------------------------------------------------------------------------------------------------------


def test_connect_links_a_server_that_is_not_dialled_by_itself() -> None:
    with ParleyHere(B) as other, dialling(A, (B, other.port)) as server:
        boss = operator(server)
        assert not knows(server, B)
        boss.send(f"CONNECT {B}")
        assert f"boss has {A} dial {B} (127.0.0.1 port {other.port})" in notice_of(boss, " dial ")
        notice_of(boss, f"Linked to {B}")
        until(lambda: knows(other, A))
        refusal = f":{A} 400 boss CONNECT :{B} is linked already, by {A}"
        assert boss.ask(f"CONNECT {B.upper()}") == [refusal]


def test_connect_to_another_port_than_the_configured_one() -> None:
    with ParleyHere(B) as other, dialling(A, (B, 1)) as server:
        boss = operator(server)
        boss.send(f"CONNECT {B}")
        notice_of(boss, f"cannot link to {B} (127.0.0.1 port 1): connection refused")
        boss.send(f"CONNECT {B} {other.port}")
        notice_of(boss, f"Linked to {B}")


def test_connect_on_another_server() -> None:
    with (
        ParleyHere(C) as far,
        dialling(B, (C, far.port)) as middle,
        ServerUnderTest(CONFIG + links_to((B, middle.port)), name=A) as near,
    ):
        boss = operator(near)
        until(lambda: knows(near, B))
        assert [line for line in boss.ask(f"CONNECT {C} 0 {B}") if " NOTICE " not in line] == []
        until(lambda: knows(near, C))
        found = near.network.servers.find(C)
        assert found is not None and found.hops == 2


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (f"CONNECT {B} 0 nowhere.example", "402 boss nowhere.example :No such server"),
        (f"CONNECT {B} 70000", "400 boss CONNECT :70000 is no port"),
        (f"CONNECT {B} -1", "400 boss CONNECT :-1 is no port"),
        ("CONNECT", "461 boss CONNECT :Not enough parameters"),
        ("SQUIT nowhere.example :x", "402 boss nowhere.example :No such server"),
        (f"SQUIT {A} :x", "400 boss SQUIT :A server is not cut off from itself; DIE stops it"),
        (f"SQUIT {A}", "400 boss SQUIT :A server is not cut off from itself; DIE stops it"),
        ("SQUIT", "461 boss SQUIT :Not enough parameters"),
        ("DIE nowhere.example", "402 boss nowhere.example :No such server"),
        ("RESTART *.elsewhere", "402 boss *.elsewhere :No such server"),
        ("REHASH boss", "402 boss boss :No such server"),
    ],
)
def test_what_operators_ask_for_in_vain(line: str, answer: str) -> None:
    with dialling(A, (B, 1)) as server:
        assert operator(server).ask(line) == [f":{A} {answer}"]


def test_connect_to_a_server_without_an_entry_says_what_is_missing() -> None:
    with dialling(A, (B, 1)) as server:
        assert operator(server).ask("CONNECT nowhere.example") == [
            f":{A} NOTICE boss :{A} has no entry nowhere.example in [links] connect",
            f":{A} 402 boss nowhere.example :No such server",
        ]


def test_connect_and_squit_are_for_operators_who_may_link() -> None:
    with ServerUnderTest(CONFIG + SMALL, name=A) as server:
        wren, small = server.irc("wren"), server.irc("small")
        small.ask("OPER small rootpass")
        for line in (f"CONNECT {B}", f"SQUIT {B} :x"):
            assert wren.ask(line) == [f":{A} 481 wren :Permission Denied- You're not an IRC operator"]
            assert small.ask(line) == [f":{A} 723 small link :Insufficient oper privileges."]


# --- SQUIT ---------------------------------------------------------------------------------------------------------


def test_a_server_that_was_cut_off_is_not_dialled_again_before_connect() -> None:
    with ParleyHere(A) as other, ParleyHere(B, other, CONFIG) as server:
        boss, rook = operator(server), other.irc("rook")
        settle(boss, rook)
        rook.ask("JOIN #both")
        boss.ask("JOIN #both")
        settle(boss, rook)
        boss.send(f"SQUIT {A} :it misbehaves")
        told = notice_of(boss, "boss cuts")
        assert told.endswith(f"boss cuts {A} off: it misbehaves; {B} does not dial it again before CONNECT")
        assert any(re.match(rf":rook!\S+ QUIT :{B} {A}$", line) for line in boss.sync())
        assert not knows(server, A)
        until(lambda: not knows(other, B))
        boss.send(f"CONNECT {A}")
        notice_of(boss, f"Linked to {A}")
        until(lambda: knows(other, B))


def test_a_far_server_is_cut_off_by_the_one_that_it_hangs_on() -> None:
    with linked(chain(C, B, A), config=CONFIG) as network:
        near, far = network.here(A), network.here(C)
        boss, wren = operator(near), network.irc(B, "wren")
        settle(boss, wren)
        boss.send(f"SQUIT {C} :it misbehaves")
        assert f"*** Link at {B}: boss cuts {C} off: it misbehaves" in notice_of(boss, "boss cuts")
        until(lambda: not knows(far, B))
        across(wren, boss)
        assert not knows(near, C) and knows(near, B)


def test_a_link_that_the_far_side_dials_comes_back_after_a_squit() -> None:
    with ParleyHere(A, config=CONFIG) as server, ParleyHere(B, server) as other:
        boss = operator(server)
        until(lambda: knows(server, B))
        boss.send(f"SQUIT {B} :once")
        notice_of(boss, f"boss cuts {B} off: once")
        notice_of(boss, f"Linked to {B}")
        until(lambda: knows(other, A))


def test_a_squit_without_a_reason_names_the_operator() -> None:
    with linked(chain(C, B, A), config=CONFIG) as network:
        near = network.here(A)
        boss, wren = operator(near), network.irc(B, "wren")
        settle(boss, wren)
        boss.send(f"SQUIT {C}")
        assert f"*** Link at {B}: boss cuts {C} off: boss" in notice_of(boss, "boss cuts")
        boss.send(f"SQUIT {B} :")
        assert notice_of(boss, f"boss cuts {B}").endswith(f" off: boss; {A} does not dial it again before CONNECT")


def test_a_lab_server_is_cut_off_and_one_behind_it_cannot_be() -> None:
    tree = {A: "", "lab.example": A, B: "lab.example"}
    with linked(tree, lab=["lab.example"], config=CONFIG) as network:
        boss = operator(network.here(A))
        refusal = f":{A} 400 boss SQUIT :lab.example is reached by a link that carries no questions"
        assert boss.ask(f"SQUIT {B} :x") == [refusal]
