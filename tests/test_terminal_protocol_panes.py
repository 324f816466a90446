"""The wire beside the talk, and the states, as a person sees them: at 40, 80 and 200 columns."""

import time
from collections.abc import Iterator

import pytest

from terminal.screen.canvas import Canvas
from terminal.screen.look import look_of
from terminal.screen.protocol_view import ProtocolView
from terminal.screen.states_pane import states_rows
from terminal.screen.wire_pane import MARK, WirePane, WirePlace, WireView
from terminal.states import Machine
from terminal.wire.log import WireEntry, WireLog
from tests.goldens import as_text, golden, with_styles
from tests.terminal_core import NOW, Core, FakeConnection, a_client

LOOK = look_of(a_client().settings)
LABELS = "batch echo-message labeled-response message-tags server-time"


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def a_lesson() -> tuple[Core, FakeConnection]:
    """alice on #study: a login, a join, a talk, and PINGs."""
    core = a_client(history_lines=0, read_markers=False)
    session = core.session(joins=["#study"])
    session.connect()
    peer = core.network.connection
    peer.accept()
    core.pass_time(0.1)
    peer.feed(f":irc.test CAP * LS :{LABELS}")
    core.pass_time(0.1)
    peer.feed(f":irc.test CAP alice ACK :{LABELS}", ":irc.test 001 alice :Welcome to the test network, alice")
    core.pass_time(1)
    peer.feed("@label=1 :alice!a@host JOIN #study", ":irc.test 353 alice = #study :@alice wren")
    peer.feed(":irc.test 366 alice #study :End of NAMES")
    core.pass_time(5)
    for token in range(4):
        peer.feed(f"PING :{token}")
    core.type("hello wren, do you see \x02this\x02 — 日本?")
    label = peer.take()[-1].partition(" ")[0]
    peer.feed(f"{label} :alice!a@host PRIVMSG #study :hello wren, do you see \x02this\x02 — 日本?")
    core.pass_time(2)
    peer.feed(":wren!w@host PRIVMSG #study :yes, alice: I do")
    return core, peer


def picture(core: Core, split: str, width: int, height: int = 24) -> list[str]:
    canvas = Canvas(core.client)
    ProtocolView(core.client, canvas)
    canvas.split = split
    return as_text(canvas.rows(width, height, LOOK))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_wire_stands_beside_the_talk_that_it_made(width: int) -> None:
    core, _ = a_lesson()
    golden(f"protocol-wire-{width}", picture(core, "wire", width))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_states_stand_beside_the_talk(width: int) -> None:
    core, _ = a_lesson()
    golden(f"protocol-states-{width}", picture(core, "states", width))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_window_of_the_wire_has_the_whole_width(width: int) -> None:
    core, _ = a_lesson()
    core.type("/wire")
    golden(f"protocol-window-{width}", picture(core, "", width))


def test_the_grammar_of_a_line_is_coloured_and_secrets_stand_out() -> None:
    log = WireLog(lambda line: line.replace("secret", "****"), lambda line, outgoing: "", lambda: NOW)
    log.sent("PASS :secret", "\r\n", "negotiating")
    log.received(b"@time=x :irc.test 353 alice = #x :@alice\n", "negotiating")
    rows = [placed.row for placed in WirePane().rows(WireView(list(log.entries), "irc", "negotiating"), 70, 3)]
    golden("protocol-wire-styles", with_styles(rows))
    log = WireLog(lambda line: line, lambda line, outgoing: "", lambda: NOW)
    log.received(b'{"id": 1, "ok": true}', "connected")
    rows = [placed.row for placed in WirePane().rows(WireView(list(log.entries), "json", "connected"), 70, 2)]
    golden("protocol-wire-styles-json", with_styles(rows))


def entries(*lines: str, state: str = "welcomed") -> list[WireEntry]:
    log = WireLog(lambda line: line, lambda line, outgoing: "", lambda: NOW)
    for line in lines:
        log.received(f"{line}\r\n".encode(), state)
    return list(log.entries)


def test_lines_that_keep_alive_are_one_row_until_one_wants_to_see_them() -> None:
    kept = entries(*(f"PING {number}" for number in range(14)))
    folded = as_text(placed.row for placed in WirePane().rows(WireView(kept, "irc", "welcomed"), 30, 3))
    assert [row.strip() for row in folded] == ["", "── welcomed ──────────────────", "↔ PING/PONG × 14"]
    view = WireView(kept, "irc", "welcomed", folded=False)
    shown = as_text(placed.row for placed in WirePane().rows(view, 30, 15))
    assert [row.strip() for row in shown][1:] == [f"← PING {number}␍␊" for number in range(14)]


def test_all_lines_of_the_exchange_are_marked() -> None:
    kept = entries("one", "two")
    rows = WirePane().rows(WireView(kept, "irc", "welcomed", exchange=kept[0].exchange), 20, 2)
    assert [row.row[0][1] for row in rows] == [MARK, " "]
    assert all("class:exchange" in style for style, _ in rows[0].row[1:])


def test_scrolling_goes_up_to_the_first_line_and_down_to_following() -> None:
    view = WireView(entries(*(f"line {number}" for number in range(10))), "irc", "welcomed")
    pane = WirePane()
    place = pane.scrolled(view, 20, 4, None, 3)
    assert place == WirePlace(7)
    assert [row.row[-2][1] for row in pane.rows(view, 20, 4, place)] == ["␍␊"] * 4
    top = pane.scrolled(view, 20, 4, place, 100)
    assert top == WirePlace(3)  # the state stands above the first line
    assert pane.scrolled(view, 20, 4, top, 1) == top
    assert pane.scrolled(view, 20, 4, top, -2) == WirePlace(5)
    assert pane.scrolled(view, 20, 4, top, -100) is None
    assert pane.scrolled(WireView([], "irc", "offline"), 20, 4, None, 3) is None


@pytest.mark.parametrize("dialect", ["irc", "json", "lab"])
@pytest.mark.parametrize("width", [40, 60, 100])
def test_every_state_of_a_dialect_is_drawn_and_every_row_fits(dialect: str, width: int) -> None:
    machine = Machine(dialect)
    rows = as_text(states_rows(machine, "x", width, 22))
    assert len(rows) == 22
    assert {len(row) for row in rows} == {width}
    drawn = [row.split()[1] for row in rows if row.startswith((" ○", " ▶"))]
    assert drawn == [state.name.split()[0] for state in machine.states]


def test_the_states_tell_what_may_happen_and_what_has_happened() -> None:
    machine = Machine("irc", lambda: NOW)
    for event in ("dial", "connected", "nick taken"):
        machine.fire(event)
    golden("protocol-states-negotiating", as_text(states_rows(machine, "net", 60, 24)))


def test_what_has_no_room_is_left_out_the_oldest_first() -> None:
    machine = Machine("lab", lambda: NOW)
    for event in ("dial", "connected", "welcome", "lost"):
        machine.fire(event)
    rows = as_text(states_rows(machine, "net", 60, 14))
    assert [row.split()[1] for row in rows[-2:]] == ["welcome", "lost"]
    assert len(as_text(states_rows(machine, "net", 60, 5))) == 5


def test_a_machine_follows_a_record_by_the_events_of_its_table() -> None:
    machine = Machine("irc", lambda: NOW)
    machine.follow("dialling")
    machine.follow("welcomed")  # not to be reached at once: the record says so all the same
    machine.follow("nowhere")
    assert [(moved.state, moved.event, moved.next) for moved in machine.history] == [
        ("offline", "dial", "dialling"),
        ("dialling", "", "welcomed"),
    ]
    assert (machine.state, machine.last, machine.since) == ("welcomed", "", NOW)


def test_the_present_state_is_shown_however_little_room_there_is_and_a_sign_tells_of_the_rest() -> None:
    machine = Machine("irc", lambda: NOW)
    for event in ("dial", "connected", "negotiated", "welcome"):
        machine.fire(event)
    for height in range(2, 24):
        rows = as_text(states_rows(machine, "net", 40, height))
        assert [row for row in rows if row[1] == "▶"], height
    rows = as_text(states_rows(machine, "net", 40, 7))
    assert rows[1].startswith("⋮") and rows[-1].startswith("⋮")
