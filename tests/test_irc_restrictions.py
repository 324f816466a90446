"""Modes that look at each message or each join: C c F M U R z N, and mutes. In IRC, lab IRC and JSON."""

import re

import pytest

from protocol.formatting import strip_formatting
from tests.harness import IrcClient, ServerUnderTest, response

WREN = ":wren!~wren@127.0.0.1"
ROOK = ":rook!~rook@127.0.0.1"
NO_CTCP = ":parley.test 404 {} #lab :Cannot send to channel (+C): CTCP is not let through"
NO_ACCOUNT = ":parley.test 404 {} #lab :Cannot send to channel (+M): log in to an account to speak here"
SILENT = ":parley.test 404 {} #lab :Cannot send to channel"


def on_lab(server: ServerUnderTest, *nicks: str, modes: str = "") -> list[IrcClient]:
    """Clients that are all on #lab, the first as its operator, and then these modes."""
    clients = [server.irc(nick) for nick in nicks]
    for client in clients:
        client.ask("JOIN #lab")
    if modes:
        clients[0].ask(f"MODE #lab {modes}")
    for client in clients:
        client.sync()
    return clients


# --- C: no CTCP ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["\x01VERSION\x01", "\x01PING 12\x01", "\x01DCC SEND x", "\x01\x01", "\x01ACTIONS x\x01"]
)
def test_ctcp_is_refused_whoever_sends_it(server: ServerUnderTest, text: str) -> None:
    wren, rook = on_lab(server, "wren", "rook", modes="+C")
    assert rook.ask(f"PRIVMSG #lab :{text}", f"NOTICE #lab :{text}") == [NO_CTCP.format("rook")]
    assert wren.ask(f"PRIVMSG #lab :{text}") == [NO_CTCP.format("wren")]
    assert rook.sync() == []


@pytest.mark.parametrize(
    "text", ["\x01ACTION waves\x01", "\x01ACTION waves", "\x01ACTION\x01", "hello \x01VERSION\x01"]
)
def test_actions_and_plain_texts_pass(server: ServerUnderTest, text: str) -> None:
    wren, rook = on_lab(server, "wren", "rook", modes="+C")
    assert rook.ask(f"PRIVMSG #lab :{text}") == []
    assert wren.sync() == [f"{ROOK} PRIVMSG #lab :{text}"]


# --- c: no formatting ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("\x02bold\x02 \x1ditalic\x1d \x1funder\x1f \x1estruck\x1e \x11mono\x11 \x16swapped\x16\x0f", None),
        ("\x0312blue\x03 plain", "blue plain"),
        ("\x03012three digits", "2three digits"),
        ("\x034,08on yellow", "on yellow"),
        ("\x033,text", ",text"),
        ("\x0399,999", "9"),
        ("\x04ff0000red\x04 \x04FF0000,00ff00both", "red both"),
        ("\x04ff00xx", "ff00xx"),
        ("\x01ACTION \x02waves\x02\x01", "\x01ACTION waves\x01"),
        ("7 plain ünïcode", "7 plain ünïcode"),
    ],
)
def test_formatting_is_stripped_by_the_rules(text: str, bare: str | None) -> None:
    assert strip_formatting(text) == (bare or "bold italic under struck mono swapped")


def test_messages_arrive_and_echo_without_formatting(server: ServerUnderTest) -> None:
    wren, rook = on_lab(server, "wren", "rook", modes="+c")
    rook.ask("CAP REQ echo-message")
    said = f"{ROOK} PRIVMSG #lab :red and bold"
    assert rook.ask("PRIVMSG #lab :\x0304red\x03 and \x02bold") == [said]
    assert wren.sync() == [said]
    assert rook.ask("PRIVMSG @#lab :\x02psst") == [f"{ROOK} PRIVMSG @#lab :psst"]
    assert wren.sync() == [f"{ROOK} PRIVMSG @#lab :psst"]


def test_nothing_but_formatting_is_no_text(server: ServerUnderTest) -> None:
    wren, rook = on_lab(server, "wren", "rook", modes="+c")
    assert rook.ask("PRIVMSG #lab :\x0304\x02\x0f") == [":parley.test 412 rook :No text to send"]
    assert wren.sync() == []


# --- F: slow mode --------------------------------------------------------------------------------------------------


def too_fast(lines: list[str], nick: str = "rook") -> bool:
    """Whether the one answer is the refusal that says when to come back."""
    head = rf":parley\.test 404 {nick} #lab :Cannot send to channel \(\+f\): "
    rule = head + r"2 in (\d+) seconds is the most; again in (\d+) "
    found = [re.match(rule, line) for line in lines]
    return len(found) == 1 and found[0] is not None and 0 < int(found[0][2]) <= int(found[0][1])


def test_slow_mode_refuses_what_is_too_much_and_says_when(server: ServerUnderTest) -> None:
    wren, rook, kite = on_lab(server, "wren", "rook", "kite", modes="+f 2:1000")
    assert rook.ask("PRIVMSG #lab :one", "NOTICE #lab :two") == []
    assert too_fast(rook.ask("PRIVMSG #lab :three"))
    assert rook.ask("NOTICE #lab :three") == []
    assert kite.ask("PRIVMSG #lab :mine")[-1:] == [f"{ROOK} NOTICE #lab :two"]
    assert [line.rpartition(":")[2] for line in wren.sync()] == ["one", "two", "mine"]


def test_slow_mode_does_not_slow_who_has_a_rank(server: ServerUnderTest) -> None:
    wren, rook = on_lab(server, "wren", "rook", modes="+fv 2:1000 rook")
    assert rook.ask(*["PRIVMSG #lab :again"] * 5) == []
    assert wren.ask(*["PRIVMSG #lab :again"] * 5) == [f"{ROOK} PRIVMSG #lab :again"] * 5


def test_leaving_and_coming_back_does_not_help_and_a_new_pace_starts_anew(server: ServerUnderTest) -> None:
    wren, rook = on_lab(server, "wren", "rook", modes="+f 2:1000")
    rook.ask("PRIVMSG #lab :one", "PRIVMSG #lab :two", "PART #lab", "JOIN #lab")
    assert too_fast(rook.ask("PRIVMSG #lab :three"))
    wren.ask("MODE #lab +f 2:900")
    rook.sync()
    assert rook.ask("PRIVMSG #lab :one") == []
    wren.ask("MODE #lab -f")
    rook.sync()
    assert rook.ask(*["PRIVMSG #lab :free"] * 5) == []


@pytest.mark.parametrize("value", ["", "2", "0:5", "2:0", "a:b", "2:10:3", "1000:5", "2:100000", "+2:5", "²:5"])
def test_a_pace_that_makes_no_sense_is_refused(server: ServerUnderTest, value: str) -> None:
    (wren,) = on_lab(server, "wren")
    why = "Slow mode is <messages>:<seconds>, such as 2:10, at most 999:99999"
    assert wren.ask(f"MODE #lab +f {value}") == [f":parley.test 696 wren #lab f {value or '*'} :{why}"]


@pytest.mark.parametrize(
    ("first", "then", "shown"),
    [("+f 2:10", "+f 2:10", ""), ("+f 2:10", "+f 3:10", "+f 3:10"), ("+f 2:10", "-f", "-f"), ("-f", "-f", "")],
)
def test_a_pace_is_changed_and_taken_away(server: ServerUnderTest, first: str, then: str, shown: str) -> None:
    (wren,) = on_lab(server, "wren")
    wren.ask(f"MODE #lab {first}")
    assert wren.ask(f"MODE #lab {then}") == ([f"{WREN} MODE #lab {shown}"] if shown else [])


# --- M, R: who is logged in ----------------------------------------------------------------------------------------


def test_only_who_is_logged_in_or_has_a_rank_speaks_under_m(server: ServerUnderTest) -> None:
    server.add_account("robin")
    wren, rook = on_lab(server, "wren", "rook", modes="+M")
    robin = server.member("robin")
    robin.ask("JOIN #lab")
    wren.sync()
    assert rook.ask("PRIVMSG #lab :x")[-1] == NO_ACCOUNT.format("rook")
    assert robin.ask("PRIVMSG #lab :x") == []
    wren.ask("MODE #lab +v rook")
    rook.sync()
    assert rook.ask("PRIVMSG #lab :y") == []
    assert [line.rpartition(":")[2] for line in wren.sync()][-1] == "y"


def test_only_who_is_logged_in_or_invited_joins_under_r(server: ServerUnderTest) -> None:
    server.add_account("robin")
    (wren,) = on_lab(server, "wren", modes="+R")
    rook, robin = server.irc("rook"), server.member("robin")
    refusal = ":parley.test 477 rook #lab :You need to be logged in to an account for that"
    assert rook.ask("JOIN #lab") == [refusal]
    assert robin.ask("JOIN #lab")[0] == ":robin!~robin@127.0.0.1 JOIN #lab"
    wren.ask("INVITE rook #lab")
    rook.sync()
    assert rook.ask("JOIN #lab")[0] == f"{ROOK} JOIN #lab"


def test_an_invite_exception_needs_no_account(server: ServerUnderTest) -> None:
    on_lab(server, "wren", modes="+RI rook")
    assert server.irc("rook").ask("JOIN #lab")[0] == f"{ROOK} JOIN #lab"
    assert server.irc("kite").ask("JOIN #lab")[0].split(" ")[1] == "477"


def test_z_keeps_out_who_is_not_on_tls_even_the_invited(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren", modes="+z")
    rook = server.irc("rook")
    wren.ask("INVITE rook #lab")
    rook.sync()
    assert rook.ask("JOIN #lab") == [":parley.test 489 rook #lab :Cannot join channel (+z): connect by TLS"]
    with server.network.lock:
        user = server.network.find_user("rook")
        assert user is not None
        user.sessions[0].is_secure = True
    assert rook.ask("JOIN #lab")[0] == f"{ROOK} JOIN #lab"


# --- U: operators hear ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("modes", ["+U", "+Um", "+Ub rook", "+Ub ~m:rook", "+UM"])
def test_what_members_without_rank_say_is_heard_by_operators_only(server: ServerUnderTest, modes: str) -> None:
    wren, rook, kite = on_lab(server, "wren", "rook", "kite", modes=modes)
    rook.ask("CAP REQ echo-message")
    said = f"{ROOK} PRIVMSG #lab :may I?"
    assert rook.ask("PRIVMSG #lab :may I?") == [said]
    assert wren.sync() == [said]
    assert kite.sync() == []
    wren.ask("MODE #lab +v rook")
    rook.ask("PRIVMSG #lab :thanks", "PRIVMSG +#lab :all of you")
    assert kite.sync()[-1] == f"{ROOK} PRIVMSG #lab :thanks"


def test_a_message_to_the_voiced_stops_at_the_operators_too(server: ServerUnderTest) -> None:
    wren, rook, kite = on_lab(server, "wren", "rook", "kite", modes="+Uv kite")
    rook.ask("PRIVMSG +#lab :psst")
    assert wren.sync() == [f"{ROOK} PRIVMSG +#lab :psst"]
    assert kite.sync() == []


def test_the_senders_other_connection_hears_it_too(server: ServerUnderTest) -> None:
    server.add_account("rook")
    on_lab(server, "wren", modes="+U")
    rook, other = server.member("rook"), server.member("rook")
    rook.ask("JOIN #lab")
    other.sync()
    rook.ask("PRIVMSG #lab :may I?")
    assert other.sync() == [f"{ROOK} PRIVMSG #lab :may I?"]


def test_outsiders_are_refused_all_the_same(server: ServerUnderTest) -> None:
    on_lab(server, "wren", modes="+U")
    assert server.irc("rook").ask("PRIVMSG #lab :x") == [SILENT.format("rook")]


# --- N: no change of nick ------------------------------------------------------------------------------------------


def test_nobody_without_rank_changes_nick_under_n(server: ServerUnderTest) -> None:
    wren, rook = on_lab(server, "wren", "rook", modes="+N")
    assert rook.ask("NICK robin") == [":parley.test 447 rook #lab :Cannot change nick while on this channel (+N)"]
    assert rook.ask("NICK Rook") == [f"{ROOK} NICK Rook"]
    assert wren.ask("NICK jenny")[-1] == f"{WREN} NICK jenny"
    rook.ask("PART #lab")
    assert rook.ask("NICK robin") == [":Rook!~rook@127.0.0.1 NICK robin"]


# --- mutes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", ["~m:rook", "~mute:ROOK!*@*", "$m:*!~rook@*", "~m:~r:rook_the*", "~r:rook?the?tester"])
def test_a_mute_silences_and_lets_in(server: ServerUnderTest, mask: str) -> None:
    wren, kite = on_lab(server, "wren", "kite", modes=f"+b {mask}")
    rook = server.irc("rook")
    if "m" in mask.partition(":")[0]:
        assert rook.ask("JOIN #lab")[0] == f"{ROOK} JOIN #lab"
        assert rook.ask("PRIVMSG #lab :x", "NOTICE #lab :x") == [SILENT.format("rook")]
        wren.ask("MODE #lab +v rook")
        rook.sync()
        assert rook.ask("PRIVMSG #lab :x") == []
    else:
        assert rook.ask("JOIN #lab") == [":parley.test 474 rook #lab :Cannot join channel (+b)"]
    kite.sync()
    assert kite.ask("PRIVMSG #lab :I may") == []


@pytest.mark.parametrize(
    ("modes", "speaks"),
    [
        ("+be ~m:* rook", True),
        ("+be ~m:* ~m:rook", True),
        ("+be ~m:* ~m:kite", False),
        ("+be *!*@* ~m:rook", False),
        ("+bb ~m:kite ~m:robin", True),
        ("+b ~m:~a:rook", True),
        ("+b ~m:~a:*", True),
    ],
)
def test_exceptions_from_mutes(server: ServerUnderTest, modes: str, speaks: bool) -> None:
    _, rook = on_lab(server, "wren", "rook", modes=modes)
    assert rook.ask("PRIVMSG #lab :x") == ([] if speaks else [SILENT.format("rook")])


def test_a_mute_of_accounts_means_who_is_logged_in(server: ServerUnderTest) -> None:
    server.add_account("rook")
    rook = server.member("rook", nick="r1")
    wren = server.irc("wren")
    wren.ask("JOIN #lab")
    rook.ask("JOIN #lab")
    for mask in ("~m:~a:rook", "~m:$a", "~m:~a:*"):
        wren.ask(f"MODE #lab +b {mask}")
        assert rook.ask("PRIVMSG #lab :x")[-1] == SILENT.format("r1")
        wren.ask(f"MODE #lab -b {mask}")
        rook.sync()
        assert rook.ask("PRIVMSG #lab :x") == []


def test_a_mute_by_realname_follows_the_realname(server: ServerUnderTest) -> None:
    _, rook = on_lab(server, "wren", "rook", modes="+b ~m:~r:*tester*")
    assert rook.ask("PRIVMSG #lab :x") == [SILENT.format("rook")]
    assert rook.ask("SETNAME :Rook", "PRIVMSG #lab :x") == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("~a:Robin", "~a:Robin"),
        ("$a:Robin", "~a:Robin"),
        ("~account:Robin", "~a:Robin"),
        ("~ACCOUNT:Robin", "~a:Robin"),
        ("$a", "~a:*"),
        ("~m:robin", "~m:robin!*@*"),
        ("~m:robin@host.example", "~m:*!robin@host.example"),
        ("~mute:$account:Robin", "~m:~a:Robin"),
        ("~m:~m:robin", "~m:robin!*@*"),
        ("~m", "~m:*!*@*"),
        ("~realname:x_y", "~r:x_y"),
    ],
)
def test_extended_bans_are_kept_in_one_form(server: ServerUnderTest, given: str, kept: str) -> None:
    (wren,) = on_lab(server, "wren")
    assert wren.ask(f"MODE #lab +b {given}", f"MODE #lab +b {kept}") == [f"{WREN} MODE #lab +b {kept}"]
    assert wren.ask("MODE #lab b")[0].split(" ")[4] == kept
    assert wren.ask(f"MODE #lab -b {given.lower()}") == [f"{WREN} MODE #lab -b {kept}"]


def test_a_mute_is_no_invite_exception(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren")
    assert wren.ask("MODE #lab +I ~m:rook") == [
        ":parley.test 696 wren #lab I ~m:rook :A mute stands among bans and exceptions only"
    ]


# --- the other dialects --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("modes", "text", "why"),
    [
        ("+m", "hello", "You may not speak in the group lab"),
        ("+b ~m:~a:*", "hello", "You may not speak in the group lab"),
        ("+f 1:1000", "hello", "Slow mode in the group lab: 1 in 1000 seconds is the most; try again in 1000 seconds"),
    ],
)
def test_json_members_are_told_in_plain_words(server: ServerUnderTest, modes: str, text: str, why: str) -> None:
    wren = server.irc("wren")
    wren.ask("JOIN #lab")
    alice = server.user("alice", 1.1)
    alice.ask("JOIN", chat_name="lab")
    wren.ask(f"MODE #lab {modes}")
    if "f" in modes:
        alice.ask("MSSG", "first", chat_name="lab")
    refusal = alice.ask_all("MSSG", text, chat_name="lab")[-1]
    assert refusal == response("320", why, version=1.1)


def test_json_and_lab_texts_are_stripped_and_counted_too(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren", modes="+cf 1:1000")
    alice, pc = server.user("alice", 1.1), server.lab("dora")
    alice.ask("JOIN", chat_name="lab")
    pc.ask("JOIN #lab")
    wren.sync()
    alice.ask_all("MSSG", "\x02bold", chat_name="lab")
    pc.send("PRIVMSG #lab :\x0304red")
    lines = pc.ask("PRIVMSG #lab :again")
    assert lines[-1].startswith(":parley.test 404 #lab :Cannot send to channel (+f): 1 in 1000 seconds is the most")
    assert [line.rpartition(":")[2] for line in wren.sync()] == ["bold", "red"]


def test_json_users_are_told_why_they_cannot_join(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren", modes="+z")
    alice = server.user("alice", 1.1)
    assert alice.ask("JOIN", chat_name="lab")["payload"] == "This group is for those who connect by TLS"
    wren.ask("MODE #lab -z+b ~m:alice")
    assert alice.sync() == []
    assert alice.ask("JOIN", chat_name="lab")["response_code"] == "180"
