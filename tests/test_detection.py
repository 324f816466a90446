"""Which dialect a connection speaks: its first bytes decide, however the network cuts them into pieces."""

import json
import socket
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.codecs import CSP_CODEC, IRC_CODEC, LAB_CODEC, detect
from protocol.framing import LineFramer
from request_handler import RequestHandler
from tests.harness import SERVER_NAME, ServerUnderTest

REDY = json.dumps({"version": 1.0, "command": "REDY", "parameters": {"username": ""}, "channel": "CC", "payload": ""})


@pytest.mark.parametrize("ends", [b"", b"\r\n", b"\n\n\n", b" \r\n\t\r\n"])
def test_line_ends_before_the_first_line_mean_nothing(server: ServerUnderTest, ends: bytes) -> None:
    client = server.json()
    client.send_bytes(ends + REDY.encode() + b"\n")
    assert client.object()["response_code"] == "100"
    irc = server.connect()
    irc.send_bytes(ends + b"PING one\r\n")
    assert irc.line() == f":{SERVER_NAME} PONG {SERVER_NAME} one"


@pytest.mark.parametrize(
    ("first", "codec"),
    [
        (b"", None),
        (b"\r\n", None),
        (b"{", CSP_CODEC),
        (b'\n {"', CSP_CODEC),
        (b"USER", IRC_CODEC),
        (b"[", IRC_CODEC),
        (b'"', IRC_CODEC),
        (b"\x16\x03\x01", IRC_CODEC),
        (b"\xff", IRC_CODEC),
    ],
)
def test_the_first_byte_decides(first: bytes, codec: object) -> None:
    assert detect(first) is codec


@pytest.mark.parametrize(
    ("lines", "is_lab"),
    [
        (f"USER ann pc1 {SERVER_NAME} :Ann", True),
        (f"user ann pc1 {SERVER_NAME.upper()} :Ann", True),
        (f":ann USER ann pc1 {SERVER_NAME} :Ann", True),
        (f"\r\nUSER ann pc1 {SERVER_NAME} :Ann", True),
        ("USER ann pc1 another.server :Ann", False),
        ("USER ann 0 * :Ann", False),
        (f"USER ann pc1 {SERVER_NAME}", False),
        (f"USER ann pc1 {SERVER_NAME} Ann Example", False),
        (f"NICK ann\r\nUSER ann pc1 {SERVER_NAME} :Ann", False),
        (f"CAP LS 302\r\nUSER ann pc1 {SERVER_NAME} :Ann", False),
        (f"PASS x\r\nUSER ann pc1 {SERVER_NAME} :Ann", False),
        (f"PING x\r\nUSER ann pc1 {SERVER_NAME} :Ann", False),
    ],
)
def test_lab_is_who_starts_with_a_user_line_that_names_this_server(
    server: ServerUnderTest, lines: str, is_lab: bool
) -> None:
    client = server.connect()
    client.send(lines, "NAMES #-sync-", "PING end")
    answers = client.lines_until(lambda line: "PONG" in line or "403 #-sync-" in line)
    welcomed = any(line.startswith(f":{SERVER_NAME} 001 :Welcome") for line in answers)
    assert welcomed is is_lab, answers
    assert ("403 #-sync-" in answers[-1]) is is_lab, answers


def test_the_dialect_never_changes_later(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    assert wren.ask(REDY) == [f':{SERVER_NAME} 421 wren {{"VERSION": :Unknown command']
    client = server.json()
    assert client.sync() == []
    client.send(f"USER ann pc1 {SERVER_NAME} :Ann")
    assert [answer["response_code"] for answer in client.sync()] == ["300"]


LUSERS = ("250", "251", "252", "253", "254", "255", "265", "266")  # counts depend on what else is going on

# --- cut into pieces ------------------------------------------------------------------------------------------------

SESSIONS: dict[str, bytes] = {
    "irc": "CAP LS\r\nNICK wren\r\nUSER w 0 * :W\r\n\r\nPRIVMSG #c :grüße 😀\r\n@label=1 PING x\nQUIT\r\n".encode(),
    "lab": f'\r\nUSER ann pc1 {SERVER_NAME} :A\r\nJOIN #c\r\nTOPIC #c :"täglich"\r\nPRIVMSG #c :hé\nQUIT\r\n'.encode(),
    "json": f'{REDY}\n{{"version": 1.0, "command": "AUTH", "parameters": {{"username": "ä"}}}}\r\n{{\n'.encode(),
    "binary": b"\x16\x03\x01\x02\x00\r\n\x00\x7f\xff\r\n",
}


def decoded(pieces: list[bytes]) -> tuple[object, list[Any]]:
    """The codec and the requests that a connection's reader gets from these pieces."""
    handler = object.__new__(RequestHandler)
    session = SimpleNamespace(codec=IRC_CODEC, received=0, server_name=SERVER_NAME, host="")
    session.use = lambda codec: setattr(session, "codec", codec)
    framer, requests = None, []
    for piece in pieces:
        if framer is None:
            codec = detect(piece)
            if codec is None:
                continue
            piece = piece.lstrip(b"\r\n \t")
            session.use(codec)
            framer = LineFramer(codec.line_limit)
        fresh = handler._decode(cast(Any, session), framer.feed(piece))
        session.received += len(fresh)
        requests += fresh
    shown = [(r.verb, r.params, r.tags, r.label, r.problem and (r.problem.row.name, r.problem.args_)) for r in requests]
    return session.codec, shown


@pytest.mark.parametrize(
    ("name", "codec"), [("irc", IRC_CODEC), ("lab", LAB_CODEC), ("json", CSP_CODEC), ("binary", IRC_CODEC)]
)
def test_every_byte_by_itself_gives_the_same_as_all_at_once(name: str, codec: object) -> None:
    whole = decoded([SESSIONS[name]])
    assert whole[0] is codec
    assert decoded([bytes([byte]) for byte in SESSIONS[name]]) == whole


@given(st.sampled_from(sorted(SESSIONS)), st.sets(st.integers(0, 250), max_size=12))
@settings(max_examples=150)
def test_any_cut_gives_the_same_as_all_at_once(name: str, cuts: set[int]) -> None:
    data = SESSIONS[name]
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert decoded([piece for piece in pieces if piece]) == decoded([data])


@pytest.fixture(scope="module")
def shared() -> Any:
    """One server for all examples of a property."""
    with ServerUnderTest() as running:
        yield running


@given(cuts=st.sets(st.integers(1, 120), max_size=6))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("dialect", ["irc", "lab", "json"])
def test_a_real_connection_answers_the_same_however_it_is_cut(
    shared: ServerUnderTest, dialect: str, cuts: set[int]
) -> None:
    texts = {
        "irc": "\r\nNICK wrén\r\nPING :ünï\r\nNICK wren\r\nNONSENSE\r\nUSER w 0 * :W\r\nPING :end\r\nQUIT\r\n",
        "lab": f"USER wren pc1 {SERVER_NAME} :W\r\nJOIN #c\r\nTOPIC #c :é\r\nNAMES #c\r\nPART #c\r\nQUIT\r\n",
        "json": f'{REDY}\n{REDY}\r\n{{"no": 1}}\n\n{REDY.replace("REDY", "QUIT").replace("1.0", "1.1")}\n',
    }
    data = texts[dialect].encode()
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    whole = answers_to(shared, [data])
    assert len(whole) > 3
    assert answers_to(shared, [data[a:b] for a, b in pairwise(places)]) == whole


def answers_to(server: ServerUnderTest, pieces: list[bytes]) -> list[str]:
    client = server.connect()
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for piece in pieces:
        client.send_bytes(piece)
    lines = client.lines_until_closed()
    client.close()
    # Counts of LUSERS depend on what else is going on.
    return [
        line for line in lines if line.split(" ")[1] not in ("250", "251", "252", "253", "254", "255", "265", "266")
    ]
