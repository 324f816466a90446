"""The IRC grammar: one line of text <-> tags, source, command, parameters (Modern IRC 2.1, IRCv3 message-tags).

Owns: splitting, joining and tag escaping, for the server and for the client. Must not: know any command.
"""

import re
from typing import NamedTuple

_ESCAPE = str.maketrans({";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n"})
_UNESCAPE = {":": ";", "s": " ", "r": "\r", "n": "\n"}


class Message(NamedTuple):
    """One line: `tags` (value "" when missing), `source` without its colon or None, `command` as sent, `params`."""

    tags: dict[str, str]
    source: str | None
    command: str
    params: list[str]


def escape_tag(value: str) -> str:
    """The wire form of a tag value."""
    return value.translate(_ESCAPE)


def unescape_tag(value: str) -> str:
    """The meaning of a tag value on the wire; a backslash before any other character is dropped."""
    if "\\" not in value:
        return value
    return re.sub(r"\\(.?)", lambda found: _UNESCAPE.get(found[1], found[1]), value, flags=re.DOTALL)


def parse_tags(text: str) -> dict[str, str]:
    """The tags of a line, `text` without "@"; of equal keys the last counts."""
    tags = {}
    for item in text.split(";"):
        key, _, value = item.partition("=")
        if key:
            tags[key] = unescape_tag(value)
    return tags


def format_tags(tags: dict[str, str]) -> str:
    """`@k=v;k2 ` with its space, or "" without tags; server tags come before client-only ones."""
    if not tags:
        return ""
    ordered = sorted(tags.items(), key=lambda item: item[0].startswith("+"))
    return "@" + ";".join(f"{key}={escape_tag(value)}" if value else key for key, value in ordered) + " "


def split_params(text: str) -> list[str]:
    """Command and parameters of a line without tags and source; runs of spaces are one."""
    head, colon, trailing = text.partition(" :")
    words = head.split(" ")
    if "" in words:
        words = [word for word in words if word]
    if colon:
        words.append(trailing)
    return words


def parse_message(line: str) -> Message:
    """One line without its line end. A line with no command gives command ""."""
    tags: dict[str, str] = {}
    source = None
    if line.startswith("@"):
        text, _, line = line[1:].partition(" ")
        tags = parse_tags(text)
        line = line.lstrip(" ")
    if line.startswith(":"):
        source, _, line = line[1:].partition(" ")
    words = split_params(line.lstrip(" "))
    return Message(tags, source, words[0] if words else "", words[1:])


def split_source(source: str) -> tuple[str, str, str]:
    """Nick, user and host of a source `nick!user@host`; what is missing is ""."""
    rest, _, host = source.partition("@")
    nick, _, user = rest.partition("!")
    return nick, user, host


def format_message(
    command: str,
    *params: str,
    source: str | None = None,
    tags: dict[str, str] | None = None,
    has_text: bool = False,
) -> str:
    """The line, without line end, for the given parts. Only the last parameter may be empty, hold spaces or start with
    a colon; the caller vouches for the others. `has_text`: the last one gets its colon even if it needs none."""
    text = format_tags(tags) if tags else ""
    if source:
        text += f":{source} "
    text += command
    if params:
        last = params[-1]
        needs_colon = has_text or not last or " " in last or last[0] == ":"
        text = " ".join((text, *params[:-1], ":" + last if needs_colon else last))
    return text
