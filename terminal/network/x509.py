"""The certificate that a server shows (RFC 5280), read. Imported only where there is one: the library takes time.

Owns: reading certificates; the fingerprint. Must not: decide whether one is trusted.
"""

import hashlib

from cryptography import x509
from cryptography.x509.oid import NameOID

from terminal.network.certificates import Certificate
from terminal.network.endpoint import parse_fingerprint


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
