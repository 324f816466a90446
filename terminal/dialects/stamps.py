"""Moments on the wire as aware times, and back (RFC 3339, to the millisecond; IRCv3 server-time, CSP `time`).

Owns: the conversion. Must not: read a clock.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from protocol import moments

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4)  # a line is asked for its moment more than once
def moment(text: str) -> datetime | None:
    """The aware time that a server writes (`2026-01-02T03:04:05.678Z`), or None: also for one so close to the first or
    the last year of the calendar that it has no local time everywhere."""
    milliseconds = moments.parse(text)
    found = None if milliseconds is None else _EPOCH + timedelta(milliseconds=milliseconds)
    return found if found is not None and _EARLIEST <= found < _LATEST else None


def stamp(time: datetime) -> str:
    """An aware time as servers read it."""
    return moments.shown((time - _EPOCH) // timedelta(milliseconds=1))
