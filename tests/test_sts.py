"""Strict transport security: who is told which part of it, and how it changes (IRCv3 sts)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import IrcClient, ServerUnderTest
from tests.secure import TLS, TLS_LISTENER, put_certificate, tls_port, use_tls


@contextlib.contextmanager
def running(data: Path, policy: str) -> Iterator[ServerUnderTest]:
    """A server with TLS and a policy."""
    put_certificate(data)
    with ServerUnderTest(TLS_LISTENER + TLS + policy, data=data, own_listeners=True) as server:
        yield server


def offered(client: IrcClient, line: str = "CAP LS 302") -> list[str]:
    """What of it stands in CAP LS, over all its lines."""
    words = [word for text in client.ask(line) for word in text.split(" :")[-1].split(" ")]
    return [word for word in words if word.partition("=")[0] == "sts"]


def test_it_is_off_unless_configured(tmp_path: Path) -> None:
    with running(tmp_path, "") as server:
        assert offered(server.connect()) == []
        assert offered(use_tls(server.connect())) == []


def test_who_is_insecure_is_told_the_port_and_who_is_secure_the_duration(tmp_path: Path) -> None:
    with running(tmp_path, "[sts]\n") as server:
        assert offered(server.connect()) == [f"sts=port={tls_port(server)}"]
        assert offered(use_tls(server.connect())) == ["sts=duration=2592000"]


def test_port_and_preload_may_be_given(tmp_path: Path) -> None:
    with running(tmp_path, "[sts]\nduration = 60\nport = 6697\npreload = true\n") as server:
        assert offered(server.connect()) == ["sts=port=6697"]
        assert offered(use_tls(server.connect())) == ["sts=duration=60,preload"]


def test_without_a_listener_for_tls_it_is_the_first_port(tmp_path: Path) -> None:
    put_certificate(tmp_path)
    with ServerUnderTest(TLS + "[sts]\n", data=tmp_path) as server:
        assert offered(server.connect()) == [f"sts=port={server.port}"]


def test_the_duration_is_only_told_under_the_names_that_are_listed(tmp_path: Path) -> None:
    with running(tmp_path, '[sts]\nduration = 60\nhosts = ["Chat.Example.org"]\n') as server:
        assert offered(use_tls(server.connect(), name="chat.example.org")) == ["sts=duration=60"]
        assert offered(use_tls(server.connect(), name="other.example.org")) == []
        assert offered(server.connect()) == [f"sts=port={tls_port(server)}"]


@pytest.mark.parametrize("line", ["CAP LS", "CAP LS 301"])
def test_who_does_not_know_values_is_told_nothing(tmp_path: Path, line: str) -> None:
    with running(tmp_path, "[sts]\n") as server:
        assert offered(server.connect(), line) == []
        wren = server.connect()
        assert offered(wren) != []
        assert offered(wren, line) == []


def test_it_cannot_be_requested(tmp_path: Path) -> None:
    with running(tmp_path, "[sts]\n") as server:
        wren = server.irc("wren", "cap-notify")
        assert wren.ask("CAP REQ :sts") == [":parley.test CAP wren NAK :sts"]
        assert wren.ask("CAP REQ :-sts") == [":parley.test CAP wren NAK :-sts"]
        assert wren.ask("CAP REQ :server-time sts") == [":parley.test CAP wren NAK :server-time sts"]
        assert "sts" not in wren.ask("CAP LIST")[0]


def test_changes_are_told_and_it_is_never_withdrawn(tmp_path: Path) -> None:
    with running(tmp_path, "") as server:
        plain, old = server.irc("plain", "cap-notify"), server.irc("old")
        old.ask("CAP REQ cap-notify")  # without values
        secure = use_tls(server.connect())
        secure.register("secure", "cap-notify")

        def change(policy: str) -> tuple[list[str], list[str], list[str]]:
            (tmp_path / "server.toml").write_text(TLS_LISTENER + TLS + policy)
            assert server.reload() == []
            return plain.sync(), secure.sync(), old.sync()

        port = f":parley.test CAP plain NEW :sts=port={tls_port(server)}"
        assert change("[sts]\nduration = 60\n") == ([port], [":parley.test CAP secure NEW :sts=duration=60"], [])
        assert change("[sts]\nduration = 0\n") == ([], [":parley.test CAP secure NEW :sts=duration=0"], [])
        assert change("") == ([], [], [])
