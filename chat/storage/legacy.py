"""The files of a CSP 1.0 server, `user_accounts.txt` and `list.txt`, converted into accounts.json and channels.json.

Owns: the 1.0 forms, and the order of steps that survives a crash between any two of them: channels are saved first
(they need the groups named in the accounts), then accounts, and only then are the originals renamed. A second run
after a crash finds the originals again and adds what is missing.
Must not: replace an account that exists; delete an original.
"""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from chat.storage import checking, files
from chat.storage.errors import BrokenFile, StorageError
from chat.storage.passwords import Secret
from chat.storage.records import Account, ChannelRecord, ListEntry
from chat.storage.stores import ACCOUNTS_FILE, CHANNELS_FILE, open_accounts, open_channels, with_hashes
from protocol import names
from protocol.limits import Limits

OLD_ACCOUNTS = "user_accounts.txt"
OLD_CHANNELS = "list.txt"


def convert_legacy(data: Path) -> list[str]:
    """Converts 1.0 files in `data`, if there are any, and returns the sentences to print about it.

    Call it before the stores are opened, and before they are reloaded. The 1.0 form is also taken from accounts.json
    and channels.json themselves. StorageError when an original cannot be understood or a new file not be written.
    """
    if not data.is_dir():
        return []
    _put_aside(data, ACCOUNTS_FILE, "accounts", OLD_ACCOUNTS, "users")
    _put_aside(data, CHANNELS_FILE, "channels", OLD_CHANNELS, "chats")
    users = _read_old(data / OLD_ACCOUNTS, "legacy_accounts", "users")
    chats = _read_old(data / OLD_CHANNELS, "legacy_channels", "chats")
    if users is None and chats is None:
        return []
    conversion = _Conversion()
    for chat in chats or ():
        conversion.add_group(chat)
    for user in users or ():
        conversion.add_user(user)
    conversion.save_channels(data)
    conversion.save_accounts(data)
    _keep_originals(data, conversion.messages)
    return conversion.messages


class _Conversion:
    """What has been gathered from the old files so far."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self._accounts: dict[str, Account] = {}
        self._channels: dict[str, ChannelRecord] = {}
        self._late_bans: list[tuple[str, str]] = []  # group, user: of groups that may be in channels.json
        self._now = time.time()

    def add_group(self, chat: dict[str, Any]) -> None:
        """A group of list.txt becomes a channel; its `users` were connected and are not kept."""
        group = chat["chat_name"]
        channel = self._channel_name(group)
        if channel is None:
            return
        admins = [name for name in chat.get("admins", ()) if self._is_user(name, f"admin of {_quoted(group)}")]
        banned = [*chat.get("banned_users", ()), *chat.get("black_users", ())]
        bans = [name for name in banned if self._is_user(name, f"banned from {_quoted(group)}")]
        self._add(channel, admins, bans)

    def add_user(self, user: dict[str, Any]) -> None:
        """A user of user_accounts.txt becomes an account; its groups go to the channels."""
        name, password = user["username"], user["password"]
        if not self._is_user(name, "user"):
            return
        if names.fold(name) in self._accounts:
            self._skip("user", name, "the name is there twice")
        elif not password:
            self._skip("user", name, "it has no password")
        else:
            self._accounts[names.fold(name)] = Account(name, Secret(password), self._now)
        for group in user.get("adminGroups", ()):
            channel = self._channel_name(group)
            if channel is not None:
                self._add(channel, [name], [])
        self._late_bans += [(group, name) for group in user.get("bannedGroups", ())]

    def save_channels(self, data: Path) -> None:
        """Merges the channels into channels.json; admins and bans of a channel that exists are joined."""
        store = open_channels(data)
        with store.locked():
            store.reload()
            for group, user in self._late_bans:
                channel = self._channel_name(group)
                if channel is not None and (names.fold(channel) in self._channels or store.get(channel)):
                    self._add(channel, [], [user])
            for record in self._channels.values():
                present = store.get(record.name)
                store.put(record if present is None else _joined(present, record))
            store.flush()
        if self._channels:
            self.messages.append(f"{len(self._channels)} groups of 1.0 are in {CHANNELS_FILE}")

    def save_accounts(self, data: Path) -> None:
        """Adds the accounts to accounts.json, with hashed passwords; those that exist there stay as they are."""
        if not self._accounts:
            return
        store = open_accounts(data)
        missing = [account for account in self._accounts.values() if store.get(account.name) is None]
        hashed = with_hashes(missing)
        with store.locked():
            store.reload()
            for account in hashed:
                if store.get(account.name) is None:
                    store.put(account)
            store.flush()
        kept = len(self._accounts) - len(missing)
        already = f" ({kept} were there already and stay as they are)" if kept else ""
        self.messages.append(f"{len(self._accounts)} users of 1.0 are in {ACCOUNTS_FILE}{already}")

    def _add(self, channel: str, admins: list[str], bans: list[str]) -> None:
        fresh = ChannelRecord(
            channel, created=self._now, admins=tuple(admins), bans=tuple(ListEntry(f"~a:{name}") for name in bans)
        )
        key = names.fold(channel)
        self._channels[key] = _joined(self._channels.get(key, replace(fresh, admins=(), bans=())), fresh)

    def _channel_name(self, group: str) -> str | None:
        channel = names.channel_of_group(group)
        if names.is_channel(channel, Limits().channel):
            return channel
        too_long = len(channel) > Limits().channel
        reason = f"it is longer than {Limits().channel - 1} characters" if too_long else "it is empty"
        self._skip("group", group, reason if too_long or not group else "it holds a comma or a control character")
        return None

    def _is_user(self, name: str, role: str) -> bool:
        if names.is_nick(name, Limits().nick):
            return True
        too_long = len(name) > Limits().nick
        reason = f"it is longer than {Limits().nick} characters" if too_long else "it is empty"
        self._skip(role, name, reason if too_long or not name else "it holds a character that no nick may have")
        return False

    def _skip(self, what: str, name: str, reason: str) -> None:
        message = f"{what} {_quoted(name)} is skipped: {reason}"
        if message not in self.messages:
            self.messages.append(message)


def _joined(present: ChannelRecord, more: ChannelRecord) -> ChannelRecord:
    """`present` with the admins and bans of `more` that it does not have."""
    admins = {names.fold(name) for name in present.admins}
    masks = {names.fold(entry.mask) for entry in present.bans}
    new_admins = {names.fold(name): name for name in more.admins if names.fold(name) not in admins}
    new_bans = {names.fold(entry.mask): entry for entry in more.bans if names.fold(entry.mask) not in masks}
    return replace(
        present,
        admins=(*present.admins, *new_admins.values()),
        bans=(*present.bans, *new_bans.values()),
    )


def _read_old(file: Path, schema: str, key: str) -> list[dict[str, Any]] | None:
    document, stamp = files.read_json(file)
    if stamp is None:
        return None
    problem = checking.first_problem(schema, document, safe_texts=False)  # a bad name is skipped, one by one
    if problem is not None:
        raise BrokenFile(file, problem.place, problem.reason)
    assert isinstance(document, dict)
    entries: list[dict[str, Any]] = document[key]
    return entries


def _put_aside(data: Path, new_name: str, new_key: str, old_name: str, old_key: str) -> None:
    """When the new file has the 1.0 form, it takes the name that it had in 1.0, and all goes on as if it always had."""
    file = data / new_name
    document, _ = files.read_json(file)
    if not isinstance(document, dict) or old_key not in document or new_key in document:
        return
    if (data / old_name).exists():
        raise BrokenFile(file, "", f"has the 1.0 form, and {old_name} is there, too; move one of them away")
    _rename(file, data / old_name)


def _keep_originals(data: Path, messages: list[str]) -> None:
    for name in (OLD_ACCOUNTS, OLD_CHANNELS):
        original = data / name
        if not original.exists():
            continue
        kept = _free_name(data / f"{name}.1.0")
        _rename(original, kept, private=name == OLD_ACCOUNTS)
        warning = "; it holds plain passwords, so remove it when all is well" if name == OLD_ACCOUNTS else ""
        messages.append(f"{name} is kept as {kept.name}{warning}")


def _rename(source: Path, target: Path, private: bool = False) -> None:
    try:
        if private:
            source.chmod(0o600)
        source.rename(target)
        files.sync_folder(target.parent)
    except OSError as error:
        raise StorageError(f"{source} could not be renamed to {target.name}: {error.strerror}") from error


def _free_name(wanted: Path) -> Path:
    """`wanted`, or with a number behind it when an earlier conversion has used the name."""
    free, number = wanted, 2
    while free.exists():
        free, number = wanted.with_name(f"{wanted.name}.{number}"), number + 1
    return free


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
