"""The client's JSON dialect without a network."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.masking import MASK
from terminal.dialects import Identity
from terminal.dialects.json_ import Json
from terminal.events import (
    AwayIs,
    ChannelRenamed,
    Channels,
    Closing,
    Fatal,
    HistoryEnd,
    Invited,
    Joined,
    JoinRefused,
    Left,
    MarkerIs,
    Members,
    Notice,
    Present,
    Problem,
    Ready,
    Redacted,
    Said,
    Step,
    Synchronised,
    TopicIs,
)

MOMENT = datetime(2024, 1, 2, 3, 4, 5, 678000, UTC)


def sent(step: Step) -> dict[str, Any]:
    [line] = step.lines
    value = json.loads(line)
    assert isinstance(value, dict)
    return value


def answer(code: str, payload: Any = "", number: int | None = None, **parameters: str) -> str:
    body: dict[str, Any] = {"version": 1.1, "response_code": code, "parameters": parameters, "channel": "CC"}
    return json.dumps({**body, "payload": payload, **({} if number is None else {"id": number})})


@pytest.fixture
def bob() -> Json:
    dialect = Json(Identity("bob", password="secret"))
    dialect.start()
    dialect.receive(answer("110", number=1))
    return dialect


def test_the_first_line_logs_in_or_makes_the_account() -> None:
    request = sent(Json(Identity("bob", password="secret")).start())
    assert request == {
        "version": 1.1, "id": 1, "command": "AUTH", "channel": "CC", "payload": "",
        "parameters": {"username": "bob", "chat_name": "", "password": "secret"},
    }  # fmt: skip
    assert sent(Json(Identity("bob", password="x", register=True)).start())["command"] == "NWUA"


def test_a_login_that_is_accepted_and_one_that_is_not() -> None:
    dialect = Json(Identity("bob"))
    [line] = dialect.start().lines
    assert "AUTH" in line and dialect.receive(answer("110", number=1)).events == [Ready("bob")]
    for register in (False, True):
        [event] = Json(Identity("bob", register=register)).receive(answer("200")).events
        assert isinstance(event, Fatal) and event.cause == "identity"


def test_a_login_that_breaks_the_schema_says_why() -> None:
    dialect = Json(Identity("bob", register=True))
    dialect.start()
    [event] = dialect.receive(answer("300", "parameters.password: is too short", 1)).events
    assert isinstance(event, Fatal) and "too short" in event.text


def test_a_group_may_be_typed_with_and_without_its_sign_and_with_spaces(bob: Json) -> None:
    assert bob.join_targets("study") == bob.join_targets("#study") == [("#study", "")]
    [(channel, key)] = bob.join_targets("my own group, key")
    assert (channel, key) == ("#my\u00a0own\u00a0group", "key")
    assert sent(bob.join(channel, key))["parameters"] == {
        "username": "bob", "chat_name": "my own group", "key": "key",
    }  # fmt: skip


def test_joining_shows_it_and_asks_who_is_there(bob: Json) -> None:
    bob.join("#study")
    step = bob.receive(answer("180", "bob has joined the group", 2, username="bob", chat_name="study"))
    assert step.events == [Joined("bob", "#study", own=True)] and not bob.joining
    assert sent(step)["command"] == "WHOS"
    [members] = bob.receive(answer("131", [{"username": "al", "admin": True}, {"username": "bob"}, 7], 3)).events
    assert members == Members("#study", (Present("al", "@"), Present("bob")))
    assert bob.receive(answer("180", "", username="al", chat_name="study")).events == [Joined("al", "#study")]


def test_a_missing_group_is_told_from_a_ban(bob: Json) -> None:
    bob.join("#study")
    assert bob.receive(answer("240", "There is no group study; CHAT makes one", 2, chat_name="study")).events == [
        JoinRefused("#study", "There is no group study; CHAT makes one", missing=True)
    ]
    bob.join("#study")
    assert bob.receive(answer("240", "You are banned from joining this group", 3, chat_name="study")).events == [
        JoinRefused("#study", "You are banned from joining this group")
    ]


def test_creating_a_group_enters_it(bob: Json) -> None:
    assert sent(bob.create("#study"))["command"] == "CHAT"
    assert bob.receive(answer("170", number=2)).events == [Joined("bob", "#study", own=True)]
    bob.create("#study")
    assert bob.receive(answer("230", "Group name already exists", 4)).events == [
        JoinRefused("#study", "Group name already exists")
    ]


def test_messages_lose_the_senders_name_once(bob: Json) -> None:
    time = "2024-01-02T03:04:05.678Z"
    [said] = bob.receive(answer("140", "(al) (bob) hi", username="al", chat_name="study", time=time)).events
    assert isinstance(said, Said) and (said.source, said.target, said.text) == ("al", "#study", "(bob) hi")
    assert said.time is not None
    [said] = bob.receive(answer("140", "(al) * waves", username="al", recipient="bob", chat_name="")).events
    assert said == Said("al", "bob", "waves", "action", private=True)
    assert bob.receive(answer("140", "(al) from 1.0")).events == [Said("al", "", "from 1.0", private=True)]


def test_a_message_goes_to_a_group_or_to_a_person(bob: Json) -> None:
    assert sent(bob.say("#study", "hi")) | {"id": 0} == {
        "version": 1.1, "id": 0, "command": "MSSG", "channel": "DC", "payload": "hi",
        "parameters": {"username": "bob", "chat_name": "study"},
    }  # fmt: skip
    assert sent(bob.say("al", "hi"))["parameters"]["recipient"] == "al"
    assert len(bob.say("#study", "x" * 5000).lines) == 2


def test_going_kicks_and_bans(bob: Json) -> None:
    for line, event in [
        (answer("190", "", username="al", chat_name="s"), Left("al", "#s")),
        (answer("192", "", username="al", kicked_user="bob", chat_name="s"),
         Left("bob", "#s", "", "kicked", "al", own=True)),
        (answer("191", "", banned_user="al", chat_name="s", username="al"), Left("al", "#s", "", "banned")),
        (answer("150", "new topic", username="al", chat_name="s"), TopicIs("#s", "new topic")),
        (answer("150", "newer", username="al", chat_name="s", time="2024-01-02T03:04:05.678Z"),
         TopicIs("#s", "newer", "al")),
        (answer("350", "bye"), Closing("bye")),
        (answer("130", ["a", "b c", 5]), Channels((("#a", "", ""), ("#b\u00a0c", "", "")))),
        (answer("320", "not now"), Problem("not now")),
        (answer("777", {"new": 1}), Notice('[777] {"new": 1}')),
        (answer("141", "oops", username="alice", chat_name="study", redacted="m1"),
         Redacted("#study", "m1", "alice", "oops")),
        (answer("151", "why", username="alice", chat_name="s", new_name="t t"),
         ChannelRenamed("#s", "#t\u00a0t", "alice", "why")),
        (answer("162", chat_name="s", read_until="2024-01-02T03:04:05.678Z"), MarkerIs("#s", MOMENT)),
        (answer("162", chat_name="", recipient="al", read_until=""), MarkerIs("al", None)),
        (answer("181", "lunch", username="alice", chat_name="study"), AwayIs("alice", "lunch")),
        (answer("181", "", username="alice", chat_name="study"), AwayIs("alice", None)),
        (answer("182", "bob has been invited to the group"), Notice("bob has been invited to the group")),
        (answer("182", "x", username="alice", chat_name="s", invited_user="ada"), Invited("ada", "#s", "alice")),
        (answer("140", "(alice) invites you", username="alice", chat_name="", invited_to="s"),
         Invited("bob", "#s", "alice", own=True)),
        (answer("193", "ada may come back", chat_name="s"), Notice("ada may come back", "#s")),
    ]:  # fmt: skip
        assert bob.receive(line).events == [event], line


def test_an_empty_list_is_no_problem(bob: Json) -> None:
    bob.channels()
    assert bob.receive(answer("240", "There are currently no groups", 2)).events == [
        Notice("There are currently no groups")
    ]


def test_history_is_shown_message_by_message(bob: Json) -> None:
    items = [json.loads(answer("140", "(al) one", username="al", chat_name="s")), "broken", {"parameters": 3}]
    assert bob.receive(answer("160", items)).events == [
        Said("al", "#s", "one", history=True), HistoryEnd("", 1),
    ]  # fmt: skip


def test_the_answer_to_a_ping_ends_the_waiting_with_and_without_its_id(bob: Json) -> None:
    bob.synchronise("t1")
    bob.synchronise("t2")
    assert bob.receive(answer("101", "PONG", 3)).events == [Synchronised("t2")]
    assert bob.receive(answer("101")).events == [Synchronised("t1")]
    assert not bob.receive(answer("101")).events


def test_another_version_or_another_protocol_ends_the_connection() -> None:
    for line in (answer("330", "Server is running on a different protocol version"), ":s 451 * :Not registered"):
        assert isinstance(Json(Identity("bob")).receive(line).events[0], Fatal)


def test_the_password_never_appears_in_what_is_shown(bob: Json) -> None:
    [line] = Json(Identity("bob", password="geheim")).start().lines
    shown = bob.masked(line)
    assert "geheim" not in shown and MASK in shown and '"AUTH"' in shown
    assert bob.masked('{"PassWord": "geheim"') == MASK
    assert "geheim" not in bob.masked('{"pass\\u0077ord": "geheim"}')
    assert "geheim" not in repr(Identity("bob", password="geheim", server_password="geheim"))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["username", "chat_name", "payload", "parameters", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(["101", "110", "130", "131", "140", "150", "160", "170", "180", "192", "240", "300", ""]), _JSON,
       _JSON, _JSON)  # fmt: skip
def test_no_object_of_a_server_makes_it_fail(code: str, parameters: Any, payload: Any, number: Any) -> None:
    dialect = Json(Identity("bob"))
    dialect.start()
    dialect.join("#x")
    body = {"response_code": code, "parameters": parameters, "payload": payload, "id": number}
    for line in (json.dumps(body), json.dumps(payload), "[" * 100_000, "1" * 10_000, ""):
        dialect.receive(line)
        dialect.masked(line)
