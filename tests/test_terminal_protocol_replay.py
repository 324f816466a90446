"""A record is played: the windows, the wire and the states of then, and nothing goes over any network."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal import commands
from terminal.client import Client
from terminal.dialects import DIALECTS
from terminal.model.line import Line
from terminal.model.window import Window
from terminal.replaying import REFUSED, BadSpeed, Replaying, parse_speed, settings_for
from terminal.settings.table import Settings
from terminal.wire.reading import read_record
from tests.terminal_core import FakeNetwork, ManualLoop, a_client, texts

ROOT = Path(__file__).parent.parent
WORDS = (
    "JOIN", "PART", "PRIVMSG", "NICK", "KICK", "MODE", "TOPIC", "QUIT", "CAP", "BATCH", "AUTHENTICATE", "INVITE",
    "AWAY", "001", "005", "332", "353", "366", "433", "903", "#x", "bob", ":bob!b@h", ":s", ":hi", "+o", "*", "LS",
    "ACK", "=", "@label=1", "@batch=b", "+b", '{"id": 1, "response_code": "150"}', '{"command": "JOIN", "id": 1}',
)  # fmt: skip
SAMPLE = ROOT / "docs" / "examples" / "three-dialects.record"


class Player:
    """A client that plays a record, on a loop that is turned by hand."""

    def __init__(self, path: Path, speed: float | None = 0.0) -> None:
        self.loop, self.network = ManualLoop(), FakeNetwork()
        self.replaying = Replaying(read_record(path), speed, path)
        self.client = Client(settings_for(Settings()), self.loop, self.replaying.now, self.network)
        self.replaying.begin(self.client)

    def type(self, line: str) -> None:
        commands.run(self.client, line)

    def window(self, server: str, name: str) -> Window:
        found = self.client.windows.find(server, name)
        assert found is not None, [(window.server, window.name) for window in self.client.windows]
        return found

    @property
    def lines(self) -> int:
        """How many lines of the wire were played."""
        return sum(len(session.wire.entries) for session in self.client.sessions.values())


def recorded(tmp_path: Path) -> tuple[Path, list[Line]]:
    """A talk of alice's, at one line a second, and what she saw on #study."""
    core = a_client(history_lines=0, read_markers=False)
    path = tmp_path / "lesson.record"
    core.type(f"/record {path}")
    session, peer = core.online(joins=["#study"])
    for lines in (
        [":alice!a@h JOIN #study"],
        [":irc.test 353 alice = #study :@alice wren", ":irc.test 366 alice #study :End of NAMES"],
        [":irc.test 332 alice #study :Sockets"],
        [":wren!w@h PRIVMSG #study :hello alice"],
    ):
        core.pass_time(1)
        peer.feed(*lines)
    core.pass_time(1)
    core.type("hello wren")
    core.pass_time(60)
    peer.feed(":wren!w@h PART #study")
    window = core.client.windows.find("net", "#study")
    assert window is not None
    shown = [line for line in window.lines if line.kind != "info"]
    core.type("/record stop")
    assert session.machine.state == "welcomed"
    return path, shown


def fact(line: Line) -> tuple[object, ...]:
    return line.time, line.kind, line.source, line.text, line.own, line.exchange


def test_what_was_said_is_said_again_in_the_same_windows(tmp_path: Path) -> None:
    path, shown = recorded(tmp_path)
    player = Player(path)
    window = player.window("net", "#study")
    assert [fact(line) for line in window.lines if line.kind != "info"] == [fact(line) for line in shown]
    assert (window.topic, [member.nick for member in window.ranked_members()]) == ("Sockets", ["alice"])
    assert player.client.windows.current is window
    assert player.network.connections == []


def test_the_wire_and_the_states_are_those_of_then(tmp_path: Path) -> None:
    path, _ = recorded(tmp_path)
    player = Player(path)
    session = player.client.sessions["net"]
    wanted = [item.entry for item in read_record(path)[1:] if hasattr(item, "entry")]
    assert list(session.wire.entries) == wanted
    assert [(moved.event, moved.next) for moved in session.machine.history] == [
        ("dial", "dialling"), ("connected", "negotiating"), ("negotiated", "registering"), ("welcome", "welcomed"),
    ]  # fmt: skip


def test_it_takes_the_time_that_it_took_but_for_long_pauses(tmp_path: Path) -> None:
    player = Player(recorded(tmp_path)[0], 1.0)
    assert player.replaying.status == "replay 00:00 / 00:15, speed 1"
    player.loop.advance(4.9)
    assert texts(player.window("net", "#study"))[-1] == "wren hello alice"
    assert player.replaying.status == "replay 00:04 / 00:15, speed 1"
    player.loop.advance(0.1)
    assert texts(player.window("net", "#study"))[-1] == "alice hello wren"
    player.type("/speed 2")
    player.loop.advance(4.9)
    assert not player.replaying.ended
    player.loop.advance(0.1)
    assert texts(player.window("net", "#study"))[-2:] == [
        "wren left",
        "The recording lesson.record ends here; /quit leaves it.",
    ]
    assert player.replaying.status == "replay 00:15 / 00:15, ended"


def test_a_teacher_steps_from_line_to_line(tmp_path: Path) -> None:
    player = Player(recorded(tmp_path)[0], None)
    assert (player.lines, player.replaying.status) == (1, "replay 00:00 / 00:15, paused")
    player.loop.advance(100)
    player.type("/step")
    assert player.lines == 2
    player.type("/pause")
    player.loop.advance(1.5)
    player.type("/pause")
    before = player.lines
    player.loop.advance(100)
    assert 2 < before == player.lines
    player.type("/speed 0")
    player.loop.advance(0)
    assert player.replaying.ended
    player.type("/step")
    assert player.replaying.ended


def test_faster_and_slower_go_in_steps_and_have_ends(tmp_path: Path) -> None:
    player = Player(recorded(tmp_path)[0], 1.0)
    shown = []
    for by in (1, 1, -1, -1, -1, -1, -1):
        player.replaying.change_speed(by)
        shown.append(player.replaying.player.speed)
    assert shown == [2.0, 4.0, 2.0, 1.0, 0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    "line", ["hello", "/join #x", "/raw PING x", "/msg wren hi", "/nick bob", "/part", "/connect x", "/reconnect"]
)
def test_nothing_is_sent(tmp_path: Path, line: str) -> None:
    player = Player(recorded(tmp_path)[0])
    before = player.lines
    player.type(line)
    assert player.client.windows.current is not None
    assert texts(player.client.windows.current)[-1] == REFUSED
    assert (player.lines, player.network.connections) == (before, [])


def test_commands_that_only_look_work(tmp_path: Path) -> None:
    player = Player(recorded(tmp_path)[0])
    player.type(f"/export {tmp_path}/lesson.md")
    assert (tmp_path / "lesson.md").read_text("utf-8").count("PRIVMSG #study") == 2
    player.type("/wire")
    assert player.client.windows.current is not None and player.client.windows.current.kind == "wire"
    ended = []
    player.client.on_over.append(lambda: ended.append(True))
    player.type("/quit")
    assert ended


def test_a_second_connection_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "two.record"
    head = (
        '{"format": "parley-record", "version": 1, "session": "net", "server": "%s", "dialect": "lab",'
        ' "nick": "ada", "started": "2026-03-04T12:00:00Z"}\n'
    )
    line = (
        '{"time": "2026-03-04T12:00:0%dZ", "session": "net", "direction": "%s", "state": "registering",'
        ' "bytes": "%s\\r\\n", "exchange": 1}\n'
    )
    opened = line % (1, "out", "USER ada localhost parley.test :ada") + line % (2, "in", ":parley.test 001 :Welcome")
    path.write_text(head % "a host" + opened + head % "irc.test" + opened)
    player = Player(path)
    session = player.client.sessions["net"]
    assert [moved.next for moved in session.machine.history] == [
        "dialling", "registering", "welcomed", "offline", "dialling", "registering", "welcomed",
    ]  # fmt: skip
    assert [entry.connection for entry in session.wire.entries] == [1, 1, 2, 2]


def test_a_secret_that_somebody_wrote_into_a_record_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "mean.record"
    path.write_text(
        '{"format": "parley-record", "version": 1, "session": "net", "server": "irc.test:6667", "dialect": "irc",'
        ' "nick": "bob", "started": "2026-03-04T12:00:00Z"}\n'
        '{"time": "2026-03-04T12:00:01Z", "session": "net", "direction": "out", "state": "negotiating",'
        ' "bytes": "PASS :hunter2\\r\\n"}\n'
    )
    assert [entry.text for entry in Player(path).client.sessions["net"].wire.entries] == ["PASS ****"]


def test_the_sample_shows_three_dialects_on_one_channel() -> None:
    player = Player(SAMPLE)
    said = {
        name: [(line.source, line.text) for line in player.window(name, "#study").lines if line.is_speech]
        for name in ("irc", "json", "lab")
    }
    talk = [
        ("wren", "hello rook, hello ada"), ("rook", "hello wren"), ("ada", "hello both of you"), ("rook", "waves"),
    ]  # fmt: skip
    assert said == {"irc": [*talk, ("wren", "see you")], "json": talk, "lab": talk}
    assert {session.machine.state for session in player.client.sessions.values()} <= {"leaving", "authenticated"}


def test_a_speed_is_a_number_or_step() -> None:
    assert (parse_speed("2.5"), parse_speed("0"), parse_speed("Step")) == (2.5, 0.0, None)
    for wrong in ("-1", "fast", "nan", "inf", "1e9"):
        with pytest.raises(BadSpeed, match="The speed of a replay is a number from 0"):
            parse_speed(wrong)


def run(tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "TZ": "UTC",
        "XDG_STATE_HOME": str(tmp_path), "LANG": "C.UTF-8",
    }  # fmt: skip
    command = [sys.executable, str(ROOT / "client.py"), *options]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, env=environment
    )


def test_in_plain_a_record_is_printed_and_the_client_ends_well(tmp_path: Path) -> None:
    done = run(tmp_path, "--replay", str(SAMPLE), "--speed", "0", "--wire")
    assert (done.returncode, done.stderr) == (0, "")
    rows = done.stdout.splitlines()
    assert sum(" >> " in row for row in rows) + sum(" << " in row for row in rows) == SAMPLE.read_text("utf-8").count(
        '"direction"'
    )
    assert any(row.endswith("lab/#study <rook> hello wren") for row in rows)
    assert rows[-1].endswith("The recording three-dialects.record ends here; /quit leaves it.")


def test_what_is_no_record_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary\n")
    done = run(tmp_path, "--replay", str(path))
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{path}, line 1: this is not a JSON object.\n")
    done = run(tmp_path, "--replay", str(SAMPLE), "--speed", "soon")
    assert done.returncode == 2
    assert "The speed of a replay is a number from 0 (at once) to 1000, 1 as it was, or step, not 'soon'." in (
        " ".join(done.stderr.split())
    )


def test_the_clock_of_a_replay_is_that_of_the_record(tmp_path: Path) -> None:
    player = Player(recorded(tmp_path)[0], None)
    start = player.replaying.now()
    assert start == datetime(2026, 3, 4, 12, 34, tzinfo=UTC)
    for _ in range(8):
        player.type("/step")
    assert player.client.now() > start + timedelta(seconds=0.5)


def test_a_record_that_was_begun_in_the_middle_tells_what_followed(tmp_path: Path) -> None:
    core = a_client(history_lines=0, read_markers=False)
    session = core.session(joins=["#study"])
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed(
        ":irc.test CAP * LS :echo-message", ":irc.test CAP alice ACK :echo-message", ":irc.test 001 alice :Welcome"
    )
    peer.feed(":alice!a@h JOIN #study", ":wren!w@h PRIVMSG #study :nobody's business")
    path = tmp_path / "lesson.record"
    core.type(f"/record {path}", "hello")
    peer.feed(":alice!a@h PRIVMSG #study :hello")
    player = Player(path)
    assert [line.text for line in player.window("net", "#study").lines if line.is_speech] == ["hello"]


@given(
    st.sampled_from(sorted(DIALECTS)),
    st.lists(st.tuples(st.sampled_from(["in", "out"]), st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join))),
)
@settings(max_examples=60)
def test_no_record_brings_the_client_down(dialect: str, lines: list[tuple[str, str]]) -> None:
    about = {"session": "net", "state": "welcomed", "exchange": 1, "time": "2026-03-04T12:00:00Z"}
    head = {"format": "parley-record", "version": 1, "session": "net", "server": "\x1b[2J", "dialect": dialect}
    rows = [json.dumps({**head, "nick": "bob", "started": "2026-03-04T12:00:00Z"})]
    rows += [json.dumps({**about, "direction": way, "bytes": text.replace("\n", "") + "\r\n"}) for way, text in lines]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.record"
        path.write_text("\n".join(rows) + "\n")
        player = Player(path)
        player.loop.advance(1)
    assert player.replaying.ended
    assert len(player.client.sessions["net"].wire.entries) == len(lines)
