"""Three connections of one account at once, in different dialects and with different capabilities: each sees all that
happens to its user, once and in its own form."""

from typing import NamedTuple

import pytest

from tests.harness import IrcClient, JsonClient, LabClient, ServerUnderTest, bare, tags_of, timeless
from tests.scram import plain

MASK = "wren!~wren@127.0.0.1"


class Scene(NamedTuple):
    """Three connections of wren (a modern client with much enabled, one with nothing, one in JSON), and others."""

    rich: IrcClient
    poor: IrcClient
    json: JsonClient
    rook: IrcClient
    lab: LabClient

    def clear(self) -> None:
        """Reads away what has come."""
        for client in self:
            client.sync()


@pytest.fixture
def scene(server: ServerUnderTest) -> Scene:
    """Everybody connected."""
    server.add_account("wren")
    rich = server.member(
        "wren", "echo-message", "message-tags", "account-notify", "extended-join", "userhost-in-names", "away-notify"
    )
    poor, json = server.member("wren"), server.user("wren", 1.1)
    found = Scene(rich, poor, json, server.irc("rook"), server.lab("kite"))
    for client in (found.rook, found.lab):
        client.ask("JOIN #lab")
    found.clear()
    return found


def codes(client: JsonClient) -> list[tuple[str, str]]:
    """Codes and payloads of what has come."""
    return [(whole["response_code"], whole["payload"]) for whole in client.sync()]


def joined(scene: Scene) -> None:
    """wren joins #lab by one connection."""
    scene.poor.ask("JOIN #lab")
    scene.clear()


# --- joining -------------------------------------------------------------------------------------------------------


def test_a_join_of_one_is_shown_to_all_in_their_form(scene: Scene) -> None:
    scene.rook.ask("TOPIC #lab :tea")
    lines = scene.poor.ask("JOIN #lab")
    assert lines[0] == f":{MASK} JOIN #lab"
    assert ":parley.test 353 wren = #lab :@rook kite wren" in lines
    assert scene.rook.sync() == [f":{MASK} JOIN #lab"]
    shown = bare(scene.rich.sync())
    assert shown[0] == f":{MASK} JOIN #lab wren :wren the tester"
    assert shown[1] == ":parley.test 332 wren #lab :tea"
    assert shown[3] == f":parley.test 353 wren = #lab :@rook!~rook@127.0.0.1 kite!kite@pc1 {MASK}"
    assert codes(scene.json)[0] == ("180", "wren has joined the group")


def test_a_join_by_json_is_one_for_the_others(scene: Scene) -> None:
    assert scene.json.ask_all("JOIN", chat_name="lab")[0]["response_code"] == "180"
    assert scene.poor.sync()[0] == f":{MASK} JOIN #lab"
    assert bare(scene.rich.sync())[0] == f":{MASK} JOIN #lab wren :wren the tester"


def test_a_new_connection_finds_the_channels_of_its_user(server: ServerUnderTest, scene: Scene) -> None:
    joined(scene)
    scene.poor.ask("JOIN #den")
    late = server.connect()
    late.ask("CAP REQ sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren')}", "NICK somebody", "USER s 0 * :S")
    late.send("CAP END")
    assert late.line() == f":parley.test 001 wren :Welcome to the Parley Network, {MASK}"
    lines = late.sync()
    assert [line for line in lines if " JOIN " in line] == [f":{MASK} JOIN #lab", f":{MASK} JOIN #den"]
    assert lines[-1] == ":parley.test 366 wren #den :End of /NAMES list"
    assert scene.rook.sync() == []
    assert late.ask("PRIVMSG #lab :here too") == []
    assert scene.rook.sync() == [f":{MASK} PRIVMSG #lab :here too"]


# --- speaking ------------------------------------------------------------------------------------------------------


def test_what_one_says_in_a_channel_the_others_hear(scene: Scene) -> None:
    joined(scene)
    assert scene.poor.ask("PRIVMSG #lab :one") == []
    (echo,) = scene.rich.sync()
    assert bare([echo]) == [f":{MASK} PRIVMSG #lab :one"] and tags_of(echo)["msgid"]
    assert codes(scene.json) == [("140", "(wren) one")]
    assert scene.lab.sync() == [":wren PRIVMSG #lab :one"]
    assert bare(scene.rich.ask("PRIVMSG #lab :two")) == [f":{MASK} PRIVMSG #lab :two"]
    assert scene.poor.sync() == [f":{MASK} PRIVMSG #lab :two"]
    assert scene.json.sync()[0]["payload"] == "(wren) two"
    assert [whole["payload"] for whole in scene.json.ask_all("MSSG", "three", chat_name="lab")] == ["(wren) three"]
    assert scene.poor.sync() == bare(scene.rich.sync()) == [f":{MASK} PRIVMSG #lab :three"]


def test_a_private_message_reaches_all_and_its_echo_those_who_understand_it(scene: Scene) -> None:
    scene.rook.ask("PRIVMSG wren :psst")
    assert scene.poor.sync() == bare(scene.rich.sync()) == [":rook!~rook@127.0.0.1 PRIVMSG wren :psst"]
    assert timeless(scene.json.sync()[0])["payload"] == "(rook) psst"
    assert scene.poor.ask("PRIVMSG rook :what?") == []
    assert bare(scene.rich.sync()) == [f":{MASK} PRIVMSG rook :what?"]
    assert scene.json.sync()[0]["payload"] == "(wren) what?"
    assert scene.rook.sync() == [f":{MASK} PRIVMSG rook :what?"]


# --- what happens to the user --------------------------------------------------------------------------------------


def test_nick_mode_topic_and_part_of_one_are_seen_by_all_once(scene: Scene) -> None:
    joined(scene)
    scene.rook.ask("MODE #lab +o wren")
    scene.clear()
    for line in ("TOPIC #lab :cake", "MODE #lab +m", "NICK robin"):
        told = [f":{MASK} {line}"]
        assert scene.poor.ask(line) == told
        assert bare(scene.rich.sync()) == told and scene.rook.sync() == told
    assert [code for code, _ in codes(scene.json)] == ["150", "190", "180"]
    assert scene.poor.ask("MODE robin +i") == bare(scene.rich.sync()) == [":robin MODE robin +i"]
    assert bare(scene.rich.ask("PART #lab :bye")) == [":robin!~wren@127.0.0.1 PART #lab :bye"]
    assert scene.poor.sync() == scene.rook.sync() == [":robin!~wren@127.0.0.1 PART #lab :bye"]
    assert codes(scene.json) == [("190", "robin has left the chat room")]
    assert "#lab" not in " ".join(scene.poor.ask("WHOIS robin"))


def test_a_kick_removes_all_connections(scene: Scene) -> None:
    joined(scene)
    scene.rook.ask("KICK #lab wren :out")
    told = [":rook!~rook@127.0.0.1 KICK #lab wren :out"]
    assert scene.poor.sync() == bare(scene.rich.sync()) == told
    assert codes(scene.json)[0][0] == "192"
    assert scene.poor.ask("PART #lab") == [":parley.test 442 wren #lab :You're not on that channel"]


def test_going_away_holds_for_the_user(scene: Scene) -> None:
    joined(scene)
    assert scene.poor.ask("AWAY :tea") == [":parley.test 306 wren :You have been marked as being away"]
    assert scene.rook.ask("PRIVMSG wren :hi") == [":parley.test 301 rook wren :tea"]
    assert bare(scene.rich.ask("AWAY")) == [
        ":rook!~rook@127.0.0.1 PRIVMSG wren :hi",
        ":parley.test 305 wren :You are no longer marked as being away",
    ]
    assert scene.rook.ask("PRIVMSG wren :hi") == []


# --- logging in and out --------------------------------------------------------------------------------------------


def test_a_switch_of_the_account_is_told_to_all_connections(server: ServerUnderTest, scene: Scene) -> None:
    server.add_account("linnet")
    told = f":parley.test 900 wren {MASK} linnet :You are now logged in as linnet"
    assert scene.poor.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('linnet')}") == [
        "AUTHENTICATE +",
        told,
        ":parley.test 903 wren :SASL authentication successful",
    ]
    assert bare(scene.rich.sync()) == [f":{MASK} ACCOUNT linnet", told]
    assert scene.json.ask("PING")["response_code"] == "101"


def test_logging_out_ends_what_needs_an_account(scene: Scene) -> None:
    told = f":parley.test 901 wren {MASK} :You are now logged out"
    assert scene.poor.ask("NS LOGOUT")[-1] == told
    assert bare(scene.rich.sync()) == [f":{MASK} ACCOUNT *", told]
    assert scene.json.lines_until_closed()[-1].endswith('(Logged out)"}')


def test_a_second_user_of_the_account_stays_who_it_is(server: ServerUnderTest, scene: Scene) -> None:
    joined(scene)
    other = server.irc("robin", "sasl")
    other.ask("JOIN #lab")
    assert other.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren')}")[1:] == [
        ":parley.test 900 robin robin!~robin@127.0.0.1 wren :You are now logged in as wren",
        ":parley.test 903 robin :SASL authentication successful",
    ]
    assert ":parley.test 330 robin robin wren :is logged in as" in other.ask("WHOIS robin")
    other.ask("NS GHOST wren")
    for client in (scene.rich, scene.poor, scene.json):
        assert "GHOST by robin" in client.lines_until_closed()[-1]
    assert other.ask("NICK wren") == [":robin!~robin@127.0.0.1 NICK wren"]
    late = server.member("wren")
    late.sync()
    assert late.ask("PRIVMSG #lab :me") == [] and other.sync() == [":wren!~robin@127.0.0.1 PRIVMSG #lab :me"]


def test_only_the_last_connection_that_closes_quits(scene: Scene) -> None:
    joined(scene)
    for client in (scene.rich, scene.poor):
        client.send("QUIT :one")
        client.lines_until_closed()
    assert scene.rook.ask("NAMES #lab")[0] == ":parley.test 353 rook = #lab :@rook kite wren"
    assert scene.json.ask("MSSG", "still here", chat_name="lab")["payload"] == "(wren) still here"
    scene.json.quit()
    assert scene.rook.sync() == [f":{MASK} PRIVMSG #lab :still here", f":{MASK} QUIT :Quit: "]
