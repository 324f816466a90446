"""PgUp, PgDn and their like on the full screen, against a real server."""

from collections.abc import Callable

from tests.harness import IrcClient, ServerUnderTest
from tests.terminal_screen import Terminal, on_channel

Start = Callable[..., Terminal]


def full(server: ServerUnderTest, terminal: Start, count: int = 60) -> tuple[Terminal, IrcClient]:
    """A screen on which more was said than it holds, and who said it."""
    wren = server.irc("wren")
    wren.send("JOIN #study")
    wren.sync()
    screen = on_channel(terminal, server.port)
    wren.send(*(f"PRIVMSG #study :number {number}." for number in range(count)))
    return screen.wait_for(f"number {count - 1}."), wren


def talk(screen: Terminal) -> list[str]:
    return [row.rstrip() for row in screen.display[1:-2]]


def test_pgup_and_pgdn_leave_one_row_in_sight_and_lead_back(server: ServerUnderTest, terminal: Start) -> None:
    screen, _ = full(server, terminal)
    newest = talk(screen)
    screen.key("PgUp")
    screen.wait_for("more below (PgDn)").wait_for(lambda: talk(screen)[-1].endswith("number 39."))
    assert "number 39." in newest[0]
    page = talk(screen)
    screen.key("PgUp")
    screen.wait_gone("number 38.").wait_for("number 19.")
    screen.key("PgDn")
    screen.wait_for("number 39.")
    assert [row.split("│")[-1] for row in talk(screen)] == [row.split("│")[-1] for row in page]
    screen.key("PgDn")
    screen.wait_for("number 59.").wait_gone("more below")


def test_what_comes_in_is_counted_and_moves_nothing(server: ServerUnderTest, terminal: Start) -> None:
    screen, wren = full(server, terminal)
    screen.key("PgUp")
    screen.wait_for("more below")
    before = talk(screen)
    wren.send("PRIVMSG #study :one more", "PRIVMSG #study :and another")
    screen.wait_for("2 new below (PgDn)")
    assert talk(screen) == before
    screen.key("Ctrl-End")
    screen.wait_for("and another").wait_gone("new below")


def test_the_first_and_the_last_line_are_one_key_away(server: ServerUnderTest, terminal: Start) -> None:
    screen, _ = full(server, terminal)
    screen.key("Alt-<")
    screen.wait_for("alice joined").wait_for("number 0.")
    screen.key("PgUp")
    screen.wait_for("alice joined")
    screen.key("Alt->")
    screen.wait_for("number 59.")
    screen.key("Ctrl-Home")
    screen.wait_for("number 0.")
    screen.key("Ctrl-End")
    screen.wait_for("number 59.")


def test_another_window_and_back_leaves_the_place_where_it_was(server: ServerUnderTest, terminal: Start) -> None:
    screen, _ = full(server, terminal)
    screen.key("PgUp", "PgUp")
    screen.wait_for("number 19.").wait_gone("number 39.")
    screen.key("Alt-1")
    screen.wait_for("[127.0.0.1]").wait_gone("more below")
    screen.key("Alt-2")
    screen.wait_for("[#study]").wait_for("number 19.").wait_for("more below")
    assert "number 39." not in screen.text


def test_alt_u_shows_what_was_not_read_yet(server: ServerUnderTest, terminal: Start) -> None:
    screen, wren = full(server, terminal, 3)
    screen.key("Alt-1")
    screen.wait_for("[127.0.0.1]")
    wren.send(*(f"PRIVMSG #study :unread {number}." for number in range(60)))
    screen.wait_for("act: 2")
    wren.send("PRIVMSG #study :alice: look")
    screen.wait_for("act: 2!")
    screen.key("Alt-2")
    screen.wait_for("alice: look")
    screen.key("Alt-u")
    screen.wait_for("unread 0.")
    assert "── new" in talk(screen)[0] and "unread 0." in talk(screen)[1]


def test_the_scrollback_may_lose_what_one_reads(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    wren.sync()
    screen = on_channel(terminal, server.port, "--scrollback", "100")
    wren.send(*(f"PRIVMSG #study :number {number}." for number in range(90)))
    screen.wait_for("number 89.")
    screen.key("Alt-<")
    screen.wait_for("number 0.")
    wren.send(*(f"PRIVMSG #study :number {number}." for number in range(90, 250)))
    screen.wait_for("160 new below").wait_gone("number 0.")
    screen.key("Alt->")
    screen.wait_for("number 249.")
