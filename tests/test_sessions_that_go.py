"""Sessions and accounts that end while something slow is done for them, and what a reload means for who is there."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chat.state import registration
from chat.storage import passwords
from tests.harness import ServerUnderTest


def while_it_hashes(monkeypatch: pytest.MonkeyPatch, name: str, happens: Callable[[], None]) -> None:
    """`happens` runs, once, in the middle of the password function `name`."""
    slow = getattr(passwords, name)
    left = [happens]

    def wrapped(*arguments: Any) -> Any:
        if left:
            left.pop()()
        return slow(*arguments)

    monkeypatch.setattr(passwords, name, wrapped)


def expel_all(server: ServerUnderTest, nick: str) -> None:
    """Ends all sessions of a user, as KILL does."""
    with server.network.lock:
        user = server.network.find_user(nick)
        assert user is not None
        for session in list(user.sessions):
            registration.expel(server.network, session, "Killed")


def test_a_user_killed_while_its_password_is_checked_again_does_not_come_back(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = server.user("alice")
    while_it_hashes(monkeypatch, "verify_password", lambda: expel_all(server, "alice"))
    alice.request("AUTH", password="secret")
    alice.lines_until_closed()
    wren = server.irc("wren")
    assert sum(" 314 " in line for line in wren.ask("WHOWAS alice")) == 1
    assert server.network.find_user("alice") is None
    assert server.network.registered_sessions == 1


def test_no_account_is_made_for_a_connection_that_has_gone(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = server.json()
    client.name = "alice"
    client.sync()

    def time_out() -> None:
        with server.network.lock:
            registration.expel(server.network, next(iter(server.network.sessions)), "Registration timed out")

    while_it_hashes(monkeypatch, "hash_password", time_out)
    client.request("NWUA", password="secret")
    assert [json.loads(line)["response_code"] for line in client.lines_until_closed()] == ["350"]
    assert server.network.find_account("alice") is None


def test_a_connection_that_times_out_while_the_server_password_is_checked_is_no_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ServerUnderTest('password = "letmein"\n') as server:

        def time_out() -> None:
            with server.network.lock:
                registration.expel(server.network, next(iter(server.network.sessions)), "Registration timed out")

        while_it_hashes(monkeypatch, "verify_password", time_out)
        client = server.connect()
        client.send("PASS letmein", "NICK wren", "USER wren 0 * :Wren")
        assert client.lines_until_closed() == ["ERROR :Closing Link: 127.0.0.1 (Registration timed out)"]
        assert server.network.users == {}


def remove_account(server: ServerUnderTest, name: str) -> None:
    """Takes an account out of the file, as a person with an editor does, and reloads."""
    file = server.data / "accounts.json"
    data = json.loads(file.read_text("utf-8"))
    data["accounts"] = [entry for entry in data["accounts"] if entry["name"] != name]
    file.write_text(json.dumps(data), "utf-8")
    assert server.reload() == []


def test_whoever_is_logged_in_to_an_account_that_is_removed_is_logged_out(server: ServerUnderTest) -> None:
    server.add_account("alice")
    owner = server.member("alice", nick="zed")
    friend = server.irc("wren", "account-notify")
    phone = server.user("alice")
    for client in (owner, friend):
        client.ask("JOIN #c")
    owner.sync()
    remove_account(server, "alice")
    assert ":parley.test 901 zed zed!~zed@127.0.0.1 :You are now logged out" in owner.sync()
    assert friend.sync() == [":zed!~zed@127.0.0.1 ACCOUNT *"]
    assert phone.lines_until_closed()[-1].endswith('"payload": "Closing Link: 127.0.0.1 (Your account was removed)"}')
    newcomer = server.user("alice")
    assert newcomer.ask("LIST")["parameters"] == {"username": "alice"}
    assert {user.nick: user.account for user in server.network.users.values()} == {
        "zed": "", "wren": "", "alice": "alice",
    }  # fmt: skip


def test_who_logs_in_late_shares_the_account_and_a_new_connection_joins_whom_was_first(server: ServerUnderTest) -> None:
    server.add_account("alice")
    first = server.member("alice")
    bob = server.irc("bob", "sasl")
    bob.ask("AUTHENTICATE PLAIN")
    assert bob.ask("AUTHENTICATE AGFsaWNlAHNlY3JldA==")[-1] == ":parley.test 903 bob :SASL authentication successful"
    assert {user.nick: user.account for user in server.network.users.values()} == {"alice": "alice", "bob": "alice"}
    assert server.member("alice").ask("NICK linnet") == first.sync() == [":alice!~alice@127.0.0.1 NICK linnet"]
    assert bob.sync() == []


def test_a_guest_gets_a_name_that_nobody_has_or_waits_for(server: ServerUnderTest) -> None:
    server.add_account("Guest1")
    waiting = server.connect()
    assert waiting.ask("NICK Guest2") == []
    guest = server.irc("alice")
    server.add_account("alice")
    server.user("alice")
    assert guest.sync()[-1] == ":alice!~alice@127.0.0.1 NICK Guest3"


# --- admins --------------------------------------------------------------------------------------------------------


def test_an_admin_cannot_be_deopped(server: ServerUnderTest) -> None:
    alice = server.user("alice")
    alice.ask("CHAT", chat_name="g")
    with server.network.lock:
        server.channel("#g").modes.discard("t")
    wren = server.irc("wren")
    wren.ask("JOIN #g")
    with server.network.lock:
        member = server.channel("#g").members[server.network.users["wren"]]
        member.ranks = frozenset("o")
    assert wren.ask("MODE #g -o alice") == [
        ":parley.test 696 wren #g o alice :An admin of the group is its operator whenever it is there"
    ]


def test_only_an_admin_changes_whether_a_group_with_admins_stays(server: ServerUnderTest) -> None:
    alice = server.user("alice")
    alice.ask("CHAT", chat_name="g")
    server.add_account("wren")
    wren = server.member("wren")
    wren.ask("JOIN #g")
    with server.network.lock:
        server.channel("#g").members[server.network.users["wren"]].ranks = frozenset("o")
    assert wren.ask("MODE #g -P+P") == [":parley.test 482 wren #g :You're not channel operator"]
    assert server.channel("#g").admins == {"alice"}


def test_an_edited_channel_file_reaches_those_who_are_there(server: ServerUnderTest) -> None:
    alice = server.user("alice")
    alice.ask("CHAT", chat_name="g")
    server.add_account("wren")
    wren = server.member("wren")
    wren.ask("JOIN #g")
    alice.sync()
    file = server.data / "channels.json"
    data = json.loads(file.read_text("utf-8"))
    data["channels"][0] |= {"topic": "New", "modes": "mn", "key": "k", "limit": 9, "admins": ["alice", "wren"]}
    data["channels"][0]["bans"] = ["~a:bob"]
    file.write_text(json.dumps(data), "utf-8")
    assert server.reload() == []
    assert wren.sync() == [
        ":parley.test TOPIC #g :New",
        ":parley.test MODE #g +m-t+klb k 9 ~a:bob",
        ":parley.test MODE #g +o wren",
    ]
    assert [item["payload"] for item in alice.sync()] == ["New"]


def test_only_an_operators_invitation_opens_a_closed_door(server: ServerUnderTest) -> None:
    boss, member, guest = (server.irc(nick) for nick in ("boss", "member", "guest"))
    for client in (boss, member):
        client.ask("JOIN #c")
    member.ask("INVITE guest #c")
    boss.ask("MODE #c +i")
    assert guest.ask("JOIN #c")[-1] == ":parley.test 473 guest #c :Cannot join channel (+i)"
    boss.ask("INVITE guest #c")
    assert guest.ask("JOIN #c")[-1].startswith(":parley.test 366 guest #c")
