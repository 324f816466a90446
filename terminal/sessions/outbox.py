"""Lines on their way to the server: paced, kept in the log of the wire, handed to the connection.

Owns: what waits, what overtakes it, and that a line is one line. Must not: know what a line means.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from terminal.dialects import Dialect
from terminal.model.window import Window
from terminal.network.pacing import Pacer
from terminal.sessions.host import Host, Wire
from terminal.sessions.unsent import Outgoing, Unsent
from terminal.wire.log import WireLog

_FORBIDDEN = str.maketrans({"\r": " ", "\n": " ", "\0": " "})  # would end the line and start a command of its own
_URGENT = ("PONG",)


class Outbox:
    """The lines of one session. `typed` is what the user is having done just now, "" when the client acts by itself.

    dialect -- gives the present one; home -- the window of lines that belong to none that is looked at.
    """

    def __init__(self, host: Host, log: WireLog, dialect: Callable[[], Dialect], home: Window) -> None:
        self.typed = ""
        self.unsent = Unsent(host, dialect)
        self._host = host
        self._log = log
        self._dialect = dialect
        self._home = home
        self._connection: Wire | None = None
        self._pacer: Pacer[Outgoing] = Pacer(self._write, host.loop.call_later, host.loop.time)

    @property
    def is_open(self) -> bool:
        """Whether there is a connection to send on."""
        return self._connection is not None

    @property
    def waiting(self) -> int:
        """How many lines wait for their turn, so that the server does not take them for a flood."""
        return self._pacer.waiting

    @property
    def typed_waiting(self) -> int:
        """How many of these are what somebody typed, rather than what the client does by itself."""
        return self._pacer.count(lambda item: item.typed)

    def configure(self) -> None:
        """The settings of pacing may be other ones."""
        self._pacer.configure(self._host.settings.pacing_burst, self._host.settings.pacing_interval)

    def open(self, connection: Wire) -> None:
        """Lines go to this connection from now on."""
        self._connection = connection
        self._pacer.reset()
        self.configure()

    def welcomed(self) -> None:
        """The server has accepted us: pacing begins. What registration took is not held against what follows."""
        self._pacer.reset()

    def put(self, lines: Iterable[str], exchange: int, urgent: bool = False) -> None:
        """Send lines in their turn; urgent ones overtake, as a PONG and those before the welcome always do."""
        urgent = urgent or not self._dialect().ready
        window = self._host.windows.current or self._home
        for line in lines:
            if self.typed and self._dialect().excess(line):
                self._warn(line, window)
            item = Outgoing(line.translate(_FORBIDDEN), exchange, self.typed, window)
            if self._connection is None:
                self.unsent.tell([item], only_waiting=True)
            else:
                overtakes = _is_own_doing if item.typed else None
                self._pacer.put(item, urgent or line.startswith(_URGENT), overtakes)

    def _warn(self, line: str, window: Window) -> None:
        count, excess = len(line.encode(errors="replace")), self._dialect().excess(line)
        text = f"That is a line of {count} bytes, {excess} more than the server takes: it may cut it, or refuse it."
        self._host.add(window, self._host.line("problem", text))

    @contextmanager
    def doing(self, typed: str) -> Iterator[None]:
        """What is put meanwhile is what the user typed: should it not reach the server, that is told."""
        self.typed = typed
        try:
            yield
        finally:
            self.typed = ""

    def withdraw_join(self, channel: str) -> bool:
        """Do not send what waits to enter this channel; whether something did."""
        found = False

        def without(item: Outgoing) -> Outgoing | None:
            nonlocal found
            line = self._dialect().without_join(item.line, channel)
            found = found or line != item.line
            return replace(item, line=line) if line else None

        self._pacer.change(without)
        return found

    def throw_away(self) -> int:
        """Forget the lines that wait, of those that somebody typed; how many they were."""
        thrown: list[Outgoing] = []

        def without(item: Outgoing) -> Outgoing | None:
            if item.typed:
                thrown.append(item)
            return None if item.typed else item

        self._pacer.change(without)
        self._no_echo(thrown)
        return len(thrown)

    def withdraw(self, exchange: int) -> None:
        """Do not send what of this exchange still waits: something newer says it."""
        self._pacer.change(lambda item: None if item.exchange == exchange else item)

    def _no_echo(self, items: Iterable[Outgoing]) -> None:
        """These lines are not sent, and nothing of them is pending."""
        for exchange, count in Counter(item.exchange for item in items).items():
            for window in self._host.windows:
                if window.server == self._home.server:
                    window.drop_pending(exchange, count)

    def hurry(self) -> None:
        """Send at once what waits, as far as a server bears it; of the rest it is told that it was not sent."""
        waiting, most = self._pacer.take(), self._host.settings.pacing_burst
        for item in waiting[:most]:
            self._write(item)
        self._no_echo(waiting[most:])
        self.unsent.tell(waiting[most:], only_waiting=True)

    def close(self) -> None:
        """The connection takes no more."""
        self._connection = None

    def lost(self, is_wanted: bool = False) -> None:
        """The connection is gone. is_wanted -- we have ended it."""
        self.close()
        if is_wanted:
            self.unsent.forget()
        self.unsent.tell(self._pacer.take())

    def _write(self, item: Outgoing) -> None:
        if self._connection is not None:
            dialect = self._dialect()
            self.unsent.sent(item)
            self._log.sent(item.line, dialect.line_end, dialect.machine.state, item.exchange)
            self._connection.send((item.line + dialect.line_end).encode(errors="replace"))


def _is_own_doing(item: Outgoing) -> bool:
    """Whether the client sends it by itself, as questions for the history: who types need not wait for that."""
    return not item.typed
