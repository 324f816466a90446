"""Bytes that mean harm, below the lines: whatever comes, a connection goes on or ends in order, and holds little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.transport.certificates import load_context
from chat.transport.errors import TransportError
from chat.transport.layers import Door, Layers
from chat.transport.tls import Context
from protocol.limits import WEBSOCKET_BYTES
from tests.secure import put_certificate

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
STARTS = [
    b"",
    b"\r\n",
    b"PROXY TCP4 ",
    b"PROXY UNKNOWN\r\n",
    b"\r\n\r\n\0\r\nQUIT\n",
    b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00",
    b"\x16\x03\x01",
    b"\x16\x03\x01\x00\x80\x01\x00\x00\x7c\x03\x03",
    b"GET ",
    b"POST / HTTP/1.1\r\n",
    UPGRADE,
    UPGRADE + b"\x81\x85mask",
    UPGRADE + b"\x01\x85maskhello",
    UPGRADE + b"\x88\x82mask",
    UPGRADE + b"\x89\x80mask",
]
PIECES = st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(STARTS)), max_size=8)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """The TLS settings of a server."""
    folder = tmp_path_factory.mktemp("hostile")
    put_certificate(folder)
    return load_context(folder / "cert.pem", folder / "key.pem")


@given(start=st.sampled_from(STARTS), pieces=PIECES, is_trusted=st.booleans(), is_tls_only=st.booleans())
def test_whatever_comes_is_taken_or_refused(
    context: Context, start: bytes, pieces: list[bytes], is_trusted: bool, is_tls_only: bool
) -> None:
    layers = Layers(Door(context, is_tls_only, is_trusted, greeting="hello"))
    try:
        for piece in (start, *pieces):
            if layers.is_plain:
                break
            layers.received(piece)
            layers.outgoing([b"PING x\r\n"], is_last=False)
    except TransportError as error:
        assert str(error) and "\n" not in str(error)
    assert len(layers._held) < 5000
    layers.outgoing([b"ERROR :bye\r\n"], is_last=True)
    assert layers.outgoing([b"more\r\n"], is_last=True) == []
    assert layers.received(b"more") == b""


@given(st.binary(max_size=300))
def test_frames_of_any_kind(data: bytes) -> None:
    layers = Layers(Door())
    layers.received(UPGRADE)
    lines = layers.received(data)
    assert len(lines) <= len(data)
    layers.outgoing([], is_last=True)


def test_nothing_is_said_in_plain_text_where_only_tls_is_spoken(context: Context) -> None:
    layers = Layers(Door(context, is_tls_only=True))
    assert layers.outgoing([b"ERROR :too late\r\n"], is_last=False) == []
    layers.received(b"\x16")
    assert layers.outgoing([b"ERROR :too late\r\n"], is_last=True) == []


def test_a_header_of_http_is_bounded() -> None:
    layers = Layers(Door())
    answer: list[bytes] = []
    for _ in range(100):
        if layers.is_ended:
            break
        layers.received(b"GET /" + b"x" * 10000)
        answer += layers.outgoing([], is_last=False)
    assert layers.is_ended and answer[0].startswith(b"HTTP/1.1 414 ")


def test_a_message_in_many_fragments_is_bounded() -> None:
    layers = Layers(Door())
    layers.received(UPGRADE + b"\x01\x80mask")
    layers.outgoing([], is_last=False)
    size = 0
    while not layers.is_ended:
        layers.received(b"\x00\xfe\x10\x00\0\0\0\0" + b"x" * 4096)
        size += 4096
        assert size <= WEBSOCKET_BYTES + 4096
    (close,) = layers.outgoing([], is_last=False)
    assert (close[0], int.from_bytes(close[2:4], "big")) == (0x88, 1009)
