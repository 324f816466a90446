"""Who gets a nick: conflicts, reservation before registration, nicks of accounts, changes; the server's password."""

import pytest

from tests.harness import IrcClient, ServerUnderTest

IN_USE = "Nickname is already in use"
PROTECTED = "Nickname belongs to an account; log in to it to use it"
CLOSING = "ERROR :Closing Link: 127.0.0.1"
SECRET_LOGIN = "AUTHENTICATE AHdyZW4Ac2VjcmV0"  # of account wren, password secret


def welcomed_as(client: IrcClient) -> str:
    """The nick in the next line, which is the first of the welcome."""
    line = client.line()
    assert " 001 " in line, line
    return line.split(" ")[2]


# --- conflicts -----------------------------------------------------------------------------------------------------


def test_a_nick_in_use_is_refused_and_another_may_be_tried(server: ServerUnderTest) -> None:
    server.irc("Wren")
    client = server.connect()
    assert client.ask("NICK wREN", "USER w 0 * :W") == [f":parley.test 433 * wREN :{IN_USE}"]
    client.send("NICK rook")
    assert welcomed_as(client) == "rook"


def test_two_unregistered_connections_do_not_win_the_same_nick(server: ServerUnderTest) -> None:
    first, second = server.connect(), server.connect()
    assert first.ask("NICK wren") == []
    assert second.ask("NICK WREN") == [f":parley.test 433 * WREN :{IN_USE}"]
    first.send("USER w 0 * :W")
    assert welcomed_as(first) == "wren"


def test_a_reserved_nick_is_free_again_when_another_is_taken_or_the_connection_ends(server: ServerUnderTest) -> None:
    first, second = server.connect(), server.connect()
    assert first.ask("NICK wren", "NICK rook") == []
    assert second.ask("NICK wren") == []
    second.send("QUIT")
    second.lines_until_closed()
    first.send("NICK wren", "USER w 0 * :W")
    assert welcomed_as(first) == "wren"


def test_a_refused_nick_leaves_the_one_before_in_place(server: ServerUnderTest) -> None:
    server.irc("rook")
    client = server.connect()
    assert client.ask("NICK wren", "NICK rook") == [f":parley.test 433 wren rook :{IN_USE}"]
    client.send("USER w 0 * :W")
    assert welcomed_as(client) == "wren"


def test_a_registered_user_cannot_take_a_nick_that_somebody_registers_with(server: ServerUnderTest) -> None:
    waiting, wren = server.connect(), server.irc("wren")
    waiting.ask("NICK rook")
    assert wren.ask("NICK rook") == [f":parley.test 433 wren rook :{IN_USE}"]


# --- nicks of accounts ---------------------------------------------------------------------------------------------


def test_the_nick_of_an_account_is_refused_without_login(server: ServerUnderTest) -> None:
    server.add_account("wren")
    client = server.connect()
    assert client.ask("NICK Wren", "USER w 0 * :W") == [f":parley.test 433 * Wren :{PROTECTED}"]
    rook = server.irc("rook")
    assert rook.ask("NICK wren") == [f":parley.test 433 rook wren :{PROTECTED}"]


def test_while_capabilities_are_negotiated_the_decision_waits_for_the_login(server: ServerUnderTest) -> None:
    server.add_account("wren")
    client = server.connect()
    client.ask("CAP REQ :sasl", "NICK wren", "USER w 0 * :W")
    assert client.ask("AUTHENTICATE PLAIN", SECRET_LOGIN) == [
        "AUTHENTICATE +",
        ":parley.test 900 wren wren!~w@127.0.0.1 wren :You are now logged in as wren",
        ":parley.test 903 wren :SASL authentication successful",
    ]
    client.send("CAP END")
    assert welcomed_as(client) == "wren"


def test_without_a_login_the_decision_comes_at_the_end_of_the_negotiation(server: ServerUnderTest) -> None:
    server.add_account("wren")
    client = server.connect()
    assert client.ask("CAP REQ :sasl", "NICK wren", "USER w 0 * :W") == [":parley.test CAP * ACK :sasl"]
    assert client.ask("CAP END") == [f":parley.test 433 * wren :{PROTECTED}"]
    client.send("NICK rook")
    assert welcomed_as(client) == "rook"


def test_the_owner_of_an_account_displaces_a_guest_who_has_its_nick() -> None:
    with ServerUnderTest("[accounts]\nprotect_nicks = false\n") as server:
        server.add_account("wren")
        guest, rook = server.irc("wren"), server.irc("rook")
        for client in (guest, rook):
            client.ask("JOIN #lab")
        guest.sync()
        owner = server.connect()
        owner.ask("CAP REQ :sasl", "NICK wren", "USER w 0 * :W", "AUTHENTICATE PLAIN", SECRET_LOGIN)
        owner.send("CAP END")
        assert welcomed_as(owner) == "wren"
        assert guest.sync() == [
            ":parley.test NOTICE wren :The nick wren belongs to an account whose owner has come; you are Guest1 now",
            ":wren!~wren@127.0.0.1 NICK Guest1",
        ]
        assert rook.sync() == [":wren!~wren@127.0.0.1 NICK Guest1"]


def test_the_owner_of_an_account_displaces_who_only_reserved_its_nick() -> None:
    with ServerUnderTest("[accounts]\nprotect_nicks = false\n") as server:
        server.add_account("wren")
        guest, owner = server.connect(), server.connect()
        assert guest.ask("NICK wren") == []
        owner.ask("CAP REQ :sasl", "NICK wren", "USER w 0 * :W", "AUTHENTICATE PLAIN", SECRET_LOGIN)
        owner.send("CAP END")
        assert welcomed_as(owner) == "wren"
        assert guest.ask("USER g 0 * :G") == [f":parley.test 433 * wren :{IN_USE}"]


def test_a_nick_of_somebody_else_is_refused_even_with_a_login(server: ServerUnderTest) -> None:
    server.add_account("wren")
    server.irc("rook")
    client = server.connect()
    client.ask("CAP REQ :sasl", "AUTHENTICATE PLAIN", SECRET_LOGIN, "NICK rook", "USER w 0 * :W")
    assert client.ask("CAP END") == [f":parley.test 433 * rook :{IN_USE}"]


# --- changes -------------------------------------------------------------------------------------------------------


def test_a_nick_change_is_told_once_to_everyone_concerned(server: ServerUnderTest) -> None:
    wren, rook, kite = server.irc("wren"), server.irc("rook"), server.irc("kite")
    for client in (wren, rook):
        client.ask("JOIN #one,#two")
    wren.sync()
    assert wren.ask("NICK robin") == [":wren!~wren@127.0.0.1 NICK robin"]
    assert rook.sync() == [":wren!~wren@127.0.0.1 NICK robin"]
    assert kite.sync() == []
    assert rook.ask("PRIVMSG robin :hi") == []
    assert wren.sync() == [":rook!~rook@127.0.0.1 PRIVMSG robin :hi"]
    assert rook.ask("PRIVMSG wren :hi") == [":parley.test 401 rook wren :No such nick/channel"]


def test_a_change_of_case_is_a_change_and_the_same_nick_is_none(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    assert wren.ask("NICK wren") == []
    assert wren.ask("NICK WREN") == [":wren!~wren@127.0.0.1 NICK WREN"]


def test_a_refused_change_leaves_the_nick(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    server.irc("rook")
    assert wren.ask("NICK Rook", "NICK :", "NICK -x") == [
        f":parley.test 433 wren Rook :{IN_USE}",
        ":parley.test 431 wren :No nickname given",
        ":parley.test 432 wren -x :Erroneous nickname: 1 to 32 characters; letters, digits and "
        "[ ] \\ ^ _ ` { | } -, but no hyphen in front",
    ]
    assert wren.ask("PRIVMSG wren :still me") == [":wren!~wren@127.0.0.1 PRIVMSG wren :still me"]


# --- the server's password -----------------------------------------------------------------------------------------


def test_with_a_server_password_the_last_pass_counts() -> None:
    with ServerUnderTest('password = "tea"\n') as server:
        client = server.connect()
        client.send("PASS coffee", "PASS tea", "NICK wren", "USER w 0 * :W")
        assert welcomed_as(client) == "wren"


def test_a_wrong_or_missing_server_password_is_said_and_closes() -> None:
    with ServerUnderTest('password = "tea"\n') as server:
        for first in ("PASS coffee", "PASS :tea ", "PONG :none"):
            client = server.connect()
            client.send(first, "NICK wren", "USER w 0 * :W")
            assert client.lines_until_closed() == [
                ":parley.test 464 wren :Password incorrect",
                f"{CLOSING} (Password incorrect)",
            ]


def test_a_wrong_server_password_is_part_of_a_labelled_response() -> None:
    with ServerUnderTest('password = "tea"\n') as server:
        client = server.connect()
        client.ask("CAP REQ :labeled-response batch", "NICK wren", "USER w 0 * :W")
        client.send("@label=end CAP END")
        assert client.lines_until_closed() == [
            "@label=end :parley.test BATCH +b1 labeled-response",
            "@batch=b1 :parley.test 464 wren :Password incorrect",
            f"@batch=b1 {CLOSING} (Password incorrect)",
            ":parley.test BATCH -b1",
        ]


# --- looks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nick", ["al\ufe0fice", "\u3164", "ali\u115fce", "\u0301lice", "a\U000e0061b", "\u2800"])
def test_a_nick_with_something_invisible_in_it_is_none(server: ServerUnderTest, nick: str) -> None:
    wren = server.irc("wren")
    (line,) = wren.ask(f"NICK {nick}")
    assert " 432 wren " in line
    assert server.json().ask("NWUA", username=nick, password="secret")["response_code"] == "200"


@pytest.mark.parametrize(
    "nick",
    [
        "N\u0456\u0441kServ",
        "\uff2eickServ",
        "\u0421h\u0430nServ",
        "N\u00edckServ",
        "N1ckServ",
        "\u039dickServ",
        "nickserv",
    ],
)
def test_nobody_can_look_like_a_service(server: ServerUnderTest, nick: str) -> None:
    (line,) = server.irc("wren").ask(f"NICK {nick}")
    assert " 433 wren " in line
    assert server.json().ask("NWUA", username=nick, password="secret")["response_code"] == "200"


def test_other_names_may_have_letters_of_every_kind(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    for nick in ("n\u0456ck", "\u00e9mile", "e\u0301mile", "\u0441\u043e\u0432\u0430", "nickserver"):
        assert wren.ask(f"NICK {nick}")[-1].endswith(f" NICK {nick}")


def test_an_account_that_has_such_a_name_already_keeps_it(server: ServerUnderTest) -> None:
    server.add_account("wr\ufe0fen")
    assert server.json().ask("AUTH", username="wr\ufe0fen", password="secret")["response_code"] == "110"
