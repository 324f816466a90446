"""Commands about windows. Owns: this family of the table. Must not: draw."""

from terminal import states, wording
from terminal.client import Client
from terminal.commands.registry import Mistake, command, window
from terminal.text.numbers import whole


@command("/window [number or name]", "windows", online=False, also=("/w",))
def show(client: Client, arguments: str) -> None:
    """Look at another window; without a number or name, list all with what is unread."""
    if not arguments:
        _list(client)
        return
    if arguments.isascii() and arguments.isdigit():
        found = client.windows.numbered(whole(arguments) or 0)
    else:
        wanted = arguments.lower()
        names = [known for known in client.windows if wanted in known.name.lower()]
        found = next((known for known in names if known.name.lower() == wanted), names[0] if names else None)
    if found is None:
        raise Mistake(f"There is no window {arguments}: /window lists them.")
    client.windows.show(found)


def _list(client: Client) -> None:
    several = len(client.sessions) > 1
    for number, known in client.windows.items():
        server = f" on {known.server}" if several and known.server and known.kind != "server" else ""
        client.tell(f"{number} {known.name}{server}: {wording.window(known, known is client.windows.current)}")


@command("/close", "windows", online=False)
def close(client: Client, arguments: str) -> None:
    """Close the current window; a channel is left, a server that is not connected is forgotten."""
    current = window(client)
    session = client.sessions.get(current.server)
    if current.kind == "server" and session is not None:
        if session.machine.state != states.OFFLINE:
            raise Mistake(f"You are on {session.name} still: /disconnect first.")
        client.remove_session(session)
        return
    if current.kind in ("channel", "private") and session is not None:
        session.leaving.close(current, client.settings.part_text)
    client.windows.remove(current)


@command("/clear", "windows", online=False)
def clear(client: Client, arguments: str) -> None:
    """Empty the current window."""
    window(client).clear()
    client.changed()
