"""The table of events: the exact form of every row in modern IRC, lab IRC and both versions of the JSON protocol."""

import json
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator

from protocol import csp, events, irc, lab
from protocol.values import CSP_1_0, CSP_1_1, IRC, LAB, Event, Source, flavour_of

RESPONSE_VALIDATOR = Draft202012Validator(json.loads((csp.SCHEMAS / "response.json").read_text("utf-8")))
PLAIN = flavour_of(IRC)
TAGGED = flavour_of(IRC, frozenset({"server-time", "message-tags", "account-tag"}))
CAPABLE = flavour_of(IRC, frozenset(row.capability for row in events.TABLE.values() if row.capability))
LAB_FLAVOUR = flavour_of(LAB)
ALICE = Source("alice", "alice!u@h", "alice")
SERVER = Source("srv", "srv")
TIME = 1_700_000_000.25
TAGS = "@time=2023-11-14T22:13:20.250Z;account=alice;msgid=m1 "
WHEN = {"time": "2023-11-14T22:13:20.250Z", "msgid": "m1"}
STUDY = {"username": "alice", "chat_name": "study"}


def event(row: Any, target: str = "", text: str = "", detail: Any = None, source: Source = ALICE) -> Event:
    return Event(row, source, target, text, detail, TIME, "m1")


class Case(NamedTuple):
    """An event with its lines; `objects` are (code, 1.0 parameters, further 1.1 parameters, channel, payload)."""

    event: Event
    modern: str
    lab: str = ""
    objects: tuple[tuple[str, dict[str, str], dict[str, Any], str, str], ...] = ()


NEWER = ("141", "151", "181", "182")  # codes that version 1.0 is not shown
LEFT = ("190", {"username": "alice"}, {"chat_name": "study"}, "", "alice has left the chat room")
PRIVATE = {"username": "alice", "recipient": "bob", "chat_name": ""}
CASES = {
    "a message to a channel": Case(
        event(events.PRIVMSG, "#study", "hi  there"),
        ":alice!u@h PRIVMSG #study :hi  there",
        ":alice PRIVMSG #study :hi  there",
        (("140", {}, STUDY, "DC", "(alice) hi  there"),),
    ),
    "a private message": Case(
        event(events.PRIVMSG, "bob", "hi"),
        ":alice!u@h PRIVMSG bob :hi",
        ":alice PRIVMSG bob :hi",
        (("140", PRIVATE, {}, "DC", "(alice) hi"),),
    ),
    "an action": Case(
        event(events.PRIVMSG, "#study", "\x01ACTION waves\x01"),
        ":alice!u@h PRIVMSG #study :\x01ACTION waves\x01",
        ":alice PRIVMSG #study :\x01ACTION waves\x01",
        (("140", {}, STUDY, "DC", "(alice) * waves"),),
    ),
    "another CTCP, which is not for people": Case(
        event(events.PRIVMSG, "bob", "\x01VERSION\x01"),
        ":alice!u@h PRIVMSG bob :\x01VERSION\x01",
        ":alice PRIVMSG bob :\x01VERSION\x01",
    ),
    "a notice": Case(
        event(events.NOTICE, "#my\u00a0own", "hi"),
        ":alice!u@h NOTICE #my\u00a0own :hi",
        ":alice PRIVMSG #my\u00a0own :hi",
        (("140", {}, {"username": "alice", "chat_name": "my own"}, "DC", "(alice) hi"),),
    ),
    "a notice of the server": Case(event(events.NOTICE, "bob", "hi", source=SERVER), ":srv NOTICE bob :hi"),
    "a tag message": Case(event(events.TAGMSG, "#study"), ":alice!u@h TAGMSG #study"),
    "a message that is taken back": Case(
        event(events.REDACT, "#study", "oops", "m0"),
        ":alice!u@h REDACT #study m0 :oops",
        "",
        (("141", {}, {**STUDY, "redacted": "m0"}, "DC", "oops"),),
    ),
    "a private message that is taken back": Case(
        event(events.REDACT, "bob", "", "m0"),
        ":alice!u@h REDACT bob m0",
        "",
        (("141", {}, {**PRIVATE, "redacted": "m0"}, "DC", ""),),
    ),
    "a word to operators": Case(event(events.WALLOPS, "", "help"), ":alice!u@h WALLOPS :help"),
    "a join": Case(
        event(events.JOIN, "#study", detail="Alice A"),
        ":alice!u@h JOIN #study",
        "",
        (("180", STUDY, {}, "CC", "alice has joined the group"),),
    ),
    "a part": Case(event(events.PART, "#study"), ":alice!u@h PART #study", "", (LEFT,)),
    "a part with a text": Case(event(events.PART, "#study", "bye"), ":alice!u@h PART #study :bye", "", (LEFT,)),
    "a quit without a text": Case(
        event(events.QUIT, "#study", "Client quit", ""), ":alice!u@h QUIT :Client quit", "", (LEFT,)
    ),
    "a quit with a text": Case(
        event(events.QUIT, "#study", "Quit: bye", "bye"), ":alice!u@h QUIT :Quit: bye", ":alice QUIT :bye", (LEFT,)
    ),
    "a kick": Case(
        event(events.KICK, "#study", "spam", "bob"),
        ":alice!u@h KICK #study bob :spam",
        ":alice KICK #study bob :spam",
        (("192", {"kicked_user": "bob"}, STUDY, "CC", "bob has been kicked from the group"),),
    ),
    "the removal that belongs to a ban": Case(
        event(events.KICK_BANNED, "#study", "spam", "bob"),
        ":alice!u@h KICK #study bob :spam",
        ":alice KICK #study bob :spam",
        (("191", {"banned_user": "bob"}, STUDY, "CC", "bob has been banned from the group"),),
    ),
    "a nick change, as seen in a group": Case(
        event(events.NICK, "#study", detail="carol"),
        ":alice!u@h NICK carol",
        "",
        (LEFT, ("180", {"username": "carol", "chat_name": "study"}, {}, "CC", "carol has joined the group")),
    ),
    "an invitation": Case(
        event(events.INVITE, "bob", detail="#my\u00a0own"),
        ":alice!u@h INVITE bob #my\u00a0own",
        "",
        (("140", PRIVATE, {"invited_to": "my own"}, "DC", "(alice) invites you to the group my own"),),
    ),
    "an invitation, as the members see it": Case(
        event(events.INVITED, "#study", detail="bob"),
        ":alice!u@h INVITE bob #study",
        "",
        (("182", {}, {**STUDY, "invited_user": "bob"}, "CC", "bob has been invited to the group"),),
    ),
    "a knock": Case(
        event(events.KNOCK, "#study", "let me in"),
        ":alice!u@h KNOCK #study :let me in",
        "",
        (("140", STUDY, {}, "DC", "(alice) asks to be let into the group study: let me in"),),
    ),
    "a topic": Case(
        event(events.TOPIC, "#study", "Exam on Friday"),
        ":alice!u@h TOPIC #study :Exam on Friday",
        ":alice TOPIC #study :Exam on Friday",
        (("150", STUDY, {}, "CC", "Exam on Friday"),),
    ),
    "a topic that is cleared": Case(
        event(events.TOPIC, "#study"),
        ":alice!u@h TOPIC #study :",
        ":alice TOPIC #study :",
        (("150", STUDY, {}, "CC", ""),),
    ),
    "a mode": Case(event(events.MODE, "#study", "+o bob"), ":alice!u@h MODE #study +o bob"),
    "a ban that concerns two users": Case(
        event(events.MODE, "#study", "+b b*!*@*", ("bob", "carol")),
        ":alice!u@h MODE #study +b b*!*@*",
        "",
        (
            ("191", {"banned_user": "bob"}, STUDY, "CC", "bob has been banned from the group"),
            ("191", {"banned_user": "carol"}, STUDY, "CC", "carol has been banned from the group"),
        ),
    ),
    "going away, as seen in a group": Case(
        event(events.AWAY, "#study", "lunch"),
        ":alice!u@h AWAY :lunch",
        "",
        (("181", {}, {**STUDY, "away": True}, "CC", "lunch"),),
    ),
    "coming back": Case(
        event(events.AWAY), ":alice!u@h AWAY", "", (("181", {}, {**STUDY, "chat_name": "", "away": False}, "CC", ""),)
    ),
    "logging in": Case(event(events.ACCOUNT, "", "alice"), ":alice!u@h ACCOUNT alice"),
    "logging out": Case(event(events.ACCOUNT), ":alice!u@h ACCOUNT *"),
    "a new real name": Case(event(events.SETNAME, "", "Alice A"), ":alice!u@h SETNAME :Alice A"),
    "a new host": Case(event(events.CHGHOST, detail=("v", "w")), ":alice!u@h CHGHOST v w"),
    "metadata": Case(event(events.METADATA, "#study", "a b", ("url", True)), ":alice!u@h METADATA #study url * :a b"),
    "metadata that is gone": Case(event(events.METADATA, "bob", "", ("url", False)), ":alice!u@h METADATA bob url *"),
    "a new name of a channel": Case(
        event(events.RENAME, "#study", "moved", "#my\u00a0own"),
        ":alice!u@h RENAME #study #my\u00a0own :moved",
        ":alice PRIVMSG #study :This channel is called #my\u00a0own from now on (moved)",
        (("151", {}, {**STUDY, "new_name": "my own"}, "CC", "moved"),),
    ),
    "a kill": Case(event(events.KILL, "bob", "spam"), ":alice!u@h KILL bob :spam"),
    "the last line before a close": Case(
        event(events.ERROR, "", "Closing Link: h (bye)", source=SERVER),
        "ERROR :Closing Link: h (bye)",
        "ERROR :Closing Link: h (bye)",
        (("350", {}, {}, "CC", "Closing Link: h (bye)"),),
    ),
    "a ping of the server": Case(event(events.SERVER_PING, "", "srv"), "PING :srv"),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    chosen: Case = request.param
    return chosen


def test_every_row_has_a_case() -> None:
    assert {case.event.row.name for case in CASES.values()} == set(events.TABLE)


def test_in_modern_irc_without_tags(case: Case) -> None:
    expected = "" if case.event.row.capability else case.modern + "\r\n"
    assert irc.encode(case.event, "srv", "bob", PLAIN) == expected.encode()
    assert irc.encode_event(case.event, CAPABLE).decode().endswith(case.modern + "\r\n")


def test_in_modern_irc_with_tags(case: Case) -> None:
    flavour = flavour_of(IRC, TAGGED.capabilities | {case.event.row.capability})
    tags = TAGS if case.event.source is ALICE else TAGS.replace("account=alice;", "")
    assert irc.encode(case.event, "srv", "bob", flavour).decode() == tags + case.modern + "\r\n"


def test_in_lab_irc(case: Case) -> None:
    assert lab.encode(case.event, "srv", "bob", LAB_FLAVOUR).decode() == (case.lab + "\r\n" if case.lab else "")


def objects(data: bytes) -> list[Any]:
    lines = data.splitlines(keepends=True)
    assert all(line.endswith(b"}\n") for line in lines)
    bodies = [json.loads(line) for line in lines]
    for body in bodies:
        RESPONSE_VALIDATOR.validate(body)
    return bodies


def expected_objects(case: Case, version: float) -> list[Any]:
    return [
        {
            "version": version,
            "response_code": code,
            "parameters": minimal if version == 1.0 or code in ("150", "350") else {**minimal, **more, **WHEN},
            "channel": channel,
            "payload": payload,
        }
        for code, minimal, more, channel, payload in case.objects
        if version == 1.1 or code not in NEWER
    ]


def test_in_json_1_0(case: Case) -> None:
    data = csp.encode(case.event, "srv", "bob", CSP_1_0)
    expected = expected_objects(case, 1.0)
    assert objects(data) == expected
    assert data == b"".join(json.dumps(body, ensure_ascii=False).encode() + b"\n" for body in expected)


def test_in_json_1_1(case: Case) -> None:
    bodies = objects(csp.encode(case.event, "srv", "bob", CSP_1_1))
    for body in bodies:
        if body["response_code"] == "150":
            assert {key: body["parameters"].pop(key) for key in WHEN} == WHEN
    assert bodies == expected_objects(case, 1.1)


def test_the_exact_bytes_of_a_1_1_event() -> None:
    assert csp.encode(CASES["a kick"].event, "srv", "bob", CSP_1_1) == (
        b'{"version": 1.1, "response_code": "192", "parameters": {"username": "alice", "chat_name": "study", '
        b'"kicked_user": "bob", "time": "2023-11-14T22:13:20.250Z", "msgid": "m1"}, "channel": "CC", '
        b'"payload": "bob has been kicked from the group"}\n'
    )


# --- capabilities and length ---------------------------------------------------------------------------------------


def test_an_extended_join_tells_account_and_real_name() -> None:
    extended = flavour_of(IRC, frozenset({"extended-join"}))
    assert irc.encode_event(CASES["a join"].event, extended) == b":alice!u@h JOIN #study alice :Alice A\r\n"
    guest = event(events.JOIN, "#study", detail="Bob", source=Source("bob", "bob!u@h"))
    assert irc.encode_event(guest, extended) == b":bob!u@h JOIN #study * :Bob\r\n"


def test_each_tag_needs_its_capability() -> None:
    def tags(capability: str) -> str:
        line = irc.encode_event(CASES["a part"].event, flavour_of(IRC, frozenset({capability}))).decode()
        return line.partition(" ")[0]

    assert tags("server-time") == "@time=2023-11-14T22:13:20.250Z"
    assert tags("account-tag") == "@account=alice"
    assert tags("message-tags") == "@msgid=m1"
    assert tags("batch") == ":alice!u@h"


def test_client_tags_a_bot_and_a_label() -> None:
    bot = Source("robot", "robot!u@h", "", is_bot=True)
    message = Event(events.PRIVMSG, bot, "#study", "hi", None, TIME, "m1", {"+draft/reply": "a b"})
    flavour = flavour_of(IRC, frozenset({"message-tags"}))
    line = irc.encode(message, "srv", "bob", flavour, irc.label_tag("x;y"))
    assert line == b"@label=x\\:y;msgid=m1;bot;+draft/reply=a\\sb :robot!u@h PRIVMSG #study :hi\r\n"


def test_a_line_that_grew_too_long_is_cut_between_characters() -> None:
    line = irc.encode_event(event(events.PRIVMSG, "#study", "ü" * 300), PLAIN)
    assert line.startswith(":alice!u@h PRIVMSG #study :üü".encode())
    assert line.endswith("ü\r\n".encode())
    assert 510 < len(line) <= 512


def test_a_long_text_of_a_json_user_becomes_several_lines() -> None:
    text = "word " * 300
    message = Event(events.PRIVMSG, ALICE, "#study", text, None, TIME, "m1", is_long=True)
    lines = irc.encode_event(message, TAGGED).decode().splitlines()
    head = TAGS + ":alice!u@h PRIVMSG #study :"
    assert len(lines) > 2
    assert all(line.startswith(head) and len(line) - len(TAGS) <= 510 for line in lines)
    assert "".join(line.removeprefix(head) for line in lines) == text


def test_the_same_fact_about_another_channel() -> None:
    quit_event = event(events.QUIT, "", "bye", "bye")
    assert objects(csp.encode(quit_event.about("#my\u00a0own"), "srv", "bob", CSP_1_1))[0]["parameters"] == {
        "username": "alice",
        "chat_name": "my own",
        **WHEN,
    }
