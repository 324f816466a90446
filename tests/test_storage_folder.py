"""The data folder: made, checked, and held by one server at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chat.storage.errors import FolderInUse, StorageError
from chat.storage.folder import DataFolder, running_pid

ROOT = Path(__file__).parent.parent
HOLDER = "import sys; from pathlib import Path; from chat.storage.folder import DataFolder;"
HOLDER += "folder = DataFolder.open(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"


def start_holder(data: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def test_a_missing_folder_is_made_and_held(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "data"
    assert running_pid(data) is None
    with DataFolder.open(data) as folder:
        assert folder.path == data
        assert running_pid(data) == os.getpid()
    assert running_pid(data) is None
    folder.close()


def test_two_servers_do_not_share_a_folder(tmp_path: Path) -> None:
    with start_holder(tmp_path) as process:
        with pytest.raises(FolderInUse) as caught:
            DataFolder.open(tmp_path)
        assert str(caught.value) == (f"the data folder {tmp_path} is in use by another server (process {process.pid})")
        assert running_pid(tmp_path) == process.pid


def test_a_server_that_was_killed_leaves_the_folder_free(tmp_path: Path) -> None:
    with start_holder(tmp_path) as process:
        process.kill()
    assert running_pid(tmp_path) is None
    DataFolder.open(tmp_path).close()


def test_asking_who_runs_does_not_stop_a_server_that_starts(tmp_path: Path) -> None:
    DataFolder.open(tmp_path).close()
    (tmp_path / "server.lock").touch()
    for _ in range(20):
        assert running_pid(tmp_path) is None
        DataFolder.open(tmp_path).close()


def test_the_number_of_a_process_on_another_machine_means_nothing_here(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path):
        (tmp_path / "server.pid").write_text("1\nsomewhere-else\n")
        assert running_pid(tmp_path) is None
        with pytest.raises(FolderInUse, match="process 1 on somewhere-else"):
            DataFolder.open(tmp_path)


def test_a_folder_that_is_a_file_or_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="file is no folder"):
        DataFolder.open(tmp_path / "file")
    with pytest.raises(StorageError, match="cannot be made: Not a directory"):
        DataFolder.open(tmp_path / "file" / "data")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(StorageError, match="cannot be written by this user"):
        DataFolder.open(tmp_path)
