"""CSP 1.0 against a server: each command's exact objects, in success and failure, and who hears them."""

import pytest

from tests.harness import JsonClient, ServerUnderTest, response

CONNECTED = "state connected: AUTH or NWUA first; allowed are AUTH, NWUA, REDY"
AUTHENTICATED = "state authenticated: join a group first; allowed are LIST, CHAT, JOIN, REDY"
NO_ADMIN = "You are not the admin of this group"


def joined(name: str, group: str = "study") -> dict[str, object]:
    """180 of version 1.0."""
    return response("180", f"{name} has joined the group", username=name, chat_name=group)


def left(name: str) -> dict[str, object]:
    """190 of version 1.0."""
    return response("190", f"{name} has left the chat room", "", username=name)


def group_of(server: ServerUnderTest, *names: str) -> list[JsonClient]:
    """Clients that are all in the group `study`; the first is its admin."""
    clients = [server.user(name) for name in names]
    clients[0].ask("CHAT", chat_name="study")
    for client in clients[1:]:
        client.ask("JOIN", chat_name="study")
    for client in clients:
        client.sync()
    return clients


# --- REDY, NWUA, AUTH ----------------------------------------------------------------------------------------------


def test_redy_is_answered_in_every_state(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    for client in (server.json(), alice):
        client.request("REDY")
        assert client.object() == response("100", "Ready")


def test_a_new_account_logs_in_at_once_and_again_later(server: ServerUnderTest) -> None:
    first, second = server.json(), server.json()
    assert first.ask("NWUA", username="alice", password="secret") == response("110")
    assert second.ask("AUTH", username="Alice", password="secret") == response("110")
    for client in (first, second):
        assert client.ask("LIST") == response("240", "There are currently no groups", "", username="alice")


def test_a_name_that_is_taken_cannot_be_registered(server: ServerUnderTest) -> None:
    server.add_account("alice")
    server.irc("wren")
    client = server.json()
    for name in ("alice", "ALICE", "wren", "Wren"):
        assert client.ask("NWUA", username=name, password="other") == response("200", "", "")
    assert client.ask("NWUA", username="bob", password="other") == response("110")


@pytest.mark.parametrize("name", ["#alice", "-alice", "a b", "a.b", "a!b", "a@b", "a,b", "a*b", "", "x" * 65])
def test_a_name_that_the_schema_excludes_is_refused(server: ServerUnderTest, name: str) -> None:
    answer = server.json().ask("NWUA", username=name, password="secret")
    assert answer["payload"].startswith("parameters.username: is not acceptable: 1 to 32 characters ")
    assert answer == response("300", answer["payload"])


@pytest.mark.parametrize("name", ["x" * 33, "~alice", "a\u00a0b", "(alice)"])
def test_a_name_that_this_server_does_not_take_is_refused(server: ServerUnderTest, name: str) -> None:
    answer = server.json().ask("NWUA", username=name, password="secret")
    why = "1 to 32 characters; letters, digits and [ ] \\ ^ _ ` { | } -, but no hyphen in front"
    assert answer == response("200", f"parameters.username: {why}", "")


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(server: ServerUnderTest) -> None:
    server.add_account("alice")
    client = server.json()
    assert client.ask("AUTH", username="alice", password="wrong") == response("200")
    assert client.ask("AUTH", username="nobody", password="secret") == response("200")
    assert client.ask("AUTH", username="alice", password="secret") == response("110")


def test_who_is_logged_in_cannot_become_somebody_else(server: ServerUnderTest) -> None:
    server.add_account("bob")
    alice = server.user("alice")
    assert alice.ask("AUTH", username="alice", password="secret") == response("110")
    assert alice.ask("AUTH", username="alice", password="wrong") == response("200")
    why = 'state authenticated: you are logged in as "alice"'
    assert alice.ask("AUTH", username="bob", password="secret") == response("320", f"{why}; QUIT first")
    assert alice.ask("NWUA", username="carol", password="secret") == response("320", why)


def test_without_registration_only_the_operator_makes_accounts() -> None:
    with ServerUnderTest("[accounts]\nregistration = false\n") as server:
        assert server.json().ask("NWUA", username="alice", password="secret") == response(
            "320", "New accounts are made by the operator of this server only"
        )


# --- the state machine ---------------------------------------------------------------------------------------------

REQUESTS = {
    "LIST": {},
    "CHAT": {"chat_name": "other"},
    "JOIN": {"chat_name": "study"},
    "MSSG": {"chat_name": "study", "payload": "hi"},
    "LEVE": {"chat_name": "study"},
    "KICK": {"chat_name": "study", "kicked_user": "alice"},
    "BANN": {"chat_name": "study", "banned_user": "alice"},
}


def test_before_login_only_login_is_allowed(server: ServerUnderTest) -> None:
    client = server.json()
    for verb, parameters in REQUESTS.items():
        assert client.ask(verb, **parameters) == response("320", CONNECTED)


def test_outside_of_a_group_its_commands_are_not_allowed(server: ServerUnderTest) -> None:
    alice, _ = group_of(server, "alice", "bob")
    carol = server.user("carol")
    for verb in ("MSSG", "LEVE", "KICK", "BANN"):
        assert carol.ask(verb, **REQUESTS[verb]) == response("320", AUTHENTICATED)
    assert alice.sync() == []


@pytest.mark.parametrize("verb", [*REQUESTS])
def test_nobody_speaks_for_somebody_else(server: ServerUnderTest, verb: str) -> None:
    alice, bob = group_of(server, "alice", "bob")
    answer = bob.ask(verb, **REQUESTS[verb], username="alice")
    assert answer == response("300", 'parameters.username: must be your own, "bob"')
    assert alice.sync() == []


def test_the_own_name_may_be_left_out_or_spelt_otherwise(server: ServerUnderTest) -> None:
    alice = server.user("alice")
    for name in ("", "ALICE"):
        assert alice.ask("LIST", username=name)["response_code"] == "240"
    alice.send('{"version": 1.0, "command": "LIST", "parameters": {}}')
    assert alice.object()["response_code"] == "240"


# --- LIST, CHAT, JOIN, LEVE ----------------------------------------------------------------------------------------


def test_a_group_is_made_found_joined_and_left(server: ServerUnderTest) -> None:
    alice, bob = server.user("alice"), server.user("bob")
    assert alice.ask("CHAT", chat_name="study") == response("170", "", "")
    assert bob.ask("LIST") == response("130", ["study"], "", username="bob")
    assert bob.ask("JOIN", chat_name="Study") == joined("bob")
    assert alice.sync() == [joined("bob")]
    assert bob.ask("LEVE", chat_name="study") == left("bob")
    assert alice.sync() == [left("bob")]
    assert bob.ask("LEVE", chat_name="study") == response("320", AUTHENTICATED)


def test_a_group_stays_when_everybody_has_left(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    assert alice.ask("LEVE", chat_name="study") == left("alice")
    assert alice.ask("LIST") == response("130", ["study"], "", username="alice")
    assert alice.ask("CHAT", chat_name="STUDY") == response("230", "Group name already exists", "")
    assert alice.ask("JOIN", chat_name="study") == joined("alice")
    assert alice.ask("KICK", chat_name="study", kicked_user="alice") == response(
        "192", "alice has been kicked from the group", kicked_user="alice"
    )


def test_a_group_name_may_hold_spaces_and_any_script(server: ServerUnderTest) -> None:
    alice, bob = server.user("alice"), server.user("bob")
    for name in ("my own", "größe 漢", "#tag", "a.b!c*d"):
        assert alice.ask_all("CHAT", chat_name=name)[-1] == response("170", "", "")
        assert bob.ask_all("JOIN", chat_name=name)[-1] == joined("bob", name)
    assert bob.ask("LIST")["payload"] == ["my own", "größe 漢", "#tag", "a.b!c*d"]


@pytest.mark.parametrize("name", ["a,b", "a\x07b", "a\u2028b"])
def test_a_group_name_that_no_channel_can_have_is_refused(server: ServerUnderTest, name: str) -> None:
    assert server.user("alice").ask("CHAT", chat_name=name) == response(
        "230", "parameters.chat_name: 1 to 63 characters, without comma or control characters", ""
    )


def test_one_group_at_a_time(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    assert bob.ask_all("CHAT", chat_name="other") == [left("bob"), response("170", "", "")]
    assert alice.sync() == [left("bob")]
    assert bob.ask_all("JOIN", chat_name="study") == [left("bob"), joined("bob")]
    assert alice.sync() == [joined("bob")]


def test_a_join_that_fails_leaves_nothing(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    carol = server.user("carol")
    carol.ask("CHAT", chat_name="closed")
    carol.ask("BANN", chat_name="closed", banned_user="bob")
    assert bob.ask("JOIN", chat_name="closed") == response(
        "240", "You are banned from joining this group", username="bob", chat_name="closed"
    )
    assert bob.ask("JOIN", chat_name="none") == response(
        "240", "There is no group none; CHAT makes one", username="bob", chat_name="none"
    )
    assert bob.ask("CHAT", chat_name="closed") == response("230", "Group name already exists", "")
    assert alice.sync() == []
    assert bob.ask("MSSG", "still here", chat_name="study")["payload"] == "(bob) still here"


def test_joining_where_one_is_already_is_answered_and_told_to_nobody(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    assert bob.ask("JOIN", chat_name="study") == joined("bob")
    assert alice.sync() == []


def test_key_limit_and_invitation_are_reasons_not_to_get_in(server: ServerUnderTest) -> None:
    wren, bob = server.irc("wren"), server.user("bob")
    wren.ask("JOIN #room", "MODE #room +k sesame")

    def refusal(why: str) -> dict[str, object]:
        return response("240", why, username="bob", chat_name="room")

    needs_key = refusal("The group has a key; give it in parameters.key")
    assert bob.ask("JOIN", chat_name="room") == needs_key
    assert bob.ask("JOIN", chat_name="room", key="wrong") == needs_key
    wren.ask("MODE #room +l 1")
    assert bob.ask("JOIN", chat_name="room", key="sesame") == refusal("The group is full")
    wren.ask("MODE #room -l+i")
    assert bob.ask("JOIN", chat_name="room", key="sesame") == refusal("You need an invitation to join this group")
    wren.ask("MODE #room -i")
    assert bob.ask("JOIN", chat_name="room", key="sesame") == joined("bob", "room")


def test_leaving_a_group_that_is_not_there_or_not_ones_own(server: ServerUnderTest) -> None:
    _, bob = group_of(server, "alice", "bob")
    server.user("carol").ask("CHAT", chat_name="other")
    assert bob.ask("LEVE", chat_name="none") == response("300", "There is no group none; CHAT makes one")
    assert bob.ask("LEVE", chat_name="other") == response("320", "You are not in the group other")


# --- MSSG ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "delivered"),
    [
        ("hello", "(alice) hello"),
        ("(alice) hello", "(alice) hello"),
        ("(Alice) hello", "(alice) hello"),
        ("(bob) hi", "(alice) (bob) hi"),
        ("(alice) (bob) hi", "(alice) (bob) hi"),
        ("(alice)", "(alice) (alice)"),
        ("(alice)hello", "(alice) (alice)hello"),
        ("  spaces  ", "(alice)   spaces  "),
        ("é 漢 😀 \t\x02", "(alice) é 漢 😀 \t\x02"),
    ],
)
def test_a_message_reaches_all_members_with_its_true_sender(
    server: ServerUnderTest, written: str, delivered: str
) -> None:
    alice, bob = group_of(server, "alice", "bob")
    expected = response("140", delivered, "DC")
    assert alice.ask("MSSG", written, chat_name="study") == expected
    assert bob.sync() == [expected]


def test_messages_that_cannot_be_sent(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    server.user("carol").ask("CHAT", chat_name="other")
    for text in ("", "(bob) "):
        assert bob.ask("MSSG", text, chat_name="study") == response("300", "payload: there is no text to send")
    assert bob.ask("MSSG", "x" * 4097, chat_name="study") == response("300", "payload: has more than 4096 bytes")
    assert bob.ask("MSSG", "hi", chat_name="none") == response("300", "There is no group none; CHAT makes one")
    assert bob.ask("MSSG", "hi", chat_name="other") == response("320", "You are not in the group other")
    server.member("alice").ask("MODE #study +m")
    assert bob.ask("MSSG", "hi", chat_name="study") == response("320", "You may not speak in the group study")
    assert alice.sync() == []


# --- KICK, BANN ----------------------------------------------------------------------------------------------------


def test_a_kicked_member_is_told_and_may_come_back(server: ServerUnderTest) -> None:
    alice, bob, carol = group_of(server, "alice", "bob", "carol")
    notice = response("192", "bob has been kicked from the group", kicked_user="bob")
    assert alice.ask("KICK", chat_name="study", kicked_user="BOB") == notice
    assert [bob.sync(), carol.sync()] == [[notice], [notice]]
    assert bob.ask("MSSG", "hey", chat_name="study") == response("320", AUTHENTICATED)
    assert bob.ask("JOIN", chat_name="study") == joined("bob")


def test_a_banned_member_is_told_and_stays_out(server: ServerUnderTest) -> None:
    alice, bob, carol = group_of(server, "alice", "bob", "carol")
    notice = response("191", "bob has been banned from the group", banned_user="bob")
    assert alice.ask("BANN", chat_name="study", banned_user="bob") == notice
    assert [bob.sync(), carol.sync()] == [[notice], [notice]]
    assert bob.ask("JOIN", chat_name="study") == response(
        "240", "You are banned from joining this group", username="bob", chat_name="study"
    )


def test_somebody_who_is_not_there_can_be_banned(server: ServerUnderTest) -> None:
    server.add_account("wren")
    alice, bob = group_of(server, "alice", "bob")
    notice = response("191", "wren has been banned from the group", banned_user="wren")
    assert alice.ask("BANN", chat_name="study", banned_user="Wren") == notice
    assert bob.sync() == [notice]
    assert server.user("wren").ask("JOIN", chat_name="study")["response_code"] == "240"


@pytest.mark.parametrize(("verb", "who", "code"), [("KICK", "kicked_user", "260"), ("BANN", "banned_user", "250")])
def test_who_is_no_admin_or_names_nobody_removes_nobody(
    server: ServerUnderTest, verb: str, who: str, code: str
) -> None:
    alice, bob = group_of(server, "alice", "bob")
    carol = server.user("carol")
    carol.ask("CHAT", chat_name="other")

    def refusal(client: JsonClient, why: str) -> dict[str, object]:
        return response(code, why, username=client.name)

    assert bob.ask(verb, chat_name="study", **{who: "alice"}) == refusal(bob, NO_ADMIN)
    assert alice.ask(verb, chat_name="study", **{who: "nobody"}) == refusal(
        alice, f"parameters.{who}: nobody is not here"
    )
    assert alice.ask(verb, chat_name="none", **{who: "bob"}) == refusal(alice, "There is no group none; CHAT makes one")
    assert carol.ask(verb, chat_name="study", **{who: "bob"}) == refusal(carol, "You are not in the group study")
    assert bob.sync() == []


def test_kicking_somebody_of_another_group(server: ServerUnderTest) -> None:
    (alice,) = group_of(server, "alice")
    server.user("bob")
    assert alice.ask("KICK", chat_name="study", kicked_user="bob") == response(
        "260", "bob is not in the group study", username="alice"
    )


def test_an_admin_rules_also_from_outside_when_in_another_group(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    alice.ask_all("CHAT", chat_name="other")
    notice = response("192", "bob has been kicked from the group", kicked_user="bob")
    bob.sync()
    assert alice.ask("KICK", chat_name="study", kicked_user="bob") == notice
    assert bob.sync() == [notice]


# --- the end -------------------------------------------------------------------------------------------------------


def test_a_connection_that_ends_is_a_190_for_the_others(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    bob.close()
    assert alice.object() == left("bob")


def test_who_does_not_log_in_in_time_is_told_why_the_connection_ends(server: ServerUnderTest) -> None:
    client = server.json()
    client.sync()
    for session in server.network.sessions:
        session.connected_at -= 301  # ten times registration_seconds: passwords are typed by people
    server.look_after(0)
    assert client.object() == response("350", "Closing Link: 127.0.0.1 (Registration timed out)")
    assert client.lines_until_closed() == []


def test_a_server_that_stops_says_so() -> None:
    with ServerUnderTest() as server:
        (alice,) = group_of(server, "alice")
        server.server.stop()
        assert alice.object() == response("350", "Closing Link: 127.0.0.1 (The server is stopping)")
        assert alice.lines_until_closed() == []
