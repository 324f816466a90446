"""What happens without anybody asking: pings and time-outs, by a clock that the test chooses; saving again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.state.housekeeping import Housekeeping
from chat.storage import files
from chat.storage.errors import SaveFailed
from tests.harness import Client, ServerUnderTest
from tests.process import until

CONFIG = """
[limits]
ping_seconds = 100
registration_seconds = 40
[[operator]]
name = "root"
password = "sesame"
"""


@pytest.fixture
def quiet() -> Iterator[ServerUnderTest]:
    """A server whose own housekeeping does not run, so that only the test's clock counts."""
    with ServerUnderTest(CONFIG) as server:
        server.server._housekeeping.stop()
        server.server._housekeeping.join()
        yield server


def after(server: ServerUnderTest, seconds: float) -> None:
    server.server._housekeeping.look(time.monotonic() + seconds)


def spoke(server: ServerUnderTest, nick: str, seconds: float) -> None:
    """Makes the last word of a user have come so many seconds from now."""
    user = server.network.find_user(nick)
    assert user is not None
    user.sessions[0].last_heard = time.monotonic() + seconds


def test_a_silent_client_is_pinged_once_and_gone_after_as_long_again(quiet: ServerUnderTest) -> None:
    wren, rook = quiet.irc("wren"), quiet.irc("rook")
    for client in (wren, rook):
        client.ask("JOIN #nest")
    wren.sync()
    after(quiet, 90)
    assert wren.sync() == []
    after(quiet, 101)
    after(quiet, 150)
    ping = f"PING :{quiet.network.name}"
    assert rook.sync() == [ping]
    spoke(quiet, "rook", 160)
    after(quiet, 190)
    after(quiet, 202)
    assert wren.lines_until_closed() == [ping, "ERROR :Closing Link: 127.0.0.1 (Ping timeout: 100 seconds)"]
    assert rook.sync() == [":wren!~wren@127.0.0.1 QUIT :Ping timeout: 100 seconds"]


def test_an_answer_to_the_ping_is_enough(quiet: ServerUnderTest) -> None:
    wren = quiet.irc("wren")
    after(quiet, 101)
    assert wren.line() == f"PING :{quiet.network.name}"
    wren.ask(f"PONG :{quiet.network.name}")
    spoke(quiet, "wren", 110)
    after(quiet, 200)  # the silence began anew
    after(quiet, 205)
    assert wren.sync() == []
    after(quiet, 211)
    after(quiet, 300)
    assert wren.sync() == [f"PING :{quiet.network.name}"]


def test_lab_and_json_clients_are_never_pinged(quiet: ServerUnderTest) -> None:
    rook, carol = quiet.lab("rook"), quiet.user("carol")
    for seconds in (101, 202, 100_000, 200_000):
        after(quiet, seconds)
    assert rook.sync() == []
    assert carol.sync() == []


@pytest.mark.parametrize(
    ("first", "seconds", "last"),
    [
        ("", 40, "ERROR :Closing Link: 127.0.0.1 (Registration timed out)"),
        ("NICK wren", 40, "ERROR :Closing Link: 127.0.0.1 (Registration timed out)"),
        ("CAP LS 302", 40, "ERROR :Closing Link: 127.0.0.1 (Registration timed out)"),
        ("{", 400, '"payload": "Closing Link: 127.0.0.1 (Registration timed out)"}'),
    ],
)
def test_who_does_not_say_who_it_is_must_go(quiet: ServerUnderTest, first: str, seconds: int, last: str) -> None:
    client: Client = quiet.connect()
    if first:
        client.send(first)
        if not first.startswith("NICK"):
            client.line()
    until(lambda: len(quiet.network.sessions) == 1)
    after(quiet, seconds - 1)
    assert len(quiet.network.sessions) == 1
    after(quiet, seconds + 1)
    lines = client.lines_until_closed()
    assert lines[-1].endswith(last)
    assert quiet.network.sessions == set()
    assert quiet.irc("wren").welcome  # the nick is free


def test_registration_in_time_is_not_cut_off(quiet: ServerUnderTest) -> None:
    wren = quiet.irc("wren")
    after(quiet, 41)
    assert wren.sync() == []


def test_a_failed_save_is_tried_again_and_told_to_operators(
    quiet: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, alice = quiet.irc("root"), quiet.user("alice", 1.1)
    root.ask("OPER root sesame")
    alice.ask("CHAT", chat_name="study")
    write = files.write_atomically

    def full(file: Path, data: bytes, private: bool) -> files.Stamp:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_atomically", full)
    alice.request("TOPC", chat_name="study", topic="kept")
    alice.sync()
    assert quiet.network.has_unsaved
    after(quiet, 10)
    told = [line for line in root.sync() if "could not be saved" in line]
    assert len(told) == 1 and "NOTICE root :*** " in told[0] and "No space left on device" in told[0]
    after(quiet, 12)  # five seconds between two attempts
    assert root.sync() == []
    after(quiet, 16)
    assert len(root.sync()) == 1
    monkeypatch.setattr(files, "write_atomically", write)
    after(quiet, 22)
    assert not quiet.network.has_unsaved
    assert root.sync() == []
    assert '"topic": "kept"' in (quiet.data / "channels.json").read_text()


def test_a_round_that_fails_does_not_end_housekeeping(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounds: list[float] = []

    def look(self: Housekeeping, now: float) -> None:
        rounds.append(now)
        raise SaveFailed("a test")

    monkeypatch.setattr("chat.state.housekeeping._EVERY_SECONDS", 0.01)
    monkeypatch.setattr(Housekeeping, "look", look)
    until(lambda: len(rounds) > 1)
    assert "housekeeping failed once and goes on" in caplog.text


def test_a_hand_edit_is_noticed(quiet: ServerUnderTest) -> None:
    (quiet.data / "accounts.json").write_text('{"accounts": [{"name": "eve", "password": "typed"}]}')
    after(quiet, 0)
    eve = quiet.json()
    eve.name = "eve"
    assert eve.ask("AUTH", password="typed")["response_code"] == "110"


def test_a_flood_that_waits_its_turn_is_no_silence() -> None:
    """Lines that flood control holds back were said long ago; their sender is not gone."""
    with ServerUnderTest("[limits]\nping_seconds = 100\nmessages_per_second = 1000\nburst = 1") as server:
        server.server._housekeeping.stop()
        server.server._housekeeping.join()
        wren = server.irc("wren")
        (session,) = server.network.sessions
        wren.send(*["AWAY"] * 1500)
        until(lambda: session.received > 1200)
        session.last_heard = time.monotonic() - 150
        wren.sync()
        assert time.monotonic() - session.last_heard < 100
