"""ChanServ: registered channels, their founders, access lists and bans, over a restart and the loss of an account."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import IrcClient, ServerUnderTest

HOST = "127.0.0.1"
SERVICE = ":ChanServ!ChanServ@parley.test"


def says(nick: str, text: str) -> str:
    """The NOTICE line."""
    return f"{SERVICE} NOTICE {nick} :{text}"


@pytest.fixture
def founder(server: ServerUnderTest) -> Iterator[IrcClient]:
    """Logged in as wren, founder of #den; there are accounts rook and kite."""
    for name in ("wren", "rook", "kite"):
        server.add_account(name)
    wren = server.member("wren")
    wren.ask("JOIN #den", "CS REGISTER #den")
    yield wren


def test_an_operator_registers_a_channel_and_is_its_founder(server: ServerUnderTest) -> None:
    server.add_account("wren")
    wren, rook = server.member("wren"), server.irc("rook")
    for client in (wren, rook):
        client.ask("JOIN #den")
    assert rook.ask("PRIVMSG ChanServ :REGISTER #den") == [
        says("rook", "Log in first: /msg NickServ IDENTIFY <account> <password>")
    ]
    wren.sync()
    assert wren.ask("PRIVMSG ChanServ :REGISTER #den") == [
        f"{SERVICE} MODE #den +Pq wren",
        says("wren", "#den belongs to wren"),
    ]
    assert rook.sync() == [f"{SERVICE} MODE #den +Pq wren"]
    assert wren.ask("CS REGISTER #den") == [says("wren", "#den is registered already")]
    lines = rook.ask("CS INFO #den")
    assert lines[0].startswith(says("rook", "#den: founder wren, made 2"))
    assert lines[1:] == [says("rook", "0 accounts have a rank there, 0 masks are banned")]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("CS REGISTER #none", "#none: No such channel"),
        ("CS REGISTER #other", "#other: You're not channel operator"),
        ("CS INFO #other", "#other is not registered"),
        ("CS INFO #none", "#none is not registered"),
        ("CS OP #den", "#den: You're not channel operator"),
        ("CS TOPIC #den :mine", "#den: You're not channel operator"),
        ("CS DROP #den", "#den: You're not channel operator"),
        ("CS ACCESS ADD #den rook op", "#den: You're not channel operator"),
        ("CS ACCESS LIST #den", "#den: You're not channel operator"),
        ("CS AKICK ADD #den wren", "#den: You're not channel operator"),
        ("CS KICK #den wren", "#den: You're not channel operator"),
        ("CS SET FOUNDER #den rook", "#den: You're not channel operator"),
        ("CS OP #den nobody", "nobody: No such nick/channel"),
        ("CS OP #den robin", "robin #den: They aren't on that channel"),
        ("CS FLY #den", "There is no command FLY; HELP lists all"),
    ],
)
def test_what_others_may_not_do(server: ServerUnderTest, founder: IrcClient, line: str, answer: str) -> None:
    robin = server.irc("robin")
    robin.ask("JOIN #other")
    rook = server.member("rook")
    rook.ask("JOIN #den,#other")
    assert rook.ask(line) == [says("rook", answer)]


def test_access_gives_a_rank_now_and_whenever_one_comes(server: ServerUnderTest, founder: IrcClient) -> None:
    rook = server.member("rook")
    rook.ask("JOIN #den")
    founder.sync()
    assert founder.ask("CS ACCESS ADD #den Rook op", "CS ACCESS ADD #den kite voice") == [
        f"{SERVICE} MODE #den +o rook",
        says("wren", "rook has @ in #den"),
        says("wren", "kite has + in #den"),
    ]
    assert rook.sync() == [f"{SERVICE} MODE #den +o rook"]
    assert rook.ask("CS ACCESS LIST #den") == [
        says("rook", "~ wren"),
        says("rook", "@ rook"),
        says("rook", "+ kite"),
        says("rook", "End of the list of #den"),
    ]
    rook.ask("PART #den")
    founder.sync()
    assert ":parley.test MODE #den +o rook" in rook.ask("JOIN #den")
    founder.sync()
    assert founder.ask("CS ACCESS ADD #den rook voice", "CS ACCESS DEL #den rook", "CS ACCESS DEL #den rook") == [
        f"{SERVICE} MODE #den -o+v rook rook",
        says("wren", "rook has + in #den"),
        f"{SERVICE} MODE #den -v rook",
        says("wren", "rook has no rank in #den"),
        says("wren", "rook is not on the list of #den"),
    ]


def test_one_gives_only_ranks_below_ones_own(server: ServerUnderTest, founder: IrcClient) -> None:
    server.add_account("finch")
    founder.ask("CS ACCESS ADD #den rook protected", "CS ACCESS ADD #den kite op")
    rook, kite = server.member("rook"), server.member("kite")
    assert rook.ask("CS ACCESS ADD #den finch op") == [says("rook", "finch has @ in #den")]
    refused = "#den: You're not channel operator"
    assert rook.ask("CS ACCESS ADD #den finch protected") == [says("rook", refused)]
    assert kite.ask("CS ACCESS ADD #den finch voice") == [says("kite", refused)]
    assert kite.ask("CS ACCESS DEL #den rook", "CS ACCESS DEL #den kite") == [
        says("kite", refused),
        says("kite", "kite has no rank in #den"),
    ]
    assert founder.ask("CS ACCESS ADD #den wren op", "CS ACCESS ADD #den x op", "CS ACCESS ADD #den rook king") == [
        says("wren", "wren is the founder of #den"),
        says("wren", "There is no account x"),
        says("wren", "A rank is one of protected, op, halfop and voice"),
    ]


def test_ranks_can_be_given_and_taken(server: ServerUnderTest, founder: IrcClient) -> None:
    robin = server.irc("robin")
    robin.ask("JOIN #den")
    founder.sync()
    for verb, letter in (("OP", "o"), ("HALFOP", "h"), ("VOICE", "v")):
        assert founder.ask(f"CS {verb} #den robin", f"CS {verb} #den robin", f"CS DE{verb} #den robin") == [
            f"{SERVICE} MODE #den +{letter} robin",
            says("wren", f"robin: +{letter} in #den"),
            says("wren", "Nothing to change for robin in #den"),
            f"{SERVICE} MODE #den -{letter} robin",
            says("wren", f"robin: -{letter} in #den"),
        ]


def test_a_founder_who_is_not_there_sets_the_topic_and_removes(server: ServerUnderTest, founder: IrcClient) -> None:
    robin = server.irc("robin")
    robin.ask("JOIN #den")
    founder.ask("PART #den")
    robin.sync()
    assert founder.ask("CS TOPIC #den tea at four")[-1] == says("wren", "The topic of #den was set")
    assert founder.ask("CS KICK #den robin so long")[-1] == says("wren", "robin was removed from #den")
    assert robin.sync() == [
        f":wren!~wren@{HOST} TOPIC #den :tea at four",
        f":wren!~wren@{HOST} KICK #den robin :so long",
    ]


def test_akick_bans_and_removes_whom_it_means(server: ServerUnderTest, founder: IrcClient) -> None:
    rook, robin = server.member("rook"), server.irc("robin")
    for client in (rook, robin):
        client.ask("JOIN #den")
    founder.sync(), rook.sync(), robin.sync()
    assert founder.ask("CS AKICK ADD #den ~a:rook be gone") == [
        f"{SERVICE} MODE #den +b ~a:rook",
        f":wren!~wren@{HOST} KICK #den rook :be gone",
        says("wren", "~a:rook is kept out of #den"),
    ]
    assert rook.ask("JOIN #den")[-1].startswith(":parley.test 474 rook #den ")
    assert founder.ask("CS AKICK ADD #den ~a:rook") == [says("wren", "~a:rook is on the list of #den already")]
    assert founder.ask("CS AKICK ADD #den *!*@*")[-1] == says("wren", "*!*@* is kept out of #den")
    assert "KICK #den robin :banned" in robin.sync()[-1]
    lines = founder.ask("CS AKICK LIST #den")
    assert [line.split(" :")[1].split(" ")[0] for line in lines] == ["~a:rook", "*!*@*", "End"]
    assert founder.ask("CS AKICK DEL #den *!*@*", "CS AKICK DEL #den *!*@*") == [
        f"{SERVICE} MODE #den -b *!*@*",
        says("wren", "*!*@* is not kept out of #den any more"),
        says("wren", "*!*@* is not on the list of #den"),
    ]
    assert robin.ask("JOIN #den")[0] == f":robin!~robin@{HOST} JOIN #den"


def test_a_channel_is_handed_over(server: ServerUnderTest, founder: IrcClient) -> None:
    rook = server.member("rook")
    rook.ask("JOIN #den")
    founder.sync()
    assert founder.ask("CS SET FOUNDER #den rook") == [
        f"{SERVICE} MODE #den -q+q wren rook",
        says("wren", "#den belongs to rook"),
    ]
    assert founder.ask("CS SET FOUNDER #den wren") == [says("wren", "#den: You're not channel operator")]


def test_drop_asks_for_a_code_and_gives_the_channel_up(server: ServerUnderTest, founder: IrcClient) -> None:
    (asked,) = founder.ask("CS DROP #den")
    prefix = says("wren", "To give #den up for good: DROP #den ")
    assert asked.startswith(prefix)
    assert founder.ask("CS DROP #den wrong") == [asked]
    assert founder.ask(f"CS DROP #den {asked.removeprefix(prefix)}") == [
        f"{SERVICE} MODE #den -P",
        says("wren", "#den belongs to nobody any more"),
    ]
    assert server.network.channel_store.get("#den") is None
    founder.ask("PART #den")
    assert server.network.find_channel("#den") is None


def test_a_registered_channel_comes_back_with_its_ranks(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        for name in ("wren", "rook"):
            server.add_account(name)
        server.member("wren").ask("JOIN #den", "CS REGISTER #den", "CS ACCESS ADD #den rook voice")
    with ServerUnderTest(data=tmp_path) as server:
        assert ":parley.test MODE #den +v rook" in server.member("rook").ask("JOIN #den")
        assert "+q wren" in " ".join(server.member("wren").ask("JOIN #den"))


def test_who_is_next_follows_a_founder_whose_account_goes(server: ServerUnderTest, founder: IrcClient) -> None:
    founder.ask("CS ACCESS ADD #den kite voice", "CS ACCESS ADD #den rook op")
    founder.ask("NS DROP secret")
    channel = server.channel("#den")
    assert (channel.founder, channel.access, channel.is_permanent) == ("rook", {"kite": "v"}, True)
    server.member("rook").ask("NS DROP secret")
    assert server.network.find_channel("#den") is channel  # wren is still there
    assert not channel.is_permanent and server.network.channel_store.get("#den") is None


def test_a_json_user_rules_a_registered_channel_too(server: ServerUnderTest, founder: IrcClient) -> None:
    alice = server.user("alice")
    founder.ask("CS ACCESS ADD #den alice op")
    server.irc("robin").ask("JOIN #den")
    alice.ask_all("JOIN", chat_name="den")
    alice.version = 1.1
    answers = alice.ask_all("MSSG", "VOICE #den robin", recipient="ChanServ")
    assert answers[-1]["payload"] == "(ChanServ) robin: +v in #den"
    assert alice.ask("KICK", chat_name="den", kicked_user="robin")["response_code"] == "192"
