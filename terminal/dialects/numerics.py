"""Which numerics of IRC are errors, which are noise, and how any of them reads as a sentence.

Owns: these tables. Must not: keep state; the dialects decide what a numeric changes.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from terminal.text.numbers import whole

QUIET = frozenset(  # parsed elsewhere, the end of a list, or nothing a person needs
    {
        "004", "005", "015", "017", "219", "315", "318", "321", "329", "333", "347", "349", "365", "368", "369", "374",
        "375", "376", "729", "733",
    }
)  # fmt: skip
NAME_TAKEN = frozenset({"433", "436", "437"})
NAME_REFUSED = frozenset({"431", "432"})
NICK_REFUSED = NAME_TAKEN | NAME_REFUSED | {"435", "438", "447", "484"}  # of a NICK after the welcome
TURNED_AWAY = frozenset({"463", "464", "465", "466"})
_NO_ERROR = frozenset({"422"})  # "no message of the day"
_LATER_ERRORS = frozenset({"691", "696", "712", "713", "714", "723", "734", "972", "974"})

# How answers read; numbers are parameters after the target, -1 the text. The first parameter is what they are about.
_ANSWERS = {
    "276": "{text}",
    "307": "{text}",
    "311": "is {1}@{2}: {text}",
    "312": "server: {1} ({text})",
    "313": "{text}",
    "314": "was {1}@{2}: {text}",
    "319": "channels: {text}",
    "320": "{text}",
    "330": "account: {1}",
    "335": "{text}",
    "337": "{text}",
    "338": "{rest}: {text}",
    "346": "may come in without an invitation: {1}",
    "348": "is spared by bans: {1}",
    "352": "{4} ({1}@{2}) {5} {name}",
    "367": "is banned: {1}",
    "378": "{text}",
    "379": "{text}",
    "671": "{text}",
    "728": "is muted: {2}",
}
_LISTS = {"346": 2, "348": 2, "367": 2, "728": 3}  # where who set an entry, and when, begin
_SERVER = frozenset(
    {
        "211", "212", "213", "215", "216", "218", "242", "243", "244", "256", "257", "258", "259", "302", "303", "351",
        "364", "371", "391", "704", "705", "706", "732",
    }
)  # fmt: skip


def is_error(numeric: str) -> bool:
    """Whether the numeric says that something was not done."""
    return ("400" <= numeric <= "599" and numeric not in _NO_ERROR) or numeric in _LATER_ERRORS


def answer(numeric: str, params: Sequence[str]) -> tuple[str, str] | None:
    """What a row of information is about, and how it reads; None when the numeric is none. `params` are those after the
    target; IndexError when there are too few."""
    if numeric in _SERVER:
        return "", information(numeric, params)
    if numeric == "317":
        return params[0], _idle(params)
    form = _ANSWERS.get(numeric)
    if form is None:
        return None
    name = params[-1].partition(" ")[2]  # behind the hops of 352
    text = form.format(*params, text=params[-1], rest=" ".join(params[1:-1]), name=name)
    if numeric in _LISTS:
        text += _set_by(params[_LISTS[numeric] :])
    return "" if params[0] == "*" else params[0], text


def information(numeric: str, params: Sequence[str]) -> str:
    """A numeric that is no error as a person reads it."""
    if numeric == "372":
        return params[-1].removeprefix("- ")
    if numeric in ("265", "266", "704", "705", "706"):  # what stands before is in the text as well, or of no interest
        return params[-1]
    return " ".join(params) if numeric in ("252", "253", "254") else sentence(params)


def sentence(params: Sequence[str]) -> str:
    """The parameters after the target as a person reads them: `#x: No such channel`."""
    if len(params) > 1 and " " in params[-1]:
        return f"{' '.join(params[:-1])}: {params[-1]}"
    return " ".join(params)


def when(seconds: str) -> str:
    """Seconds since 1970 as a local date and time, "" when it is no moment."""
    with suppress(ValueError, OverflowError, OSError):
        return f"{datetime.fromtimestamp(int(seconds)):%Y-%m-%d %H:%M}"
    return ""


def duration(seconds: int) -> str:
    """A length of time in its two largest units: `2 hours 5 minutes`."""
    units = [("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)]
    parts = []
    for name, size in units:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(parts[:2]) or "0 seconds"


def _idle(params: Sequence[str]) -> str:
    seconds = whole(params[1])
    text = "idle" if seconds is None else f"idle for {duration(seconds)}"
    since = when(params[2]) if len(params) > 3 else ""
    return f"{text}, here since {since}" if since else text


def _set_by(params: Sequence[str]) -> str:
    by = f", by {params[0].partition('!')[0]}" if params else ""
    moment = when(params[1]) if len(params) > 1 else ""
    return f"{by} on {moment}" if moment else by
