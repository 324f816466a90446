"""Names and masks: folding, what is a legal nick, channel, host or account, mask matching, group <-> channel names.

Owns: the one casemapping of the project (`ascii`) and every rule about the shape of a name.
Must not: know who exists.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from protocol.limits import LIST_REPLY_BYTES, METADATA_KEY_BYTES

NO_BREAK_SPACE = "\u00a0"  # stands in a channel's name for the space in a CSP group's name
CHANNEL_TYPES = "#"
_UPPER_TO_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_KEPT_NAMES, _KEPT_CHARACTERS = 65536, 64  # folded names that are remembered, and the longest of them
_KEPT_MASK_CHARACTERS = 200  # of the longest mask whose compiled form is remembered

# Space, comma, "*", "?", "!", "@" break lists and masks; "." belongs to server names; "$", ":", channel types and
# membership prefixes may not lead (Modern IRC, Clients). Control and separator characters would break displays.
_FORBIDDEN_ANYWHERE = (
    "\\x00-\\x20\\x7f-\\xa0\\xad,*?!@.\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb"
)
_ASCII_ODD = "\"#$%&'()+/:;<=>~"
_NICK = re.compile(f"[^{_FORBIDDEN_ANYWHERE}{_ASCII_ODD}\\-][^{_FORBIDDEN_ANYWHERE}{_ASCII_ODD}]*\\Z")
# What shows nothing: Default_Ignorable_Code_Point of Unicode, as the inside of a character class.
IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_INVISIBLE = re.compile(f"[{IGNORABLE}\u2800]")  # and the blank of Braille
_LOOK_ALIKE = {  # what looks like the letters of the services' names, which alone are compared by that
    ord(other): letter
    for letter, others in {
        "a": "\u0430\u0410\u03b1\u0391\u1d00",
        "c": "\u0441\u0421\u03f2\u03f9\u1d04",
        "e": "\u0435\u0415\u03b5\u0395\u1d07",
        "h": "\u04bb\u043d\u041d\u0397\u029c\u0570",
        "i": "\u0456\u0406\u04cf\u04c0\u03b9\u0399\u0131\u026al1|",
        "k": "\u043a\u041a\u03ba\u039a\u1d0b",
        "n": "\u043f\u039d\u03b7\u0274\u0578",
        "r": "\u0433\u0280",
        "s": "\u0455\u0405\ua731" + "5",
        "v": "\u0475\u0474\u03bd\u1d20",
    }.items()
    for other in others
}
_CHANNEL = re.compile(f"[{CHANNEL_TYPES}][^\\x00-\\x20\\x7f-\\x9f,\u2028\u2029]+\\Z")
_HOST_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z", re.IGNORECASE | re.ASCII)
_NO_WORD = r"\x00-\x20\x7f-\xa0\s"  # \s: the spaces of Unicode as well
_KEY = re.compile(f"[^{_NO_WORD},:][^{_NO_WORD},]*\\Z")
_MASK = re.compile(f"[^{_NO_WORD}:][^{_NO_WORD}]*\\Z")
_METADATA_KEY = re.compile(f"[a-z0-9_./-]{{1,{METADATA_KEY_BYTES}}}\\Z")
_FORMATTING = re.compile("[\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]")


class _Folded(dict[str, str]):
    """Names that were folded before. Only short ones, and not without end: clients choose what is looked up here."""

    def __missing__(self, name: str) -> str:
        folded = name.lower() if name.isascii() else name.translate(_UPPER_TO_LOWER)
        if len(name) <= _KEPT_CHARACTERS:
            if len(self) >= _KEPT_NAMES:
                self.clear()
            self[name] = folded
        return folded


# The key under which a nick, channel, account or server name is kept: ASCII letters in lower case. Asked several times
# for each message, so a dictionary's own method: 21 ns for a known name, where a cached function takes 38.
fold: Callable[[str], str] = _Folded().__getitem__


def is_nick(name: str, limit: int) -> bool:
    """Whether `name` is a legal nick (and so a legal account name) of at most `limit` characters."""
    return len(name) <= limit and _NICK.match(name) is not None


def is_misleading(name: str) -> bool:
    """Whether a legal nick cannot be told by its looks: something in it is invisible, or would be drawn over what is in
    front of it."""
    return not name.isascii() and (_INVISIBLE.search(name) is not None or unicodedata.category(name[0]).startswith("M"))


def looks_of(name: str) -> str:
    """`name` as it looks at a glance, to compare with the name of a service: without case, accents and compatibility
    forms, each letter that looks like a Latin one in its place."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return plain.translate(_LOOK_ALIKE).casefold()


def is_channel(name: str, limit: int) -> bool:
    """Whether `name` is a legal channel name of at most `limit` characters, `#` included."""
    return len(name) <= limit and _CHANNEL.match(name) is not None


def is_channel_type(name: str) -> bool:
    """Whether `name` means a channel rather than a user: it starts with a channel type."""
    return name[:1] in CHANNEL_TYPES and name != ""


def is_key(key: str, limit: int) -> bool:
    """Whether `key` may be a channel's key: one word of at most `limit` bytes without comma, no colon in front."""
    return _KEY.match(key) is not None and len(key.encode()) <= limit


def is_mask(mask: str) -> bool:
    """Whether `mask`, in full form, may stand in a channel's list: one word without control characters."""
    return _MASK.match(mask) is not None


def is_metadata_key(key: str) -> bool:
    """Whether something may be told under this key (IRCv3 metadata)."""
    return _METADATA_KEY.match(key) is not None


def is_host(name: str) -> bool:
    """Whether `name` is a DNS host name with at least one dot (RFC 952, RFC 1123)."""
    labels = name.removesuffix(".").split(".")
    return len(name) <= 253 and "." in name and all(len(x) <= 63 and _HOST_LABEL.match(x) for x in labels)


def is_visible_host(name: str, limit: int) -> bool:
    """Whether `name` may stand as a user's host: host characters only, so that no mask or prefix is broken by it."""
    return 0 < len(name) <= limit and re.match(r"[A-Za-z0-9_][A-Za-z0-9_.:\-/]*\Z", name) is not None


def has_formatting(text: str) -> bool:
    """Whether `text` holds mIRC formatting bytes."""
    return _FORMATTING.search(text) is not None


def channel_of_group(group: str) -> str:
    """The IRC channel name of a CSP group: `my own` -> `#my\u00a0own`."""
    return "#" + group.replace(" ", NO_BREAK_SPACE)


def group_of_channel(channel: str) -> str:
    """The CSP group name of an IRC channel: the inverse of `channel_of_group`."""
    return channel[1:].replace(NO_BREAK_SPACE, " ")


def _mask_pattern(mask: str) -> re.Pattern[str]:
    """The compiled form of a mask. Runs of `*` are one, which keeps the match from exponential backtracking."""
    parts: list[str] = []
    escaped = False
    for char in fold(mask):
        if escaped:
            parts.append(re.escape(char) if char in "?*" else re.escape("\\" + char))
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == "*":
            if not parts or parts[-1] != "*":
                parts.append("*")
        else:
            parts.append("." if char == "?" else re.escape(char))
    if escaped:
        parts.append(re.escape("\\"))
    return _without_backtracking(parts)


def _without_backtracking(parts: list[str]) -> re.Pattern[str]:
    """Each `*` followed by text becomes an atomic lazy search, so matching is linear in stars times length."""
    pieces: list[list[str]] = [[]]
    for part in parts:
        if part == "*":
            pieces.append([])
        else:
            pieces[-1].append(part)
    texts = ["".join(piece) for piece in pieces]
    if len(texts) == 1:
        return re.compile(texts[0] + r"\Z", re.DOTALL)
    middle = "".join(f"(?>.*?{text})" for text in texts[1:-1] if text)
    return re.compile(f"{texts[0]}{middle}.*{texts[-1]}\\Z", re.DOTALL)


_kept_pattern = lru_cache(maxsize=4096)(_mask_pattern)


def mask_matches(mask: str, text: str) -> bool:
    """Whether `text` matches `mask` (`?` one character, `*` any number, `\\?` `\\*` literal), without case."""
    pattern = _kept_pattern if len(mask) <= _KEPT_MASK_CHARACTERS else _mask_pattern
    return pattern(mask).match(fold(text)) is not None


def normalise_mask(mask: str) -> str:
    """A ban mask in full form: `nick` -> `nick!*@*`, `user@host` -> `*!user@host`, a word with a dot -> `*!*@word`."""
    nick, bang, rest = mask.partition("!")
    if not bang:
        if "@" in mask:
            nick, rest = "*", mask
        elif "." in mask or ":" in mask:
            nick, rest = "*", "*@" + mask
        else:
            rest = "*@*"
    user, _, host = rest.partition("@")
    return re.sub(r"\*{2,}", "*", f"{nick or '*'}!{user or '*'}@{host or '*'}")


def cut(text: str, size: int) -> str:
    """`text` cut to at most `size` bytes of UTF-8, never inside a character."""
    data = text.encode(errors="replace")
    return text if len(data) <= size else data[:size].decode(errors="ignore")


def split_text(text: str, size: int) -> list[str]:
    """`text` in pieces of at most `size` bytes of UTF-8 each, broken at a space where the last half has one."""
    pieces = []
    while len(text.encode(errors="replace")) > size:
        piece = cut(text, size)
        space = piece.rfind(" ")
        if space > len(piece) // 2:
            piece = piece[: space + 1]
        pieces.append(piece)
        text = text[len(piece) :]
    pieces.append(text)
    return pieces


def pack(words: Iterable[str], separator: str = " ", room: int = LIST_REPLY_BYTES) -> list[str]:
    """The words joined into as few texts of at most `room` bytes as possible."""
    return list(packed(words, separator, room))


def packed(words: Iterable[str], separator: str = " ", room: int = LIST_REPLY_BYTES) -> Iterator[str]:
    """As `pack`, one by one, while the words come."""
    current: list[str] = []
    size = 0
    for word in words:
        length = len(word.encode()) + len(separator)
        if current and size + length > room:
            yield separator.join(current)
            current, size = [], 0
        current.append(word)
        size += length
    if current:
        yield separator.join(current)
