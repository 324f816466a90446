"""MONITOR: what each modifier answers, who is told when somebody comes and goes in any dialect, extended-monitor."""

import pytest

from tests.harness import IrcClient, ServerUnderTest

ROOK = "rook!~rook@127.0.0.1"
OPERATOR = '[[operator]]\nname = "root"\npassword = "rootpass"\n'


@pytest.fixture
def wren(server: ServerUnderTest) -> IrcClient:
    """A client that will watch others."""
    return server.irc("wren")


def online(*masks: str) -> str:
    """730 to wren."""
    return f":parley.test 730 wren :{','.join(masks)}"


def offline(*nicks: str) -> str:
    """731 to wren."""
    return f":parley.test 731 wren :{','.join(nicks)}"


# --- the modifiers -------------------------------------------------------------------------------------------------


def test_adding_tells_who_is_here_and_who_is_not(server: ServerUnderTest, wren: IrcClient) -> None:
    server.irc("rook")
    server.irc("kite")
    assert wren.ask("MONITOR + rook,finch,KITE,owl") == [
        online(ROOK, "kite!~kite@127.0.0.1"),
        offline("finch", "owl"),
    ]


def test_the_services_are_always_here(wren: IrcClient) -> None:
    assert wren.ask("MONITOR + nickserv") == [online("NickServ!NickServ@parley.test")]


def test_removing_and_clearing_say_nothing(wren: IrcClient) -> None:
    wren.ask("MONITOR + rook,kite,owl")
    assert wren.ask("MONITOR - KITE,finch") == []
    assert wren.ask("MONITOR L") == [
        ":parley.test 732 wren :rook,owl",
        ":parley.test 733 wren :End of MONITOR list",
    ]
    assert wren.ask("MONITOR C", "MONITOR L") == [":parley.test 733 wren :End of MONITOR list"]


def test_status_tells_of_the_whole_list(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask("MONITOR + rook,kite")
    assert wren.ask("MONITOR s") == [offline("rook", "kite")]
    server.irc("rook")
    wren.sync()
    assert wren.ask("MONITOR S") == [online(ROOK), offline("kite")]


def test_a_nick_is_on_the_list_once_however_it_is_spelled(wren: IrcClient) -> None:
    assert wren.ask("MONITOR + rook,Rook,ROOK", "MONITOR + rOOK") == [offline("rook"), offline("rOOK")]
    assert wren.ask("MONITOR L")[0] == ":parley.test 732 wren :rook"


@pytest.mark.parametrize("targets", ["*", "r*", "rook!*@*", "*!~rook@127.0.0.1", "#lab", "a b", ",:x"])
def test_what_can_be_nobodys_nick_is_passed_over(wren: IrcClient, targets: str) -> None:
    assert wren.ask(f"MONITOR + :{targets}", "MONITOR L") == [":parley.test 733 wren :End of MONITOR list"]


@pytest.mark.parametrize("line", ["MONITOR", "MONITOR +", "MONITOR -", "MONITOR + :", "MONITOR + ,,"])
def test_too_few_parameters(wren: IrcClient, line: str) -> None:
    assert wren.ask(line) == [":parley.test 461 wren MONITOR :Not enough parameters"]


@pytest.mark.parametrize("modifier", ["X", "+-", "LS"])
def test_another_modifier_is_refused(wren: IrcClient, modifier: str) -> None:
    assert wren.ask(f"MONITOR {modifier} rook") == [
        f":parley.test 400 wren MONITOR {modifier} :The modifiers are + - C L S"
    ]


def test_it_needs_registration(server: ServerUnderTest) -> None:
    assert server.connect().ask("MONITOR L") == [":parley.test 451 * :You have not registered"]


def test_a_full_list_takes_what_fits_and_names_the_rest() -> None:
    with ServerUnderTest("[limits]\nmonitor = 2\n") as server:
        wren = server.irc("wren")
        assert any(" MONITOR=2 " in line for line in wren.welcome)
        assert wren.ask("MONITOR + a,b,c,d") == [
            offline("a", "b"),
            ":parley.test 734 wren 2 c,d :Monitor list is full.",
        ]
        assert wren.ask("MONITOR + B") == [offline("B")], "what is on the list needs no room"
        assert wren.ask("MONITOR - a", "MONITOR + c") == [offline("c")]


def test_answers_that_are_long_are_split_within_512_bytes() -> None:
    with ServerUnderTest("[limits]\nmonitor = 60\n") as server:
        wren = server.irc("wren")
        nicks = [f"{'n' * 28}{number:03}" for number in range(70)]
        lines = []
        for start in range(0, 70, 14):
            lines += wren.ask(f"MONITOR + {','.join(nicks[start : start + 14])}")
        wren.send("MONITOR L", "MONITOR S")
        lines += wren.sync()
        assert all(len(line) <= 510 for line in lines)
        assert ",".join(line.partition(" :")[2] for line in lines if " 732 " in line).split(",") == nicks[:60]
        refused = [line.split(" ")[4] for line in lines if " 734 " in line]
        assert ",".join(refused).split(",") == nicks[60:]
        assert lines[-1].startswith(":parley.test 731 wren :nnn")


# --- coming and going ----------------------------------------------------------------------------------------------


def test_watchers_are_told_when_somebody_connects_and_quits(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask("MONITOR + ROOK")
    rook = server.irc("rook")
    assert wren.sync() == [online(ROOK)]
    rook.send("QUIT")
    rook.lines_until_closed()
    assert wren.sync() == [offline("rook")]


def test_a_nick_change_is_leaving_and_coming_but_not_one_of_case(server: ServerUnderTest, wren: IrcClient) -> None:
    rook = server.irc("rook")
    wren.ask("MONITOR + rook,kite")
    rook.ask("NICK kite")
    assert wren.sync() == [offline("rook"), online("kite!~rook@127.0.0.1")]
    rook.ask("NICK KITE")
    assert wren.sync() == []
    rook.ask("NICK owl")
    assert wren.sync() == [offline("KITE")]


def test_a_client_that_only_wants_a_nick_is_not_there_yet(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask("MONITOR + rook")
    waiting = server.connect()
    waiting.ask("NICK rook")
    assert wren.ask("MONITOR S") == [offline("rook")]
    waiting.close()
    assert wren.sync() == []


def test_what_was_taken_off_the_list_is_not_told(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask("MONITOR + rook,kite", "MONITOR - rook")
    server.irc("rook")
    assert wren.sync() == []
    wren.ask("MONITOR C")
    server.irc("kite")
    assert wren.sync() == []


def test_a_list_ends_with_its_connection(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask("MONITOR + rook")
    wren.send("QUIT")
    wren.lines_until_closed()
    with server.network.lock:
        assert list(server.network.monitors.watchers("rook")) == []
    again = server.irc("wren")
    assert again.ask("MONITOR L") == [":parley.test 733 wren :End of MONITOR list"]


def test_json_and_lab_users_are_seen_to_come_and_go(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask("MONITOR + alice,dave")
    alice = server.user("alice")
    assert wren.sync() == [online("alice!alice@127.0.0.1")]
    dave = server.lab("dave")
    assert wren.sync() == [online("dave!dave@pc1")]
    alice.quit()
    dave.send("QUIT :bye")
    dave.lines_until_closed()
    assert wren.sync() == [offline("alice"), offline("dave")]


def test_somebody_who_loses_a_nick_to_its_owner_leaves_it_to_the_owner(
    server: ServerUnderTest, wren: IrcClient
) -> None:
    server.irc("alice")
    wren.ask("MONITOR + alice,Guest1")
    server.add_account("alice")
    server.user("alice")
    assert wren.sync() == [offline("alice"), online("Guest1!~alice@127.0.0.1"), online("alice!alice@127.0.0.1")]


def test_a_further_session_of_an_account_is_no_arrival(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask("MONITOR + alice")
    first = server.user("alice")
    assert wren.sync() == [online("alice!alice@127.0.0.1")]
    second = server.member("alice")
    first.quit()
    assert wren.sync() == []
    second.send("QUIT")
    second.lines_until_closed()
    assert wren.sync() == [offline("alice")]


def test_labels_of_monitor(server: ServerUnderTest) -> None:
    wren = server.irc("wren", "batch", "labeled-response")
    assert wren.ask("@label=1 MONITOR + rook", "@label=2 MONITOR - rook") == [
        "@label=1 :parley.test 731 wren :rook",
        "@label=2 :parley.test ACK",
    ]


# --- extended-monitor ----------------------------------------------------------------------------------------------

NOTIFICATIONS = ("away-notify", "account-notify", "setname", "chghost")


def change_everything(server: ServerUnderTest, rook: IrcClient) -> None:
    """Goes away, comes back, logs in and gets another realname and host."""
    server.add_account("rookery")
    rook.ask("AWAY :tea", "AWAY", "SETNAME :Rook R")
    rook.ask("CAP REQ sasl", "AUTHENTICATE PLAIN", "AUTHENTICATE AHJvb2tlcnkAc2VjcmV0")
    rook.ask("OPER root rootpass", "CHGHOST rook r tower.example")


ALL_CHANGES = [
    f":{ROOK} AWAY :tea",
    f":{ROOK} AWAY",
    f":{ROOK} SETNAME :Rook R",
    f":{ROOK} ACCOUNT rookery",
    f":{ROOK} CHGHOST r tower.example",
]


def test_extended_monitor_tells_once_of_whom_one_watches() -> None:
    with ServerUnderTest(OPERATOR) as server:
        outside = server.irc("wren", "extended-monitor", *NOTIFICATIONS)
        inside = server.irc("kite", "extended-monitor", *NOTIFICATIONS)
        rook = server.irc("rook")
        rook.ask("JOIN #lab")
        inside.ask("JOIN #lab", "MONITOR + rook")
        outside.ask("MONITOR + ROOK")
        change_everything(server, rook)
        assert outside.sync() == ALL_CHANGES
        assert inside.sync() == ALL_CHANGES


@pytest.mark.parametrize(
    "capabilities", [NOTIFICATIONS, ("extended-monitor",)], ids=["without extended-monitor", "without the others"]
)
def test_both_capabilities_are_needed(capabilities: tuple[str, ...]) -> None:
    with ServerUnderTest(OPERATOR) as server:
        outside, rook = server.irc("wren", *capabilities), server.irc("rook")
        outside.ask("MONITOR + rook")
        change_everything(server, rook)
        assert outside.sync() == []


def test_who_watches_itself_is_told_as_anybody_else(server: ServerUnderTest) -> None:
    wren = server.irc("wren", "extended-monitor", *NOTIFICATIONS)
    wren.ask("MONITOR + wren")
    assert wren.ask("AWAY :tea", "SETNAME :W") == [
        ":parley.test 306 wren :You have been marked as being away",
        ":wren!~wren@127.0.0.1 SETNAME :W",
    ]
