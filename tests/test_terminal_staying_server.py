"""Clients that talk on a real Parley, lose it, and come back, over real sockets."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from terminal import commands
from tests.harness import SERVER_NAME, ServerUnderTest
from tests.terminal_live import Person, live


@pytest.mark.parametrize("dialect", ["irc", "json", "lab"])
def test_two_people_talk_in_any_dialect(server: ServerUnderTest, dialect: str) -> None:
    async def scene() -> Iterable[Person]:
        alice = await Person(server.port, "alice", "#study").come()
        more = {"password": "secret", "register": True} if dialect == "json" else {}
        bob = await Person(server.port, "bob", "#study", dialect=dialect, servername=SERVER_NAME, **more).come()
        alice.type("hello bob")
        await bob.until(lambda: bob.said("#study") == ["alice: hello bob"])
        bob.type("hello alice")
        await alice.until(lambda: alice.said("#study") == ["alice: hello bob", "bob: hello alice"])
        bob.type("/msg alice just for you")
        await alice.until(lambda: alice.said("bob") == ["bob: just for you"])
        return alice, bob

    live(scene)


async def lose(person: Person) -> None:
    """Wait until the client has seen that the server is gone."""
    await person.until(lambda: person.session.retry_at is not None)


def move(person: Person, port: int) -> None:
    """The server has another port now: one that was free at its first start may not be at the second."""
    person.session.endpoint = replace(person.session.endpoint, port=port)


@pytest.mark.parametrize("dialect", ["irc", "json"])
def test_a_server_that_starts_anew_has_its_people_back_and_what_they_missed_is_told_once(
    tmp_path: Path, dialect: str
) -> None:
    async def scene() -> Iterable[Person]:
        first = ServerUnderTest(data=tmp_path)
        first.add_account("alice")
        who = {"dialect": dialect, "password": "secret"}
        wren = await Person(first.port, "wren", "#study").come()
        alice = await Person(first.port, "alice", "#study", **who).come()
        wren.type("before", "alice: also before")
        await alice.until(lambda: len(alice.said("#study")) == 2)
        alice.client.windows.show(alice.session.window)
        first.stop()
        await lose(alice)
        await lose(wren)
        with ServerUnderTest(data=tmp_path) as second:
            move(wren, second.port)
            await wren.come()
            wren.show("#study")
            wren.type("missed", "alice: missed too")
            await wren.until(lambda: wren.said("#study")[-1] == "wren: alice: missed too")
            move(alice, second.port)
            await alice.come()
            texts = ["before", "alice: also before", "missed", "alice: missed too"]
            await alice.until(lambda: len(alice.said("#study")) >= 4)
            wren.type("after")
            await alice.until(lambda: alice.said("#study") == [f"wren: {text}" for text in (*texts, "after")])
            assert (alice.window("#study").unread, alice.window("#study").mentions) == (3, 1)
            await wren.leave()
            await alice.leave()
        return ()

    live(scene)


def test_what_was_missed_of_a_private_talk_is_told_too(tmp_path: Path) -> None:
    async def scene() -> Iterable[Person]:
        first = ServerUnderTest(data=tmp_path)
        for name in ("alice", "bob"):
            first.add_account(name)
        people = [Person(first.port, name, password="secret") for name in ("alice", "bob")]
        alice, bob = [await person.come() for person in people]
        bob.type("/msg alice hi")
        await alice.until(lambda: alice.said("bob") == ["bob: hi"])
        first.stop()
        for person in people:
            await lose(person)
        with ServerUnderTest(data=tmp_path) as second:
            elsewhere = second.member("alice", nick="alice2")
            move(bob, second.port)
            await bob.come()
            bob.type("/msg alice2 still there?")
            await bob.sync()
            move(alice, second.port)
            elsewhere.send("QUIT")
            elsewhere.lines_until_closed()
            await alice.come()
            await alice.until(lambda: alice.said("bob") == ["bob: hi", "bob: still there?"])
            for person in people:
                await person.leave()
        return ()

    live(scene)


def test_two_clients_of_one_account_share_how_far_one_has_read(server: ServerUnderTest) -> None:
    async def scene() -> Iterable[Person]:
        server.add_account("alice")
        desk = await Person(server.port, "alice", "#study", password="secret").come()
        phone = await Person(server.port, "alice_", "#study", password="secret", account="alice").come()
        wren = await Person(server.port, "wren", "#study").come()
        for person in (desk, phone):
            person.client.windows.show(person.session.window)
        wren.type("alice: are you there?")
        for person in (desk, phone):
            await person.until(lambda person=person: person.window("#study").unread == 1)  # type: ignore[misc]
        desk.show("#study")
        await phone.until(lambda: phone.window("#study").unread == 0)
        marked = phone.window("#study")
        assert marked.lines[marked.index_of(marked.marker)].text == "alice: are you there?"
        return desk, phone, wren

    live(scene)


def test_one_client_is_on_two_servers_at_once(server: ServerUnderTest) -> None:
    async def scene() -> Iterable[Person]:
        with ServerUnderTest() as other:
            alice = await Person(server.port, "alice", "#x").come()
            alice.type(f"/connect irc://127.0.0.1:{other.port}/#x")
            second = alice.client.sessions["127.0.0.1"]
            await alice.until(lambda: [window.joined for window in alice.client.windows].count(True) == 2)
            wren, rook = server.irc("wren"), other.irc("rook")
            for somebody in (wren, rook):
                somebody.ask("JOIN #x", f"PRIVMSG #x :{somebody.nick} is here")
            windows = [window for window in alice.client.windows if window.kind == "channel"]
            await alice.until(lambda: all(window.last_time for window in windows))
            heard = {window.server: [line.text for line in window.lines if line.is_speech] for window in windows}
            assert heard == {"net": ["wren is here"], "127.0.0.1": ["rook is here"]}
            other.stop()
            await alice.until(lambda: second.retry_at is not None)
            assert alice.session.dialect.ready and [window.joined for window in windows] == [True, False]
            await alice.leave()
        return ()

    live(scene)


def test_who_is_lost_without_a_word_gets_the_nick_back_when_the_ghost_goes(server: ServerUnderTest) -> None:
    async def scene() -> Iterable[Person]:
        ghost = server.irc("alice")
        alice = await Person(server.port, "alice", "#x").come()
        assert alice.session.dialect.nick == "alice_"
        ghost.send("QUIT")
        ghost.lines_until_closed()
        await alice.until(lambda: alice.session.dialect.nick == "alice")
        return (alice,)

    live(scene)


def test_lag_is_measured(server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.sessions.pulse.QUESTION_SECONDS", 0.0)
    monkeypatch.setattr("terminal.sessions.pulse._LOOK_SECONDS", 0.01)

    async def scene() -> Iterable[Person]:
        people = [await Person(server.port, "alice").come()]
        server.add_account("bob")
        people.append(await Person(server.port, "bob", dialect="json", password="secret").come())
        for person in people:
            await person.until(lambda person=person: person.session.lag is not None)  # type: ignore[misc]
            assert not any("parley-lag" in line for line in person.told())
        return people

    live(scene)


def test_what_was_typed_without_a_connection_is_kept_by_whoever_typed_it(server: ServerUnderTest) -> None:
    async def scene() -> Iterable[Person]:
        alice = await Person(server.port, "alice", "#x").come()
        alice.session.quit()
        await alice.until(lambda: alice.session.over)
        assert commands.run(alice.client, "hello") is False
        await alice.come()
        assert commands.run(alice.client, "hello") is True
        await alice.until(lambda: alice.said("#x") == ["alice: hello"])
        return (alice,)

    live(scene)
