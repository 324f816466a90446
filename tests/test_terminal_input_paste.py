"""Pasting: nothing is sent by itself, much is asked about first."""

from collections.abc import Callable

import pytest

from tests.harness import IrcClient, ServerUnderTest
from tests.terminal_screen import Terminal, on_channel

Start = Callable[..., Terminal]
UNPACED = "--pacing-interval=0"


@pytest.fixture
def screen(server: ServerUnderTest, terminal: Start) -> Terminal:
    return on_channel(terminal, server.port, UNPACED, width=100, height=20)


@pytest.fixture
def wren(server: ServerUnderTest, screen: Terminal) -> IrcClient:
    client = server.irc("wren", "draft/multiline", "batch", "message-tags")
    client.send("JOIN #study")
    client.sync()
    screen.wait_for("wren joined")
    return client


def lines(count: int, end: str = "\r") -> str:
    return end.join(f"line {number}" for number in range(count))


def heard(client: IrcClient, last: str) -> list[str]:
    """The lines that came, up to the one with that text."""
    return [
        line for line in client.lines_until(lambda line: line.endswith(last)) if "PRIVMSG" in line or "BATCH" in line
    ]


def texts(found: list[str]) -> list[str]:
    return [line.partition("PRIVMSG #study :")[2] for line in found if "PRIVMSG" in line]


def test_several_lines_are_sent_after_a_y(screen: Terminal, wren: IrcClient) -> None:
    screen.paste(lines(12))
    screen.wait_for("Send 12 lines to #study? y = send, m = as one message, e = edit, n = throw away").send("y")
    found = heard(wren, "line 11")
    assert texts(found) == [f"line {number}" for number in range(12)]
    assert not any("BATCH" in line for line in found)


def test_while_it_is_asked_the_first_lines_are_shown_cut_to_the_width(screen: Terminal) -> None:
    screen.paste(f"first\tline\r{'second ' * 40}\r\x1b[2Jthird\r" + lines(9))
    screen.wait_for("Send 12 lines to #study?")
    rows = [row.rstrip() for row in screen.display]
    place = next(index for index, row in enumerate(rows) if "Send 12 lines" in row)
    assert "... and 9 more lines" in rows[place - 1] and "third" in rows[place - 2]
    assert rows[place - 3].strip().startswith("second second") and rows[place - 3].endswith("…")
    assert "first" in rows[place - 4]
    screen.send("n")
    screen.wait_gone("second second")


def test_several_lines_are_one_message_after_an_m(screen: Terminal, wren: IrcClient) -> None:
    screen.paste(lines(4))
    screen.wait_for("Send 4 lines to #study?").send("m")
    found = heard(wren, "line 3")
    assert texts(found) == [f"line {number}" for number in range(4)]
    assert "BATCH" in found[0]


def test_several_lines_go_into_the_input_after_an_e_and_nowhere_after_an_n(screen: Terminal, wren: IrcClient) -> None:
    screen.send("before ")
    screen.paste(lines(3))
    screen.wait_for("Send 3 lines to #study?").send("e")
    screen.wait_gone("Send 3 lines").wait_for("before line 0").wait_for("line 2").key("Ctrl-C")
    screen.wait_gone("line 2").send("kept ")
    screen.paste(lines(3))
    screen.wait_for("Send 3 lines to #study?").send("n")
    screen.wait_gone("Send 3 lines").wait_for(lambda: screen.display[-1].rstrip() == "[#study] kept")
    screen.enter("done")
    assert texts(heard(wren, "kept done")) == ["kept done"]


def test_a_pasted_line_with_a_line_break_behind_it_waits_for_enter(screen: Terminal, wren: IrcClient) -> None:
    screen.paste("only one\r")
    screen.wait_for(lambda: screen.display[-1].rstrip() == "[#study] only one").key("Enter")
    assert texts(heard(wren, "only one")) == ["only one"]


def test_two_lines_are_below_what_is_asked_about_and_enter_sends_them(screen: Terminal, wren: IrcClient) -> None:
    screen.paste("one\rtwo")
    screen.wait_for("2 lines, one message; Enter sends").key("Enter")
    assert texts(heard(wren, "two")) == ["one", "two"]


def test_without_the_guard_nothing_is_asked_but_enter_is_still_needed(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, UNPACED, "--no-paste-guard", "--no-multiline")
    screen.paste(lines(4))
    screen.wait_for("4 lines, 4 messages; Enter sends").key("Enter")
    screen.wait_for("│ line 3")


def test_pasted_lines_that_look_like_commands_are_said(screen: Terminal, wren: IrcClient) -> None:
    screen.paste("/quit\r/part\r/away gone")
    screen.wait_for("Send 3 lines to #study?").send("y")
    assert texts(heard(wren, "/away gone")) == ["/quit", "/part", "/away gone"]


def test_a_file_of_thousands_of_lines_is_asked_about_and_can_be_edited(screen: Terminal) -> None:
    screen.paste("\r".join(f"row {number} {'x' * 60}" for number in range(5000)))
    screen.wait_for("Send 5,000 lines to #study?").send("e")
    screen.wait_for("row 4999").wait_for("5000 lines; Enter sends").send("!")
    screen.wait_for("x!").key("Ctrl-C")
    screen.wait_gone("row 4999")


def test_one_line_of_enormous_length_is_asked_about(screen: Terminal) -> None:
    screen.paste("x" * 100_000)
    screen.wait_for("Send 100,000 characters to #study?").send("n")
    screen.wait_for(lambda: screen.display[-1].rstrip() == "[#study]")


def test_a_pasted_control_sequence_does_nothing_to_the_terminal(screen: Terminal) -> None:
    screen.paste("a\x1b[2Jb\x07c")
    screen.wait_for("a␛[2Jb␇c")
