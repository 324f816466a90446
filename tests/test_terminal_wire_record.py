"""Recording a conversation, reading it again, and playing it back."""

import base64
import errno
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.masking import hidden
from terminal.wire import WireEntry, WireLog
from terminal.wire import record as record_module
from terminal.wire.files import CannotWrite
from terminal.wire.reading import BadRecord, Item, Opening, Recorded, read_record
from terminal.wire.record import Recorder
from terminal.wire.replay import AT_ONCE, Replay, play

START = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
HEAD = {
    "format": "parley-record", "version": 1, "session": "study", "server": "irc.example:6667", "dialect": "irc",
    "nick": "bob", "started": "2026-01-02T03:04:05.678Z",
}  # fmt: skip
LINE = {
    "time": "2026-01-02T03:04:05.678Z", "session": "study", "direction": "out", "state": "welcomed",
    "bytes": "PRIVMSG #x :hi\r\n", "size": 16, "exchange": 1,
}  # fmt: skip


def now() -> datetime:
    return START


def silent(text: str) -> None:
    pytest.fail(text)


def recorder(path: Path, failed: Callable[[str], None] = silent) -> Recorder:
    made = Recorder(path, now, failed)
    made.connected("study", "irc.example:6667", "irc", "bob")
    return made


def a_log() -> WireLog:
    return WireLog(hidden, lambda line, outgoing: "", now)


def written(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_record_has_a_head_and_one_json_object_for_each_line(tmp_path: Path) -> None:
    path, log = tmp_path / "talk.jsonl", a_log()
    log.observers.append(recorder(path).observer("study"))
    log.sent("PRIVMSG #x :hi", "\r\n", "welcomed")
    log.received(b":rook NOTICE bob :caf\xe9\r\n", "welcomed")
    log.sent("PASS :secret", "\r\n", "registering")
    assert path.stat().st_mode & 0o777 == 0o600
    head, sent, came, hidden = written(path)
    assert (head, sent) == (HEAD, LINE)
    assert base64.b64decode(came["base64"]) == b":rook NOTICE bob :caf\xe9\r\n" and "bytes" not in came
    assert (hidden["bytes"], hidden["size"], came["direction"]) == ("PASS ****\r\n", 14, "in")


def test_what_a_terminal_would_obey_is_escaped_in_the_file_and_the_rest_is_readable(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    log = a_log()
    log.observers.append(recorder(path).observer("study"))
    log.received("PRIVMSG #x :\x1b[2J\x9b1m\u202e café 你好\r\n".encode(), "welcomed")
    assert r"\u001b[2J\u009b1m\u202e café 你好\r\n" in path.read_text("utf-8")
    [_, line] = read_record(path)
    assert isinstance(line, Recorded) and line.entry.text == "PRIVMSG #x :\x1b[2J\x9b1m\u202e café 你好"


def test_a_file_that_exists_is_never_overwritten_and_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    path.write_text("mine")
    with pytest.raises(CannotWrite, match=r"talk.jsonl exists already and is not overwritten: choose another name\."):
        Recorder(path, now, silent)
    assert path.read_text() == "mine"
    with pytest.raises(CannotWrite, match="There is no folder"):
        Recorder(tmp_path / "none" / "talk.jsonl", now, silent)
    with pytest.raises(CannotWrite):
        Recorder(tmp_path / "nul\0", now, silent)


def test_a_full_disk_ends_the_recording_with_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    record = recorder(tmp_path / "talk.jsonl", said.append)

    def full(descriptor: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(record_module, "append", full)
    log = a_log()
    log.observers.append(record.observer("study"))
    log.sent("LIST", "\r\n", "")
    log.sent("LIST", "\r\n", "")
    assert said == [f"Recording to {tmp_path / 'talk.jsonl'} has stopped: No space left on device."]
    assert not record.recording and len(log.entries) == 2


def test_several_servers_and_connections_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    record = recorder(path)
    record.connected("lab", "lab.example:7000", "lab", "rook")
    logs = {name: a_log() for name in ("study", "lab")}
    for name, log in logs.items():
        log.observers.append(record.observer(name))
        log.sent("QUIT", "\r\n", "leaving")
    record.connected("study", "irc.example:6667", "irc", "bob_")
    logs["study"].sent("LIST", "\r\n", "welcomed")
    record.close()
    logs["study"].sent("QUIT", "\r\n", "leaving")
    items = read_record(path)
    assert [(item.session, item.nick) for item in items if isinstance(item, Opening)] == [
        ("study", "bob"), ("lab", "rook"), ("study", "bob_"),
    ]  # fmt: skip
    assert [(item.session, item.entry.text, item.entry.connection) for item in items if isinstance(item, Recorded)] == [
        ("study", "QUIT", 1), ("lab", "QUIT", 1), ("study", "LIST", 2),
    ]  # fmt: skip


_BYTES = st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b""))
_TEXTS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=40)


@given(st.lists(_BYTES | _TEXTS, max_size=8))
def test_what_is_read_is_what_was_logged(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes | str]) -> None:
    path = tmp_path_factory.mktemp("record") / "talk.jsonl"
    log, record = WireLog(str, lambda line, outgoing: "", now), recorder(path)
    log.observers.append(record.observer("study"))
    for line in lines:
        if isinstance(line, bytes):
            log.received(line + b"\r\n", "welcomed")
        else:
            log.sent(line, "\n", "welcomed")
    record.close()
    assert [item.entry for item in read_record(path) if isinstance(item, Recorded)] == list(log.entries)


def put(path: Path, *lines: Any) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "line 1: the file is empty."),
        ([[]], "line 1: this is not a JSON object."),
        ([{"a": 1}], 'line 1: this is no record: it does not begin with {"format": "parley-record"}.'),
        ([{**HEAD, "version": 2}], 'line 1: "version" is 2; this client reads version 1.'),
        ([{**HEAD, "nick": 1}], 'line 1: "nick" must be a text.'),
        ([{"format": "parley-record", "version": 1}], 'line 1: "server" is missing.'),
        ([{**HEAD, "dialect": "xml"}], "line 1: \"dialect\" must be one of irc, json, lab, not 'xml'."),
        ([{**HEAD, "started": "now"}],
         "line 1: \"started\" must be a moment such as 2026-01-02T03:04:05.678Z, not 'now'."),
        ([HEAD, {**LINE, "direction": "up"}], 'line 2: "direction" must be "in" or "out", not \'up\'.'),
        ([HEAD, {**LINE, "session": "other"}],
         "line 2: the session 'other' has not been opened by a line with its server, dialect and nick."),
        ([HEAD, LINE, {**LINE, "exchange": -1}], 'line 3: "exchange" must be a whole number, 0 or more.'),
        ([HEAD, {**LINE, "size": True}], 'line 2: "size" must be a whole number, 0 or more.'),
        ([HEAD, {**LINE, "base64": "%"}], 'line 2: "base64" is not base64.'),
        ([HEAD, {**LINE, "bytes": "one\ntwo\n"}],
         "line 2: one line of a record holds one line of the wire, and this one holds several."),
        ([HEAD, {"time": LINE["time"]}], 'line 2: "session" is missing.'),
    ],
)  # fmt: skip
def test_a_file_that_is_no_record_is_refused_with_line_and_reason(
    tmp_path: Path, lines: list[Any], reason: str
) -> None:
    path = put(tmp_path / "talk.jsonl", *lines)
    with pytest.raises(BadRecord) as refused:
        read_record(path)
    assert str(refused.value) == f"{path}, {reason}"


def test_a_missing_file_is_named_and_broken_json_found(tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match="There is no file"):
        read_record(tmp_path / "none")
    with pytest.raises(BadRecord, match="cannot be read"):
        read_record(tmp_path)
    path = put(tmp_path / "talk.jsonl", HEAD)
    path.write_bytes(path.read_bytes() + b"[" * 100_000 + b"\n")
    with pytest.raises(BadRecord, match="line 2: the JSON is nested too deeply"):
        read_record(path)
    path.write_bytes(b"\xff\xfe\n")
    with pytest.raises(BadRecord, match="line 1: this is not a JSON object"):
        read_record(path)


def test_a_last_line_cut_short_is_left_out(tmp_path: Path) -> None:
    path = put(tmp_path / "talk.jsonl", HEAD, LINE, LINE)
    whole = read_record(path)
    path.write_bytes(path.read_bytes()[:-10])
    assert read_record(path) == whole[:-1]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, rest: bytes) -> None:
    path = put(tmp_path_factory.mktemp("record") / "talk.jsonl", HEAD, LINE)
    path.write_bytes(path.read_bytes() + rest)
    try:
        read_record(path)
    except BadRecord as refused:
        assert ", line " in str(refused)


class Later:
    """A loop that remembers what it was asked to call."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.callbacks: list[Callable[[], None]] = []

    def __call__(self, seconds: float, callback: Callable[[], None]) -> None:
        self.pauses.append(seconds)
        self.callbacks.append(callback)

    def run(self) -> None:
        while self.callbacks:
            self.callbacks.pop(0)()


def items(*seconds: float) -> list[Item]:
    times = [START + timedelta(seconds=each) for each in seconds]
    return [
        Recorded("study", WireEntry(number, time, False, f"PING {number}", "\r\n", 8, "", number, True))
        for number, time in enumerate(times, 1)
    ]


def test_a_replay_takes_the_time_it_took_but_for_long_pauses_and_clocks_set_back() -> None:
    assert [pause for pause, _ in Replay(items(0, 1.5, 1.5, 1, 61))] == [0, 1.5, 0, 0, 10]
    assert [pause for pause, _ in Replay(items(0, 60), longest_pause=2)] == [0, 2]
    assert len(Replay(items(0, 1))) == 2


def test_the_speed_divides_the_pauses_and_what_is_due_together_comes_together() -> None:
    later, seen, ends = Later(), [], []
    replay = items(0, 3, 3, 5)
    player = play(Replay(replay), 2, later, seen.append, lambda: ends.append(len(seen)))
    assert (seen, later.pauses, player.playing) == (replay[:1], [1.5], True)
    later.callbacks.pop()()
    assert (seen, later.pauses) == (replay[:3], [1.5, 1.0])
    later.run()
    assert (seen, ends, player.playing) == (replay, [4], False)


def test_at_once_still_lets_the_screen_have_its_turn() -> None:
    later, seen = Later(), []
    replay = items(*range(2 * AT_ONCE + 1))
    play(Replay(replay), 0, later, seen.append)
    assert len(seen) == AT_ONCE
    later.run()
    assert seen == replay and set(later.pauses) == {0.0}


def test_a_replay_can_be_stopped_even_while_it_feeds() -> None:
    later, seen = Later(), []
    player = play(Replay(items(0, 1, 2)), 1, later, seen.append, lambda: pytest.fail("finished"))
    player.stop()
    later.run()
    assert len(seen) == 1
    for speed in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="0 \\(at once\\) or more"):
            play(Replay([]), speed, later, seen.append)
