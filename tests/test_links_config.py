"""[links] of the configuration and the options about links: what they mean, and the sentence for every mistake."""

import logging
import subprocess
from ipaddress import ip_network
from pathlib import Path

import pytest

from chat.storage.config import doubts, load_config
from chat.storage.errors import ConfigError
from chat.storage.link_blocks import is_loopback
from chat.storage.passwords import verify_password
from chat.storage.settings import Config, LinkAccept, LinkPeer, LinksConfig
from tests.forked import run_forked
from tests.harness import ServerUnderTest
from tests.process import ServerProcess

FINGERPRINT = "0123456789abcdef" * 4


def load(folder: Path, text: str, **options: object) -> Config:
    (folder / "server.toml").write_text(text, encoding="utf-8")
    return load_config(None, folder, options)


def mistake(folder: Path, text: str, **options: object) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **options)
    return str(caught.value)


def test_without_links_there_are_none(tmp_path: Path) -> None:
    assert load(tmp_path, "").links == LinksConfig("", False, (), (), "")


def test_every_key_of_a_link(tmp_path: Path) -> None:
    spelled = ":".join(FINGERPRINT.upper()[at : at + 2] for at in range(0, 64, 2))
    config = load(
        tmp_path,
        f"""
        name = "leaf.example"
        [links]
        password = "for-all"
        accounts = "hub.example"
        [[links.connect]]
        name = "hub.example"
        host = "192.0.2.1"
        port = 6697
        password = "sesame"
        tls = true
        fingerprint = "{spelled}"
        autoconnect = false
        [[links.connect]]
        name = "other.example"
        host = "chat_server"
        port = 6667
        [[links.accept]]
        name = "a.example"
        password = "plain"
        hosts = ["192.0.2.7", "10.0.0.0/8"]
        tls_only = true
        [[links.accept]]
        name = "b"
        password = "plain"
        """,
    )
    assert config.links == LinksConfig(
        "for-all",
        False,
        (
            LinkPeer("hub.example", "192.0.2.1", 6697, "sesame", True, FINGERPRINT, False),
            LinkPeer("other.example", "chat_server", 6667),
        ),
        (
            LinkAccept("a.example", "plain", (ip_network("192.0.2.7/32"), ip_network("10.0.0.0/8")), True),
            LinkAccept("b", "plain"),
        ),
        "hub.example",
    )


HUB = "name='hub.example', host='::1', port=6667"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("connect = [{name='', host='a', port=1}]", "links.connect[0].name: is empty"),
        ("connect = [{name='a b', host='a', port=1}]", 'links.connect[0].name: "a b" is no name for a server'),
        ("connect = [{name='a', host='a', port=0}]", "links.connect[0].port: found 0, allowed is a whole number from"),
        ("connect = [{name='a', host='a b', port=1}]", 'links.connect[0].host: "a b" is no address and no host name'),
        ("connect = [{name='a', host='a'}]", 'links.connect[0]: the key "port" is missing'),
        ("connect = [{name='a', host='a', port=1, tsl=true}]", 'unknown key "tsl"; did you mean "tls"?'),
        (f"connect = [{{{HUB}}}, {{{HUB.upper().lower().replace('hub', 'HUB')}}}]", 'server "HUB.example" is there tw'),
        (f"connect = [{{{HUB}, tls=true, fingerprint='00'}}]", 'connect[0].fingerprint: found the text "00", allowed'),
        (f"connect = [{{{HUB}, fingerprint='{FINGERPRINT}'}}]", "only shown in TLS; add tls = true"),
        (f"connect = [{{{HUB}, password='two words'}}]", "connect[0].password: holds a space"),
        (f"connect = [{{{HUB}, password=':x'}}]", "connect[0].password: holds a space, or a colon at its start"),
        (f"connect = [{{{HUB}, password='{'x' * 301}'}}]", "connect[0].password: is longer than 300 bytes"),
        (f"connect = [{{{HUB}, password='$argon2id$v=19'}}]", "password: looks like a hash; give the password itself"),
        ("accept = [{name='a'}]", 'links.accept[0]: the key "password" is missing'),
        ("accept = [{name='a', password=''}]", "links.accept[0].password: is empty"),
        ("accept = [{name='a', password='$argon2id$v=19'}]", "accept[0].password: starts like an argon2 hash but is"),
        ("accept = [{name='-', password='x'}]", 'links.accept[0].name: "-" is no name for a server'),
        ("accept = [{name='a', password='x'}, {name='A', password='y'}]", 'accept[1].name: the server "A" is there tw'),
        ("accept = [{name='a', password='x', hosts=['*.b']}]", 'accept[0].hosts[0]: "*.b" is no address and no netw'),
        ("accept = [{name='a', password='two words'}]", "accept[0].password: holds a space"),
        ("password = 'two words'", "links.password: holds a space"),
        ("password = '$argon2id$v=19'", "links.password: starts like an argon2 hash"),
        ("accounts = 'two words'", 'links.accounts: "two words" is no name for a server'),
        ("accounts = 'PARLEY.local'", 'links.accounts: "PARLEY.local" is this server itself'),
        ("accept = [{name='Parley.Local', password='x'}]", 'accept[0].name: "Parley.Local" is this server itself'),
        ("connect = [{name='parley.local', host='a', port=1}]", "links.connect[0].name"),
    ],
)
def test_a_mistake_in_links_is_told_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    message = mistake(tmp_path, f"[links]\n{text}")
    assert message.startswith(f"{tmp_path / 'server.toml'}: links")
    assert sentence in message
    assert "sesame" not in message


def test_the_own_name_is_the_one_of_the_command_line(tmp_path: Path) -> None:
    text = f"[links]\nconnect = [{{{HUB}}}]"
    assert load(tmp_path, text).links.connect[0].name == "hub.example"
    assert '"hub.example" is this server itself' in mistake(tmp_path, text, servername="HUB.example")


# --- the command line ----------------------------------------------------------------------------------------------


def test_host_and_port_of_the_command_line_add_a_server_without_a_name(tmp_path: Path) -> None:
    found = load_config(None, tmp_path, {"connect_to_host": "localhost", "connect_to_port": 7000})
    assert found.links.connect == (LinkPeer("", "localhost", 7000),)
    text = f"[links]\nconnect = [{{{HUB}}}]"
    both = load(tmp_path, text, connect_to_host="::1", connect_to_port=7)
    assert both.links.connect == (LinkPeer("hub.example", "::1", 6667), LinkPeer("", "::1", 7))


def test_a_server_of_the_file_is_not_dialled_twice_because_the_command_line_names_it_too(tmp_path: Path) -> None:
    text = f"[links]\nconnect = [{{{HUB}, password='x', autoconnect=false}}]"
    config = load(tmp_path, text, connect_to_host="::1", connect_to_port=6667)
    assert config.links.connect == (LinkPeer("hub.example", "::1", 6667, "x"),)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"connect_to_host": "a"}, "--connect_to_host: needs --connect_to_port beside it"),
        ({"connect_to_port": 1}, "--connect_to_port: needs --connect_to_host beside it"),
        ({"connect_to_host": "", "connect_to_port": 1}, '--connect_to_host: "" is no address and no host name'),
        (
            {"connect_to_host": "a", "connect_to_port": 0},
            "--connect_to_port: found 0, allowed is a whole number from 1",
        ),
        ({"connect_to_host": "a", "connect_to_port": 65536}, "--connect_to_port: found 65536"),
    ],
)
def test_a_mistake_in_an_option_is_one_sentence(tmp_path: Path, options: dict[str, object], sentence: str) -> None:
    assert mistake(tmp_path, "", **options).startswith(sentence)


def test_both_spellings_of_the_options_are_understood(tmp_path: Path) -> None:
    for option in ("--i-know-anyone-can-link", "--i_know_anyone_can_link"):
        done = run_forked("--data", str(tmp_path), "--check-config", "--open_links", "--host", "0.0.0.0", option)
        assert (done.returncode, done.stderr) == (0, "")
    done = run_forked("--data", str(tmp_path), "--check-config", "--connect-to-host", "::1", "--connect-to-port", "x")
    assert done.returncode == 2 and done.stderr.count("\n") == 1


def test_a_password_can_be_hashed_for_the_file(tmp_path: Path) -> None:
    done = run_forked("--hash-password", text="sesame\n")
    (config,) = load(tmp_path, f"[links]\naccept = [{{name='a', password='{done.stdout.strip()}'}}]").links.accept
    assert verify_password(config.password, "sesame") and not verify_password(config.password, "other")
    assert run_forked("--hash-password", text="\n").stderr == "parley: no password was given; nothing was changed\n"


# --- open links ----------------------------------------------------------------------------------------------------


def test_which_hosts_only_this_machine_reaches() -> None:
    for host in ("127.0.0.1", "127.8.9.10", "::1", "localhost", "LOCALHOST", "::ffff:127.0.0.1"):
        assert is_loopback(host)
    for host in ("0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "example.org", "::ffff:192.0.2.1", ""):
        assert not is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_open_links_are_refused_where_others_could_come(tmp_path: Path, host: str) -> None:
    text = f"[links]\nopen = true\n[[listen]]\nport = 1\n[[listen]]\nhost = '{host}'\nport = 2"
    expected = (
        f"links are open, so that they need no password, and {host} can be reached from other machines: listen on "
        "127.0.0.1 only, or give each server a password in [links] accept instead, or say --i-know-anyone-can-link"
    )
    assert mistake(tmp_path, text) == expected
    assert mistake(tmp_path, "", open_links=True, host=host) == expected
    assert load(tmp_path, text, i_know_anyone_can_link=True).links.open
    assert load(tmp_path, text, host="127.0.0.1").links.open
    assert load(tmp_path, "", open_links=True).links.open


def test_open_links_are_refused_behind_a_proxy_that_brings_clients_from_elsewhere(tmp_path: Path) -> None:
    message = mistake(tmp_path, "[links]\nopen = true\n[proxy]\nfrom = ['127.0.0.1']")
    assert message.startswith("links are open, so that they need no password, and [proxy] lets in clients from other")


def test_open_links_warn_at_the_start_in_the_log_and_in_what_is_printed(tmp_path: Path) -> None:
    sentence = "links are open: any program that connects from here can become a server of this network"
    with ServerProcess(tmp_path, "--open-links") as server:
        assert f"Warning: {sentence}." in server.greeting
        server.stop()
        assert f"WARNING parley: {sentence}" in server.errors()


def test_links_with_passwords_do_not_warn(tmp_path: Path) -> None:
    assert doubts(load(tmp_path, "[links]\naccept = [{name='a', password='x'}]")) == []
    assert "anywhere" in doubts(load(tmp_path, "", open_links=True, host="::", i_know_anyone_can_link=True))[0]


def test_a_server_asked_for_passwords_over_a_plain_link_is_pointed_out(tmp_path: Path) -> None:
    text = f"[links]\naccounts = 'HUB.example'\nconnect = [{{{HUB}}}]"
    assert ["it will not be asked" in doubt for doubt in doubts(load(tmp_path, text))] == [True]
    assert doubts(load(tmp_path, text.replace("port", "tls = true, port"))) == []


def test_a_reload_cannot_open_links_of_a_server_that_others_reach(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    listener = "[[listen]]\nhost = '0.0.0.0'\nport = 0\n"
    with ServerUnderTest(listener, data=tmp_path, own_listeners=True) as server:
        (tmp_path / "server.toml").write_text("[links]\nopen = true\n")  # and where it listens changes with a restart
        (problem,) = server.reload()
        assert problem.startswith("links are open, so that they need no password, and 0.0.0.0 can be reached")
        assert not server.network.config.links.open


def test_a_start_with_open_links_for_everybody_ends_in_one_sentence(tmp_path: Path) -> None:
    done: subprocess.CompletedProcess[str] = run_forked("--data", str(tmp_path), "--host", "0.0.0.0", "--open-links")
    assert done.returncode == 1 and done.stderr.startswith("parley: links are open") and done.stderr.count("\n") == 1
