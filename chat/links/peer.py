"""One link to another server, from the first line to the last. Owns: its lines, its bounds, cutting it.
Must not: know what a line means (`base.LinkProtocol`), or read from the socket (`request_handler` does).
"""

import logging
import time
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from chat.links.base import LinkError, LinkProtocol
from chat.state.network import Network
from chat.state.servers import Server
from chat.state.session import Session, Traffic
from chat.storage.settings import LinkPeer
from chat.transport.plain import is_readable
from protocol.framing import LineTooLong
from protocol.limits import (
    LINK_BURST_LINES,
    LINK_BURST_PART_BYTES,
    LINK_LINES_PER_SECOND,
    LINK_REASON_BYTES,
    LINK_SENDQ,
    REQUESTS_PER_BATCH,
)
from protocol.masking import escaped
from protocol.names import cut

if TYPE_CHECKING:
    from chat.links.tree import Tree

log = logging.getLogger("parley.links")
_LONGEST_HOLD_SECONDS = 0.02  # of the lock; one line may be a channel with a hundred members
_BUSY_SECONDS = 0.005  # after so much work
_PATIENCE_SECONDS = 0.02  # how soon it is looked again whether the other side has taken some of a burst
_BREATH_SECONDS = 0.0005  # the lock is left alone: who only lets go of it has it again before anybody awakes


class Peer:
    """A connection that is, or wants to be, a link. `place`: whom this server has dialled, None when it was dialled;
    `server`: the other side, once it is known and accepted."""

    def __init__(self, tree: "Tree", session: Session, place: LinkPeer | None = None) -> None:
        self.tree = tree
        self.network: Network = tree.network
        self.session = session
        self.place = place
        self.server: Server | None = None
        self.depth = 1  # how many links lead to the furthest server that was ever behind it, this one included
        self.claimed = place.name if place is not None else ""  # what the other side is called, as far as is known
        self.introduced = ""  # what SERVER of a connection that came here said, whether that is right or not
        self.failure = ""  # why the connection to `place` never was a link: the dialler tells it
        self.is_vouched = False  # it has shown by a password of its own that it is that
        self.protocol = LinkProtocol(self)
        self.is_told = False  # has had the burst, and is told of everything since
        self.offer: tuple[str, ...] = ()  # what PASS said after the password: version, implementation, options
        self.password = ""  # what PASS said
        self.linked_at = 0.0
        self.lines = self.received_bytes = 0
        self.sent_lines = self.sent_bytes = 0
        self._burst: Iterator[bytes] | None = None  # what is left of it
        self._held: list[bytes] = []  # what is to be sent after it
        self._held_bytes = 0
        self._credit = float(LINK_BURST_LINES)
        self._credit_at = self.opened_at = time.monotonic()
        self._pinged_at = 0.0
        self._rested_at = 0.0
        session.peer = self
        tree.pending.append(self)
        session.outbox.limit = LINK_SENDQ

    @property
    def name(self) -> str:
        """The server's name, or where it connects from."""
        if self.server is not None:
            return self.server.name
        if self.introduced:
            return f"{self.introduced} ({self.session.address})"
        return (self.place.name if self.place is not None else "") or self.session.address

    @property
    def knows_error(self) -> bool:
        """Whether the other side is told when this server stops."""
        return self.protocol.knows_error

    @property
    def traffic(self) -> Traffic | None:
        """What has gone over the link; None before it is set up."""
        if self.server is None:
            return None
        received = (self.lines, self.received_bytes)
        return Traffic(self.server.name, self.sent_lines, self.sent_bytes, *received, self.protocol.name)

    # --- in ----------------------------------------------------------------------------------------------------

    def receive(self, lines: list[bytes | LineTooLong]) -> None:
        """Handles lines, without the lock; the lock is held for some at a time."""
        position = 0
        self._rested_at = time.monotonic()
        while position < len(lines) and not self.session.is_closed:
            with self.network.lock:
                until = time.monotonic() + _LONGEST_HOLD_SECONDS
                for line in lines[position : position + REQUESTS_PER_BATCH]:
                    position += 1
                    self._receive_one(line)
                    if self.session.is_closed or time.monotonic() > until:
                        break
                self.tree.arrivals.tell()
            self.network.writer.wake()
            self._go_on_with_burst()
            self._breathe()
        self._go_on_with_burst()  # though what came was less than a line
        self.network.writer.hold_back()

    def _receive_one(self, line: bytes | LineTooLong) -> None:
        self.lines += 1
        self.received_bytes += len(line) if isinstance(line, bytes) else 0
        try:
            self._spend()
            if isinstance(line, LineTooLong):
                raise LinkError("a line was too long")
            self.protocol.receive(line)
        except LinkError as error:
            self.cut(str(error))
        except Exception:
            log.exception("a line of %s could not be handled", self.name)
            self.cut("A line could not be handled")

    def _spend(self) -> None:
        """A server that never stops talking would keep this one from everybody else."""
        self._credit -= 1
        if self._credit < 0:
            now = time.monotonic()
            self._credit += (now - self._credit_at) * LINK_LINES_PER_SECOND
            self._credit_at = now
            if self._credit < 0:
                raise LinkError("Flood: too many lines")
            self._credit = min(self._credit, LINK_BURST_LINES)

    # --- out ---------------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Queues lines as they are, with their ends; while there is a burst, for after it."""
        if not data:
            return
        if self._burst is None:
            self._push(data)
        else:
            self._held.append(data)
            self._held_bytes += len(data)

    def _push(self, data: bytes) -> None:
        self.sent_lines += data.count(b"\n")
        self.sent_bytes += len(data)
        self.session.push(data)

    def send_line(self, text: str) -> None:
        """Queues one line."""
        self.send(f"{text}\r\n".encode())

    def begin_burst(self, pieces: Iterator[bytes]) -> None:
        """Sends much, of which `pieces` are made as they are sent, in parts between which others have the lock. While
        there is a burst, it is sent after that, and after what waits for the end of that."""
        if self._burst is not None:
            pieces = chain(self._burst, self._take_held(), pieces)
        self._burst = pieces

    def _go_on_with_burst(self) -> None:
        """Sends what is left of the burst, no faster than the other side takes it. Called without the lock, by the
        thread that reads: what the other side says meanwhile waits, unless it takes nothing before that is heard."""
        while self._burst is not None and not self.session.is_closed:
            if self._must_listen():
                return
            with self.network.lock:
                try:
                    self._send_part(self._burst)
                except Exception:
                    log.exception("the burst for %s could not be made", self.name)
                    self.cut("The burst could not be made")
            self.network.writer.wake()
            self._breathe()

    def _must_listen(self) -> bool:
        """Waits while the other side is behind; True once it has something to say instead, maybe in a burst of its own
        for which it waits as well."""
        outbox = self.session.outbox
        waiting = outbox.waiting
        while not outbox.has_room:
            if outbox.is_shut or self.session.is_closed or is_readable(outbox.connection, _PATIENCE_SECONDS):
                return True
            if outbox.waiting < waiting:
                waiting = outbox.waiting
                self.session.last_heard = time.monotonic()  # who takes what it is sent is alive
        return False

    def _breathe(self) -> None:
        """Lets others have the lock, between two holds of a long work."""
        now = time.monotonic()
        if now - self._rested_at > _BUSY_SECONDS:
            time.sleep(_BREATH_SECONDS)
            self._rested_at = now

    def _send_part(self, pieces: Iterator[bytes]) -> None:
        room, part = LINK_BURST_PART_BYTES, []
        for piece in pieces:
            part.append(piece)
            room -= len(piece)
            if room <= 0:
                break
        else:
            self._burst = None
            part += self._take_held()
        self._push(b"".join(part))

    def _take_held(self) -> list[bytes]:
        held, self._held, self._held_bytes = self._held, [], 0
        return held

    def cut(self, reason: str) -> None:
        """Ends the link: ERROR to the other side, a line in the log, a word to the operators; what lies behind it is
        gone for the rest of the network."""
        if self.session.is_closed:
            return
        reason = cut("".join(char if char.isprintable() else "?" for char in reason), LINK_REASON_BYTES)
        self._report("cut", reason)
        self.session.close(reason)
        self.tree.lost(self, reason)

    def ended(self, reason: str) -> None:
        """The connection is over; nothing when this server has cut it."""
        if not self.session.is_closed and (self.server is not None or self.place is not None):
            self._report("lost", reason)
        self.tree.lost(self, reason)

    def _report(self, what: str, reason: str) -> None:
        """To the log and the operators. What anybody can cause who connects is not told without end."""
        level = logging.WARNING
        if self.server is not None:
            self.network.servers.miss(self.server.name)
        elif self.place is not None:
            self.failure = escaped(reason)
            return
        else:
            level = self.network.admission.warning_level(self.session.address)
        log.log(level, "link to %s %s: %s", self.name, what, escaped(reason))
        if level == logging.WARNING:
            self.network.notice_operators(f"Link to {self.name} {what}: {escaped(reason)}", "s")

    def look(self, now: float) -> None:
        """Housekeeping: a link that is not set up in time, or does not answer, is cut. `now` in monotonic seconds."""
        limits = self.network.limits
        if self.server is None:
            if now - self.opened_at > limits.registration_seconds:
                tls = self.session.outbox.transport.tls if self.session.outbox.transport is not None else None
                is_in_tls = tls is not None and not tls.is_ready
                hint = "; does the other side speak TLS on this port?" if is_in_tls else ""
                self.cut(f"The link was not set up in time{hint}")
            return
        if self._held_bytes > LINK_SENDQ:
            self.cut("SendQ exceeded")
            return
        silence = now - self.session.last_heard
        if silence < limits.ping_seconds:
            self._pinged_at = 0.0
        elif not self._pinged_at:
            if self.protocol.ping(self.network.name):
                self._pinged_at = now
        elif now - self._pinged_at > limits.ping_seconds:
            self.cut(f"Ping timeout: {limits.ping_seconds} seconds")
