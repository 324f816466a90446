"""What a person can do on an IRC connection: actions -> lines.

Owns: which line an action is. Must not: know what the server answers (`irc_lines`).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from protocol import names
from protocol.limits import MULTILINE_BYTES, MULTILINE_LINES, USERNAME_BYTES
from protocol.message import Message, format_message, format_tags, parse_message
from protocol.multiline import CAPABILITY as MULTILINE
from protocol.multiline import CONCAT_TAG, fitted, paragraphs
from terminal.dialects.base import CTCP, HISTORY_LIMIT, Unsupported, together
from terminal.dialects.irc_core import IrcCore
from terminal.dialects.stamps import stamp
from terminal.events import Notice, Said, Step

WHO_FIELDS, WHO_TOKEN = "tcnfa", "152"  # what `refresh` asks for: token, channel, nick, flags, account
JOINS_AT_ONCE = 10  # servers bound the targets of a line, some before they say how many they take (TARGMAX)
JOIN_BYTES = 400  # of a line with several channels
_NOBODY = Message({}, None, "", [])
_INFORMATION = {"motd", "version", "time", "admin", "info", "lusers", "links", "stats", "help", "map"}


class IrcActions(IrcCore):
    """The actions of modern IRC."""

    def start(self) -> Step:
        """CAP LS, PASS, NICK, USER."""
        user = re.sub(r"[^A-Za-z0-9]", "", self.nick)[: USERNAME_BYTES - 1] or "parley"
        return self.registration.start(user)

    def replayed(self, line: str) -> Step:
        """What was asked for is awaited again, and own texts are shown unless the server echoes them."""
        message = parse_message(line)
        first, *rest = message.params or [""]
        match message.command.upper():
            case "JOIN":
                for channel in filter(None, first.split(",")):
                    self._asked_to_join(channel)
            case "NICK" if first and not self.ready:
                self.nick = first
            case "AWAY":
                self.away_text = first
            case "CHATHISTORY" if rest:
                self.history_asked[rest[0]] = []
            case "PRIVMSG" | "NOTICE" as command if rest and _is_shown(rest[0]):
                step = self._send(command, first, rest[:1])
                return Step([], [event for event in step.events if not (isinstance(event, Said) and event.pending)])
        return Step()

    def _ask(self, command: str, *params: str, has_text: bool = False) -> Step:
        """A request; empty parameters at the end are left out unless the last one is a text."""
        kept = list(params)
        while kept and not kept[-1] and not has_text:
            kept.pop()
        return Step([self.request(format_message(command, *kept, has_text=has_text))])

    # Channels

    def join(self, channel: str, key: str = "") -> Step:
        """JOIN."""
        self._asked_to_join(channel)
        return self._ask("JOIN", channel, key)

    def enter_again(self, pairs: Sequence[tuple[str, str]]) -> Step:
        """JOIN with lists. Keys belong to the first channels of a line."""
        for channel, _ in pairs:
            self._asked_to_join(channel)
        lines: list[list[tuple[str, str]]] = []
        for pair in sorted(pairs, key=lambda pair: not pair[1]):
            line = [*lines[-1], pair] if lines else []
            if line and len(line) <= JOINS_AT_ONCE and len(_join_line(line).encode()) <= JOIN_BYTES:
                lines[-1] = line
            else:
                lines.append([pair])
        return Step([self.request(_join_line(line)) for line in lines])

    def without_join(self, line: str, channel: str) -> str:
        """The other channels of a JOIN stay."""
        message = parse_message(line)
        if message.command.upper() != "JOIN":
            return line
        pairs = self.join_targets(" ".join(message.params))
        kept = [pair for pair in pairs if self.fold(pair[0]) != self.fold(channel)]
        if len(kept) == len(pairs):
            return line
        return format_tags(message.tags) + _join_line(kept) if kept else ""

    def part(self, channel: str, text: str = "") -> Step:
        """PART."""
        return self._ask("PART", channel, text)

    def topic(self, channel: str, text: str | None = None) -> Step:
        """TOPIC."""
        return self._ask("TOPIC", channel) if text is None else self._ask("TOPIC", channel, text, has_text=True)

    def members(self, channel: str) -> Step:
        """NAMES."""
        return self._ask("NAMES", channel)

    def refresh(self, channel: str) -> Step:
        """WHO with the fields that tell who is away, where the server has those (WHOX)."""
        return self._ask("WHO", channel, f"%{WHO_FIELDS},{WHO_TOKEN}") if self.supported.whox else Step()

    def channels(self) -> Step:
        """LIST."""
        return self._ask("LIST")

    def kick(self, channel: str, nick: str, text: str = "") -> Step:
        """KICK."""
        return self._ask("KICK", channel, nick, text)

    def ban(self, channel: str, nick: str) -> Step:
        """A ban on the nick, and the kick that makes it felt; a mask is only put on the list."""
        mask = names.normalise_mask(nick)
        step = self._ask("MODE", channel, "+b", mask)
        if mask != f"{nick}!*@*" or set("*?") & set(nick):
            return step
        return together([step, self._ask("KICK", channel, nick, "Banned", has_text=True)])

    def unban(self, channel: str, nick: str) -> Step:
        """MODE -b."""
        return self._ask("MODE", channel, "-b", names.normalise_mask(nick))

    def mode(self, target: str, changes: str = "") -> Step:
        """MODE."""
        return self._ask("MODE", target, *changes.split())

    def invite(self, channel: str, nick: str) -> Step:
        """INVITE."""
        return self._ask("INVITE", nick, channel)

    def knock(self, channel: str, text: str = "") -> Step:
        """KNOCK."""
        return self._ask("KNOCK", channel, text)

    def rename_channel(self, channel: str, new: str, text: str = "") -> Step:
        """RENAME (draft/channel-rename)."""
        return self._ask("RENAME", channel, new, text)

    # Texts

    def say(self, target: str, text: str) -> Step:
        """PRIVMSG, in as many lines as the text needs."""
        return self._send("PRIVMSG", target, self.pieces(target, text))

    def act(self, target: str, text: str) -> Step:
        """PRIVMSG with CTCP ACTION."""
        return self._send(
            "PRIVMSG", target, [f"{CTCP}ACTION {piece}{CTCP}" for piece in self.pieces(target, text, True)]
        )

    def notice(self, target: str, text: str) -> Step:
        """NOTICE."""
        return self._send("NOTICE", target, self.pieces(target, text))

    def _send(self, command: str, target: str, pieces: Sequence[str]) -> Step:
        lines = [self.request(f"{command} {target} :{piece}") for piece in pieces]
        return Step(lines, [self._own(target, piece, command == "NOTICE") for piece in pieces])

    def _own(self, target: str, text: str, notice: bool = False) -> Said:
        """What we say; pending where the server repeats it."""
        return replace(self.said(_NOBODY, target, text, notice), pending="echo" in self.features)

    def say_lines(self, target: str, lines: Sequence[str]) -> Step:
        """A message of several lines (draft/multiline) where the server has those, else one by one. What is more than
        the server takes at once goes in another one."""
        lines = _without_blank_ends(lines)
        if len(lines) < 2 or "multiline" not in self.features:
            return super().say_lines(target, lines)
        rows = list(fitted([(line, False) for line in lines], self.room(target)))
        return together([self._batch(target, part) for part in _parts(rows, *self._multiline_limits())])

    def _multiline_limits(self) -> tuple[int, int]:
        """Bytes and lines of one message."""
        values = dict(item.partition("=")[::2] for item in self.registration.offered.get(MULTILINE, "").split(","))
        return _number(values.get("max-bytes", ""), MULTILINE_BYTES), _number(
            values.get("max-lines", ""), MULTILINE_LINES
        )

    def _batch(self, target: str, rows: Sequence[tuple[str, bool]]) -> Step:
        reference = self.batch_reference()
        lines = [self.request(f"BATCH +{reference} {MULTILINE} {target}")]
        for text, continues in rows:
            tags = f"@batch={reference};{CONCAT_TAG}" if continues else f"@batch={reference}"
            lines.append(f"{tags} PRIVMSG {target} :{text}")
        lines.append(f"BATCH -{reference}")
        return Step(lines, [self._own(target, "\n".join(paragraphs(rows)))])

    def ctcp(self, target: str, command: str, text: str = "") -> Step:
        """PRIVMSG with a CTCP query."""
        line = f"PRIVMSG {target} :{CTCP}{f'{command.upper()} {text}'.rstrip()}{CTCP}"
        return Step([self.request(line)], [Notice(f"You ask {target} for {command.upper()} (CTCP).", target)])

    # Oneself and others

    def rename(self, nick: str) -> Step:
        """NICK; the nick that was wanted before is wanted no more."""
        self.wanted = ""
        return self._ask("NICK", nick)

    def nick_wanted(self) -> Step:
        """NICK with the name that was not free at registration."""
        if not self.wanted or not self.ready or self.fold(self.wanted) == self.fold(self.nick):
            return Step()
        return self._ask("NICK", self.wanted)

    def look_for_nick(self) -> Step:
        """ISON; 303 is the answer."""
        if self.supported.monitor or not self.nick_wanted().lines:
            return Step()
        self.looks_for_nick = True
        return self._ask("ISON", self.wanted)

    def realname(self, text: str) -> Step:
        """SETNAME."""
        return self._ask("SETNAME", text, has_text=True)

    def away(self, text: str | None) -> Step:
        """AWAY."""
        self.away_text = text or ""
        return self._ask("AWAY") if text is None else self._ask("AWAY", text or "Away", has_text=True)

    def whois(self, nick: str) -> Step:
        """WHOIS."""
        return self._ask("WHOIS", nick)

    def who(self, mask: str) -> Step:
        """WHO."""
        return self._ask("WHO", mask)

    def whowas(self, nick: str) -> Step:
        """WHOWAS."""
        return self._ask("WHOWAS", nick)

    def oper(self, name: str, password: str) -> Step:
        """OPER."""
        return self._ask("OPER", name, password)

    def monitor(self, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Step:
        """MONITOR."""
        if not self.supported.monitor:
            raise Unsupported("This server does not tell who comes and goes (MONITOR).")
        steps = [self._ask("MONITOR", "+", ",".join(add))] if add else []
        return together([*steps, self._ask("MONITOR", "-", ",".join(remove))] if remove else steps)

    def server_information(self, what: str) -> Step:
        """MOTD, VERSION, TIME and so on, with what follows as it was typed."""
        command, *params = what.split()
        if command.lower() not in _INFORMATION:
            raise Unsupported(f"IRC servers know no /{command}; there are {', '.join(sorted(_INFORMATION))}.")
        return self._ask(command.upper(), *params)

    def quit(self, text: str = "") -> Step:
        """QUIT."""
        self._leaving()
        return Step([f"QUIT :{text}" if text else "QUIT"])

    def synchronise(self, token: str) -> Step:
        """PING; servers answer in order."""
        return Step([f"PING :{token}"])

    # What is kept on the server

    def history(
        self, target: str, after_msgid: str = "", after_time: datetime | None = None, limit: int = HISTORY_LIMIT
    ) -> Step:
        """CHATHISTORY AFTER a message or moment, else LATEST. When the server does not know the message any more, the
        moment is asked for instead, then the latest."""
        self._has_history()
        most = min(limit, self.supported.history or limit)
        asked = [f"CHATHISTORY AFTER {target} timestamp={stamp(after_time)} {most}"] if after_time else []
        if after_msgid and self.supported.has_msgid_references:
            asked.insert(0, f"CHATHISTORY AFTER {target} msgid={after_msgid} {most}")
        return self._ask_history(target, [*asked, f"CHATHISTORY LATEST {target} * {most}"])

    def earlier(self, target: str, msgid: str = "", time: datetime | None = None, limit: int = HISTORY_LIMIT) -> Step:
        """CHATHISTORY BEFORE a message, else the moment."""
        self._has_history()
        most = min(limit, self.supported.history or limit)
        asked = [f"CHATHISTORY BEFORE {target} timestamp={stamp(time)} {most}"] if time else []
        if msgid and self.supported.has_msgid_references:
            asked.insert(0, f"CHATHISTORY BEFORE {target} msgid={msgid} {most}")
        return self._ask_history(target, asked) if asked else self.history(target, limit=limit)

    def talks(self, since: datetime, until: datetime, limit: int = HISTORY_LIMIT) -> Step:
        """CHATHISTORY TARGETS."""
        if "history" not in self.features:
            return Step()
        self.talks_asked = True
        most = min(limit, self.supported.history or limit)
        moments = f"timestamp={stamp(since)} timestamp={stamp(until)}"
        return Step([self.request(f"CHATHISTORY TARGETS {moments} {most}")])

    def _has_history(self) -> None:
        if "history" not in self.features:
            raise Unsupported("This server keeps no history (CHATHISTORY).")

    def _ask_history(self, target: str, requests: list[str]) -> Step:
        """Send the first one; the others wait for a server that does not know what it speaks of."""
        self.history_asked[target] = requests[1:]
        self.latest_asked.pop(target, None)
        return Step([self.request(requests[0])])

    def mark_read(self, target: str, time: datetime | None = None) -> Step:
        """MARKREAD."""
        if "markers" not in self.features:
            return Step()
        return self._ask("MARKREAD", target, f"timestamp={stamp(time)}" if time else "")

    def typing(self, target: str, active: bool) -> Step:
        """TAGMSG with `+typing`."""
        if "typing" not in self.features:
            return Step()
        return Step([f"@+typing={'active' if active else 'done'} TAGMSG {target}"])

    def redact(self, target: str, msgid: str, text: str = "") -> Step:
        """REDACT."""
        if "redaction" not in self.features:
            raise Unsupported("This server takes no message back (REDACT).")
        return self._ask("REDACT", target, msgid, text)


def _join_line(pairs: Sequence[tuple[str, str]]) -> str:
    keys = [key for _, key in pairs if key]
    return format_message("JOIN", ",".join(channel for channel, _ in pairs), *([",".join(keys)] if keys else []))


def _is_shown(text: str) -> bool:
    return not text.startswith(CTCP) or text.startswith(f"{CTCP}ACTION ")


def _number(text: str, otherwise: int) -> int:
    return max(1, int(text[:9])) if text.isdecimal() else otherwise


def _without_blank_ends(lines: Sequence[str]) -> list[str]:
    full = [place for place, line in enumerate(lines) if line.strip()]
    return list(lines[full[0] : full[-1] + 1]) if full else []


def _parts(rows: list[tuple[str, bool]], most_bytes: int, most_lines: int) -> list[list[tuple[str, bool]]]:
    """The rows in messages of at most so many bytes, line ends counted, and lines; none of them is all blank."""
    parts: list[list[tuple[str, bool]]] = []
    size = 0
    for text, continues in rows:
        length = len(text.encode()) + 1
        if not parts or len(parts[-1]) >= most_lines or size + length > most_bytes:
            parts.append([])
            size, continues = 0, False
        parts[-1].append((text, continues))
        size += length
    return [part for part in parts if any(text.strip() for text, _ in part)]
