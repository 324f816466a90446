"""What goes wrong with TLS, in words that say what to do.

Owns: those sentences. Must not: check anything.
"""

import ssl
from datetime import UTC, datetime

from terminal.network.certificates import Certificate, day
from terminal.network.endpoint import Endpoint
from terminal.network.failure import Ended, Failure, lost

# Of OpenSSL's x509_vfy.h.
_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED, _WRONG_HOST, _WRONG_ADDRESS = 9, 10, 18, 62, 64
_UNKNOWN_AUTHORITY = {2, 19, 20, 21}

# Reasons by which OpenSSL says that what came is no TLS at all.
_NO_TLS = {
    "WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL",
    "BAD_RECORD_TYPE", "UNEXPECTED_MESSAGE",
}  # fmt: skip
_AUTHORITY = "To make an authority known: --authority FILE. "
_TOO_OLD = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW", "WRONG_SSL_VERSION"}
_NOT_ACCEPTED = {
    "TLSV1_ALERT_UNKNOWN_CA", "SSLV3_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "SSLV3_ALERT_CERTIFICATE_REVOKED", "SSLV3_ALERT_CERTIFICATE_UNKNOWN", "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "TLSV1_ALERT_ACCESS_DENIED", "TLSV1_ALERT_DECRYPT_ERROR",
}  # fmt: skip


def unusable(file: str, reason: str) -> Ended:
    """A file of ours that cannot be used for TLS."""
    return Ended(Failure(f"The file {file} cannot be used: {reason.rstrip('.')}.", "certificate", retry=False))


def reason_of(error: Exception) -> str:
    """What the library says about a file, as the rest of a sentence."""
    reason = str(getattr(error, "reason", "") or "")
    if reason == "KEY_VALUES_MISMATCH":
        return "its key does not belong to its certificate"
    if isinstance(error, ssl.SSLError):
        return f"it is damaged, or not in PEM form ({_spoken(reason) or 'PEM'})"
    return getattr(error, "strerror", None) or str(error)


def not_verified(error: ssl.SSLCertVerificationError, endpoint: Endpoint, found: Certificate | None) -> Failure:
    """A certificate that is not accepted. found -- None when it could not be had a second time."""
    text = _complaint(error, endpoint.host, found or Certificate(""))
    return _not_trusted(text, found, _AUTHORITY if error.verify_code in _UNKNOWN_AUTHORITY else "")


def not_the_pinned(host: str, expected: str, found: Certificate) -> Failure:
    """A certificate that is another one than was asked for."""
    text = (
        f"The certificate of {host} is not the one with the fingerprint {expected}: the server has a new one, or "
        "somebody else answers in its place; ask whoever runs it."
    )
    return _not_trusted(text, found)


def failed(error: OSError, endpoint: Endpoint) -> Failure:
    """A handshake, or a connection with TLS, that broke off."""
    where = endpoint.address
    if not isinstance(error, ssl.SSLError):
        return lost(error, where)
    reason = str(error.reason or "")
    text = _protocol_words(reason, where)
    if text:
        return Failure(text, "protocol", retry=False)
    if reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED":
        return _refused(f"The server at {where} asks for a certificate of yours: name its file with --certificate.")
    if reason in _NOT_ACCEPTED:
        return _refused(f"The server at {where} does not accept your certificate: {_spoken(reason)}.")
    return Failure(f"TLS with {where} failed: {_spoken(reason) or error}.", "lost", retry=True)


def broken_off(where: str) -> Failure:
    """The other side has gone before the handshake was done."""
    text = (
        f"The server at {where} broke off while TLS was being set up. "
        "Perhaps this port is not for TLS: then leave --tls out, or use another port."
    )
    return Failure(text, "lost", retry=True)


def too_slow(where: str, timeout: float) -> Failure:
    """The other side keeps silent instead of doing its part of the handshake."""
    text = (
        f"The server at {where} did not set up TLS within {timeout:g} seconds. "
        "Perhaps this port is not for TLS: then leave --tls out, or use another port."
    )
    return Failure(text, "timeout", retry=True)


def wants_tls(where: str) -> Failure:
    """What came on a connection in clear are bytes of TLS."""
    return Failure(f"The server at {where} speaks TLS on this port: add --tls.", "protocol", retry=False)


def _refused(text: str) -> Failure:
    return Failure(text, "certificate", retry=False)


def _not_trusted(text: str, found: Certificate | None, more: str = "") -> Failure:
    """more -- advice that comes first."""
    fingerprint = found.fingerprint if found else ""
    return Failure(text, "certificate", retry=False, fingerprint=fingerprint, advice=more + _advice(found))


def _protocol_words(reason: str, where: str) -> str:
    if reason in _NO_TLS:
        return (
            f"The server at {where} does not speak TLS on this port: leave --tls out, or use its port for TLS "
            "(often 6697)."
        )
    if reason in _TOO_OLD:
        return f"The server at {where} speaks no TLS newer than 1.1, which is not safe; 1.2 or 1.3 is needed."
    if reason == "SSLV3_ALERT_HANDSHAKE_FAILURE":
        return (
            f"The server at {where} refused to set up TLS: it has no way of encrypting in common with this client, or "
            "asks for a certificate of yours (--certificate)."
        )
    return ""


def _complaint(error: ssl.SSLCertVerificationError, host: str, found: Certificate) -> str:
    code, now = error.verify_code, datetime.now(UTC)
    start = f"The certificate of {host} "
    if code == _EXPIRED:
        if found.ends < now:
            return f"{start}has expired on {day(found.ends)}; whoever runs the server must renew it."
        return f"{start}comes with one of its authority that has expired; whoever runs the server must renew it."
    if code == _NOT_YET_VALID:
        since = f" before {day(found.begins)}" if found.begins > now else " yet"
        return f"{start}is not valid{since}; is this computer's clock right?"
    if code == _SELF_SIGNED:
        return f"{start}is self-signed: nobody but the server itself says that it is {found.subject or host}."
    if code in _UNKNOWN_AUTHORITY:
        by = f"{found.issuer}, an authority" if found.issuer else "an authority"
        return f"{start}is issued by {by} that this computer does not know."
    if code in (_WRONG_HOST, _WRONG_ADDRESS):
        return f"{start}is for {found.whom_it_is_for}, not for {host}; connect to a name that it is for."
    return f"{start}is not accepted: {error.verify_message.rstrip('.')}."


def _advice(found: Certificate | None) -> str:
    """How the certificate can be trusted all the same."""
    if found is None:
        return "To trust any certificate of it, without being sure who answers: --insecure."
    return f"To trust exactly this one: --fingerprint {found.fingerprint}; to trust any: --insecure."


def _spoken(reason: str) -> str:
    return reason.replace("_", " ").lower()
