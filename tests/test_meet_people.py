"""Between people of different dialects: private messages, away, invitations, nicks, accounts with several sessions."""

from typing import Any

import pytest

from tests.harness import Client, IrcClient, JsonClient, ServerUnderTest, response, timeless

HOST = "127.0.0.1"


def private(sender: str, recipient: str, text: str) -> dict[str, Any]:
    """A private 140."""
    return response("140", f"({sender}) {text}", "DC", username=sender, recipient=recipient, chat_name="")


# --- private messages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", ["carol", "wren", "rook"])
@pytest.mark.parametrize("receiver", ["carol2", "wren2", "rook2"])
def test_a_private_message_in_every_direction(server: ServerUnderTest, sender: str, receiver: str) -> None:
    sources = {"carol": f"carol!carol@{HOST}", "wren": f"wren!~wren@{HOST}", "rook": "rook!rook@pc1"}
    clients: dict[str, Any] = {}
    for name in (sender, receiver):
        clients[name] = (
            server.irc(name) if name[0] == "w" else server.lab(name) if name[0] == "r" else server.user(name, 1.1)
        )
    if sender == "carol":
        echo = clients[sender].ask("MSSG", "(carol) psst", recipient=receiver.upper())
        assert timeless(echo) == {**private(sender, receiver, "psst"), "version": 1.1}
    else:
        assert clients[sender].ask(f"PRIVMSG {receiver.upper()} :psst") == []
    arrived = clients[receiver].sync()
    if receiver == "carol2":
        assert [timeless(event) for event in arrived] == [{**private(sender, receiver, "psst"), "version": 1.1}]
    elif receiver == "wren2":
        assert arrived == [f":{sources[sender]} PRIVMSG {receiver} :psst"]
    else:
        assert arrived == [f":{sender} PRIVMSG {receiver} :psst"]


def test_a_private_action_and_notice_in_version_1_0(server: ServerUnderTest) -> None:
    carol, wren = server.user("carol"), server.irc("wren")
    wren.ask("PRIVMSG carol :\x01ACTION waves\x01", "NOTICE carol :ding", "PRIVMSG carol :\x01PING 1\x01")
    assert carol.sync() == [private("wren", "carol", "* waves"), private("wren", "carol", "ding")]


# --- away, invitations ---------------------------------------------------------------------------------------------


def test_who_writes_to_somebody_away_is_told_in_irc_and_the_message_arrives(server: ServerUnderTest) -> None:
    wren, jay, rook, carol = server.irc("wren"), server.irc("jay"), server.lab("rook"), server.user("carol", 1.1)
    wren.ask("AWAY :at lunch")
    assert jay.ask("PRIVMSG wren :1") == [":parley.test 301 jay wren :at lunch"]
    assert rook.ask("PRIVMSG wren :2") == [":parley.test 301 wren :at lunch"]
    assert carol.ask("MSSG", "3", recipient="wren")["response_code"] == "140"
    assert wren.sync() == [
        f":jay!~jay@{HOST} PRIVMSG wren :1",
        ":rook!rook@pc1 PRIVMSG wren :2",
        f":carol!carol@{HOST} PRIVMSG wren :3",
    ]


def test_an_invitation_reaches_json_as_a_private_message_and_lets_everybody_in_once(server: ServerUnderTest) -> None:
    wren, carol, rook = server.irc("wren"), server.user("carol"), server.lab("rook")
    wren.ask("JOIN #study", "MODE #study +i")
    assert carol.ask("JOIN", chat_name="study")["payload"] == "You need an invitation to join this group"
    assert rook.ask("JOIN #study") == [":parley.test 473 #study :Cannot join channel (+i)"]
    assert wren.ask("INVITE carol #study", "INVITE rook #study") == [
        ":parley.test 341 wren carol #study",
        ":parley.test 341 wren rook #study",
    ]
    assert carol.sync() == [private("wren", "carol", "invites you to the group study")]
    assert rook.sync() == []
    assert carol.ask("JOIN", chat_name="study")["response_code"] == "180"
    assert rook.ask("JOIN #study", "PART #study", "JOIN #study") == [
        ":parley.test 331 #study :No topic is set",
        ":parley.test 473 #study :Cannot join channel (+i)",
    ]


# --- several sessions of one account -------------------------------------------------------------------------------


def two_sessions(server: ServerUnderTest) -> tuple[JsonClient, IrcClient]:
    """Alice in JSON, in the group study, and then in modern IRC."""
    first = server.user("alice")
    first.ask("CHAT", chat_name="study")
    return first, server.member("alice")


BURST = [
    f":alice!alice@{HOST} JOIN #study",
    ":parley.test 353 alice = #study :@alice",
    ":parley.test 366 alice #study :End of /NAMES list",
]


def test_a_second_session_finds_itself_where_its_user_is(server: ServerUnderTest) -> None:
    first, second = two_sessions(server)
    assert second.sync() == BURST
    assert first.sync() == []
    third = server.user("alice")
    assert third.welcome == [response("180", "alice has joined the group", username="alice", chat_name="study")]
    assert second.sync() == []


def test_the_burst_of_a_second_session_has_the_topic(server: ServerUnderTest) -> None:
    _, second = two_sessions(server)
    second.ask("TOPIC #study :Exam")
    third = server.member("alice").sync()
    assert third[:2] == [BURST[0], ":parley.test 332 alice #study :Exam"]
    assert third[2].startswith(":parley.test 333 alice #study alice ")
    assert third[3:] == BURST[1:]


def test_a_second_session_of_version_1_0_is_in_one_group_at_a_time_too(server: ServerUnderTest) -> None:
    first, bob = server.user("alice"), server.user("bob")
    first.ask("CHAT", chat_name="study")
    bob.ask("CHAT", chat_name="other")
    second = server.user("alice")
    left = response("190", "alice has left the chat room", "", username="alice")
    joined = response("180", "alice has joined the group", username="alice", chat_name="other")
    assert second.ask_all("JOIN", chat_name="other") == [left, joined]
    assert first.sync() == [left, joined]
    third = server.user("alice")
    assert third.welcome == [joined]
    assert third.ask_all("CHAT", chat_name="new") == [left, response("170", "", "")]


def test_who_joins_a_user_of_another_nick_sees_that_nick(server: ServerUnderTest) -> None:
    server.add_account("alice")
    irc = server.member("alice", nick="ally")
    irc.ask("JOIN #study")
    json = server.user("alice")
    assert json.welcome == [response("180", "ally has joined the group", username="ally", chat_name="study")]
    assert json.ask("MSSG", "(alice) hi", chat_name="study") == response("140", "(ally) hi", "DC")
    assert irc.sync() == [f":ally!~ally@{HOST} PRIVMSG #study :hi"]


def test_each_session_gets_each_message_once(server: ServerUnderTest) -> None:
    first, second = two_sessions(server)
    wren = server.irc("wren")
    wren.ask("JOIN #study")
    first.sync(), second.sync()
    wren.ask("PRIVMSG #study :to all", "PRIVMSG alice :to you")
    assert first.sync() == [response("140", "(wren) to all", "DC"), private("wren", "alice", "to you")]
    assert second.sync() == [f":wren!~wren@{HOST} PRIVMSG #study :to all", f":wren!~wren@{HOST} PRIVMSG alice :to you"]


def test_what_one_session_says_the_others_see(server: ServerUnderTest) -> None:
    first, second = two_sessions(server)
    wren, source = server.irc("wren"), f"alice!alice@{HOST}"
    wren.ask("JOIN #study")
    first.sync(), second.sync()
    assert second.ask("PRIVMSG #study :from irc", "PRIVMSG wren :psst") == []
    assert first.sync() == [response("140", "(alice) from irc", "DC"), private("alice", "wren", "psst")]
    assert first.ask("MSSG", "from json", chat_name="study") == response("140", "(alice) from json", "DC")
    assert second.sync() == [f":{source} PRIVMSG #study :from json"]
    assert wren.sync() == [
        f":{source} PRIVMSG #study :from irc",
        f":{source} PRIVMSG wren :psst",
        f":{source} PRIVMSG #study :from json",
    ]


def test_a_group_that_one_session_enters_or_leaves_all_do(server: ServerUnderTest) -> None:
    first, second = two_sessions(server)
    second.sync()
    left = response("190", "alice has left the chat room", "", username="alice")
    assert first.ask("LEVE", chat_name="study") == left
    assert second.sync() == [f":alice!alice@{HOST} PART #study"]
    assert first.ask("JOIN", chat_name="study")["response_code"] == "180"
    assert second.sync() == [BURST[0], ":parley.test MODE #study +o alice", *BURST[1:]]
    second.ask("JOIN #room", "PART #room")
    assert [event["response_code"] for event in first.sync()] == ["180", "190"]
    assert first.ask_all("CHAT", chat_name="other") == [left, response("170", "", "")]
    assert second.sync() == [
        f":alice!alice@{HOST} PART #study",
        f":alice!alice@{HOST} JOIN #other",
        ":parley.test MODE #other +o alice",
        ":parley.test 353 alice = #other :@alice",
        ":parley.test 366 alice #other :End of /NAMES list",
    ]


@pytest.mark.parametrize("json_first", [True, False])
def test_only_the_last_session_to_end_is_a_quit(server: ServerUnderTest, json_first: bool) -> None:
    first, second = two_sessions(server)
    wren = server.irc("wren")
    wren.ask("JOIN #study")
    first.sync(), second.sync()
    ordered: list[Client] = [first, second] if json_first else [second, first]
    ordered[0].close()
    ordered[1].close()
    assert wren.line() == f":alice!alice@{HOST} QUIT :Connection closed"
    assert wren.sync() == []


def test_a_session_that_quits_leaves_the_others_in_place(server: ServerUnderTest) -> None:
    first, second = two_sessions(server)
    wren = server.irc("wren")
    wren.ask("JOIN #study")
    second.send("QUIT :bye")
    second.lines_until_closed()
    assert wren.sync() == []
    first.sync()
    assert first.ask("MSSG", "still here", chat_name="study") == response("140", "(alice) still here", "DC")


def test_a_nick_change_reaches_every_session_of_the_user(server: ServerUnderTest) -> None:
    first, second = two_sessions(server)
    second.sync()
    assert second.ask("NICK ally") == [f":alice!alice@{HOST} NICK ally"]
    assert first.sync() == [
        response("190", "alice has left the chat room", "", username="alice"),
        response("180", "ally has joined the group", username="ally", chat_name="study"),
    ]
    # The account's name still is the JSON session's own, in parameters.username and in front of its texts.
    assert first.ask("MSSG", "(alice) hi", chat_name="study") == response("140", "(ally) hi", "DC")


# --- nicks that belong to accounts ---------------------------------------------------------------------------------


def test_nobody_takes_the_nick_of_an_account_whose_owner_is_away(server: ServerUnderTest) -> None:
    server.add_account("alice")
    guest = server.irc("wren")
    why = "Nickname belongs to an account; log in to it to use it"
    assert guest.ask("NICK alice", "NICK Alice") == [
        f":parley.test 433 wren alice :{why}",
        f":parley.test 433 wren Alice :{why}",
    ]
    assert server.connect().ask("NICK alice", "USER a 0 * :a") == [f":parley.test 433 * alice :{why}"]
    assert server.json().ask("NWUA", username="alice", password="other") == response("200", "", "")
    owner = server.member("alice")
    assert f":parley.test 001 alice :Welcome to the Parley Network, alice!~alice@{HOST}" in owner.welcome


def test_the_owner_who_comes_gets_the_name_back_from_a_guest() -> None:
    with ServerUnderTest("[accounts]\nprotect_nicks = false\n") as server:
        server.add_account("alice")
        friend = server.irc("wren")
        friend.ask("JOIN #room")
        guest = server.irc("alice")
        guest.ask("JOIN #room")
        friend.sync()
        assert server.user("alice").ask("LIST")["payload"] == ["room"]
        renamed = f":alice!~alice@{HOST} NICK Guest1"
        notice = (
            ":parley.test NOTICE alice :The nick alice belongs to an account whose owner has come; you are Guest1 now"
        )
        assert guest.sync() == [notice, renamed]
        assert friend.sync() == [renamed]
        assert friend.ask("USERHOST alice Guest1") == [
            f":parley.test 302 wren :alice=+alice@{HOST} Guest1=+~alice@{HOST}"
        ]


def test_the_owner_reclaims_the_nick_by_sasl_as_well() -> None:
    with ServerUnderTest("[accounts]\nprotect_nicks = false\n") as server:
        server.add_account("alice")
        guest = server.lab("alice")
        owner = server.member("alice")
        assert f":parley.test 001 alice :Welcome to the Parley Network, alice!~alice@{HOST}" in owner.welcome
        assert guest.sync() == [
            ":parley.test NOTICE alice :The nick alice belongs to an account whose owner has come; you are Guest1 now"
        ]
        assert owner.ask("ISON alice Guest1") == [":parley.test 303 alice :alice Guest1"]
