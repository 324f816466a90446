"""What a lab server is told of this side of the link, in the words that it knows.

Owns: the form of everything that goes out, and who is not shown there. Must not: read what comes in (`lab`). There are
no ids, times, modes and nick changes on these links: a nick change goes out as QUIT, USER and JOIN, a KICK as PART.
"""

from collections.abc import Callable, Iterator
from itertools import chain, starmap
from operator import attrgetter

from chat.links.base import LinkProtocol
from chat.links.peer import Peer
from chat.state.channel import Channel
from chat.state.servers import Server
from chat.state.user import User
from protocol import events
from protocol.limits import LAB_NAMES_BYTES
from protocol.names import fold, pack
from protocol.values import Event

_KICKS = (events.KICK, events.KICK_BANNED)
_hops = attrgetter("hops")


class LabTelling(LinkProtocol):
    """The half of a link that speaks."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._users: dict[str, User | None] = {}  # behind the link, by folded nick; None: it was refused
        self._hidden: set[str] = set()  # folded nicks of users who are not shown there, for others have them there

    def _send(self, text: str) -> None:
        self.peer.send_line(text)

    def burst(self) -> None:
        """Servers, users, then every channel with its topic and members; without what lies behind the peer. All is as
        it is now, though most of the lines are made later: what happens meanwhile is told after them."""
        assert self.peer.server is not None
        own = self.network.name
        beyond = set(self.network.servers.behind(self.peer.server))
        servers = [server for server in sorted(self.network.servers, key=_hops) if server not in beyond]
        announced = [self._server_line(server) for server in servers]
        users: list[tuple[str, str, str, str]] = []
        for user in self.network.users.values():
            if user.server not in beyond and not self._hides(user.nick):
                server = user.server.name if user.server is not None else own
                users.append((user.nick, user.host, server, user.realname))
        channels: list[tuple[str, str, list[str]]] = []
        for channel in self.network.channels.values():
            nicks = [user.nick for user in channel.members if user.server not in beyond]
            if nicks:
                channels.append((channel.name, channel.topic.text, nicks))
        lines = chain(announced, starmap(self._user_line, users), self._channel_lines(channels))
        self.peer.begin_burst(f"{line}\r\n".encode() for line in lines)

    def _channel_lines(self, channels: list[tuple[str, str, list[str]]]) -> Iterator[str]:
        for name, topic, nicks in channels:
            yield self._topic_line(name, topic)
            for line in pack(nicks, room=LAB_NAMES_BYTES):
                yield f":{self.network.name} 353 {name} :{line}"

    def _topic_line(self, name: str, topic: str) -> str:
        said = f"332 {name} :{topic}" if topic else f"331 {name} :No topic is set"
        return f":{self.network.name} {said}"

    def _server_line(self, server: Server) -> str:
        return f":{self.network.name} SERVER {server.name} {server.hops + 1} :{server.info}"

    def _user_line(self, nick: str, host: str, server: str, realname: str) -> str:
        return f":{self.network.name} USER {nick} {host} {server} :{realname}"

    def _hides(self, nick: str) -> bool:
        """Notes, and says, that somebody of this side is not shown there."""
        if self._users.get(fold(nick)) is None:
            return False
        self._hidden.add(fold(nick))
        return True

    def show_server(self, server: Server) -> None:
        """SERVER, one hop further away."""
        self._send(self._server_line(server))

    def hide_server(self, server: Server, gone: list[tuple[User, Event]], reason: str) -> None:
        """Its users quit: there is no word for the rest."""
        for user, event in gone:
            if self._forgets(event):
                self._send(f":{user.nick} QUIT")

    def show_user(self, user: User) -> None:
        """USER."""
        self._show_user(user, user.nick)

    def _show_user(self, user: User, nick: str) -> None:
        if not self._hides(nick):
            server = user.server.name if user.server is not None else self.network.name
            self._send(self._user_line(nick, user.host, server, user.realname))

    def _is_known(self, event: Event) -> bool:
        """Whether who does it is known there by that nick, and not somebody else."""
        return not self._hidden or fold(event.source.nick) not in self._hidden

    def _forgets(self, event: Event) -> bool:
        """Somebody goes, or has another nick: whether it was known there by the one it had."""
        is_known = self._is_known(event)
        self._hidden.discard(fold(event.source.nick))
        return is_known

    def show(self, event: Event, about: Channel | User) -> None:
        """What the nine messages can say. A KICK is of somebody, who may be behind the link; all else is by somebody
        who is not."""
        if event.row in _KICKS:
            self._show_kick(event)
            return
        show = _SHOWN.get(event.row.name)
        if event.row is events.TOPIC and "!" not in event.source.prefix:
            self._send(self._topic_line(event.target, event.text))  # set by a server, which has no TOPIC there
        elif show is not None and (self._forgets(event) if event.row is events.QUIT else self._is_known(event)):
            for line in show(event, about):
                self._send(line)
        elif event.row is events.NICK and isinstance(about, User) and not self._is_behind(about):
            self._rename(about, event)

    def _show_kick(self, event: Event) -> None:
        member = self.network.find_user(event.detail)
        if member is not None and (self._is_behind(member) or member.folded not in self._hidden):
            self._send(f":{self._nick_there(member)} PART {event.target}")

    def _rename(self, user: User, event: Event) -> None:
        if self._forgets(event):
            self._send(f":{user.nick} QUIT")
        self._show_with_channels(user, event.detail)

    def _show_with_channels(self, user: User, nick: str) -> None:
        self._show_user(user, nick)
        for channel in user.memberships if fold(nick) not in self._hidden else ():
            self._send(_join(nick, channel))
            if channel.topic.text and len(channel.members) == 1:  # the channel was gone for a moment
                self._send(f":{nick} TOPIC {channel.name} :{channel.topic.text}")

    def _is_behind(self, user: User) -> bool:
        return user.server is not None and user.server.link is self.peer

    def _nick_there(self, user: User) -> str:
        """What somebody is called on the other side."""
        if not self._is_behind(user) or self._users.get(user.folded) is user:
            return user.nick
        return next((nick for nick, known in self._users.items() if known is user), user.nick)

    def say_to_channel(self, event: Event, channel: Channel, status: str) -> None:
        """PRIVMSG; what only members with a rank are to hear goes to nobody here, where there are no ranks."""
        if not status:
            self._say(event)

    def say_to_user(self, event: Event, target: User) -> None:
        """PRIVMSG, to the nick that the receiver has there."""
        nick = self._nick_there(target)
        self._say(event if nick == event.target else event.about(nick))

    def _say(self, event: Event) -> None:
        line = event.row.lab(event)
        if line and self._is_known(event):
            self._send(line)


def _join(nick: str, channel: Channel) -> str:
    """JOIN, with the key of the channel: the first one makes it hold there."""
    return f":{nick} JOIN {channel.name}{' ' + channel.key if channel.key else ''}"


def _show_join(event: Event, about: Channel | User) -> Iterator[str]:
    if isinstance(about, Channel):
        yield _join(event.source.nick, about)


def _show_part(event: Event, about: Channel | User) -> Iterator[str]:
    yield f":{event.source.nick} PART {event.target}"


def _show_quit(event: Event, about: Channel | User) -> Iterator[str]:
    yield f":{event.source.nick} QUIT :{event.detail}" if event.detail else f":{event.source.nick} QUIT"


def _show_topic(event: Event, about: Channel | User) -> Iterator[str]:
    yield event.row.lab(event)


_SHOWN: dict[str, Callable[[Event, Channel | User], Iterator[str]]] = {
    "JOIN": _show_join,
    "PART": _show_part,
    "QUIT": _show_quit,
    "TOPIC": _show_topic,
}
