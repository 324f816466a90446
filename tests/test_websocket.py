"""WebSocket: every dialect over it, what a browser is told that comes without one, and peers that break its rules."""

import json
import socket
import threading
from collections.abc import Iterator

import pytest
from websockets.frames import CloseCode, Opcode

from protocol.limits import WEBSOCKET_BYTES
from tests.harness import SERVER_NAME, IrcClient, JsonClient, LabClient, ServerUnderTest
from tests.secure import use_websocket, websocket_of

UPGRADE = (
    "GET / HTTP/1.1\r\nHost: parley.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


@pytest.fixture(scope="module")
def shared() -> Iterator[ServerUnderTest]:
    """One server for tests that leave nothing behind."""
    with ServerUnderTest() as running:
        yield running


def irc(server: ServerUnderTest, *subprotocols: str, binary: bool = False) -> IrcClient:
    """An IRC client by WebSocket that has said nothing yet."""
    return use_websocket(server.connect(), *subprotocols, binary=binary)


def chosen(client: IrcClient | JsonClient) -> str | None:
    """The subprotocol in the server's answer."""
    response = websocket_of(client).response
    assert response is not None and response.status_code == 101
    return response.headers.get("Sec-WebSocket-Protocol")


def http(server: ServerUnderTest, text: str) -> list[str]:
    """What the server answers to an HTTP request."""
    client = server.connect()
    client.send_bytes(text.encode())
    return client.lines_until_closed()


def close_code(client: IrcClient) -> int:
    """Reads until the server closes; its reason."""
    client.lines_until_closed()
    received = websocket_of(client).protocol.close_rcvd
    assert received is not None
    return received.code


# --- the handshake -------------------------------------------------------------------------------------------------


def test_the_key_is_answered_as_the_standard_says(shared: ServerUnderTest) -> None:
    client = shared.connect()
    client.send_bytes((UPGRADE + "\r\n").encode())
    lines = client.lines_until(lambda line: not line)
    assert lines[0] == "HTTP/1.1 101 Switching Protocols"
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in lines
    assert not any(line.startswith("Sec-WebSocket-Protocol") for line in lines)


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        (["text.ircv3.net"], "text.ircv3.net"),
        (["binary.ircv3.net"], "binary.ircv3.net"),
        (["json.parley"], "json.parley"),
        (["binary.ircv3.net", "text.ircv3.net"], "binary.ircv3.net"),
        (["text.ircv3.net", "binary.ircv3.net"], "text.ircv3.net"),
        (["chat.example", "binary.ircv3.net"], "binary.ircv3.net"),
        (["chat.example"], None),
        ([], None),
    ],
)
def test_the_first_subprotocol_that_is_known_is_chosen(
    shared: ServerUnderTest, offered: list[str], expected: str | None
) -> None:
    assert chosen(irc(shared, *offered)) == expected


def test_the_handshake_may_come_byte_by_byte(shared: ServerUnderTest) -> None:
    client = shared.connect()
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in (UPGRADE + "\r\n").encode():
        client.send_bytes(bytes([byte]))
    assert client.line() == "HTTP/1.1 101 Switching Protocols"


def test_a_browser_without_a_websocket_is_told_what_this_is(shared: ServerUnderTest) -> None:
    lines = http(shared, "GET / HTTP/1.1\r\nHost: parley.test\r\nAccept: text/html\r\n\r\n")
    assert lines[0] == "HTTP/1.1 426 Upgrade Required"
    assert "Upgrade: websocket" in lines
    assert any(f"{SERVER_NAME}, a chat server" in line for line in lines)
    assert not any("ERROR" in line or "421" in line for line in lines)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("GET / HTTP/1.1\r\nthis is no header\r\n\r\n", 400),
        ("GET /\r\n\r\n", 400),
        (UPGRADE.replace("13", "12") + "\r\n", 400),
        (UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "short") + "\r\n", 400),
        ("GET / HTTP/1.1\r\n" + "A: b\r\n" * 200 + "\r\n", 431),
        ("GET /" + "x" * 20000, 414),
    ],
)
def test_requests_that_are_none_get_an_http_error(shared: ServerUnderTest, request_: str, status: int) -> None:
    assert http(shared, request_)[0].startswith(f"HTTP/1.1 {status} ")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_a_web_page_could_send_is_never_taken_for_irc(shared: ServerUnderTest, method: str) -> None:
    lines = http(shared, f"{method} / HTTP/1.1\r\nHost: x\r\n\r\nNICK webby\r\nUSER w 0 * :W\r\n")
    assert lines[0].startswith("HTTP/1.1 4")
    assert not any(" 001 " in line for line in lines)


def test_a_word_that_only_starts_like_http_is_irc(shared: ServerUnderTest) -> None:
    client = shared.connect()
    client.send("GETS things", "PING one")
    assert [line.split(" ")[1] for line in (client.line(), client.line())] == ["451", "PONG"]
    slow = shared.connect()
    slow.send_bytes(b"GE")
    slow.send_bytes(b"\r\nPING one\r\n")
    assert slow.lines_until(lambda line: "PONG" in line)


def test_only_the_pages_that_are_listed_may_come() -> None:
    with ServerUnderTest('[websocket]\norigins = ["https://chat.example.org"]\n') as server:
        good = use_websocket(server.connect(), "text.ircv3.net", origin="https://chat.example.org")
        assert chosen(good) == "text.ircv3.net"
        bad = use_websocket(server.connect(), origin="https://evil.example")
        response = websocket_of(bad).response
        assert response is not None and response.status_code == 403
        assert chosen(use_websocket(server.connect())) is None  # no browser: nothing to protect


# --- dialects ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subprotocol", "opcode"), [("text.ircv3.net", Opcode.TEXT), ("binary.ircv3.net", Opcode.BINARY)]
)
def test_irc_with_a_line_in_each_message(shared: ServerUnderTest, subprotocol: str, opcode: Opcode) -> None:
    wren = irc(shared, subprotocol, binary=opcode is Opcode.BINARY)
    wren.register("wren" + subprotocol[0])
    frames = websocket_of(wren).frames
    assert len(frames) == len(wren.welcome)
    assert all(frame.opcode is opcode and frame.fin and not set(frame.data) & {10, 13} for frame in frames)
    wren.send("QUIT")
    assert wren.lines_until_closed() == ["ERROR :Closing Link: 127.0.0.1 (Quit: )"]
    assert websocket_of(wren).protocol.close_rcvd is not None


def test_the_dialects_meet(shared: ServerUnderTest) -> None:
    wren = irc(shared, "text.ircv3.net")
    wren.register("meetwren")
    wren.ask("JOIN #meet")
    lab = use_websocket(LabClient(shared.port))
    lab.send(f"USER meetlab pc1 {SERVER_NAME} :L")
    assert lab.line().startswith(f":{SERVER_NAME} 001 :Welcome")
    lab.ask("JOIN #meet")
    ann = use_websocket(shared.json(), "json.parley")
    assert chosen(ann) == "json.parley"
    ann.name = "meetann"
    assert ann.ask("NWUA", password="secret")["response_code"] == "110"
    wren.sync()
    wren.ask("PRIVMSG #meet :grüße 😀")
    assert lab.sync() == [":meetwren PRIVMSG #meet :grüße 😀"]
    assert all(json.loads(frame.data)["response_code"] for frame in websocket_of(ann).frames)


@pytest.mark.parametrize("binary", [False, True])
def test_without_a_subprotocol_answers_come_as_the_first_message_came(shared: ServerUnderTest, binary: bool) -> None:
    client = irc(shared, binary=binary)
    client.send("PING one")
    assert client.line().endswith("one")
    assert websocket_of(client).frames[0].opcode is (Opcode.BINARY if binary else Opcode.TEXT)
    ann = use_websocket(shared.json(), binary=binary)
    ann.request("REDY")
    assert ann.object()["response_code"] == "100"
    assert websocket_of(ann).frames[0].opcode is (Opcode.BINARY if binary else Opcode.TEXT)


def test_an_indented_object_is_one_request(shared: ServerUnderTest) -> None:
    ann = use_websocket(shared.json(), "json.parley")
    body = {"version": 1.0, "command": "REDY", "parameters": {"username": ""}, "channel": "CC", "payload": ""}
    websocket_of(ann).message(json.dumps(body, indent=2).replace("\n", "\r\n").encode())
    assert ann.object()["response_code"] == "100"
    websocket_of(ann).message(json.dumps(body).replace('"payload": ""', '"payload": "a\nb"').encode())
    assert ann.object()["response_code"] == "300"  # a line end within a string is no JSON here either


def test_a_line_end_in_the_message_does_no_harm(shared: ServerUnderTest) -> None:
    client = irc(shared, "text.ircv3.net")
    websocket_of(client).message(b"PING one\r\n")
    websocket_of(client).message(b"")
    websocket_of(client).message(b"PING two\n")
    assert [client.line().split(" ")[-1] for _ in range(2)] == ["one", "two"]


def test_bytes_that_are_no_utf8(shared: ServerUnderTest) -> None:
    """In a text message they become U+FFFD; in a binary one IRC itself refuses them."""
    text = irc(shared, "text.ircv3.net")
    websocket_of(text).message(b"PING :a\xffb")
    assert text.line().endswith("a\ufffdb")
    binary = irc(shared, "binary.ircv3.net", binary=True)
    websocket_of(binary).message(b"PING :a\xffb")
    assert "INVALID_UTF8" in binary.line()


# --- frames --------------------------------------------------------------------------------------------------------


def test_a_message_may_come_in_fragments_with_a_ping_between(shared: ServerUnderTest) -> None:
    client = irc(shared, "text.ircv3.net")
    web = websocket_of(client)
    web.protocol.send_text(b"PI", fin=False)
    web.protocol.send_ping(b"there?")
    web.protocol.send_continuation("NG ü".encode()[:4], fin=False)
    web.protocol.send_continuation("NG ü".encode()[4:], fin=True)
    web._flush()
    assert client.line().endswith(" ü")
    assert (web.frames[0].opcode, bytes(web.frames[0].data)) == (Opcode.PONG, b"there?")


def test_a_ping_before_anything_else_is_answered(shared: ServerUnderTest) -> None:
    client = irc(shared)
    web = websocket_of(client)
    web.protocol.send_ping(b"x")
    web._flush()
    while not web.frames:
        web._fill()
    assert web.frames[0].opcode is Opcode.PONG


def test_a_close_is_answered_and_the_user_quits(shared: ServerUnderTest) -> None:
    watcher = shared.irc("closewatcher")
    watcher.ask("JOIN #close")
    wren = irc(shared, "text.ircv3.net")
    wren.register("closer")
    wren.ask("JOIN #close")
    watcher.sync()
    web = websocket_of(wren)
    web.protocol.send_text(b"PRIVMSG #close :last words")
    web.protocol.send_close(CloseCode.GOING_AWAY, "bye")
    web._flush()
    assert close_code(wren) == CloseCode.GOING_AWAY
    assert watcher.line().endswith("PRIVMSG #close :last words")
    assert watcher.line().startswith(":closer!~closer@127.0.0.1 QUIT ")


def test_a_close_that_comes_with_the_request_is_answered(
    shared: ServerUnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    client = shared.connect()
    client.send_bytes((UPGRADE + "\r\n").encode() + b"\x88\x82\0\0\0\0\x03\xe8")
    client.lines_until(lambda line: not line)
    rest = client._buffer
    while data := client.socket.recv(100):
        rest += data
    assert rest == b"\x88\x02\x03\xe8"
    assert "Traceback" not in caplog.text


def test_a_flood_of_pongs_is_closed(shared: ServerUnderTest) -> None:
    client = irc(shared, "text.ircv3.net")
    websocket_of(client).inner.sendall(b"\x8a\x80mask" * 5000)
    assert close_code(client) == CloseCode.POLICY_VIOLATION


def test_the_server_closes_in_order_when_it_stops() -> None:
    heard: list[object] = []
    with ServerUnderTest() as server:
        wren = irc(server, "text.ircv3.net")
        wren.register("wren")
        reader = threading.Thread(target=lambda: heard.extend((wren.line(), close_code(wren))))
        reader.start()
        server.server.stop()
        reader.join()
        server.server.network.writer.drain = lambda seconds: True  # type: ignore[method-assign]  # stopped already
    assert heard == ["ERROR :Closing Link: 127.0.0.1 (The server is stopping)", CloseCode.NORMAL_CLOSURE]


@pytest.mark.parametrize("fragmented", [False, True])
def test_a_message_too_big_closes_before_it_is_there(shared: ServerUnderTest, fragmented: bool) -> None:
    client = irc(shared, "text.ircv3.net")
    web = websocket_of(client)
    if fragmented:
        web.protocol.send_text(b"x" * WEBSOCKET_BYTES, fin=False)
        web.protocol.send_continuation(b"x", fin=True)
        web._flush()
    else:
        web.inner.sendall(b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"mask" + b"x" * 100)
    assert close_code(client) == CloseCode.MESSAGE_TOO_BIG


def test_a_line_too_long_gets_the_answer_of_its_dialect(shared: ServerUnderTest) -> None:
    client = irc(shared, "text.ircv3.net")
    client.send("PING " + "x" * 6000, "PING one")
    assert client.line().split(" ")[1] == "417"
    assert client.line().endswith("one")


@pytest.mark.parametrize(
    "data",
    [
        b"\x81\x01x",
        b"\xf1\x80mask",
        b"\x80\x80mask",
        b"\x09\x80mask",
        b"\x83\x80mask",
    ],
    ids=["without a mask", "reserved bits", "continues nothing", "a ping in fragments", "an unknown opcode"],
)
def test_frames_against_the_rules_close_the_connection(shared: ServerUnderTest, data: bytes) -> None:
    client = irc(shared, "text.ircv3.net")
    websocket_of(client).inner.sendall(data)
    assert close_code(client) == CloseCode.PROTOCOL_ERROR
