"""A conversation with a real server, recorded, read again and replayed: the same is told a second time."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from terminal.dialects import DIALECTS, Identity
from terminal.events import Event, Joined, Ready, Said, Step, Synchronised
from terminal.wire import WireLog, decode
from terminal.wire.log import line_end
from terminal.wire.reading import Opening, Recorded, read_record
from terminal.wire.record import Recorder
from terminal.wire.replay import Rerun
from tests.harness import SERVER_NAME, TIMEOUT, ServerUnderTest

PASSWORD = "correct horse"


class Talk:
    """The least that a client needs around a dialect."""

    def __init__(self, connected: socket.socket, dialect: str, record: Recorder) -> None:
        password = PASSWORD if dialect == "json" else ""
        identity = Identity("bob", password=password, register=bool(password), servername=SERVER_NAME)
        self.dialect = DIALECTS[dialect](identity)
        self.log = WireLog(self.dialect.masked, self.dialect.exchange_key, lambda: datetime.now(UTC))
        self.log.observers.append(record.observer("study"))
        self.events: list[Event] = []
        self._socket = connected
        self._lines = connected.makefile("rb")

    def do(self, step: Step, exchange: int = 0) -> None:
        for line in step.lines:
            self.log.sent(line, self.dialect.line_end, self.dialect.machine.state, exchange)
            self._socket.sendall((line + self.dialect.line_end).encode())
        self.events += [event for event in step.events if not (isinstance(event, Said) and event.pending)]

    def until(self, is_found: Callable[[Event], bool]) -> None:
        """Handle lines until one means what is waited for, or the server closes."""
        known = len(self.events)
        while not any(map(is_found, self.events[known:])):
            raw = self._lines.readline()
            if not raw:
                return
            entry = self.log.received(raw, self.dialect.machine.state)
            self.do(self.dialect.receive(decode(raw.removesuffix(line_end(raw).encode()))), entry.exchange)

    def settle(self, token: str) -> None:
        self.do(self.dialect.synchronise(token))
        self.until(lambda event: event == Synchronised(token))


@contextmanager
def talk(server: ServerUnderTest, dialect: str, path: Path) -> Iterator[Talk]:
    record = Recorder(path, lambda: datetime.now(UTC), pytest.fail)
    record.connected("study", f"127.0.0.1:{server.port}", dialect, "bob")
    with socket.create_connection(("127.0.0.1", server.port), TIMEOUT) as connected:
        yield Talk(connected, dialect, record)
    record.close()


@pytest.mark.parametrize("dialect", ["irc", "json", "lab"])
def test_a_replay_tells_what_the_conversation_told(server: ServerUnderTest, tmp_path: Path, dialect: str) -> None:
    wren, path = server.irc("wren"), tmp_path / "talk.jsonl"
    wren.ask("JOIN #x")
    with talk(server, dialect, path) as bob:
        bob.do(bob.dialect.start())
        bob.until(lambda event: isinstance(event, Ready))
        bob.do(bob.dialect.join("#x"), bob.log.begin())
        bob.until(lambda event: isinstance(event, Joined) and event.own)
        bob.do(bob.dialect.say("#x", "héllo"), bob.log.begin())
        bob.do(bob.dialect.act("#x", "waves"), bob.log.begin())
        bob.settle("parley-sync-1")
        wren.ask("PRIVMSG #x :hello bob")
        bob.do(bob.dialect.topic("#x", "Exam on Friday"))
        bob.do(bob.dialect.members("#x"))
        bob.do(bob.dialect.part("#x"))
        bob.settle("parley-sync-2")
        bob.do(bob.dialect.quit("bye"))
        bob.until(lambda event: False)

    opening, *rest = read_record(path)
    assert isinstance(opening, Opening)
    lines = [item for item in rest if isinstance(item, Recorded)]
    assert [item.entry.data for item in lines] == [entry.data for entry in bob.log.entries]
    rerun = Rerun.of(opening)
    events = [event for item in lines for event in rerun.play(item).events]
    assert without_tokens(events) == without_tokens(bob.events)
    assert [event.text for event in events if isinstance(event, Said) and event.own] == ["héllo", "waves"]
    assert PASSWORD not in path.read_text("utf-8")


def without_tokens(events: list[Event]) -> list[Event]:
    """JSON has no place for the token of a PING."""
    return [event for event in events if not isinstance(event, Synchronised)]
