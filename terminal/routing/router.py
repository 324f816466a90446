"""THE table from events to what is done with them.

Owns: that every event has its handler. Must not: know what one does.
"""

from dataclasses import replace

from terminal.events import Event, Step
from terminal.routing import channels, connection, people, talk
from terminal.routing.base import Handlers, Routing

HANDLERS: Handlers = {**talk.HANDLERS, **people.HANDLERS, **channels.HANDLERS, **connection.HANDLERS}


class Router(Routing):
    """The events of one session, in order."""

    def take(self, event: Event, step: Step, exchange: int) -> None:
        """Do everything that an event brings with it."""
        before = self.step, self.exchange
        self.step, self.exchange = step, exchange
        HANDLERS[type(event)](self, event)
        self.session.history.heard(step)
        self.step, self.exchange = before

    def lost(self, text: str) -> None:
        """The connection is gone: we are on no channel, and know nobody's whereabouts. text -- why, told wherever we
        were; "" when nobody need be told."""
        self.step, self.exchange = Step(), 0
        line = replace(self.host.line("problem", text))
        current = self.host.windows.current
        for window in self.windows():
            if text:  # the session tells what perhaps was not sent
                window.drop_pending()
            was_here = window.joined or (window is current and window.kind == "private") or window.kind == "server"
            if text and self.was_ready and was_here and self.host.interactive:
                if window is current:
                    window.mark()
                self.host.add(window, line)
            if window.joined:
                window.joined = False
                window.set_members(())
