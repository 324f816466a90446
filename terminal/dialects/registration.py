"""The opening of a modern IRC connection: capabilities (CAP), login (SASL PLAIN), and what follows from both.

Owns: which capabilities the client asks for, and the order of the opening. Must not: know channels or texts.
"""

import base64

from protocol.limits import AUTHENTICATE_BYTES
from protocol.message import Message
from terminal.dialects.base import Identity
from terminal.events import Fatal, Notice, Problem, Step

WANTED = ("account-tag", "echo-message", "message-tags", "multi-prefix", "server-time", "standard-replies")
LOGIN_REFUSED = frozenset({"902", "904", "905", "906", "908"})


class Registration:
    """CAP and AUTHENTICATE of one connection; `enabled` are the capabilities in force."""

    def __init__(self, identity: Identity) -> None:
        self.enabled: set[str] = set()
        self.logged_in = False
        self._identity = identity
        self._offered: dict[str, str] = {}
        self._unanswered = 0  # CAP REQs without ACK or NAK yet
        self._open = True  # CAP END not sent yet, and no welcome yet

    @property
    def wants_login(self) -> bool:
        """Whether a login was asked for and has not succeeded."""
        return bool(self._identity.password) and not self.logged_in

    def start(self, user: str) -> Step:
        """The opening lines. NICK and USER follow at once, so that a server without CAP welcomes us all the same."""
        identity = self._identity
        lines = ["CAP LS 302"]
        if identity.server_password:
            lines.append(f"PASS :{identity.server_password}")
        return Step([*lines, f"NICK {identity.nick}", f"USER {user} 0 * :{identity.realname or identity.nick}"])

    def welcomed(self) -> Step:
        """001 came: the opening is over, whether or not the server knows CAP."""
        self._open = False
        return Step([], [self._no_login()]) if self.wants_login else Step()

    def capability(self, message: Message) -> Step:
        """A CAP line of the server."""
        subcommand, names = message.params[1].upper(), message.params[-1].split()
        match subcommand:
            case "LS" | "NEW":
                self._offered |= {name: value for name, _, value in (item.partition("=") for item in names)}
                complete = subcommand == "NEW" or message.params[2] != "*"
                return self._request() if complete else Step()
            case "ACK" | "NAK":
                for name in names if subcommand == "ACK" else []:
                    (self.enabled.discard if name.startswith("-") else self.enabled.add)(name.lstrip("-~="))
                self._unanswered = max(0, self._unanswered - 1)
                return self._go_on() if self._open and not self._unanswered else Step()
            case "DEL":
                self.enabled.difference_update(names)
                for name in names:
                    self._offered.pop(name, None)
        return Step()

    def _request(self) -> Step:
        """Ask for what is wanted, offered and not there yet; sasl by itself, so that nothing else can spoil it."""
        wanted = [name for name in WANTED if name in self._offered and name not in self.enabled]
        lines = [f"CAP REQ :{' '.join(wanted)}"] if wanted else []
        if self._open and self.wants_login and "sasl" in self._offered:
            lines.append("CAP REQ :sasl")
        self._unanswered += len(lines)
        return Step(lines) if lines or not self._open else self._go_on()

    def _go_on(self) -> Step:
        """Everything asked for is answered: log in when that is wanted, else end the negotiation."""
        if not self.wants_login:
            return self._finish()
        mechanisms = self._offered.get("sasl", "").upper()
        if "sasl" not in self.enabled or (mechanisms and "PLAIN" not in mechanisms.split(",")):
            return Step([], [self._no_login()])
        return Step(["AUTHENTICATE PLAIN"])

    def _no_login(self) -> Fatal:
        return Fatal("This server offers no login with a password (SASL PLAIN).", "identity")

    def _finish(self) -> Step:
        self._open = False
        return Step(["CAP END"])

    def authenticate(self, message: Message) -> Step:
        """The server's `AUTHENTICATE +`: send the credentials, in pieces of 400 bytes (IRCv3 SASL 3.1)."""
        if message.params[0] != "+" or not self.wants_login:
            return Step()
        identity = self._identity
        plain = "\0".join(("", identity.nick, identity.password)).encode()
        text = base64.b64encode(plain).decode()
        pieces = [text[start : start + AUTHENTICATE_BYTES] for start in range(0, len(text), AUTHENTICATE_BYTES)]
        if len(pieces[-1]) == AUTHENTICATE_BYTES:
            pieces.append("+")
        return Step([f"AUTHENTICATE {piece}" for piece in pieces])

    def numeric(self, message: Message) -> Step:
        """900 to 908."""
        text = message.params[-1]
        if message.command in ("903", "907"):
            self.logged_in = True
            return self._finish() if self._open else Step()
        if message.command not in LOGIN_REFUSED:
            return Step([], [Notice(text)])
        if self.wants_login and message.command != "908":  # 908 only lists the mechanisms; 904 follows it
            return Step([], [Fatal(f"The server refused the login of {self._identity.nick}: {text}.", "identity")])
        return Step([], [Problem(text)])
