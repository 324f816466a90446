"""Users of Parley and of a real ngIRCd: coming, going and changing, as the other side is told it."""

from collections.abc import Iterator

import pytest

from chat.state.user import User
from tests.harness import ServerUnderTest
from tests.networks import across, until_reached
from tests.ngircd import (
    ANN,
    BOB,
    CHANNEL,
    NGIRCD_NAME,
    OPERATOR,
    PARLEY_NAME,
    Link,
    NgircdProcess,
    People,
    is_linked,
    linked_with_ngircd,
    parley_configuration,
)
from tests.process import until


@pytest.fixture
def people() -> Iterator[People]:
    """Two operators of one channel; ann is an operator of her server as well."""
    with linked_with_ngircd() as pair:
        yield People(pair)


def known(people: People, nick: str) -> User:
    """A user, as Parley has it."""
    user = people.pair.parley.network.find_user(nick)
    assert user is not None
    return user


def test_nick_changes(people: People) -> None:
    people.ann.ask("NICK anna")
    assert across(people.ann, people.bob) == [f"{ANN} NICK anna"]
    people.ann.nick = "anna"
    people.bob.ask("NICK Bob")
    assert across(people.bob, people.ann) == [f"{BOB} NICK :Bob"]
    people.bob.ask("NICK bobby")
    assert across(people.bob, people.ann) == [":Bob!~bob@127.0.0.1 NICK :bobby"]
    people.bob.nick = "bobby"
    people.ann.ask("PRIVMSG bobby :there you are")
    assert across(people.ann, people.bob) == [":anna!~ann@127.0.0.1 PRIVMSG bobby :there you are"]


def test_a_nick_that_is_taken_on_the_other_side_is_refused_at_once(people: People) -> None:
    assert any(" 433 " in line for line in people.ann.ask("NICK bob"))
    assert any(" 433 " in line for line in people.bob.ask("NICK ann"))


def test_quits(people: People) -> None:
    cat, dan = people.pair.ngircd.irc("cat"), people.pair.parley.irc("dan")
    until_reached(cat, people.bob)
    cat.ask(f"JOIN {CHANNEL}")
    across(cat, people.bob)
    cat.send("QUIT :bye")
    assert people.bob.line() == ':cat!~cat@127.0.0.1 QUIT :"bye"'
    until_reached(dan, people.ann)
    dan.ask(f"JOIN {CHANNEL}")
    across(dan, people.ann)
    dan.send("QUIT :bye")
    assert people.ann.lines_until(lambda line: " QUIT " in line)[-1] == ":dan!~dan@127.0.0.1 QUIT :Quit: bye"


def test_away_without_the_text(people: People) -> None:
    people.by_ann("AWAY :fishing")
    assert ":parley.test 301 bob ann :Away" in people.bob.ask("WHOIS ann")
    people.by_ann("AWAY")
    assert known(people, "ann").away is None
    people.by_bob("AWAY :shopping")
    assert ":ngircd.test 301 ann bob :Away" in people.ann.ask("WHOIS bob")
    people.by_bob("AWAY")
    assert not any(" 301 " in line for line in people.ann.ask("WHOIS bob"))


def test_user_modes(people: People) -> None:
    assert known(people, "ann").modes == frozenset("o")
    people.by_ann("MODE ann +iwB")
    assert known(people, "ann").modes == frozenset("Biow")
    people.by_ann("MODE ann -io")
    assert known(people, "ann").modes == frozenset("Bw")


def test_user_modes_of_parley(people: People) -> None:
    people.by_bob("MODE bob +iwB", f"OPER {OPERATOR[0]} {OPERATOR[1]}")
    about = people.ann.ask("WHOIS bob")
    assert ":ngircd.test 313 ann bob :is an IRC operator" in about
    assert ":ngircd.test 335 ann bob :is an IRC Bot" in about
    people.by_bob("MODE bob -oB")
    assert not any(" 313 " in line or " 335 " in line for line in people.ann.ask("WHOIS bob"))


def test_another_realname_host_and_account(people: People) -> None:
    people.pair.parley.add_account("wren")
    wren = people.pair.parley.irc("wren2", "sasl", "setname")
    until_reached(wren, people.ann)
    wren.ask("SETNAME :Somebody else", "PRIVMSG NickServ :IDENTIFY wren secret")
    people.by_bob(f"OPER {OPERATOR[0]} {OPERATOR[1]}", "CHGHOST wren2 other some.where.test")
    about = people.ann.ask("WHOIS wren2")
    assert ":ngircd.test 311 ann wren2 other some.where.test * :Somebody else" in about
    assert ":ngircd.test 330 ann wren2 wren@parley.test :is logged in as" in about
    assert ":ngircd.test 307 ann wren2 :is a registered nick" in about


def test_a_cloaked_host(people: People) -> None:
    people.by_ann("MODE ann +x")
    assert ":parley.test 311 bob ann ~ann ngircd.test * :ann the tester" in people.bob.ask("WHOIS ann")
    people.by_ann("MODE ann -x")
    assert ":parley.test 311 bob ann ~ann 127.0.0.1 * :ann the tester" in people.bob.ask("WHOIS ann")


def test_a_user_who_logs_in_before_is_shown_with_the_account(people: People) -> None:
    people.pair.parley.add_account("wren")
    wren = people.pair.parley.member("wren")
    until_reached(wren, people.ann)
    assert ":ngircd.test 330 ann wren wren@parley.test :is logged in as" in people.ann.ask("WHOIS wren")


def test_an_operator_there_removes_a_user_here(people: People) -> None:
    dan = people.pair.parley.irc("dan")
    dan.ask(f"JOIN {CHANNEL}")
    until_reached(people.ann, dan)
    until_reached(dan, people.ann)
    people.bob.sync()
    people.ann.ask("KILL dan :enough")
    lines = dan.lines_until_closed()
    assert any(line.startswith(f"{ANN} KILL dan :") and line.endswith("enough") for line in lines)
    assert any(line.startswith(":dan!~dan@127.0.0.1 QUIT :Killed (ann (") for line in across(people.ann, people.bob))
    assert any(" 401 " in line for line in people.ann.ask("PRIVMSG dan :gone?"))


def test_an_operator_here_removes_a_user_there(people: People) -> None:
    cat = people.pair.ngircd.irc("cat")
    cat.ask(f"JOIN {CHANNEL}")
    until_reached(cat, people.bob)
    people.ann.sync()
    people.bob.ask(f"OPER {OPERATOR[0]} {OPERATOR[1]}")
    assert ":cat!~cat@127.0.0.1 QUIT :Killed (bob (enough))" in people.bob.ask("KILL cat :enough")
    assert cat.lines_until_closed()[-1].startswith("ERROR :")
    assert ":cat!~cat@127.0.0.1 QUIT :enough" in across(people.bob, people.ann)
    again = people.pair.parley.irc("cat")
    until_reached(again, people.ann)
    until_reached(people.ann, again)


def test_wallops(people: People) -> None:
    people.bob.ask(f"OPER {OPERATOR[0]} {OPERATOR[1]}", "MODE bob +w")
    people.ann.ask("MODE ann +w")
    assert people.by_ann("WALLOPS :hear me") == [f"{ANN} WALLOPS :hear me"]
    assert people.by_bob("WALLOPS :hear me") == [f"{BOB} WALLOPS :hear me"]


def test_a_nick_that_is_longer_than_there_or_starts_with_a_digit_is_taken(people: People) -> None:
    long = people.pair.parley.irc("x" * 32)
    until_reached(long, people.ann)
    until_reached(people.ann, long)
    digit = people.pair.parley.irc("9lives")
    until_reached(digit, people.ann)
    until_reached(people.ann, digit)


def test_a_nick_with_more_bytes_than_fit_there_goes_by_its_id(people: People) -> None:
    wide = people.pair.parley.irc("ж" * 32)
    uid = known(people, wide.nick).uid
    until_reached(wide, people.ann)
    wide.ask(f"JOIN {CHANNEL}", f"PRIVMSG {CHANNEL} :hello")
    assert f":{uid}!~{'ж' * 8}@127.0.0.1 PRIVMSG {CHANNEL} :hello" in across(people.bob, people.ann)
    people.ann.send(f"PRIVMSG {uid} :hello yourself")
    assert wide.lines_until(lambda line: line == f"{ANN} PRIVMSG {'ж' * 32} :hello yourself")
    wide.ask("NICK short")
    assert f":{uid}!~{'ж' * 8}@127.0.0.1 NICK :short" in across(wide, people.ann)


def test_two_users_with_one_nick_when_the_servers_meet() -> None:
    with NgircdProcess(Link(PARLEY_NAME)) as ngircd:
        theirs = ngircd.irc("same")
        theirs.ask("JOIN #theirs")
        with ServerUnderTest(name=PARLEY_NAME) as parley:
            ours = parley.irc("same")
            (parley.data / "server.toml").write_text(parley_configuration(ngircd.port), "utf-8")
            assert parley.reload() == []
            until(lambda: is_linked(parley.network, NGIRCD_NAME))
            renamed = theirs.lines_until(lambda line: " NICK " in line)[-1]
            assert renamed.startswith(":same!~same@127.0.0.1 NICK :")
            theirs.nick = renamed.rpartition(":")[2]
            until_reached(ours, theirs)
            until_reached(theirs, ours)
            user = parley.network.find_user(theirs.nick)
            assert user is not None and user.server is not None
            assert any(f"= #theirs :@{theirs.nick}" in line for line in ours.ask("NAMES #theirs"))
            assert any(" 312 " in line and PARLEY_NAME in line for line in theirs.ask("WHOIS same"))
