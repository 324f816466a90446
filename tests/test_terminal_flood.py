"""A flood of lines in the core: what is kept of it is the newest, in order, and what the client holds stops to grow."""

import gc
from types import BuiltinFunctionType, FunctionType, ModuleType

from terminal.model.window import Window
from terminal.wire.log import ENTRIES
from tests.terminal_core import Core, FakeConnection, a_client

SCROLLBACK = 100
PORTION = 100
_NOT_HELD = (ModuleType, type, FunctionType, BuiltinFunctionType)


def flooded(core: Core, peer: FakeConnection, first: int, count: int) -> None:
    """So many lines, each of somebody else and with a message id, as a modern server sends them."""
    for start in range(first, first + count, PORTION):
        peer.feed(
            *(
                f"@time=2026-03-04T12:34:00.000Z;msgid=m{number} :n{number}!u@h PRIVMSG #study :line {number}"
                for number in range(start, start + PORTION)
            )
        )


def on_channel() -> tuple[Core, FakeConnection, Window]:
    core = a_client(scrollback=SCROLLBACK)
    _, peer = core.online(features="CASEMAPPING=rfc1459")
    peer.feed(":alice!a@h JOIN #study")
    window = core.client.windows.find("net", "#study")
    assert window is not None
    return core, peer, window


def held_by(thing: object) -> int:
    """How many objects can be reached from it."""
    seen: dict[int, object] = {}
    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen and not isinstance(one, _NOT_HELD):
            seen[id(one)] = one
            waiting += gc.get_referents(one)
    return len(seen)


def test_the_newest_lines_are_kept_in_order() -> None:
    core, peer, window = on_channel()
    flooded(core, peer, 0, 1_000)
    numbers = [int(line.text.removeprefix("line ")) for line in window.lines]
    assert numbers == list(range(1_000 - len(numbers), 1_000))
    assert SCROLLBACK * 9 // 10 <= len(numbers) <= SCROLLBACK
    assert [entry.text.rpartition(" ")[2] for entry in core.client.sessions["net"].wire.entries][-1] == "999"


def test_what_a_client_holds_does_not_grow_once_the_scrollback_and_the_log_of_the_wire_are_full() -> None:
    core, peer, _ = on_channel()
    flooded(core, peer, 0, ENTRIES + 1_000)
    before = held_by(core.client)
    flooded(core, peer, ENTRIES + 1_000, 5_000)
    assert len(core.client.sessions["net"].wire.entries) == ENTRIES
    assert held_by(core.client) <= before + SCROLLBACK


def test_a_private_talk_and_the_mentions_are_bounded_too() -> None:
    core, peer, _ = on_channel()
    peer.feed(*(f":bob!b@h PRIVMSG alice :alice: {number}" for number in range(3 * SCROLLBACK)))
    windows = {window.kind: window for window in core.client.windows}
    last = f"alice: {3 * SCROLLBACK - 1}"
    assert windows["private"].lines[-1].text == windows["mentions"].lines[-1].text == last
    assert all(len(window.lines) <= SCROLLBACK for window in core.client.windows)
