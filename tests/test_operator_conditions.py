"""The conditions of an operator block hold for as long as somebody is an operator: for all of its connections, and by
the configuration of the day. And without a privilege, being an operator opens nothing in a channel."""

import pytest

from tests.harness import IrcClient, ServerUnderTest

CERTIFICATE = "ab" * 32
CLASSES = '[[class]]\nname = "none"\nprivileges = []\n[[class]]\nname = "modes"\nprivileges = ["samode", "rehash"]\n'
PLAIN = '[[operator]]\nname = "plain"\npassword = "x"\nclass = "none"\n'
ROOT = '[[operator]]\nname = "root"\npassword = "x"\n'
MODES = '[[operator]]\nname = "modes"\npassword = "x"\nclass = "modes"\n'
TLS_ONLY = '[[operator]]\nname = "safe"\npassword = "x"\ntls_only = true\n'
CERTIFIED = f'[[operator]]\nname = "safe"\npassword = "x"\ncertificate = "{CERTIFICATE}"\n'
NEAR = '[[operator]]\nname = "safe"\npassword = "x"\nhosts = ["*@192.0.2.1"]\n'
YOU_ARE = ":parley.test 381 {0} :You are now an IRC operator"


def secured(server: ServerUnderTest, nick: str, is_secure: bool = True) -> None:
    """The first connection of `nick` counts as one by TLS with the certificate, from the right address; or as none."""
    with server.network.lock:
        user = server.network.find_user(nick)
        assert user is not None
        session = user.sessions[0]
        session.is_secure, session.fingerprint = is_secure, CERTIFICATE if is_secure else ""
        session.address = session.host = "192.0.2.1" if is_secure else "127.0.0.1"


# --- further connections -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "why"),
    [(TLS_ONLY, "not by TLS"), (CERTIFIED, "another certificate, or none"), (NEAR, "from another host")],
)
def test_a_further_connection_that_the_block_does_not_allow_ends_being_an_operator(block: str, why: str) -> None:
    with ServerUnderTest(block + ROOT) as server:
        server.add_account("wren")
        wren, boss = server.member("wren"), server.irc("boss")
        boss.ask("OPER root x")
        secured(server, "wren")
        assert YOU_ARE.format("wren") in wren.ask("OPER safe x")
        boss.sync()
        second = server.member("wren")
        assert wren.sync() == [":wren MODE wren -o"]
        assert not any(" MODE " in line for line in second.welcome)
        prefix = ":parley.test NOTICE boss :*** Oper: wren!~wren@127.0.0.1 is no operator any more: "
        assert boss.sync() == [f"{prefix}another connection of it has come: {why}"]
        assert second.ask("WALLOPS :x") == [":parley.test 481 wren :Permission Denied- You're not an IRC operator"]


def test_a_json_connection_is_one_as_well() -> None:
    with ServerUnderTest(TLS_ONLY) as server:
        server.add_account("wren")
        wren = server.member("wren")
        secured(server, "wren")
        wren.ask("OPER safe x")
        server.user("wren")
        assert wren.sync() == [":wren MODE wren -o"]


def test_a_further_connection_that_the_block_allows_changes_nothing() -> None:
    with ServerUnderTest(ROOT + 'hosts = ["*@127.0.0.1"]\n') as server:
        server.add_account("wren")
        wren = server.member("wren")
        wren.ask("OPER root x")
        second = server.member("wren")
        assert wren.sync() == []
        assert ":parley.test 221 wren +o" in second.welcome + second.ask("MODE wren")


def test_nobody_becomes_an_operator_beside_a_connection_that_the_block_does_not_allow() -> None:
    with ServerUnderTest(TLS_ONLY) as server:
        server.add_account("wren")
        wren, second = server.member("wren"), server.member("wren")
        secured(server, "wren")
        assert wren.ask("OPER safe x") == [
            ":parley.test NOTICE wren :Another connection of yours may not be an operator's: not by TLS",
            ":parley.test 491 wren :No O-lines for your host",
        ]
        assert wren.ask("OPER safe y") == [":parley.test 464 wren :Password incorrect"]  # and nothing of the other one
        second.send("QUIT")
        second.lines_until_closed()
        assert YOU_ARE.format("wren") in wren.ask("OPER safe x")


# --- a new configuration -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        ROOT.replace('"x"', '"other"'),
        ROOT + 'hosts = ["*@127.0.0.1"]\n',
        ROOT + "tls_only = true\n",
        ROOT + f'certificate = "{CERTIFICATE}"\n',
    ],
    ids=["password", "hosts", "tls_only", "certificate"],
)
def test_a_rehash_takes_the_rights_of_an_operator_whose_conditions_changed(changed: str) -> None:
    with ServerUnderTest(CLASSES + MODES + ROOT) as server:
        boss, other = server.irc("boss"), server.irc("other")
        boss.ask("OPER root x")
        other.ask("OPER modes x")
        boss.sync()
        (server.data / "server.toml").write_text(CLASSES + MODES + changed)
        assert other.ask("REHASH") == [
            ":parley.test 382 other server.toml :Rehashing",
            ":parley.test NOTICE other :*** Oper: boss!~boss@127.0.0.1 is no operator any more: "
            "the conditions of root have changed",
        ]
        assert boss.sync() == [":boss MODE boss -o"]


def test_a_rehash_that_changes_no_condition_leaves_an_operator_with_what_its_class_allows() -> None:
    with ServerUnderTest(CLASSES + MODES + ROOT) as server:
        boss, other = server.irc("boss"), server.irc("other")
        boss.ask("OPER root x")
        other.ask("OPER modes x")
        (server.data / "server.toml").write_text(CLASSES + MODES + ROOT + 'class = "none"\nnotices = "k"\n')
        boss.sync()
        other.ask("REHASH")
        assert boss.ask("WALLOPS :x") == [":parley.test 723 boss wallops :Insufficient oper privileges."]


# --- channels ------------------------------------------------------------------------------------------------------


def guests(server: ServerUnderTest, block: str) -> tuple[IrcClient, IrcClient]:
    """Wren, the founder of #den, which is +Q, and kite, an IRC operator by that block and a channel operator there."""
    for name in ("wren", "kite"):
        server.add_account(name)
    wren, kite, _ = server.member("wren"), server.member("kite"), server.irc("rook")
    wren.ask("JOIN #den", "CS REGISTER #den", "MODE #den +Q")
    kite.ask(f"OPER {block} x", "JOIN #den")
    wren.ask("MODE #den +o kite")
    for client in (wren, kite):
        client.sync()
    return wren, kite


def test_without_the_privilege_an_operator_has_no_more_rights_in_a_channel_than_others() -> None:
    with ServerUnderTest(CLASSES + PLAIN) as server:
        _, kite = guests(server, "plain")
        needed = ":parley.test 482 kite #den :You're not channel operator"
        assert kite.ask("MODE #den -P", "RENAME #den #mine") == [needed, needed]
        server.irc("robin").ask("JOIN #den")
        kite.sync()
        (refusal,) = kite.ask("KICK #den robin")
        assert refusal == f"{needed} enough for that: nobody is kicked here (+Q)"


def test_with_the_privilege_an_operator_may_kick_where_nobody_is_kicked() -> None:
    with ServerUnderTest(CLASSES + MODES) as server:
        _, kite = guests(server, "modes")
        server.irc("robin").ask("JOIN #den")
        kite.sync()
        assert kite.ask("KICK #den robin") == [":kite!~kite@127.0.0.1 KICK #den robin :kite"]


def test_a_registered_channel_is_given_up_through_chanserv_only() -> None:
    with ServerUnderTest(CLASSES + MODES) as server:
        wren, kite = guests(server, "modes")
        why = "The channel is registered; its founder can give it up: /msg ChanServ DROP #den"
        assert wren.ask("MODE #den -P") == [f":parley.test 696 wren #den P * :{why}"]
        assert kite.ask("MODE #den -P") == [f":parley.test 696 kite #den P * :{why}"]
        assert kite.ask("SAMODE #den -P")[-1] == f":parley.test 696 kite #den P * :{why}"
        channel = server.channel("#den")
        assert channel.is_permanent and channel.founder == "wren"


def test_samode_makes_no_admin_and_no_permanent_channel_without_one() -> None:
    with ServerUnderTest(CLASSES + MODES) as server:
        server.add_account("kite")
        kite, rook = server.member("kite"), server.irc("rook")
        kite.ask("OPER modes x")
        rook.ask("JOIN #p")
        assert kite.ask("SAMODE #p +P")[-1] == (
            ":parley.test 696 kite #p P * :It has no admin, so nobody would rule it after a restart"
        )
        channel = server.channel("#p")
        assert not channel.is_permanent and channel.admins == set()


def test_samode_makes_a_channel_with_an_admin_permanent_and_the_reverse() -> None:
    with ServerUnderTest(CLASSES + MODES) as server:
        server.add_account("wren")
        wren, guest = server.member("wren"), server.irc("guest")
        wren.ask("JOIN #p", "MODE #p +P")
        guest.ask("OPER modes x")
        assert guest.ask("SAMODE #p -P")[-1] != ""
        assert not server.channel("#p").is_permanent
        guest.ask("SAMODE #p +P")
        channel = server.channel("#p")
        assert channel.is_permanent and channel.admins == {"wren"}
