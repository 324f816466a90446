"""Stable colours of nicks. Owns: which colour of a palette a nick has. Must not: have a palette; themes do."""

import zlib
from collections.abc import Sequence

from protocol.names import fold


def nick_colour(nick: str, palette: Sequence[str]) -> str:
    """The style string of `palette` for `nick`: the same one every time and on every machine, whatever the case of its
    letters; empty for an empty palette."""
    if not palette:
        return ""
    return palette[zlib.crc32(fold(nick).encode(errors="replace")) % len(palette)]
