"""Cloaked hosts: what others see in place of a host or an address. Owns: the keyed hash and its parts. Must not: decide
whose host is cloaked (`chat.state.registration`).

A host becomes parts from the narrowest to the widest, `<whole>.<network>.<wider network>.cloak`, each a hash of that
much of it. Two hosts of one network share the parts on the right, so a ban on `*.<network>.<wider network>.cloak` still
means a network; without the key nobody can tell a host from its hash, nor try all addresses."""

import base64
import hashlib
import hmac
import re
from functools import lru_cache
from ipaddress import ip_network

from chat.storage.settings import CloakConfig
from protocol.addresses import address_of
from protocol.names import fold

_PART_BYTES = 5  # 8 characters each: four parts fit a host, and meet by chance only among a million
_IPV4_PREFIXES = (32, 24, 16)
_IPV6_PREFIXES = (128, 64, 48, 32)
_BARE = re.compile(r"[a-z2-7]{8}(\.[a-z2-7]{8}){0,3}")  # the parts, without anything around them
_MOST_LABELS = 3  # parts of a host name: all of it, and what stands behind its first dots


class Cloak:
    """Hides hosts under one key."""

    def __init__(self, config: CloakConfig) -> None:
        self._key = config.secret.encode()
        self._prefix, self._suffix = config.prefix, f".{config.suffix}" if config.suffix else ""
        self.hide = lru_cache(maxsize=65536)(self._hide)

    def _hide(self, host: str) -> str:
        parts = ".".join(self._hash(piece) for piece in _pieces(fold(host)))
        return f"{self._prefix}{parts}{self._suffix}"

    def resembles(self, host: str) -> bool:
        """Whether others could take `host` for a hidden one."""
        folded = fold(host)
        if not self._prefix and not self._suffix:
            return _BARE.fullmatch(folded) is not None
        return any(
            affix and fits(fold(affix))
            for affix, fits in ((self._prefix, folded.startswith), (self._suffix, folded.endswith))
        )

    def _hash(self, piece: str) -> str:
        digest = hmac.digest(self._key, piece.encode(), hashlib.sha256)
        return base64.b32encode(digest[:_PART_BYTES]).decode().lower()


def _pieces(host: str) -> list[str]:
    address = address_of(host)
    if address is not None:
        prefixes = _IPV4_PREFIXES if address.version == 4 else _IPV6_PREFIXES
        return [str(ip_network((address, prefix), strict=False)) for prefix in prefixes]
    labels = host.split(".")
    starts = range(min(_MOST_LABELS, max(1, len(labels) - 1)))
    return [".".join(labels[start:]) for start in starts]


def cloak_of(config: CloakConfig) -> Cloak | None:
    """The cloak that is configured; None when hosts are shown as they are."""
    return Cloak(config) if config.enabled else None
