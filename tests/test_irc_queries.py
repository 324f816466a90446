"""Fine points of queries and lines: WHOIS of the invisible, WHOWAS of several nicks, masks of LINKS, broken tags."""

import pytest

from tests.harness import ServerUnderTest, tags_of

OPERATOR = '[[operator]]\nname = "root"\npassword = "rootpass"\n'


def numerics(lines: list[str]) -> list[str]:
    """The numeric or command of each line."""
    return [line.split(" ")[1] for line in lines]


# --- who is invisible ----------------------------------------------------------------------------------------------


def test_whois_shows_the_channels_of_an_invisible_user_to_fellow_members_only() -> None:
    with ServerUnderTest(OPERATOR) as server:
        rook, wren, boss = server.irc("rook"), server.irc("wren"), server.irc("boss")
        rook.ask("JOIN #lab", "JOIN #den")
        boss.ask("OPER root rootpass")
        assert "319" in numerics(wren.ask("WHOIS rook"))
        rook.ask("MODE rook +i")
        assert "319" not in numerics(wren.ask("WHOIS rook"))
        assert wren.ask("WHO rook")[0].split(" ")[3] == "*"
        wren.ask("JOIN #lab")
        assert [line for line in wren.ask("WHOIS rook") if " 319 " in line] == [":parley.test 319 wren rook :@#lab"]
        assert len(next(line for line in boss.ask("WHOIS rook") if " 319 " in line).partition(" :")[2].split(" ")) == 2
        assert "319" in numerics(rook.ask("WHOIS rook"))


# --- whowas --------------------------------------------------------------------------------------------------------


def test_whowas_answers_for_each_nick_the_newest_first_and_ends_once(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    for realname in ("one", "two"):
        client = server.connect()
        client.send("NICK rook", f"USER r 0 * :{realname}")
        client.lines_until(lambda line: " 422 " in line)
        client.send("NICK kite", "QUIT")
        client.lines_until_closed()
    answers = wren.ask("WHOWAS kite,nobody,rook")
    assert numerics(answers) == ["314", "312", "314", "312", "406", "314", "312", "314", "312", "369"]
    assert [line.partition(" :")[2] for line in answers if " 314 " in line] == ["two", "one", "two", "one"]
    assert answers[-1] == ":parley.test 369 wren kite,nobody,rook :End of WHOWAS"
    assert numerics(wren.ask("WHOWAS kite 1")) == ["314", "312", "369"]
    for all_of_them in ("0", "-1", "x", "9"):
        assert numerics(wren.ask(f"WHOWAS KITE {all_of_them}")) == ["314", "312", "314", "312", "369"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("WHOIS ,", ":parley.test 431 wren :No nickname given"),
        ("WHOWAS ,", ":parley.test 431 wren :No nickname given"),
        ("JOIN ,", ":parley.test 461 wren JOIN :Not enough parameters"),
        ("PART ,", ":parley.test 461 wren PART :Not enough parameters"),
        ("PRIVMSG , :x", ":parley.test 411 wren :No recipient given (PRIVMSG)"),
        ("WHOIS other.test wren", ":parley.test 402 wren other.test :No such server"),
    ],
)
def test_a_list_of_nothing_and_a_server_elsewhere_are_refused(server: ServerUnderTest, line: str, answer: str) -> None:
    assert server.irc("wren").ask(line) == [answer]


@pytest.mark.parametrize("where", ["parley.test", "PARLEY.*", "rook", "wren"])
def test_whois_takes_a_server_or_a_nick_to_ask_first(server: ServerUnderTest, where: str) -> None:
    wren = server.irc("wren")
    server.irc("rook")
    assert wren.ask(f"WHOIS {where} rook")[-1] == ":parley.test 318 wren rook :End of /WHOIS list"


def test_userhost_and_ison_are_split_over_lines_and_name_everybody(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    nicks = ["\U0001f426" * 31 + str(number) for number in range(5)]
    for nick in nicks:
        server.irc(nick)
    for line, numeric in ((f"ISON {' '.join(nicks[:3])}", "303"), (f"USERHOST {' '.join(nicks[:3])}", "302")):
        answers = wren.ask(line)
        assert all(f" {numeric} wren :" in answer and len(answer.encode()) <= 510 for answer in answers)
        found = " ".join(answer.partition(" :")[2] for answer in answers).split(" ")
        assert [word.partition("=")[0] for word in found] == nicks[:3]
    words = " ".join(["x"] * 200 + ["wren"])
    assert wren.ask(f"ISON {words}") == [":parley.test 303 wren :wren"]


# --- links ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("LINKS", ["364", "365"]),
        ("LINKS *.test", ["364", "365"]),
        ("LINKS *.elsewhere", ["365"]),
        ("LINKS parley.test PARLEY.*", ["364", "365"]),
        ("LINKS other.test *", ["402"]),
    ],
)
def test_links_lists_the_servers_that_the_mask_means(server: ServerUnderTest, line: str, answer: list[str]) -> None:
    assert numerics(server.irc("wren").ask(line)) == answer


# --- tags and standard replies -------------------------------------------------------------------------------------


def test_a_tag_value_that_is_no_utf_8_is_dropped_and_the_others_stay(server: ServerUnderTest) -> None:
    wren = server.irc("wren", "message-tags", "echo-message")
    wren.send_bytes(b"@+bad=a\xffb;+good=\xc3\xa9 PRIVMSG wren :hi\r\n")
    assert {key: value for key, value in tags_of(wren.sync()[-1]).items() if key[0] == "+"} == {"+good": "é"}


def test_a_code_of_this_server_is_a_standard_reply_only_to_those_who_asked_for_them() -> None:
    with ServerUnderTest(OPERATOR) as server:
        for capabilities, answer in (
            ((), ":parley.test 400 wren CHGHOST :Letters, digits and . - _ : / only"),
            (("standard-replies",), ":parley.test FAIL CHGHOST REFUSED :Letters, digits and . - _ : / only"),
        ):
            wren = server.irc("wren", *capabilities)
            wren.ask("OPER root rootpass")
            assert wren.ask("CHGHOST wren w a!b") == [answer]
            wren.send("QUIT")
            wren.lines_until_closed()


def test_what_a_specification_defines_is_told_to_everybody(server: ServerUnderTest) -> None:
    assert server.irc("wren").ask("SETNAME :" + "x" * 200) == [
        ":parley.test FAIL SETNAME INVALID_REALNAME :A realname has at most 150 bytes"
    ]
