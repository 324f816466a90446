"""Channels whose members are on several servers: who may come in, who is seen, who is heard, in every dialect."""

from collections.abc import Iterator

import pytest

from tests.harness import IrcClient, JsonClient, LabClient
from tests.networks import Linked, across, across_to_json, chain, linked, settle

A, B = "a.example", "b.example"


@pytest.fixture
def network() -> Iterator[Linked]:
    with linked(chain(A, B)) as found:
        yield found


def names(client: IrcClient | LabClient, channel: str) -> list[str]:
    """The members of a channel as a client is told of them, in alphabetical order."""
    lines = [line for line in client.ask(f"NAMES {channel}") if " 353 " in line]
    return sorted(word for line in lines for word in line.rpartition(" :")[2].split())


def codes(lines: list[str]) -> list[str]:
    """The numerics among the lines."""
    return [line.split(" ")[1] for line in lines if line.split(" ")[1].isdigit()]


# --- the door ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("modes", "code"),
    [("+i", "473"), ("+k secret", "475"), ("+l 1", "471"), ("+R", "477"), ("+z", "489"), ("+b rook!*@*", "474")],
)
def test_what_keeps_people_out_keeps_those_of_other_servers_out(network: Linked, modes: str, code: str) -> None:
    wren, rook, frodo = network.irc(A, "wren"), network.irc(B, "rook"), network.lab(B, "frodo")
    settle(wren, rook, frodo)
    wren.ask("JOIN #hall", f"MODE #hall {modes}")
    across(wren, rook)
    assert codes(rook.ask("JOIN #hall")) == [code]
    if code != "474":
        assert codes(frodo.ask("JOIN #hall")) == [code]
    assert names(wren, "#hall") == ["@wren"]


def test_a_ban_by_realname_or_of_a_host_means_users_elsewhere(network: Linked) -> None:
    wren, rook = network.irc(A, "wren"), network.irc(B, "rook")
    settle(wren, rook)
    for mask in ("~r:*the?tester", "*!*@127.0.0.1", "$realname:rook*"):
        wren.ask("JOIN #hall", f"MODE #hall +b {mask}")
        across(wren, rook)
        assert codes(rook.ask("JOIN #hall")) == ["474"]
        wren.ask("PART #hall")
        across(wren, rook)


def test_a_knock_reaches_the_admin_of_a_group_on_another_server(network: Linked) -> None:
    alice, rook, frodo = network.user(A, "alice"), network.irc(B, "rook"), network.lab(B, "frodo")
    ear = network.lab(A, "ear")
    settle(rook, frodo, ear)
    alice.ask("CHAT", chat_name="study")
    alice.ask_all("SETT", chat_name="study", settings={"invitation_only": True})
    across(ear, rook)
    for knocker, nick in ((rook, "rook"), (frodo, "frodo")):
        assert codes(knocker.ask("KNOCK #study :it is me")) == ["711"]
        (told,) = across_to_json(knocker, alice)
        assert told["parameters"]["username"] == nick and "it is me" in told["payload"]


def test_who_knocks_is_let_in_by_an_invitation_from_another_server(network: Linked) -> None:
    wren, rook = network.irc(A, "wren"), network.irc(B, "rook")
    wren.ask("JOIN #hall", "MODE #hall +i")
    settle(wren, rook)
    assert rook.ask("KNOCK #hall :it is me") == [f":{B} 711 rook #hall :Your KNOCK has been delivered"]
    assert across(rook, wren) == [f":{A} 710 wren #hall rook!~rook@127.0.0.1 :has asked for an invite: it is me"]
    assert wren.ask("INVITE rook #hall") == [f":{A} 341 wren rook #hall"]
    assert across(wren, rook) == [":wren!~wren@127.0.0.1 INVITE rook #hall"]
    assert not {"473"} & set(codes(rook.ask("JOIN #hall")))
    assert names(rook, "#hall") == ["@wren", "rook"]


# --- who is seen and heard -----------------------------------------------------------------------------------------


def test_an_auditorium_hides_members_of_other_servers_too(network: Linked) -> None:
    wren, rook, frodo = network.irc(A, "wren"), network.irc(B, "rook"), network.lab(B, "frodo")
    lark = network.irc(A, "lark")
    wren.ask("JOIN #hall", "MODE #hall +u")
    settle(wren, rook, frodo, lark)
    lark.ask("JOIN #hall")
    across(lark, rook)
    rook.ask("JOIN #hall")
    frodo.ask("JOIN #hall")
    assert [line for line in across(frodo, lark) if "JOIN" in line] == []
    assert [line.split("!")[0] for line in across(frodo, wren) if " JOIN " in line] == [":lark", ":rook", ":frodo"]
    assert names(wren, "#hall") == ["@wren", "frodo", "lark", "rook"]
    assert names(lark, "#hall") == ["@wren", "lark"]
    assert names(rook, "#hall") == ["@wren", "rook"]
    assert names(frodo, "#hall") == ["frodo", "wren"]
    wren.ask("MODE #hall +v rook")
    assert [line for line in across(wren, lark) if " JOIN " in line] == [":rook!~rook@127.0.0.1 JOIN #hall"]


def test_a_mute_and_a_moderated_channel_hold_for_members_elsewhere(network: Linked) -> None:
    wren, rook, frodo = network.irc(A, "wren"), network.irc(B, "rook"), network.lab(B, "frodo")
    wren.ask("JOIN #hall")
    settle(wren, rook, frodo)
    rook.ask("JOIN #hall")
    frodo.ask("JOIN #hall")
    wren.ask("MODE #hall +b ~m:rook!*@*")
    across(wren, rook)
    assert codes(rook.ask("PRIVMSG #hall :hello")) == ["404"]
    assert frodo.ask("PRIVMSG #hall :hello") == []
    wren.ask("MODE #hall +m-b ~m:rook!*@*", "MODE #hall +v rook")
    across(wren, rook)
    assert codes(rook.ask("PRIVMSG #hall :hello")) == []
    assert frodo.ask("PRIVMSG #hall :hello")[-1:] == [f":{B} 404 #hall :Cannot send to channel"]


def test_prefixes_and_flags_of_members_elsewhere(network: Linked) -> None:
    wren = network.irc(A, "wren", "multi-prefix", "userhost-in-names")
    rook, alice = network.irc(B, "rook"), network.user(B, "alice")
    rook.ask("JOIN #hall", "MODE #hall +v rook", "AWAY :lunch", "MODE rook +B")
    alice.ask_all("JOIN", chat_name="hall")
    settle(wren, rook)
    wren.ask("JOIN #hall")
    assert names(wren, "#hall") == ["@+rook!~rook@127.0.0.1", "alice!alice@127.0.0.1", "wren!~wren@127.0.0.1"]
    assert any(line.endswith(f" {B} rook G@+B :1 rook the tester") for line in wren.ask("WHO #hall"))


def test_somebody_elsewhere_is_away_for_every_dialect(network: Linked) -> None:
    rook, frodo, alice = network.irc(A, "rook"), network.lab(B, "frodo"), network.user(B, "alice")
    lark = network.irc(B, "lark")
    settle(rook, frodo, lark)
    rook.ask("AWAY :lunch")
    across(rook, lark)
    assert lark.ask("PRIVMSG rook :there?") == [f":{B} 301 lark rook :lunch"]
    assert frodo.ask("PRIVMSG rook :there?") == [f":{B} 301 rook :lunch"]
    [about] = alice.ask("WHOI", user="rook")["payload"]
    assert about["away"] and about["away_text"] == "lunch"
    alice.ask("AWAY", payload="back soon")
    across(lark, rook)
    assert rook.ask("PRIVMSG alice :there?") == [f":{A} 301 rook alice :back soon"]


def test_a_change_of_nick_and_host_is_seen_in_every_dialect(network: Linked) -> None:
    rook, frodo, alice = network.irc(A, "rook"), network.lab(B, "frodo"), network.user(B, "alice")
    rook.ask("JOIN #hall")
    settle(rook, frodo)
    frodo.ask("JOIN #hall")
    alice.ask_all("JOIN", chat_name="hall")
    rook.sync()
    rook.ask("NICK raven")
    rook.nick = "raven"
    told = across_to_json(rook, alice)
    assert [(each["response_code"], each["parameters"]["username"]) for each in told] == [
        ("190", "rook"),
        ("180", "raven"),
    ]
    assert names(frodo, "#hall") == ["alice", "frodo", "raven"]


def test_a_private_json_user_is_listed_by_its_members_elsewhere(network: Linked) -> None:
    alice, bob = network.user(A, "alice"), network.user(B, "bob")
    ear = network.lab(A, "ear")
    alice.ask("CHAT", chat_name="study")
    across_to_json(ear, bob)
    assert isinstance(bob, JsonClient)
    assert bob.ask_all("JOIN", chat_name="study")[0]["response_code"] == "180"
    [entry] = bob.ask("LIST", details=True)["payload"]
    assert (entry["members"], entry["joined"]) == (2, True)
    told = bob.ask("WHOS", chat_name="study", details=True)["payload"]
    assert [(each["username"], each["admin"], each["account"]) for each in told] == [
        ("alice", True, f"alice@{A}"),
        ("bob", False, "bob"),
    ]
