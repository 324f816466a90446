"""How events look as plain lines, and that nothing from the network reaches the terminal as a control character."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.events import (
    AccountIs,
    AwayIs,
    Channels,
    Closing,
    Event,
    Invited,
    Joined,
    JoinRefused,
    Left,
    Members,
    ModeChanged,
    Notice,
    Present,
    Problem,
    Ready,
    Renamed,
    Said,
    Step,
    Synchronised,
    TopicIs,
)
from terminal.plain.printing import Printer
from terminal.text.clean import escape, plain
from terminal.text.paint import Paint
from tests.terminal_core import NOW, a_client

EVIL = "\x1b]0;owned\x07\x9b31m\x7f\r\n\u202e\u2028\ud800"


class Paper:
    """What a client prints, `out` and `problems`; it is bob, on the channel #x with al, as in a pipe."""

    def __init__(self, colour: bool = False, is_typed: bool = False, **settings: str) -> None:
        self.core = a_client(**settings)
        self.core.client.interactive = is_typed
        self.out: list[str] = []
        self.problems: list[str] = []
        self.session, self.peer = self.core.online(nick="bob")
        self.peer.feed(":bob!b@h JOIN #x", ":s 353 bob = #x :al bob", ":s 366 bob #x :End")
        self.core.client.windows.show(self.core.client.window("channel", "net", "#x"))
        Printer(self.core.client, self.out.append, self.problems.append, Paint(colour), is_typed)

    def show(self, event: Event) -> list[str]:
        """The lines that an event brings."""
        self.out.clear()
        self.problems.clear()
        self.session.do(Step([], [event]))
        self.core.pass_time(5)
        return self.out + self.problems


def shown(event: Event, colour: bool = False) -> list[str]:
    return Paper(colour).show(event)


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
        (Joined("cy", "#x"), "#x: cy joined"),
        (Left("al", "#x", "bye"), "#x: al left (bye)"),
        (Left("al", "", "gone", "quit"), "al quit (gone)"),
        (Left("al", "#x", "", "kicked", "cy"), "#x: al was kicked by cy"),
        (Renamed("al", "ally"), "al is now ally"),
        (TopicIs("#x", "text"), "#x: topic: text"),
        (TopicIs("#x", ""), "#x: no topic is set"),
        (TopicIs("#x", "text", "al"), "#x: topic set by al: text"),
        (TopicIs("#x", "", "al"), "#x: topic removed by al"),
        (Members("#x", (Present("al", "@"), Present("bob"))), "#x: members: @al bob"),
        (Channels((("#x", "2", "topic"),)), "#x 2 topic"),
        (Channels(()), "- There are no channels."),
        (Ready("bob", "Welcome"), "- Connected as bob. Welcome"),
        (Notice("text"), "- text"),
        (Closing("bye"), "- The server closes: bye"),
        (ModeChanged("#x", "+t", "al"), "#x: al sets mode +t"),
        (AwayIs("al", "lunch"), "- al is away: lunch"),
        (AccountIs("al", "alice"), "- al has logged in as alice"),
        (Invited("bob", "#y", "al", own=True), "- al invites you to #y"),
        (Problem("no"), "! no"),
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
        Said(EVIL, EVIL, EVIL, account=f"other{EVIL}"), Said(EVIL, EVIL, EVIL, "action", private=True, own=True),
        Joined(EVIL, EVIL), Left(EVIL, EVIL, EVIL, "kicked", EVIL), Renamed(EVIL, EVIL), TopicIs(EVIL, EVIL, EVIL),
        Members(EVIL, (Present(EVIL, EVIL),)), Channels(((EVIL, EVIL, EVIL),)), Ready(EVIL, EVIL), Notice(EVIL),
        Closing(EVIL), Problem(EVIL), JoinRefused(EVIL, EVIL, missing=True), ModeChanged(EVIL, EVIL, EVIL),
        Invited(EVIL, EVIL, EVIL),
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
    paper = Paper(is_typed=True)
    assert paper.show(Said("al", "#x", "hi", time=old)) == [f"{local} #x <al> hi"]
    now = NOW.astimezone()
    assert Paper(is_typed=True).show(Notice("now")) == [f"{now:%H:%M} - now"]


def test_the_form_of_the_time_is_a_setting() -> None:
    assert Paper(is_typed=True, times="").show(Notice("now")) == ["- now"]
    assert Paper(is_typed=True, times="%M:%S").show(Notice("now")) == ["34:00 - now"]


def test_problems_can_go_elsewhere() -> None:
    paper = Paper()
    for event in (Problem("a"), JoinRefused("#x", "b"), Notice("c")):
        paper.session.do(Step([], [event]))
    assert paper.problems == ["! a", "! #x: b"] and paper.out == ["- c"]


def test_lines_of_the_protocol_are_shown_with_their_control_characters_visible() -> None:
    paper = Paper()
    paper.core.type("/wire", "/me waves")
    paper.peer.feed("\x1b[2J")
    assert [line for line in paper.out if line[:2] in (">>", "<<")] == [
        ">> PRIVMSG #x :\\x01ACTION waves\\x01",
        "<< \\x1b[2J",
    ]
