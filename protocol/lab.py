"""The codec of lab IRC, the networking-course subset: same lines in, numerics without a target and bare prefixes out.

Owns: how replies and events look to a lab client. Must not: know what a command means.
"""

from protocol.irc import BODY_BYTES, decode
from protocol.message import format_message
from protocol.names import cut, fold
from protocol.replies import fill
from protocol.values import Answer, Event, Flavour, Raw, Reply, Request, Sendable

__all__ = ["decode", "encode", "encode_event", "is_lab"]


def is_lab(request: Request, server: str) -> bool:
    """Whether a connection whose first request this is speaks lab IRC to the server called `server`."""
    return request.verb == "USER" and len(request.params) == 4 and fold(request.params[2]) == fold(server)


def encode_event(event: Event, flavour: Flavour, extra: str = "") -> bytes:
    """The line of an event, b"" when lab clients are not told."""
    body = event.row.lab(event)
    return f"{cut(body, BODY_BYTES)}\r\n".encode() if body else b""


def encode(item: Sendable, server: str, nick: str, flavour: Flavour, extra: str = "", now: float = 0.0) -> bytes:
    """Any item for a lab client; see `irc.encode` for the parameters."""
    if isinstance(item, Event):
        return encode_event(item, flavour)
    if isinstance(item, Reply):
        body = f":{server} {item.row.code} {fill(item.row.lab, item.args)}"
    elif isinstance(item, Raw):
        body = format_message(item.command, *item.params, source=server)
    else:
        assert isinstance(item, Answer)
        return b""
    return f"{cut(body, BODY_BYTES)}\r\n".encode()
