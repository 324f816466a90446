"""The server-wide bans in force, as the store keeps them. Must not: do anything to whom a ban means
(`chat.state.enforcement`), or read and write files (the store does)."""

import math

from chat.state.ban_index import BanIndex
from chat.storage.bans import BanKind, ServerBan
from chat.storage.jsonstore import JsonStore


class ServerBans(BanIndex):
    """What the store holds. Called under the state lock. A ban that has ended means nobody any more, also before
    housekeeping takes it away."""

    def __init__(self, store: JsonStore[ServerBan]) -> None:
        super().__init__(store.records())
        self.store = store
        self._next_end = 0.0  # before that, no ban ends

    def refresh(self) -> tuple[list[ServerBan], list[ServerBan]]:
        """Takes over what the store holds now; the bans that are not there any more, and those that are new."""
        kept = dict.fromkeys(self.store.records())
        present = dict.fromkeys(self._everything())
        gone, new = [ban for ban in present if ban not in kept], [ban for ban in kept if ban not in present]
        for ban in gone:
            self._exclude(ban.kind, ban.mask)
        for ban in new:
            self._include(ban)
        self._next_end = 0.0
        return gone, new

    def add(self, ban: ServerBan) -> ServerBan | None:
        """Puts a ban in force; the one of the same kind and mask, in whose place it comes."""
        self.store.put(ban)
        self._next_end = 0.0
        return self._include(ban)

    def remove(self, kind: BanKind, mask: str) -> ServerBan | None:
        """Takes a ban away; None when there was none."""
        ban = self._exclude(kind, mask)
        if ban is not None:
            self.store.remove(ban.name)
        return ban

    def take_ended(self, now: float) -> list[ServerBan]:
        """Takes the bans away that have ended by `now` (Unix seconds), and returns them. Asked every second, so it
        remembers when the next one ends."""
        if now < self._next_end:
            return []
        bans = self._everything()
        ended = [ban for ban in bans if ban.is_over(now)]
        for ban in ended:
            self.store.remove(ban.name)
            self._exclude(ban.kind, ban.mask)
        self._next_end = min((ban.until for ban in bans if ban.until > now), default=math.inf)
        return ended
