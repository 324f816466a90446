"""Pauses between attempts to connect, and between lines, by a clock that the tests own."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.network.backoff import Backoff
from terminal.network.pacing import Pacer


@dataclass
class Call:
    """One that is to come."""

    when: float
    callback: Callable[[], None]
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


@dataclass
class Clock:
    """Stands still until it is told to go on."""

    time: float = 0.0
    calls: list[Call] = field(default_factory=list)

    def later(self, seconds: float, callback: Callable[[], None]) -> Call:
        self.calls.append(Call(self.time + seconds, callback))
        return self.calls[-1]

    def go_on(self, seconds: float) -> None:
        end = self.time + seconds
        while due := [call for call in self.calls if call.when <= end and not call.is_cancelled]:
            call = min(due, key=lambda call: call.when)
            self.calls.remove(call)
            self.time = max(self.time, call.when)
            call.callback()
        self.time = end


class Paced:
    """A pacer whose lines are noted with the time at which they went out."""

    def __init__(self, burst: int = 3, interval: float = 2.0) -> None:
        self.clock = Clock()
        self.sent: list[tuple[float, bytes]] = []
        self.pacer: Pacer[bytes] = Pacer(
            lambda line: self.sent.append((self.clock.time, line)),
            self.clock.later,
            lambda: self.clock.time,
            burst,
            interval,
        )

    def put(self, *lines: bytes) -> None:
        for line in lines:
            self.pacer.put(line)


def test_a_burst_passes_at_once_and_the_rest_one_by_one_in_order() -> None:
    paced = Paced()
    paced.put(b"a", b"b", b"c", b"d", b"e")
    assert paced.sent == [(0, b"a"), (0, b"b"), (0, b"c")] and paced.pacer.waiting == 2
    paced.clock.go_on(10)
    assert paced.sent[3:] == [(2, b"d"), (4, b"e")] and paced.pacer.waiting == 0


def test_quiet_time_earns_the_burst_back_and_no_more() -> None:
    paced = Paced()
    paced.put(b"a", b"b", b"c")
    paced.clock.go_on(4)
    paced.put(b"d", b"e", b"f")
    assert paced.sent[3:] == [(4, b"d"), (4, b"e")]
    paced.clock.go_on(1000)
    paced.put(b"g", b"h", b"i", b"j")
    assert [line for when, line in paced.sent if when == 1004] == [b"g", b"h", b"i"]


def test_urgent_lines_overtake_and_are_paid_for_by_those_that_wait() -> None:
    paced = Paced()
    paced.put(b"a", b"b", b"c", b"d", b"e")
    paced.pacer.put(b"PONG", urgent=True)
    assert paced.sent[3:] == [(0, b"PONG")] and paced.pacer.waiting == 2
    paced.clock.go_on(20)
    assert paced.sent[4:] == [(2, b"d"), (4, b"e")]  # never more than a burst ahead
    paced.pacer.put(b"PONG", urgent=True)
    paced.put(b"f", b"g", b"h")
    assert paced.sent[6:] == [(20, b"PONG"), (20, b"f"), (20, b"g")]


def test_lines_that_are_forgotten_are_counted_and_never_sent() -> None:
    paced = Paced()
    paced.put(b"a", b"b", b"c", b"d", b"e")
    assert paced.pacer.clear() == 2 and paced.pacer.clear() == 0
    paced.clock.go_on(100)
    assert len(paced.sent) == 3 and paced.pacer.waiting == 0
    paced.put(b"f")
    assert paced.sent[3:] == [(100, b"f")]


def test_a_new_connection_has_the_whole_burst() -> None:
    paced = Paced()
    paced.put(b"a", b"b", b"c", b"d")
    paced.pacer.reset()
    paced.put(b"e", b"f", b"g", b"h")
    assert paced.sent[3:] == [(0, b"e"), (0, b"f"), (0, b"g")]


def test_without_an_interval_nothing_waits() -> None:
    paced = Paced(burst=1, interval=0)
    paced.put(*[b"x"] * 100)
    assert len(paced.sent) == 100


def test_other_numbers_hold_for_the_lines_that_wait() -> None:
    paced = Paced()
    paced.put(b"a", b"b", b"c", b"d", b"e", b"f")
    paced.pacer.configure(burst=4, interval=2)
    assert paced.sent[3:] == [(0, b"d")]
    paced.pacer.configure(burst=4, interval=0)
    assert paced.sent[4:] == [(0, b"e"), (0, b"f")]


@given(st.lists(st.tuples(st.floats(0, 9), st.booleans()), max_size=60), st.integers(1, 6), st.floats(0.01, 5))
def test_no_window_of_time_has_more_lines_than_are_allowed(
    puts: list[tuple[float, bool]], burst: int, interval: float
) -> None:
    paced = Paced(burst, interval)
    calm = [number for number, (_, urgent) in enumerate(puts) if not urgent]
    for number, (pause, urgent) in enumerate(puts):
        paced.clock.go_on(pause)
        paced.pacer.put(b"%d" % number, urgent)
    paced.clock.go_on(len(puts) * interval + 1)
    assert [int(line) for _, line in paced.sent if int(line) in calm] == calm
    assert len(paced.sent) == len(puts)
    times = [when for when, line in paced.sent if int(line) in calm]
    for first, last in itertools.combinations(range(len(times)), 2):
        most = burst + (times[last] - times[first]) / interval
        assert last - first + 1 <= most + 0.001 + (last - first) * 1e-6 / interval


def test_pauses_grow_to_the_longest_and_begin_again() -> None:
    backoff = Backoff(first=2, longest=20, jitter=0.5, random=lambda: 0.0)
    assert [backoff.next_delay() for _ in range(6)] == [2, 4, 8, 16, 20, 20]
    assert backoff.attempts == 6
    backoff.reset()
    assert (backoff.attempts, backoff.next_delay()) == (0, 2)


@pytest.mark.parametrize(("number", "delays"), [(0.0, [10, 20]), (0.5, [8.5, 17]), (1.0, [7, 14])])
def test_jitter_shortens_a_pause_by_its_part(number: float, delays: list[float]) -> None:
    backoff = Backoff(first=10, random=lambda: number)
    assert [backoff.next_delay(), backoff.next_delay()] == pytest.approx(delays)


def test_a_thousand_attempts_and_a_longest_pause_below_the_first() -> None:
    backoff = Backoff(random=lambda: 0.0)
    assert [backoff.next_delay() for _ in range(2000)][-1] == 300
    assert Backoff(first=5, longest=1, random=lambda: 0.0).next_delay() == 1
