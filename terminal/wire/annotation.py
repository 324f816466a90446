"""A wire line taken apart for the eye: its grammatical parts, in order, and nothing lost.

Owns: where each part of a line begins and ends. Must not: judge, change or interpret the line.
"""

import re
from collections.abc import Iterator
from typing import Literal

Part = Literal[
    "tags", "source", "command", "parameter", "trailing", "space",
    "key", "string", "number", "literal", "punctuation",
]  # fmt: skip

_JSON = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*"?)(?P<colon>\s*:)?'
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<literal>[A-Za-z]+)"
    r'|(?P<punctuation>[^"0-9A-Za-z-]+|-)',
    re.DOTALL,
)
_VISIBLE = str.maketrans({"\r": "␍", "\n": "␊"})


def visible_end(end: str) -> str:
    """The end of a line as signs that can be seen: `␍␊`, `␊` or ""."""
    return end.translate(_VISIBLE)


def grammar(text: str) -> str:
    """The name of the dialect whose grammar a line has, for who does not know the dialect: `json` or `irc`."""
    return "json" if text.lstrip().startswith("{") else "irc"


def annotated(text: str, dialect_name: str) -> list[tuple[Part, str]]:
    """The parts of a line without its end: (kind, text), whose texts joined are `text` again.

    dialect_name -- `json`, or `irc` and `lab`, which share a grammar (Modern IRC 2.1).
    """
    parts = _json_parts(text) if dialect_name == "json" else _irc_parts(text)
    return [(kind, part) for kind, part in parts if part]


def _irc_parts(text: str) -> Iterator[tuple[Part, str]]:
    opening: tuple[tuple[Part, str], ...] = (("tags", "@"), ("source", ":"))
    for kind, sign in opening:
        if text.startswith(sign):
            word, space, text = _first_word(text)
            yield kind, word
            yield "space", space
    head, colon, trailing = text.partition(" :")
    if text.startswith(" ") and not head.strip(" "):  # nothing but the end of the line in front of the colon
        head, colon, trailing = text, "", ""
    named = False
    for word in re.findall(r" +|[^ ]+", head):
        if word.startswith(" "):
            yield "space", word
            continue
        yield "parameter" if named else "command", word
        named = True
    if colon:
        yield "space", " "
        yield "trailing", ":" + trailing


def _first_word(text: str) -> tuple[str, str, str]:
    word = text.partition(" ")[0]
    rest = text[len(word) :]
    bare = rest.lstrip(" ")
    return word, rest[: len(rest) - len(bare)], bare


def _json_parts(text: str) -> Iterator[tuple[Part, str]]:
    for found in _JSON.finditer(text):
        if found["string"] is not None:
            yield "key" if found["colon"] else "string", found["string"]
            yield "punctuation", found["colon"] or ""
        elif found["number"] is not None:
            yield "number", found["number"]
        elif found["literal"] is not None:
            yield "literal", found["literal"]
        else:
            yield "punctuation", found["punctuation"]
