"""Commands about servers: which there are, and the ways to and from them.

Owns: this family of the table. Must not: touch a socket.
"""

from terminal import states
from terminal.client import Client
from terminal.commands.registry import Mistake, command, live, not_replaying, server
from terminal.connecting import find_session, open_server, server_named
from terminal.dialects import DIALECTS
from terminal.network.endpoint import BadEndpoint
from terminal.options import BadOption
from terminal.sessions.session import Session


@command("/connect [server] [dialect]", "servers", online=False, action="connect")
def connect(client: Client, arguments: str) -> None:
    """Connect now; to another server by its name in the settings or its address: "/connect irc.example.org:+6697"."""
    not_replaying(client)
    name, _, dialect = arguments.partition(" ")
    if not name:
        server(client).connect()
        return
    known = find_session(client, name)
    if known is not None and not dialect:
        client.windows.show(known.window)
        known.connect()
        return
    if dialect and dialect not in DIALECTS:
        raise Mistake(f"There is no dialect {dialect}; there are {', '.join(DIALECTS)}.")
    try:
        open_server(client, *server_named(client, name, dialect))
    except (BadEndpoint, BadOption) as error:
        raise Mistake(str(error)) from error


@command("/server [server]", "servers", online=False)
def servers(client: Client, arguments: str) -> None:
    """List the servers and how each connection stands, or show the window of one."""
    if arguments:
        found = find_session(client, arguments)
        if found is None:
            raise Mistake(f"You are on no server {arguments}: /connect {arguments} goes there.")
        client.windows.show(found.window)
        return
    for session in client.sessions.values():
        client.tell(_described(client, session))
    for name in client.servers:
        if name not in client.sessions:
            client.tell(f"{name}: not connected; /connect {name} goes there.")
    if not client.sessions and not client.servers:
        client.tell("There is no server yet: /connect host[:port] first.")


def _described(client: Client, session: Session) -> str:
    state = session.machine.state
    if session.retry_at is not None:
        state = f"next attempt in {max(1, round(session.retry_at - client.loop.time()))} s"
    parts = [state if state != states.WELCOMED else "connected", session.dialect.title]
    parts.append(session.tls.version if session.tls else "not encrypted" if session.dialect.ready else "")
    parts.append(f"as {session.dialect.nick}")
    parts.append(f"logged in as {session.account}" if session.account else "")
    parts.append(f"lag {session.lag:.1f} s" if session.lag is not None else "")
    return f"{session.name} ({session.endpoint.address}): {', '.join(part for part in parts if part)}"


@command("/disconnect [text]", "servers", online=False, action="quit")
def disconnect(client: Client, arguments: str) -> None:
    """Leave the current server and do not come back by oneself."""
    session = live(client)
    if not session.machine.allows("quit") and session.machine.state != states.LEAVING:
        raise Mistake(f"There is no connection to {session.name}.")
    session.quit(arguments)


@command("/reconnect [text]", "servers", online=False, action="connect")
def reconnect(client: Client, arguments: str) -> None:
    """Leave the current server and come back at once."""
    live(client).reconnect(arguments)


@command("/quit [text]", "servers", online=False, also=("/exit",), action="quit")
def leave(client: Client, arguments: str) -> None:
    """Say goodbye to all servers and end."""
    client.quit(arguments)
