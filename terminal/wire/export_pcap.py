"""A conversation as a packet capture that Wireshark and tcpdump open: the lines are real, the packets are made up.

Owns: the classic pcap file format, IPv4 (RFC 791) and TCP (RFC 9293) as far as that needs. Must not: write a file.
The addresses are those of RFC 5737, as the client sees none; the port of the server is the real one.
"""

import ipaddress
import struct
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from terminal.wire.log import WireEntry

CLIENT, SERVER = (ipaddress.IPv4Address(text).packed for text in ("192.0.2.1", "192.0.2.2"))
DEFAULT_PORT = 6667
FIRST_CLIENT_PORT = 49152  # the dynamic ports of RFC 6335
SEGMENT_BYTES = 1460  # what an Ethernet frame of 1500 bytes leaves
_MAGIC, _SNAPLEN, _LINKTYPE_RAW = 0xA1B2C3D4, 262_144, 101
_FIN, _SYN, _PSH, _ACK = 0x01, 0x02, 0x08, 0x10
_WINDOW = 65_535
_NO_FRAGMENTS = 0x4000
_SEGMENT_SIZE_OPTION = struct.pack("!BBH", 2, 4, SEGMENT_BYTES)


def capture(entries: Sequence[WireEntry], server: str) -> bytes:
    """The bytes of a pcap file. server -- `host:port`; each connection among the entries is a TCP stream."""
    file = _Capture()
    port = port_of(server)
    for number, lines in _connections(entries).items():
        stream = _Stream(file, FIRST_CLIENT_PORT + number % 16_000, port)
        stream.open(lines[0].time)
        for entry in lines:
            stream.send(entry.outgoing, entry.data, entry.time)
        stream.close(lines[-1].time)
    return file.data


def port_of(server: str) -> int:
    """The port of `host:port` or `[address]:port`, else the customary one."""
    text = server.rpartition(":")[2]
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 65_536 else DEFAULT_PORT


def _connections(entries: Sequence[WireEntry]) -> dict[int, list[WireEntry]]:
    found: dict[int, list[WireEntry]] = {}
    for entry in entries:
        found.setdefault(entry.connection, []).append(entry)
    return found


class _Capture:
    """The file as it grows."""

    def __init__(self) -> None:
        self._parts = [struct.pack("<IHHiIII", _MAGIC, 2, 4, 0, 0, _SNAPLEN, _LINKTYPE_RAW)]

    @property
    def data(self) -> bytes:
        """All of it so far."""
        return b"".join(self._parts)

    def add(self, source: bytes, destination: bytes, segment: bytes, time: datetime) -> None:
        """One TCP segment, without its checksum yet."""
        length = len(segment)
        pseudo_header = source + destination + struct.pack("!BBH", 0, 6, length)
        segment = segment[:16] + struct.pack("!H", checksum(pseudo_header + segment)) + segment[18:]
        number = len(self._parts) & 0xFFFF
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, number, _NO_FRAGMENTS, 64, 6, 0) + source + destination
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
        seconds = min(max(0, int(time.timestamp())), 0xFFFFFFFF)  # what is before 1970 or after 2106 has no other form
        size = 20 + length
        self._parts.append(struct.pack("<IIII", seconds, time.microsecond, size, size) + header + segment)


class _Stream:
    """One TCP connection."""

    def __init__(self, file: _Capture, client_port: int, server_port: int) -> None:
        self._file = file
        self._ports = {True: client_port, False: server_port}
        self._next = {True: 1_000_000, False: 2_000_000}  # sequence numbers, by `outgoing`

    def open(self, time: datetime) -> None:
        self._segment(True, _SYN, time, options=_SEGMENT_SIZE_OPTION)
        self._segment(False, _SYN | _ACK, time, options=_SEGMENT_SIZE_OPTION)
        self._segment(True, _ACK, time)

    def send(self, outgoing: bool, data: bytes, time: datetime) -> None:
        """A line, in as many segments as it needs, each acknowledged at once."""
        bounds = [*range(0, len(data), SEGMENT_BYTES), len(data)]
        for start, stop in pairwise(bounds):
            self._segment(outgoing, _PSH | _ACK, time, data[start:stop])
            self._segment(not outgoing, _ACK, time)

    def close(self, time: datetime) -> None:
        """The server closes first, as it does after QUIT."""
        for outgoing in (False, True):
            self._segment(outgoing, _FIN | _ACK, time)
            self._segment(not outgoing, _ACK, time)

    def _segment(self, outgoing: bool, flags: int, time: datetime, data: bytes = b"", options: bytes = b"") -> None:
        sequence, acknowledged = self._next[outgoing], self._next[not outgoing] if flags & _ACK else 0
        offset = (20 + len(options)) // 4 << 4
        ports = (self._ports[outgoing], self._ports[not outgoing])
        header = struct.pack("!HHIIBBHHH", *ports, sequence, acknowledged, offset, flags, _WINDOW, 0, 0)
        addresses = (CLIENT, SERVER) if outgoing else (SERVER, CLIENT)
        self._file.add(*addresses, header + options + data, time)
        self._next[outgoing] = (sequence + len(data) + bool(flags & (_SYN | _FIN))) & 0xFFFFFFFF


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
