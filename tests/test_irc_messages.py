"""PRIVMSG and NOTICE of modern IRC: where they go, what comes back, and the exact lines."""

import pytest

from tests.harness import IrcClient, ServerUnderTest

OPERATOR = '[[operator]]\nname = "root"\npassword = "rootpass"\n'
ALICE = "alice!~alice@127.0.0.1"


def pair(server: ServerUnderTest) -> tuple[IrcClient, IrcClient]:
    """Alice and bob, in no channel."""
    return server.irc("alice"), server.irc("bob")


def on_channel(server: ServerUnderTest, *nicks: str) -> list[IrcClient]:
    """Clients that are all on #room, the first as its operator."""
    clients = [server.irc(nick) for nick in nicks]
    for client in clients:
        client.ask("JOIN #room")
    for client in clients:
        client.sync()
    return clients


# --- delivery ------------------------------------------------------------------------------------------------------


def test_a_private_message_reaches_its_target_alone(server: ServerUnderTest) -> None:
    alice, bob = pair(server)
    carol = server.irc("carol")
    assert alice.ask("PRIVMSG bob :hello there") == []
    assert bob.sync() == [f":{ALICE} PRIVMSG bob :hello there"]
    assert carol.sync() == []


def test_a_channel_message_reaches_all_members_but_the_sender(server: ServerUnderTest) -> None:
    alice, bob, carol = on_channel(server, "alice", "bob", "carol")
    outsider = server.irc("wren")
    assert alice.ask("PRIVMSG #room :hello all") == []
    for member in (bob, carol):
        assert member.sync() == [f":{ALICE} PRIVMSG #room :hello all"]
    assert outsider.sync() == []


def test_targets_are_delivered_in_their_own_spelling(server: ServerUnderTest) -> None:
    alice, bob = on_channel(server, "alice", "Bob")
    alice.ask("PRIVMSG BOB :one", "PRIVMSG #ROOM :two")
    assert bob.sync() == [f":{ALICE} PRIVMSG Bob :one", f":{ALICE} PRIVMSG #room :two"]


def test_several_targets_are_each_served_or_refused(server: ServerUnderTest) -> None:
    alice, bob = on_channel(server, "alice", "bob")
    assert alice.ask("PRIVMSG bob,nobody,#room,#none :hi") == [
        ":parley.test 401 alice nobody :No such nick/channel",
        ":parley.test 403 alice #none :No such channel",
    ]
    assert bob.sync() == [f":{ALICE} PRIVMSG bob :hi", f":{ALICE} PRIVMSG #room :hi"]


def test_a_target_named_twice_is_served_once(server: ServerUnderTest) -> None:
    alice, bob = pair(server)
    alice.ask("PRIVMSG bob,bob,,bob :hi", "PRIVMSG bob,BOB :again")
    assert bob.sync() == [f":{ALICE} PRIVMSG bob :hi", f":{ALICE} PRIVMSG bob :again"]


def test_more_targets_than_allowed_are_refused_from_the_ninth_on(server: ServerUnderTest) -> None:
    alice, bob = pair(server)
    targets = ",".join(["bob", *(f"no{number}" for number in range(1, 8)), "alice", "carol"])
    refused = [f":parley.test 401 alice no{number} :No such nick/channel" for number in range(1, 8)]
    assert alice.ask(f"PRIVMSG {targets} :hi") == [*refused, ":parley.test 407 alice alice :Too many recipients"]
    assert bob.sync() == [f":{ALICE} PRIVMSG bob :hi"]


def test_a_message_to_oneself_comes_back(server: ServerUnderTest) -> None:
    alice = server.irc("alice")
    assert alice.ask("PRIVMSG alice :note to self") == [f":{ALICE} PRIVMSG alice :note to self"]


def test_a_notice_is_delivered_like_a_message(server: ServerUnderTest) -> None:
    alice, bob = on_channel(server, "alice", "bob")
    assert alice.ask("NOTICE bob :psst", "NOTICE #room :all of you") == []
    assert bob.sync() == [f":{ALICE} NOTICE bob :psst", f":{ALICE} NOTICE #room :all of you"]


def test_a_message_to_the_operators_of_a_channel_reaches_them_only(server: ServerUnderTest) -> None:
    alice, bob, carol = on_channel(server, "alice", "bob", "carol")
    alice.ask("MODE #room +v carol")
    assert [client.sync() for client in (bob, carol)] == [[f":{ALICE} MODE #room +v carol"]] * 2
    bob.ask("PRIVMSG @#room :help", "PRIVMSG +#room :hear, hear")
    source = ":bob!~bob@127.0.0.1"
    assert alice.sync() == [f"{source} PRIVMSG @#room :help", f"{source} PRIVMSG +#room :hear, hear"]
    assert carol.sync() == [f"{source} PRIVMSG +#room :hear, hear"]


@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE"])
@pytest.mark.parametrize(
    "text", ["\x01ACTION waves\x01", "\x01PING 12 34\x01", "\x01VERSION\x01", "\x01ACTION unfinished"]
)
def test_ctcp_passes_as_it_is(server: ServerUnderTest, verb: str, text: str) -> None:
    alice, bob = on_channel(server, "alice", "bob")
    assert alice.ask(f"{verb} bob :{text}", f"{verb} #room :{text}") == []
    assert bob.sync() == [f":{ALICE} {verb} bob :{text}", f":{ALICE} {verb} #room :{text}"]


def test_texts_keep_spaces_colons_and_formatting(server: ServerUnderTest) -> None:
    alice, bob = pair(server)
    alice.ask("PRIVMSG bob ::-) ", "PRIVMSG bob word", "PRIVMSG bob :  \x02bold\x02 \x0304,01red\x0f é 漢 ")
    assert bob.sync() == [
        f":{ALICE} PRIVMSG bob ::-) ",
        f":{ALICE} PRIVMSG bob :word",
        f":{ALICE} PRIVMSG bob :  \x02bold\x02 \x0304,01red\x0f é 漢 ",
    ]


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("PRIVMSG", "411 alice :No recipient given (PRIVMSG)"),
        ("PRIVMSG , :hi", "411 alice :No recipient given (PRIVMSG)"),
        ("PRIVMSG bob", "412 alice :No text to send"),
        ("PRIVMSG bob :", "412 alice :No text to send"),
        ("PRIVMSG nobody :hi", "401 alice nobody :No such nick/channel"),
        ("PRIVMSG #none :hi", "403 alice #none :No such channel"),
        ("PRIVMSG @#none :hi", "403 alice #none :No such channel"),
        ("PRIVMSG #bobs :hi", "404 alice #bobs :Cannot send to channel"),
        ("PRIVMSG @#bobs :hi", "404 alice #bobs :Cannot send to channel"),
        ("PRIVMSG $parley.test :hi", "481 alice :Permission Denied- You're not an IRC operator"),
    ],
)
def test_a_message_is_refused(server: ServerUnderTest, line: str, answer: str) -> None:
    alice, bob = pair(server)
    bob.ask("JOIN #bobs")
    assert alice.ask(line) == [f":parley.test {answer}"]
    assert alice.ask(line.replace("PRIVMSG", "NOTICE")) == []
    assert bob.sync() == []


def test_without_n_outsiders_may_speak(server: ServerUnderTest) -> None:
    alice, bob = pair(server)
    bob.ask("JOIN #open", "MODE #open -n")
    assert alice.ask("PRIVMSG #open :knock") == []
    assert bob.sync() == [f":{ALICE} PRIVMSG #open :knock"]


def test_under_m_only_the_voiced_and_operators_speak(server: ServerUnderTest) -> None:
    alice, bob, carol = on_channel(server, "alice", "bob", "carol")
    alice.ask("MODE #room +mv bob")
    carol.sync()
    assert bob.ask("PRIVMSG #room :yes")[1:] == []
    assert carol.ask("PRIVMSG #room :no") == [
        ":bob!~bob@127.0.0.1 PRIVMSG #room :yes",
        ":parley.test 404 carol #room :Cannot send to channel",
    ]
    assert alice.sync() == [":bob!~bob@127.0.0.1 PRIVMSG #room :yes"]


def test_a_banned_member_without_rank_is_silent_until_the_ban_is_gone(server: ServerUnderTest) -> None:
    alice, bob = on_channel(server, "alice", "bob")
    refusal = [":parley.test 404 bob #room :Cannot send to channel"]
    alice.ask("MODE #room +b bob")
    bob.sync()
    assert bob.ask("PRIVMSG #room :one") == refusal
    alice.ask("MODE #room +e bob!*@*")
    bob.sync()
    assert bob.ask("PRIVMSG #room :two") == []
    alice.ask("MODE #room -eb bob!*@* bob")
    bob.sync()
    assert bob.ask("PRIVMSG #room :three") == []


# --- away ----------------------------------------------------------------------------------------------------------


def test_who_writes_to_somebody_away_is_told_and_the_message_arrives(server: ServerUnderTest) -> None:
    alice, bob = on_channel(server, "alice", "bob")
    bob.ask("AWAY :at lunch")
    assert alice.ask("PRIVMSG bob :hi") == [":parley.test 301 alice bob :at lunch"]
    assert alice.ask("NOTICE bob :hi", "PRIVMSG #room :hi") == []
    assert bob.sync() == [
        f":{ALICE} PRIVMSG bob :hi",
        f":{ALICE} NOTICE bob :hi",
        f":{ALICE} PRIVMSG #room :hi",
    ]


# --- length --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["x", "é", "漢", "😀"])
@pytest.mark.parametrize("shift", range(4))
def test_a_text_too_long_with_its_source_is_cut_between_characters(
    server: ServerUnderTest, letter: str, shift: int
) -> None:
    alice, bob = pair(server)
    start = "PRIVMSG bob :" + "-" * shift
    text = letter * ((510 - len(start)) // len(letter.encode()))
    assert alice.ask(start + text) == []
    (line,) = bob.sync()
    head = f":{ALICE} {start}"
    assert line == head + letter * ((510 - len(head)) // len(letter.encode()))
    assert 510 - len(letter.encode()) < len(line.encode()) <= 510


def test_a_line_over_512_bytes_is_refused_and_nothing_of_it_is_delivered(server: ServerUnderTest) -> None:
    alice, bob = pair(server)
    assert alice.ask("PRIVMSG bob :" + "x" * 498) == [":parley.test 417 alice :Input line was too long"]
    assert alice.ask("PRIVMSG bob :" + "x" * 497) == []
    assert len(bob.sync()) == 1
    assert alice.ask("PRIVMSG bob :" + "x" * 9000 + " QUIT") == [":parley.test 417 alice :Input line was too long"]
    assert bob.sync() == []


def test_a_line_that_is_not_utf8_is_refused(server: ServerUnderTest) -> None:
    alice, bob = pair(server)
    alice.send_bytes(b"PRIVMSG bob :caf\xe9\r\n")
    assert alice.sync() == [":parley.test FAIL PRIVMSG INVALID_UTF8 :The line is not UTF-8 and was ignored"]
    assert bob.sync() == []


# --- to everyone ---------------------------------------------------------------------------------------------------


def test_an_operator_writes_to_everyone_on_the_server() -> None:
    with ServerUnderTest(OPERATOR) as server:
        alice, bob = pair(server)
        alice.ask("OPER root rootpass")
        for target in ("$parley.test", "$*.test"):
            assert alice.ask(f"NOTICE {target} :going down") == []
            assert bob.sync() == [f":{ALICE} NOTICE {target} :going down"]
        assert alice.ask("PRIVMSG $other.test :hi") == []
        assert alice.ask("PRIVMSG $parley :hi") == [":parley.test 413 alice parley :No toplevel domain specified"]
        assert alice.ask("PRIVMSG $parley.* :hi") == [":parley.test 414 alice parley.* :Wildcard in toplevel domain"]
        assert bob.sync() == []
