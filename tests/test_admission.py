"""How connections are counted: for which addresses, for which not, and what lines without a command cost."""

import logging
from contextlib import suppress
from pathlib import Path

import pytest

from chat.storage.config import load_config
from chat.storage.entrances import doubts
from chat.storage.errors import ConfigError
from protocol.addresses import is_within, network_of, subscriber_of
from tests.harness import ServerUnderTest

LIMITED = "[limits]\nclients = 1\nclients_per_address = 1\nconnections_per_minute = 1\n"


@pytest.mark.parametrize("exempt", ["127.0.0.1", "127.0.0.0/8"])
def test_an_exempt_address_has_no_limits_on_connections(exempt: str) -> None:
    with ServerUnderTest(f'{LIMITED}exempt = ["2001:db8::/32", "{exempt}"]\n') as server:
        assert [server.irc(nick).sync() for nick in ("wren", "rook", "robin")] == [[], [], []]


def test_others_have_them() -> None:
    with ServerUnderTest(LIMITED + 'exempt = ["192.0.2.0/24"]\n') as server:
        server.irc("wren")
        assert server.connect().lines_until_closed()[0].startswith("ERROR :Closing Link: 127.0.0.1 (The server is full")


def test_an_exempt_address_is_banned_all_the_same() -> None:
    with ServerUnderTest('[limits]\nexempt = ["127.0.0.1"]\n') as server:
        (server.data / "bans.json").write_text('{"bans": [{"kind": "address", "mask": "127.0.0.0/8"}]}')
        server.reload()
        assert server.connect().lines_until_closed() == [
            "ERROR :Closing Link: 127.0.0.1 (You are banned from this server)"
        ]


def test_what_is_no_address_is_told(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text('[limits]\nexempt = ["127.0.0.1", "localhost"]')
    with pytest.raises(ConfigError) as caught:
        load_config(None, tmp_path, {})
    assert 'limits.exempt[1]: "localhost" is no address and no network like 10.0.0.0/8' in str(caught.value)


# --- networks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "subscriber"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::8", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::7", "2001:db8:0:2::/64"),
        ("0::1", "::/64"),
        ("nowhere", "nowhere"),
    ],
)
def test_who_counts_as_one(address: str, subscriber: str) -> None:
    assert subscriber_of(address) == subscriber


def test_the_addresses_of_one_ipv6_subscriber_share_its_limits() -> None:
    with ServerUnderTest(
        '[proxy]\nfrom = ["127.0.0.1"]\n[limits]\nclients_per_address = 2\nconnections_per_minute = 4\n'
    ) as server:

        def come(address: str) -> str:
            client = server.connect()
            client.send_bytes(f"PROXY TCP6 {address} ::1 50000 6667\r\nPING one\r\n".encode())
            return client.line()

        assert come("2001:db8:0:1::1").endswith(" one")
        assert come("2001:db8:0:1:8000::2").endswith(" one")
        assert "Too many connections from your address" in come("2001:db8:0:1::3")
        assert come("2001:db8:0:2::1").endswith(" one")
        assert server.network.addresses["2001:db8:0:1::/64"] >= 2


def test_how_often_is_counted_for_the_whole_network_and_forgotten_after_a_minute(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    admission, now = server.network.admission, [1000.0]
    monkeypatch.setattr("chat.state.admission.time.monotonic", lambda: now[0])
    assert [admission._too_fast(subscriber_of(f"2001:db8::{number}"), 2) for number in (1, 2, 3)] == [
        False,
        False,
        True,
    ]
    for number in range(100):
        admission._too_fast(f"192.0.2.{number}", 2)
    now[0] += 60.5
    assert not admission._too_fast(subscriber_of("2001:db8::4"), 2)
    assert list(admission._recent) == ["2001:db8::/64"]


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("0::ffff:198.18.0.0/112", "198.18.0.0/16"),
        ("::ffff:198.18.0.0/96", "0.0.0.0/0"),
        ("::ffff:198.18.0.7", "198.18.0.7/32"),
        ("::ffff:0:0/95", "::fffe:0:0/95"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_a_network_of_ipv4_addresses_may_be_written_as_ipv6(text: str, network: str) -> None:
    assert str(network_of(text)) == network


def test_such_a_network_holds_ipv4_clients() -> None:
    assert is_within("198.18.3.4", "0::ffff:198.18.0.0/112")
    assert not is_within("198.19.3.4", "0::ffff:198.18.0.0/112")


# --- what costs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("data", "cost"), [(b"\r\n" * 6400, 100), (b"PONG x\r\n" * 100, 100), (b"\r\n" * 50, 0)])
def test_pongs_and_empty_lines_cost_flood_credit(data: bytes, cost: int) -> None:
    with ServerUnderTest("[limits]\nmessages_per_second = 1\nburst = 1000\n") as server:
        for client in (server.irc("wren"), server.user("ann")):
            if cost and data.startswith(b"PONG") and client.__class__.__name__ == "JsonClient":
                continue
            client.sync()
            user = server.network.find_user("wren" if hasattr(client, "register") else "ann")
            assert user is not None
            session = user.sessions[0]
            before = session.credit
            client.send_bytes(data)
            client.sync()
            client.sync()  # what was read together with the first is charged by now
            assert before - session.credit > cost * 0.8 - 0.5
            assert before - session.credit < cost + 5


# --- pages that come from a trusted address ------------------------------------------------------------------------

OPERATOR = '[[operator]]\nname = "root"\npassword = "rootpass"\n'


@pytest.mark.parametrize(
    ("config", "trusting"),
    [
        ("", ""),
        (OPERATOR, ""),
        (OPERATOR + 'hosts = ["*@127.0.0.1"]\n', 'hosts of [[operator]] "root"'),
        ('[limits]\nexempt = ["127.0.0.1"]\n', "[limits] exempt"),
        ('[limits]\nexempt = ["127.0.0.1"]\n[websocket]\norigins = ["https://chat.example.org"]\n', ""),
    ],
)
def test_addresses_that_are_trusted_while_every_page_may_come(tmp_path: Path, config: str, trusting: str) -> None:
    (tmp_path / "server.toml").write_text(config)
    found = doubts(load_config(None, tmp_path, {}))
    assert len(found) == bool(trusting)
    assert trusting in "".join(found)


def test_a_start_warns_of_that(caplog: pytest.LogCaptureFixture) -> None:
    with ServerUnderTest('[limits]\nexempt = ["127.0.0.1"]\n'):
        pass
    assert [record.levelno for record in caplog.records if "origins is empty" in record.getMessage()] == [
        logging.WARNING
    ]


def test_who_sends_much_and_never_a_line_is_closed(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send_bytes(b"\r\n" * 20_000)
    client.send("PING one")
    assert client.line().endswith(" one")
    silent = server.connect()
    with suppress(ConnectionError):
        while True:
            silent.send_bytes(b"\r\n" * 20_000)
    with suppress(ConnectionError):
        assert silent.lines_until_closed() in (
            [],
            ["ERROR :Closing Link: 127.0.0.1 (Nothing of what you sent is a line)"],
        )
