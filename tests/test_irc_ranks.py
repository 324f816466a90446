"""Ranks, from founder to voiced: who gives, takes and kicks what from whom, in every pair."""

from itertools import product

import pytest

from protocol.modes import CHANNEL_MODES, FLAGS
from tests.harness import IrcClient, ServerUnderTest, response

WREN = ":wren!~wren@127.0.0.1"
NOT_ENOUGH = ":parley.test 482 wren #lab :You're not channel operator enough for that"
RANKS = ("q", "a", "o", "h", "v", "")
POWER = {"q": "qaohv", "a": "ohv", "o": "ohv", "h": "v", "v": "", "": ""}  # who is kicked and demoted by whom
GIVES = {"q": "qaohv", "a": "ohv", "o": "ohv", "h": "v", "v": "", "": ""}


def give(server: ServerUnderTest, nick: str, ranks: str) -> None:
    """Sets a member's ranks in #lab, without a word."""
    with server.network.lock:
        user = server.network.find_user(nick)
        assert user is not None
        server.channel("#lab").members[user].ranks = frozenset(ranks)


def ranks_of(server: ServerUnderTest, nick: str) -> frozenset[str]:
    """A member's ranks in #lab."""
    with server.network.lock:
        user = server.network.find_user(nick)
        assert user is not None
        return server.channel("#lab").members[user].ranks


def pair(server: ServerUnderTest, first: str, second: str) -> tuple[IrcClient, IrcClient]:
    """Wren and rook on #lab, with these ranks."""
    wren, rook = server.irc("wren"), server.irc("rook")
    for client in (wren, rook):
        client.ask("JOIN #lab")
    wren.sync()
    give(server, "wren", first)
    give(server, "rook", second)
    return wren, rook


# --- giving and taking ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", RANKS, ids=lambda rank: rank or "none")
def test_who_gives_and_takes_which_rank_from_whom(server: ServerUnderTest, actor: str) -> None:
    wren, rook = pair(server, actor, "")
    for target, letter, sign in product(RANKS, "qaohv", "+-"):
        give(server, "rook", target + letter if sign == "-" else target)
        before = ranks_of(server, "rook")
        top = next(rank for rank in RANKS if rank in before or not rank)
        allowed = letter in GIVES[actor] and (sign == "+" or top in POWER[actor])
        answers = wren.ask(f"MODE #lab {sign}{letter} rook")
        after = before | {letter} if sign == "+" else before - {letter}
        case = f"{actor or 'none'} does {sign}{letter} to {sorted(before)}"
        if allowed and after != before:
            assert answers == [f"{WREN} MODE #lab {sign}{letter} rook"], case
        elif allowed:
            assert answers == [], case
        else:
            assert [line.split(" ")[1] for line in answers] == ["482"], case
        assert ranks_of(server, "rook") == (after if allowed else before), case
        assert rook.sync() == (answers if allowed else []), case


@pytest.mark.parametrize("letter", "qaohv")
def test_everybody_drops_the_own_rank_and_nobody_takes_one(server: ServerUnderTest, letter: str) -> None:
    wren, _ = pair(server, letter, "")
    assert wren.ask(f"MODE #lab -{letter} wren") == [f"{WREN} MODE #lab -{letter} wren"]
    assert [line.split(" ")[1] for line in wren.ask(f"MODE #lab +{letter} wren")] == ["482"]


def test_with_one_change_that_is_not_allowed_none_is_done(server: ServerUnderTest) -> None:
    wren, rook = pair(server, "h", "o")
    assert wren.ask("MODE #lab +mv-o wren rook") == [f"{NOT_ENOUGH}: o is changed by @ or higher"]
    assert wren.ask("MODE #lab -v rook") == [f"{NOT_ENOUGH}: rook has a rank that yours does not reach"]
    assert rook.sync() == []


@pytest.mark.parametrize("letter", FLAGS)
def test_a_half_operator_changes_simple_modes_only(server: ServerUnderTest, letter: str) -> None:
    wren, _ = pair(server, "h", "")
    sign = "-" if letter in "nt" else "+"
    answers = wren.ask(f"MODE #lab {sign}{letter}")
    if CHANNEL_MODES[letter].by == "h":
        assert answers == [f"{WREN} MODE #lab {sign}{letter}"]
    else:
        assert [line.split(" ")[1] for line in answers] == ["482"]


@pytest.mark.parametrize("change", ["+b x!*@*", "+e x!*@*", "+I x!*@*", "+k tea", "+l 9", "+f 2:10"])
def test_a_half_operator_changes_lists_key_limit_and_pace(server: ServerUnderTest, change: str) -> None:
    wren, rook = pair(server, "h", "")
    assert wren.ask(f"MODE #lab {change}") == [f"{WREN} MODE #lab {change}"]
    rook.sync()
    give(server, "rook", "v")
    assert rook.ask(f"MODE #lab {change}") == [":parley.test 482 rook #lab :You're not channel operator"]


# --- kicking -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", RANKS, ids=lambda rank: rank or "none")
def test_who_kicks_whom(server: ServerUnderTest, actor: str) -> None:
    wren, rook = pair(server, actor, "")
    for target in RANKS:
        give(server, "rook", target)
        answers = wren.ask("KICK #lab rook :out")
        if target in POWER[actor] if target else actor in tuple("qaoh"):
            assert answers == [f"{WREN} KICK #lab rook :out"], target
            assert rook.sync() == answers
            rook.ask("JOIN #lab")
            wren.sync()
        else:
            assert [line.split(" ")[1] for line in answers] == ["482"], target
            assert rook.sync() == []


def test_the_highest_of_several_ranks_counts(server: ServerUnderTest) -> None:
    wren, rook = pair(server, "o", "qv")
    assert [line.split(" ")[1] for line in wren.ask("KICK #lab rook")] == ["482"]
    give(server, "wren", "vq")
    assert wren.ask("KICK #lab rook :out") == [f"{WREN} KICK #lab rook :out"]
    assert rook.sync() == [f"{WREN} KICK #lab rook :out"]


def test_q_mode_lets_only_a_founder_kick(server: ServerUnderTest) -> None:
    wren, rook = pair(server, "o", "")
    wren.ask("MODE #lab +Q")
    assert wren.ask("KICK #lab rook") == [f"{NOT_ENOUGH}: nobody is kicked here (+Q)"]
    give(server, "wren", "q")
    assert wren.ask("KICK #lab rook :out") == [f"{WREN} KICK #lab rook :out"]
    assert rook.sync()[-1] == f"{WREN} KICK #lab rook :out"


def test_kick_takes_as_many_channels_as_nicks(server: ServerUnderTest) -> None:
    wren, rook, kite = server.irc("wren"), server.irc("rook"), server.irc("kite")
    for client in (wren, rook, kite):
        client.ask("JOIN #a,#b")
    wren.sync()
    assert wren.ask("KICK #a,#b,#none rook,kite,rook :out") == [
        f"{WREN} KICK #a rook :out",
        f"{WREN} KICK #b kite :out",
        ":parley.test 403 wren #none :No such channel",
    ]
    assert [line for line in rook.sync() if " KICK " in line] == [
        f"{WREN} KICK #a rook :out",
        f"{WREN} KICK #b kite :out",
    ]
    assert wren.ask("KICK #a,#b kite") == [":parley.test 461 wren KICK :Not enough parameters"]


# --- what a rank is good for ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rank", RANKS, ids=lambda rank: rank or "none")
def test_topic_invitation_and_speech_by_rank(server: ServerUnderTest, rank: str) -> None:
    wren, _ = pair(server, rank, "")
    server.irc("kite")
    with server.network.lock:
        channel = server.channel("#lab")
        channel.modes |= {"i", "m"}
        channel.modes_changed()
    codes = [line.split(" ")[1] for line in wren.ask("TOPIC #lab :x", "INVITE kite #lab", "PRIVMSG #lab :x")]
    is_ruler, speaks = rank in tuple("qaoh"), bool(rank)
    assert codes == [*(("TOPIC", "341") if is_ruler else ("482", "482")), *(() if speaks else ("404",))]


def test_all_prefixes_are_shown_highest_first(server: ServerUnderTest) -> None:
    _, rook = pair(server, "vhoaq", "h")
    end = ":parley.test 366 rook #lab :End of /NAMES list"
    assert rook.ask("NAMES #lab") == [":parley.test 353 rook = #lab :~wren %rook", end]
    rook.ask("CAP REQ multi-prefix")
    assert rook.ask("NAMES #lab") == [":parley.test 353 rook = #lab :~&@%+wren %rook", end]
    assert ":parley.test 319 rook wren :~&@%+#lab" in rook.ask("WHOIS wren")
    assert " H~&@%+ " in rook.ask("WHO wren")[0]


@pytest.mark.parametrize("prefix", "~&@%+")
def test_a_message_to_a_prefix_goes_to_that_rank_and_above(server: ServerUnderTest, prefix: str) -> None:
    letters = "qaohv"
    sender = server.irc("wren")
    sender.ask("JOIN #lab")
    members = {letter: server.irc(f"is{letter}") for letter in letters}
    for letter, client in members.items():
        client.ask("JOIN #lab")
        give(server, f"is{letter}", letter)
    for client in members.values():
        client.sync()
    sender.ask(f"PRIVMSG {prefix}#lab :psst")
    reached = [letter for letter, client in members.items() if client.sync()]
    assert reached == list(letters[: "~&@%+".index(prefix) + 1])


# --- ranks that are due --------------------------------------------------------------------------------------------


def own(server: ServerUnderTest, **access: str) -> None:
    """#lab is permanent and belongs to the account wren; `access` says who else has which rank."""
    with server.network.lock:
        channel = server.network.create_channel("#lab", "ntP")
        channel.founder, channel.access = "wren", access


def test_the_founder_and_the_access_list_get_their_ranks_on_joining(server: ServerUnderTest) -> None:
    server.add_account("wren")
    server.add_account("rook")
    own(server, rook="h")
    wren, rook = server.member("wren"), server.member("rook", nick="r1")
    assert wren.ask("JOIN #lab")[:2] == [f"{WREN} JOIN #lab", ":parley.test MODE #lab +q wren"]
    assert rook.ask("JOIN #lab")[1] == ":parley.test MODE #lab +h r1"
    assert wren.sync()[-1] == ":parley.test MODE #lab +h r1"


def test_a_rank_comes_with_a_later_login(server: ServerUnderTest) -> None:
    server.add_account("wren")
    own(server)
    wren = server.irc("w1", "sasl")
    wren.ask("JOIN #lab")
    lines = wren.ask("AUTHENTICATE PLAIN", "AUTHENTICATE AHdyZW4Ac2VjcmV0")
    assert ":parley.test MODE #lab +q w1" in lines


def test_nobody_takes_the_founders_rank_and_bans_and_keys_do_not_hold_him(server: ServerUnderTest) -> None:
    server.add_account("wren")
    own(server)
    wren, rook = server.member("wren"), server.irc("rook")
    rook.ask("JOIN #lab")
    give(server, "rook", "q")
    rook.ask("MODE #lab +ikb tea *!*@*")
    wren.ask("JOIN #lab")
    assert rook.ask("MODE #lab -q wren")[-1] == ":parley.test 696 rook #lab q wren :The channel belongs to this account"


def test_a_json_admin_kicks_no_founder_and_is_told_why(server: ServerUnderTest) -> None:
    teacher = server.user("teacher")
    teacher.ask("CHAT", chat_name="lab")
    server.add_account("wren")
    wren = server.member("wren")
    with server.network.lock:
        server.channel("#lab").founder = "wren"
    wren.ask("JOIN #lab")
    teacher.sync()
    why = "You may not do that in this group: wren has a rank that yours does not reach"
    assert teacher.ask("KICK", chat_name="lab", kicked_user="wren") == response("260", why, username="teacher")
    assert teacher.ask("BANN", chat_name="lab", banned_user="wren") == response("250", why, username="teacher")
    assert wren.sync() == []
