"""The account options of the command line: add, remove and list accounts, set a password; server running or not.

Owns: the order check, ask, lock, read again, check again, save, and telling a running server to read the file again.
Must not: print (it returns the sentence); take a password from an option, where `ps` would show it to everybody.
"""

import getpass
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from chat.storage import folder, passwords
from chat.storage.errors import StorageError
from chat.storage.jsonstore import JsonStore
from chat.storage.records import Account, time_text
from chat.storage.stores import open_accounts
from protocol import names
from protocol.limits import Limits


def ask_password() -> str:
    """A password from the person at the terminal, asked twice without echo, or one line from a pipe.

    StorageError when the two differ or nothing is given.
    """
    if not sys.stdin.isatty():
        return _line_from_pipe()
    try:
        first = getpass.getpass("Password: ")
        if first != getpass.getpass("Once more: "):
            raise StorageError("the two passwords differ; nothing was changed")
    except (EOFError, KeyboardInterrupt):
        raise StorageError("no password was given; nothing was changed") from None
    return first


def add_account(data: Path, name: str, read_password: Callable[[], str] = ask_password) -> str:
    """Adds an account and returns the sentence to print. StorageError when the name or password is none, or taken."""
    if not names.is_nick(name, Limits().nick):
        rule = f"at most {Limits().nick} letters, digits and other characters that a nick may have"
        raise StorageError(f'"{name}" cannot be the name of an account: {rule}')
    _make_folder(data)
    store = open_accounts(data)
    _refuse_taken(store, name)
    account = Account(name, passwords.hash_password(_checked(read_password())), time.time())
    with store.locked():
        store.reload()
        _refuse_taken(store, name)
        store.put(account)
        store.flush()
    return f"The account {name} was added.{_tell_server(data)}"


def set_password(data: Path, name: str, read_password: Callable[[], str] = ask_password) -> str:
    """Sets an account's password and returns the sentence to print. StorageError when there is no such account."""
    store = open_accounts(data)
    _existing(store, name)
    secret = passwords.hash_password(_checked(read_password()))
    with store.locked():
        store.reload()
        account = _existing(store, name)
        store.put(replace(account, secret=secret))
        store.flush()
    return f"The password of {account.name} was set.{_tell_server(data)}"


def remove_account(data: Path, name: str) -> str:
    """Removes an account and returns the sentence to print. StorageError when there is no such account."""
    store = open_accounts(data)
    _existing(store, name)
    with store.locked():
        store.reload()
        account = _existing(store, name)
        store.remove(name)
        store.flush()
    return f"The account {account.name} was removed.{_tell_server(data)}"


def list_accounts(data: Path) -> str:
    """The accounts, a line each in alphabetical order: name and when it was made."""
    accounts = sorted(open_accounts(data).records(), key=lambda account: names.fold(account.name))
    if not accounts:
        return "There are no accounts."
    width = max(len(account.name) for account in accounts)
    return "\n".join(f"{account.name:<{width}}  {time_text(account.created) or '-'}" for account in accounts)


def hashed_password(read_password: Callable[[], str] = ask_password) -> str:
    """The hash of a password, for `server.toml`. StorageError when it cannot be one."""
    return passwords.hash_password(_checked(read_password())).argon2


def _line_from_pipe() -> str:
    line = sys.stdin.buffer.readline(4096)
    try:
        text = line.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise StorageError("the password is not UTF-8 text; nothing was changed") from None
    if not text:
        raise StorageError("no password was given; nothing was changed")
    return text


def _checked(plain: str) -> str:
    problem = passwords.password_problem(plain)
    if problem is not None:
        raise StorageError(f"the password {problem}; nothing was changed")
    return plain


def _make_folder(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"the data folder {data} cannot be made: {error.strerror}") from error


def _refuse_taken(store: JsonStore[Account], name: str) -> None:
    account = store.get(name)
    if account is not None:
        raise StorageError(f"the account {account.name} is there already; --set-password sets its password")


def _existing(store: JsonStore[Account], name: str) -> Account:
    account = store.get(name)
    if account is None:
        raise StorageError(f'there is no account "{name}"')
    return account


def _tell_server(data: Path) -> str:
    """Has a running server read the file again; what to add to the sentence about it."""
    pid = folder.running_pid(data)
    if pid is None:
        return ""
    try:
        if os.name != "posix":
            raise PermissionError
        os.kill(pid, signal.SIGHUP)
    except OSError:
        return " The running server could not be told: use REHASH there, or restart it."
    return f" The running server (process {pid}) was told."
