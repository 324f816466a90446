"""Cloaked hosts: what is shown, to whom, what bans mean, and the properties of the hash."""

import stat
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.state.cloaking import Cloak, cloak_of
from chat.storage.cloak_key import with_key
from chat.storage.config import load_config
from chat.storage.errors import ConfigError
from chat.storage.settings import CloakConfig
from protocol.limits import CLOAK_AFFIX_BYTES, HOST_BYTES
from protocol.names import is_visible_host
from tests.harness import ServerUnderTest

SECRET = "a secret of some length"
CONFIG = (
    f'[cloak]\nenabled = true\nsecret = "{SECRET}"\nsuffix = "users"\n'
    '[[operator]]\nname = "root"\npassword = "rootpass"\n'
)
CLOAK = Cloak(CloakConfig(True, SECRET, "", "users"))
HOST = "127.0.0.1"
HIDDEN = CLOAK.hide(HOST)
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOSTS = st.one_of(
    st.integers(0, 2**32 - 1).map(lambda number: str(IPv4Address(number))),
    st.integers(0, 2**128 - 1).map(lambda number: str(IPv6Address(number))),
    st.lists(LABEL, min_size=1, max_size=5).map(".".join),
)


# --- the hash ------------------------------------------------------------------------------------------------------


@given(HOSTS)
def test_a_cloak_is_a_host_and_always_the_same(host: str) -> None:
    affix = "x" * CLOAK_AFFIX_BYTES
    longest = Cloak(CloakConfig(True, SECRET, affix, affix)).hide(host)
    assert is_visible_host(longest, HOST_BYTES)
    assert CLOAK.hide(host) == Cloak(CloakConfig(True, SECRET, "", "users")).hide(host) == CLOAK.hide(host.upper())


@given(HOSTS)
def test_a_cloak_shows_nothing_of_the_host_and_depends_on_the_key(host: str) -> None:
    hidden = CLOAK.hide(host)
    for label in host.replace(":", ".").split("."):
        assert len(label) < 6 or label not in hidden
    assert hidden != Cloak(CloakConfig(True, SECRET + "!", "", "users")).hide(host)


@given(HOSTS, HOSTS)
def test_two_hosts_have_two_cloaks(one: str, other: str) -> None:
    assert (CLOAK.hide(one) == CLOAK.hide(other)) == (_canonical(one) == _canonical(other))


def _canonical(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(getattr(address, "ipv4_mapped", None) or address)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_two_addresses_share_as_many_parts_as_networks(one: int, other: int) -> None:
    first, second = (CLOAK.hide(str(IPv4Address(number))).split(".") for number in (one, other))
    assert len(first) == 4
    for place, bits in ((0, 32), (1, 24), (2, 16)):
        assert (first[place] == second[place]) == (one >> (32 - bits) == other >> (32 - bits))


@given(st.integers(0, 2**128 - 1), st.integers(0, 2**80 - 1))
def test_two_ipv6_addresses_of_one_site_share_its_parts(site: int, rest: int) -> None:
    one = site & ~(2**80 - 1)
    first, second = (CLOAK.hide(str(IPv6Address(number))).split(".") for number in (one, one | rest))
    if len(first) == len(second) == 5:  # not one that is IPv4 in other clothes
        assert first[2:] == second[2:]


def test_host_names_share_the_parts_of_their_domain() -> None:
    one, other = CLOAK.hide("pc1.lab.example.org").split("."), CLOAK.hide("pc2.lab.example.org").split(".")
    assert (one[0] == other[0], one[1:] == other[1:]) == (False, True)
    assert CLOAK.hide("localhost").count(".") == 1


def test_without_cloaking_there_is_no_cloak() -> None:
    assert cloak_of(CloakConfig()) is None


# --- the key -------------------------------------------------------------------------------------------------------


def configured(folder: Path, text: str) -> CloakConfig:
    (folder / "server.toml").write_text(text)
    return with_key(load_config(None, folder, {})).cloak


def test_a_key_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = configured(tmp_path, "[cloak]\nenabled = true")
    assert len(first.secret) >= 32
    assert configured(tmp_path, "[cloak]\nenabled = true") == first
    assert stat.S_IMODE((tmp_path / "cloak.key").stat().st_mode) == 0o600


def test_no_key_is_made_that_is_not_needed(tmp_path: Path) -> None:
    configured(tmp_path, "")
    configured(tmp_path, f'[cloak]\nenabled = true\nsecret = "{SECRET}"')
    assert not (tmp_path / "cloak.key").exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('secret = "short"', "cloak.secret: is too short to keep hosts hidden: it needs at least 16 characters"),
        ("secret = 12345678901234567890", "cloak.secret: found something else, allowed is a text"),
        ('suffix = "a b"', 'cloak.suffix: "a b" cannot be part of a host; allowed are letters, digits and . - _ : /'),
        ('prefix = "thirteenchars"', 'cloak.prefix: "thirteenchars" cannot be part of a host'),
        ("enabld = true", 'cloak: unknown key "enabld"; did you mean "enabled"?'),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, f"[cloak]\n{text}")
    assert sentence in str(caught.value)
    assert "12345678901234567890" not in str(caught.value)


def test_an_empty_key_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "cloak.key").write_text("\n")
    with pytest.raises(ConfigError, match=r"cloak\.key: is empty; remove it to have a new key made"):
        configured(tmp_path, "[cloak]\nenabled = true")


# --- on the network ------------------------------------------------------------------------------------------------


def test_the_welcome_names_no_host_but_the_cloaked_one() -> None:
    with ServerUnderTest(CONFIG) as server:
        wren = server.irc("wren")
        welcome = wren.welcome + wren.sync()
        assert welcome[0] == ":parley.test 001 wren :Welcome to the Parley Network, wren"
        assert ":parley.test 221 wren +x" in welcome
        assert f":parley.test 396 wren {HIDDEN} :is now your visible host" in welcome
        assert HOST not in "".join(welcome)


def test_others_see_the_cloak_everywhere_and_operators_the_host() -> None:
    with ServerUnderTest(CONFIG) as server:
        wren, bob, boss = server.irc("wren"), server.irc("bob"), server.irc("boss")
        boss.ask("OPER root rootpass")
        for one in (wren, bob):
            one.ask("JOIN #one")
        wren.ask("PRIVMSG #one :hi")
        seen = bob.ask("WHOIS wren", "WHO wren", "USERHOST wren", "WHO #one %cuihna", "NAMES #one")
        assert f":wren!~wren@{HIDDEN} PRIVMSG #one :hi" in seen
        assert any(f" 311 bob wren ~wren {HIDDEN} " in line for line in seen)
        assert not [line for line in seen if HOST in line and " bob " not in line.partition(" bob ")[2]]
        assert f":parley.test 378 boss wren :is connecting from *@{HOST} {HOST}" in boss.ask("WHOIS wren")
        assert f":parley.test 378 wren wren :is connecting from *@{HOST} {HOST}" in wren.ask("WHOIS wren")
        wren.send("QUIT")
        wren.lines_until_closed()
        assert bob.sync() == [f":wren!~wren@{HIDDEN} QUIT :Quit: "]
        assert not [line for line in bob.ask("WHOWAS wren") if HOST in line]


def test_json_users_are_cloaked_and_a_lab_user_shows_what_it_has_made_up() -> None:
    with ServerUnderTest(CONFIG) as server:
        bob, rook, _ = server.irc("bob"), server.lab("rook"), server.user("carol")
        assert rook.welcome[0].endswith(" rook!rook@pc1")
        assert any(f" 311 bob carol carol {HIDDEN} " in line for line in bob.ask("WHOIS carol"))
        assert any(" 311 bob rook rook pc1 " in line for line in bob.ask("WHOIS rook"))


def test_a_user_may_take_the_cloak_off_and_put_it_on() -> None:
    with ServerUnderTest(CONFIG) as server:
        wren, bob = server.irc("wren", "chghost"), server.irc("bob", "chghost")
        for one in (wren, bob):
            one.ask("JOIN #one")
        wren.sync()
        assert wren.ask("MODE wren -x") == [
            ":wren MODE wren -x",
            f":wren!~wren@{HIDDEN} CHGHOST ~wren {HOST}",
            f":parley.test 396 wren {HOST} :is now your visible host",
        ]
        assert bob.sync() == [f":wren!~wren@{HIDDEN} CHGHOST ~wren {HOST}"]
        assert wren.ask("MODE wren +x")[-1] == f":parley.test 396 wren {HIDDEN} :is now your visible host"
        assert bob.sync() == [f":wren!~wren@{HOST} CHGHOST ~wren {HIDDEN}"]


def test_without_cloaks_the_mode_does_nothing(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    assert wren.ask("MODE wren +x", "MODE wren") == [":parley.test 221 wren +"]


@pytest.mark.parametrize("mask", [HIDDEN, f"*.{HIDDEN.split('.', 1)[1]}", HOST, "127.*"])
def test_a_channel_ban_means_the_cloak_its_networks_and_the_host(mask: str) -> None:
    with ServerUnderTest(CONFIG) as server:
        owner, wren = server.irc("owner"), server.irc("wren")
        wren.sync()
        owner.ask("JOIN #one", f"MODE #one +b wren!*@{mask}")
        refusal = ":parley.test 474 wren #one :Cannot join channel (+b)"
        assert wren.ask("JOIN #one") == [refusal]
        wren.ask("MODE wren -x")
        assert wren.ask("JOIN #one") == [refusal]


@pytest.mark.parametrize("mask", [HIDDEN, f"*.{HIDDEN.split('.', 1)[1]}", HOST, "127.0.0.0/8"])
def test_a_kline_means_the_cloak_its_networks_and_the_host(mask: str) -> None:
    with ServerUnderTest(CONFIG) as server:
        boss, wren = server.irc("boss"), server.irc("wren")
        boss.ask("OPER root rootpass", f"KLINE wren@{mask}")
        assert wren.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (Banned)"
        again = server.connect()
        again.send("NICK wren", "USER wren 0 * :x")
        assert again.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (Banned)"


def test_a_rehash_turns_cloaking_on_for_those_who_come_after_it() -> None:
    with ServerUnderTest('[[operator]]\nname = "root"\npassword = "rootpass"\n') as server:
        boss = server.irc("boss")
        boss.ask("OPER root rootpass")
        (server.data / "server.toml").write_text(CONFIG)
        boss.ask("REHASH")
        wren = server.irc("wren")
        assert boss.ask("USERHOST boss wren") == [f":parley.test 302 boss :boss*=+~boss@{HOST} wren=+~wren@{HIDDEN}"]
        assert wren.sync()[-1] == f":parley.test 396 wren {HIDDEN} :is now your visible host"
