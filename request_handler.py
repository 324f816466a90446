"""One connection: receive, frame, detect the dialect, decode, and hand each request to the gate under the state lock.

Owns: the order of those steps, and the reader thread's life. Must not: know a verb, or send.
"""

import logging
import socket
import socketserver
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from chat.commands import gate
from chat.commands.call import Call
from chat.links import handshake
from chat.links.dialer import layers_to
from chat.links.peer import Peer
from chat.state import registration
from chat.state.delivery import Outbox
from chat.state.session import Session
from chat.storage.settings import LinkPeer
from chat.transport.errors import TransportError
from chat.transport.layers import Door, Layers
from chat.transport.plain import keep_alive
from protocol.addresses import canonical, is_in
from protocol.codecs import IRC_CODEC, LAB_CODEC, detect
from protocol.framing import LineFramer, LineTooLong
from protocol.lab import is_lab
from protocol.limits import (
    EARLY_BYTES,
    IDLE_RECEIVE_BYTES,
    IGNORED_LINES,
    LINES_PER_BATCH,
    RECEIVE_BYTES,
    REQUESTS_PER_BATCH,
)
from protocol.link import LINE_LIMIT as LINK_LINE_LIMIT
from protocol.masking import escaped, masked
from protocol.values import Request

if TYPE_CHECKING:
    from server import Listener

log = logging.getLogger("parley.connections")
trace = logging.getLogger("parley.wire")
_GREETING = """This is {name}, a chat server. It speaks IRC and a JSON protocol on this port, not HTTP.
Connect with a chat client, or from a page by WebSocket (text.ircv3.net, binary.ircv3.net or json.parley).
"""


class RequestHandler(socketserver.BaseRequestHandler):
    """socketserver makes one for each connection and calls `handle` in a thread of its own."""

    server: "Listener"
    peer: Peer | None = None  # once the connection is a link to another server

    def handle(self) -> None:
        """Reads until the connection ends. The socket itself is closed by the writer, after its last send."""
        connection: socket.socket = self.request
        session = self._open(connection)
        if session is None:
            return
        reason = "Connection closed"
        try:
            self._read(connection, session)
        except TransportError as error:
            reason = "Connection error"
            self._end_badly(session, error)
        except OSError as error:
            reason = f"Read error: {error.strerror or error}"
        finally:
            self._close(session, reason)

    def _open(self, connection: socket.socket) -> Session | None:
        """A session for the connection, or None when it is refused."""
        network = self.server.network
        keep_alive(connection)
        address = canonical(self.client_address[0])
        with network.lock:
            refusal = network.admission.refusal(address)
            if refusal is None:
                session = self._new_session(connection, address)
        if refusal is not None:
            log.info("refused a connection from %s: %s", address, refusal)
            with connection, suppress(OSError):  # who has gone already need not be told
                if not self.server.is_tls_only:
                    connection.sendall(f"ERROR :Closing Link: {address} ({refusal})\r\n".encode())
            return None
        log.info("%s connected", address)
        return session

    def _new_session(self, connection: socket.socket, address: str) -> Session:
        network = self.server.network
        outbox = Outbox(
            connection, network.limits.sendq, lambda: session.farewell(f"Closing Link: {session.host} (SendQ exceeded)")
        )
        outbox.transport = Layers(self._door(address))
        session = Session(IRC_CODEC, outbox, network.writer, address, network.name)
        network.sessions.add(session)
        network.admission.entered(session)
        return session

    def _door(self, address: str) -> Door:
        config = self.server.network.config
        is_trusted = bool(config.proxy.trusted) and is_in(address, config.proxy.trusted)
        return Door(
            tls=self.server.controls.certificates.context,
            is_tls_only=self.server.is_tls_only,
            may_name_source=is_trusted,
            must_name_source=is_trusted and config.proxy.required,
            origins=config.origins,
            greeting=_GREETING.format(name=config.name),
        )

    def _close(self, session: Session, reason: str) -> None:
        network = self.server.network
        if session.outbox.overflowed:
            reason = "SendQ exceeded"
        try:
            with network.lock:
                network.admission.left(session)
                if self.peer is not None and not network.is_stopping:
                    self.peer.ended(session.quit_text or reason)
                if session.outbox.overflowed:
                    network.notice_operators(f"{session.nick} [{session.address}] was too slow: {reason}", "f")
                if not network.is_stopping:  # then everybody goes, and has been told so as the last thing
                    registration.end_session(network, session, session.quit_text or reason)
        finally:
            network.writer.finish(session.outbox)
        log.info("%s gone: %s", session.address, escaped(session.quit_text or reason))

    def _end_badly(self, session: Session, error: TransportError) -> None:
        """What lies below the lines cannot go on: one line in the log, and a word to who can still read it."""
        network, level = self.server.network, logging.INFO
        with network.lock:
            if error.is_notable and (self.peer is None or self.peer.place is None):  # the dialler tells it otherwise
                level = network.admission.warning_level(session.address)
            if self.peer is not None:
                self.peer.cut(str(error))
            elif error.farewell:
                session.close(error.farewell)
        log.log(level, "%s %s", session.address, escaped(str(error)))

    # --- reading -----------------------------------------------------------------------------------------------

    def _read(self, connection: socket.socket, session: Session) -> None:
        call = Call(self.server.network, session, self.server.controls)
        receive = connection.recv
        clock = time.monotonic
        framer: LineFramer | None = None
        layers = session.outbox.transport
        is_traced = trace.isEnabledFor(logging.DEBUG)
        size = IDLE_RECEIVE_BYTES
        early = ignored = 0
        if self.peer is not None:
            framer = LineFramer(LINK_LINE_LIMIT)
        while True:
            data = receive(size)
            if not data:
                return
            if framer is None:
                early += len(data)
                if early > EARLY_BYTES:
                    raise TransportError("sent much and no line", "Nothing of what you sent is a line")
            size = RECEIVE_BYTES if len(data) == size or self.peer is not None else IDLE_RECEIVE_BYTES
            session.last_heard = clock()
            if layers is not None:
                data = self._through(layers, session, data)
                if layers.is_plain:
                    layers = session.outbox.transport = None
            if framer is None:
                codec = detect(data)
                if codec is not None:
                    data = data.lstrip(b"\r\n \t")
                    session.use(codec)
                    framer = LineFramer(codec.line_limit)
            if framer is not None:
                lines = framer.feed(data)
                if is_traced:
                    self._trace(session, lines)
                if self.peer is not None or session.user is None:
                    lines = self._link(call, framer, lines)
                requests = self._decode(session, lines)
                if requests:
                    self._run(call, requests)
                if len(requests) < len(lines):
                    ignored += len(lines) - len(requests)
                    if ignored >= IGNORED_LINES:
                        self._charge(call, ignored // IGNORED_LINES)
                        ignored %= IGNORED_LINES
            if layers is not None and layers.is_ended:
                return

    def _link(self, call: Call, framer: LineFramer, lines: list[bytes | LineTooLong]) -> list[bytes | LineTooLong]:
        """Hands the lines of a link to its peer; what is left is for the gate. A connection becomes a link by SERVER as
        long as it is no user."""
        session = call.session
        if self.peer is None:
            first = handshake.first_line(lines)
            if first is None or session.codec is not IRC_CODEC:
                return lines
            self._run(call, self._decode(session, lines[:first]))
            if session.is_closed:
                return []
            lines = lines[first:]
            if session.user is not None or session.codec is not IRC_CODEC:
                return lines
            framer.limit = LINK_LINE_LIMIT
            with call.network.lock:
                self.peer = handshake.accept(self.server.controls.tree, session)
        self.peer.receive(lines)
        return []

    def _through(self, layers: Layers, session: Session, data: bytes) -> bytes:
        """The bytes of lines in what came, through the layers there are; takes note of what these have found out."""
        try:
            data = layers.received(data)
        finally:
            if layers.has_output or layers.is_awaited:  # the writer sends it, an alert before the end too
                session.writer.mark(session.outbox.alone)
                session.writer.wake()
        if layers.source:
            self._move(session, layers.source)
            layers.source = ""
        tls = layers.tls
        if tls is not None and tls.is_ready and not session.is_secure and not session.received:
            session.is_secure = True
            session.fingerprint, session.asked_host = tls.fingerprint, tls.asked_host
        return b"" if session.is_closed else data

    def _move(self, session: Session, address: str) -> None:
        """A proxy has said for whom it connects."""
        network = self.server.network
        log.info("%s connects for %s", session.address, address)
        with network.lock:
            session.relayed_by = "PROXY"
            refusal = network.admission.move(session, address)
            if refusal is not None:
                session.close(refusal)
        if refusal is not None:
            log.info("refused a connection from %s: %s", address, refusal)
            network.writer.wake()

    def _trace(self, session: Session, lines: list[bytes | LineTooLong]) -> None:
        for line in lines:
            shown = "(line too long)" if isinstance(line, LineTooLong) else masked(line)
            trace.debug("%s > %s", session.address, shown)

    def _decode(self, session: Session, lines: list[bytes | LineTooLong]) -> list[Request]:
        """The requests of some lines; the first one of all decides between modern and lab IRC."""
        codec = session.codec
        requests: list[Request] = []
        for line in lines:
            request = codec.decode(line) if type(line) is bytes else codec.too_long
            if request is None:
                continue
            if not session.received and not requests and codec is IRC_CODEC and is_lab(request, session.server_name):
                codec = LAB_CODEC
                session.use(codec)
            requests.append(request)
        return requests

    def _run(self, call: Call, requests: list[Request]) -> None:
        network, session = call.network, call.session
        lock, writer, outbox, run = network.lock, network.writer, session.outbox, gate.run
        queue = outbox.queue
        position = 0
        while position < len(requests):
            pause = 0.0
            with lock:
                for request in requests[position : position + REQUESTS_PER_BATCH]:
                    if session.is_closed:
                        break
                    position += 1
                    pause = run(call, request)
                    if pause or len(queue) > LINES_PER_BATCH:
                        break
            writer.wake()
            if session.is_closed:
                return
            if (outbox.backlog_size or len(queue) > LINES_PER_BATCH) and outbox.is_behind:
                outbox.slow_down()
            if pause:
                time.sleep(pause)
                session.last_heard = time.monotonic()  # its lines waited here: it was not silent
        writer.hold_back()

    def _charge(self, call: Call, cost: int) -> None:
        """Many lines without a command, such as empty ones, cost flood credit too."""
        with call.network.lock:
            pause = gate.charge(call, cost)
        if pause:
            time.sleep(pause)
            call.session.last_heard = time.monotonic()


class LinkHandler(RequestHandler):
    """A connection that this server has opened to another one, `place`: made for it, it returns when that is over.
    `failure`: why it never was a link, for the dialler to tell; nothing when it was one."""

    def __init__(self, connection: socket.socket, address: str, place: LinkPeer, server: "Listener") -> None:
        self._place = place
        self.failure = ""
        super().__init__(connection, (address, place.port), server)
        if self.peer is not None:
            self.failure = self.peer.failure

    def _open(self, connection: socket.socket) -> Session | None:
        """A session that is a link from the start; None when TLS cannot even begin."""
        network = self.server.network
        keep_alive(connection)
        try:
            layers = layers_to(self._place, network.config)
        except TransportError as error:
            connection.close()
            self.failure = str(error)
            return None
        with network.lock:
            session = self._new_session(connection, canonical(self.client_address[0]))
            session.outbox.transport = layers
            self.peer = handshake.dial(self.server.controls.tree, session, self._place)
        network.writer.wake()
        return session
