"""WebSocket (RFC 6455) around lines, as IRCv3 has it: a message is a line, without its end.

Owns: which subprotocols there are, and what a browser without a WebSocket is told. Must not: know a dialect; the first
line tells it, as everywhere. The framing is the `websockets` library's, which does no I/O here.
"""

import logging
from collections.abc import Sequence

from websockets.exceptions import InvalidMessage, InvalidUpgrade
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from protocol.limits import WEBSOCKET_BYTES

TEXT, BINARY, JSON = "text.ircv3.net", "binary.ircv3.net", "json.parley"
_OPCODES = {TEXT: Opcode.TEXT, BINARY: Opcode.BINARY, JSON: Opcode.TEXT}
_BAD_REQUEST, _UPGRADE_REQUIRED, _NORMAL_CLOSURE = 400, 426, 1000

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
        self._message: list[bytes] = []  # its fragments so far
        self._is_text = True
        self.is_ended = False

    @property
    def has_output(self) -> bool:
        """Whether there is an HTTP response, a pong or a close to send."""
        return bool(self._protocol.writes)

    def received(self, data: bytes) -> bytes:
        """The lines of the messages that are complete, each with a line end."""
        protocol = self._protocol
        if self.is_ended:
            return b""
        protocol.receive_data(data)
        lines: list[bytes] = []
        for event in protocol.events_received():
            if isinstance(event, Request):
                self._answer(event)
            elif isinstance(event, Frame):
                self._take(event, lines)
        if isinstance(protocol.handshake_exc, InvalidMessage):  # the library says nothing to those
            protocol.writes.insert(0, protocol.reject(_BAD_REQUEST, "This is no HTTP request.\n").serialize())
        self.is_ended = self.is_ended or protocol.close_expected()
        return b"".join(lines)

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
            return
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._message.append(bytes(frame.data))
        if frame.fin:
            message, self._message = b"".join(self._message), []
            lines.append(_line(message, self._is_text))

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
                protocol.send_close(_NORMAL_CLOSURE)
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
