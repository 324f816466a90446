"""Lab links to the byte: a socket plays the other server, which Parley is dialled by or dials."""

import socket
from collections.abc import Iterator

import pytest

from tests.harness import Client, IrcClient, LabClient, ServerUnderTest
from tests.networks import Accepted, Far, ParleyHere, links_to

NEAR = "near.test"
ANSWER = ":near.test SERVER near.test 1 :The near one"
CONFIG = 'info = "The near one"\n'


@pytest.fixture
def near() -> Iterator[ParleyHere]:
    with ParleyHere(NEAR, config=CONFIG) as server:
        yield server


def names(client: IrcClient, channel: str) -> str:
    """The members of a channel with their ranks, in alphabetical order, as a client of the near server is told."""
    (line,) = [line for line in client.ask(f"NAMES {channel}") if " 353 " in line]
    return " ".join(sorted(line.rpartition(":")[2].split(), key=lambda nick: nick.lstrip("@+")))


# --- handshake and burst --------------------------------------------------------------------------------------------


def test_the_one_that_is_dialled_answers_with_its_name_and_all_it_knows(near: ParleyHere) -> None:
    rook, alice = near.lab("rook"), near.irc("alice")
    carol = near.user("carol", 1.1)
    rook.ask("JOIN #room", "TOPIC #room :Exam: on Friday", "JOIN #quiet")
    alice.ask("JOIN #room")
    assert carol.ask("JOIN", chat_name="room")["response_code"] == "180"
    far = Far(near)
    users = [line for line in far.burst if " USER " in line]
    assert far.burst[0].rstrip() == ANSWER  # two spaces at its end tell other Parleys that this is one
    assert sorted(users) == [
        ":near.test USER alice 127.0.0.1 near.test :alice the tester",
        ":near.test USER carol 127.0.0.1 near.test :carol",
        ":near.test USER ear pc1 near.test :ear of the lab",
        ":near.test USER rook pc1 near.test :rook of the lab",
    ]
    assert far.burst[1 + len(users) :] == [
        ":near.test 332 #room :Exam: on Friday",
        ":near.test 353 #room :rook alice carol",
        ":near.test 331 #quiet :No topic is set",
        ":near.test 353 #quiet :rook",
    ]


def test_the_one_that_dials_says_one_line_and_the_rest_after_the_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = links_to(("far.lab", listener.getsockname()[1]))
        with ServerUnderTest(CONFIG + place, name=NEAR) as near:
            link = Accepted(listener)
            assert link.line() == "SERVER near.test 1 :The near one"
            rook = near.lab("rook")
            rook.ask("JOIN #room", "TOPIC #room :Hello")
            link.send(":far.lab SERVER far.lab 1 :A lab server", ":far.lab SERVER farther.lab 2 :Behind it")
            link.send(":far.lab USER echo pc9 farther.lab :An echo", ":far.lab 332 #room :Over there")
            link.send(":far.lab 353 #room :echo", ":far.lab 331 #other :No topic is set", ":far.lab 353 #other :echo")
            link.send(":echo PRIVMSG rook :hi")
            assert [link.line() for _ in range(3)] == [
                ":near.test USER rook pc1 near.test :rook of the lab",
                ":near.test 332 #room :Hello",
                ":near.test 353 #room :rook",
            ]
            assert rook.line() == ":echo PRIVMSG rook :hi"
            assert sorted(rook.ask("NAMES")) == [
                ":near.test 353 #other :echo",
                ":near.test 353 #room :rook echo",
                ":near.test 366 :End of /NAMES list",
            ]
            link.close()


def test_what_lies_behind_one_link_is_told_to_the_next_with_one_hop_more(near: ParleyHere) -> None:
    far = Far(near)
    far.say(":far.lab SERVER farther.lab 2 :Behind it", ":far.lab USER wren pc2 farther.lab :Wren")
    far.say(":far.lab 332 #room :Hello", ":far.lab 353 #room :wren echo")
    other = Client(near.port)
    other.send("SERVER other.lab 1 :Another")
    burst = [line.rstrip() for line in other.lines_until(lambda line: " 353 " in line)]
    assert sorted(burst) == sorted([
        ":near.test SERVER near.test 1 :The near one",
        ":near.test SERVER far.lab 2 :A lab server",
        ":near.test SERVER farther.lab 3 :Behind it",
        ":near.test USER ear pc1 near.test :ear of the lab",
        ":near.test USER echo pc9 far.lab :An echo",
        ":near.test USER wren pc2 farther.lab :Wren",
        ":near.test 332 #room :Hello",
        ":near.test 353 #room :wren echo",
    ])  # fmt: skip
    assert far.hear() == [":near.test SERVER other.lab 2 :Another"]
    other.send(":other.lab USER jay pc3 other.lab :Jay", ":jay JOIN #room", ":jay PRIVMSG wren :hi", ":jay QUIT :bye")
    assert [far.link.line() for _ in range(4)] == [
        ":near.test USER jay pc3 other.lab :Jay",
        ":jay JOIN #room",
        ":jay PRIVMSG wren :hi",
        ":jay QUIT :bye",
    ]
    other.close()
    far.link.close()


# --- what happens here is told there --------------------------------------------------------------------------------


def test_every_command_of_a_lab_client_goes_over_the_link(near: ParleyHere) -> None:
    far = Far(near)
    rook = near.lab("rook")
    rook.ask("JOIN #room", "JOIN #secret sesame", "TOPIC #room :Exam: on Friday", "PRIVMSG #room :Hello: all")
    rook.ask("PRIVMSG echo :to one", "TOPIC #room :", "PART #room")
    wren = near.lab("wren", "pc2")
    wren.ask("JOIN #secret sesame", "NAMES")
    rook.send("QUIT :Gone: away")
    rook.lines_until_closed()
    wren.send("QUIT")
    wren.lines_until_closed()
    assert far.hear() == [
        ":near.test USER rook pc1 near.test :rook of the lab",
        ":rook JOIN #room",
        ":rook JOIN #secret sesame",
        ":rook TOPIC #room :Exam: on Friday",
        ":rook PRIVMSG #room :Hello: all",
        ":rook PRIVMSG echo :to one",
        ":rook TOPIC #room :",
        ":rook PART #room",
        ":near.test USER wren pc2 near.test :wren of the lab",
        ":wren JOIN #secret sesame",
        ":rook QUIT :Gone: away",
        ":wren QUIT",
    ]


def test_what_is_refused_here_is_not_told_there(near: ParleyHere) -> None:
    rook = near.lab("rook")
    rook.ask("JOIN #secret sesame")
    far = Far(near)
    wren = near.lab("wren")
    wren.ask("JOIN #secret", "JOIN #secret wrong", "PART #secret", "TOPIC #secret :x", "PRIVMSG #secret :x")
    wren.ask("PRIVMSG nobody :x", "PRIVMSG rook :not over there", "PART #none", "FROB")
    assert far.hear() == [":near.test USER wren pc1 near.test :wren of the lab"]


def test_what_lab_links_have_no_word_for_is_told_in_their_words(near: ParleyHere) -> None:
    far = Far(near)
    alice, rook = near.irc("alice"), near.lab("rook")
    alice.ask("JOIN #room")
    rook.ask("JOIN #room")
    far.hear()
    alice.ask("NOTICE #room :a notice", "NOTICE echo :psst", "MODE #room +k sesame", "AWAY :gone", "TAGMSG #room")
    alice.ask("PRIVMSG #room :\x01ACTION waves\x01", "NICK bob", "KICK #room rook :be nice")
    alice.send("QUIT :so long")
    alice.lines_until_closed()
    assert far.hear() == [
        ":alice PRIVMSG #room :a notice",
        ":alice PRIVMSG echo :psst",
        ":alice PRIVMSG #room :\x01ACTION waves\x01",
        ":alice QUIT",
        ":near.test USER bob 127.0.0.1 near.test :alice the tester",
        ":bob JOIN #room sesame",
        ":rook PART #room",
        ":bob QUIT :so long",
    ]


def test_what_a_json_user_does_goes_over_the_link(near: ParleyHere) -> None:
    far = Far(near)
    carol = near.user("carol", 1.1)
    carol.ask("CHAT", chat_name="study")
    carol.ask_all("MSSG", "(carol) hello", chat_name="study")
    carol.ask_all("MSSG", "psst", recipient="echo")
    far.say(":echo JOIN #study")
    carol.sync()
    far.say(":echo PRIVMSG #study :hi carol", ":echo PRIVMSG carol :psst")
    texts = [data["payload"] for data in carol.sync() if data["response_code"] == "140"]
    assert texts == ["(echo) hi carol", "(echo) psst"]
    carol.quit()
    assert far.hear() == [
        ":near.test USER carol 127.0.0.1 near.test :carol",
        ":carol JOIN #study",
        ":carol PRIVMSG #study :hello",
        ":carol PRIVMSG echo :psst",
        ":carol QUIT",
    ]


# --- what happens there is told here --------------------------------------------------------------------------------


def test_every_message_of_a_lab_link_is_shown_in_every_dialect(near: ParleyHere) -> None:
    far = Far(near)
    alice, carol = near.irc("alice"), near.user("carol", 1.1)
    alice.ask("JOIN #room")
    far.ear.ask("JOIN #room")
    carol.ask_all("JOIN", chat_name="room")
    alice.sync()
    told = far.say(
        ":far.lab USER wren pc2 far.lab :Wren of far",
        ":wren JOIN #room",
        ":wren PRIVMSG #room :Hello: all",
        ":wren TOPIC #room :New: topic",
        ":wren PART #room",
        ":wren JOIN #room",
        ":wren QUIT :Gone: away",
    )
    assert told == [":wren PRIVMSG #room :Hello: all", ":wren TOPIC #room :New: topic", ":wren QUIT :Gone: away"]
    assert alice.sync() == [
        ":wren!wren@pc2 JOIN #room",
        ":wren!wren@pc2 PRIVMSG #room :Hello: all",
        ":wren!wren@pc2 TOPIC #room :New: topic",
        ":wren!wren@pc2 PART #room",
        ":wren!wren@pc2 JOIN #room",
        ":wren!wren@pc2 QUIT :Quit: Gone: away",
    ]
    assert [data["response_code"] for data in carol.sync()] == ["180", "140", "150", "190", "180", "190"]


@pytest.mark.parametrize("line", [":wren QUIT :bye", ":far.lab,wren QUIT :bye", ":wren QUIT", ":far.lab,wren QUIT"])
def test_a_quit_may_name_the_server_before_the_nick(near: ParleyHere, line: str) -> None:
    far = Far(near)
    far.ear.ask("JOIN #room")
    told = far.say(":far.lab USER wren pc2 far.lab :Wren", ":wren JOIN #room", line)
    assert told == ([":wren QUIT :bye"] if line.endswith("bye") else [])
    assert far.ear.ask("PRIVMSG wren :x") == [":near.test 401 wren :No such nick"]
    assert far.ear.ask("NAMES #room")[0] == ":near.test 353 #room :ear"


def test_a_key_given_there_holds_here(near: ParleyHere) -> None:
    far = Far(near)
    far.say(":echo JOIN #secret sesame")
    rook, alice = near.lab("rook"), near.irc("alice")
    refused = ":near.test 475 #secret :Cannot join channel (+k)"
    assert rook.ask("JOIN #secret", "JOIN #secret wrong") == [refused, refused]
    assert alice.ask("JOIN #secret") == [":near.test 475 alice #secret :Cannot join channel (+k)"]
    assert rook.ask("JOIN #secret sesame") == [":near.test 331 #secret :No topic is set"]


def test_nobody_from_a_lab_link_has_a_rank_and_every_member_sets_the_topic(near: ParleyHere) -> None:
    far = Far(near)
    alice = near.irc("alice")
    far.say(":echo JOIN #theirs", ":echo TOPIC #theirs :Ours")
    alice.ask("JOIN #theirs", "JOIN #mine")
    far.say(":echo JOIN #mine")
    assert names(alice, "#mine") == "@alice echo"
    assert alice.ask("TOPIC #theirs :Mine")[-1].endswith(" TOPIC #theirs :Mine")
    far.hear()


def test_a_nick_there_is_taken_here_in_every_dialect(near: ParleyHere) -> None:
    far = Far(near)
    rook = LabClient(near.port)
    rook.send("USER Echo pc1 near.test :Another")
    assert rook.line() == ":near.test 436 Echo :Nickname collision KILL from echo@pc9"
    rook.close()
    alice = near.irc("alice")
    assert alice.ask("NICK ECHO") == [":near.test 433 alice ECHO :Nickname is already in use"]
    answer = near.json().ask("NWUA", username="echo", password="secret")
    assert answer["response_code"] == "200"
    far.hear()


# --- when the link goes away ----------------------------------------------------------------------------------------


def test_who_was_behind_a_link_quits_with_the_names_of_its_two_ends(near: ParleyHere) -> None:
    far = Far(near)
    alice = near.irc("alice")
    alice.ask("JOIN #room")
    far.ear.ask("JOIN #room")
    far.say(":far.lab SERVER farther.lab 2 :Behind it", ":far.lab USER wren pc2 farther.lab :Wren", ":wren JOIN #room")
    alice.sync()
    far.link.close()
    assert alice.line() == ":wren!wren@pc2 QUIT :near.test far.lab"
    assert alice.ask("LINKS") == [
        ":near.test 364 alice near.test near.test :0 The near one",
        ":near.test 365 alice * :End of /LINKS list",
    ]
    assert far.ear.ask("PRIVMSG echo :x") == [":near.test 401 echo :No such nick"]
    assert near.lab("wren", "pc3").welcome[0].endswith("wren!wren@pc3")


# --- what is not accepted -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        [":far.lab SERVER near.test 2 :Me"],
        [":far.lab SERVER other.lab 2 :Somebody else's"],
        [":far.lab USER wren pc2 near.test :On mine"],
        [":far.lab USER wren pc2 other.lab :Not behind this link"],
        [":ear PRIVMSG #room :as somebody from here"],
        [":jay PRIVMSG ear :as somebody behind another link"],
        [":ear QUIT :as somebody from here"],
        [":nobody PRIVMSG ear :as somebody of whom nobody was told"],
        [":far.lab SERVER no_name! 2 :x"],
        ["ERROR :I have had enough"],
    ],
    ids=lambda lines: lines[0],
)
def test_a_line_that_cannot_be_true_cuts_the_link_and_harms_nobody(near: ParleyHere, lines: list[str]) -> None:
    other = Client(near.port)
    other.send("SERVER other.lab 1 :Another", ":other.lab USER jay pc3 other.lab :Jay")
    far = Far(near)
    far.ear.ask("JOIN #room")
    assert far.is_cut(*lines).startswith("ERROR :")
    assert far.ear.ask("NAMES")[-3:] == [
        ":near.test 353 #room :ear",
        ":near.test 353 * :jay",
        ":near.test 366 :End of /NAMES list",
    ]
    other.send(":jay PRIVMSG ear :still here")
    assert far.ear.line() == ":jay PRIVMSG ear :still here"
    other.close()


def test_lines_that_are_no_lab_messages_are_passed_over(near: ParleyHere) -> None:
    far = Far(near)
    assert (
        far.say("", ":far.lab FROB x", "PING :x", ":far.lab USER wren", ":echo JOIN", ":far.lab 401 x :No such") == []
    )
    assert far.say(":far.lab SERVER", ":echo PRIVMSG nobody :x", ":echo PRIVMSG #none :x", ":echo PART #none") == []
    assert far.say("\x00\xff\u2028", ":", " ", ":far.lab", ":echo TOPIC #none :x") == []
    assert far.hear() == []


@pytest.mark.parametrize("name", ["near.test", "NEAR.test", "far.lab", "no_name!"])
def test_a_first_line_with_a_name_that_is_taken_or_none_is_refused(near: ParleyHere, name: str) -> None:
    far = Far(near)
    second = Client(near.port)
    second.send(f"SERVER {name} 1 :Another")
    assert second.lines_until_closed()[-1].startswith("ERROR :")
    assert far.hear() == []


def test_a_server_that_has_no_password_is_refused_where_links_are_not_open() -> None:
    with ServerUnderTest() as server:
        link = Client(server.port)
        link.send("SERVER far.lab 1 :A lab server")
        lines = link.lines_until_closed()
        assert len(lines) == 1
        assert lines[0].startswith("ERROR :")
        assert "SERVER parley.test" not in lines[0]
