"""The messages of SASL: payloads in pieces of 400 bytes, PLAIN, EXTERNAL, SCRAM-SHA-256 (IRCv3 SASL 3.1; RFC 4616,
4422, 5802, 7677).

Owns: what these messages hold, and the formulas of SCRAM. Must not: know an account, choose a nonce, or see a password:
what SCRAM needs of one are the keys that were derived when it was set.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field

from protocol.limits import AUTHENTICATE_BYTES, AUTHENTICATE_TOTAL_BYTES

EMPTY = "+"  # stands for an empty payload, and ends one whose last piece is full
ABORT = "*"
_NONCE = re.compile(r"[\x21-\x2b\x2d-\x7e]+\Z")  # printable, no comma (RFC 5802 5.1)
_HEADER = re.compile(r"[ny],(?:a=([^,]+))?,")


class SaslError(ValueError):
    """A message that is not what the mechanism wants, or a proof that is wrong."""


class PayloadTooLong(ValueError):
    """A piece of more than 400 bytes, or pieces without end."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a SCRAM server knows of a password (RFC 5802 3). `salt` in base64, the keys as bytes."""

    salt: str
    iterations: int
    stored_key: bytes
    server_key: bytes


@dataclass(slots=True)
class Exchange:
    """An AUTHENTICATE conversation. `mechanism` in upper case; `scram` once its first message came, and with it `kept`:
    what was kept of the password then: it must be the same until the end."""

    mechanism: str
    scram: "ScramServer | None" = None
    kept: str = ""
    _pieces: list[str] = field(default_factory=list)

    def feed(self, argument: str) -> bytes | None:
        """The payload, once `argument` ends it; None while more must come. PayloadTooLong, or SaslError when it is no
        base64."""
        if len(argument) > AUTHENTICATE_BYTES or len(self._pieces) * AUTHENTICATE_BYTES > AUTHENTICATE_TOTAL_BYTES:
            raise PayloadTooLong
        self._pieces.append("" if argument == EMPTY else argument)
        if len(argument) == AUTHENTICATE_BYTES:
            return None
        text, self._pieces = "".join(self._pieces), []
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise SaslError("no base64") from None


def pieces(payload: bytes) -> list[str]:
    """The parameters of the AUTHENTICATE lines that carry `payload`."""
    text = base64.b64encode(payload).decode()
    found = [text[start : start + AUTHENTICATE_BYTES] for start in range(0, len(text), AUTHENTICATE_BYTES)]
    return found if found and len(found[-1]) < AUTHENTICATE_BYTES else [*found, EMPTY]


def parse_plain(payload: bytes) -> tuple[str, str, str]:
    """Authorization identity (may be empty), account and password of a PLAIN message (RFC 4616 2)."""
    try:
        identity, account, password = payload.decode().split("\0")
    except ValueError:
        raise SaslError("not three texts") from None
    if not account or not password:
        raise SaslError("an empty account or password")
    return identity, account, password


def parse_external(payload: bytes) -> str:
    """The authorization identity of an EXTERNAL message, which may be empty (RFC 4422 A)."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise SaslError("not UTF-8") from None


class ScramServer:
    """The server's side of one SCRAM-SHA-256 conversation: client-first message in, challenge out, proof in, signature
    out. `identity` is the authorization identity that was asked for, `account` whose password is proved."""

    def __init__(self, first: bytes, nonce: str) -> None:
        """`first`: the client-first message. `nonce`: the server's part, fresh and not to be guessed."""
        message = _text(first)
        header = _HEADER.match(message)
        if header is None:  # `p=`: channel binding, which is not offered
            raise SaslError("no GS2 header without channel binding")
        self._header = header.group()
        self._bare = message[header.end() :]
        fields = self._bare.split(",")
        if len(fields) < 2 or not fields[0].startswith("n=") or not fields[1].startswith("r="):
            raise SaslError("not n= and r=")  # m=, an extension that must be understood, comes first
        client_nonce = fields[1][2:]
        if not _NONCE.match(client_nonce):
            raise SaslError("no nonce")
        self.account = _name(fields[0][2:])
        self.identity = _name(header.group(1)) if header.group(1) else ""
        self._nonce = client_nonce + nonce
        self._challenge = ""
        self.credentials: Credentials | None = None
        self.is_proved = False

    def challenge(self, credentials: Credentials) -> bytes:
        """The server-first message."""
        self.credentials = credentials
        self._challenge = f"r={self._nonce},s={credentials.salt},i={credentials.iterations}"
        return self._challenge.encode()

    def signature(self, final: bytes) -> bytes:
        """The server-final message, when the client-final message proves the password; SaslError when not."""
        assert self.credentials is not None
        message = _text(final)
        head, _, proof_text = message.rpartition(",p=")
        fields = head.split(",")
        if len(fields) < 2 or fields[0][:2] != "c=" or _decoded(fields[0][2:]) != self._header.encode():
            raise SaslError("another GS2 header")
        if fields[1] != f"r={self._nonce}":
            raise SaslError("another nonce")
        spoken = f"{self._bare},{self._challenge},{head}".encode()
        proof = _decoded(proof_text)
        mask = hmac.digest(self.credentials.stored_key, spoken, "sha256")
        if len(proof) != len(mask):
            raise SaslError("no proof")
        client_key = bytes(one ^ other for one, other in zip(proof, mask, strict=True))
        if not hmac.compare_digest(hashlib.sha256(client_key).digest(), self.credentials.stored_key):
            raise SaslError("a wrong proof")
        self.is_proved = True
        signed = hmac.digest(self.credentials.server_key, spoken, "sha256")
        return b"v=" + base64.b64encode(signed)


def _text(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError:
        raise SaslError("not UTF-8") from None


def _name(text: str) -> str:
    """A name as it was meant: `=2C` is a comma, `=3D` an equals sign, and no other `=` may be there."""
    if not text or re.search("=(?!2C|3D)", text):
        raise SaslError("no name")
    return text.replace("=2C", ",").replace("=3D", "=")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SaslError("no base64") from None
