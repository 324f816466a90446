"""Which codec serves which dialect, and how a connection's first bytes tell. Owns: that choice. Must not: decode."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from protocol import csp, irc, lab
from protocol.values import CSP, CSP_1_0, IRC, LAB, Batch, Dialect, Event, Flavour, Request, flavour_of


@dataclass(frozen=True, slots=True, eq=False)
class Codec:
    """How one dialect turns lines into requests and items into bytes."""

    dialect: Dialect
    first_flavour: Flavour
    line_limit: int
    too_long: Request
    decode: Callable[[bytes], Request | None]
    encode: Callable[..., bytes]
    encode_event: Callable[[Event, Flavour, Any], bytes]


IRC_CODEC = Codec(IRC, flavour_of(IRC), irc.LINE_LIMIT, irc.TOO_LONG, irc.decode, irc.encode, irc.encode_event)
LAB_CODEC = Codec(LAB, flavour_of(LAB), irc.LINE_LIMIT, irc.TOO_LONG, lab.decode, lab.encode, lab.encode_event)
CSP_CODEC = Codec(CSP, CSP_1_0, csp.LINE_LIMIT, csp.TOO_LONG, csp.decode, csp.encode, csp.encode_event)
_BY_DIALECT = {codec.dialect: codec for codec in (IRC_CODEC, LAB_CODEC, CSP_CODEC)}


def detect(data: bytes) -> Codec | None:
    """The codec for a connection that starts with `data`; None while only line ends have come. IRC may still turn out
    to be lab: see `lab.is_lab` for the first request."""
    start = data.lstrip(b"\r\n \t")[:1]
    if not start:
        return None
    return CSP_CODEC if start == b"{" else IRC_CODEC


def wire(event: Event, flavour: Flavour) -> bytes:
    """The bytes of an event for a flavour, encoded once for each."""
    data = event.wire.get(flavour)
    if data is None:
        data = event.wire[flavour] = _BY_DIALECT[flavour.dialect].encode_event(event, flavour, None)
    return data


def wire_in_batch(event: Event, flavour: Flavour, reference: str) -> bytes:
    """As `wire`, as a line of the batch called `reference` where the flavour has batches."""
    return irc.encode_event(event, flavour, irc.batch_tag(reference)) if flavour.batches else wire(event, flavour)


def around(batch: Batch, flavour: Flavour, server: str, now: float) -> tuple[bytes, bytes]:
    """The first and the last line of a batch without its items; empty where the flavour has no batches."""
    if not flavour.batches:
        return b"", b""
    start, end = (irc.encode(line, server, "*", flavour, None, now) for line, _ in irc.unfolded(batch, flavour))
    return start, end
