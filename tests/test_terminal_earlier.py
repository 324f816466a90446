"""What was said before the oldest line, before a talk was opened, and in talks that others began meanwhile."""

from datetime import timedelta

import pytest
from prompt_toolkit.input import DummyInput
from prompt_toolkit.output import DummyOutput

from terminal.model.window import Anchor
from terminal.screen.application import Screen
from terminal.screen.keys import page_up
from tests.terminal_core import Core, FakeConnection, a_client, texts
from tests.test_terminal_staying_history import (
    START,
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

REFUSED = ":s FAIL CHATHISTORY MESSAGE_ERROR {} {} :Messages could not be retrieved"


def refuse(peer: FakeConnection, subcommand: str, target: str) -> None:
    """The server gives nothing."""
    peer.feed(REFUSED.format(subcommand, target))


def targets(peer: FakeConnection) -> list[str]:
    """The questions about talks since the last time."""
    return [line for line in peer.take() if "TARGETS" in line]


def come_back(core: Core, features: str = "CHATHISTORY=3") -> FakeConnection:
    """The connection is lost and made again, on no channel."""
    core.network.connection.lose(text="Gone.")
    core.pass_time(10)
    register(core.network.connection, features=features)
    return core.network.connection


def a_server(core: Core) -> FakeConnection:
    """A connection that is on no channel."""
    core.session().connect()
    register(core.network.connection)
    core.network.connection.take()
    return core.network.connection


def talks(*rows: tuple[str, int]) -> list[str]:
    """The answer to CHATHISTORY TARGETS."""
    lines = [f"@batch=t :s CHATHISTORY TARGETS {name} {stamp(minute)}" for name, minute in rows]
    return [":s BATCH +t draft/chathistory-targets", *lines, ":s BATCH -t"]


def problems(core: Core) -> list[str]:
    """What went wrong, in all windows."""
    return [line.text for window in core.client.windows for line in window.lines if line.kind == "problem"]


# Talks that others began meanwhile


def test_a_talk_that_somebody_began_while_we_were_away_is_opened_and_unread() -> None:
    core = a_client()
    a_server(core).feed(said(5, "hi", target="#elsewhere"))
    peer = come_back(core)
    until = (core.clock + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert targets(peer) == [f"CHATHISTORY TARGETS timestamp={stamp(5)} timestamp={until} 50"]
    peer.feed(*talks(("#elsewhere", 6), ("alice", 6), ("dave", 7)))
    assert requests(peer) == [f"CHATHISTORY AFTER dave timestamp={stamp(5)} 3"]
    row = f"@time={stamp(7)};msgid=m7;batch=1 :dave!d@h PRIVMSG alice :are you there?"
    peer.feed(":s BATCH +1 chathistory dave", row, ":s BATCH -1")
    assert spoken(core, "dave") == ["are you there?"]
    assert (window_of(core, "dave").unread, window_of(core, "dave").mentions) == (1, 1)
    assert core.client.windows.find("net", "#elsewhere") is None


def test_at_the_first_welcome_nobody_is_asked_for_talks() -> None:
    core = a_client()
    core.session().connect()
    register(core.network.connection)
    assert targets(core.network.connection) == []


def test_a_question_about_talks_that_the_server_refuses_or_never_answers_is_not_told() -> None:
    core = a_client()
    a_server(core).feed(said(5, "hi", target="alice"))
    peer = come_back(core)
    assert len(targets(peer)) == 1
    peer.feed(said(8, "live", target="alice", nick="wren"))
    peer = come_back(core)
    assert targets(peer)[0].startswith(f"CHATHISTORY TARGETS timestamp={stamp(5)} ")
    peer.feed(":s FAIL CHATHISTORY INVALID_PARAMS TARGETS :No such thing")
    assert [text for text in problems(core) if text != "Gone."] == []


def test_talks_that_somebody_asks_for_by_hand_are_shown() -> None:
    core = a_client()
    peer = a_server(core)
    peer.feed(*talks(("dave", 7), ("broken", 8))[:-1], "@batch=t :s CHATHISTORY TARGETS", ":s BATCH -t")
    shown = texts(core.client.sessions["net"].window)[-2:]
    assert [text.partition(":")[0] for text in shown] == ["dave", "broken"]
    assert core.client.windows.find("net", "dave") is None


def test_whoever_is_ignored_opens_no_window() -> None:
    core = a_client(ignore=("dave",))
    a_server(core).feed(said(5, "hi", target="#elsewhere"))
    peer = come_back(core)
    peer.feed(*talks(("dave", 7)))
    assert core.client.windows.find("net", "dave") is None


# A talk that is opened


def test_a_query_fetches_the_last_messages_once() -> None:
    core = a_client()
    peer = a_server(core)
    core.type("/query bob")
    assert requests(peer) == ["CHATHISTORY LATEST bob * 3"]
    peer.feed(*answer("bob", (1, "long ago"), (2, "and since")))
    assert spoken(core, "bob") == ["long ago", "and since"] and window_of(core, "bob").unread == 0
    core.type("/query bob")
    assert requests(peer) == []


def test_a_talk_that_a_stranger_begins_is_fetched_when_one_looks() -> None:
    core = a_client()
    peer = a_server(core)
    peer.feed(said(5, "me again", target="alice"))
    assert requests(peer) == [] and window_of(core, "bob").unread == 1
    core.client.windows.show(window_of(core, "bob"))
    assert requests(peer) == ["CHATHISTORY LATEST bob * 3"]
    peer.feed(*answer("bob", (1, "long ago"), (5, "me again")))
    assert spoken(core, "bob") == ["long ago", "me again"]
    core.client.windows.step(1)
    core.client.windows.show(window_of(core, "bob"))
    assert requests(peer) == []


def test_a_script_that_opens_a_talk_reads_nothing_old() -> None:
    core = a_client()
    peer = a_server(core)
    core.client.interactive = False
    core.type("/query bob")
    assert requests(peer) == []


def test_what_nobody_has_asked_for_fails_silently() -> None:
    core = a_client()
    a_server(core).feed(said(5, "hi", target="alice", nick="dave"))
    peer = come_back(core)
    peer.feed(*talks())
    assert requests(peer) == ["CHATHISTORY AFTER dave msgid=m5 200"]
    for subcommand in ("AFTER", "AFTER", "LATEST"):
        refuse(peer, subcommand, "dave")
    assert requests(peer) == [
        f"CHATHISTORY AFTER dave timestamp={stamp(5)} 200",
        "CHATHISTORY LATEST dave * 200",
    ]
    assert [text for text in problems(core) if text != "Gone."] == []
    core.type("/query rook")
    refuse(peer, "LATEST", "rook")
    assert [text for text in problems(core) if text != "Gone."] == []


# Messages that the server has forgotten


def test_when_only_the_latest_messages_are_known_a_gap_is_marked() -> None:
    core = a_client()
    a_channel(core)
    core.network.connection.feed(said(5, "before"))
    peer = lose_and_return(core)
    for _ in range(2):
        refuse(peer, "AFTER", "#x")
    assert requests(peer)[-1] == "CHATHISTORY LATEST #x * 3"
    peer.feed(*answer("#x", (20, "a"), (21, "b"), (22, "c")))
    shown = texts(window_of(core))
    gap = "... more may have been said here: the server does not know the message above any more."
    assert shown[shown.index("bob a") - 1 :][:4] == [gap, "bob a", "bob b", "bob c"]
    assert requests(peer) == []


def test_when_the_latest_messages_reach_what_is_known_there_is_no_gap() -> None:
    core = a_client()
    a_channel(core)
    core.network.connection.feed(said(5, "before"))
    peer = lose_and_return(core)
    for _ in range(2):
        refuse(peer, "AFTER", "#x")
    peer.feed(*answer("#x", (5, "before"), (6, "missed")))
    assert spoken(core) == ["before", "missed"]
    assert not any("more may have been said" in text for text in texts(window_of(core)))


# Older messages


def test_history_puts_older_messages_in_their_place_and_turns_pages() -> None:
    core = a_client()
    a_channel(core)
    peer = core.network.connection
    peer.feed(said(30, "now"))
    core.client.windows.show(window_of(core))
    core.type("/history 5")
    assert requests(peer) == ["CHATHISTORY BEFORE #x msgid=m30 3"]
    peer.feed(*answer("#x", (20, "c"), (21, "d"), (22, "e")))
    assert requests(peer) == ["CHATHISTORY BEFORE #x msgid=m20 2"]
    peer.feed(*answer("#x", (18, "a"), (19, "b")))
    assert requests(peer) == [] and spoken(core) == ["a", "b", "c", "d", "e", "now"]
    assert texts(window_of(core))[-1] == "5 older lines are above."
    assert window_of(core).unread == window_of(core).mentions == 0


def test_history_tells_what_it_did_not_get() -> None:
    core = a_client()
    a_channel(core)
    peer = core.network.connection
    peer.feed(said(30, "now"))
    core.client.windows.show(window_of(core))
    core.type("/history")
    peer.feed(*answer("#x"))
    assert texts(window_of(core))[-1] == "The server has nothing older."
    core.type("/history")
    refuse(peer, "BEFORE", "#x")
    refuse(peer, "BEFORE", "#x")
    assert problems(core) == ["CHATHISTORY BEFORE #x: Messages could not be retrieved"]
    assert requests(peer)[-1] == f"CHATHISTORY BEFORE #x timestamp={stamp(30)} 3"


@pytest.mark.parametrize("count", ["no", "0", "-1", "1001", "9" * 5000, "1 2"])
def test_a_count_that_is_none_is_explained(count: str) -> None:
    core = a_client()
    a_channel(core)
    core.client.windows.show(window_of(core))
    core.type(f"/history {count}")
    assert problems(core) == ["Usage: /history [count]; count is a number from 1 to 1000."]


def test_history_says_why_it_cannot_be() -> None:
    core = a_client()
    session = a_channel(core)
    core.client.windows.show(session.window)
    core.type("/history")
    core.client.windows.show(window_of(core))
    core.type("/history", "/history")
    assert problems(core) == [
        "Older messages are those of a channel or a private talk: go to its window first.",
        "The history of #x is on its way: ask again when it is there.",
    ]
    core.network.connection.feed(*answer("#x"))
    window_of(core).most = 10
    core.network.connection.feed(*(said(minute, "so on") for minute in range(20)))
    core.type("/history")
    assert problems(core)[-1] == "The window is full: /set scrollback lets it hold more than 10 lines."


def test_older_messages_are_no_more_than_the_scrollback_holds() -> None:
    core = a_client()
    a_channel(core)
    peer = core.network.connection
    peer.feed(said(30, "now"))
    core.client.windows.show(window_of(core))
    window_of(core).most = 100
    peer.feed(*(said(31 + minute, f"and {minute}") for minute in range(88 - len(window_of(core).lines))))
    core.type("/history 100")
    assert requests(peer) == ["CHATHISTORY BEFORE #x msgid=m30 2"]
    peer.feed(*answer("#x", (20, "a"), (21, "b")))
    assert spoken(core)[:4] == ["a", "b", "now", "and 0"]


def test_without_the_capability_history_says_so() -> None:
    core = a_client()
    a_channel(core, "batch message-tags")
    core.client.windows.show(window_of(core))
    core.type("/history")
    assert problems(core) == ["This server keeps no history (CHATHISTORY)."]


@pytest.mark.parametrize("token", ["", "CHATHISTORY", "CHATHISTORY=0", "CHATHISTORY=-7", "CHATHISTORY=" + "9" * 5000])
def test_a_limit_that_means_nothing_is_none(token: str) -> None:
    core = a_client()
    a_channel(core, features=token)
    peer = core.network.connection
    core.client.windows.show(window_of(core))
    peer.feed(said(30, "now"))
    core.type("/history 50")
    assert requests(peer) == ["CHATHISTORY BEFORE #x msgid=m30 50"]


def test_a_huge_limit_is_no_more_than_one_asks_for() -> None:
    core = a_client()
    a_channel(core, features="CHATHISTORY=999999999999999999")
    peer = core.network.connection
    core.client.windows.show(window_of(core))
    peer.feed(said(30, "now"))
    core.type("/history 50")
    assert requests(peer) == ["CHATHISTORY BEFORE #x msgid=m30 50"]
    peer.feed(*answer("#x", (20, "a")))
    assert requests(peer) == [] and spoken(core) == ["a", "now"]


# PgUp


def a_screen(core: Core) -> Screen:
    """A screen that nobody sees, drawn once."""
    screen = Screen(core.client, terminal_input=DummyInput(), terminal_output=DummyOutput())
    screen.canvas.rows(80, 10, screen.look)
    return screen


def press_page_up(screen: Screen) -> None:
    """PgUp, and the picture that follows."""
    page_up(screen)
    screen.canvas.rows(80, 10, screen.look)


def test_page_up_asks_at_the_top_only_and_the_view_stays() -> None:
    core = a_client()
    a_channel(core)
    peer = core.network.connection
    peer.feed(*(said(30 + minute, f"line {minute}") for minute in range(12)))
    core.client.windows.show(window_of(core))
    screen = a_screen(core)
    press_page_up(screen)
    assert requests(peer) == []
    while (before := window_of(core).anchor) is not None:
        press_page_up(screen)
        if window_of(core).anchor == before:
            break
    assert requests(peer) == ["CHATHISTORY BEFORE #x msgid=m30 3"]
    press_page_up(screen)
    assert requests(peer) == []
    peer.feed(*answer("#x", (20, "a"), (21, "b")))
    assert window_of(core).anchor == before and spoken(core)[:3] == ["a", "b", "line 0"]
    press_page_up(screen)
    assert window_of(core).anchor != before
    for _ in range(3):
        press_page_up(screen)
    assert requests(peer) == []  # the last answer was not full
    assert texts(window_of(core))[-1] == "bob line 11"


def test_page_up_where_there_is_no_history_does_nothing() -> None:
    core = a_client()
    session = a_channel(core, "batch message-tags")
    screen = a_screen(core)
    for window in (session.window, window_of(core)):
        core.client.windows.show(window)
        press_page_up(screen)
    assert requests(core.network.connection) == [] and problems(core) == []


def test_a_view_that_is_scrolled_up_stays_when_older_lines_come() -> None:
    core = a_client()
    a_channel(core)
    peer = core.network.connection
    peer.feed(said(30, "now"), said(31, "later"))
    window = window_of(core)
    core.client.windows.show(window)
    held = window.anchor = Anchor(window.lines[0].number)
    core.type("/history")
    peer.feed(*answer("#x", (20, "a")))
    assert window.anchor == held and window.lines[0].time == START + timedelta(minutes=20)
