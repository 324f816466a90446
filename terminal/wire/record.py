"""Writes a conversation to a file of JSON lines, one per wire line, secrets hidden; `replay.py` reads it.

Owns: the form of a record. Must not: disturb the client when the disk is full.

The first line has `format` and `version`. It, and every later line with `server`, opens a connection of a session;
all other lines are wire lines and name their session, so that one file holds several servers.
"""

import base64
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from protocol import moments
from terminal.keeping.files import append
from terminal.wire.files import create, reason
from terminal.wire.log import WireEntry

FORMAT, VERSION = "parley-record", 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Legal in JSON, but who prints the file would have a terminal obey them; and a lone surrogate is no UTF-8.
_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Recorder:
    """An open record. CannotWrite (a sentence) when the file exists already or cannot be made.

    now -- the present moment, aware, UTC; failed -- called once, with a sentence, when nothing more can be written.
    """

    def __init__(self, path: Path, now: Callable[[], datetime], failed: Callable[[str], None]) -> None:
        self.path = path
        self._now = now
        self._failed = failed
        self._begun = False
        self._descriptor: int | None = create(path)

    @property
    def recording(self) -> bool:
        """Whether lines are still written."""
        return self._descriptor is not None

    def connected(self, session: str, server: str, dialect: str, nick: str) -> None:
        """A connection of `session` begins. server -- `host:port`; dialect -- its name, such as `irc`."""
        head = {} if self._begun else {"format": FORMAT, "version": VERSION}
        self._begun = True
        about = {"session": session, "server": server, "dialect": dialect, "nick": nick}
        self._write({**head, **about, "started": rfc3339(self._now())})

    def observer(self, session: str) -> Callable[[WireEntry], None]:
        """What to put among the observers of the log of `session`, after `connected`."""
        return lambda entry: self.entry(session, entry)

    def entry(self, session: str, entry: WireEntry) -> None:
        """Write one wire line."""
        data = entry.text + entry.end
        text = {"bytes": data} if entry.utf8 else {"base64": base64.b64encode(entry.data).decode()}
        self._write(
            {
                "time": rfc3339(entry.time),
                "session": session,
                "direction": "out" if entry.outgoing else "in",
                "state": entry.state,
                **text,
                "size": entry.size,
                "exchange": entry.exchange,
            }
        )

    def close(self) -> None:
        """Write no more."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):
                os.close(descriptor)

    def _write(self, data: dict[str, object]) -> None:
        if self._descriptor is None:
            return
        line = _ESCAPED.sub(_escape, json.dumps(data, ensure_ascii=False)) + "\n"
        try:
            append(self._descriptor, line.encode())
        except OSError as error:
            self.close()
            self._failed(f"Recording to {self.path} has stopped: {reason(error)}.")


def rfc3339(moment: datetime) -> str:
    """An aware moment as RFC 3339 in UTC, to the millisecond."""
    return moments.shown(
        (moment - EPOCH) // timedelta(milliseconds=1)
    )  # in whole numbers: a float loses the last digit


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
