"""TLS 1.2 and 1.3 over buffers, for a connection that this server has opened: the other side of `tls`.

Owns: who is believed to be the server that was dialled, and what is told when it is not. Must not: send, be used by two
threads at once (`Layers` has the lock), or let a byte out before the certificate was looked at. The standard library's
`ssl` instead of pyOpenSSL, because checking a server's certificate, host name included, is what it does well.
"""

import hashlib
import hmac
import ssl

from chat.transport.errors import TransportError

_PIECE = 65536


def client_context(fingerprint: str, certificate: str = "", key: str = "") -> ssl.SSLContext:
    """The settings of an outgoing connection. With a `fingerprint` that alone is compared, by the layer; without one
    the certificate must be vouched for by an authority of this system (or of SSL_CERT_FILE) and be for the host that
    was dialled. `certificate`, `key`: PEM files to show when asked for them. Raises TransportError for files that
    cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    if fingerprint:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if certificate:
        try:
            context.load_cert_chain(certificate, key or certificate, password=_no_passphrase)
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", "") or getattr(error, "strerror", "") or str(error)
            raise TransportError(
                f"the own certificate {certificate} cannot be used: {reason}", is_notable=True
            ) from None
    return context


def _no_passphrase() -> bytes:
    """Asked for by OpenSSL, which would wait at the terminal for a person otherwise."""
    raise ValueError("its key is protected by a passphrase")


class TlsClientLayer:
    """One outgoing connection's TLS. The handshake is begun at once, so there is something to send from the start.

    is_ready    -- the handshake is done, and the certificate is the right one
    fingerprint -- SHA-256 of the server's certificate in lower-case hex
    asked_host  -- "" always: nobody asks the one who dials
    """

    def __init__(self, context: ssl.SSLContext, host: str, fingerprint: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._host, self._expected = host, fingerprint
        self._waiting: list[bytes] = []  # plain bytes for which the handshake is not done yet
        self.is_ready = False
        self.is_ended = False
        self.fingerprint = ""
        self.asked_host = ""
        try:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host.removesuffix("."))
            self._shake_hands()
        except (ssl.SSLError, ValueError) as error:
            raise TransportError(f'TLS with "{host}" cannot begin: {error}', is_notable=True) from None

    @property
    def has_output(self) -> bool:
        """Whether there are records to send."""
        return self._outgoing.pending > 0

    def received(self, data: bytes) -> bytes:
        """The plain bytes in the records that came. Raises TransportError, also when the server is not who it should
        be; nothing but the handshake has been sent then."""
        self._incoming.write(data)
        try:
            if not self.is_ready and not self._shake_hands():
                return b""
            return self._decrypt()
        except ssl.SSLError as error:
            raise TransportError(self._reason(error), is_notable=not self.is_ready) from None

    def _shake_hands(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.fingerprint = hashlib.sha256(self._tls.getpeercert(binary_form=True) or b"").hexdigest()
        if self._expected and not hmac.compare_digest(self.fingerprint, self._expected):
            raise TransportError(
                f"the certificate is not the one of the configuration: its fingerprint is {self.fingerprint}",
                is_notable=True,
            )
        self.is_ready = True
        for data in self._waiting:
            self._encrypt(data)
        self._waiting = []
        return True

    def _decrypt(self) -> bytes:
        pieces: list[bytes] = []
        try:
            while piece := self._tls.read(_PIECE):
                pieces.append(piece)
            self.is_ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.is_ended = True
        return b"".join(pieces)

    def outgoing(self, data: bytes, is_last: bool) -> bytes:
        """Records: those of the handshake, `data` encrypted, and the close_notify when `is_last`. What is given before
        the handshake is done waits for it here."""
        try:
            if self.is_ready:
                self._encrypt(data)
                if is_last:
                    self._close()
            elif data:
                self._waiting.append(data)
        except ssl.SSLError as error:
            raise TransportError(self._reason(error)) from None
        return self._outgoing.read()

    def _encrypt(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._tls.write(view) :]

    def _close(self) -> None:
        try:
            self._tls.unwrap()
        except ssl.SSLWantReadError:
            pass  # the other side's close_notify need not be waited for (RFC 8446 6.1)

    def _reason(self, error: ssl.SSLError) -> str:
        """What went wrong, for a person, in one line."""
        if isinstance(error, ssl.SSLCertVerificationError):
            why = error.verify_message.rstrip(".")
            return (
                f"the certificate is not accepted: {why}; put its fingerprint into [links] connect to take it as it is"
            )
        if error.reason == "WRONG_VERSION_NUMBER":
            return "the other side does not speak TLS on this port"
        return f"TLS failed: {(error.reason or str(error)).replace('_', ' ').lower()}"
