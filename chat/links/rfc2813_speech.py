"""What the other side of an RFC 2813 link knows: under which names, which channels, and what it has not heard yet.

Owns: names, whole channels, and putting right what crossed. Must not: tell of what happens one by one (`rfc2813_out`),
or read what comes in.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from chat.links.base import LinkProtocol
from chat.links.peer import Peer
from chat.links.remembered import Remembered
from chat.links.rfc2813_crossings import Crossings
from chat.state.asking import Question
from chat.state.channel import Channel, Membership
from chat.state.servers import Server
from chat.state.user import User
from protocol import rfc2813
from protocol.modes import LISTS, RANKS, ModeChange, split_changes
from protocol.names import fold, pack
from protocol.values import Source

OWN_TOKEN = 1
_MADE = "made"
_KEPT_CHANNELS = 1000  # gone ones that are remembered as known on the other side


class Open(NamedTuple):
    """A question to a server of the other side that is not answered yet; `asker` as it is called there."""

    question: Question
    server: Server
    asker: str


class Said(NamedTuple):
    """A line before it has its form; see `rfc2813.encode`."""

    prefix: str
    verb: str
    params: tuple[str, ...]
    text: str | None


def encoded(prefix: str, verb: str, params: tuple[str, ...], text: str | None) -> bytes:
    """The line of a `Said`."""
    return rfc2813.encode(prefix, verb, *params, text=text)


class Speech(LinkProtocol):
    """A link, as far as others build on it."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self.nick_length = 9  # of nicks of users of the other side; RFC 2812 1.2.1 unless it says otherwise
        self.aliases: dict[str, User] = {}  # of users behind the peer: the folded nick that they still have there
        self.crossings = Crossings()
        self.former: dict[str, User] = {}  # folded nicks that users of this side had, while those are open
        self.ghosts: Remembered[str, None] = Remembered()  # folded nicks of users behind the peer, killed on this side
        self.questions: list[Open] = []  # in the order in which they were asked
        self.own_tokens: dict[str, int] = {}  # by which servers of this side go in NICK, by folded name
        self.last_token = OWN_TOKEN
        self._noted: list[Said] | None = None
        self._before: dict[str, Channel] = {}  # those of the same names that were there before
        self._known: dict[str, Channel] = {}  # the channels that the other side has

    def send(self, prefix: str, verb: str, *params: str, text: str | None = None) -> None:
        """Queues one line."""
        self.send_line(Said(prefix, verb, params, text))

    def send_line(self, said: Said) -> None:
        """Queues one line, or notes it, see `noting`."""
        if self._noted is None:
            self.peer.send(encoded(*said))
        else:
            self._noted.append(said)

    @contextmanager
    def noting(self) -> Iterator[list[Said]]:
        """What is sent inside is put into the list instead."""
        noted: list[Said] = []
        self._noted = noted
        try:
            yield noted
        finally:
            self._noted = None

    # --- names -------------------------------------------------------------------------------------------------

    def is_behind(self, user: User) -> bool:
        """Whether the user is on the other side."""
        return user.server is not None and user.server.link is self.peer

    def name_of(self, user: User, nick: str = "") -> str:
        """How the user is called there; `nick`: as if that were its nick."""
        if not nick and user in self.aliases.values():
            return next(name for name, other in self.aliases.items() if other is user)
        nick = nick or user.nick
        return nick if rfc2813.takes_nick(nick) else user.uid

    def forget_alias(self, user: User) -> None:
        """The user goes by its nick on the other side, too."""
        self.aliases = {name: other for name, other in self.aliases.items() if other is not user}

    def by(self, source: Source) -> str:
        """The prefix for what somebody did; what services do is done by this server."""
        if "!" not in source.prefix:
            return source.prefix if self.network.servers.find(source.prefix) is not None else self.network.name
        user = self.network.find_user(source.nick)
        return self.name_of(user) if user is not None else self.network.name

    def knows(self, channel: Channel) -> bool:
        """Whether the other side has this channel."""
        return self._known.get(channel.folded) is channel

    def remembered(self, name: str) -> Channel | None:
        """The channel of that name that the other side had last, gone or not."""
        return self._known.get(fold(name))

    def note_known(self, channel: Channel) -> None:
        """The other side has this channel from now on."""
        if len(self._known) > len(self.network.channels) + _KEPT_CHANNELS:
            self._known = {name: kept for name, kept in self._known.items() if self.network.channels.get(name) is kept}
            self._before = {}
        known = self._known.get(channel.folded)
        if known is not None and known is not channel:
            self._before[channel.folded] = known
        self._known[channel.folded] = channel

    # --- channels ----------------------------------------------------------------------------------------------

    def fence(self, channel: str, keys: Iterable[str]) -> None:
        """What comes about these things crosses what was just told, until the PONG."""
        self.send(self.network.name, "PING", text=self.crossings.note(channel, keys))

    def introduce(self, channel: Channel) -> None:
        """CHANINFO for a channel that is new there: it counts where there are no modes and no topic."""
        self.note_known(channel)
        self.crossings.note(channel.folded, (_MADE,))
        params = [channel.name, rfc2813.channel_modes_of(channel.modes, channel.key, channel.limit)]
        if channel.key or channel.limit:
            params += [channel.key or "*", str(channel.limit)]
        needs_topic = bool(channel.topic.text) or len(params) > 2
        self.send(self.network.name, "CHANINFO", *params, text=channel.topic.text if needs_topic else None)

    def overwrite(self, channel: Channel) -> None:
        """Two channels have become one, or the other side has lost its own for a moment, or kept it too long: what is
        set in it here is what counts, and CHANINFO would not do that."""
        self.note_known(channel)
        flags = sorted(rfc2813.SHARED_FLAGS)
        wanted = [ModeChange(False, letter) for letter in flags if letter not in channel.modes]
        wanted += [ModeChange(True, letter) for letter in flags if letter in channel.modes]
        wanted.append(ModeChange(True, "k", channel.key) if channel.key else ModeChange(False, "k", "*"))
        wanted.append(ModeChange(True, "l", str(channel.limit)) if channel.limit else ModeChange(False, "l"))
        theirs = [member for member in channel.members.values() if self.is_behind(member.user)]
        ranks = [(member.user, letter) for member in theirs for letter in RANKS if letter in member.ranks]
        wanted += [ModeChange(True, letter, self.name_of(user)) for user, letter in ranks]
        unwanted = self._unwanted_masks(channel)
        wanted += unwanted
        self.send_modes(self.network.name, channel.name, wanted)
        if channel.topic.text or self.peer.is_told:
            self.send(self.network.name, "TOPIC", channel.name, text=channel.topic.text)
        self.show_lists(channel)
        told = [f"{letter} {user.uid}" for user, letter in ranks] + [self.key_of(change) for change in unwanted]
        told += [f"{letter} {folded}" for letter in LISTS for folded in channel.lists[letter]]
        self.fence(channel.folded, (*flags, "k", "l", "topic", *told))

    def withdraw(self, channel: str, changes: list[ModeChange]) -> None:
        """The other side has set this in a channel that it still has, and that is gone here: should the channel come
        back, a mask could not be told from one that is meant. For the rest there is `overwrite`."""
        added = (change for change in changes if change.adding and change.letter in LISTS)
        masks = [change._replace(adding=False) for change in added]
        if masks:
            self.send_modes(self.network.name, channel, masks)
            self.fence(fold(channel), [self.key_of(change) for change in masks])

    def key_of(self, change: ModeChange) -> str:
        """What a change is about; ranks with nicks of this side."""
        if change.letter in RANKS:
            user = self.network.find_user(change.parameter or "")
            return f"{change.letter} {user.uid if user is not None else ''}"
        return f"{change.letter} {fold(change.parameter or '')}" if change.letter in LISTS else change.letter

    def _unwanted_masks(self, channel: Channel) -> list[ModeChange]:
        past = self._before.get(channel.folded)
        return [
            ModeChange(False, letter, entry.mask)
            for letter in LISTS
            for folded, entry in (past.lists[letter].items() if past is not None else ())
            if folded not in channel.lists[letter] and rfc2813.takes_mask(entry.mask)
        ]

    def review(self, channels: Iterable[Channel]) -> None:
        """Somebody of the other side has left these channels, or set something in them. One that had no other members
        before it heard of those that are in it here is gone for a moment, and loses what was set in it."""
        for channel in channels:
            is_there = bool(channel.members) and self.network.channels.get(channel.folded) is channel
            if is_there and self.is_unheard(channel.name):
                self.overwrite(channel)

    def is_unheard(self, name: str) -> bool:
        """Whether the other side may not have heard yet that there is or was such a channel, or of any member of it."""
        channel, folded = self.network.find_channel(name), fold(name)
        if (folded, _MADE) in self.crossings:
            return True
        members = channel.members if channel is not None else ()
        return bool(members) and all((folded, f"join {user.uid}") in self.crossings for user in members)

    def repeat(self, user: User) -> None:
        """A user of the other side goes by another nick, or has come back to a channel, so that what was told about it
        may not have found it."""
        name = self.name_of(user)
        for folded in self.crossings.of(f"kick {user.uid}"):
            self.send(self.network.name, "KICK", folded, name)
            self.fence(folded, (f"kick {user.uid}",))
        for channel, member in user.memberships.items():
            letters = [letter for letter in RANKS if (channel.folded, f"{letter} {user.uid}") in self.crossings]
            changes = [ModeChange(letter in member.ranks, letter, name) for letter in letters]
            self.send_modes(self.network.name, channel.name, changes)
            if letters:
                self.fence(channel.folded, (f"{letter} {user.uid}" for letter in letters))

    def put_in(self, channel: Channel, members: list[Membership]) -> None:
        """NJOIN"""
        names = (rfc2813.ranked(self.name_of(member.user), member.ranks) for member in members)
        for line in pack(names, ",", rfc2813.room(self.network.name, "NJOIN", channel.name)):
            self.send(self.network.name, "NJOIN", channel.name, text=line)
        self.crossings.note(channel.folded, (f"join {member.user.uid}" for member in members))

    def show_lists(self, channel: Channel) -> None:
        """MODE, for each mask in a list that is one there, too."""
        changes = [ModeChange(True, letter, entry.mask) for letter in LISTS for entry in channel.lists[letter].values()]
        self.send_modes(self.network.name, channel.name, [change for change in changes if rfc2813.is_shared(change)])

    def send_modes(self, by: str, target: str, changes: list[ModeChange]) -> None:
        """MODE, in as many lines as it takes."""
        for text in split_changes(changes, rfc2813.room(by, "MODE", target)):
            self.send(by, "MODE", target, text)
