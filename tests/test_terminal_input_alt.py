"""Esc and Alt on a real terminal: no letter is swallowed or added, for that would make a command public."""

from collections.abc import Callable

import pytest

from tests.harness import ServerUnderTest
from tests.terminal_screen import Terminal, on_channel

Start = Callable[..., Terminal]


@pytest.fixture
def screen(server: ServerUnderTest, terminal: Start) -> Terminal:
    return on_channel(terminal, server.port, "--pacing-interval=0", width=100, height=16)


def typed(screen: Terminal) -> str:
    """The last row: the prompt and what is typed."""
    return screen.display[-1].rstrip()


@pytest.mark.parametrize("key", ["Alt-x", "Alt-0", "\x1b-", "Alt-.", "Alt-Up", "Alt-F5", "Alt-_", "Alt-Left", "Ctrl-]"])
def test_alt_with_a_key_that_has_no_meaning_leaves_what_is_typed_next_as_it_is(screen: Terminal, key: str) -> None:
    screen.key(key)
    screen.send("/away soon back")
    screen.wait_for(lambda: typed(screen) == "[#study] /away soon back")


@pytest.mark.parametrize("text", ["/away soon back", "soon back"])
def test_what_is_typed_after_esc_is_typed_whole(screen: Terminal, text: str) -> None:
    screen.send("x")
    screen.wait_for(lambda: typed(screen) == "[#study] x").key("Backspace", "Escape")
    screen.wait_for(lambda: typed(screen) == "[#study]")
    screen.send("\x1b")
    screen.send("/" + text.removeprefix("/"))
    screen.wait_for(lambda: typed(screen) == "[#study] /" + text.removeprefix("/"))


def test_alt_in_a_question_neither_ends_it_nor_types_into_the_line(screen: Terminal) -> None:
    screen.key("Ctrl-C", "Ctrl-C")
    screen.wait_for("Leave? y = yes, n = no").key("Alt-x", "Alt-5")
    screen.send("n")
    screen.wait_gone("Leave?").wait_for(lambda: typed(screen) == "[#study]")
    screen.send("hello")
    screen.wait_for(lambda: typed(screen) == "[#study] hello")


def test_esc_in_a_question_and_a_command_at_once(screen: Terminal) -> None:
    screen.key("Ctrl-C", "Ctrl-C")
    screen.wait_for("Leave? y = yes, n = no").send("\x1b/away soon back")
    screen.wait_gone("Leave?").wait_for(lambda: typed(screen) == "[#study] /away soon back")


def test_a_letter_that_is_no_formatting_is_a_letter(screen: Terminal) -> None:
    screen.key("Ctrl-O")
    screen.wait_for("b bold").send("/away")
    screen.wait_for(lambda: typed(screen) == "[#study] /away")
