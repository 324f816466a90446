"""The files of a 1.0 server: converted once, merged, and safe against a crash between any two steps."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from chat.storage import files, legacy
from chat.storage.errors import BrokenFile
from chat.storage.legacy import convert_legacy
from chat.storage.passwords import Secret, hash_password, verify_password
from chat.storage.records import Account, ChannelRecord, ListEntry
from chat.storage.stores import open_accounts, open_channels

USERS: dict[str, Any] = {
    "users": [
        {"username": "alice", "bannedGroups": [], "password": "secret1", "adminGroups": ["networks"]},
        {"username": "bob", "bannedGroups": ["networks"], "password": "secret2", "adminGroups": ["my own"]},
    ]
}
CHATS: dict[str, Any] = {
    "chats": [
        {"chat_name": "networks", "admins": ["alice"], "black_users": [], "users": ["alice"], "banned_users": ["bob"]},
        {"chat_name": "my own", "admins": ["bob"], "banned_users": [], "users": ["bob"], "black_users": ["eve"]},
    ]
}


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real hash once, for every password: what is tested here is not hashing."""
    monkeypatch.setattr("chat.storage.stores.hash_password", lambda plain: Secret(hash_once(plain)))


known: dict[str, str] = {}


def hash_once(plain: str) -> str:
    return known.setdefault(plain, hash_password(plain).argon2)


def write(file: Path, document: object) -> None:
    file.write_text(json.dumps(document), encoding="utf-8")


def put_old_files(data: Path) -> None:
    write(data / "user_accounts.txt", USERS)
    write(data / "list.txt", CHATS)


def check_converted(data: Path) -> None:
    accounts = {account.name: account for account in open_accounts(data).records()}
    assert sorted(accounts) == ["alice", "bob"]
    assert verify_password(accounts["bob"].secret.argon2, "secret2")
    assert accounts["bob"].created > 0
    channels = {channel.name: channel for channel in open_channels(data).records()}
    assert sorted(channels) == ["#my\u00a0own", "#networks"]
    assert (channels["#networks"].admins, channels["#networks"].modes) == (("alice",), "nt")
    assert channels["#networks"].bans == (ListEntry("~a:bob"),)
    assert channels["#my\u00a0own"].admins == ("bob",)
    assert channels["#my\u00a0own"].bans == (ListEntry("~a:eve"),)


def test_both_files_are_converted_and_kept_beside(tmp_path: Path) -> None:
    put_old_files(tmp_path)
    messages = convert_legacy(tmp_path)
    check_converted(tmp_path)
    assert messages == [
        "2 groups of 1.0 are in channels.json",
        "2 users of 1.0 are in accounts.json",
        "user_accounts.txt is kept as user_accounts.txt.1.0; it holds plain passwords, so remove it when all is well",
        "list.txt is kept as list.txt.1.0",
    ]
    assert json.loads((tmp_path / "user_accounts.txt.1.0").read_text()) == USERS
    assert json.loads((tmp_path / "list.txt.1.0").read_text()) == CHATS
    assert stat.S_IMODE((tmp_path / "user_accounts.txt.1.0").stat().st_mode) == 0o600
    assert not (tmp_path / "user_accounts.txt").exists()
    assert convert_legacy(tmp_path) == []


def test_without_old_files_nothing_happens(tmp_path: Path) -> None:
    write(tmp_path / "accounts.json", {"accounts": []})
    assert convert_legacy(tmp_path) == []
    assert convert_legacy(tmp_path / "missing") == []
    assert [file.name for file in tmp_path.iterdir()] == ["accounts.json"]


def test_the_new_files_may_have_the_old_form(tmp_path: Path) -> None:
    write(tmp_path / "accounts.json", USERS)
    write(tmp_path / "channels.json", CHATS)
    convert_legacy(tmp_path)
    check_converted(tmp_path)
    assert json.loads((tmp_path / "user_accounts.txt.1.0").read_text()) == USERS


def test_two_files_of_the_old_form_are_one_too_many(tmp_path: Path) -> None:
    write(tmp_path / "accounts.json", USERS)
    write(tmp_path / "user_accounts.txt", USERS)
    with pytest.raises(BrokenFile, match=r"has the 1\.0 form, and user_accounts\.txt is there, too"):
        convert_legacy(tmp_path)


def test_what_is_there_already_is_joined_and_never_replaced(tmp_path: Path) -> None:
    accounts, channels = open_accounts(tmp_path), open_channels(tmp_path)
    own = Account("Alice", Secret(hash_once("her own")))
    accounts.put(own)
    accounts.flush()
    channels.put(ChannelRecord("#Networks", topic="t", admins=("carol",), bans=(ListEntry("~a:BOB", "carol", 5.0),)))
    channels.flush()
    put_old_files(tmp_path)
    messages = convert_legacy(tmp_path)
    assert "2 users of 1.0 are in accounts.json (1 were there already and stay as they are)" in messages
    assert open_accounts(tmp_path).get("alice") == own
    networks = open_channels(tmp_path).get("#networks")
    assert networks == ChannelRecord(
        "#Networks", topic="t", admins=("carol", "alice"), bans=(ListEntry("~a:BOB", "carol", 5.0),)
    )


def test_groups_that_only_the_accounts_know(tmp_path: Path) -> None:
    write(
        tmp_path / "user_accounts.txt",
        {"users": [{"username": "a", "password": "secret1", "adminGroups": ["mine"], "bannedGroups": ["nobody's"]}]},
    )
    convert_legacy(tmp_path)
    assert [(channel.name, channel.admins) for channel in open_channels(tmp_path).records()] == [("#mine", ("a",))]


def test_names_that_are_none_are_skipped_and_told(tmp_path: Path) -> None:
    users = [
        {"username": "two words", "password": "x", "adminGroups": ["networks"]},
        {"username": "x" * 33, "password": "x"},
        {"username": "", "password": "x"},
        {"username": "bob", "password": ""},
        {"username": "alice", "password": "secret1"},
        {"username": "ALICE", "password": "x"},
        {"username": "line\r\nbreak", "password": "x"},
    ]
    chats = [
        {"chat_name": "a,b"},
        {"chat_name": ""},
        {"chat_name": "y" * 64},
        {"chat_name": "ok", "admins": ["alice", "two words"], "banned_users": ["x!y"]},
    ]
    write(tmp_path / "user_accounts.txt", {"users": users})
    write(tmp_path / "list.txt", {"chats": chats})
    messages = convert_legacy(tmp_path)
    for message in (
        'user "two words" is skipped: it holds a character that no nick may have',
        f'user "{"x" * 33}" is skipped: it is longer than 32 characters',
        'user "" is skipped: it is empty',
        'user "bob" is skipped: it has no password',
        'user "ALICE" is skipped: the name is there twice',
        'user "line\\r\\nbreak" is skipped: it holds a character that no nick may have',
        'group "a,b" is skipped: it holds a comma or a control character',
        'group "" is skipped: it is empty',
        f'group "{"y" * 64}" is skipped: it is longer than 63 characters',
        'admin of "ok" "two words" is skipped: it holds a character that no nick may have',
        'banned from "ok" "x!y" is skipped: it holds a character that no nick may have',
    ):
        assert message in messages
    assert open_accounts(tmp_path).names() == ["alice"]
    assert [(channel.name, channel.admins) for channel in open_channels(tmp_path).records()] == [("#ok", ("alice",))]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "line 1, column 2: is not JSON"),
        ("{}", 'the key "users" is missing'),
        ('{"users": [{"username": "a"}]}', 'users[0]: the key "password" is missing'),
        ('{"users": [{"username": "a", "password": 7}]}', "users[0].password: found something else, allowed is a text"),
    ],
)
def test_an_old_file_that_is_broken_stops_the_conversion_and_stays(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "user_accounts.txt").write_text(text)
    write(tmp_path / "list.txt", CHATS)
    with pytest.raises(BrokenFile) as caught:
        convert_legacy(tmp_path)
    assert sentence in str(caught.value)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["list.txt", "user_accounts.txt"]


class Crash(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("form", ["old names", "new names"])
@pytest.mark.parametrize("steps", range(7))
def test_a_crash_between_any_two_steps_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, steps: int
) -> None:
    write(tmp_path / ("accounts.json" if form == "new names" else "user_accounts.txt"), USERS)
    write(tmp_path / ("channels.json" if form == "new names" else "list.txt"), CHATS)
    left = [steps]

    def count(real: Any) -> Any:
        def step(*arguments: Any, **options: Any) -> Any:
            if left[0] == 0:
                raise Crash
            left[0] -= 1
            return real(*arguments, **options)

        return step

    with monkeypatch.context() as patch:
        patch.setattr(legacy, "_rename", count(legacy._rename))
        patch.setattr(files, "write_atomically", count(files.write_atomically))
        try:
            convert_legacy(tmp_path)
        except Crash:
            assert steps < 6
    convert_legacy(tmp_path)
    check_converted(tmp_path)
    assert sorted(file.name for file in tmp_path.glob("*.txt*")) == ["list.txt.1.0", "user_accounts.txt.1.0"]


def test_a_second_conversion_keeps_the_first_original(tmp_path: Path) -> None:
    put_old_files(tmp_path)
    convert_legacy(tmp_path)
    write(tmp_path / "list.txt", {"chats": [{"chat_name": "more"}]})
    assert "list.txt is kept as list.txt.1.0.2" in convert_legacy(tmp_path)
    assert json.loads((tmp_path / "list.txt.1.0").read_text()) == CHATS
    assert open_channels(tmp_path).get("#more") is not None
