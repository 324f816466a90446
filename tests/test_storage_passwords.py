"""Passwords: hashes, SCRAM keys against the vector of RFC 7677, and what is no password."""

import base64
import hashlib
import hmac
import threading
import time

import argon2
import pytest

from chat.storage import passwords
from chat.storage.passwords import hash_password, is_hash, password_problem, scram_keys, verify_password
from tests.conftest import DEAR_HASHER


@pytest.fixture(autouse=True)
def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes cost what they cost in a server."""
    monkeypatch.setattr(passwords, "_hasher", DEAR_HASHER)


def test_a_hash_matches_its_password_alone() -> None:
    secret = hash_password("secret1")
    assert secret.argon2.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_hash(secret.argon2)
    assert verify_password(secret.argon2, "secret1")
    assert not verify_password(secret.argon2, "secret2")
    assert hash_password("secret1").argon2 != secret.argon2


def test_a_plain_text_is_compared_and_nothing_matches_an_empty_one() -> None:
    assert verify_password("plain é", "plain é")
    assert not verify_password("plain", "plain ")
    assert not verify_password("", "")


@pytest.mark.parametrize("damaged", ["$argon2id$garbage", "$argon2id$v=19$m=19456,t=2,p=1$abcd$", "$argon2id$é"])
def test_a_damaged_hash_is_neither_a_hash_nor_a_password(damaged: str) -> None:
    assert not is_hash(damaged)
    assert not verify_password(damaged, damaged)


def test_the_same_word_from_two_keyboards_is_one_password() -> None:
    secret = hash_password("cafe\u0301\u00a0noir")
    assert verify_password(secret.argon2, "caf\u00e9 noir")
    assert secret.scram is not None
    assert scram_keys("caf\u00e9 noir", base64.b64decode(secret.scram.salt)) == secret.scram


@pytest.mark.parametrize("odd", ["\ud800", "\u00ad", "a\x00b", "\u06ddx\ufffd"])
def test_texts_that_saslprep_refuses_are_taken_as_they_are(odd: str) -> None:
    assert verify_password(hash_password(odd).argon2, odd)


def test_the_scram_keys_are_those_of_rfc_7677() -> None:
    keys = scram_keys("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
    client_nonce, server_nonce = "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    message = (
        f"n=user,r={client_nonce},r={client_nonce}{server_nonce},s={keys.salt},i={keys.iterations},"
        f"c=biws,r={client_nonce}{server_nonce}"
    ).encode()
    signature = hmac.digest(base64.b64decode(keys.stored_key), message, "sha256")
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    client_key = bytes(one ^ other for one, other in zip(proof, signature, strict=True))
    assert hashlib.sha256(client_key).digest() == base64.b64decode(keys.stored_key)
    server_signature = hmac.digest(base64.b64decode(keys.server_key), message, "sha256")
    assert base64.b64encode(server_signature) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_a_check_against_nothing_costs_what_a_check_costs() -> None:
    assert argon2.extract_parameters(passwords._DECOY) == argon2.extract_parameters(hash_password("x").argon2)
    assert passwords.verify_against_nothing("x") is False
    start = time.process_time()
    passwords.verify_against_nothing("x")
    assert time.process_time() - start > 0.002  # it really hashes


def test_two_hashings_at_a_time_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[int] = []
    most: list[int] = []
    guard = threading.Lock()

    def slow(stored: str, text: bytes) -> bool:
        with guard:
            running.append(1)
            most.append(len(running))
        time.sleep(0.02)
        with guard:
            running.pop()
        return True

    stored = hash_password("x").argon2
    monkeypatch.setattr(passwords, "_matches", slow)
    threads = [threading.Thread(target=verify_password, args=(stored, "x")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 2


@pytest.mark.parametrize(
    ("plain", "problem"),
    [
        ("x", None),
        ("é" * 150, None),
        ("", "is empty"),
        ("é" * 151, "is longer than 300 bytes"),
        ("a\tb", "holds a control character"),
        ("\ud800", "holds a control character"),
        ("$argon2id$x", "looks like a hash; give the password itself"),
    ],
)
def test_what_can_be_a_new_password(plain: str, problem: str | None) -> None:
    assert password_problem(plain) == problem
