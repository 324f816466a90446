"""The codec of lab IRC, the networking-course subset: same lines in, numerics without a target and bare prefixes out.

Owns: how replies and events look to a lab client. Must not: know what a command means.
"""

from protocol import irc
from protocol.message import format_message
from protocol.names import fold
from protocol.replies import fill
from protocol.values import Answer, Event, Flavour, Raw, Reply, Request, Sendable


def decode(line: bytes) -> Request | None:
    """One line without LF. Lab lines may be as long as the framer lets through; some lab clients put the topic between
    quotation marks, which lab servers take off."""
    request = irc.decode(line, irc.LINE_LIMIT)
    if request is not None and request.verb == "TOPIC" and len(request.params) > 1:
        request.params[1] = unquoted(request.params[1])
    return request


def unquoted(text: str) -> str:
    """A text without the quotation marks around it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def is_lab(request: Request, server: str) -> bool:
    """Whether a connection whose first request this is speaks lab IRC to the server called `server`."""
    return request.verb == "USER" and len(request.params) == 4 and fold(request.params[2]) == fold(server)


def encode_event(event: Event, flavour: Flavour, extra: str | None = None) -> bytes:
    """The line of an event, b"" when lab clients are not told."""
    body = event.row.lab(event)
    return f"{body}\r\n".encode() if body else b""


def encode(
    item: Sendable, server: str, nick: str, flavour: Flavour, extra: str | None = None, now: float = 0.0
) -> bytes:
    """Any item for a lab client; see `irc.encode` for the parameters."""
    if isinstance(item, Event):
        return encode_event(item, flavour)
    if isinstance(item, Reply):
        body = f":{item.server or server} {item.row.code} {fill(item.row.lab, item.args)}"
    elif isinstance(item, Raw):
        body = format_message(item.command, *item.params, source=server)
    else:
        assert isinstance(item, Answer)
        return b""
    return f"{body}\r\n".encode()
