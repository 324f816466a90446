"""What users and channels tell about themselves (METADATA), on every server of the network."""

from collections.abc import Iterator

import pytest

from protocol.message import parse_message
from tests.harness import IrcClient
from tests.networks import Linked, ParleyHere, across, chain, linked, settle

A, B, C = "a.example", "b.example", "c.example"
METADATA = ("draft/metadata-2", "batch")


@pytest.fixture
def network() -> Iterator[Linked]:
    with linked(chain(A, B, C)) as servers:
        yield servers


def told(lines: list[str]) -> list[str]:
    """The METADATA lines, without who sent them."""
    return [line.partition(" METADATA ")[2] for line in lines if " METADATA " in line]


def listed(client: IrcClient, target: str) -> dict[str, str]:
    """The values by their keys, as METADATA LIST tells them."""
    lines = [parse_message(line) for line in client.ask(f"METADATA {target} LIST")]
    return {line.params[2]: line.params[4] for line in lines if line.command == "761" and line.params[1] == target}


def met(*clients: IrcClient) -> None:
    """All are in one channel, and know it."""
    settle(*clients)
    for client in clients:
        client.send("JOIN #meet")
    settle(*clients)
    for client in clients:
        client.sync()


def test_what_a_guest_sets_is_seen_and_told_on_every_server(network: Linked) -> None:
    ann, bob, cat = (network.here(name).irc(nick, *METADATA) for name, nick in ((A, "ann"), (B, "bob"), (C, "cat")))
    cat.ask("METADATA * SUB url")
    met(ann, bob, cat)
    ann.ask("METADATA * SET url :http://ann.example", "METADATA * SET other :unsubscribed")
    assert told(across(ann, cat)) == ["ann url * :http://ann.example"]
    assert told(bob.sync()) == []
    assert listed(cat, "ann") == {"url": "http://ann.example", "other": "unsubscribed"}
    ann.ask("METADATA * SET url")
    assert told(across(ann, cat)) == ["ann url *"]
    assert listed(cat, "ann") == {"other": "unsubscribed"}
    ann.ask("METADATA * CLEAR")
    across(ann, cat)
    assert listed(cat, "ann") == {}


def test_what_an_account_tells_is_kept_at_home_and_known_elsewhere(network: Linked) -> None:
    network.here(A).add_account("ann")
    ann = network.here(A).member("ann", *METADATA)
    ann.ask("METADATA * SET url :http://ann.example")
    ann.send("QUIT")
    ann.lines_until_closed()
    bob, again = network.here(C).irc("bob", *METADATA), network.here(A).member("ann", *METADATA, nick="other")
    settle(again, bob)
    assert listed(bob, "other") == {"url": "http://ann.example"}
    bob.ask("METADATA * SUB url", "MONITOR + other")
    again.ask("METADATA * SET url :http://other.example")
    assert told(across(again, bob)) == ["other url * :http://other.example"]
    account = network.here(A).network.find_account("ann")
    assert account is not None and account.metadata == {"url": "http://other.example"}


def test_a_login_brings_what_the_account_tells_and_a_logout_takes_it(network: Linked) -> None:
    network.here(A).add_account("ann")
    first = network.here(A).member("ann", *METADATA)
    first.ask("METADATA * SET url :http://ann.example")
    ann, bob = network.here(A).irc("guest", *METADATA), network.here(C).irc("bob", *METADATA, "account-notify")
    bob.ask("METADATA * SUB url", "METADATA * SUB color")
    met(ann, bob)
    ann.ask("METADATA * SET color :red", "PRIVMSG NickServ :IDENTIFY ann secret")
    lines = across(ann, bob)
    assert told(lines) == ["guest color * :red", "guest url * :http://ann.example"]
    assert [line for line in lines if " ACCOUNT " in line] == [":guest!~guest@127.0.0.1 ACCOUNT ann@a.example"]
    assert listed(bob, "ann") == {"color": "red", "url": "http://ann.example"}
    ann.ask("PRIVMSG NickServ :LOGOUT")
    assert sorted(told(across(ann, bob))) == ["guest color *", "guest url *"]
    assert listed(bob, "guest") == {}
    assert listed(bob, "ann") == {"color": "red", "url": "http://ann.example"}


def test_what_a_channel_tells_is_the_same_on_every_server(network: Linked) -> None:
    ann, bob, cat = (network.here(name).irc(nick, *METADATA) for name, nick in ((A, "ann"), (B, "bob"), (C, "cat")))
    cat.ask("METADATA * SUB url")
    settle(ann, bob, cat)
    ann.send("JOIN #meet")
    settle(ann, bob, cat)
    bob.ask("JOIN #meet")
    cat.ask("JOIN #meet")
    settle(ann, bob, cat)
    ann.ask("METADATA #meet SET url :http://meet.example")
    assert told(across(ann, cat)) == ["#meet url * :http://meet.example"]
    assert listed(bob, "#meet") == {"url": "http://meet.example"}
    assert any(" KEY_NO_PERMISSION " in line for line in bob.ask("METADATA #meet SET url :mine"))
    ann.ask("METADATA #meet SET url")
    assert told(across(ann, cat)) == ["#meet url *"]


def test_an_operator_sets_what_a_user_of_another_server_tells() -> None:
    config = '[[operator]]\nname = "root"\npassword = "root"\n'
    with linked(chain(A, B), config=config) as network:
        root, ann, bob = (
            network.here(A).irc("root", *METADATA),
            *(network.here(B).irc(nick, *METADATA) for nick in ("ann", "bob")),
        )
        settle(root, ann, bob)
        root.ask("OPER root root")
        bob.ask("METADATA * SUB url", "MONITOR + ann")
        root.ask("METADATA ann SET url :http://ann.example")
        assert told(across(root, bob)) == ["ann url * :http://ann.example"]
        across(bob, root)
        assert listed(root, "ann") == {"url": "http://ann.example"}
        assert [line for line in ann.sync() if " ERROR " in line] == []
        root.ask("METADATA ann CLEAR")
        assert told(across(root, bob)) == ["ann url *"]


def test_a_server_that_links_later_learns_what_everybody_tells() -> None:
    with ParleyHere(A) as first:
        ann = first.irc("ann", *METADATA)
        ann.ask("METADATA * SET url :http://ann.example", "JOIN #meet", "METADATA #meet SET url :http://meet.example")
        with ParleyHere(B, first) as second:
            bob = second.irc("bob", *METADATA)
            settle(ann, bob)
            assert listed(bob, "ann") == {"url": "http://ann.example"}
            assert listed(bob, "#meet") == {"url": "http://meet.example"}
