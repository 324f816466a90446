"""Asking about the server: LUSERS MOTD VERSION TIME ADMIN INFO LINKS STATS HELP, and the two that are not available."""

import re

import pytest

from chat.commands import registry
from chat.state import offers
from protocol import isupport
from tests.harness import ServerUnderTest

OPERATOR = '[[operator]]\nname = "root"\npassword = "rootpass"\n'


def numerics(lines: list[str]) -> list[str]:
    """The numeric of each line."""
    return [line.split()[1] for line in lines]


def test_lusers_counts_all_dialects_and_who_has_not_registered() -> None:
    with ServerUnderTest(OPERATOR) as server:
        alice, bob = server.irc("alice"), server.irc("bob")
        server.lab("rook").ask("JOIN #lab")
        server.user("carol").ask("CHAT", chat_name="study")
        server.json().sync()
        server.connect().sync()
        bob.ask("MODE bob +i", "OPER root rootpass")
        expected = [
            ":parley.test 251 alice :There are 3 users and 1 invisible on 1 servers",
            ":parley.test 252 alice 1 :operator(s) online",
            ":parley.test 253 alice 2 :unknown connection(s)",
            ":parley.test 254 alice 2 :channels formed",
            ":parley.test 255 alice :I have 4 clients and 0 servers",
            ":parley.test 265 alice 4 4 :Current local users 4, max 4",
            ":parley.test 266 alice 4 4 :Current global users 4, max 4",
        ]
        assert alice.ask("LUSERS") == expected
        assert alice.ask("LUSERS * parley.test") == expected
        assert alice.ask("LUSERS * nowhere.test") == [":parley.test 402 alice nowhere.test :No such server"]


def test_the_highest_count_stays_when_users_go(server: ServerUnderTest) -> None:
    alice, bob = server.irc("alice"), server.irc("bob")
    bob.send("QUIT")
    bob.lines_until_closed()
    assert alice.ask("LUSERS")[-2:] == [
        ":parley.test 265 alice 1 2 :Current local users 1, max 2",
        ":parley.test 266 alice 1 2 :Current global users 1, max 2",
    ]


def test_without_a_message_of_the_day_there_is_422(server: ServerUnderTest) -> None:
    alice = server.irc("alice")
    assert alice.welcome[-1] == ":parley.test 422 alice :MOTD File is missing"
    assert alice.ask("MOTD") == [":parley.test 422 alice :MOTD File is missing"]


def test_the_message_of_the_day_is_shown_line_by_line_and_read_again(server: ServerUnderTest) -> None:
    (server.data / "motd.txt").write_text("Welcome!\n\n  * be kind: é\n", "utf-8")
    assert server.reload() == []
    alice = server.irc("alice")
    expected = [
        ":parley.test 375 alice :- parley.test Message of the day - ",
        ":parley.test 372 alice :- Welcome!",
        ":parley.test 372 alice :- ",
        ":parley.test 372 alice :-   * be kind: é",
        ":parley.test 376 alice :End of /MOTD command.",
    ]
    assert alice.welcome[-5:] == expected
    assert alice.ask("MOTD") == expected
    assert alice.ask("MOTD parley.test") == expected


def test_version_gives_351_and_what_is_supported(server: ServerUnderTest) -> None:
    alice = server.irc("alice")
    first, *rest = alice.ask("VERSION")
    assert re.fullmatch(r":parley\.test 351 alice parley-\S+ parley\.test :.+", first)
    assert rest == [
        f":parley.test 005 alice {tokens} :are supported by this server"
        for tokens in isupport.lines(offers.isupport_tokens(server.network))
    ]
    assert rest == [line for line in alice.welcome if " 005 " in line]


def test_time_gives_unix_time_offset_and_a_text(server: ServerUnderTest) -> None:
    (line,) = server.irc("alice").ask("TIME")
    assert re.fullmatch(
        r":parley\.test 391 alice parley\.test \d{10} -?\d+ :\w+ \w+ \d\d \d{4} -- \d\d:\d\d:\d\d [+-]\d{4}", line
    )


def test_admin_says_what_the_configuration_says() -> None:
    config = '[admin]\nplace = "Room 12"\nwho = "the tutors"\nmail = "tutors@example.org"\n'
    with ServerUnderTest(config) as server:
        assert server.irc("alice").ask("ADMIN") == [
            ":parley.test 256 alice parley.test :Administrative info",
            ":parley.test 257 alice :Room 12",
            ":parley.test 258 alice :the tutors",
            ":parley.test 259 alice :tutors@example.org",
        ]


def test_admin_without_configuration_says_so(server: ServerUnderTest) -> None:
    assert server.irc("alice").ask("ADMIN") == [
        ":parley.test 256 alice parley.test :Administrative info",
        ":parley.test 257 alice :a Parley chat server",
        ":parley.test 258 alice :see [admin] in server.toml",
        ":parley.test 259 alice :no mail address is configured",
    ]


def test_info_ends_with_374(server: ServerUnderTest) -> None:
    lines = server.irc("alice").ask("INFO")
    assert set(numerics(lines[:-1])) == {"371"}
    assert len(lines) > 2
    assert lines[-1] == ":parley.test 374 alice :End of INFO list"


def test_links_shows_this_server(server: ServerUnderTest) -> None:
    assert server.irc("alice").ask("LINKS") == [
        ":parley.test 364 alice parley.test parley.test :0 a Parley chat server",
        ":parley.test 365 alice * :End of /LINKS list",
    ]


@pytest.mark.parametrize("verb", ["MOTD", "VERSION", "TIME", "ADMIN", "INFO", "STATS u"])
def test_a_server_is_named_by_its_name_a_mask_or_a_user_of_it(server: ServerUnderTest, verb: str) -> None:
    alice = server.irc("alice")
    by_itself = numerics(alice.ask(verb))
    assert "402" not in by_itself
    for name in ("parley.test", "PARLEY.TEST", "*.test", "alice"):
        assert numerics(alice.ask(f"{verb} {name}")) == by_itself
    assert alice.ask(f"{verb} nowhere.test") == [":parley.test 402 alice nowhere.test :No such server"]


def test_users_and_summon_are_not_available(server: ServerUnderTest) -> None:
    assert server.irc("alice").ask("USERS", "SUMMON bob") == [
        ":parley.test 446 alice :USERS has been disabled",
        ":parley.test 445 alice :SUMMON has been disabled",
    ]


# --- STATS ---------------------------------------------------------------------------------------------------------


def test_stats_u_gives_the_uptime(server: ServerUnderTest) -> None:
    up, end = server.irc("alice").ask("STATS u")
    assert re.fullmatch(r":parley\.test 242 alice :Server Up 0 days 0:\d\d:\d\d", up)
    assert end == ":parley.test 219 alice u :End of /STATS report"


def test_stats_m_counts_the_commands(server: ServerUnderTest) -> None:
    alice = server.irc("alice")
    alice.ask("JOIN #one", "JOIN #two")
    lines = alice.ask("STATS m")
    assert ":parley.test 212 alice JOIN 2" in lines
    assert ":parley.test 212 alice STATS 1" in lines
    assert lines[-1] == ":parley.test 219 alice m :End of /STATS report"


@pytest.mark.parametrize("letter", ["l", "o"])
def test_stats_that_show_others_are_for_operators(letter: str) -> None:
    with ServerUnderTest(OPERATOR) as server:
        alice = server.irc("alice")
        end = f":parley.test 219 alice {letter} :End of /STATS report"
        refusal = ":parley.test 481 alice :Permission Denied- You're not an IRC operator"
        assert alice.ask(f"STATS {letter}") == [refusal, end]
        alice.ask("OPER root rootpass")
        (line, last) = alice.ask(f"STATS {letter}")
        form = {"l": r"211 alice alice\[127\.0\.0\.1\] \d+ 0 0 \d+ 0 \d+", "o": r"243 alice O \*@\* \* root"}[letter]
        assert re.fullmatch(rf":parley\.test {form}", line)
        assert last == end


def test_stats_of_an_unknown_letter_just_ends_and_of_none_is_461(server: ServerUnderTest) -> None:
    assert server.irc("alice").ask("STATS z", "STATS") == [
        ":parley.test 219 alice z :End of /STATS report",
        ":parley.test 461 alice STATS :Not enough parameters",
    ]


# --- HELP ----------------------------------------------------------------------------------------------------------


def test_help_without_a_subject_lists_every_command(server: ServerUnderTest) -> None:
    lines = server.irc("alice").ask("HELP")
    assert lines[0] == ":parley.test 704 alice * :Commands; HELP <command> explains one:"
    assert lines[1] == ":parley.test 705 alice * :"
    assert lines[-1] == ":parley.test 706 alice * :End of /HELP"
    listed = " ".join(line.split(" :", 1)[1] for line in lines[1:-1]).split()
    assert listed == sorted(registry.IRC_COMMANDS)


@pytest.mark.parametrize("verb", ["HELP", "HELPOP"])
def test_help_explains_a_command(server: ServerUnderTest, verb: str) -> None:
    assert server.irc("alice").ask(f"{verb} Kill") == [
        ":parley.test 704 alice Kill :KILL <nick> :<comment>: disconnects a user.",
        ":parley.test 705 alice Kill :",
        ":parley.test 705 alice Kill :Only IRC operators may use it.",
        ":parley.test 706 alice Kill :End of /HELP",
    ]


def test_help_knows_every_command(server: ServerUnderTest) -> None:
    alice = server.irc("alice")
    for verb in registry.IRC_COMMANDS:
        lines = alice.ask(f"HELP {verb}")
        assert lines[0].startswith(f":parley.test 704 alice {verb} :{verb}")
        assert set(numerics(lines[1:-1])) == {"705"}
        assert lines[-1] == f":parley.test 706 alice {verb} :End of /HELP"


def test_help_about_what_does_not_exist(server: ServerUnderTest) -> None:
    assert server.irc("alice").ask("HELP nonsense", "HELP :two words") == [
        ":parley.test 524 alice nonsense :No help available on this topic",
        ":parley.test 524 alice * :No help available on this topic",
    ]


def test_an_unknown_command_is_421(server: ServerUnderTest) -> None:
    assert server.irc("alice").ask("frobnicate x") == [":parley.test 421 alice FROBNICATE :Unknown command"]
    assert server.connect().ask("FROBNICATE") == [":parley.test 451 * :You have not registered"]
