"""Notifications by capability: who is told of joins, logins, away, invitations, realnames and hosts; once, or never."""

from collections.abc import Iterator

import pytest

from tests.harness import IrcClient, ServerUnderTest

WREN = ":wren!~wren@127.0.0.1"
LOGIN = ("AUTHENTICATE PLAIN", "AUTHENTICATE AHdyZW4Ac2VjcmV0")  # account wren, password secret
OPERATOR = '[[operator]]\nname = "root"\npassword = "rootpass"\n'


def around_wren(server: ServerUnderTest, capability: str, *own: str) -> tuple[IrcClient, IrcClient, IrcClient]:
    """Wren with the capabilities `own`, and two who share two channels: with the capability, and without. A fourth,
    who has it and shares no channel, must never hear anything: see `stranger`."""
    wren, rook, kite = server.irc("wren", *own), server.irc("rook", capability), server.irc("kite")
    for client in (rook, kite, wren):
        client.ask("JOIN #lab,#den")
    for client in (rook, kite, wren):
        client.sync()
    return wren, rook, kite


@pytest.fixture
def stranger(server: ServerUnderTest) -> Iterator[IrcClient]:
    """Somebody with every notification and no channel, who is told nothing."""
    client = server.irc(
        "robin", "extended-join", "account-notify", "away-notify", "invite-notify", "setname", "chghost"
    )
    yield client
    assert client.sync() == []


# --- extended-join -------------------------------------------------------------------------------------------------


def test_extended_join_adds_account_and_realname_for_who_asked(server: ServerUnderTest, stranger: IrcClient) -> None:
    server.add_account("Robin")
    rook, kite = server.irc("rook", "extended-join"), server.irc("kite")
    assert rook.ask("JOIN #lab")[0] == ":rook!~rook@127.0.0.1 JOIN #lab * :rook the tester"
    assert kite.ask("JOIN #lab")[0] == ":kite!~kite@127.0.0.1 JOIN #lab"
    server.member("Robin", nick="wren").ask("JOIN #lab")
    assert rook.sync() == [
        ":kite!~kite@127.0.0.1 JOIN #lab * :kite the tester",
        f"{WREN} JOIN #lab Robin :wren the tester",
    ]
    assert kite.sync() == [f"{WREN} JOIN #lab"]


# --- account-notify ------------------------------------------------------------------------------------------------


def test_a_login_is_told_once_to_neighbours_who_asked(server: ServerUnderTest, stranger: IrcClient) -> None:
    server.add_account("wren")
    wren, rook, kite = server.irc("robyn", "sasl"), server.irc("rook", "account-notify"), server.irc("kite")
    for client in (rook, kite, wren):
        client.ask("JOIN #lab,#den")
    rook.sync()
    kite.sync()
    assert not any(" ACCOUNT " in line for line in wren.ask(*LOGIN))
    assert rook.sync() == [":robyn!~robyn@127.0.0.1 ACCOUNT wren"]
    assert kite.sync() == []


def test_who_logs_in_is_told_too_when_it_asked(server: ServerUnderTest) -> None:
    server.add_account("wren")
    client = server.irc("robyn", "sasl", "account-notify")
    assert client.ask(*LOGIN)[-1] == ":robyn!~robyn@127.0.0.1 ACCOUNT wren"


# --- away-notify ---------------------------------------------------------------------------------------------------


def test_going_away_and_coming_back_is_told_once_and_never_to_oneself(
    server: ServerUnderTest, stranger: IrcClient
) -> None:
    wren, rook, kite = around_wren(server, "away-notify", "away-notify")
    assert wren.ask("AWAY :tea", "AWAY :tea", "AWAY :cake", "AWAY", "AWAY :") == [
        *[":parley.test 306 wren :You have been marked as being away"] * 3,
        *[":parley.test 305 wren :You are no longer marked as being away"] * 2,
    ]
    assert rook.sync() == [f"{WREN} AWAY :tea", f"{WREN} AWAY :cake", f"{WREN} AWAY"]
    assert kite.sync() == []


def test_who_joins_while_away_is_shown_as_away_after_the_join(server: ServerUnderTest) -> None:
    rook, kite, wren = server.irc("rook", "away-notify"), server.irc("kite"), server.irc("wren", "away-notify")
    for client in (rook, kite):
        client.ask("JOIN #lab")
    rook.sync()
    wren.ask("AWAY :tea")
    assert not any(" AWAY" in line for line in wren.ask("JOIN #lab"))
    assert rook.sync() == [f"{WREN} JOIN #lab", f"{WREN} AWAY :tea"]
    assert kite.sync() == [f"{WREN} JOIN #lab"]


# --- invite-notify -------------------------------------------------------------------------------------------------


def test_members_who_asked_are_told_of_an_invitation(server: ServerUnderTest, stranger: IrcClient) -> None:
    wren, rook, kite = around_wren(server, "invite-notify", "invite-notify")
    guest = server.irc("guest", "invite-notify")
    assert wren.ask("INVITE guest #lab") == [":parley.test 341 wren guest #lab"]
    assert rook.sync() == [f"{WREN} INVITE guest #lab"]
    assert kite.sync() == []
    assert guest.sync() == [f"{WREN} INVITE guest #lab"]


# --- setname -------------------------------------------------------------------------------------------------------


def test_a_realname_is_changed_for_all_and_told_to_who_asked(server: ServerUnderTest, stranger: IrcClient) -> None:
    wren, rook, kite = around_wren(server, "setname", "setname")
    assert wren.ask("SETNAME :Wren the second") == [f"{WREN} SETNAME :Wren the second"]
    assert rook.sync() == [f"{WREN} SETNAME :Wren the second"]
    assert kite.ask("WHOIS wren")[0] == ":parley.test 311 kite wren ~wren 127.0.0.1 * :Wren the second"


def test_setname_works_without_the_capability_and_says_nothing(server: ServerUnderTest) -> None:
    wren, rook, _ = around_wren(server, "setname")
    assert wren.ask("SETNAME Wren", "SETNAME :") == [":parley.test 461 wren SETNAME :Not enough parameters"]
    assert rook.sync() == [f"{WREN} SETNAME :Wren"]


# --- chghost -------------------------------------------------------------------------------------------------------


@pytest.fixture
def ruled() -> Iterator[tuple[ServerUnderTest, IrcClient]]:
    """A server, and an IRC operator on it who is in no channel."""
    with ServerUnderTest(OPERATOR) as server:
        operator = server.irc("ruler")
        operator.ask("OPER root rootpass")
        yield server, operator


def test_a_change_of_host_is_told_once_to_who_asked_oneself_included(
    ruled: tuple[ServerUnderTest, IrcClient],
) -> None:
    server, operator = ruled
    wren, rook, _ = around_wren(server, "chghost", "chghost")
    operator.ask("CHGHOST wren ~w nest.example")
    assert wren.sync() == [
        f"{WREN} CHGHOST ~w nest.example",
        ":parley.test 396 wren nest.example :is now your visible host",
    ]
    assert rook.sync() == [f"{WREN} CHGHOST ~w nest.example"]
    rook.ask("PRIVMSG wren :hi")
    wren.ask("PRIVMSG rook :new prefix")
    assert rook.sync() == [":wren!~w@nest.example PRIVMSG rook :new prefix"]


def test_who_did_not_ask_sees_the_user_quit_and_come_back_with_its_ranks(
    ruled: tuple[ServerUnderTest, IrcClient],
) -> None:
    server, operator = ruled
    wren = server.irc("wren")
    wren.ask("JOIN #lab", "MODE #lab +v wren", "JOIN #own")
    rook, kite = server.irc("rook"), server.irc("kite", "extended-join")
    rook.ask("JOIN #lab,#den")
    kite.ask("JOIN #den")
    wren.ask("JOIN #den")
    for client in (wren, rook, kite):
        client.sync()
    operator.ask("CHGHOST wren ~w nest.example")
    moved = ":wren!~w@nest.example"
    assert rook.sync() == [
        f"{WREN} QUIT :Changing hostname",
        f"{moved} JOIN #lab",
        ":parley.test MODE #lab +ov wren wren",
        f"{moved} JOIN #den",
    ]
    assert kite.sync() == [f"{WREN} QUIT :Changing hostname", f"{moved} JOIN #den * :wren the tester"]
    assert wren.sync() == [":parley.test 396 wren nest.example :is now your visible host"]


def test_a_host_that_would_break_a_mask_is_refused(ruled: tuple[ServerUnderTest, IrcClient]) -> None:
    _, operator = ruled
    refusal = ":parley.test 400 ruler CHGHOST :Letters, digits and . - _ : / only"
    assert operator.ask("CHGHOST ruler r a@b", "CHGHOST ruler a!b host") == [refusal, refusal]


# --- forms of names ------------------------------------------------------------------------------------------------


def test_multi_prefix_shows_all_prefixes_in_names_who_and_whois(server: ServerUnderTest) -> None:
    wren, rook, kite = around_wren(server, "multi-prefix")
    rook.ask("MODE #lab +v rook")
    for client, prefixes, nick in ((rook, "@+", "rook"), (kite, "@", "kite")):
        client.sync()
        answers = client.ask("NAMES #lab", "WHO rook", "WHOIS rook")
        assert f":parley.test 353 {nick} = #lab :{prefixes}rook kite wren" in answers
        who = f":parley.test 352 {nick} #lab ~rook 127.0.0.1 parley.test rook H{prefixes} :0 rook the tester"
        assert who in answers
        assert f":parley.test 319 {nick} rook :{prefixes}#lab @#den" in answers
    assert len(wren.sync()) == 1


def test_userhost_in_names_holds_for_the_join_too(server: ServerUnderTest) -> None:
    rook, kite = server.irc("rook", "userhost-in-names"), server.irc("kite")
    assert rook.ask("JOIN #lab")[1] == ":parley.test 353 rook = #lab :@rook!~rook@127.0.0.1"
    assert kite.ask("JOIN #lab")[1] == ":parley.test 353 kite = #lab :@rook kite"
