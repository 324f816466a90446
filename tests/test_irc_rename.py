"""RENAME (IRCv3 draft/channel-rename): who may, what moves, and how members of every kind are told."""

import json
from pathlib import Path

import pytest

from tests.harness import IrcClient, ServerUnderTest, bare, response, tags_of

RENAME = "draft/channel-rename"


def fail(*words: str) -> str:
    return f":parley.test FAIL RENAME {' '.join(words)} :"


@pytest.fixture
def wren(server: ServerUnderTest) -> IrcClient:
    client = server.irc("wren", RENAME)
    client.ask("JOIN #old")
    return client


def prefix(server: ServerUnderTest, nick: str) -> str:
    return server.network.users[nick].source.prefix


def test_members_with_the_capability_get_one_line(server: ServerUnderTest, wren: IrcClient) -> None:
    rook, jay = server.irc("rook", RENAME), server.irc("jay", RENAME)
    rook.ask("JOIN #old")
    wren.sync()
    line = f":{prefix(server, 'wren')} RENAME #old #New :moved"
    assert wren.ask("RENAME #OLD #New moved") == [line]
    assert rook.sync() == [line]
    assert jay.sync() == []
    wren.ask("PRIVMSG #new :hello")
    assert rook.sync() == [f":{prefix(server, 'wren')} PRIVMSG #New :hello"]
    assert " 403 " in wren.ask("PRIVMSG #old :hello")[0]


def test_the_reason_is_always_there_even_when_it_is_empty(server: ServerUnderTest, wren: IrcClient) -> None:
    assert wren.ask("RENAME #old #new") == [f":{prefix(server, 'wren')} RENAME #old #new :"]


def test_members_without_it_see_themselves_leave_and_join(server: ServerUnderTest, wren: IrcClient) -> None:
    rook, jay = server.irc("rook"), server.irc("jay", "extended-join", "no-implicit-names")
    wren.ask("TOPIC #old :about birds")
    for client in (rook, jay):
        client.ask("JOIN #old")
    rook.sync()
    wren.ask("RENAME #old #new :moved")
    who = prefix(server, "rook")
    lines = rook.sync()
    assert lines[:3] == [
        f":{who} PART #old :moved",
        f":{who} JOIN #new",
        ":parley.test 332 rook #new :about birds",
    ]
    assert [line.split(" ")[1] for line in lines[3:]] == ["333", "353", "366"]
    assert sorted(lines[4].split(" :")[1].split()) == ["@wren", "jay", "rook"]
    who = prefix(server, "jay")
    lines = jay.sync()
    assert lines[:2] == [f":{who} PART #old :moved", f":{who} JOIN #new * :jay the tester"]
    assert [line.split(" ")[1] for line in lines[2:]] == ["332", "333"]


def test_who_asks_need_not_have_the_capability(server: ServerUnderTest) -> None:
    wren = server.irc("wren", "labeled-response", "batch")
    wren.ask("JOIN #old")
    start, *lines, end = wren.ask("@label=1 RENAME #old #new")
    assert tags_of(start)["label"] == "1" and " BATCH -" in end
    assert [line.split(" ")[1] for line in bare(lines)] == ["PART", "JOIN", "353", "366"]


def test_a_change_of_case_alone_is_shown_to_those_with_the_capability(server: ServerUnderTest, wren: IrcClient) -> None:
    rook = server.irc("rook")
    rook.ask("JOIN #old")
    wren.sync()
    assert wren.ask("RENAME #old #OLD") == [f":{prefix(server, 'wren')} RENAME #old #OLD :"]
    assert rook.sync() == []
    assert server.network.channels["#old"].name == "#OLD"


def test_json_and_lab_members_find_themselves_in_the_new_group(server: ServerUnderTest, wren: IrcClient) -> None:
    jason, lab = server.user("jason"), server.lab("lab")
    jason.ask_all("JOIN", chat_name="old")
    lab.ask("JOIN #old")
    jason.sync()
    wren.ask("RENAME #old #new :moved")
    assert jason.sync() == [
        response("190", "jason has left the chat room", "", username="jason"),
        response("180", "jason has joined the group", username="jason", chat_name="new"),
    ]
    assert lab.sync() == [
        ":wren PRIVMSG #old :This channel is called #new from now on (moved)",
        ":parley.test 331 #new :No topic is set",
    ]
    wren.ask("PRIVMSG #new :hello")
    assert lab.sync() == [":wren PRIVMSG #new :hello"]
    assert jason.sync() == [response("140", "(wren) hello", "DC")]
    answer = jason.ask("LEVE", chat_name="new")
    assert answer["response_code"] == "190"


def test_a_json_client_of_the_first_version_leaves_the_renamed_group_when_it_joins_another(
    server: ServerUnderTest, wren: IrcClient
) -> None:
    jason = server.user("jason")
    wren.ask("JOIN #other")
    jason.ask_all("JOIN", chat_name="old")
    wren.ask("RENAME #old #new")
    jason.sync()
    jason.ask_all("JOIN", chat_name="other")
    assert [channel.name for channel in server.network.users["jason"].memberships] == ["#other"]


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("RENAME", "461 rook RENAME"),
        ("RENAME #old", "461 rook RENAME"),
        ("RENAME #none", "461 rook RENAME"),
        ("RENAME #none #new", "403 rook #none"),
        ("RENAME #away #new", "442 rook #away"),
        ("RENAME #old #new", "482 rook #old"),
        ("RENAME #old #mine", "482 rook #old"),
    ],
)
def test_who_may_not(server: ServerUnderTest, wren: IrcClient, request_: str, answer: str) -> None:
    wren.ask("JOIN #away")
    rook = server.irc("rook")
    rook.ask("JOIN #old,#mine")
    (line,) = rook.ask(request_)
    assert line.startswith(f":parley.test {answer} :")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("#taken", ("CHANNEL_NAME_IN_USE", "#old", "#taken")),
        ("#TAKEN", ("CHANNEL_NAME_IN_USE", "#old", "#TAKEN")),
        ("#old", ("CANNOT_RENAME", "#old", "#old")),
        ("new", ("CANNOT_RENAME", "#old", "new")),
        ("&new", ("CANNOT_RENAME", "#old", "&new")),
        ("#a,b", ("CANNOT_RENAME", "#old", "#a,b")),
        ("#" + "x" * 64, ("CANNOT_RENAME", "#old", "#" + "x" * 64)),
    ],
)
def test_names_that_cannot_be(server: ServerUnderTest, wren: IrcClient, name: str, words: tuple[str, ...]) -> None:
    server.irc("rook").ask("JOIN #taken")
    (line,) = wren.ask(f"RENAME #old {name}")
    assert line.startswith(fail(*words))


def test_modes_topic_bans_and_invitations_move_along(server: ServerUnderTest, wren: IrcClient) -> None:
    rook = server.irc("rook")
    wren.ask("MODE #old +ikb secret x!*@*", "TOPIC #old :t", "INVITE rook #old", "RENAME #old #new")
    assert " 324 wren #new " in wren.ask("MODE #new")[0]
    assert " 367 wren #new x!*@*" in wren.ask("MODE #new b")[0]
    rook.sync()
    assert rook.ask("INVITE")[0] == ":parley.test 336 rook #new"
    assert f":{prefix(server, 'rook')} JOIN #new" in rook.ask("JOIN #new")
    assert rook.ask("INVITE") == [":parley.test 337 rook :End of /INVITE list"]


def test_the_old_name_is_free(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask("RENAME #old #new")
    rook = server.irc("rook")
    assert " 353 rook = #old :@rook" in " ".join(rook.ask("JOIN #old"))
    assert set(server.network.channels) == {"#old", "#new"}


def test_the_history_moves_along(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask("PRIVMSG #old :before", "RENAME #old #new", "PRIVMSG #new :after")
    jason = server.user("jason", 1.1)
    jason.ask_all("JOIN", chat_name="new")
    answer = jason.ask("HIST", chat_name="new")
    assert [whole["payload"] for whole in answer["payload"]] == ["(wren) before", "(wren) after"]
    assert {whole["parameters"]["chat_name"] for whole in answer["payload"]} == {"new"}


def test_a_permanent_channel_has_its_new_name_on_disk_and_only_its_admin_renames_it(tmp_path: Path) -> None:
    def names() -> list[str]:
        return [entry["name"] for entry in json.loads((tmp_path / "channels.json").read_text("utf-8"))["channels"]]

    with ServerUnderTest(data=tmp_path) as server:
        server.add_account("wren")
        wren, rook = server.member("wren", RENAME), server.irc("rook")
        wren.ask("JOIN #old", "MODE #old +P")
        rook.ask("JOIN #old")
        wren.ask("MODE #old +o rook")
        rook.sync()
        assert rook.ask("RENAME #old #rooks")[0].startswith(":parley.test 482 rook #old :")
        assert names() == ["#old"]
        wren.ask("RENAME #old #new")
        assert names() == ["#new"]
        wren.ask("RENAME #new #New")
        assert names() == ["#New"]


def test_channels_that_send_on_to_it_follow(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask("JOIN #door", "MODE #door +iF #old", "RENAME #old #new")
    rook = server.irc("rook")
    lines = rook.ask("JOIN #door")
    assert lines[0].startswith(":parley.test 470 rook #door #new :")


def test_metadata_moves_along(server: ServerUnderTest) -> None:
    wren = server.irc("wren", RENAME, "draft/metadata-2")
    wren.ask("JOIN #old", "METADATA #old SET url :x", "RENAME #old #new")
    assert wren.ask("METADATA #new GET url") == [":parley.test 761 wren #new url * :x"]
