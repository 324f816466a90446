"""Registering as a modern IRC client: PASS NICK USER, the welcome, what may be said before it, time-outs, QUIT."""

import time

import pytest

from chat.state import offers
from protocol import isupport
from protocol.modes import USER_MODES, Kind, letters_of
from tests.harness import IrcClient, ServerUnderTest

CLOSING = "ERROR :Closing Link: 127.0.0.1"
NICK_RULE = "1 to 32 characters; letters, digits and [ ] \\ ^ _ ` { | } -, but no hyphen in front"


def burst(server: ServerUnderTest, nick: str, users: int = 1, channels: int = 0, unknown: int = 0) -> list[str]:
    """The welcome lines that `nick` gets."""
    created = time.strftime("%a %d %b %Y at %H:%M:%S UTC", time.gmtime(server.network.started_at))
    everything = "".join(sorted("".join(letters_of(kind) for kind in Kind)))
    with_parameter = "".join(sorted("".join(letters_of(kind) for kind in Kind if kind is not Kind.FLAG)))
    replies = [
        f"001 {nick} :Welcome to the Parley Network, {nick}!~{nick}@127.0.0.1",
        f"002 {nick} :Your host is parley.test, running version parley-1.0",
        f"003 {nick} :This server was created {created}",
        f"004 {nick} parley.test parley-1.0 {''.join(sorted(USER_MODES))} {everything} {with_parameter}",
        *[
            f"005 {nick} {tokens} :are supported by this server"
            for tokens in isupport.lines(offers.isupport_tokens(server.network))
        ],
        f"251 {nick} :There are {users} users and 0 invisible on 1 servers",
        f"252 {nick} 0 :operator(s) online",
        f"253 {nick} {unknown} :unknown connection(s)",
        f"254 {nick} {channels} :channels formed",
        f"255 {nick} :I have {users} clients and 0 servers",
        f"265 {nick} {users} {users} :Current local users {users}, max {users}",
        f"266 {nick} {users} {users} :Current global users {users}, max {users}",
        f"422 {nick} :MOTD File is missing",
    ]
    return [f":parley.test {reply}" for reply in replies]


def is_welcomed(client: IrcClient, nick: str) -> bool:
    """Whether the next line is the first of the welcome."""
    return client.line() == f":parley.test 001 {nick} :Welcome to the Parley Network, {nick}!~{nick}@127.0.0.1"


# --- the welcome ---------------------------------------------------------------------------------------------------


def test_nick_and_user_bring_the_welcome_in_its_order(server: ServerUnderTest) -> None:
    client = server.connect()
    assert client.ask("NICK wren", "USER wren 0 * :Wren W") == burst(server, "wren")


def test_user_may_come_before_nick(server: ServerUnderTest) -> None:
    client = server.connect()
    assert client.ask("USER wren 0 * :Wren W") == []
    assert client.ask("NICK wren") == burst(server, "wren")


def test_the_welcome_counts_users_channels_and_unregistered_connections(server: ServerUnderTest) -> None:
    server.irc("rook").ask("JOIN #lab")
    waiting = server.connect()
    waiting.ask("NICK kite")
    assert server.irc("wren").welcome == burst(server, "wren", users=2, channels=1, unknown=1)


def test_a_message_of_the_day_ends_the_welcome(server: ServerUnderTest) -> None:
    (server.data / "motd.txt").write_text("Be kind.\n\nTea at four.\n", "utf-8")
    assert server.reload() == []
    assert server.irc("wren").welcome[-5:] == [
        ":parley.test 375 wren :- parley.test Message of the day - ",
        ":parley.test 372 wren :- Be kind.",
        ":parley.test 372 wren :- ",
        ":parley.test 372 wren :- Tea at four.",
        ":parley.test 376 wren :End of /MOTD command.",
    ]


def test_user_modes_are_told_when_a_further_session_finds_some_set(server: ServerUnderTest) -> None:
    server.add_account("wren")
    server.member("wren").ask("MODE wren +iw")
    second = server.member("wren")
    assert second.sync() == [":parley.test 221 wren +iw"]


def test_a_long_user_name_is_cut_with_its_tilde(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send("NICK wren", f"USER {'u' * 30} 0 * :Wren")
    assert client.line() == f":parley.test 001 wren :Welcome to the Parley Network, wren!~{'u' * 17}@127.0.0.1"


# --- before the welcome --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["JOIN #lab", "PRIVMSG rook :hi", "NOTICE rook :hi", "LUSERS", "MODE wren", "WHO *", "KILL rook :x", "FROBNICATE"],
)
def test_before_registration_other_commands_are_refused(server: ServerUnderTest, line: str) -> None:
    expected = [] if line.startswith("NOTICE") else [":parley.test 451 * :You have not registered"]
    assert server.connect().ask(line) == expected


def test_before_registration_ping_is_answered_and_pong_accepted(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send("PONG :what", "PING one")
    assert client.line() == ":parley.test PONG parley.test one"


def test_replies_use_the_nick_once_it_was_accepted(server: ServerUnderTest) -> None:
    client = server.connect()
    assert client.ask("USER wren", "NICK wren", "JOIN #lab") == [
        ":parley.test 461 * USER :Not enough parameters",
        ":parley.test 451 wren :You have not registered",
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("PASS", "461 * PASS :Not enough parameters"),
        ("USER", "461 * USER :Not enough parameters"),
        ("USER wren 0 *", "461 * USER :Not enough parameters"),
        ("CAP", "461 * CAP :Not enough parameters"),
        ("PING", "461 * PING :Not enough parameters"),
        ("PING :", "409 * :No origin specified"),
        ("NICK", "431 * :No nickname given"),
        ("NICK :", "431 * :No nickname given"),
        ("NICK #wren", f"432 * #wren :Erroneous nickname: {NICK_RULE}"),
        ("NICK :two words", f"432 * * :Erroneous nickname: {NICK_RULE}"),
        ("NICK wren.x", f"432 * wren.x :Erroneous nickname: {NICK_RULE}"),
        ("NICK wren!w@h", f"432 * wren!w@h :Erroneous nickname: {NICK_RULE}"),
        ("NICK " + "n" * 33, f"432 * {'n' * 33} :Erroneous nickname: {NICK_RULE}"),
    ],
)
def test_a_bad_registration_line_is_answered(server: ServerUnderTest, line: str, answer: str) -> None:
    assert server.connect().ask(line) == [f":parley.test {answer}"]


@pytest.mark.parametrize("nick", ["[x]{y}\\|", "`a^_b-", "7up", "größe", "n" * 32])
def test_legal_nicks_are_welcomed(server: ServerUnderTest, nick: str) -> None:
    client = server.connect()
    client.send(f"NICK {nick}", "USER u 0 * :U")
    assert client.line() == f":parley.test 001 {nick} :Welcome to the Parley Network, {nick}!~u@127.0.0.1"


@pytest.mark.parametrize("name", ["a\x02b", "a!b", "a@b"])
def test_a_user_name_that_would_break_masks_closes_the_connection(server: ServerUnderTest, name: str) -> None:
    client = server.connect()
    client.send(f"USER {name} 0 * :A")
    assert client.lines_until_closed() == [f"{CLOSING} (Invalid user name)"]


def test_an_empty_user_name_is_a_missing_parameter(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send("USER  :", "PING x")
    assert client.line() == ":parley.test 461 * USER :Not enough parameters"


def test_an_empty_realname_is_a_missing_parameter_and_can_be_given_again(server: ServerUnderTest) -> None:
    client = server.connect()
    assert client.ask("NICK wren", "USER wren 0 * :") == [":parley.test 461 wren USER :Not enough parameters"]
    assert client.ask("USER wren 0 * :Wren W") == burst(server, "wren")


@pytest.mark.parametrize("line", ["PASS again", "USER wren 0 * :again"])
def test_after_registration_pass_and_user_are_refused(server: ServerUnderTest, line: str) -> None:
    assert server.irc("wren").ask(line) == [":parley.test 462 wren :You may not reregister"]


# --- lines ---------------------------------------------------------------------------------------------------------


def test_empty_lines_a_source_and_extra_spaces_are_tolerated(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send_bytes(b"\r\n\n  \r\n:liar!x@y  NICK   wren  \nuser wren 0 * :Wren\n")
    assert is_welcomed(client, "wren")


def test_a_line_with_nul_is_dropped(server: ServerUnderTest) -> None:
    client = server.irc("wren")
    client.send_bytes(b"NICK ro\0ok\r\nJOIN\r\n")
    assert client.sync() == [":parley.test 461 wren JOIN :Not enough parameters"]


def test_a_source_from_the_client_means_nothing(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    wren.ask(":rook!~rook@127.0.0.1 PRIVMSG rook :really?")
    assert rook.sync() == [":wren!~wren@127.0.0.1 PRIVMSG rook :really?"]


@pytest.mark.parametrize(
    ("line", "command"),
    [(b"PRIVMSG rook :\xff", "PRIVMSG"), (b"privmsg rook :\xc3(", "PRIVMSG"), (b":x\xff NICK y", "*"), (b"\xff", "*")],
)
def test_a_line_that_is_not_utf8_is_refused_by_name(server: ServerUnderTest, line: bytes, command: str) -> None:
    client = server.irc("wren")
    client.send_bytes(line + b"\r\n")
    assert client.sync() == [f":parley.test FAIL {command} INVALID_UTF8 :The line is not UTF-8 and was ignored"]


def test_a_line_that_is_not_utf8_is_refused_before_registration(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send_bytes(b"NICK \xe9t\xe9\r\n")
    assert client.sync() == [":parley.test FAIL NICK INVALID_UTF8 :The line is not UTF-8 and was ignored"]


def test_the_longest_line_passes_and_a_longer_one_is_refused_whole(server: ServerUnderTest) -> None:
    client = server.irc("wren")
    fitting = "PRIVMSG wren :" + "x" * (510 - len("PRIVMSG wren :"))
    assert client.ask(fitting) == [f":wren!~wren@127.0.0.1 {fitting}"[:510]]
    assert client.ask(fitting + "y") == [":parley.test 417 wren :Input line was too long"]
    assert client.ask(fitting + "y" * 9000 + " QUIT") == [":parley.test 417 wren :Input line was too long"]


def test_a_line_too_long_before_registration_is_refused(server: ServerUnderTest) -> None:
    assert server.connect().ask("USER " + "x" * 600) == [":parley.test 417 * :Input line was too long"]


def test_an_unknown_command_is_named(server: ServerUnderTest) -> None:
    assert server.irc("wren").ask("frobnicate now") == [":parley.test 421 wren FROBNICATE :Unknown command"]


def test_commands_are_read_without_case(server: ServerUnderTest) -> None:
    client = server.irc("wren")
    client.send("pInG Token :second")
    assert client.line() == ":parley.test PONG parley.test Token"


# --- leaving -------------------------------------------------------------------------------------------------------


def test_quit_is_told_to_others_once_and_answered_with_error(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    for client in (wren, rook):
        client.ask("JOIN #one,#two")
    wren.sync()
    rook.send("QUIT :to bed")
    assert rook.lines_until_closed() == [f"{CLOSING} (Quit: to bed)"]
    assert wren.sync() == [":rook!~rook@127.0.0.1 QUIT :Quit: to bed"]


def test_quit_without_text_keeps_its_prefix(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    for client in (wren, rook):
        client.ask("JOIN #lab")
    wren.sync()
    rook.send("QUIT")
    assert rook.lines_until_closed() == [f"{CLOSING} (Quit: )"]
    assert wren.sync() == [":rook!~rook@127.0.0.1 QUIT :Quit: "]


def test_quit_before_registration_closes(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send("NICK wren", "QUIT :never mind", "NICK rook")
    assert client.lines_until_closed() == [f"{CLOSING} (Quit: never mind)"]
    assert is_welcomed_afresh(server, "wren")


def is_welcomed_afresh(server: ServerUnderTest, nick: str) -> bool:
    """Whether a new connection gets `nick`."""
    return server.irc(nick).welcome == burst(server, nick)


def test_a_lost_connection_quits_in_order(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    for client in (wren, rook):
        client.ask("JOIN #lab")
    wren.sync()
    rook.close()
    assert wren.line() == ":rook!~rook@127.0.0.1 QUIT :Connection closed"


def test_a_connection_that_does_not_register_in_time_is_closed(server: ServerUnderTest) -> None:
    slow = server.connect()
    assert slow.ask("NICK slow") == []
    server.look_after(15)
    assert slow.sync() == []
    server.look_after(31)
    assert slow.lines_until_closed() == [f"{CLOSING} (Registration timed out)"]
    assert server.irc("slow").welcome == burst(server, "slow")


def test_silence_brings_a_ping_and_more_silence_the_end(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    server.look_after(60)
    assert wren.sync() == []
    server.look_after(150)
    assert wren.line() == "PING :parley.test"
    server.look_after(250)
    server.look_after(300)
    assert wren.lines_until_closed() == [f"{CLOSING} (Ping timeout: 120 seconds)"]


def test_a_sign_of_life_after_the_ping_keeps_the_connection(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    server.look_after(150)
    assert wren.ask("PONG :parley.test") == ["PING :parley.test"]
    server.look_after(1)
    server.look_after(60)
    assert wren.sync() == []
