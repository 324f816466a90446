"""The input line on a real terminal: completion, history, several lines, formatting, secrets, the row that helps."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import ServerUnderTest
from tests.operators import CONFIG
from tests.terminal_screen import Terminal, on_channel

Start = Callable[..., Terminal]
UNPACED = "--pacing-interval=0"


@pytest.fixture
def screen(server: ServerUnderTest, terminal: Start) -> Terminal:
    return on_channel(terminal, server.port, UNPACED, width=100, height=20)


def typed(screen: Terminal) -> str:
    """The last row: the prompt and what is typed."""
    return screen.display[-1].rstrip()


def test_tab_completes_a_command_and_the_row_above_shows_its_usage(screen: Terminal) -> None:
    screen.send("/top")
    screen.wait_for("/topic [text]  Show the topic of the current channel, or set it.")
    screen.key("Tab")
    screen.wait_for(lambda: typed(screen) == "[#study] /topic")
    screen.enter("Sockets today")
    screen.wait_for("topic set by alice: Sockets today")


def test_an_unknown_command_is_told_while_it_is_typed_and_tab_corrects_it(screen: Terminal) -> None:
    screen.send("/jion")
    screen.wait_for("There is no command /jion. Did you mean /join? (Tab)")
    screen.key("Tab")
    screen.wait_for(lambda: typed(screen) == "[#study] /join").wait_gone("There is no command")


def test_tab_goes_on_to_the_next_nick_and_shift_tab_back(server: ServerUnderTest, screen: Terminal) -> None:
    wren, rook = server.irc("wren"), server.irc("rita")
    for client in (wren, rook):
        client.send("JOIN #study")
        client.sync()
    server.irc("rory").send("JOIN #study")
    screen.wait_for("│ rory").wait_for("│ rita")
    rook.send("PRIVMSG #study :hello")
    screen.wait_for("│ hello")
    screen.send("r")
    screen.key("Tab")
    screen.wait_for(lambda: typed(screen) == "[#study] rita:")
    screen.key("Tab")
    screen.wait_for(lambda: typed(screen) == "[#study] rory:")
    screen.key("Shift-Tab")
    screen.wait_for(lambda: typed(screen) == "[#study] rita:")
    screen.enter("good morning")
    screen.wait_for("rita: good morning")


def test_the_candidates_are_shown_with_their_help_and_the_current_one_stands_out(screen: Terminal) -> None:
    screen.send("/to")
    screen.key("Ctrl-C")
    screen.send("/set theme ")
    screen.key("Tab")
    screen.wait_for("high-contrast").wait_for("in force now")
    assert typed(screen) == "[#study] /set theme dark"
    first, second = screen.style_at(*screen.place_of("dark  ")), screen.style_at(*screen.place_of("light  "))
    assert first.bg != second.bg
    assert " /set [setting] [value]" in screen.text, "the menu covers what explains the argument"
    screen.key("Tab", "Enter")
    screen.wait_gone("high-contrast").wait_for(lambda: typed(screen) == "[#study]")


def test_up_brings_back_what_was_typed_here_and_down_the_unfinished_line(screen: Terminal) -> None:
    screen.enter("first")
    screen.wait_for("│ first").enter("second")
    screen.wait_for("│ second").send("unfin")
    screen.wait_for("[#study] unfin").key("Up")
    screen.wait_for("[#study] second").key("Up")
    screen.wait_for("[#study] first").key("Down", "Down")
    screen.wait_for("[#study] unfin").send("ished")
    screen.wait_for("[#study] unfinished")


def test_each_window_has_its_own_history_and_draft(screen: Terminal) -> None:
    screen.enter("said in study")
    screen.wait_for("│ said in study").send("half a thought")
    screen.wait_for("[#study] half a thought").key("Alt-1")
    screen.wait_for(lambda: typed(screen) == "[127.0.0.1]").key("Up", "Alt-2")
    screen.wait_for(lambda: typed(screen) == "[#study] half a thought").key("Up")
    screen.wait_for("[#study] said in study")


def test_what_was_typed_is_there_after_a_restart_but_no_secret(
    server: ServerUnderTest, terminal: Start, tmp_path: Path
) -> None:
    screen = on_channel(terminal, server.port, UNPACED)
    screen.enter("remember me")
    screen.wait_for("│ remember me").enter("/msg NickServ IDENTIFY hunter2")
    screen.wait_for(lambda: typed(screen) == "[#study]").enter("/quit")
    assert screen.exit_code == 0
    files = [path for path in tmp_path.rglob("*input_history*") if path.suffix == ".jsonl"]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]
    assert "hunter2" not in files[0].read_text()
    again = on_channel(terminal, server.port, UNPACED)
    again.key("Up")
    again.wait_for(lambda: typed(again) in ("[#study] remember me", "[#study] /quit")).key("Up")
    again.wait_for("[#study] remember me")


def test_ctrl_r_finds_an_older_line_and_enter_puts_it_into_the_input(screen: Terminal) -> None:
    for line in ("apples and pears", "plums", "pears alone"):
        screen.enter(line)
        screen.wait_for(f"│ {line}")
    screen.key("Ctrl-R")
    screen.wait_for("search:").send("pears")
    screen.wait_for("[#study] pears alone").key("Ctrl-R")
    screen.wait_for("[#study] apples and pears").key("Enter")
    screen.wait_gone("search:").wait_for(lambda: typed(screen) == "[#study] apples and pears")


def test_a_line_break_makes_the_input_grow_and_enter_sends_all_lines(server: ServerUnderTest, screen: Terminal) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    wren.sync()
    screen.send("one")
    screen.key("Alt-Enter")
    screen.send("two")
    screen.wait_for("2 lines, ").wait_for(lambda: screen.display[-2].startswith("[#study] one"))
    assert typed(screen) == "two"
    screen.key("Enter")
    found = wren.lines_until(lambda line: line.endswith("two"))
    assert [line.partition("PRIVMSG #study :")[2] for line in found if "PRIVMSG" in line] == ["one", "two"]
    screen.wait_for("│ two")


def test_the_input_grows_no_further_than_the_setting(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, "--input-rows=3", height=16)
    for number in range(6):
        screen.send(f"row {number}")
        screen.key("Ctrl-J")
    screen.wait_for("row 5")
    shown = [row for row in screen.display if "row " in row]
    assert len(shown) <= 3 and "row 0" not in screen.text


def test_formatting_is_inserted_by_a_letter_behind_ctrl_o_and_shown_as_pictures(
    server: ServerUnderTest, screen: Terminal
) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study")
    wren.sync()
    screen.key("Ctrl-O")
    screen.wait_for("b bold  i italic").send("bbold")
    screen.key("Ctrl-O")
    screen.send("o plain")
    screen.wait_for("[#study] ␂bold␏ plain").key("Enter")
    screen.wait_for("│ bold plain")
    assert screen.style_at(*screen.place_of("bold plain")).bold
    assert any(":\x02bold\x0f plain" in line for line in wren.lines_until(lambda line: "plain" in line))


def test_a_text_that_one_line_cannot_hold_shows_where_it_is_cut(screen: Terminal) -> None:
    screen.send("word " * 100)
    screen.wait_for("2 messages: the text is longer than one can be").wait_for("┊")


def test_a_secret_is_dots_while_it_is_typed(screen: Terminal) -> None:
    screen.send("/msg NickServ IDENTIFY hunter2")
    screen.wait_for("[#study] /msg NickServ IDENTIFY •••••••")
    assert "hunter2" not in screen.text


def test_a_password_that_a_command_lacks_is_asked_for_and_neither_shown_nor_kept(
    terminal: Start, tmp_path: Path
) -> None:
    with ServerUnderTest(CONFIG) as server:
        screen = on_channel(terminal, server.port, UNPACED, width=100)
        screen.enter("/oper root")
        screen.wait_for("Password of root:").send("rootpass")
        screen.wait_for("••••••••").key("Enter")
        screen.wait_for("sets mode +o on alice")
        assert "rootpass" not in screen.text
        assert not any(b"rootpass" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_password_that_is_not_given_runs_no_command(terminal: Start) -> None:
    with ServerUnderTest(CONFIG) as server:
        screen = on_channel(terminal, server.port, UNPACED)
        screen.enter("/oper root")
        screen.wait_for("Password of root:").key("Ctrl-C")
        screen.wait_gone("Password of root:").wait_for(lambda: typed(screen) == "[#study] /oper root")


def test_ctrl_c_empties_the_line_and_twice_on_an_empty_one_asks_whether_to_leave(screen: Terminal) -> None:
    screen.send("never sent")
    screen.wait_for("never sent").key("Ctrl-C")
    screen.wait_gone("never sent").key("Ctrl-_")
    screen.wait_for("never sent").key("Ctrl-C")
    screen.wait_gone("never sent").key("Ctrl-C")
    screen.wait_for("Ctrl-C again leaves").key("Ctrl-C")
    screen.wait_for("Leave? y = yes, n = no").send("n")
    screen.wait_gone("Leave?").key("Ctrl-C", "Ctrl-C")
    screen.wait_for("Leave?").send("y")
    assert screen.exit_code == 0


def test_ctrl_d_deletes_and_on_an_empty_line_leaves(screen: Terminal) -> None:
    screen.send("ab")
    screen.key("Home", "Ctrl-D")
    screen.wait_for(lambda: typed(screen) == "[#study] b").key("Ctrl-D")
    screen.wait_for(lambda: typed(screen) == "[#study]").key("Ctrl-D")
    assert screen.exit_code == 0


def test_an_emoji_is_completed_by_its_name(screen: Terminal) -> None:
    screen.send("well :thumbsup")
    screen.key("Tab", "Enter")
    screen.wait_for("│ well 👍")


def test_lines_that_wait_are_counted_and_ctrl_g_throws_them_away(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, "--pacing-burst=5", "--pacing-interval=60", "--no-paste-guard")
    screen.paste("\n".join(f"line {number}" for number in range(9)))
    screen.key("Enter")
    screen.wait_for("lines wait to be sent; Ctrl-G throws them away").key("Ctrl-G")
    screen.wait_for("were thrown away").wait_gone("wait to be sent")


def test_keys_lists_the_table_of_keys(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_channel(terminal, server.port, width=110, height=70)
    screen.enter("/keys")
    screen.wait_for("Beside these, the keys of Emacs")
    for name in ("Ctrl-N", "Alt-1", "F2", "Ctrl-R", "Ctrl-O", "Tab"):
        assert any(f"{name} " in row for row in screen.display), name
