"""NAMES and LIST of modern IRC: prefixes, forms, splitting, secret channels, the conditions of ELIST."""

import pytest

from tests.harness import ServerUnderTest

LIST_START = ":parley.test 321 wren Channel :Users  Name"
LIST_END = ":parley.test 323 wren :End of /LIST"


# --- NAMES ---------------------------------------------------------------------------------------------------------


def test_names_shows_the_highest_prefix_and_as_asked_all_and_masks(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    wren.ask("JOIN #lab", "MODE #lab +v wren")
    rook = server.irc("rook")
    rook.ask("JOIN #lab")
    end = ":parley.test 366 rook #lab :End of /NAMES list"
    assert rook.ask("NAMES #LAB") == [":parley.test 353 rook = #lab :@wren rook", end]
    rook.ask("CAP REQ multi-prefix")
    assert rook.ask("NAMES #lab") == [":parley.test 353 rook = #lab :@+wren rook", end]
    rook.ask("CAP REQ userhost-in-names")
    everything = "@+wren!~wren@127.0.0.1 rook!~rook@127.0.0.1"
    assert rook.ask("NAMES #lab") == [f":parley.test 353 rook = #lab :{everything}", end]
    rook.ask("CAP REQ -multi-prefix")
    assert rook.ask("NAMES #lab") == [f":parley.test 353 rook = #lab :{everything.replace('+', '')}", end]


def test_names_of_nothing_and_of_unknown_channels_is_only_the_end(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    wren.ask("JOIN #lab")
    assert wren.ask("NAMES", "NAMES #None,lab", "NAMES #lab,#none") == [
        ":parley.test 366 wren * :End of /NAMES list",
        ":parley.test 366 wren #None :End of /NAMES list",
        ":parley.test 366 wren lab :End of /NAMES list",
        ":parley.test 353 wren = #lab :@wren",
        ":parley.test 366 wren #lab :End of /NAMES list",
        ":parley.test 366 wren #none :End of /NAMES list",
    ]


def test_a_secret_channel_looks_to_outsiders_like_none(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    wren.ask("JOIN #Den", "MODE #Den +s")
    assert wren.ask("NAMES #den") == [
        ":parley.test 353 wren @ #Den :@wren",
        ":parley.test 366 wren #Den :End of /NAMES list",
    ]
    assert rook.ask("NAMES #dEN") == [":parley.test 366 rook #dEN :End of /NAMES list"]


def test_invisible_members_are_shown_to_members_only(server: ServerUnderTest) -> None:
    wren, rook, kite = server.irc("wren"), server.irc("rook"), server.irc("kite")
    for client in (wren, rook):
        client.ask("JOIN #lab")
    rook.ask("MODE rook +i")
    end = ":parley.test 366 {} #lab :End of /NAMES list"
    assert kite.ask("NAMES #lab") == [":parley.test 353 kite = #lab :@wren", end.format("kite")]
    assert wren.ask("NAMES #lab")[-2:] == [":parley.test 353 wren = #lab :@wren rook", end.format("wren")]


def test_many_names_are_split_and_none_is_cut(server: ServerUnderTest) -> None:
    channel = "#" + "c" * 63
    nicks = [f"{number:02d}{'n' * 30}" for number in range(30)]
    clients = [server.irc(nick, "userhost-in-names") for nick in nicks]
    for client in clients:
        client.send(f"JOIN {channel}")
        client.lines_until(lambda line: " 366 " in line)
    *lines, end = [line for line in clients[0].ask(f"NAMES {channel}") if " JOIN " not in line]
    head = f":parley.test 353 {nicks[0]} = {channel} :"
    assert all(line.startswith(head) and len(line) <= 510 for line in lines)
    shown = " ".join(line.removeprefix(head) for line in lines).split(" ")
    assert shown == [("@" if nick == nicks[0] else "") + f"{nick}!~{nick[:17]}@127.0.0.1" for nick in nicks]
    assert end == f":parley.test 366 {nicks[0]} {channel} :End of /NAMES list"


# --- LIST ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(server: ServerUnderTest) -> ServerUnderTest:
    """#one with one member, #two with two and a topic, #Old of two hours ago with an old topic."""
    rook, kite = server.irc("rook"), server.irc("kite")
    rook.ask("JOIN #one,#two,#Old", "TOPIC #two :pairs :here", "TOPIC #Old :relics")
    kite.ask("JOIN #two")
    old = server.channel("#old")
    old.created_at -= 7200
    old.topic = old.topic._replace(time=old.topic.time - 3600)
    return server


ONE = ":parley.test 322 wren #one 1 :"
TWO = ":parley.test 322 wren #two 2 :pairs :here"
OLD = ":parley.test 322 wren #Old 1 :relics"


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ("", [ONE, TWO, OLD]),
        ("#ONE,#old", [ONE, OLD]),
        ("#none", []),
        (">1", [TWO]),
        ("<2", [ONE, OLD]),
        (">0,<3", [ONE, TWO, OLD]),
        ("C<60", [ONE, TWO]),
        ("C>60", [OLD]),
        ("T<30", [TWO]),
        ("T>30", [OLD]),
        ("#o*", [ONE, OLD]),
        ("*w*", [TWO]),
        ("!#o*", [TWO]),
        ("!*e,>1", [TWO]),
        ("#o*,C<60", [ONE]),
        ("#one,#two >1", [TWO]),
        ("#one,#two <2", [ONE]),
    ],
)
def test_list_shows_the_channels_that_meet_all_conditions(busy: ServerUnderTest, asked: str, rows: list[str]) -> None:
    assert busy.irc("wren").ask(f"LIST {asked}") == [LIST_START, *rows, LIST_END]


def test_secret_channels_are_listed_for_their_members_only(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    wren.ask("JOIN #den", "MODE #den +s")
    assert wren.ask("LIST") == [LIST_START, ":parley.test 322 wren #den 1 :", LIST_END]
    assert rook.ask("LIST", "LIST #den") == [line.replace("wren", "rook") for line in (LIST_START, LIST_END) * 2]
