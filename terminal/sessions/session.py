"""One server: the connection and its end, the state machine, what is sent, and how it goes on after a loss.

Owns: when to connect again, which channels to enter again, the wire's log, failures. Must not: know a wire format,
word an event (that is `wording`), or choose a window for one (that is `routing`).
"""

from collections.abc import Iterable
from dataclasses import replace

from terminal import states, wording
from terminal.dialects import DIALECTS, Dialect, Identity, Unsupported
from terminal.events import Fatal, Notice, Problem, Said, Step
from terminal.loop import Timer
from terminal.model.window import Window
from terminal.network.failure import Failure
from terminal.network.tls import Tls
from terminal.routing import Router
from terminal.sessions.answering import Answering
from terminal.sessions.ending import Ending, is_here
from terminal.sessions.history import History
from terminal.sessions.host import Dialler, Host, Wire, dial, endpoint_of
from terminal.sessions.leaving import Leaving
from terminal.sessions.outbox import Outbox
from terminal.sessions.pulse import Pulse
from terminal.sessions.reading import Reading
from terminal.sessions.rejoining import Rejoining
from terminal.sessions.renaming import Renaming
from terminal.sessions.retrying import Retrying
from terminal.sessions.wanted import Wanted
from terminal.settings.table import ServerSettings
from terminal.states import Machine
from terminal.wire.log import WireLog, decode, line_end

__all__ = ["Dialler", "Host", "Session", "Wire", "dial", "endpoint_of"]

SYNC_TOKEN = "parley-sync-"
GOODBYE_SECONDS = 3.0  # what a server gets to close after QUIT, or after its own last words
SLOW_TLS_SECONDS = 5.0  # of silence, after which one is told what may be the reason
WELCOMES = 2  # how many times `timeout` a server may take to welcome us, names and logins included


class Session:
    """A conversation with one server that outlives its connections.

    joins -- channels to enter as soon as the server lets us. `failure` is why it ended when it did not end well,
    `over` that no attempt to connect will follow, `was_welcomed` that some connection got that far, `account` is the
    own one as far as the server tells, `sees_joins` whether we see ourselves enter every channel that we are on.
    """

    sees_joins = True

    def __init__(
        self, name: str, server: ServerSettings, identity: Identity, host: Host, joins: Iterable[str] = ()
    ) -> None:
        self.endpoint = endpoint_of(server)  # before there is a window: it may be none
        self.name = name
        self.server = server
        self.host = host
        self.identity = identity
        self.machine = Machine(server.dialect, host.now)
        self.dialect: Dialect = DIALECTS[server.dialect](identity, self.machine)
        self.wire = WireLog(self.dialect.masked, self.dialect.exchange_key, host.now)
        self.window = host.window("server", name, name)
        self.failure: Fatal | None = None
        self.over = self.quitting = self.was_welcomed = False
        self.create_missing = False
        self.tls: Tls | None = None
        self.address = self.account = ""
        self.channel_rows: tuple[tuple[str, str, str], ...] = ()  # the last list of channels
        self.synchronised: set[str] = set()
        self._awaited: set[str] = set()  # tokens of `synchronise` that have no answer yet
        self.router = Router(self)
        self.history = History(self)
        self.reading = Reading(self)
        self.outbox = Outbox(host, self.wire, lambda: self.dialect, self.window)
        self._joins = tuple(joins)
        self.wanted = Wanted(lambda name: self.dialect.fold(name))
        self.leaving, self.renaming, self.rejoining = Leaving(self), Renaming(self), Rejoining(self)
        self._connection: Wire | None = None
        self._again = self._is_closed = False
        self._ending = Ending()
        self._tokens = 0
        self._answering = Answering(host)
        self._deadline: Timer | None = None
        self._retry = Retrying(host.loop, self._connect, host.changed)
        self._pulse = Pulse(host.loop, self._ask_for_life, self._no_life, host.changed)

    @property
    def lag(self) -> float | None:
        """Seconds that the server takes to answer; None while that is not known."""
        return self._pulse.lag

    @property
    def retry_at(self) -> float | None:
        """When the next attempt to connect comes, by the loop's clock; None when none is to come."""
        return self._retry.at

    # What the user wants

    def connect(self) -> None:
        """Dial, now; a connection that is being closed is waited for. Nothing when there is one."""
        self._retry.forget()
        self._connect()

    def _connect(self) -> None:
        if self._connection is not None:
            self._again = self.quitting or self.machine.state == states.LEAVING
            return
        self._retry.stop()
        self.over = self.quitting = self._again = self._is_closed = False
        self.failure = self.tls = None
        self.account = ""
        self.machine.fire(states.DIAL)
        self._begin_anew()
        post, timeout = self.host.loop.call_soon_threadsafe, self.host.settings.timeout
        self._connection = self.host.dialler(self.endpoint, self, post, timeout)
        self.outbox.open(self._connection)
        self._connection.start()
        self.host.session_changed()

    def _begin_anew(self) -> None:
        """Nothing that the last connection said about itself holds for the next one."""
        clear_to = "" if self.endpoint.is_secure or is_here(self.endpoint.host) else self.endpoint.host
        self.dialect = DIALECTS[self.server.dialect](replace(self.identity, clear_to=clear_to), self.machine)
        self.dialect.answers = self._answering.may_answer
        self._ending = Ending(hint=self.dialect.hint)
        self.renaming.refused()
        self.leaving.reset()
        self.wire.connected(self.dialect.masked, self.dialect.exchange_key)
        self.router.reset()
        self.history.reset()
        self.reading.reset()

    def reconnect(self, text: str = "") -> None:
        """Leave, and come back."""
        if self._connection is not None:
            self.quit(text)
        self.connect()

    def identify(self, nick: str = "", password: str = "") -> None:
        """Connect as somebody else, or with another password, as when the server refused us."""
        known = self.identity
        self.identity = replace(known, nick=nick or known.nick, password=password or known.password)
        self.connect()

    def do(self, step: Step, exchange: int = 0, urgent: bool = False) -> None:
        """Send and show what a dialect made of an action or a line. exchange -- 0 for an action of the user's;
        urgent -- the lines overtake those that wait to be sent."""
        if step.lines:
            exchange = exchange or self.wire.begin()
            self.outbox.put(step.lines, exchange, urgent)
        for event in step.events:
            if isinstance(event, Said) and event.pending and not self.outbox.is_open:
                continue
            try:
                self.router.take(event, step, exchange)
            except Unsupported:
                raise
            except Exception as error:  # the events behind it are as good as they were
                self.host.mishap("showing what the server said", error)

    def tell(self, text: str) -> None:
        """Show an information of the client's own in the window of the server."""
        self.do(Step([], [Notice(text)]))

    def complain(self, text: str) -> None:
        """Show that something cannot be done."""
        self.do(Step([], [Problem(text)]))

    def enter(self, text: str) -> None:
        """Join the channels that `text` names; one we are on already is shown."""
        for channel, key in self.dialect.join_targets(text):
            window = self.host.windows.find(self.name, channel, self.dialect.fold)
            if window and window.joined:
                self.host.windows.show(window)
            else:
                self.router.show_when_joined(channel)
                self.wanted.add(channel, key)
                self.do(self.dialect.join(channel, key))

    def quit(self, text: str = "") -> None:
        """Say goodbye and stay away; the server's closing is no failure from now on. What was typed before is sent
        before, as far as a server bears it at once; the rest is told. The end comes within some seconds, whatever the
        server does; a second call does not wait for it."""
        was_quitting, self.quitting, self._again = self.quitting, True, False
        self._retry.stop()
        if self._connection is None:
            self.machine.fire(states.GIVE_UP)
            self._end()
            return
        if self.machine.row.ready and not was_quitting:
            self.outbox.hurry()
            with self.outbox.doing(""):  # the end of the connection shows that it arrived
                self.do(self.dialect.quit(text or self.host.settings.quit_text), urgent=True)
            self._close_later(GOODBYE_SECONDS)
        else:
            self.close()
        self.machine.fire(states.QUIT)
        self.host.session_changed()

    def close(self) -> None:
        """Close the connection, whatever it waits for."""
        if self._connection is not None and not self._is_closed:
            self._is_closed = True
            self.outbox.close()
            self._connection.close()

    def synchronise(self) -> str:
        """Ask for an answer that comes after everything sent so far; the token is in `synchronised` then."""
        self._tokens += 1
        token = f"{SYNC_TOKEN}{self._tokens}"
        self._awaited.add(token)
        self.do(self.dialect.synchronise(token))
        return token

    def answered(self, token: str) -> None:
        """The answer to `synchronise`, or to a question of our own."""
        self.outbox.unsent.confirmed(token)
        if not self._pulse.answered(token) and token in self._awaited:
            self._awaited.discard(token)
            self.synchronised.add(token)
        self.history.go_on()

    def mark_read(self, window: Window) -> None:
        """Tell the server that a window was read to its end."""
        self.reading.mark(window)

    # Where and who to be

    def welcomed(self) -> None:
        """The server has accepted us: be where and what one was before, and enter what is to be entered."""
        self.was_welcomed = self._ending.was_ready = True
        self.account = self.dialect.account
        self._stop_deadline()
        self.outbox.welcomed()
        self._retry.welcomed()
        if self.dialect.has_ping:
            self._pulse.start()
        if self.router.away_wanted is not None:
            self.do(self.dialect.away(self.router.away_wanted))
        self.do(self.dialect.enter_again(self.wanted.all()))
        joins, self._joins = self._joins, ()
        for text in joins:
            self.enter(text)
        self.history.resume()
        self.host.session_changed()

    # What the network says; a session is the listener of its connection

    def dialling(self, address: str) -> None:
        """A host is called."""
        self.address = address
        if self.host.interactive:
            self.tell(f"Connecting to {address} ...")

    def connected(self) -> None:
        """The connection is there; TLS may follow."""
        if self.endpoint.is_secure:
            self.machine.fire(states.HANDSHAKE)
            self._deadline = self.host.loop.call_later(SLOW_TLS_SECONDS, self._slow_tls)
        else:
            self.machine.fire(states.OPENED)
            self._open()
        self.host.session_changed()

    def secured(self, tls: Tls) -> None:
        """TLS is in force."""
        self.tls = tls
        self._stop_deadline()
        self.machine.fire(states.SECURED)
        self.tell(wording.secured(tls.version, tls.cipher, tls.fingerprint, tls.verified))
        self._open()
        self.host.session_changed()

    def _open(self) -> None:
        if self.quitting:
            return
        if self.host.interactive:  # without anybody there, whoever runs the session has a time limit
            self._deadline = self.host.loop.call_later(self.host.settings.timeout * WELCOMES, self._not_welcomed)
        self.do(self.dialect.start())

    def received(self, lines: list[bytes]) -> None:
        """Lines came, each with its end."""
        self._pulse.heard()
        for raw in lines:
            if self.over:
                return
            before = self.machine.state
            try:
                self._receive(raw)
            except Exception as error:  # the lines behind it are as good as they were
                self.host.mishap("handling a line of the server", error)
            if self.machine.state != before:
                self.host.session_changed()
        self.host.changed()

    def _receive(self, raw: bytes) -> None:
        entry = self.wire.received(raw, self.machine.state)
        self.outbox.unsent.heard(entry.exchange)
        self.do(self.dialect.receive(decode(raw[: len(raw) - len(line_end(raw))])), entry.exchange)

    def ended(self, failure: Failure) -> None:
        """The connection is gone, or never came about."""
        self._connection = None
        self._stop_deadline()
        self._pulse.stop()
        self.machine.fire(states.LOST)
        if not self.quitting and self.failure is None:
            self.failure = self._ending.fatal(failure)
        self.router.lost("" if self.quitting or self.failure is None else self.failure.text)
        self.outbox.lost(is_wanted=self.quitting)
        if self._again:
            self._connect()
        elif self.quitting or not self._may_retry(failure):
            self._end()
        else:
            self._retry_later()

    # What the server says about the connection

    def fatal(self, event: Fatal) -> None:
        """The server turned us away: nothing more can be done on this connection, and another would fare no better."""
        self._ending.turned_away = True
        if not self.quitting:
            self.failure = self.failure or event
        self.machine.fire(states.REFUSED)
        self.close()
        if not self.host.interactive:
            self._end()

    def closing(self, text: str) -> None:
        """The server says why it is about to close; it gets some seconds to do so."""
        self._ending.last_words = text
        self.machine.fire(states.CLOSING)
        self._close_later(GOODBYE_SECONDS)

    # What is behind that

    def _close_later(self, seconds: float) -> None:
        self._stop_deadline()
        self._deadline = self.host.loop.call_later(seconds, self.close)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None

    def _ask_for_life(self, token: str) -> None:
        try:
            step = self.dialect.synchronise(token)
        except Unsupported:
            self._pulse.stop()
            return
        self.outbox.unsent.asked(token)
        self.do(step, urgent=True)
        self.do(self.dialect.look_for_nick())

    def _no_life(self, seconds: float) -> None:
        self._give_up(f"The connection was lost: nothing has come from the server for {round(seconds)} seconds.", True)

    def _slow_tls(self) -> None:
        if self.host.interactive:
            self.tell(wording.slow_tls(self.endpoint.address))

    def _not_welcomed(self) -> None:
        seconds = self.host.settings.timeout * WELCOMES
        text = f"The server did not welcome us within {seconds:g} seconds. {self.dialect.hint}".rstrip()
        self._give_up(text, self.was_welcomed)

    def _give_up(self, text: str, retry: bool) -> None:
        """Close a connection that is of no use any more."""
        self._ending.instead = Failure(text, "timeout", retry)
        self.close()

    def _may_retry(self, failure: Failure) -> bool:
        is_allowed = self.host.settings.reconnect and self.host.interactive
        return is_allowed and self._ending.may_retry(failure, self.was_welcomed)

    def _retry_later(self) -> None:
        delay = self._retry.begin(self.host.settings.reconnect_longest)
        self.machine.fire(states.WAIT)
        if self.failure is not None and not self._ending.was_ready:
            self._note(self.failure.text)
        self.tell(f"Connecting again in {max(1, round(delay))} s; /connect does it now, /disconnect gives up.")
        self.host.session_changed()

    def _end(self) -> None:
        if not self.over:
            self.over = True
            if self.failure is not None and self.host.interactive:
                if not self._ending.was_ready:
                    self.complain(self.failure.text)
                self.host.session_failed(self.name, self.failure)
        self.host.session_changed()

    def _note(self, text: str) -> None:
        self.host.add(self.window, self.host.line("problem", text))
