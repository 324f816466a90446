"""Clients in the midst of a conversation, for tests of what a screen looks like. The clock stands at NOW."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from terminal.dialects.ranks import USUAL_SIGNS
from terminal.model.line import Line
from terminal.model.window import Member, Window
from terminal.screen.canvas import Canvas
from terminal.screen.look import Row, look_of
from tests.terminal_core import NOW, Core, a_client

YESTERDAY = datetime(2026, 3, 3, 21, 5, tzinfo=UTC)
Pictures = list[Row]


def picture(core: Core, width: int, height: int, canvas: Canvas | None = None) -> Pictures:
    """The rows of a screen, without the input."""
    return (canvas or Canvas(core.client)).rows(width, height, look_of(core.settings))


def channel(core: Core, server: str, name: str, *members: str, show: bool = True) -> Window:
    """A channel that we are on; members as in NAMES, `-wren` being away."""
    window = core.client.window("channel", server, name, show=show)
    window.joined = True
    parsed = []
    for member in members:
        nick = member.lstrip("~&@%+-")
        ranks = member[: len(member) - len(nick)].replace("-", "")
        parsed.append((nick.lower(), Member(nick, ranks, away="-" in member[: len(member) - len(nick)])))
    window.rank_signs = USUAL_SIGNS
    window.set_members(parsed)
    return window


def add(core: Core, window: Window, kind: str, source: str, text: str, time: datetime = NOW, **more: object) -> Line:
    """A line of any kind, put where it belongs."""
    line = replace(core.client.line(kind, text, time), source=source, **more)  # type: ignore[arg-type]
    core.client.add(window, line)
    return line


def study(**settings: object) -> tuple[Core, Window]:
    """A server and a channel with all that may happen on one, seen since yesterday."""
    core = a_client(**settings)
    session, peer = core.online()
    session._pulse.lag = 0.012
    peer.feed(":alice MODE alice :+iw")
    window = channel(core, session.name, "#study", "@alice", "wren", "+rook", "@ada", "-bob", "-+eve")
    window.topic = "Sockets, \x02select\x02 and asyncio \x0304,01 today \x0f"
    window.modes = "nt"
    at = iter(YESTERDAY + timedelta(minutes=number) for number in range(10))
    add(core, window, "join", "alice", "joined", next(at), own=True)
    add(core, window, "message", "wren", "has anybody read chapter four?", next(at))
    add(core, window, "message", "alice", "yes, and I have a question about it", next(at), own=True, rank="@")
    add(core, window, "action", "rook", "puts the kettle on", next(at))
    window.mark()
    for number, nick in enumerate(("finn", "grace", "hal")):
        add(core, window, "join", nick, "joined", NOW - timedelta(minutes=9 - number))
    add(core, window, "quit", "finn", "quit (Ping timeout)", NOW - timedelta(minutes=6))
    add(core, window, "message", "ada", "alice: which question?", NOW - timedelta(minutes=5), rank="@", mention=True)
    add(core, window, "notice", "ada", "the room is booked until two", NOW - timedelta(minutes=4), rank="@")
    add(core, window, "topic", "ada", "set the topic: Sockets", NOW - timedelta(minutes=3))
    add(core, window, "mode", "ada", "sets mode +v rook", NOW - timedelta(minutes=3))
    add(core, window, "kick", "hal", "was kicked by ada (manners)", NOW - timedelta(minutes=2))
    add(core, window, "message", "rook", "one \x1dlong\x1d line, " + "word after word " * 9 + "and the end", rank="+")
    add(core, window, "message", "alice", "see https://example.org/a/rather/long/path?with=query", own=True, rank="@")
    add(core, window, "redacted", "bob", "took a message back")
    add(core, window, "problem", "", "Nobody here is called wrne.")
    return core, window
