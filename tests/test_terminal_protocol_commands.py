"""/wire, /show, /export and /record."""

import json
import stat
from pathlib import Path

import pytest

from terminal.wire.reading import Opening, Recorded, read_record
from terminal.wire.show import ACTIONS
from terminal.writing.completion import completions
from tests.terminal_core import Core, FakeConnection, a_client, texts, welcome


def told(core: Core) -> list[str]:
    window = core.client.windows.current
    assert window is not None
    return texts(window)


def alice() -> tuple[Core, FakeConnection]:
    core = a_client(history_lines=0, read_markers=False)
    _, peer = core.online(joins=["#study"])
    peer.feed(":alice!a@h JOIN #study")
    return core, peer


def test_the_window_of_the_wire_is_opened_and_closed_by_the_same_command() -> None:
    core, _ = alice()
    core.type("/wire")
    current = core.client.windows.current
    assert current is not None and (current.kind, current.server) == ("wire", "net")
    core.type("/wire")
    assert [window.kind for window in core.client.windows] == ["server", "channel"]


def test_without_a_server_there_is_no_wire() -> None:
    core = a_client()
    core.type("/wire")
    assert told(core) == ["There is no server yet: /connect host[:port] first."]


def test_an_action_is_shown_in_three_dialects_and_not_sent() -> None:
    core, peer = alice()
    peer.take()
    before = len(told(core))
    core.type("/show kick rook too loud")
    assert peer.take() == []
    shown = told(core)[before:]
    assert shown[:2] == ["IRC", "KICK #study rook :too loud␍␊  (28 bytes)"]
    assert shown[2:4] + shown[-2:] == [
        "The JSON dialect", shown[3], "The lab dialect", "The lab dialect has no /kick."
    ]  # fmt: skip
    assert '"KICK"' in shown[3] and shown[3].endswith(" bytes)")


def test_an_action_is_shown_without_any_connection() -> None:
    core = a_client()
    core.type("/show join study")
    assert told(core)[:2] == ["IRC", "JOIN #study␍␊  (13 bytes)"]


def test_show_alone_lists_the_actions_and_a_wrong_one_gets_the_nearest() -> None:
    core = a_client()
    core.type("/show")
    assert len(told(core)) == 1 + len(ACTIONS)
    core.type("/show jion #study")
    assert told(core)[-1] == "/show knows no jion. Did you mean /show join?"


@pytest.mark.parametrize("ending", ["md", "html", "pcap"])
def test_an_export_says_what_went_where_and_overwrites_nothing(tmp_path: Path, ending: str) -> None:
    core, _ = alice()
    path = tmp_path / f"lesson.{ending}"
    lines = len(core.client.sessions["net"].wire.entries)
    core.type(f"/export {path}")
    size = path.stat().st_size
    assert told(core)[-1] == f"Wrote {lines} lines of the wire to {path}, {size} bytes; passwords are hidden."
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    core.type(f"/export {path}")
    assert told(core)[-1] == f"{path} exists already and is not overwritten: choose another name."


def test_all_servers_are_exported_to_a_file_each(tmp_path: Path) -> None:
    core, _ = alice()
    core.online("other/place", "bob")
    core.type(f"/export {tmp_path}/lesson.md all")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lesson-net.md", "lesson-other-place.md"]


def test_an_export_that_cannot_be_is_refused_with_the_reason(tmp_path: Path) -> None:
    core, _ = alice()
    core.type(f"/export {tmp_path}/lesson.txt", f"/export {tmp_path}/no/lesson.md")
    assert told(core)[-2:] == [
        f"{tmp_path}/lesson.txt: the name must end with .md, .html or .pcap, or the format be named.",
        f"There is no folder {tmp_path}/no.",
    ]


def test_a_record_begins_and_ends_when_one_says_so(tmp_path: Path) -> None:
    core, peer = alice()
    path = tmp_path / "lesson.record"
    core.type("/record", f"/record {path}", "hello", "/record", f"/record {path}")
    peer.feed(":wren!w@h PRIVMSG #study :hello alice")
    core.type("/record stop")
    peer.feed(":wren!w@h PRIVMSG #study :are you there?")
    core.type("/record stop")
    said = [text for text in told(core) if "ecord" in text]
    assert said == [
        "Nothing is recorded.",
        f"Recording to {path}; passwords are hidden. /record stop ends it.",
        f"Recording to {path}: 1 lines so far.",
        f"A record is written already, to {path}: /record stop first.",
        f"Recorded 2 lines of the wire to {path}.",
        "Nothing is recorded: /record FILE begins.",
    ]
    opening, *lines = read_record(path)
    assert isinstance(opening, Opening)
    assert (opening.session, opening.server, opening.dialect) == ("net", "irc.test:6667", "irc")
    assert [item.entry.text for item in lines if isinstance(item, Recorded)] == [
        "CAP LS 302",  # the login is there, too: what follows could not be read without
        "NICK alice",
        "USER alice 0 * :alice",
        ":irc.test 421 * CAP :Unknown command",
        ":irc.test 001 alice :Welcome",
        "PRIVMSG #study :hello",
        ":wren!w@h PRIVMSG #study :hello alice",
    ]


def test_every_connection_of_every_server_is_recorded(tmp_path: Path) -> None:
    core = a_client(history_lines=0)
    path = tmp_path / "lesson.record"
    core.type(f"/record {path}")
    session, peer = core.online()
    peer.lose()
    session.connect()
    core.network.connection.lose("unreachable", "Nobody is there.")  # an attempt without a line leaves no trace
    session.connect()
    core.network.connection.accept()
    welcome(core.network.connection)
    core.online("other", "bob")
    heads = [json.loads(line) for line in path.read_text("utf-8").splitlines() if '"server"' in line]
    assert [(head["session"], head["nick"]) for head in heads] == [("net", "alice"), ("net", "alice"), ("other", "bob")]


def test_a_file_that_is_there_is_not_recorded_over_and_the_client_goes_on(tmp_path: Path) -> None:
    core, peer = alice()
    path = tmp_path / "lesson.record"
    path.write_text("mine")
    core.type(f"/record {path}", "hello")
    assert f"{path} exists already and is not overwritten: choose another name." in told(core)
    assert peer.take()[-1] == "PRIVMSG #study :hello"
    assert path.read_text() == "mine"


@pytest.mark.parametrize("line", ["/speed 2", "/pause", "/step"])
def test_only_a_recording_has_a_speed(line: str) -> None:
    core, _ = alice()
    core.type(line)
    assert told(core)[-1] == "No recording is played: start with --replay FILE."


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("/show kic", ["kick "]),
        ("/record st", ["stop"]),
        ("/export lesson.md a", ["all"]),
        ("/speed s", ["step"]),
    ],
)
def test_the_words_of_these_commands_are_completed(typed: str, offered: list[str]) -> None:
    core, _ = alice()
    assert [found.text for found in completions(core.client, typed, len(typed))] == offered
