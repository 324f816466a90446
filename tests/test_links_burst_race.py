"""Who comes after a burst was begun, and before its first part is sent, is told once.

Owns: that. Must not: measure bursts (`test_links_bursts`).
"""

from chat.links import burst
from chat.state.servers import Server, id_of
from protocol import facts
from tests.harness import ServerUnderTest


def test_a_burst_tells_of_nobody_who_comes_after_it_was_begun() -> None:
    with ServerUnderTest(name="a.example") as server:
        server.irc("early")
        other = Server("b.example", id_of("b.example"), "the other", None, None)
        pieces = burst.burst(server.network, other)
        server.irc("late")
        told = [fact for piece in pieces for fact in piece]
    assert [fact.nick for fact in told if isinstance(fact, facts.UserUp)] == ["early"]


def test_a_burst_tells_of_no_server_that_comes_after_it_was_begun() -> None:
    with ServerUnderTest(name="a.example") as server:
        other = Server("b.example", id_of("b.example"), "the other", None, None)
        pieces = burst.burst(server.network, other)
        server.network.servers.add(Server("c.example", id_of("c.example"), "late", None, None))
        told = [fact for piece in pieces for fact in piece]
        server.network.servers.discard(server.network.servers.of_id(id_of("c.example")) or other)
    assert [fact for fact in told if isinstance(fact, facts.ServerUp)] == []
