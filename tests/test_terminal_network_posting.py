"""From a connection's thread to the core: order, short turns that leave room for keys, and a bound to what waits."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.network.posting import LINES_AT_ONCE, MOST_WAITING, TURN_SECONDS, Posting
from tests.terminal_core import ManualLoop, a_client

COSTLY = TURN_SECONDS / 3.5  # a portion that takes so long leaves room for four in a turn


class Core:
    """The thread of the core: what it is told, in order, and how long it took. Other calls are noted between."""

    def __init__(self) -> None:
        self.loop = ManualLoop()
        self.posting = Posting(self.loop.call_soon_threadsafe, lambda: self.told.append("room"), self.loop.time)
        self.told: list[str] = []
        self.lines: list[bytes] = []

    def receive(self, lines: list[bytes]) -> None:
        self.loop.now += COSTLY
        self.lines += lines
        self.told.append(f"{len(lines)} lines")

    def note(self, text: str) -> Callable[[], None]:
        return lambda: self.told.append(text)


def numbered(count: int) -> list[bytes]:
    return [b"%d\r\n" % number for number in range(count)]


def test_a_key_does_not_wait_for_all_lines_that_came_at_once() -> None:
    core = Core()
    core.posting.deliver(core.receive, numbered(10 * LINES_AT_ONCE))
    core.loop.call_soon_threadsafe(core.note("key"))
    core.loop.run()
    portion = f"{LINES_AT_ONCE} lines"
    assert core.told == [*[portion] * 4, "key", *[portion] * 6]
    assert core.lines == numbered(10 * LINES_AT_ONCE)


def test_a_portion_that_takes_longer_than_a_turn_is_followed_by_everybody_else() -> None:
    core = Core()
    core.posting.tell(lambda: core.receive([b"a long history\n"] * 4) or setattr(core.loop, "now", core.loop.now + 1))
    core.posting.tell(core.note("second"))
    core.loop.call_soon_threadsafe(core.note("key"))
    core.loop.run()
    assert core.told == ["4 lines", "key", "second"]


def test_the_end_of_a_connection_comes_after_its_last_line() -> None:
    core = Core()
    core.posting.tell(core.note("connected"))
    core.posting.deliver(core.receive, numbered(5 * LINES_AT_ONCE + 1))
    core.posting.tell(core.note("ended"))
    core.loop.run()
    assert core.told == ["connected", *[f"{LINES_AT_ONCE} lines"] * 5, "1 lines", "ended"]


def test_there_is_one_turn_under_way_however_much_waits() -> None:
    posts: list[Callable[[], object]] = []
    told: list[int] = []
    posting = Posting(posts.append, lambda: None)
    for number in range(30):
        posting.tell(lambda number=number: told.append(number))  # type: ignore[misc]
    assert len(posts) == 1
    posts.pop()()
    assert told == list(range(30)) and not posts
    posting.tell(lambda: told.append(30))
    assert len(posts) == 1


def test_who_reads_is_told_of_room_once_there_is_some() -> None:
    core = Core()
    core.posting.deliver(core.receive, numbered((MOST_WAITING + 4) * LINES_AT_ONCE))
    assert not core.posting.has_room()
    core.loop.run()
    rooms = core.told.index("room")
    assert core.told[:rooms] == [f"{LINES_AT_ONCE} lines"] * 8  # after the first turn it is still full
    assert core.posting.has_room()


def test_a_mistake_in_the_core_does_not_hold_up_what_comes_behind_it() -> None:
    core = Core()

    def mistake() -> None:
        raise ValueError("a mistake")

    core.posting.tell(mistake)
    core.posting.tell(core.note("next"))
    with pytest.raises(ValueError, match="a mistake"):
        core.loop.run()
    core.loop.run()
    assert core.told == ["next"]


def test_nobody_listens_any_more() -> None:
    def post(callback: Callable[[], object]) -> None:
        raise RuntimeError("Event loop is closed")

    posting = Posting(post, lambda: None)
    posting.tell(lambda: None)
    assert posting.is_deaf


@given(st.lists(st.integers(0, 5 * LINES_AT_ONCE), max_size=12))
def test_lines_and_events_keep_their_order_whatever_comes_when(counts: list[int]) -> None:
    core, expected = Core(), []
    for index, count in enumerate(counts):
        lines = [b"%d %d\n" % (index, number) for number in range(count)]
        core.posting.deliver(core.receive, lines)
        core.posting.tell(lambda index=index: core.lines.append(b"event %d" % index))  # type: ignore[misc]
        expected += [*lines, b"event %d" % index]
        if index % 3 == 0:
            core.loop.run()
    core.loop.run()
    assert core.lines == expected


def test_who_quits_in_a_flood_is_let_go_and_sees_no_line_after_the_end() -> None:
    core = a_client()
    session, peer = core.online()
    clock = iter(range(1_000_000))
    posting = Posting(core.loop.call_soon_threadsafe, lambda: None, lambda: float(next(clock)))  # a turn for each look
    flood = [f":bob!b@h PRIVMSG alice :{number}\r\n".encode() for number in range(10 * LINES_AT_ONCE)]
    posting.deliver(session.received, flood)
    core.loop.call_soon_threadsafe(lambda: session.quit("bye"))
    core.loop.run()
    assert "QUIT bye" in peer.lines or "QUIT :bye" in peer.lines
    window = core.client.windows.find("net", "bob")
    assert window is not None and [line.text for line in window.lines] == [str(n) for n in range(len(flood))]
    peer.lose("left")
    assert session.over
    posting.deliver(session.received, [b":bob!b@h PRIVMSG alice :too late\r\n"])
    core.loop.run()
    assert window.lines[-1].text == str(len(flood) - 1)
