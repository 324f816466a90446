"""The rows above and below the talk: topic and status.

Owns: what is told there, and what is left out first when there is too little room. Must not: change anything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from terminal import states
from terminal.client import Client
from terminal.model import composing
from terminal.model.window import Window
from terminal.screen.look import Look, Row, fitted
from terminal.sessions.session import Session
from terminal.text.clean import plain
from terminal.text.formatting import fragments
from terminal.text.width import cells

_BETWEEN, _WITHIN = " │ ", " "  # between groups of parts, and between the parts of one group
_SLOW = 1.0  # seconds of lag that one should know of
_ABOVE = {"server": "server", "private": "private talk", "mentions": "what mentioned you, on all servers"}


def topic_row(window: Window | None, width: int, look: Look) -> Row:
    """Name and topic of the current window."""
    if window is None:
        return fitted([("class:topicbar.name", " Parley "), ("class:topicbar", "no server yet")], width)
    name: Row = [("class:topicbar.name", f" {plain(window.name)} ")]
    if window.topic and look.formatting:
        return fitted([*name, *fragments(window.topic, "class:topicbar")], width, "class:topicbar")
    text = plain(window.topic) or _ABOVE.get(window.kind, "")
    if window.kind == "channel" and not window.joined:
        text = f"(not on it) {text}"
    return fitted([*name, ("class:topicbar", text)], width)


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the status line. The one with the highest `loss` is left out first."""

    group: str
    loss: int
    row: Row


def status_row(client: Client, width: int, now: float, clock: datetime, look: Look) -> Row:
    """Time, nick, window, server and state; on the right what is active elsewhere, and what is new below."""
    left = list(_left(client, now, clock, look))
    right = list(_right(client, width))
    while left and _width(left) + _width(right) + len(_BETWEEN) > width:
        last = max((*left, *right), key=lambda part: part.loss)
        (left if last in left else right).remove(last)
    gap = max(0, width - _width(left) - _width(right) - 2)
    row = [("class:status", " "), *_joined(left), ("class:status", " " * gap), *_joined(right), ("class:status", " ")]
    return fitted(row, width)


def _left(client: Client, now: float, clock: datetime, look: Look) -> Iterator[_Part]:
    session, window = client.session, client.windows.current
    if look.times:
        yield _Part("time", 5, [("class:status", look.time(clock))])
    if session is not None:
        yield from _about_us(session)
    if window is not None:
        modes = f"(+{plain(window.modes)})" if window.modes else ""
        yield _Part("window", 4, [("class:status", f"{client.windows.number_of(window)}:{plain(window.name)}")])
        if modes:
            yield _Part("window", 12, [("class:status", modes)])
    if session is not None:
        yield from _about_server(session, now)


def _about_us(session: Session) -> Iterator[_Part]:
    yield _Part("us", 3, [("class:status.nick", plain(session.dialect.nick))])
    if session.router.modes:
        yield _Part("us", 13, [("class:status", f"(+{plain(session.router.modes)})")])
    if session.router.away is not None:
        yield _Part("us", 6, [("class:status.away", "away")])


def _about_server(session: Session, now: float) -> Iterator[_Part]:
    ready = session.machine.row.ready
    yield _Part("server", 7, [("class:status", plain(session.name))])
    yield _Part("server", 11, [("class:status", session.server.dialect)])
    if session.tls is not None and session.machine.state not in (states.OFFLINE, states.WAITING):
        safe = session.tls.verified
        yield _Part("server", 8 if safe else 2, [(_style(safe), "TLS" if safe else "TLS unchecked")])
    if ready and session.lag is not None:
        slow = session.lag >= _SLOW
        shown = f"{session.lag:.1f}s" if slow else f"{session.lag * 1000:.0f}ms"
        yield _Part("server", 4 if slow else 9, [(_style(not slow), f"lag {shown}")])
    yield _Part("state", 10 if ready else 1, [(_style(ready), state_text(session, now))])


def _style(well: bool) -> str:
    return "class:status" if well else "class:status.problem"


def _right(client: Client, width: int) -> Iterator[_Part]:
    window = client.windows.current
    if client.replaying is not None:
        yield _Part("replay", 1, [("class:status.mention", f" {client.replaying.status} ")])
    elif client.recording is not None and client.recording.goes_on:
        yield _Part("replay", 2, [("class:status.mention", " recording ")])
    found = sorted(client.windows.items(), key=itemgetter(0))
    active = [(number, known) for number, known in found if known.unread or known.mentions]
    row: Row = [("class:status", "act:")]
    for number, known in active:
        if known is window:
            continue
        shown: Row = [("class:status.mention", f"{number}!")] if known.mentions else [("class:status", str(number))]
        if sum(cells(text) for _, text in row) + 6 > max(20, width // 3):
            row.append(("class:status", " …"))
            break
        row += [("class:status", " "), *shown]
    if len(row) > 1:
        yield _Part("active", 2, row)
    typing = composing.shown(window, client.loop.time()) if window is not None else ""
    if typing:
        yield _Part("typing", 1, [("class:status italic", typing)])
    if client.search is not None and client.search.window is window:
        place, count = client.search.place()
        yield _Part("search", 1, [("class:search", f" {place} of {count} (Alt-p, Alt-n) ")])
    if window is not None and window.anchor is not None:
        text = f"{window.news} new below" if window.news else "more below"
        yield _Part("below", 0, [("class:below", f" {text} " if width < 60 else f" {text} (PgDn) ")])


def _width(parts: list[_Part]) -> int:
    return sum(cells(text) for _, text in _joined(parts))


def _joined(parts: Iterable[_Part]) -> Row:
    row: Row = []
    before = ""
    for part in parts:
        if before:
            row.append(("class:status", _WITHIN if part.group == before else _BETWEEN))
        row += part.row
        before = part.group
    return row


def state_text(session: Session, now: float) -> str:
    """The state, with the countdown while one waits."""
    if session.machine.state == states.WAITING and session.retry_at is not None:
        return f"connecting again in {max(0, round(session.retry_at - now))} s"
    return session.machine.state
