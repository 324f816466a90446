"""Operator blocks and classes: who becomes an operator under which condition, what a class allows, what a new
configuration means for those who are operators already."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.commands.registry import IRC_COMMANDS
from chat.storage.config import load_config
from chat.storage.errors import ConfigError
from chat.storage.settings import OperatorBlock
from protocol.privileges import PRIVILEGES
from tests.harness import IrcClient, ServerUnderTest, load_commands

load_commands()
ROOT_BLOCK = '[[operator]]\nname = "root"\npassword = "rootpass"\n'
HELPER = '[[class]]\nname = "helper"\nprivileges = ["kill", "kline"]\n'
HELPER_BLOCK = '[[operator]]\nname = "help"\npassword = "helppass"\nclass = "helper"\n'
NO_OPERATOR = ":parley.test 481 wren :Permission Denied- You're not an IRC operator"
CERTIFICATE = "ab" * 32


def oper(server: ServerUnderTest, nick: str, name: str, password: str) -> IrcClient:
    client = server.irc(nick)
    assert f":parley.test 381 {nick} :You are now an IRC operator" in client.ask(f"OPER {name} {password}")
    return client


# --- the configuration ---------------------------------------------------------------------------------------------


def blocks(folder: Path, text: str) -> tuple[OperatorBlock, ...]:
    (folder / "server.toml").write_text(text, "utf-8")
    return load_config(None, folder, {}).operators


def test_an_operator_without_a_class_may_do_everything(tmp_path: Path) -> None:
    assert blocks(tmp_path, ROOT_BLOCK) == (OperatorBlock("root", "rootpass", privileges=frozenset(PRIVILEGES)),)


def test_a_class_allows_what_it_names_and_what_it_inherits(tmp_path: Path) -> None:
    boss = '[[class]]\nname = "boss"\nprivileges = ["die"]\ninherits = "helper"\n'
    text = boss + HELPER + HELPER_BLOCK + '[[operator]]\nname = "b"\npassword = "x"\nclass = "boss"\n'
    helper, second = blocks(tmp_path, text)
    assert helper.privileges == {"kill", "kline"}
    assert second.privileges == {"die", "kill", "kline"}


def test_a_certificate_may_be_written_with_colons_and_in_capitals(tmp_path: Path) -> None:
    (block,) = blocks(tmp_path, ROOT_BLOCK + f'certificate = "{":".join(["AB"] * 32)}"\n')
    assert block.certificate == CERTIFICATE


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('class = "helpr"', 'operator[0].class: unknown class "helpr"; did you mean "helper"?'),
        ('hosts = ["127.0.0.1"]', 'operator[0].hosts[0]: "127.0.0.1" is no mask like *@10.0.0.0/8 or wren@*.example'),
        ('certificate = "abc"', 'operator[0].certificate: found the text "abc", allowed is the SHA-256 fingerprint'),
        ('tls_only = "yes"', 'operator[0].tls_only: found the text "yes", allowed is true or false'),
        ('notices = "bz"', 'operator[0].notices: there are no notices "z"; known here: b (Ban), c (Connect), '),
        ("hsts = []", 'operator[0]: unknown key "hsts"; did you mean "hosts"?'),
        ('[[class]]\nname = "helper"', 'class[1].name: the class "helper" is there twice'),
        ('[[class]]\nname = "b"\nprivileges = ["kil"]', 'unknown privilege "kil"; did you mean "kill"?'),
        (
            '[[class]]\nname = "b"\ninherits = "helpers"',
            'class[1].inherits: unknown class "helpers"; did you mean "hel',
        ),
        ('[[class]]\nname = "b"\ninherits = "b"', 'class[1].inherits: the class "b" inherits from itself'),
        (
            '[[class]]\nname = "b"\ninherits = "c"\n[[class]]\nname = "c"\ninherits = "b"',
            'class[1].inherits: the class "b" inherits from itself',
        ),
        (
            '[[class]]\nname = "d"\ninherits = "b"\n[[class]]\nname = "b"\ninherits = "b"',
            'class[2].inherits: the class "b" inherits from itself',
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_meant(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        blocks(tmp_path, HELPER + ROOT_BLOCK + text)
    assert str(caught.value).startswith(f"{tmp_path / 'server.toml'}: ")
    assert sentence in str(caught.value)


def test_a_class_that_is_named_where_there_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'unknown class "x"; there is no \[\[class\]\] at all'):
        blocks(tmp_path, ROOT_BLOCK + 'class = "x"')


# --- OPER ----------------------------------------------------------------------------------------------------------


def test_the_name_may_be_written_in_any_case() -> None:
    with ServerUnderTest(ROOT_BLOCK) as server:
        oper(server, "wren", "ROOT", "rootpass")


def test_the_host_must_be_one_of_those_of_the_block() -> None:
    elsewhere = '[[operator]]\nname = "far"\npassword = "x"\nhosts = ["*@192.0.2.*"]\n'
    here = '[[operator]]\nname = "near"\npassword = "x"\nhosts = ["*@192.0.2.*", "wren@127.0.0.0/8"]\n'
    with ServerUnderTest(elsewhere + here) as server:
        assert server.irc("wren").ask("OPER far x") == [":parley.test 491 wren :No O-lines for your host"]
        assert server.irc("rook").ask("OPER near x") == [":parley.test 491 rook :No O-lines for your host"]
        second = server.connect()
        second.send("NICK wren2", "USER wren 0 * :the same user name")
        second.sync()
        assert ":parley.test 381 wren2 :You are now an IRC operator" in second.ask("OPER near x")


def test_a_block_may_ask_for_tls_and_for_a_certificate() -> None:
    secure = '[[operator]]\nname = "s"\npassword = "x"\ntls_only = true\n'
    certified = f'[[operator]]\nname = "c"\npassword = "x"\ncertificate = "{CERTIFICATE}"\n'
    with ServerUnderTest(secure + certified) as server:
        wren = server.irc("wren")
        refusal = ":parley.test 491 wren :No O-lines for your host"
        assert wren.ask("OPER s x", "OPER c x") == [refusal, refusal]
        user = server.network.find_user("wren")
        assert user is not None
        with server.network.lock:
            user.sessions[0].is_secure, user.sessions[0].fingerprint = True, CERTIFICATE
        assert wren.ask("OPER s x")[0] == ":parley.test 381 wren :You are now an IRC operator"
        assert wren.ask("OPER c x")[0] == ":parley.test 381 wren :You are now an IRC operator"
        assert wren.ask("OPER c y")[0] == ":parley.test 464 wren :Password incorrect"


def test_who_tries_too_often_is_disconnected_and_the_operators_are_told() -> None:
    with ServerUnderTest(ROOT_BLOCK) as server:
        boss, wren = oper(server, "boss", "root", "rootpass"), server.irc("wren")
        wren.send("OPER root a", "OPER boss b", "OPER root c", "OPER root rootpass")
        assert wren.lines_until_closed() == [
            ":parley.test 464 wren :Password incorrect",
            ":parley.test 491 wren :No O-lines for your host",
            ":parley.test 464 wren :Password incorrect",
            "ERROR :Closing Link: 127.0.0.1 (Too many wrong OPER tries)",
        ]
        notice = ":parley.test NOTICE boss :*** Oper: wren!~wren@127.0.0.1 [127.0.0.1] failed to become"
        assert boss.sync() == [
            f"{notice} root: wrong password",
            f"{notice} boss: there is no such operator",
            f"{notice} root: wrong password",
        ]


def test_the_password_is_no_part_of_what_the_operators_are_told() -> None:
    with ServerUnderTest(ROOT_BLOCK) as server:
        boss, wren = oper(server, "boss", "root", "rootpass"), server.irc("wren")
        wren.ask("OPER root hunter2")
        assert "hunter2" not in "".join(boss.sync())


# --- what a class allows -------------------------------------------------------------------------------------------

PRIVILEGED = {verb: row.privilege for verb, row in IRC_COMMANDS.items() if row.privilege}


def test_every_privilege_of_a_command_is_a_row_of_the_table() -> None:
    assert set(PRIVILEGED.values()) <= set(PRIVILEGES)


@pytest.fixture(scope="module")
def three() -> Iterator[tuple[IrcClient, IrcClient, IrcClient]]:
    with ServerUnderTest(HELPER.replace('["kill", "kline"]', "[]") + HELPER_BLOCK) as server:
        yield server.irc("wren"), oper(server, "helper", "help", "helppass"), server.connect()


@pytest.mark.parametrize("verb", sorted(PRIVILEGED))
def test_a_command_with_a_privilege_is_refused_to_who_lacks_it(
    three: tuple[IrcClient, IrcClient, IrcClient], verb: str
) -> None:
    wren, helper, nobody = three
    line = f"{verb} wren #c +i x :y"
    assert wren.ask(line) == [NO_OPERATOR]
    assert helper.ask(line) == [f":parley.test 723 helper {PRIVILEGED[verb]} :Insufficient oper privileges."]
    assert nobody.ask(line) == [":parley.test 451 * :You have not registered"]


def test_a_class_opens_its_commands_and_no_others() -> None:
    with ServerUnderTest(HELPER + HELPER_BLOCK) as server:
        helper, wren = oper(server, "helper", "help", "helppass"), server.irc("wren")
        assert helper.ask("WALLOPS :x", "STATS o", "PRIVMSG $*.test :x", "DLINE") == [
            ":parley.test 723 helper wallops :Insufficient oper privileges.",
            ":parley.test 723 helper stats :Insufficient oper privileges.",
            ":parley.test 219 helper o :End of /STATS report",
            ":parley.test 723 helper messages :Insufficient oper privileges.",
            ":parley.test 723 helper dline :Insufficient oper privileges.",
        ]
        helper.ask("KILL wren :out")
        assert wren.lines_until_closed()[-1].startswith("ERROR :")


# --- REHASH --------------------------------------------------------------------------------------------------------


def test_a_rehash_gives_present_operators_what_their_class_allows_now() -> None:
    with ServerUnderTest(HELPER + HELPER_BLOCK + ROOT_BLOCK) as server:
        helper, boss = oper(server, "helper", "help", "helppass"), oper(server, "boss", "root", "rootpass")
        helper.sync()
        (server.data / "server.toml").write_text(HELPER.replace('"kill"', '"wallops"') + HELPER_BLOCK + ROOT_BLOCK)
        assert boss.ask("REHASH") == [":parley.test 382 boss server.toml :Rehashing"]
        assert helper.ask("WALLOPS :x", "KILL boss :x") == [
            ":parley.test 723 helper kill :Insufficient oper privileges."
        ]


def test_a_rehash_takes_the_rights_of_an_operator_whose_block_is_gone() -> None:
    with ServerUnderTest(HELPER + HELPER_BLOCK + ROOT_BLOCK) as server:
        helper, boss = oper(server, "helper", "help", "helppass"), oper(server, "boss", "root", "rootpass")
        helper.sync()
        (server.data / "server.toml").write_text(ROOT_BLOCK)
        assert boss.ask("REHASH") == [
            ":parley.test 382 boss server.toml :Rehashing",
            ":parley.test NOTICE boss :*** Oper: helper!~helper@127.0.0.1 is no operator any more: "
            "help is not configured",
        ]
        assert helper.ask("KILL boss :x") == [
            ":helper MODE helper -o",
            ":parley.test 481 helper :Permission Denied- You're not an IRC operator",
        ]
        assert boss.ask("LUSERS")[1] == ":parley.test 252 boss 1 :operator(s) online"


def test_the_block_of_an_operator_is_known_until_it_is_given_back() -> None:
    with ServerUnderTest(ROOT_BLOCK) as server:
        boss = oper(server, "boss", "ROOT", "rootpass")
        user = server.network.find_user("boss")
        assert user is not None
        assert (user.operator, user.privileges) == ("root", frozenset(PRIVILEGES))
        boss.ask("MODE boss -o")
        assert (user.operator, user.privileges, user.subjects) == ("", frozenset(), frozenset())


# --- what operators see --------------------------------------------------------------------------------------------


def test_whois_shows_operators_hosts_and_only_who_may_spy_secret_channels() -> None:
    with ServerUnderTest(HELPER + HELPER_BLOCK + ROOT_BLOCK) as server:
        helper, boss = oper(server, "helper", "help", "helppass"), oper(server, "boss", "root", "rootpass")
        wren, rook = server.irc("wren"), server.irc("rook")
        wren.ask("JOIN #open,#hidden", "MODE #hidden +s", "MODE wren +w")
        details = {
            ":parley.test 378 {} wren :is connecting from *@127.0.0.1 127.0.0.1",
            ":parley.test 379 {} wren :is using modes +w",
            ":parley.test 338 {} wren ~wren@127.0.0.1 127.0.0.1 :Is actually using host",
        }
        seen = {}
        for nick, client in (("helper", helper), ("boss", boss), ("rook", rook)):
            client.sync()
            seen[nick] = client.ask("WHOIS wren")
        for nick in ("helper", "boss"):
            assert {line.format(nick) for line in details} <= set(seen[nick])
        assert not any(f" {code} rook " in line for line in seen["rook"] for code in (378, 379, 338))
        channels = {nick: "".join(line for line in lines if " 319 " in line) for nick, lines in seen.items()}
        assert "#hidden" in channels["boss"] and "#open" in channels["helper"] and "#open" in channels["rook"]
        assert "#hidden" not in channels["helper"] + channels["rook"]
        assert any(" 313 rook boss :is an IRC operator" in line for line in rook.ask("WHOIS boss"))
