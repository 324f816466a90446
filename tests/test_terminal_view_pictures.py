"""What the screen looks like, as files in tests/golden/: each situation on a small, a usual and a large terminal.

The row of the input is missing: prompt_toolkit draws it. PARLEY_GOLDEN=write makes the files anew.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from terminal.model.window import Window
from terminal.network.tls import Tls
from terminal.screen.canvas import Canvas
from terminal.screen.look import look_of
from terminal.text.width import cells
from tests.goldens import as_text, golden, with_styles
from tests.terminal_core import NOW, Core, a_client
from tests.terminal_scenes import add, channel, picture, study

SIZES = ((40, 9), (80, 23), (200, 49))


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def no_server() -> Core:
    return a_client()


def server() -> Core:
    core = a_client()
    session, peer = core.online()
    session.window.lines.clear()
    add(core, session.window, "info", "", "Connecting to 127.0.0.1 port 6667 ...")
    add(core, session.window, "info", "", "Connected as alice. Welcome to the network")
    add(core, session.window, "list", "", "#study 14 Sockets, select and asyncio")
    peer.feed(":alice MODE alice :+i")
    return core


def waiting() -> Core:
    core = a_client()
    session, peer = core.online()
    channel(core, "net", "#study", "@alice", "wren")
    session.window.lines.clear()
    peer.lose(text="The connection was lost: connection reset by peer.")
    session._retry.at = core.loop.time() + 42
    return core


def talk() -> Core:
    return study()[0]


def away_by_tls() -> Core:
    core, _ = study()
    session = next(iter(core.client.sessions.values()))
    session.router.away = "lunch"
    session.tls = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384", "AB:CD", "irc.test", "irc.test", "2030-12-31", False)
    session._pulse.lag = 2.5
    return core


def private() -> Core:
    core, _ = study()
    window = core.client.window("private", "net", "wren", show=True)
    add(core, window, "message", "wren", "psst, alice")
    add(core, window, "message", "alice", "what is it?", own=True)
    add(core, window, "away", "wren", "is away: lunch")
    return core


def mentions() -> Core:
    core, window = study()
    add(core, window, "message", "wren", "alice, are you there? " + "we wait for you " * 6, mention=True)
    core.client.windows.show(core.client.window("mentions", "", "mentions"))
    return core


def wide() -> Core:
    core = a_client()
    core.online()
    window = channel(core, "net", "#日本語", "@alice", "桜", "+rook")
    window.topic = "ようこそ 🎉 café"
    add(core, window, "message", "桜", "こんにちは、世界。" * 12)
    add(core, window, "message", "rook", "ca" + "e\u0301" * 3 + " and combining n\u0303 marks", rank="+")
    add(core, window, "message", "alice", "emoji 🎉🚀 family 👨‍👩‍👧 flag 🇫🇮 thumb 👍🏽 done", own=True)
    add(core, window, "message", "一二三四五六七八九十", "a wide nick")
    add(core, window, "message", "rook", "\x1b[31mno \x07control\x9b sequence\u202e passes")
    return core


def formatted() -> Core:
    core = a_client()
    core.online()
    window = channel(core, "net", "#study", "@alice", "wren")
    window.topic = "\x02bold\x02 and \x0304red\x03"
    add(core, window, "message", "wren", "\x02bold\x02 \x1ditalic\x1d \x1funderline\x1f \x1estrike\x1e \x16reverse\x16")
    add(
        core,
        window,
        "message",
        "wren",
        "\x0304,01red on black\x03 \x0312blue \x0fplain \x04ff8800orange\x04 \x11mono\x11",
    )
    add(core, window, "action", "wren", "waves \x02strongly\x02")
    add(core, window, "message", "alice", "mine", own=True, rank="@")
    add(core, window, "message", "wren", "alice: look", mention=True)
    add(core, window, "problem", "", "Nobody here is called wrne.")
    return core


def long_lines() -> Core:
    core = a_client()
    core.online()
    window = channel(core, "net", "#study", "@alice", "anybody_with_a_rather_long_nick")
    add(core, window, "message", "anybody_with_a_rather_long_nick", "word after word " * 14)
    add(core, window, "message", "alice", "https://example.org/" + "path/" * 30, own=True)
    add(core, window, "notice", "anybody_with_a_rather_long_nick", "x" * 150)
    window.topic = "a topic that is longer than any row of a small terminal, and than one of a usual terminal as well"
    return core


def many_lines() -> tuple[Core, Window]:
    core = a_client()
    core.online()
    window = channel(core, "net", "#study", "@alice", "wren")
    for number in range(1, 121):
        add(core, window, "message", "wren", f"line {number}", NOW - timedelta(minutes=121 - number))
    return core, window


def many_windows() -> Core:
    core = a_client()
    core.online("net")
    for number in range(1, 31):
        window = channel(core, "net", f"#channel{number}", "alice", show=number == 1)
        for count in range(number % 4):
            add(core, window, "message", "wren", f"alice {count}", mention=number == 7)
    core.online("elsewhere", nick="alice2")
    window = channel(core, "elsewhere", "#garden", "alice2", show=False)
    window.joined = False
    core.client.window("private", "elsewhere", "ada")
    core.client.session_changed()
    return core


def many_members() -> Core:
    core = a_client()
    core.online()
    ranks = ["~", "&", "@", "%", "+"] + [""] * 5 + ["-"] * 2
    names = [f"{ranks[number % len(ranks)]}member{number}" for number in range(120)]
    channel(core, "net", "#crowd", *names)
    return core


def several_days() -> Core:
    core = a_client()
    core.online()
    window = channel(core, "net", "#study", "@alice", "wren")
    for day in range(4, 0, -1):
        add(core, window, "message", "wren", f"{day} days ago", NOW - timedelta(days=day))
        add(core, window, "join", "ada", "joined", NOW - timedelta(days=day))
    window.mark()
    add(core, window, "join", "bob", "joined")
    add(core, window, "message", "wren", "today")
    return core


SCENES: tuple[Callable[[], Core], ...] = (
    no_server, server, waiting, talk, away_by_tls, private, mentions, wide, formatted, long_lines, many_windows,
    many_members, several_days,
)  # fmt: skip


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_situation_looks_as_its_file_says(scene: Callable[[], Core]) -> None:
    core = scene()
    rows: list[str] = []
    for width, height in SIZES:
        shown = as_text(picture(core, width, height))
        assert len(shown) == height and {cells(row) for row in shown} == {width}
        rows += [f"{width} x {height}", *shown, ""]
    golden(f"screen-{scene.__name__}", rows)


def test_one_who_reads_further_up_is_told_what_came_in_below() -> None:
    rows: list[str] = []
    for width, height in SIZES:
        core, window = many_lines()
        canvas = Canvas(core.client)
        picture(core, width, height, canvas)
        canvas.scroll(20, look_of(core.settings))
        before = as_text(picture(core, width, height, canvas))
        for number in range(3):
            add(core, window, "message", "ada", f"news {number}")
        shown = as_text(picture(core, width, height, canvas))
        assert shown[:-1] == before[:-1] and "3 new below" in shown[-1]
        rows += [f"{width} x {height}", *shown, ""]
    golden("screen-reading_further_up", rows)


@pytest.mark.parametrize("scene", [talk, formatted, many_windows, away_by_tls], ids=lambda scene: scene.__name__)
def test_a_situation_has_the_styles_that_its_file_says(scene: Callable[[], Core]) -> None:
    core = scene()
    golden(f"styles-{scene.__name__}", with_styles(picture(core, 110, 24)))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 50])
def test_every_row_has_its_width_on_every_terminal(scene: Callable[[], Core], height: int) -> None:
    core = scene()
    for width in (1, 2, 5, 10, 20, 39, 60, 69, 70, 99, 100, 133, 250):
        shown = as_text(picture(core, width, height))
        assert len(shown) == height
        assert {cells(row) for row in shown} == {width}, (width, height)


@pytest.mark.parametrize(
    "settings",
    [
        {"times": ""},
        {"times": "%-I:%M:%S %p"},
        {"nick_column": 40},
        {"formatting": False},
        {"noise": "show"},
        {"window_list": "on", "member_list": "on"},
        {"window_list": "off", "member_list": "off"},
    ],
    ids=str,
)
def test_every_row_has_its_width_and_the_columns_are_in_line_with_every_setting(settings: dict[str, object]) -> None:
    core, _ = study(**settings)
    for width in (10, 40, 60, 70, 80, 110, 250):
        shown = as_text(picture(core, width, 30))
        assert {cells(row) for row in shown} == {width}
        crossings = {row.index("┼") for row in shown if "┼" in row}
        assert len(crossings) <= 1
        for at in crossings:
            beside = [row[at] for row in shown[-12:-1]]
            assert set(beside) <= {"│", "┼"}, "\n".join(shown)
