"""Finding, among many server-wide bans, the one that means somebody, without asking each of them.

A mask without wildcards, or with `*` at its start or end only, is found in a table; so is a network, as the numbers of
its first bits. Any other mask is looked at only when the longest of its literal pieces is in the text.

Owns: those tables. Must not: know what a ban does, or how it is kept (`chat.state.bans`).
"""

import re
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Set

from chat.storage.bans import BanKind, ServerBan
from protocol.addresses import IPAddress, address_of, network_of
from protocol.names import fold, mask_matches

_WILD = re.compile(r"[*?\\]")
_EVERYBODY = "*"
_OF_USERS = (BanKind.USER, BanKind.MUTE)  # with masks user@host
_OF_NAMES = (BanKind.NICK, BanKind.CHANNEL)


class _Masks:
    """Bans by a mask of a text."""

    __slots__ = ("_count", "_literal", "_others", "_pieces", "_prefixes", "_suffixes")

    def __init__(self) -> None:
        self._count = 0
        self._literal: dict[str, list[ServerBan]] = {}
        self._prefixes: dict[int, dict[str, list[ServerBan]]] = {}  # of masks like `wren@*`, by their length
        self._suffixes: dict[int, dict[str, list[ServerBan]]] = {}  # of masks like `*.example.org`
        self._others: dict[str, list[ServerBan]] = {}  # by the mask
        self._pieces: dict[str, str] = {}  # of each of these its longest literal piece

    def add(self, mask: str, ban: ServerBan) -> None:
        """Puts a ban in, under a mask."""
        table, key = self._place(fold(mask))
        table.setdefault(key, []).append(ban)
        if table is self._others:
            self._pieces[key] = max(_WILD.split(key), key=len)
        self._count += 1

    def discard(self, mask: str, ban: ServerBan) -> None:
        """Takes out a ban that was put in under that mask."""
        table, key = self._place(fold(mask))
        table[key].remove(ban)
        if not table[key]:
            del table[key]
            if table is self._others:
                del self._pieces[key]
        self._count -= 1

    def _place(self, mask: str) -> tuple[dict[str, list[ServerBan]], str]:
        """The table and the key under which a mask stands."""
        start, end = mask.rstrip("*"), mask.lstrip("*")
        if not _WILD.search(mask):
            return self._literal, mask
        if not _WILD.search(start):
            return self._prefixes.setdefault(len(start), {}), start
        if not _WILD.search(end):
            return self._suffixes.setdefault(len(end), {}), end
        return self._others, mask

    def covering(self, texts: Collection[str]) -> Iterator[ServerBan]:
        """The bans whose mask covers one of the texts, which are folded."""
        if not self._count:
            return
        for text in texts:
            yield from self._literal.get(text, ())
            for length, table in self._prefixes.items():
                yield from table.get(text[:length], ())
            for length, table in self._suffixes.items():
                yield from table.get(text[-length:], ())
        if self._pieces:
            together = "\n".join(texts)
            for mask in [mask for mask, piece in self._pieces.items() if piece in together]:
                if any(mask_matches(mask, text) for text in texts):
                    yield from self._others[mask]


class _UserHosts:
    """Bans by a mask of the user name and one of the place."""

    __slots__ = ("_both", "_places")

    def __init__(self) -> None:
        self._places = _Masks()  # of those that mean every user name, which nearly all do
        self._both = _Masks()

    def change(self, user: str, place: str, ban: ServerBan, is_new: bool) -> None:
        """Puts a ban in, or takes it out."""
        masks, mask = (self._both, f"{user}@{place}") if user.strip("*") else (self._places, place)
        (masks.add if is_new else masks.discard)(mask, ban)

    def covering(self, names: Collection[str], places: Collection[str]) -> Iterator[ServerBan]:
        """The bans that mean somebody with one of these names at one of these places."""
        yield from self._places.covering(places)
        yield from self._both.covering([f"{name}@{place}" for name in names for place in places])


class _Kind:
    """The bans of one kind."""

    __slots__ = ("bans", "networks", "prefixes", "texts")

    def __init__(self) -> None:
        self.bans: dict[str, ServerBan] = {}  # by folded mask, as they were set
        self.texts = _UserHosts()
        self.networks = _UserHosts()  # the place is one of `_prefix`
        self.prefixes: Counter[tuple[int, int]] = Counter()  # how many have that IP version and prefix length

    def change(self, ban: ServerBan, is_new: bool) -> None:
        """Puts a ban in, or takes it out."""
        user, place = _EVERYBODY, ban.mask
        if ban.kind in _OF_USERS:
            user, _, place = ban.mask.partition("@")
        if ban.kind is not BanKind.ADDRESS:
            self.texts.change(user, place, ban, is_new)
        network = network_of(place) if ban.kind not in _OF_NAMES else None
        if network is not None:
            version, length = network.version, network.prefixlen
            self.networks.change(user, _prefix(network.network_address, length), ban, is_new)
            self.prefixes[version, length] += 1 if is_new else -1
            if not self.prefixes[version, length]:
                del self.prefixes[version, length]

    def covering(self, names: Collection[str], places: Set[str]) -> Iterator[ServerBan]:
        """The bans that mean somebody with one of these names at one of these places."""
        yield from self.texts.covering(names, places)
        for place in places if self.prefixes else ():
            address = address_of(place)
            if address is not None:
                lengths = [length for version, length in self.prefixes if version == address.version]
                yield from self.networks.covering(names, [_prefix(address, length) for length in lengths])


def _prefix(address: IPAddress, length: int) -> str:
    """The first bits of an address, as the name of the network of that size that holds it."""
    return f"{address.version}/{length}/{int(address) >> (address.max_prefixlen - length)}"


class BanIndex:
    """Bans, and whom they mean. A ban that has ended means nobody."""

    def __init__(self, bans: Iterable[ServerBan] = ()) -> None:
        self._kinds = {kind: _Kind() for kind in BanKind}
        for ban in bans:
            self._include(ban)

    def _include(self, ban: ServerBan) -> ServerBan | None:
        """Takes a ban in; the one of the same kind and mask, which goes for it."""
        replaced = self._exclude(ban.kind, ban.mask)
        kind = self._kinds[ban.kind]
        kind.bans[fold(ban.mask)] = ban
        kind.change(ban, is_new=True)
        return replaced

    def _exclude(self, kind: BanKind, mask: str) -> ServerBan | None:
        """Takes the ban of that kind and mask out; None when there is none."""
        table = self._kinds[kind]
        present = table.bans.pop(fold(mask), None)
        if present is not None:
            table.change(present, is_new=False)
        return present

    def _everything(self) -> list[ServerBan]:
        return [ban for kind in self._kinds.values() for ban in kind.bans.values()]

    def named(self, kind: BanKind, mask: str) -> ServerBan | None:
        """The ban of that kind and mask."""
        return self._kinds[kind].bans.get(fold(mask))

    def has(self, kind: BanKind) -> bool:
        """Whether there is any ban of that kind."""
        return bool(self._kinds[kind].bans)

    def of_kind(self, kind: BanKind) -> list[ServerBan]:
        """The bans of a kind, as they were set."""
        now = time.time()
        return [ban for ban in self._kinds[kind].bans.values() if not ban.is_over(now)]

    def of_address(self, address: str) -> ServerBan | None:
        """The ban that keeps connections from an address out."""
        return self._find(BanKind.ADDRESS, "", {address})

    def of_user(self, kind: BanKind, username: str, hosts: Iterable[str]) -> ServerBan | None:
        """The ban of a kind with masks user@host that means somebody at one of `hosts`. The `~` of an unchecked user
        name need not be in the mask."""
        return self._find(kind, username, hosts)

    def of_name(self, kind: BanKind, name: str) -> ServerBan | None:
        """The ban that reserves a nick or a channel."""
        return self._find(kind, "", {name})

    def _find(self, kind: BanKind, username: str, places: Iterable[str]) -> ServerBan | None:
        if not self.has(kind):
            return None
        names, now = {fold(username), fold(username.removeprefix("~"))}, time.time()
        found = self._kinds[kind].covering(names, {fold(place) for place in places})
        return next((ban for ban in found if not ban.is_over(now)), None)
