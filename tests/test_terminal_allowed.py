"""What a state of the connection does not allow is refused before anything is sent, by the table that F3 draws."""

import json

import pytest

from terminal import states
from terminal.commands import COMMANDS, registry
from terminal.sessions.session import Session
from tests.terminal_core import Core, FakeConnection, a_client, texts

POSSIBLE = "join, create, list, names, whois, say to a user, away, history, search, password and quit are."


def in_no_group(core: Core) -> tuple[Session, FakeConnection]:
    """Logged in to a JSON server."""
    session = core.session(dialect="json")
    session.connect()
    peer = core.network.connection
    peer.accept()
    answer(peer, "110", "")
    core.pass_time(20)
    peer.take()
    return session, peer


def answer(peer: FakeConnection, code: str, payload: str, **parameters: str) -> None:
    body = {"version": 1.1, "response_code": code, "parameters": parameters, "channel": "CC", "payload": payload}
    peer.feed(json.dumps(body), end="\n")


@pytest.mark.parametrize(
    ("typed", "action"),
    [("hello", "say"), ("/topic", "topic"), ("/part study", "part"), ("/kick wren", "kick"), ("/msg #study x", "say")],
)
def test_in_no_group_what_needs_one_is_not_sent_and_it_is_told_what_is_possible(typed: str, action: str) -> None:
    core = a_client()
    session, peer = in_no_group(core)
    core.type(typed)
    assert texts(session.window)[-1] == f"You are in no group: {action} is not possible now, but {POSSIBLE}"
    assert peer.take() == []


def test_in_no_group_one_person_can_be_told_something() -> None:
    core = a_client()
    _, peer = in_no_group(core)
    core.type("/msg wren hello", "/query wren", "and here", "/me waves")
    core.pass_time(20)
    sent = [json.loads(line) for line in peer.take()]
    assert [one["parameters"]["recipient"] for one in sent if one["command"] == "MSSG"] == ["wren", "wren", "wren"]


def test_in_a_group_the_same_is_sent() -> None:
    core = a_client()
    session, peer = in_no_group(core)
    session.router.show_when_joined("#study")
    answer(peer, "180", "", username="alice", chat_name="study")
    core.pass_time(20)
    peer.take()
    core.type("hello", "/topic")
    core.pass_time(20)
    assert [json.loads(line)["command"] for line in peer.take()][-2:] == ["MSSG", "TOPC"]


def test_what_a_dialect_never_has_it_refuses_itself() -> None:
    core = a_client()
    session, _ = in_no_group(core)
    core.type("/oper ada secret")
    assert texts(session.window)[-1] == "The JSON dialect has no /oper."


def test_before_the_welcome_the_connection_is_spoken_of() -> None:
    core = a_client()
    session = core.session()
    session.connect()
    core.network.connection.accept()
    core.type("/join #study")
    assert texts(session.window)[-1].startswith("The server has not welcomed us yet.")


def test_commands_and_states_name_the_same_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.check_actions() == []
    monkeypatch.delitem(COMMANDS, "/knock")
    monkeypatch.setattr(states, "BY_ITSELF", ())
    assert registry.check_actions() == ["no command does knock", "no command does register"]
    monkeypatch.setattr(states, "TABLES", {})
    assert "no state allows join, which a command does" in registry.check_actions()
