"""Accounts between servers: each has a home server, and is `alice@home` wherever that is another one.

Owns: the two spellings of an account, and of the masks that mean one. Must not: look into the account store.
"""

from collections.abc import Callable

from chat.state import extbans
from chat.state.network import Network
from protocol.names import fold


def home(network: Network) -> str:
    """The server where the accounts that go by their bare name here are at home."""
    return network.config.links.accounts or network.name


def home_of(network: Network, account: str) -> str:
    """The server where an account is at home."""
    return qualified(network, account).partition("@")[2]


def qualified(network: Network, account: str) -> str:
    """An account as other servers call it; "" stays."""
    return f"{account}@{home(network)}" if account and "@" not in account else account


def localized(network: Network, account: str) -> str:
    """An account of a link as this server calls it."""
    name, _, server = account.partition("@")
    return name if fold(server) == fold(home(network)) else account


def is_called(network: Network, account: str, other: str) -> bool:
    """Whether `account`, as this server calls it, is the one that links call `other`."""
    return fold(qualified(network, account)) == fold(other)


def is_foreign(account: str) -> bool:
    """Whether an account, as this server calls it, is at home elsewhere."""
    return "@" in account


def outgoing_mask(network: Network, mask: str) -> str:
    """A mask as other servers have it: one that means an account says which."""
    return _mapped(mask, lambda name: qualified(network, name))


def incoming_mask(network: Network, mask: str) -> str:
    """A mask of another server as this one has it."""
    return _mapped(mask, lambda name: localized(network, name))


def _mapped(mask: str, convert: Callable[[str], str]) -> str:
    mute = extbans.MUTE if mask.startswith(extbans.MUTE) else ""
    bare = mask[len(mute) :]
    if not bare.startswith(extbans.ACCOUNT_BAN) or bare.endswith("*"):
        return mask
    return mute + extbans.ACCOUNT_BAN + convert(bare[len(extbans.ACCOUNT_BAN) :])
