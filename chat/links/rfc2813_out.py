"""What a server of RFC 2813 is told of this side of the link, in the words of ngIRCd's IRC+.

Owns: the form of everything that goes out, and under which name a user goes there. Must not: read what comes in
(`rfc2813`, `rfc2813_in`), or decide anything. What IRC+ has no word for is left out: away texts, metadata, tags, ids of
messages, redaction, ranks as targets, modes and extended bans of this server's own, channels with longer names.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, starmap
from typing import NamedTuple

from chat.links.rfc2813_speech import OWN_TOKEN, Open, Said, Speech, encoded
from chat.state import domain
from chat.state.asking import Question
from chat.state.channel import Channel
from chat.state.servers import Server
from chat.state.user import User
from protocol import rfc2813
from protocol.modes import RANKS, ModeChange, parse_changes
from protocol.multiline import shown_lines
from protocol.names import cut, fold, split_text
from protocol.values import Event, Source


class Shown(NamedTuple):
    """A user as it is when it is shown. `about`: user name, host, real name; `place`: see `Telling._place`."""

    place: tuple[str, str, str]
    name: str
    about: tuple[str, str, str]
    modes: str
    is_away: bool
    account: str


class Telling(Speech):
    """The half of a link that speaks."""

    # --- all of it ---------------------------------------------------------------------------------------------

    def burst(self) -> None:
        """Servers, users, then every channel; a PING at the end, as the other side does. All is as it is now, though
        the lines are made later: what happens meanwhile is told after them."""
        assert self.peer.server is not None
        beyond = set(self.network.servers.behind(self.peer.server))
        with self.noting() as servers:
            for server in sorted(self.network.servers, key=lambda server: server.hops):
                if server not in beyond:
                    self.show_server(server)
        places = {server: self._place(server) for server in (None, *self.network.servers)}
        users = [
            self._shown(user, places[user.server]) for user in self.network.users.values() if user.server not in beyond
        ]
        with self.noting() as channels:
            for channel in self.network.channels.values():
                if rfc2813.takes_channel(channel.name):
                    self._show_channel(channel)
            self.ping(self.network.name)
        lines = chain(servers, chain.from_iterable(map(self._lines_of_user, users)), channels)
        self.peer.begin_burst(starmap(encoded, lines))

    def ping(self, token: str) -> bool:
        """PING"""
        self.crossings.mark()
        self.send(self.network.name, "PING", text=token)
        return True

    def _show_channel(self, channel: Channel) -> None:
        members = [member for member in channel.members.values() if not self.is_behind(member.user)]
        if not members and not channel.is_permanent:
            return
        if self.knows(channel):
            self.overwrite(channel)
        else:
            self.introduce(channel)
            self.show_lists(channel)
        self.put_in(channel, members)

    # --- servers and users -------------------------------------------------------------------------------------

    def show_server(self, server: Server) -> None:
        """SERVER, with the token by which its users name it."""
        self.last_token += 1
        self.own_tokens[server.folded] = self.last_token
        near = server.uplink.name if server.uplink is not None else self.network.name
        about = cut(server.info, rfc2813.INFO_BYTES)
        self.send(near, "SERVER", server.name, str(server.hops + 1), str(self.last_token), text=about)

    def hide_server(self, server: Server, gone: list[tuple[User, Event]], reason: str) -> None:
        """SQUIT, which takes its users along."""
        self.send(self.network.name, "SQUIT", server.name, text=reason)

    def show_user(self, user: User) -> None:
        """NICK, in the form of RFC 2813 4.1.3, and the account."""
        for line in self._lines_of_user(self._shown(user, self._place(user.server))):
            self.send_line(line)

    def _place(self, server: Server | None) -> tuple[str, str, str]:
        """Name, hops and token of the server of a user."""
        if server is None:
            return self.network.name, "1", str(OWN_TOKEN)
        return server.name, str(server.hops + 1), str(self.own_tokens.get(server.folded, OWN_TOKEN))

    def _shown(self, user: User, place: tuple[str, str, str]) -> Shown:
        modes = "".join(user.modes)
        about = user.username, user.host, user.realname
        return Shown(place, self.name_of(user), about, modes, user.away is not None, user.account)

    def _lines_of_user(self, shown: Shown) -> Iterator[Said]:
        near, hops, token = shown.place
        username, host, realname = shown.about
        modes = rfc2813.user_modes_of(shown.modes, shown.is_away, shown.account)
        params = shown.name, hops, cut(username, rfc2813.USERNAME_BYTES), host, token, modes
        yield Said(near, "NICK", params, cut(realname, rfc2813.INFO_BYTES))
        yield from self._account_lines(shown.name, shown.account)

    def inquire(self, question: Question, server: Server, user: User, verb: str, params: Sequence[str]) -> bool:
        """The command, as the user would send it there, and a PING, whose PONG comes after all that is replied."""
        self.questions = [place for place in self.questions if self.network.servers.find(place.server.name)]
        self.questions.append(Open(question, server, self.name_of(user)))
        self.send(self.name_of(user), verb, *params[:-1], text=params[-1] if params else None)
        if server is self.peer.server:
            self.send(self.network.name, "PING", text=question.uid)
        else:
            self.send(self.network.name, "PING", self.network.name, server.name)
        return True

    def introduce_again(self, user: User) -> None:
        """A user who was taken for somebody else there and killed: it is back, with its channels."""
        self.show_user(user)
        for channel, member in user.memberships.items():
            if rfc2813.takes_channel(channel.name):
                if not self.knows(channel):
                    self.introduce(channel)
                self.put_in(channel, [member])

    # --- what happens ------------------------------------------------------------------------------------------

    def show(self, event: Event, about: Channel | User) -> None:
        """What there is a line for."""
        if isinstance(about, Channel):
            tell = _ABOUT_CHANNEL.get(event.row.name)
            if tell is not None and rfc2813.takes_channel(about.name):
                tell(self, event, about)
        elif self.is_behind(about):
            self._show_theirs(event, about)
        else:
            tell_user = _ABOUT_USER.get(event.row.name)
            if tell_user is not None:
                tell_user(self, event, about)

    def _show_theirs(self, event: Event, user: User) -> None:
        """This side has done something to a user of the other."""
        if event.row.name == "NICK":
            self.rename_there(user, self.name_of(user), self.substitute(user.uid))

    def substitute(self, uid: str) -> str:
        """A nick for a user of the other side who cannot have its own here; its id is no nick there."""
        return "U" + uid[1 - self.nick_length :]

    def rename_there(self, user: User, old: str, new: str) -> None:
        """Has a user of the other side renamed; until that has happened it is known by its old name there."""
        self.aliases[fold(old)] = user
        self.send(self.network.name, "SVSNICK", old, new)

    def kill(self, user: User, killer: Source, comment: str) -> None:
        """KILL; the user is a ghost until the other side says that it has quit."""
        name = self.name_of(user)
        self.ghosts[fold(name)] = None
        self.forget_alias(user)
        self.send(self.by(killer), "KILL", name, text=comment)

    def announce(self, event: Event) -> None:
        """WALLOPS"""
        if event.row.name == "WALLOPS":
            self.send(self.by(event.source), "WALLOPS", text=event.text)

    def _joined(self, event: Event, channel: Channel) -> None:
        user = self.network.find_user(event.source.nick)
        member = channel.members.get(user) if user is not None else None
        if user is None or member is None or self.is_behind(user):
            return
        is_new = not self.knows(channel)
        if is_new:
            self.introduce(channel)
        letters = "".join(letter for letter in RANKS if letter in member.ranks)
        self.send(self.name_of(user), "JOIN", channel.name + (f"\a{letters}" if letters else ""))
        if is_new:
            self.show_lists(channel)
        self.fence(channel.folded, (f"join {user.uid}",))

    def _parted(self, event: Event, channel: Channel) -> None:
        user = self.network.find_user(event.source.nick)
        if user is not None and self.is_behind(user):
            self.send(self.network.name, "KICK", channel.name, self.name_of(user), text=event.text)
        elif user is not None:
            self.send(self.name_of(user), "PART", channel.name, text=event.text or None)

    def _kicked(self, event: Event, channel: Channel) -> None:
        user = self.network.find_user(event.detail)
        if user is not None:
            self.send(self.by(event.source), "KICK", channel.name, self.name_of(user), text=event.text)
            self.fence(channel.folded, (f"kick {user.uid}",))

    def _topic_set(self, event: Event, channel: Channel) -> None:
        self.send(self.by(event.source), "TOPIC", channel.name, text=event.text)
        self.fence(channel.folded, ("topic",))

    def _modes_changed(self, event: Event, channel: Channel) -> None:
        changes = [change for change in parse_changes(event.text.split(" ")) if rfc2813.is_shared(change)]
        if self.knows(channel) and changes:
            self.send_modes(self.by(event.source), channel.name, [self._translated(change) for change in changes])
            self.fence(channel.folded, [self.key_of(change) for change in changes])

    def _translated(self, change: ModeChange) -> ModeChange:
        user = self.network.find_user(change.parameter or "") if change.letter in RANKS else None
        return change if user is None else change._replace(parameter=self.name_of(user))

    def _invited(self, event: Event, channel: Channel) -> None:
        user = self.network.find_user(event.detail)
        if user is not None and self.is_behind(user):
            self.send(self.by(event.source), "INVITE", self.name_of(user), channel.name)

    def _renamed(self, event: Event, user: User) -> None:
        old, new = self.name_of(user), self.name_of(user, event.detail)
        if old != new:
            self.send(old, "NICK", text=new)
            self.former[fold(old)] = user
            self.fence("", (f"nick {fold(old)}",))

    def _quit(self, event: Event, user: User) -> None:
        self.send(self.name_of(user), "QUIT", text=event.text)

    def _user_modes(self, event: Event, user: User) -> None:
        sign, shown = "", ""
        for letter in event.text.partition(" ")[0]:
            if letter in "+-":
                sign = letter
            elif letter in rfc2813.SHARED_USER_MODES:
                shown += sign + letter
        if shown:
            self.send(self.name_of(user), "MODE", self.name_of(user), text=shown)

    def _away(self, event: Event, user: User) -> None:
        name = self.name_of(user)
        self.send(name, "MODE", name, text=("+" if event.text else "-") + rfc2813.AWAY)

    def _account(self, event: Event, user: User) -> None:
        name, sign = self.name_of(user), "+" if event.text else "-"
        self.send(self.network.name, "MODE", name, text=sign + rfc2813.REGISTERED)
        for line in self._account_lines(name, event.text):
            self.send_line(line)

    def _account_lines(self, name: str, account: str) -> Iterator[Said]:
        if account:  # there is no word for logging out
            account = domain.qualified(self.network, account)
            yield Said(self.network.name, "METADATA", (name, "accountname"), account)

    def _realname(self, event: Event, user: User) -> None:
        about = cut(event.text, rfc2813.INFO_BYTES)
        self.send(self.network.name, "METADATA", self.name_of(user), "info", text=about)

    def _moved(self, event: Event, user: User) -> None:
        name, (username, host) = self.name_of(user), event.detail
        self.send(self.network.name, "METADATA", name, "user", text=cut(username, rfc2813.USERNAME_BYTES))
        self.send(self.network.name, "METADATA", name, "host", text=host)

    # --- messages ----------------------------------------------------------------------------------------------

    def say_to_channel(self, event: Event, channel: Channel, status: str) -> None:
        """PRIVMSG or NOTICE, where somebody there hears it; what only some ranks are to hear has no form there."""
        if not status and rfc2813.takes_channel(channel.name) and any(map(self.is_behind, channel.members)):
            self._say(event, channel.name)

    def say_to_user(self, event: Event, target: User) -> None:
        """PRIVMSG or NOTICE"""
        self._say(event, self.name_of(target))

    def _say(self, event: Event, target: str) -> None:
        if event.row.name in ("PRIVMSG", "NOTICE"):
            by = self.by(event.source)
            # There, it goes on to clients with the whole prefix in front of it.
            for line in _lines(event, rfc2813.room(event.source.prefix, event.row.name, target)):
                self.send(by, event.row.name, target, text=line)


def _lines(event: Event, size: int) -> Iterator[str]:
    """The lines of a message that fit."""
    if event.detail is not None:
        yield from shown_lines(event.detail, size)
    elif event.is_long:
        yield from split_text(event.text, size)
    else:
        yield event.text


_ABOUT_CHANNEL: dict[str, Callable[[Telling, Event, Channel], None]] = {
    "JOIN": Telling._joined,
    "PART": Telling._parted,
    "KICK": Telling._kicked,
    "KICK_BANNED": Telling._kicked,
    "TOPIC": Telling._topic_set,
    "MODE": Telling._modes_changed,
    "INVITED": Telling._invited,
}
_ABOUT_USER: dict[str, Callable[[Telling, Event, User], None]] = {
    "NICK": Telling._renamed,
    "QUIT": Telling._quit,
    "MODE": Telling._user_modes,
    "AWAY": Telling._away,
    "ACCOUNT": Telling._account,
    "SETNAME": Telling._realname,
    "CHGHOST": Telling._moved,
}
