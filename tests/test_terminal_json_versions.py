"""The client's JSON dialect: what version 1.1 adds, and servers that know 1.0 only, or send no ids."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.dialects import Identity, Unsupported
from terminal.dialects.json_ import _HANDLERS, Json
from terminal.events import (
    AccountIs,
    Answer,
    AwayIs,
    Channels,
    Event,
    Fatal,
    HistoryEnd,
    Joined,
    Left,
    Members,
    Notice,
    Present,
    Ready,
    Renamed,
    Said,
    Step,
    Synchronised,
)

TIME = datetime(2024, 1, 2, 3, 4, 5, 678000, UTC)
STAMP = "2024-01-02T03:04:05.678Z"


def asked(step: Step) -> tuple[str, dict[str, Any], str]:
    """Command, parameters without what all have, and payload of the one request."""
    [line] = step.lines
    body = json.loads(line)
    parameters = {key: value for key, value in body["parameters"].items() if key != "username" and value != ""}
    return body["command"], parameters, body["payload"]


def answer(code: str, payload: Any = "", number: int | None = None, version: float = 1.1, **parameters: Any) -> str:
    body: dict[str, Any] = {"version": version, "response_code": code, "parameters": parameters, "channel": "CC"}
    return json.dumps({**body, "payload": payload, **({} if number is None else {"id": number})})


@pytest.fixture
def bob() -> Json:
    dialect = Json(Identity("bob", password="secret"))
    dialect.start()
    dialect.receive(answer("110", number=1))
    return dialect


@pytest.fixture
def old() -> Json:
    """A connection to a server that knows 1.0 only, and says so."""
    dialect = Json(Identity("bob", password="secret"))
    dialect.start()
    step = dialect.receive(answer("330", "Server is running on a different protocol version", version=1.0))
    assert json.loads(step.lines[0]) == {
        "version": 1.0, "command": "AUTH", "channel": "CC", "payload": "",
        "parameters": {"username": "bob", "chat_name": "", "password": "secret"},
    }  # fmt: skip
    assert step.events == [Notice("The server knows version 1.0 only; going on with that.")]
    assert dialect.receive(answer("110", version=1.0)).events == [Ready("bob")]
    return dialect


def test_every_action_of_1_1_is_its_command(bob: Json) -> None:
    talk, study = {"recipient": "al"}, {"chat_name": "study"}
    for step, request in [
        (bob.away("at lunch"), ("AWAY", {}, "at lunch")),
        (bob.away(None), ("AWAY", {}, "")),
        (bob.away(""), ("AWAY", {}, "Away")),
        (bob.whois("al"), ("WHOI", {"user": "al"}, "")),
        (bob.invite("#study", "al"), ("INVT", {**study, "invited_user": "al"}, "")),
        (bob.unban("#study", "al"), ("UNBN", {**study, "banned_user": "al"}, "")),
        (bob.rename_channel("#study", "my own", "tidy"), ("RNAM", {**study, "new_name": "my own"}, "tidy")),
        (bob.settings("#study"), ("SETT", study, "")),
        (bob.settings("#study", limit=5), ("SETT", {**study, "settings": {"limit": 5}}, "")),
        (bob.history("#study", limit=20), ("HIST", {**study, "limit": 20}, "")),
        (bob.history("al", "m1", TIME, 20), ("HIST", {**talk, "limit": 20, "after": "m1"}, "")),
        (bob.history("al", "", TIME, 20), ("HIST", {**talk, "limit": 20, "after": STAMP}, "")),
        (bob.search("exam", "#study"), ("SRCH", study, "exam")),
        (bob.mark_read("al", TIME), ("MARK", {**talk, "read_until": STAMP}, "")),
        (bob.mark_read("#study"), ("MARK", study, "")),
        (bob.redact("#study", "m1", "oops"), ("DELE", {**study, "msgid": "m1"}, "oops")),
        (bob.password("a", "b"), ("PSWD", {"password": "a", "new_password": "b"}, "")),
        (bob.topic("#study"), ("TOPC", study, "")),
    ]:
        assert asked(step) == request
    assert json.loads(bob.topic("#study", "").lines[0])["parameters"]["topic"] == ""
    assert bob.features == {"echo", "labels", "history", "markers", "redaction", "away-notify"}


def test_a_setting_that_there_is_not_is_named(bob: Json) -> None:
    with pytest.raises(Unsupported, match="no setting colour"):
        bob.settings("#study", colour="red")
    with pytest.raises(Unsupported, match="no setting limit with such a value"):
        bob.settings("#study", limit="many")


def test_no_password_is_ever_shown(bob: Json) -> None:
    [line] = bob.password("correct", "horse").lines
    shown = bob.masked(line)
    assert "correct" not in shown and "horse" not in shown and "PSWD" in shown


def test_a_request_and_its_answer_have_one_key(bob: Json) -> None:
    [line] = bob.say("#study", "hi").lines
    assert bob.exchange_key(line, True) == bob.exchange_key(answer("140", number=2), False) == "id 2"
    assert bob.exchange_key(answer("140"), False) == bob.exchange_key("{", False) == ""
    assert bob.exchange_key("[" * 100_000, False) == ""


def test_lists_in_parts_are_told_as_one(bob: Json) -> None:
    bob.channels()
    step = bob.receive(answer("132", [{"chat_name": "a", "members": 2, "topic": "t"}], 2, next="a"))
    assert not step.events and asked(step)[1]["after"] == "a"
    assert bob.receive(answer("132", [{"chat_name": "b", "members": 0, "topic": ""}], 3)).events == [
        Channels((("#a", "2", "t"), ("#b", "0", "")))
    ]
    bob.members("#study")
    step = bob.receive(answer("131", [{"username": "al", "ranks": "ov", "admin": True}], 4, next="al"))
    assert not step.events and asked(step) == (
        "WHOS", {"chat_name": "study", "details": True, "limit": 500, "after": "al"}, "",
    )  # fmt: skip
    rows = [{"username": "cy", "away": True, "away_text": "lunch", "account": "cyacc"}]
    assert bob.receive(answer("131", rows, 5)).events == [
        Members("#study", (Present("al", "@+"), Present("cy"))),
        AwayIs("cy", "lunch", news=False),
        AccountIs("cy", "cyacc", news=False),
    ]


def test_who_somebody_is_and_the_settings_of_a_group_read_as_rows(bob: Json) -> None:
    person = {
        "username": "al", "account": "alice", "realname": "Al A", "away": True, "away_text": "lunch", "operator": True,
        "bot": False, "groups": ["study", "my own"], "server": "leaf.example", "idle": 65,
    }  # fmt: skip
    assert bob.receive(answer("133", [person])).events == [
        Answer("al", text)
        for text in (
            "Al A", "account: alice", "away: lunch", "is an operator of the server", "groups: #study #my\u00a0own",
            "server: leaf.example", "idle for 1 minute 5 seconds",
        )
    ]  # fmt: skip
    values = {"key": "", "limit": 5, "secret": True, "banned": ["al", "x!*@*"]}
    assert bob.receive(answer("152", chat_name="s", settings=values)).events == [
        Answer("#s", text) for text in ("key: none", "limit: 5", "secret: yes", "banned: al, x!*@*")
    ]


def test_what_was_said_before_ends_with_its_number(bob: Json) -> None:
    bob.history("al")
    kept = {"parameters": {"username": "al", "recipient": "bob", "time": STAMP, "msgid": "m1"}, "payload": "(al) one"}
    assert bob.receive(answer("160", [kept], 2, recipient="al")).events == [
        Said("al", "bob", "one", private=True, time=TIME, msgid="m1", history=True), HistoryEnd("al", 1),
    ]  # fmt: skip
    bob.history("#gone")
    assert bob.receive(answer("300", "no such group", 3)).events == [HistoryEnd("#gone", 0, "#gone: no such group")]
    assert bob.receive(answer("161", [])).events == [Answer("", "Nothing was found.")]
    [row] = bob.receive(answer("161", [kept])).events
    assert isinstance(row, Answer) and row.about == "bob" and row.text.endswith("<al> one")


def test_a_step_has_the_moment_and_the_id_of_its_line(bob: Json) -> None:
    step = bob.receive(answer("180", username="al", chat_name="s", time=STAMP, msgid="m7"))
    assert (step.time, step.msgid) == (TIME, "m7")


def test_who_is_away_is_told_once_for_all_groups_that_are_shared(bob: Json) -> None:
    line = answer("181", "", username="al", chat_name="a", away=True)
    assert bob.receive(line).events == [AwayIs("al", "")]
    assert not bob.receive(answer("181", "", username="al", chat_name="b", away=True)).events
    assert bob.receive(answer("181", "", username="al", chat_name="a", away=False)).events == [AwayIs("al", None)]


def test_a_name_that_the_server_gives_us_is_ours(bob: Json) -> None:
    bob.join("#study")
    step = bob.receive(answer("180", "", 2, username="bob2", chat_name="study"))
    assert step.events == [Renamed("bob", "bob2", own=True), Joined("bob2", "#study", own=True)]
    assert bob.nick == "bob2"


def test_a_server_of_1_0_is_spoken_to_as_it_wants(old: Json) -> None:
    assert old.features == {"echo"} and old.mark_read("#study", TIME) == Step()
    for action in ("away", "whois", "search"):
        with pytest.raises(Unsupported, match="which has no"):
            getattr(old, action)("x")
    with pytest.raises(Unsupported, match="no private messages"):
        old.say("al", "hi")
    old.join("#study")
    step = old.receive(answer("180", "bob has joined", username="bob", chat_name="study", version=1.0))
    assert step == Step([], [Joined("bob", "#study", own=True)]) and not old.joining
    assert old.receive(answer("140", "(al) hi", version=1.0)).events == [Said("al", "#study", "hi")]
    assert old.receive(answer("190", "al has left", username="al", version=1.0)).events == [Left("al", "#study")]
    assert old.receive(answer("190", "bob has left", username="bob", version=1.0)).events == [
        Left("bob", "#study", own=True)
    ]
    assert old.machine.state == "authenticated"


def test_without_ids_the_oldest_request_of_its_kind_is_answered(old: Json) -> None:
    assert asked(old.synchronise("t1"))[0] == "REDY"
    old.create("#a")
    old.create("#b")
    old.join("#c")
    old.channels()
    for line, event in [
        (answer("170", version=1.0), Joined("bob", "#a", own=True)),
        (answer("100", "Ready", version=1.0), Synchronised("t1")),
        (answer("170", version=1.0), Joined("bob", "#b", own=True)),
        (answer("240", "There are currently no groups", username="bob", version=1.0),
         Notice("There are currently no groups")),
        (answer("100", "Ready", version=1.0), Notice("Ready")),
    ]:  # fmt: skip
        assert old.receive(line).events == [event], line
    assert list(old.joining) == ["#c"]


def test_a_server_that_passes_over_the_version_is_taken_for_an_old_one() -> None:
    dialect = Json(Identity("bob"))
    dialect.start()
    dialect.receive(answer("110", version=1.0))
    assert dialect.ready and asked(dialect.synchronise("t"))[0] == "REDY"


def test_no_version_at_all_is_the_end(old: Json) -> None:
    [event] = old.receive(answer("330", "no")).events
    assert isinstance(event, Fatal)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(STAMP),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([
                "username", "chat_name", "payload", "parameters", "away", "account", "ranks", "groups", "idle",
                "members",
                "topic", "signed_on", "x",
            ]), inner, max_size=4,
        )
    ),
    max_leaves=8,
)  # fmt: skip
_PARAMETERS = st.dictionaries(
    st.sampled_from([
        "username", "chat_name", "recipient", "next", "away", "settings", "invited_user", "new_name", "time",
        "redacted",
        "read_until", "kicked_user", "invited_to",
    ]), _JSON | st.sampled_from(["bob", "study", STAMP]), max_size=5,
)  # fmt: skip
_RESPONSES = st.builds(
    lambda code, parameters, payload, number, version: {
        "version": version, "response_code": code, "parameters": parameters, "payload": payload, "id": number,
    },
    st.sampled_from([*_HANDLERS, "300", "310", "320", "340", "999"]), _PARAMETERS | _JSON, _JSON,
    st.integers(1, 12) | _JSON, st.sampled_from([1.0, 1.1, None, "1.1"]),
)  # fmt: skip


@given(st.lists(_RESPONSES, max_size=12))
def test_no_objects_of_any_server_make_it_fail(responses: list[dict[str, Any]]) -> None:
    dialect = Json(Identity("bob"))
    for step in (dialect.start(), dialect.join("#x"), dialect.channels(), dialect.members("#x"), dialect.history("#x")):
        assert step.lines
    told: list[Event] = []
    for response in responses:
        line = json.dumps(response)
        dialect.exchange_key(line, outgoing=False)
        told += dialect.receive(line).events
        dialect.masked(line)
    assert all(hash(type(event)) for event in told)
