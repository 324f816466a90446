"""A test that plays a server of its own on a Parley link: what it says is whatever the test wants.

Owns: the handshake, and facts as values. Must not: hold a test.
"""

import time
from typing import TypeVar

from chat.state.servers import id_of, user_id
from protocol import facts, link
from protocol.facts import Fact
from tests.harness import Client, ServerUnderTest

Kind = TypeVar("Kind")


class ParleyPeer(Client):
    """A server called `name` that dials `server`, and has told all that it knows when this returns: nothing. `burst`:
    what it was told."""

    def __init__(self, server: ServerUnderTest, name: str) -> None:
        super().__init__(server.port)
        self.name = name
        self._users = 0
        self._tokens = 0
        self.send(f"SERVER {name} 1 :a test")
        self.send_bytes(link.encode_hello(link.Hello(link.VERSION, id_of(name), "test", time.time())))
        self.lines_until(lambda line: line.startswith(link.UPGRADE))
        self.tell(facts.BurstEnd(name))
        self.burst = self.sync()

    def tell(self, *told: Fact) -> None:
        """Says facts."""
        for fact in told:
            self.send_bytes(link.encode(fact))

    def fact(self, kind: type[Kind]) -> Kind:
        """The next fact of that kind; others before it are dropped."""
        while True:
            found = link.decode(self.line().encode())
            if isinstance(found, kind):
                return found

    def sync(self) -> list[Fact]:
        """All facts that come before the answer to a Ping."""
        self._tokens += 1
        self.tell(facts.Ping(f"sync{self._tokens}"))
        found: list[Fact] = []
        while True:
            fact = link.decode(self.line().encode())
            if isinstance(fact, facts.Pong):
                return found
            if fact is not None:
                found.append(fact)

    def introduce(self, nick: str, modes: str = "", server: str = "") -> str:
        """A user of this server, or of one that it has told of; its uid."""
        self._users += 1
        home = server or self.name
        uid = user_id(id_of(home), self._users)
        now = time.time()
        self.tell(
            facts.UserUp(
                uid=uid,
                nick=nick,
                stamp=int(now * 1000),
                server=home,
                username=nick,
                host="there.test",
                real_host="there.test",
                address="192.0.2.9",
                realname=nick,
                account="",
                modes=modes,
                operator="",
                away=None,
                signed_on=now,
                is_secure=False,
                metadata={},
            )
        )
        return uid
