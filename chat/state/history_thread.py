"""The thread that writes the history. Owns: when it writes, and what becomes of a failure. Must not: hold the state
lock while it writes (`History` takes and gives it up)."""

import logging
import threading
import time
from collections.abc import Callable

from chat.state.history import History
from chat.storage.history_reading import HistoryFailed

log = logging.getLogger("parley.history")
_EVERY_SECONDS = 0.2
_PORTION = 1000  # events that are written at once, when there are many,
_SHARE = 20  # or this fraction of them
_EASE = 30  # times as long as a batch took, nothing is written
_AGAIN_SECONDS = 5.0
_EXPIRE_SECONDS = 3600.0
_SCRUB_SECONDS = 60.0
_MOVED = (
    "history.db was deleted or replaced: what it held is not shown any more, and what is said from now on goes to the "
    "file that is there now, or to a new one"
)


class HistoryThread(threading.Thread):
    """Writes what was recorded, every fifth of a second when there is little. `complain` is told what operators should
    know; `is_account` says whether there is an account of that name."""

    def __init__(self, history: History, complain: Callable[[str], None], is_account: Callable[[str], object]) -> None:
        super().__init__(name="history", daemon=True)
        self._history = history
        self._complain = complain
        self._is_account = is_account
        self._stopping = threading.Event()
        self._not_before = 0.0
        self._expire_at = -_EXPIRE_SECONDS
        self._scrub_at = 0.0
        self._has_failed = False

    def run(self) -> None:
        while not self._stopping.wait(_EVERY_SECONDS):
            try:
                self.look(time.monotonic())
            except Exception:
                log.exception("the history failed once and goes on")

    def stop(self) -> None:
        """Ends the thread; what is not written yet is left to `History.close`."""
        self._stopping.set()
        if self.is_alive():
            self.join(_AGAIN_SECONDS)

    def look(self, now: float) -> None:
        """One round, at `now` (monotonic seconds)."""
        history = self._history
        is_due = history.is_due or now >= self._expire_at
        waiting = history.absorb()
        is_held = now < self._not_before and (self._has_failed or not history.is_pressing)
        is_scrubbing = history.has_remains and now >= self._scrub_at
        has_moved = history.has_moved()
        if is_held or not (waiting or is_due or is_scrubbing or has_moved):
            return
        began = time.thread_time()
        try:
            if has_moved:
                self._reopen()
            if is_due:
                history.expire(self._is_account)
                self._expire_at = now + _EXPIRE_SECONDS
            history.flush(_PORTION + waiting // _SHARE)
            if is_scrubbing and not history.is_pressing:
                self._scrub(now)
        except HistoryFailed as failed:
            self._fail(failed, now)
            return
        if self._has_failed:
            self._has_failed = False
            self._complain("The history is written again")
        self._not_before = now + _EASE * (time.thread_time() - began)

    def _fail(self, failed: HistoryFailed, now: float) -> None:
        self._not_before = now + _AGAIN_SECONDS
        log.error("%s; trying again in %d seconds", failed, _AGAIN_SECONDS)
        if not self._has_failed:
            self._has_failed = True
            self._complain(f"{failed}; what is said is kept in memory until it can be written")

    def _reopen(self) -> None:
        self._history.reopen()
        log.error("%s", _MOVED)
        self._complain(_MOVED)

    def _scrub(self, now: float) -> None:
        began = time.monotonic()
        self._history.scrub()
        self._scrub_at = now + max(_SCRUB_SECONDS, _EASE * (time.monotonic() - began))
