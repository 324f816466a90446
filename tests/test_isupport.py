"""ISUPPORT: every number and letter that 005 advertises is the one in force, with defaults and with other limits."""

from collections.abc import Iterator

import pytest

from protocol import isupport
from protocol.limits import Limits
from tests.harness import IrcClient, ServerUnderTest

SMALL = """[limits]
nick = 9
channel = 12
topic = 20
kick = 21
away = 22
channels_per_user = 3
list_modes = 4
monitor = 5
"""


@pytest.fixture(params=["", SMALL], ids=["defaults", "small limits"])
def server(request: pytest.FixtureRequest) -> Iterator[ServerUnderTest]:
    """A server with default limits, then one with small ones."""
    with ServerUnderTest(request.param) as running:
        yield running


def advertised(client: IrcClient) -> dict[str, str]:
    """The tokens in the client's welcome."""
    tokens: dict[str, str] = {}
    for line in client.welcome:
        if " 005 " in line:
            for token in line.partition(" :are supported")[0].split(" ")[3:]:
                name, _, value = token.partition("=")
                tokens[name] = value
    return tokens


def text_of(lines: list[str], command: str) -> str:
    """The text of the last line with this command."""
    return [line.partition(" :")[2] for line in lines if f" {command} " in line][-1]


@pytest.fixture
def wren(server: ServerUnderTest) -> IrcClient:
    """A client on #lab."""
    client = server.irc("wren")
    client.ask("JOIN #lab")
    return client


# --- lengths -------------------------------------------------------------------------------------------------------


def test_nicklen(wren: IrcClient) -> None:
    size = int(advertised(wren)["NICKLEN"])
    assert wren.ask("NICK " + "n" * (size + 1))[0].startswith(f":parley.test 432 wren {'n' * (size + 1)} ")
    assert wren.ask("NICK " + "n" * size) == [f":wren!~wren@127.0.0.1 NICK {'n' * size}"]


def test_channellen_counts_the_channel_type(wren: IrcClient) -> None:
    name = "#" + "c" * (int(advertised(wren)["CHANNELLEN"]) - 1)
    assert wren.ask(f"JOIN {name}")[0] == f":wren!~wren@127.0.0.1 JOIN {name}"
    assert wren.ask(f"JOIN {name}c")[0].startswith(f":parley.test 476 wren {name}c ")


def test_topiclen(wren: IrcClient) -> None:
    size = int(advertised(wren)["TOPICLEN"])
    assert text_of(wren.ask("TOPIC #lab :" + "t" * (size + 5)), "TOPIC") == "t" * size
    assert text_of(wren.ask("TOPIC #lab"), "332") == "t" * size


def test_kicklen(server: ServerUnderTest, wren: IrcClient) -> None:
    server.irc("rook").ask("JOIN #lab")
    size = int(advertised(wren)["KICKLEN"])
    assert text_of(wren.ask("KICK #lab rook :" + "k" * (size + 5)), "KICK") == "k" * size


def test_awaylen(wren: IrcClient) -> None:
    size = int(advertised(wren)["AWAYLEN"])
    wren.ask("AWAY :" + "a" * (size + 5))
    assert text_of(wren.ask("PRIVMSG wren :x"), "301") == "a" * size


def test_namelen(server: ServerUnderTest) -> None:
    client = server.irc("wren", "setname")
    size = int(advertised(client)["NAMELEN"])
    assert client.ask("SETNAME :" + "r" * size) == [f":wren!~wren@127.0.0.1 SETNAME :{'r' * size}"]
    assert client.ask("SETNAME :" + "r" * (size + 1)) == [
        f":parley.test FAIL SETNAME INVALID_REALNAME :A realname has at most {size} bytes"
    ]
    fresh = server.connect()
    fresh.ask("NICK rook", "USER r 0 * :" + "x" * (size + 5))
    assert text_of(client.ask("WHOIS rook"), "311") == "x" * size


def test_userlen_counts_the_tilde(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send("NICK wren", "USER " + "u" * 40 + " 0 * :W")
    client.welcome = client.lines_until(lambda line: " 422 " in line)
    user = client.welcome[0].partition("!")[2].partition("@")[0]
    assert user == "~" + "u" * (int(advertised(client)["USERLEN"]) - 1)


def test_keylen(wren: IrcClient) -> None:
    size = int(advertised(wren)["KEYLEN"])
    assert wren.ask("MODE #lab +k " + "k" * size) == [f":wren!~wren@127.0.0.1 MODE #lab +k {'k' * size}"]
    assert wren.ask("MODE #lab +k " + "k" * (size + 1))[0].startswith(":parley.test 696 wren #lab k ")


def test_hostlen() -> None:
    with ServerUnderTest('[[operator]]\nname = "root"\npassword = "rootpass"\n') as server:
        wren = server.irc("wren", "chghost")
        wren.ask("OPER root rootpass")
        size = int(advertised(wren)["HOSTLEN"])
        host = "h" * size
        assert wren.ask(f"CHGHOST wren w {host}")[0] == f":wren!~wren@127.0.0.1 CHGHOST w {host}"
        assert wren.ask(f"CHGHOST wren w {host}h")[0].startswith(":parley.test 400 wren CHGHOST :")


# --- counts --------------------------------------------------------------------------------------------------------


def test_modes_per_command(wren: IrcClient) -> None:
    most = int(advertised(wren)["MODES"])
    masks = [f"m{number}" for number in range(min(most + 1, 21))]
    lines = wren.ask(f"MODE #lab +{'v' * (most + 1)} {' '.join(masks)}")
    assert lines == [f":parley.test 401 wren {mask} :No such nick/channel" for mask in masks[:most]]


def test_maxlist(wren: IrcClient) -> None:
    letters, _, number = advertised(wren)["MAXLIST"].partition(":")
    assert letters == "beI"
    for index in range(int(number)):
        assert " MODE #lab " in wren.ask(f"MODE #lab +{letters[index % 3]} m{index}")[0]
    assert wren.ask("MODE #lab +b more", "MODE #lab +e more", "MODE #lab +I more") == [
        f":parley.test 478 wren #lab {letter} :Channel list is full" for letter in letters
    ]


def test_chanlimit(wren: IrcClient) -> None:
    types, _, number = advertised(wren)["CHANLIMIT"].partition(":")
    assert types == advertised(wren)["CHANTYPES"] == "#"
    for index in range(1, int(number)):
        assert wren.ask(f"JOIN #c{index}")[0] == f":wren!~wren@127.0.0.1 JOIN #c{index}"
    assert wren.ask("JOIN #more") == [":parley.test 405 wren #more :You have joined too many channels"]
    wren.ask("PART #lab")
    assert wren.ask("JOIN #more")[0] == ":wren!~wren@127.0.0.1 JOIN #more"


def test_monitor(wren: IrcClient) -> None:
    most = int(advertised(wren)["MONITOR"])
    for start in range(0, most, 20):
        nicks = ",".join(f"n{number}" for number in range(start, min(start + 20, most)))
        assert wren.ask(f"MONITOR + {nicks}") == [f":parley.test 731 wren :{nicks}"]
    assert wren.ask("MONITOR + more") == [f":parley.test 734 wren {most} more :Monitor list is full."]


def test_more_targets_than_targmax_are_named_and_the_first_ones_are_served(server: ServerUnderTest) -> None:
    client = server.irc("wren", "message-tags")
    for verb in ("PRIVMSG", "TAGMSG"):
        most = int(dict(item.split(":") for item in advertised(client)["TARGMAX"].split(","))[verb])
        nicks = [f"n{number}" for number in range(most + 2)]
        assert client.ask(f"{verb} {','.join(nicks)} :x") == [
            *[f":parley.test 401 wren {nick} :No such nick/channel" for nick in nicks[:most]],
            f":parley.test 407 wren {nicks[most]} :Too many recipients",
        ]


def answers_with_targets(client: IrcClient, verb: str, count: int) -> int:
    """How many of `count` targets `verb` handles."""
    nicks = ",".join(f"n{number}" for number in range(count))
    line = {
        "KICK": f"KICK #lab {nicks}",
        "NAMES": f"NAMES {nicks}",
        "WHOIS": f"WHOIS {nicks}",
        "WHOWAS": f"WHOWAS {nicks}",
        "PRIVMSG": f"PRIVMSG {nicks} :x",
        "TAGMSG": f"TAGMSG {nicks}",
        "JOIN": f"JOIN {nicks}",
        "PART": f"PART {nicks}",
    }[verb]
    return sum(" 40" in answer or " 366 " in answer for answer in client.ask(line) if " 407 " not in answer)


def test_targmax(server: ServerUnderTest) -> None:
    client = server.irc("wren", "message-tags")
    client.ask("JOIN #lab")
    targets = dict(item.split(":") for item in advertised(client)["TARGMAX"].split(","))
    assert sorted(targets) == ["JOIN", "KICK", "NAMES", "NOTICE", "PART", "PRIVMSG", "TAGMSG", "WHOIS", "WHOWAS"]
    for verb, most in targets.items():
        if verb != "NOTICE":
            assert answers_with_targets(client, verb, 20) == int(most or 20), verb


def test_targmax_of_notice(wren: IrcClient) -> None:
    most = int(dict(item.split(":") for item in advertised(wren)["TARGMAX"].split(","))["NOTICE"])
    nicks = [f"n{number}" for number in range(most)]
    assert wren.ask(f"NOTICE {','.join(nicks)},wren :x") == []
    assert wren.ask(f"NOTICE {','.join(nicks[1:])},wren :x") == [":wren!~wren@127.0.0.1 NOTICE wren :x"]


# --- letters -------------------------------------------------------------------------------------------------------


def test_every_advertised_channel_mode_is_known_and_of_the_advertised_kind(wren: IrcClient) -> None:
    lists, keys, limits, flags = advertised(wren)["CHANMODES"].split(",")
    ranks = advertised(wren)["PREFIX"][1:].partition(")")[0]
    assert (lists, keys, limits, flags, ranks) == ("Ibe", "k", "Ffl", "CHMNPQRUcimnstuz", "qaohv")
    wren.ask("JOIN #den")
    for letter in lists:
        assert wren.ask(f"MODE #lab {letter}")[-1].split(" ")[1] in ("347", "349", "368")
    for letter in "qa":  # only a founder gives them
        assert wren.ask(f"MODE #lab +{letter}")[0].split(" ")[1] == "482"
    for letter in keys + "ohv":
        assert wren.ask(f"MODE #lab +{letter}")[0].split(" ")[1] == "696"
    for letter in limits:
        value = {"l": "5", "f": "2:10", "F": "#den"}[letter]
        assert wren.ask(f"MODE #lab +{letter} {value}", f"MODE #lab -{letter}")[1].endswith(f" MODE #lab -{letter}")
    for letter in set(flags) - {"P"}:
        wren.ask(f"MODE #lab -{letter}")
        assert wren.ask(f"MODE #lab +{letter}") == [f":wren!~wren@127.0.0.1 MODE #lab +{letter}"]


def test_the_words_of_004_are_those_of_005(wren: IrcClient) -> None:
    users, everything, with_parameter = wren.welcome[3].split(" ")[5:]
    tokens = advertised(wren)
    lists, keys, limits, flags = tokens["CHANMODES"].split(",")
    ranks = tokens["PREFIX"][1:].partition(")")[0]
    assert set(everything) == set(lists + keys + limits + flags + ranks)
    assert set(with_parameter) == set(lists + keys + limits + ranks)
    assert tokens["BOT"] in users
    assert tokens["STATUSMSG"] == tokens["PREFIX"].partition(")")[2]


# --- the grammar of tokens -----------------------------------------------------------------------------------------


def test_no_line_has_more_than_13_tokens_and_none_comes_twice() -> None:
    lines = isupport.lines(isupport.tokens(Limits(), "Parley", {}))
    assert all(1 <= len(line.split(" ")) <= 13 for line in lines)
    names = [token.partition("=")[0] for line in lines for token in line.split(" ")]
    assert len(set(names)) == len(names)


def test_a_network_name_with_spaces_is_escaped() -> None:
    assert "NETWORK=Tea\\x20\\x3D\\x20Time\\x5C" in isupport.tokens(Limits(), "Tea = Time\\", {})


def test_version_repeats_what_the_welcome_said(wren: IrcClient) -> None:
    said = [line for line in wren.welcome if " 005 " in line]
    assert [line for line in wren.ask("VERSION") if " 005 " in line] == said
