"""When something goes wrong: handlers that raise, disks that are full, files broken by hand, floods, and garbage."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chat.commands.registry import CSP_COMMANDS, IRC_COMMANDS
from chat.storage import files
from tests.harness import SERVER_NAME, IrcClient, JsonClient, ServerUnderTest
from tests.process import until

FULL = "No space left on device"


def raising(*args: object) -> None:
    raise ZeroDivisionError("a test")


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """Makes the disk full, or (False) gives it room again."""
    write = files.write_atomically

    def full(file: Path, data: bytes, private: bool) -> files.Stamp:
        raise OSError(28, FULL)

    yield lambda is_full: monkeypatch.setattr(files, "write_atomically", full if is_full else write)


# --- a handler that raises ------------------------------------------------------------------------------------------


def test_an_error_in_a_handler_is_told_logged_and_survived(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wren, rook, carol = server.irc("wren"), server.lab("rook"), server.user("carol")
    for table, verb in ((IRC_COMMANDS, "LUSERS"), (IRC_COMMANDS, "NOTICE"), (CSP_COMMANDS, "LIST")):
        monkeypatch.setitem(table, verb, replace(table[verb], handler=raising))
    text = "INTERNAL_ERROR :The server failed to do this; the error is in its log"
    assert wren.ask("LUSERS") == [f":{SERVER_NAME} FAIL LUSERS {text}"]
    assert rook.ask("LUSERS") == [f":{SERVER_NAME} FAIL LUSERS {text}"]
    assert wren.ask("NOTICE wren :never answered with an error") == []
    answer = carol.ask("LIST")
    assert answer["payload"] == "The server failed to do this; the error is in its log"
    assert answer["response_code"] == "240"
    assert caplog.text.count("ZeroDivisionError: a test") == 4
    assert "the handler of LUSERS failed" in caplog.text
    assert wren.ask("PRIVMSG rook :still here") == []
    assert rook.sync() == [":wren PRIVMSG rook :still here"]


def test_an_error_in_a_labeled_request_keeps_the_label(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(IRC_COMMANDS, "LUSERS", replace(IRC_COMMANDS["LUSERS"], handler=raising))
    monkeypatch.setitem(CSP_COMMANDS, "LIST", replace(CSP_COMMANDS["LIST"], handler=raising))
    wren, carol = server.irc("wren", "labeled-response", "batch"), server.user("carol", 1.1)
    assert wren.ask("@label=x LUSERS")[0].startswith(f"@label=x :{SERVER_NAME} FAIL LUSERS INTERNAL_ERROR")
    assert carol.ask("LIST", id=7)["id"] == 7


# --- a full disk ----------------------------------------------------------------------------------------------------


def test_a_full_disk_undoes_a_new_account(server: ServerUnderTest, full_disk: Callable[[bool], None]) -> None:
    full_disk(True)
    client = server.json()
    client.name = "alice"
    answer = client.ask("NWUA", password="secret")
    assert answer["response_code"] == "200"
    assert answer["payload"] == f"Not done, it could not be saved: {FULL}"
    assert client.ask("AUTH", password="secret")["response_code"] == "200"
    assert client.ask("LIST")["response_code"] == "320"  # it is nobody
    assert server.irc("alice").sync() == []  # the nick is nobody's
    full_disk(False)
    other = server.json()
    other.name = "bob"
    assert other.ask("NWUA", password="secret")["response_code"] == "110"
    assert [account["name"] for account in on_disk(server, "accounts")] == ["bob"]


def on_disk(server: ServerUnderTest, kind: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((server.data / f"{kind}.json").read_text())[kind]
    return entries


def test_a_full_disk_undoes_a_new_group(server: ServerUnderTest, full_disk: Callable[[bool], None]) -> None:
    alice, wren = server.user("alice"), server.irc("wren")
    alice.ask("CHAT", chat_name="old")
    full_disk(True)
    answer = alice.ask("CHAT", chat_name="study")
    assert answer["response_code"] == "230"
    assert FULL in answer["payload"]
    assert alice.ask("LIST")["payload"] == ["old"]
    alice.ask("MSSG", "still in the old one", chat_name="old")
    assert not any(" 322 wren #study" in line for line in wren.ask("LIST"))
    full_disk(False)
    assert "170" in [o["response_code"] for o in alice.ask_all("CHAT", chat_name="study")]
    assert [channel["name"] for channel in on_disk(server, "channels")] == ["#old", "#study"]


def test_a_full_disk_undoes_a_ban_and_keeps_an_older_one(
    server: ServerUnderTest, full_disk: Callable[[bool], None]
) -> None:
    alice, bob, eve = server.user("alice"), server.user("bob"), server.user("eve")
    alice.ask("CHAT", chat_name="study")
    bob.ask("JOIN", chat_name="study")
    alice.ask_all("BANN", chat_name="study", banned_user="eve")
    bob.sync()
    full_disk(True)
    for name in ("bob", "eve"):
        answer = alice.ask("BANN", chat_name="study", banned_user=name)
        assert answer["response_code"] == "250"
        assert FULL in answer["payload"]
    assert bob.sync() == []  # told nothing, and still there
    bob.ask("MSSG", "still here", chat_name="study")
    assert eve.ask("JOIN", chat_name="study")["response_code"] == "240"
    full_disk(False)
    server.look_after(100)
    bans = on_disk(server, "channels")[0]["bans"]
    assert len(bans) == 1 and "eve" in json.dumps(bans)


def test_on_a_full_disk_topics_and_modes_are_in_force_with_a_warning(
    server: ServerUnderTest, full_disk: Callable[[bool], None]
) -> None:
    alice = server.user("alice", 1.1)
    alice.ask("CHAT", chat_name="study")
    wren = server.member("alice")
    rook = server.irc("rook")
    wren.sync()
    rook.ask("JOIN #study", "JOIN #loose")
    wren.sync()
    full_disk(True)
    warning = f"In force, but not on disk yet: {FULL}"
    assert wren.ask("TOPIC #study :new") == [
        ":alice!alice@127.0.0.1 TOPIC #study :new", f":{SERVER_NAME} NOTICE alice :TOPIC: {warning}"
    ]  # fmt: skip
    assert wren.ask("MODE #study +m") == [
        ":alice!alice@127.0.0.1 MODE #study +m", f":{SERVER_NAME} NOTICE alice :MODE: {warning}"
    ]  # fmt: skip
    assert [line.partition(" ")[2] for line in rook.sync()] == ["TOPIC #study :new", "MODE #study +m"]
    # What changes nothing, or nothing that is kept, has nothing to warn of.
    lines = rook.ask("TOPIC #study", "MODE #study", "TOPIC #loose :x", "MODE #loose")
    assert not any("on disk" in line for line in lines)
    full_disk(False)
    server.look_after(100)
    assert not server.network.has_unsaved
    assert on_disk(server, "channels")[0]["topic"] == "new"


# --- files broken by hand while the server runs -----------------------------------------------------------------------


def test_an_accounts_file_broken_by_hand_is_not_overwritten(server: ServerUnderTest) -> None:
    alice = server.user("alice", 1.1)
    alice.ask("CHAT", chat_name="study")
    file = server.data / "accounts.json"
    good = file.read_text()
    file.write_text(good[:-5])
    new = server.json()
    new.name = "bob"
    answer = new.ask("NWUA", password="secret")
    assert answer["response_code"] == "200"
    assert answer["payload"].endswith("it was changed by hand and cannot be understood")
    assert file.read_text() == good[:-5]
    assert server.user("alice").sync() == []  # who was known can still log in
    # The other file is fine, so what goes there is kept.
    assert len(alice.ask_all("TOPC", chat_name="study", topic="kept")) == 1
    assert on_disk(server, "channels")[0]["topic"] == "kept"
    assert alice.ask("CHAT", chat_name="second")["response_code"] == "170"
    # Repaired by hand, with somebody of that very name in it.
    document = json.loads(good)
    document["accounts"].append({"name": "bob", "password": "typed"})
    file.write_text(json.dumps(document))
    assert server.reload() == []
    assert new.ask("AUTH", password="typed")["response_code"] == "110"
    server.look_after(200)
    assert [account["name"] for account in on_disk(server, "accounts")] == ["alice", "bob"]


def test_a_channels_file_broken_by_hand_keeps_nobody_from_registering(server: ServerUnderTest) -> None:
    alice = server.user("alice", 1.1)
    alice.ask("CHAT", chat_name="study")
    (server.data / "channels.json").write_text("{")
    assert len(alice.ask_all("TOPC", chat_name="study", topic="x")) == 2
    assert server.user("bob").ask("CHAT", chat_name="new")["response_code"] == "230"
    assert (server.data / "channels.json").read_text() == "{"


# --- floods and limits ------------------------------------------------------------------------------------------------


def test_flood_control_slows_irc_and_refuses_json() -> None:
    with ServerUnderTest("[limits]\nmessages_per_second = 200\nburst = 5") as server:
        wren, rook, carol = server.irc("wren"), server.lab("rook"), server.user("carol")
        wren.send(*[f"PRIVMSG rook :{number}" for number in range(300)])
        wren.sync()
        assert [line.rpartition(":")[2] for line in rook.sync()] == [str(number) for number in range(300)]
        server.network.limits = replace(server.network.limits, messages_per_second=1)
        for _ in range(100):
            carol.request("REDY")
        codes = [carol.object()["response_code"] for _ in range(100)]
        assert codes[0] == "100" and "340" in codes
        assert set(codes) == {"100", "340"}


def test_flood_control_of_irc_waits_between_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    with ServerUnderTest("[limits]\nmessages_per_second = 10\nburst = 20") as server:
        wren = server.irc("wren")
        monkeypatch.setattr("request_handler.time.sleep", pauses.append)
        wren.ask(*["AWAY"] * 60)
        assert len(pauses) > 20
        assert all(0 < pause < 10 for pause in pauses)


@pytest.fixture
def shipped() -> Iterator[ServerUnderTest]:
    """A server with the flood limits that are shipped: 5 a second after a burst of 20."""
    with ServerUnderTest((Path(__file__).parent.parent / "data" / "server.toml").read_text("utf-8")) as server:
        yield server


def channels(number: int) -> str:
    return ",".join(f"#c{each}" for each in range(number))


def test_a_client_that_registers_and_joins_fifteen_channels_never_waits(
    shipped: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("request_handler.time.sleep", pauses.append)
    wren = shipped.irc("wren", "server-time", "message-tags", "batch")  # CAP LS, CAP REQ, NICK, USER, CAP END
    answers = wren.ask(f"JOIN {channels(15)}", "PONG one", "PONG two")
    assert sum(" 366 " in line for line in answers) == 15
    assert pauses == []


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        (["CAP LS"] * 60, 6),
        (["PING x"] * 60, 6),
        ([f"JOIN {channels(90)}", "PONG x"], 12),
        ([f"PART {channels(90)}", "PONG x"], 12),
        ([f"NAMES {channels(90)}", "PONG x"], 12),
        ([f"PRIVMSG {channels(90)} :hi", "PONG x"], 12),
        ([f"KICK #c0 {channels(90)}", "PONG x"], 12),
        ([f"JOIN {',' * 500}", "PONG x"], 15),
    ],
)
def test_what_is_cheap_to_ask_is_not_free(
    shipped: ServerUnderTest, monkeypatch: pytest.MonkeyPatch, lines: list[str], seconds: float
) -> None:
    wren = shipped.irc("wren")
    pauses: list[float] = []
    monkeypatch.setattr("request_handler.time.sleep", pauses.append)
    wren.ask(*lines)
    assert seconds < max(pauses) < 25


def refusal_of(server: ServerUnderTest) -> str:
    """The one line that a refused connection gets."""
    (line,) = server.connect().lines_until_closed()
    return line


def test_a_full_server_refuses_more_and_takes_the_next_after_one_left() -> None:
    with ServerUnderTest("[limits]\nclients = 2") as server:
        wren = server.irc("wren")
        server.irc("rook")
        expected = "ERROR :Closing Link: 127.0.0.1 (The server is full: 2 connections; try again later)"
        assert refusal_of(server) == expected
        wren.send("QUIT")
        wren.lines_until_closed()
        assert server.irc("robin").welcome


def test_an_address_may_have_so_many_connections() -> None:
    with ServerUnderTest("[limits]\nclients_per_address = 2") as server:
        wren = server.irc("wren")
        server.irc("rook")
        expected = "ERROR :Closing Link: 127.0.0.1 (Too many connections from your address; at most 2)"
        assert refusal_of(server) == expected
        wren.close()
        until(lambda: server.network.addresses["127.0.0.1"] == 1)
        assert server.irc("robin").welcome


def test_an_address_may_connect_so_often() -> None:
    with ServerUnderTest("[limits]\nconnections_per_minute = 3") as server:
        for nick in ("wren", "rook", "robin"):
            client = server.irc(nick)
            client.send("QUIT")
            client.lines_until_closed()
        expected = "ERROR :Closing Link: 127.0.0.1 (You connect too often; at most 3 times a minute)"
        assert refusal_of(server) == expected
        server.network.limits = replace(server.network.limits, connections_per_minute=4)
        assert server.irc("raven").welcome


# --- garbage ----------------------------------------------------------------------------------------------------------

GARBAGE = {
    "binary": bytes(range(256)) * 40,
    "a TLS client hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)) * 2,
    "HTTP": b"GET / HTTP/1.1\r\nHost: example.org\r\nUser-Agent: x\r\n\r\n",
    "a megabyte without a line end": b"x" * 1_000_000,
    "a megabyte of JSON without a line end": b"{" * 1_000_000,
    "many empty lines": b"\r\n" * 20_000,
    "nothing": b"",
    "NUL": b"\0\0\0\r\n\0",
    "half a character": "ü".encode()[:1] + b"\r\n",
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_disturbs_nobody(server: ServerUnderTest, name: str, caplog: pytest.LogCaptureFixture) -> None:
    wren = server.irc("wren")
    client = server.connect()
    client.send_bytes(GARBAGE[name])
    client.socket.shutdown(socket.SHUT_WR)
    client.lines_until_closed()
    until(lambda: len(server.network.sessions) == 1)
    assert wren.sync() == []
    assert "Traceback" not in caplog.text


def test_a_line_without_end_is_told_once_and_skipped(server: ServerUnderTest) -> None:
    wren, carol = server.irc("wren"), server.user("carol")
    wren.send_bytes(b"PRIVMSG wren :" + b"x" * 1_000_000 + b"\r\n")
    assert wren.sync() == [f":{SERVER_NAME} 417 wren :Input line was too long"]
    carol.send_bytes(b'{"x": "' + b"x" * 1_000_000 + b'"}\n')
    (answer,) = carol.sync()
    assert (answer["response_code"], answer["payload"]) == ("300", "The line is longer than 16384 bytes")


def test_a_character_split_over_packets_stays_whole(server: ServerUnderTest) -> None:
    wren, carol = server.irc("wren"), server.user("carol", 1.1)
    for client in (wren, carol):
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in "PRIVMSG carol :grüße 😀\r\n".encode():
        wren.send_bytes(bytes([byte]))
    wren.sync()
    assert [o["payload"] for o in carol.sync()] == ["(wren) grüße 😀"]
    request = {"version": 1.1, "command": "MSSG", "parameters": {"username": "carol", "recipient": "wren"}}
    for byte in json.dumps({**request, "channel": "DC", "payload": "😀ü"}, ensure_ascii=False).encode() + b"\n":
        carol.send_bytes(bytes([byte]))
    carol.sync()
    assert wren.sync() == [":carol!carol@127.0.0.1 PRIVMSG wren :😀ü"]


def test_bytes_that_are_no_text_are_told(server: ServerUnderTest) -> None:
    wren, carol = server.irc("wren"), server.user("carol")
    wren.send_bytes(b"PRIVMSG wren :\xff\xfe\r\n")
    assert wren.sync() == [f":{SERVER_NAME} FAIL PRIVMSG INVALID_UTF8 :The line is not UTF-8 and was ignored"]
    carol.send_bytes(b'{"version": "\xff"}\n')
    assert [o["response_code"] for o in carol.sync()] == ["300"]


@pytest.mark.parametrize("kind", [IrcClient, JsonClient])
def test_connections_that_come_and_go_leave_nothing_behind(server: ServerUnderTest, kind: Any) -> None:
    for _ in range(100):
        kind(server.port).close()
    until(lambda: not server.network.sessions and not server.network.addresses)
    assert server.network.reserved_nicks == {}
    assert server.network.users == {}
