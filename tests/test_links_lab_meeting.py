"""Where networks meet over a lab link: nicks that two have, channels that both have, and much at once."""

from collections.abc import Iterator

import pytest

from tests.harness import Client, ServerUnderTest
from tests.networks import Far, ParleyHere, across, links_to
from tests.process import until

NEAR = "near.test"


@pytest.fixture
def near() -> Iterator[ParleyHere]:
    with ParleyHere(NEAR) as server:
        yield server


# --- nicks ----------------------------------------------------------------------------------------------------------


def test_a_user_whose_nick_is_taken_is_refused_and_what_it_does_is_passed_over(near: ParleyHere) -> None:
    rook = near.lab("rook")
    rook.ask("JOIN #room")
    far = Far(near)
    assert far.say(":far.lab USER Rook pc2 far.lab :Another") == []
    assert far.hear() == [":near.test 436 Rook :Nickname collision KILL from rook@pc1"]
    assert (
        far.say(":rook JOIN #room", ":rook PRIVMSG ear :hi", ":rook TOPIC #room :x", ":far.lab 353 #room :rook") == []
    )
    assert rook.ask("NAMES #room")[0] == ":near.test 353 #room :rook"
    far.say(":rook QUIT :there, not here")
    assert rook.ask("TOPIC #room") == [":near.test 331 #room :No topic is set"]
    assert far.say(":far.lab USER wren pc2 far.lab :Another", ":wren JOIN #room", ":wren PRIVMSG #room :hi") == []
    assert rook.sync() == [":wren PRIVMSG #room :hi"]


def test_a_line_of_somebody_who_has_just_quit_is_passed_over(near: ParleyHere) -> None:
    rook = near.lab("rook")
    rook.ask("JOIN #room")
    far = Far(near)
    far.say(":far.lab USER wren pc2 far.lab :Another", ":wren JOIN #room", ":wren QUIT :bye")
    assert rook.sync() == [":wren QUIT :bye"]
    assert far.say(":wren PRIVMSG #room :ghost", ":wren QUIT") == []
    assert far.say(":far.lab USER kite pc2 far.lab :A third", ":kite JOIN #room", ":kite PRIVMSG #room :hi") == []
    assert rook.sync() == [":kite PRIVMSG #room :hi"]


def test_a_lab_user_whose_nick_has_an_older_owner_goes_by_its_id_but_not_on_its_own_side(near: ParleyHere) -> None:
    with ParleyHere("elder.test") as elder:
        older, alice = elder.irc("wren"), near.irc("alice")
        far = Far(near)
        alice.ask("JOIN #room")
        far.say(":far.lab USER wren pc2 far.lab :The younger", ":wren JOIN #room")
        far.hear()
        alice.sync()
        with ServerUnderTest(links_to((elder.name, elder.port), (near.name, near.port)), name="joint.test"):
            until(lambda: not any(" 401 " in line for line in older.ask("PRIVMSG alice :hi")))
            renamed, said = alice.line(), alice.line()
            id_there = renamed.rpartition(" ")[2]
            assert renamed == f":wren!wren@pc2 NICK {id_there}"
            assert said == ":wren!~wren@127.0.0.1 PRIVMSG alice :hi"
            alice.ask(f"PRIVMSG {id_there} :to the younger", "PRIVMSG wren :to the older")
            assert across(alice, older) == [":alice!~alice@127.0.0.1 PRIVMSG wren :to the older"]
            assert far.hear()[2:] == [":alice PRIVMSG wren :to the younger"]
            assert far.say(":wren PRIVMSG ear :hi", ":wren PRIVMSG #room :hi all") == [f":{id_there} PRIVMSG ear :hi"]
            assert alice.line() == f":{id_there}!wren@pc2 PRIVMSG #room :hi all"
            older.ask("JOIN #room", "PRIVMSG #room :not for the other wren")
            across(older, alice)
            assert far.hear() == []
            alice.ask(f"KICK #room {id_there}")
            assert far.hear() == [":wren PART #room"]
            far.say(":wren QUIT")  # now the nick means the older one there too
            assert far.hear() == [":near.test USER wren 127.0.0.1 elder.test :wren the tester", ":wren JOIN #room"]
            older.ask("PRIVMSG #room :hello")
            across(older, alice)
            assert far.hear() == [":wren PRIVMSG #room :hello"]


# --- channels -------------------------------------------------------------------------------------------------------


def test_a_channel_that_both_have_keeps_its_topic_and_key_and_gets_the_members(near: ParleyHere) -> None:
    far, alice = Far(near), near.irc("alice")
    alice.ask("JOIN #room sesame", "MODE #room +k sesame", "TOPIC #room :Here")
    far.hear()
    far.say(":far.lab USER wren pc2 far.lab :Wren", ":far.lab 332 #room :There", ":far.lab 353 #room :wren echo")
    assert alice.sync() == [":wren!wren@pc2 JOIN #room", ":echo!echo@pc9 JOIN #room"]
    assert alice.ask("TOPIC #room")[0] == ":near.test 332 alice #room :Here"
    rook = near.lab("rook")
    assert rook.ask("JOIN #room")[0] == ":near.test 475 #room :Cannot join channel (+k)"
    far.say(":far.lab 332 #new :Brought along", ":far.lab 353 #new :wren")
    assert rook.ask("JOIN #new")[0] == ":near.test 332 #new :Brought along"
    other = Client(near.port)
    other.send("SERVER other.lab 1 :Another")
    lines = other.lines_until(lambda line: " 353 #new " in line)
    assert lines[-4:] == [
        ":near.test 332 #room :Here",
        ":near.test 353 #room :alice wren echo",
        ":near.test 332 #new :Brought along",
        ":near.test 353 #new :wren rook",
    ]
    # What a link brings after another was set up is told there in the same words.
    far.say(":far.lab 332 #later :Later", ":far.lab 353 #later :wren")
    assert other.lines_until(lambda line: " 332 #later " in line) == [
        ":wren JOIN #later",
        ":near.test 332 #later :Later",
    ]
    other.close()


def test_quotation_marks_around_a_topic_are_taken_off(near: ParleyHere) -> None:
    far = Far(near)
    far.say(":echo JOIN #room", ':echo TOPIC #room :"in quotes"')
    assert far.ear.ask("JOIN #room") == [":near.test 332 #room :in quotes"]


def test_somebody_who_is_kicked_has_left_for_the_lab_side(near: ParleyHere) -> None:
    far, alice = Far(near), near.irc("alice")
    alice.ask("JOIN #room")
    far.say(":echo JOIN #room")
    far.hear()
    alice.ask("KICK #room echo :be nice")
    assert far.hear() == [":echo PART #room"]
    assert far.ear.ask("NAMES #room")[0] == ":near.test 353 #room :alice"


# --- servers that come back, and many at once -----------------------------------------------------------------------


def test_a_server_behind_a_lab_server_may_be_announced_again(near: ParleyHere) -> None:
    """Nobody tells that one is lost further away, so it comes back as if it had never been here."""
    far = Far(near)
    line = ":far.lab SERVER farther.lab 2 :Behind it"
    far.say(line, line)
    assert far.say(":far.lab USER wren pc2 farther.lab :Wren", ":wren QUIT", line) == []
    assert far.hear() == []


def test_a_large_view_arrives_whole_in_both_directions(near: ParleyHere) -> None:
    far = Far(near)
    nicks = [f"user{number}" for number in range(1000)]
    far.say(
        *(f":far.lab USER {nick} pc{nick} far.lab :One of many" for nick in nicks),
        *(
            line
            for number in range(200)
            for line in (
                f":far.lab 332 #channel{number} :Topic {number}",
                f":far.lab 353 #channel{number} :{' '.join(nicks[number * 5 : number * 5 + 5])} user0",
            )
        ),
    )
    assert len(near.irc("alice").ask("LIST")) == 202
    other = Client(near.port)
    other.send("SERVER other.lab 1 :Another")
    lines = other.lines_until(lambda line: " 353 #channel199 " in line)
    assert sum(" USER user" in line for line in lines) == 1000
    assert sum(" 332 #channel" in line for line in lines) == 200
    members = [set(line.rpartition(":")[2].split()) for line in lines if " 353 " in line]
    assert members[7] == {"user0", *nicks[35:40]}
    other.close()
    far.link.close()
