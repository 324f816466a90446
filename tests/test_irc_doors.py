"""Getting in: forwarding (+F), KNOCK, what an invitation opens; and that a permanent channel keeps its modes."""

import json
from pathlib import Path

import pytest

from tests.harness import IrcClient, ServerUnderTest, timeless

WREN = ":wren!~wren@127.0.0.1"
ROOK = ":rook!~rook@127.0.0.1"
OTHER = "The name of another channel, which exists, is needed"


def operator(server: ServerUnderTest, *channels: str) -> IrcClient:
    """Wren, operator of these channels."""
    wren = server.irc("wren")
    for name in channels:
        wren.ask(f"JOIN {name}")
    return wren


# --- forwarding ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("modes", ["+i", "+k tea", "+l 1", "+b rook", "+R", "+z"])
def test_who_is_kept_out_is_sent_on(server: ServerUnderTest, modes: str) -> None:
    wren = operator(server, "#lab", "#den")
    wren.ask(f"MODE #lab {modes}")
    assert wren.ask("MODE #lab +F #DEN") == [f"{WREN} MODE #lab +F #den"]
    assert server.irc("rook").ask("JOIN #LAB") == [
        ":parley.test 470 rook #lab #den :Forwarding to another channel",
        f"{ROOK} JOIN #den",
        ":parley.test 353 rook = #den :@wren rook",
        ":parley.test 366 rook #den :End of /NAMES list",
    ]


def test_who_may_join_is_not_sent_on(server: ServerUnderTest) -> None:
    wren, rook = operator(server, "#lab", "#den"), server.irc("rook")
    wren.ask("MODE #lab +iF #den", "INVITE rook #lab")
    rook.sync()
    assert rook.ask("JOIN #lab")[0] == f"{ROOK} JOIN #lab"


def test_channels_that_send_to_one_another_end_with_the_first_refusal(server: ServerUnderTest) -> None:
    wren, rook = operator(server, "#a", "#b", "#c"), server.irc("rook")
    refused = [":parley.test 473 rook #a :Cannot join channel (+i)"]
    wren.ask("MODE #a +iF #b", "MODE #b +iF #a")
    assert rook.ask("JOIN #a") == refused
    wren.ask("MODE #b +F #c")
    assert rook.ask("JOIN #a")[:2] == [
        ":parley.test 470 rook #a #c :Forwarding to another channel",
        f"{ROOK} JOIN #c",
    ]
    assert rook.ask("JOIN #a") == refused
    wren.ask("PART #c")
    rook.ask("PART #c")
    assert rook.ask("JOIN #a") == refused
    assert server.network.find_channel("#c") is None


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("", f"696 wren #lab F * :{OTHER}"),
        ("#none", f"696 wren #lab F #none :{OTHER}"),
        ("#LAB", f"696 wren #lab F #LAB :{OTHER}"),
        ("nowhere", f"696 wren #lab F nowhere :{OTHER}"),
        ("#rooks", "482 wren #rooks :You're not channel operator"),
    ],
)
def test_a_forward_that_makes_no_sense_is_refused(server: ServerUnderTest, value: str, answer: str) -> None:
    wren = operator(server, "#lab")
    server.irc("rook").ask("JOIN #rooks")
    wren.ask("JOIN #rooks")
    assert wren.ask(f"MODE #lab +F {value}") == [f":parley.test {answer}"]


def test_a_forward_is_shown_and_taken_away(server: ServerUnderTest) -> None:
    wren = operator(server, "#lab", "#den")
    wren.ask("MODE #lab +Ff #den 3:60")
    assert wren.ask("MODE #lab")[0] == ":parley.test 324 wren #lab +ntfF 3:60 #den"
    assert wren.ask("MODE #lab +F #den", "MODE #lab -Ff", "MODE #lab -F") == [f"{WREN} MODE #lab -Ff"]


def test_a_json_user_is_told_instead_of_being_sent_on(server: ServerUnderTest) -> None:
    operator(server, "#lab", "#den").ask("MODE #lab +iF #den")
    alice = server.user("alice", 1.1)
    assert alice.ask("JOIN", chat_name="lab")["payload"] == "You need an invitation to join this group"


# --- KNOCK ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("modes", ["+i", "+k tea", "+l 1", "+R"])
def test_a_knock_is_heard_by_half_operators_and_above(server: ServerUnderTest, modes: str) -> None:
    wren, kite, robin = operator(server, "#lab"), server.irc("kite"), server.irc("robin")
    for client in (kite, robin):
        client.ask("JOIN #lab")
    wren.ask("MODE #lab +h kite", f"MODE #lab {modes}")
    for client in (kite, robin):
        client.sync()
    rook = server.irc("rook")
    assert rook.ask("KNOCK #LAB :it is me") == [":parley.test 711 rook #lab :Your KNOCK has been delivered"]
    for client, nick in ((wren, "wren"), (kite, "kite")):
        heard = f":parley.test 710 {nick} #lab rook!~rook@127.0.0.1 :has asked for an invite: it is me"
        assert client.sync() == [heard]
    assert robin.sync() == []


@pytest.mark.parametrize(
    ("nick", "modes", "line", "answer"),
    [
        ("rook", "+i", "KNOCK", "461 rook KNOCK :Not enough parameters"),
        ("rook", "+i", "KNOCK #none", "403 rook #none :No such channel"),
        ("rook", "-i", "KNOCK #lab", "713 rook #lab :Channel is open: just join it"),
        ("wren", "+i", "KNOCK #lab", "714 wren #lab :You're already on that channel"),
        ("rook", "+ib rook", "KNOCK #lab", "404 rook #lab :Cannot send to channel"),
        ("rook", "+ib ~m:rook", "KNOCK #lab", "404 rook #lab :Cannot send to channel"),
        ("rook", "+iz", "KNOCK #lab", "489 rook #lab :Cannot join channel (+z): connect by TLS"),
    ],
)
def test_a_knock_is_refused(server: ServerUnderTest, nick: str, modes: str, line: str, answer: str) -> None:
    wren = operator(server, "#lab")
    wren.ask(f"MODE #lab {modes}")
    client = wren if nick == "wren" else server.irc(nick)
    assert client.ask(line) == [f":parley.test {answer}"]


def test_too_many_knocks_are_not_delivered(server: ServerUnderTest) -> None:
    wren, rook = operator(server, "#lab"), server.irc("rook")
    wren.ask("MODE #lab +i")
    answers = rook.ask(*["KNOCK #lab"] * 4)
    assert [line.split(" ")[1] for line in answers] == ["711", "711", "711", "712"]
    assert len(wren.sync()) == 3


def test_a_json_operator_hears_a_knock_in_words(server: ServerUnderTest) -> None:
    teacher = server.user("teacher", 1.1)
    teacher.ask("CHAT", chat_name="lab")
    with server.network.lock:
        server.channel("#lab").modes.add("i")
    server.irc("rook").ask("KNOCK #lab :please")
    (heard,) = [timeless(told) for told in teacher.sync() if told["response_code"] == "140"]
    assert heard["payload"] == "(rook) asks to be let into the group lab: please"
    assert heard["parameters"] == {"username": "rook", "chat_name": "lab"}


# --- invitations ---------------------------------------------------------------------------------------------------


def test_a_plain_members_invitation_is_only_a_word(server: ServerUnderTest) -> None:
    wren, rook, kite = operator(server, "#lab"), server.irc("rook"), server.irc("kite")
    rook.ask("JOIN #lab", "INVITE kite #lab")
    wren.ask("MODE #lab +i")
    assert kite.sync() == [f"{ROOK} INVITE kite #lab"]
    assert kite.ask("JOIN #lab") == [":parley.test 473 kite #lab :Cannot join channel (+i)"]


@pytest.mark.parametrize("modes", ["+b rook", "+R", "+ikl tea 1", "+b ~r:*rook*"])
def test_an_operators_invitation_opens_once_whatever_else_keeps_out(server: ServerUnderTest, modes: str) -> None:
    wren, rook = operator(server, "#lab"), server.irc("rook")
    wren.ask(f"MODE #lab {modes}", "INVITE rook #lab")
    rook.sync()
    assert rook.ask("JOIN #lab")[0] == f"{ROOK} JOIN #lab"
    rook.ask("PART #lab")
    assert rook.ask("JOIN #lab")[0].split(" ")[1] in ("471", "473", "474", "475", "477")


# --- what stays ----------------------------------------------------------------------------------------------------


def test_a_permanent_channel_keeps_all_its_modes_over_a_restart(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        server.add_account("wren")
        wren = server.member("wren")
        wren.ask("JOIN #lab,#den", "MODE #lab +PCcfFQRNU 2:10 #den", "MODE #lab +be ~m:~a:rook ~m:kite")
        shown = wren.ask("MODE #lab")[0]
    entry = json.loads((tmp_path / "channels.json").read_text())["channels"][0]
    assert (entry["slow_mode"], entry["forward"]) == ("2:10", "#den")
    assert [ban["mask"] for ban in entry["bans"]] == ["~m:~a:rook"]
    assert "founder" not in entry
    with ServerUnderTest(data=tmp_path) as server:
        wren = server.member("wren")
        assert wren.ask("JOIN #lab")[1] == ":parley.test MODE #lab +o wren"
        assert wren.ask("MODE #lab")[0] == shown


def test_a_hand_edited_file_is_told_as_mode_changes_and_gives_the_ranks_that_are_due(server: ServerUnderTest) -> None:
    server.add_account("wren")
    server.add_account("rook")
    wren, rook = server.member("wren"), server.member("rook")
    for client in (wren, rook):
        client.ask("JOIN #lab")
    wren.ask("MODE #lab +P")
    rook.sync()
    path = server.data / "channels.json"
    document = json.loads(path.read_text())
    document["channels"][0] |= {"slow_mode": "5:10", "forward": "#den", "founder": "Wren", "access": {"Rook": "h"}}
    path.write_text(json.dumps(document))
    assert server.reload() == []
    assert rook.sync() == [
        ":parley.test MODE #lab +fF 5:10 #den",
        ":parley.test MODE #lab +q wren",
        ":parley.test MODE #lab +h rook",
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"slow_mode": "often"}, "slow_mode"),
        ({"forward": "den"}, 'did you mean "#den"?'),
        ({"founder": "two words"}, "cannot be the name of an account"),
        ({"access": {"rook": "x"}}, "q founder, a protected, o operator, h half-operator or v voiced"),
        ({"access": {"two words": "o"}}, "cannot be the name of an account"),
    ],
)
def test_a_mistake_in_the_file_is_told(server: ServerUnderTest, change: dict[str, object], reason: str) -> None:
    entry = {"name": "#lab"} | change
    (server.data / "channels.json").write_text(json.dumps({"channels": [entry]}))
    (problem,) = server.reload()
    assert reason in problem


def test_an_auditorium_made_by_hand_hides_its_members(server: ServerUnderTest) -> None:
    server.add_account("wren")
    wren, rook, kite = server.member("wren"), server.irc("rook"), server.irc("kite")
    for client in (wren, rook, kite):
        client.ask("JOIN #lab")
    wren.ask("MODE #lab +P")
    rook.sync()
    path = server.data / "channels.json"
    document = json.loads(path.read_text())
    document["channels"][0]["modes"] = "ntu"
    path.write_text(json.dumps(document))
    assert server.reload() == []
    assert rook.sync() == [":parley.test MODE #lab +u", ":kite!~kite@127.0.0.1 PART #lab"]
