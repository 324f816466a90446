"""Bytes that mean harm, below the lines: whatever comes, a connection goes on or ends in order, and holds little."""

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.transport.certificates import load_context
from chat.transport.errors import TransportError
from chat.transport.layers import Door, Layers
from chat.transport.tls import Context
from protocol.limits import WEBSOCKET_BYTES, WEBSOCKET_CONTROLS, WEBSOCKET_FRAGMENTS
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


@pytest.mark.parametrize("at_once", [True, False])
def test_all_headers_of_http_together_are_bounded(at_once: bool) -> None:
    layers = Layers(Door())
    head = UPGRADE[:-2] + b"".join(b"X-%d: %s\r\n" % (number, b"x" * 4000) for number in range(8)) + b"\r\n"
    for start in range(0, len(head), len(head) if at_once else 1000):
        layers.received(head[start : start + (len(head) if at_once else 1000)])
    assert layers.is_ended
    (answer,) = layers.outgoing([], is_last=False)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert sys.getsizeof(layers._layers[0]._head) < 100  # type: ignore[attr-defined]


def test_a_head_may_be_large_and_frames_may_follow_it_at_once() -> None:
    head = UPGRADE[:-2] + b"Cookie: " + b"x" * 7000 + b"\r\n\r\n"
    for size in (len(head), len(head) - 1, len(head) - 3, 100_000):
        layers = Layers(Door())
        data = head + b"\x81\x81\0\0\0\0a\x89\x80\0\0\0\0"
        lines = layers.received(data[:size]) + layers.received(data[size:])
        assert lines == b"a\n"
        (answer,) = layers.outgoing([], is_last=False)
        assert answer.startswith(b"HTTP/1.1 101 ") and answer.endswith(b"\r\n\r\n\x8a\x00")


@pytest.mark.parametrize("frame", [b"\x89\x80mask", b"\x8a\x80mask"], ids=["ping", "pong"])
def test_control_frames_are_bounded(frame: bytes) -> None:
    layers = Layers(Door())
    layers.received(UPGRADE)
    layers.outgoing([], is_last=False)
    layers.received(frame * WEBSOCKET_CONTROLS)
    assert not layers.is_ended
    layers.received(frame * 10_000)
    assert layers.is_ended
    (answer,) = layers.outgoing([], is_last=False)
    place = answer.index(b"\x88")
    assert int.from_bytes(answer[place + 2 : place + 4], "big") == 1008
    assert len(answer) < 2000  # the rest was not even looked at


def test_control_frames_that_come_now_and_then_are_no_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    layers = Layers(Door())
    layers.received(UPGRADE)
    for _ in range(100):
        now[0] += 1
        layers.received(b"\x89\x80mask" * WEBSOCKET_CONTROLS)
    assert not layers.is_ended


@pytest.mark.parametrize("fragment", [b"\x00\x80mask", b"\x00\x81maskx"], ids=["empty", "one byte"])
def test_a_message_has_so_many_fragments_at_most(fragment: bytes) -> None:
    layers = Layers(Door())
    layers.received(UPGRADE + b"\x01\x80mask" + fragment * (WEBSOCKET_FRAGMENTS - 2) + b"\x80\x80mask")
    assert not layers.is_ended  # just as many
    layers.outgoing([], is_last=False)
    layers.received(b"\x01\x80mask" + fragment * WEBSOCKET_FRAGMENTS)
    assert layers.is_ended
    (close,) = layers.outgoing([], is_last=False)
    assert (close[0], int.from_bytes(close[2:4], "big")) == (0x88, 1009)


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
