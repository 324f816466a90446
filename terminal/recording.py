"""Records what a client says and hears, of all its sessions.

Owns: which sessions are recorded, those that come later too. Must not: know the form of a record (`wire.record`).
"""

from collections.abc import Callable
from pathlib import Path

from terminal.client import Client
from terminal.sessions.session import Session
from terminal.wire.files import CannotWrite
from terminal.wire.log import WireEntry
from terminal.wire.record import Recorder


class Recording:
    """A record that is being written. Raises CannotWrite (a sentence) when the file exists or cannot be made."""

    def __init__(self, client: Client, path: Path) -> None:
        self.path = path
        self.lines = 0
        self._client = client
        self._recorder = Recorder(path, client.now, client.warn)
        self._watched: list[tuple[Session, Callable[[], None], Callable[[WireEntry], None]]] = []
        for session in client.sessions.values():
            self._watch(session)
        client.on_session.append(self._watch)

    @property
    def goes_on(self) -> bool:
        """Whether lines are still written."""
        return self._recorder.recording

    def stop(self) -> None:
        """Write no more."""
        self._client.on_session.remove(self._watch)
        for session, opened, observer in self._watched:
            session.wire.openings.remove(opened)
            session.wire.observers.remove(observer)
        self._recorder.close()

    def _watch(self, session: Session) -> None:
        is_new = True  # an attempt to connect that comes to nothing leaves no trace

        def opened() -> None:
            nonlocal is_new
            is_new = True

        def observer(entry: WireEntry) -> None:
            self.lines += 1
            write(entry)

        def write(entry: WireEntry) -> None:
            nonlocal is_new
            if is_new:
                is_new, dialect = False, session.server.dialect
                self._recorder.connected(session.name, session.endpoint.address, dialect, session.dialect.nick)
            self._recorder.entry(session.name, entry)

        for entry in _login(session):
            write(entry)
        session.wire.openings.append(opened)
        session.wire.observers.append(observer)
        self._watched.append((session, opened, observer))


def _login(session: Session) -> list[WireEntry]:
    """How the connection that goes on began: without it nobody could tell later what its lines mean."""
    entries = session.wire.entries
    if not session.machine.row.ready or not entries:
        return []
    ready = {state.name for state in session.machine.states if state.ready}
    connection = entries[-1].connection
    return [entry for entry in entries if entry.connection == connection and entry.state not in ready]


def record(client: Client, path: Path) -> bool:
    """Begin to record; the client says so, or why it cannot be done, and goes on. Whether it is done."""
    try:
        begin(client, path)
    except CannotWrite as error:
        client.complain(str(error))
        return False
    return True


def begin(client: Client, path: Path) -> None:
    """Begin to record, and say so. Raises CannotWrite."""
    client.recording = Recording(client, path)
    client.tell(f"Recording to {path}; passwords are hidden. /record stop ends it.")


def stop(client: Client) -> None:
    """End the recording that goes on, if any, and say what there is now."""
    recording, client.recording = client.recording, None
    if recording is not None:
        recording.stop()
        client.tell(f"Recorded {recording.lines} lines of the wire to {recording.path}.")
