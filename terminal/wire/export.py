"""Exports a conversation for other people and programs: Markdown, HTML, pcap.

Owns: which format a file gets, and that it is made anew and private. Must not: know how a format looks.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from terminal.keeping.files import append
from terminal.wire.export_html import page
from terminal.wire.export_markdown import transcript
from terminal.wire.export_pcap import capture
from terminal.wire.files import CannotWrite, create, reason
from terminal.wire.log import WireEntry


def _markdown(entries: Sequence[WireEntry], title: str, server: str, nick: str) -> bytes:
    return transcript(entries, title, server, nick).encode(errors="replace")


def _html(entries: Sequence[WireEntry], title: str, server: str, nick: str) -> bytes:
    return page(entries, title, server, nick).encode(errors="replace")


def _pcap(entries: Sequence[WireEntry], title: str, server: str, nick: str) -> bytes:
    return capture(entries, server)


FORMATS: dict[str, Callable[[Sequence[WireEntry], str, str, str], bytes]] = {
    "md": _markdown,
    "html": _html,
    "pcap": _pcap,
}


def export(entries: Sequence[WireEntry], path: Path, title: str, server: str, nick: str, format: str = "") -> None:
    """Write a new file with mode 0600; CannotWrite (a sentence) when that is not possible.

    server -- `host:port`; format -- one of `FORMATS`, or "" for the one that the name of the file ends with.
    """
    name = (format or path.suffix).lower().removeprefix(".")
    if name not in FORMATS:
        raise CannotWrite(f"{path}: the name must end with {formats()}, or the format be named.")
    if not entries:
        raise CannotWrite("There is nothing to export yet: no line has gone over the wire.")
    data = FORMATS[name](entries, title, server, nick)
    try:
        descriptor = create(path)
        try:
            append(descriptor, data)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise CannotWrite(f"{path} was not written completely: {reason(error)}.") from None


def formats() -> str:
    """The endings of the formats, for a sentence."""
    *most, last = (f".{name}" for name in FORMATS)
    return f"{', '.join(most)} or {last}"
