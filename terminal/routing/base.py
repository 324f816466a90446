"""What the handlers of all events share: the session, the step that an event came with, and where something is said.

Owns: finding windows, and making lines of what was worded. Must not: handle an event.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from terminal.dialects.by_name import ByName
from terminal.events import Step
from terminal.model.line import Kind, Line
from terminal.model.window import Window

if TYPE_CHECKING:
    from terminal.sessions.session import Session

Handlers = dict[type, Callable[[Any, Any], None]]  # from a type of events to a function of router and event


class Routing:
    """What is known of one session beyond its windows. `away` is the own away text, None when here, and `away_wanted`
    the same across connections; `modes` are the letters of the own user modes; `to_show` the channels that one asked to
    join, shown once we are there; `asked_names` those of which the members were asked for."""

    def __init__(self, session: "Session") -> None:
        self.session = session
        self.host = session.host
        self.step = Step()
        self.exchange = 0
        self.to_show: ByName[bool] = ByName(self.fold)
        self.asked_names: ByName[bool] = ByName(self.fold)
        self.channels_asked: Callable[[], None] | None = None
        self.away: str | None = None
        self.away_wanted: str | None = None
        self.modes = ""
        self.was_ready = False
        self.is_typing_awaited = False
        self.is_crowded = False
        self._told: tuple[int, set[tuple[str, str]]] = 0, set()  # an exchange, and its problems so far

    def reset(self) -> None:
        """A new connection begins."""
        self.away = None
        self.modes = ""
        self.was_ready = False
        self.asked_names.clear()

    def show_when_joined(self, channel: str) -> None:
        """The user wants to see this channel once we are on it."""
        self.session.leaving.left(channel)
        self.to_show[channel] = True

    def ask_channels(self, answered: Callable[[], None] | None) -> None:
        """Take the next list of channels over into the session, call back, and show no lines of it; None: show them."""
        self.channels_asked = answered

    def ask_names(self, channel: str) -> None:
        """The user has asked who is on a channel: the answer is said, not just taken over."""
        self.asked_names[channel] = True

    def fold(self, name: str) -> str:
        """The key under which a nick or channel is kept on this server."""
        return self.session.dialect.fold(name)

    def windows(self) -> list[Window]:
        """Those of this server."""
        return [window for window in self.host.windows if window.server == self.session.name]

    def known(self, name: str) -> Window | None:
        """The window of a channel or private talk, when there is one."""
        return self.host.windows.find(self.session.name, name, self.fold)

    def near(self, about: str) -> Window:
        """Where something about a channel or nick is said: its window, else where one looks, else the server's."""
        known = self.known(about) if about else None
        current = self.host.windows.current
        if known is not None:
            return known
        if current is not None and current.server == self.session.name and current.kind != "wire":
            return current
        return self.session.window

    def line(self, kind: Kind, text: str, **more: Any) -> Line:
        """A line of the present step; what `more` says is put into it."""
        time = more.pop("time", None) or self.step.time
        more.setdefault("msgid", self.step.msgid or "")
        return self.host.line(kind, text, time, exchange=self.exchange, stamped=time is not None, **more)

    def say(self, window: Window | None, kind: Kind, text: str, **more: Any) -> None:
        """Put such a line into a window, None for the server's."""
        self.put(window or self.session.window, self.line(kind, text, **more))

    def put(self, window: Window, line: Line) -> None:
        """Put a line into a window; one of the history of this window counts when it was missed."""
        history = self.session.history
        is_new = self.host.add(window, line, missed=line.history and history.is_missed(window))
        if line.history:
            history.came(window, line, is_new)

    def was_told(self, about: str, text: str) -> bool:
        """Whether the same problem came of the same action before, as when one action takes several lines."""
        if not self.exchange or self._told[0] != self.exchange:
            self._told = self.exchange, set()
        known = (about, text) in self._told[1]
        self._told[1].add((about, text))
        return known

    def ignored(self, nick: str, mask: str = "") -> bool:
        """Whether nothing is to be shown of what somebody does. mask -- as in Said."""
        if not self.host.settings.ignore:
            return False
        mine = self.step.mask if self.fold(self.step.mask.partition("!")[0]) == self.fold(nick) else ""
        return not self.session.dialect.is_own(nick) and self.host.ignores(mask or mine or nick)
