"""The exact bytes of every JSON answer and refusal, each one as the published schema says."""

import json

import pytest
from jsonschema import Draft202012Validator

from protocol import csp, events, replies
from protocol.events import csp_object
from protocol.replies import answer, payload_of
from protocol.values import CSP_1_0, CSP_1_1, Answer, AnswerRow, Event, Raw, Refused, Reply, Source

RESPONSE_VALIDATOR = Draft202012Validator(json.loads((csp.SCHEMAS / "response.json").read_text("utf-8")))
STUDY = {"username": "alice", "chat_name": "study"}


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (answer(replies.CSP_READY), '"100", "parameters": {}, "channel": "CC", "payload": "Ready"'),
        (answer(replies.CSP_PONG), '"101", "parameters": {}, "channel": "CC", "payload": "PONG"'),
        (answer(replies.CSP_LOGGED_IN), '"110", "parameters": {}, "channel": "CC", "payload": ""'),
        (
            answer(replies.CSP_GROUPS, ["study", "my own"], username="alice"),
            '"130", "parameters": {"username": "alice"}, "channel": "", "payload": ["study", "my own"]',
        ),
        (
            answer(replies.CSP_MEMBERS, [{"username": "alice", "admin": True, "away": False}], **STUDY),
            '"131", "parameters": {"username": "alice", "chat_name": "study"}, "channel": "CC", '
            '"payload": [{"username": "alice", "admin": true, "away": false}]',
        ),
        (
            answer(replies.CSP_TOPIC, "grüße", **STUDY),
            '"150", "parameters": {"username": "alice", "chat_name": "study"}, "channel": "CC", "payload": "grüße"',
        ),
        (
            answer(replies.CSP_HISTORY, [], **STUDY),
            '"160", "parameters": {"username": "alice", "chat_name": "study"}, "channel": "CC", "payload": []',
        ),
        (answer(replies.CSP_CREATED), '"170", "parameters": {}, "channel": "", "payload": ""'),
        (answer(replies.CSP_CLOSING, "bye"), '"350", "parameters": {}, "channel": "CC", "payload": "bye"'),
    ],
    ids=lambda value: value.row.code if isinstance(value, Answer) else "",
)
def test_the_exact_bytes_of_an_answer(item: Answer, text: str) -> None:
    data = csp.encode(item, "server", "alice", CSP_1_0)
    assert data == ('{"version": 1.0, "response_code": ' + text + "}\n").encode()
    RESPONSE_VALIDATOR.validate(json.loads(data))


def test_an_answer_in_1_1_carries_the_id() -> None:
    data = csp.encode(answer(replies.CSP_READY), "server", "*", CSP_1_1, "my-id")
    assert data == (
        b'{"version": 1.1, "response_code": "100", "parameters": {}, "channel": "CC", "payload": "Ready", '
        b'"id": "my-id"}\n'
    )
    assert json.loads(csp.encode(answer(replies.CSP_PONG), "server", "*", CSP_1_1, 0))["id"] == 0


@pytest.mark.parametrize(
    ("row", "parameters", "channel", "reply", "payload"),
    [
        (
            AnswerRow("240", ("username", "chat_name"), "CC"),
            STUDY,
            "CC",
            Reply(replies.ERR_NOSUCHCHANNEL, ("#my\u00a0own",)),
            "There is no group my own; CHAT makes one",
        ),
        (
            AnswerRow("260", ("username",), "CC"),
            {"username": "alice"},
            "CC",
            Reply(replies.ERR_CHANOPRIVSNEEDED, ("#study",)),
            "You are not the admin of this group",
        ),
        (
            AnswerRow("250", ("username",), "CC"),
            {"username": "alice"},
            "CC",
            Reply(replies.ERR_NOSUCHNICK, ("bob",)),
            "bob is not here",
        ),
        (AnswerRow("200"), {}, "", Reply(replies.ERR_NICKNAMEINUSE, ("alice",)), ""),
        (AnswerRow("200", channel="CC"), {}, "CC", Reply(replies.ERR_SASLFAIL, ()), ""),
    ],
)
def test_a_refusal_takes_the_failure_form_of_its_command(
    row: AnswerRow, parameters: dict[str, str], channel: str, reply: Reply, payload: str
) -> None:
    result = csp.refusal(reply, payload_of(reply), row, **STUDY)
    body = json.loads(csp.encode(result, "server", "alice", CSP_1_0))
    RESPONSE_VALIDATOR.validate(body)
    assert body == {
        "version": 1.0,
        "response_code": row.code,
        "parameters": parameters,
        "channel": channel,
        "payload": payload,
    }


@pytest.mark.parametrize(
    ("refused", "code", "payload"),
    [
        (Refused(replies.FAIL_STATE, "LIST", "Log in first"), "320", "Log in first"),
        (Refused(replies.FAIL_REQUEST, "MSSG", "payload: too long"), "300", "payload: too long"),
        (Refused(replies.FAIL_VERSION), "330", "Server is running on a different protocol version"),
        (Refused(replies.ERR_UNKNOWNCOMMAND, "HELO"), "310", 'There is no command "HELO"'),
        (Refused(replies.RPL_TRYAGAIN, "MSSG"), "340", "Please wait a while and try again."),
        (Refused(replies.ERR_INPUTTOOLONG), "300", "The line is longer than 16384 bytes"),
        (Refused(replies.ERR_NOSUCHNICK, "bob", code="300"), "300", "bob is not here"),
    ],
)
def test_what_is_wrong_with_the_request_itself_has_its_own_code(refused: Refused, code: str, payload: str) -> None:
    result = csp.refusal(refused.reply, payload_of(refused.reply), AnswerRow("260", ("username",)), refused.code)
    assert (result.row.code, result.row.channel, result.payload) == (code, "CC", payload)
    assert result.parameters == {}


def test_without_a_failure_form_the_reply_gives_the_code() -> None:
    absent = Reply(replies.ERR_NOSUCHCHANNEL, ("#study",))
    outside = Reply(replies.ERR_NOTONCHANNEL, ("#study",))
    assert csp.refusal(absent, payload_of(absent), None).row.code == "300"
    assert csp.refusal(outside, payload_of(outside), None).row.code == "320"
    assert payload_of(outside) == "You are not in the group study"


@pytest.mark.parametrize("item", [Reply(replies.RPL_WELCOME, ("Net", "a!b@c")), Raw("PING", ("x",))])
def test_what_belongs_to_irc_is_not_shown(item: Reply | Raw) -> None:
    assert csp.encode(item, "server", "alice", CSP_1_0) == b""


# --- events: their objects are in test_events.py -------------------------------------------------------------------


def test_a_1_0_event_carries_no_more_than_the_table_says() -> None:
    event = Event(events.PRIVMSG, Source("alice", "alice!u@h"), "#study", "hi", None, 0.0, "m1")
    assert csp_object("140", event, CSP_1_0, {}, "DC", "x")["parameters"] == {}
    assert csp.encode(event, "server", "bob", CSP_1_0) == (
        b'{"version": 1.0, "response_code": "140", "parameters": {}, "channel": "DC", "payload": "(alice) hi"}\n'
    )


def test_an_event_that_answers_a_1_1_request_carries_its_id() -> None:
    event = Event(events.PRIVMSG, Source("alice", "alice!u@h"), "#study", "hi", None, 0.0, "m1")
    body = json.loads(csp.encode(event, "server", "alice", CSP_1_1, 7))
    RESPONSE_VALIDATOR.validate(body)
    assert body["id"] == 7
    assert body["parameters"] == {**STUDY, "time": "1970-01-01T00:00:00.000Z", "msgid": "m1"}
