"""The first questions: where to, as whom, in which dialect; again when it does not work, with the old answers.

Owns: the order of the questions, their defaults, and what is said when the server refuses. Must not: draw, or keep a
password.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from terminal import options
from terminal.client import Client
from terminal.connecting import trust
from terminal.dialects import Identity
from terminal.events import Fatal
from terminal.network.endpoint import DEFAULT_HOST, TLS_PORT, BadEndpoint, parse_endpoint
from terminal.screen.menu import Option
from terminal.screen.questions import BACK
from terminal.sessions.ending import is_here
from terminal.sessions.session import Session
from terminal.settings.file import save_server
from terminal.settings.rows import BadSetting
from terminal.settings.table import ServerSettings
from terminal.waiting import Waiting

DIALECT_OPTIONS = (
    Option("irc", "modern IRC: nearly every chat server speaks it"),
    Option("json", "the JSON protocol of Parley: accounts and groups, easy to read"),
    Option("lab", "lab IRC: the small dialect of the exercises"),
)
_WHERE = "host, host:port, host:+port for TLS, or ircs://host. Esc goes back."
_NEXT, _BACK, _STOP, _SKIP = 1, -1, 0, 2
_GOODBYE_SECONDS = 3.0


class Asker(Protocol):
    """What asks; `terminal.screen.questions.Questions` does."""

    async def ask(
        self, text: str, default: str = "", masked: bool = False, help: str = "", backwards: bool = False
    ) -> str | None:
        """A text; None when one does not want to answer, BACK for the question before."""

    async def choose_key(
        self, text: str, keys: Mapping[str, str], default: str = "", help: str = "", backwards: bool = False
    ) -> str | None:
        """One of the keys."""

    async def choose(
        self, text: str, options: list[Option], default: str = "", free: bool = False, help: str = "",
        backwards: bool = False,
    ) -> str | None:  # fmt: skip
        """The value of one of the options."""


@dataclass(slots=True)
class Answers:
    """What was answered so far; the next defaults."""

    address: str = DEFAULT_HOST
    tls: bool = False
    fingerprint: str = ""
    nick: str = ""
    dialect: str = "irc"
    password: str = field(default="", repr=False)
    register: bool = False
    plain_over_clear: bool = False


class FirstRun:
    """Asks until there is a server that has accepted us, or one does not want to go on."""

    def __init__(self, client: Client, asker: Asker) -> None:
        self.answers = Answers(nick=options.legal_nick(options.login_name()))
        self.session: Session | None = None
        self._client = client
        self._asker = asker
        self._waiting = Waiting(client)
        self._problem = ""
        self._steps: tuple[Callable[[], Awaitable[int]], ...] = (
            self._ask_address, self._ask_tls, self._ask_nick, self._ask_dialect, self._ask_account,
            self._ask_clear,
        )  # fmt: skip

    async def run(self) -> Session | None:
        """Ask, connect, ask again; the session, or None."""
        first = 0
        while await self._ask_from(first):
            failure = await self._connect()
            if failure is None:
                if self.session is not None:
                    await self._remember(self.session)
                return self.session
            if await self._takes_certificate(failure):
                first = len(self._steps)  # nothing else is to be asked again
                continue
            self._problem = failure.text
            first = self._steps.index(self._ask_nick) if failure.cause == "identity" else 0
        return None

    async def _ask_from(self, place: int) -> bool:
        """All questions from there on; whether one wants to go on."""
        direction = _NEXT
        while place < len(self._steps):
            answer = await self._steps[place]()
            if answer == _STOP:
                return False
            direction = direction if answer == _SKIP else answer
            place = max(0, place + direction)
        return True

    # The questions

    def _help(self, otherwise: str = "") -> str:
        """What went wrong, once, or else a hint."""
        problem, self._problem = self._problem, ""
        return problem or otherwise

    async def _ask_address(self) -> int:
        answer = await self._asker.ask("Server", self.answers.address, help=self._help(_WHERE), backwards=True)
        if answer in (None, BACK):
            return _STOP if answer is None else _BACK
        try:
            parse_endpoint(answer, 0)
        except BadEndpoint as error:
            self._problem = str(error)
            return await self._ask_address()
        if answer != self.answers.address:
            self.answers.address, self.answers.tls, self.answers.fingerprint = answer, False, ""
        return _NEXT

    async def _ask_tls(self) -> int:
        endpoint = parse_endpoint(self.answers.address, 0).endpoint
        if endpoint.port != TLS_PORT or endpoint.tls:
            return _SKIP
        keys = {"y": "yes", "n": "no"}
        answer = await self._asker.choose_key("Encrypt the connection (TLS)?", keys, "y", self._help(), backwards=True)
        if answer in (None, BACK):
            return _STOP if answer is None else _BACK
        self.answers.tls = answer == "y"
        return _NEXT

    async def _ask_nick(self) -> int:
        answer = await self._asker.ask("Name", self.answers.nick, help=self._help(), backwards=True)
        if answer in (None, BACK):
            return _STOP if answer is None else _BACK
        try:
            self.answers.nick = options.check_nick(answer)
        except options.BadOption as error:
            self._problem = str(error)
            return await self._ask_nick()
        return _NEXT

    async def _ask_dialect(self) -> int:
        answer = await self._asker.choose(
            "What to speak? An arrow or a letter", list(DIALECT_OPTIONS), self.answers.dialect,
            help=self._help(), backwards=True,
        )  # fmt: skip
        if answer in (None, BACK):
            return _STOP if answer is None else _BACK
        self.answers.dialect = answer
        return _NEXT

    async def _ask_account(self) -> int:
        if self.answers.dialect == "lab":
            self.answers.password, self.answers.register = "", False
            return _SKIP
        if self.answers.dialect == "json":
            return await self._ask_json_account()
        self.answers.register = False
        text = f"Account password of {self.answers.nick}, if any"
        answer = await self._asker.ask(text, "", masked=True, help=self._help(), backwards=True)
        if answer in (None, BACK):
            return _STOP if answer is None else _BACK
        self.answers.password = answer
        return _NEXT

    async def _ask_json_account(self) -> int:
        keys = {"l": "log in", "r": "register: no account yet"}
        default = "r" if self.answers.register else "l"
        answer = await self._asker.choose_key(
            f"{self.answers.nick}: log in or register?", keys, default, self._help("This dialect needs an account."),
            backwards=True,
        )  # fmt: skip
        if answer in (None, BACK):
            return _STOP if answer is None else _BACK
        self.answers.register = answer == "r"
        return await self._ask_password()

    async def _ask_password(self) -> int:
        text = f"{'New password' if self.answers.register else 'Password'} of {self.answers.nick}"
        password = await self._asker.ask(text, masked=True, help=self._help(), backwards=True)
        if password in (None, BACK):
            return _STOP if password is None else await self._ask_json_account()
        if not password:
            self._problem = "The password may not be empty."
            return await self._ask_password()
        if self.answers.register:
            again = await self._asker.ask("The same again", masked=True, backwards=True)
            if again is None:
                return _STOP
            if again != password:
                self._problem = "The two are different."
                return await self._ask_password()
        self.answers.password = password
        return _NEXT

    async def _ask_clear(self) -> int:
        """JSON knows no login that does without the password itself; in IRC there may be one."""
        endpoint = parse_endpoint(self.answers.address, 0).endpoint
        self.answers.plain_over_clear = False
        if self.answers.dialect != "json" or endpoint.is_secure or self.answers.tls or is_here(endpoint.host):
            return _SKIP
        keys = {"y": "yes", "n": "no"}
        help = f"Without TLS everybody on the way to {endpoint.host} can read the password."
        answer = await self._asker.choose_key("Send it all the same?", keys, "n", self._help(help), backwards=True)
        if answer is None:
            return _STOP
        self.answers.plain_over_clear = answer == "y"
        return _NEXT if answer == "y" else _BACK

    async def _takes_certificate(self, failure: Fatal) -> bool:
        """Whether one takes the very certificate that could not be checked."""
        if not await takes_certificate(self._asker, failure, self.answers.fingerprint):
            return False
        self.answers.fingerprint = failure.fingerprint
        return True

    # What is done with the answers

    def server(self) -> ServerSettings:
        """The answers as settings: all but the password."""
        answers = self.answers
        login = "auto" if answers.dialect == "irc" and answers.password else "off"
        return ServerSettings(
            address=answers.address,
            dialect=answers.dialect,
            nick=answers.nick,
            tls=answers.tls,
            fingerprint=answers.fingerprint,
            login=login,
            plain_over_clear=answers.plain_over_clear,
        )

    def _identity(self) -> Identity:
        answers = self.answers
        return Identity(
            nick=answers.nick,
            password=answers.password,
            register=answers.register,
            another_nick=False,  # somebody is there to choose one
            hostname=options.own_hostname(),
            login="auto" if answers.password else "",
            plain_over_clear=answers.plain_over_clear,
        )

    async def _connect(self) -> Fatal | None:
        """Connect; why it did not work, or None."""
        target = parse_endpoint(self.answers.address, 0)
        joins = [f"{target.channel} {target.key}".rstrip()] if target.channel else []
        session = self.session = self._client.add_session(target.endpoint.host, self.server(), self._identity(), joins)
        session.connect()
        await self._waiting.until(lambda: session.dialect.ready or session.failure is not None or session.over)
        if session.dialect.ready:
            registered = replace(session.identity, another_nick=True, register=False)
            session.identity = registered  # on the way back after a loss nobody may be there to choose
            return None
        failure = session.failure or Fatal("The connection ended before the server had welcomed us.")
        if self._client.quitting:
            return failure
        session.quit()
        if not await self._waiting.until(lambda: session.over, _GOODBYE_SECONDS):
            session.close()
        self._client.remove_session(session)
        self.session = None
        return failure

    async def _remember(self, session: Session) -> None:
        path = self._client.settings_path
        if path is None or session.name in self._client.servers:
            return
        keys = {"y": "yes", "n": "no"}
        help = f"It goes to {path}, without any password; the channels that you are on when you leave are kept too."
        if await self._asker.choose_key("Remember this server for the next start?", keys, "y", help) != "y":
            return
        server = replace(session.server, autoconnect=True, remember=True)
        try:
            save_server(path, session.name, server)
        except BadSetting as error:
            self._client.complain(str(error))
            return
        self._client.servers[session.name] = server
        self._client.tell(f"Remembered in {path}.")


async def takes_certificate(asker: Asker, failure: Fatal, known: str) -> bool:
    """Whether one takes the very certificate that could not be checked. known -- the one that was taken before."""
    if failure.fingerprint in ("", known):
        return False
    keys = {"y": "yes", "n": "no"}
    text = "Take this certificate all the same, and no other?"
    help = f"{failure.text} Its fingerprint (SHA-256): {failure.fingerprint}"
    return await asker.choose_key(text, keys, "n", help) == "y"


async def ask_again(asker: Asker, session: Session, failure: Fatal) -> None:
    """Somebody whom the server refused gets another try: the name, and the password where there was one. A certificate
    that could not be checked may be taken."""
    if await takes_certificate(asker, failure, session.server.fingerprint):
        trust(session, failure.fingerprint)
        return
    if failure.cause != "identity":
        return
    nick = await asker.ask("Name", session.identity.nick, help=failure.text)
    if nick is None:
        return
    password = ""
    if session.identity.password:
        answer = await asker.ask(f"Password of {nick}; Enter alone for the same as before", masked=True)
        if answer is None:
            return
        password = answer
    session.identify(nick, password)
