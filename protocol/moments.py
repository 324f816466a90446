"""Moments as clients write and see them: `2026-01-02T03:04:05.678Z`, UTC, to the millisecond (RFC 3339, server-time).

Owns: both directions, in whole milliseconds since 1970. Must not: read a clock.
"""

import re
from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)
_MILLISECOND = timedelta(milliseconds=1)
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)


def milliseconds(moment: float) -> int:
    """A time in seconds as it is shown: without what is less than a millisecond."""
    whole = int(moment)
    return whole * 1000 + int((moment - whole) * 1000)


def shown(moment: int) -> str:
    """A moment in milliseconds as text."""
    return (_EPOCH + moment * _MILLISECOND).isoformat(timespec="milliseconds") + "Z"


def parse(text: str) -> int | None:
    """The milliseconds that a text means; None when it is no moment."""
    if _FORM.fullmatch(text) is None:
        return None
    seconds, _, fraction = text[:-1].partition(".")
    try:
        moment = datetime.fromisoformat(seconds)
    except ValueError:
        return None
    return (moment - _EPOCH) // _MILLISECOND + int((fraction + "000")[:3])
