"""The messages of SASL: payloads in pieces of 400 bytes, PLAIN, EXTERNAL, SCRAM-SHA-256 (IRCv3 SASL 3.1; RFC 4616,
4422, 5802, 7677).

Owns: what these messages hold, and the formulas of SCRAM. Must not: know an account or choose a nonce. The server's
side never sees a password: what it needs of one are the keys that were derived when it was set.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field

from protocol.limits import AUTHENTICATE_BYTES, AUTHENTICATE_TOTAL_BYTES
from protocol.saslprep import prepared

EMPTY = "+"  # stands for an empty payload, and ends one whose last piece is full
ABORT = "*"
LEAST_ITERATIONS, MOST_ITERATIONS = 4096, 1_000_000  # RFC 7677 4; more would keep a client busy for seconds
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


def plain(account: str, password: str) -> bytes:
    """The PLAIN message that logs in to `account` (RFC 4616 2)."""
    return f"\0{account}\0{password}".encode()


def parse_external(payload: bytes) -> str:
    """The authorization identity of an EXTERNAL message, which may be empty (RFC 4422 A)."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise SaslError("not UTF-8") from None


def derived_keys(password: bytes, salt: bytes, iterations: int) -> tuple[bytes, bytes, bytes]:
    """ClientKey, StoredKey and ServerKey of a prepared password (RFC 5802 3, with SHA-256)."""
    salted = hashlib.pbkdf2_hmac("sha256", password, salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    return client_key, hashlib.sha256(client_key).digest(), hmac.digest(salted, b"Server Key", "sha256")


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
        client_key = _xor(proof, mask)
        if not hmac.compare_digest(hashlib.sha256(client_key).digest(), self.credentials.stored_key):
            raise SaslError("a wrong proof")
        self.is_proved = True
        signed = hmac.digest(self.credentials.server_key, spoken, "sha256")
        return b"v=" + base64.b64encode(signed)


class ScramClient:
    """The client's side of one SCRAM-SHA-256 conversation: `first` out, challenge in, proof out, signature in."""

    def __init__(self, account: str, password: str, nonce: str) -> None:
        """`nonce`: the client's part, printable without comma, fresh and not to be guessed."""
        self._password = password
        self._nonce = nonce
        self._bare = f"n={account.replace('=', '=3D').replace(',', '=2C')},r={nonce}"
        self._signature = b""
        self.is_verified = False

    @property
    def first(self) -> bytes:
        """The client-first message."""
        return b"n,," + self._bare.encode()

    def final(self, challenge: bytes) -> bytes:
        """The client-final message, for the server-first message; SaslError when that is none, or not for us."""
        message = _text(challenge)
        nonce, salt, iterations = self._read(message.split(","))
        client_key, stored_key, server_key = derived_keys(prepared(self._password), salt, iterations)
        head = f"c=biws,r={nonce}"
        spoken = f"{self._bare},{message},{head}".encode()
        self._signature = hmac.digest(server_key, spoken, "sha256")
        proof = _xor(client_key, hmac.digest(stored_key, spoken, "sha256"))
        return f"{head},p={base64.b64encode(proof).decode()}".encode()

    def _read(self, fields: list[str]) -> tuple[str, bytes, int]:
        if [field[:2] for field in fields[:3]] != ["r=", "s=", "i="]:
            raise SaslError("not r=, s= and i=")  # m=, an extension that must be understood, comes first
        nonce, salt, iterations = (field[2:] for field in fields[:3])
        if not nonce.startswith(self._nonce) or nonce == self._nonce:
            raise SaslError("a nonce that is not made of ours")
        if not re.fullmatch("[0-9]{1,9}", iterations) or not LEAST_ITERATIONS <= int(iterations) <= MOST_ITERATIONS:
            raise SaslError(f"not between {LEAST_ITERATIONS} and {MOST_ITERATIONS} iterations")
        return nonce, _decoded(salt), int(iterations)

    def verify(self, final: bytes) -> None:
        """Check the server-final message; SaslError when the server does not prove that it knows the password."""
        message = _text(final)
        if not message.startswith("v=") or not self._signature:
            raise SaslError("no signature")
        if not hmac.compare_digest(_decoded(message[2:].partition(",")[0]), self._signature):
            raise SaslError("a wrong signature")
        self.is_verified = True


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(first ^ second for first, second in zip(one, other, strict=True))


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
