"""Lab links: the nine messages by which servers of the networking course form a tree.

    SERVER  USER  QUIT  JOIN  PART  TOPIC  PRIVMSG, and 331 or 332, and 353, for a channel of the first view

Owns: what those that come in mean, as facts, with ids and times that this server gives. Must not: check what the others
check (`inbound`), or know the form of what goes out (`lab_out`). Users behind the link go by the nicks that they have
there, whatever they are called here after a collision.
"""

import logging
from collections.abc import Callable

from chat.links.base import LinkError
from chat.links.lab_out import LabTelling
from chat.links.peer import Peer
from chat.links.remembered import Remembered
from chat.state import registers, services
from chat.state.channel import Channel
from chat.state.servers import id_of
from chat.state.user import User
from protocol import events, facts, lab
from protocol.limits import (
    HOST_BYTES,
    KEY_BYTES,
    LAB_TEXT_BYTES,
    MULTILINE_BYTES,
    NETWORK_USERS,
    REALNAME_BYTES,
    USERNAME_BYTES,
)
from protocol.masking import escaped
from protocol.message import Message, parse_message
from protocol.names import cut, fold, is_channel, is_key, is_nick, is_visible_host
from protocol.replies import ERR_NICKCOLLISION, fill
from protocol.values import LAB

log = logging.getLogger("parley.links")
_MOST_NICK_CHARACTERS = 64  # on other servers, whatever the limit is here
_OF_VIEW = frozenset({"SERVER", "USER", "331", "332", "353"})


def _nick(message: Message) -> str:
    return (message.source or "").rpartition(",")[2].partition("!")[0]


class LabLink(LabTelling):
    """A link to a lab server, or one that speaks as such."""

    name = "lab"
    knows_error = False

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._topics: Remembered[str, str] = Remembered()  # by channel, of 332, until its 353 comes
        self._gone: Remembered[str, bool] = Remembered()  # folded nicks of who has quit: a line may be on its way still
        self._has_begun = False  # the other side has begun to tell its view

    def receive(self, line: bytes) -> None:
        """One of the nine messages; numerics other than of the view are answers to nothing, and passed over."""
        if b"\0" in line:
            return
        # A lone CR would end a line for some clients.
        text = line.rstrip(b"\r").replace(b"\r", b" ").decode("utf-8", "replace")
        message = parse_message(text)
        verb = message.command.upper()
        if verb == "ERROR":
            raise LinkError(f"the other side says: {escaped(' '.join(message.params))}")
        self._follow_view(verb)
        handle = _HANDLERS.get(verb)
        if handle is None or len(message.params) < handle[0]:
            log.info("%s: passed over: %s", self.peer.name, escaped(verb))
            return
        handle[1](self, message, *message.params)

    def _follow_view(self, verb: str) -> None:
        """The first view is a burst: whatever is no part of one ends it."""
        server = self.peer.server
        assert server is not None
        if verb not in _OF_VIEW:
            if server.is_arriving:
                self._take(facts.BurstEnd(server.name))
        elif not self._has_begun:
            self._has_begun = True
            self._take(facts.BurstStart(server.name))

    def _take(self, fact: facts.Fact) -> None:
        self.tree.take(fact, self.peer)

    def _speaker(self, message: Message) -> User | None:
        """The user who does it, None when it was refused, or has gone; some servers write `<server>,<nick>`. Raises
        LinkError for somebody who is not behind the link."""
        nick = _nick(message)
        if fold(nick) in self._gone and fold(nick) not in self._users:
            log.info("%s: passed over: %s of %s, who has gone", self.peer.name, message.command, escaped(nick))
            return None
        if fold(nick) not in self._users:
            raise LinkError(f"{nick} is not behind you" if nick else f"{message.command} needs a source, as in :<nick>")
        user = self._users[fold(nick)]
        return user if user is not None and self.network.users_by_id.get(user.uid) is user else None

    def _moment(self) -> facts.Moment:
        event = self.network.event(events.JOIN, self.network.source)
        return event.time, event.msgid

    def _server(self, message: Message, name: str, hops: str, *rest: str) -> None:
        """SERVER <name> <hops> :<info>. Who announces it is only the next one on the way: it stands behind some server
        that is one hop nearer."""
        assert self.peer.server is not None
        known = self.network.servers.find(name)
        if known is not None and known is not self.peer.server and known.link is self.peer:
            return  # it is there again: nobody told that it was lost
        distance = int(hops) if hops.isascii() and hops.isdigit() and len(hops) < 4 else 2
        behind = self.network.servers.behind(self.peer.server)
        near = next((server for server in reversed(behind) if server.hops == distance - 1), self.peer.server)
        self._take(facts.ServerUp(name, id_of(name), cut(rest[-1], LAB_TEXT_BYTES) if rest else "", near.name))

    def _user(self, message: Message, nick: str, host: str, server: str, *rest: str) -> None:
        """USER <nick> <host> <server> :<realname>. Of two with one nick, the newcomer is refused, and so is who would
        be called like a service."""
        network = self.network
        if len(self._users) >= NETWORK_USERS:
            raise LinkError(f"there are {NETWORK_USERS} users already")
        if not is_nick(nick, _MOST_NICK_CHARACTERS):
            log.warning("%s: %s is no nick", self.peer.name, escaped(nick))
            self._users[fold(nick)] = None
            return
        holder = network.find_user(nick)
        if holder is not None or services.is_reserved(nick):
            self._users.setdefault(fold(nick), None)
            origin = f"{holder.username}@{holder.host}" if holder is not None else f"{nick}@{network.name}"
            collision = fill(ERR_NICKCOLLISION.lab, (nick, origin))
            self._send(f":{network.name} {ERR_NICKCOLLISION.code} {collision}")
            return
        assert self.peer.server is not None
        place = network.servers.find(server)
        home = place.name if place is not None else self.peer.server.name  # clients may call it what they like
        if (place is not None and place.link is not self.peer) or fold(server) == fold(network.name):
            raise LinkError(f"{server} is not behind you")
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
        self._users[fold(nick)] = network.find_user(nick)

    def _quit(self, message: Message, text: str = "") -> None:
        """QUIT [:<text>]"""
        user = self._speaker(message)
        self._users.pop(fold(_nick(message)), None)
        self._gone[fold(_nick(message))] = True
        if user is not None:
            text = cut(text, LAB_TEXT_BYTES)
            self._take(facts.UserGone(user.uid, f"Quit: {text}" if text else "Quit", text, self._moment()))
        if fold(_nick(message)) in self._hidden:  # from now on it means somebody else
            self._hidden.discard(fold(_nick(message)))
            other = self.network.find_user(_nick(message))
            if other is not None:
                self._show_with_channels(other, other.nick)

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
            held += [facts.Register("k", key, at)] if is_key(key, KEY_BYTES) else []
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
            text = cut(rest[-1], LAB_TEXT_BYTES) if rest else ""
            self._take(facts.Parted(member.user.uid, member.channel.name, member.joined, text, self._moment()))

    def _topic(self, message: Message, name: str, text: str) -> None:
        """TOPIC <channel> :<text>"""
        user, channel = self._speaker(message), self.network.find_channel(name)
        if user is not None and channel is not None:
            self._set_topic(channel, lab.unquoted(text), user.uid, user.nick)

    def _set_topic(self, channel: Channel, text: str, by: str, setter: str) -> None:
        at, text = registers.next_stamp(self.network, channel), cut(text, LAB_TEXT_BYTES)
        self._take(facts.TopicSet(by, channel.name, channel.created, at, text, setter, self._moment()))

    def _privmsg(self, message: Message, target: str, text: str) -> None:
        """PRIVMSG <nick or channel> :<text>"""
        user = self._speaker(message)
        receiver = self.network.find_user(target)
        place = receiver.uid if receiver is not None else target
        if user is not None and (receiver is not None or self.network.find_channel(target) is not None):
            text = cut(text, MULTILINE_BYTES)
            self._take(facts.Said(user.uid, "PRIVMSG", place, "", text, None, None, True, self._moment()))

    def _has_topic(self, message: Message, name: str, text: str) -> None:
        """332 <channel> :<topic>"""
        if is_channel(name, _MOST_NICK_CHARACTERS):
            self._topics[name] = cut(text, LAB_TEXT_BYTES)

    def _names(self, message: Message, *params: str) -> None:
        """353 <channel> :<nicks>, after its 331 or 332. A topic that the channel has here stays."""
        assert self.peer.server is not None
        name, nicks = params[-2], params[-1].split()
        topic = self._topics.pop(name, "")
        for nick in nicks if is_channel(name, _MOST_NICK_CHARACTERS) else ():
            user = self._users.get(fold(nick))
            if user is not None and user.uid in self.network.users_by_id:
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
