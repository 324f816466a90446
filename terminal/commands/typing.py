"""Commands about typing and the keyboard. Owns: this family of the table. Must not: read a key."""

from terminal.client import Client
from terminal.commands.registry import Mistake, command, server


@command("/keys", "windows", online=False)
def keys(client: Client, arguments: str) -> None:
    """List the keys of the full screen."""
    if not client.key_help:
        raise Mistake("Without a full screen the keys are those of the terminal: Enter sends the line.")
    width = max(len(name) for name, _ in client.key_help)
    for name, text in client.key_help:
        client.tell(f"{name:{width}}  {text}")
    client.tell("Beside these, the keys of Emacs: Ctrl-A, Ctrl-E, Ctrl-K, Ctrl-W, Ctrl-Y, Alt-b, Alt-f, Ctrl-_ ...")


@command("/unsend", "talk", online=False)
def unsend(client: Client, arguments: str) -> None:
    """Throw away the lines that wait to be sent, as Ctrl-G does."""
    count = server(client).outbox.throw_away()
    client.tell(f"{count} line{' was' if count == 1 else 's were'} thrown away.")
