"""OPER KILL WALLOPS REHASH CHGHOST: who may, what the operator sees, what everybody else sees."""

import pytest

from tests.harness import ServerUnderTest, response
from tests.operators import CONFIG, boss

HOST = "127.0.0.1"
BOSS = f"boss!~boss@{HOST}"
NOTICE = ":parley.test NOTICE boss :*** "


# --- OPER ----------------------------------------------------------------------------------------------------------


def test_oper_makes_an_operator() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = server.irc("boss")
        assert client.ask("OPER root rootpass") == [
            ":parley.test 381 boss :You are now an IRC operator",
            ":boss MODE boss +o",
            f"{NOTICE}Oper: {BOSS} is now an operator (root)",
        ]
        assert client.ask("MODE boss", "OPER root rootpass") == [
            ":parley.test 221 boss +o",
            ":parley.test 381 boss :You are now an IRC operator",
            f"{NOTICE}Oper: {BOSS} is now an operator (root)",
        ]


def test_oper_with_a_wrong_name_or_password_is_refused() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = server.irc("boss")
        assert client.ask("OPER root wrong", "OPER nobody rootpass", "OPER root", "OPER") == [
            ":parley.test 464 boss :Password incorrect",
            ":parley.test 491 boss :No O-lines for your host",
            ":parley.test 461 boss OPER :Not enough parameters",
            ":parley.test 461 boss OPER :Not enough parameters",
        ]
        assert client.ask("MODE boss") == [":parley.test 221 boss +"]


def test_an_operator_can_give_it_back_but_nobody_can_take_it_by_mode() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        assert client.ask("MODE boss -o") == [":boss MODE boss -o"]
        assert client.ask("MODE boss +o", "WALLOPS :x") == [
            ":parley.test 481 boss :Permission Denied- You're not an IRC operator"
        ]


@pytest.mark.parametrize("line", ["KILL alice :x", "WALLOPS :x", "REHASH", "CHGHOST alice a b.c"])
def test_who_is_no_operator_may_not(server: ServerUnderTest, line: str) -> None:
    refusal = [":parley.test 481 alice :Permission Denied- You're not an IRC operator"]
    assert server.irc("alice").ask(line) == refusal
    assert server.connect().ask(line) == [":parley.test 451 * :You have not registered"]


# --- KILL ----------------------------------------------------------------------------------------------------------


def test_kill_of_a_modern_user() -> None:
    with ServerUnderTest(CONFIG) as server:
        operator, victim, friend, stranger = boss(server), *(server.irc(nick) for nick in ("alice", "bob", "wren"))
        for client in (victim, friend):
            client.ask("JOIN #one", "JOIN #two")
        victim.sync()
        assert operator.ask("KILL Alice :be nice") == [f"{NOTICE}Kill: boss killed alice!~alice@{HOST}: be nice"]
        assert victim.lines_until_closed() == [
            f":{BOSS} KILL alice :be nice",
            f":alice!~alice@{HOST} QUIT :Killed (boss (be nice))",
            f"ERROR :Closing Link: {HOST} (Killed (boss (be nice)))",
        ]
        assert friend.sync() == [f":alice!~alice@{HOST} QUIT :Killed (boss (be nice))"]
        assert stranger.sync() == []
        assert stranger.ask("ISON alice") == [":parley.test 303 wren :"]


def test_kill_of_a_lab_user_seen_by_each_dialect() -> None:
    with ServerUnderTest(CONFIG) as server:
        operator, victim, classmate = boss(server), server.lab("rook"), server.lab("wren")
        victim.ask("JOIN #room")
        classmate.ask("JOIN #room")
        friend, carol = server.irc("bob"), server.user("carol")
        friend.ask("JOIN #room")
        carol.request("JOIN", chat_name="room")
        carol.sync()
        friend.sync()
        operator.ask("KILL rook :enough")
        assert victim.lines_until_closed() == ["ERROR :Closing Link: pc1 (Killed (boss (enough)))"]
        assert friend.sync() == [":rook!rook@pc1 QUIT :Killed (boss (enough))"]
        assert carol.sync() == [response("190", "rook has left the chat room", "", username="rook")]
        assert classmate.sync() == []  # lab members are told of a quit only when the one who quits gave a text


def test_kill_of_a_json_user_ends_all_its_sessions() -> None:
    with ServerUnderTest(CONFIG) as server:
        operator, carol, friend = boss(server), server.user("carol"), server.irc("bob")
        carol.ask("CHAT", chat_name="room")
        second = server.member("carol")
        friend.ask("JOIN #room")
        for client in (carol, second):
            client.sync()
        operator.ask("KILL carol :enough")
        closing = f"Closing Link: {HOST} (Killed (boss (enough)))"
        assert carol.object() == response("350", closing)
        assert carol.lines_until_closed() == []
        assert second.lines_until_closed() == [
            f":{BOSS} KILL carol :enough",
            f":carol!carol@{HOST} QUIT :Killed (boss (enough))",
            f"ERROR :{closing}",
        ]
        assert friend.sync() == [f":carol!carol@{HOST} QUIT :Killed (boss (enough))"]


@pytest.mark.parametrize("version", [1.0, 1.1])
def test_the_sessions_of_a_killed_json_user_get_the_closing_line_alone(version: float) -> None:
    """No 190 for themselves, which would be of no group."""
    with ServerUnderTest(CONFIG) as server:
        operator, first = boss(server), server.user("carol", version)
        first.ask("CHAT", chat_name="room")
        second = server.user("carol", version)
        first.sync()
        operator.ask("KILL carol :enough")
        closing = response("350", f"Closing Link: {HOST} (Killed (boss (enough)))", version=version)
        for client in (first, second):
            assert client.object() == closing
            assert client.lines_until_closed() == []


def test_an_operator_can_kill_itself() -> None:
    with ServerUnderTest(CONFIG) as server:
        operator = boss(server)
        operator.send("KILL boss :enough")
        assert operator.lines_until_closed() == [
            f":{BOSS} KILL boss :enough",
            f"{NOTICE}Kill: boss killed {BOSS}: enough",
            f":{BOSS} QUIT :Killed (boss (enough))",
            f"ERROR :Closing Link: {HOST} (Killed (boss (enough)))",
        ]


def test_kill_that_cannot_be_done() -> None:
    with ServerUnderTest(CONFIG) as server:
        assert boss(server).ask("KILL nobody :x", "KILL parley.test :x", "KILL boss", "KILL") == [
            ":parley.test 401 boss nobody :No such nick/channel",
            ":parley.test 483 boss :You cant kill a server!",
            ":parley.test 461 boss KILL :Not enough parameters",
            ":parley.test 461 boss KILL :Not enough parameters",
        ]


# --- WALLOPS -------------------------------------------------------------------------------------------------------


def test_wallops_reach_those_with_w() -> None:
    with ServerUnderTest(CONFIG) as server:
        operator, listener, other = boss(server), server.irc("alice"), server.irc("bob")
        listener.ask("MODE alice +w")
        assert operator.ask("WALLOPS :going down at noon") == []
        assert listener.sync() == [f":{BOSS} WALLOPS :going down at noon"]
        assert other.sync() == []
        operator.ask("MODE boss +w")
        assert operator.ask("WALLOPS :again", "WALLOPS", "WALLOPS :") == [
            f":{BOSS} WALLOPS :again",
            ":parley.test 461 boss WALLOPS :Not enough parameters",
            ":parley.test 461 boss WALLOPS :Not enough parameters",
        ]


# --- REHASH --------------------------------------------------------------------------------------------------------


def test_rehash_reads_configuration_and_greeting_again() -> None:
    with ServerUnderTest(CONFIG) as server:
        operator = boss(server)
        (server.data / "server.toml").write_text(CONFIG + '[admin]\nplace = "Room 12"\n[limits]\nnick = 5\n')
        (server.data / "motd.txt").write_text("new\n")
        assert operator.ask("REHASH") == [
            ":parley.test 382 boss server.toml :Rehashing",
            ":parley.test 005 boss NICKLEN=5 :are supported by this server",
        ]
        assert operator.ask("ADMIN")[1] == ":parley.test 257 boss :Room 12"
        assert operator.ask("MOTD")[1] == ":parley.test 372 boss :- new"
        assert operator.ask("NICK bossss")[0].startswith(":parley.test 432 boss bossss :")


def test_rehash_of_a_broken_configuration_keeps_the_old_one_and_says_what_is_wrong() -> None:
    with ServerUnderTest(CONFIG) as server:
        operator, second = boss(server), server.irc("alice")
        second.ask("OPER root rootpass")
        operator.sync()
        file = server.data / "server.toml"
        file.write_text('nmae = "x"\n')
        told = f'*** {file}: unknown key "nmae"; did you mean "name"?'
        assert operator.ask("REHASH") == [
            ":parley.test 382 boss server.toml :Rehashing",
            f":parley.test NOTICE boss :{told}",
        ]
        assert second.sync() == [f":parley.test NOTICE alice :{told}"]
        assert operator.ask("OPER root rootpass")[0] == ":parley.test 381 boss :You are now an IRC operator"
        assert file.read_text() == 'nmae = "x"\n'


@pytest.mark.parametrize("name", ["accounts.json", "channels.json"])
def test_rehash_of_a_broken_file_keeps_what_it_held(name: str) -> None:
    with ServerUnderTest(CONFIG) as server:
        carol = server.user("carol")
        carol.ask("CHAT", chat_name="study")
        operator = boss(server)
        (server.data / name).write_text("{broken")
        answers = operator.ask("REHASH")
        assert answers[0] == ":parley.test 382 boss server.toml :Rehashing"
        told = set(answers[1:])  # housekeeping, which sees that a file was changed, may be as quick as REHASH
        assert len(told) == 1
        (line,) = told
        assert line.startswith(f"{NOTICE}{server.data / name}")
        assert line.endswith("the old contents stay in force")
        assert (server.data / name).read_text() == "{broken"
        assert server.user("carol").ask("LIST") == response("130", ["study"], "", username="carol")


# --- CHGHOST -------------------------------------------------------------------------------------------------------


def test_chghost_changes_the_source_of_everything_that_follows() -> None:
    with ServerUnderTest(CONFIG) as server:
        operator, alice = boss(server), server.irc("alice", "chghost")
        bob, carol = server.irc("bob", "chghost"), server.irc("carol")
        for client in (alice, bob, carol):
            client.ask("JOIN #one", "JOIN #two")
        for client in (alice, bob, carol):
            client.sync()
        assert operator.ask("CHGHOST Alice wood staff.example.org") == []
        line = f":alice!~alice@{HOST} CHGHOST wood staff.example.org"
        assert alice.sync() == [line, ":parley.test 396 alice staff.example.org :is now your visible host"]
        assert bob.sync() == [line]
        moved = "alice!wood@staff.example.org"  # who did not ask for chghost sees a user leave and come back
        assert carol.sync() == [
            f":alice!~alice@{HOST} QUIT :Changing hostname",
            f":{moved} JOIN #one",
            ":parley.test MODE #one +o alice",
            f":{moved} JOIN #two",
            ":parley.test MODE #two +o alice",
        ]
        alice.ask("PRIVMSG bob :hi")
        assert bob.sync() == [":alice!wood@staff.example.org PRIVMSG bob :hi"]
        assert ":parley.test 311 bob alice wood staff.example.org * :alice the tester" in bob.ask("WHOIS alice")
        alice.ask("MODE #one +b *!*@staff.example.org", f"MODE #two +b *!*@{HOST}")  # the old host is still known
        assert alice.ask("JOIN 0", "JOIN #one,#two")[-2:] == [
            ":parley.test 474 alice #one :Cannot join channel (+b)",
            ":parley.test 474 alice #two :Cannot join channel (+b)",
        ]


def test_chghost_refuses_what_would_break_a_source() -> None:
    with ServerUnderTest(CONFIG) as server:
        operator = boss(server)
        refusal = ":parley.test 400 boss CHGHOST :Letters, digits and . - _ : / only"
        assert operator.ask("CHGHOST boss a!b host.example", "CHGHOST boss a :x y", "CHGHOST boss a :host!x") == [
            refusal,
            refusal,
            refusal,
        ]
        assert operator.ask("CHGHOST nobody a b.c", "CHGHOST boss a") == [
            ":parley.test 401 boss nobody :No such nick/channel",
            ":parley.test 461 boss CHGHOST :Not enough parameters",
        ]
