"""What one selects in the talk is selected on the wire, and the other way round."""

from terminal.screen.canvas import Canvas
from terminal.screen.look import Row, look_of
from terminal.screen.protocol_view import ProtocolView
from terminal.screen.wire_pane import MARK
from tests.goldens import as_text
from tests.terminal_core import Core, a_client, welcome

LOOK = look_of(a_client().settings)
WIDTH, HEIGHT = 120, 12


class Desk:
    """alice on #study, where wren counts; F2 is on."""

    def __init__(self, said: int = 30) -> None:
        self.core: Core = a_client(history_lines=0, read_markers=False)
        self.session, self.peer = self.core.online(joins=["#study"])
        self.peer.feed(":alice!a@h JOIN #study")
        for number in range(said):
            self.say(f"number {number}")
        self.canvas = Canvas(self.core.client, split="wire")
        self.view = ProtocolView(self.core.client, self.canvas)
        self.look()

    def say(self, text: str) -> None:
        self.peer.feed(f":wren!w@h PRIVMSG #study :{text}")

    def look(self) -> list[str]:
        return as_text(self.rows())

    def rows(self) -> list[Row]:
        return self.canvas.rows(WIDTH, HEIGHT, LOOK)

    @property
    def marked(self) -> tuple[str, str]:
        """What is marked in the talk, and on the wire."""
        self.look()
        side = self.canvas.regions.side if self.canvas.regions else None
        assert side is not None
        talk = [
            placed.line.text for placed in self.canvas.placed if "class:exchange" in placed.row[-1][0] and placed.line
        ]
        wire = [row.partition(MARK)[2].strip() for row in self.look() if MARK in row]
        return "".join(talk), "".join(part.partition("← ")[2] or part for part in wire)


def wire_of(number: int) -> str:
    return f":wren!w@h PRIVMSG #study :number {number}␍␊"


def test_the_newest_is_marked_on_both_sides_until_one_selects() -> None:
    desk = Desk()
    assert desk.marked == ("number 29", wire_of(29))
    desk.say("number 30")
    assert desk.marked == ("number 30", wire_of(30))


def test_keys_go_from_event_to_event_and_both_sides_follow() -> None:
    desk = Desk()
    desk.view.move(-1)
    assert desk.marked == ("number 28", wire_of(28))
    for _ in range(20):
        desk.view.move(-1)
    assert desk.marked == ("number 8", wire_of(8))
    desk.say("number 30")
    assert desk.marked == ("number 8", wire_of(8))
    desk.view.move(1)
    assert desk.marked == ("number 9", wire_of(9))
    desk.view.follow()
    assert desk.marked == ("number 30", wire_of(30))


def test_behind_the_newest_event_one_follows_again() -> None:
    desk = Desk()
    desk.view.move(-1)
    desk.view.move(1)
    desk.view.move(1)
    assert desk.view.selected == 0
    window = desk.core.client.windows.current
    assert window is not None and window.anchor is None


def test_a_click_selects_on_either_side() -> None:
    desk = Desk()
    rows = desk.look()
    regions = desk.canvas.regions
    assert regions is not None and regions.side is not None
    row = next(index for index, text in enumerate(rows) if "number 27␍␊" in text)
    assert desk.view.click(regions.side.left + 3, row)
    assert desk.marked == ("number 27", wire_of(27))
    row = next(index for index, text in enumerate(desk.look()) if "number 25" in text.partition("number 27")[0])
    assert desk.view.click(regions.talk.left + 3, row)
    assert desk.marked == ("number 25", wire_of(25))
    assert not desk.view.click(regions.side.left + 3, regions.side.top)  # the title


def test_a_wire_that_is_scrolled_stays_where_it_is() -> None:
    desk = Desk()
    desk.view.scroll(5)
    before = [row[WIDTH // 2 + 20 :] for row in desk.look()[2:-1]]
    desk.say("number 30")
    assert [row[WIDTH // 2 + 20 :] for row in desk.look()[2:-1]] == before
    assert "6 below" in desk.look()[1]
    desk.view.scroll(-100)
    assert "below" not in desk.look()[1]


def test_in_the_window_of_the_wire_keys_go_through_all_that_happened() -> None:
    desk = Desk(3)
    desk.core.type("/wire")
    desk.look()
    desk.view.move(-1)
    desk.view.move(-1)
    assert [row.partition("← ")[2].rstrip() for row in desk.look() if MARK in row] == [wire_of(1)]
    desk.view.move(-100)
    assert desk.view.selected == 1  # the login
    assert all("│" not in row[25:] for row in desk.look()[1:-1])  # one wire is enough


def test_ping_and_pong_are_shown_when_one_wants_to_see_them() -> None:
    desk = Desk(0)
    desk.peer.feed("PING :one", "PING :two")
    assert any("PING/PONG × 4" in row for row in desk.look())
    desk.view.toggle_keepalive()
    wire = [row[10:].strip() for row in as_text(desk.canvas.sides["wire"](50, 8))]
    assert wire[-4:] == ["← PING :one␍␊", "→ PONG one␍␊", "← PING :two␍␊", "→ PONG two␍␊"]


def test_without_a_server_the_sides_are_empty() -> None:
    core = a_client()
    canvas = Canvas(core.client)
    view = ProtocolView(core.client, canvas)
    view.move(-1)
    view.scroll(3)
    view.select(1)
    for side in ("wire", "states"):
        canvas.split = side
        assert len(canvas.rows(80, 10, LOOK)) == 10


def test_another_server_has_a_wire_and_a_selection_of_its_own() -> None:
    desk = Desk()
    desk.view.move(-1)
    other = desk.core.session("other", "bob")
    other.connect()
    desk.core.network.connection.accept()
    welcome(desk.core.network.connection, "bob")
    desk.core.client.windows.show(other.window)
    assert desk.view.selected == 0
    assert "other · → sent ← received" in desk.look()[1]
