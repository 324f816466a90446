"""The account options of the command line, with the server stopped and running."""

import getpass
import io
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from chat.storage import passwords
from chat.storage.account_tool import add_account, ask_password, list_accounts, remove_account, set_password
from chat.storage.errors import StorageError
from chat.storage.folder import DataFolder
from chat.storage.passwords import hash_password, verify_password
from chat.storage.records import Account
from chat.storage.stores import open_accounts

ROOT = Path(__file__).parent.parent
SERVER = """
import signal, sys
from pathlib import Path
from chat.storage.folder import DataFolder
from chat.storage.stores import open_accounts
data = Path(sys.argv[1])
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
folder, store = DataFolder.open(data), open_accounts(data)
print("up", flush=True)
for line in sys.stdin:
    signal.sigwait([signal.SIGHUP])
    store.reload()
    print(*store.names(), flush=True)
"""


def never_asked() -> str:
    raise AssertionError("asked for a password in vain")


def password_of(data: Path, name: str) -> str:
    account = open_accounts(data).get(name)
    assert account is not None
    return account.secret.argon2


def test_accounts_are_added_changed_listed_and_removed(tmp_path: Path) -> None:
    data = tmp_path / "new"
    assert add_account(data, "Zoe", lambda: "first") == "The account Zoe was added."
    assert verify_password(password_of(data, "zoe"), "first")
    assert set_password(data, "zoe", lambda: "second") == "The password of Zoe was set."
    assert verify_password(password_of(data, "Zoe"), "second")
    add_account(data, "adam", lambda: "x")
    lines = list_accounts(data).splitlines()
    assert [line.split()[0] for line in lines] == ["adam", "Zoe"]
    assert all(line.endswith("Z") for line in lines)
    assert remove_account(data, "ZOE") == "The account Zoe was removed."
    remove_account(data, "adam")
    assert list_accounts(data) == "There are no accounts."


def test_a_name_that_is_taken_missing_or_none_is_told_before_a_password_is_asked_for(tmp_path: Path) -> None:
    add_account(tmp_path, "alice", lambda: "x")
    with pytest.raises(StorageError, match="the account alice is there already"):
        add_account(tmp_path, "ALICE", never_asked)
    for name in ("two words", "", "x" * 33, "#a"):
        with pytest.raises(StorageError, match="cannot be the name of an account"):
            add_account(tmp_path, name, never_asked)
    with pytest.raises(StorageError, match='there is no account "bob"'):
        set_password(tmp_path, "bob", never_asked)
    with pytest.raises(StorageError, match='there is no account "bob"'):
        remove_account(tmp_path, "bob")


@pytest.mark.parametrize("plain", ["", "a\tb", "x" * 301])
def test_a_password_that_is_none_changes_nothing(tmp_path: Path, plain: str) -> None:
    with pytest.raises(StorageError, match=r"the password (is|holds) .*; nothing was changed"):
        add_account(tmp_path, "alice", lambda: plain)
    assert list_accounts(tmp_path) == "There are no accounts."


def test_an_account_that_is_made_while_the_password_is_typed_stays(tmp_path: Path) -> None:
    def slow_typist() -> str:
        store = open_accounts(tmp_path)
        store.put(Account("alice", hash_password("hers")))
        store.flush()
        return "mine"

    with pytest.raises(StorageError, match="the account alice is there already"):
        add_account(tmp_path, "alice", slow_typist)
    assert verify_password(password_of(tmp_path, "alice"), "hers")


def test_two_tools_at_once_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = hash_password("x")
    monkeypatch.setattr(passwords, "hash_password", lambda plain: secret)
    threads = [threading.Thread(target=add_account, args=(tmp_path, f"user{n}", lambda: "x")) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(open_accounts(tmp_path).names()) == 8


@pytest.mark.skipif(os.name != "posix", reason="signals are a thing of POSIX")
def test_a_running_server_is_told(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stdout.readline() == "up\n"
        told = f" The running server (process {server.pid}) was told."
        assert add_account(tmp_path, "alice", lambda: "x") == "The account alice was added." + told
        print("look", file=server.stdin, flush=True)
        assert server.stdout.readline() == "alice\n"
        assert remove_account(tmp_path, "alice") == "The account alice was removed." + told
        print("look", file=server.stdin, flush=True)
        assert server.stdout.readline() == "\n"


def test_a_folder_that_cannot_be_locked_is_told(tmp_path: Path) -> None:
    (tmp_path / ".accounts.json.write.lock").mkdir()
    with pytest.raises(StorageError, match=r"accounts\.json could not be saved: Is a directory"):
        add_account(tmp_path, "alice", lambda: "x")


def test_a_server_that_may_not_be_told_is_mentioned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    with DataFolder.open(tmp_path):
        assert "could not be told: use REHASH there" in add_account(tmp_path, "alice", lambda: "x")


@pytest.mark.parametrize(
    ("line", "password"),
    [(b"pass word\n", "pass word"), (b"p\r\nmore\n", "p"), ("süß".encode(), "süß")],
)
def test_a_password_comes_as_one_line_from_a_pipe(monkeypatch: pytest.MonkeyPatch, line: bytes, password: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    assert ask_password() == password


@pytest.mark.parametrize(("line", "sentence"), [(b"", "no password was given"), (b"\xff\n", "is not UTF-8 text")])
def test_a_pipe_without_a_password_is_told(monkeypatch: pytest.MonkeyPatch, line: bytes, sentence: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    with pytest.raises(StorageError, match=sentence):
        ask_password()


@pytest.mark.parametrize(("second", "good"), [("secret", True), ("secert", False)])
def test_at_a_terminal_the_password_is_asked_for_twice(
    monkeypatch: pytest.MonkeyPatch, second: str, good: bool
) -> None:
    controller, terminal = pty.openpty()
    answers = iter(["secret", second])
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(getpass, "getpass", lambda prompt: next(answers))
        if good:
            assert ask_password() == "secret"
        else:
            with pytest.raises(StorageError, match="the two passwords differ; nothing was changed"):
                ask_password()
    os.close(controller)
