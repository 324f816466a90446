"""Missed messages are asked for from the right place, and none is shown twice."""

from datetime import timedelta

import pytest

from terminal.model.window import Window
from tests.terminal_core import NOW, a_client
from tests.test_terminal_staying_history import (
    CAPABILITIES,
    a_channel,
    answer,
    lose_and_return,
    register,
    requests,
    said,
    spoken,
    stamp,
    window_of,
)


def test_what_was_missed_is_asked_for_again_when_the_connection_breaks_before_the_answer() -> None:
    core = a_client()
    session = a_channel(core)
    core.network.connection.feed(said(5, "before"))
    core.client.windows.show(session.window)
    peer = lose_and_return(core)
    peer.feed(said(60, "live while asking"))
    peer = lose_and_return(core)
    assert requests(peer) == ["CHATHISTORY AFTER #x msgid=m5 3"]
    peer.feed(*answer("#x", (6, "missed"), (60, "live while asking")))
    assert spoken(core) == ["before", "missed", "live while asking"]
    peer = lose_and_return(core)
    assert requests(peer) == ["CHATHISTORY AFTER #x msgid=m60 3"]


def test_what_comes_live_before_the_question_does_not_hide_what_was_missed() -> None:
    core = a_client()
    a_channel(core)
    core.network.connection.feed(said(5, "before"), said(6, "hi", nick="ada", target="alice"))
    core.network.connection.lose()
    core.pass_time(10)
    peer = core.network.connection
    register(peer)
    peer.feed(said(60, "live", nick="ada", target="alice"), said(61, "live"), ":alice!a@h JOIN #x", *answer("#x"))
    core.client.windows.show(window_of(core, "ada"))
    core.pass_time(30)
    assert {"CHATHISTORY AFTER #x msgid=m5 3", "CHATHISTORY AFTER ada msgid=m6 3"} <= set(requests(peer))


def test_pages_that_were_answered_are_not_asked_for_again() -> None:
    core = a_client()
    a_channel(core)
    core.network.connection.feed(said(5, "before"))
    peer = lose_and_return(core)
    peer.feed(said(60, "live"), *answer("#x", (6, "a"), (7, "b"), (8, "c")))
    peer = lose_and_return(core)
    assert requests(peer) == ["CHATHISTORY AFTER #x msgid=m8 3"]
    peer.feed(*answer("#x", (9, "d")))
    assert spoken(core) == ["before", "a", "b", "c", "d", "live"]


def test_history_is_asked_for_by_the_clock_of_the_server_and_not_by_our_own() -> None:
    core = a_client()
    a_channel(core)
    core.client.windows.show(window_of(core))
    core.network.connection.feed(f"@time={stamp(5)} :bob!b@h PRIVMSG #x :before")
    core.type("mine")
    assert window_of(core).lines[-1].time == core.clock > NOW
    assert requests(lose_and_return(core)) == [f"CHATHISTORY AFTER #x timestamp={stamp(5)} 3"]


def test_an_own_line_that_the_server_does_not_repeat_is_shown_once_when_the_history_tells_it() -> None:
    core = a_client()
    a_channel(core)
    core.client.windows.show(window_of(core))
    core.network.connection.feed(said(33, "question"))
    core.type("answer", "answer")
    peer = lose_and_return(core)
    own = [
        f"@batch=1;msgid=own{number};time={core.clock - timedelta(seconds=50 - number):%Y-%m-%dT%H:%M:%S.000Z} "
        ":alice!a@h PRIVMSG #x :answer"
        for number in range(3)
    ]
    peer.feed(":s BATCH +1 chathistory #x", *own, ":s BATCH -1")
    assert spoken(core) == ["question", "answer", "answer", "answer"]  # two of them were known
    assert {line.msgid for line in window_of(core).lines if line.own and line.is_speech} == {"own0", "own1", "own2"}


def test_a_live_line_without_an_id_is_not_told_again_by_the_first_history() -> None:
    core = a_client()
    session = core.session(joins=["#x"])
    session.connect()
    peer = core.network.connection
    register(peer, CAPABILITIES)
    peer.feed(":alice!a@h JOIN #x", f"@time={stamp(5)} :bob!b@h PRIVMSG #x :live")
    row = f"@batch=1;time={stamp(5)} :bob!b@h PRIVMSG #x :live"
    peer.feed(":s BATCH +1 chathistory #x", row, row.replace(stamp(5), stamp(4)), ":s BATCH -1")
    assert spoken(core) == ["live", "live"]


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "something else"},
        {"source": "rook"},
        {"kind": "notice"},
        {"time": NOW + timedelta(seconds=121)},
        {"time": NOW - timedelta(seconds=121)},
    ],
)
def test_what_only_resembles_a_line_that_is_there_is_another_message(changes: dict[str, object]) -> None:
    core = a_client()
    window = Window("channel", "net", "#x")
    core.say(window, "bob", "hello", time=NOW)
    again: dict[str, object] = {"source": "bob", "text": "hello", "time": NOW, "kind": "message", "history": True}
    core.say(window, **{**again, **changes, "msgid": "m1"})  # type: ignore[arg-type]
    assert len(window.lines) == 2
    core.say(window, **again, msgid="m2")  # type: ignore[arg-type]
    assert len(window.lines) == 2 and "m2" in {line.msgid for line in window.lines}
