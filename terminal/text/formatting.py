"""mIRC formatting: texts -> spans of one style each, styles -> style strings, and what can be written.

Owns: what the formatting bytes do (bold, colours ...). Must not: know their grammar (`protocol.formatting`), draw, or
decide what is harmless (`clean`).
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from protocol.formatting import FORMATTING
from terminal.text import clean
from terminal.text.palette import DEFAULT, PALETTE

Colour = int | str | None  # of the palette (0 to 98), six hexadecimal digits, the default
Fragment = tuple[str, str]  # (style string, text): the form of prompt_toolkit's formatted text

_COLOUR, _HEX_COLOUR, _RESET = "\x03", "\x04", "\x0f"


@dataclass(frozen=True, slots=True)
class Style:
    """How a piece of text looks; the default: as its surroundings."""

    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    monospace: bool = False
    reverse: bool = False
    foreground: Colour = None
    background: Colour = None


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text of one style; the text has no formatting bytes left, but is not clean."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Marker:
    """A formatting byte that can be written.

    byte -- what is inserted; name -- for help; letter -- of the key that inserts it; hint -- what follows it, if it
    takes something.
    """

    byte: str
    name: str
    letter: str
    hint: str = ""


MARKERS: Final = (
    Marker("\x02", "bold", "b"),
    Marker("\x1d", "italic", "i"),
    Marker("\x1f", "underline", "u"),
    Marker("\x1e", "strike", "s"),
    Marker("\x11", "monospace", "m"),
    Marker("\x16", "reverse", "r"),
    Marker("\x03", "colour", "c", "two digits, then perhaps a comma and two for the background: 04,01"),
    Marker("\x04", "exact colour", "h", "six hexadecimal digits: ff8800"),
    Marker("\x0f", "plain", "o"),
)
_TOGGLES = {
    "\x02": "bold",
    "\x1d": "italic",
    "\x1f": "underline",
    "\x1e": "strike",
    "\x11": "monospace",
    "\x16": "reverse",
}
_WORDS = ("bold", "italic", "underline", "strike", "reverse")


def spans(text: str) -> list[Span]:
    """`text` in pieces of one style each; their texts joined are `strip_formatting(text)`."""
    found: list[Span] = []
    style, start = Style(), 0
    for change in FORMATTING.finditer(text):
        _append(found, text[start : change.start()], style)
        style, start = _changed(style, change), change.end()
    _append(found, text[start:], style)
    return found


def fragments(text: str, style: str = "") -> list[Fragment]:
    """`text` as it may reach the screen: formatted and clean. `style` is that of its surroundings."""
    pieces = ((" ".join(filter(None, (style, as_style(span.style)))), clean.plain(span.text)) for span in spans(text))
    return [(look, piece) for look, piece in pieces if piece]


def as_style(style: Style) -> str:
    """The style string of prompt_toolkit, such as `bold fg:#ff8c00 bg:ansiblue`; monospace is `class:monospace`, as
    every letter of a terminal is."""
    words = [word for word in _WORDS if getattr(style, word)]
    if style.monospace:
        words.append("class:monospace")
    for ground, colour in (("fg", style.foreground), ("bg", style.background)):
        if colour is not None:
            words.append(f"{ground}:{PALETTE[colour] if isinstance(colour, int) else '#' + colour}")
    return " ".join(words)


def _append(found: list[Span], text: str, style: Style) -> None:
    if not text:
        return
    if found and found[-1].style == style:
        found[-1] = Span(found[-1].text + text, style)
    else:
        found.append(Span(text, style))


def _changed(style: Style, change: re.Match[str]) -> Style:
    byte = change[0][0]
    if byte == _RESET:
        return Style()
    if byte == _COLOUR:
        return _coloured(style, _numbered(change["foreground"]), _numbered(change["background"]))
    if byte == _HEX_COLOUR:
        return _coloured(style, change["hex_foreground"], change["hex_background"])
    name = _TOGGLES[byte]
    return replace(style, **{name: not getattr(style, name)})


def _numbered(digits: str | None) -> int | None:
    return None if digits is None else int(digits)


def _coloured(style: Style, foreground: Colour, background: Colour) -> Style:
    """A colour byte alone ends both colours; without a background it leaves that as it is."""
    if foreground is None:
        return replace(style, foreground=None, background=None)
    changed = replace(style, foreground=_named(foreground))
    return changed if background is None else replace(changed, background=_named(background))


def _named(colour: int | str) -> Colour:
    if isinstance(colour, str):
        return colour.lower()
    return None if colour == DEFAULT else colour
