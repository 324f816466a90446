"""Plays a record: when each line is due, and what a dialect makes of lines that were sent long ago.

Owns: the timing, and that nothing a dialect wants to send leaves the client. Must not: read a clock or a file.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from terminal.dialects import DIALECTS, Dialect, Identity
from terminal.events import Step
from terminal.wire.reading import Item, Opening, Recorded

LONGEST_PAUSE = 10.0  # seconds at speed 1; nobody watches a lunch break
AT_ONCE = 500  # items without a pause between them, before the screen has its turn
_EXPECTED = 1_000


class Replay:
    """An iterator of (seconds after the one before, item). longest_pause -- in seconds; longer ones are shortened."""

    def __init__(self, items: Sequence[Item], longest_pause: float = LONGEST_PAUSE) -> None:
        self._items = items
        self._longest_pause = longest_pause

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[tuple[float, Item]]:
        before = None
        for item in self._items:
            pause = (item.time - before).total_seconds() if before else 0.0
            before = item.time
            yield min(max(pause, 0.0), self._longest_pause), item  # a clock may have been set back


class Player:
    """Feeds a replay, item by item, in time; it can be paused, and fed by hand.

    speed -- 2 is twice as fast, 0 at once; later -- (seconds, callback): calls back once, from the same thread;
    feed -- takes each item; finished -- called after the last one, unless stopped.
    `elapsed` and `total` are seconds of the record, with its longest pauses shortened.
    """

    def __init__(
        self,
        replay: Replay,
        speed: float,
        later: Callable[[float, Callable[[], None]], object],
        feed: Callable[[Item], None],
        finished: Callable[[], None] = lambda: None,
    ) -> None:
        self.playing = True
        self.paused = False
        self.elapsed = 0.0
        self.total = sum(pause for pause, _ in replay)
        self._speed = speed
        self._later = later
        self._feed = feed
        self._finished = finished
        self._rest = iter(replay)
        self._due: tuple[float, Item] | None = None
        self._alarms = 0

    @property
    def speed(self) -> float:
        """2 is twice as fast as it was; 0 at once."""
        return self._speed

    @property
    def pause_before_next(self) -> float:
        """Seconds of the record until its next item; 0 when there is none."""
        return self._look()[0]

    def set_speed(self, speed: float) -> None:
        """Another speed from now on."""
        self._speed = speed
        self._wake()

    def stop(self) -> None:
        """Feed no more."""
        self.playing = False

    def pause(self) -> None:
        """Wait until `go_on` or `step`."""
        self.paused = True
        self._alarms += 1

    def go_on(self) -> None:
        """Go on by oneself."""
        self.paused = False
        self._wake()

    def step(self) -> None:
        """Feed up to the next line of the wire, now, and wait."""
        self.pause()
        while self.playing:
            item = self._next()
            if item is None or isinstance(item, Recorded):
                return

    def turn(self) -> None:
        """Feed what is due now, and ask to be called when more is."""
        if self._due:
            self._next()
        for _ in range(AT_ONCE):
            if not self.playing or self.paused:
                return
            pause, item = self._look()
            if item is not None and pause and self._speed:
                self._call_later(pause / self._speed)
                return
            self._next()
        self._call_later(0.0)

    def _look(self) -> tuple[float, Item | None]:
        """The next item, which stays the next one, and the pause before it."""
        self._due = self._due or next(self._rest, None)
        return self._due or (0.0, None)

    def _next(self) -> Item | None:
        pause, item = self._look()
        self._due = None
        if item is None:
            self.playing = False
            self._finished()
        else:
            self.elapsed += pause
            self._feed(item)
        return item

    def _wake(self) -> None:
        """Wait anew for what comes next, at the speed of now."""
        if self.playing and not self.paused:
            pause, _ = self._look()
            self._call_later(pause / self._speed if self._speed else 0.0)

    def _call_later(self, seconds: float) -> None:
        """Ask for a turn; turns that were asked for before do not come about."""
        self._alarms += 1
        number = self._alarms

        def ring() -> None:
            if number == self._alarms and self.playing and not self.paused:
                self.turn()

        self._later(seconds, ring)


def play(
    replay: Replay,
    speed: float,
    later: Callable[[float, Callable[[], None]], object],
    feed: Callable[[Item], None],
    finished: Callable[[], None] = lambda: None,
) -> Player:
    """Start to play, see `Player`; ValueError when `speed` is negative."""
    if not speed >= 0:
        raise ValueError("The speed of a replay is 0 (at once) or more: 1 is as it was, 2 twice as fast.")
    player = Player(replay, speed, later, feed, finished)
    player.turn()
    return player


class Rerun:
    """A dialect in a replay: both directions go in, only events come out.

    A line that the dialect itself wanted to send, such as the NAMES after a join, is known to it already when the
    record brings it as sent; any other was an action of the user then, and `Dialect.replayed` gets it.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._expected: deque[str] = deque(maxlen=_EXPECTED)
        self._quietly(dialect.start())

    @classmethod
    def of(cls, opening: Opening) -> "Rerun":
        """For a connection of a record."""
        return cls(DIALECTS[opening.dialect](Identity(opening.nick)))

    def play(self, item: Recorded) -> Step:
        """A line of either direction; the step has no lines."""
        return self.sent(item.entry.text) if item.entry.outgoing else self.received(item.entry.text)

    def received(self, line: str) -> Step:
        """A line of the server, without its end; the step has no lines."""
        return self._quietly(self.dialect.receive(line))

    def sent(self, line: str) -> Step:
        """A line of the client of then; the step has no lines."""
        if line in self._expected:
            self._expected.remove(line)
            return Step()
        return self._quietly(self.dialect.replayed(line))

    def expect(self, lines: Iterable[str]) -> None:
        """Lines that the client wants to send by itself, and that the record will bring as sent."""
        self._expected.extend(lines)

    def _quietly(self, step: Step) -> Step:
        self.expect(step.lines)
        return step._replace(lines=())
