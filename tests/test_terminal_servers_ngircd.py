"""Sessions with a real ngIRCd: a server of somebody else, with few capabilities and its own way to say things."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from tests.ngircd import NgircdProcess
from tests.terminal_core import texts
from tests.terminal_live import Person, live


@pytest.fixture
def ngircd() -> Iterator[NgircdProcess]:
    """One that is linked with nobody."""
    with NgircdProcess() as process:
        yield process


def shown(person: Person, name: str) -> str:
    """A window as one text."""
    return "\n".join(texts(person.window(name)))


def test_a_conversation(ngircd: NgircdProcess) -> None:
    async def scene() -> Iterable[Person]:
        alice = await Person(ngircd.port, "alice", "#study").come()
        bob = await Person(ngircd.port, "bob", "#study").come()
        assert alice.window("#study").members["alice"].ranks == "@"
        alice.type("hello bob", "/me waves", "/topic Exam on Friday", "/mode +m", "/voice bob")
        await bob.until(lambda: bob.window("#study").members["bob"].ranks == "+")
        assert bob.said("#study") == ["alice: hello bob", "alice: waves"]
        assert bob.window("#study").topic == "Exam on Friday" and "alice sets mode +v bob" in shown(bob, "#study")
        bob.type("/away gone fishing")
        await bob.until(lambda: bob.session.router.away == "gone fishing")
        alice.type("/msg bob lunch?", "/whois bob")
        await alice.until(lambda: "gone fishing" in shown(alice, "#study") + shown(alice, "bob"))
        await bob.until(lambda: bob.said("alice") == ["alice: lunch?"])
        alice.type("/kick bob enough")
        await bob.until(lambda: not bob.window("#study").joined)
        assert "bob was kicked by alice (enough)" in shown(bob, "#study")
        return alice, bob

    live(scene)


def test_a_nick_that_was_taken_is_ours_once_its_owner_leaves(ngircd: NgircdProcess) -> None:
    async def scene() -> Iterable[Person]:
        ghost = ngircd.irc("alice")
        ghost.ask("JOIN #study")
        alice = await Person(ngircd.port, "alice", "#study").come()
        assert alice.session.dialect.nick == "alice_"
        ghost.send("QUIT")
        await alice.until(lambda: alice.session.dialect.nick == "alice")
        return (alice,)

    live(scene)


def test_who_is_killed_comes_back_to_the_channels(ngircd: NgircdProcess) -> None:
    async def scene() -> Iterable[Person]:
        alice = await Person(ngircd.port, "alice", "#study", "#keyed secret").come()
        alice.show("#keyed")
        alice.type("/mode +k secret")
        await alice.until(lambda: "sets mode +k secret" in shown(alice, "#keyed"))
        ngircd.irc("wren").ask("JOIN #keyed secret")
        ngircd.operator("root").ask("KILL alice :go away")
        await alice.until(lambda: alice.session.retry_at is not None)
        assert not alice.is_on("#study") and "go away" in "\n".join(alice.told())
        alice.type("/connect")
        await alice.until(lambda: alice.is_on("#study") and alice.is_on("#keyed"))
        return (alice,)

    live(scene)


def test_a_server_that_stops_and_starts_again_has_us_back(ngircd: NgircdProcess) -> None:
    async def scene() -> Iterable[Person]:
        alice = await Person(ngircd.port, "alice", "#study").come()
        ngircd.process.terminate()
        await alice.until(lambda: alice.session.retry_at is not None)
        with NgircdProcess() as other:
            alice.session.endpoint = replace(alice.session.endpoint, port=other.port)
            await alice.come()
            alice.type("back")
            await alice.until(lambda: alice.said("#study") == ["alice: back"])
            await alice.leave()
        return ()

    live(scene)
