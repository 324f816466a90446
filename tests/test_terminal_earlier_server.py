"""Older messages, missed talks and new passwords, with a real server."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.harness import ServerUnderTest
from tests.terminal_core import texts
from tests.terminal_live import Person, live
from tests.test_terminal_staying_server import lose, move


@pytest.mark.parametrize("dialect", ["irc", "json"])
def test_older_messages_are_fetched_on_demand(server: ServerUnderTest, dialect: str) -> None:
    async def scene() -> Iterable[Person]:
        server.add_account("alice")
        wren = await Person(server.port, "wren", "#study").come()
        wren.type(*(f"line {number}" for number in range(12)))
        await wren.until(lambda: len(wren.said("#study")) == 12)
        alice = await Person(server.port, "alice", "#study", dialect=dialect, password="secret", history_lines=2).come()
        await alice.until(lambda: alice.said("#study") == ["wren: line 10", "wren: line 11"])
        alice.show("#study")
        for wanted, first, came in ((4, 6, 4), (1000, 0, 6)):
            alice.type(f"/history {wanted}")
            said = [f"wren: line {number}" for number in range(first, 12)]
            await alice.until(lambda said=said: alice.said("#study") == said)  # type: ignore[misc]
            told = f"{came} older lines are above."
            await alice.until(lambda told=told: texts(alice.window("#study"))[-1] == told)  # type: ignore[misc]
        alice.type("/history")
        await alice.until(lambda: alice.window("#study").lines[-1].text == "The server has nothing older.")
        return alice, wren

    live(scene)


@pytest.mark.parametrize("dialect", ["irc", "json"])
def test_a_query_shows_what_the_two_have_said_before(server: ServerUnderTest, dialect: str) -> None:
    async def scene() -> Iterable[Person]:
        for name in ("alice", "bob"):
            server.add_account(name)
        bob = await Person(server.port, "bob", password="secret").come()
        alice = await Person(server.port, "alice", password="secret").come()
        bob.type("/msg alice do not forget")
        await alice.until(lambda: alice.said("bob") == ["bob: do not forget"])
        await alice.leave()
        again = await Person(server.port, "alice", dialect=dialect, password="secret").come()
        again.type("/query bob")
        await again.until(lambda: again.said("bob") == ["bob: do not forget"])
        assert again.window("bob").unread == 0
        return bob, again

    live(scene)


def test_a_talk_that_began_while_we_were_away_opens_and_is_unread(tmp_path: Path) -> None:
    async def scene() -> Iterable[Person]:
        first = ServerUnderTest(data=tmp_path)
        for name in ("alice", "bob"):
            first.add_account(name)
        alice = await Person(first.port, "alice", password="secret").come()
        first.stop()
        await lose(alice)
        with ServerUnderTest(data=tmp_path) as second:
            elsewhere = second.member("alice", nick="alice2")
            bob = await Person(second.port, "bob", password="secret").come()
            bob.type("/msg alice2 call me back")
            await bob.sync()
            elsewhere.send("QUIT")
            elsewhere.lines_until_closed()
            move(alice, second.port)
            await alice.come()
            await alice.until(lambda: alice.said("bob") == ["bob: call me back"])
            assert (alice.window("bob").unread, alice.window("bob").mentions) == (1, 1)
            for person in (alice, bob):
                await person.leave()
        return ()

    live(scene)


def test_a_new_password_is_used_at_the_next_login(server: ServerUnderTest) -> None:
    async def scene() -> Iterable[Person]:
        server.add_account("alice")
        alice = await Person(server.port, "alice", dialect="json", password="secret").come()
        alice.type("/password wrong another", "/password secret sesame-open")
        await alice.until(lambda: "The password is changed." in alice.told())
        assert alice.session.identity.password == "sesame-open"
        assert "sesame-open" not in repr(alice.session.identity)
        alice.session.quit()
        await alice.until(lambda: alice.session.over)
        await alice.come()
        return (alice,)

    live(scene)


def test_who_was_kicked_comes_back(server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.sessions.rejoining.PAUSE_SECONDS", 0.05)

    async def scene() -> Iterable[Person]:
        wren = await Person(server.port, "wren", "#x").come()
        alice = await Person(server.port, "alice", "#x", rejoin=True).come()
        wren.type("/kick alice")
        joined = ["alice joined", "alice was kicked by wren (wren)", "alice joined"]

        def told() -> list[str]:
            lines = alice.window("#x").lines
            return [f"{line.source} {line.text}" for line in lines if line.source == "alice"]

        await alice.until(lambda: len(told()) == 3)
        assert [text.partition(" (")[0] for text in told()] == [text.partition(" (")[0] for text in joined]
        return alice, wren

    live(scene)
