"""Who connects for others: the PROXY protocol, WEBIRC, and whose limits and bans then hold."""

import ipaddress
import logging
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.transport import proxy
from chat.transport.errors import TransportError
from tests.harness import SERVER_NAME, Client, IrcClient, ServerUnderTest
from tests.secure import TLS, TLS_LISTENER, put_certificate, tls_port, use_tls, use_websocket

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
TRUSTED = '[proxy]\nfrom = ["127.0.0.1"]\n'
WEBIRC = '[[webirc]]\npassword = "gate"\nfrom = ["127.0.0.0/8", "::1"]\n'
CERTIFICATE = "ab" * 32


def first(source: str, family: str = "TCP4", destination: str = "127.0.0.1") -> bytes:
    """A header of version 1."""
    return f"PROXY {family} {source} {destination} 50000 6667\r\n".encode()


def second(source: str, command: int = 0x21, more: bytes = b"") -> bytes:
    """A header of version 2."""
    address = ipaddress.ip_address(source)
    family = 0x11 if address.version == 4 else 0x21
    body = address.packed * 2 + b"\xc3\x50\x1a\x0b" + more
    return SIGNATURE + bytes((command, family)) + len(body).to_bytes(2, "big") + body


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    """A server that believes this machine, with TLS."""
    data = tmp_path_factory.mktemp("gateways")
    put_certificate(data)
    with ServerUnderTest(TLS_LISTENER + TRUSTED + WEBIRC + TLS, data=data, own_listeners=True) as running:
        yield running


def address_of(server: ServerUnderTest, nick: str) -> str:
    """Where the server takes a user to be."""
    user = server.network.find_user(nick)
    assert user is not None
    return user.sessions[0].address


# --- the PROXY protocol --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (first("192.0.2.7"), "192.0.2.7"),
        (first("2001:db8::7", "TCP6", "2001:db8::1"), "2001:db8::7"),
        (first("::1", "TCP6", "::1"), "0::1"),
        (first("::ffff:192.0.2.7", "TCP6", "::1"), "192.0.2.7"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
        (b"PROXY UNKNOWN whatever may stand here\r\n", "127.0.0.1"),
        (second("192.0.2.7"), "192.0.2.7"),
        (second("2001:db8::7"), "2001:db8::7"),
        (second("192.0.2.7", more=b"\x01\x00\x02h2"), "192.0.2.7"),
        (second("192.0.2.7", command=0x20), "127.0.0.1"),
        (SIGNATURE + b"\x20\x00\x00\x00", "127.0.0.1"),
        (SIGNATURE + b"\x21\x00\x00\x03abc", "127.0.0.1"),
        (SIGNATURE + b"\x21\x31\x00\xd8" + b"/" * 216, "127.0.0.1"),
        (b"", "127.0.0.1"),
    ],
)
def test_the_header_says_where_a_client_is(shared: ServerUnderTest, header: bytes, address: str) -> None:
    client = shared.connect()
    client.send_bytes(header)
    client.register("proxied")
    assert address_of(shared, "proxied") == address
    assert client.welcome[0].endswith(f"!~proxied@{address}")
    client.send("QUIT")
    assert client.lines_until_closed() == [f"ERROR :Closing Link: {address} (Quit: )"]


@pytest.mark.parametrize("header", [first("192.0.2.7"), second("192.0.2.7", more=b"\x04\x00\x01x")], ids=["1", "2"])
def test_the_header_may_come_byte_by_byte(shared: ServerUnderTest, header: bytes) -> None:
    client = shared.connect()
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in header:
        client.send_bytes(bytes([byte]))
    client.register("bitten")
    assert address_of(shared, "bitten") == "192.0.2.7"
    client.close()


@pytest.mark.parametrize("is_tls_port", [False, True])
def test_tls_and_websocket_follow_the_header(shared: ServerUnderTest, is_tls_port: bool) -> None:
    client: IrcClient = shared._add(IrcClient(tls_port(shared) if is_tls_port else shared.port))
    client.send_bytes(second("192.0.2.8"))
    use_websocket(use_tls(client), "text.ircv3.net")
    client.register("deep")
    assert address_of(shared, "deep") == "192.0.2.8"
    assert any(" 671 " in line for line in client.ask("WHOIS deep"))
    client.send("QUIT")
    client.lines_until_closed()


def test_json_follows_the_header(shared: ServerUnderTest) -> None:
    ann = shared.json()
    ann.send_bytes(first("192.0.2.9"))
    ann.name = "proxyann"
    assert ann.ask("NWUA", password="secret")["response_code"] == "110"
    assert address_of(shared, "proxyann") == "192.0.2.9"


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY \r\n",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 1\r\n",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 1 2 3\r\n",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 1 65536\r\n",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 1 -2\r\n",
        b"PROXY TCP4 192.0.2.300 127.0.0.1 1 2\r\n",
        b"PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n",
        b"PROXY TCP6 192.0.2.7 127.0.0.1 1 2\r\n",
        b"PROXY UDP4 192.0.2.7 127.0.0.1 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 1 2\n",
        b"PROXY TCP4 " + b"1" * 200,
        SIGNATURE + b"\x31\x11\x00\x0c" + b"x" * 12,  # version 3
        SIGNATURE + b"\x22\x11\x00\x0c" + b"x" * 12,  # an unknown command
        SIGNATURE + b"\x21\x11\x00\x0b" + b"x" * 11,  # too short for its addresses
        SIGNATURE + b"\x21\x41\x00\x0c" + b"x" * 12,  # an unknown family
        SIGNATURE + b"\x21\x11\xff\xff",  # too long
    ],
)
def test_a_malformed_header_closes(shared: ServerUnderTest, header: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parley.connections")
    client = shared.connect()
    client.send_bytes(header)
    assert client.lines_until_closed() == ["ERROR :Closing Link: 127.0.0.1 (Malformed PROXY header)"]
    assert sum("malformed PROXY header" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize("header", [first("192.0.2.7"), second("192.0.2.7"), b"PROXY nonsense\r\n"])
def test_a_header_from_elsewhere_is_not_believed(
    server: ServerUnderTest, header: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    client = server.connect()
    client.send_bytes(header + b"NICK wren\r\nUSER w 0 * :W\r\n")
    refusal = "This server takes no PROXY header from your address"
    assert client.lines_until_closed() == [f"ERROR :Closing Link: 127.0.0.1 ({refusal})"]
    assert [r.levelno for r in caplog.records if "[proxy] from" in r.getMessage()] == [logging.WARNING]
    assert server.network.find_user("wren") is None


def test_a_second_header_is_no_header(shared: ServerUnderTest) -> None:
    client = shared.connect()
    client.send_bytes(first("192.0.2.7") + first("192.0.2.8") + b"PING one\r\n")
    assert client.line() == f":{SERVER_NAME} 451 * :You have not registered"


def test_where_a_header_is_required_nothing_comes_without() -> None:
    with ServerUnderTest(TRUSTED + "required = true\n") as server:
        client = server.connect()
        client.send("NICK wren")
        assert client.lines_until_closed() == [
            "ERROR :Closing Link: 127.0.0.1 (This address has to send a PROXY header first)"
        ]
        proxied = server.connect()
        proxied.send_bytes(first("192.0.2.7"))
        proxied.register("wren")


@pytest.mark.parametrize("header", [first("192.0.2.7"), second("2001:db8::7", more=b"x" * 9), b"PROXY UNKNOWN\r\n"])
def test_a_part_of_a_header_is_no_header_yet(header: bytes) -> None:
    for size in range(1, len(header)):
        part = header[:size]
        assert proxy.may_be_header(part)
        assert not proxy.is_header(part) or proxy.parse(part) is None
    assert proxy.is_header(header)
    found = proxy.parse(header + b"NICK wren\r\n")
    assert found is not None and found[1] == len(header)


@given(st.sampled_from([b"PROXY ", SIGNATURE]), st.binary(max_size=200))
def test_whatever_follows_the_mark_is_an_answer_or_an_error(mark: bytes, rest: bytes) -> None:
    try:
        found = proxy.parse(mark + rest)
    except TransportError:
        return
    assert found is None or 0 < found[1] <= len(mark + rest)


def test_limits_hold_for_the_address_that_the_proxy_names() -> None:
    with ServerUnderTest(TRUSTED + "[limits]\nclients_per_address = 1\n") as server:

        def come(address: str) -> str:
            client = server.connect()
            client.send_bytes(first(address) + b"PING one\r\n")
            return client.line()

        assert come("192.0.2.1").endswith("one")
        assert come("192.0.2.2").endswith("one")
        assert come("192.0.2.1") == (
            "ERROR :Closing Link: 192.0.2.1 (Too many connections from your address; at most 1)"
        )
        assert server.network.addresses["192.0.2.2"] == 1


def test_how_often_one_may_come_is_counted_for_the_address_that_the_proxy_names() -> None:
    with ServerUnderTest(TRUSTED + "[limits]\nconnections_per_minute = 2\n") as server:
        answers = []
        for _ in range(3):
            client = server.connect()
            client.send_bytes(first("192.0.2.1") + b"PING one\r\n")
            answers.append(client.line())
            client.close()
        assert [answer.startswith("ERROR") for answer in answers] == [False, False, True]
        other = server.connect()
        other.send_bytes(first("192.0.2.2") + b"PING one\r\n")
        assert other.line().endswith("one")


def test_a_ban_holds_for_the_address_that_the_proxy_names(shared: ServerUnderTest) -> None:
    wren = shared.irc("bannerwren")
    wren.ask("JOIN #banned", "MODE #banned +b *!*@192.0.2.66")
    client = shared.connect()
    client.send_bytes(first("192.0.2.66"))
    client.register("hidden")
    assert any(" 474 hidden #banned " in line for line in client.ask("JOIN #banned"))


def test_nobody_is_left_in_the_counts(shared: ServerUnderTest) -> None:
    client = shared.connect()
    client.send_bytes(first("192.0.2.200"))
    client.register("counted")
    assert shared.network.addresses["192.0.2.200"] == 1
    client.send("QUIT")
    client.lines_until_closed()
    while "192.0.2.200" in shared.network.addresses:
        pass


@pytest.mark.parametrize("address", ["::ffff:127.0.0.1", "127.0.0.1"])
def test_an_ipv4_client_of_an_ipv6_listener_has_its_ipv4_address(address: str) -> None:
    if not socket.has_dualstack_ipv6():
        address = "127.0.0.1"
    config = '[[listen]]\nhost = "::"\nport = 0\n' if "::" in address else ""
    with ServerUnderTest(config + TRUSTED, own_listeners=bool(config)) as server:
        client = Client(server.port)
        client.send_bytes(first("192.0.2.7") + b"PING one\r\n")
        assert client.line().endswith("one")
        client.close()
