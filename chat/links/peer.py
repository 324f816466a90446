"""One link to another server, from the first line to the last. Owns: its lines, its bounds, cutting it.
Must not: know what a line means (`base.LinkProtocol`), or read from the socket (`request_handler` does).
"""

import logging
import time
from typing import TYPE_CHECKING

from chat.links.base import LinkError, LinkProtocol
from chat.state.network import Network
from chat.state.servers import Server
from chat.state.session import Session
from chat.storage.settings import LinkPeer
from protocol.framing import LineTooLong
from protocol.limits import LINK_BURST_LINES, LINK_LINES_PER_SECOND, LINK_SENDQ, REQUESTS_PER_BATCH
from protocol.masking import escaped

if TYPE_CHECKING:
    from chat.links.tree import Tree

log = logging.getLogger("parley.links")


class Peer:
    """A connection that is, or wants to be, a link. `place`: whom this server has dialled, None when it was dialled;
    `server`: the other side, once it is known and accepted."""

    def __init__(self, tree: "Tree", session: Session, place: LinkPeer | None = None) -> None:
        self.tree = tree
        self.network: Network = tree.network
        self.session = session
        self.place = place
        self.server: Server | None = None
        self.protocol = LinkProtocol(self)
        self.is_told = False  # has had the burst, and is told of everything since
        self.offer: tuple[str, ...] = ()  # what PASS said after the password: version, implementation, options
        self.password = ""  # what PASS said
        self.linked_at = 0.0
        self.lines = 0  # received
        self._credit = float(LINK_BURST_LINES)
        self._credit_at = self.opened_at = time.monotonic()
        self._pinged_at = 0.0
        session.peer = self
        session.outbox.limit = LINK_SENDQ

    @property
    def name(self) -> str:
        """The server's name, or where it connects from."""
        if self.server is not None:
            return self.server.name
        return (self.place.name if self.place is not None else "") or self.session.address

    # --- in ----------------------------------------------------------------------------------------------------

    def receive(self, lines: list[bytes | LineTooLong]) -> None:
        """Handles lines, without the lock; the lock is held for some at a time."""
        position = 0
        while position < len(lines) and not self.session.is_closed:
            with self.network.lock:
                for line in lines[position : position + REQUESTS_PER_BATCH]:
                    position += 1
                    self._receive_one(line)
                    if self.session.is_closed:
                        break
            self.network.writer.wake()
        self.network.writer.hold_back()

    def _receive_one(self, line: bytes | LineTooLong) -> None:
        self.lines += 1
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
        """Queues lines as they are, with their ends."""
        self.session.push(data)

    def send_line(self, text: str) -> None:
        """Queues one line."""
        self.session.push(f"{text}\r\n".encode())

    def cut(self, reason: str) -> None:
        """Ends the link: ERROR to the other side, a line in the log, a word to the operators; what lies behind it is
        gone for the rest of the network."""
        if self.session.is_closed:
            return
        log.warning("link to %s cut: %s", self.name, escaped(reason))
        self.network.notice_operators(f"Link to {self.name} cut: {escaped(reason)}", "s")
        self.session.close(reason)
        self.tree.lost(self, reason)

    def ended(self, reason: str) -> None:
        """The connection is over; nothing when this server has cut it."""
        if self.server is not None and self in self.tree.peers:
            log.warning("link to %s lost: %s", self.name, escaped(reason))
        self.tree.lost(self, reason)

    def look(self, now: float) -> None:
        """Housekeeping: a link that is not set up in time, or does not answer, is cut. `now` in monotonic seconds."""
        limits = self.network.limits
        if self.server is None:
            if now - self.opened_at > limits.registration_seconds:
                self.cut("The link was not set up in time")
            return
        silence = now - self.session.last_heard
        if silence < limits.ping_seconds:
            self._pinged_at = 0.0
        elif not self._pinged_at:
            if self.protocol.ping(self.network.name):
                self._pinged_at = now
        elif now - self._pinged_at > limits.ping_seconds:
            self.cut(f"Ping timeout: {limits.ping_seconds} seconds")
