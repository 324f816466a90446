"""STATS: what each letter shows, and to whom; every answer ends with 219."""

import re

import pytest

from tests.harness import IrcClient, ServerUnderTest

CONFIG = (
    '[[operator]]\nname = "root"\npassword = "rootpass"\n'
    '[[class]]\nname = "none"\n'
    '[[operator]]\nname = "helper"\npassword = "x"\nclass = "none"\nhosts = ["*@127.*", "*@::1"]\n'
)


def boss(server: ServerUnderTest) -> IrcClient:
    """An IRC operator."""
    client = server.irc("boss")
    client.ask("OPER root rootpass")
    return client


@pytest.mark.parametrize("letter", "loPkdqs")
def test_what_only_operators_see(letter: str) -> None:
    with ServerUnderTest(CONFIG) as server:
        wren, helper = server.irc("wren"), server.irc("helper")
        helper.ask("OPER helper x")
        assert wren.ask(f"STATS {letter}") == [
            ":parley.test 481 wren :Permission Denied- You're not an IRC operator",
            f":parley.test 219 wren {letter} :End of /STATS report",
        ]
        assert helper.ask(f"STATS {letter}") == [
            ":parley.test 723 helper stats :Insufficient oper privileges.",
            f":parley.test 219 helper {letter} :End of /STATS report",
        ]
        lines = boss(server).ask(f"STATS {letter}")
        assert lines[-1] == f":parley.test 219 boss {letter} :End of /STATS report"
        assert not [line for line in lines if " 481 " in line or " 723 " in line]


def test_everybody_sees_who_is_an_operator() -> None:
    with ServerUnderTest(CONFIG) as server:
        boss(server)
        line, end = server.irc("wren").ask("STATS p")
        assert re.fullmatch(r":parley\.test 249 wren p :boss \(~boss@127\.0\.0\.1\), idle for \d+ seconds", line)
        assert end == ":parley.test 219 wren p :End of /STATS report"


def test_the_ports_are_those_that_the_server_listens_on() -> None:
    with ServerUnderTest(CONFIG) as server:
        assert boss(server).ask("STATS P")[0] == f":parley.test 220 boss P {server.port} 127.0.0.1 :every dialect"


def test_the_operator_blocks_with_their_hosts() -> None:
    with ServerUnderTest(CONFIG) as server:
        assert boss(server).ask("STATS o")[:-1] == [
            ":parley.test 243 boss O *@* * root",
            ":parley.test 243 boss O *@127.* * helper",
            ":parley.test 243 boss O *@::1 * helper",
        ]


def test_an_unknown_letter_shows_nothing_and_ends(server: ServerUnderTest) -> None:
    assert server.irc("wren").ask("STATS z", "STATS", "STATS u nowhere.test") == [
        ":parley.test 219 wren z :End of /STATS report",
        ":parley.test 461 wren STATS :Not enough parameters",
        ":parley.test 402 wren nowhere.test :No such server",
    ]
