"""An RFC 2813 link whose both ends are busy: what is said before the other side's words are heard."""

from collections.abc import Iterator

import pytest

from tests.harness import IrcClient, ServerUnderTest
from tests.ngircd import PARLEY_NAME, parley_configuration
from tests.test_rfc2813_lines import NAME, Ircd, user


@pytest.fixture
def parley() -> Iterator[ServerUnderTest]:
    """A server that the tests may link to."""
    with ServerUnderTest(parley_configuration(None, name=NAME), name=PARLEY_NAME) as server:
        yield server


class Crossed:
    """bob, here, and ann, there, in #both, where both are operators."""

    def __init__(self, parley: ServerUnderTest) -> None:
        self.parley = parley
        self.bob: IrcClient = parley.irc("bob")
        self.bob.ask("JOIN #both")
        self.ircd = Ircd(parley)
        self.ircd.greet(user("ann"), f":{NAME} NJOIN #both :@ann")
        self.ircd.ask()

    def ranks(self) -> str:
        """The members, as bob's server has them."""
        line = next(line for line in self.bob.ask("NAMES #both") if " 353 " in line)
        return " ".join(sorted(line.rpartition(":")[2].split()))

    def see(self) -> list[str]:
        """What Parley has told meanwhile; the PING behind it is answered."""
        return self.ircd.ask()


def test_of_two_topics_that_cross_both_sides_keep_the_one_of_this_side(parley: ServerUnderTest) -> None:
    both = Crossed(parley)
    both.bob.ask("TOPIC #both :ours")
    both.ircd.ask(":ann TOPIC #both :theirs")
    assert ":parley.test 332 bob #both :ours" in both.bob.ask("TOPIC #both")
    both.ircd.ask(":ann TOPIC #both :later")
    assert ":parley.test 332 bob #both :later" in both.bob.ask("TOPIC #both")


def test_of_two_modes_that_cross_likewise(parley: ServerUnderTest) -> None:
    both = Crossed(parley)
    both.bob.ask("MODE #both +mb-o bad!*@* ann")
    both.ircd.ask(":ann MODE #both -m+s", ":ann MODE #both -b bad!*@*", f":{NAME} MODE #both +o ann")
    assert ":parley.test 324 bob #both +mnst" in both.bob.ask("MODE #both")
    assert any("bad!*@*" in line for line in both.bob.ask("MODE #both b"))
    assert both.ranks() == "@bob ann"


def test_who_comes_back_before_the_kick_arrives_is_kicked(parley: ServerUnderTest) -> None:
    both = Crossed(parley)
    both.bob.ask("KICK #both ann :out")
    both.ircd.ask(":ann PART #both", ":ann JOIN #both")
    assert both.ranks() == "@bob"
    both.ircd.ask(":ann JOIN #both")
    assert both.ranks() == "@bob ann"


def test_a_kick_of_somebody_who_has_come_back_meanwhile_is_of_the_past(parley: ServerUnderTest) -> None:
    both = Crossed(parley)
    both.bob.ask("PART #both", "JOIN #both")
    both.ircd.ask(":ann KICK #both bob :out", ":ann MODE #both +v bob")
    assert both.ranks() == "@ann bob"


def test_a_rank_follows_a_change_of_nick(parley: ServerUnderTest) -> None:
    both = Crossed(parley)
    both.bob.ask("MODE #both +v-o ann ann")
    told = both.ircd.ask(":ann NICK :anna")
    assert told == [":bob MODE #both +v-o ann ann", f":{PARLEY_NAME} MODE #both -o+v anna anna"]
    assert both.ranks() == "+anna @bob"


def test_a_kick_follows_a_change_of_nick(parley: ServerUnderTest) -> None:
    both = Crossed(parley)
    both.bob.ask("KICK #both ann :out")
    told = both.ircd.ask(":ann NICK :anna")
    assert told == [":bob KICK #both ann :out", f":{PARLEY_NAME} KICK #both anna"]


def test_a_nick_that_has_just_been_given_up_means_who_had_it(parley: ServerUnderTest) -> None:
    both = Crossed(parley)
    both.bob.ask("NICK robert")
    both.ircd.ask(":ann MODE #both +v bob", ":ann PRIVMSG bob :are you there?")
    assert both.bob.sync() == [
        ":ann!~ann@host.test MODE #both +v robert",
        ":ann!~ann@host.test PRIVMSG robert :are you there?",
    ]


def test_a_channel_that_the_other_side_still_has_is_what_it_was(parley: ServerUnderTest) -> None:
    """Its last member here left when somebody there came in."""
    both = Crossed(parley)
    both.ircd.ask(":ann PART #both", f":{NAME} MODE #both +mk key", f":{NAME} MODE #both +b bad!*@*")
    both.bob.ask("TOPIC #both :still", "PART #both")
    both.ircd.ask(":ann JOIN #both")
    other = parley.irc("other")
    assert ":parley.test 324 other #both +mntk *" in other.ask("MODE #both")
    assert other.ask("JOIN #both key")[1] == ":parley.test 332 other #both :still"
    assert any("bad!*@*" in line for line in other.ask("MODE #both b"))


def test_a_channel_that_the_other_side_has_lost_is_set_up_again(parley: ServerUnderTest) -> None:
    """Its last member there left when somebody here came in."""
    both = Crossed(parley)
    both.ircd.ask(f":{NAME} MODE #both +k key")
    both.bob.ask("PART #both")
    both.see()
    dan = parley.irc("dan")
    dan.ask("JOIN #both key")
    told = both.ircd.ask(":ann PART #both")
    assert told[:2] == [f":{PARLEY_NAME} NICK dan 1 ~dan 127.0.0.1 1 + :dan the tester", ":dan JOIN #both"]
    assert told[2].startswith(f":{PARLEY_NAME} MODE #both -") and told[2].endswith("+ntk-l key")


def test_a_channel_that_both_make_at_once_is_one(parley: ServerUnderTest) -> None:
    both = Crossed(parley)
    both.bob.ask("JOIN #new", "TOPIC #new :ours")
    told = both.ircd.ask(":ann JOIN #new\ao")
    assert f":{PARLEY_NAME} TOPIC #new :ours" in told
    assert ":parley.test 353 bob = #new :@bob @ann" in both.bob.ask("NAMES #new")


def test_what_is_set_there_in_a_channel_that_is_gone_here_is_undone(parley: ServerUnderTest) -> None:
    """Its last member here was kicked; there, somebody came in before that was heard, and somebody else set modes."""
    both = Crossed(parley)
    both.ircd.ask(":ann PART #both", f":{NAME} MODE #both +b bad!*@*")
    both.bob.ask("KICK #both bob :out")
    told = both.ircd.ask(":ann MODE #both +Nb-b other!*@* bad!*@*", ":ann JOIN #both")
    assert told == [
        ":bob KICK #both bob :out",
        f":{PARLEY_NAME} MODE #both -b other!*@*",
        f":{PARLEY_NAME} MODE #both -MNPQRimsz+nt-kl *",
        f":{PARLEY_NAME} TOPIC #both :",
        f":{PARLEY_NAME} MODE #both +b bad!*@*",
    ]
    both.ircd.ask(":ann MODE #both +N")
    assert ":parley.test 324 bob #both +Nnt" in both.bob.ask("MODE #both")


def test_masks_and_ranks_of_a_channel_that_is_set_up_again_cross_what_is_done_there(parley: ServerUnderTest) -> None:
    both = Crossed(parley)
    both.ircd.ask(f":{NAME} MODE #both +e friend!*@*", ":ann PART #both")
    both.bob.ask("PART #both", "JOIN #both")
    both.ircd.ask(":ann JOIN #both\ao", ":ann MODE #both +e friend!*@*", ":ann MODE #both -o ann")
    assert not any("friend!*@*" in line for line in both.bob.ask("MODE #both e"))
    assert both.ranks() == "@ann @bob"


LEAVING = ("PART #both", "KICK #both ann", "QUIT :bye")


@pytest.mark.parametrize("leaving", LEAVING)
def test_who_is_kicked_here_was_the_last_one_there_and_has_left_already(parley: ServerUnderTest, leaving: str) -> None:
    """Nobody else was in the channel when somebody here came in and kicked."""
    both = Crossed(parley)
    both.bob.ask("PART #both")
    both.see()
    both.bob.ask("JOIN #both", "OPER oper operpassword", "SAMODE #both +o bob", "KICK #both ann :out")
    told = both.ircd.ask(f":ann {leaving}")
    assert told[-3:] == [
        ":bob KICK #both ann :out",
        f":{PARLEY_NAME} MODE #both -MNPQRimsz+nt-kl *",
        f":{PARLEY_NAME} TOPIC #both :",
    ]


def test_who_is_killed_here_was_the_last_one_there_and_has_quit_already(parley: ServerUnderTest) -> None:
    both = Crossed(parley)
    both.bob.ask("PART #both")
    both.see()
    both.bob.ask("JOIN #both", "OPER oper operpassword", "KILL ann :out")
    assert f":{PARLEY_NAME} MODE #both -MNPQRimsz+nt-kl *" in both.ircd.ask(":ann QUIT :bye")


def test_what_is_set_there_before_the_only_members_are_heard_of_is_told_again(parley: ServerUnderTest) -> None:
    """It was set where bob's server had a member who was about to leave, and goes with the channel."""
    both = Crossed(parley)
    both.see()
    cat = parley.irc("cat")
    cat.ask("JOIN #both")
    both.bob.ask("PART #both")
    told = both.ircd.ask(":ann PART #both", f":{NAME} MODE #both +b bad!*@*")
    assert told[-3:] == [
        f":{PARLEY_NAME} MODE #both -MNPQRimsz+nt-kl *",
        f":{PARLEY_NAME} TOPIC #both :",
        f":{PARLEY_NAME} MODE #both +b bad!*@*",
    ]
