"""What belongs to accounts in every dialect: admins as operators, bans, groups that stay over a restart, 1.0 files."""

from pathlib import Path
from typing import Any

import pytest

from chat.storage import files
from tests.harness import IrcClient, ServerUnderTest, response

HOST = "127.0.0.1"
NO_ADMIN = "You are not the admin of this group"


# --- admins --------------------------------------------------------------------------------------------------------


def test_an_admin_is_operator_whenever_there_and_logged_in(server: ServerUnderTest) -> None:
    alice = server.user("alice")
    alice.ask("CHAT", chat_name="study")
    wren = server.irc("wren")
    wren.ask("JOIN #study")
    alice.quit()
    assert wren.sync() == [f":alice!alice@{HOST} QUIT :Quit: "]
    guest = server.irc("ally")
    assert "MODE" not in " ".join(guest.ask("JOIN #study"))
    guest.ask("PART #study")
    wren.sync()
    member = server.member("alice", nick="ally2")
    assert member.ask("JOIN #study") == [
        f":ally2!~ally2@{HOST} JOIN #study",
        ":parley.test MODE #study +o ally2",
        ":parley.test 353 ally2 = #study :wren @ally2",
        ":parley.test 366 ally2 #study :End of /NAMES list",
    ]
    assert wren.sync() == [f":ally2!~ally2@{HOST} JOIN #study", ":parley.test MODE #study +o ally2"]
    member.send("QUIT")
    member.lines_until_closed()
    back = server.user("alice")
    back.ask("JOIN", chat_name="study")
    assert back.ask("KICK", chat_name="study", kicked_user="wren")["response_code"] == "192"


def test_an_admin_who_logs_in_while_on_the_channel_becomes_operator(server: ServerUnderTest) -> None:
    alice = server.user("alice")
    alice.ask("CHAT", chat_name="study")
    alice.quit()
    wren, guest = server.irc("wren", "account-notify"), server.irc("ally", "sasl")
    for client in (wren, guest):
        client.ask("JOIN #study")
    wren.sync()
    lines = guest.ask("AUTHENTICATE PLAIN", "AUTHENTICATE AGFsaWNlAHNlY3JldA==")
    mask = f"ally!~ally@{HOST}"
    assert lines == [
        "AUTHENTICATE +",
        f":parley.test 900 ally {mask} alice :You are now logged in as alice",
        ":parley.test 903 ally :SASL authentication successful",
        ":parley.test MODE #study +o ally",
    ]
    assert wren.sync() == [f":{mask} ACCOUNT alice", ":parley.test MODE #study +o ally"]


def test_who_is_operator_by_mode_may_kick_in_json_as_well(server: ServerUnderTest) -> None:
    wren, carol, bob = server.irc("wren"), server.user("carol"), server.user("bob")
    wren.ask("JOIN #study")
    for client in (carol, bob):
        client.ask("JOIN", chat_name="study")
    assert carol.ask_all("KICK", chat_name="study", kicked_user="bob")[-1] == response(
        "260", NO_ADMIN, username="carol"
    )
    wren.ask("MODE #study +o carol")
    assert carol.ask("KICK", chat_name="study", kicked_user="bob")["response_code"] == "192"


# --- bans ----------------------------------------------------------------------------------------------------------


def test_a_ban_on_an_account_holds_in_every_dialect_and_under_every_nick(server: ServerUnderTest) -> None:
    bob, carol = server.user("bob"), server.user("carol")
    carol.ask("CHAT", chat_name="study")
    carol.ask("BANN", chat_name="study", banned_user="bob")
    refusal = response("240", "You are banned from joining this group", username="bob", chat_name="study")
    assert bob.ask("JOIN", chat_name="study") == refusal
    bob.quit()
    other_nick = server.member("bob", nick="robin")
    assert other_nick.ask("JOIN #study") == [":parley.test 474 robin #study :Cannot join channel (+b)"]
    assert server.irc("rob").ask("JOIN #study")[0] == f":rob!~rob@{HOST} JOIN #study"
    wren = server.member("carol")
    listed = wren.ask("MODE #study b")
    assert listed[-2].startswith(":parley.test 367 carol #study ~a:bob carol ")
    wren.ask("MODE #study -b ~a:bob")
    assert other_nick.ask("JOIN #study")[0] == f":robin!~robin@{HOST} JOIN #study"


def banned(name: str) -> dict[str, Any]:
    return response("191", f"{name} has been banned from the group", banned_user=name)


def test_a_ban_on_an_account_removes_its_user_whatever_the_nick(server: ServerUnderTest) -> None:
    alice, wren, rook = server.user("alice"), server.irc("wren"), server.lab("rook")
    alice.ask("CHAT", chat_name="study")
    server.add_account("bob")
    robin = server.member("bob", nick="robin")
    for client in (wren, robin, rook):
        client.ask("JOIN #study")
    alice.sync(), wren.sync(), robin.sync()
    assert alice.ask("BANN", chat_name="study", banned_user="Bob") == banned("robin")
    source = f"alice!alice@{HOST}"
    told = [f":{source} MODE #study +b ~a:bob", f":{source} KICK #study robin :banned"]
    assert wren.sync() == robin.sync() == told
    assert rook.sync() == [":alice KICK #study robin :banned"]
    assert wren.ask("NAMES #study")[0] == ":parley.test 353 wren = #study :@alice wren rook"
    assert robin.ask("JOIN #study") == [":parley.test 474 robin #study :Cannot join channel (+b)"]


@pytest.mark.parametrize("name", ["rook", "ROOK"])
def test_a_ban_on_a_guest_who_is_somewhere_else_is_told_once(server: ServerUnderTest, name: str) -> None:
    alice, rook = server.user("alice"), server.lab("rook")
    alice.ask("CHAT", chat_name="study")
    assert alice.ask("BANN", chat_name="study", banned_user=name) == banned(name)
    assert rook.ask("JOIN #study") == [":parley.test 474 #study :Cannot join channel (+b)"]


def test_a_ban_hits_whom_it_means_whatever_they_are_called_once_it_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    with ServerUnderTest("[accounts]\nprotect_nicks = false\n") as server:
        alice, wren = server.user("alice"), server.irc("wren")
        alice.ask("CHAT", chat_name="study")
        server.add_account("bob")
        bob = server.member("bob")
        for client in (bob, wren):
            client.ask("JOIN #study")
        alice.sync()
        write = files.write_atomically

        def slowly(file: Path, data: bytes, private: bool) -> files.Stamp:
            bob.ask("NICK robin")
            wren.ask("NICK bob")
            return write(file, data, private)

        monkeypatch.setattr(files, "write_atomically", slowly)
        assert alice.ask_all("BANN", chat_name="study", banned_user="bob")[4:] == [banned("robin")]
        assert wren.ask("PRIVMSG #study :still here") == [
            f":alice!alice@{HOST} MODE #study +b ~a:bob",
            f":alice!alice@{HOST} KICK #study robin :banned",
        ]
        assert alice.sync() == [response("140", "(bob) still here", "DC")]


def test_a_full_list_takes_no_further_ban_in_json_either() -> None:
    with ServerUnderTest("[limits]\nlist_modes = 1\n") as server:
        alice = server.user("alice")
        for name in ("bob", "eve"):
            server.add_account(name)
        alice.ask("CHAT", chat_name="study")
        assert alice.ask("BANN", chat_name="study", banned_user="bob") == banned("bob")
        full = response("250", "The group's ban list is full", username="alice")
        assert alice.ask("BANN", chat_name="study", banned_user="eve") == full
        assert alice.ask("BANN", chat_name="study", banned_user="bob") == banned("bob")


# --- over a restart ------------------------------------------------------------------------------------------------


def test_a_permanent_group_comes_back_with_all_it_had(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        server.add_account("bob")
        alice = server.user("alice", 1.1)
        alice.ask("CHAT", chat_name="my own")
        alice.ask("TOPC", chat_name="my own", topic="Exam on Friday")
        alice.ask("BANN", chat_name="my own", banned_user="bob")
        channel = "#my\u00a0own"
        irc = server.member("alice")
        irc.ask(f"MODE {channel} +mkl-t sesame 9", f"MODE {channel} +eI *!*@a.b *!*@c.d", "JOIN #passing")
    with ServerUnderTest(data=tmp_path) as server:
        bob, wren = server.user("bob"), server.irc("wren")
        assert bob.ask("LIST") == response("130", ["my own"], "", username="bob")
        assert bob.ask("JOIN", chat_name="my own", key="sesame")["payload"] == "You are banned from joining this group"
        assert wren.ask(f"JOIN {channel}") == [f":parley.test 475 wren {channel} :Cannot join channel (+k)"]
        assert wren.ask(f"JOIN {channel} sesame")[:2] == [
            f":wren!~wren@{HOST} JOIN {channel}",
            f":parley.test 332 wren {channel} :Exam on Friday",
        ]
        modes, _ = wren.ask(f"MODE {channel}")
        assert modes == f":parley.test 324 wren {channel} +Pmnkl sesame 9"
        lists = [line.split(" ")[1:5] for line in wren.ask(f"MODE {channel} beI") if " :End of " not in line]
        assert [(code, mask) for code, _, _, mask in lists] == [
            ("367", "~a:bob"),
            ("348", "*!*@a.b"),
            ("346", "*!*@c.d"),
        ]
        admin = server.member("alice")
        assert f":parley.test MODE {channel} +o alice" in admin.ask(f"JOIN {channel}")  # admins need no key


CONTROLS = [chr(code) for code in range(1, 33) if chr(code) not in "\r\n"]


@pytest.mark.parametrize("odd", [*CONTROLS, "\x7f", "\x85", "\u00a0", "\u2028", "\u3000", "\u200d", ",", "x"])
def test_what_mode_and_topic_accept_comes_back(tmp_path: Path, odd: str) -> None:
    text = f"a{odd}b"

    def state(irc: IrcClient) -> list[str]:
        lines = irc.ask("MODE #study", "MODE #study bI")
        return [
            line if " 324 " in line else line.rpartition(" ")[0] for line in lines
        ]  # times are kept in milliseconds

    with ServerUnderTest(data=tmp_path) as server:
        server.user("alice").ask("CHAT", chat_name="study")
        irc = server.member("alice")
        lines = irc.ask(f"MODE #study +b {text}!*@*", f"MODE #study +I-t+k {text} {text}", f"TOPIC #study :{text}")
        assert "WARN" not in " ".join(lines)
        before = state(irc)
    with ServerUnderTest(data=tmp_path) as server:
        irc = server.member("alice")
        assert f":parley.test 332 alice #study :{text}" in irc.ask("JOIN #study")
        assert state(irc) == before


def test_a_channel_made_permanent_by_mode_stays_and_one_made_passing_goes(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        server.add_account("alice")
        alice, guest = server.member("alice"), server.irc("wren")
        alice.ask("JOIN #kept,#dropped", "MODE #kept +P", "MODE #dropped +P", "MODE #dropped -P")
        guest.ask("JOIN #guests")
        assert guest.ask("MODE #guests +P") == [
            ":parley.test 477 wren #guests :You need to be logged in to an account for that"
        ]
    with ServerUnderTest(data=tmp_path) as server:
        assert server.irc("wren").ask("LIST")[1:-1] == [":parley.test 322 wren #kept 0 :"]


def test_an_account_and_its_password_come_back(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        server.user("alice", password="correct horse").quit()
    with ServerUnderTest(data=tmp_path) as server:
        client = server.json()
        assert client.ask("AUTH", username="alice", password="secret") == response("200")
        assert client.ask("AUTH", username="alice", password="correct horse") == response("110")
        assert client.ask("NWUA", username="alice", password="x")["response_code"] == "320"


# --- a folder of a 1.0 server --------------------------------------------------------------------------------------

OLD_GROUPS = (
    '{"chats": [{"chat_name": "networks", "admins": ["alice"], "black_users": [], "users": ["alice"], '
    '"banned_users": ["bob"]}, {"chat_name": "my own", "admins": ["bob"], "banned_users": [], "users": ["bob"], '
    '"black_users": []}]}'
)
OLD_USERS = (
    '{"users": [{"username": "alice", "bannedGroups": [], "password": "secret1", "adminGroups": ["networks"]}, '
    '{"username": "bob", "bannedGroups": ["networks"], "password": "secret2", "adminGroups": ["my own"]}]}'
)


@pytest.fixture
def old_folder(tmp_path: Path) -> Path:
    """The two files of a 1.0 server."""
    (tmp_path / "list.txt").write_text(OLD_GROUPS)
    (tmp_path / "user_accounts.txt").write_text(OLD_USERS)
    return tmp_path


def test_the_files_of_a_1_0_server_serve_its_unchanged_clients(old_folder: Path) -> None:
    for _ in range(2):  # the second start finds them converted
        with ServerUnderTest(data=old_folder) as server:
            assert server.json().ask("AUTH", username="alice", password="wrong") == response("200")
            alice, bob = server.user("alice", password="secret1"), server.user("bob", password="secret2")
            assert alice.ask("LIST") == response("130", ["networks", "my own"], "", username="alice")
            assert alice.ask("JOIN", chat_name="networks")["response_code"] == "180"
            assert bob.ask("JOIN", chat_name="networks") == response(
                "240", "You are banned from joining this group", username="bob", chat_name="networks"
            )
            assert bob.ask("JOIN", chat_name="my own")["response_code"] == "180"
            alice.ask_all("JOIN", chat_name="my own")
            bob.sync()
            assert alice.ask("KICK", chat_name="my own", kicked_user="bob") == response(
                "260", NO_ADMIN, username="alice"
            )
            assert bob.ask("KICK", chat_name="my own", kicked_user="alice")["response_code"] == "192"
            assert bob.ask("NWUA", username="carol", password="x")["response_code"] == "320"


def test_a_group_of_a_1_0_server_is_a_channel(old_folder: Path) -> None:
    with ServerUnderTest(data=old_folder) as server:
        alice = server.irc("wren")
        assert alice.ask("LIST")[1:-1] == [
            ":parley.test 322 wren #networks 0 :",
            ":parley.test 322 wren #my\u00a0own 0 :",
        ]
        owner = server.member("alice", password="secret1")
        assert ":parley.test MODE #networks +o alice" in owner.ask("JOIN #networks")
