"""Choosing a channel of the server from its list. Owns: that one question. Must not: join by itself."""

import asyncio

from terminal.client import Client
from terminal.dialects import Unsupported
from terminal.screen.menu import Option
from terminal.screen.questions import Questions
from terminal.sessions.session import Session
from terminal.text.numbers import whole

LIST_SECONDS = 10.0  # what a server gets to list its channels; long lists of large networks take their time
MOST = 2_000
FIRST_CHANNEL = "#general"


async def choose_channel(client: Client, questions: Questions) -> None:
    """Ask the server for its channels, and the person for one of them, or for the name of a new one; enter it."""
    session = client.session
    if session is None or not session.dialect.ready:
        client.complain("There is no server that has welcomed us yet.")
        return
    await _listed(session)
    options = options_of(session)
    help = "" if options else "The server lists no channels; a name makes one."
    options = options or [Option(FIRST_CHANNEL, "a new channel")]
    answer = await questions.choose("Which channel? Arrows, number or name", options, free=True, help=help)
    if answer and session.dialect.ready:
        session.enter(answer)


def options_of(session: Session) -> list[Option]:
    """The channels, the liveliest first."""

    def size(row: tuple[str, str, str]) -> tuple[int, str]:
        return (-(whole(row[1]) or 0), row[0].lower())

    rows = sorted(session.channel_rows, key=size)[:MOST]
    return [Option(name, "  ".join(part for part in (count and f"{count} here", topic) if part))
            for name, count, topic in rows]  # fmt: skip


async def _listed(session: Session) -> None:
    answered = asyncio.Event()
    session.router.ask_channels(answered.set)
    try:
        session.do(session.dialect.channels())
        await asyncio.wait_for(answered.wait(), LIST_SECONDS)
    except (Unsupported, TimeoutError):
        pass  # a name can be typed all the same
    finally:
        session.router.ask_channels(None)
