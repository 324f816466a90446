"""What one IRC connection knows: who we are, what the server supports, what was asked and is not answered.

Owns: this state, names and casemapping, and the making of requests and texts from it. Must not: know what a received
line means (`irc_lines`), or what a person wants (`irc_actions`).
"""

from datetime import datetime

from protocol import names
from protocol.limits import HOST_BYTES, USERNAME_BYTES
from protocol.message import Message, format_tags
from protocol.multiline import CAPABILITY as MULTILINE
from terminal.dialects.base import CTCP, Dialect, Identity, read_ctcp
from terminal.dialects.by_name import ByName
from terminal.dialects.irc_batches import Batches
from terminal.dialects.irc_exchanges import Exchanges
from terminal.dialects.parts import Parts
from terminal.dialects.registration import Registration
from terminal.dialects.stamps import moment
from terminal.dialects.supported import Supported
from terminal.events import Present, Said
from terminal.states import Machine

LEAST_ROOM = 64  # bytes for a text, however long the names around it are
_FEATURES = {
    "echo": {"echo-message"},
    "labels": {"labeled-response", "batch"},
    "history": {"draft/chathistory", "batch"},
    "markers": {"draft/read-marker"},
    "multiline": {MULTILINE, "batch"},
    "typing": {"message-tags"},
    "redaction": {"draft/message-redaction"},
    "away-notify": {"away-notify"},
}


class IrcCore(Dialect):
    """The state of one connection. What is without underscore is read and changed by `irc_lines` too."""

    name = "irc"
    title = "IRC"

    def __init__(self, identity: Identity, machine: Machine | None = None) -> None:
        super().__init__(identity, machine)
        self.registration = Registration(identity, self.machine)
        self.supported = Supported()
        self.batches = Batches()
        self.wanted = ""  # the nick that was not free at registration, until we have it or choose another
        self.looks_for_nick = False  # ISON asks for it, and is not answered
        self.refused_nicks = 0
        self.welcomed = False  # 001 came; unlike `ready`, it stays so when we leave
        self.prefix_bytes = len(f":{identity.nick}!@ ".encode()) + USERNAME_BYTES + HOST_BYTES
        self.away_text = ""  # asked for, and not confirmed
        self.whois_about = ""  # between 311 and 318: the folded nick
        self.members_so_far: Parts[Present] = Parts()  # 353 until 366, by folded channel
        self.rows_so_far: Parts[tuple[str, str, str]] = Parts()  # 322 until 323
        self.history_asked: ByName[list[str]] = ByName(self.fold)  # what to ask if the server does not know this
        self.latest_asked: ByName[bool] = ByName(self.fold)  # it does not: the last messages are asked for instead
        self.talks_asked = False  # CHATHISTORY TARGETS has no answer yet
        self._exchanges = Exchanges()
        self._labels = 0
        self._batches_sent = 0

    # Names

    def fold(self, name: str) -> str:
        """The server's casemapping; some call `[]\\~` the upper case of `{}|^`."""
        return self.supported.fold(name)

    def is_channel(self, name: str) -> bool:
        """A channel of this server, or the members of a rank on one (`@#channel`)."""
        return self.supported.is_channel(name)

    @property
    def rank_signs(self) -> str:
        """Those of PREFIX."""
        return self.supported.rank_signs

    def bare_channel(self, name: str) -> str:
        """`#channel` of `@#channel`."""
        return self.supported.bare_channel(name) if self.is_channel(name) else name

    @property
    def features(self) -> set[str]:
        """By the capabilities in force and the tokens of the server."""
        found = {name for name, needed in _FEATURES.items() if needed <= self.registration.enabled}
        if not self.supported.allows_tag("typing"):
            found.discard("typing")
        return found | {"monitor"} if self.supported.monitor else found

    @property
    def history_page(self) -> int:
        """The CHATHISTORY token."""
        return self.supported.history

    @property
    def account(self) -> str:
        """By SASL."""
        return self.identity.account or self.identity.nick if self.registration.logged_in else ""

    # Lines and texts

    def exchange_key(self, line: str, outgoing: bool) -> str:
        """By label, by the token of a PING, by what an echo repeats, else by what it is about."""
        return self._exchanges.key(line, outgoing, self.nick, "echo-message" in self.registration.enabled, self.fold)

    def request(self, line: str, tags: dict[str, str] | None = None) -> str:
        """The line as it is sent: with a label, where the server answers with it."""
        tags = dict(tags or {})
        if "labels" in self.features:
            self._labels += 1
            tags["label"] = str(self._labels)
        return format_tags(tags) + line

    def excess(self, line: str) -> int:
        """By LINELEN, or 512 with the end of the line; tags do not count (IRCv3 message-tags)."""
        body = line.partition(" ")[2] if line.startswith("@") else line
        return max(0, len(body.encode(errors="replace")) + len(self.line_end) - self.supported.line_bytes)

    def batch_reference(self) -> str:
        """A new reference for a batch of ours."""
        self._batches_sent += 1
        return str(self._batches_sent)

    def room(self, target: str, command: str = "PRIVMSG", wrapping: str = "") -> int:
        """The bytes of text that fit into one line once the server has put our source in front."""
        frame = len(f"{command} {target} :{wrapping}\r\n".encode(errors="replace"))
        return max(LEAST_ROOM, self.supported.line_bytes - self.prefix_bytes - frame)

    def pieces(self, target: str, text: str, action: bool = False) -> list[str]:
        """Each fits into a line once the server has put our source in front."""
        return names.split_text(text, self.room(target, wrapping=f"{CTCP}ACTION {CTCP}" if action else ""))

    def said(self, message: Message, target: str, text: str, notice: bool = False, history: bool = False) -> Said:
        """The text of a line, its source, tags and moment being those of `message`."""
        manner, readable = read_ctcp(text)
        source = nick_of(message) or self.nick
        bare = self.supported.bare_channel(target)
        private = bare == "" or bare[0] not in self.supported.channel_types
        return Said(
            source=source,
            target=target if private else bare,
            text=readable,
            manner="notice" if notice else manner,
            own=self.is_own(source),
            private=private,
            account=message.tags.get("account", ""),
            time=server_time(message),
            msgid=message.tags.get("msgid", ""),
            history=history,
            mask=mask_of(message),
        )


def mask_of(message: Message) -> str:
    """`nick!user@host` that a line comes from; "" when it does not say so."""
    source = message.source or ""
    return source if "!" in source else ""


def nick_of(message: Message) -> str:
    """The nick, or server name, that a line comes from."""
    return (message.source or "").partition("!")[0]


def server_time(message: Message) -> datetime | None:
    """The moment in the `time` tag (IRCv3 server-time), or None."""
    return moment(message.tags.get("time", ""))
