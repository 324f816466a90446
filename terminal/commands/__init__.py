"""THE table of commands, a file for each family. `/help`, completion and tooltips are derived from the table."""

from terminal.commands import (
    accounts,
    channels,
    chat,
    earlier,
    finding,
    information,
    network,
    protocol,
    questions,
    settings,
    typing,
    windows,
)
from terminal.commands.registry import COMMANDS, Command, Mistake, check_actions, run

__all__ = [
    "COMMANDS", "Command", "Mistake", "accounts", "channels", "chat", "earlier", "finding", "information", "network",
    "protocol", "questions", "run", "settings", "typing", "windows",
]  # fmt: skip

if _wrong := check_actions():
    raise RuntimeError(f"commands and states: {'; '.join(_wrong)}")
