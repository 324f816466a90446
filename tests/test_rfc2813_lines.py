"""The lines of an RFC 2813 link: a server made of a socket says what a real one says in the rarest of moments only."""

from collections.abc import Iterator

import pytest

from tests.harness import Client, ServerUnderTest
from tests.ngircd import PARLEY_NAME, parley_configuration
from tests.process import until

NAME = "irc.test"
OFFER = "0210-IRC+ ngIRCd|26.1:CHLMSXZo PZ"


class Ircd(Client):
    """A connection that behaves like ngIRCd."""

    def __init__(self, parley: ServerUnderTest, password: str = "from-ngircd", offer: str = OFFER) -> None:
        super().__init__(parley.port)
        self.parley = parley
        self.send(f"PASS {password} {offer}", f"SERVER {NAME} :A server of the tests")

    def greet(self, *burst: str) -> list[str]:
        """Goes on as far as the end of both bursts; what Parley's was."""
        assert self.line() == "PASS to-ngircd 0210-IRC+ parley|1:CHLMXo"
        assert self.line() == f":{PARLEY_NAME} SERVER {PARLEY_NAME} 1 :a Parley chat server"
        self.send(f":{NAME} 005 {PARLEY_NAME} IRCD=ngIRCd NICKLEN=20 :are supported", f":{NAME} 376 {PARLEY_NAME} :End")
        assert self.line() == f":{PARLEY_NAME} 005 {NAME} NICKLEN=20 CHANTYPES=# :are supported on this server"
        assert self.line() == f":{PARLEY_NAME} 376 {NAME} :End of MOTD command"
        self.send(*burst, f":{NAME} PING :{NAME}")
        before = self.lines_until(lambda line: " PONG " in line)[:-1]
        own = self.lines_until(lambda line: line == f":{PARLEY_NAME} PING :{PARLEY_NAME}")[:-1]
        self.send(f":{NAME} PONG {NAME} {PARLEY_NAME}")
        return before + own

    def ask(self, *lines: str) -> list[str]:
        """What comes until Parley has handled these lines, without the PINGs behind changes, which are answered."""
        self.send(*lines, f":{NAME} PING :done")
        told = self.lines_until(lambda line: line == f":{PARLEY_NAME} PONG {PARLEY_NAME} :done")[:-1]
        pings = [line for line in told if line.startswith(f":{PARLEY_NAME} PING :")]
        for line in pings:
            self.send(f":{NAME} PONG {PARLEY_NAME} :{line.rpartition(':')[2]}")
        return [line for line in told if line not in pings]


@pytest.fixture
def parley() -> Iterator[ServerUnderTest]:
    """A server that the tests may link to."""
    with ServerUnderTest(parley_configuration(None, name=NAME), name=PARLEY_NAME) as server:
        yield server


def user(nick: str, token: int = 1, modes: str = "+") -> str:
    """How a user is introduced."""
    return f":{NAME} NICK {nick} 1 ~{nick} host.test {token} {modes} :{nick} there"


def test_the_burst_of_both(parley: ServerUnderTest) -> None:
    bob = parley.irc("bob")
    bob.ask("JOIN #here", "TOPIC #here :hi", "MODE #here +k key", "MODE #here +b bad!*@*", "MODE bob +i", "AWAY :gone")
    ircd = Ircd(parley)
    burst = (
        f":{NAME} SERVER leaf.test 2 2 :Behind it",
        user("ann", modes="+aw"),
        user("cat", 2),
        f":{NAME} METADATA ann accountname :ann",
        f":{NAME} CHANINFO #there +mnl * 12 :theirs",
        f":{NAME} NJOIN #there :~@ann,+cat",
        f":{NAME} MODE #there +I guest!*@*",
        f":{NAME} NJOIN &local :ann",
    )
    assert ircd.greet(*burst) == [
        f":{PARLEY_NAME} NICK bob 1 ~bob 127.0.0.1 1 +ai :bob the tester",
        f":{PARLEY_NAME} CHANINFO #here +ntk key 0 :hi",
        f":{PARLEY_NAME} MODE #here +b bad!*@*",
        f":{PARLEY_NAME} NJOIN #here :@bob",
    ]
    assert ":parley.test 353 bob = #there :~ann +cat" in bob.ask("NAMES #there")
    assert ":parley.test 324 bob #there +mnl 12" in bob.ask("MODE #there")
    assert ":parley.test 332 bob #there :theirs" in bob.ask("TOPIC #there")
    assert any("346 bob #there guest!*@*" in line for line in bob.ask("MODE #there I"))
    about = bob.ask("WHOIS ann")
    assert ":parley.test 330 bob ann ann@irc.test :is logged in as" in about
    assert ":parley.test 301 bob ann :Away" in about


def test_a_server_without_irc_plus_is_refused(parley: ServerUnderTest) -> None:
    ircd = Ircd(parley, offer="0210 IRC| P")
    reason = "IRC+ without CHMX is not enough for a link; ngIRCd 20 and later have it"
    assert ircd.lines_until_closed()[-1] == f"ERROR :Closing Link: 127.0.0.1 ({reason})"


def test_a_wrong_password_is_refused(parley: ServerUnderTest) -> None:
    ircd = Ircd(parley, password="wrong")
    assert ircd.lines_until_closed() == [f"ERROR :Closing Link: 127.0.0.1 (wrong password for {NAME})"]


def test_two_introductions_of_one_nick_that_cross(parley: ServerUnderTest) -> None:
    """ngIRCd kills both; the one of this side is introduced again, and only the other is gone."""
    ircd = Ircd(parley)
    ircd.greet()
    same = parley.irc("same")
    same.ask("JOIN #here")
    ircd.ask()
    (rename,) = ircd.ask(user("same"))
    name = rename.rpartition(" ")[2]
    assert rename == f":{PARLEY_NAME} SVSNICK same {name}"
    assert ircd.ask(f":{NAME} KILL same :Nick collision", ":same QUIT :Nick collision") == [
        f":{PARLEY_NAME} NICK same 1 ~same 127.0.0.1 1 + :same the tester",
        f":{PARLEY_NAME} NJOIN #here :@same",
    ]
    assert parley.network.find_user(name) is None
    assert same.sync() == []
    assert ircd.ask(user("ann"), ":ann PRIVMSG same :still here?") == []
    assert same.sync() == [":ann!~ann@host.test PRIVMSG same :still here?"]
    assert ircd.ask(f":{NAME} KILL same :Nick collision") == [":same QUIT :Killed (irc.test (Nick collision))"]
    assert same.lines_until_closed()[-1].startswith("ERROR :")


def test_two_renames_to_one_nick_that_cross(parley: ServerUnderTest) -> None:
    """Whoever had it first here keeps it; the other side could not rename its view of that one, and can now."""
    ircd = Ircd(parley)
    ircd.greet(user("ann"))
    bob = parley.irc("bob")
    assert ircd.ask() == [f":{PARLEY_NAME} NICK bob 1 ~bob 127.0.0.1 1 + :bob the tester"]
    bob.ask("NICK same")
    rename, again = ircd.ask(":ann NICK :same", f":{NAME} 433 bob same :Nickname already in use")[1:]
    name = rename.rpartition(" ")[2]
    assert rename == f":{PARLEY_NAME} SVSNICK same {name}"
    assert again == ":bob NICK :same"
    assert ircd.ask(f":same NICK :{name}", f":{name} PRIVMSG same :here I am") == []
    assert bob.sync() == [f":{name}!~ann@host.test PRIVMSG same :here I am"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([":bob PRIVMSG ann :I am bob"], "bob is not behind you"),
        ([":bob QUIT :so there"], "bob is not behind you"),
        ([f":{NAME} NJOIN #here :bob"], "bob is not behind you"),
        ([f":{PARLEY_NAME} TOPIC #here :mine"], "you speak for me"),
        ([f":{PARLEY_NAME} KILL bob :mine"], "you speak for me"),
        ([":bob KILL bob :mine"], "bob is not behind you"),
        ([user("ann"), user("ann")], "the nick ann is introduced twice"),
        ([f":{NAME} SERVER {NAME} 2 2 :again"], f"{NAME} is linked already, by {NAME}: no loops"),
        ([f":{NAME} SERVER {PARLEY_NAME} 2 2 :loop"], f"{PARLEY_NAME} is my own name"),
        ([f":{NAME} SERVER no_name! 2 2 :odd"], "ServerUp: its name is not allowed"),
        ([f":{NAME} SQUIT {PARLEY_NAME} :go"], "SQUIT: go"),
        (["ERROR :enough"], "the other side says: enough"),
    ],
)
def test_what_ends_a_link(parley: ServerUnderTest, lines: list[str], reason: str) -> None:
    bob = parley.irc("bob")
    bob.ask("JOIN #here")
    ircd = Ircd(parley)
    ircd.greet()
    ircd.send(*lines)
    assert ircd.lines_until_closed()[-1] == f"ERROR :Closing Link: 127.0.0.1 ({reason})"
    until(lambda: len(parley.network.servers) == 0)
    assert bob.sync() == []


def test_what_is_passed_over(parley: ServerUnderTest) -> None:
    bob = parley.irc("bob")
    bob.ask("JOIN #here")
    ircd = Ircd(parley)
    ircd.greet(user("ann"))
    assert (
        ircd.ask(
            f":{NAME} FROBNICATE x",
            ":nobody PRIVMSG bob :x",
            ":ann PRIVMSG #nowhere :x",
            ":ann PRIVMSG nobody :x",
            ":ann JOIN +odd\ao",
            ":ann PART #here",
            ":ann KICK #here nobody :x",
            ":ann INVITE bob #nowhere",
            ":ann MODE #here +b",
            ":ann MODE #here +l many",
            ":ann MODE #here +VOr",
            f":{NAME} MODE #here +v nobody",
            f":{NAME} METADATA nobody info :x",
            f":{NAME} METADATA bob info :x",
            f":{NAME} METADATA ann accountname :bob@{PARLEY_NAME}",
            f":{NAME} MODE bob +o",
            f":{NAME} CHANINFO &odd +nt",
            f":{NAME} 999",
            "MODE",
            "",
        )
        == []
    )
    assert bob.sync() == []
    ann = parley.network.find_user("ann")
    assert ann is not None and ann.account == ""


def test_servers_behind_come_and_go_with_their_users(parley: ServerUnderTest) -> None:
    bob = parley.irc("bob")
    bob.ask("JOIN #here")
    ircd = Ircd(parley)
    ircd.greet()
    ircd.ask(f":{NAME} SERVER leaf.test 2 2 :Behind", user("cat", 2), ":cat JOIN #here")
    assert bob.sync() == [":cat!~cat@host.test JOIN #here"]
    assert ":parley.test 312 bob cat leaf.test :Behind" in bob.ask("WHOIS cat")
    ircd.ask(f":{NAME} SQUIT leaf.test :lost")
    assert bob.sync() == [f":cat!~cat@host.test QUIT :{NAME} leaf.test"]
    assert [server.name for server in parley.network.servers] == [NAME]


def test_a_server_speaks(parley: ServerUnderTest) -> None:
    bob = parley.irc("bob")
    ircd = Ircd(parley)
    ircd.greet()
    ircd.ask(f":{NAME} NOTICE bob :from the server", f":{NAME} 404 bob #x :Cannot send to channel")
    assert bob.sync() == [f":{NAME} NOTICE bob :from the server", f":{NAME} 404 bob #x :Cannot send to channel"]


def test_what_a_server_says_is_cut_to_the_length_of_a_line(parley: ServerUnderTest) -> None:
    bob = parley.irc("bob")
    ircd = Ircd(parley)
    ircd.greet()
    ircd.ask(f":{NAME} NOTICE bob :{'long ' * 1000}", f":{NAME} 404 bob #x :{'é' * 1000}")
    assert [len(f"{line}\r\n".encode()) for line in bob.sync()] == [512, 512]


def test_a_kill_in_the_name_of_somebody_behind_another_link_is_forged() -> None:
    config = parley_configuration(None, name=NAME).replace("[links]", "[links]\nopen = true")
    with ServerUnderTest(config, name=PARLEY_NAME) as parley:
        bob, far = parley.irc("bob"), Client(parley.port)
        far.send("SERVER far.test 1 :Far", ":far.test USER rook pc1 far.test :Rook")
        until(lambda: parley.network.find_user("rook") is not None)
        for forger in ("far.test", "rook"):
            ircd = Ircd(parley)
            ircd.greet()
            ircd.send(f":{forger} KILL bob :forged")
            reason = f"{forger} is not behind you"
            assert ircd.lines_until_closed()[-1] == f"ERROR :Closing Link: 127.0.0.1 ({reason})"
            until(lambda: len(parley.network.servers) == 1)
        assert bob.sync() == []


def test_a_host_that_changes_is_shown_and_the_real_one_stays_as_it_was_told(parley: ServerUnderTest) -> None:
    ircd = Ircd(parley)
    ircd.greet(user("ann"))
    ircd.ask(
        f":{NAME} METADATA ann host other.test", f":{NAME} METADATA ann cloakhost hidden.test", ":ann MODE ann :+x"
    )
    ann = parley.network.users["ann"]
    assert (ann.host, ann.real_host, ann.address) == ("hidden.test", "host.test", "host.test")
    ircd.ask(":ann MODE ann :-x")
    assert (ann.host, ann.real_host, ann.address) == ("other.test", "host.test", "host.test")


def test_what_is_announced_without_end_is_forgotten(parley: ServerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.links.remembered.LINK_REMEMBERED", 3)
    ircd = Ircd(parley)
    ircd.greet(user("ann"), *(f":{NAME} CHANINFO #c{number} +nt :topic {number}" for number in range(5)))
    ircd.ask(*(f":{NAME} NJOIN #c{number} :@ann" for number in range(5)))
    topics = [parley.network.channels[f"#c{number}"].topic.text for number in range(5)]
    assert topics == ["", "", "topic 2", "topic 3", "topic 4"]


def test_names_hosts_and_accounts_change(parley: ServerUnderTest) -> None:
    bob = parley.irc("bob", "setname", "chghost", "account-notify")
    bob.ask("JOIN #here")
    ircd = Ircd(parley)
    ircd.greet(user("ann"), f":{NAME} NJOIN #here :ann")
    bob.sync()
    ircd.ask(
        f":{NAME} METADATA ann info :Another name",
        f":{NAME} METADATA ann user other",
        f":{NAME} METADATA ann host other.test",
        f":{NAME} METADATA ann cloakhost hidden.test",
        ":ann MODE ann :+x",
        f":{NAME} METADATA ann accountname :ann",
        ":ann AWAY :in words",
    )
    assert bob.sync() == [
        ":ann!~ann@host.test SETNAME :Another name",
        ":ann!~ann@host.test CHGHOST other host.test",
        ":ann!other@host.test CHGHOST other other.test",
        ":ann!other@other.test CHGHOST other hidden.test",
        f":ann!other@hidden.test ACCOUNT ann@{NAME}",
    ]
    assert ":parley.test 301 bob ann :in words" in bob.ask("WHOIS ann")


def test_a_permanent_channel_needs_no_members(parley: ServerUnderTest) -> None:
    ircd = Ircd(parley)
    ircd.greet(f":{NAME} CHANINFO #kept +Pnt :stays", f":{NAME} CHANINFO #gone +nt :goes")
    assert [line for line in parley.irc("bob").ask("LIST") if " 322 " in line] == [
        ":parley.test 322 bob #kept 0 :stays"
    ]


def test_who_was_killed_here_is_heard_no_more(parley: ServerUnderTest) -> None:
    """What it says, or calls itself, before its server knows crosses the KILL."""
    bob = parley.irc("bob")
    bob.ask("OPER oper operpassword", "JOIN #here")
    ircd = Ircd(parley)
    ircd.greet(user("ann"))
    bob.ask("KILL ann :enough")
    assert ircd.ask(":ann PRIVMSG bob :what?", ":ann JOIN #here", ":ann NICK :anna") == [
        ":bob KILL ann :enough",
        f":{PARLEY_NAME} KILL anna :Killed",
    ]
    other = parley.irc("anna")
    assert ircd.ask(":anna QUIT :Killed")[0].startswith(f":{PARLEY_NAME} NICK anna ")
    assert other.sync() == []
    assert not any("ann" in line and "QUIT" not in line and "NOTICE" not in line for line in bob.sync())


def test_a_question_is_answered_up_to_the_pong(parley: ServerUnderTest) -> None:
    bob = parley.irc("bob")
    ircd = Ircd(parley)
    ircd.greet()
    bob.send(f"VERSION {NAME}")
    assert ircd.line() == f":bob VERSION :{NAME}"
    token = ircd.line().removeprefix(f":{PARLEY_NAME} PING :")
    ircd.send(f":{NAME} 351 bob irc-1.0 {NAME} :a test", f":{NAME} 005 bob A=1 :are supported")
    ircd.send(f":{NAME} PONG {PARLEY_NAME} :{token}")
    assert [bob.line(), bob.line()] == [
        f":{NAME} 351 bob irc-1.0 {NAME} :a test",
        f":{NAME} 005 bob A=1 :are supported",
    ]
    assert bob.sync() == []
