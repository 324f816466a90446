"""Whatever happens to a connection, in whatever order: one connection at most, no forgotten timer, one truth."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from terminal import states
from tests.terminal_core import FakeConnection, a_client, welcome

KINDS = ["refused", "unreachable", "timeout", "name", "certificate", "lost", "closed", "protocol"]


class Life(RuleBasedStateMachine):
    """One session; the rules are what the network, the server and the user may do."""

    def __init__(self) -> None:
        super().__init__()
        self.core = a_client()
        self.session = self.core.session(joins=["#x"], insecure=False)
        self.ended: set[int] = set()
        self.accepted: set[int] = set()

    @property
    def open(self) -> list[FakeConnection]:
        """The connections that have not ended."""
        return [one for number, one in enumerate(self.core.network.connections) if number not in self.ended]

    @property
    def is_accepted(self) -> bool:
        """Whether the server hears us."""
        return bool(self.open) and len(self.core.network.connections) - 1 in self.accepted

    @rule()
    def connect(self) -> None:
        """/connect."""
        self.session.connect()

    @rule()
    def reconnect(self) -> None:
        """/reconnect."""
        self.session.reconnect()

    @rule()
    def quit(self) -> None:
        """/disconnect."""
        self.session.quit()

    @rule(seconds=st.sampled_from([0.5, 3, 40, 400]))
    def wait(self, seconds: float) -> None:
        """Time goes by."""
        self.core.pass_time(seconds)

    @precondition(lambda self: self.open and not self.is_accepted and not self.open[-1].closed)
    @rule()
    def accept(self) -> None:
        """Somebody answers."""
        self.accepted.add(len(self.core.network.connections) - 1)
        self.open[-1].accept()

    @precondition(lambda self: self.is_accepted)
    @rule()
    def welcome(self) -> None:
        """The server accepts us."""
        welcome(self.open[-1])

    @precondition(lambda self: self.is_accepted)
    @rule(
        line=st.sampled_from(
            [
                "ERROR :Closing Link",
                "ERROR :K-lined",
                ":s 433 * alice :in use",
                ":s 465 alice :banned",
                ":alice!a@h JOIN #x",
                ":s KICK #x alice",
                "PING x",
                ":s CAP * LS :echo-message",
                "",
            ]
        )
    )
    def hear(self, line: str) -> None:
        """The server says something, at whatever time."""
        self.open[-1].feed(line)

    @precondition(lambda self: self.open)
    @rule(kind=st.sampled_from(KINDS), retry=st.booleans())
    def end(self, kind: str, retry: bool) -> None:
        """The connection is gone, or never came about."""
        peer = self.open[-1]
        self.ended.add(len(self.core.network.connections) - 1)
        peer.lose(kind, retry=retry)

    @rule()
    def type(self) -> None:
        """The user says something."""
        self.core.type("hello")

    @invariant()
    def there_is_one_connection_at_most(self) -> None:
        """And none beside an end or a pause."""
        assert len(self.open) <= 1
        if self.open:
            assert not self.session.over and self.session.retry_at is None
        if self.session.machine.state in (states.NEGOTIATING, states.REGISTERING, states.WELCOMED):
            assert self.open

    @invariant()
    def an_end_is_an_end(self) -> None:
        """Nobody waits for anything any more."""
        if self.session.over:
            assert self.session.retry_at is None and self.session.machine.state == states.OFFLINE
            assert self.core.loop.waiting == 0

    @invariant()
    def a_pause_is_seen_in_the_state(self) -> None:
        """Countdown and state say the same."""
        assert (self.session.retry_at is not None) == (self.session.machine.state == states.WAITING)
        if self.session.retry_at is not None:
            assert not self.open and self.session.retry_at > self.core.loop.time()

    @invariant()
    def who_quits_does_not_come_back_by_itself(self) -> None:
        """A quit and a pause exclude each other."""
        assert not (self.session.quitting and self.session.retry_at is not None)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
