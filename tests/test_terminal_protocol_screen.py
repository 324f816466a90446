"""F2, F3, the window of the wire and a replay on a real terminal, with keys and mouse."""

import re
from collections.abc import Callable
from pathlib import Path

from tests.harness import ServerUnderTest
from tests.terminal_screen import Terminal

Start = Callable[..., Terminal]
SAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "three-dialects.record"
MARKED = re.compile("▌.*→.*PRIVMSG #study :(\\w+)")


def on_study(server: ServerUnderTest, terminal: Start, *options: str, width: int = 140, height: int = 30) -> Terminal:
    screen = terminal(
        "--name", "alice", "--join", "#study", "--no-read-markers", *options, f"127.0.0.1:{server.port}",
        width=width, height=height,
    )  # fmt: skip
    return screen.wait_for("[#study]").wait_for("alice joined")


def marked(screen: Terminal) -> list[str]:
    """The texts of PRIVMSGs that we sent and that are marked on the wire."""
    return MARKED.findall(screen.text)


def test_f2_shows_the_wire_beside_the_talk_and_marks_the_same_on_both_sides(
    server: ServerUnderTest, terminal: Start
) -> None:
    screen = on_study(server, terminal)
    screen.enter("one")
    screen.key("F2")
    screen.wait_for(lambda: marked(screen) == ["one"])
    x, y = screen.place_of("@alice> one")
    assert screen.style_at(x, y).bg == screen.style_at(*screen.place_of("PRIVMSG #study :one")).bg
    assert screen.style_at(x, y).bg != screen.style_at(*screen.place_of("alice joined")).bg
    screen.enter("two")
    screen.wait_for(lambda: marked(screen) == ["two"])
    screen.key("Alt-Up")
    screen.wait_for(lambda: marked(screen) == ["one"])
    screen.send("typing goes on")
    screen.wait_for("typing goes on")
    screen.key("Alt-Down")
    screen.wait_for(lambda: marked(screen) == ["two"])
    screen.key("F2")
    screen.wait_gone("␍␊")


def test_a_click_marks_on_either_side_and_escape_follows_again(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_study(server, terminal)
    for word in ("one", "two", "three"):
        screen.enter(word)
    screen.key("F2")
    screen.wait_for(lambda: marked(screen) == ["three"])
    screen.click("@alice> one")
    screen.wait_for(lambda: marked(screen) == ["one"])
    screen.click("PRIVMSG #study :two")
    screen.wait_for(lambda: marked(screen) == ["two"])
    screen.key("Escape")
    screen.wait_for(lambda: marked(screen) == ["three"])


def test_the_wheel_over_the_wire_scrolls_the_wire(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_study(server, terminal)
    screen.key("F2")
    screen.wait_for("␍␊")
    screen.mouse(130, 10, "wheel-up")
    screen.wait_for(re.compile(r"received · \d+ below")).wait_for("alice joined")
    screen.key(*["Alt-PgUp"] * 5)
    screen.wait_for("── negotiating")
    screen.mouse(130, 10, "wheel-down")
    screen.wait_gone("── negotiating")
    screen.key(*["Alt-PgDn"] * 5)
    screen.wait_gone(" below")


def test_f3_shows_the_states_and_what_may_happen(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_study(server, terminal)
    screen.key("F3")
    screen.wait_for(re.compile(r"▶ welcomed +since \d\d:\d\d:\d\d")).wait_for("○ leaving         ← quit, server closes")
    screen.wait_for("Last event: welcome (registering → welcomed)")
    server.stop()
    screen.wait_for("▶ waiting").wait_for("○ dialling        ← dial")


def test_the_states_take_the_talk_where_there_is_no_room_for_both(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_study(server, terminal, width=40, height=20)
    screen.key("F3")
    screen.wait_for("▶ welcomed").wait_gone("alice joined")
    screen.key("F2")
    screen.wait_for("␍␊").wait_gone("▶ welcomed")
    screen.key("F2")
    screen.wait_for("alice joined")


def test_the_window_of_the_wire_scrolls_by_its_own_keys(server: ServerUnderTest, terminal: Start) -> None:
    screen = on_study(server, terminal, height=14)
    screen.enter("/wire")
    screen.wait_for("[wire 127.0.0.1]").wait_for("␍␊")
    screen.key("PgUp")
    screen.wait_for(re.compile(r"received · \d+ below"))
    screen.key("PgDn", "PgDn")
    screen.wait_gone(" below")
    screen.enter("/wire")
    screen.wait_for("[#study]")


def test_a_record_is_played_with_keys_and_what_is_typed_is_refused(terminal: Start) -> None:
    screen = terminal("--replay", str(SAMPLE), "--speed", "step", "--wire", width=120, height=24)
    screen.wait_for("→ CAP LS 302␍␊").wait_for(re.compile(r"replay 00:00 / 00:\d\d, paused"))
    screen.key("Right")
    screen.wait_for("→ NICK wren␍␊").wait_gone("→ USER")
    screen.key("Right")
    screen.wait_for("→ USER wren 0 * :wren␍␊")
    screen.enter("hello")
    screen.wait_for("This is a recording: nothing is sent.")
    screen.key("F3")
    screen.wait_for("▶ negotiating")
    screen.enter("/speed 0")
    screen.wait_for(", ended").wait_for("The recording three-dialects.record ends")
    screen.enter("/quit")
    assert screen.exit_code == 0


def test_a_replay_is_paused_and_made_faster_by_keys(terminal: Start) -> None:
    screen = terminal("--replay", str(SAMPLE), width=120, height=24)
    screen.wait_for(", speed 1")
    screen.key("+")
    screen.wait_for(", speed 2")
    screen.key("-", "-")
    screen.wait_for(", speed 0.5")
    screen.key("Space")
    screen.wait_for(", paused")
    screen.send("a b+")
    screen.wait_for("a b+")


def test_what_was_recorded_on_a_screen_is_shown_again(server: ServerUnderTest, terminal: Start, tmp_path: Path) -> None:
    path = tmp_path / "lesson.record"
    screen = on_study(server, terminal, "--record", str(path))
    screen.wait_for("recording")
    screen.enter("hello, all of you")
    screen.wait_for("@alice │ hello, all of you")
    screen.enter("/quit")
    assert screen.exit_code == 0
    again = terminal("--replay", str(path), "--speed", "0", width=140, height=30)
    again.wait_for("@alice │ hello, all of you").wait_for("ended")


def test_a_record_that_cannot_be_written_is_one_sentence_and_the_end(terminal: Start, tmp_path: Path) -> None:
    screen = terminal("--record", str(tmp_path / "no" / "lesson.record"), "--name", "alice", "127.0.0.1:1", width=140)
    screen.wait_for("There is no folder")
    assert screen.exit_code == 2
