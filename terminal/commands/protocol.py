"""Commands that show, keep or speak the protocol itself. Owns: this family of the table. Must not: show a secret."""

from pathlib import Path

from terminal import recording
from terminal.client import Client
from terminal.commands.registry import Mistake, command, live, server
from terminal.keeping.files import BadPath, user_path
from terminal.replaying import BadSpeed, Replaying, parse_speed
from terminal.sessions.session import Session
from terminal.wire.export import export as write_export
from terminal.wire.files import CannotWrite
from terminal.wire.show import ACTIONS, CannotShow, shown_rows
from terminal.wire.show import show as show_action


@command("/raw <line>", "protocol", online=False, also=("/quote",))
def raw(client: Client, arguments: str) -> None:
    """Send a line of the protocol as it is."""
    session = live(client)
    session.do(session.dialect.raw(arguments))


@command("/wire", "protocol", online=False)
def wire(client: Client, arguments: str) -> None:
    """Show every line that goes over the wire, in a window of its own, or no more."""
    server(client)
    client.show_wire()


@command("/show [what] [words]", "protocol", online=False)
def show(client: Client, arguments: str) -> None:
    """Show what an action sends in each of the three dialects, without sending it: "/show join #study"."""
    if not arguments:
        client.tell("/show an action as each dialect would send it:")
        for name, row in ACTIONS.items():
            client.tell(f"  /show {name} {row.usage}".rstrip())
        return
    action, _, words = arguments.partition(" ")
    session, current = client.session, client.windows.current
    target = current.name if current is not None and current.kind in ("channel", "private") else ""
    try:
        shown = show_action(action, words, session.dialect.nick if session else "alice", target)
    except CannotShow as error:
        raise Mistake(str(error)) from None
    for text in shown_rows(shown):
        client.tell(text)


@command("/export <file> [all]", "protocol", online=False)
def export(client: Client, arguments: str) -> None:
    """Write the wire to a new file: .md to read, .html as a picture, .pcap for packet tools; all: of all servers."""
    name, _, last = arguments.rpartition(" ")
    if last == "all" and name.strip():
        for session in list(client.sessions.values()):
            path = _path(name)
            _export(client, session, path.with_name(f"{path.stem}-{_fit(session.name)}{path.suffix}"))
    else:
        _export(client, server(client), _path(arguments))


def _export(client: Client, session: Session, path: Path) -> None:
    entries = list(session.wire.entries)
    title = f"{session.dialect.title} with {session.name}"
    try:
        write_export(entries, path, title, session.endpoint.address, session.dialect.nick)
    except CannotWrite as error:
        raise Mistake(str(error)) from None
    lines = "1 line" if len(entries) == 1 else f"{len(entries)} lines"
    client.tell(f"Wrote {lines} of the wire to {path}, {path.stat().st_size} bytes; passwords are hidden.")


@command("/record [file or stop]", "protocol", online=False)
def record(client: Client, arguments: str) -> None:
    """Record the wire of all servers to a new file, for --replay; stop ends it; alone it says what goes on."""
    running = client.recording if client.recording is not None and client.recording.goes_on else None
    if not arguments:
        told = f"Recording to {running.path}: {running.lines} lines so far." if running else "Nothing is recorded."
        client.tell(told)
    elif arguments == "stop":
        if client.recording is None:
            raise Mistake("Nothing is recorded: /record FILE begins.")
        recording.stop(client)
    elif running:
        raise Mistake(f"A record is written already, to {running.path}: /record stop first.")
    elif client.replaying is not None:
        raise Mistake("This is a recording already.")
    else:
        recording.record(client, _path(arguments))


@command("/speed [number or step]", "protocol", online=False)
def speed(client: Client, arguments: str) -> None:
    """Play a recording at another speed: 1 as it was, 2 twice as fast, 0 at once, step line by line."""
    replay = _replay(client)
    if arguments:
        try:
            replay.set_speed(parse_speed(arguments))
        except BadSpeed as error:
            raise Mistake(str(error)) from None
    else:
        client.tell(replay.status)


@command("/pause", "protocol", online=False)
def pause(client: Client, arguments: str) -> None:
    """Pause a recording, or go on with it."""
    _replay(client).pause_or_go_on()


@command("/step", "protocol", online=False)
def step(client: Client, arguments: str) -> None:
    """Play one line of a recording, and pause."""
    _replay(client).step()


def _replay(client: Client) -> Replaying:
    if client.replaying is None:
        raise Mistake("No recording is played: start with --replay FILE.")
    return client.replaying


def _path(text: str) -> Path:
    try:
        return user_path(text)
    except BadPath as error:
        raise Mistake(str(error)) from None


def _fit(name: str) -> str:
    """A name of a server as a part of the name of a file."""
    return "".join(letter if letter.isalnum() or letter in ".-_" else "-" for letter in name)
