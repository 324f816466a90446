"""Links over TLS: who the dialled server has to show that it is, and what is told when it does not."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fake_peer import raw_link
from tests.harness import IrcClient, ServerUnderTest
from tests.networks import Accepted, until_reached
from tests.process import until
from tests.secure import TLS, certificate, fingerprint_of, put_certificate, use_tls

HUB, LEAF = "hub.test", "leaf.test"
OPERATOR = '[[operator]]\nname = "root"\npassword = "secret"\n'
ACCEPT = '[links]\naccept = [{name = "leaf.test", password = "sesame", tls_only = true}]\n'


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ServerUnderTest]:
    """A server with a certificate, that lets leaf.test in by TLS alone."""
    put_certificate(tmp_path)
    with ServerUnderTest(ACCEPT + TLS, data=tmp_path, name=HUB) as server:
        yield server


@contextmanager
def leaf(port: int, tls: str, config: str = "") -> Iterator[ServerUnderTest]:
    """A server that dials the hub. It is told when an operator is there to hear how that goes."""
    place = f'[links]\nconnect = [{{name = "hub.test", host = "localhost", port = {port}, password = "sesame"{tls}}}]\n'
    with ServerUnderTest(OPERATOR + config, name=LEAF) as server:
        (server.data / "server.toml").write_text(OPERATOR + place + config, "utf-8")
        yield server


def operator_of(server: ServerUnderTest) -> IrcClient:
    """An operator who is told of links."""
    root = server.irc("root")
    root.ask("OPER root secret", "MODE root +s +s")
    return root


def notice_of(server: ServerUnderTest, words: str) -> str:
    """What operators of the server are told with these words when it dials."""
    root = operator_of(server)
    assert server.reload() == []
    return root.lines_until(lambda line: words in line)[-1]


def test_servers_link_by_tls_when_the_fingerprint_is_right(hub: ServerUnderTest) -> None:
    fingerprint = fingerprint_of(certificate("parley.test")[0])
    with leaf(hub.port, f', tls = true, fingerprint = "{fingerprint}"') as server:
        assert server.reload() == []
        until(lambda: server.network.servers.find(HUB) and hub.network.servers.find(LEAF))
        bob, ann = server.irc("bob"), hub.irc("ann")
        until_reached(ann, bob)
        until_reached(bob, ann)
        (link,) = hub.controls.tree.peers
        assert link.session.is_secure and link.name == LEAF


def test_without_tls_an_entry_for_tls_alone_does_not_open(hub: ServerUnderTest) -> None:
    client = raw_link(hub.port)
    client.send("PASS sesame", "SERVER leaf.test 1 :x")
    assert client.lines_until_closed() == ["ERROR :Closing Link: 127.0.0.1 (leaf.test has to connect by TLS)"]
    client.close()
    with leaf(hub.port, "") as server:
        reason = "the other side says: Closing Link: 127.0.0.1 (leaf.test has to connect by TLS)"
        assert f"cannot link to hub.test (localhost port {hub.port}): {reason}; next try in " in notice_of(
            server, "cannot link"
        )


def test_by_tls_any_client_may_ask_to_be_a_link(hub: ServerUnderTest) -> None:
    client = use_tls(raw_link(hub.port))
    client.send("PASS sesame", "SERVER leaf.test 1 :x")
    assert client.line().startswith(":hub.test SERVER hub.test 1 :")
    client.close()


@pytest.mark.parametrize(
    ("tls", "reason"),
    [
        (
            ', tls = true, fingerprint = "%s"' % ("ab" * 32),
            "the certificate is not the one of the configuration: its fing",
        ),
        (
            ", tls = true",
            "the certificate is not accepted: self-signed certificate; put its fingerprint into [links] con",
        ),
    ],
)
def test_a_certificate_that_is_not_the_right_one_is_told_in_plain_words(
    hub: ServerUnderTest, tls: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with leaf(hub.port, tls) as server:
        assert reason in notice_of(server, "cannot link to hub.test ")
        assert f"cannot link to hub.test (localhost port {hub.port}): {reason}" in caplog.text
    assert not any(session.registration and session.registration.password for session in hub.network.sessions)
    assert "sesame" not in caplog.text


def test_a_port_without_tls_is_told_in_plain_words() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        leaf(listener.getsockname()[1], ", tls = true") as server,
    ):
        root = operator_of(server)
        assert server.reload() == []
        link = Accepted(listener)
        link.send("ERROR :What was that?")
        (*_, line) = root.lines_until(lambda line: "cannot link to hub.test " in line)
        assert "): the other side does not speak TLS on this port; next try in " in line
        link.close()


def test_a_port_that_does_not_answer_tls_is_not_waited_for() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        leaf(listener.getsockname()[1], ", tls = true") as server,
    ):
        root = operator_of(server)
        assert server.reload() == []
        link = Accepted(listener)
        until(lambda: server.controls.tree.pending)
        server.look_after(31)
        (*_, line) = root.lines_until(lambda line: "cannot link to hub.test " in line)
        reason = "The link was not set up in time; does the other side speak TLS on this port?"
        assert f"): {reason}; next try in " in line
        link.close()


def test_an_own_certificate_that_cannot_be_read_is_told(
    hub: ServerUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with leaf(hub.port, ", tls = true") as server:
        put_certificate(server.data)
        (server.data / "key.pem").write_text("no key")
        config = server.data / "server.toml"
        config.write_text(config.read_text("utf-8") + TLS, "utf-8")
        root = operator_of(server)
        server.reload()
        line = root.lines_until(lambda line: "cannot link to" in line)[-1]
        assert f"cannot link to hub.test (localhost port {hub.port}): the own certificate " in line


def test_links_that_are_there_stay_when_the_configuration_no_longer_has_them(hub: ServerUnderTest) -> None:
    fingerprint = fingerprint_of(certificate("parley.test")[0])
    with leaf(hub.port, f', tls = true, fingerprint = "{fingerprint}"') as server:
        assert server.reload() == []
        until(lambda: server.network.servers.find(HUB) and hub.network.servers.find(LEAF))
        (hub.data / "server.toml").write_text(TLS, "utf-8")
        (server.data / "server.toml").write_text("", "utf-8")
        assert hub.reload() == [] and server.reload() == []
        bob, ann = server.irc("bob"), hub.irc("ann")
        until_reached(ann, bob)
        assert [len(each.controls.tree.peers) for each in (hub, server)] == [1, 1]
        client = use_tls(raw_link(hub.port))
        client.send("PASS sesame", "SERVER other.test 1 :x")
        assert "links need a password here" in client.lines_until_closed()[-1]
        client.close()
