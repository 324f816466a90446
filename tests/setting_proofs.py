"""A client whose settings are changed, and what proves that somebody honours them.

Owns: the stage, and the table of proofs that `setting_proofs_screen` and `setting_proofs_session` fill. Must not: know
a setting.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from prompt_toolkit.input import DummyInput
from prompt_toolkit.output import DummyOutput

from terminal.screen.application import Screen
from tests.terminal_core import Core

CAPABILITIES = "batch draft/chathistory draft/multiline=max-bytes=4096,max-lines=9 draft/read-marker message-tags"
Proof = Callable[["Stage"], None]
PROOFS: dict[str, Proof] = {}


class Stage:
    """A client on #study of a server that can do everything, and looked at on a screen that nobody sees."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.core = Core(log_folder=str(folder / "logs"), pacing_interval=0.0)
        self.client = self.core.client
        self.screen = Screen(self.client, terminal_input=DummyInput(), terminal_output=DummyOutput())
        self.client.on_failure.clear()  # nobody is there to be asked
        session = self.core.session()
        session.connect()
        self.peer = self.core.network.connection
        self.peer.accept()
        self.peer.feed(f":irc.test CAP * LS :{CAPABILITIES}", f":irc.test CAP alice ACK :{CAPABILITIES.split('=')[0]}")
        self.peer.feed(f":irc.test CAP alice ACK :{CAPABILITIES.replace('=max-bytes=4096,max-lines=9', '')}")
        self.peer.feed(":irc.test 001 alice :Welcome", ":irc.test 422 alice :No MOTD")
        self.join("#study")
        self.window = self.client.window("channel", "net", "#study", show=True)
        self.window.clear()
        self.peer.take()

    def join(self, channel: str) -> None:
        self.peer.feed(f":alice!a@h JOIN {channel}", f":irc.test 366 alice {channel} :End")

    def set(self, name: str, value: Any) -> None:
        self.client.change_setting(name, value)

    def said(self, text: str, nick: str = "wren") -> None:
        self.peer.feed(f":{nick}!{nick}@h PRIVMSG #study :{text}")

    def picture(self, width: int = 120) -> str:
        """The screen."""
        rows = self.screen.canvas.rows(width, 20, self.screen.look)
        return "\n".join("".join(text for _, text in row) for row in rows)

    def styles(self) -> str:
        """All styles of the screen."""
        return " ".join(style for row in self.screen.canvas.rows(120, 20, self.screen.look) for style, _ in row)


def proof(function: Proof) -> Proof:
    """What shows that the setting that the function is called after is honoured."""
    PROOFS[function.__name__] = function
    return function
