"""The codec of modern IRC: lines -> Request; Reply, Raw and Event -> lines (RFC 1459/2812, Modern IRC, IRCv3 tags).

Owns: what a line may hold and how long it may be, tags per receiver. Must not: know what a command means.
"""

import re
from collections.abc import Iterator
from typing import Any

from protocol import multiline
from protocol.events import rfc3339
from protocol.limits import AUTHENTICATE_BYTES, CLIENT_TAG_BYTES, IRC_LINE_BYTES, LABEL_BYTES
from protocol.message import escape_tag, format_message, format_tags, parse_tags, split_params
from protocol.multiline import fitted
from protocol.names import cut, split_text
from protocol.replies import ERR_INPUTTOOLONG, FAIL_INVALID_UTF8, fill
from protocol.values import IN_BATCH, Answer, Batch, BatchLine, Event, Flavour, Raw, Refused, Reply, Request, Sendable

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
        tags = parse_tags(_utf8_tags(tag_bytes[1:]))
    if len(line) > limit and not _is_authenticate(line):
        return TOO_LONG
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return _not_utf8(line, tags)
    if "\r" in text:  # a lone CR ends a line for some clients; it must not reach them inside a text
        text = text.replace("\r", " ")
    return _request(text, tags)


def _utf8_tags(data: bytes) -> str:
    """The tags as text; one that is no UTF-8 is dropped, for half a value would be another value."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ";".join(item.decode(errors="ignore") for item in data.split(b";") if _is_utf8(item))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


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
    request = Request(verb, words, _client_only(tags), _label(tags))
    return Request(IN_BATCH, [BatchLine(tags["batch"], request, tags)]) if "batch" in tags else request


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
    if event.detail is not None and row.name in multiline.ROWS:
        return _several_lines(event, flavour, extra)
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


def _several_lines(event: Event, flavour: Flavour, extra: str | None) -> bytes:
    """A message of several lines: one batch, named for its message id, if the receiver has batch and draft/multiline;
    for all others line by line, without blank ones, with what belongs to the whole message on the first (IRCv3
    multiline). Of `extra`, a label goes on the first line alone, the reference of a batch around it on every line that
    is not in its own."""
    head = f":{event.source.prefix} {event.row.name} {event.target} :"
    lines = list(fitted(event.detail, BODY_BYTES - len(head.encode())))
    first = _event_tags(event, flavour, extra) if flavour.tagged or extra else ""
    around = extra if extra and extra.startswith(batch_tag("")) else None
    if not (flavour.batches and multiline.CAPABILITY in flavour.capabilities):
        rest = _event_tags(Event(event.row, event.source, time=event.time), flavour, around)
        shown = [head + text for text, _ in lines if text]
        return "".join(f"{rest if place else first}{line}\r\n" for place, line in enumerate(shown)).encode()
    inner, concat = batch_tag(event.msgid), f";{multiline.CONCAT_TAG}"
    start = f"{first}:{event.source.prefix} BATCH +{event.msgid} {multiline.CAPABILITY} {event.target}\r\n"
    middle = "".join(f"@{inner}{concat if is_concat else ''} {head}{text}\r\n" for text, is_concat in lines)
    end = f"{f'@{around} ' if around else ''}:{event.source.prefix} BATCH -{event.msgid}\r\n"
    return (start + middle + end).encode()


def _event_tags(event: Event, flavour: Flavour, extra: str | None) -> str:
    tags = [extra] if extra else []
    if flavour.server_time:
        tags.append("time=" + rfc3339(event.time))
    if flavour.account_tag and event.source.account:
        tags.append("account=" + escape_tag(event.source.account))
    if flavour.operator_tag and event.source.is_operator:
        tags.append("draft/oper")
    if flavour.message_tags:
        if event.msgid:
            tags.append("msgid=" + event.msgid)
        if event.source.is_bot:
            tags.append("bot")
        if event.tags:
            tags.append(format_tags(event.tags)[1:-1])
    return f"@{';'.join(tags)} " if tags else ""


def unfolded(item: Sendable, flavour: Flavour, extra: Any = None) -> Iterator[tuple[Sendable, Any]]:
    """The lines of an item, each with the extra tags it is to be encoded with: a batch with its first and last line for
    receivers that have `batch`, without them for others. `extra` goes on the item itself: of a batch, a label on its
    start alone, the reference of a batch around it on its start and its end (IRCv3 batch, labeled-response)."""
    if not isinstance(item, Batch):
        yield item, extra
        return
    inner = extra
    if flavour.batches:
        yield Raw("BATCH", ("+" + item.reference, item.kind, *item.params)), extra
        inner = batch_tag(item.reference)
    for each in item.items:
        yield from unfolded(each, flavour, inner)
    if flavour.batches:
        is_nested = isinstance(extra, str) and extra.startswith(batch_tag(""))
        yield Raw("BATCH", ("-" + item.reference,)), extra if is_nested else None


def batch_tag(reference: str) -> str:
    """The tag text that says of a line in which batch it is."""
    return "batch=" + reference


def _without_standard_replies(code: str, nick: str, words: str) -> str:
    """A code that no specification defines is for clients with standard-replies only (IRCv3 standard-replies); others
    get the numeric of the last resort, or a notice of what is no error."""
    command, _, text = words.partition(" ")
    text = text.partition(" :")[2]
    return f"400 {nick} {command} :{text}" if code == "FAIL" else f"NOTICE {nick} :{command}: {text}"


def encode(
    item: Sendable, server: str, nick: str, flavour: Flavour, extra: str | None = None, now: float = 0.0
) -> bytes:
    """Any item for one receiver. `nick`: the receiver's, or `*`; `extra`: further tags as text; `now`: Unix seconds."""
    if isinstance(item, Event):
        return encode_event(item, flavour, extra)
    if isinstance(item, Reply):
        code, server = item.row.code, item.server or server
        words = fill(item.row.irc, item.args)
        if item.row.is_own and "standard-replies" not in flavour.capabilities:
            body = f":{server} {_without_standard_replies(code, nick, words)}"
        else:
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
