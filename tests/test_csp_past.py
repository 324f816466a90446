"""CSP 1.1 against a server: history of groups and talks, searching, read markers, taking messages back."""

from pathlib import Path
from typing import Any

import pytest

from tests.groups import answer, group_of
from tests.harness import JsonClient, ServerUnderTest, bare, timeless


def said(client: JsonClient, *texts: str, **where: str) -> list[dict[str, Any]]:
    """What the client gets back when it says these."""
    return [client.ask("MSSG", text, **where) for text in texts]


def payloads(found: dict[str, Any]) -> list[str]:
    return [message["payload"] for message in found["payload"]]


# --- HIST ----------------------------------------------------------------------------------------------------------


def test_history_before_and_after_a_message_or_a_time(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    messages = said(alice, *"12345", chat_name="study")
    ids = [message["parameters"]["msgid"] for message in messages]

    def asked(**parameters: Any) -> list[str]:
        return payloads(alice.ask("HIST", chat_name="study", **parameters))

    assert asked(before=ids[3]) == ["(alice) 1", "(alice) 2", "(alice) 3"]
    assert asked(before=ids[3], limit=2) == ["(alice) 2", "(alice) 3"]
    assert asked(after=ids[1]) == ["(alice) 3", "(alice) 4", "(alice) 5"]
    assert asked(after=ids[1], limit=1) == ["(alice) 3"]
    assert asked(after=ids[0], before=ids[4]) == ["(alice) 2", "(alice) 3", "(alice) 4"]
    assert asked(after=ids[0], before=ids[4], limit=1) == ["(alice) 2"]
    assert asked(before="2001-01-01T00:00:00Z") == []
    assert asked(after="2001-01-01T00:00:00.000Z", limit=2) == ["(alice) 1", "(alice) 2"]
    assert asked(after=messages[4]["parameters"]["time"]) == []
    assert alice.ask("HIST", chat_name="study", before="nonsense", after=ids[0]) == answer(
        "300", "parameters.before: there is no such message here"
    )
    assert alice.ask("HIST", chat_name="study", after="nonsense") == answer(
        "300", "parameters.after: there is no such message here"
    )


def test_what_is_not_for_people_does_not_end_a_history_early(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    wren = server.irc("wren")
    wren.ask("JOIN #study", "PRIVMSG #study :one", *["PRIVMSG #study :\x01PING 1\x01"] * 7, "PRIVMSG #study :two")
    first = alice.sync()[1]
    for limit in (1, 2, 3, 5):
        assert payloads(alice.ask("HIST", chat_name="study", limit=limit)) == ["(wren) one", "(wren) two"][-limit:]
        after = alice.ask("HIST", chat_name="study", limit=limit, after=first["parameters"]["msgid"])
        assert payloads(after) == ["(wren) two"]


def test_the_history_of_a_talk_is_for_its_two(server: ServerUnderTest) -> None:
    alice, bob, carol = (server.user(name, 1.1) for name in ("alice", "bob", "carol"))
    messages = said(alice, "one", recipient="bob")
    bob.sync()
    messages += said(bob, "two", recipient="alice")
    alice.sync()
    found = alice.ask("HIST", id=1, recipient="BOB")
    assert found == answer("160", messages, id=1, username="alice", chat_name="", recipient="bob")
    assert bob.ask("HIST", recipient="alice", limit=1)["payload"] == messages[1:]
    assert carol.ask("HIST", recipient="alice")["payload"] == []
    assert carol.ask("HIST", recipient="nobody") == answer("300", "parameters.recipient: nobody is not here")


def test_the_history_of_a_talk_is_there_when_the_other_is_not(server: ServerUnderTest) -> None:
    alice, bob = (server.user(name, 1.1) for name in ("alice", "bob"))
    messages = said(alice, "one", recipient="bob")
    bob.quit()
    assert alice.ask("HIST", recipient="bob")["payload"] == messages


def test_the_history_survives_a_restart(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        (alice,) = group_of(server, "alice")
        messages = said(alice, "one", "two", chat_name="study")
    with ServerUnderTest(data=tmp_path) as server:
        alice = server.user("alice", 1.1)
        alice.ask("JOIN", chat_name="study")
        assert alice.ask("HIST", chat_name="study")["payload"] == messages


def test_histories_that_cannot_be_asked_for(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    for parameters, where in (
        ({}, "parameters.chat_name"),
        ({"chat_name": "study", "recipient": "bob"}, "parameters.chat_name"),
        ({"chat_name": "study", "before": ""}, "parameters.before"),
        ({"chat_name": "study", "after": 7}, "parameters.after"),
    ):
        refused = alice.ask("HIST", **parameters)
        assert refused["response_code"] == "300" and refused["payload"].startswith(f"{where}: "), refused


# --- SRCH ----------------------------------------------------------------------------------------------------------


def test_a_search_in_a_group_a_talk_and_everywhere(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    alice.ask("CHAT", chat_name="other")
    (one,) = said(alice, "Exam on Friday", chat_name="study")
    (two,) = said(alice, "no exams here", chat_name="other")
    (three,) = said(alice, "the EXAM, private", recipient="bob")
    said(alice, "nothing", chat_name="study")
    bob.sync()
    assert alice.ask("SRCH", "exam", id=1) == answer("161", [one, two, three], id=1, username="alice", chat_name="")
    assert bob.ask("SRCH", "exam")["payload"] == [one, three]
    assert alice.ask("SRCH", "exam", chat_name="other") == answer("161", [two], username="alice", chat_name="other")
    talk = alice.ask("SRCH", "exam", recipient="bob")
    assert talk == answer("161", [three], username="alice", chat_name="", recipient="bob")
    assert alice.ask("SRCH", "friday exam")["payload"] == [one]
    assert alice.ask("SRCH", "exam", limit=1)["payload"] == [three]
    assert alice.ask("SRCH", "zebra")["payload"] == []


def test_a_search_for_what_somebody_said(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    (one,) = said(alice, "hello", chat_name="study")
    bob.sync()
    (two,) = said(bob, "hello", chat_name="study")
    alice.sync()
    assert alice.ask("SRCH", "hello", author="Bob")["payload"] == [two]
    assert alice.ask("SRCH", author="alice")["payload"] == [one]
    time = two["parameters"]["time"]
    assert alice.ask("SRCH", "hello", after=time)["payload"] == []
    assert alice.ask("SRCH", "hello", before="2001-01-01T00:00:00Z")["payload"] == []


def test_searches_that_cannot_be_made(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    carol = server.user("carol", 1.1)
    assert alice.ask("SRCH") == answer("300", "payload: there is nothing to search for")
    assert alice.ask("SRCH", "  ") == answer("300", "payload: there is nothing to search for")
    assert alice.ask("SRCH", "x", before="yesterday")["payload"].startswith("parameters.before: ")
    assert alice.ask("SRCH", "x", chat_name="study", recipient="carol")["response_code"] == "300"
    assert carol.ask("SRCH", "x", chat_name="study") == answer("320", "You are not in the group study")
    assert carol.ask("SRCH", "x")["payload"] == []
    assert alice.ask("SRCH", '"* OR NEAR( ^ -')["response_code"] == "161"


# --- MARK ----------------------------------------------------------------------------------------------------------


def test_a_read_marker_is_for_all_sessions_of_one_user(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    other = server.user("alice", 1.1)
    old, mine = server.user("alice"), server.member("alice", "draft/read-marker")
    (message,) = said(bob, "hello", chat_name="study")
    for client in (alice, other, old, mine):
        client.sync()
    time = message["parameters"]["time"]
    where = {"username": "alice", "chat_name": "study"}
    assert alice.ask("MARK", chat_name="study") == answer("162", **where, read_until="")
    assert alice.ask("MARK", id=1, chat_name="study", read_until=time) == answer("162", id=1, **where, read_until=time)
    assert other.sync() == [answer("162", **where, read_until=time)]
    assert mine.sync() == [f":parley.test MARKREAD #study timestamp={time}"]
    assert old.sync() == bob.sync() == []
    assert alice.ask("MARK", chat_name="study", read_until="2001-01-01T00:00:00Z")["parameters"]["read_until"] == time
    assert other.sync() == []
    assert bob.ask("MARK", chat_name="study")["parameters"]["read_until"] == ""


def test_a_read_marker_of_irc_is_seen_in_json(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    mine = server.member("alice", "draft/read-marker")
    mine.ask("MARKREAD #study timestamp=2024-05-01T12:00:00.000Z")
    marker = answer("162", username="alice", chat_name="study", read_until="2024-05-01T12:00:00.000Z")
    assert alice.sync()[-1] == marker
    assert alice.ask("MARK", chat_name="study") == marker


def test_a_read_marker_of_a_talk(server: ServerUnderTest) -> None:
    alice, _ = server.user("alice", 1.1), server.user("bob", 1.1)
    time = "2024-05-01T12:00:00.000Z"
    marker = answer("162", username="alice", chat_name="", recipient="bob", read_until=time)
    assert alice.ask("MARK", recipient="bob", read_until=time) == marker
    assert alice.ask("MARK", recipient="BOB") == marker
    assert alice.ask("MARK", recipient="nobody")["response_code"] == "300"
    assert alice.ask("MARK", recipient="bob", read_until="soon")["payload"].startswith("parameters.read_until: ")


# --- DELE ----------------------------------------------------------------------------------------------------------


def msgid(message: dict[str, Any]) -> str:
    found: str = message["parameters"]["msgid"]
    return found


def test_a_message_that_is_taken_back_is_gone_for_everybody(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    old, wren, rook = (
        server.user("carol"),
        server.irc("wren", "draft/message-redaction", "message-tags"),
        server.irc("rook"),
    )
    old.ask("JOIN", chat_name="study")
    wren.ask("JOIN #study")
    rook.ask("JOIN #study")
    bob.sync()
    one, two = said(bob, "one", "two", chat_name="study")
    for client in (alice, old, wren, rook):
        client.sync()
    taken = bob.ask("DELE", "oops", id=1, chat_name="study", msgid=msgid(one))
    where = {"username": "bob", "chat_name": "study", "redacted": msgid(one)}
    assert timeless(taken) == answer("141", "oops", "DC", 1, **where)
    assert [timeless(event) for event in alice.sync()] == [answer("141", "oops", "DC", **where)]
    assert bare(wren.sync()) == [f":bob!bob@127.0.0.1 REDACT #study {msgid(one)} :oops"]
    assert old.sync() == rook.sync() == []
    assert alice.ask("HIST", chat_name="study")["payload"] == [two]
    assert alice.ask("SRCH", "one")["payload"] == []


def test_a_private_message_is_taken_back(server: ServerUnderTest) -> None:
    alice, bob = server.user("alice", 1.1), server.user("bob", 1.1)
    (one,) = said(alice, "one", recipient="bob")
    bob.sync()
    taken = alice.ask("DELE", recipient="bob", msgid=msgid(one))
    where = {"username": "alice", "chat_name": "", "recipient": "bob", "redacted": msgid(one)}
    assert timeless(taken) == answer("141", "", "DC", **where)
    assert [timeless(event) for event in bob.sync()] == [answer("141", "", "DC", **where)]
    assert bob.ask("HIST", recipient="alice")["payload"] == []


def test_admins_take_back_what_others_said_and_others_do_not(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    (one,) = said(alice, "one", chat_name="study")
    bob.sync()
    (two,) = said(bob, "two", chat_name="study")
    alice.sync()
    assert bob.ask("DELE", chat_name="study", msgid=msgid(one)) == answer(
        "320", "Only who said it, or an admin of the group, takes a message back"
    )
    assert alice.ask("DELE", chat_name="study", msgid=msgid(two))["response_code"] == "141"
    gone = answer("300", "parameters.msgid: there is no such message here")
    assert alice.ask("DELE", chat_name="study", msgid="nonsense") == gone
    carol = server.user("carol", 1.1)
    assert carol.ask("DELE", chat_name="study", msgid=msgid(one)) == answer("320", "You are not in the group study")


def test_a_redaction_of_irc_is_seen_in_json(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    bob.version = 1.0
    bob.sync()
    wren = server.irc("wren", "draft/message-redaction", "message-tags")
    wren.ask("JOIN #study", "PRIVMSG #study :one")
    one = alice.sync()[-1]
    bob.sync()
    wren.ask(f"REDACT #study {msgid(one)}")
    where = {"username": "wren", "chat_name": "study", "redacted": msgid(one)}
    assert [timeless(event) for event in alice.sync()] == [answer("141", "", "DC", **where)]
    assert bob.sync() == []


@pytest.mark.parametrize("verb", ["HIST", "SRCH", "MARK", "DELE"])
def test_the_past_is_not_to_be_had_in_1_0(server: ServerUnderTest, verb: str) -> None:
    assert server.user("alice").ask(verb, "x", chat_name="study")["response_code"] == "300"
