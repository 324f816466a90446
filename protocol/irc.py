"""The codec of modern IRC: lines -> Request; Reply, Raw and Event -> lines (RFC 1459/2812, Modern IRC, IRCv3 tags).

Owns: what a line may hold and how long it may be, tags per receiver. Must not: know what a command means.
"""

import re

from protocol.events import rfc3339
from protocol.limits import AUTHENTICATE_BYTES, CLIENT_TAG_BYTES, IRC_LINE_BYTES, LABEL_BYTES
from protocol.message import escape_tag, format_message, format_tags, parse_tags, split_params
from protocol.names import cut, split_text
from protocol.replies import ERR_INPUTTOOLONG, FAIL_INVALID_UTF8, fill
from protocol.values import Answer, Event, Flavour, Raw, Refused, Reply, Request, Sendable

BODY_BYTES = IRC_LINE_BYTES - 2  # without CR LF
LINE_LIMIT = CLIENT_TAG_BYTES + IRC_LINE_BYTES - 1  # what the framer lets through: tags, body, CR
_WORD_REPLIES = ("FAIL", "WARN", "NOTE")  # standard replies have no target parameter
_CLIENT_TAG_KEY = re.compile(r"\+(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9._-]+\Z")  # `+`, a vendor's host and `/`, a name

TOO_LONG = Request("", [], problem=Refused(ERR_INPUTTOOLONG))


def decode(line: bytes, limit: int = BODY_BYTES) -> Request | None:
    """One line without LF, of at most `limit` bytes beside tags and CR; None for one to be ignored (empty, NUL)."""
    if line[-1:] == b"\r":
        line = line[:-1]
    if b"\0" in line:
        return None
    tags = None
    if line[:1] == b"@":
        tag_bytes, _, line = line.partition(b" ")
        if len(tag_bytes) >= CLIENT_TAG_BYTES:
            return TOO_LONG
        line = line.lstrip(b" ")
        tags = parse_tags(tag_bytes[1:].decode(errors="ignore"))
    if len(line) > limit and not _is_authenticate(line):
        return TOO_LONG
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return _not_utf8(line, tags)
    if "\r" in text:  # a lone CR ends a line for some clients; it must not reach them inside a text
        text = text.replace("\r", " ")
    return _request(text, tags)


def _request(text: str, tags: dict[str, str] | None) -> Request | None:
    if text[:1] in (" ", ":"):
        text = text.lstrip(" ")
        if text.startswith(":"):  # a source from a client means nothing
            text = text.partition(" ")[2].lstrip(" ")
    words = split_params(text)
    if not words:
        return None
    verb = words.pop(0).upper()
    if tags is None:
        return Request(verb, words)
    return Request(verb, words, _client_only(tags), _label(tags))


def _is_authenticate(line: bytes) -> bool:
    """A payload line may be too long in order to be told so with 905 rather than 417."""
    return line[:13].upper() == b"AUTHENTICATE " and len(line) <= 2 * AUTHENTICATE_BYTES


def _client_only(tags: dict[str, str]) -> dict[str, str] | None:
    """What may be relayed. A value is escaped on its way out; a key cannot be, so only well-formed ones go on."""
    return {key: value for key, value in tags.items() if _CLIENT_TAG_KEY.match(key)} or None


def _label(tags: dict[str, str]) -> str | None:
    label = tags.get("label", "")
    return label if 0 < len(label.encode()) <= LABEL_BYTES else None


def _not_utf8(line: bytes, tags: dict[str, str] | None) -> Request:
    words = line.decode("ascii", "replace").split(" ")
    verb = words[0].upper() if words[0].isascii() else "*"
    return Request(verb, [], None, _label(tags or {}), Refused(FAIL_INVALID_UTF8, verb))


def label_tag(label: str) -> str:
    """The tag text that carries a label."""
    return "label=" + escape_tag(label)


def encode_event(event: Event, flavour: Flavour, extra: str | None = None) -> bytes:
    """The line or lines of an event for one flavour, b"" when it is not shown there. `extra`: tags as text."""
    row = event.row
    if row.capability and row.capability not in flavour.capabilities:
        return b""
    body = row.irc(event, flavour)
    if not body:
        return b""
    tags = _event_tags(event, flavour, extra) if flavour.tagged or extra else ""
    data = f"{tags}{body}\r\n".encode()
    if len(data) - len(tags) > IRC_LINE_BYTES:
        return _long(event, flavour, tags, body)
    return data


def _long(event: Event, flavour: Flavour, tags: str, body: str) -> bytes:
    """Too long once the source stands before it: cut, or split where the sender's own dialect has longer lines."""
    if not event.is_long:
        return f"{tags}{cut(body, BODY_BYTES)}\r\n".encode()
    head = body[: len(body) - len(event.text)]
    pieces = split_text(event.text, BODY_BYTES - len(head.encode()))
    return "".join(f"{tags}{head}{piece}\r\n" for piece in pieces).encode()


def _event_tags(event: Event, flavour: Flavour, extra: str | None) -> str:
    tags = [extra] if extra else []
    if flavour.server_time:
        tags.append("time=" + rfc3339(event.time))
    if flavour.account_tag and event.source.account:
        tags.append("account=" + escape_tag(event.source.account))
    if flavour.message_tags:
        if event.msgid:
            tags.append("msgid=" + event.msgid)
        if event.source.is_bot:
            tags.append("bot")
        if event.tags:
            tags.append(format_tags(event.tags)[1:-1])
    return f"@{';'.join(tags)} " if tags else ""


def encode(
    item: Sendable, server: str, nick: str, flavour: Flavour, extra: str | None = None, now: float = 0.0
) -> bytes:
    """Any item for one receiver. `nick`: the receiver's, or `*`; `extra`: further tags as text; `now`: Unix seconds."""
    if isinstance(item, Event):
        return encode_event(item, flavour, extra)
    if isinstance(item, Reply):
        code = item.row.code
        words = fill(item.row.irc, item.args)
        body = f":{server} {code} {words}" if code in _WORD_REPLIES else f":{server} {code} {nick} {words}"
    elif isinstance(item, Raw):
        source = server if item.from_server else None
        body = format_message(item.command, *item.params, source=source, has_text=item.has_text)
    else:
        assert isinstance(item, Answer)
        return b""  # a CSP answer has no IRC form; commands of both dialects answer in both
    tags = [extra] if extra else []
    if flavour.server_time:
        tags.append("time=" + rfc3339(now))
    start = f"@{';'.join(tags)} " if tags else ""
    return f"{start}{cut(body, BODY_BYTES)}\r\n".encode()
