"""Moments on the wire as aware times, and back (RFC 3339, to the millisecond; IRCv3 server-time, CSP `time`).

Owns: the conversion. Must not: read a clock.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from protocol import moments

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4)  # a line is asked for its moment more than once
def moment(text: str) -> datetime | None:
    """The aware time that a server writes (`2026-01-02T03:04:05.678Z`), or None."""
    milliseconds = moments.parse(text)
    return None if milliseconds is None else _EPOCH + timedelta(milliseconds=milliseconds)


def stamp(time: datetime) -> str:
    """An aware time as servers read it."""
    return moments.shown((time - _EPOCH) // timedelta(milliseconds=1))
