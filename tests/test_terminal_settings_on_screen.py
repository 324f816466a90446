"""Settings and searching on a real terminal: what a person types, sees, and finds again after a new start."""

import tomllib
from collections.abc import Callable
from pathlib import Path

from terminal.settings.themes import THEMES
from tests.harness import ServerUnderTest, tags_of
from tests.process import until
from tests.terminal_screen import Terminal, on_channel

Start = Callable[..., Terminal]


def background(theme: str) -> str:
    """The colour behind everything, as the terminal of the tests names it."""
    return THEMES[theme].styles["screen"].partition("bg:#")[2]


def file_of(home: Path) -> Path:
    """Where the client keeps its settings."""
    return home / "config" / "parley" / "client.toml"


def test_a_theme_is_in_force_at_once_kept_and_there_again_at_the_next_start(
    server: ServerUnderTest, terminal: Start, tmp_path: Path
) -> None:
    screen = on_channel(terminal, server.port)
    assert screen.style_at(40, 10).bg == background("dark")
    screen.enter("/set theme light")
    screen.wait_for("theme = light").wait_for(lambda: screen.style_at(40, 10).bg == background("light"))
    assert tomllib.loads(file_of(tmp_path).read_text()) == {"theme": "light"}
    screen.enter("/quit")
    assert screen.exit_code == 0
    again = on_channel(terminal, server.port)
    assert again.style_at(40, 10).bg == background("light")


def test_without_colours_every_theme_has_only_bold_and_the_like(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, environment={"NO_COLOR": "1"})
    screen.enter("/set theme high-contrast")
    screen.wait_for("theme = high-contrast")
    colours = {
        (screen.style_at(x, y).fg, screen.style_at(x, y).bg) for y in range(screen.height) for x in range(screen.width)
    }
    assert colours == {("default", "default")}


def test_what_is_wrong_with_the_file_is_said_at_the_start(
    server: ServerUnderTest, terminal: Start, tmp_path: Path
) -> None:
    file_of(tmp_path).parent.mkdir(parents=True)
    file_of(tmp_path).write_text('theme = "drak"\nmouse = false\n')
    screen = terminal("--name", "alice", f"127.0.0.1:{server.port}", width=250)
    screen.wait_for('theme must be dark, light, high-contrast or colour-blind, not "drak".')
    screen.wait_for("client.toml, line 1:")
    screen.enter("/set mouse")
    screen.wait_for("mouse = off (default: on)")


def test_a_broken_file_is_said_and_left_alone(server: ServerUnderTest, terminal: Start, tmp_path: Path) -> None:
    file_of(tmp_path).parent.mkdir(parents=True)
    file_of(tmp_path).write_text("theme = \n")
    screen = terminal("--name", "alice", f"127.0.0.1:{server.port}", width=120)
    screen.wait_for("client.toml is not valid TOML")
    screen.enter("/set theme light")
    screen.wait_for("nothing was saved").wait_for("theme = light (until the end of this client)")
    assert file_of(tmp_path).read_text() == "theme = \n"


def test_a_search_marks_its_matches_and_goes_up_and_down(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    wren.sync()
    screen = on_channel(terminal, server.port, width=110)
    for number in range(40):
        wren.send(f"PRIVMSG #study :{'needle' if number in (3, 30) else 'hay'} {number}")
    screen.wait_for("hay 39")
    screen.enter("/search NEEDLE")
    screen.wait_for("1 of 2 (Alt-p, Alt-n)").wait_for("needle 30")
    x, y = screen.place_of("needle 30")
    assert screen.style_at(x, y).bg == THEMES["dark"].styles["search"].partition("bg:#")[2]
    assert screen.style_at(x + 7, y).bg == background("dark")
    screen.key("Alt-p")
    screen.wait_for("2 of 2 (Alt-p, Alt-n)").wait_for("needle 3 ")
    screen.key("Alt-n")
    screen.wait_for("needle 30")
    screen.enter("/search")
    screen.wait_gone("(Alt-p, Alt-n)").wait_for("hay 39")


def test_joins_are_hidden_in_one_window_by_a_word(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, "--noise", "show")
    server.irc("wren").send("JOIN #study")
    screen.wait_for("wren joined")
    screen.enter("/filter hide")
    screen.wait_gone("wren joined").wait_for("noise_in = #study=hide")


def test_an_ignored_person_is_still_a_member(server: ServerUnderTest, terminal: Start) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    wren.send("JOIN #study")
    rook.send("JOIN #study")
    rook.sync()
    screen = on_channel(terminal, server.port, width=110)
    screen.enter("/ignore rook")
    screen.wait_for("ignore = rook")
    rook.send("PRIVMSG #study :unheard", "PRIVMSG alice :unheard")
    rook.sync()
    wren.send("PRIVMSG #study :heard")
    screen.wait_for("wren │ heard")
    assert "unheard" not in screen.text
    assert any(row.rstrip().endswith("rook") for row in screen.display)


def test_logs_are_written_where_the_client_says(server: ServerUnderTest, terminal: Start, tmp_path: Path) -> None:
    screen = on_channel(terminal, server.port, width=120)
    screen.enter("/log text")
    folder = tmp_path / "state" / "parley" / "logs"
    screen.wait_for("logs = text").wait_for("This window is logged (text) in")
    screen.enter("remember this")
    until(lambda: any("remember this" in file.read_text() for file in folder.rglob("#study.log")))
    (log,) = folder.rglob("#study.log")
    assert log.read_text().endswith(" <@alice> remember this\n")
    assert log.stat().st_mode & 0o777 == 0o600


def test_who_is_typing_is_shown_and_told_where_it_is_wanted(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren", "message-tags")
    wren.send("JOIN #study")
    wren.sync()
    screen = on_channel(terminal, server.port, "--typing", width=110)
    wren.sync()
    screen.send("hel")
    *_, told = wren.lines_until(lambda line: "TAGMSG #study" in line)
    assert tags_of(told)["+typing"] == "active"
    assert " :alice!" in told
    wren.send("@+typing=active TAGMSG #study")
    screen.wait_for("wren is typing")
    wren.send("PRIVMSG #study :here I am")
    screen.wait_for("here I am").wait_gone("wren is typing")
