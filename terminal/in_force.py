"""From a setting that was changed to those who must be told of it at once.

Owns: which settings are handed on. All others are read where they are honoured, each time. Must not: parse or save one.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.client import Client

AT_START = frozenset({"plain"})  # what only a new start can change


def put_in_force(client: "Client", name: str) -> None:
    """Hand on the value that the setting has now."""
    tell = _EFFECTS.get(name)
    if tell is not None:
        tell(client)


def _scrollback(client: "Client") -> None:
    for window in client.windows:
        window.bound(client.settings.scrollback)


def _sessions(client: "Client") -> None:
    for session in client.sessions.values():
        session.outbox.configure()


def _input_history(client: "Client") -> None:
    if client.input_history is not None:
        client.input_history.bound(client.settings.input_history)


def _logs(client: "Client") -> None:
    client.logs.configure()


_EFFECTS: dict[str, Callable[["Client"], None]] = {
    "scrollback": _scrollback,
    "pacing_burst": _sessions,
    "pacing_interval": _sessions,
    "logs": _logs,
    "log_folder": _logs,
    "input_history": _input_history,
}
