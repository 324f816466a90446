"""Scrolling: whatever comes in, goes or changes its size, the view has its size, and nothing is lost on the way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from terminal.model.line import Line
from terminal.model.window import Anchor, Window
from terminal.screen.look import Look, look_of
from terminal.screen.talk import Placed, Talk
from terminal.settings.table import Settings
from terminal.text.width import cells

LOOK = look_of(Settings())
START = datetime(2026, 3, 4, 22, 0, tzinfo=UTC)
TEXTS = st.sampled_from(["hello", "", "word " * 40, "漢字" * 30, "e\u0301" * 50, "\x02bold\x02", "x" * 300])
KINDS = st.sampled_from(["message", "notice", "action", "join", "quit", "topic", "info"])
WIDTHS = st.sampled_from([10, 20, 40, 59, 60, 80, 200])
HEIGHTS = st.integers(1, 30)


def line(number: int, text: str = "", kind: str = "message", source: str = "wren") -> Line:
    return Line(number, START + timedelta(minutes=number), kind, text or f"line {number}", source)  # type: ignore[arg-type]


def window_of(count: int, most: int = 10_000) -> Window:
    window = Window("channel", "net", "#study", most=most)
    for number in range(1, count + 1):
        window.add(line(number))
    return window


def texts(view: list[Placed]) -> list[str]:
    return ["".join(text for _, text in placed.row).rstrip() for placed in view]


def said(view: list[Placed]) -> list[int]:
    return [placed.line.number for placed in view if placed.line is not None]


def with_noise(noise: str) -> Look:
    return replace(LOOK, noise=noise)


class Scrolling(RuleBasedStateMachine):
    """Any order of what may happen to a window that somebody reads."""

    @initialize(most=st.sampled_from([5, 40, 10_000]), noise=st.sampled_from(["show", "fold", "hide"]))
    def begin(self, most: int, noise: str) -> None:
        self.window = Window("channel", "net", "#study", most=most)
        self.talk, self.look = Talk(), with_noise(noise)
        self.number, self.width, self.height = 0, 80, 10

    @rule(texts=st.lists(st.tuples(KINDS, TEXTS), max_size=12), minutes=st.integers(0, 900))
    def lines_come_in(self, texts: list[tuple[str, str]], minutes: int) -> None:
        before = self.view() if self.window.anchor else None
        trims = len(self.window.lines) + len(texts) > self.window.most
        for kind, text in texts:
            self.number += 1
            self.window.add(
                replace(line(self.number, text, kind), time=START + timedelta(minutes=minutes * self.number))
            )
        if before is not None and not trims:
            assert self.view() == before

    @rule()
    def an_old_line_is_told(self) -> None:
        self.number += 1
        self.window.add(replace(line(self.number), time=START - timedelta(days=self.number % 3), history=True))

    @rule(by=st.integers(-40, 40))
    def scroll(self, by: int) -> None:
        self.talk.scroll(self.window, by, self.width, self.height, self.look)

    @rule()
    def to_the_top(self) -> None:
        self.talk.to_top(self.window, self.width, self.height, self.look)

    @rule()
    def to_the_marker(self) -> None:
        self.talk.to_marker(self.window, self.width, self.height, self.look)

    @rule()
    def look_away(self) -> None:
        self.window.mark()

    @rule()
    def forget(self) -> None:
        self.window.clear()

    @rule(width=WIDTHS, height=HEIGHTS)
    def resize(self, width: int, height: int) -> None:
        self.width, self.height = width, height

    @rule(noise=st.sampled_from(["show", "fold", "hide"]))
    def change_the_filter(self, noise: str) -> None:
        self.look = with_noise(noise)

    def view(self) -> list[Placed]:
        return self.talk.view(self.window, self.width, self.height, self.look)

    @invariant()
    def the_view_has_its_size_and_is_in_order(self) -> None:
        if not hasattr(self, "window"):
            return
        view = self.view()
        assert len(view) == self.height
        assert {sum(cells(text) for _, text in placed.row) for placed in view} == {self.width}
        order = [known.number for known in self.window.lines]
        places = [order.index(number) for number in said(view)]
        assert places == sorted(places)
        assert self.view() == view
        if self.window.anchor is not None:
            assert view[0].anchor is not None  # no gap at the top while there is more below


TestScrolling = Scrolling.TestCase
TestScrolling.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@given(count=st.integers(0, 40), height=HEIGHTS, width=WIDTHS, long=st.sets(st.integers(1, 40), max_size=3))
def test_paging_from_the_top_to_the_end_shows_every_row_and_every_line(
    count: int, height: int, width: int, long: set[int]
) -> None:
    talk, window = Talk(), window_of(0)
    for number in range(1, count + 1):
        window.add(line(number, "word " * 60 if number in long else ""))
    everything = texts(talk.view(window, width, 400, LOOK))
    everything = everything[next((at for at, row in enumerate(everything) if row), len(everything)) :]
    talk.to_top(window, width, height, LOOK)
    pages = [talk.view(window, width, height, LOOK)]
    while window.anchor is not None:
        anchor = window.anchor
        talk.scroll(window, -1, width, height, LOOK)
        assert window.anchor != anchor
        pages.append(talk.view(window, width, height, LOOK))
    seen = [*texts(pages[0]), *(texts(page)[-1] for page in pages[1:])]
    assert [row for row in seen if row] == [row for row in everything if row]


@given(height=st.integers(2, 20), width=WIDTHS, above=st.integers(0, 40))
def test_a_page_up_and_a_page_down_end_where_they_began(height: int, width: int, above: int) -> None:
    talk, window = Talk(), window_of(150)
    window.marker = 90
    talk.scroll(window, above, width, height, LOOK)
    anchor, view = window.anchor, talk.view(window, width, height, LOOK)
    talk.scroll(window, height - 1, width, height, LOOK)
    assert window.anchor != anchor
    talk.scroll(window, 1 - height, width, height, LOOK)
    assert talk.view(window, width, height, LOOK) == view


def test_what_comes_in_does_not_move_what_one_reads() -> None:
    talk, window = Talk(), window_of(50)
    talk.scroll(window, 20, 80, 10, LOOK)
    view = talk.view(window, 80, 10, LOOK)
    for number in range(51, 60):
        window.add(line(number))
    assert talk.view(window, 80, 10, LOOK) == view
    assert window.news == 9
    talk.scroll(window, -29, 80, 10, LOOK)
    assert window.anchor is None and window.news == 0


def test_noise_that_joins_a_folded_line_below_the_view_does_not_change_it() -> None:
    talk, window = Talk(), window_of(10)
    window.add(line(11, kind="join", source="finn"))
    window.add(line(12, kind="join", source="grace"))
    window.add(line(13))
    talk.scroll(window, 1, 80, 5, LOOK)
    assert "finn, grace" in texts(talk.view(window, 80, 5, LOOK))[-1]
    assert window.anchor == Anchor(12)
    window.add(line(14, kind="join", source="hal"))
    assert "finn, grace" in texts(talk.view(window, 80, 5, LOOK))[-1]


def test_the_oldest_lines_may_go_while_one_reads_them() -> None:
    talk, window = Talk(), window_of(20, most=20)
    talk.to_top(window, 80, 6, LOOK)
    for number in range(21, 60):
        window.add(line(number))
        assert len(said(talk.view(window, 80, 6, LOOK))) >= 4
    assert window.anchor is not None and window.anchor.number > 20


def test_another_width_keeps_the_line_that_one_reads() -> None:
    talk, window = Talk(), Window("channel", "net", "#study")
    for number in range(1, 60):
        window.add(line(number, f"{number} " + "word " * 30))
    talk.scroll(window, 40, 80, 12, LOOK)
    lowest = said(talk.view(window, 80, 12, LOOK))[-1]
    for width in (40, 200, 10, 80):
        assert said(talk.view(window, width, 12, LOOK))[-1] == lowest


@pytest.mark.parametrize("height", [1, 5, 40])
def test_the_marker_and_what_follows_it_are_found(height: int) -> None:
    talk, window = Talk(), window_of(100)
    window.marker = 70
    talk.to_marker(window, 80, height, LOOK)
    view = talk.view(window, 80, height, LOOK)
    assert "new" in texts(view)[max(0, height - 31)] if height < 31 else "── new" in "\n".join(texts(view))


def test_there_is_no_marker_when_nothing_follows_it() -> None:
    talk, window = Talk(), window_of(5)
    window.mark()
    assert "new" not in "\n".join(texts(talk.view(window, 80, 10, LOOK)))
    talk.to_marker(window, 80, 10, LOOK)
    assert window.anchor is None
