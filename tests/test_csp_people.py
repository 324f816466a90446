"""CSP 1.1 against a server: who and what is there (LIST, WHOS, WHOI), being away, passwords."""

from pathlib import Path
from typing import Any

import pytest

from chat.storage.errors import SaveFailed
from tests.groups import answer, group_of
from tests.harness import JsonClient, ServerUnderTest, response, timeless

# --- LIST ----------------------------------------------------------------------------------------------------------


def groups(server: ServerUnderTest, *names: str) -> JsonClient:
    """A client that has made these groups."""
    alice = server.user("alice", 1.1)
    for name in names:
        alice.ask("CHAT", chat_name=name)
    return alice


def test_a_list_with_details_tells_members_and_topics(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    alice.ask("TOPC", chat_name="study", topic="Exam")
    bob.sync()
    bob.ask("CHAT", chat_name="my own")
    assert alice.ask("LIST", id=1, details=True) == answer(
        "132",
        [
            {"chat_name": "study", "members": 2, "topic": "Exam", "joined": True},
            {"chat_name": "my own", "members": 1, "topic": "", "joined": False},
        ],
        "",
        1,
        username="alice",
    )
    assert alice.ask("LIST", details=False) == answer("130", ["study", "my own"], "", username="alice")


def test_a_list_comes_in_parts_in_the_order_of_the_names(server: ServerUnderTest) -> None:
    alice = groups(server, "b", "D", "a", "c")
    assert alice.ask("LIST") == answer("130", ["b", "D", "a", "c"], "", username="alice")
    assert alice.ask("LIST", limit=2) == answer("130", ["a", "b"], "", username="alice", next="b")
    assert alice.ask("LIST", limit=2, after="b") == answer("130", ["c", "D"], "", username="alice")
    assert alice.ask("LIST", after="B") == answer("130", ["c", "D"], "", username="alice")
    assert alice.ask("LIST", limit=1, after="bb")["payload"] == ["c"]
    assert alice.ask("LIST", after="z") == answer("130", [], "", username="alice")
    whole = alice.ask("LIST", limit=3, details=True)
    assert [entry["chat_name"] for entry in whole["payload"]] == ["a", "b", "c"]
    assert whole["parameters"]["next"] == "c"


def test_a_list_that_does_not_fit_into_one_answer_comes_in_parts_unasked() -> None:
    with ServerUnderTest("[limits]\nsendq = 16384\n") as server:
        alice = groups(server, *[f"group {number:02}".ljust(60, "x") for number in range(99)])
        first = alice.ask("LIST", details=True)
        assert 5 < len(first["payload"]) < 99
        assert len(str(first["payload"]).encode()) <= 4096
        found = list(first["payload"])
        after = first["parameters"]["next"]
        while after:
            part = alice.ask("LIST", details=True, after=after)
            found += part["payload"]
            after = part["parameters"].get("next")
        names = [entry["chat_name"] for entry in found]
        assert len(names) == 99 and names == sorted(set(names))


def test_a_list_of_1_0_knows_no_parts_and_no_details(server: ServerUnderTest) -> None:
    alice = groups(server, "b", "a")
    alice.version = 1.0
    assert alice.ask("LIST", limit=1, after="a", details=True) == response("130", ["b", "a"], "", username="alice")
    assert alice.ask("LIST", limit="x", after=7, details="x")["response_code"] == "130"


@pytest.mark.parametrize(
    ("name", "value"), [("limit", 0), ("limit", 1001), ("limit", "5"), ("after", 1), ("details", 1)]
)
@pytest.mark.parametrize("verb", ["LIST", "WHOS"])
def test_parts_that_cannot_be_asked_for(server: ServerUnderTest, verb: str, name: str, value: Any) -> None:
    alice = groups(server, "study")
    refused = alice.ask(verb, chat_name="study", **{name: value})
    assert refused["response_code"] == "300"
    assert refused["payload"].startswith(f"parameters.{name}: ")


# --- WHOS, WHOI ----------------------------------------------------------------------------------------------------


def test_whos_with_details_tells_ranks_accounts_and_why_somebody_is_away(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    wren = server.irc("wren")
    wren.ask("JOIN #study", "AWAY :gone", "MODE wren +B")
    alice.sync()
    details = {"away_text": "", "bot": False}
    assert alice.ask("WHOS", chat_name="study", details=True)["payload"] == [
        {"username": "alice", "admin": True, "away": False, **details, "account": "alice", "ranks": "o"},
        {
            "username": "wren",
            "admin": False,
            "away": True,
            "away_text": "gone",
            "account": "",
            "ranks": "",
            "bot": True,
        },
    ]


def test_whos_comes_in_parts(server: ServerUnderTest) -> None:
    carol, *_ = group_of(server, "carol", "Bob", "alice")
    first = carol.ask("WHOS", chat_name="study", limit=2)
    assert [member["username"] for member in first["payload"]] == ["alice", "Bob"]
    assert first["parameters"] == {"username": "carol", "chat_name": "study", "next": "Bob"}
    rest = carol.ask("WHOS", chat_name="study", limit=2, after="Bob")
    assert [member["username"] for member in rest["payload"]] == ["carol"]
    assert "next" not in rest["parameters"]


def test_whoi_tells_about_somebody(server: ServerUnderTest) -> None:
    alice, _ = group_of(server, "alice", "bob")
    wren = server.irc("wren")
    wren.ask("JOIN #study,#hidden", "MODE #hidden +s", "AWAY :gone")
    alice.sync()
    found = alice.ask("WHOI", id=1, user="WREN")
    (about,) = found.pop("payload")
    assert found == {key: value for key, value in answer("133", id=1, username="alice").items() if key != "payload"}
    assert about.pop("idle") >= 0
    assert about.pop("signed_on").endswith("Z")
    assert about == {
        "username": "wren",
        "account": "",
        "realname": "wren the tester",
        "away": True,
        "away_text": "gone",
        "operator": False,
        "bot": False,
        "groups": ["study"],
        "server": "parley.test",
    }


def test_whoi_without_a_name_tells_about_oneself(server: ServerUnderTest) -> None:
    alice, _ = group_of(server, "alice", "bob")
    (about,) = alice.ask("WHOI")["payload"]
    assert (about["username"], about["account"], about["groups"]) == ("alice", "alice", ["study"])
    assert alice.ask("WHOI", user="nobody") == answer("300", "parameters.user: nobody is not here")


# --- AWAY ----------------------------------------------------------------------------------------------------------


def test_going_away_and_coming_back_is_told_in_each_shared_group(server: ServerUnderTest) -> None:
    alice, bob, carol = group_of(server, "alice", "bob", "carol")
    wren = server.irc("wren", "away-notify")
    wren.ask("JOIN #study")
    bob.sync()
    bob.ask("CHAT", chat_name="other")
    alice.ask_all("JOIN", chat_name="other")
    carol.version = 1.0
    for client in (alice, bob, carol):
        client.sync()
    assert alice.ask("AWAY", "at lunch", id=1) == answer("181", "at lunch", id=1, username="alice", away=True)
    told = [timeless(event) for event in bob.sync()]
    assert told == [
        answer("181", "at lunch", username="alice", chat_name=group, away=True) for group in ("study", "other")
    ]
    assert wren.sync() == [":alice!alice@127.0.0.1 AWAY :at lunch"]
    assert alice.ask("AWAY", "at lunch")["payload"] == "at lunch"
    assert bob.sync() == []  # nothing new
    assert alice.ask("AWAY") == answer("181", "", username="alice", away=False)
    assert [timeless(event)["parameters"]["away"] for event in bob.sync()] == [False, False]
    assert carol.sync() == []  # version 1.0 knows nobody who is away


def test_who_joins_while_away_is_shown_so(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    server.irc("wren").ask("AWAY :gone", "JOIN #study")
    joined, away = alice.sync()
    assert joined["response_code"] == "180"
    assert timeless(away) == answer("181", "gone", username="wren", chat_name="study", away=True)


def test_an_away_text_is_cut_to_its_limit(server: ServerUnderTest) -> None:
    alice = server.user("alice", 1.1)
    assert alice.ask("AWAY", "é" * 300)["payload"] == "é" * 195


# --- PSWD ----------------------------------------------------------------------------------------------------------


def test_a_new_password_holds_from_then_on_and_over_a_restart(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        alice = server.user("alice", 1.1)
        assert alice.ask("PSWD", id=1, password="secret", new_password="another") == answer("111", id=1)
        assert alice.ask("LIST")["response_code"] == "240"  # still logged in
    with ServerUnderTest(data=tmp_path) as server:
        client = server.json(1.1)
        assert client.ask("AUTH", username="alice", password="secret") == answer("200")
        assert client.ask("AUTH", username="alice", password="another") == answer("110")


def test_a_password_is_not_changed_without_the_old_one(server: ServerUnderTest) -> None:
    alice = server.user("alice", 1.1)
    assert alice.ask("PSWD", password="wrong", new_password="another") == answer("200")
    assert server.json(1.1).ask("AUTH", username="alice", password="another") == answer("200")
    assert server.json(1.1).ask("AUTH", username="alice", password="secret") == answer("110")


def test_new_passwords_that_will_not_do() -> None:
    with ServerUnderTest("[accounts]\npassword_characters = 6\n") as server:
        server.add_account("alice")
        alice = server.user("alice", 1.1)
        for new in ("short", "", "é" * 200, "x" * 301, None):
            refused = alice.ask("PSWD", password="secret", **({} if new is None else {"new_password": new}))
            assert refused["response_code"] == "300"
            assert refused["payload"].startswith("parameters.new_password: ")


def test_a_new_password_that_cannot_be_saved_does_not_hold(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = server.user("alice", 1.1)

    def fail() -> None:
        raise SaveFailed(server.data / "accounts.json", "the disk is full")

    monkeypatch.setattr(server.network.account_store, "flush", fail)
    refused = alice.ask("PSWD", password="secret", new_password="another")
    assert refused["payload"].startswith("Not done, it could not be saved: ")
    monkeypatch.undo()
    assert server.json(1.1).ask("AUTH", username="alice", password="secret") == answer("110")


# --- version 1.0 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["WHOI", "AWAY", "INVT", "PSWD", "RNAM", "SETT", "UNBN"])
def test_what_is_new_is_not_to_be_had_in_1_0(server: ServerUnderTest, verb: str) -> None:
    refusal = server.user("alice").ask(verb, chat_name="study", invited_user="bob")
    why = f"must be the number 1.1, because {verb} belongs to version 1.1 of the protocol"
    assert refusal == response("300", f"version: is not acceptable: {why}")
