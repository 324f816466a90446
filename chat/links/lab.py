"""Lab links: the nine messages by which servers of the networking course form a tree.

    SERVER  USER  QUIT  JOIN  PART  TOPIC  PRIVMSG, and 331 or 332, and 353, for a channel of the first view

Owns: their form in both directions. Must not: check what the others check (`inbound`). There are no ids, times, modes
and nick changes on these links: a nick change goes out as QUIT, USER and JOIN, a KICK as PART. Users behind the link
go by the nicks that they have there, whatever they are called here after a collision.
"""

import logging
from collections.abc import Callable, Iterator

from chat.links.base import LinkError, LinkProtocol
from chat.links.peer import Peer
from chat.state import registers
from chat.state.channel import Channel
from chat.state.servers import Server, id_of
from chat.state.user import User
from protocol import events, facts
from protocol.limits import HOST_BYTES, LAB_NAMES_BYTES, REALNAME_BYTES, USERNAME_BYTES
from protocol.masking import escaped
from protocol.message import Message, parse_message
from protocol.names import cut, is_channel, is_nick, is_visible_host, pack
from protocol.replies import ERR_NICKCOLLISION, fill
from protocol.values import LAB, Event

log = logging.getLogger("parley.links")
_MOST_NICK_CHARACTERS = 64  # on other servers, whatever the limit is here


class LabLink(LinkProtocol):
    """A link to a lab server, or one that speaks as such."""

    name = "lab"

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._topics: dict[str, str] = {}  # by channel, of 332, until its 353 comes
        self._users: dict[str, User | None] = {}  # behind the link, by folded nick; None: it was refused

    # --- out ---------------------------------------------------------------------------------------------------

    def _send(self, text: str) -> None:
        self.peer.send_line(text)

    def burst(self) -> None:
        """Servers, users, then every channel with its topic and members; without what lies behind the peer."""
        assert self.peer.server is not None
        beyond = set(self.network.servers.behind(self.peer.server))
        for server in sorted(self.network.servers, key=lambda server: server.hops):
            if server not in beyond:
                self.show_server(server)
        for user in list(self.network.users.values()):
            if user.server not in beyond:
                self.show_user(user)
        for channel in list(self.network.channels.values()):
            nicks = [user.nick for user in channel.members if user.server not in beyond]
            if nicks:
                self._show_channel(channel, nicks)

    def _show_channel(self, channel: Channel, nicks: list[str]) -> None:
        own, topic = self.network.name, channel.topic.text
        self._send(f":{own} 332 {channel.name} :{topic}" if topic else f":{own} 331 {channel.name} :No topic is set")
        for line in pack(nicks, room=LAB_NAMES_BYTES):
            self._send(f":{own} 353 {channel.name} :{line}")

    def show_server(self, server: Server) -> None:
        """SERVER, one hop further away."""
        self._send(f":{self.network.name} SERVER {server.name} {server.hops + 1} :{server.info}")

    def hide_server(self, server: Server, gone: list[tuple[User, Event]], reason: str) -> None:
        """Its users quit: there is no word for the rest."""
        for user, event in gone:
            if self._is_known(event):
                self._send(f":{user.nick} QUIT")

    def show_user(self, user: User) -> None:
        """USER."""
        self._show_user(user, user.nick)

    def _show_user(self, user: User, nick: str) -> None:
        if self._users.get(fold(nick)) is None:  # else two would have one name there
            server = user.server.name if user.server is not None else self.network.name
            self._send(f":{self.network.name} USER {nick} {user.host} {server} :{user.realname}")

    def _is_known(self, event: Event) -> bool:
        """Whether who does it is known there by that nick, and not somebody else."""
        return not self._users or self._users.get(fold(event.source.nick)) is None

    def show(self, event: Event, about: Channel | User) -> None:
        """What the nine messages can say. A KICK is of somebody, who may be behind the link; all else is by somebody
        who is not."""
        if event.row in _KICKS:
            member = self.network.find_user(event.detail)
            self._send(f":{event.detail if member is None else self._nick_there(member)} PART {event.target}")
            return
        show = _SHOWN.get(event.row.name)
        if show is not None and self._is_known(event):
            for line in show(event, about):
                self._send(line)
        elif event.row is events.NICK and isinstance(about, User) and not self._is_behind(about):
            self._rename(about, event)

    def _rename(self, user: User, event: Event) -> None:
        nick = event.detail
        if self._is_known(event):
            self._send(f":{user.nick} QUIT")
        self._show_user(user, nick)
        for channel in user.memberships if self._users.get(fold(nick)) is None else ():
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
        self._say(event if nick == event.target else replaced(event, target=nick))

    def _say(self, event: Event) -> None:
        line = event.row.lab(event)
        if line and self._is_known(event):
            self._send(line)

    # --- in ----------------------------------------------------------------------------------------------------

    def receive(self, line: bytes) -> None:
        """One of the nine messages; numerics other than of the view are answers to nothing, and passed over."""
        message = parse_message(line.rstrip(b"\r").decode("utf-8", "replace"))
        verb = message.command.upper()
        if verb == "ERROR":
            raise LinkError(f"the other side says: {escaped(' '.join(message.params))}")
        handle = _HANDLERS.get(verb)
        if handle is None or len(message.params) < handle[0]:
            log.debug("%s: passed over: %s", self.peer.name, escaped(verb))
            return
        handle[1](self, message, *message.params)

    def _take(self, fact: facts.Fact) -> None:
        self.tree.take(fact, self.peer)

    def _speaker(self, message: Message) -> User | None:
        """The user who does it; some servers write `<server>,<nick>`."""
        return self.network.find_user((message.source or "").rpartition(",")[2].partition("!")[0])

    def _moment(self) -> facts.Moment:
        event = self.network.event(events.JOIN, self.network.source)
        return event.time, event.msgid

    def _server(self, message: Message, name: str, hops: str, *rest: str) -> None:
        """SERVER <name> <hops> :<info>. Who announces it is only the next one on the way: it stands behind some server
        that is one hop nearer."""
        assert self.peer.server is not None
        distance = int(hops) if hops.isascii() and hops.isdigit() and len(hops) < 4 else 2
        behind = self.network.servers.behind(self.peer.server)
        near = next((server for server in reversed(behind) if server.hops == distance - 1), self.peer.server)
        self._take(facts.ServerUp(name, id_of(name), rest[-1] if rest else "", near.name))

    def _user(self, message: Message, nick: str, host: str, server: str, *rest: str) -> None:
        """USER <nick> <host> <server> :<realname>. Of two with one nick, the newcomer is refused."""
        network = self.network
        if not is_nick(nick, _MOST_NICK_CHARACTERS):
            log.warning("%s: %s is no nick", self.peer.name, escaped(nick))
            return
        holder = network.find_user(nick)
        if holder is not None:
            collision = fill(ERR_NICKCOLLISION.lab, (nick, f"{holder.username}@{holder.host}"))
            self._send(f":{network.name} {ERR_NICKCOLLISION.code} {collision}")
            return
        assert self.peer.server is not None
        place = network.servers.find(server)
        home = place.name if place is not None and place.link is self.peer else self.peer.server.name
        shown = host if is_visible_host(host, HOST_BYTES) else home
        self._take(
            facts.UserUp(
                network.new_user_id(),
                nick,
                network.tick(),
                home,
                cut(nick, USERNAME_BYTES),
                shown,
                shown,
                shown,
                cut(rest[-1] if rest else nick, REALNAME_BYTES),
                "",
                "",
                "",
                None,
                self._moment()[0],
                False,
                {},
            )
        )

    def _quit(self, message: Message, text: str = "") -> None:
        """QUIT [:<text>]"""
        user = self._speaker(message)
        if user is not None:
            self._take(facts.UserGone(user.uid, f"Quit: {text}" if text else "Quit", text, self._moment()))

    def _join(self, message: Message, name: str, key: str = "") -> None:
        """JOIN <channel> [<key>]"""
        user = self._speaker(message)
        if user is not None and is_channel(name, _MOST_NICK_CHARACTERS):
            self._enter(user, name, key)

    def _enter(self, user: User, name: str, key: str = "", is_maker: bool = True) -> None:
        network, joined = self.network, self.network.tick()
        channel = network.find_channel(name)
        if channel is None:
            at = network.stamp()
            held = [facts.Register(letter, "1", registers.OLDEST) for letter in LAB.new_channel_modes]
            held += [facts.Register("k", key, at)] if key else []
            ranks = (facts.Rank("o", True, at),) if is_maker else ()
            member = facts.Member(user.uid, joined, ranks)
            self._take(facts.ChannelState(name, network.tick(), tuple(held), (member,)))
        elif user not in channel.members:
            self._take(facts.Joined(user.uid, channel.name, channel.created, joined, self._moment()))

    def _part(self, message: Message, name: str, *rest: str) -> None:
        """PART <channel>"""
        user, channel = self._speaker(message), self.network.find_channel(name)
        member = channel.members.get(user) if channel is not None and user is not None else None
        if member is not None:
            text = rest[-1] if rest else ""
            self._take(facts.Parted(member.user.uid, member.channel.name, member.joined, text, self._moment()))

    def _topic(self, message: Message, name: str, text: str) -> None:
        """TOPIC <channel> :<text>"""
        user, channel = self._speaker(message), self.network.find_channel(name)
        if user is not None and channel is not None:
            self._set_topic(channel, text, user.uid, user.nick)

    def _set_topic(self, channel: Channel, text: str, by: str, setter: str) -> None:
        at = self.network.stamp()
        self._take(facts.TopicSet(by, channel.name, channel.created, at, text, setter, self._moment()))

    def _privmsg(self, message: Message, target: str, text: str) -> None:
        """PRIVMSG <nick or channel> :<text>"""
        user = self._speaker(message)
        receiver = self.network.find_user(target)
        place = receiver.uid if receiver is not None else target
        if user is not None and (receiver is not None or self.network.find_channel(target) is not None):
            self._take(facts.Said(user.uid, "PRIVMSG", place, "", text, None, None, True, self._moment()))

    def _has_topic(self, message: Message, name: str, text: str) -> None:
        """332 <channel> :<topic>"""
        self._topics[name] = text

    def _names(self, message: Message, *params: str) -> None:
        """353 <channel> :<nicks>, after its 331 or 332. A topic that the channel has here stays."""
        assert self.peer.server is not None
        name, nicks = params[-2], params[-1].split()
        topic = self._topics.pop(name, "")
        for nick in nicks if is_channel(name, _MOST_NICK_CHARACTERS) else ():
            user = self.network.find_user(nick)
            if user is not None and user.server is not None and user.server.link is self.peer:
                self._enter(user, name, is_maker=False)
        channel = self.network.find_channel(name)
        if channel is not None and topic and not channel.topic.text:
            self._set_topic(channel, topic, self.peer.server.name, self.peer.server.name)


_HANDLERS: dict[str, tuple[int, Callable[..., None]]] = {  # with the least number of parameters
    "SERVER": (2, LabLink._server),
    "USER": (3, LabLink._user),
    "QUIT": (0, LabLink._quit),
    "JOIN": (1, LabLink._join),
    "PART": (1, LabLink._part),
    "TOPIC": (2, LabLink._topic),
    "PRIVMSG": (2, LabLink._privmsg),
    "332": (2, LabLink._has_topic),
    "353": (2, LabLink._names),
}


# --- the forms of events -------------------------------------------------------------------------------------------


def _show_join(event: Event, about: Channel | User) -> Iterator[str]:
    """The key comes along with the first member: it holds everywhere."""
    is_first = isinstance(about, Channel) and bool(about.key) and len(about.members) == 1
    key = f" {about.key}" if isinstance(about, Channel) and is_first else ""
    yield f":{event.source.nick} JOIN {event.target}{key}"


def _show_part(event: Event, about: Channel | User) -> Iterator[str]:
    yield f":{event.source.nick} PART {event.target}"


def _show_kick(event: Event, about: Channel | User) -> Iterator[str]:
    yield f":{event.detail} PART {event.target}"


def _show_quit(event: Event, about: Channel | User) -> Iterator[str]:
    yield f":{event.source.nick} QUIT :{event.detail}" if event.detail else f":{event.source.nick} QUIT"


def _show_topic(event: Event, about: Channel | User) -> Iterator[str]:
    yield event.row.lab(event)


_SHOWN: dict[str, Callable[[Event, Channel | User], Iterator[str]]] = {
    "JOIN": _show_join,
    "PART": _show_part,
    "KICK": _show_kick,
    "KICK_BANNED": _show_kick,
    "QUIT": _show_quit,
    "TOPIC": _show_topic,
}
