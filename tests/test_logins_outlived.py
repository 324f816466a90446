"""Logins that are under way while their account is removed, made anew or given another password; and removals that end
without the one who asked."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat.state import accounts, registration
from chat.storage import files, passwords
from protocol import limits
from tests.harness import IrcClient, ServerUnderTest, response
from tests.scram import ScramClient, encoded, plain

FAILED = ":parley.test 904 {} :SASL authentication failed"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOGIN_DELAY_SECONDS", 0)


@pytest.fixture
def client(server: ServerUnderTest) -> Iterator[IrcClient]:
    """A connection that negotiates; there is an account wren."""
    server.add_account("wren")
    connection = server.connect()
    connection.ask("CAP REQ sasl")
    yield connection


def prove(client: IrcClient) -> None:
    """A SCRAM conversation with all but its last, empty message."""
    scram = ScramClient("wren", "secret")
    challenge = client.ask("AUTHENTICATE SCRAM-SHA-256", f"AUTHENTICATE {encoded(scram.first)}")[-1]
    final = scram.final(base64.b64decode(challenge.split()[-1]))
    assert client.ask(f"AUTHENTICATE {encoded(final)}")[0].startswith("AUTHENTICATE ")


def make_anew(server: ServerUnderTest) -> None:
    """The account is removed by its owner, and registered by somebody else."""
    owner = server.member("wren", nick="owner")
    assert "The account wren was removed" in owner.ask("NS DROP secret")[0]
    assert server.json().ask("NWUA", username="wren", password="of somebody else") == response("110")


def change_password(server: ServerUnderTest) -> None:
    """The owner sets another password."""
    owner = server.member("wren", nick="owner")
    assert "was set" in owner.ask("NS SET PASSWORD secret another")[0]


CHANGES = pytest.mark.parametrize("change", [make_anew, change_password])


@CHANGES
def test_a_proof_that_is_not_completed_in_time_is_worth_nothing(
    server: ServerUnderTest, client: IrcClient, change: Callable[[ServerUnderTest], None]
) -> None:
    prove(client)
    change(server)
    assert client.ask("AUTHENTICATE +") == [FAILED.format("*")]


@CHANGES
def test_a_challenge_is_for_the_password_of_its_time(
    server: ServerUnderTest, client: IrcClient, change: Callable[[ServerUnderTest], None]
) -> None:
    scram = ScramClient("wren", "secret")
    challenge = client.ask("AUTHENTICATE SCRAM-SHA-256", f"AUTHENTICATE {encoded(scram.first)}")[-1]
    change(server)
    final = scram.final(base64.b64decode(challenge.split()[-1]))
    assert client.ask(f"AUTHENTICATE {encoded(final)}") == [FAILED.format("*")]


@CHANGES
@pytest.mark.parametrize("by_scram", [True, False])
def test_a_login_before_registration_ends_with_the_account_or_its_password(
    server: ServerUnderTest, client: IrcClient, change: Callable[[ServerUnderTest], None], by_scram: bool
) -> None:
    if by_scram:
        prove(client)
        assert " 903 " in client.ask("AUTHENTICATE +")[-1]
    else:
        assert " 903 " in client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren')}")[-1]
    change(server)
    client.send("NICK rook", "USER rook 0 * :Rook", "CAP END")
    client.lines_until(lambda line: " 422 " in line or " 376 " in line)
    assert not any(" 330 " in line for line in client.ask("WHOIS rook"))
    with server.network.lock:
        assert server.network.users["rook"].account == ""


def test_a_login_also_ends_when_the_file_was_edited(server: ServerUnderTest, client: IrcClient) -> None:
    client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren')}")
    file = server.data / "accounts.json"
    file.write_text(json.dumps({"accounts": [{"name": "wren", "password": "another"}]}))
    assert server.reload() == []
    client.send("NICK rook", "USER rook 0 * :Rook", "CAP END")
    client.lines_until(lambda line: " 422 " in line or " 376 " in line)
    with server.network.lock:
        assert server.network.users["rook"].account == ""


def test_a_password_that_was_right_when_it_was_looked_at_is_no_more(
    server: ServerUnderTest, client: IrcClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = passwords.verify_password

    def verify_slowly(stored: str, secret: str) -> bool:
        with server.network.lock:
            account = server.network.find_account("wren")
            assert account is not None
            accounts.set_password(server.network, account, passwords.hash_password("another"))
        return verify(stored, secret)

    monkeypatch.setattr(passwords, "verify_password", verify_slowly)
    assert client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren')}")[-1] == FAILED.format("*")


# --- while it is written to disk -----------------------------------------------------------------------------------


def while_it_writes(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """`happens` runs, once, in the middle of the next write."""
    write = files.write_atomically
    left = [happens]

    def slow(*arguments: Any) -> Any:
        if left:
            left.pop()()
        return write(*arguments)

    monkeypatch.setattr(files, "write_atomically", slow)


def expel_one(server: ServerUnderTest, nick: str) -> None:
    with server.network.lock:
        registration.expel(server.network, server.network.users[nick].sessions[0], "Killed")


def test_a_removal_goes_through_though_the_one_who_asked_has_gone(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add_account("wren")
    owner, other, alice = server.member("wren", nick="owner"), server.irc("other"), server.irc("alice")
    other.ask("NS IDENTIFY wren secret")
    other.ask("JOIN #den", "CS REGISTER #den")
    while_it_writes(monkeypatch, lambda: expel_one(server, "owner"))
    owner.send("NS DROP secret")
    owner.lines_until_closed()
    other.lines_until(lambda line: " 901 other " in line)
    assert not any(" 330 " in line for line in alice.ask("WHOIS other"))
    with server.network.lock:
        assert server.network.channels["#den"].founder == ""
    assert server.json().ask("NWUA", username="wren", password="new") == response("110")


def test_nobody_can_register_a_name_while_its_account_is_being_removed(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add_account("wren")
    owner, rook, json_client = server.member("wren", nick="owner"), server.irc("rook"), server.json()
    answers: list[Any] = []

    def register() -> None:
        answers.extend(rook.ask("REGISTER wren * secret"))
        answers.append(json_client.ask("NWUA", username="wren", password="secret")["response_code"])

    while_it_writes(monkeypatch, register)
    assert "The account wren was removed" in owner.ask("NS DROP secret")[0]
    assert "ACCOUNT_EXISTS" in answers[0] and answers[-1] == "200"
    assert " SUCCESS wren " in rook.ask("REGISTER wren * secret")[0]


def test_a_ban_of_a_group_is_told_though_its_admin_has_gone(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = server.user("alice"), server.user("bob")
    alice.ask("CHAT", chat_name="study")
    bob.ask_all("JOIN", chat_name="study")
    while_it_writes(monkeypatch, lambda: expel_one(server, "alice"))
    alice.request("BANN", chat_name="study", banned_user="bob")
    alice.lines_until_closed()
    bob.lines_until(lambda line: "banned" in line)
    assert bob.ask("MSSG", "still here?", chat_name="study")["response_code"] != "150"
    with server.network.lock:
        assert not server.network.channels["#study"].members


def test_what_another_session_changed_meanwhile_survives_a_change_that_failed(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add_account("wren")
    wren = server.member("wren")

    def change_and_fail(*_: Any) -> None:
        with server.network.lock:
            account = server.network.find_account("wren")
            assert account is not None and account.email == "new@example.org"
            accounts.set_certificates(server.network, account, ("ab" * 32,))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_atomically", change_and_fail)
    (line,) = wren.ask("NS SET EMAIL new@example.org")
    assert line.endswith("It is not on disk, so it was undone: No space left on device")
    monkeypatch.undo()
    account = server.network.find_account("wren")
    assert account is not None
    assert (account.email, account.certificates) == ("", ("ab" * 32,))


def test_a_removal_that_failed_leaves_everything_as_it_was(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add_account("wren")
    wren = server.member("wren")

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_atomically", fail)
    (line,) = wren.ask("NS DROP secret")
    assert "it was undone" in line and str(server.data) not in line
    monkeypatch.undo()
    assert wren.ask("NS DROP secret")[0].endswith("The account wren was removed")


def test_the_operators_are_told_which_file_could_not_be_saved_and_users_are_not(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, wren = server.irc("root"), server.irc("wren", "standard-replies")
    with server.network.lock:
        server.network.operators.add(server.network.users["root"])

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_atomically", fail)
    (line,) = wren.ask("REGISTER * * secret")
    assert line.endswith(" NOT_SAVED :It is not on disk, so it was undone: No space left on device")
    (told,) = root.sync()
    assert told.endswith(
        f"*** wren: REGISTER: {server.data / 'accounts.json'} could not be saved: No space left on device"
    )


@pytest.mark.parametrize("line", ["NS DROP secret", "NS SET PASSWORD secret another"])
def test_what_a_password_was_given_for_is_done_to_that_account_alone(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    for name in ("wren", "rook"):
        server.add_account(name)
    wren = server.member("wren")
    verify = passwords.verify_password

    def switch(stored: str, secret: str) -> bool:
        with server.network.lock:
            accounts.log_in(server.network, server.network.users["wren"].sessions[0], "rook")
        return verify(stored, secret)

    monkeypatch.setattr(passwords, "verify_password", switch)
    wren.ask(line)
    monkeypatch.undo()
    assert server.json().ask("AUTH", username="rook", password="secret") == response("110")
    assert server.json().ask("AUTH", username="wren", password="secret") == response("200")
