"""TLS: every dialect on every port, certificates of the server and of clients, and connections that go wrong in it."""

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import SERVER_NAME, Client, IrcClient, JsonClient, LabClient, ServerUnderTest
from tests.process import until
from tests.secure import (
    TLS,
    TLS_LISTENER,
    both_ways,
    certificate,
    client_context,
    fingerprint_of,
    put_certificate,
    raw,
    tls_port,
    use_tls,
    use_websocket,
)

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    """One server with a plain port and one for TLS, for tests that leave nothing behind."""
    data = tmp_path_factory.mktemp("tls")
    put_certificate(data)
    with ServerUnderTest(TLS_LISTENER + TLS, data=data, own_listeners=True) as running:
        yield running


def irc_by_tls(server: ServerUnderTest, nick: str, context: ssl.SSLContext | None = None) -> IrcClient:
    """A registered client that came by TLS to the plain port."""
    client = use_tls(server.connect(), context)
    client.register(nick)
    return client


@pytest.mark.parametrize("is_tls_port", [False, True], ids=["on the plain port", "on the port for TLS"])
@pytest.mark.parametrize("version", [V12, V13], ids=["1.2", "1.3"])
def test_every_dialect_by_tls(shared: ServerUnderTest, version: ssl.TLSVersion, is_tls_port: bool) -> None:
    port = tls_port(shared) if is_tls_port else shared.port
    context = client_context(version)
    nick = f"w{version.value}{'t' if is_tls_port else 'p'}"
    irc = use_tls(IrcClient(port), context)
    irc.register(nick)
    irc.ask(f"JOIN #{nick}")
    lab = use_tls(LabClient(port), context)
    lab.send(f"USER l{nick} pc1 {SERVER_NAME} :L")
    assert lab.line().startswith(f":{SERVER_NAME} 001 :Welcome")
    lab.ask(f"JOIN #{nick}")
    json = use_tls(JsonClient(port), context)
    json.name = f"j{nick}"
    assert json.ask("NWUA", password="secret")["response_code"] == "110"
    irc.sync()
    irc.ask(f"PRIVMSG #{nick} :grüße")
    assert lab.sync()[-1].endswith(f"PRIVMSG #{nick} :grüße")
    for client in (irc, lab, json):
        client.close()


def test_who_is_old_is_told_so_by_tls_itself(shared: ServerUnderTest, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parley.connections")
    with raw(shared.port) as connection:
        connection.sendall(b"\x16\x03\x01\x00\x05hello")
        assert connection.recv(100)[:1] == b"\x15"  # an alert
        assert connection.recv(100) == b""
    texts = [record.getMessage() for record in caplog.records if "TLS failed" in record.getMessage()]
    assert len(texts) == 1 and "\n" not in texts[0]


def test_plain_text_on_the_port_for_tls_is_not_understood(shared: ServerUnderTest) -> None:
    client = Client(tls_port(shared))
    client.send("NICK wren", "USER w 0 * :W")
    data = b""
    while piece := client.socket.recv(4096):
        data += piece
    assert b"ERROR" not in data and b"001" not in data


def test_without_a_certificate_the_first_byte_of_tls_means_nothing(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send_bytes(b"\x16\x03\x01\r\nPING one\r\n")
    assert client.lines_until(lambda line: "PONG" in line)[-1].endswith(" one")


def test_the_client_hello_may_come_byte_by_byte(shared: ServerUnderTest) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client_context().wrap_bio(incoming, outgoing)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    with raw(shared.port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in outgoing.read():
            connection.sendall(bytes([byte]))
        done = False
        while not done:
            incoming.write(connection.recv(65536))
            try:
                tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                pass
        tls.write(b"PING one\r\n")
        connection.sendall(outgoing.read())
        answer = b""
        while not answer:
            incoming.write(connection.recv(65536))
            try:
                answer = tls.read()
            except ssl.SSLWantReadError:
                pass
        assert answer == f":{SERVER_NAME} PONG {SERVER_NAME} one\r\n".encode()


# --- who is secure -------------------------------------------------------------------------------------------------


def test_whois_says_who_is_secure(shared: ServerUnderTest) -> None:
    wren, plain = irc_by_tls(shared, "wren1"), shared.irc("plain1")
    secure = ":parley.test 671 {} wren1 :is using a secure connection"
    assert secure.format("wren1") in wren.ask("WHOIS wren1")
    assert secure.format("plain1") in plain.ask("WHOIS wren1")
    assert not any(" 671 " in line for line in wren.ask("WHOIS plain1"))


def test_a_user_is_secure_only_if_all_sessions_are(shared: ServerUnderTest) -> None:
    shared.add_account("ann")
    first = use_tls(shared.connect())
    first.register("ann", "sasl", login=("ann", "secret"))
    assert any(" 671 " in line for line in first.ask("WHOIS ann"))
    second = shared.member("ann")
    assert not any(" 671 " in line for line in first.ask("WHOIS ann"))
    second.send("QUIT")
    second.lines_until_closed()
    assert any(" 671 " in line for line in first.ask("WHOIS ann"))


def test_a_self_signed_certificate_of_a_client_is_known_by_its_fingerprint(
    shared: ServerUnderTest, tmp_path: Path
) -> None:
    put_certificate(tmp_path, "wren.example")
    expected = fingerprint_of(certificate("wren.example")[0])
    for version in (V12, V13):
        wren = irc_by_tls(shared, f"cert{version.value}", client_context(version, tmp_path))
        user = shared.network.find_user(f"cert{version.value}")
        assert user is not None and user.sessions[0].fingerprint == expected
        line = f":parley.test 276 {user.nick} {user.nick} :has client certificate fingerprint {expected}"
        assert line in wren.ask(f"WHOIS {user.nick}")
        other = shared.irc(f"other{version.value}")
        assert not any(" 276 " in line for line in other.ask(f"WHOIS {user.nick}"))


def test_a_browser_is_not_asked_for_a_certificate(shared: ServerUnderTest, tmp_path: Path) -> None:
    put_certificate(tmp_path, "wren.example")
    for version in (V12, V13):
        context = client_context(version, tmp_path)
        context.set_alpn_protocols(["h2", "http/1.1"])
        client = use_tls(shared.connect(), context)
        assert isinstance(client.socket, ssl.SSLSocket)
        assert client.socket.selected_alpn_protocol() == "http/1.1"
        nick = f"page{version.value}"
        use_websocket(client, "text.ircv3.net").register(nick)
        user = shared.network.find_user(nick)
        assert user is not None and user.is_secure and not user.sessions[0].fingerprint


def test_a_client_that_offers_another_protocol_is_asked(shared: ServerUnderTest, tmp_path: Path) -> None:
    put_certificate(tmp_path, "wren.example")
    context = client_context(folder=tmp_path)
    context.set_alpn_protocols(["irc"])
    irc_by_tls(shared, "alpn", context)
    user = shared.network.find_user("alpn")
    assert user is not None and user.sessions[0].fingerprint


def test_without_a_certificate_there_is_no_fingerprint(shared: ServerUnderTest) -> None:
    wren = irc_by_tls(shared, "bare")
    assert not any(" 276 " in line for line in wren.ask("WHOIS bare"))


def test_an_operator_is_shown_the_fingerprint(tmp_path: Path) -> None:
    put_certificate(tmp_path)
    config = TLS + '[[operator]]\nname = "root"\npassword = "x"\n'
    with ServerUnderTest(config, data=tmp_path) as server:
        irc_by_tls(server, "wren", client_context(folder=tmp_path))
        root = server.irc("root")
        root.ask("OPER root x")
        assert any(" 276 root wren " in line for line in root.ask("WHOIS wren"))


# --- endings -------------------------------------------------------------------------------------------------------


def test_close_notify_is_an_end_and_what_was_asked_for_still_comes(shared: ServerUnderTest) -> None:
    wren = irc_by_tls(shared, "halfway")
    connection = wren.socket
    assert isinstance(connection, ssl.SSLSocket)
    wren.send("PING last")
    socket.socket.shutdown(connection, socket.SHUT_WR)  # below TLS, as `nc -N` does
    assert wren.lines_until_closed() == [f":{SERVER_NAME} PONG {SERVER_NAME} last"]


def test_the_server_says_goodbye_in_tls(shared: ServerUnderTest) -> None:
    wren = irc_by_tls(shared, "goodbye")
    assert isinstance(wren.socket, ssl.SSLSocket)
    wren.socket.suppress_ragged_eofs = False  # an end without close_notify would raise
    wren.send("QUIT :bye")
    assert wren.lines_until_closed() == ["ERROR :Closing Link: 127.0.0.1 (Quit: bye)"]


def test_a_handshake_that_never_ends_is_bounded_by_the_time_for_registration(tmp_path: Path) -> None:
    put_certificate(tmp_path)
    with ServerUnderTest(TLS_LISTENER + TLS, data=tmp_path, own_listeners=True) as server:
        for port in (server.port, tls_port(server)):
            with raw(port) as connection:
                connection.sendall(b"\x16")
                wren = server.irc("wren")
                until(lambda: len(server.network.sessions) == 2)
                server.look_after(25)
                assert len(server.network.sessions) == 2
                server.look_after(31)
                assert connection.recv(100) == b""  # nothing that is no TLS
                wren.close()
            while server.network.sessions:
                pass


def test_a_user_who_vanishes_quits(shared: ServerUnderTest) -> None:
    plain = shared.irc("watcher")
    plain.ask("JOIN #end")
    wren = irc_by_tls(shared, "vanisher")
    wren.ask("JOIN #end")
    plain.sync()
    wren.close()
    assert plain.line() == ":vanisher!~vanisher@127.0.0.1 QUIT :Connection closed"


def test_broken_records_close_only_their_connection(shared: ServerUnderTest, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parley.connections")
    other = irc_by_tls(shared, "bystander")
    wren = irc_by_tls(shared, "garbler")
    assert isinstance(wren.socket, ssl.SSLSocket)
    socket.socket.send(wren.socket, b"\x17\x03\x03\x00\x20" + b"x" * 32)
    with pytest.raises((EOFError, OSError)):
        wren.line()
    while shared.network.find_user("garbler") is not None:
        pass
    assert other.ask("PING x")[-1].endswith("x")
    assert sum("TLS failed" in record.getMessage() for record in caplog.records) == 1


# --- much at once --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("over", ["tls", "websocket", "websocket in tls"])
def test_a_reader_that_asks_for_much_gets_all_of_it(shared: ServerUnderTest, over: str) -> None:
    client = shared.connect()
    nick = f"much{len(over)}"
    if "tls" in over:
        use_tls(client)
    if "websocket" in over:
        use_websocket(client, "text.ircv3.net")
    client.register(nick)
    user = shared.network.find_user(nick)
    assert user is not None
    user.sessions[0].outbox.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    client.send(*["INFO"] * 3000)
    ended = 0
    while ended < 3000:
        ended += f" 374 {nick} " in client.line()


@pytest.mark.parametrize("over", ["tls", "websocket", "websocket in tls"])
def test_much_goes_in_and_out_at_once(shared: ServerUnderTest, over: str) -> None:
    client = shared.connect()
    nick = f"both{len(over)}"
    if "tls" in over:
        both_ways(use_tls(client))
    if "websocket" in over:
        use_websocket(client, "binary.ircv3.net", binary=True)
    client.register(nick)
    texts = [f"{number:06}" + "x" * 390 for number in range(4000)]
    sender = threading.Thread(target=client.send, args=[f"PRIVMSG {nick} :{text}" for text in texts], daemon=True)
    sender.start()
    for text in texts:
        assert client.line().endswith(f" PRIVMSG {nick} :{text}")
    sender.join()


@pytest.mark.parametrize("over", ["tls", "websocket", "websocket in tls"])
def test_who_does_not_read_is_cut(tmp_path: Path, over: str) -> None:
    put_certificate(tmp_path)
    with ServerUnderTest(TLS + "[limits]\nsendq = 20000\n", data=tmp_path) as server:
        slow = server.connect()
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if "tls" in over:
            use_tls(slow)
        if "websocket" in over:
            use_websocket(slow, "text.ircv3.net")
        slow.register("slow")
        slow.ask("JOIN #c")
        user = server.network.find_user("slow")
        assert user is not None
        user.sessions[0].outbox.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        loud = server.irc("loud")
        loud.ask("JOIN #c")
        heard: list[str] = []
        while not any(line.endswith("QUIT :SendQ exceeded") for line in heard):
            heard += loud.ask(*["PRIVMSG #c :" + "x" * 400] * 50)


def test_reading_and_writing_at_once_mixes_nothing_up(shared: ServerUnderTest) -> None:
    """The reader thread decrypts and the writer thread encrypts on the same connections, as fast as they can."""
    nicks = [f"racer{number}" for number in range(4)]
    clients = [
        both_ways(irc_by_tls(shared, nick, client_context(V12 if number % 2 else V13)))
        for number, nick in enumerate(nicks)
    ]
    for client in clients:
        client.ask("JOIN #race")
    for client in clients:
        client.sync()
    rounds = 300
    failures: list[str] = []

    def race(client: IrcClient, nick: str) -> None:
        threading.Thread(
            target=client.send, args=[f"PRIVMSG #race :{nick} {number}" for number in range(rounds)], daemon=True
        ).start()
        expected = dict.fromkeys(set(nicks) - {nick}, 0)
        while any(count < rounds for count in expected.values()):
            sender, _, number = client.line().rpartition(":")[2].partition(" ")
            if str(expected[sender]) != number:
                failures.append(f"{nick} got {number} of {sender} instead of {expected[sender]}")
            expected[sender] += 1

    threads = [threading.Thread(target=race, args=pair, daemon=True) for pair in zip(clients, nicks, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert failures == []


# --- certificates --------------------------------------------------------------------------------------------------


def peer(client: Client) -> str:
    assert isinstance(client.socket, ssl.SSLSocket)
    der = client.socket.getpeercert(binary_form=True)
    assert der is not None
    return fingerprint_of(ssl.DER_cert_to_PEM_cert(der).encode())


def test_a_reload_takes_a_new_certificate_and_drops_nobody(tmp_path: Path) -> None:
    put_certificate(tmp_path)
    with ServerUnderTest(TLS, data=tmp_path) as server:
        old = irc_by_tls(server, "old")
        put_certificate(tmp_path, "renewed.test")
        assert server.reload() == []
        new = irc_by_tls(server, "new")
        assert peer(old) == fingerprint_of(certificate("parley.test")[0])
        assert peer(new) == fingerprint_of(certificate("renewed.test")[0])
        assert old.ask("PING x")[-1].endswith("x")


def test_a_broken_new_certificate_leaves_the_old_one_in_use(tmp_path: Path) -> None:
    put_certificate(tmp_path)
    config = TLS + '[[operator]]\nname = "root"\npassword = "x"\n'
    with ServerUnderTest(config, data=tmp_path) as server:
        root = server.irc("root")
        root.ask("OPER root x")
        (tmp_path / "key.pem").write_bytes(certificate("renewed.test")[1])
        (problem,) = server.reload()
        reason = f"is not the key of the certificate {tmp_path}/cert.pem"
        assert problem == f"{tmp_path}/key.pem: {reason}; the old certificate stays in use"
        assert any(problem in line for line in root.sync())
        assert peer(irc_by_tls(server, "wren")) == fingerprint_of(certificate("parley.test")[0])


def test_a_certificate_may_come_with_a_reload(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        put_certificate(tmp_path)
        (tmp_path / "server.toml").write_text(TLS)
        assert server.reload() == []
        assert any(" 671 " in line for line in irc_by_tls(server, "wren").ask("WHOIS wren"))
        (tmp_path / "server.toml").write_text("")
        assert server.reload() == []
        irc_by_tls(server, "still")
