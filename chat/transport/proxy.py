"""The PROXY protocol, versions 1 and 2: the line or block in which a proxy says for whom it connects.

Owns: reading that header. Must not: decide who may send one. Source: the PROXY protocol specification of HAProxy, 2.1
and 2.2; what it says of TLS (a TLV) is not used, for this server trusts only TLS that it speaks itself.
"""

import ipaddress

from chat.transport.errors import TransportError
from protocol.addresses import canonical

_FIRST = b"PROXY "
_FIRST_BYTES = 107  # the longest line of version 1, its end included
_SECOND = b"\r\n\r\n\0\r\nQUIT\n"
_SECOND_HEAD = 16
_SECOND_BYTES = 4096  # of addresses and TLVs; the specification lets receivers bound it
_LOCAL, _PROXIED = 0x20, 0x21
_ADDRESS_BYTES = {0x11: 4, 0x21: 16}  # TCP over IPv4 and IPv6
_OTHER_FAMILIES = (0x00, 0x12, 0x22, 0x31, 0x32)  # valid, and without an address of a TCP client
_FAREWELL = "Malformed PROXY header"


def may_be_header(data: bytes) -> bool:
    """Whether a connection that starts with `data` may still turn out to start with a header."""
    return any(mark.startswith(data[: len(mark)]) for mark in (_FIRST, _SECOND))


def is_header(data: bytes) -> bool:
    """Whether `data` starts with a header, whole or not."""
    return data.startswith((_FIRST, _SECOND))


def parse(data: bytes) -> tuple[str, int] | None:
    """The client's address, "" when the header names none, and the header's size; None while it is not complete.
    TransportError when it is malformed."""
    return _parse_first(data) if data.startswith(_FIRST) else _parse_second(data)


def _malformed(why: str) -> TransportError:
    return TransportError(f"malformed PROXY header: {why}", _FAREWELL, is_notable=True)


def _parse_first(data: bytes) -> tuple[str, int] | None:
    line, end, _ = data[:_FIRST_BYTES].partition(b"\r\n")
    if not end:
        if len(data) >= _FIRST_BYTES or b"\n" in data:
            raise _malformed(f"no line end within {_FIRST_BYTES} bytes")
        return None
    size = len(line) + len(end)
    family, *rest = line.decode("ascii", "replace").split(" ")[1:]
    if family == "UNKNOWN":
        return "", size
    if family not in ("TCP4", "TCP6") or len(rest) != 4:
        raise _malformed("not PROXY TCP4|TCP6 <source> <destination> <port> <port>")
    source, destination, *ports = rest
    if not all(port.isascii() and port.isdigit() and len(port) < 6 and int(port) < 65536 for port in ports):
        raise _malformed("a port is no number from 0 to 65535")
    kind = ipaddress.IPv4Address if family == "TCP4" else ipaddress.IPv6Address
    try:
        kind(destination)
        return canonical(str(kind(source))), size
    except ValueError:
        raise _malformed("an address is none") from None


def _parse_second(data: bytes) -> tuple[str, int] | None:
    if len(data) < _SECOND_HEAD:
        return None
    command, family = data[12], data[13]
    body = int.from_bytes(data[14:16], "big")
    if command not in (_LOCAL, _PROXIED):
        raise _malformed("unknown version or command")
    if body > _SECOND_BYTES:
        raise _malformed(f"longer than {_SECOND_BYTES} bytes")
    size = _SECOND_HEAD + body
    if len(data) < size:
        return None
    if command == _LOCAL or family in _OTHER_FAMILIES:
        return "", size
    width = _ADDRESS_BYTES.get(family)
    if width is None:
        raise _malformed("unknown address family")
    if body < 2 * width + 4:
        raise _malformed("too short for its addresses")
    return canonical(str(ipaddress.ip_address(data[_SECOND_HEAD : _SECOND_HEAD + width]))), size
