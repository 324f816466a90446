"""The server-wide bans in force, and whom one means. Owns: finding the ban that means somebody. Must not: do anything
to whom it means (`chat.state.enforcement`), or read and write files (the store does)."""

import time
from collections.abc import Iterable, Set

from chat.storage.bans import BanKind, ServerBan
from chat.storage.jsonstore import JsonStore
from protocol.addresses import address_of, network_of, user_host_covers
from protocol.names import fold, mask_matches


class ServerBans:
    """What the store holds, by kind. Called under the state lock. A ban that has ended means nobody any more, also
    before housekeeping takes it away."""

    def __init__(self, store: JsonStore[ServerBan]) -> None:
        self.store = store
        self._by_kind: dict[BanKind, list[ServerBan]] = {}
        self.refresh()

    def refresh(self) -> list[ServerBan]:
        """Takes over what the store holds now; the bans that were not there before."""
        before = {ban for bans in self._by_kind.values() for ban in bans}
        self._by_kind = {kind: [] for kind in BanKind}
        for ban in self.store.records():
            self._by_kind[ban.kind].append(ban)
        return [ban for bans in self._by_kind.values() for ban in bans if ban not in before]

    def has(self, kind: BanKind) -> bool:
        """Whether there is any ban of that kind."""
        return bool(self._by_kind[kind])

    def of_kind(self, kind: BanKind) -> list[ServerBan]:
        """The bans of a kind, as they were set."""
        now = time.time()
        return [ban for ban in self._by_kind[kind] if not ban.is_over(now)]

    def add(self, ban: ServerBan) -> None:
        """Puts a ban in force, in place of one of the same kind and mask."""
        self.store.put(ban)
        self.refresh()

    def remove(self, kind: BanKind, mask: str) -> ServerBan | None:
        """Takes a ban away; None when there was none."""
        ban = self.store.get(f"{kind.value} {mask}")
        if ban is not None:
            self.store.remove(ban.name)
            self.refresh()
        return ban

    def take_ended(self, now: float) -> list[ServerBan]:
        """Takes the bans away that have ended by `now` (Unix seconds), and returns them."""
        ended = [ban for bans in self._by_kind.values() for ban in bans if ban.is_over(now)]
        for ban in ended:
            self.store.remove(ban.name)
        if ended:
            self.refresh()
        return ended

    def of_address(self, text: str) -> ServerBan | None:
        """The ban that keeps connections from an address out."""
        bans = self._by_kind[BanKind.ADDRESS]
        address = address_of(text) if bans else None
        if address is None:
            return None
        now = time.time()
        for ban in bans:
            network = network_of(ban.mask)
            if network is not None and address in network and not ban.is_over(now):
                return ban
        return None

    def of_user(self, kind: BanKind, username: str, hosts: Iterable[str]) -> ServerBan | None:
        """The ban of a kind with masks user@host that means somebody at one of `hosts`."""
        known = list(hosts)
        return next((ban for ban in self.of_kind(kind) if user_host_covers(ban.mask, username, known)), None)

    def of_name(self, kind: BanKind, name: str) -> ServerBan | None:
        """The ban that reserves a nick or a channel."""
        if not self._by_kind[kind]:
            return None
        return next((ban for ban in self.of_kind(kind) if mask_matches(fold(ban.mask), name)), None)

    def means(self, ban: ServerBan, username: str, hosts: Set[str]) -> bool:
        """Whether a ban of a user or of an address means somebody at one of `hosts`."""
        mask = f"*@{ban.mask}" if ban.kind is BanKind.ADDRESS else ban.mask
        return user_host_covers(mask, username, hosts)
