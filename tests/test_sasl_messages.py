"""The messages of SASL without a server: test vectors, pieces at the boundary of 400 bytes, what is malformed."""

import base64

import pytest

from chat.storage.passwords import credentials_of, scram_keys
from protocol import sasl
from protocol.sasl import Exchange, PayloadTooLong, SaslError, ScramServer
from tests.scram import ScramClient

RFC_7677 = ("user", "pencil", "W22ZaJ0SNY7soEsUEjb6gQ==", "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
RFC_7677_PROOF = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
RFC_7677_SIGNATURE = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
WREN = ("wren", "twig and moss", "AAECAwQFBgcICQoLDA0ODw==", "c7Hk2mQ0ZtYb", "S9xW4pLr8vNa")
WREN_PROOF = "AXtwBhffSZ5CLf+VKQO1XC8CsTjsLQwdHA0nqlmYsgk="
WREN_SIGNATURE = b"v=cXLTPLtrQU2rgOhOhbqTnh7u5llxFsDnqz9WSrDRs3s="


@pytest.mark.parametrize(
    ("vector", "proof", "signature"),
    [(RFC_7677, RFC_7677_PROOF, RFC_7677_SIGNATURE), (WREN, WREN_PROOF, WREN_SIGNATURE)],
)
def test_scram_gives_the_published_messages(vector: tuple[str, ...], proof: str, signature: bytes) -> None:
    user, password, salt, client_nonce, server_nonce = vector
    server = ScramServer(f"n,,n={user},r={client_nonce}".encode(), server_nonce)
    assert server.account == user and server.identity == ""
    credentials = credentials_of(user, scram_keys(password, base64.b64decode(salt), 4096))
    challenge = server.challenge(credentials)
    assert challenge == f"r={client_nonce}{server_nonce},s={salt},i=4096".encode()
    final = f"c=biws,r={client_nonce}{server_nonce},p={proof}"
    assert ScramClient(user, password, client_nonce).final(challenge) == final
    assert server.signature(final.encode()) == signature
    assert server.is_proved


@pytest.mark.parametrize(
    ("first", "account", "identity"),
    [
        (b"n,,n=wren,r=abc", "wren", ""),
        (b"y,,n=wren,r=abc", "wren", ""),
        (b"n,a=wren,n=wren,r=abc", "wren", "wren"),
        (b"n,a=a=2Cb,n=a=3Db,r=abc", "a=b", "a,b"),
        (b"n,,n=wren,r=abc,x=later", "wren", ""),
    ],
)
def test_scram_reads_names_with_their_escapes(first: bytes, account: str, identity: str) -> None:
    server = ScramServer(first, "server")
    assert (server.account, server.identity) == (account, identity)


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"n=wren,r=abc",
        b"p=tls-unique,,n=wren,r=abc",
        b"n,,m=ext,n=wren,r=abc",
        b"n,,n=wren",
        b"n,,n=,r=abc",
        b"n,,n=wren,r=",
        b"n,,n=wr=en,r=abc",
        b"n,,r=abc,n=wren",
        b"n,,n=wren,r=a c",
        b"x,,n=wren,r=abc",
        b"n,,n=\xff,r=abc",
    ],
)
def test_scram_refuses_a_first_message_that_is_none(first: bytes) -> None:
    with pytest.raises(SaslError):
        ScramServer(first, "server")


@pytest.mark.parametrize("header", ["n,,", "y,,", "n,a=wren,"])
def test_scram_checks_header_nonce_and_proof(header: str) -> None:
    client = ScramClient("wren", "secret", header=header)
    keys = scram_keys("secret")

    def server() -> tuple[ScramServer, str]:
        found = ScramServer(client.first.encode(), "server")
        return found, client.final(found.challenge(credentials_of("wren", keys)))

    scram, final = server()
    assert scram.signature(final.encode()) == b"v=" + base64.b64encode(client.signature)
    head, _, proof = final.rpartition(",p=")
    other = "biws" if header != "n,," else "eSws"
    wrong = [
        f"c={other},{head.partition(',')[2]},p={proof}",
        f"{head}x,p={proof}",
        f"{head},p=",
        f"{head},p=AAAA",
        f"{head},p={base64.b64encode(bytes(32)).decode()}",
        f"{head},p=not!base64",
        head,
        "",
    ]
    for message in wrong:
        scram, _ = server()
        with pytest.raises(SaslError):
            scram.signature(message.encode())
        assert not scram.is_proved


def test_an_unknown_name_has_always_the_same_salt_and_no_password() -> None:
    one, other = credentials_of("Nobody", None), credentials_of("nobody", None)
    assert (one.salt, one.iterations) == (other.salt, other.iterations)
    assert one.salt != credentials_of("somebody", None).salt
    assert len(base64.b64decode(one.salt)) == len(base64.b64decode(scram_keys("x").salt))
    assert one.iterations == scram_keys("x").iterations
    assert one.stored_key != other.stored_key


# --- pieces --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "lengths"),
    [(0, [1]), (1, [4]), (297, [396]), (299, [400, 1]), (300, [400, 1]), (301, [400, 4]), (600, [400, 400, 1])],
)
def test_a_payload_is_cut_into_pieces_and_put_together_again(size: int, lengths: list[int]) -> None:
    payload = bytes(range(256)) * 3
    pieces = sasl.pieces(payload[:size])
    assert [len(piece) for piece in pieces] == lengths
    exchange = Exchange("PLAIN")
    found = [exchange.feed(piece) for piece in pieces]
    assert found[:-1] == [None] * (len(pieces) - 1)
    assert found[-1] == payload[:size]


def test_a_piece_that_is_too_long_or_one_too_many_is_refused() -> None:
    with pytest.raises(PayloadTooLong):
        Exchange("PLAIN").feed("A" * 401)
    exchange = Exchange("PLAIN")
    with pytest.raises(PayloadTooLong):
        for _ in range(100):
            assert exchange.feed("A" * 400) is None


@pytest.mark.parametrize("piece", ["A", "AAA", "====", "ä", "a b", "AA=A"])
def test_what_is_no_base64_is_refused(piece: str) -> None:
    with pytest.raises(SaslError):
        Exchange("PLAIN").feed(piece)
