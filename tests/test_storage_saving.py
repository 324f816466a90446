"""Saving when the disk is full, slow or shared: no file is lost, and nobody is told of a success that was none."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from chat.storage import files
from chat.storage.errors import SaveFailed
from chat.storage.jsonstore import JsonStore
from chat.storage.records import ChannelRecord
from chat.storage.stores import open_channels
from tests.test_storage_store import ROOT, STUDY, edit, no_space, on_disk


@pytest.mark.parametrize("call", ["write", "fsync", "open"])
def test_on_a_full_disk_the_old_file_and_the_change_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store = open_channels(tmp_path)
    store.put(STUDY)
    store.flush()
    before = store.file.read_bytes()
    store.put(ChannelRecord("#new"))
    with monkeypatch.context() as patch:
        patch.setattr(os, call, no_space)
        with pytest.raises(SaveFailed) as caught:
            store.flush()
    assert str(caught.value) == f"{store.file} could not be saved: No space left on device"
    assert store.file.read_bytes() == before
    assert store.dirty
    assert not list(tmp_path.glob("*.tmp")) + list(tmp_path.glob(".*.tmp"))
    store.flush()
    assert on_disk(store) == ["#study", "#new"]


FILL = """
import resource, sys
from pathlib import Path
from chat.storage.errors import SaveFailed
from chat.storage.records import ChannelRecord
from chat.storage.stores import open_channels
store = open_channels(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
store.put(ChannelRecord("#long", topic="x" * 4000))
try:
    store.flush()
except SaveFailed as error:
    print(error, store.dirty)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits are a thing of POSIX")
def test_a_file_that_may_not_grow_stays_as_it_is(tmp_path: Path) -> None:
    store = open_channels(tmp_path)
    store.put(STUDY)
    store.flush()
    before = store.file.read_bytes()
    done = subprocess.run([sys.executable, "-c", FILL, str(tmp_path)], cwd=ROOT, text=True, capture_output=True)
    assert done.stdout == f"{store.file} could not be saved: File too large True\n"
    assert store.file.read_bytes() == before
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_crash_while_writing_leaves_nothing_that_matters(tmp_path: Path) -> None:
    store = open_channels(tmp_path)
    (tmp_path / ".channels.json.tmp").write_text("half a fi")
    store.put(STUDY)
    store.flush()
    assert on_disk(store) == ["#study"]
    assert not (tmp_path / ".channels.json.tmp").exists()


def test_a_lock_that_another_program_keeps_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WRITE_LOCK_SECONDS", 0.05)
    store = open_channels(tmp_path)
    store.put(STUDY)
    with (
        FileLock(str(tmp_path / ".channels.json.write.lock")),
        pytest.raises(SaveFailed, match="another program keeps it locked"),
    ):
        store.flush()
    store.flush()
    assert on_disk(store) == ["#study"]


class SlowDisk:
    """Stands for `files.write_atomically`: each write waits for `go`, and fails if told so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.real = files.write_atomically
        self.entered, self.go = threading.Semaphore(0), threading.Semaphore(0)
        self.writes = 0
        self.full = False
        monkeypatch.setattr(files, "write_atomically", self.write)

    def write(self, file: Path, data: bytes, private: bool) -> files.Stamp:
        self.writes += 1
        self.entered.release()
        assert self.go.acquire(timeout=20)
        if self.full:
            no_space()
        return self.real(file, data, private)


def start_flush(store: JsonStore[ChannelRecord], errors: list[str]) -> threading.Thread:
    def run() -> None:
        try:
            store.flush()
        except SaveFailed as error:
            errors.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def wait_until_waiting(store: JsonStore[ChannelRecord], count: int) -> None:
    """Until `count` threads wait for the leader."""
    waiters = store._condition._waiters  # type: ignore[attr-defined]
    while len(waiters) < count:
        threading.Event().wait(0.001)


@pytest.mark.parametrize("full", [False, True])
def test_flushes_at_the_same_time_share_a_write_and_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    store = open_channels(tmp_path)
    disk = SlowDisk(monkeypatch)
    errors: list[str] = []
    store.put(ChannelRecord("#first"))
    threads = [start_flush(store, errors)]
    assert disk.entered.acquire(timeout=20)
    for number in range(20):
        store.put(ChannelRecord(f"#{number}"))
        threads.append(start_flush(store, errors))
    wait_until_waiting(store, 20)
    assert store.dirty
    disk.go.release()
    assert disk.entered.acquire(timeout=20)  # the second write, for all the others
    wait_until_waiting(store, 19)
    disk.full = full
    disk.go.release()
    for thread in threads:
        thread.join(20)
    assert disk.writes == 2
    assert len(errors) == (20 if full else 0)
    assert store.dirty is full
    assert len(on_disk(store)) == (1 if full else 21)


def test_a_change_during_a_write_stays_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_channels(tmp_path)
    disk = SlowDisk(monkeypatch)
    store.put(ChannelRecord("#a", topic="old"))
    store.put(ChannelRecord("#b"))
    thread = start_flush(store, [])
    assert disk.entered.acquire(timeout=20)
    store.put(ChannelRecord("#a", topic="new"))
    store.remove("#b")
    assert not store.changed_outside()
    disk.go.release()
    thread.join(20)
    assert store.dirty
    assert store.records() == [ChannelRecord("#a", topic="new")]
    assert on_disk(store) == ["#a", "#b"]
    disk.go.release()
    store.flush()
    assert open_channels(tmp_path).records() == store.records()


def test_a_reload_waits_for_the_write_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_channels(tmp_path)
    disk = SlowDisk(monkeypatch)
    store.put(STUDY)
    saving = start_flush(store, [])
    assert disk.entered.acquire(timeout=20)
    reloading = threading.Thread(target=store.reload)
    reloading.start()
    wait_until_waiting(store, 1)
    disk.go.release()
    saving.join(20)
    reloading.join(20)
    assert store.records() == [STUDY]
    assert not store.changed_outside()


def test_a_change_that_is_undone_before_it_was_saved_leaves_nothing_to_do(tmp_path: Path) -> None:
    """A removal that waited for the broken file's repair would take what a person has added by that name with it."""
    store = open_channels(tmp_path)
    store.put(STUDY)
    store.flush()
    good = store.file.read_text(encoding="utf-8")
    store.file.write_text("{", encoding="utf-8")
    store.put(ChannelRecord("#new"))
    with pytest.raises(SaveFailed):
        store.flush()
    store.remove("#new")
    assert not store.dirty
    edit(store.file, {"channels": [*json.loads(good)["channels"], {"name": "#new"}]})
    store.reload()
    store.put(ChannelRecord("#more"))
    store.flush()
    assert on_disk(store) == ["#study", "#new", "#more"]


def test_a_change_that_may_have_got_to_disk_is_undone_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step of a save, getting the folder to disk, can fail when the new file is in place already."""
    store = open_channels(tmp_path)
    monkeypatch.setattr(files, "sync_folder", no_space)
    store.put(STUDY)
    with pytest.raises(SaveFailed):
        store.flush()
    assert on_disk(store) == ["#study"]
    store.remove("#study")
    assert store.dirty
    monkeypatch.undo()
    store.flush()
    assert on_disk(store) == []
