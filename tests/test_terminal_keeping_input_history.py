"""Typed lines over restarts: private, bounded, shared by two clients, and never with a secret."""

import errno
import json
import stat
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from terminal.keeping import files
from terminal.keeping.input_history import InputHistory, default_path
from terminal.keeping.secret_lines import may_keep


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "input_history.jsonl"


def test_lines_come_back_after_a_restart_by_server_and_window(path: Path) -> None:
    first = InputHistory(path)
    assert first.add("home", "#Study", "hello") and first.add("home", "#study", "two\nlines")
    assert first.add("work", "#study", "elsewhere")
    again = InputHistory(path)
    assert again.lines("home", "#STUDY") == ["hello", "two\nlines"] == first.lines("home", "#study")
    assert again.lines("work", "#study") == ["elsewhere"] and again.lines("work", "#other") == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text().splitlines()[0]) == {
        "server": "home", "window": "#study", "text": "hello",
    }  # fmt: skip


def test_a_line_waits_while_another_client_has_the_file_and_nobody_else_does(path: Path) -> None:
    history = InputHistory(path)
    history.add("s", "#c", "one")
    with FileLock(f"{path}.lock"):
        assert history.add("s", "#c", "two") and history.add("s", "#c", "three")
        assert InputHistory.lines(history, "s", "#c") == ["one", "two", "three"]
        assert len(path.read_text().splitlines()) == 1
    history.add("s", "#c", "four")
    assert InputHistory(path).lines("s", "#c") == ["one", "two", "three", "four"]


def test_what_still_waits_at_the_end_is_written_then(path: Path) -> None:
    history = InputHistory(path)
    history.add("s", "#c", "one")
    with FileLock(f"{path}.lock"):
        history.add("s", "#c", "two")
    history.close()
    assert InputHistory(path).lines("s", "#c") == ["one", "two"]


def test_that_lines_cannot_be_kept_any_more_is_told_at_the_first_that_is_not(path: Path) -> None:
    told: list[str] = []
    history = InputHistory(path, tell=told.append)
    history.add("s", "#c", "one")
    path.unlink()
    path.mkdir()
    history.add("s", "#c", "two")
    history.add("s", "#c", "three")
    assert told == [f"Typed lines are not kept: {path}: Is a directory."] == [history.problem]


def test_an_empty_line_and_the_same_again_are_not_kept(path: Path) -> None:
    history = InputHistory(path)
    assert history.add("s", "#c", "hi")
    assert not history.add("s", "#c", "hi") and not history.add("s", "#c", "  ")
    assert not history.add("s", "#c", "x" * 20_000)
    assert history.lines("s", "#c") == ["hi"]


def test_the_file_is_bounded_and_written_anew_at_the_start(path: Path) -> None:
    history = InputHistory(path, most=10)
    for number in range(50):
        history.add("s", "#c", f"line {number}")
    assert len(path.read_text().splitlines()) == 50
    assert InputHistory(path, most=10).lines("s", "#c")[-10:] == [f"line {number}" for number in range(40, 50)]
    assert len(path.read_text().splitlines()) == 10
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_windows_used_last_are_kept(path: Path) -> None:
    history = InputHistory(path)
    for number in range(250):
        history.add("s", f"#c{number}", "hi")
    again = InputHistory(path)
    assert again.lines("s", "#c49") == [] and again.lines("s", "#c50") == ["hi"]


def test_a_line_that_a_crash_has_cut_is_passed_over(path: Path) -> None:
    InputHistory(path).add("s", "#c", "whole")
    with path.open("ab") as file:
        file.write(b'{"server": "s", "window": "#c", "te')
    again = InputHistory(path)
    assert again.lines("s", "#c") == ["whole"]
    again.add("s", "#c", "next")
    assert InputHistory(path).lines("s", "#c") == ["whole", "next"]


@pytest.mark.parametrize("data", [b"\xff\n", b"[]\n", b"3\n", b"[" * 100_000 + b"\n", b'{"server": 1}\n'])
def test_whatever_the_file_holds_the_client_starts(path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    history = InputHistory(path)
    assert history.problem == "" and history.lines("s", "#c") == []


def test_clients_at_once_lose_none_of_each_others_lines(path: Path) -> None:
    def client(name: str) -> None:
        for start in range(5):
            history = InputHistory(path, most=1000)
            for number in range(10):
                history.add("s", name, f"{start}.{number}")
            history.close()

    threads = [threading.Thread(target=client, args=(f"#{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = [f"{start}.{number}" for start in range(5) for number in range(10)]
    kept = InputHistory(path)
    assert all(kept.lines("s", f"#{number}") == expected for number in range(4))


def test_switched_off_there_is_no_file_but_lines_are_remembered_while_the_client_runs(path: Path) -> None:
    history = InputHistory(path, most=0)
    assert history.add("s", "#c", "hi") and history.lines("s", "#c") == ["hi"]
    assert not path.exists()


def test_a_full_disk_is_one_sentence_and_the_client_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = InputHistory(path)

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "write", full)
    assert history.add("s", "#c", "one") and history.add("s", "#c", "two")
    assert history.problem == f"Typed lines are not kept: {path}: No space left on device."
    assert history.lines("s", "#c") == ["one", "two"]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = InputHistory(tmp_path / "file" / "history")
    history.add("s", "#c", "hi")
    assert history.problem.startswith("Typed lines are not kept: ") and history.lines("s", "#c") == ["hi"]


SECRETS = [
    "/oper root hunter2",
    "/OPER root hunter2",
    "  /oper root hunter2",
    "//oper root hunter2",
    "/login hunter2",
    "/login alice hunter2",
    "/register hunter2",
    "/register alice * hunter2",
    "/msg NickServ IDENTIFY hunter2",
    "/m nickserv@services. identify hunter2",
    "/notice NickServ x",
    "/query NickServ identify hunter2",
    "/ns identify hunter2",
    "/nickserv set x hunter2",
    "/raw PASS hunter2",
    "/raw  oper root hunter2",
    "/raw :bob OPER root hunter2",
    "/quote AUTHENTICATE AGJvYgBzZWNyZXQ=",
    "/raw PRIVMSG NickServ :identify hunter2",
    '/raw {"command": "AUTH", "parameters": {"username": "bob", "password": "hunter2"}}',
    '/raw {"command": "AUTH", "p\\u0061ssword": "hunter2"}',
    '{"password": "hunter2"}',
    "/show oper root hunter2",
    "/show msg NickServ identify hunter2",
    "hello\n/oper root hunter2",
    "hello /oper root hunter2",
    "/join #study hunter2",
    "/j study,hunter2",
    "/mode +k hunter2",
    "/mode #study +ok bob hunter2",
    "/group limit=20 key=hunter2",
    "/connect irc://alice:hunter2@irc.test",
    "/connect ircs://irc.test/#study?hunter2",
    "/connect alice:hunter2@irc.test",
    "/msg Q@CServe.quakenet.org AUTH alice hunter2",
    "/raw IDENTIFY hunter2",
    "/raw SQUERY ChanServ :identify #study hunter2",
    "identify hunter2",
    "my password is hunter2",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_line_with_a_secret_never_reaches_the_file(path: Path, text: str) -> None:
    assert not may_keep(text)
    history = InputHistory(path)
    assert not history.add("s", "#c", text) and history.lines("s", "#c") == []
    assert not path.exists()


@pytest.mark.parametrize(
    "text",
    ["hello", "/join #study", "/msg ada see you", "/help login", "/login", "/raw LIST", "/raw AUTHENTICATE +",
     "/set theme dark", "/join #study,#lab", "/mode +m", "/connect irc.test/#study", "/msg ChanServ op #study ada",
     "join us now", "/me logs in", "{not json}", "/", "//", "/me waves", "", "/raw"],
)  # fmt: skip
def test_a_line_without_a_secret_is_kept(text: str) -> None:
    assert may_keep(text)


def test_nothing_typed_to_nickserv_is_kept() -> None:
    assert not may_keep("hunter2", "NickServ")


def test_the_file_is_in_the_state_folder_of_the_platform() -> None:
    assert default_path().parts[-2:] == ("parley", "input_history.jsonl")
