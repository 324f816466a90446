"""The full screen against a real server: every kind of window, and the keys that lead from one to another."""

from collections.abc import Callable

from tests.harness import ServerUnderTest
from tests.terminal_screen import Terminal, on_channel

Start = Callable[..., Terminal]


def row_of(screen: Terminal, text: str) -> str:
    """The row of the screen where the text stands."""
    return next(row for row in screen.display if text in row)


def test_a_channel_is_shown_with_its_topic_its_members_and_what_is_said(
    server: ServerUnderTest, terminal: Start
) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study", "TOPIC #study :Sockets today")
    wren.sync()
    screen = on_channel(terminal, server.port, width=110)
    screen.wait_for("@wren").wait_for(lambda: screen.display[0].startswith(" #study Sockets today"))
    assert " 2: @1" in screen.text
    screen.enter("hello there")
    screen.wait_for("alice │ hello there")
    wren.send("PRIVMSG #study :hello alice")
    screen.wait_for("@wren │ hello alice")
    screen.enter("/quit so long")
    assert screen.exit_code == 0


def test_every_kind_of_window_is_in_the_list_with_what_is_unread(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study", "JOIN #garden")
    wren.sync()
    screen = on_channel(terminal, server.port, width=110)
    screen.enter("/join #garden")
    screen.wait_for("[#garden]").wait_for("3  #garden")
    wren.send("PRIVMSG #study :one", "PRIVMSG #study :two", "PRIVMSG alice :psst", "PRIVMSG #study :alice: three")
    screen.wait_for("mentions")
    screen.wait_for(lambda: row_of(screen, "2  #study").split("│")[0].rstrip().endswith("3!"))
    screen.wait_for(lambda: row_of(screen, " wren").split("│")[0].rstrip().endswith("1!"))
    assert "act: 2! 4! 5" in screen.display[-2]


def test_alt_and_a_number_shows_that_window(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, "--pacing-interval", "0")
    for number in range(3, 10):
        screen.enter(f"/join #room{number}")
        screen.wait_for(f"[#room{number}]")
    for number in range(3, 10):
        screen.key(f"Alt-{number}")
        screen.wait_for(f"[#room{number}]").wait_for(f"{number}:#room{number}")
    screen.key("Alt-2")
    screen.wait_for("[#study]")
    screen.key("Alt-1")
    screen.wait_for("[127.0.0.1]").wait_for("Connected")


def test_ctrl_n_and_ctrl_p_go_round(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port)
    screen.enter("/join #garden")
    screen.wait_for("[#garden]")
    screen.key("Ctrl-N")
    screen.wait_for("[127.0.0.1]")
    screen.key("Ctrl-N")
    screen.wait_for("[#study]")
    screen.key("Ctrl-P")
    screen.wait_for("[127.0.0.1]")
    screen.key("Ctrl-P")
    screen.wait_for("[#garden]")


def test_alt_a_shows_mentions_first_then_what_is_unread_then_goes_back(
    server: ServerUnderTest, terminal: Start
) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study", "JOIN #garden", "JOIN #kitchen")
    wren.sync()
    screen = on_channel(terminal, server.port)
    for channel in ("#garden", "#kitchen"):
        screen.enter(f"/join {channel}")
        screen.wait_for(f"[{channel}]")
    wren.send("PRIVMSG #study :just talk", "PRIVMSG #garden :alice: come here")
    screen.wait_for("act: 2 3! 5")
    screen.key("Alt-a")
    screen.wait_for("[#garden]").wait_for("alice: come here")
    screen.key("Alt-a")
    screen.wait_for("[mentions]").wait_for("#garden alice: come here")
    screen.key("Alt-a")
    screen.wait_for("[#study]").wait_for("just talk")
    screen.key("Alt-a")
    screen.wait_for("[mentions]")


def test_what_came_in_meanwhile_stands_below_a_marker(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    wren.sync()
    screen = on_channel(terminal, server.port)
    wren.send("PRIVMSG #study :before")
    screen.wait_for("before")
    screen.key("Alt-1")
    screen.wait_for("[127.0.0.1]")
    wren.send("PRIVMSG #study :after")
    screen.wait_for("act: 2")
    screen.key("Alt-2")
    screen.wait_for("after")
    rows = [row.split("│", 1)[-1].rstrip() for row in screen.display]
    places = [next(at for at, row in enumerate(rows) if text in row) for text in ("before", "── new", "after")]
    assert places == list(range(places[0], places[0] + 3))
    screen.key("Alt-1")
    screen.wait_for("[127.0.0.1]").key("Alt-2")
    screen.wait_for("[#study]").wait_gone("── new")


def test_f4_shows_and_hides_the_members(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, width=80)
    assert "@alice" not in screen.text
    screen.key("F4")
    screen.wait_for("│@alice")
    screen.key("F4")
    screen.wait_gone("│@alice")


def test_nicks_have_a_colour_of_their_own_and_a_mention_stands_out(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    wren.sync()
    screen = on_channel(terminal, server.port, width=80)
    wren.send("PRIVMSG #study :plain words", "PRIVMSG #study :alice: look", "PRIVMSG #study :\x02strong\x02 \x0304red")
    screen.wait_for("strong red")
    plain, mention = screen.style_at(*screen.place_of("plain words")), screen.style_at(*screen.place_of("alice: look"))
    assert (plain.fg, plain.bold) != (mention.fg, mention.bold) and mention.bold
    assert screen.style_at(*screen.place_of("strong red")).bold
    x, y = screen.place_of("plain words")
    nick = screen.style_at(x - 4, y)
    assert nick.data == "n" and nick.fg not in (plain.fg, mention.fg)


def test_without_colours_only_bold_and_the_like_are_left(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study", "TOPIC #study :\x0304,12red")
    wren.sync()
    screen = on_channel(terminal, server.port, environment={"NO_COLOR": "1"})
    wren.send("PRIVMSG #study :\x0304,12red \x0fand \x02bold", "PRIVMSG #study :alice: look")
    screen.wait_for("alice: look")
    assert screen.style_at(*screen.place_of("bold")).bold
    cells = [screen.style_at(x, y) for y in range(screen.height) for x in range(screen.width)]
    assert {(cell.fg, cell.bg) for cell in cells} == {("default", "default")}
    assert screen.style_at(*screen.place_of("2  #study")).reverse
