"""Modern IRC, with any server: actions -> lines, lines -> events.

Owns: what the client understands of RFC 1459/2812 and IRCv3 after the opening, which `registration.py` owns.
Must not: touch the socket or decide how an event looks.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from protocol import names
from protocol.limits import HOST_BYTES, IRC_LINE_BYTES, USERNAME_BYTES
from protocol.message import Message, format_message, parse_message
from terminal.dialects import numerics
from terminal.dialects.base import CTCP, Dialect, Identity, ctcp
from terminal.dialects.registration import Registration
from terminal.dialects.secrets import mask_irc
from terminal.events import (
    Channels,
    Closing,
    Event,
    Fatal,
    Joined,
    JoinRefused,
    Left,
    Members,
    Notice,
    Problem,
    Ready,
    Renamed,
    Said,
    Step,
    Synchronised,
    TopicIs,
)

NICK_ATTEMPTS = 5  # a server that cuts long nicks would refuse `nick_` for ever
_RFC1459_FOLD = str.maketrans("[]\\~", "{}|^")


class Irc(Dialect):
    """One IRC connection as the client sees it."""

    title = "IRC"

    def __init__(self, identity: Identity) -> None:
        super().__init__(identity)
        self._registration = Registration(identity)
        self._refused_nicks = 0
        self._prefix_bytes = len(f":{identity.nick}!@ ".encode()) + USERNAME_BYTES + HOST_BYTES
        self._channel_types = names.CHANNEL_TYPES
        self._rank_signs = "~&@%+"
        self._rfc1459 = False
        self._members: dict[str, list[str]] = {}  # names of 353 until 366
        self._rows: list[tuple[str, str, str]] = []  # 322 until 323

    # Names

    def fold(self, name: str) -> str:
        """The server's casemapping; some call `[]\\~` the upper case of `{}|^`."""
        folded = names.fold(name)
        return folded.translate(_RFC1459_FOLD) if self._rfc1459 else folded

    def is_channel(self, name: str) -> bool:
        """A channel of this server, or the members of a rank on one (`@#channel`)."""
        return name.lstrip(self._rank_signs)[:1] in tuple(self._channel_types) or name[:1] in tuple(self._channel_types)

    # What the user does

    def start(self) -> Step:
        """CAP LS, PASS, NICK, USER."""
        user = re.sub(r"[^A-Za-z0-9]", "", self.nick)[: USERNAME_BYTES - 1] or "parley"
        return self._registration.start(user)

    def masked(self, line: str) -> str:
        """Without PASS, OPER and AUTHENTICATE secrets."""
        return mask_irc(line)

    def join(self, channel: str, key: str = "") -> Step:
        """JOIN."""
        self._asked_to_join(channel)
        return Step([format_message("JOIN", channel, *([key] if key else []))])

    def part(self, channel: str, text: str = "") -> Step:
        """PART."""
        return Step([format_message("PART", channel, *([text] if text else []))])

    def say(self, target: str, text: str) -> Step:
        """PRIVMSG, in as many lines as the text needs once the server has put our source in front."""
        return self._privmsg(target, text, "", "")

    def act(self, target: str, text: str) -> Step:
        """PRIVMSG with CTCP ACTION."""
        return self._privmsg(target, text, f"{CTCP}ACTION ", CTCP)

    def _privmsg(self, target: str, text: str, before: str, after: str) -> Step:
        frame = len(f"PRIVMSG {target} :{before}{after}\r\n".encode())
        room = max(64, IRC_LINE_BYTES - self._prefix_bytes - frame)
        pieces = [before + piece + after for piece in names.split_text(text, room)]
        lines = [f"PRIVMSG {target} :{piece}" for piece in pieces]
        if "echo-message" in self._registration.enabled:
            return Step(lines)
        return Step(lines, [self._said(self.nick, target, piece, Message({}, None, "", [])) for piece in pieces])

    def topic(self, channel: str, text: str | None = None) -> Step:
        """TOPIC."""
        return Step([f"TOPIC {channel}" if text is None else f"TOPIC {channel} :{text}"])

    def members(self, channel: str) -> Step:
        """NAMES."""
        return Step([f"NAMES {channel}"])

    def channels(self) -> Step:
        """LIST."""
        return Step(["LIST"])

    def rename(self, nick: str) -> Step:
        """NICK."""
        return Step([f"NICK {nick}"])

    def kick(self, channel: str, nick: str, text: str = "") -> Step:
        """KICK."""
        return Step([format_message("KICK", channel, nick, *([text] if text else []))])

    def ban(self, channel: str, nick: str) -> Step:
        """A ban on the nick, and the kick that makes it felt; a mask is only put on the list."""
        mask = names.normalise_mask(nick)
        lines = [f"MODE {channel} +b {mask}"]
        if mask == f"{nick}!*@*" and not set("*?") & set(nick):
            lines.append(f"KICK {channel} {nick} :Banned")
        return Step(lines)

    def quit(self, text: str = "") -> Step:
        """QUIT."""
        return Step([f"QUIT :{text}" if text else "QUIT"])

    def synchronise(self, token: str) -> Step:
        """PING; servers answer in order."""
        return Step([f"PING :{token}"])

    # What the server says

    def receive(self, line: str) -> Step:
        """One line of any IRC server, known or not."""
        if line.startswith("{") and not self.ready:
            return Step([], [Fatal("The server speaks JSON here; try --dialect json.")])
        message = parse_message(line)
        command = message.command.upper()
        try:
            if command in _HANDLERS:
                return _HANDLERS[command](self, message)
            if len(command) == 3 and command.isascii() and command.isdigit():
                return self._numeric(message)
        except IndexError:  # fewer parameters than this line must have: show it as it is
            pass
        text = " ".join((nick_of(message), command, *message.params))
        return _told(Notice(text)) if text.strip() else Step()

    def _numeric(self, message: Message) -> Step:
        code, params = message.command, message.params
        rest = params[1:]
        if not self.ready:
            if code in numerics.NAME_TAKEN:
                return self._nick_taken(params)
            if code in numerics.NAME_REFUSED:
                return _told(Fatal(f"The server refused the name {self.nick}: {params[-1]}.", "identity"))
            if code in numerics.TURNED_AWAY:
                return _told(Fatal(f"The server turned us away: {params[-1]}.", "identity"))
            if code in ("421", "451", "410") and "CAP" in (word.upper() for word in params):
                return Step()  # a server older than CAP; it welcomes us without
        if numerics.is_error(code):
            text = numerics.sentence(rest)
            channel = rest[0] if rest else ""
            return _told(JoinRefused(channel, params[-1]) if self._answered_join(channel) else Problem(text))
        return Step() if code in numerics.QUIET or not rest else _told(Notice(numerics.information(code, rest)))

    def _nick_taken(self, params: list[str]) -> Step:
        self._refused_nicks += 1
        taken = self.nick
        if not self.identity.another_nick or self._refused_nicks >= NICK_ATTEMPTS:
            return _told(Fatal(f"The name {taken} is not free: {params[-1]}. Choose another with --name.", "identity"))
        self.nick = taken + "_"
        return Step([f"NICK {self.nick}"], [Notice(f"The name {taken} is not free; trying {self.nick}.")])

    def _said(self, source: str, target: str, text: str, message: Message, notice: bool = False) -> Said:
        manner, readable = ctcp(text)
        return Said(
            source=source,
            target=target,
            text=readable,
            manner="notice" if notice else manner,
            own=self.is_own(source),
            private=not self.is_channel(target),
            account=message.tags.get("account", ""),
            time=server_time(message),
        )

    def _text(self, message: Message) -> Step:
        notice = message.command.upper() == "NOTICE"
        source, text = nick_of(message), message.params[1]
        if notice and ("!" not in (message.source or "") and not self.is_channel(message.params[0])):
            return _told(Notice(text))  # the server itself
        return _told(self._said(source, message.params[0], text, message, notice))

    def _welcome(self, message: Message) -> Step:
        self.ready = True
        self.nick = message.params[0]
        step = self._registration.welcomed()
        return step if step.events else Step(step.lines, [Ready(self.nick, message.params[-1])])

    def _supported(self, message: Message) -> Step:
        for token in message.params[1:-1]:
            name, _, value = token.partition("=")
            if name == "CHANTYPES":
                self._channel_types = value
            elif name == "CASEMAPPING":
                self._rfc1459 = value.startswith("rfc1459")
            elif name == "PREFIX" and ")" in value:
                self._rank_signs = value.partition(")")[2]
        return Step()

    def _join(self, message: Message) -> Step:
        nick, channel = nick_of(message), message.params[0]
        own = self.is_own(nick)
        if own:
            self._answered_join(channel)
            self._prefix_bytes = len(f":{message.source} ".encode())
        return _told(Joined(nick, channel, own))

    def _forwarded(self, message: Message) -> Step:
        """470: another channel than the one asked for."""
        if self._answered_join(message.params[1]):
            self._asked_to_join(message.params[2])
        return _told(Notice(numerics.sentence(message.params[1:])))

    def _part(self, message: Message) -> Step:
        nick, text = nick_of(message), " ".join(message.params[1:])
        return _told(Left(nick, message.params[0], text, own=self.is_own(nick)))

    def _quit(self, message: Message) -> Step:
        nick, text = nick_of(message), " ".join(message.params)
        return _told(Left(nick, "", text, "quit", own=self.is_own(nick)))

    def _kick(self, message: Message) -> Step:
        channel, nick, text = message.params[0], message.params[1], " ".join(message.params[2:])
        return _told(Left(nick, channel, text, "kicked", nick_of(message), self.is_own(nick)))

    def _rename(self, message: Message) -> Step:
        old, new = nick_of(message), message.params[0]
        own = self.is_own(old)
        if own:
            self.nick = new
            self._prefix_bytes += max(0, len(new.encode()) - len(old.encode()))
        return _told(Renamed(old, new, own))

    def _topic(self, message: Message) -> Step:
        return _told(TopicIs(message.params[0], message.params[1], nick_of(message)))

    def _topic_is(self, message: Message) -> Step:
        return _told(TopicIs(message.params[1], message.params[-1] if message.command == "332" else ""))

    def _topic_set_by(self, message: Message) -> Step:
        text = f"{message.params[1]}: topic set by {message.params[2].partition('!')[0]}"
        with suppress(ValueError, OverflowError, OSError):  # what stands there need not be a moment
            text += f" on {datetime.fromtimestamp(int(message.params[3])):%Y-%m-%d %H:%M}"
        return _told(Notice(text))

    def _names(self, message: Message) -> Step:
        self._members.setdefault(self.fold(message.params[-2]), []).extend(message.params[-1].split())
        return Step()

    def _names_end(self, message: Message) -> Step:
        channel = message.params[1]
        return _told(Members(channel, tuple(self._members.pop(self.fold(channel), []))))

    def _list_row(self, message: Message) -> Step:
        self._rows.append((message.params[1], message.params[2], " ".join(message.params[3:])))
        return Step()

    def _list_end(self, message: Message) -> Step:
        rows, self._rows = self._rows, []
        return _told(Channels(tuple(rows)))

    def _mode(self, message: Message) -> Step:
        return _told(Notice(f"{nick_of(message)} sets mode {' '.join(message.params[1:])} on {message.params[0]}"))

    def _invite(self, message: Message) -> Step:
        return _told(Notice(f"{nick_of(message)} invites {message.params[0]} to {message.params[1]}"))

    def _standard_reply(self, message: Message) -> Step:
        command, context, text = message.params[0], message.params[2:-1], message.params[-1]
        words = [word for word in (command if command != "*" else "", *context) if word]
        sentence = f"{' '.join(words)}: {text}" if words else text
        if message.command.upper() != "FAIL":
            return _told(Notice(sentence))
        joined = command.upper() == "JOIN" and context and self._answered_join(context[0])
        return _told(JoinRefused(context[0], text) if joined else Problem(sentence))

    def _pong(self, message: Message) -> Step:
        return _told(Synchronised(message.params[-1]))

    def _ping(self, message: Message) -> Step:
        return Step([format_message("PONG", *message.params)])

    def _error(self, message: Message) -> Step:
        return _told(Closing(" ".join(message.params)))

    def _capability(self, message: Message) -> Step:
        return self._registration.capability(message)

    def _authenticate(self, message: Message) -> Step:
        return self._registration.authenticate(message)

    def _login(self, message: Message) -> Step:
        return self._registration.numeric(message)

    def _nothing(self, message: Message) -> Step:
        return Step()


def nick_of(message: Message) -> str:
    """The nick, or server name, that a line comes from."""
    return (message.source or "").partition("!")[0]


def server_time(message: Message) -> datetime | None:
    """The moment in the `time` tag (IRCv3 server-time), or None."""
    try:
        return datetime.fromisoformat(message.tags["time"])
    except (KeyError, ValueError):
        return None


def _told(event: Event) -> Step:
    return Step([], [event])


_HANDLERS: dict[str, Callable[[Irc, Message], Step]] = {
    "PING": Irc._ping, "PONG": Irc._pong, "ERROR": Irc._error, "CAP": Irc._capability,
    "AUTHENTICATE": Irc._authenticate, **dict.fromkeys(map(str, range(900, 909)), Irc._login),
    "PRIVMSG": Irc._text, "NOTICE": Irc._text, "TAGMSG": Irc._nothing,
    "JOIN": Irc._join, "PART": Irc._part, "QUIT": Irc._quit, "KICK": Irc._kick, "NICK": Irc._rename,
    "TOPIC": Irc._topic, "MODE": Irc._mode, "INVITE": Irc._invite,
    "FAIL": Irc._standard_reply, "WARN": Irc._standard_reply, "NOTE": Irc._standard_reply,
    "001": Irc._welcome, "005": Irc._supported, "331": Irc._topic_is, "332": Irc._topic_is, "333": Irc._topic_set_by,
    "353": Irc._names, "366": Irc._names_end, "322": Irc._list_row, "323": Irc._list_end, "470": Irc._forwarded,
}  # fmt: skip
