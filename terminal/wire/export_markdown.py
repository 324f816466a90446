"""A conversation as Markdown: a heading and a fenced transcript that reads well without a renderer, too.

Owns: this form. Must not: write a file.
"""

import re
from collections.abc import Iterator, Sequence

from terminal.text.clean import escape
from terminal.wire.annotation import visible_end
from terminal.wire.log import WireEntry

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#+!|&-])")


def transcript(entries: Sequence[WireEntry], title: str, server: str, nick: str) -> str:
    """The Markdown text; times are UTC. server -- `host:port`."""
    lines = [
        f"# {_plain(title)}",
        "",
        f"{_plain(nick)} (`>>` sent) and {_plain(server)} (`<<` received); times are UTC, secrets are hidden, "
        "`␍␊` ends a line.",
        "",
        "```text",
        *_rows(entries),
        "```",
        "",
    ]
    return "\n".join(lines)


def _rows(entries: Sequence[WireEntry]) -> Iterator[str]:
    day = state = ""
    connection = 0
    for entry in entries:
        today = f"{entry.time:%Y-%m-%d}"
        if today != day:
            yield f"------------ {today}"
        if entry.connection != connection:
            yield f"------------ connection {entry.connection}"
        if entry.state != state:
            yield f"------------ state: {escape(entry.state)}"
        day, state, connection = today, entry.state, entry.connection
        sign = ">>" if entry.outgoing else "<<"
        yield f"{clock(entry)} {sign} {escape(entry.text)}{visible_end(entry.end)}"


def clock(entry: WireEntry) -> str:
    """The time of day of an entry, to the millisecond."""
    return f"{entry.time:%H:%M:%S}.{entry.time.microsecond // 1000:03}"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", escape(text))
