"""Logs of talk: private, one file for each window, with names that are safe everywhere."""

import errno
import json
import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.keeping import files
from terminal.keeping.talk_log import TalkLog, default_folder, safe_name
from terminal.model.line import Kind, Line
from terminal.model.window import Window, WindowKind

NOON = datetime(2024, 5, 1, 12, 0, 0).astimezone()


def window(name: str = "#study", kind: WindowKind = "channel") -> Window:
    return Window(kind, "home", name)


def line(text: str, kind: Kind = "message", source: str = "ada", time: datetime = NOON, **more: bool | str) -> Line:
    return Line(1, time, kind, text, source, **more)  # type: ignore[arg-type]


def test_a_text_log_has_days_times_and_who_said_what(tmp_path: Path) -> None:
    log, study = TalkLog(tmp_path, "text"), window()
    later = NOON + timedelta(days=1)
    for one in (
        line("hello", rank="@"),
        line("waves", "action"),
        line("psst", "notice"),
        line("joined", "join", "wren"),
        line("mode is +n", "mode", ""),
        line("\x02bold\x0f\nforged \x1b[2J", time=later),
    ):
        assert log.write(study, one) == ""
    assert log.path("home", "#study").read_text() == (
        "--- Wednesday, 1 May 2024\n"
        "12:00:00 <@ada> hello\n"
        "12:00:00 * ada waves\n"
        "12:00:00 -ada- psst\n"
        "12:00:00 -!- wren joined\n"
        "12:00:00 -!- mode is +n\n"
        "--- Thursday, 2 May 2024\n"
        "12:00:00 <ada> bold\\x0aforged \\x1b[2J\n"
    )


def test_a_json_log_is_one_object_for_each_line(tmp_path: Path) -> None:
    log = TalkLog(tmp_path, "json")
    log.write(window(), line("\x02hi\n", own=True, msgid="m1"))
    assert [json.loads(row) for row in (tmp_path / "home" / "#study.log").read_text().splitlines()] == [
        {"time": NOON.isoformat(timespec="milliseconds"), "server": "home", "window": "#study", "kind": "message",
         "source": "ada", "text": "\x02hi\n", "own": True, "msgid": "m1"}
    ]  # fmt: skip


def test_others_can_read_neither_the_files_nor_the_folders_whatever_the_umask(tmp_path: Path) -> None:
    log, old = TalkLog(tmp_path / "logs", "text"), os.umask(0)
    try:
        log.write(window(), line("hello"))
        path = log.path("home", "#study")
        path.chmod(0o644)
        log.write(window(), line("again"))
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]


def test_after_a_restart_the_same_day_goes_on_and_what_is_played_back_is_not_logged_twice(tmp_path: Path) -> None:
    TalkLog(tmp_path, "text").write(window(), line("hello"))
    path = tmp_path / "home" / "#study.log"
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    log = TalkLog(tmp_path, "text")
    log.write(window(), line("hello", history=True))
    log.write(window(), line("missed", time=NOON + timedelta(minutes=1), history=True))
    assert path.read_text() == "--- Wednesday, 1 May 2024\n12:00:00 <ada> hello\n12:01:00 <ada> missed\n"


@pytest.mark.parametrize(
    ("kind", "of_line"), [("wire", "message"), ("mentions", "message"), ("channel", "info"), ("channel", "problem")]
)
def test_neither_the_wire_nor_answers_of_the_client_are_logged(tmp_path: Path, kind: WindowKind, of_line: Kind) -> None:
    TalkLog(tmp_path, "text").write(window(kind=kind), line("x", of_line))
    assert list(tmp_path.iterdir()) == []


def test_what_one_tells_nickserv_is_masked(tmp_path: Path) -> None:
    log = TalkLog(tmp_path, "text")
    log.write(window("NickServ", "private"), line("identify hunter2", source="bob", own=True))
    log.write(window("NickServ", "private"), line("You are identified.", source="NickServ"))
    text = log.path("home", "nickserv").read_text()
    assert "hunter2" not in text and "<bob> identify ****" in text and "You are identified." in text


def test_a_full_disk_is_one_sentence_and_logging_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    log = TalkLog(tmp_path, "text")
    monkeypatch.setattr(files.os, "write", full)
    path = log.path("home", "#study")
    assert log.write(window(), line("one")) == f"Logging stops: {path}: No space left on device."
    monkeypatch.undo()
    assert log.write(window(), line("two")) == "" and path.read_bytes() == b""


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("#Study", "#study"),
        ("irc.example.org", "irc.example.org"),
        ("../../etc/passwd", "%2e.%2f%2e.%2fetc%2fpasswd"),
        ("..", "%2e%2e"),
        ("", "%"),
        ("a\\b:c|d*", "a%5cb%3ac%7cd%2a"),
        ("nul", "%6eul"),
        ("con.x", "%63on.x"),
        ("100%", "100%25"),
        ("#übung", "#übung"),
        ("#Übung", "#%c3%9cbung"),
        ("#STRAßE", "#straße"),
        ("\ud800", "%ed%a0%80"),
    ],
)
def test_a_name_becomes_safe_and_stays_readable(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=200))
def test_any_name_is_one_part_of_a_path_and_short_enough(name: str) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe and safe not in (".", "..") and len(safe.encode()) <= 120
    assert safe == safe.lower() and not set(safe) & set('/\\:*?"<>|\0\n')


def test_long_names_that_begin_alike_stay_apart() -> None:
    assert len({safe_name("#" + "a" * 300 + end) for end in "xyz"}) == 3


def test_logs_are_in_the_state_folder_of_the_platform() -> None:
    assert default_folder().parts[-2:] == ("parley", "logs")
