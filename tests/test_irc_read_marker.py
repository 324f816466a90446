"""MARKREAD: until where somebody has read, seen by all connections of that user and by nobody else."""

import re
from pathlib import Path

import pytest

from chat.storage.history import HistoryStore
from tests.harness import IrcClient, ServerUnderTest, bare

EARLY, LATE = "timestamp=2020-01-01T00:00:00.000Z", "timestamp=2021-02-03T04:05:06.789Z"


def marker(target: str, moment: str) -> str:
    return f":parley.test MARKREAD {target} {moment}"


@pytest.fixture
def wren(server: ServerUnderTest) -> IrcClient:
    """A client with the capability."""
    return server.irc("wren", "draft/read-marker", "standard-replies")


def test_a_marker_is_asked_for_set_and_only_grows(wren: IrcClient) -> None:
    assert wren.ask("MARKREAD #study") == [marker("#study", "*")]
    assert wren.ask(f"MARKREAD #study {LATE}") == [marker("#study", LATE)]
    assert wren.ask(f"MARKREAD #study {EARLY}") == [marker("#study", LATE)]
    assert wren.ask(f"MARKREAD #study {LATE}") == [marker("#study", LATE)]
    assert wren.ask("MARKREAD #STUDY") == [marker("#STUDY", LATE)]
    assert wren.ask("MARKREAD rook") == [marker("rook", "*")]
    assert wren.ask(f"MARKREAD rook {EARLY}", "MARKREAD ROOK") == [marker("rook", EARLY), marker("ROOK", EARLY)]


def test_a_marker_in_the_future_is_set_to_now(wren: IrcClient) -> None:
    (line,) = wren.ask("MARKREAD #study timestamp=2999-01-01T00:00:00.000Z")
    assert re.fullmatch(r":parley\.test MARKREAD #study timestamp=20\d\d-.*Z", line)
    assert "2999" not in line


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("MARKREAD", "NEED_MORE_PARAMS :Missing parameters"),
        ("MARKREAD #study *", "INVALID_PARAMS * :Give timestamp=YYYY-MM-DDThh:mm:ss.sssZ"),
        ("MARKREAD #study timestamp=now", "INVALID_PARAMS timestamp=now :Give timestamp=YYYY-MM-DDThh:mm:ss.sssZ"),
        (
            "MARKREAD #study timestamp=1969-01-01T00:00:00.000Z",
            "INVALID_PARAMS timestamp=1969-01-01T00:00:00.000Z :Give timestamp=YYYY-MM-DDThh:mm:ss.sssZ",
        ),
        ("MARKREAD a!b", "INVALID_PARAMS a!b :That is neither a channel nor a nick"),
        ("MARKREAD #a\x07b", None),
    ],
)
def test_a_mistake_is_told(wren: IrcClient, asked: str, answer: str | None) -> None:
    lines = wren.ask(asked)
    if answer is None:
        assert lines[0].startswith(":parley.test FAIL MARKREAD INVALID_PARAMS ")
    else:
        assert lines == [f":parley.test FAIL MARKREAD {answer}"]


def test_without_the_capability_there_is_no_such_command(server: ServerUnderTest) -> None:
    assert server.irc("wren").ask("MARKREAD #c") == [":parley.test 421 wren MARKREAD :Unknown command"]


def test_after_a_join_the_marker_comes_before_the_names(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask(f"MARKREAD #study {EARLY}")
    lines = wren.ask("JOIN #study", "TOPIC #study :hay", "PART #study", "JOIN #study")
    joins = [place for place, line in enumerate(lines) if " JOIN #study" in line]
    assert lines[joins[0] + 1] == marker("#study", EARLY)
    assert marker("#study", EARLY) in lines[joins[1] :]
    assert all("MARKREAD" not in line for line in server.irc("rook").ask("JOIN #study"))


def test_all_sessions_of_the_user_are_told_and_nobody_else(server: ServerUnderTest) -> None:
    server.add_account("alice")
    one = server.member("alice", "draft/read-marker", "labeled-response", "batch")
    two = server.member("alice", "draft/read-marker")
    silent, rook = server.member("alice"), server.irc("rook", "draft/read-marker")
    rook.ask("JOIN #study")
    one.ask("JOIN #study")
    two.sync()
    assert one.ask(f"@label=x MARKREAD #study {EARLY}") == [f"@label=x {marker('#study', EARLY)}"]
    assert two.sync() == [marker("#study", EARLY)]
    assert two.ask(f"MARKREAD #study {EARLY}") == [marker("#study", EARLY)]
    assert one.sync() == []
    assert all("MARKREAD" not in line for line in silent.sync() + rook.sync())
    assert rook.ask("MARKREAD #study") == [marker("#study", "*")]


def test_a_further_session_is_shown_the_markers_of_the_channels_it_finds_itself_in(server: ServerUnderTest) -> None:
    server.add_account("alice")
    one = server.member("alice", "draft/read-marker")
    one.ask("JOIN #study", f"MARKREAD #study {EARLY}")
    lines = server.member("alice", "draft/read-marker", "message-tags").sync()
    shown = [line for line in bare(lines) if "MARKREAD" in line or " 366 " in line]
    assert shown == [marker("#study", EARLY), ":parley.test 366 alice #study :End of /NAMES list"]


def test_markers_are_those_of_the_account_over_a_restart(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        server.add_account("alice")
        server.add_account("bob")
        server.member("alice", "draft/read-marker").ask(f"MARKREAD #study {LATE}", f"MARKREAD bob {EARLY}")
        server.irc("guest", "draft/read-marker").ask(f"MARKREAD #study {EARLY}")
    with ServerUnderTest(data=tmp_path) as server:
        alice = server.member("alice", "draft/read-marker", nick="al")
        assert alice.ask("MARKREAD #study", "MARKREAD bob") == [marker("#study", LATE), marker("bob", EARLY)]
        server.member("bob", nick="bobby")
        assert alice.ask("MARKREAD bobby") == [marker("bobby", EARLY)]
        assert server.irc("guest", "draft/read-marker").ask("MARKREAD #study") == [marker("#study", "*")]


def test_somebody_made_to_join_sees_its_own_marker(tmp_path: Path) -> None:
    config = '[[operator]]\nname = "root"\npassword = "sesame"\n'
    with ServerUnderTest(config) as server:
        server.add_account("alice")
        first = server.member("alice", "draft/read-marker")
        first.ask(f"MARKREAD #study {EARLY}")
        first.send("QUIT")
        first.lines_until_closed()
        alice, root = server.member("alice", "draft/read-marker"), server.irc("root")
        root.ask("OPER root sesame", "SAJOIN alice #study")
        assert marker("#study", EARLY) in alice.sync()


def test_of_many_markers_the_oldest_go() -> None:
    store = HistoryStore(None)
    for number in range(12):
        store.set_marker("alice", f"#c{number}", 100 - number, 10)
    assert set(store.read.markers("alice")) == {f"#c{number}" for number in range(10)}
    store.close()
