"""What a lab client calls its host: shown, and good for nothing; and a hidden host, which no ban gives away."""

import pytest

from tests.harness import IrcClient, ServerUnderTest, response

OPERATOR = '[[operator]]\nname = "root"\npassword = "rootpass"\nhosts = ["*@192.0.2.*", "*@*.staff.example"]\n'
CLOAKS = '[cloak]\nenabled = true\nsecret = "a secret of some length"\nsuffix = "users"\n'
WEBIRC = '[[webirc]]\npassword = "gate"\nfrom = ["127.0.0.1"]\n'
NO_HOST = ":parley.test 491 {} :No O-lines for your host"


def through_gateway(server: ServerUnderTest, nick: str, host: str, address: str) -> IrcClient:
    """A modern client of which a gateway says where it is."""
    client = server.connect()
    client.send(f"WEBIRC gate web {host} {address}")
    client.register(nick)
    return client


def shown_host(server: ServerUnderTest, nick: str) -> str:
    """The host that others see."""
    user = server.network.find_user(nick)
    assert user is not None
    return user.host


# --- becoming an operator ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["pc.staff.example", "192.0.2.7", "192.0.2.x"])
def test_a_claimed_host_makes_nobody_an_operator(host: str) -> None:
    with ServerUnderTest(OPERATOR) as server:
        assert server.lab("mal", host).ask("OPER root rootpass") == [":parley.test 491 :No O-lines for your host"]


def test_the_host_that_a_gateway_names_makes_an_operator() -> None:
    with ServerUnderTest(OPERATOR + WEBIRC) as server:
        named = through_gateway(server, "wren", "pc.staff.example", "198.51.100.1")
        assert ":parley.test 381 wren :You are now an IRC operator" in named.ask("OPER root rootpass")
        near = through_gateway(server, "rook", "elsewhere.example", "192.0.2.9")
        assert ":parley.test 381 rook :You are now an IRC operator" in near.ask("OPER root rootpass")
        far = through_gateway(server, "kite", "elsewhere.example", "198.51.100.2")
        assert far.ask("OPER root rootpass") == [NO_HOST.format("kite")]


# --- what may be claimed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["192.0.2.7", "127.0.0.1", "0::1", "2001:db8::1"])
def test_an_address_cannot_be_claimed(server: ServerUnderTest, host: str) -> None:
    lab = server.lab("rook", host)
    assert lab.welcome == [":parley.test 001 :Welcome to the Internet Relay Network rook!rook@127.0.0.1"]


@pytest.mark.parametrize("host", ["aaaaaaaa.bbbbbbbb.cccccccc.users", "x.USERS", "a.b.users"])
def test_a_host_that_looks_cloaked_cannot_be_claimed_and_the_own_one_is_hidden(host: str) -> None:
    with ServerUnderTest(CLOAKS) as server:
        server.lab("rook", host)
        assert server.network.cloak is not None
        assert shown_host(server, "rook") == server.network.cloak.hide("127.0.0.1")


@pytest.mark.parametrize(
    ("prefix", "suffix", "host", "is_alike"),
    [
        ("", "", "aaaaaaaa.bbbbbbbb.cccccccc", True),
        ("", "", "pc1", False),
        ("", "", "aaaaaaaa.example.org", False),
        ("net-", "", "NET-aaaaaaaa", True),
        ("net-", "", "aaaaaaaa", False),
        ("net-", "users", "x.users", True),
        ("net-", "users", "net-x", True),
        ("net-", "users", "pc1.lab", False),
    ],
)
def test_what_looks_cloaked_depends_on_what_stands_around(prefix: str, suffix: str, host: str, is_alike: bool) -> None:
    with ServerUnderTest(
        f'[cloak]\nenabled = true\nsecret = "a secret of some length"\nprefix = "{prefix}"\nsuffix = "{suffix}"\n'
    ) as server:
        server.lab("rook", host)
        assert (shown_host(server, "rook") != host) == is_alike


# --- the lists of channels -----------------------------------------------------------------------------------------


def test_a_claimed_host_lets_nobody_in_by_an_exception(server: ServerUnderTest) -> None:
    owner, lab = server.irc("owner"), server.lab("rook", "pc1")
    owner.ask("JOIN #a,#b", "MODE #a +iI *!*@pc1", "MODE #b +be rook!*@* *!*@pc1")
    assert lab.ask("JOIN #a", "JOIN #b") == [
        ":parley.test 473 #a :Cannot join channel (+i)",
        ":parley.test 474 #b :Cannot join channel (+b)",
    ]
    owner.ask("MODE #a +I *!*@127.0.0.1", "MODE #b +e rook!*@127.*")
    assert lab.ask("JOIN #a", "JOIN #b") == [f":parley.test 331 #{name} :No topic is set" for name in "ab"]


def test_a_ban_may_mean_a_claimed_host_and_the_real_one(server: ServerUnderTest) -> None:
    owner, lab = server.irc("owner"), server.lab("rook", "pc1")
    owner.ask("JOIN #a,#b", "MODE #a +b *!*@pc1", "MODE #b +b rook!*@127.0.0.1")
    assert lab.ask("JOIN #a", "JOIN #b") == [f":parley.test 474 #{name} :Cannot join channel (+b)" for name in "ab"]


def test_a_ban_of_a_cloak_means_a_lab_client_that_shows_another_host() -> None:
    with ServerUnderTest(CLOAKS) as server:
        owner, lab = server.irc("owner"), server.lab("rook", "pc1")
        assert shown_host(server, "rook") == "pc1"
        assert server.network.cloak is not None
        owner.ask("JOIN #a", f"MODE #a +b rook!*@{server.network.cloak.hide('127.0.0.1')}")
        assert lab.ask("JOIN #a") == [":parley.test 474 #a :Cannot join channel (+b)"]


# --- what a ban tells ----------------------------------------------------------------------------------------------


def test_a_ban_of_a_hidden_host_does_not_tell_json_members_whom_it_means() -> None:
    with ServerUnderTest(CLOAKS) as server:
        alice, wren, owner = server.user("alice"), server.irc("wren"), server.irc("owner")
        owner.ask("JOIN #lab")
        wren.ask("JOIN #lab")
        alice.ask_all("JOIN", chat_name="lab")
        alice.sync()
        owner.ask("MODE #lab +b *!*@127.0.*")
        assert alice.sync() == []
        owner.ask(f"MODE #lab +b wren!*@{shown_host(server, 'wren')}")
        assert alice.sync() == [response("191", "wren has been banned from the group", banned_user="wren")]
        wren.ask("MODE wren -x")
        alice.sync()
        owner.ask("MODE #lab +b wren!*@127.0.0.*")
        assert [whole["response_code"] for whole in alice.sync()] == ["191"]
