"""Plays a record in a client: the same windows, the same wire, the same states, and no network at all.

Owns: the sessions of a replay, its clock, and what a person may do to it. Must not: send anything, or keep what is
played in logs.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from terminal import states
from terminal.client import Client
from terminal.dialects import Identity, Unsupported
from terminal.events import Event, Joined, Members, Step
from terminal.model.window import Window
from terminal.network.endpoint import BadEndpoint, parse_endpoint
from terminal.sessions.session import Session
from terminal.settings.table import ServerSettings, Settings
from terminal.wire.reading import Item, Opening, Recorded
from terminal.wire.replay import Player, Replay, Rerun

REFUSED = "This is a recording: nothing is sent. /quit leaves it."
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
STEP = "step"


class BadSpeed(ValueError):
    """No such speed; the text is a sentence that says what is allowed."""


def parse_speed(text: str) -> float | None:
    """A number from 0 up, or None for `step`. Raises BadSpeed."""
    if text.strip().lower() == STEP:
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0 <= speed <= 1000:
        raise BadSpeed(
            f"The speed of a replay is a number from 0 (at once) to 1000, 1 as it was, or step, not {text!r}."
        )
    return speed


def settings_for(settings: Settings) -> Settings:
    """The settings that a replay has: it keeps nothing of a talk that was long ago."""
    return replace(
        settings, logs="off", input_history=0, reconnect=False, read_markers=False, history_lines=0, bell="off"
    )


class ReplayedSession(Session):
    """One server of a record. What its dialect and its router want to send goes nowhere."""

    sees_joins = False  # a record may begin when we are on a channel already
    rerun: Rerun
    _joined: set[int]  # exchanges of joins, which bring the members with them

    def open(self, opening: Opening) -> None:
        """Another connection of the record begins."""
        if self.machine.state != states.OFFLINE:
            self.machine.follow(states.OFFLINE)
        self.identity = Identity(opening.nick)
        self.machine.fire(states.DIAL)
        self._begin_anew()
        self.rerun, self._joined = Rerun(self.dialect), set()
        self.machine.fire(states.OPENED)
        self.tell(f"Recorded connection to {opening.server}, {opening.time:%Y-%m-%d %H:%M} UTC.")

    def play(self, item: Recorded) -> None:
        """One line of the wire, of either direction."""
        entry = replace(item.entry, text=self.dialect.masked(item.entry.text))
        self.machine.follow(entry.state)
        self.quitting = self.machine.last == states.QUIT
        self.wire.put(entry)
        self.do(self.rerun.play(item), entry.exchange)

    def do(self, step: Step, exchange: int = 0, urgent: bool = False) -> None:
        """Show what a line of the record means; lines are not sent but expected to come in the record."""
        self.rerun.expect(step.lines)
        for event in step.events:
            self._as_asked(event, exchange)
            self.router.take(event, step, exchange)

    def _as_asked(self, event: Event, exchange: int) -> None:
        """Let the router do what it did because the user had asked: show a channel, and tell who is there."""
        if isinstance(event, Joined) and event.own and not event.history:
            self._joined.add(exchange)
            self.router.show_when_joined(event.channel)
        elif isinstance(event, Members) and exchange not in self._joined:
            self.router.ask_names(event.channel)

    def welcomed(self) -> None:
        """The record says by itself what followed."""
        self.host.session_changed()

    def connect(self) -> None:
        """There is no network."""
        raise Unsupported(REFUSED)

    def reconnect(self, text: str = "") -> None:
        """There is no network."""
        raise Unsupported(REFUSED)

    def quit(self, text: str = "") -> None:
        """Nobody is there to say goodbye to."""
        self.over = True
        self.host.session_changed()

    def mark_read(self, window: Window) -> None:
        """Nobody is there to be told."""


class Replaying:
    """A record that is played. items -- those of `read_record`; speed -- None to wait for each `step`.

    `now` is the clock of the client: the time of the last line.
    """

    def __init__(self, items: Sequence[Item], speed: float | None, path: Path) -> None:
        self._items = items
        self._path = path
        self._speed = 1.0 if speed is None else speed
        self._by_hand = speed is None
        self._moment = items[0].time if items else datetime.now(UTC)
        self._sessions: dict[str, ReplayedSession] = {}
        self._client: Client | None = None
        self._player: Player | None = None
        self._since = 0.0  # when the pause before the next line began, by the loop's clock

    def now(self) -> datetime:
        """The time of the line that was played last."""
        return self._moment

    @property
    def ended(self) -> bool:
        """Whether all of it was played."""
        return self._player is not None and not self._player.playing

    @property
    def status(self) -> str:
        """Where the replay is, in a few words."""
        if self._player is None:
            return "replay"
        where = f"replay {_clock(self._elapsed(self._player))} / {_clock(self._player.total)}"
        if not self._player.playing:
            return f"{where}, ended"
        return f"{where}, paused" if self._player.paused else f"{where}, speed {self._player.speed:g}"

    def _elapsed(self, player: Player) -> float:
        """Seconds of the record, those since its last line included."""
        if self._client is None or player.paused or not player.playing:
            return player.elapsed
        since = (self._client.loop.time() - self._since) * player.speed
        return player.elapsed + min(since, player.pause_before_next)

    def begin(self, client: Client) -> None:
        """Play in this client, from its loop. Once; `client.now` must be the clock of this replay."""
        self._client = client
        client.replaying = self
        for opening in self._items:
            if isinstance(opening, Opening) and opening.session not in self._sessions:
                self._add(client, opening)
        self._player = Player(Replay(self._items), self._speed, client.loop.call_later, self._feed, self._finished)
        if self._by_hand:
            self._player.step()
        else:
            self._player.turn()
        self._tick()

    # What a person does

    @property
    def player(self) -> Player:
        """What plays; to be asked after `begin`."""
        assert self._player is not None
        return self._player

    def set_speed(self, speed: float | None) -> None:
        """Another speed from now on; None waits for each step."""
        if speed is None:
            self.player.pause()
        else:
            self.player.paused = False
            self.player.set_speed(speed)
        self._changed()

    def change_speed(self, by: int) -> None:
        """Faster (1) or slower (-1), in the steps of `SPEEDS`."""
        known = self.player.speed
        others = [speed for speed in SPEEDS if (speed > known if by > 0 else speed < known)] if known else SPEEDS
        if others:
            self.player.set_speed(others[0 if by > 0 else -1])
        self._changed()

    def pause_or_go_on(self) -> None:
        """Pause, or go on."""
        if self.player.paused:
            self.player.go_on()
        else:
            self.player.pause()
        self._changed()

    def step(self) -> None:
        """One line of the wire, now; then wait."""
        self.player.step()
        self._changed()

    # What is behind that

    def _add(self, client: Client, opening: Opening) -> None:
        server = ServerSettings(address=_address(opening.server), nick=opening.nick, dialect=opening.dialect)
        session = client.add_session(opening.session, server, Identity(opening.nick), kind=ReplayedSession)
        assert isinstance(session, ReplayedSession)
        self._sessions[opening.session] = session

    def _feed(self, item: Item) -> None:
        self._moment = item.time
        session = self._sessions[item.session]
        if isinstance(item, Opening):
            session.open(item)
        else:
            session.play(item)
        self._changed()

    def _finished(self) -> None:
        assert self._client is not None
        self._client.tell(f"The recording {self._path.name} ends here; /quit leaves it.")
        self._changed()

    def _changed(self) -> None:
        assert self._client is not None
        self._since = self._client.loop.time()
        self._client.changed()

    def _tick(self) -> None:
        """Show how the time goes by."""
        assert self._client is not None
        if not self.ended:
            self._client.changed()
            self._client.loop.call_later(1.0, self._tick)


def _address(server: str) -> str:
    """The address of a record, which may hold anything, when it is one; else ""."""
    try:
        parse_endpoint(server, 0)
    except BadEndpoint:
        return ""
    return server


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"
