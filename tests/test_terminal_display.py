"""How events look, and that nothing from the network reaches the terminal as a control character."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.clean import escape, plain
from terminal.display import Display
from terminal.events import (
    Channels,
    Closing,
    Event,
    Fatal,
    Joined,
    JoinRefused,
    Left,
    Members,
    Notice,
    Problem,
    Ready,
    Renamed,
    Said,
    Synchronised,
    TopicIs,
)

EVIL = "\x1b]0;owned\x07\x9b31m\x7f\r\n\u202e\u2028\ud800"


def shown(event: Event, colour: bool = False, times: bool = False) -> list[str]:
    lines: list[str] = []
    Display(lines.append, colour=colour, times=times, now=lambda: datetime(2024, 5, 6, 7, 8)).show(event)
    return lines


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Said("al", "#x", "hi"), "#x <al> hi"),
        (Said("al", "#x", "waves", "action"), "#x * al waves"),
        (Said("al", "#x", "psst", "notice"), "#x -al- psst"),
        (Said("al", "bob", "hi", private=True), "[private] <al> hi"),
        (Said("bob", "al", "hi", own=True, private=True), "[-> al] <bob> hi"),
        (Said("al", "#x", "hi", account="alice"), "#x <al (alice)> hi"),
        (Said("Al", "#x", "hi", account="al"), "#x <Al> hi"),
        (Joined("al", "#x"), "#x: al joined"),
        (Left("al", "#x", "bye"), "#x: al left (bye)"),
        (Left("al", "", "gone", "quit"), "al quit (gone)"),
        (Left("al", "#x", "", "kicked", "cy"), "#x: al was kicked by cy"),
        (Renamed("al", "ally"), "al is now ally"),
        (TopicIs("#x", "text"), "#x: topic: text"),
        (TopicIs("#x", ""), "#x: no topic is set"),
        (TopicIs("#x", "text", "al"), "#x: topic set by al: text"),
        (TopicIs("#x", "", "al"), "#x: topic removed by al"),
        (Members("#x", ("@al", "bob")), "#x: members: @al bob"),
        (Channels((("#x", "2", "topic"),)), "#x 2 topic"),
        (Channels(()), "- There are no channels."),
        (Ready("bob", "Welcome"), "- Connected as bob. Welcome"),
        (Notice("text"), "- text"),
        (Closing("bye"), "- The server closes: bye"),
        (Problem("no"), "! no"),
        (Fatal("never"), "! never"),
        (JoinRefused("#x", "no such group", missing=True), "! #x: no such group (/create #x makes it)"),
        (JoinRefused("#x", "banned"), "! #x: banned"),
    ],
)
def test_every_event_has_one_plain_line(event: Event, line: str) -> None:
    assert shown(event) == [line]


def test_an_answered_synchronisation_is_not_shown() -> None:
    assert shown(Synchronised("t")) == []


@pytest.mark.parametrize("colour", [False, True], ids=["plain", "coloured"])
@pytest.mark.parametrize(
    "event",
    [
        Said(EVIL, EVIL, EVIL, account=EVIL), Said(EVIL, EVIL, EVIL, "action", private=True, own=True),
        Joined(EVIL, EVIL), Left(EVIL, EVIL, EVIL, "kicked", EVIL), Renamed(EVIL, EVIL), TopicIs(EVIL, EVIL, EVIL),
        Members(EVIL, (EVIL,)), Channels(((EVIL, EVIL, EVIL),)), Ready(EVIL, EVIL), Notice(EVIL), Closing(EVIL),
        Problem(EVIL), Fatal(EVIL), JoinRefused(EVIL, EVIL, missing=True),
    ],
    ids=lambda event: type(event).__name__,
)  # fmt: skip
def test_control_characters_of_strangers_never_reach_the_terminal(event: Event, colour: bool) -> None:
    [line] = shown(event, colour)
    bare = re.sub("\x1b\\[[0-9;]*m", "", line) if colour else line
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e\u2028\ud800]", bare)
    assert "\\x1b]0;owned" in bare


@given(st.text())
def test_whatever_is_cleaned_is_printable_in_one_line(text: str) -> None:
    for clean in (plain(text), escape(text)):
        assert len(clean.splitlines()) <= 1 and "\x1b" not in clean
        clean.encode()


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\x02bold\x02 \x1ditalic\x0f", "bold italic"),
        ("\x0304,12red\x03 plain", "red plain"),
        ("\x034,text", ",text"),
        ("\x03123", "3"),
        ("\x04ff0000red", "red"),
        ("a\tb", "a b"),
        ("\x03", ""),
    ],
)
def test_formatting_of_irc_is_stripped_by_its_own_rules(text: str, clean: str) -> None:
    assert plain(text) == clean


def test_a_nick_has_always_the_same_colour_and_case_does_not_matter() -> None:
    [first] = shown(Said("al", "#x", "hi"), colour=True)
    [again] = shown(Said("AL", "#x", "hi"), colour=True)
    assert first == again.replace("AL", "al") and "\x1b[" in first


def test_the_time_of_the_server_is_shown_as_local_time_with_its_date_when_it_is_not_today() -> None:
    old = datetime(2020, 1, 1, 12, 0, tzinfo=UTC)
    local = old.astimezone().strftime("%Y-%m-%d %H:%M")
    assert shown(Said("al", "#x", "hi", time=old), times=True) == [f"{local} #x <al> hi"]
    assert shown(Notice("now"), times=True) == ["07:08 - now"]


def test_problems_can_go_elsewhere() -> None:
    out: list[str] = []
    errors: list[str] = []
    display = Display(out.append, errors.append)
    for event in (Problem("a"), JoinRefused("#x", "b"), Notice("c")):
        display.show(event)
    assert errors == ["! a", "! #x: b"] and out == ["- c"]


def test_lines_of_the_protocol_are_shown_with_their_control_characters_visible() -> None:
    lines: list[str] = []
    display = Display(lines.append)
    display.wire(True, "PRIVMSG #x :\x01ACTION waves\x01")
    display.wire(False, "\x1b[2J")
    assert lines == [">> PRIVMSG #x :\\x01ACTION waves\\x01", "<< \\x1b[2J"]
