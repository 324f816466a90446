"""Events in words: what a line says, the same on every kind of screen.

Owns: the wording of everything that is not speech. Must not: choose a window or a colour.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from terminal.events import Closing, Invited, Joined, JoinRefused, Left, Ready, Redacted, Renamed, TopicIs
from terminal.model.line import Kind, Line
from terminal.model.window import Window

FOLDED_NAMES = 5
_FOLDED: tuple[tuple[Kind, str], ...] = (
    ("join", "joined"), ("part", "left"), ("quit", "quit"), ("nick", "renamed"), ("away", "away or back"),
    ("account", "logged in or out"),
)  # fmt: skip
_VERBS = {"left": "left", "quit": "quit", "kicked": "was kicked", "banned": "was banned"}


def joined(event: Joined, nick: str) -> str:
    """What follows the nick of who came; the account is said when it is another name."""
    return "joined" + (f" (account {event.account})" if event.account not in ("", "*", nick) else "")


def left(event: Left) -> str:
    """What follows the nick of who is gone."""
    by = f" by {event.by}" if event.by else ""
    why = f" ({event.text})" if event.text else ""
    return f"{_VERBS[event.how]}{by}{why}"


def renamed(event: Renamed) -> str:
    """What follows the old nick."""
    return f"is now {event.new}"


def topic(event: TopicIs) -> str:
    """A topic that was set, or that was asked for."""
    by = f" by {event.by}" if event.by else ""
    if event.text:
        return f"topic{' set' if by else ''}{by}: {event.text}"
    return f"topic removed{by}" if by else "no topic is set"


def slow_tls(where: str) -> str:
    """The handshake takes long."""
    return f"Still waiting for {where} to set up TLS. Perhaps this port is not for TLS: then use another, or no TLS."


def ready(event: Ready) -> str:
    """The welcome."""
    return f"Connected as {event.nick}." + (f" {event.text}" if event.text else "")


def closing(event: Closing) -> str:
    """The server's last words."""
    return f"The server closes: {event.text}"


def join_refused(event: JoinRefused) -> str:
    """Why we were not let in, and what can be done."""
    hint = f" (/create {event.channel} makes it)" if event.missing else ""
    return f"{event.channel}: {event.text}{hint}"


def invited(event: Invited) -> str:
    """What follows the nick of who invites."""
    return f"invites {'you' if event.own else event.nick} to {event.channel}"


def redacted(event: Redacted) -> str:
    """What stands in the place of a message that was taken back."""
    return f"(taken back by {event.by}{': ' + event.text if event.text else ''})"


def last_talk(name: str, time: datetime | None) -> str:
    """When something was said last on a channel, or with somebody."""
    return f"{name}: {time.astimezone():%Y-%m-%d %H:%M}" if time is not None else name


def older(count: int) -> str:
    """How many lines came in front of those that were there."""
    if not count:
        return "The server has nothing older."
    return f"{_number(count, 'older line is', 'older lines are')} above."


def away(text: str | None) -> str:
    """What follows the nick of who is away or back."""
    if text is None:
        return "is back"
    return f"is away: {text}" if text else "is away"


def account(name: str) -> str:
    """What follows the nick of who has logged in or out."""
    return f"has logged in as {name}" if name and name != "*" else "has logged out"


def folded(group: Sequence[Line]) -> list[tuple[Kind, str]]:
    """Who came and went in these lines, a text for each kind: `wren, rook and 3 more joined`."""
    by_kind: dict[Kind, dict[str, None]] = {}
    for line in group:
        by_kind.setdefault(line.kind, {})[line.source] = None
    found = []
    for kind, verb in _FOLDED:
        nicks = by_kind.get(kind)
        if nicks:
            more = f" and {len(nicks) - FOLDED_NAMES} more" if len(nicks) > FOLDED_NAMES else ""
            found.append((kind, f"{', '.join(islice(nicks, FOLDED_NAMES))}{more} {verb}"))
    return found


def now_in(window: Window, name: str) -> str:
    """Where what is typed goes from now on. name -- the window's, as it is shown."""
    if window.kind == "private":
        return f"Now in the talk with {name}."
    if window.kind == "channel":
        return f"Now in {name} ({_members(window)})."
    return f"Now in the window of the server {name}." if window.kind == "server" else f"Now in the window {name}."


def window(window: Window, is_current: bool) -> str:
    """What a list of windows says about one."""
    what = {"channel": _members(window), "private": "talk", "server": "server"}.get(window.kind, "all servers")
    parts = [what, "current" if is_current else _number(window.unread, "unread", "unread")]
    if window.mentions and window.kind == "channel":
        parts.append(_number(window.mentions, "mention", "mentions"))
    return ", ".join(parts)


def _members(window: Window) -> str:
    return _number(len(window.members), "member", "members") if window.joined else "you are not on it"


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def secured(version: str, cipher: str, fingerprint: str, is_verified: bool) -> str:
    """How a connection is protected, and whether one can be sure of who is at the other end."""
    trust = "certificate checked" if is_verified else f"certificate NOT checked, fingerprint {fingerprint}"
    return f"{version}, {cipher}, {trust}."


def closed(text: str) -> str:
    """A connection that the server has closed with these last words."""
    return f"The server closed the connection: {text.rstrip('.')}."
