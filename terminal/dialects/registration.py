"""The opening of a modern IRC connection: capabilities (CAP), when to log in (SASL), and what follows from both.

Owns: which capabilities the client asks for, and the order of the opening. Must not: know channels or texts.
"""

from protocol.message import Message
from terminal.dialects import login
from terminal.dialects.base import Identity
from terminal.dialects.login import Login
from terminal.events import Fatal, Notice, Problem, Step
from terminal.states import LOGGED_IN, LOGIN, NEGOTIATED, NOT_LOGGED_IN, OTHER_LOGIN, WELCOME, Machine

WANTED = (
    "account-notify", "account-tag", "away-notify", "batch", "cap-notify", "chghost", "draft/channel-rename",
    "draft/chathistory", "draft/message-redaction", "draft/multiline", "draft/read-marker", "echo-message",
    "extended-join", "extended-monitor", "invite-notify", "labeled-response", "message-tags", "multi-prefix",
    "server-time", "setname", "standard-replies", "userhost-in-names",
)  # fmt: skip
REQUEST_BYTES = 400  # of the names in one CAP REQ: the server repeats them behind its own name
LOGIN_REFUSED = frozenset({"902", "904", "905", "906", "908"})


class Registration:
    """CAP and AUTHENTICATE of one connection; `enabled` are the capabilities in force, `offered` those of the server
    with their values."""

    def __init__(self, identity: Identity, machine: Machine) -> None:
        self.enabled: set[str] = set()
        self.offered: dict[str, str] = {}
        self.logged_in = False
        self._identity = identity
        self._machine = machine
        self._login = Login(identity)
        self._unanswered = 0  # CAP REQs without ACK or NAK yet
        self._open = True  # CAP END not sent yet, and no welcome yet

    @property
    def wants_login(self) -> bool:
        """Whether a login was asked for and has not succeeded."""
        return login.is_wanted(self._identity) and not self.logged_in

    def start(self, user: str) -> Step:
        """The opening lines. NICK and USER follow at once, so that a server without CAP welcomes us all the same."""
        identity = self._identity
        lines = ["CAP LS 302"]
        if identity.server_password:
            refused = login.in_the_clear(identity, "the server")
            if refused is not None:
                return Step([], [refused])
            lines.append(f"PASS :{identity.server_password}")
        return Step([*lines, f"NICK {identity.nick}", f"USER {user} 0 * :{identity.realname or identity.nick}"])

    def welcomed(self) -> Step:
        """001 came: the opening is over, whether or not the server knows CAP."""
        self._open = False
        self._machine.fire(WELCOME)
        return self._without_login() if self.wants_login else Step()

    def unknown(self) -> None:
        """The server does not know CAP; it welcomes us without."""
        self._machine.fire(NEGOTIATED)

    def capability(self, message: Message) -> Step:
        """A CAP line of the server."""
        subcommand, names = message.params[1].upper(), message.params[-1].split()
        match subcommand:
            case "LS" | "NEW":
                self.offered |= {name: value for name, _, value in (item.partition("=") for item in names)}
                complete = subcommand == "NEW" or message.params[2] != "*"
                return self._request() if complete else Step()
            case "ACK":
                for name in names:
                    (self.enabled.discard if name.startswith("-") else self.enabled.add)(name.lstrip("-~="))
                return self._answered()
            case "NAK":
                return self._one_by_one(names) if len(names) > 1 else self._answered()
            case "DEL":
                self.enabled.difference_update(names)
                for name in names:
                    self.offered.pop(name, None)
        return Step()

    def _request(self) -> Step:
        """Ask for what is wanted, offered and not there yet; sasl by itself, so that nothing else can spoil it."""
        wanted = [name for name in WANTED if name in self.offered and name not in self.enabled]
        lines = _requests(wanted)
        if self._open and self.wants_login and "sasl" in self.offered:
            lines.append("CAP REQ :sasl")
        self._unanswered += len(lines)
        return Step(lines) if lines or not self._open else self._go_on()

    def _one_by_one(self, names: list[str]) -> Step:
        """One of these was refused, and with it all: a server with a limit of its own should not cost us the others."""
        lines = [f"CAP REQ :{name}" for name in names]
        self._unanswered += len(lines) - 1
        return Step(lines)

    def _answered(self) -> Step:
        self._unanswered = max(0, self._unanswered - 1)
        return self._go_on() if self._open and not self._unanswered else Step()

    def _go_on(self) -> Step:
        """Everything asked for is answered: log in when that is wanted, else end the negotiation."""
        if not self.wants_login:
            return self._finish()
        if "sasl" not in self.enabled:
            return self._without_login()
        step = self._login.begin(self.offered.get("sasl", ""))
        if step.lines:
            self._machine.fire(LOGIN)
        elif not login.is_needed(self._identity):
            return self._without_login()
        return step

    def _without_login(self) -> Step:
        if login.is_needed(self._identity):
            return Step([], [Fatal("This server offers no login (SASL).", "identity")])
        told = Notice("This server offers no login with a certificate; going on without.")
        return Step(self._finish().lines if self._open else [], [told])

    def _finish(self) -> Step:
        self._open = False
        self._machine.fire(NEGOTIATED)
        return Step(["CAP END"])

    def authenticate(self, message: Message) -> Step:
        """The server's AUTHENTICATE: what the mechanism answers."""
        return self._login.receive(message.params[0]) if self.wants_login and self._login.mechanism else Step()

    def numeric(self, message: Message) -> Step:
        """900 to 908."""
        text = message.params[-1]
        if message.command in ("903", "907"):
            return self._succeeded() if self.wants_login else Step()
        if message.command not in LOGIN_REFUSED:
            return Step([], [Notice(text)])
        if message.command == "908":  # only lists the mechanisms; 904 follows it
            self._login.known(message.params[1])
            return Step()
        return self._refused(text) if self.wants_login else Step([], [Problem(text)])

    def _succeeded(self) -> Step:
        if not self._login.is_proved:
            text = "has not proved that it knows the password"
            return Step([], [Fatal(f"The server accepts {self._login.account}, but {text}.", "identity")])
        self.logged_in = True
        if not self._open:
            return Step()
        self._open = False
        self._machine.fire(LOGGED_IN)
        return Step(["CAP END"])

    def _refused(self, text: str) -> Step:
        other = self._login.go_on()
        if other is not None:
            self._machine.fire(OTHER_LOGIN)
            return other
        if not login.is_needed(self._identity):
            lines = ["CAP END"] if self._open else []
            self._open = False
            self._machine.fire(NOT_LOGGED_IN)
            return Step(lines, [Notice(f"The server does not know our certificate: {text}. Going on without a login.")])
        return Step([], [Fatal(f"The server refused the login of {self._login.account}: {text}.", "identity")])


def _requests(names: list[str]) -> list[str]:
    """CAP REQ lines that the server can repeat."""
    lines: list[str] = []
    for name in names:
        if lines and len(lines[-1]) + len(name) < REQUEST_BYTES:
            lines[-1] += f" {name}"
        else:
            lines.append(f"CAP REQ :{name}")
    return lines
