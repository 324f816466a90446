"""What users see of other servers and of who is there: LINKS MAP LUSERS WHO WHOIS WHOWAS ISON MONITOR WHOI WHOS."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.networks import Far, Linked, ParleyHere, across, across_to_json, linked, settle
from tests.process import until

CHAIN = {"one.example": "", "two.example": "one.example", "three.example": "two.example"}


@pytest.fixture(scope="module")
def chain() -> Iterator[Linked]:
    """Three servers in a row, for tests that leave nobody behind."""
    with linked(CHAIN) as network:
        yield network


@contextmanager
def two() -> Iterator[Linked]:
    """Two linked servers of their own."""
    with linked({"one.example": "", "two.example": "one.example"}) as network:
        yield network


def numerics(lines: list[str], *codes: str) -> list[str]:
    """Those of the lines that are such numerics, from the number on."""
    return [line.partition(" ")[2] for line in lines if line.split(" ")[1] in codes]


# --- the servers ---------------------------------------------------------------------------------------------------


def test_links_shows_each_server_with_its_uplink_and_its_distance(chain: Linked) -> None:
    wren = chain.irc("one.example", "wren")
    info = "a Parley chat server"
    assert [line.partition(" ")[2] for line in wren.ask("LINKS")] == [
        f"364 wren one.example one.example :0 {info}",
        f"364 wren two.example one.example :1 {info}",
        f"364 wren three.example two.example :2 {info}",
        "365 wren * :End of /LINKS list",
    ]
    assert numerics(wren.ask("LINKS th*"), "364") == [f"364 wren three.example two.example :2 {info}"]


def test_links_in_the_middle_of_a_chain(chain: Linked) -> None:
    lark = chain.irc("two.example", "lark")
    found = [line.split(" ")[3:6] for line in lark.ask("LINKS")[:-1]]
    assert found == [
        ["two.example", "two.example", ":0"],
        ["one.example", "two.example", ":1"],
        ["three.example", "two.example", ":1"],
    ]


def test_map_draws_the_tree_with_the_users_of_each_server() -> None:
    tree = {"hub.example": "", "a.example": "hub.example", "b.example": "hub.example", "far.example": "a.example"}
    with linked(tree) as network:
        wren, rook = network.irc("hub.example", "wren"), network.irc("far.example", "rook")
        settle(wren, rook)
        until(lambda: len(network.here("hub.example").network.users) == 2)  # who looked whether all is linked has gone
        assert wren.ask("MAP") == [
            f":hub.example 015 wren :hub.example {'-' * 38} | Users:     1 ( 50.0%)",
            f":hub.example 015 wren : |-a.example {'-' * 37} | Users:     0 (  0.0%)",
            f":hub.example 015 wren : |  `-far.example {'-' * 32} | Users:     1 ( 50.0%)",
            f":hub.example 015 wren : `-b.example {'-' * 37} | Users:     0 (  0.0%)",
            ":hub.example 017 wren :End of /MAP",
        ]


def test_lusers_counts_the_network_and_this_server() -> None:
    with two() as network:
        wren, rook = network.irc("one.example", "wren"), network.irc("two.example", "rook")
        lab = network.lab("two.example", "frodo")
        rook.ask("MODE rook +i", "JOIN #both")
        settle(wren, rook, lab)
        most = [re.sub(r"\b\d\b", "N", line) for line in numerics(wren.ask("LUSERS"), "265", "266")]
        assert most == ["265 wren N N :Current local users N, max N", "266 wren N N :Current global users N, max N"]
        assert numerics(wren.ask("LUSERS"), "251", "252", "253", "254", "255") == [
            "251 wren :There are 2 users and 1 invisible on 2 servers",
            "252 wren 0 :operator(s) online",
            "253 wren 0 :unknown connection(s)",
            "254 wren 1 :channels formed",
            "255 wren :I have 1 clients and 1 servers",
        ]
        [local] = numerics(wren.ask("LUSERS"), "265")
        [everybody] = numerics(wren.ask("LUSERS"), "266")
        assert local.startswith("265 wren 1 ") and everybody.startswith("266 wren 3 ")
        assert numerics(rook.ask("LUSERS"), "253", "255") == [
            "253 rook 0 :unknown connection(s)",
            "255 rook :I have 2 clients and 1 servers",
        ]


# --- users ---------------------------------------------------------------------------------------------------------


def test_who_shows_the_server_and_the_distance_of_each() -> None:
    with two() as network:
        wren, rook = network.irc("one.example", "wren"), network.irc("two.example", "rook")
        lab = network.lab("two.example", "frodo")
        rook.ask("JOIN #both")
        settle(wren, rook)
        wren.ask("JOIN #both")
        rook.ask("AWAY :lunch")
        settle(wren, rook, lab)
        assert sorted(numerics(wren.ask("WHO #both"), "352")) == [
            "352 wren #both ~rook 127.0.0.1 two.example rook G@ :1 rook the tester",
            "352 wren #both ~wren 127.0.0.1 one.example wren H :0 wren the tester",
        ]
        assert numerics(wren.ask("WHO frodo"), "352") == [
            "352 wren * frodo pc1 two.example frodo H :1 frodo of the lab"
        ]
        assert sorted(line.split(" ")[6] for line in numerics(wren.ask("WHO two.*"), "352")) == ["frodo", "rook"]
        assert numerics(wren.ask("WHO rook %tsndl,7"), "354") == ["354 wren 7 two.example rook 1 0"]


def test_whois_shows_where_somebody_is_and_leaves_the_idle_time_to_that_server() -> None:
    with two() as network:
        wren, rook = network.irc("one.example", "wren"), network.irc("two.example", "rook")
        rook.ask("JOIN #both", "AWAY :lunch", "MODE rook +B")
        settle(wren, rook)
        assert numerics(wren.ask("WHOIS rook"), "311", "312", "317", "319", "301", "313", "335", "318") == [
            "311 wren rook ~rook 127.0.0.1 * :rook the tester",
            "319 wren rook :@#both",
            "312 wren rook two.example :a Parley chat server",
            "335 wren rook :is a bot",
            "301 wren rook :lunch",
            "318 wren rook :End of /WHOIS list",
        ]
        assert numerics(rook.ask("WHOIS rook"), "312") == ["312 rook rook two.example :a Parley chat server"]
        assert len(numerics(rook.ask("WHOIS rook"), "317")) == 1


def test_whois_and_whowas_with_a_lab_server_in_between() -> None:
    tree = {"one.example": "", "lab.example": "one.example", "two.example": "lab.example"}
    with linked(tree, lab=["lab.example"]) as network:
        wren, frodo = network.irc("one.example", "wren"), network.lab("lab.example", "frodo")
        rook = network.irc("two.example", "rook")
        settle(wren, frodo, rook)
        assert numerics(wren.ask("WHOIS rook"), "312") == ["312 wren rook two.example :a Parley chat server"]
        assert numerics(wren.ask("WHOIS frodo"), "312") == ["312 wren frodo lab.example :one of several"]
        assert [line.split(" ")[2:4] for line in numerics(wren.ask("LINKS"), "364")] == [
            ["one.example", "one.example"],
            ["lab.example", "one.example"],
            ["two.example", "lab.example"],
        ]


def test_whowas_remembers_the_server() -> None:
    with two() as network:
        wren, rook = network.irc("one.example", "wren"), network.irc("two.example", "rook")
        settle(wren, rook)
        wren.ask("MONITOR + rook")
        rook.send("QUIT :bye")
        assert wren.line() == ":one.example 731 wren :rook"
        [who, where] = numerics(wren.ask("WHOWAS rook"), "314", "312")
        assert who == "314 wren rook ~rook 127.0.0.1 * :rook the tester"
        assert where.startswith("312 wren rook two.example :")


def test_userhost_and_ison_know_everybody() -> None:
    with two() as network:
        wren, rook = network.irc("one.example", "wren"), network.irc("two.example", "rook")
        lab = network.lab("two.example", "frodo")
        settle(wren, rook, lab)
        assert wren.ask("USERHOST rook frodo") == [
            ":one.example 302 wren :rook=+~rook@127.0.0.1 frodo=+frodo@pc1",
        ]
        assert wren.ask("ISON rook nobody frodo") == [":one.example 303 wren :rook frodo"]


def test_monitor_tells_of_users_of_another_server_in_every_dialect() -> None:
    with two() as network:
        wren = network.irc("one.example", "wren", "extended-monitor", "away-notify", "setname")
        assert wren.ask("MONITOR + rook,frodo,alice") == [":one.example 731 wren :rook,frodo,alice"]
        rook = network.irc("two.example", "rook")
        assert wren.line() == ":one.example 730 wren :rook!~rook@127.0.0.1"
        frodo = network.lab("two.example", "frodo")
        assert wren.line() == ":one.example 730 wren :frodo!frodo@pc1"
        alice = network.user("two.example", "alice")
        assert wren.line() == ":one.example 730 wren :alice!alice@127.0.0.1"
        assert wren.ask("MONITOR S")[-1].startswith(
            ":one.example 730 wren :rook!~rook@127.0.0.1,frodo!frodo@pc1,alice!"
        )
        rook.ask("AWAY :lunch", "SETNAME :Rook the Second")
        assert across(rook, wren) == [
            ":rook!~rook@127.0.0.1 AWAY :lunch",
            ":rook!~rook@127.0.0.1 SETNAME :Rook the Second",
        ]
        rook.ask("NICK raven")
        assert wren.line() == ":one.example 731 wren :rook"
        frodo.send("QUIT")
        assert wren.line() == ":one.example 731 wren :frodo"
        alice.quit()
        assert wren.line() == ":one.example 731 wren :alice"


def test_away_and_realname_of_somebody_elsewhere() -> None:
    with two() as network:
        wren = network.irc("one.example", "wren", "setname", "away-notify")
        rook = network.irc("two.example", "rook")
        rook.ask("JOIN #both")
        wren.ask("JOIN #both")
        settle(wren, rook)
        rook.ask("SETNAME :Rook the Second", "AWAY :lunch")
        assert across(rook, wren) == [
            ":rook!~rook@127.0.0.1 SETNAME :Rook the Second",
            ":rook!~rook@127.0.0.1 AWAY :lunch",
        ]
        assert numerics(wren.ask("WHOIS rook"), "311") == ["311 wren rook ~rook 127.0.0.1 * :Rook the Second"]
        assert wren.ask("PRIVMSG rook :there?") == [":one.example 301 wren rook :lunch"]
        assert wren.ask("INVITE rook #both")[-1] == ":one.example 443 wren rook #both :is already on channel"


def test_json_users_see_members_of_other_servers() -> None:
    with two() as network:
        alice, bob = network.user("one.example", "alice"), network.user("two.example", "bob")
        frodo = network.lab("two.example", "frodo")
        alice.ask("CHAT", chat_name="study")
        across_to_json(frodo, alice)
        bob.ask_all("JOIN", chat_name="study")
        frodo.ask("JOIN #study")
        across_to_json(frodo, alice)
        told = alice.ask("WHOS", chat_name="study")["payload"]
        assert [entry["username"] for entry in told] == ["alice", "bob", "frodo"]
        bob.sync()
        groups = bob.ask("LIST", details=True)["payload"]
        assert [(group["chat_name"], group["members"]) for group in groups] == [("study", 3)]
        [about] = alice.ask("WHOI", user="bob")["payload"]
        assert about["server"] == "two.example" and "idle" not in about
        [own] = bob.ask("WHOI")["payload"]
        assert own["server"] == "two.example" and own["idle"] >= 0


def test_a_lab_client_is_shown_everybody_of_the_network() -> None:
    with two() as network:
        frodo, sam = network.lab("one.example", "frodo"), network.lab("two.example", "sam")
        rook = network.irc("two.example", "rook")
        sam.ask("JOIN #shire")
        settle(frodo, sam, rook)
        assert frodo.ask("NAMES") == [
            ":one.example 353 #shire :sam",
            ":one.example 353 * :frodo rook",
            ":one.example 366 :End of /NAMES list",
        ]


def test_nobody_on_a_lab_server_can_pass_for_a_service() -> None:
    with ParleyHere("near.test") as near:
        far, wren = Far(near), near.irc("wren")
        far.hear()
        far.say(":far.lab USER NickServ pc9 far.lab :give me your password")
        assert far.hear() == [":near.test 436 NickServ :Nickname collision KILL from NickServ@near.test"]
        assert near.network.find_user("NickServ") is None
        assert numerics(wren.ask("WHOIS NickServ"), "312") == ["312 wren NickServ near.test :a Parley chat server"]
