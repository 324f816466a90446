"""Server notices by subject (user mode +s), WALLOPS, GLOBOPS, and the operator's message to everybody."""

import pytest

from protocol import notices
from tests.harness import IrcClient, ServerUnderTest

CONFIG = (
    '[[operator]]\nname = "root"\npassword = "rootpass"\n[[operator]]\nname = "quiet"\npassword = "x"\nnotices = ""\n'
)
HOST = "127.0.0.1"


def boss(server: ServerUnderTest, subjects: str = "") -> IrcClient:
    """An operator who gets notices about these subjects alone."""
    client = server.irc("boss")
    client.ask("OPER quiet x")
    if subjects:
        client.ask(f"MODE boss +s {subjects}")
    return client


def told(client: IrcClient) -> list[str]:
    """What the operator was told since last asked."""
    start = ":parley.test NOTICE boss :*** "
    return [line.removeprefix(start) for line in client.sync() if line.startswith(start)]


# --- the mask ------------------------------------------------------------------------------------------------------


def test_an_operator_chooses_what_it_is_told_about() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        assert client.ask("MODE boss", "MODE boss +s +ck", "MODE boss +s -c+ol", "MODE boss +s n") == [
            ":parley.test 221 boss +o",
            ":boss MODE boss +s",
            ":parley.test 008 boss +ck :Server notice mask",
            ":parley.test 008 boss +klo :Server notice mask",
            ":parley.test 008 boss +klno :Server notice mask",
        ]
        assert client.ask("MODE boss", "MODE boss -s", "MODE boss") == [
            ":parley.test 221 boss +os",
            ":parley.test 008 boss +klno :Server notice mask",
            ":boss MODE boss -s",
            ":parley.test 221 boss +o",
        ]


def test_without_letters_it_is_told_about_everything_and_without_any_left_about_nothing() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        every = "".join(sorted(notices.SUBJECTS))
        assert client.ask("MODE boss +s", f"MODE boss +s -{every}", "MODE boss +s -k") == [
            ":boss MODE boss +s",
            f":parley.test 008 boss +{every} :Server notice mask",
            ":boss MODE boss -s",
        ]


def test_a_letter_that_there_is_not_is_told_and_the_others_hold() -> None:
    with ServerUnderTest(CONFIG) as server:
        assert boss(server).ask("MODE boss +s +kZ") == [
            ":boss MODE boss +s",
            ":parley.test 008 boss +k :Server notice mask",
            ":parley.test 501 boss :Unknown MODE flag",
        ]


def test_only_operators_get_notices() -> None:
    with ServerUnderTest(CONFIG) as server:
        wren = server.irc("wren")
        assert wren.ask("MODE wren +s +k", "MODE wren +s", "MODE wren") == [":parley.test 221 wren +"]


def test_the_parsing_of_a_mask() -> None:
    assert notices.wanted(frozenset("k"), "+c-k") == (frozenset("c"), False)
    assert notices.wanted(frozenset(), "ck") == (frozenset("ck"), False)
    assert notices.wanted(frozenset("k"), "-zk") == (frozenset(), True)
    assert notices.wanted(frozenset("k"), "") == (frozenset("k"), False)
    assert set(notices.DEFAULT) <= set(notices.SUBJECTS)


# --- what is told --------------------------------------------------------------------------------------------------


def test_who_comes_and_goes_in_every_dialect() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server, "+c")
        wren, rook, carol = server.irc("wren"), server.lab("rook"), server.user("carol")
        assert told(client) == [
            f"Connect: wren!~wren@{HOST} [{HOST}] has come",
            f"Connect: rook!rook@pc1 [{HOST}] has come",
            f"Connect: carol!carol@{HOST} [{HOST}] has come",
        ]
        wren.send("QUIT :bye")
        rook.send("QUIT")
        for leaving in (wren, rook):
            leaving.lines_until_closed()
        carol.quit()
        assert sorted(told(client)) == [
            f"Connect: carol!carol@{HOST} has gone: Quit: ",
            "Connect: rook!rook@pc1 has gone: Quit: ",
            f"Connect: wren!~wren@{HOST} has gone: Quit: bye",
        ]


def test_nick_changes_kills_and_new_operators() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren = boss(server, "+nko"), server.irc("wren")
        wren.ask("NICK rook")
        wren.ask("OPER root rootpass")
        server.irc("carol")
        wren.ask("KILL carol :enough")
        assert told(client) == [
            f"Nick: wren!~wren@{HOST} is called rook now",
            f"Oper: rook!~wren@{HOST} is now an operator (root)",
            f"Kill: rook killed carol!~carol@{HOST}: enough",
        ]


def test_a_login_that_failed() -> None:
    with ServerUnderTest(CONFIG) as server:
        server.add_account("carol")
        client = boss(server, "+l")
        wren = server.connect()
        wren.send("CAP REQ :sasl", "AUTHENTICATE PLAIN", "AUTHENTICATE AGNhcm9sAHdyb25n")
        assert any(" 904 " in line for line in wren.sync())
        (line,) = told(client)
        assert line.startswith("Login: ") and "carol" in line and "wrong" not in line


def test_connections_that_are_refused_are_told_once_a_minute_for_each_address() -> None:
    with ServerUnderTest(CONFIG + "[limits]\nclients_per_address = 1\n") as server:
        client = boss(server, "+f")
        for _ in range(3):
            assert server.connect().lines_until_closed()[0].startswith("ERROR :")
        assert told(client) == [
            f"Flood: refused a connection from {HOST}: Too many connections from your address; at most 1"
        ]


def test_what_has_no_subject_goes_to_every_operator() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        with server.network.lock:
            server.network.notice_operators("the disk is full")
            server.network.notice_operators("somebody came", "c")
        assert told(client) == ["the disk is full"]


# --- WALLOPS, GLOBOPS, $mask ---------------------------------------------------------------------------------------


def test_a_wallops_brings_its_sender_nothing_but_the_wallops() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = server.irc("boss")
        client.ask("OPER root rootpass", "MODE boss +w")
        assert client.ask("WALLOPS :hi everyone") == [f":boss!~boss@{HOST} WALLOPS :hi everyone"]


def test_globops_reach_all_operators_and_nobody_else() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren = boss(server), server.irc("wren")
        assert client.ask("GLOBOPS :look out", "GLOBOPS", "GLOBOPS :") == [
            ":parley.test NOTICE boss :*** boss says: look out",
            ":parley.test 461 boss GLOBOPS :Not enough parameters",
            ":parley.test 461 boss GLOBOPS :Not enough parameters",
        ]
        assert wren.sync() == []


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_a_message_to_everybody_reaches_every_dialect(command: str) -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren, rook, carol = boss(server), server.irc("wren"), server.lab("rook"), server.user("carol")
        assert client.ask(f"{command} $*.test :going down") == []
        assert wren.sync() == [f":boss!~boss@{HOST} {command} $*.test :going down"]
        assert rook.sync() == [":boss PRIVMSG rook :going down"]
        (seen,) = carol.sync()
        assert (seen["response_code"], seen["payload"]) == ("140", "(boss) going down")
