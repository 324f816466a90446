"""A dialect in a replay, and `/show`: the real dialects without a network."""

import json
from collections.abc import Sequence
from itertools import count

import pytest

from terminal.dialects import DIALECTS, Dialect, Identity
from terminal.events import Event, Joined, JoinRefused, Left, Members, Present, Ready, Said, TopicIs
from terminal.wire.replay import Rerun
from terminal.wire.show import ACTIONS, CannotShow, show, shown_rows


def played(dialect: Dialect, *lines: tuple[str, str]) -> list[Event]:
    """The events of a recorded conversation: (">" sent or "<" received, line)."""
    rerun, events = Rerun(dialect), []
    for sign, line in lines:
        step = rerun.sent(line) if sign == ">" else rerun.received(line)
        assert not step.lines
        events += step.events
    return events


def of_kind(events: Sequence[Event], *kinds: type) -> list[Event]:
    return [event for event in events if isinstance(event, kinds)]


def test_irc_shows_own_texts_that_the_server_does_not_echo() -> None:
    events = played(
        DIALECTS["irc"](Identity("bob")),
        ("<", ":s 001 bob :Welcome"),
        (">", "JOIN #one"),
        ("<", ":bob!b@h JOIN #one"),
        (">", "PRIVMSG #one :hello"),
        (">", "PRIVMSG rook :\x01ACTION waves\x01"),
        (">", "PRIVMSG rook :\x01VERSION\x01"),
    )
    assert of_kind(events, Ready, Joined, Said) == [
        Ready("bob", "Welcome"),
        Joined("bob", "#one", own=True),
        Said("bob", "#one", "hello", own=True),
        Said("bob", "rook", "waves", "action", own=True, private=True),
    ]


def test_irc_shows_them_once_when_the_server_echoes() -> None:
    events = played(
        DIALECTS["irc"](Identity("bob")),
        (">", "CAP LS 302"),
        ("<", ":s CAP * LS :echo-message"),
        (">", "CAP REQ :echo-message"),
        ("<", ":s CAP * ACK :echo-message"),
        (">", "CAP END"),
        ("<", ":s 001 bob :Welcome"),
        (">", "PRIVMSG #one :hello"),
        ("<", ":bob!b@h PRIVMSG #one :hello"),
    )
    [said] = of_kind(events, Said)
    assert isinstance(said, Said) and (said.source, said.text, said.own) == ("bob", "hello", True)


def test_a_join_that_was_refused_then_is_refused_again_and_not_just_a_problem() -> None:
    for name, welcome in (("irc", ":s 001 bob :Welcome"), ("lab", ":s 001 :Welcome")):
        refusal = ":s 473 bob #one :no" if name == "irc" else ":s 473 #one :no"
        events = played(DIALECTS[name](Identity("bob")), ("<", welcome), (">", "JOIN #one"), ("<", refusal))
        assert of_kind(events, JoinRefused) == [JoinRefused("#one", "no")]


def test_a_nick_that_was_taken_then_is_given_up_again() -> None:
    dialect = DIALECTS["irc"](Identity("bob"))
    played(dialect, ("<", ":s 433 * bob :in use"), (">", "NICK bob_"), ("<", ":s 001 bob_ :Welcome"))
    assert dialect.nick == "bob_"
    other = DIALECTS["irc"](Identity("bob"))
    played(other, (">", "NICK robert"), ("<", ":s 001 robert :Welcome"))
    assert other.nick == "robert"


def test_lab_awaits_the_names_that_were_asked_for_just_once() -> None:
    events = played(
        DIALECTS["lab"](Identity("bob")),
        (">", "USER bob localhost parley.local :bob"),
        ("<", ":s 001 :Welcome"),
        (">", "JOIN #one"),
        ("<", ":s 332 #one :Exam on Friday"),
        (">", "NAMES #one"),
        ("<", ":s 353 #one :bob rook"),
        ("<", ":s 366 #one :End"),
        (">", "NAMES #two"),
        ("<", ":s 353 #two :wren"),
        ("<", ":s 366 #two :End"),
        (">", "PRIVMSG #one :hello"),
        (">", "PART #one"),
    )
    assert of_kind(events, Joined, TopicIs, Members, Said, Left) == [
        Joined("bob", "#one", own=True),
        TopicIs("#one", "Exam on Friday"),
        Members("#one", (Present("bob"), Present("rook"))),
        Members("#two", (Present("wren"),)),
        Said("bob", "#one", "hello", own=True),
        Left("bob", "#one", own=True),
    ]


def request(number: int, command: str, **parameters: str) -> str:
    return json.dumps({"version": 1.1, "id": number, "command": command, "parameters": parameters})


def response(number: int, code: str, payload: object = "", **parameters: str) -> str:
    return json.dumps({"response_code": code, "id": number, "payload": payload, "parameters": parameters})


def test_json_understands_answers_by_the_ids_of_then() -> None:
    events = played(
        DIALECTS["json"](Identity("bob")),
        (">", request(1, "AUTH", username="bob", password="****")),
        ("<", response(1, "110")),
        (">", request(2, "JOIN", chat_name="one")),
        ("<", response(2, "240", "no such group")),
        (">", request(9, "CHAT", chat_name="one")),
        ("<", response(9, "170")),
        (">", request(10, "WHOS", chat_name="one")),
        ("<", response(10, "131", [{"username": "bob", "admin": True}])),
        (">", request(11, "MSSG", recipient="rook")),
        ("<", response(11, "140", "hi", username="bob")),
    )
    assert of_kind(events, Ready, JoinRefused, Joined, Members, Said) == [
        Ready("bob"),
        JoinRefused("#one", "no such group", missing=True),
        Joined("bob", "#one", own=True),
        Members("#one", (Present("bob", "@"),)),
        Said("bob", "rook", "hi", own=True, private=True),
    ]


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize(
    "line",
    ["", "JOIN", "PRIVMSG #x", "PART", "NAMES", "USER", "NICK", "{", "[1]", '{"command": 1, "parameters": 2}',
     '{"command": "JOIN"}', "{" * 100_000, "[" * 100_000, "PRIVMSG", ":a", "@a"],
    ids=count(),
)  # fmt: skip
def test_no_line_that_was_sent_makes_a_replay_fail(name: str, line: str) -> None:
    played(DIALECTS[name](Identity("bob")), (">", line), (">", line))


def test_an_action_is_shown_as_each_dialect_sends_it() -> None:
    irc, group, lab = show("say", "#study hello there", "bob")
    assert [(line.text, line.end, line.size) for line in irc.lines] == [("PRIVMSG #study :hello there", "\r\n", 29)]
    assert lab.lines == irc.lines
    [line] = group.lines
    sent = json.loads(line.text)
    assert (sent["command"], sent["payload"], sent["parameters"]["username"]) == ("MSSG", "hello there", "bob")
    assert line.end == "\n" and line.size == len(line.text) + 1


def test_what_a_dialect_lacks_is_said() -> None:
    by_name = {each.name: each for each in show("/KICK", "study rook for spam", "bob")}
    assert [line.text for line in by_name["irc"].lines] == ["KICK #study rook :for spam"]
    assert (by_name["lab"].lines, by_name["lab"].text) == ((), "The lab dialect has no /kick.")


def test_several_lines_are_counted_and_control_bytes_made_visible() -> None:
    rows = shown_rows(show("me", "#study waves", "bob")[:1])
    assert rows == ["IRC", r"  PRIVMSG #study :\x01ACTION waves\x01␍␊  (32 bytes)"]
    rows = shown_rows(show("ban", "study rook", "bob")[:1])
    assert rows[-1] == "  2 lines, 51 bytes" and len(rows) == 4


def test_the_current_channel_may_be_left_out() -> None:
    assert show("kick", "rook", "bob", "#study") == show("kick", "#study rook", "bob")
    assert show("names", "", "bob", "#study") == show("names", "study", "bob")
    assert show("kick", "#lab rook", "bob", "#study") == show("kick", "#lab rook", "bob")


def test_an_action_that_cannot_be_read_gets_a_sentence() -> None:
    for words, reason in (
        (("kcik", ""), r"/show knows no kcik\. Did you mean /show kick\?"),
        (("", ""), "There are join, part"),
        (("\x1b[2J", ""), r"knows no \\x1b"),
        (("say", "#study"), r"Usage: /show say <channel> <text>"),
    ):
        with pytest.raises(CannotShow, match=reason):
            show(*words, "bob")


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_shown_in_every_dialect(action: str) -> None:
    arguments = " ".join(("#study", "rook", "text")[: len(ACTIONS[action].usage.split())])
    for each in show(action, arguments, "bob"):
        assert each.lines or each.text
