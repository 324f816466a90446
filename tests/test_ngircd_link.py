"""Setting up a link with a real ngIRCd, from both sides, and its end."""

import itertools
import logging

import pytest

from tests.harness import ServerUnderTest
from tests.networks import across, until_reached
from tests.ngircd import (
    NGIRCD_NAME,
    PARLEY_NAME,
    Link,
    NgircdProcess,
    is_linked,
    linked_with_ngircd,
    parley_configuration,
)
from tests.process import until

FAR = "far.test"


@pytest.mark.parametrize("is_dialled", [False, True], ids=["Parley dials", "ngIRCd dials"])
def test_both_see_the_other_server_and_its_users(is_dialled: bool) -> None:
    with linked_with_ngircd(is_dialled) as pair:
        ann, bob = pair.ngircd.irc("ann"), pair.parley.irc("bob")
        until_reached(bob, ann)
        until_reached(ann, bob)
        assert ":ngircd.test 364 ann parley.test ngircd.test :1 a Parley chat server" in ann.ask("LINKS")
        assert ":ngircd.test 312 ann bob parley.test :a Parley chat server" in ann.ask("WHOIS bob")
        assert ":ngircd.test 311 ann bob ~bob 127.0.0.1 * :bob the tester" in ann.ask("WHOIS bob")
        user = pair.parley.network.find_user("ann")
        assert user is not None and user.server is not None
        assert (user.server.name, user.server.info) == (NGIRCD_NAME, "A real ngIRCd")
        assert ":parley.test 311 bob ann ~ann 127.0.0.1 * :ann the tester" in bob.ask("WHOIS ann")


def test_what_ngircd_knows_already_comes_with_its_burst() -> None:
    with NgircdProcess(Link(PARLEY_NAME)) as ngircd:
        ann, cat = ngircd.irc("ann"), ngircd.irc("cat")
        ann.ask("JOIN #old", "TOPIC #old :since long", "MODE #old +ntkl sesame 7", "MODE #old +b bad!*@*", "AWAY :gone")
        ann.ask("MODE #old +e good!*@*", "MODE #old +I guest!*@*", "MODE ann +i")
        cat.ask("JOIN #old sesame", "JOIN +other", "JOIN &here")
        ann.ask("MODE #old +v cat")
        with ServerUnderTest(parley_configuration(ngircd.port), name=PARLEY_NAME) as parley:
            until(lambda: is_linked(parley.network, NGIRCD_NAME))
            bob = parley.irc("bob")
            assert [line for line in bob.ask("LIST") if " 322 " in line] == [":parley.test 322 bob #old 2 :since long"]
            bob.ask("JOIN #old sesame")
            assert ":parley.test 353 bob = #old :+cat @ann bob" in bob.ask("NAMES #old")
            assert ":parley.test 324 bob #old +ntkl sesame 7" in bob.ask("MODE #old")
            assert any("367 bob #old bad!*@*" in line for line in bob.ask("MODE #old b"))
            assert any("348 bob #old good!*@*" in line for line in bob.ask("MODE #old e"))
            assert any("346 bob #old guest!*@*" in line for line in bob.ask("MODE #old I"))
            assert any(line.startswith(":parley.test 301 bob ann :") for line in bob.ask("WHOIS ann"))


def test_what_parley_knows_already_comes_with_its_burst() -> None:
    with NgircdProcess(Link(PARLEY_NAME)) as ngircd, ServerUnderTest(name=PARLEY_NAME) as parley:
        bob, eve = parley.irc("bob"), parley.irc("eve")
        bob.ask("JOIN #old", "TOPIC #old :since long", "MODE #old +kl sesame 7", "MODE #old +be bad!*@* good!*@*")
        bob.ask("MODE #old +I guest!*@*", "MODE #old +CU", "MODE #old +b ~a:somebody", "JOIN #" + "x" * 50)
        eve.ask("JOIN #old sesame", "AWAY :gone")
        bob.ask("MODE #old +v eve")
        parley.add_account("wren")
        parley.member("wren")
        (parley.data / "server.toml").write_text(parley_configuration(ngircd.port), "utf-8")
        assert parley.reload() == []
        until(lambda: is_linked(parley.network, NGIRCD_NAME))
        ann = ngircd.irc("ann")
        until_reached(ann, bob)
        assert [line for line in ann.ask("LIST") if " 322 " in line] == [
            ":ngircd.test 322 ann #old 2 :since long",
            ":ngircd.test 322 ann &SERVER 0 :Server Messages",
        ]
        ann.ask("JOIN #old sesame")
        assert any(line.endswith(" = #old :ann +eve @bob") for line in ann.ask("NAMES #old"))
        assert ":ngircd.test 324 ann #old +ntkl sesame 7" in ann.ask("MODE #old")
        assert any("367 ann #old bad!*@*" in line for line in ann.ask("MODE #old b"))
        assert not any("somebody" in line for line in ann.ask("MODE #old b"))
        assert any("348 ann #old good!*@*" in line for line in ann.ask("MODE #old e"))
        assert any("346 ann #old guest!*@*" in line for line in ann.ask("MODE #old I"))
        assert ":ngircd.test 301 ann eve :Away" in ann.ask("WHOIS eve")
        assert ":ngircd.test 330 ann wren wren@parley.test :is logged in as" in ann.ask("WHOIS wren")


def test_two_channels_of_one_name_become_one() -> None:
    with NgircdProcess(Link(PARLEY_NAME)) as ngircd:
        ann = ngircd.irc("ann")
        ann.ask("JOIN #both", "TOPIC #both :theirs", "MODE #both +mk theirs", "MODE #both +b theirs!*@*")
        with ServerUnderTest(name=PARLEY_NAME) as parley:
            bob = parley.irc("bob")
            bob.ask("JOIN #both", "TOPIC #both :ours", "MODE #both +kl ours 9", "MODE #both +b ours!*@*")
            (parley.data / "server.toml").write_text(parley_configuration(ngircd.port), "utf-8")
            assert parley.reload() == []
            until(lambda: is_linked(parley.network, NGIRCD_NAME))
            across(bob, ann)
            across(ann, bob)
            assert ":parley.test 324 bob #both +mntkl ours 9" in bob.ask("MODE #both")
            assert any("+" in line and set("mntkl") <= set(line.split()[4]) for line in ann.ask("MODE #both"))
            assert any(line.endswith((" ours 9", " 9 ours")) for line in ann.ask("MODE #both"))
            assert ":parley.test 332 bob #both :ours" in bob.ask("TOPIC #both")
            assert ":ngircd.test 332 ann #both :ours" in ann.ask("TOPIC #both")
            for client in (ann, bob):
                bans = " ".join(client.ask("MODE #both b"))
                assert "ours!*@*" in bans and "theirs!*@*" in bans
                names = " ".join(client.ask("NAMES #both"))
                assert "@ann" in names and "@bob" in names


def test_ngircd_is_told_what_is_wrong_with_its_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "parley.links")
    with ServerUnderTest(parley_configuration(None, mine="another"), name=PARLEY_NAME) as parley:
        with NgircdProcess(Link(PARLEY_NAME, parley.port)) as ngircd:
            until(lambda: "wrong password" in ngircd.log())
        assert len(parley.network.servers) == 0
    assert any("wrong password" in record.getMessage() for record in caplog.records)


def test_a_wrong_password_for_ngircd_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "parley.links")
    with (
        NgircdProcess(Link(PARLEY_NAME, theirs="another")) as ngircd,
        ServerUnderTest(parley_configuration(ngircd.port), name=PARLEY_NAME) as parley,
    ):
        until(lambda: any("Bad password" in record.getMessage() for record in caplog.records))
        assert len(parley.network.servers) == 0


def test_an_unknown_ngircd_is_refused() -> None:
    with ServerUnderTest(parley_configuration(None, name="other.test"), name=PARLEY_NAME) as parley:
        with NgircdProcess(Link(PARLEY_NAME, parley.port)) as ngircd:
            until(lambda: "links need a password here" in ngircd.log())
        assert len(parley.network.servers) == 0


def test_when_ngircd_ends_its_users_and_channels_are_gone() -> None:
    with linked_with_ngircd() as pair:
        ann, bob = pair.ngircd.irc("ann"), pair.parley.irc("bob")
        bob.ask("JOIN #shared")
        until_reached(ann, bob)
        ann.ask("JOIN #shared", "JOIN #theirs")
        across(ann, bob)
        pair.ngircd.process.kill()
        assert bob.line() == ":ann!~ann@127.0.0.1 QUIT :parley.test ngircd.test"
        assert not any("#theirs" in line for line in bob.ask("LIST"))
        assert len(pair.parley.network.servers) == 0


def test_after_a_split_ngircd_links_again_and_both_views_meet() -> None:
    with linked_with_ngircd() as pair:
        ann, bob = pair.ngircd.operator("ann"), pair.parley.irc("bob")
        bob.ask("JOIN #shared")
        until_reached(ann, bob)
        ann.ask("JOIN #shared")
        across(ann, bob)
        across(bob, ann)
        ann.send("SQUIT parley.test :for a test")
        assert bob.line() == ":ann!~ann@127.0.0.1 QUIT :parley.test ngircd.test"
        assert ":bob!~bob@127.0.0.1 QUIT :ngircd.test parley.test" in ann.ask("TOPIC #shared :alone")
        bob.ask("TOPIC #shared :apart")
        until(lambda: is_linked(pair.parley.network, NGIRCD_NAME))
        assert bob.lines_until(lambda line: line == ":ann!~ann@127.0.0.1 JOIN #shared")
        until_reached(ann, bob)
        across(bob, ann)
        for client in (ann, bob):
            assert any(line.endswith(" #shared :apart") for line in client.ask("TOPIC #shared"))
            names = " ".join(client.ask("NAMES #shared"))
            assert "@bob" in names and "ann" in names


def test_three_in_a_row_with_ngircd_in_the_middle() -> None:
    with NgircdProcess(Link(PARLEY_NAME), Link(FAR)) as ngircd:
        configuration = parley_configuration(ngircd.port)
        with ServerUnderTest(configuration, name=PARLEY_NAME) as parley:
            bob, ann = parley.irc("bob"), ngircd.irc("ann")
            with ServerUnderTest(configuration, name=FAR) as far:
                eve = far.irc("eve")
                for sender, receiver in itertools.permutations((ann, bob, eve), 2):
                    until_reached(sender, receiver)
                bob.ask("JOIN #all", "TOPIC #all :across")
                across(bob, eve)
                eve.ask("JOIN #all")
                across(eve, bob)
                across(bob, ann)
                ann.ask("JOIN #all")
                across(ann, bob)
                across(ann, eve)
                eve.send("PRIVMSG #all :from the far end")
                assert bob.line() == ":eve!~eve@127.0.0.1 PRIVMSG #all :from the far end"
                assert ann.line() == ":eve!~eve@127.0.0.1 PRIVMSG #all :from the far end"
                bob.send("KICK #all eve :out")
                assert eve.line() == ":bob!~bob@127.0.0.1 KICK #all eve :out"
                user = parley.network.find_user("eve")
                assert user is not None and user.server is not None and user.server.name == FAR
            until(lambda: parley.network.find_user("eve") is None)
            assert [server.name for server in parley.network.servers] == [NGIRCD_NAME]
