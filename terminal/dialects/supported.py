"""What an IRC server says that it supports (ISUPPORT, 005), and what a client may suppose until then.

Owns: reading the tokens, the casemapping, the modes and ranks of this server. Must not: know a channel or a person.
"""

import re
from collections.abc import Iterable

from protocol import names
from protocol.limits import IRC_LINE_BYTES
from protocol.modes import KINDS, Kind, ModeChange, parse_changes
from terminal.dialects import ranks
from terminal.text.numbers import whole

_RFC1459 = str.maketrans("[]\\~", "{}|^")
_STRICT_RFC1459 = str.maketrans("[]\\", "{}|")
_CHANNEL_TYPES = "#&+!"  # of RFC 2811; a server need not say which it has
_BREAKING = re.compile("[\0-\x20\x7f,]")
_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})")


class Supported:
    """One server's tokens. `ranks` maps the letter of a rank to its sign, highest first; `network` is its name or "";
    `history` how many messages it gives at once (0: no limit known); `monitor` whether it tells who comes and goes."""

    def __init__(self) -> None:
        self.channel_types = names.CHANNEL_TYPES
        self.ranks: dict[str, str] = dict(ranks.USUAL)
        self.status_signs = ""
        self.network = ""
        self.bot = ""
        self.line_bytes = IRC_LINE_BYTES
        self.history = 0
        self.has_msgid_references = True
        self.monitor = False
        self.whox = False
        self.modes_at_once = 3  # RFC 2812 3.2.3
        self._denied_tags: tuple[str, ...] = ()
        self._kinds: dict[str, Kind] = dict(KINDS)
        self._casemapping = "ascii"

    @property
    def rank_signs(self) -> str:
        """The signs that may stand before a member's nick."""
        return "".join(self.ranks.values())

    def read(self, tokens: Iterable[str]) -> None:
        """The tokens of one 005; what cannot be understood changes nothing."""
        for token in tokens:
            name, _, value = token.partition("=")
            self._read(name, _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value))

    def _read(self, name: str, value: str) -> None:
        match name:
            case "CHANTYPES":
                self.channel_types = value
            case "CASEMAPPING":
                self._casemapping = value.lower()
            case "PREFIX":
                self._read_ranks(value)
            case "CHANMODES":
                self._read_modes(value)
            case "STATUSMSG":
                self.status_signs = value
            case "NETWORK":
                self.network = value
            case "BOT":
                self.bot = value
            case "MONITOR" | "-MONITOR":
                self.monitor = not name.startswith("-")
            case "WHOX":
                self.whox = True
            case "MSGREFTYPES":
                self.has_msgid_references = "msgid" in value.split(",")
            case "CLIENTTAGDENY":
                self._denied_tags = tuple(value.split(","))
            case "LINELEN" | "MODES" | "CHATHISTORY":
                self._read_number(name, value)

    def _read_number(self, name: str, value: str) -> None:
        number = whole(value)
        if number is None:
            return
        if name == "LINELEN":
            self.line_bytes = max(IRC_LINE_BYTES, number)
        elif name == "MODES":
            self.modes_at_once = max(1, number)
        else:
            self.history = number

    def _read_ranks(self, value: str) -> None:
        letters, closed, signs = value.removeprefix("(").partition(")")
        if (closed or not value) and ranks.are_fit(letters, signs):
            for letter in self.ranks:
                self._kinds.pop(letter, None)
            self.ranks = dict(zip(letters, signs, strict=True))
            self._kinds |= dict.fromkeys(letters, Kind.RANK)

    def _read_modes(self, value: str) -> None:
        groups = zip(value.split(","), (Kind.LIST, Kind.KEY, Kind.SETTING, Kind.FLAG), strict=False)
        self._kinds = {letter: kind for letters, kind in groups for letter in letters}
        self._kinds |= dict.fromkeys(self.ranks, Kind.RANK)

    def fold(self, name: str) -> str:
        """The key under which a name is kept, by the server's casemapping."""
        folded = names.fold(name)
        if self._casemapping == "ascii":
            return folded
        if self._casemapping.startswith("rfc1459"):
            return folded.translate(_STRICT_RFC1459 if "strict" in self._casemapping else _RFC1459)
        return folded.casefold()  # rfc7613, rfc8265: as near as a client needs to come

    def is_channel(self, name: str) -> bool:
        """Whether `name` is a channel, or the members of a rank on one (`@#channel`)."""
        bare = self.bare_channel(name)
        return bare != "" and bare[0] in self.channel_types

    def may_enter(self, name: str) -> bool:
        """Whether a JOIN of `name` alone enters this channel: no list, no word too many (RFC 2812 1.3)."""
        return name[:1] in tuple(self.channel_types + _CHANNEL_TYPES) and _BREAKING.search(name) is None

    def bare_channel(self, name: str) -> str:
        """The channel of `@#channel`; a sign that also begins names of channels is the beginning of one."""
        types = self.channel_types
        if name[:1] in types:
            return name
        signs = self.status_signs or self.rank_signs
        for place, sign in enumerate(name):
            if sign in types or sign not in signs:
                return name[place:]
        return ""

    def changes(self, words: list[str]) -> list[ModeChange]:
        """What a MODE line of this server changes, `words` being those after the channel's name."""
        return parse_changes(words, self._kinds)

    def flags(self, target: str, words: list[str]) -> tuple[str, ...]:
        """The changes of a MODE line that are neither ranks nor lists, each with its sign: `+n`, `-k`."""
        steps = self.changes(words) if self.is_channel(target) else parse_changes(words, {})
        settled = self._kinds if self.is_channel(target) else {}
        return tuple(
            ("+" if step.adding else "-") + step.letter
            for step in steps
            if step.letter.isascii() and step.letter.isalnum()
            if settled.get(step.letter) not in (Kind.RANK, Kind.LIST)
        )

    def allows_tag(self, name: str) -> bool:
        """Whether the client-only tag is relayed; `name` without its plus."""
        if "*" in self._denied_tags:
            return f"-{name}" in self._denied_tags
        return name not in self._denied_tags
