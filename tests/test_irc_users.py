"""WHO WHOIS WHOWAS USERHOST ISON AWAY SETNAME: every line, in its order, and who sees which."""

import re

import pytest

from tests.harness import IrcClient, ServerUnderTest

OPERATOR = 'info = "a test server"\n[[operator]]\nname = "root"\npassword = "rootpass"\n'
HOST = "127.0.0.1"


def who_line(viewer: str, channel: str, nick: str, flags: str) -> str:
    """A 352 for a user made by `ServerUnderTest.irc`."""
    return f":parley.test 352 {viewer} {channel} ~{nick} {HOST} parley.test {nick} {flags} :0 {nick} the tester"


def without_times(lines: list[str]) -> list[str]:
    """The lines with `<time>` for what depends on the clock: idle and sign-on of 317, the date of a WHOWAS 312."""
    lines = [re.sub(r"^(\S+ 317 \S+ \S+) \d+ \d{10} :", r"\1 <idle> <time> :", line) for line in lines]
    return [re.sub(r":\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}$", ":<time>", line) for line in lines]


# --- WHO -----------------------------------------------------------------------------------------------------------


def test_who_of_a_channel_lists_its_members_with_their_flags() -> None:
    with ServerUnderTest(OPERATOR) as server:
        alice, bob, carol = (server.irc(nick) for nick in ("alice", "bob", "carol"))
        for client in (alice, bob, carol):
            client.ask("JOIN #room")
        alice.ask("OPER root rootpass", "MODE #room +v alice", "MODE #room +v carol")
        bob.ask("AWAY :gone", "MODE bob +B")
        carol.sync()
        assert carol.ask("WHO #Room") == [
            who_line("carol", "#room", "alice", "H*@"),
            who_line("carol", "#room", "bob", "GB"),
            who_line("carol", "#room", "carol", "H+"),
            ":parley.test 315 carol #Room :End of WHO list",
        ]
        carol.ask("CAP REQ :multi-prefix")
        assert carol.ask("WHO #room o") == [
            who_line("carol", "#room", "alice", "H*@+"),
            ":parley.test 315 carol #room :End of WHO list",
        ]


@pytest.mark.parametrize(
    "mask", ["bob", "BOB", "b?b", "b*", "~bob", "bob the *", "127.0.*"], ids=lambda mask: mask.replace(" ", "_")
)
def test_who_of_a_mask_looks_at_nick_user_host_and_realname(server: ServerUnderTest, mask: str) -> None:
    server.irc("bob")
    alice = server.irc("alice")
    asked = mask.replace(" ", "?")
    wren = [who_line("alice", "*", "alice", "H")] if mask == "127.0.*" else []
    end = f":parley.test 315 alice {asked} :End of WHO list"
    assert alice.ask(f"WHO {asked}") == [who_line("alice", "*", "bob", "H"), *wren, end]


@pytest.mark.parametrize("asked", ["", " *", " 0", " parley.test"])
def test_who_of_everybody_leaves_out_the_invisible_strangers(server: ServerUnderTest, asked: str) -> None:
    alice, bob, carol, wren = (server.irc(nick) for nick in ("alice", "bob", "carol", "wren"))
    for client in (bob, carol):
        client.ask("MODE " + client.welcome[0].split()[2] + " +i")
    alice.ask("JOIN #room")
    carol.ask("JOIN #room")
    alice.sync()
    assert alice.ask(f"WHO{asked}") == [
        who_line("alice", "#room", "alice", "H@"),
        who_line("alice", "#room", "carol", "H"),
        who_line("alice", "*", "wren", "H"),
        f":parley.test 315 alice {asked.strip() or '*'} :End of WHO list",
    ]
    assert wren.ask("WHO #room") == [
        who_line("wren", "#room", "alice", "H@"),
        ":parley.test 315 wren #room :End of WHO list",
    ]
    assert alice.ask("WHO bob")[0] == who_line("alice", "*", "bob", "H")  # by the very nick one is found


@pytest.mark.parametrize("mask", ["#none", "#hidden", "nobody", "x*"])
def test_who_of_what_is_unknown_or_secret_is_just_the_end(server: ServerUnderTest, mask: str) -> None:
    bob, alice = server.irc("bob"), server.irc("alice")
    bob.ask("JOIN #hidden", "MODE #hidden +s")
    assert alice.ask(f"WHO {mask}") == [f":parley.test 315 alice {mask} :End of WHO list"]
    assert alice.ask("WHO bob")[0] == who_line("alice", "*", "bob", "H")


# --- WHOIS ---------------------------------------------------------------------------------------------------------


def test_whois_says_everything_about_oneself_in_order() -> None:
    with ServerUnderTest(OPERATOR) as server:
        server.add_account("alice")
        alice = server.member("alice")
        alice.ask("JOIN #room", "JOIN #talk", "MODE alice +Bi", "AWAY :back soon", "OPER root rootpass")
        assert without_times(alice.ask("WHOIS Alice")) == [
            f":parley.test 311 alice alice ~alice {HOST} * :alice the tester",
            ":parley.test 319 alice alice :@#room @#talk",
            ":parley.test 312 alice alice parley.test :a test server",
            ":parley.test 313 alice alice :is an IRC operator",
            ":parley.test 335 alice alice :is a bot",
            ":parley.test 330 alice alice alice :is logged in as",
            ":parley.test 307 alice alice :has identified for this nick",
            f":parley.test 378 alice alice :is connecting from *@{HOST} {HOST}",
            ":parley.test 379 alice alice :is using modes +Bio",
            f":parley.test 338 alice alice ~alice@{HOST} {HOST} :Is actually using host",
            ":parley.test 301 alice alice :back soon",
            ":parley.test 317 alice alice <idle> <time> :seconds idle, signon time",
            ":parley.test 318 alice Alice :End of /WHOIS list",
        ]


def test_whois_of_somebody_else_keeps_host_address_and_modes_back_except_from_operators() -> None:
    with ServerUnderTest(OPERATOR) as server:
        alice, bob = server.irc("alice"), server.irc("bob")
        bob.ask("JOIN #open", "JOIN #shared", "JOIN #hidden", "MODE #hidden +s", "MODE bob +i")
        alice.ask("JOIN #shared")
        bob.sync()
        seen = [
            f":parley.test 311 alice bob ~bob {HOST} * :bob the tester",
            ":parley.test 319 alice bob :@#shared",  # of somebody invisible
            ":parley.test 312 alice bob parley.test :a test server",
            f":parley.test 378 alice bob :is connecting from *@{HOST} {HOST}",
            ":parley.test 379 alice bob :is using modes +i",
            f":parley.test 338 alice bob ~bob@{HOST} {HOST} :Is actually using host",
            ":parley.test 317 alice bob <idle> <time> :seconds idle, signon time",
            ":parley.test 318 alice bob :End of /WHOIS list",
        ]
        assert without_times(alice.ask("WHOIS bob")) == seen[:3] + seen[6:]
        alice.ask("OPER root rootpass")
        everything = ":parley.test 319 alice bob :@#open @#shared @#hidden"
        assert without_times(alice.ask("WHOIS bob")) == [seen[0], everything, *seen[2:]]


def test_whois_shows_who_is_logged_in_under_another_nick(server: ServerUnderTest) -> None:
    server.add_account("bob")
    server.member("bob", nick="rook")
    lines = server.irc("alice").ask("WHOIS rook")
    assert ":parley.test 330 alice rook bob :is logged in as" in lines
    assert not [line for line in lines if " 307 " in line]


def test_whois_of_users_of_the_other_dialects(server: ServerUnderTest) -> None:
    alice, carol = server.irc("alice"), server.user("carol")
    carol.ask("CHAT", chat_name="my own")
    server.lab("rook", "pc7")
    assert without_times(alice.ask("WHOIS carol"))[:5] == [
        f":parley.test 311 alice carol carol {HOST} * :carol",
        ":parley.test 319 alice carol :@#my\u00a0own",
        ":parley.test 312 alice carol parley.test :a Parley chat server",
        ":parley.test 330 alice carol carol :is logged in as",
        ":parley.test 307 alice carol :has identified for this nick",
    ]
    assert without_times(alice.ask("WHOIS rook")) == [
        ":parley.test 311 alice rook rook pc7 * :rook of the lab",
        ":parley.test 312 alice rook parley.test :a Parley chat server",
        ":parley.test 317 alice rook <idle> <time> :seconds idle, signon time",
        ":parley.test 318 alice rook :End of /WHOIS list",
    ]


def test_whois_of_many_channels_takes_several_lines(server: ServerUnderTest) -> None:
    alice = server.irc("alice")
    names = [f"#channel-with-a-long-name-{number:02}" for number in range(30)]
    alice.ask(*(f"JOIN {name}" for name in names))
    lines = [line for line in alice.ask("WHOIS alice") if " 319 " in line]
    assert len(lines) > 1
    assert " ".join(line.split(" :", 1)[1] for line in lines).split() == ["@" + name for name in names]


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("WHOIS", ["431 alice :No nickname given"]),
        ("WHOIS Nobody", ["401 alice Nobody :No such nick/channel", "318 alice Nobody :End of /WHOIS list"]),
        ("WHOIS other.test alice", ["402 alice other.test :No such server"]),
        (
            "WHOIS parley.test no,Nope",
            [
                "401 alice no :No such nick/channel",
                "401 alice Nope :No such nick/channel",
                "318 alice no,Nope :End of /WHOIS list",
            ],
        ),
        ("WHOIS alice nope", ["401 alice nope :No such nick/channel", "318 alice nope :End of /WHOIS list"]),
    ],
)
def test_whois_of_nobody(server: ServerUnderTest, line: str, answers: list[str]) -> None:
    assert server.irc("alice").ask(line) == [f":parley.test {answer}" for answer in answers]


def test_whois_of_two_users_ends_once(server: ServerUnderTest) -> None:
    server.irc("bob")
    alice = server.irc("alice")
    lines = alice.ask("WHOIS bob,alice")
    assert [line.split()[3] for line in lines if " 311 " in line] == ["bob", "alice"]
    assert lines[-1] == ":parley.test 318 alice bob,alice :End of /WHOIS list"
    assert sum(" 318 " in line for line in lines) == 1


# --- WHOWAS --------------------------------------------------------------------------------------------------------


def leave(client: IrcClient) -> None:
    """Quits, and waits until the server has closed the connection."""
    client.send("QUIT")
    client.lines_until_closed()


def test_whowas_remembers_quits_and_nick_changes_newest_first(server: ServerUnderTest) -> None:
    alice, bob = server.irc("alice"), server.irc("bob")
    bob.ask("NICK rook")
    leave(server.irc("bob"))
    entry = [f":parley.test 314 alice bob ~bob {HOST} * :bob the tester"]
    entry += [":parley.test 312 alice bob parley.test :<time>"]
    end = ":parley.test 369 alice BOB :End of WHOWAS"
    assert without_times(alice.ask("WHOWAS BOB")) == [*entry, *entry, end]
    assert without_times(alice.ask("WHOWAS BOB 1")) == [*entry, end]
    assert without_times(alice.ask("WHOWAS BOB 0")) == [*entry, *entry, end]
    assert without_times(alice.ask("WHOWAS BOB -1")) == [*entry, *entry, end]


def test_whowas_names_the_account(server: ServerUnderTest) -> None:
    server.add_account("carol")
    leave(server.member("carol", nick="wren"))
    lines = server.irc("alice").ask("WHOWAS wren")
    assert ":parley.test 330 alice wren carol :is logged in as" in lines


def test_whowas_of_nobody(server: ServerUnderTest) -> None:
    alice = server.irc("alice")
    assert alice.ask("WHOWAS") == [":parley.test 431 alice :No nickname given"]
    assert alice.ask("WHOWAS Nobody", "WHOWAS alice") == [
        ":parley.test 406 alice Nobody :There was no such nickname",
        ":parley.test 369 alice Nobody :End of WHOWAS",
        ":parley.test 406 alice alice :There was no such nickname",
        ":parley.test 369 alice alice :End of WHOWAS",
    ]


# --- USERHOST, ISON ------------------------------------------------------------------------------------------------


def test_userhost_marks_operators_and_who_is_away() -> None:
    with ServerUnderTest(OPERATOR) as server:
        alice, bob = server.irc("alice"), server.irc("bob")
        bob.ask("AWAY :gone", "OPER root rootpass")
        assert alice.ask("USERHOST BOB nobody alice") == [
            f":parley.test 302 alice :bob*=-~bob@{HOST} alice=+~alice@{HOST}"
        ]
        assert alice.ask("USERHOST no1 no2 no3 no4 no5 alice", "USERHOST") == [
            ":parley.test 302 alice :",
            ":parley.test 461 alice USERHOST :Not enough parameters",
        ]


def test_ison_names_those_who_are_here_in_their_own_spelling(server: ServerUnderTest) -> None:
    alice = server.irc("Alice")
    server.lab("rook")
    assert alice.ask("ISON nobody ROOK alice", "ISON :alice no rook", "ISON no", "ISON") == [
        ":parley.test 303 Alice :rook Alice",
        ":parley.test 303 Alice :Alice rook",
        ":parley.test 303 Alice :",
        ":parley.test 461 Alice ISON :Not enough parameters",
    ]


# --- AWAY, SETNAME -------------------------------------------------------------------------------------------------


def test_away_is_told_once_to_those_who_asked_and_not_to_oneself(server: ServerUnderTest) -> None:
    bob, carol = server.irc("bob", "away-notify"), server.irc("carol")
    alice = server.irc("alice", "away-notify")
    for client in (bob, carol, alice):
        client.ask("JOIN #one", "JOIN #two")
    for client in (bob, carol):
        client.sync()
    assert alice.ask("AWAY :lunch", "AWAY :lunch", "AWAY :tea", "AWAY", "AWAY :") == [
        ":parley.test 306 alice :You have been marked as being away",
        ":parley.test 306 alice :You have been marked as being away",
        ":parley.test 306 alice :You have been marked as being away",
        ":parley.test 305 alice :You are no longer marked as being away",
        ":parley.test 305 alice :You are no longer marked as being away",
    ]
    source = f":alice!~alice@{HOST}"
    assert bob.sync() == [f"{source} AWAY :lunch", f"{source} AWAY :tea", f"{source} AWAY"]
    assert carol.sync() == []


def test_who_joins_while_away_is_announced_as_away(server: ServerUnderTest) -> None:
    bob, alice = server.irc("bob", "away-notify"), server.irc("alice", "away-notify")
    bob.ask("JOIN #one")
    alice.ask("AWAY :lunch")
    assert not [line for line in alice.ask("JOIN #one") if "AWAY" in line]
    assert bob.sync() == [f":alice!~alice@{HOST} JOIN #one", f":alice!~alice@{HOST} AWAY :lunch"]


def test_an_away_text_is_cut_at_its_limit(server: ServerUnderTest) -> None:
    alice = server.irc("alice")
    alice.ask("AWAY :" + "x" * 450)
    assert ":parley.test 301 alice alice :" + "x" * 390 in alice.ask("WHOIS alice")


def test_setname_tells_those_who_asked_and_oneself(server: ServerUnderTest) -> None:
    bob, carol, alice = server.irc("bob", "setname"), server.irc("carol"), server.irc("alice", "setname")
    for client in (bob, carol, alice):
        client.ask("JOIN #one", "JOIN #two")
    for client in (bob, carol):
        client.sync()
    assert alice.ask("SETNAME :Alice of the Wood") == [f":alice!~alice@{HOST} SETNAME :Alice of the Wood"]
    assert bob.sync() == [f":alice!~alice@{HOST} SETNAME :Alice of the Wood"]
    assert carol.sync() == []
    assert carol.ask("SETNAME :Carol") == []  # it works without the capability, without a word
    assert f":parley.test 311 carol carol ~carol {HOST} * :Carol" in carol.ask("WHOIS carol")


def test_setname_refuses_what_is_empty_or_too_long(server: ServerUnderTest) -> None:
    alice = server.irc("alice", "setname", "standard-replies")
    assert alice.ask("SETNAME :" + "é" * 75) == [f":alice!~alice@{HOST} SETNAME :" + "é" * 75]
    assert alice.ask("SETNAME :" + "x" * 151, "SETNAME", "SETNAME :") == [
        ":parley.test FAIL SETNAME INVALID_REALNAME :A realname has at most 150 bytes",
        ":parley.test 461 alice SETNAME :Not enough parameters",
        ":parley.test 461 alice SETNAME :Not enough parameters",
    ]
    assert f":parley.test 311 alice alice ~alice {HOST} * :" + "é" * 75 in alice.ask("WHOIS alice")
