"""THE table of the states of a connection, for each dialect: it drives the code, and F3 draws it.

Owns: which states there are, what leads from one to another, and what one may do in each.
Must not: send, receive or wait; the session fires the events of the network, the dialect those of the protocol.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

OFFLINE, WAITING, DIALLING, SECURING, LEAVING = "offline", "waiting", "dialling", "securing", "leaving"
NEGOTIATING, AUTHENTICATING, REGISTERING, WELCOMED = "negotiating", "authenticating", "registering", "welcomed"
CONNECTED, AUTHENTICATED, IN_GROUP = "connected", "authenticated", "in a group"

SAY, SAY_TO_USER = "say", "say to a user"  # a dialect without the second has the first for both
BY_ITSELF = ("register",)  # actions that the client does without a command

HISTORY = 50  # transitions that a machine remembers

# Events of the network. "connected" ends dialling without TLS; "handshake" begins TLS, which "secured" ends.
DIAL, HANDSHAKE, OPENED, SECURED = "dial", "handshake", "connected", "secured"
LOST, WAIT, GIVE_UP, QUIT = "lost", "wait", "give up", "quit"
# Events of the protocol.
LOGIN, LOGGED_IN, OTHER_LOGIN = "login begins", "logged in", "another mechanism"
NOT_LOGGED_IN = "not logged in"
NEGOTIATED, WELCOME, NICK_TAKEN, REFUSED, CLOSING = "negotiated", "welcome", "nick taken", "refused", "server closes"
ENTERED, LEFT, LEFT_LAST = "entered", "left", "left the last group"


@dataclass(frozen=True, slots=True)
class State:
    """A row: what the state means, the actions allowed in it, and whether the server has accepted us (`ready`)."""

    name: str
    explanation: str
    allows: tuple[str, ...] = ()
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """A row: in `state`, `event` leads to `next`."""

    state: str
    event: str
    next: str


@dataclass(frozen=True, slots=True)
class Table:
    """The states of one dialect, in the order of a connection's life, and what leads from one to another."""

    states: tuple[State, ...]
    transitions: tuple[Transition, ...]


_IRC_ACTIONS = (
    "join", "part", SAY, "notice", "list", "topic", "names", "nick", "mode", "kick", "ban", "invite", "knock", "rename",
    "whois", "who", "whowas", "ctcp", "away", "history", "realname", "oper", "ask the server", "quit",
)  # fmt: skip
_JSON_ACTIONS = (
    "join", "create", "list", "names", "whois", SAY_TO_USER, "away", "history", "search", "password", "quit",
)  # fmt: skip
_GROUP_ACTIONS = (*_JSON_ACTIONS, SAY, "part", "topic", "invite", "kick", "ban", "rename", "settings")
_LAB_ACTIONS = ("join", "part", SAY, "topic", "names", "list", "quit")


def _before(first: str, also: Iterable[State]) -> tuple[State, ...]:
    """The states that every dialect has, with its own between them; `first` follows once the connection is there."""
    return (
        State(OFFLINE, "There is no connection.", ("connect",)),
        State(WAITING, "The next attempt to connect comes after a pause.", ("connect", "quit")),
        State(DIALLING, f"The host is looked up and called; {first} follows.", ("quit",)),
        *also,
        State(LEAVING, "One side has said goodbye; the connection is about to be closed."),
    )


def _network(first: str, online: Iterable[str], is_secured: bool = True) -> tuple[Transition, ...]:
    """What leads to the connection and away from it; `online` are the states that have one."""
    rows = [
        Transition(OFFLINE, DIAL, DIALLING),
        Transition(OFFLINE, WAIT, WAITING),
        Transition(WAITING, DIAL, DIALLING),
        Transition(WAITING, GIVE_UP, OFFLINE),
        Transition(WAITING, QUIT, OFFLINE),
        Transition(DIALLING, OPENED, first),
    ]
    if is_secured:
        rows += [Transition(DIALLING, HANDSHAKE, SECURING), Transition(SECURING, SECURED, first)]
    for state in (DIALLING, SECURING) if is_secured else (DIALLING,):
        rows += [Transition(state, LOST, OFFLINE), Transition(state, QUIT, OFFLINE)]
    for state in online:
        rows += [
            Transition(state, QUIT, LEAVING),
            Transition(state, CLOSING, LEAVING),
            Transition(state, LOST, OFFLINE),
        ]
    return (*rows, Transition(LEAVING, LOST, OFFLINE))


_SECURING = State(
    SECURING, "The TLS handshake: keys are agreed on, and the server's certificate is checked.", ("quit",)
)

TABLES = {
    "irc": Table(
        _before(
            NEGOTIATING,
            (
                _SECURING,
                State(NEGOTIATING, "The capabilities of both sides are compared (CAP).", ("login", "register", "quit")),
                State(AUTHENTICATING, "A login goes on (SASL).", ("quit",)),
                State(REGISTERING, "NICK and USER are sent; the server has not welcomed us yet.", ("nick", "quit")),
                State(WELCOMED, "The server has welcomed us (001).", _IRC_ACTIONS, ready=True),
            ),
        ),
        (
            *_network(NEGOTIATING, (NEGOTIATING, AUTHENTICATING, REGISTERING, WELCOMED)),
            Transition(NEGOTIATING, NICK_TAKEN, NEGOTIATING),
            Transition(NEGOTIATING, LOGIN, AUTHENTICATING),
            Transition(NEGOTIATING, NEGOTIATED, REGISTERING),
            Transition(NEGOTIATING, WELCOME, WELCOMED),
            Transition(NEGOTIATING, REFUSED, LEAVING),
            Transition(AUTHENTICATING, NICK_TAKEN, AUTHENTICATING),
            Transition(AUTHENTICATING, OTHER_LOGIN, AUTHENTICATING),
            Transition(AUTHENTICATING, LOGGED_IN, REGISTERING),
            Transition(AUTHENTICATING, NOT_LOGGED_IN, REGISTERING),
            Transition(AUTHENTICATING, WELCOME, WELCOMED),
            Transition(AUTHENTICATING, REFUSED, LEAVING),
            Transition(REGISTERING, NICK_TAKEN, REGISTERING),
            Transition(REGISTERING, WELCOME, WELCOMED),
            Transition(REGISTERING, REFUSED, LEAVING),
        ),
    ),
    "json": Table(
        _before(
            CONNECTED,
            (
                _SECURING,
                State(CONNECTED, "The server knows nobody here yet.", ("login", "register", "quit")),
                State(AUTHENTICATED, "You are in no group.", _JSON_ACTIONS, ready=True),
                State(IN_GROUP, "You are in at least one group.", _GROUP_ACTIONS, ready=True),
            ),
        ),
        (
            *_network(CONNECTED, (CONNECTED, AUTHENTICATED, IN_GROUP)),
            Transition(CONNECTED, LOGGED_IN, AUTHENTICATED),
            Transition(CONNECTED, REFUSED, LEAVING),
            Transition(AUTHENTICATED, ENTERED, IN_GROUP),
            Transition(IN_GROUP, ENTERED, IN_GROUP),
            Transition(IN_GROUP, LEFT, IN_GROUP),
            Transition(IN_GROUP, LEFT_LAST, AUTHENTICATED),
        ),
    ),
    "lab": Table(
        _before(
            REGISTERING,
            (
                _SECURING,
                State(REGISTERING, "USER is sent; the server has not welcomed us yet.", ("quit",)),
                State(WELCOMED, "The server has welcomed us (001).", _LAB_ACTIONS, ready=True),
            ),
        ),
        (
            *_network(REGISTERING, (REGISTERING, WELCOMED)),
            Transition(REGISTERING, NICK_TAKEN, REGISTERING),
            Transition(REGISTERING, WELCOME, WELCOMED),
            Transition(REGISTERING, REFUSED, LEAVING),
        ),
    ),
}


def check(table: Table) -> list[str]:
    """What is wrong with a table, one sentence each: unknown states, two ways for one event, states never reached."""
    names = {state.name for state in table.states}
    wrong = [
        f"{row} names a state that there is not" for row in table.transitions if not {row.state, row.next} <= names
    ]
    if len({(row.state, row.event) for row in table.transitions}) < len(table.transitions):
        wrong.append("an event leads from one state to two")
    reached, before = {table.states[0].name}, set[str]()
    while reached != before:
        before = set(reached)
        reached |= {row.next for row in table.transitions if row.state in before}
    return wrong + [f"{name} is never reached" for name in sorted(names - reached)]


for _name, _table in TABLES.items():
    if _wrong := check(_table):
        raise RuntimeError(f"states of {_name}: {'; '.join(_wrong)}")


@dataclass(frozen=True, slots=True)
class Moved:
    """A transition that was made; `event` is "" when no event of the table led there, `time` None without a clock."""

    time: datetime | None
    state: str
    event: str
    next: str


class Machine:
    """Where one connection is. `state` is the name of the row, `last` the last event that led somewhere, or "";
    `history` the last transitions, oldest first. now -- the present moment, aware; None: transitions have no time."""

    def __init__(self, dialect_name: str, now: Callable[[], datetime] | None = None) -> None:
        table = TABLES[dialect_name]
        self.dialect_name = dialect_name
        self.states = table.states
        self.transitions = table.transitions
        self.state = table.states[0].name
        self.last = ""
        self.now = now
        self.history: deque[Moved] = deque(maxlen=HISTORY)
        self._rows = {state.name: state for state in table.states}
        self._ways = {(row.state, row.event): row.next for row in table.transitions}

    @property
    def row(self) -> State:
        """The row of the present state."""
        return self._rows[self.state]

    @property
    def since(self) -> datetime | None:
        """Since when the present state holds; None when that is not known."""
        return next((moved.time for moved in reversed(self.history) if moved.state != moved.next), None)

    def allows(self, action: str) -> bool:
        """Whether the present state allows an action, by its name in the table."""
        return action in self.row.allows

    def knows(self, action: str) -> bool:
        """Whether any state of the dialect allows an action."""
        return any(action in state.allows for state in self.states)

    def next_events(self) -> list[tuple[str, str]]:
        """What may happen now, and the state that each leads to."""
        return [(row.event, row.next) for row in self.transitions if row.state == self.state]

    def fire(self, event: str) -> bool:
        """Go where `event` leads. False, and nothing changes, when it leads nowhere from here."""
        target = self._ways.get((self.state, event))
        if target is None:
            return False
        self._go(event, target)
        return True

    def follow(self, state: str) -> None:
        """Be in the state that a record names, by the event that leads there if there is one. Unknown ones are
        ignored."""
        if state in self._rows and state != self.state:
            self._go(next((event for event, target in self.next_events() if target == state), ""), state)

    def _go(self, event: str, target: str) -> None:
        self.history.append(Moved(self.now() if self.now else None, self.state, event, target))
        self.state, self.last = target, event
