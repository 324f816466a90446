"""The state lock is never held during I/O, hashing, sleeping, logging or waiting: everything slow is watched."""

import base64
import logging
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import argon2
import pytest

import chat.transport.plain
from chat.commands.registry import IRC_COMMANDS
from chat.state.lock import StateLock
from chat.storage import files, logs
from chat.storage.history import HistoryStore
from tests.harness import ServerUnderTest
from tests.process import until

CONFIG = """
[history]
playback = 5
[[operator]]
name = "root"
password = "sesame"
[limits]
sendq = 200000
"""


class Watch:
    """Notes everything slow that a thread does while it holds the lock."""

    def __init__(self) -> None:
        self.lock: StateLock | None = None
        self.found: list[str] = []
        self.calls: set[str] = set()  # what was watched and happened at all, so that the watch is known to work

    def note(self, what: str) -> None:
        self.calls.add(what)
        if self.lock is not None and self.lock.held():
            self.found.append(what)

    def around(self, what: str, slow: Callable[..., Any]) -> Callable[..., Any]:
        """`slow`, which is noted when it is called."""

        def watched(*args: Any, **keywords: Any) -> Any:
            self.note(what)
            return slow(*args, **keywords)

        return watched


class WatchedSocket(socket.socket):
    """In the place of `socket.socket`, whose methods cannot be replaced."""

    watch: Watch

    def recv(self, *args: Any) -> bytes:
        self.watch.note("recv")
        return super().recv(*args)

    def send(self, *args: Any) -> int:
        self.watch.note("send")
        return super().send(*args)

    def sendall(self, *args: Any) -> None:
        self.watch.note("sendall")
        return super().sendall(*args)

    def accept(self) -> tuple[socket.socket, Any]:
        descriptor, address = self._accept()  # type: ignore[attr-defined]
        return WatchedSocket(self.family, self.type, self.proto, fileno=descriptor), address


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Watches what is slow; a test that ends with something found fails."""
    watch = Watch()
    WatchedSocket.watch = watch
    monkeypatch.setattr(socket, "socket", WatchedSocket)
    plain_send = chat.transport.plain.send_now
    monkeypatch.setattr("chat.state.delivery.send_now", watch.around("send", plain_send))
    for owner, name in (
        (os, "fsync"),
        (os, "open"),
        (os, "write"),
        (os, "replace"),
        (os, "stat"),
        (time, "sleep"),
        (selectors.DefaultSelector, "select"),
        (argon2.PasswordHasher, "hash"),
        (argon2.PasswordHasher, "verify"),
        (files, "stamp_of"),
        (files, "write_atomically"),
        (HistoryStore, "_connect"),
        (HistoryStore, "_reading"),
        (HistoryStore, "_writing"),
        (threading.Event, "wait"),
        (threading.Condition, "wait"),
        (threading.Thread, "join"),
        (logging.StreamHandler, "emit"),
        (logging.FileHandler, "emit"),
        (logging.Formatter, "formatException"),
    ):
        monkeypatch.setattr(owner, name, watch.around(name, getattr(owner, name)))
    monkeypatch.setattr("builtins.open", watch.around("open", open))
    yield watch
    assert watch.found == []


@contextmanager
def process_log(folder: Path) -> Iterator[Callable[[], str]]:
    """Logging as the process sets it up, at --debug, in the place of pytest's; gives what was written."""
    file = folder / "parley.log"
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers.clear()
    listener = logs.set_up_logging(logging.DEBUG, file)
    root.setLevel(logging.DEBUG)
    try:
        yield lambda: file.read_text("utf-8")
    finally:
        listener.stop()
        root.handlers[:] = before
        root.setLevel(level)


def in_json(server: ServerUnderTest) -> None:
    alice, bob = server.user("alice", 1.1), server.user("bob")
    again = server.json()
    again.name = "alice"
    assert again.ask("AUTH", password="wrong")["response_code"] == "200"
    again.name = "nobody"
    assert again.ask("AUTH", password="wrong")["response_code"] == "200"
    alice.ask("CHAT", chat_name="study")
    bob.ask("JOIN", chat_name="study")
    bob.ask("MSSG", "hello", chat_name="study")
    alice.ask_all("TOPC", chat_name="study", topic="today")
    alice.ask_all("KICK", chat_name="study", kicked_user="bob")
    alice.ask_all("BANN", chat_name="study", banned_user="bob")
    alice.ask("LIST")
    alice.ask("HIST", chat_name="study")
    for line in (b"{\n", b'{"version": 1.0}\n', b"{" * 20000 + b"\n", b"\xff\n"):
        alice.send_bytes(line)
    alice.sync()
    alice.request("QUIT")
    alice.lines_until_closed()


def in_modern_irc(server: ServerUnderTest) -> None:
    proof = base64.b64encode(b"\0alice\0secret").decode()
    wren = server.connect()
    wren.send("CAP LS 302", "CAP REQ :sasl batch labeled-response", "NICK wren", "USER w 0 * :Wren")
    wren.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {proof}", "CAP END")
    wren.lines_until(lambda line: " 376 " in line or " 422 " in line)
    root = server.irc("root")
    wren.ask("JOIN #study", "TOPIC #study :kept", "MODE #study +mk sesame", "MODE #study +b x!*@*", "@label=1 LIST")
    root.ask("OPER root wrong", "OPER root sesame", "REHASH", "LIST", "STATS l")
    wren.ask("JOIN #loose", "PRIVMSG #loose :hello", "INVITE root #loose")
    root.ask("JOIN #loose", "WHO", "NAMES #loose", "WHOIS wren")
    wren.ask("KICK #loose root :out", "NICK wagtail", "AWAY :gone", "NONSENSE", "PRIVMSG")
    root.ask("KILL wagtail :enough")
    wren.lines_until_closed()
    root.send_bytes(b"\xff\xfe\r\n\0\r\n" + b"x" * 70000 + b"\r\n")
    root.sync()
    root.send("QUIT :bye")
    root.lines_until_closed()


def in_lab_irc(server: ServerUnderTest) -> None:
    rook = server.lab("rook")
    rook.ask("JOIN #lab", "TOPIC #lab :x", "PRIVMSG #lab :hello", "NAMES", "PART #lab", "PRIVMSG nobody :x")
    rook.send("QUIT :bye")
    rook.lines_until_closed()


def in_the_history(server: ServerUnderTest) -> None:
    capabilities = ("draft/chathistory", "draft/read-marker", "draft/message-redaction", "batch", "labeled-response")
    one, two = (server.member("alice", *capabilities) for _ in range(2))
    one.ask(
        "JOIN #past", "MODE #past +s", "PRIVMSG #past :x", "PRIVMSG alice :x", "@label=1 CHATHISTORY LATEST #past * 9"
    )
    one.ask("@label=2 MARKREAD #past timestamp=2020-01-01T00:00:00.000Z", "MARKREAD alice", "SEARCH text=x")
    one.ask("CHATHISTORY TARGETS timestamp=1999-01-01T00:00:00.000Z timestamp=2050-01-01T00:00:00.000Z 9")
    two.ask("REDACT #past none", "FORGET alice", "PART #past", "CHATHISTORY LATEST #past * 9")
    guest = server.irc("wagtail", "draft/read-marker")
    guest.ask("PRIVMSG alice :x", "@label=1 JOIN #past")
    for client in (one, two, guest):
        client.send("QUIT")
        client.lines_until_closed()


def many_channels(server: ServerUnderTest) -> None:
    """A long LIST to a client that does not read at once, which is waited for."""
    with server.network.lock:
        for number in range(5000):
            channel = server.network.create_channel(f"#many-{number}-{'x' * 40}", "nt")
            channel.topic = channel.topic._replace(text="y" * 300)
    reader = server.irc("reader")
    reader.send("LIST")
    assert len(reader.sync()) > 5000


def test_the_lock_is_never_held_while_something_slow_is_done(watch: Watch, tmp_path: Path) -> None:
    with process_log(tmp_path), ServerUnderTest(CONFIG) as server:
        watch.lock = server.network.lock
        in_json(server)
        in_modern_irc(server)
        in_lab_irc(server)
        in_the_history(server)
        many_channels(server)
        server.look_after(0)
        server.look_after(1000)
    assert watch.calls >= {
        "recv", "send", "fsync", "open", "replace", "sleep", "hash", "verify", "stamp_of", "write_atomically", "emit",
        "_connect", "_reading", "_writing",
    }  # fmt: skip


def test_a_handler_that_raises_logs_without_the_lock(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError("a test")

    with process_log(tmp_path) as log, ServerUnderTest() as server:
        watch.lock = server.network.lock
        row = IRC_COMMANDS["LUSERS"]
        wren = server.irc("wren")
        monkeypatch.setitem(IRC_COMMANDS, "LUSERS", replace(row, handler=broken))
        assert wren.ask("LUSERS") != []
        until(lambda: "ZeroDivisionError: a test" in log())
    assert "formatException" in watch.calls


def test_a_disk_that_is_full_is_logged_without_the_lock(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    with process_log(tmp_path) as log, ServerUnderTest(CONFIG) as server:
        watch.lock = server.network.lock
        alice = server.user("alice", 1.1)
        alice.ask("CHAT", chat_name="study")
        monkeypatch.setattr(files, "write_atomically", full)
        alice.ask("CHAT", chat_name="other")
        alice.ask_all("TOPC", chat_name="study", topic="x")
        server.look_after(100)
        until(lambda: log().count("No space left on device") >= 3)


def test_the_watch_itself_works(watch: Watch) -> None:
    lock = StateLock()
    watch.lock = lock
    time.sleep(0)
    assert watch.found == []
    with lock:
        time.sleep(0)
        with lock.unlocked():
            time.sleep(0)
        assert lock.held()
    assert watch.found == ["sleep"]
    assert not lock.held()
    watch.found.clear()


def test_an_error_inside_slow_work_leaves_the_lock_taken_and_then_free() -> None:
    lock = StateLock()
    with pytest.raises(OSError), lock:
        try:
            with lock.unlocked():
                raise OSError("a test")
        finally:
            assert lock.held()
    assert not lock.held()
    with lock:
        assert lock.held()
