"""The server-wide bans in force, as the store keeps them. Must not: do anything to whom a ban means
(`chat.state.enforcement`), or read and write files (the store does)."""

import math

from chat.state.ban_index import BanIndex
from chat.storage.bans import BanKind, ServerBan
from chat.storage.jsonstore import JsonStore
from protocol.limits import LIFTED_BANS
from protocol.names import fold


class ServerBans(BanIndex):
    """What the store holds, and, until the server stops, which bans were lifted: a server that was away may not know
    that. Called under the state lock. A ban that has ended means nobody any more, also before housekeeping takes it
    away."""

    def __init__(self, store: JsonStore[ServerBan]) -> None:
        super().__init__(store.records())
        self.store = store
        self._next_end = 0.0  # before that, no ban ends
        self._lifted: dict[tuple[BanKind, str], float] = {}  # when, in Unix seconds, by folded mask

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

    def in_force(self) -> list[ServerBan]:
        """All bans, whether or not they have ended."""
        return self._everything()

    def note_lifted(self, kind: BanKind, mask: str, at: float) -> bool:
        """Remembers that a ban was lifted; False when that is known, or was lifted later."""
        key = kind, fold(mask)
        if self._lifted.get(key, -1.0) >= at:
            return False
        self._lifted.pop(key, None)
        self._lifted[key] = at
        if len(self._lifted) > LIFTED_BANS:
            del self._lifted[next(iter(self._lifted))]
        return True

    def lifted_at(self, kind: BanKind, mask: str) -> float:
        """When a ban of that kind and mask was lifted last (Unix seconds); -1 when nobody knows of that."""
        return self._lifted.get((kind, fold(mask)), -1.0)

    def lifted(self) -> list[tuple[BanKind, str, float]]:
        """What was lifted, and not set again since: kind, folded mask, and when."""
        found = [(kind, mask, at) for (kind, mask), at in self._lifted.items()]
        return [(kind, mask, at) for kind, mask, at in found if self.named(kind, mask) is None]

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
