"""Lab IRC, the networking-course subset: one USER line as identity, numerics without target, bare nicks as prefixes.

Owns: the 8 messages and 12 numerics of that subset. Must not: use anything a lab server need not know, PING included.
"""

from collections.abc import Callable, Sequence

from protocol import names
from protocol.limits import IRC_LINE_BYTES
from protocol.message import Message, format_message, parse_message
from terminal.dialects import numerics
from terminal.dialects.answers import Answers
from terminal.dialects.base import ANOTHER_NAME, CTCP, Dialect, Identity, read_ctcp
from terminal.dialects.parts import Parts
from terminal.dialects.ranks import present
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
    Said,
    Step,
    Synchronised,
    TopicIs,
)
from terminal.states import NICK_TAKEN, REGISTERING, WELCOME, Machine

NICK_ATTEMPTS = 5


class Lab(Dialect):
    """One lab IRC connection. The protocol confirms little, so channels we are on are remembered here."""

    name = "lab"
    title = "The lab dialect"
    has_ping = False
    hint = "In the lab dialect the server answers only to its own name: see --servername."

    def __init__(self, identity: Identity, machine: Machine | None = None) -> None:
        super().__init__(identity, machine)
        self._answers = Answers(has_target=False)
        self._inside: set[str] = set()
        self._refused_nicks = 0
        self._awaited: list[str] = []  # what each NAMES still without its 366 was for: a token, a channel, "*" or ""
        self._rows: Parts[tuple[str, tuple[str, ...]]] = Parts()  # 353 until 366

    def start(self) -> Step:
        """`USER <nick> <hostname> <servername> :<realname>`, which makes the connection a lab one."""
        who = self.identity
        return Step([f"USER {self.nick} {who.hostname} {who.servername} :{who.realname or self.nick}"])

    def join(self, channel: str, key: str = "") -> Step:
        """JOIN; 331 or 332 is the only sign of success."""
        self._asked_to_join(channel)
        return Step([format_message("JOIN", channel, *([key] if key else []))])

    def part(self, channel: str, text: str = "") -> Step:
        """PART; nothing confirms it, so it is shown at once when we know that we are there."""
        if self.fold(channel) not in self._inside:
            return Step([f"PART {channel}"])
        self._inside.discard(self.fold(channel))
        return Step([f"PART {channel}"], [Left(self.nick, channel, own=True)])

    def say(self, target: str, text: str) -> Step:
        """PRIVMSG; a text too long for one line goes in several."""
        return self._privmsg(target, self.pieces(target, text))

    def act(self, target: str, text: str) -> Step:
        """PRIVMSG with CTCP ACTION."""
        return self._privmsg(
            target, [f"{CTCP}ACTION {piece}{CTCP}" for piece in self.pieces(target, text, action=True)]
        )

    def pieces(self, target: str, text: str, action: bool = False) -> list[str]:
        """Each fits into a line once the server has put our nick in front."""
        wrapping = f"{CTCP}ACTION {CTCP}" if action else ""
        frame = len(f":{self.nick} PRIVMSG {target} :{wrapping}\r\n".encode(errors="replace"))
        return names.split_text(text, max(64, IRC_LINE_BYTES - frame))

    def excess(self, line: str) -> int:
        """512 bytes with the end of the line (RFC 1459 2.3)."""
        return max(0, len(line.encode(errors="replace")) + len(self.line_end) - IRC_LINE_BYTES)

    def _privmsg(self, target: str, pieces: Sequence[str]) -> Step:
        said = [self._said(self.nick, target, piece) for piece in pieces]
        return Step([f"PRIVMSG {target} :{piece}" for piece in pieces], said)

    def topic(self, channel: str, text: str | None = None) -> Step:
        """TOPIC."""
        return Step([f"TOPIC {channel}" if text is None else f"TOPIC {channel} :{text}"])

    def members(self, channel: str) -> Step:
        """NAMES of one channel."""
        self._awaited.append(channel)
        return Step([f"NAMES {channel}"])

    def channels(self) -> Step:
        """NAMES of everything, as there is no LIST."""
        self._awaited.append("")
        return Step(["NAMES"])

    def quit(self, text: str = "") -> Step:
        """QUIT."""
        self._leaving()
        return Step([f"QUIT :{text}" if text else "QUIT"])

    def synchronise(self, token: str) -> Step:
        """NAMES of a channel that does not exist: its 403 (or, should somebody have made it, its 366) is the answer."""
        self._awaited.append("#" + token)
        return Step([f"NAMES #{token}"])

    def exchange_key(self, line: str, outgoing: bool) -> str:
        """By what a line is about: the subset has neither labels nor PING."""
        return self._answers.key(parse_message(line), outgoing, self.nick, self.fold)

    def replayed(self, line: str) -> Step:
        """Nothing is echoed: own texts and partings are shown; joins and NAMES are asked for again."""
        message = parse_message(line)
        first, *rest = message.params or [""]
        match message.command.upper():
            case "JOIN" if first:
                self._asked_to_join(first)
            case "NAMES":
                self._awaited.append(first)
            case "USER" if first and not self.ready:
                self.nick = first
            case "PART" if first:
                return self.part(first)._replace(lines=())
            case "PRIVMSG" if rest:
                return self._privmsg(first, rest[:1])._replace(lines=())
        return Step()

    def receive(self, line: str) -> Step:
        """One line of a lab server."""
        return self._noted(self._meaning(parse_message(line)))

    def _meaning(self, message: Message) -> Step:
        try:
            handler = _HANDLERS.get(message.command.upper())
            if handler:
                return handler(self, message)
        except IndexError:  # fewer parameters than this line must have: show it as it is
            pass
        if len(message.command) == 3 and message.command.isascii() and message.command.isdigit():
            return self._numeric(message)
        text = " ".join((message.source or "", message.command, *message.params))
        return _told(Notice(text)) if text.strip() else Step()

    def _numeric(self, message: Message) -> Step:
        params = message.params
        first = params[0] if params else ""
        if not numerics.is_error(message.command):
            return _told(Notice(numerics.sentence(params)))
        if message.command in ("403", "442") and self._answered_names(first):
            return _told(Synchronised(first[1:]) if _is_token(first) else Problem(numerics.sentence(params)))
        if self.answered_join(first):
            return _told(JoinRefused(first, params[-1]))
        return _told(Problem(numerics.sentence(params)))

    def _answered_names(self, channel: str) -> bool:
        """Whether the oldest open NAMES was for `channel`; it is closed then."""
        if not self._awaited or self.fold(self._awaited[0]) != self.fold(channel):
            return False
        del self._awaited[0]
        return True

    def _said(self, source: str, target: str, text: str) -> Said:
        manner, readable = read_ctcp(text)
        private = not self.is_channel(target)
        return Said(source, target, readable, manner, own=self.is_own(source), private=private)

    def _welcome(self, message: Message) -> Step:
        self.machine.fire(WELCOME)
        return _told(Ready(self.nick, message.params[-1]))

    def _nick_taken(self, message: Message) -> Step:
        taken, reason = self.nick, message.params[-1]
        self._refused_nicks += 1
        if self.machine.state != REGISTERING:
            return _told(Problem(numerics.sentence(message.params)))
        if not self.identity.another_nick or self._refused_nicks >= NICK_ATTEMPTS:
            return _told(Fatal(f"The name {taken} is not free: {reason}.", "identity", advice=ANOTHER_NAME))
        self.machine.fire(NICK_TAKEN)
        self.nick = taken + "_"
        return Step(self.start().lines, [Notice(f"The name {taken} is not free; trying {self.nick}.")])

    def _topic_is(self, message: Message) -> Step:
        channel = message.params[0]
        topic = TopicIs(channel, message.params[1] if message.command == "332" else "")
        if not self.answered_join(channel):
            return _told(topic)
        self._inside.add(self.fold(channel))
        return Step(self.members(channel).lines, [Joined(self.nick, channel, own=True), topic])

    def _names(self, message: Message) -> Step:
        channel, names = message.params[0], message.params[1]
        self._rows.add("", [(channel, tuple(names.split()))], len(channel) + len(names))
        return Step()

    def _names_end(self, message: Message) -> Step:
        rows = self._rows.take("")
        asked = self._awaited.pop(0) if self._awaited else ""
        if _is_token(asked):
            return _told(Synchronised(asked[1:]))
        if asked:
            return Step([], [Members(channel, tuple(filter(None, map(present, names)))) for channel, names in rows])
        return _told(Channels(tuple((name, str(len(members)), "") for name, members in rows if name != "*")))

    def _text(self, message: Message) -> Step:
        return _told(self._said(_nick(message), message.params[0], message.params[1]))

    def _topic(self, message: Message) -> Step:
        return _told(TopicIs(message.params[0], message.params[1], _nick(message)))

    def _quit(self, message: Message) -> Step:
        return _told(Left(_nick(message), "", " ".join(message.params), "quit", own=self.is_own(_nick(message))))

    def _kick(self, message: Message) -> Step:
        channel, nick = message.params[0], message.params[1]
        if self.is_own(nick):
            self._inside.discard(self.fold(channel))
        return _told(Left(nick, channel, " ".join(message.params[2:]), "kicked", _nick(message), self.is_own(nick)))

    def _ping(self, message: Message) -> Step:
        return Step([format_message("PONG", *message.params)])

    def _error(self, message: Message) -> Step:
        return _told(Closing(" ".join(message.params)))


def _nick(message: Message) -> str:
    return (message.source or "").partition("!")[0]


def _is_token(channel: str) -> bool:
    return channel.startswith("#parley-sync-")


def _told(event: Event) -> Step:
    return Step([], [event])


_HANDLERS: dict[str, Callable[[Lab, Message], Step]] = {
    "001": Lab._welcome, "331": Lab._topic_is, "332": Lab._topic_is, "353": Lab._names, "366": Lab._names_end,
    "436": Lab._nick_taken, "433": Lab._nick_taken, "PRIVMSG": Lab._text, "NOTICE": Lab._text, "TOPIC": Lab._topic,
    "QUIT": Lab._quit, "KICK": Lab._kick, "PING": Lab._ping, "ERROR": Lab._error,
}  # fmt: skip
