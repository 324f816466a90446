"""Server-wide bans: KLINE DLINE and lifting them, in every dialect; their grammar, lists and duration."""

import json
import re
import time

import pytest

from tests.harness import IrcClient, ServerUnderTest, response
from tests.operators import CONFIG, boss

HOST = "127.0.0.1"
BANNED = "You are banned from this server"


def told(text: str) -> str:
    return f":parley.test NOTICE boss :*** Ban: {text}"


def refused(verb: str, why: str) -> str:
    return f":parley.test 400 boss {verb} :{why}"


# --- KLINE ---------------------------------------------------------------------------------------------------------


def test_a_kline_keeps_modern_users_out() -> None:
    with ServerUnderTest(CONFIG) as server:
        assert boss(server).ask("KLINE *wren@127.* :be nice") == [
            told("boss set a KLINE on *wren@127.* without end: be nice")
        ]
        wren = server.connect()
        wren.send("NICK wren", "USER wren 0 * :x")
        assert wren.lines_until_closed() == [
            f":parley.test 465 wren :{BANNED}: be nice",
            f"ERROR :Closing Link: {HOST} (Banned: be nice)",
        ]
        rook = server.connect()
        rook.send("CAP REQ :labeled-response batch", "NICK rook", "USER wren 0 * :x", "@label=1 CAP END")
        assert rook.lines_until_closed()[-4:] == [
            "@label=1 :parley.test BATCH +b1 labeled-response",
            f"@batch=b1 :parley.test 465 rook :{BANNED}: be nice",
            f"@batch=b1 ERROR :Closing Link: {HOST} (Banned: be nice)",
            ":parley.test BATCH -b1",
        ]
        assert server.irc("bob").sync() == []


def test_a_kline_keeps_lab_and_json_users_out_and_makes_no_account() -> None:
    with ServerUnderTest(CONFIG) as server:
        server.add_account("carol")
        client = boss(server)
        client.ask("KLINE rook@* :enough", "KLINE carol@*", "KLINE dave@127.0.0.0/8 :no")
        rook = server.connect()
        rook.send("USER rook pc1 parley.test :x")
        assert rook.lines_until_closed() == [
            f":parley.test 465 :{BANNED}: enough",
            "ERROR :Closing Link: pc1 (Banned: enough)",
        ]
        carol = server.json()
        carol.name = "carol"
        carol.request("AUTH", password="secret")
        assert carol.object() == response("320", BANNED, "CC")
        assert carol.object() == response("350", f"Closing Link: {HOST} (Banned)")
        assert carol.lines_until_closed() == []
        dave = server.json(1.1)
        dave.name = "dave"
        dave.request("NWUA", id=7, password="secret")
        first = dave.object()
        assert (first["response_code"], first["payload"], first["id"]) == ("320", f"{BANNED}: no", 7)
        assert dave.object()["response_code"] == "350"
        assert dave.lines_until_closed() == []
        assert server.network.find_account("dave") is None


def test_a_kline_sends_those_away_who_are_on_with_all_their_connections() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren, rook = boss(server), server.irc("wren"), server.lab("rook")
        carol = server.user("carol")
        second, friend = server.member("carol"), server.irc("bob")
        for one in (wren, friend):
            one.ask("JOIN #one")
        wren.sync()
        client.ask("KLINE wren@* :out", "KLINE rook@pc1", "KLINE carol@127.0.0.1 :out")
        assert wren.lines_until_closed() == [
            f":parley.test 465 wren :{BANNED}: out",
            f"ERROR :Closing Link: {HOST} (Banned: out)",
        ]
        assert friend.sync() == [f":wren!~wren@{HOST} QUIT :Banned: out"]
        assert rook.lines_until_closed() == [f":parley.test 465 :{BANNED}", "ERROR :Closing Link: pc1 (Banned)"]
        assert carol.object() == response("350", f"Closing Link: {HOST} (Banned: out)")
        assert second.lines_until_closed() == [
            f":parley.test 465 carol :{BANNED}: out",
            f"ERROR :Closing Link: {HOST} (Banned: out)",
        ]


def test_an_account_cannot_be_joined_from_a_banned_host() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, carol = boss(server), server.user("carol")
        client.ask("KLINE carol2@*")
        second = server.connect()
        second.send("CAP REQ :sasl", "AUTHENTICATE PLAIN", "AUTHENTICATE AGNhcm9sAHNlY3JldA==")
        second.send("NICK carol", "USER carol2 0 * :x", "CAP END")
        assert second.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (Banned)"
        assert carol.sync() == []


def test_a_lifted_kline_lets_them_in_again() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        client.ask("KLINE wren@* :x")
        assert client.ask("UNKLINE WREN@*", "UNKLINE wren@*", "UNKLINE") == [
            told("boss lifted the KLINE on WREN@*"),
            refused("UNKLINE", "There is no KLINE on wren@*"),
            ":parley.test 461 boss UNKLINE :Not enough parameters",
        ]
        assert server.irc("wren").sync() == []


def test_one_does_not_ban_oneself_nor_by_mistake_everybody() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        everybody = "means everybody; KLINE FORCE {0} if that is what you want"
        assert client.ask(
            "KLINE ~boss@127.0.0.1", "KLINE *@*", "KLINE *@*.*", "KLINE ?*@0.0.0.0/0", "KLINE FORCE *@*"
        ) == [
            refused("KLINE", "~boss@127.0.0.1 means you as well"),
            *(refused("KLINE", f"{mask} {everybody.format(mask)}") for mask in ("*@*", "*@*.*", "?*@0.0.0.0/0")),
            refused("KLINE", "*@* means you as well"),
        ]
        assert client.ask("KLINE force *@*.example :none of them") == [
            told("boss set a KLINE on *@*.example without end: none of them")
        ]
        assert client.ask("DLINE 0.0.0.0/1", "RESV *", "RESV #*", "SHUN *@*", "SHUN boss@*", "DLINE 127.0.0.1") == [
            refused("DLINE", "0.0.0.0/1 means everybody; DLINE FORCE 0.0.0.0/1 if that is what you want"),
            refused("RESV", "* means everybody; RESV FORCE * if that is what you want"),
            refused("RESV", "#* means everybody; RESV FORCE #* if that is what you want"),
            refused("SHUN", "*@* means everybody; SHUN FORCE *@* if that is what you want"),
            refused("SHUN", "boss@* means you as well"),
            refused("DLINE", "127.0.0.1 means you as well"),
        ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("KLINE wren", '"wren" is no mask of the form user@host, such as *@192.0.2.7 or *@*.example.org'),
        ("KLINE a!b@c", '"a!b@c" is no mask of the form user@host'),
        ("SHUN @host", '"@host" is no mask of the form user@host'),
        ("DLINE example.org", '"example.org" is no address and no network, such as 192.0.2.7 or 192.0.2.0/24'),
        ("DLINE 192.0.2.0/33", '"192.0.2.0/33" is no address'),
        ("RESV a!b", '"a!b" is no mask of nicks, such as *serv'),
        ("KLINE 0 a@b :x", "0 is no duration: allowed are 1 second to 3650 days"),
        ("KLINE 9999d a@b :x", "9999d is no duration"),
        (f"KLINE {'a' * 200}@b", "A mask has at most 200 bytes"),
    ],
)
def test_what_is_no_mask_or_no_duration_is_refused(line: str, why: str) -> None:
    with ServerUnderTest(CONFIG) as server:
        (answer,) = boss(server).ask(line)
        assert answer.startswith(refused(line.split()[0], why))
        assert not server.network.bans.store.records()


@pytest.mark.parametrize(
    ("given", "shown"),
    [("10", "10m"), ("1d2h", "1d 2h"), ("90", "1h 30m"), ("1w1s", "1w 1s"), ("60m", "1h")],
)
def test_a_ban_has_a_duration_and_is_listed_with_the_rest_of_it(given: str, shown: str) -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        assert client.ask(f"KLINE {given} wren@* :be nice") == [
            told(f"boss set a KLINE on wren@* for {shown}: be nice")
        ]
        line, end = client.ask("KLINE")
        assert re.fullmatch(r":parley\.test 216 boss K \* \* wren :be nice \(set by boss, ends in [0-9wdhms ]+\)", line)
        assert end == ":parley.test 219 boss k :End of /STATS report"


def test_the_reason_needs_no_colon_and_may_be_missing() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        client.ask("KLINE wren@* be  nice now", "KLINE rook@10.0.0.0/8")
        assert [line.partition(" boss ")[2] for line in client.ask("STATS k")] == [
            "K * * wren :be nice now (set by boss)",
            "K 10.0.0.0/8 * rook :no reason (set by boss)",
            "k :End of /STATS report",
        ]


def test_a_ban_that_is_set_again_replaces_the_old_one() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        client.ask("KLINE wren@* :one", "KLINE WREN@* :two")
        assert client.ask("KLINE")[:-1] == [":parley.test 216 boss K * * WREN :two (set by boss)"]


# --- duration ------------------------------------------------------------------------------------------------------


def test_housekeeping_takes_away_what_has_ended() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        client.ask("KLINE 1 wren@* :x", "KLINE rook@* :x", "SHUN 1 carol@*")
        carol, bob = server.irc("carol"), server.irc("bob")
        server.look_after(30)
        server.look_after(61)
        assert client.sync() == [told("the KLINE of wren@* has ended"), told("the SHUN of carol@* has ended")]
        assert [ban.mask for ban in server.network.bans.store.records()] == ["rook@*"]
        assert server.irc("wren").sync() == []
        assert carol.ask("PRIVMSG bob :hello") == []
        assert bob.sync() == [f":carol!~carol@{HOST} PRIVMSG bob :hello"]
        saved = json.loads((server.data / "bans.json").read_text())
        assert [entry["mask"] for entry in saved["bans"]] == ["rook@*"]


def test_a_ban_that_has_ended_means_nobody_even_before_housekeeping() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        client.ask("KLINE 10 wren@* :x", "DLINE 10 192.0.2.1", "RESV 10 rook")
        for ban in server.network.bans.store.records():
            with server.network.lock:
                server.network.bans.add(type(ban)(ban.kind, ban.mask, until=time.time() - 1))
        assert server.irc("rook").sync() == []
        assert client.ask("KLINE", "DLINE", "RESV") == [
            f":parley.test 219 boss {letter} :End of /STATS report" for letter in "kdq"
        ]
        assert server.network.bans.of_address("192.0.2.1") is None


# --- DLINE ---------------------------------------------------------------------------------------------------------


def from_address(server: ServerUnderTest, nick: str, address: str) -> IrcClient:
    """A registered client that looks as if it came from `address`."""
    client = server.connect()
    client.sync()
    with server.network.lock:
        (session,) = [one for one in server.network.sessions if one.user is None and one.registration is not None]
        session.address = session.host = address
        server.network.addresses[address] += 1
        server.network.addresses[HOST] -= 1
    client.register(nick)
    return client


def test_a_dline_closes_every_connection_from_there_whatever_it_has_said() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = from_address(server, "boss", "192.0.2.9")
        client.ask("OPER root rootpass")
        wren, rook, silent, carol = server.irc("wren"), server.lab("rook"), server.connect(), server.user("carol")
        silent.sync()
        assert client.ask("DLINE 127.0.0.0/8 :all of them") == [
            told("boss set a DLINE on 127.0.0.0/8 without end: all of them")
        ]
        closing = f"ERROR :Closing Link: {HOST} (Banned: all of them)"
        assert wren.lines_until_closed() == [f":parley.test 465 wren :{BANNED}: all of them", closing]
        assert silent.lines_until_closed() == [f":parley.test 465 * :{BANNED}: all of them", closing]
        assert rook.lines_until_closed()[-1] == "ERROR :Closing Link: pc1 (Banned: all of them)"
        assert carol.object()["response_code"] == "350"
        late = server.connect()
        assert late.lines_until_closed() == [f"ERROR :Closing Link: {HOST} ({BANNED}: all of them)"]
        assert client.ask("DLINE") == [
            ":parley.test 225 boss D 127.0.0.0/8 :all of them (set by boss)",
            ":parley.test 219 boss d :End of /STATS report",
        ]
        assert client.ask("UNDLINE 127.0.0.0/8") == [told("boss lifted the DLINE on 127.0.0.0/8")]
        assert server.irc("wren").sync() == []


@pytest.mark.parametrize(
    ("mask", "address", "means"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.70", False),
        ("192.0.2.0/24", "192.0.2.70", True),
        ("192.0.2.9/24", "192.0.2.70", True),
        ("192.0.2.0/24", "192.0.3.1", False),
        ("2001:db8::/32", "2001:db8:1::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("0::1", "::1", True),
        ("192.0.2.0/24", "2001:db8::1", False),
        ("192.0.2.0/24", "::ffff:192.0.2.1", True),
    ],
)
def test_whom_a_dline_means(mask: str, address: str, means: bool) -> None:
    with ServerUnderTest(CONFIG) as server:
        boss(server).ask(f"DLINE {mask} :x")
        assert (server.network.bans.of_address(address) is not None) is means
