"""The full screen on terminals of any size, and what is wider or narrower than a letter."""

from collections.abc import Callable

import pytest

from tests.harness import ServerUnderTest
from tests.terminal_screen import Terminal, on_channel

Start = Callable[..., Terminal]


def test_a_small_terminal_has_no_lists_but_all_that_one_needs(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, width=40, height=10)
    screen.enter("hello from a small terminal, in a line that does not fit")
    screen.wait_for("<@alice> hello from a small\n      terminal, in a line that does not\n      fit")
    assert "│@alice" not in screen.text and "1 127.0.0.1" not in screen.text
    assert screen.display[0].startswith(" #study") and "alice" in screen.display[8]
    assert screen.display[9].startswith("[#study] ")


def test_the_lists_come_and_go_with_the_width(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, width=40, height=10)
    screen.send("half a sentence")
    screen.wait_for("half a sentence")
    screen.resize(200, 50)
    screen.wait_for("│@alice").wait_for("1 127.0.0.1").wait_for("[#study] half a sentence")
    assert screen.display[49].startswith("[#study] half a sentence") and "alice" in screen.display[48]
    screen.resize(40, 10)
    screen.wait_gone("1 127.0.0.1").wait_for(lambda: screen.display[9].startswith("[#study] half a sentence"))
    assert screen.display[0].startswith(" #study") and "alice joined" in screen.text


@pytest.mark.parametrize("height", [5, 6])
def test_a_very_low_terminal_can_still_be_used(server: ServerUnderTest, terminal: Start, height: int) -> None:
    screen = on_channel(terminal, server.port, width=40, height=height)
    screen.enter("hello")
    screen.wait_for("<@alice> hello")
    assert screen.display[-1].startswith("[#study] ") and "alice" in screen.display[-2]
    screen.resize(20, 4)
    screen.wait_for(lambda: screen.display[-1].startswith("[#study]"))
    screen.resize(250, 5)
    screen.wait_for("@alice │ hello")


def test_a_resize_keeps_what_one_reads_in_sight(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    wren.sync()
    screen = on_channel(terminal, server.port, width=80, height=24)
    wren.send(*(f"PRIVMSG #study :number {number}. " + "and so on " * 8 for number in range(30)))
    screen.wait_for("number 29.")
    screen.key("PgUp")
    screen.wait_for("more below")
    lowest = [row for row in screen.display if "number" in row][-1].split("number ")[1].split(".")[0]
    for width, height in ((40, 10), (200, 12)):
        screen.resize(width, height)
        screen.wait_for(lambda: screen.display[-1].startswith("[#study]")).wait_for(f"number {lowest}.")


def test_wide_and_combining_characters_keep_the_columns_in_line(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study", "TOPIC #study :日本語のトピック")
    wren.sync()
    screen = on_channel(terminal, server.port, width=110)
    emoji = "🎉🚀 and 👨\u200d👩\u200d👧 👍🏽 🇫🇮"
    for text in ("こんにちは世界" * 9, "e\u0301a\u0308 combining", emoji, "plain", "the last one"):
        wren.send(f"PRIVMSG #study :{text}")
    screen.wait_for("the last one")
    left, right = screen.place_of("├")[0], screen.place_of("│@wren")[0]
    for y in range(1, 22):
        assert screen.style_at(left, y).data in "│├" and screen.style_at(right, y).data in "│┤", str(screen)


def test_no_control_sequence_of_a_stranger_reaches_the_terminal(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    wren.sync()
    screen = on_channel(terminal, server.port, width=110)
    wren.send("PRIVMSG #study :\x1b[2J\x1b]0;owned\x07\x1b[31mred\x9b1m", "TOPIC #study :\x1b[2Jtopic")
    screen.wait_for("\\x1b[2J\\x1b]0;owned\\x07\\x1b[31mred").wait_for("\\x1b[2Jtopic")
    assert screen.title == ""
