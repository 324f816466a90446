"""The client's side of SCRAM-SHA-256 in a few lines (RFC 5802), written apart from the server's; payloads."""

import base64
import hashlib
import hmac


def encoded(payload: bytes | str) -> str:
    """Base64 as AUTHENTICATE carries it."""
    return base64.b64encode(payload.encode() if isinstance(payload, str) else payload).decode() or "+"


def plain(account: str, password: str = "secret", identity: str = "") -> str:
    """The payload of SASL PLAIN."""
    return encoded(f"{identity}\0{account}\0{password}")


class ScramClient:
    """One conversation. `header` is the GS2 header."""

    def __init__(self, user: str, password: str, nonce: str = "c7Hk2mQ0ZtYb", header: str = "n,,") -> None:
        self.password = password
        self.nonce = nonce
        self.header = header
        self.bare = f"n={user},r={nonce}"
        self.signature = b""

    @property
    def first(self) -> str:
        """The client-first message."""
        return self.header + self.bare

    def final(self, challenge: bytes) -> str:
        """The client-final message, for the server-first message."""
        fields = dict(field.split("=", 1) for field in challenge.decode().split(","))
        assert fields["r"].startswith(self.nonce) and len(fields["r"]) > len(self.nonce)
        assert int(fields["i"]) >= 4096
        salt = base64.b64decode(fields["s"])
        salted = hashlib.pbkdf2_hmac("sha256", self.password.encode(), salt, int(fields["i"]))
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        stored_key = hashlib.sha256(client_key).digest()
        head = f"c={encoded(self.header)},r={fields['r']}"
        spoken = f"{self.bare},{challenge.decode()},{head}".encode()
        mask = hmac.digest(stored_key, spoken, "sha256")
        proof = bytes(one ^ other for one, other in zip(client_key, mask, strict=True))
        self.signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), spoken, "sha256")
        return f"{head},p={encoded(proof)}"
