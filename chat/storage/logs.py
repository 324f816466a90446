"""Where log records go: to the terminal or a file, by way of a queue and a thread of its own.

Owns: that thread, and the form of a line. Must not: do I/O in the thread that logs, which may hold the state lock:
there, a record is only put into the queue; even a traceback, whose source lines come from files, is formatted later.
"""

import atexit
import logging
import logging.handlers
import queue
from pathlib import Path

from chat.storage.errors import StorageError

_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class EnqueueHandler(logging.handlers.QueueHandler):
    """Puts each record into the queue with its message filled in and its exception as it is."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """As in the base class, but the traceback is formatted by the thread that writes."""
        record.msg, record.args = record.getMessage(), None
        return record


def set_up_logging(level: int, file: Path | None) -> logging.handlers.QueueListener:
    """Logs from `level` on to `file`, or to the standard error stream without one.

    What is in the queue when the process ends is still written; a caller that needs it sooner calls `stop` on the
    listener that this returns. StorageError when the file cannot be written.
    """
    target: logging.Handler = logging.StreamHandler()
    if file is not None:
        try:
            target = logging.FileHandler(file, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"Cannot write the log file {file}: {error.strerror}.") from error
    target.setFormatter(logging.Formatter(_FORM))
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(records, target)
    listener.start()
    atexit.register(_stop, listener)
    logging.basicConfig(level=level, handlers=[EnqueueHandler(records)])
    logging.getLogger("filelock").setLevel(logging.WARNING)  # at --debug, four lines for every save
    return listener


def _stop(listener: logging.handlers.QueueListener) -> None:
    """Writes what waits. A listener that was stopped before has no thread any more."""
    if listener._thread is not None:
        listener.stop()
