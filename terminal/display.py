"""Display events -> lines of text, plain or coloured.

Owns: how everything is worded and coloured. Must not: know a dialect or a socket. Every text of an event passes
through `clean.plain` before a colour is put around it, so the only escape sequences on the screen are ours.
"""

import zlib
from collections.abc import Callable
from datetime import datetime
from functools import singledispatchmethod

from colorama import Fore, Style

from protocol.names import fold
from terminal.clean import escape, plain
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
    Synchronised,
    TopicIs,
)

_NICK_COLOURS = (
    Fore.GREEN,
    Fore.YELLOW,
    Fore.BLUE,
    Fore.MAGENTA,
    Fore.CYAN,
    Fore.LIGHTGREEN_EX,
    Fore.LIGHTYELLOW_EX,
    Fore.LIGHTBLUE_EX,
    Fore.LIGHTMAGENTA_EX,
    Fore.LIGHTCYAN_EX,
)  # fmt: skip -- no red, which means a problem
_PROBLEM = (Problem, JoinRefused, Fatal)


class Display:
    """Words events and hands finished lines on.

    write -- takes one line without its end; `problem` takes those that say what went wrong (default: the same).
    colour -- whether to use colours; times -- whether to put the time of day in front;
    now -- the local time, for events that bring none.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        problem: Callable[[str], None] | None = None,
        colour: bool = False,
        times: bool = False,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._write = write
        self._problem = problem or write
        self._colour = colour
        self._times = times
        self._now = now

    def show(self, event: Event) -> None:
        """Write the lines of an event; some have none."""
        write = self._problem if isinstance(event, _PROBLEM) else self._write
        stamp = self._stamp(event.time if isinstance(event, Said) else None)
        for line in self._lines(event).split("\n"):
            if line:
                write(stamp + line)

    def wire(self, outgoing: bool, line: str) -> None:
        """Write a protocol line as it is on the wire; the caller has masked its secrets."""
        self._write(self._paint(f"{'>>' if outgoing else '<<'} {escape(line)}", Style.DIM))

    def _stamp(self, time: datetime | None) -> str:
        if not self._times:
            return ""
        now = self._now()
        local = now
        if time is not None:
            local = time.astimezone(now.tzinfo).replace(tzinfo=None) if time.tzinfo else time
        form = "%H:%M " if local.date() == now.date() else "%Y-%m-%d %H:%M "
        return self._paint(local.strftime(form), Style.DIM)

    def _paint(self, text: str, style: str) -> str:
        return f"{style}{text}{Style.RESET_ALL}" if self._colour and text else text

    def _nick(self, nick: str, own: bool = False) -> str:
        """The nick in its colour: the same one every time and on every machine, bright for the own nick."""
        colour = _NICK_COLOURS[zlib.crc32(fold(nick).encode(errors="replace")) % len(_NICK_COLOURS)]
        return self._paint(plain(nick), colour + (Style.BRIGHT if own else ""))

    def _channel(self, name: str) -> str:
        return self._paint(plain(name), Style.BRIGHT)

    def _quiet(self, text: str) -> str:
        return self._paint(text, Style.DIM)

    @singledispatchmethod
    def _lines(self, event: Event) -> str:
        raise TypeError(f"no wording for {event!r}")

    @_lines.register
    def _said(self, event: Said) -> str:
        nick, text = self._nick(event.source, event.own), plain(event.text)
        if event.account and fold(event.account) != fold(event.source):
            nick += self._quiet(f" ({plain(event.account)})")
        if event.private:
            where = f"[-> {self._nick(event.target)}]" if event.own else "[private]"
        else:
            where = self._channel(event.target)
        if event.manner == "action":
            return f"{where} * {nick} {text}"
        return f"{where} -{nick}- {text}" if event.manner == "notice" else f"{where} <{nick}> {text}"

    @_lines.register
    def _joined(self, event: Joined) -> str:
        return f"{self._channel(event.channel)}: {self._nick(event.nick, event.own)} joined"

    @_lines.register
    def _left(self, event: Left) -> str:
        verb = {"left": "left", "quit": "quit", "kicked": "was kicked", "banned": "was banned"}[event.how]
        where = f"{self._channel(event.channel)}: " if event.channel else ""
        by = f" by {self._nick(event.by)}" if event.by else ""
        why = f" ({plain(event.text)})" if event.text else ""
        return f"{where}{self._nick(event.nick, event.own)} {verb}{by}{why}"

    @_lines.register
    def _renamed(self, event: Renamed) -> str:
        return f"{self._nick(event.old)} is now {self._nick(event.new, event.own)}"

    @_lines.register
    def _topic(self, event: TopicIs) -> str:
        channel, by = self._channel(event.channel), f" by {self._nick(event.by)}" if event.by else ""
        if event.text:
            return f"{channel}: topic{' set' if event.by else ''}{by}: {plain(event.text)}"
        return f"{channel}: topic removed{by}" if event.by else f"{channel}: no topic is set"

    @_lines.register
    def _members(self, event: Members) -> str:
        shown = " ".join(self._nick(name) for name in event.names) or "nobody that you may see"
        return f"{self._channel(event.channel)}: members: {shown}"

    @_lines.register
    def _channels(self, event: Channels) -> str:
        rows = [
            " ".join(part for part in (self._channel(name), plain(count), plain(topic)) if part)
            for name, count, topic in event.rows
        ]
        return "\n".join(rows) or self._quiet("- There are no channels.")

    @_lines.register
    def _ready(self, event: Ready) -> str:
        return self._quiet(f"- Connected as {plain(event.nick)}." + (f" {plain(event.text)}" if event.text else ""))

    @_lines.register
    def _notice(self, event: Notice) -> str:
        return self._quiet(f"- {plain(event.text)}")

    @_lines.register
    def _closing(self, event: Closing) -> str:
        return self._quiet(f"- The server closes: {plain(event.text)}")

    @_lines.register
    def _went_wrong(self, event: Problem | Fatal) -> str:
        return self._paint(f"! {plain(event.text)}", Fore.RED)

    @_lines.register
    def _join_refused(self, event: JoinRefused) -> str:
        hint = f" (/create {plain(event.channel)} makes it)" if event.missing else ""
        return self._paint(f"! {plain(event.channel)}: {plain(event.text)}{hint}", Fore.RED)

    @_lines.register
    def _synchronised(self, event: Synchronised) -> str:
        return ""
