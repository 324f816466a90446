"""JSON groups that span servers: whoever is admin there rules them, wherever everybody sits."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from protocol.names import channel_of_group
from tests.groups import answer
from tests.harness import IrcClient, JsonClient, timeless
from tests.networks import Linked, ParleyHere, across, across_to_json, chain, linked, settle

A, B, C = "a.example", "b.example", "c.example"


class Network:
    """Three servers in a row, each with an IRC client that only carries what proves that all has arrived."""

    def __init__(self, servers: Linked) -> None:
        self.servers = servers
        self.runners = {name: self.here(name).irc(f"runner-{name[0]}") for name in (A, B, C)}
        settle(*self.runners.values())

    def here(self, name: str) -> ParleyHere:
        """A server."""
        return self.servers.here(name)

    def user(self, server: str, name: str, version: float = 1.1) -> JsonClient:
        """A JSON client with a new account, known on all servers."""
        client = self.here(server).user(name, version)
        self.told(server)
        return client

    def told(self, server: str) -> None:
        """All servers know what that one has said."""
        for other in (A, B, C):
            if other != server:
                across(self.runners[server], self.runners[other])

    def heard(self, server: str, client: JsonClient) -> list[dict[str, Any]]:
        """What a client, whose name is its nick, got by all that a server has said."""
        return across_to_json(self.runners[server], client)

    def group(self, *people: JsonClient, name: str = "our group") -> None:
        """A group made by the first, of server A, with the others in it, of B and C."""
        assert people[0].ask("CHAT", chat_name=name)["response_code"] == "170"
        self.told(A)
        for server, client in zip((B, C), people[1:], strict=False):
            assert client.ask("JOIN", chat_name=name)["response_code"] == "180"
            self.told(server)
        for client in people:
            client.sync()


@pytest.fixture
def network() -> Iterator[Network]:
    with linked(chain(A, B, C)) as servers:
        yield Network(servers)


def fact(code: str, text: str, channel: str = "CC", **parameters: str) -> dict[str, Any]:
    """An event of 1.1 in the group, without its time and id."""
    return answer(code, text, channel, chat_name="our group", **parameters)


def test_a_group_is_listed_and_entered_on_every_server_in_any_spelling_and_version(network: Network) -> None:
    ann, bob = network.user(A, "ann"), network.user(C, "bob", 1.0)
    network.group(ann)
    assert bob.ask("LIST")["payload"] == ["our group"]
    joined = bob.ask("JOIN", chat_name="Our Group")
    assert joined["parameters"] == {"username": "bob", "chat_name": "our group"}
    assert [timeless(each) for each in network.heard(C, ann)] == [
        fact("180", "bob has joined the group", username="bob")
    ]
    members = ann.ask("WHOS", chat_name="our group", details=True)["payload"]
    assert [(each["username"], each["account"], each["admin"]) for each in members] == [
        ("ann", "ann", True),
        ("bob", "bob@c.example", False),
    ]


def test_a_message_has_the_same_id_and_time_on_every_server(network: Network) -> None:
    ann, bob, cat = network.user(A, "ann"), network.user(B, "bob"), network.user(C, "cat")
    old = network.here(C).user("old", 1.0)
    irc = network.here(C).irc("irc", "message-tags", "server-time")
    network.group(ann, bob, cat)
    old.ask("JOIN", chat_name="our group")
    irc.ask(f"JOIN {channel_of_group('our group')}")
    network.told(C)
    ann.sync()
    said = ann.ask("MSSG", "(ann) hello", chat_name="our group")
    assert timeless(said) == fact("140", "(ann) hello", "DC", username="ann")
    *_, at_bob = network.heard(A, bob)
    *_, at_cat = network.heard(A, cat)
    assert at_bob == at_cat == said
    assert [each["payload"] for each in old.sync() if each["response_code"] == "140"] == ["(ann) hello"]
    *_, line = irc.sync()
    parameters = said["parameters"]
    assert f"msgid={parameters['msgid']}" in line and f"time={parameters['time']}" in line
    assert line.endswith(f" :ann!ann@127.0.0.1 PRIVMSG {channel_of_group('our group')} :hello")


def test_an_admin_kicks_a_member_of_another_server(network: Network) -> None:
    ann, bob, cat = network.user(A, "ann"), network.user(B, "bob"), network.user(C, "cat", 1.0)
    network.group(ann, bob, cat)
    kicked = ann.ask("KICK", chat_name="our group", kicked_user="cat")
    assert network.heard(A, bob) == [kicked]
    told = {"version": 1.0, "response_code": "192", "parameters": {"kicked_user": "cat"}, "channel": "CC"}
    assert network.heard(A, cat) == [{**told, "payload": "cat has been kicked from the group"}]
    refused = bob.ask("KICK", chat_name="our group", kicked_user="ann")
    assert refused["response_code"] == "260"
    assert cat.ask("JOIN", chat_name="our group")["response_code"] == "180"


def test_an_admin_bans_an_account_of_another_server_and_takes_that_back(network: Network) -> None:
    ann, bob, cat = network.user(A, "ann"), network.user(B, "bob"), network.user(C, "cat", 1.0)
    network.group(ann, bob, cat)
    banned = ann.ask("BANN", chat_name="our group", banned_user="cat")
    assert timeless(banned) == fact("191", "cat has been banned from the group", username="ann", banned_user="cat")
    assert network.heard(A, bob) == [banned]
    assert [each["response_code"] for each in network.heard(A, cat)] == ["191"]
    masks = {name: list(network.here(name).channel("#our\u00a0group").lists["b"]) for name in (A, B, C)}
    assert masks == {A: ["~a:cat@c.example"], B: ["~a:cat@c.example"], C: ["~a:cat"]}
    assert cat.ask("JOIN", chat_name="our group")["response_code"] == "240"
    settings = ann.ask("SETT", chat_name="our group")["parameters"]["settings"]
    assert settings["banned"] == ["cat@c.example"]
    assert ann.ask("UNBN", chat_name="our group", banned_user="cat")["response_code"] == "193"
    network.told(A)
    assert cat.ask("JOIN", chat_name="our group")["response_code"] == "180"


def test_the_ban_of_an_account_does_not_mean_who_is_called_so_elsewhere(network: Network) -> None:
    ann, cat = network.user(A, "ann"), network.user(C, "cat")
    network.here(A).add_account("cat")
    network.group(ann)
    ann.ask("BANN", chat_name="our group", banned_user="cat@a.example")
    network.told(A)
    assert cat.ask("JOIN", chat_name="our group")["response_code"] == "180"
    network.heard(C, ann)
    assert ann.ask("BANN", chat_name="our group", banned_user="nobody")["response_code"] == "250"
    ann.ask("BANN", chat_name="our group", banned_user="cat@c.example")
    assert [each["response_code"] for each in network.heard(A, cat)] == ["191"]


def test_an_admin_who_is_not_in_the_group_bans_across_servers(network: Network) -> None:
    ann, bob, cat = network.user(A, "ann"), network.user(B, "bob"), network.user(C, "cat")
    network.group(ann, bob, cat)
    ann.ask("CHAT", chat_name="another")
    ann.ask("LEVE", chat_name="our group")
    network.told(A)
    bob.sync()
    ann.ask_all("BANN", chat_name="our group", banned_user="cat")
    assert [timeless(each) for each in network.heard(A, bob)] == [
        fact("191", "cat has been banned from the group", username="ann", banned_user="cat")
    ]


def test_settings_topic_and_invitations_reach_the_members_of_other_servers(network: Network) -> None:
    ann, bob, cat = network.user(A, "ann"), network.user(B, "bob"), network.user(C, "cat")
    network.group(ann, bob)
    ann.ask("SETT", chat_name="our group", settings={"invitation_only": True})
    ann.ask("TOPC", chat_name="our group", topic="homework")
    assert [timeless(each) for each in network.heard(A, bob)][-1]["payload"] == "homework"
    assert cat.ask("JOIN", chat_name="our group")["response_code"] == "240"
    ann.ask_all("INVT", chat_name="our group", invited_user="cat")
    assert [each["payload"] for each in network.heard(A, cat)] == ["(ann) invites you to the group our group"]
    assert cat.ask("JOIN", chat_name="our group")["response_code"] == "180"
    assert cat.ask("TOPC", chat_name="our group")["payload"] == "homework"


def test_a_group_stays_on_every_server_when_its_last_member_has_left(network: Network) -> None:
    ann, bob = network.user(A, "ann"), network.user(B, "bob")
    network.group(ann, bob)
    ann.ask("LEVE", chat_name="our group")
    bob.ask_all("LEVE", chat_name="our group")
    network.told(A)
    network.told(B)
    admins = {A: ["ann"], B: ["ann@a.example"], C: ["ann@a.example"]}
    for name, expected in admins.items():
        network.here(name).network.flush()
        (kept,) = json.loads((network.here(name).data / "channels.json").read_text("utf-8"))["channels"]
        assert (kept["name"], kept["admins"]) == ("#our\u00a0group", expected)
        assert not network.here(name).reload()
    assert bob.ask("JOIN", chat_name="our group")["response_code"] == "180"
    network.told(B)
    assert ann.ask_all("JOIN", chat_name="our group")
    assert next(timeless(each) for each in network.heard(A, bob)) == fact(
        "180", "ann has joined the group", username="ann"
    )
    assert network.here(B).channel("#our\u00a0group").members[network.here(B).network.users["ann"]].is_operator


def test_a_group_that_is_permanent_no_more_ends_everywhere(network: Network) -> None:
    ann, bob = network.user(A, "ann"), network.user(B, "bob")
    network.group(ann, bob)
    irc = network.here(A).member("ann", nick="ann")
    irc.ask("MODE #our\u00a0group -P")
    network.told(A)
    for name in (A, B, C):
        assert network.here(name).network.channel_store.get("#our\u00a0group") is None
    bob.ask_all("LEVE", chat_name="our group")
    ann.ask_all("LEVE", chat_name="our group")
    network.told(A)
    network.told(B)
    assert [network.here(name).network.find_channel("#our\u00a0group") for name in (A, B, C)] == [None, None, None]


def test_a_group_that_exists_on_another_server_is_not_made_again(network: Network) -> None:
    ann, bob = network.user(A, "ann"), network.user(C, "bob")
    network.group(ann)
    assert bob.ask("CHAT", chat_name="OUR GROUP")["response_code"] == "230"


def test_nothing_is_renamed_while_servers_are_linked(network: Network) -> None:
    ann = network.user(A, "ann")
    network.group(ann)
    refused = ann.ask("RNAM", chat_name="our group", new_name="their group")
    assert (refused["response_code"], refused["payload"]) == (
        "320",
        "Other servers are linked, which know it by its present name",
    )
    irc = network.here(A).irc("irc", "draft/channel-rename")
    irc.ask("JOIN #irc")
    assert irc.ask("RENAME #irc #other") == [
        ":a.example FAIL RENAME CANNOT_RENAME #irc #other :Other servers are linked, which know it by its present name"
    ]


# --- channels of ChanServ ------------------------------------------------------------------------------------------


def chanserv(client: IrcClient, text: str) -> list[str]:
    """What ChanServ says."""
    return [line.partition(" NOTICE ")[2] for line in client.ask(f"PRIVMSG ChanServ :{text}") if "NOTICE" in line]


def test_a_founder_rules_from_any_server(network: Network) -> None:
    for name in (A, B):
        network.here(name).add_account("ann" if name == A else "bob")
    ann = network.here(A).member("ann")
    bob = network.here(B).member("bob")
    ann.ask("JOIN #ours")
    across(ann, network.runners[B])
    bob.ask("JOIN #ours")
    across(bob, ann)
    chanserv(ann, "REGISTER #ours")
    assert chanserv(ann, "ACCESS ADD #ours bob op") == [
        "ann :There is no account bob; one of another server is bob@<its server>"
    ]
    assert chanserv(ann, "ACCESS ADD #ours bob@b.example op")[-1] == "ann :bob@b.example has @ in #ours"
    assert across(ann, bob) == [":a.example MODE #ours +Pq ann", ":a.example MODE #ours +o bob"]
    assert chanserv(bob, "ACCESS LIST #ours") == [
        "bob :~ ann@a.example",
        "bob :@ bob",
        "bob :End of the list of #ours",
    ]
    bob.ask("PART #ours", "JOIN #ours")
    assert [line.split()[4] for line in bob.ask("NAMES #ours") if " 353 " in line] == ["#ours"]
    assert network.here(A).channel("#ours").members[network.here(A).network.users["bob"]].is_operator
    chanserv(ann, "SET FOUNDER #ours bob@b.example")
    across(ann, bob)
    assert network.here(B).channel("#ours").founder == "bob"
    assert network.here(C).channel("#ours").founder == "bob@b.example"
    (code,) = [text.split()[-1] for text in chanserv(bob, "DROP #ours") if "DROP #ours" in text]
    chanserv(bob, f"DROP #ours {code}")
    across(bob, network.runners[C])
    across(bob, ann)
    for name in (A, B, C):
        channel = network.here(name).channel("#ours")
        assert (channel.founder, channel.admins, channel.access, channel.is_permanent) == ("", set(), {}, False)


def test_an_account_of_the_same_name_on_another_server_has_no_rights(network: Network) -> None:
    for name in (A, C):
        network.here(name).add_account("ann")
    ann, other = network.here(A).member("ann"), network.here(C).member("ann", nick="other")
    ann.ask("JOIN #ours")
    chanserv(ann, "REGISTER #ours")
    across(ann, other)
    assert chanserv(other, "DROP #ours")[0].startswith("other :")
    other.ask("JOIN #ours")
    across(other, ann)
    for name in (A, B, C):
        channel, user = network.here(name).channel("#ours"), network.here(name).network.users["other"]
        assert not channel.members[user].ranks
