"""The log of one server's wire: every line of both directions, and which lines belong together.

Owns: the entries and their exchanges; secrets are hidden before an entry exists. Must not: know a command of a dialect
beyond what keeps a connection alive, read a clock, or write a file.
"""

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from protocol.message import parse_message

ENTRIES = 10_000
ENTRY_BYTES = 1_000  # of each entry on average: longer ones leave room for fewer
LEAST_BYTES = 1024 * 1024
KEYS = 1_000  # outgoing lines whose answers are recognised
KEY_LIFE = timedelta(seconds=60)  # an answer that is later is somebody else's event, such as their change of our topic
_PING_BYTES = 1_000  # no PING is longer, and a JSON history is not worth a look
_MAY_KEEP_ALIVE = re.compile("P[IO]NG|101", re.IGNORECASE)  # not worth parsing without


@dataclass(frozen=True, slots=True)
class WireEntry:
    """One line of one direction.

    number -- counts the entries of a log from 1; time -- aware, UTC; text -- decoded, secrets hidden, without its
    end; end -- CR LF, LF or "" when the line had none; size -- bytes on the wire, end included, secrets included;
    state -- name of the connection's state at that moment; exchange -- equal for an action and what answers it;
    keepalive -- PING or PONG; utf8 -- False when only Latin-1 could decode it; connection -- counts from 1.
    """

    number: int
    time: datetime
    outgoing: bool
    text: str
    end: str
    size: int
    state: str
    exchange: int
    keepalive: bool
    utf8: bool = True
    connection: int = 1

    @property
    def data(self) -> bytes:
        """The bytes of the line, with its end, as far as they may be shown."""
        return (self.text + self.end).encode("utf-8" if self.utf8 else "latin-1", errors="replace")


class WireLog:
    """The newest `most` entries of one server, or fewer when they are long.

    mask -- a line to the line without secrets; key -- (line, outgoing) to what a request and its answers have in
    common, "" for nothing; both may be set anew at any time. now -- the present moment, aware, UTC.
    observers -- each is called with every new entry; openings -- each is called when another connection begins.
    """

    def __init__(
        self,
        mask: Callable[[str], str],
        key: Callable[[str, bool], str],
        now: Callable[[], datetime],
        most: int = ENTRIES,
    ) -> None:
        self.mask = mask
        self.key = key
        self.entries: deque[WireEntry] = deque(maxlen=most)
        self.observers: list[Callable[[WireEntry], None]] = []
        self.openings: list[Callable[[], None]] = []
        self._now = now
        self._most_bytes = max(LEAST_BYTES, most * ENTRY_BYTES)
        self._bytes = 0
        self._number = 0
        self._exchange = 0
        self._connection = 1
        self._keys: dict[str, tuple[int, datetime]] = {}  # oldest first

    def connected(self, mask: Callable[[str], str], key: Callable[[str, bool], str]) -> None:
        """Another connection begins, with a dialect of its own; nothing on it answers what was asked before."""
        self.mask, self.key = mask, key
        self._keys.clear()
        if self._number:
            self._connection += 1
        for tell in tuple(self.openings):
            tell()

    def begin(self) -> int:
        """The number of a new exchange, for an action of the user that may need several lines."""
        self._exchange += 1
        return self._exchange

    def sent(self, line: str, end: str, state: str, exchange: int = 0) -> WireEntry:
        """Keep a line that was sent. exchange -- that of the action, or of the received line that it answers; 0 for
        a new one."""
        moment, exchange = self._now(), exchange or self.begin()
        self._remember(self.key(line, True), exchange, moment)
        size = len((line + end).encode(errors="replace"))
        return self._add(moment, True, line, end, size, state, exchange)

    def received(self, raw: bytes, state: str) -> WireEntry:
        """Keep a line that came. raw -- with its end, if it has one."""
        moment, end = self._now(), line_end(raw)
        bare = raw[: len(raw) - len(end)]
        line = decode(bare)
        exchange = self._answered(self.key(line, False), moment) or self.begin()
        return self._add(moment, False, line, end, len(raw), state, exchange, utf8=is_utf8(bare))

    def put(self, entry: WireEntry) -> None:
        """Keep an entry of a record as it is."""
        self._number = entry.number
        if len(self.entries) == self.entries.maxlen:
            self._bytes -= self.entries[0].size
        self.entries.append(entry)
        self._bytes += entry.size
        while self._bytes > self._most_bytes and len(self.entries) > 1:
            self._bytes -= self.entries.popleft().size
        for observer in tuple(self.observers):
            observer(entry)

    def _add(
        self,
        moment: datetime,
        outgoing: bool,
        line: str,
        end: str,
        size: int,
        state: str,
        exchange: int,
        utf8: bool = True,
    ) -> WireEntry:
        entry = WireEntry(
            number=self._number + 1,
            time=moment,
            outgoing=outgoing,
            text=self.mask(line),
            end=end,
            size=size,
            state=state,
            exchange=exchange,
            keepalive=keeps_alive(line),
            utf8=utf8,
            connection=self._connection,
        )
        self.put(entry)
        return entry

    def _remember(self, key: str, exchange: int, moment: datetime) -> None:
        if not key:
            return
        self._keys.pop(key, None)
        self._keys[key] = (exchange, moment)
        if len(self._keys) > KEYS:
            del self._keys[next(iter(self._keys))]

    def _answered(self, key: str, moment: datetime) -> int:
        """The exchange that a received line goes on with, or 0."""
        exchange, asked = self._keys.get(key, (0, moment)) if key else (0, moment)
        if not exchange or moment - asked > KEY_LIFE:
            return 0
        self._remember(key, exchange, moment)  # a long answer may take its time
        return exchange


def decode(line: bytes | bytearray) -> str:
    """UTF-8, or the Latin-1 that older servers and clients still send."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def is_utf8(line: bytes) -> bool:
    """Whether `decode` reads these bytes as UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def line_end(line: bytes) -> str:
    """CR LF, LF or "", whichever `line` ends with."""
    if line.endswith(b"\r\n"):
        return "\r\n"
    return "\n" if line.endswith(b"\n") else ""


def keeps_alive(line: str) -> bool:
    """Whether a line, of any dialect and direction, is a PING or PONG."""
    if len(line) > _PING_BYTES:
        return False
    if not _MAY_KEEP_ALIVE.search(line):
        return False
    if not line.lstrip().startswith("{"):
        return parse_message(line).command.upper() in ("PING", "PONG")
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and (data.get("command") == "PING" or str(data.get("response_code")) == "101")
