"""The stores of a server: accounts, channels, server-wide bans.

Owns: which file holds what, and hashing passwords that were typed in plain. Must not: be called while a lock is held.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from chat.storage.bans import ServerBan
from chat.storage.jsonstore import JsonStore, Kind, Record
from chat.storage.passwords import hash_password
from chat.storage.records import Account, ChannelRecord

ACCOUNTS_FILE = "accounts.json"
CHANNELS_FILE = "channels.json"
BANS_FILE = "bans.json"


def open_accounts(data: Path) -> JsonStore[Account]:
    """The accounts in `data`; plain passwords are hashed and written back. BrokenFile when the file is broken."""
    kind = Kind("accounts", "accounts", True, Account.from_json, Account.to_json, with_hashes)
    return JsonStore(data / ACCOUNTS_FILE, kind)


def open_channels(data: Path) -> JsonStore[ChannelRecord]:
    """The permanent channels in `data`. BrokenFile when the file is broken."""
    kind = Kind("channels", "channels", False, ChannelRecord.from_json, ChannelRecord.to_json, _as_they_are)
    return JsonStore(data / CHANNELS_FILE, kind)


def open_bans(data: Path) -> JsonStore[ServerBan]:
    """The server-wide bans in `data`. BrokenFile when the file is broken."""
    kind = Kind("bans", "bans", False, ServerBan.from_json, ServerBan.to_json, _as_they_are)
    return JsonStore(data / BANS_FILE, kind)


def with_hashes(accounts: list[Account]) -> list[Account]:
    """The accounts, with a hash in place of each plain password; two at a time, for a class may be typed in at once."""
    if not any(account.is_plain for account in accounts):
        return accounts
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(_with_hash, accounts))


def _with_hash(account: Account) -> Account:
    return replace(account, secret=hash_password(account.secret.argon2)) if account.is_plain else account


def _as_they_are(records: list[Record]) -> list[Record]:
    return records
