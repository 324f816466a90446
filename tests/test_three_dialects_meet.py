"""All three dialects in one channel, and the exact bytes that each of them sees of what the others do there."""

from typing import Any

import pytest

from tests.harness import Client, IrcClient, JsonClient, LabClient, ServerUnderTest, response

HOST = "127.0.0.1"
CAROL, WREN, ROOK = f"carol!carol@{HOST}", f"wren!~wren@{HOST}", "rook!rook@pc1"
Heard = tuple[list[Any], list[str], list[str]]


class Meeting:
    """Carol in JSON, wren in modern and rook in lab IRC, all in one channel that one of them made."""

    def __init__(self, server: ServerUnderTest, first: str = "carol", version: float = 1.0) -> None:
        self.carol: JsonClient = server.user("carol", version)
        self.wren: IrcClient = server.irc("wren")
        self.rook: LabClient = server.lab("rook")
        for name in sorted(("carol", "wren", "rook"), key=lambda name: name != first):
            if name == "carol":
                self.carol.ask("CHAT" if first == "carol" else "JOIN", chat_name="study")
            else:
                (self.wren if name == "wren" else self.rook).ask("JOIN #study")
        self.heard()

    def heard(self) -> Heard:
        """What has come to carol, wren and rook."""
        return self.carol.sync(), self.wren.sync(), self.rook.sync()


def joined(name: str) -> dict[str, Any]:
    """180 of version 1.0."""
    return response("180", f"{name} has joined the group", username=name, chat_name="study")


def left(name: str) -> dict[str, Any]:
    """190 of version 1.0."""
    return response("190", f"{name} has left the chat room", "", username=name)


def said(name: str, text: str) -> dict[str, Any]:
    """140 of version 1.0."""
    return response("140", f"({name}) {text}", "DC")


# --- coming --------------------------------------------------------------------------------------------------------


def test_a_join_from_each_dialect(server: ServerUnderTest) -> None:
    meeting = Meeting(server)
    assert server.irc("jay").ask("JOIN #study") == [
        f":jay!~jay@{HOST} JOIN #study",
        ":parley.test 353 jay = #study :@carol wren rook jay",
        ":parley.test 366 jay #study :End of /NAMES list",
    ]
    assert meeting.heard() == ([joined("jay")], [f":jay!~jay@{HOST} JOIN #study"], [])
    assert server.lab("kite").ask("JOIN #study") == [":parley.test 331 #study :No topic is set"]
    assert meeting.heard() == ([joined("kite")], [":kite!kite@pc1 JOIN #study"], [])
    assert server.user("bob").ask("JOIN", chat_name="study") == joined("bob")
    assert meeting.heard() == ([joined("bob")], [f":bob!bob@{HOST} JOIN #study"], [])


# --- speaking ------------------------------------------------------------------------------------------------------


def test_a_message_from_each_dialect_reaches_the_other_two(server: ServerUnderTest) -> None:
    meeting = Meeting(server)
    assert meeting.wren.ask("PRIVMSG #study :from irc") == []
    assert meeting.heard() == ([said("wren", "from irc")], [], [":wren PRIVMSG #study :from irc"])
    assert meeting.rook.ask("PRIVMSG #study :from lab") == []
    assert meeting.heard() == ([said("rook", "from lab")], [f":{ROOK} PRIVMSG #study :from lab"], [])
    assert meeting.carol.ask("MSSG", "(carol) from json", chat_name="study") == said("carol", "from json")
    assert meeting.heard() == ([], [f":{CAROL} PRIVMSG #study :from json"], [":carol PRIVMSG #study :from json"])


def test_a_notice_and_ctcp(server: ServerUnderTest) -> None:
    meeting = Meeting(server)
    meeting.wren.ask("NOTICE #study :ding")
    assert meeting.heard() == ([said("wren", "ding")], [], [":wren PRIVMSG #study :ding"])
    meeting.wren.ask("PRIVMSG #study :\x01ACTION waves\x01")
    assert meeting.heard() == ([said("wren", "* waves")], [], [":wren PRIVMSG #study :\x01ACTION waves\x01"])
    meeting.wren.ask("PRIVMSG #study :\x01VERSION\x01")
    assert meeting.heard() == ([], [], [":wren PRIVMSG #study :\x01VERSION\x01"])
    meeting.rook.ask("PRIVMSG #study :\x01ACTION nods")
    assert meeting.heard() == ([said("rook", "* nods")], [f":{ROOK} PRIVMSG #study :\x01ACTION nods"], [])


# --- the topic -----------------------------------------------------------------------------------------------------


def test_a_topic_from_json(server: ServerUnderTest) -> None:
    meeting = Meeting(server, version=1.1)
    event = meeting.carol.ask("TOPC", chat_name="study", topic="Exam")
    assert (event["response_code"], event["payload"]) == ("150", "Exam")
    assert meeting.heard() == ([], [f":{CAROL} TOPIC #study :Exam"], [":carol TOPIC #study :Exam"])
    assert meeting.wren.ask("TOPIC #study :x") == [":parley.test 482 wren #study :You're not channel operator"]
    assert meeting.rook.ask("TOPIC #study :x") == [":parley.test 482 #study :You're not channel operator"]
    assert server.lab("jay").ask("JOIN #study") == [":parley.test 332 #study :Exam"]


def test_a_topic_from_modern_irc(server: ServerUnderTest) -> None:
    meeting = Meeting(server, first="wren")
    assert meeting.wren.ask("TOPIC #study :Exam") == [f":{WREN} TOPIC #study :Exam"]
    topic = response("150", "Exam", username="wren", chat_name="study")
    assert meeting.heard() == ([topic], [], [":wren TOPIC #study :Exam"])


def test_a_topic_from_lab_irc_and_one_that_is_cleared(server: ServerUnderTest) -> None:
    meeting = Meeting(server, first="rook")
    for text in ("Exam", ""):
        assert meeting.rook.ask(f"TOPIC #study :{text}") == [f":rook TOPIC #study :{text}"]
        topic = response("150", text, username="rook", chat_name="study")
        assert meeting.heard() == ([topic], [f":{ROOK} TOPIC #study :{text}"], [])


# --- kicking -------------------------------------------------------------------------------------------------------


def kicked(name: str) -> dict[str, Any]:
    """192 of version 1.0."""
    return response("192", f"{name} has been kicked from the group", kicked_user=name)


def test_a_kick_from_json(server: ServerUnderTest) -> None:
    meeting = Meeting(server)
    for victim in ("rook", "wren"):
        assert meeting.carol.ask("KICK", chat_name="study", kicked_user=victim) == kicked(victim)
    assert meeting.heard() == (
        [],
        [f":{CAROL} KICK #study rook :carol", f":{CAROL} KICK #study wren :carol"],
        [":carol KICK #study rook :carol"],
    )
    assert meeting.wren.ask("PART #study") == [":parley.test 442 wren #study :You're not on that channel"]


def test_a_kick_from_modern_irc(server: ServerUnderTest) -> None:
    meeting = Meeting(server, first="wren")
    assert meeting.wren.ask("KICK #study carol :be nice", "KICK #study rook") == [
        f":{WREN} KICK #study carol :be nice",
        f":{WREN} KICK #study rook :wren",
    ]
    assert meeting.heard() == (
        [kicked("carol")],
        [],
        [":wren KICK #study carol :be nice", ":wren KICK #study rook :wren"],
    )
    assert meeting.carol.ask("MSSG", "x", chat_name="study")["response_code"] == "320"
    assert meeting.carol.ask("JOIN", chat_name="study") == joined("carol")


def test_a_kick_from_lab_irc(server: ServerUnderTest) -> None:
    meeting = Meeting(server, first="rook")
    assert meeting.rook.ask("KICK #study carol :be nice", "KICK #study wren") == [
        ":rook KICK #study carol :be nice",
        ":rook KICK #study wren :rook",
    ]
    assert meeting.heard() == (
        [kicked("carol")],
        [f":{ROOK} KICK #study carol :be nice", f":{ROOK} KICK #study wren :rook"],
        [],
    )


# --- banning -------------------------------------------------------------------------------------------------------


def banned(name: str) -> dict[str, Any]:
    """191 of version 1.0."""
    return response("191", f"{name} has been banned from the group", banned_user=name)


def test_a_ban_from_json_on_somebody_without_an_account(server: ServerUnderTest) -> None:
    meeting = Meeting(server)
    assert meeting.carol.ask("BANN", chat_name="study", banned_user="rook") == banned("rook")
    assert meeting.heard() == (
        [],
        [f":{CAROL} MODE #study +b rook!*@*", f":{CAROL} KICK #study rook :banned"],
        [":carol KICK #study rook :banned"],
    )
    assert meeting.rook.ask("JOIN #study") == [":parley.test 474 #study :Cannot join channel (+b)"]


def test_a_ban_from_json_on_an_account(server: ServerUnderTest) -> None:
    bob = server.user("bob")
    meeting = Meeting(server)
    bob.ask("JOIN", chat_name="study")
    meeting.heard()
    assert meeting.carol.ask("BANN", chat_name="study", banned_user="bob") == banned("bob")
    assert meeting.heard() == (
        [],
        [f":{CAROL} MODE #study +b ~a:bob", f":{CAROL} KICK #study bob :banned"],
        [":carol KICK #study bob :banned"],
    )
    assert bob.sync() == [banned("bob")]


def test_a_ban_by_mode_is_told_in_json_and_lifted_in_silence(server: ServerUnderTest) -> None:
    meeting = Meeting(server, first="wren")
    wren, rook = meeting.wren, meeting.rook
    assert wren.ask("MODE #study +b rook") == [f":{WREN} MODE #study +b rook!*@*"]
    assert meeting.heard() == ([banned("rook")], [], [])
    assert rook.ask("PRIVMSG #study :x") == [":parley.test 404 #study :Cannot send to channel"]
    wren.ask("KICK #study rook")
    assert meeting.heard() == ([kicked("rook")], [], [":wren KICK #study rook :wren"])
    assert rook.ask("JOIN #study") == [":parley.test 474 #study :Cannot join channel (+b)"]
    assert wren.ask("MODE #study -b rook!*@*") == [f":{WREN} MODE #study -b rook!*@*"]
    assert rook.ask("JOIN #study") == [":parley.test 331 #study :No topic is set"]
    assert meeting.heard() == ([joined("rook")], [f":{ROOK} JOIN #study"], [])


def test_a_ban_by_mode_on_an_account_silences_and_keeps_its_json_user_out(server: ServerUnderTest) -> None:
    meeting = Meeting(server, first="wren")
    carol = meeting.carol
    assert meeting.wren.ask("MODE #study +b ~a:carol") == [f":{WREN} MODE #study +b ~a:carol"]
    assert meeting.heard() == ([banned("carol")], [], [])
    assert carol.ask("MSSG", "x", chat_name="study") == response("320", "You may not speak in the group study")
    carol.ask("LEVE", chat_name="study")
    assert carol.ask("JOIN", chat_name="study")["payload"] == "You are banned from joining this group"
    meeting.wren.ask("MODE #study -b $a:CAROL")
    assert carol.ask("JOIN", chat_name="study") == joined("carol")


def test_other_modes_are_nothing_to_json_and_lab_members(server: ServerUnderTest) -> None:
    meeting = Meeting(server, first="wren")
    meeting.wren.ask("MODE #study +mikl-t secret 9", "MODE #study +v rook", "MODE #study +e-e *!*@x.y *!*@x.y")
    assert meeting.heard() == ([], [], [])


# --- leaving -------------------------------------------------------------------------------------------------------


def test_a_part_from_each_dialect(server: ServerUnderTest) -> None:
    meeting = Meeting(server)
    jay, kite, bob = server.irc("jay"), server.lab("kite"), server.user("bob")
    for client in (jay, kite):
        client.ask("JOIN #study")
    bob.ask("JOIN", chat_name="study")
    meeting.heard()
    assert jay.ask("PART #study :bye")[-1] == f":jay!~jay@{HOST} PART #study :bye"
    assert meeting.heard() == ([left("jay")], [f":jay!~jay@{HOST} PART #study :bye"], [])
    kite.ask("PART #study")
    assert meeting.heard() == ([left("kite")], [":kite!kite@pc1 PART #study"], [])
    bob.ask_all("LEVE", chat_name="study")
    assert meeting.heard() == ([left("bob")], [f":bob!bob@{HOST} PART #study"], [])


@pytest.mark.parametrize("text", ["bye", ""])
def test_a_quit_from_each_dialect_is_told_to_lab_members_only_with_a_text(server: ServerUnderTest, text: str) -> None:
    meeting = Meeting(server)
    jay, kite, bob = server.irc("jay"), server.lab("kite"), server.user("bob", 1.1)
    for member in (jay, kite):
        member.ask("JOIN #study")
    bob.ask("JOIN", chat_name="study")
    meeting.heard()
    clients: list[tuple[Client, str]] = [(jay, f"jay!~jay@{HOST}"), (kite, "kite!kite@pc1"), (bob, f"bob!bob@{HOST}")]
    for client, source in clients:
        nick = source.partition("!")[0]
        if isinstance(client, JsonClient):
            client.request("QUIT", text)
        else:
            client.send(f"QUIT :{text}" if text else "QUIT")
        client.lines_until_closed()
        assert meeting.heard() == (
            [left(nick)],
            [f":{source} QUIT :Quit: {text}"],
            [f":{nick} QUIT :{text}"] if text else [],
        )


def test_a_quit_is_a_190_for_each_shared_group(server: ServerUnderTest) -> None:
    bob, jay = server.user("bob", 1.1), server.irc("jay")
    for group in ("one", "two", "three"):
        bob.ask("CHAT", chat_name=group)
    jay.ask("JOIN #one", "JOIN #three", "JOIN #elsewhere")
    bob.sync()
    jay.send("QUIT")
    jay.lines_until_closed()
    events = bob.sync()
    assert [(event["response_code"], event["parameters"]["chat_name"]) for event in events] == [
        ("190", "one"),
        ("190", "three"),
    ]


def test_a_nick_change_is_a_190_and_a_180_in_json(server: ServerUnderTest) -> None:
    meeting = Meeting(server)
    jay = server.irc("jay")
    jay.ask("JOIN #study")
    meeting.heard()
    assert meeting.wren.ask("NICK robin") == [f":{WREN} NICK robin"]
    assert meeting.heard() == ([left("wren"), joined("robin")], [], [])
    assert jay.sync() == [f":{WREN} NICK robin"]
    assert meeting.rook.ask("NAMES #study")[0] == ":parley.test 353 #study :carol robin rook jay"
