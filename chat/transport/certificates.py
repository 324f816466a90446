"""The server's certificate: read from its files, read again while the server runs, and made when there is none.

Owns: those files' errors in words. Must not: drop a connection; what is open keeps the certificate it began with.
"""

import datetime
import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from chat.transport.errors import CertificateError
from chat.transport.tls import Context, new_context
from protocol.addresses import address_of

CERTIFICATE_FILE, KEY_FILE = "cert.pem", "key.pem"
_DAYS = 3650
_A_DAY = datetime.timedelta(days=1)


class Certificates:
    """What new TLS connections are given. `context`: None while no certificate is configured."""

    def __init__(self) -> None:
        self.context: Context | None = None

    def load(self, certificate: str, key: str) -> None:
        """Takes a certificate with its chain and its key, PEM files, for connections from now on. CertificateError
        leaves everything as it was; so do two empty names: a listener for TLS cannot turn to plain text."""
        if certificate:
            self.context = load_context(Path(certificate), Path(key))


def load_context(certificate: Path, key: Path) -> Context:
    """The TLS settings with this certificate; CertificateError when one of the files cannot be used."""
    context = new_context()
    chain = _read_certificates(certificate)
    private = _read_key(key)
    try:
        context.use_certificate(chain[0])
        for further in chain[1:]:
            context.add_extra_chain_cert(further)
    except SSL.Error as error:
        raise CertificateError(f"{certificate}: cannot be used: {error}") from error
    try:
        context.use_privatekey(private)  # type: ignore[arg-type]
        context.check_privatekey()
    except (SSL.Error, TypeError):
        raise CertificateError(f"{key}: is not the key of the certificate {certificate}") from None
    return context


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CertificateError(f"{file}: cannot be read: {error.strerror}") from error


def _read_certificates(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(file))
    except ValueError:
        raise CertificateError(f"{file}: holds no certificate in PEM form") from None


def _read_key(file: Path) -> object:
    try:
        return serialization.load_pem_private_key(_read(file), None)
    except TypeError:
        raise CertificateError(f"{file}: the key is protected by a passphrase; the server needs one without") from None
    except ValueError:
        raise CertificateError(f"{file}: holds no private key in PEM form") from None


def make_certificate(folder: Path, hosts: Sequence[str]) -> str:
    """Makes a self-signed certificate for these names and addresses, and its key, in `folder`; returns what to tell.
    CertificateError when the files are there already or cannot be written."""
    files = folder / CERTIFICATE_FILE, folder / KEY_FILE
    for file in files:
        if file.exists():
            raise CertificateError(f"{file} is there already; nothing was changed")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed(key, hosts)
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(files[1], _pem_of(key))
        _write(files[0], pem)
    except OSError as error:
        raise CertificateError(f"the certificate cannot be written to {folder}: {error.strerror}") from error
    return "\n".join(
        (
            f"{files[0]} and {files[1]} are made, for {', '.join(hosts)}, valid for {_DAYS // 365} years.",
            f"SHA-256 fingerprint: {certificate.fingerprint(hashes.SHA256()).hex()}",
            "Put this into server.toml:",
            "",
            "[[listen]]",
            'host = "0.0.0.0"',
            "port = 6697",
            "tls = true",
            "",
            "[tls]",
            f'certificate = "{CERTIFICATE_FILE}"',
            f'key = "{KEY_FILE}"',
        )
    )


def _self_signed(key: ec.EllipticCurvePrivateKey, hosts: Sequence[str]) -> x509.Certificate:
    try:
        names = [
            x509.IPAddress(ipaddress.ip_address(host)) if address_of(host) is not None else x509.DNSName(_ascii(host))
            for host in hosts
        ]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    except ValueError as error:
        raise CertificateError(f"a certificate cannot be made for {', '.join(hosts)}: {error}") from None
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - _A_DAY).not_valid_after(now + _DAYS * _A_DAY)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256())


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        raise ValueError(f"{host} is no host name") from None


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _write(file: Path, data: bytes) -> None:
    """A new file that only its owner may read."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
