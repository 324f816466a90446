"""WHO: whom its masks mean and what it shows, and WHOX, where the asker chooses the fields (354)."""

import pytest

from protocol.modes import PREFIXES, RANKS
from tests.harness import IrcClient, ServerUnderTest

END = ":parley.test 315 wren {} :End of WHO list"
OPERATOR = '[[operator]]\nname = "root"\npassword = "rootpass"\n'


@pytest.fixture
def wren(server: ServerUnderTest) -> IrcClient:
    """A client."""
    client = server.irc("wren")
    assert any(" WHOX " in line for line in client.welcome)
    return client


def fields(client: IrcClient, line: str) -> list[str]:
    """What the 354 lines hold after the asker's nick."""
    *found, end = client.ask(line)
    assert end == END.format(line.split(" ")[1])
    assert all(reply.startswith(":parley.test 354 wren ") for reply in found)
    return [reply.removeprefix(":parley.test 354 wren ") for reply in found]


# --- whox ----------------------------------------------------------------------------------------------------------


def test_the_fields_come_in_the_order_of_the_standard_whatever_order_was_asked(
    server: ServerUnderTest, wren: IrcClient
) -> None:
    wren.ask("JOIN #lab")
    highest = wren.ask("NAMES #lab")[0].partition(" :")[2][0]
    expected = f"7 #lab ~wren 127.0.0.1 127.0.0.1 parley.test wren H{highest} 0 0 0 n/a :wren the tester"
    assert fields(wren, "WHO #lab %tcuihsnfdlaor,7") == [expected]
    assert fields(wren, "WHO #lab %roaldfnshiuct,7") == [expected]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("%n", "wren"),
        ("%tn,042", "042 wren"),
        ("%n,42", "wren"),
        ("%tn", "0 wren"),
        ("%tn,1234", "0 wren"),
        ("%tn,x", "0 wren"),
        ("%nZq!", "wren"),
        ("%nnn", "wren"),
        ("%r", ":wren the tester"),
        ("%c", "*"),
        ("%na", "wren 0"),
    ],
)
def test_only_what_was_asked_for_is_sent(wren: IrcClient, asked: str, answer: str) -> None:
    assert fields(wren, f"WHO wren {asked}") == [answer]


@pytest.mark.parametrize("asked", ["%", "%Z", "%,7"])
def test_without_a_known_field_only_the_end_is_sent(wren: IrcClient, asked: str) -> None:
    assert wren.ask(f"WHO wren {asked}") == [END.format("wren")]


def test_the_account_is_shown_and_is_0_without_one(server: ServerUnderTest, wren: IrcClient) -> None:
    server.add_account("Rookery")
    server.member("Rookery", nick="rook")
    assert fields(wren, "WHO rook %tna,1") == ["1 rook Rookery"]
    assert fields(wren, "WHO wren %tna,1") == ["1 wren 0"]


def test_an_address_is_shown_to_oneself_and_to_operators_only() -> None:
    with ServerUnderTest(OPERATOR) as server:
        wren = server.irc("wren")
        server.irc("rook")
        assert fields(wren, "WHO wren %i") == ["127.0.0.1"]
        assert fields(wren, "WHO rook %i") == ["255.255.255.255"]
        wren.ask("OPER root rootpass")
        assert fields(wren, "WHO rook %i") == ["127.0.0.1"]


def test_flags_are_those_of_352(server: ServerUnderTest) -> None:
    wren = server.irc("wren", "multi-prefix")
    wren.ask("JOIN #lab", "MODE #lab +v wren", "AWAY :tea", "MODE wren +B")
    membership = server.channel("#lab").members[server.network.users["wren"]]
    prefixes = "".join(PREFIXES[letter] for letter in RANKS if letter in membership.ranks)
    assert fields(wren, "WHO #lab %f") == [f"G{prefixes}B"]
    assert wren.ask("WHO #lab")[0].split(" ")[8] == f"G{prefixes}B"


def test_an_empty_realname_is_still_a_field(server: ServerUnderTest, wren: IrcClient) -> None:
    rook = server.connect()
    rook.send(f"USER rook pc1 {server.network.name} :")  # in lab IRC it may be empty
    assert rook.line().startswith(":parley.test 001 ")
    assert fields(wren, "WHO rook %nr") == ["rook :"]


def test_letters_before_the_percent_sign_are_flags() -> None:
    with ServerUnderTest(OPERATOR) as server:
        wren, rook = server.irc("wren"), server.irc("rook")
        rook.ask("OPER root rootpass")
        assert fields(wren, "WHO * o%n") == ["rook"]
        assert [line.split(" ")[7] for line in wren.ask("WHO * o")[:-1]] == ["rook"]


def test_json_and_lab_users_are_listed_too(server: ServerUnderTest, wren: IrcClient) -> None:
    server.user("alice")
    server.lab("dave")
    assert fields(wren, "WHO * %na") == ["wren 0", "alice alice", "dave 0"]


# --- who is meant --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", ["rook", "ROOK", "ro*", "*ook", "~ro*", "rook the*", "*!x", "parley.test", "127.*"])
def test_masks_are_matched_over_nick_user_host_server_and_realname(
    server: ServerUnderTest, wren: IrcClient, mask: str
) -> None:
    server.irc("rook")
    found = [line.split(" ")[7] for line in wren.ask(f"WHO :{mask}") if " 352 " in line]
    assert ("rook" in found) is (mask != "*!x")


def test_the_end_names_the_mask_as_it_was_sent(wren: IrcClient) -> None:
    assert wren.ask("WHO #Nowhere", "WHO NoBody")[-2:] == [END.format("#Nowhere"), END.format("NoBody")]


def test_a_secret_channel_is_empty_to_those_outside(server: ServerUnderTest, wren: IrcClient) -> None:
    server.irc("rook").ask("JOIN #lab", "MODE #lab +s")
    assert wren.ask("WHO #lab") == [END.format("#lab")]
    assert fields(wren, "WHO rook %cn") == ["* rook"]


def test_an_invisible_user_is_found_by_nick_or_in_a_common_channel_but_by_no_pattern(
    server: ServerUnderTest, wren: IrcClient
) -> None:
    rook = server.irc("rook")
    rook.ask("MODE rook +i", "JOIN #lab")
    assert fields(wren, "WHO ro* %n") == []
    assert fields(wren, "WHO #lab %n") == []
    assert fields(wren, "WHO rook %n") == ["rook"]
    wren.ask("JOIN #lab")
    assert fields(wren, "WHO ro* %n") == ["rook"]
