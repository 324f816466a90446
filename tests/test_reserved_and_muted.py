"""RESV and SHUN: reserved nicks and channels, and users whom nobody hears, in every dialect."""

from chat.storage.bans import BanKind
from tests.harness import ServerUnderTest
from tests.operators import CONFIG, boss

HOST = "127.0.0.1"


def told(text: str) -> str:
    return f":parley.test NOTICE boss :*** Ban: {text}"


# --- RESV ----------------------------------------------------------------------------------------------------------


def test_a_reserved_nick_is_for_operators_who_may_resv_only() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren = boss(server), server.irc("wren")
        assert client.ask("RESV *serv* :no impostors") == [told("boss set a RESV on *serv* without end: no impostors")]
        refusal = ":parley.test 432 {} ChanServ2 :Erroneous nickname: it is reserved: no impostors"
        assert wren.ask("NICK ChanServ2") == [refusal.format("wren")]
        new = server.connect()
        assert new.ask("NICK ChanServ2") == [refusal.format("*")]
        carol = server.json()
        carol.name = "aserver"
        answer = carol.ask("NWUA", password="secret")
        assert answer["payload"] == "parameters.username: it is reserved: no impostors"
        assert server.network.find_account("aserver") is None
        assert client.ask("NICK ChanServ2") == [":boss!~boss@127.0.0.1 NICK ChanServ2"]


def test_who_holds_a_nick_that_becomes_reserved_gets_another() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren = boss(server), server.irc("wren")
        client.ask("RESV wren :mine")
        assert wren.sync() == [
            ":parley.test NOTICE wren :The nick wren is reserved: mine; you are Guest1 now",
            ":wren!~wren@127.0.0.1 NICK Guest1",
        ]
        client.ask("UNRESV wren")
        assert wren.ask("NICK wren") == [":Guest1!~wren@127.0.0.1 NICK wren"]


def test_a_reserved_channel_is_joined_by_operators_who_may_resv_only() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren, rook, carol = boss(server), server.irc("wren"), server.lab("rook"), server.user("carol")
        client.ask("RESV #staff* :for the staff")
        refusal = "#staffroom :The channel is reserved: for the staff"
        assert wren.ask("JOIN #staffroom") == [f":parley.test 437 wren {refusal}"]
        assert rook.ask("JOIN #staffroom") == [f":parley.test 437 {refusal}"]
        for verb in ("CHAT", "JOIN"):
            answer = carol.ask(verb, chat_name="staffroom")
            assert answer["response_code"] != "170", answer
        assert server.network.find_channel("#staffroom") is None
        assert any(" 366 " in line for line in client.ask("JOIN #staffroom"))
        assert wren.ask("JOIN #staffroom") == [f":parley.test 437 wren {refusal}"]
        assert client.ask("RESV")[0] == ":parley.test 217 boss Q #staff* :for the staff (set by boss)"
        client.ask("UNRESV #staff*")
        assert any(" 366 " in line for line in wren.ask("JOIN #staffroom"))


# --- SHUN ----------------------------------------------------------------------------------------------------------


def test_nothing_that_a_muted_user_says_is_delivered() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren, bob = boss(server), server.irc("wren"), server.irc("bob")
        for one in (wren, bob):
            one.ask("JOIN #one")
        wren.ask("MODE #one -t")
        bob.sync()
        client.ask("SHUN wren@* :quiet")
        why = "You are muted on this server: quiet"
        assert wren.ask(
            "PRIVMSG #one :a", "PRIVMSG bob :b", "NOTICE bob :c", "NOTICE #one :d", "TOPIC #one :e", "INVITE boss #one"
        ) == [
            f":parley.test 404 wren #one :{why}",
            f":parley.test 404 wren bob :{why}",
            f":parley.test 404 wren #one :{why}",
            f":parley.test 404 wren #one :{why}",
        ]
        assert bob.sync() == []
        bob.ask("PRIVMSG #one :still read")
        assert wren.sync() == [f":bob!~bob@{HOST} PRIVMSG #one :still read"]
        wren.ask("PART #one :last words")
        assert bob.sync() == [f":wren!~wren@{HOST} PART #one"]
        wren.ask("JOIN #one")
        wren.send("QUIT :last words")
        wren.lines_until_closed()
        assert bob.sync()[-1] == f":wren!~wren@{HOST} QUIT :Quit: "


def test_a_shun_holds_in_every_dialect_and_for_who_comes_later() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        client.ask("SHUN rook@pc1", "SHUN carol@* :quiet")
        rook, carol, bob = server.lab("rook"), server.user("carol"), server.irc("bob")
        carol.ask("CHAT", chat_name="room")
        rook.ask("JOIN #room")
        carol.sync()
        bob.ask("JOIN #room")
        for one in (rook, carol):
            one.sync()
        assert rook.ask("PRIVMSG #room :hi", "PRIVMSG bob :hi") == [
            ":parley.test 404 #room :You are muted on this server",
            ":parley.test 404 bob :You are muted on this server",
        ]
        answer = carol.ask("MSSG", "hi", chat_name="room")
        assert answer["payload"] == "You are muted on this server: quiet"
        assert bob.sync() == []
        assert client.ask("SHUN") == [
            ":parley.test 223 boss S rook@pc1 :no reason (set by boss)",
            ":parley.test 223 boss S carol@* :quiet (set by boss)",
            ":parley.test 219 boss s :End of /STATS report",
        ]
        client.ask("UNSHUN rook@pc1")
        assert rook.ask("PRIVMSG bob :hi") == []
        assert bob.sync() == [":rook!rook@pc1 PRIVMSG bob :hi"]


def test_the_kinds_of_bans_are_apart() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        client.ask("KLINE wren@*", "SHUN wren@*", "UNKLINE wren@*")
        assert [ban.kind for ban in server.network.bans.store.records()] == [BanKind.MUTE]
