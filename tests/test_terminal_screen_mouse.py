"""The mouse on the full screen: the wheel scrolls what is below it, a click is for what stands there."""

from collections.abc import Callable

from tests.harness import ServerUnderTest
from tests.terminal_screen import Terminal, on_channel

Start = Callable[..., Terminal]
WIDE = {"width": 110, "height": 24}


def crowd(server: ServerUnderTest, count: int) -> None:
    for number in range(count):
        member = server.irc(f"guest{number:02}")
        member.send("JOIN #study")
        member.sync()


def test_a_click_in_the_list_of_windows_shows_that_window(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, **WIDE)
    screen.click("1 127.0.0.1")
    screen.wait_for("[127.0.0.1]")
    screen.click("2  #study")
    screen.wait_for("[#study]")


def test_a_click_on_a_member_puts_the_nick_into_the_input(server: ServerUnderTest, terminal: Start) -> None:
    crowd(server, 1)
    screen = on_channel(terminal, server.port, **WIDE)
    screen.click("@guest00")
    screen.wait_for("[#study] guest00:")
    screen.send("and ")
    x, y = screen.place_of("│ alice")
    screen.mouse(x + 2, y)
    screen.wait_for("[#study] guest00: and alice")


def test_a_right_click_on_a_member_opens_a_private_talk(server: ServerUnderTest, terminal: Start) -> None:
    crowd(server, 1)
    screen = on_channel(terminal, server.port, **WIDE)
    screen.mouse(*screen.place_of("@guest00"), "right")
    screen.wait_for("[guest00]").wait_for("private talk")


def test_the_wheel_scrolls_the_talk_and_a_click_on_the_status_line_goes_back(
    server: ServerUnderTest, terminal: Start
) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    wren.sync()
    screen = on_channel(terminal, server.port, **WIDE)
    for number in range(40):
        wren.send(f"PRIVMSG #study :number {number}.")
    screen.wait_for("number 39.")
    x, y = screen.place_of("number 30.")
    screen.mouse(x, y, "wheel-up")
    screen.wait_gone("number 39.").wait_gone("number 37.").wait_for("number 36.").wait_for("more below")
    assert screen.place_of("number 30.") == (x, y + 3)
    wren.send("PRIVMSG #study :number 40.")
    screen.wait_for("1 new below")
    assert screen.place_of("number 30.") == (x, y + 3)
    screen.mouse(x, y, "wheel-down")
    screen.wait_for("number 39.")
    screen.click("1 new below")
    screen.wait_for("number 40.").wait_gone("new below")


def test_the_wheel_over_the_members_scrolls_them_alone(server: ServerUnderTest, terminal: Start) -> None:
    crowd(server, 14)
    screen = on_channel(terminal, server.port, width=110, height=12)
    screen.wait_for(" 15: @1").wait_for("+8 more")
    x, y = screen.place_of("@guest00")
    screen.mouse(x, y, "wheel-down")
    screen.wait_gone("@guest00").wait_for("guest07")
    screen.mouse(x, y, "wheel-down")
    screen.mouse(x, y, "wheel-down")
    screen.wait_for("guest13").wait_gone("more")
    assert "below" not in screen.text
    screen.mouse(x, y, "wheel-up")
    screen.mouse(x, y, "wheel-up")
    screen.mouse(x, y, "wheel-up")
    screen.wait_for("@guest00")


def test_without_the_setting_the_mouse_is_left_to_the_terminal(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, "--no-mouse", **WIDE)
    assert not screen.takes_mouse
    screen.enter("/set mouse on")
    screen.wait_for(lambda: screen.takes_mouse)
