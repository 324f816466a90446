"""What channel modes do: who may join, speak and see; bans, exceptions, invite exceptions; STATUSMSG; permanence."""

import pytest

from tests.harness import IrcClient, ServerUnderTest

WREN = ":wren!~wren@127.0.0.1"
ROOK = ":rook!~rook@127.0.0.1"
REFUSALS = {
    "b": ":parley.test 474 rook #lab :Cannot join channel (+b)",
    "i": ":parley.test 473 rook #lab :Cannot join channel (+i)",
    "k": ":parley.test 475 rook #lab :Cannot join channel (+k)",
    "l": ":parley.test 471 rook #lab :Cannot join channel (+l)",
}


def operator_of_lab(server: ServerUnderTest, modes: str = "") -> IrcClient:
    """Wren, operator of #lab, which has these modes."""
    wren = server.irc("wren")
    wren.ask("JOIN #lab", f"MODE #lab {modes}" if modes else "PONG")
    return wren


def may_join(client: IrcClient, line: str = "JOIN #lab") -> bool:
    """Whether the client gets into #lab."""
    return " JOIN #lab" in client.ask(line)[0]


# --- joining -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("modes", "why"), [("+i", "i"), ("+k tea", "k"), ("+l 1", "l"), ("+b rook", "b"), ("+bki rook tea", "b")]
)
def test_a_mode_that_shuts_the_channel_refuses_the_join(server: ServerUnderTest, modes: str, why: str) -> None:
    wren = operator_of_lab(server, modes)
    assert server.irc("rook").ask("JOIN #lab") == [REFUSALS[why]]
    assert wren.sync() == []


def test_the_right_key_opens_and_a_wrong_one_does_not(server: ServerUnderTest) -> None:
    operator_of_lab(server, "+k tea")
    rook = server.irc("rook")
    assert rook.ask("JOIN #lab TEA") == [REFUSALS["k"]]
    assert may_join(rook, "JOIN #lab tea")


@pytest.mark.parametrize("modes", ["+i", "+k tea", "+l 1", "+ikl tea 1"])
def test_an_invitation_opens_once(server: ServerUnderTest, modes: str) -> None:
    wren, rook = operator_of_lab(server, modes), server.irc("rook")
    wren.ask("INVITE rook #lab")
    rook.sync()
    assert may_join(rook)
    rook.ask("PART #lab")
    assert " Cannot join channel" in rook.ask("JOIN #lab")[0].replace(":Cannot", " Cannot")


def test_an_operators_invitation_opens_a_ban_as_well(server: ServerUnderTest) -> None:
    wren, rook = operator_of_lab(server, "+b rook"), server.irc("rook")
    assert rook.ask("JOIN #lab") == [REFUSALS["b"]]
    wren.ask("INVITE rook #lab")
    rook.sync()
    assert may_join(rook)


def test_an_invite_exception_opens_for_whom_it_matches(server: ServerUnderTest) -> None:
    operator_of_lab(server, "+iI rook")
    rook, kite = server.irc("rook"), server.irc("kite")
    assert may_join(rook)
    assert kite.ask("JOIN #lab") == [REFUSALS["i"].replace("rook", "kite")]


def test_a_ban_exception_lets_in_whom_it_matches(server: ServerUnderTest) -> None:
    operator_of_lab(server, "+be *!*@127.0.0.1 rook")
    assert may_join(server.irc("rook"))
    assert server.irc("kite").ask("JOIN #lab") == [REFUSALS["b"].replace("rook", "kite")]


@pytest.mark.parametrize("mask", ["rook", "ROOK!*@*", "*!~rook@*", "*!*@127.0.0.1", "*!*@127.0.0.?", "r??k!*@*", "*"])
def test_a_ban_covers_by_nick_user_or_host(server: ServerUnderTest, mask: str) -> None:
    operator_of_lab(server, f"+b {mask}")
    assert server.irc("rook").ask("JOIN #lab") == [REFUSALS["b"]]


@pytest.mark.parametrize("mask", ["roo", "*!rook@*", "*!*@127.0.0.2", "r\\?\\?k", "~a:rook"])
def test_a_ban_that_does_not_match_does_not_hinder(server: ServerUnderTest, mask: str) -> None:
    operator_of_lab(server, f"+b {mask}")
    assert may_join(server.irc("rook"))


def test_a_ban_on_an_account_covers_its_owner_under_any_nick_and_nobody_else(server: ServerUnderTest) -> None:
    server.add_account("rook")
    server.add_account("robin")
    operator_of_lab(server, "+b ~a:ROOK")
    owner, other, guest = server.member("rook", nick="r1"), server.member("robin", nick="r2"), server.irc("r3")
    assert owner.ask("JOIN #lab") == [REFUSALS["b"].replace(" rook ", " r1 ")]
    assert may_join(other)
    assert may_join(guest)


def test_accounts_work_in_exceptions_and_invite_exceptions(server: ServerUnderTest) -> None:
    server.add_account("rook")
    operator_of_lab(server, "+bieI * $a:rook ~a:rook")
    assert may_join(server.member("rook"))
    assert server.irc("kite").ask("JOIN #lab") == [REFUSALS["b"].replace("rook", "kite")]


def test_a_ban_matches_real_host_and_address_behind_a_changed_one() -> None:
    with ServerUnderTest('[[operator]]\nname = "root"\npassword = "rootpass"\n') as server:
        wren = operator_of_lab(server, "+b *!*@127.0.0.1")
        wren.ask("OPER root rootpass")
        rook = server.irc("rook")
        wren.ask("CHGHOST rook hidden cloak.example")
        assert rook.ask("JOIN #lab") == [
            ":parley.test 396 rook cloak.example :is now your visible host",
            REFUSALS["b"],
        ]
        wren.ask("MODE #lab -b+b *!*@127.0.0.1 *!*@cloak.example")
        assert rook.ask("JOIN #lab") == [REFUSALS["b"]]


# --- speaking ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("modes", "outsider", "member", "voiced"),
    [
        ("", False, True, True),
        ("-n", True, True, True),
        ("-n+m", False, False, True),
        ("+m", False, False, True),
        ("-n+b *!*@*", False, False, True),
        ("-n+be *!*@* *!*@127.0.0.1", True, True, True),
    ],
)
def test_who_may_speak(server: ServerUnderTest, modes: str, outsider: bool, member: bool, voiced: bool) -> None:
    wren = operator_of_lab(server)
    rook, robin, kite = server.irc("rook"), server.irc("robin"), server.irc("kite")
    for client in (rook, robin):
        client.ask("JOIN #lab")
    wren.ask("MODE #lab +v robin", f"MODE #lab {modes}" if modes else "PONG")
    for client in (rook, robin):
        client.sync()
    for nick, client, allowed in (("kite", kite, outsider), ("rook", rook, member), ("robin", robin, voiced)):
        refusal = [] if allowed else [f":parley.test 404 {nick} #lab :Cannot send to channel"]
        assert client.ask(f"PRIVMSG #lab :from {nick}") == refusal
        assert client.ask(f"NOTICE #lab :from {nick}") == []
        delivered = [f":{nick}!~{nick}@127.0.0.1 {verb} #lab :from {nick}" for verb in ("PRIVMSG", "NOTICE")]
        assert wren.sync() == (delivered if allowed else [])
        for other in (rook, robin):
            other.sync()


def test_the_operator_speaks_under_every_mode(server: ServerUnderTest) -> None:
    wren, rook = operator_of_lab(server), server.irc("rook")
    rook.ask("JOIN #lab")
    wren.ask("MODE #lab +mb *!*@*", "PRIVMSG #lab :still me")
    assert rook.sync()[-1] == f"{WREN} PRIVMSG #lab :still me"


def test_a_message_to_a_rank_reaches_those_who_have_it_or_a_higher_one(server: ServerUnderTest) -> None:
    wren = operator_of_lab(server)
    rook, robin = server.irc("rook"), server.irc("robin")
    for client in (rook, robin):
        client.ask("JOIN #lab")
    wren.ask("MODE #lab +v rook")
    for client in (wren, rook, robin):
        client.sync()
    assert robin.ask("PRIVMSG @#LAB :ops", "PRIVMSG +#lab :voiced", "NOTICE @+#lab :either") == []
    robin_source = ":robin!~robin@127.0.0.1"
    voiced = [f"{robin_source} PRIVMSG +#lab :voiced", f"{robin_source} NOTICE +#lab :either"]
    assert wren.sync() == [f"{robin_source} PRIVMSG @#lab :ops", *voiced]
    assert rook.sync() == voiced
    assert server.irc("kite").ask("PRIVMSG @#lab :x", "PRIVMSG @#none :x", "PRIVMSG @ :x") == [
        ":parley.test 404 kite #lab :Cannot send to channel",
        ":parley.test 403 kite #none :No such channel",
        ":parley.test 401 kite @ :No such nick/channel",
    ]


# --- seeing --------------------------------------------------------------------------------------------------------


def test_a_secret_channel_is_hidden_from_outsiders(server: ServerUnderTest) -> None:
    operator_of_lab(server, "+s")
    rook = server.irc("rook")
    answers = rook.ask("LIST", "NAMES #lab", "WHO #lab", "WHOIS wren")
    assert [line for line in answers if "#lab" in line] == [
        ":parley.test 366 rook #lab :End of /NAMES list",
        ":parley.test 315 rook #lab :End of WHO list",
    ]
    rook.ask("JOIN #lab")
    assert ":parley.test 319 rook wren :@#lab" in rook.ask("WHOIS wren")


# --- permanence ----------------------------------------------------------------------------------------------------


def test_a_permanent_channel_stays_when_empty_and_its_admin_is_operator_again(server: ServerUnderTest) -> None:
    server.add_account("wren")
    wren = server.member("wren")
    wren.ask("JOIN #lab")
    assert wren.ask("MODE #lab +Psk tea") == [f"{WREN} MODE #lab +Psk tea"]
    wren.ask("TOPIC #lab :for ever", "PART #lab")
    rook = server.irc("rook")
    assert rook.ask("JOIN #lab") == [":parley.test 475 rook #lab :Cannot join channel (+k)"]
    assert rook.ask("JOIN #lab tea")[0] == f"{ROOK} JOIN #lab"
    assert rook.ask("MODE #lab")[0] == ":parley.test 324 rook #lab +Pnstk tea"
    assert wren.ask("JOIN #lab")[:2] == [f"{WREN} JOIN #lab", ":parley.test MODE #lab +o wren"]
    assert rook.sync() == [f"{WREN} JOIN #lab", ":parley.test MODE #lab +o wren"]


def test_a_channel_that_is_permanent_no_more_goes_with_its_last_member(server: ServerUnderTest) -> None:
    server.add_account("wren")
    wren = server.member("wren")
    wren.ask("JOIN #lab", "MODE #lab +P")
    assert wren.ask("MODE #lab -P", "PART #lab", "MODE #lab") == [
        f"{WREN} MODE #lab -P",
        f"{WREN} PART #lab",
        ":parley.test 403 wren #lab :No such channel",
    ]
    assert server.network.channel_store.get("#lab") is None
