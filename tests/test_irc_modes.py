"""MODE for channels and users: queries, changes as they are shown, refusals, limits."""

import pytest

from tests.harness import IrcClient, ServerUnderTest

WREN = ":wren!~wren@127.0.0.1"
NO_RIGHTS = ":parley.test 482 {} #lab :You're not channel operator"
MASK_RULE = "A mask is one word without control characters, such as nick!user@host or ~a:account"
KEY_RULE = "A key has 1 to 32 bytes, no space, comma or control character, no colon in front"


def on_lab(server: ServerUnderTest, *nicks: str) -> list[IrcClient]:
    """Clients that are all on #lab, the first as its operator."""
    clients = [server.irc(nick) for nick in nicks]
    for client in clients:
        client.ask("JOIN #lab")
    for client in clients:
        client.sync()
    return clients


# --- queries -------------------------------------------------------------------------------------------------------


def test_the_modes_are_shown_with_the_key_for_members_only(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren")
    wren.ask("MODE #lab +klims tea 20")
    created = int(server.channel("#lab").created_at)
    assert wren.ask("MODE #LAB") == [
        ":parley.test 324 wren #lab +imnstkl tea 20",
        f":parley.test 329 wren #lab {created}",
    ]
    assert server.irc("kite").ask("MODE #lab")[0] == ":parley.test 324 kite #lab +imnstkl * 20"


@pytest.mark.parametrize(
    ("letter", "entry", "end"),
    [
        ("b", "367", "368 {} #lab :End of channel ban list"),
        ("e", "348", "349 {} #lab :End of channel exception list"),
        ("I", "346", "347 {} #lab :End of Channel Invite Exception List"),
    ],
)
def test_a_list_is_shown_to_everybody_and_to_outsiders_unless_secret(
    server: ServerUnderTest, letter: str, entry: str, end: str
) -> None:
    (wren,) = on_lab(server, "wren")
    kite = server.irc("kite")
    assert wren.ask(f"MODE #lab +{letter}{letter} kite ~a:Robin") == [
        f"{WREN} MODE #lab +{letter}{letter} kite!*@* ~a:Robin"
    ]
    times = [int(one.time) for one in server.channel("#lab").lists[letter].values()]
    for client, query in ((wren, letter), (kite, f"+{letter}"), (kite, f"-{letter}{letter}")):
        nick = "wren" if client is wren else "kite"
        assert client.ask(f"MODE #lab {query}") == [
            f":parley.test {entry} {nick} #lab kite!*@* wren {times[0]}",
            f":parley.test {entry} {nick} #lab ~a:Robin wren {times[1]}",
            f":parley.test {end.format(nick)}",
        ]
    wren.ask("MODE #lab +s")
    assert kite.ask(f"MODE #lab {letter}") == [":parley.test 442 kite #lab :You're not on that channel"]


def test_several_lists_are_shown_once_each(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren")
    assert wren.ask("MODE #lab +beIb") == [
        ":parley.test 368 wren #lab :End of channel ban list",
        ":parley.test 349 wren #lab :End of channel exception list",
        ":parley.test 347 wren #lab :End of Channel Invite Exception List",
    ]


# --- changes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("+m", "+m"),
        ("m", "+m"),
        ("+m-n+s", "+m-n+s"),
        ("+ms-nt", "+ms-nt"),
        ("+n", ""),
        ("-m", ""),
        ("+mnt", "+m"),
        ("+mm", "+m"),
        ("+m-m", "+m-m"),
        ("++--+m", "+m"),
        ("+", ""),
        ("+k tea", "+k tea"),
        ("+l 20", "+l 20"),
        ("+l +7", "+l 7"),
        ("+l 007", "+l 7"),
        ("+v rook", "+v rook"),
        ("+v ROOK", "+v rook"),
        ("-v rook", ""),
        ("+ov-n+b rook rook x!*@*", "+ov-n+b rook rook x!*@*"),
        ("+lk 5 tea", "+lk 5 tea"),
        ("+m surplus words", "+m"),
        ("+b rook", "+b rook!*@*"),
        ("+b user@host", "+b *!user@host"),
        ("+b host.example", "+b *!*@host.example"),
        ("+b a**b!c@d", "+b a*b!c@d"),
        ("+b $a:Robin", "+b ~a:Robin"),
        ("+bb rook ROOK!*@*", "+b rook!*@*"),
        ("-b nobody", ""),
    ],
)
def test_what_really_changed_is_told_to_all_in_one_line(server: ServerUnderTest, asked: str, shown: str) -> None:
    wren, rook = on_lab(server, "wren", "rook")
    lines = [f"{WREN} MODE #lab {shown}"] if shown else []
    assert wren.ask(f"MODE #LAB {asked}") == lines
    assert rook.sync() == lines


@pytest.mark.parametrize(
    ("first", "then", "shown"),
    [
        ("+k tea", "-k tea", "-k tea"),
        ("+k tea", "-k wrong", "-k tea"),
        ("+k tea", "-k", "-k tea"),
        ("+k tea", "+k coffee", "+k coffee"),
        ("+k tea", "+k tea", ""),
        ("+l 5", "-l", "-l"),
        ("+l 5", "+l 6", "+l 6"),
        ("+l 5", "+l 5", ""),
        ("+b Rook", "-b rook!*@*", "-b Rook!*@*"),
        ("+b ~a:Robin", "-b $A:robin", "-b ~a:Robin"),
        ("+o rook", "-o+v rook rook", "-o+v rook rook"),
    ],
)
def test_what_was_set_can_be_changed_and_unset(server: ServerUnderTest, first: str, then: str, shown: str) -> None:
    wren, _ = on_lab(server, "wren", "rook")
    wren.ask(f"MODE #lab {first}")
    assert wren.ask(f"MODE #lab {then}") == ([f"{WREN} MODE #lab {shown}"] if shown else [])


def test_a_long_change_is_split_over_lines_that_hold_everything(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren")
    masks = [f"{number:02d}{'x' * 60}!*@*" for number in range(20)]
    lines = wren.ask(f"MODE #lab +{'b' * 7} {' '.join(masks[:7])}", f"MODE #lab +{'b' * 7} {' '.join(masks[7:14])}")
    assert all(len(line) <= 510 for line in lines)
    assert [word for line in lines for word in line.split(" ")[4:]] == masks[:14]


def test_changes_of_a_member_with_a_long_name_are_split_so_that_none_is_lost(server: ServerUnderTest) -> None:
    nick, channel = "ü" * 32, "#" + "ö" * 63
    client = server.irc(nick)
    client.ask(f"JOIN {channel}")
    masks = [f"{number}{'x' * 60}!*@*" for number in range(5)]
    lines = client.ask(f"MODE {channel} +bbb {' '.join(masks[:3])}", f"MODE {channel} +bb {' '.join(masks[3:])}")
    assert [word for line in lines for word in line.split(" ")[4:]] == masks
    assert all(len(line.encode()) <= 510 for line in lines)


def test_no_more_than_the_advertised_number_of_parameters_is_used(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren")
    letters = "b" * 21
    masks = [f"m{number}" for number in range(21)]
    (line,) = wren.ask(f"MODE #lab +{letters}m {' '.join(masks)}")
    assert line == f"{WREN} MODE #lab +{'b' * 20}m {' '.join(f'{mask}!*@*' for mask in masks[:20])}"


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        ("+x", ["472 wren x :is unknown mode char to me"]),
        ("+o", ["696 wren #lab o * :A nick is needed"]),
        ("+o nobody", ["401 wren nobody :No such nick/channel"]),
        ("+v kite", ["441 wren kite #lab :They aren't on that channel"]),
        ("+k", [f"696 wren #lab k * :{KEY_RULE}"]),
        ("+k a,b", [f"696 wren #lab k a,b :{KEY_RULE}"]),
        ("+k :", [f"696 wren #lab k * :{KEY_RULE}"]),
        ("+k :two words", [f"696 wren #lab k * :{KEY_RULE}"]),
        ("+k ::x", [f"696 wren #lab k * :{KEY_RULE}"]),
        ("+k " + "k" * 33, [f"696 wren #lab k {'k' * 33} :{KEY_RULE}"]),
        ("+l", ["696 wren #lab l * :A limit is a positive number"]),
        ("+l 0", ["696 wren #lab l 0 :A limit is a positive number"]),
        ("+l -5", ["696 wren #lab l -5 :A limit is a positive number"]),
        ("+l many", ["696 wren #lab l many :A limit is a positive number"]),
        ("+P", ["477 wren #lab :You need to be logged in to an account for that"]),
        ("+k a\x02b", [f"696 wren #lab k a\x02b :{KEY_RULE}"]),
        ("+k a\u00a0b", [f"696 wren #lab k a\u00a0b :{KEY_RULE}"]),
        ("+b a\u00a0b!*@*", [f"696 wren #lab b a\u00a0b!*@* :{MASK_RULE}"]),
        ("+e x!*@a\x1fb", [f"696 wren #lab e x!*@a\x1fb :{MASK_RULE}"]),
        ("+I ~a:\x02x", [f"696 wren #lab I ~a:\x02x :{MASK_RULE}"]),
        ("+b :two words", [f"696 wren #lab b * :{MASK_RULE}"]),
        ("+b " + "x" * 201, [f"696 wren #lab b {'x' * 201} :A mask has at most 200 bytes"]),
        ("-k", []),
        ("-l", []),
        (":", []),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(server: ServerUnderTest, asked: str, answers: list[str]) -> None:
    (wren,) = on_lab(server, "wren")
    server.irc("kite")
    assert wren.ask(f"MODE #lab {asked}") == [f":parley.test {answer}" for answer in answers]


def test_the_rest_of_a_command_goes_on_after_a_refusal(server: ServerUnderTest) -> None:
    wren, _ = on_lab(server, "wren", "rook")
    assert wren.ask("MODE #lab +xovml nobody rook 9") == [
        ":parley.test 472 wren x :is unknown mode char to me",
        ":parley.test 401 wren nobody :No such nick/channel",
        f"{WREN} MODE #lab +vml rook 9",
    ]


@pytest.mark.parametrize("asked", ["+m", "+o rook", "-v wren", "+m-v rook", "+b x", "+x", "-o"])
def test_without_rights_nothing_of_a_command_is_done(server: ServerUnderTest, asked: str) -> None:
    wren, rook = on_lab(server, "wren", "rook")
    wren.ask("MODE #lab +v rook")
    rook.sync()
    kite = server.irc("kite")
    assert rook.ask(f"MODE #lab {asked}") == [NO_RIGHTS.format("rook")]
    assert kite.ask(f"MODE #lab {asked}") == [NO_RIGHTS.format("kite")]
    assert wren.sync() == []


@pytest.mark.parametrize(("rank", "asked"), [("v", "-v rook"), ("o", "-o ROOK"), ("v", "-v+ rook")])
def test_everybody_may_drop_the_own_rank(server: ServerUnderTest, rank: str, asked: str) -> None:
    wren, rook = on_lab(server, "wren", "rook")
    wren.ask(f"MODE #lab +{rank} rook")
    rook.sync()
    line = f":rook!~rook@127.0.0.1 MODE #lab -{rank} rook"
    assert rook.ask(f"MODE #lab {asked}") == [line]
    assert wren.sync() == [line]


def test_an_operator_who_took_the_own_rank_has_no_rights_any_more(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren")
    assert wren.ask("MODE #lab -o wren", "MODE #lab +m") == [f"{WREN} MODE #lab -o wren", NO_RIGHTS.format("wren")]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MODE", "461 wren MODE :Not enough parameters"),
        ("MODE #none", "403 wren #none :No such channel"),
        ("MODE #none +m", "403 wren #none :No such channel"),
        ("MODE nobody", "401 wren nobody :No such nick/channel"),
    ],
)
def test_a_target_that_is_not_there_is_refused(server: ServerUnderTest, line: str, answer: str) -> None:
    assert server.irc("wren").ask(line) == [f":parley.test {answer}"]


def test_a_full_list_takes_no_more_and_the_lists_share_their_room() -> None:
    with ServerUnderTest("[limits]\nlist_modes = 3\n") as server:
        (wren,) = on_lab(server, "wren")
        assert wren.ask("MODE #lab +beIb a b c d") == [
            ":parley.test 478 wren #lab b :Channel list is full",
            f"{WREN} MODE #lab +beI a!*@* b!*@* c!*@*",
        ]
        assert wren.ask("MODE #lab +b-e+b a b d") == [f"{WREN} MODE #lab -e+b b!*@* d!*@*"]


# --- user modes ----------------------------------------------------------------------------------------------------


def test_user_modes_are_shown_set_and_unset(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    assert wren.ask("MODE WREN", "MODE wren +iw", "MODE wren", "MODE wren -w+B-i", "MODE wren +B", "MODE wren") == [
        ":parley.test 221 wren +",
        ":wren MODE wren +iw",
        ":parley.test 221 wren +iw",
        ":wren MODE wren +B-iw",
        ":parley.test 221 wren +B",
    ]


def test_unknown_user_modes_are_answered_once_after_the_known_ones(server: ServerUnderTest) -> None:
    assert server.irc("wren").ask("MODE wren +xiyz") == [
        ":wren MODE wren +i",
        ":parley.test 501 wren :Unknown MODE flag",
    ]


@pytest.mark.parametrize("line", ["MODE rook", "MODE rook +i"])
def test_the_modes_of_others_are_not_ones_business(server: ServerUnderTest, line: str) -> None:
    server.irc("rook")
    assert server.irc("wren").ask(line) == [":parley.test 502 wren :Cant change mode for other users"]


def test_nobody_makes_oneself_an_operator_but_everybody_may_stop_being_one() -> None:
    with ServerUnderTest('[[operator]]\nname = "root"\npassword = "rootpass"\n') as server:
        wren = server.irc("wren")
        assert wren.ask("MODE wren +o", "OPER root rootpass", "MODE wren -o", "MODE wren") == [
            ":parley.test 381 wren :You are now an IRC operator",
            ":wren MODE wren +o",
            ":parley.test NOTICE wren :*** Oper: wren!~wren@127.0.0.1 is now an operator (root)",
            ":wren MODE wren -o",
            ":parley.test 221 wren +",
        ]
