"""Lines out of a stream: the same ones, however the network cut it."""

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.framing import TOO_LONG, LineFramer, LineTooLong

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other tests use the machine too
LIMIT = 12
STREAMS = st.lists(st.sampled_from([b"\n", b"\r\n", b"a", b"bc", b" ", b"x" * LIMIT, b"\xff", b"\0"])).map(b"".join)


def expected(stream: bytes) -> list[bytes | LineTooLong]:
    *complete, rest = stream.split(b"\n")
    lines: list[bytes | LineTooLong] = [line if len(line) <= LIMIT else TOO_LONG for line in complete]
    return [*lines, TOO_LONG] if len(rest) > LIMIT else lines


@unhurried
@given(STREAMS, st.lists(st.integers(0, 80)))
def test_any_split_of_the_bytes_gives_the_same_lines(stream: bytes, cuts: list[int]) -> None:
    framer = LineFramer(LIMIT)
    lines: list[bytes | LineTooLong] = []
    places = [0, *sorted(cuts), len(stream)]
    for start, end in itertools.pairwise(places):
        lines += framer.feed(stream[start : max(start, end)])
    assert lines == expected(stream)


@unhurried
@given(STREAMS)
def test_byte_by_byte_is_as_good_as_all_at_once(stream: bytes) -> None:
    framer = LineFramer(LIMIT)
    assert [line for byte in stream for line in framer.feed(bytes([byte]))] == expected(stream)


def test_a_line_that_is_too_long_is_told_once_and_dropped_up_to_its_end() -> None:
    framer = LineFramer(LIMIT)
    assert framer.feed(b"x" * (LIMIT + 1)) == [TOO_LONG]
    assert framer.feed(b"x" * 100_000) == []
    assert framer.feed(b"tail\nnext\n") == [b"next"]


def test_a_line_of_exactly_the_limit_passes() -> None:
    framer = LineFramer(LIMIT)
    assert framer.feed(b"x" * LIMIT) == []
    assert framer.feed(b"\n") == [b"x" * LIMIT]


def test_a_long_line_between_two_others_in_one_piece() -> None:
    assert LineFramer(LIMIT).feed(b"one\n" + b"x" * 13 + b"\ntwo\n") == [b"one", TOO_LONG, b"two"]


def test_several_lines_that_together_pass_the_limit_are_not_too_long() -> None:
    lines = [b"%d" % number for number in range(1000)]
    assert LineFramer(LIMIT).feed(b"\n".join(lines) + b"\n") == lines


def test_a_carriage_return_is_left_for_the_codec() -> None:
    assert LineFramer(LIMIT).feed(b"one\r\n\r\n\n") == [b"one\r", b"\r", b""]


def test_what_is_not_complete_waits() -> None:
    framer = LineFramer(LIMIT)
    assert [framer.feed(piece) for piece in (b"", b"on", b"", b"e", b"\nt")] == [[], [], [], [], [b"one"]]
