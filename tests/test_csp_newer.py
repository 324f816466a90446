"""CSP 1.1 against a server, alone and mixed with 1.0: ids, times, several groups, private messages, new commands."""

import json
from typing import Any

import pytest

from tests.groups import answer, group_of
from tests.harness import JsonClient, ServerUnderTest, response, timeless

AUTHENTICATED = "state authenticated: join a group first; allowed are LIST, CHAT, JOIN, REDY"
NEWER = ("WHOS", "TOPC", "HIST", "PING", "QUIT")


# --- ids -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", [7, 0, -3, "seven", "é", ""])
def test_an_id_comes_back_in_the_answer_and_not_in_what_others_get(server: ServerUnderTest, id: Any) -> None:
    alice, bob = group_of(server, "alice", "bob")
    alice.request("REDY", id=id)
    assert alice.object() == answer("100", "Ready", id=id)
    said = bob.ask("MSSG", "hi", id=id, chat_name="study")
    assert timeless(said) == answer("140", "(bob) hi", "DC", id, username="bob", chat_name="study")
    assert alice.sync() == [{key: value for key, value in said.items() if key != "id"}]


def test_an_id_comes_back_with_a_refusal_too(server: ServerUnderTest) -> None:
    alice = server.user("alice", 1.1)
    assert alice.ask("MSSG", "hi", id=1, chat_name="none") == answer("320", AUTHENTICATED, id=1)
    assert alice.ask("HELO", id=2) == answer("310", 'There is no command "HELO"', id=2)
    assert alice.ask("JOIN", id=3) == answer("300", "parameters.chat_name: is required", id=3)
    assert alice.ask("AUTH", id=4, password="wrong") == answer("200", id=4)
    assert alice.ask("LIST", id=5) == answer("240", "There are currently no groups", "", 5, username="alice")


def test_the_groups_that_a_login_brings_carry_its_id(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    second = server.json(1.1)
    login, burst = second.ask_all("AUTH", id=9, username="alice", password="secret")
    assert login == answer("110", id=9)
    assert timeless(burst) == answer("180", "alice has joined the group", id=9, username="alice", chat_name="study")
    assert alice.sync() == []


@pytest.mark.parametrize("id", [True, 1.5, [], {}, "\ud800"])
def test_an_id_that_is_none_is_refused(server: ServerUnderTest, id: Any) -> None:
    refusal = server.json(1.1).ask("REDY", id=id)
    assert refusal["response_code"] == "300"
    assert refusal["payload"].startswith("id: ")


def test_version_1_0_knows_no_id(server: ServerUnderTest) -> None:
    assert server.json(1.0).ask_all("LIST", id=1)[0].keys() == {
        "version",
        "response_code",
        "parameters",
        "channel",
        "payload",
    }


# --- events --------------------------------------------------------------------------------------------------------


def test_every_event_says_who_where_when_and_which(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    carol = server.user("carol", 1.1)
    study = {"chat_name": "study"}
    steps = [
        (carol, "JOIN", {}, "180", "carol has joined the group", "CC", {"username": "carol"}),
        (carol, "LEVE", {}, "190", "carol has left the chat room", "", {"username": "carol"}),
        (alice, "TOPC", {"topic": "Exam"}, "150", "Exam", "CC", {"username": "alice"}),
        (
            alice,
            "KICK",
            {"kicked_user": "bob"},
            "192",
            "bob has been kicked from the group",
            "CC",
            {"username": "alice", "kicked_user": "bob"},
        ),
        (
            alice,
            "BANN",
            {"banned_user": "carol"},
            "191",
            "carol has been banned from the group",
            "CC",
            {"username": "alice", "banned_user": "carol"},
        ),
    ]
    seen = []
    for who, verb, parameters, code, payload, channel, told in steps:
        event = who.ask_all(verb, id="x", **study, **parameters)[-1]
        assert timeless(event) == answer(code, payload, channel, "x", **told, **study)
        seen.append({key: value for key, value in event.items() if key != "id"})
    assert bob.sync() == seen[:4]
    assert len({event["parameters"]["msgid"] for event in seen}) == 5


# --- several groups, mixed versions --------------------------------------------------------------------------------


def test_in_1_1_one_may_be_in_several_groups(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    assert bob.ask("CHAT", chat_name="other") == answer("170", "", "")
    assert timeless(bob.ask("JOIN", chat_name="study")) == answer(
        "180", "bob has joined the group", username="bob", chat_name="study"
    )
    assert alice.sync() == []
    for group in ("study", "other"):
        assert bob.ask("MSSG", "hi", chat_name=group)["parameters"]["chat_name"] == group


def test_each_request_is_answered_in_its_own_version(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    bob.version = 1.0
    assert bob.ask("MSSG", "old", chat_name="study") == response("140", "(bob) old", "DC")
    alice.ask_all("MSSG", "to an old one", chat_name="study")
    assert bob.object() == response("140", "(alice) to an old one", "DC")
    bob.version = 1.1
    new = bob.ask("MSSG", "new", id=1, chat_name="study")
    assert timeless(new) == answer("140", "(bob) new", "DC", 1, username="bob", chat_name="study")
    alice.sync()
    alice.ask("MSSG", "to a new one", chat_name="study")
    assert timeless(bob.object())["version"] == 1.1


def test_a_join_in_1_0_leaves_all_groups_that_1_1_joined(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    for name in ("two", "three"):
        bob.ask("CHAT", chat_name=name)
    alice.ask("CHAT", chat_name="four")
    bob.version = 1.0
    left = response("190", "bob has left the chat room", "", username="bob")
    joined = response("180", "bob has joined the group", username="bob", chat_name="four")
    assert bob.ask_all("JOIN", chat_name="four") == [left] * 3 + [joined]
    bob.version = 1.1
    assert bob.ask("MSSG", "x", chat_name="two") == answer("320", "You are not in the group two")


@pytest.mark.parametrize("verb", NEWER)
def test_what_1_1_adds_is_not_to_be_had_in_1_0(server: ServerUnderTest, verb: str) -> None:
    alice = server.user("alice")
    refusal = alice.ask(verb, chat_name="study")
    why = f"must be the number 1.1, because {verb} belongs to version 1.1 of the protocol"
    assert refusal == response("300", f"version: is not acceptable: {why}")


@pytest.mark.parametrize("version", [0.9, 1.2, 2, 2.0, 10])
def test_another_version_is_refused_and_the_connection_lives_on(server: ServerUnderTest, version: float) -> None:
    client = server.json(version)
    client.request("REDY")
    assert client.object() == response("330", "Server is running on a different protocol version")
    client.version = 1
    client.request("REDY")
    assert client.object() == response("100", "Ready")


# --- private messages ----------------------------------------------------------------------------------------------


def test_a_private_message_reaches_all_sessions_of_both_once(server: ServerUnderTest) -> None:
    alice, bob = server.user("alice", 1.1), server.user("bob", 1.1)
    alice2, bob2 = server.user("alice"), server.user("bob")
    said = alice.ask("MSSG", "(alice) psst", id=1, recipient="BOB")
    private: dict[str, Any] = {"username": "alice", "recipient": "bob", "chat_name": ""}
    assert timeless(said) == answer("140", "(alice) psst", "DC", 1, **private)
    assert bob.sync() == [{key: value for key, value in said.items() if key != "id"}]
    for session in (alice2, bob2):
        assert session.sync() == [response("140", "(alice) psst", "DC", **private)]


def test_a_private_message_to_oneself_comes_once_to_each_session(server: ServerUnderTest) -> None:
    alice, second = server.user("alice", 1.1), server.user("alice", 1.1)
    second.sync()
    private: dict[str, Any] = {"username": "alice", "recipient": "alice", "chat_name": ""}
    note = alice.ask("MSSG", "note", id=1, recipient="alice")
    assert timeless(note) == answer("140", "(alice) note", "DC", 1, **private)
    assert [timeless(event) for event in second.sync()] == [answer("140", "(alice) note", "DC", **private)]


def test_private_messages_that_cannot_be_sent(server: ServerUnderTest) -> None:
    server.add_account("bob")
    alice, carol = group_of(server, "alice", "carol")
    assert alice.ask("MSSG", "hi", recipient="nobody") == answer("300", "parameters.recipient: nobody is not here")
    assert alice.ask("MSSG", "", recipient="carol") == answer("300", "payload: there is no text to send")
    both = alice.ask("MSSG", "hi", recipient="carol", chat_name="study")
    assert both["response_code"] == "300"
    assert both["payload"].startswith("parameters.chat_name: ")
    neither = alice.ask("MSSG", "hi")
    assert neither == answer("300", "parameters.chat_name: is required")
    assert carol.sync() == []


# --- WHOS, TOPC, HIST, PING, QUIT ----------------------------------------------------------------------------------


def test_whos_lists_members_of_every_dialect(server: ServerUnderTest) -> None:
    alice, _ = group_of(server, "alice", "bob")
    wren, carol = server.irc("wren"), server.user("carol", 1.1)
    wren.ask("JOIN #study", "AWAY :gone")
    server.lab("rook").ask("JOIN #study")
    members = [
        {"username": "alice", "admin": True, "away": False},
        {"username": "bob", "admin": False, "away": False},
        {"username": "wren", "admin": False, "away": True},
        {"username": "rook", "admin": False, "away": False},
    ]
    alice.sync()
    assert alice.ask("WHOS", chat_name="Study") == answer("131", members, username="alice", chat_name="study")
    assert carol.ask("WHOS", chat_name="study") == answer("131", members, username="carol", chat_name="study")
    wren.ask("JOIN #hidden", "MODE #hidden +s")
    for group in ("none", "hidden"):
        assert carol.ask("WHOS", chat_name=group) == answer("300", f"There is no group {group}; CHAT makes one")


def test_whos_leaves_invisible_members_out_for_outsiders(server: ServerUnderTest) -> None:
    alice, _ = group_of(server, "alice", "bob")
    wren, carol = server.irc("wren"), server.user("carol", 1.1)
    wren.ask("JOIN #study", "MODE wren +i")
    alice.sync()

    def names(client: JsonClient) -> list[str]:
        return [member["username"] for member in client.ask("WHOS", chat_name="study")["payload"]]

    assert names(carol) == ["alice", "bob"]
    assert names(alice) == ["alice", "bob", "wren"]
    wren.ask("JOIN #other")
    carol.ask("JOIN", chat_name="other")
    assert names(carol) == ["alice", "bob", "wren"]


def test_a_topic_is_set_read_and_cleared(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    assert bob.ask("TOPC", chat_name="study") == answer("150", "", username="bob", chat_name="study")
    for given in ({"topic": "Exam"}, {"payload": "Exam on Friday"}, {"topic": "", "payload": "ignored"}):
        event = alice.ask("TOPC", id=1, chat_name="study", **given)
        text = given.get("topic", given.get("payload"))
        assert timeless(event) == answer("150", text, id=1, username="alice", chat_name="study")
        assert bob.object()["payload"] == text
        assert bob.ask("TOPC", id=2, chat_name="study") == answer("150", text, id=2, username="bob", chat_name="study")


def test_a_topic_that_one_may_not_set_or_see(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    carol = server.user("carol", 1.1)
    assert bob.ask("TOPC", chat_name="study", topic="x") == answer("320", "You are not the admin of this group")
    assert carol.ask("TOPC", chat_name="study", topic="x") == answer("320", "You are not in the group study")
    assert carol.ask("TOPC", chat_name="none") == answer("300", "There is no group none; CHAT makes one")
    assert alice.sync() == []
    assert carol.ask("TOPC", chat_name="study") == answer("150", "", username="carol", chat_name="study")


def test_a_long_topic_is_cut_between_characters(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    event = alice.ask("TOPC", chat_name="study", topic="é" * 300)
    assert event["payload"] == "é" * 195


def test_history_holds_what_was_said_oldest_first(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    wren = server.irc("wren")
    wren.ask("JOIN #study")
    alice.sync()
    said = [alice.ask("MSSG", f"text {number}", chat_name="study") for number in range(3)]
    wren.ask("PRIVMSG #study :\x01ACTION waves\x01", "PRIVMSG #study :\x01VERSION\x01", "NOTICE #study :ding")
    said += alice.sync()
    assert [event["payload"] for event in said[3:]] == ["(wren) * waves", "(wren) ding"]
    bob.sync()
    assert bob.ask("HIST", id=1, chat_name="study") == answer("160", said, id=1, username="bob", chat_name="study")
    assert bob.ask("HIST", chat_name="study", limit=1)["payload"] == said[-1:]
    assert bob.ask("HIST", chat_name="study", limit=1000.0)["payload"] == said


@pytest.mark.parametrize(("sendq", "count", "size", "room"), [
    (40_000, 30, 1000, 10_000), (1_048_576, 80, 4000, 262_144), (16_384, 3, 4090, 4096),
])  # fmt: skip
def test_history_gives_as_many_of_the_newest_as_one_answer_holds(sendq: int, count: int, size: int, room: int) -> None:
    with ServerUnderTest(f"[limits]\nsendq = {sendq}\n") as server:
        (alice,) = group_of(server, "alice")
        said = [
            alice.ask("MSSG", f"{number} ".ljust(size, "é")[: size // 2], chat_name="study") for number in range(count)
        ]
        sizes = [len(json.dumps(whole, ensure_ascii=False).encode()) + 2 for whole in said]
        fitting = max(1, max(n for n in range(count) if sum(sizes[count - n :]) <= room))
        assert fitting < count
        assert alice.ask("HIST", chat_name="study", limit=1000)["payload"] == said[-fitting:]
        assert alice.ask("HIST", chat_name="study", limit=1)["payload"] == said[-1:]


def test_what_json_members_are_not_shown_does_not_count_as_history(server: ServerUnderTest) -> None:
    alice, _ = group_of(server, "alice", "bob")
    wren = server.irc("wren")
    wren.ask("JOIN #study", "PRIVMSG #study :one", "PRIVMSG #study :two", *["PRIVMSG #study :\x01PING 1\x01"] * 5)
    said = alice.sync()[-2:]
    assert [event["payload"] for event in said] == ["(wren) one", "(wren) two"]
    for limit in (1, 2, 3):
        assert alice.ask("HIST", chat_name="study", limit=limit)["payload"] == said[-limit:]


def test_history_is_for_members(server: ServerUnderTest) -> None:
    alice, _ = group_of(server, "alice", "bob")
    carol = server.user("carol", 1.1)
    assert carol.ask("HIST", chat_name="study") == answer("320", "You are not in the group study")
    assert alice.ask("HIST", chat_name="none") == answer("300", "There is no group none; CHAT makes one")
    assert alice.ask("HIST", chat_name="study") == answer("160", [], username="alice", chat_name="study")
    for limit in (0, 1001, "5", 1.5):
        assert alice.ask("HIST", chat_name="study", limit=limit)["payload"].startswith("parameters.limit: ")


def test_ping_is_answered_in_every_state(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    for client in (server.json(1.1), alice):
        assert client.ask("PING", id="p") == answer("101", "PONG", id="p")


def test_quit_says_goodbye_and_closes(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    bob.request("QUIT", "see you", id=3)
    assert bob.object() == answer("350", "Goodbye", id=3)
    assert bob.lines_until_closed() == []
    assert [timeless(event) for event in alice.sync()] == [
        answer("190", "bob has left the chat room", "", username="bob", chat_name="study")
    ]
    stranger = server.json(1.1)
    stranger.request("QUIT")
    assert stranger.object() == answer("350", "Goodbye")
    assert stranger.lines_until_closed() == []
