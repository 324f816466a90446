"""What a server's certificate says, as plain values and as parts of sentences.

Owns: reading certificates; the fingerprint. Must not: decide whether one is trusted.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from terminal.network.endpoint import parse_fingerprint

_NAMES_SHOWN = 5
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Certificate:
    """`fingerprint` is always right; the rest is what could be read: empty when the certificate is malformed."""

    fingerprint: str
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    begins: datetime = _EARLIEST
    ends: datetime = _LATEST

    @property
    def expires(self) -> str:
        """The last day, as `2030-12-31` (UTC), or ""."""
        return "" if self.ends == _LATEST else day(self.ends)

    @property
    def whom_it_is_for(self) -> str:
        """The names that it is for, the first few."""
        names = self.names or ((self.subject,) if self.subject else ())
        more = len(names) - _NAMES_SHOWN
        return (", ".join(names[:_NAMES_SHOWN]) or "nobody") + (f" and {more} more" if more > 0 else "")


def day(moment: datetime) -> str:
    """A date as it stands in a sentence."""
    return f"{moment:%Y-%m-%d}"


def read_certificate(encoded: bytes) -> Certificate:
    """The certificate, given in DER. Never raises: the fingerprint of whatever it is can be told."""
    fingerprint = parse_fingerprint(hashlib.sha256(encoded).hexdigest())
    try:
        found = x509.load_der_x509_certificate(encoded)
        return Certificate(
            fingerprint,
            _name(found.subject),
            _name(found.issuer),
            _alternatives(found),
            found.not_valid_before_utc,
            found.not_valid_after_utc,
        )
    except (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return Certificate(fingerprint)


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()


def _alternatives(found: x509.Certificate) -> tuple[str, ...]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return (*names.get_values_for_type(x509.DNSName), *addresses)
