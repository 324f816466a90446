"""Who watches which nicks (MONITOR), by folded nick. Owns: the lists and their index, telling who came and who went.

Must not: parse a command, or decide what else watchers are told (`Network.tell_neighbours` and the rows of events do).
A list belongs to a session and ends with it.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from protocol.names import fold
from protocol.replies import RPL_MONOFFLINE, RPL_MONONLINE
from protocol.values import Reply

if TYPE_CHECKING:
    from chat.state.session import Session
    from chat.state.user import User


class Monitors:
    """The lists of all sessions. Nicks are kept as they were given; they compare by their folded form."""

    def __init__(self) -> None:
        self._watchers: dict[str, dict[Session, None]] = {}  # by folded nick, in the order in which they came
        self._lists: dict[Session, dict[str, str]] = {}  # folded nick -> as given

    def watchers(self, nick: str) -> Iterable["Session"]:
        """The sessions that watch `nick`, in any spelling."""
        return self._watchers.get(fold(nick), ())

    def watched_by(self, session: "Session") -> list[str]:
        """The nicks on the list of `session`, as they were given."""
        return list(self._lists.get(session, {}).values())

    def watch(self, session: "Session", nicks: Iterable[str], room: int) -> tuple[list[str], list[str]]:
        """Adds `nicks` while the list has fewer than `room`: the ones that are on it now, and the ones that found none.
        One that is there already keeps its place."""
        watched = self._lists.setdefault(session, {})
        kept: list[str] = []
        refused: list[str] = []
        for nick in nicks:
            folded = fold(nick)
            if folded not in watched and len(watched) >= room:
                refused.append(nick)
                continue
            watched.setdefault(folded, nick)
            self._watchers.setdefault(folded, {})[session] = None
            kept.append(nick)
        return kept, refused

    def forget(self, session: "Session", nicks: Iterable[str]) -> None:
        """Takes `nicks` off the list; what is not on it does not matter."""
        watched = self._lists.get(session, {})
        for folded in map(fold, nicks):
            if watched.pop(folded, None) is not None:
                self._drop_watcher(folded, session)
        if not watched:
            self._lists.pop(session, None)

    def clear(self, session: "Session") -> None:
        """Empties the list, as its session does and as its end does."""
        for folded in self._lists.pop(session, ()):
            self._drop_watcher(folded, session)

    def _drop_watcher(self, folded: str, session: "Session") -> None:
        watchers = self._watchers[folded]
        del watchers[session]
        if not watchers:
            del self._watchers[folded]

    def arrived(self, user: "User") -> None:
        """Somebody is there who was not, or not by this nick: the watchers of the nick get 730."""
        for session in self.watchers(user.folded):
            session.send(Reply(RPL_MONONLINE, (user.source.prefix,)))

    def left(self, nick: str) -> None:
        """Nobody has this nick any more: its watchers get 731."""
        for session in self.watchers(nick):
            session.send(Reply(RPL_MONOFFLINE, (nick,)))

    def extended(self, user: "User", told: set["User"]) -> Iterator["Session"]:
        """Who watches `user` with extended-monitor and is none of those who are told anyway."""
        for session in self.watchers(user.folded):
            if "extended-monitor" in session.capabilities and session.user not in told and session.user is not user:
                yield session
