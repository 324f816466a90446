"""TLS 1.2 and 1.3 over buffers (OpenSSL memory BIOs), without a socket.

Owns: the settings of TLS, and one connection's encryption. Must not: send, or be used by two threads at once (`Layers`
has the lock). pyOpenSSL instead of the standard library's `ssl`, because a client's certificate is asked for here and
taken as it is: who it belongs to is decided by its fingerprint, so a self-signed one is as good as any, and `ssl` can
ask for one only if it also checks it against an authority.
"""

from typing import TypeAlias

from OpenSSL import SSL

from chat.transport.errors import TransportError

Context: TypeAlias = SSL.Context
_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; those of 1.3 are all good
_NO_RENEGOTIATION = 1 << 30  # SSL_OP_NO_RENEGOTIATION: a client that asks for it again and again costs much
_HTTP = b"http/1.1"  # among the protocols that a client offers (RFC 7301)
_PIECE = 65536


def new_context() -> Context:
    """The settings of all TLS connections, without a certificate yet."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(_CIPHERS)
    context.set_options(_NO_RENEGOTIATION | SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # connections last for hours: resuming them gains nothing
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # idle connections hold no 16 KiB buffers
    context.set_verify(SSL.VERIFY_PEER, _accept)
    context.set_alpn_select_callback(_choose)
    return context


def _accept(*_: object) -> bool:
    """Whatever certificate a client shows: its fingerprint tells who it is."""
    return True


def _choose(connection: SSL.Connection, offered: list[bytes]) -> "bytes | SSL._NoOverlappingProtocols":
    """Who is going to speak HTTP is a web page that opens a WebSocket, and is not asked for a certificate: browsers
    give up when they are."""
    if _HTTP not in offered:
        return SSL.NO_OVERLAPPING_PROTOCOLS
    connection.set_verify(SSL.VERIFY_NONE, _accept)
    return _HTTP


class TlsLayer:
    """One connection's TLS. `is_ready`: the handshake is done; `fingerprint`: SHA-256 of the client's certificate in
    lower-case hex, "" for none; `asked_host`: the server name that the client asked for (SNI), "" for none."""

    def __init__(self, context: Context) -> None:
        self._tls = SSL.Connection(context, None)
        self._tls.set_accept_state()
        self._output: list[bytes] = []
        self.is_ready = False
        self.is_ended = False
        self.fingerprint = ""
        self.asked_host = ""

    @property
    def has_output(self) -> bool:
        """Whether there are records to send."""
        return bool(self._output)

    def received(self, data: bytes) -> bytes:
        """The plain bytes in the records that came."""
        try:
            self._feed(data)
            return self._decrypt() if self.is_ready or self._shake_hands() else b""
        except SSL.Error as error:
            raise TransportError(f"TLS failed: {_reason(error)}") from None
        finally:
            self._collect()

    def _feed(self, data: bytes) -> None:
        while data:
            data = data[self._tls.bio_write(data) :]

    def _shake_hands(self) -> bool:
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            return False
        self.is_ready = True
        certificate = self._tls.get_peer_certificate()
        if certificate is not None:
            self.fingerprint = certificate.digest("sha256").decode().replace(":", "").lower()
        self.asked_host = (self._tls.get_servername() or b"").decode("ascii", "replace").lower()
        return True

    def _decrypt(self) -> bytes:
        pieces: list[bytes] = []
        try:
            while True:
                pieces.append(self._tls.recv(_PIECE))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.is_ended = True
        return b"".join(pieces)

    def outgoing(self, data: bytes, is_last: bool) -> bytes:
        """Records: those of a handshake, `data` encrypted, and the close_notify when `is_last`. Before the handshake is
        done there is nobody who could read `data`."""
        try:
            if self.is_ready:
                self._encrypt(data)
                if is_last:
                    self._tls.shutdown()
        except SSL.Error as error:
            raise TransportError(f"TLS failed: {_reason(error)}") from None
        self._collect()
        records, self._output = b"".join(self._output), []
        return records

    def _encrypt(self, data: bytes) -> None:
        view = memoryview(data)
        while view:  # OpenSSL takes a record at a time
            view = view[self._tls.send(view) :]

    def _collect(self) -> None:
        try:
            while True:
                self._output.append(self._tls.bio_read(_PIECE))
        except SSL.WantReadError:
            pass


def _reason(error: SSL.Error) -> str:
    """OpenSSL's own words, in one line."""
    reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
    words = [str(reason[-1]) for reason in reasons if reason[-1]]
    return "; ".join(words) or type(error).__name__
