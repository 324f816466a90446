"""Getting bytes to clients: a queue per connection and one writer thread for all of them.

Owns: queues, their bounds, the only sends and the only close of a client's socket. Must not: take the state lock, or
know what the bytes mean. Publishing (under the state lock) only appends to lists; the writer joins what waits and sends
it with one call per connection. Lists are cut by slices, which are atomic, so no lock is shared with the publishers.
"""

import logging
import math
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from chat.transport.layers import Layers
from chat.transport.plain import send_now
from protocol.limits import CORKED_QUEUES, PENDING_PUBLISHES

log = logging.getLogger("parley.delivery")
_BLOCKED_POLL_SECONDS = 0.02  # how soon what had to wait is looked at when nothing else wakes the writer
_CLOSE_PATIENCE_SECONDS = 5.0  # how long a blocked connection may hold up its own close, whoever closes


class Outbox:
    """What waits for one connection. `append(data)` queues bytes (then the outbox must be marked dirty).

    farewell -- gives the last bytes when the queue passes its bound, called by the writer without any lock.
    """

    __slots__ = (
        "alone", "append", "backlog", "backlog_size", "close_by", "closing", "connection", "corked", "excused",
        "farewell", "finished", "held_lines", "held_size", "is_shut", "limit", "overflowed", "queue", "transport",
    )  # fmt: skip

    def __init__(self, connection: socket.socket, limit: int, farewell: Callable[[], bytes]) -> None:
        self.connection = connection
        self.limit = limit
        self.farewell = farewell
        self.queue: list[bytes] = []
        self.append = self.queue.append  # one bound method, so that a publisher can skip it by identity
        self.alone = (self,)
        self.backlog: list[bytes] = []  # what a full kernel buffer refused
        self.backlog_size = 0
        self.corked = False  # nothing goes out while what it would acknowledge is not on disk
        self.held_lines = 0  # of the queue, counted while corked
        self.held_size = 0
        self.excused = 0  # bytes of the backlog that piled up while corked, which is not the client's fault
        self.closing = False  # shut down once everything is sent
        self.close_by = math.inf  # when what is still blocked is given up
        self.finished = False  # the reader is done with it: close the socket
        self.overflowed = False
        self.is_shut = False  # nothing goes out any more
        self.transport: Layers | None = None  # TLS, WebSocket; None sends lines as they are

    @property
    def waiting(self) -> int:
        """Bytes that the connection has not taken yet."""
        return self.backlog_size + sum(map(len, self.queue[:]))

    @property
    def is_behind(self) -> bool:
        """Whether the client has left so much unread that what it asks for should wait."""
        return self.waiting >= self.limit // 4

    @property
    def has_room(self) -> bool:
        """Whether so little is left that who waited may go on."""
        return self.waiting <= self.limit // 8

    def slow_down(self) -> None:
        """Slows a client that asks for more than it reads: its own thread waits here, holding nothing."""
        while not self.has_room and not self.is_shut:
            time.sleep(0.01)


class Writer(threading.Thread):
    """The one thread that sends. Idle when nothing is dirty."""

    def __init__(self) -> None:
        super().__init__(name="writer", daemon=True)
        self._dirty: deque[Sequence[Outbox]] = deque()
        self.mark = self._dirty.append  # takes outboxes that were appended to
        self._bell = threading.Lock()
        self._bell.acquire()
        self._awake = False
        self._blocked = selectors.DefaultSelector()
        self._blocked_count = 0
        self._postponed: list[Outbox] = []  # whose layers the reader was in
        self.first: frozenset[Outbox] = frozenset()  # of links: see `_round`
        self._stopping = False
        self._drained: threading.Event | None = None  # set when somebody waits for everything to be sent

    def wake(self) -> None:
        """Called after marking. Ringing an awake writer costs one comparison."""
        if not self._awake:
            self._awake = True
            self._ring()

    def _ring(self) -> None:
        try:
            self._bell.release()
        except RuntimeError:
            pass  # two threads rang at once; one ring is enough

    def hold_back(self) -> None:
        """Makes a reader wait, holding nothing, while the writer is far behind, so that queues stay bounded."""
        if len(self._dirty) > PENDING_PUBLISHES:
            self.wake()
            for _ in range(100):
                if len(self._dirty) <= PENDING_PUBLISHES // 2:
                    return
                time.sleep(0.002)

    def run(self) -> None:
        while not self._stopping:
            self._wait()
            try:
                self._round()
            except Exception:
                log.exception("the writer failed on a round and goes on")

    def _wait(self) -> None:
        self._awake = False
        if self._dirty:
            self._awake = True
            return
        self._bell.acquire(timeout=_BLOCKED_POLL_SECONDS if self._blocked_count or self._postponed else -1)
        self._awake = True

    def _round(self) -> None:
        dirty = self._dirty
        if self._postponed:
            dirty.append(self._postponed)
            self._postponed = []
        marked = [dirty.popleft() for _ in range(len(dirty))]
        outboxes: Iterable[Outbox] = marked[0] if len(marked) == 1 else set().union(*marked)
        if self.first:  # who has an answer may be on another server the next moment: that one has to know by then
            outboxes = sorted(outboxes, key=lambda outbox: outbox not in self.first)
        for outbox in outboxes:
            try:
                self._flush(outbox)
            except Exception:
                self._give_up(outbox)
        if self._blocked_count:
            self._visit_blocked()
        if self._drained is not None and not dirty and not self._blocked_count and not self._postponed:
            self._drained.set()

    def _give_up(self, outbox: Outbox) -> None:
        """What is wrong with one connection must not harm the others."""
        log.exception("a connection's queue cannot be sent")
        self._drop(outbox)

    def _flush(self, outbox: Outbox) -> None:
        if outbox.corked:
            self._hold(outbox)
            return
        is_last = outbox.closing or outbox.finished  # asked before: what is queued before closing must go out
        queue = outbox.queue
        lines = queue[:]
        count = len(lines)
        transport = outbox.transport  # the reader may set it to None at any moment
        if transport is not None:
            wrapped = self._wrapped(outbox, transport, lines, is_last)
            if wrapped is None:
                return
            lines = wrapped
        del queue[:count]
        held = outbox.held_size
        if held:
            outbox.held_lines = outbox.held_size = 0
        if outbox.backlog:
            self._add_backlog(outbox, lines, held)
        elif lines:
            data = lines[0] if len(lines) == 1 else b"".join(lines)
            try:
                sent = send_now(outbox.connection, data)
            except OSError:
                self._drop(outbox)
                return
            if sent < len(data):
                self._add_backlog(outbox, [data[sent:]], held)
        if is_last and not outbox.backlog:
            self._drop(outbox)

    def _wrapped(self, outbox: Outbox, transport: Layers, lines: list[bytes], is_last: bool) -> list[bytes] | None:
        """What the socket gets for these lines, with what the layers have to say themselves. None when the reader is
        at work in them: the outbox then has its turn again later."""
        try:
            return transport.outgoing(lines, is_last)
        except BlockingIOError:
            self._postponed.append(outbox)
            return None
        except OSError:
            self._drop(outbox)
            return []

    def _hold(self, outbox: Outbox) -> None:
        """Counts what piles up while corked: even a disk that hangs must not fill the memory."""
        if outbox.is_shut:
            outbox.queue.clear()
            return
        lines = outbox.queue[outbox.held_lines :]
        outbox.held_lines += len(lines)
        outbox.held_size += sum(map(len, lines))
        if outbox.held_size > CORKED_QUEUES * outbox.limit:
            self._overflow(outbox)

    def _add_backlog(self, outbox: Outbox, lines: list[bytes], held: int = 0) -> None:
        """`held`: bytes of these lines that piled up while corked; they do not count until much is there in all."""
        if not outbox.backlog:
            self._blocked.register(outbox.connection, selectors.EVENT_WRITE, outbox)
            self._blocked_count += 1
        outbox.backlog += lines
        outbox.backlog_size += sum(map(len, lines))
        outbox.excused += held
        bound = min(outbox.limit + outbox.excused, CORKED_QUEUES * outbox.limit)
        if outbox.backlog_size > bound and not outbox.overflowed:
            self._overflow(outbox)

    def _overflow(self, outbox: Outbox) -> None:
        """A reader too slow: one last try with the reason, then the connection is shut down and its owner quits."""
        outbox.overflowed = True
        farewell = [outbox.farewell()]
        transport = outbox.transport
        if transport is not None:
            farewell = self._wrapped(outbox, transport, farewell, is_last=True) or []
        try:
            send_now(outbox.connection, b"".join((*outbox.backlog, *farewell)))
        except OSError:
            pass
        self._drop(outbox)

    def _visit_blocked(self) -> None:
        for key, _ in self._blocked.select(0):
            try:
                self._retry(key.data)
            except Exception:
                self._give_up(key.data)
        now = time.monotonic()
        for key in list(self._blocked.get_map().values()):
            outbox = key.data
            if now > outbox.close_by:
                self._drop(outbox)

    def _retry(self, outbox: Outbox) -> None:
        data = b"".join(outbox.backlog)
        try:
            sent = send_now(outbox.connection, data)
        except OSError:
            self._drop(outbox)
            return
        rest = data[sent:]
        outbox.backlog = [rest] if rest else []
        outbox.backlog_size = len(rest)
        if not rest:
            self._unblock(outbox)
            self._flush(outbox)

    def _drop(self, outbox: Outbox) -> None:
        """Nothing more goes out. The reader's recv returns; when it has, the socket is closed here, and only here: a
        descriptor closed by another thread could be somebody else's by the time this one sends."""
        outbox.is_shut = True
        if outbox.backlog:
            self._unblock(outbox)
        try:
            outbox.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        if outbox.finished:
            outbox.connection.close()

    def _unblock(self, outbox: Outbox) -> None:
        self._blocked.unregister(outbox.connection)
        self._blocked_count -= 1
        outbox.backlog = []
        outbox.backlog_size = outbox.excused = 0

    def close(self, outbox: Outbox) -> None:
        """Sends what waits, then shuts the connection down."""
        outbox.close_by = min(outbox.close_by, time.monotonic() + _CLOSE_PATIENCE_SECONDS)
        outbox.closing = True
        self.mark(outbox.alone)

    def finish(self, outbox: Outbox) -> None:
        """The reader has stopped reading. A client that has only closed its own direction still reads: send what waits,
        as patiently as in `close`, then close the socket."""
        outbox.close_by = min(outbox.close_by, time.monotonic() + _CLOSE_PATIENCE_SECONDS)
        outbox.finished = True
        self.mark(outbox.alone)
        self.wake()

    def drain(self, seconds: float) -> bool:
        """Waits at most so long until nothing is left to send; whether that is so. For an orderly stop: when the thread
        has ended already, there is nothing to wait for."""
        if not self.is_alive():
            return False
        self._drained = threading.Event()
        self._ring()
        return self._drained.wait(seconds)

    def stop(self) -> None:
        """Ends the thread."""
        self._stopping = True
        self._ring()
        self.join(1.0)
