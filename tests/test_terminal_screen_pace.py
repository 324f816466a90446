"""How often the screen is drawn: at once after a pause, at an even pace in a flood, never once too few; and not at all
while nothing happens."""

from itertools import pairwise

from prompt_toolkit.input import DummyInput
from prompt_toolkit.output import DummyOutput

from terminal.screen.application import Picture, Screen
from terminal.screen.pace import PICTURE_SECONDS, Pace
from tests.terminal_core import ManualLoop, a_client


class Drawn:
    """When pictures were drawn, in seconds from the start."""

    def __init__(self) -> None:
        self.loop = ManualLoop()
        self.began = self.loop.now
        self.times: list[float] = []
        self.pace = Pace(self.loop, self.draw)

    def draw(self) -> None:
        self.times.append(round(self.loop.now - self.began, 3))
        self.pace.drawn()


def test_the_first_change_after_a_pause_is_drawn_at_once() -> None:
    drawn = Drawn()
    drawn.pace.ask()
    assert drawn.times == [0.0]
    drawn.loop.advance(1)
    drawn.pace.ask()
    assert drawn.times == [0.0, 1.0]


def test_a_flood_is_drawn_at_an_even_pace() -> None:
    drawn = Drawn()
    for _ in range(1000):
        drawn.pace.ask()
        drawn.loop.advance(0.001)
    assert len(drawn.times) == round(1 / PICTURE_SECONDS)
    assert {round(later - earlier, 3) for earlier, later in pairwise(drawn.times)} == {PICTURE_SECONDS}


def test_the_last_change_of_a_burst_is_drawn_and_then_there_is_peace() -> None:
    drawn = Drawn()
    drawn.pace.ask()
    drawn.pace.ask()
    assert drawn.times == [0.0]
    drawn.loop.advance(60)
    assert drawn.times == [0.0, PICTURE_SECONDS]
    assert drawn.loop.waiting == 0


def test_a_picture_that_a_key_brought_has_all_that_waited_to_be_drawn() -> None:
    drawn = Drawn()
    drawn.pace.ask()
    drawn.loop.advance(0.01)
    drawn.pace.ask()
    drawn.loop.advance(0.01)
    drawn.draw()  # a key
    drawn.loop.advance(60)
    assert drawn.times == [0.0, 0.02]


def test_a_picture_is_outdated_once_the_clock_shows_another_minute_and_not_before() -> None:
    core = a_client()
    core.online()
    picture = Picture(Screen(core.client, terminal_input=DummyInput(), terminal_output=DummyOutput()))
    picture.create_content(80, 24)
    core.pass_time(4)  # nothing is asked of the server yet
    assert not picture.is_outdated()
    core.clock = core.clock.replace(minute=core.clock.minute + 1)
    assert picture.is_outdated()
    picture.create_content(80, 24)
    assert not picture.is_outdated()


def test_a_picture_with_a_countdown_is_outdated_each_second() -> None:
    core = a_client()
    _, peer = core.online()
    picture = Picture(Screen(core.client, terminal_input=DummyInput(), terminal_output=DummyOutput()))
    peer.lose()
    picture.create_content(80, 24)
    assert not picture.is_outdated()
    core.loop.now += 1
    assert picture.is_outdated()
