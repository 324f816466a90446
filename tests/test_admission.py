"""Addresses that the limits on connections do not hold for, and what is no such address."""

from pathlib import Path

import pytest

from chat.storage.config import load_config
from chat.storage.errors import ConfigError
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
