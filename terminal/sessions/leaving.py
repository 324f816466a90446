"""Leaving channels: what of it goes over the wire, and that a window that was closed does not come back.

Owns: which channels are being left with their window closed. Must not: close a window.
"""

from typing import TYPE_CHECKING

from terminal.dialects.by_name import ByName
from terminal.model.window import Window

if TYPE_CHECKING:
    from terminal.sessions.session import Session


class Leaving:
    """The channels of one session that are left."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._closed: ByName[bool] = ByName(lambda name: session.dialect.fold(name))

    def reset(self) -> None:
        """A new connection begins."""
        self._closed.clear()

    def leave(self, channel: str, text: str = "") -> bool:
        """Leave a channel, and do not enter it again. False when nothing is sent: the wish to enter it was not even on
        its way."""
        session = self._session
        session.wanted.drop(channel)
        session.router.to_show.pop(channel, None)
        window = session.router.known(channel)
        if session.outbox.withdraw_join(channel):
            session.dialect.answered_join(channel)
            if window is None or not window.joined:
                return False
        session.do(session.dialect.part(channel, text))
        return True

    def close(self, window: Window, text: str = "") -> None:
        """Leave the channel of a window that is being closed, if we are there, or are on our way."""
        session, name = self._session, window.name
        session.history.forget(window)
        if window.kind != "channel":
            return
        if session.dialect.ready and (window.joined or name in session.dialect.joining):
            self._closed[name] = True
            if not self.leave(name, text):
                self.left(name)
        session.wanted.drop(name)

    def is_closed(self, channel: str) -> bool:
        """Whether its window was closed, and the server has not confirmed yet that we left."""
        return channel in self._closed

    def left(self, channel: str) -> None:
        """We are not on this channel, or want to be there again."""
        self._closed.pop(channel, None)
