"""Sessions by TLS, and logins by SASL, with a real Parley; what is refused, is refused in plain words."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from terminal.network.endpoint import parse_fingerprint
from tests.harness import ServerUnderTest
from tests.secure import TLS, TLS_LISTENER, certificate, fingerprint_of, put_certificate, tls_port
from tests.terminal_live import Person, live

PINNED = parse_fingerprint(fingerprint_of(certificate("parley.test")[0]))


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    """One port for everything, one for TLS only."""
    data = tmp_path_factory.mktemp("secure")
    put_certificate(data)
    with ServerUnderTest(TLS_LISTENER + TLS, data, own_listeners=True) as server:
        yield server


def test_a_certificate_that_nobody_vouches_for_ends_it_and_the_way_out_is_told(secure: ServerUnderTest) -> None:
    async def scene() -> Iterable[Person]:
        alice = Person(tls_port(secure), "alice", tls=True)
        failures: list[str] = []
        alice.client.on_failure.append(lambda session, failure: failures.append(failure.text))
        alice.session.connect()
        await alice.until(lambda: alice.session.over)
        assert failures == [
            "The certificate of 127.0.0.1 is self-signed: nobody but the server itself says that it is parley.test."
        ]
        assert alice.told()[-1] == failures[0] and alice.session.retry_at is None
        return (alice,)

    live(scene)


@pytest.mark.parametrize(
    ("trust", "told"),
    [
        ({"insecure": True}, f"certificate NOT checked, fingerprint {PINNED}."),
        ({"fingerprint": PINNED}, "certificate checked."),
    ],
)
def test_who_trusts_it_gets_in_and_is_told_whom(secure: ServerUnderTest, trust: dict[str, object], told: str) -> None:
    async def scene() -> Iterable[Person]:
        alice = await Person(tls_port(secure), "alice", "#x", tls=True, **trust).come()
        assert alice.session.tls is not None and alice.session.tls.fingerprint == PINNED
        assert next(line for line in alice.told() if line.startswith("TLS ")).endswith(told)
        alice.type("hello")
        await alice.until(lambda: alice.said("#x")[-1:] == ["alice: hello"])
        return (alice,)

    live(scene)


@pytest.mark.parametrize("login", ["plain", "scram", "auto"])
def test_a_login_by_password(secure: ServerUnderTest, login: str) -> None:
    async def scene() -> Iterable[Person]:
        secure.add_account("wren")
        wren = await Person(tls_port(secure), "wren", password="secret", login=login, insecure=True).come()
        assert wren.session.account == "wren"
        wren.type("/server")
        assert "as wren, logged in as wren" in wren.told()[-1]
        assert not any("secret" in entry.text for entry in wren.session.wire.entries)
        return (wren,)

    live(scene)


def test_a_login_by_certificate(secure: ServerUnderTest, tmp_path: Path) -> None:
    own, key = certificate("rook.example")
    (tmp_path / "own.pem").write_bytes(own + key)
    secure.add_account("rook")
    account = secure.network.find_account("rook")
    assert account is not None
    with secure.network.lock:
        secure.network.account_store.put(replace(account, certificates=(fingerprint_of(own),)))

    async def scene() -> Iterable[Person]:
        rook = Person(tls_port(secure), "rook", login="external", certificate=True, insecure=True)
        rook.session.endpoint = replace(rook.session.endpoint, certificate=str(tmp_path / "own.pem"))
        await rook.come()
        user = secure.network.find_user("rook")
        assert user is not None and user.account == "rook"
        return (rook,)

    live(scene)


def test_a_wrong_password_ends_it_and_another_one_gets_in(secure: ServerUnderTest) -> None:
    async def scene() -> Iterable[Person]:
        secure.add_account("ada")
        ada = Person(tls_port(secure), "ada", password="wrong", insecure=True)
        asked: list[str] = []
        ada.client.on_failure.append(lambda session, failure: asked.append(failure.cause))
        ada.session.connect()
        await ada.until(lambda: ada.session.over)
        assert asked == ["identity"] and ada.session.retry_at is None
        ada.session.identify(password="secret")
        await ada.until(lambda: ada.session.dialect.ready)
        return (ada,)

    live(scene)
