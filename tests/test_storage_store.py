"""The stores: what is put survives, hand edits are merged, and no file is lost, whatever fails."""

import errno
import json
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from chat.storage import files
from chat.storage.errors import BrokenFile, SaveFailed
from chat.storage.jsonstore import JsonStore
from chat.storage.passwords import Secret, hash_password, verify_password
from chat.storage.records import Account, ChannelRecord, ListEntry
from chat.storage.stores import open_accounts, open_channels

ROOT = Path(__file__).parent.parent
STUDY = ChannelRecord(
    name="#study",
    topic="Exam on Friday \u2014 bring \u00a0 pens",
    topic_setter="alice",
    topic_time=1795255200.123,
    modes="ntm",
    key="k",
    limit=7,
    created=1795255200.0,
    admins=("alice",),
    bans=(ListEntry("~a:bob", "alice", 1795255201.5), ListEntry("*!*@h")),
    exceptions=(ListEntry("a!*@*"),),
    invites=(ListEntry("b!*@*"),),
)


def edit(file: Path, document: object) -> None:
    file.write_text(json.dumps(document), encoding="utf-8")


def on_disk(store: JsonStore[ChannelRecord]) -> list[str]:
    return [entry["name"] for entry in json.loads(store.file.read_text(encoding="utf-8"))["channels"]]


def no_space(*arguments: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_records_survive_a_restart(tmp_path: Path) -> None:
    channels, accounts = open_channels(tmp_path), open_accounts(tmp_path)
    alice = Account("alice", hash_password("secret1"), 1795255200.0)
    assert (channels.records(), channels.dirty, channels.file.exists()) == ([], False, False)
    channels.put(STUDY)
    channels.put(ChannelRecord("#plain"))
    accounts.put(alice)
    assert channels.dirty
    channels.flush()
    accounts.flush()
    assert not channels.dirty
    assert open_channels(tmp_path).records() == [STUDY, ChannelRecord("#plain")]
    assert open_accounts(tmp_path).records() == [alice]


def test_names_are_found_in_any_case_and_removed(tmp_path: Path) -> None:
    store = open_channels(tmp_path)
    store.put(STUDY)
    assert store.get("#STUDY") is STUDY
    assert store.get("#other") is None
    assert store.names() == ["#study"]
    store.put(replace(STUDY, name="#Study"))
    assert store.names() == ["#Study"]
    store.flush()
    store.remove("#stUDY")
    store.remove("#never")
    assert store.get("#study") is None
    store.flush()
    assert on_disk(store) == []


def test_what_changes_nothing_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_channels(tmp_path)
    store.put(STUDY)
    store.flush()
    monkeypatch.setattr(files, "write_atomically", None)
    store.put(replace(STUDY))
    store.remove("#never")
    assert not store.dirty
    store.flush()


def test_the_file_is_one_that_a_person_can_read(tmp_path: Path) -> None:
    store = open_channels(tmp_path)
    store.put(ChannelRecord("#my\u00a0own", topic="schön", created=1795255200.0, admins=("bob",)))
    store.flush()
    text = store.file.read_text(encoding="utf-8")
    assert text.startswith('{\n  "channels": [\n    {\n      "name": "#my\\u00a0own",\n      "topic": "schön",\n')
    assert '"created": "2026-11-21T10:00:00.000Z",\n      "admins": [\n        "bob"\n      ],\n' in text
    assert text.endswith("    }\n  ]\n}\n")


def test_entries_typed_by_hand_may_be_short(tmp_path: Path) -> None:
    entry = {
        "name": "#my own",
        "bans": ["~a:bob", {"mask": "x!*@*"}],
        "created": "2026-11-21 10:00",
        "admins": ["B", "b"],
    }
    edit(tmp_path / "channels.json", {"channels": [entry]})
    assert open_channels(tmp_path).records() == [
        ChannelRecord(
            "#my\u00a0own", created=1795255200.0, admins=("B",), bans=(ListEntry("~a:bob"), ListEntry("x!*@*"))
        )
    ]


def test_passwords_are_private_and_other_files_keep_their_mode(tmp_path: Path) -> None:
    accounts, channels = open_accounts(tmp_path), open_channels(tmp_path)
    edit(channels.file, {"channels": []})
    channels.file.chmod(0o640)
    accounts.put(Account("alice", hash_password("x")))
    channels.put(STUDY)
    accounts.flush()
    channels.flush()
    assert stat.S_IMODE(accounts.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(channels.file.stat().st_mode) == 0o640


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    data.mkdir()
    elsewhere.mkdir()
    (data / "channels.json").symlink_to(elsewhere / "shared.json")
    store = open_channels(data)
    store.put(STUDY)
    store.flush()
    assert store.file.is_symlink()
    assert json.loads((elsewhere / "shared.json").read_text())["channels"][0]["name"] == "#study"
    assert not store.changed_outside()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_root_does_not_lock_the_servers_user_out(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 1234, 1234)
    store = open_accounts(data)
    store.put(Account("alice", Secret("$argon2id$v=19$m=8,t=1,p=1$YWJjZGVmZ2g$" + "A" * 43)))
    store.flush()
    assert {file.stat().st_uid for file in data.iterdir()} == {1234}


def test_a_plain_password_is_hashed_and_written_back(tmp_path: Path) -> None:
    edit(
        tmp_path / "accounts.json",
        {"accounts": [{"name": "alice", "password": "secret1"}, {"name": "b", "password": "c"}]},
    )
    store = open_accounts(tmp_path)
    text = store.file.read_text()
    assert "secret1" not in text
    assert not store.dirty
    alice = store.get("alice")
    assert alice is not None
    assert verify_password(alice.secret.argon2, "secret1")
    assert alice.secret.scram is not None
    assert open_accounts(tmp_path).records() == store.records()


def test_a_plain_password_that_cannot_be_written_back_works_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    edit(tmp_path / "accounts.json", {"accounts": [{"name": "alice", "password": "secret1"}]})
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_space)
        store = open_accounts(tmp_path)
    assert "a password typed in plain is still in the file" in caplog.text
    assert "secret1" not in caplog.text
    alice = store.get("alice")
    assert alice is not None
    assert verify_password(alice.secret.argon2, "secret1")
    assert store.dirty
    store.flush()
    assert "secret1" not in store.file.read_text()


def test_a_hand_edit_is_seen_and_reloaded_under_our_changes(tmp_path: Path) -> None:
    store = open_channels(tmp_path)
    store.put(STUDY)
    store.flush()
    assert not store.changed_outside()
    edit(store.file, {"channels": [{"name": "#study", "topic": "by hand"}, {"name": "#hand"}]})
    assert store.changed_outside()
    store.put(ChannelRecord("#ours"))
    store.reload()
    assert not store.changed_outside()
    assert sorted(store.names()) == ["#hand", "#ours", "#study"]
    study = store.get("#study")
    assert study is not None
    assert study.topic == "by hand"
    store.flush()
    assert sorted(on_disk(store)) == ["#hand", "#ours", "#study"]


def test_a_save_merges_a_hand_edit_and_our_changes_win(tmp_path: Path) -> None:
    store = open_channels(tmp_path)
    for name in ("#gone", "#kept", "#ours"):
        store.put(ChannelRecord(name))
    store.flush()
    edit(store.file, {"channels": [{"name": "#gone"}, {"name": "#ours", "topic": "by hand"}, {"name": "#new"}]})
    store.put(ChannelRecord("#ours", topic="our own"))
    store.remove("#gone")
    store.flush()
    assert store.names() == ["#ours", "#new"]
    assert open_channels(tmp_path).records() == store.records()
    ours = store.get("#ours")
    assert ours is not None
    assert ours.topic == "our own"


def test_two_processes_do_not_lose_each_others_changes(tmp_path: Path) -> None:
    stores = [open_channels(tmp_path) for _ in range(4)]

    def add(number: int, store: JsonStore[ChannelRecord]) -> None:
        for turn in range(10):
            store.put(ChannelRecord(f"#{number}-{turn}"))
            store.flush()

    threads = [threading.Thread(target=add, args=pair) for pair in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(open_channels(tmp_path).names()) == 40


BROKEN = [
    ('{"channels": [\n  {"name" "#a"}]}', "line 2, column 11: is not JSON: Expecting ':' delimiter"),
    ("", "is empty; restore it from a copy"),
    ('{"channels": [], "channels": []}', 'the key "channels" is there twice in one object'),
    ('{"channels": NaN}', "NaN is no JSON value"),
    ("[" * 100000, "is nested too deeply"),
    ('{"channels": [{"name": "#a"}, {"name": "#A"}]}', 'channels[1].name: "#A" is there twice'),
    ('{"channels": [{"name": "study"}]}', 'channels[0].name: "study" is no name of a channel; did you mean "#study"?'),
    ('{"channels": [{"name": "#a", "tpic": ""}]}', 'channels[0]: unknown key "tpic"; did you mean "topic"?'),
    ('{"channels": [{"name": "#a", "topic": "x\\r\\nQUIT"}]}', "channels[0].topic: holds a line break"),
    ('{"channels": [{"name": "#a", "topic": "\\ud800"}]}', "channels[0].topic: holds a line break or another"),
    ('{"channels": [{"name": "#a", "key": "a b"}]}', "channels[0].key: is no channel key"),
    ('{"channels": [{"name": "#a", "created": "today"}]}', 'channels[0].created: "today" is no time; write it like'),
    ('{"channels": [{"name": "#a", "admins": ["a b"]}]}', 'channels[0].admins[0]: "a b" cannot be the name'),
    ('{"channels": [{"name": "#a", "bans": [{"mask": "a b"}]}]}', 'channels[0].bans[0].mask: "a b" is no mask'),
    ('{"channels": [{"name": "#a", "bans": [7]}]}', "channels[0].bans[0]: found 7, allowed is a text or a table"),
    ('{"channels": [{"name": "#a", "bans": [{"msk": ""}]}]}', 'unknown key "msk"; did you mean "mask"?'),
    ('{"channels": {}}', "channels: found a table of keys and values, allowed is a list"),
]


@pytest.mark.parametrize(("text", "sentence"), BROKEN, ids=[sentence[:30] for _, sentence in BROKEN])
def test_a_broken_file_is_told_with_its_place_and_never_overwritten(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "channels.json"
    store = open_channels(tmp_path)
    store.put(STUDY)
    store.flush()
    file.write_text(text)
    with pytest.raises(BrokenFile) as caught:
        open_channels(tmp_path)
    assert str(caught.value).startswith(f"{file}: ")
    assert sentence in str(caught.value)
    with pytest.raises(BrokenFile):
        store.reload()
    assert store.records() == [STUDY]
    assert not store.changed_outside()  # told once, not at every look
    store.put(ChannelRecord("#ours"))
    with pytest.raises(SaveFailed, match="it was changed by hand and cannot be understood"):
        store.flush()
    assert file.read_text() == text
    edit(file, {"channels": [{"name": "#repaired"}]})
    store.flush()
    assert on_disk(store) == ["#repaired", "#ours"]


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"name": "a b", "password": "x"}, 'accounts[0].name: "a b" cannot be the name of an account'),
        ({"name": "a", "password": ""}, "accounts[0].password: is empty"),
        ({"name": "a", "password": 4711}, "accounts[0].password: found something else, allowed is a text"),
        ({"name": "a", "password": "$argon2id$v=19$m"}, "accounts[0].password: starts like an argon2 hash"),
        ({"name": "a"}, 'accounts[0]: the key "password" is missing'),
        ({"name": "a", "pasword": "x"}, 'accounts[0]: unknown key "pasword"; did you mean "password"?'),
    ],
)
def test_a_broken_account_is_told_without_its_password(tmp_path: Path, entry: object, sentence: str) -> None:
    edit(tmp_path / "accounts.json", {"accounts": [entry]})
    with pytest.raises(BrokenFile) as caught:
        open_accounts(tmp_path)
    assert sentence in str(caught.value)


def test_damaged_scram_keys_are_told(tmp_path: Path) -> None:
    account = Account("a", hash_password("x")).to_json()
    account["scram"] = {"salt": "AAAA", "iterations": 4096, "stored_key": "AAAA", "server_key": "?"}
    edit(tmp_path / "accounts.json", {"accounts": [account]})
    with pytest.raises(BrokenFile, match=r"accounts\[0\]\.scram\.stored_key: is not what a server has written"):
        open_accounts(tmp_path)


def test_a_file_that_vanished_is_made_anew_from_memory(tmp_path: Path) -> None:
    store = open_channels(tmp_path)
    store.put(STUDY)
    store.flush()
    store.file.unlink()
    assert store.changed_outside()
    with pytest.raises(BrokenFile, match="is gone; what it held stays in force"):
        store.reload()
    store.put(ChannelRecord("#new"))
    store.flush()
    assert on_disk(store) == ["#study", "#new"]


@pytest.mark.parametrize(
    "bad",
    [
        ChannelRecord("#study", topic="a\nb"),
        ChannelRecord("#study", topic="\ud800"),
        ChannelRecord("#study", created=1e300),
        ChannelRecord("#study", bans=(ListEntry("a b"),)),
        ChannelRecord("#study", limit=-1),
    ],
)
def test_a_record_that_could_not_be_read_back_does_not_spoil_the_file(tmp_path: Path, bad: ChannelRecord) -> None:
    store = open_channels(tmp_path)
    store.put(STUDY)
    store.flush()
    store.put(bad)
    store.put(replace(bad, name="#new"))
    store.put(ChannelRecord("#good"))
    with pytest.raises(SaveFailed, match=r"could not be saved: '#study' cannot be kept: .*; '#new' cannot be kept: "):
        store.flush()
    assert open_channels(tmp_path).records() == [STUDY, ChannelRecord("#good")]
    store.put(ChannelRecord("#better"))
    store.flush()  # what failed once does not stand in the way of others, nor come back
    assert open_channels(tmp_path).records() == [STUDY, ChannelRecord("#good"), ChannelRecord("#better")]
    store.put(replace(bad, topic_setter="bob"))
    with pytest.raises(SaveFailed):
        store.flush()
