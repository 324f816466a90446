"""The table of a connection's states: it is sound, and the dialects walk through it as it says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal import states
from terminal.dialects import DIALECTS, Identity
from terminal.states import TABLES, Machine, State, Table, Transition, check


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_has_a_sound_table(name: str) -> None:
    assert check(TABLES[name]) == []
    assert TABLES[name].states[0].name == states.OFFLINE
    assert [state.name for state in TABLES[name].states if state.ready]


def test_a_table_with_mistakes_is_told_what_is_wrong() -> None:
    table = Table(
        (State("a", "."), State("b", "."), State("c", ".")),
        (Transition("a", "go", "b"), Transition("a", "go", "a"), Transition("b", "go", "nowhere")),
    )
    assert check(table) == [
        "Transition(state='b', event='go', next='nowhere') names a state that there is not",
        "an event leads from one state to two",
        "c is never reached",
    ]


def test_an_event_that_leads_nowhere_changes_nothing() -> None:
    machine = Machine("irc")
    assert not machine.fire(states.WELCOME) and (machine.state, machine.last) == (states.OFFLINE, "")
    assert machine.fire(states.DIAL) and (machine.state, machine.last) == (states.DIALLING, "dial")
    assert ("handshake", states.SECURING) in machine.next_events()
    assert machine.allows("quit") and not machine.allows("join")


@given(st.sampled_from(sorted(TABLES)), st.lists(st.sampled_from(sorted(
    {row.event for table in TABLES.values() for row in table.transitions})), max_size=30))  # fmt: skip
def test_a_machine_goes_only_where_its_table_says(name: str, events: list[str]) -> None:
    machine = Machine(name)
    for event in events:
        before, possible = machine.state, dict(machine.next_events())
        assert machine.fire(event) is (event in possible)
        assert machine.state == possible.get(event, before)


def test_a_connection_of_its_own_begins_connected_and_one_that_is_given_is_not_touched() -> None:
    assert DIALECTS["irc"](Identity("bob")).machine.state == states.NEGOTIATING
    machine = Machine("json")
    dialect = DIALECTS["json"](Identity("bob"), machine)
    assert dialect.machine is machine and machine.state == states.OFFLINE and not dialect.ready


def test_irc_from_the_first_line_to_the_last() -> None:
    dialect = DIALECTS["irc"](Identity("bob", password="secret"))
    passed = [dialect.machine.state]
    for line in (
        ":s CAP * LS :sasl=PLAIN",
        ":s 433 * bob :in use",
        ":s CAP * ACK :sasl",
        "AUTHENTICATE +",
        ":s 903 * :done",
        ":s 001 bob_ :Welcome",
        "ERROR :Closing Link",
    ):
        dialect.receive(line)
        if passed[-1] != dialect.machine.state:
            passed.append(dialect.machine.state)
    assert passed == ["negotiating", "authenticating", "registering", "welcomed", "leaving"]
    assert not dialect.ready


def test_json_knows_the_last_group_that_is_left_from_the_others() -> None:
    dialect = DIALECTS["json"](Identity("bob"))

    def state_after(code: str, **parameters: str) -> str:
        body = {"version": 1.1, "response_code": code, "parameters": parameters, "channel": "CC", "payload": ""}
        dialect.receive(json.dumps(body))
        return dialect.machine.state

    assert state_after("110") == "authenticated"
    assert state_after("180", username="bob", chat_name="a") == "in a group"
    assert state_after("180", username="bob", chat_name="b") == "in a group"
    assert state_after("190", username="al", chat_name="b") == "in a group"
    assert state_after("190", username="bob", chat_name="b") == "in a group"
    assert state_after("192", kicked_user="bob", username="al", chat_name="a") == "authenticated"
    assert state_after("350") == "leaving"


def test_a_lab_connection_is_registered_or_turned_away() -> None:
    dialect = DIALECTS["lab"](Identity("bob"))
    dialect.receive(":s 436 bob :Nickname collision")
    assert (dialect.machine.state, dialect.machine.last) == ("registering", "nick taken")
    dialect.receive(":s 001 :Welcome")
    assert dialect.ready
    dialect.quit()
    assert (dialect.machine.state, dialect.machine.last) == ("leaving", "quit")
    alone = DIALECTS["lab"](Identity("bob", another_nick=False))
    alone.receive(":s 436 bob :Nickname collision")
    assert alone.machine.state == "leaving"
