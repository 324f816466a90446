"""Passwords: argon2id hashes, SCRAM-SHA-256 keys beside them, and checks that take the same time for every answer.

Owns: the cost of a hash and the form in which a password is kept.
Must not: be called while a lock is held, for a hash takes tens of milliseconds; know whose a password is.
"""

import base64
import hmac
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import argon2

from protocol.limits import HASHES_WAITING, PASSWORD_BYTES
from protocol.names import fold
from protocol.sasl import Credentials, derived_keys
from protocol.saslprep import prepared

TIME_COST = 2
MEMORY_COST_KIB = 19456  # 19 MiB: the OWASP minimum for argon2id at two passes
SCRAM_ITERATIONS = 4096  # the minimum of RFC 7677, so that a client on a small machine is not slowed
_SALT_BYTES = 16
_HASH_BYTES = 32

# Two at a time bound the memory (38 MiB) and leave the other cores to the chat while many log in at once. They have
# threads of their own, because the allocator keeps a thread's freed 19 MiB for that thread.
_hashing = ThreadPoolExecutor(2, thread_name_prefix="hashing")
_hasher = argon2.PasswordHasher(
    time_cost=TIME_COST, memory_cost=MEMORY_COST_KIB, parallelism=1, hash_len=_HASH_BYTES, salt_len=_SALT_BYTES
)


@dataclass(frozen=True, slots=True)
class ScramKeys:
    """What SCRAM-SHA-256 needs on the server (RFC 5802 3); salt and keys in base64."""

    salt: str
    iterations: int
    stored_key: str
    server_key: str


@dataclass(frozen=True, slots=True)
class Secret:
    """A kept password: its argon2 hash, and SCRAM keys when the plain password was at hand to derive them."""

    argon2: str
    scram: ScramKeys | None = None


def are_many_waiting() -> bool:
    """Whether so many passwords wait to be hashed that one more would wait for many seconds."""
    return _hashing._work_queue.qsize() >= HASHES_WAITING


def hash_password(plain: str) -> Secret:
    """The secret to keep for the password `plain`. Slow."""
    text = prepared(plain)
    return _hashing.submit(lambda: Secret(_hasher.hash(text), scram_keys(plain))).result()


def verify_password(stored: str, plain: str) -> bool:
    """Whether `plain` is the password kept as `stored`, an argon2 hash or a plain text. Slow for a hash.

    An empty `stored` matches nothing, so that a forgotten password opens no door.
    """
    text = prepared(plain)
    if not is_hash(stored):
        return hmac.compare_digest(prepared(stored), text) and bool(stored) and not looks_like_hash(stored)
    return _hashing.submit(_matches, stored, text).result()


def verify_later(stored: str, plain: str, then: Callable[[bool], None]) -> None:
    """Has `then`, in another thread, called with whether `plain` is the password of the hash `stored`; "" for no
    account, which takes the same time. Does not wait itself."""
    text, known = prepared(plain), is_hash(stored)
    _hashing.submit(lambda: then(_matches(stored if known else _DECOY, text) and known))


def verify_against_nothing(plain: str) -> bool:
    """Always False, after the time a check takes: an unknown account must not be told from a wrong password."""
    text = prepared(plain)
    _hashing.submit(_matches, _DECOY, text).result()
    return False


def is_hash(text: str) -> bool:
    """Whether `text` is a whole argon2 hash, as opposed to a plain password."""
    if not looks_like_hash(text) or not text.isascii():
        return False
    try:
        parameters = argon2.extract_parameters(text)
    except (argon2.exceptions.InvalidHashError, ValueError):
        return False
    return parameters.salt_len >= 8 and parameters.hash_len >= 12


def looks_like_hash(text: str) -> bool:
    """Whether `text` starts like an argon2 hash: one that is not whole was damaged and is no plain password."""
    return text.startswith("$argon2")


def password_problem(plain: str) -> str | None:
    """Why `plain` cannot be a new password, as the end of a sentence ("the password ..."); None when it can."""
    if not plain:
        return "is empty"
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in plain):
        return "holds a control character"
    if len(plain.encode()) > PASSWORD_BYTES:
        return f"is longer than {PASSWORD_BYTES} bytes"
    return "looks like a hash; give the password itself" if looks_like_hash(plain) else None


def scram_keys(plain: str, salt: bytes | None = None, iterations: int = SCRAM_ITERATIONS) -> ScramKeys:
    """The SCRAM-SHA-256 keys of `plain` (RFC 5802 3), with a fresh salt unless one is given."""
    salt = os.urandom(_SALT_BYTES) if salt is None else salt
    _, stored_key, server_key = derived_keys(prepared(plain), salt, iterations)
    return ScramKeys(_base64(salt), iterations, _base64(stored_key), _base64(server_key))


def credentials_of(name: str, keys: ScramKeys | None) -> Credentials:
    """What a SCRAM exchange about the account `name` needs. Without keys (no such account, or only an argon2 hash) it
    looks the same to the client: the salt is always the same for one name, and no proof fits."""
    if keys is None:
        salt = hmac.digest(_SALT_SECRET, fold(name).encode(), "sha256")[:_SALT_BYTES]
        return Credentials(_base64(salt), SCRAM_ITERATIONS, os.urandom(_HASH_BYTES), os.urandom(_HASH_BYTES))
    stored_key, server_key = base64.b64decode(keys.stored_key), base64.b64decode(keys.server_key)
    return Credentials(keys.salt, keys.iterations, stored_key, server_key)


def _matches(stored: str, text: bytes) -> bool:
    try:
        return _hasher.verify(stored, text)
    except argon2.exceptions.Argon2Error:  # a mismatch, or costs that this machine cannot pay
        return False


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoy() -> str:
    """A hash with our costs that no password has: made from its parts, since computing one would slow the start."""
    salt = _base64(os.urandom(_SALT_BYTES)).rstrip("=")
    digest = _base64(os.urandom(_HASH_BYTES)).rstrip("=")
    return f"$argon2id$v=19$m={MEMORY_COST_KIB},t={TIME_COST},p=1${salt}${digest}"


_DECOY = _decoy()
_SALT_SECRET = os.urandom(_HASH_BYTES)
