"""Who is typing: what others are told of us, and what we say of them (IRCv3 `+typing`).

Owns: how often one tells, and how long one believes it. Must not: know the keyboard; the input calls `changed`.
"""

from typing import TYPE_CHECKING

from terminal.model.window import Window
from terminal.text.clean import plain

if TYPE_CHECKING:
    from terminal.client import Client

AGAIN_SECONDS = 3.0  # between two notices of ours, at least
BELIEVED_SECONDS = 6.0  # after a notice of others
_NAMED = 2


def shown(window: Window, now: float) -> str:
    """`rook is typing`, or "" when nobody is. now -- seconds of the loop's clock."""
    nicks = [plain(nick) for nick in window.typists(now)]
    if not nicks:
        return ""
    if len(nicks) > _NAMED:
        return f"{len(nicks)} people are typing"
    return f"{' and '.join(nicks)} {'is' if len(nicks) == 1 else 'are'} typing"


class Composing:
    """Tells the server that a text is being typed, when the setting `typing` allows it and the server takes it."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._window: Window | None = None  # where they believe that we type
        self._told = 0.0

    def changed(self, text: str) -> None:
        """The text in the input is another one now."""
        window = self._client.windows.current
        if window is None or not self._may_tell(window):
            self._window = None
        elif not text.strip():
            self._tell(window, False)
        elif not text.startswith("/") or text.startswith("//"):
            self._tell(window, True)

    def sent(self) -> None:
        """The text was sent: that says by itself that nobody types it any more."""
        self._window = None

    def _tell(self, window: Window, active: bool) -> None:
        now = self._client.loop.time()
        if active and window is self._window and now - self._told < AGAIN_SECONDS:
            return
        if not active and window is not self._window:
            return
        self._window, self._told = (window, now) if active else (None, self._told)
        session = self._client.sessions[window.server]
        session.do(session.dialect.typing(window.name, active))

    def _may_tell(self, window: Window) -> bool:
        session = self._client.sessions.get(window.server)
        if session is None or not self._client.settings.typing or not session.dialect.ready:
            return False
        is_talk = window.kind == "private" or (window.kind == "channel" and window.joined)
        return is_talk and "typing" in session.dialect.features
