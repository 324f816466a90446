"""Texts that look like a command gone wrong: nobody reads a password because a slash was swallowed."""

from collections.abc import Callable

import pytest

from terminal.writing.slips import corrected, meant
from tests.harness import ServerUnderTest
from tests.terminal_core import a_client, on_channels
from tests.terminal_screen import Terminal, on_channel

Start = Callable[..., Terminal]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("msg NickServ IDENTIFY topsecret", "/msg NickServ IDENTIFY topsecret"),
        ("query nickserv identify topsecret", "/query nickserv identify topsecret"),
        ("msg wren hello", "/msg wren hello"),
        ("x/msg NickServ IDENTIFY topsecret", "/msg NickServ IDENTIFY topsecret"),
        (" /msg wren hello", "/msg wren hello"),
        ("> /join #lounge", "/join #lounge"),
        ("join #lounge", "/join #lounge"),
        ("login alice topsecret", "/login alice topsecret"),
    ],
)
def test_a_command_without_its_slash_or_behind_a_stray_letter_is_seen(text: str, command: str) -> None:
    core = a_client()
    on_channels(core, "#study")
    assert meant(core.client, text) == command.split()[0]
    assert corrected(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "hello", "/msg wren hello", "//msg wren hello", "join us", "me and wren", "list the files", "a /nosuch thing",
        "see /msg wren", "topic for today", "who is wren", "x/y", "msg", "1/2 of it", "help\nmsg wren hello",
    ],
)  # fmt: skip
def test_an_ordinary_text_is_none(text: str) -> None:
    core = a_client()
    on_channels(core, "#study")
    assert meant(core.client, text) == ""


def test_one_is_asked_before_it_is_said(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    screen = on_channel(terminal, server.port, "--pacing-interval=0", width=100)
    screen.enter("msg wren between us")
    screen.wait_for("Is this a command, /msg? c = do /msg, s = say it to #study, e = edit").send("e")
    screen.wait_for("[#study] msg wren between us").key("Enter")
    screen.wait_for("Is this a command").send("c")
    assert wren.lines_until(lambda line: "between us" in line)[-1].endswith(" PRIVMSG wren :between us")
    screen.wait_gone("Is this a command").enter("msg wren in public")
    screen.wait_for("Is this a command").send("s")
    assert wren.lines_until(lambda line: "public" in line)[-1].endswith(" PRIVMSG #study :msg wren in public")
