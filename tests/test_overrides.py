"""SAJOIN SAPART SANICK SAMODE SATOPIC: what operators do to users and channels, as everybody sees it."""

import pytest

from tests.harness import ServerUnderTest, response
from tests.operators import CONFIG, boss

HOST = "127.0.0.1"


def told(what: str) -> str:
    return f":parley.test NOTICE boss :*** Oper: boss {what}"


def test_sajoin_opens_every_door() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren, owner = boss(server), server.irc("wren"), server.irc("owner")
        owner.ask("JOIN #one", "MODE #one +ikl secret 1", "MODE #one +b wren!*@*")
        assert wren.ask("JOIN #one")[0].startswith(":parley.test 47")
        assert client.ask("SAJOIN wren #one,#new") == [told("made wren join #one"), told("made wren join #new")]
        lines = wren.sync()
        joins = [line for line in lines if " JOIN " in line]
        assert joins == [f":wren!~wren@{HOST} JOIN #one", f":wren!~wren@{HOST} JOIN #new"]
        assert ":parley.test 366 wren #one :End of /NAMES list" in lines
        assert ":parley.test 353 wren = #new :@wren" in lines
        assert owner.sync() == [f":wren!~wren@{HOST} JOIN #one"]
        assert client.ask("SAJOIN wren #one") == []


def test_sajoin_of_lab_and_json_users() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, rook, carol = boss(server), server.lab("rook"), server.user("carol")
        client.ask("JOIN #room", "SAJOIN rook #room", "SAJOIN carol #room")
        assert rook.sync() == [":parley.test 331 #room :No topic is set"]  # what a lab client sees of its own JOIN
        assert response("180", "carol has joined the group", username="carol", chat_name="room") in carol.sync()
        client.sync()
        client.ask("SAPART rook #room :go", "SAPART carol #room")
        assert server.channel("#room").members.keys() == {server.network.find_user("boss")}
        assert response("190", "carol has left the chat room", "", username="carol") in carol.sync()


def test_sapart_takes_a_member_out_and_all_see_it_leave() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren, bob = boss(server), server.irc("wren"), server.irc("bob")
        for one in (wren, bob):
            one.ask("JOIN #one")
        wren.sync()
        assert client.ask("SAPART wren #one :too loud") == [told("made wren leave #one")]
        for one in (wren, bob):
            assert one.sync() == [f":wren!~wren@{HOST} PART #one :too loud"]


def test_sanick_changes_a_nick() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren, _ = boss(server), server.irc("wren"), server.irc("bob")
        assert client.ask("SANICK wren robin") == [told("changed the nick of wren to robin")]
        assert wren.sync() == [f":wren!~wren@{HOST} NICK robin"]
        assert client.ask("SANICK robin bob", "SANICK robin a!b") == [
            ":parley.test 433 boss bob :Nickname is already in use",
            client.ask("NICK a!b")[0],
        ]


def test_samode_shows_as_the_servers() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren, bob = boss(server), server.irc("wren"), server.irc("bob")
        for one in (wren, bob):
            one.ask("JOIN #one")
        wren.sync()
        line = ":parley.test MODE #one -o+ov wren bob wren"
        assert client.ask("SAMODE #one -o+ov wren bob wren") == [
            told("changes the modes of #one: -o+ov wren bob wren"),
            line,
        ]
        assert wren.sync() == [line]
        assert client.ask("SAMODE #one +9")[1:] == [":parley.test 472 boss 9 :is unknown mode char to me"]
        bob.sync()
        client.ask("SAMODE #one +im")
        assert bob.sync()[-1] == ":parley.test MODE #one +im"


def test_satopic_sets_a_topic_that_only_operators_may_set() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren = boss(server), server.irc("wren")
        wren.ask("JOIN #one")
        client.ask("SATOPIC #one :news")
        assert wren.sync() == [f":boss!~boss@{HOST} TOPIC #one :news"]
        client.ask("SATOPIC #one :")
        assert wren.ask("TOPIC #one")[-1] == ":parley.test 331 wren #one :No topic is set"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("SAJOIN nobody #one", "401 boss nobody :No such nick/channel"),
        ("SAJOIN boss one", "403 boss one :No such channel"),
        ("SAJOIN boss", "461 boss SAJOIN :Not enough parameters"),
        ("SAPART boss #none", "403 boss #none :No such channel"),
        ("SAPART wren #one", "441 boss wren #one :They aren't on that channel"),
        ("SANICK nobody x", "401 boss nobody :No such nick/channel"),
        ("SAMODE #none +i", "403 boss #none :No such channel"),
        ("SAMODE #one", "461 boss SAMODE :Not enough parameters"),
        ("SATOPIC #none :x", "403 boss #none :No such channel"),
        ("SATOPIC #one", "461 boss SATOPIC :Not enough parameters"),
    ],
)
def test_what_cannot_be_done_is_told(line: str, answer: str) -> None:
    with ServerUnderTest(CONFIG) as server:
        client, _ = boss(server), server.irc("wren")
        client.ask("JOIN #one")
        assert client.ask(line) == [f":parley.test {answer}"]
