"""WebSocket (RFC 6455) around lines, as IRCv3 has it: a message is a line, without its end.

Owns: which subprotocols there are, and what a browser without a WebSocket is told. Must not: know a dialect; the first
line tells it, as everywhere. The framing is the `websockets` library's, which does no I/O here.
"""

import logging
import time
from collections.abc import Sequence

from websockets.exceptions import InvalidMessage, InvalidUpgrade
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import CONNECTING, OPEN
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from protocol.limits import WEBSOCKET_BYTES, WEBSOCKET_CONTROLS, WEBSOCKET_FRAGMENTS, WEBSOCKET_HEAD_BYTES

TEXT, BINARY, JSON = "text.ircv3.net", "binary.ircv3.net", "json.parley"
_OPCODES = {TEXT: Opcode.TEXT, BINARY: Opcode.BINARY, JSON: Opcode.TEXT}
_BAD_REQUEST, _TARGET_TOO_LONG, _UPGRADE_REQUIRED, _HEAD_TOO_LARGE = 400, 414, 426, 431
_HEAD_END = b"\r\n\r\n"
_PIECE = 2048  # bytes that are parsed at once: a few hundred frames, then it is seen whether there are too many

_silent = logging.getLogger("parley.websocket")  # it would show every frame, secrets too
_silent.setLevel(logging.CRITICAL)


def _choose(protocol: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """The first of the client's that is known; none is no reason to refuse (IRCv3 websocket)."""
    return next((name for name in offered if name in _OPCODES), None)


class WebSocketLayer:
    """One connection's WebSocket.

    origins  -- the web pages that may open one, empty for all; what is no browser sends no origin, and may
    greeting -- the body of the answer to a request that asks for no WebSocket
    """

    def __init__(self, origins: Sequence[str], greeting: str) -> None:
        self._protocol = ServerProtocol(
            origins=[None, *map(Origin, origins)] if origins else None,
            select_subprotocol=_choose,
            max_size=WEBSOCKET_BYTES,
            logger=_silent,
        )
        self._greeting = greeting
        self._opcode: Opcode | None = None  # of what is sent: the subprotocol's, else of the client's first message
        self._head = b""  # of the request, so far
        self._message: list[bytes] = []  # its fragments so far
        self._fragments = 0
        self._is_text = True
        self._second = 0.0  # when the counted pings and pongs began to come
        self._controls = 0
        self.is_ended = False

    @property
    def has_output(self) -> bool:
        """Whether there is an HTTP response, a pong or a close to send."""
        return bool(self._protocol.writes)

    def received(self, data: bytes) -> bytes:
        """The lines of the messages that are complete, each with a line end."""
        protocol = self._protocol
        if protocol.state is CONNECTING and not self.is_ended:
            data = self._shake_hands(data)
        lines: list[bytes] = []
        for start in range(0, len(data), _PIECE):
            if self.is_ended:
                break
            protocol.receive_data(data[start : start + _PIECE])
            for event in protocol.events_received():
                if isinstance(event, Frame):
                    self._take(event, lines)
            self.is_ended = protocol.close_expected()
        return b"".join(lines)

    def _shake_hands(self, data: bytes) -> bytes:
        """Reads the head of the request. What follows it is returned: the library must see no frame before its answer
        to the head."""
        protocol, known = self._protocol, len(self._head)
        self._head += data
        end = self._head.find(_HEAD_END, max(0, known - len(_HEAD_END)))
        size = len(self._head) if end < 0 else end + len(_HEAD_END)
        if size > WEBSOCKET_HEAD_BYTES:
            status = _HEAD_TOO_LARGE if b"\n" in self._head[:WEBSOCKET_HEAD_BYTES] else _TARGET_TOO_LONG
            protocol.send_response(protocol.reject(status, f"At most {WEBSOCKET_HEAD_BYTES} bytes are read.\n"))
        else:
            protocol.receive_data(self._head[known:size])
        for event in protocol.events_received():
            if isinstance(event, Request):
                self._answer(event)
        if isinstance(protocol.handshake_exc, InvalidMessage):  # the library says nothing to those
            protocol.writes.insert(0, protocol.reject(_BAD_REQUEST, "This is no HTTP request.\n").serialize())
        self.is_ended = protocol.close_expected()
        rest = self._head[size:]
        if end >= 0 or self.is_ended:
            self._head = b""
        return rest

    def _answer(self, request: Request) -> None:
        protocol = self._protocol
        response = protocol.accept(request)
        if isinstance(protocol.handshake_exc, InvalidUpgrade):
            response = protocol.reject(_UPGRADE_REQUIRED, self._greeting)
            response.headers["Upgrade"] = "websocket"
        protocol.send_response(response)
        if protocol.subprotocol is not None:
            self._opcode = _OPCODES[protocol.subprotocol]

    def _take(self, frame: Frame, lines: list[bytes]) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY) and self._opcode is None:
            self._opcode = frame.opcode
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._count_control()
            return
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._fragments += 1
        self._message.append(bytes(frame.data))
        if frame.fin:
            message, self._message, self._fragments = b"".join(self._message), [], 0
            lines.append(_line(message, self._is_text))
        elif self._fragments >= WEBSOCKET_FRAGMENTS:  # the library bounds only their bytes, and they may be empty
            self._fail(CloseCode.MESSAGE_TOO_BIG, f"more than {WEBSOCKET_FRAGMENTS} fragments")

    def _count_control(self) -> None:
        """Pings and pongs cost no flood credit, for no line comes of them; so there is a bound of their own."""
        now = time.monotonic()
        if now - self._second >= 1:
            self._second, self._controls = now, 0
        self._controls += 1
        if self._controls > WEBSOCKET_CONTROLS:
            self._fail(CloseCode.POLICY_VIOLATION, f"more than {WEBSOCKET_CONTROLS} pings and pongs in a second")

    def _fail(self, code: CloseCode, why: str) -> None:
        if self._protocol.state is OPEN:
            self._protocol.fail(code, why)
            self._message = []

    def outgoing(self, data: bytes, is_last: bool) -> bytes:
        """Frames: what answers the client's own, one for each line of `data`, and the close when `is_last`."""
        protocol = self._protocol
        if protocol.state is OPEN:
            is_binary = self._opcode is Opcode.BINARY
            for line in filter(None, data.replace(b"\r\n", b"\n").split(b"\n")):
                if is_binary:
                    protocol.send_binary(line)
                else:
                    protocol.send_text(line.decode(errors="replace").encode())
            if is_last:
                protocol.send_close(CloseCode.NORMAL_CLOSURE)
        return b"".join(protocol.data_to_send())


def _line(message: bytes, is_text: bool) -> bytes:
    """A message as the line it is. Bytes that are no UTF-8 are replaced in a text message, and left to the dialect in a
    binary one; line ends within JSON become tabs, which mean the same there, and are as forbidden within a string."""
    message = message.strip(b"\r\n")
    if is_text:
        message = message.decode(errors="replace").encode()
    if message.lstrip()[:1] == b"{":
        message = message.replace(b"\r", b"\t").replace(b"\n", b"\t")
    return message + b"\n"
