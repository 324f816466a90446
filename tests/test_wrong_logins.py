"""Wrong logins: those of JSON on one connection, and those of all connections to one account or from one address."""

import base64

import pytest

from chat.state.wrong_logins import WrongLogins
from chat.storage import passwords
from protocol import limits
from protocol.limits import WRONG_LOGINS_PER_ACCOUNT, WRONG_LOGINS_PER_ADDRESS
from tests.harness import ServerUnderTest, response

CLOSED = "Closing Link: 127.0.0.1 (Too many wrong logins)"
WAIT = ":parley.test NOTICE * :Too many wrong logins lately; wait a minute"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOGIN_DELAY_SECONDS", 0)


def plain(name: str, secret: str) -> str:
    return base64.b64encode(f"\0{name}\0{secret}".encode()).decode()


# --- one connection ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1.0, 1.1])
def test_four_wrong_passwords_of_a_json_user_are_answered_and_the_fifth_closes(version: float) -> None:
    with ServerUnderTest() as server:
        server.add_account("alice")
        client = server.json(version)
        for _ in range(4):
            assert client.ask("AUTH", username="alice", password="wrong") == response("200", version=version)
        client.request("AUTH", username="alice", password="wrong")
        assert client.object() == response("200", version=version)
        assert client.object()["payload"] == CLOSED
        assert client.lines_until_closed() == []
        assert server.json().ask("AUTH", username="alice", password="secret") == response("110")


def test_a_right_password_forgives_the_wrong_ones_before_it(server: ServerUnderTest) -> None:
    alice = server.user("alice")
    for password in ("wrong", "wrong", "wrong", "wrong", "secret", "wrong", "wrong", "wrong", "wrong"):
        code = "110" if password == "secret" else "200"
        assert alice.ask("AUTH", username="alice", password=password) == response(code)


def test_what_follows_the_last_wrong_password_is_not_done(server: ServerUnderTest) -> None:
    alice, watcher = server.user("alice"), server.irc("watcher")
    alice.ask("CHAT", chat_name="room")
    watcher.ask("JOIN #room")
    alice.sync()
    for _ in range(4):
        alice.ask("AUTH", password="wrong")
    alice.request("AUTH", password="wrong")
    alice.request("MSSG", "still here", chat_name="room")
    assert [alice.object()["response_code"] for _ in range(2)] == ["200", "350"]
    assert alice.lines_until_closed() == []
    assert watcher.sync() == [":alice!alice@127.0.0.1 QUIT :Too many wrong logins"]


# --- all connections -----------------------------------------------------------------------------------------------


def test_after_ten_wrong_logins_to_an_account_no_more_are_looked_at_from_there(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("alice", "bob"):
        server.add_account(name)
    for count in range(WRONG_LOGINS_PER_ACCOUNT):
        assert server.json().ask("AUTH", username="alice", password=f"wrong{count}") == response("200")
    with monkeypatch.context() as patched:
        patched.setattr(passwords, "verify_password", lambda *given: pytest.fail("it was looked at"))
        later = server.json().ask("AUTH", username="Alice", password="secret")
        assert (later["response_code"], later["payload"]) == ("340", "Too many wrong logins lately; wait a minute")
        client = server.connect()
        client.ask("CAP REQ :sasl")
        assert client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', 'secret')}") == [
            "AUTHENTICATE +",
            WAIT,
            ":parley.test 904 * :SASL authentication failed",
        ]
        first = base64.b64encode(b"n,,n=alice,r=abc").decode()
        assert client.ask("AUTHENTICATE SCRAM-SHA-256", f"AUTHENTICATE {first}")[1:] == [
            WAIT,
            ":parley.test 904 * :SASL authentication failed",
        ]
    assert server.json().ask("AUTH", username="bob", password="secret") == response("110")


def test_an_account_that_others_try_to_get_into_is_open_to_its_owner() -> None:
    counts = WrongLogins()
    for number in range(WRONG_LOGINS_PER_ACCOUNT):
        counts.note("Alice", f"192.0.2.{number}")
    assert counts.are_too_many("alice", "192.0.2.3")
    assert not counts.are_too_many("alice", "192.0.2.99")
    assert not counts.are_too_many("bob", "192.0.2.3")


def test_an_address_that_tries_many_accounts_is_kept_from_those_alone() -> None:
    counts = WrongLogins()
    for number in range(WRONG_LOGINS_PER_ADDRESS):
        assert not counts.are_too_many("account0", "2001:db8::1")
        counts.note(f"account{number}", f"2001:db8::{number:x}")
    assert counts.are_too_many("account0", "2001:db8::ffff")
    assert counts.are_many_from("2001:db8::ffff")
    assert not counts.are_too_many("account0", "2001:db8:0:1::1")
    assert not counts.are_too_many("somebody", "2001:db8::ffff")  # who may sit in the same room and know the password


def test_an_exempt_address_is_never_told_to_wait() -> None:
    with ServerUnderTest('[limits]\nexempt = ["127.0.0.1"]\n') as server:
        server.add_account("alice")
        for count in range(WRONG_LOGINS_PER_ACCOUNT):
            server.json().ask("AUTH", username="alice", password=f"wrong{count}")
        assert server.json().ask("AUTH", username="alice", password="secret") == response("110")
