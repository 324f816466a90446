"""Messages of several lines (IRCv3 draft/multiline): what their lines say together, and lines that fit.

Such a message is one Event of PRIVMSG or NOTICE whose `detail` is a list of `[text, is_concat]`, one for each line as
its sender divided it: a line with `is_concat` continues the one before. Its `text` is all of it on one line.

Owns: joining and splitting. Must not: know how a line is sent.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from protocol.names import split_text

CAPABILITY = "draft/multiline"  # and the type of the batch
CONCAT_TAG = "draft/multiline-concat"
ROWS = ("PRIVMSG", "NOTICE")  # the events that may have lines
Lines = Sequence[Sequence[Any]]  # of [text, is_concat]: two items, which JSON gives back as a list


def paragraphs(lines: Lines) -> list[str]:
    """The text as a reader sees it: a line for each line end, continued ones put together."""
    whole: list[str] = []
    for text, is_concat in lines:
        if is_concat and whole:
            whole[-1] += text
        else:
            whole.append(text)
    return whole


def on_one_line(lines: Lines) -> str:
    """All of it, with a space for each line end: for whoever can only show a line."""
    return " ".join(filter(None, paragraphs(lines)))


def shown_lines(lines: Lines, size: int) -> list[str]:
    """What a reader sees, without the blank lines, in pieces of at most `size` bytes of UTF-8."""
    return [piece for whole in paragraphs(lines) if whole for piece in split_text(whole, size)]


def fitted(lines: Lines, size: int) -> Iterable[tuple[str, bool]]:
    """The sender's lines; one of more than `size` bytes of UTF-8 goes on in lines that continue it."""
    for text, is_concat in lines:
        for place, piece in enumerate(split_text(text, size)):
            yield piece, bool(is_concat) or place > 0
