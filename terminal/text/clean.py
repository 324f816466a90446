"""Makes text from the network harmless for a terminal.

Owns: what may reach the screen. Must not: print. An escape sequence of a stranger could move the cursor, rename the
window or answer as if it were typed; a direction mark could make one line look like another; a character that the
terminal draws in more or fewer cells than the screen counts (`width`) shifts everything to the right of it.

The screen counts code point by code point, while terminals differ: some put what belongs together into one picture.
So what is left is what both see alike; compared with tmux, whose widths are the C library's:

| in the text                          | counted | drawn  | shown as                                               |
| ------------------------------------ | ------- | ------ | ------------------------------------------------------ |
| emoji joined by U+200D               | 2 each  | 2      | the emoji side by side: all else ignorable goes too    |
| variation selectors, keycap U+20E3   | 0       | 0 or 1 | left out                                               |
| a skin tone behind an emoji          | 2       | 2 or 0 | left out: a cell is worth more than a tone             |
| a flag: two regional indicators      | 2 each  | 1 each | its letters: [FI]                                      |
| a combining mark without a base      | 0       | 0      | over a dotted circle, or it would cling to our columns |
| more than 4 marks on a base          | 0       | 0      | 4 of them: more would be drawn over other rows         |
| unassigned, new in Unicode 16 (wide) | 1, 2    | 0 to 2 | the number, `\\u0378`                                   |

What can be composed is composed (NFC): é and 한 need no combining then. Spacing marks (Unicode's Mc, in Hindi or
Tamil) stay although a terminal may give them a cell that is not counted: without them words could not be read.
"""

import re
import unicodedata
from collections.abc import Callable

from protocol.formatting import strip_formatting
from protocol.names import IGNORABLE, NO_BREAK_SPACE
from terminal.text.width import cells

_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff"
    # of disputed width: circled numbers on black squares, and the symbols that Unicode 16 made wide
    "\u3248-\u324f\u2630-\u2637\u268a-\u268f\u4dc0-\u4dff\U0001d300-\U0001d356\U0001d360-\U0001d376"
    "\u302e\u302f\U00016ff0\U00016ff1]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_IGNORABLE = re.compile(f"[{IGNORABLE}\u20e3]")
_SKIN_TONE = re.compile("[\U0001f3fb-\U0001f3ff]")
_SKIN_TONE_BEHIND = re.compile(r"(?<=\S)[\U0001f3fb-\U0001f3ff]+")
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]")
_FLAG = re.compile("([\U0001f1e6-\U0001f1ff])([\U0001f1e6-\U0001f1ff])")
_LETTER_OFFSET = 0x1F1E6 - ord("A")
_DOTTED_CIRCLE = "\u25cc"
_MOST_MARKS = 4
_KEPT = 65536  # characters whose form is remembered; strangers choose what is looked up
_SPACES = {ord("\t"): " ", ord(NO_BREAK_SPACE): " "}  # prompt_toolkit paints the latter as something to look at
_CONTROL_PICTURES, _PICTURE_OF_DELETE = 0x2400, "\u2421"


class _Shown(dict[int, str]):
    """Code point -> what stands for it on the screen, remembered: a table for `str.translate`.

    faithful -- to show everything that is not drawn in a visible form, instead of leaving out what is of no use.
    """

    def __init__(self, faithful: bool) -> None:
        super().__init__()
        self._faithful = faithful

    def __missing__(self, code: int) -> str:
        if len(self) >= _KEPT:
            self.clear()
        shown = self[code] = self._form(chr(code))
        return shown

    def _form(self, character: str) -> str:
        if _is_harmful(character):
            return _visible(character)
        if _IGNORABLE.match(character):
            return _visible(character) if self._faithful else ""
        if _REGIONAL.match(character):
            return _visible(character) if self._faithful else chr(ord(character) - _LETTER_OFFSET)
        return _visible(character) if _SKIN_TONE.match(character) else character


class _Pictures(dict[int, str]):
    """Code point -> exactly one character for it, remembered: a table for `str.translate`."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _KEPT:
            self.clear()
        picture = self[code] = self._form(code)
        return picture

    def _form(self, code: int) -> str:
        if code < ord(" "):
            return chr(_CONTROL_PICTURES + code)
        if code == 0x7F:
            return _PICTURE_OF_DELETE
        shown = _PLAIN[code]
        return shown if len(shown) == 1 else "\ufffd" if _is_harmful(chr(code)) else "·"


_FAITHFUL, _PLAIN, _WRITTEN = _Shown(faithful=True), _Shown(faithful=False), _Pictures()


def escape(text: str) -> str:
    """`text` with everything that does not show itself in a visible form such as `\\x1b`: for names, that nobody looks
    like somebody else, and for lines of the wire."""
    if text.isascii() and text.isprintable():
        return text
    return _with_bases(text.translate(_FAITHFUL), _visible)


def without_surrogates(text: str) -> str:
    """A typed text as it can be sent: a byte that is no UTF-8 comes from a terminal as a lone surrogate, and becomes
    U+FFFD. As many characters as before."""
    return _SURROGATE.sub("\ufffd", text)


def plain(text: str) -> str:
    """`text` as a person reads it: without mIRC formatting, tabs and hard spaces as spaces, what terminals do
    not agree on simplified, everything else that is harmful escaped."""
    if text.isascii() and text.isprintable():
        return text
    text = strip_formatting(text).translate(_SPACES)
    if text.isascii():
        return text.translate(_PLAIN)
    text = _SKIN_TONE_BEHIND.sub("", _FLAG.sub(_letters, text)).translate(_PLAIN)
    return _with_bases(unicodedata.normalize("NFC", text), lambda mark: _DOTTED_CIRCLE + mark, _MOST_MARKS)


def written(text: str) -> str:
    """`text` while it is edited: one character for each character, control bytes as their pictures (␂ for 0x02)."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_WRITTEN)


def _is_harmful(character: str) -> bool:
    """Whether it commands a terminal, or is not known well enough: emoji newer than its C library are drawn by none."""
    return _HARMFUL.match(character) is not None or unicodedata.category(character) == "Cn"


def _visible(character: str) -> str:
    code = ord(character)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _letters(flag: re.Match[str]) -> str:
    return "[" + "".join(chr(ord(half) - _LETTER_OFFSET) for half in flag.groups()) + "]"


def _with_bases(text: str, alone: Callable[[str], str], most: int | None = None) -> str:
    """`text` in which every character without a cell of its own stands behind one that has it, at most `most` each;
    `alone` gives the form of one that has none in front."""
    if text.isascii() or all(map(cells, text)):
        return text
    parts: list[str] = []
    marks: int | None = None  # on the current base; None while there is none
    for character in text:
        if cells(character):
            marks = 0
        elif marks is None:
            character, marks = alone(character), 1
        else:
            marks += 1
            if most is not None and marks > most:
                continue
        parts.append(character)
    return "".join(parts)
