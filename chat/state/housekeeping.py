"""What has to happen without anybody asking: pings, time-outs, saving again, noticing hand edits.

Owns: one thread that looks once a second. Must not: hold the state lock while it reads or writes files.
"""

import logging
import threading
import time
from collections.abc import Callable

from chat.state import enforcement, registration
from chat.state.client_batches import ClientBatches
from chat.state.network import Network
from chat.state.session import Session
from chat.storage.errors import SaveFailed
from protocol import events
from protocol.irc import label_tag
from protocol.replies import FAIL_BATCH_TIMEOUT
from protocol.values import Reply

log = logging.getLogger("parley.housekeeping")
_EVERY_SECONDS = 1.0
_SAVE_AGAIN_SECONDS = 5.0


class Housekeeping(threading.Thread):
    """`reload` is called, without the lock, when a file was changed by hand."""

    def __init__(self, network: Network, reload: Callable[[], list[str]]) -> None:
        super().__init__(name="housekeeping", daemon=True)
        self._network = network
        self._reload = reload
        self._stopping = threading.Event()
        self._save_again_at = 0.0

    def run(self) -> None:
        while not self._stopping.wait(_EVERY_SECONDS):
            try:
                self.look(time.monotonic())
            except Exception:
                log.exception("housekeeping failed once and goes on")

    def stop(self) -> None:
        """Ends the thread."""
        self._stopping.set()

    def look(self, now: float) -> None:
        """One round, at `now` (monotonic seconds)."""
        with self._network.lock:
            for session in list(self._network.sessions):
                self._look_at(session, now)
            enforcement.expire(self._network, time.time() + now - time.monotonic())
        self._network.writer.wake()
        self._network.history.absorb()  # also while the history thread waits for a disk that hangs
        if any(store.changed_outside() for store in self._network.stores):
            self._reload()
        if self._network.has_unsaved and now >= self._save_again_at:
            self._save(now)

    def _look_at(self, session: Session, now: float) -> None:
        if session.peer is not None:
            session.peer.look(now)
            return
        if session.batches is not None and session.batches.is_late(now):
            self._look_at_batch(session, session.batches)
        limits = self._network.limits
        silence = now - session.last_heard
        if session.user is None:
            if now - session.connected_at > limits.registration_seconds * session.codec.dialect.login_patience:
                registration.expel(self._network, session, "Registration timed out")
        elif not session.codec.dialect.is_pinged or silence < limits.ping_seconds:
            session.pinged_at = 0.0
        elif not session.pinged_at:
            session.pinged_at = now
            session.send(self._network.event(events.SERVER_PING, self._network.source, "", self._network.name))
        elif now - session.pinged_at > limits.ping_seconds:
            registration.expel(self._network, session, f"Ping timeout: {limits.ping_seconds} seconds")

    def _look_at_batch(self, session: Session, batches: ClientBatches) -> None:
        """A client's batch that does not end is dropped; its client is told as the response to its start."""
        assert batches.open is not None
        reference, label = batches.open.reference, batches.open.start.label
        batches.drop()
        is_labeled = label is not None and {"labeled-response", "batch"} <= session.capabilities
        session.push(
            session.encode(Reply(FAIL_BATCH_TIMEOUT, (reference,)), label_tag(label or "") if is_labeled else None)
        )

    def _save(self, now: float) -> None:
        try:
            self._network.flush()
        except SaveFailed as failed:
            self._save_again_at = now + _SAVE_AGAIN_SECONDS
            log.error("%s; trying again in %d seconds", failed, _SAVE_AGAIN_SECONDS)
            with self._network.lock:
                self._network.notice_operators(str(failed))
