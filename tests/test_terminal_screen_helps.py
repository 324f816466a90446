"""What helps on a real terminal: rows that break between words, the way back of F4, a refused line, links, colours."""

from collections.abc import Callable

import pytest

from tests.harness import ServerUnderTest
from tests.terminal_screen import Terminal, on_channel

Start = Callable[..., Terminal]


def typed(screen: Terminal) -> str:
    """The last row: the prompt and what is typed."""
    return screen.display[-1].rstrip()


def test_a_tip_that_is_too_long_for_a_row_goes_on_in_a_second_one(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port)
    screen.send("/lastlog x")
    screen.wait_for(" /lastlog <text or /expression/> [--all]  Repeat the lines of this window, the")
    assert screen.display[-2].rstrip() == " wire too, that hold a text, or with --all those of all other windows."


def test_a_question_that_is_too_long_for_a_row_stands_above_the_answer(
    server: ServerUnderTest, terminal: Start
) -> None:
    screen = on_channel(terminal, server.port, width=50)
    screen.enter("msg wren between us")
    screen.wait_for("edit")
    assert [row.rstrip() for row in screen.display[-3:]] == [
        " Is this a command, /msg? c = do /msg, s = say it",
        " to #study, e = edit",
        "",
    ]


def test_f4_hides_the_members_and_then_leaves_it_to_the_setting(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, width=110)
    screen.wait_for(" 1: @1").key("F4")
    screen.wait_gone(" 1: @1").key("F4")
    screen.wait_for(" 1: @1").resize(60, 24)
    screen.wait_gone(" 1: @1")


def test_what_was_refused_does_not_stand_before_the_next_command(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, "--pacing-interval=0")
    screen.enter("/disconnect")
    screen.wait_for("(#study)").enter("too late")
    screen.wait_for("There is no connection").wait_for("Not sent: Up brings the text back.")
    assert typed(screen) == "[#study]"
    screen.send("/aw")
    screen.wait_for(lambda: typed(screen) == "[#study] /aw").key("Ctrl-C", "Up")
    screen.wait_for(lambda: typed(screen) == "[#study] too late")


def test_a_link_is_underlined_and_the_text_beside_it_is_not(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port)
    screen.enter("see https://parley.example/a_b, please")
    screen.wait_for("│ see https://parley.example/a_b, please")
    x, y = screen.place_of("https")
    row = [screen.style_at(x + index, y).underscore for index in range(-1, 27)]
    assert row == [False, *[True] * 26, False]


@pytest.mark.parametrize(("name", "is_coloured"), [("vt100", False), ("xterm-256color", True)])
def test_a_terminal_without_colours_gets_none(
    server: ServerUnderTest, terminal: Start, name: str, is_coloured: bool
) -> None:
    screen = on_channel(terminal, server.port, environment={"TERM": name})
    cells = [screen.style_at(x, y) for y in range(24) for x in range(80)]
    assert any((cell.fg, cell.bg) != ("default", "default") for cell in cells) == is_coloured
