"""What was said before the oldest line of a window: the command, and what PgUp does at the top. Owns: both. Must not:
write a line of a protocol; the dialects do."""

from terminal.client import Client
from terminal.commands.registry import COMMANDS, Mistake, command, online, window
from terminal.dialects.base import HISTORY_LIMIT
from terminal.text.numbers import whole

MOST = 1000


@command("/history [count]", "talk", action="history")
def history(client: Client, arguments: str) -> None:
    """Show what was said before the oldest line here, as many messages as you say (100)."""
    session, current = online(client), window(client)
    if current.kind not in ("channel", "private"):
        raise Mistake("Older messages are those of a channel or a private talk: go to its window first.")
    count = whole(arguments) if arguments else HISTORY_LIMIT
    if count is None or not 1 <= count <= MOST:
        raise Mistake(f"Usage: {COMMANDS['/history'].usage}; count is a number from 1 to {MOST}.")
    problem = session.history.older(current, count)
    if problem:
        raise Mistake(problem)


def go_back(client: Client) -> None:
    """Ask quietly for some of the older messages of the current window, where the server has any."""
    session, current = client.session, client.windows.current
    if session is not None and current is not None and client.replaying is None and session.name == current.server:
        session.history.more(current)
