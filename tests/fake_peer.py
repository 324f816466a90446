"""A Parley that a test plays: a connection that has made itself a Parley link, and says whatever the test wants it to.

Owns: the handshake, well-formed facts to begin with, waiting by Ping. Must not: hold a test.
"""

import json
import socket
import time
from contextlib import suppress
from typing import Any

from chat.state.servers import id_of, user_id
from protocol.link import LINE_LIMIT
from tests.harness import Client, ServerUnderTest
from tests.networks import Accepted

EVIL = "evil.test"
NOW = int(time.time() * 1000)
MOMENT = [NOW / 1000, "m1"]


def hello(name: str, **other: Any) -> str:
    """The PARLEY line of a server."""
    said = {"version": 1, "sid": id_of(name), "software": "fake", "time": time.time()}
    return f"PARLEY {json.dumps({**said, **other})}"


class FakePeer(Client):
    """A Parley link from `name`, with the burst of the other side in `burst`."""

    def __init__(self, port: int, name: str = EVIL, **greeting: Any) -> None:
        super().__init__(port)
        self.name = name
        self.sid = id_of(name)
        self._tokens = 0
        self.send(f"SERVER {name} 1 :A fake server")
        self.answer = self.line()
        self.send(hello(name, **greeting))

    def linked(self) -> "FakePeer":
        """Itself, when the other side has sent all that it knows."""
        self.burst = self.lines_until(lambda line: '"fact":"BurstEnd"' in line)
        self.tell("BurstEnd", server=self.name)
        return self

    def tell(self, kind: str, **fields: Any) -> None:
        """Says a fact, well-formed or not. That the other side cut the link meanwhile is noticed when reading."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_bytes(json.dumps({"fact": kind, **fields}).encode() + b"\n")

    def uid(self, number: int = 1) -> str:
        """The id of one of its users."""
        return user_id(self.sid, number)

    def user(self, nick: str, number: int = 1, **other: Any) -> str:
        """Introduces a user; its id."""
        self.tell("UserUp", **{**user_fields(self.name, nick, number), **other})
        return self.uid(number)

    def sync(self) -> list[dict[str, Any]]:
        """All facts that come before the answer to a Ping."""
        self._tokens += 1
        token = f"sync{self._tokens}"
        self.tell("Ping", token=token)
        facts: list[dict[str, Any]] = []
        while True:
            fact = json.loads(self.line())
            if fact["fact"] == "Pong" and fact["token"] == token:
                return facts
            facts.append(fact)

    def lines_until_closed_or(self, words: str) -> None:
        """Reads up to a line with these words, or to the end."""
        with suppress(EOFError, ConnectionResetError):
            self.lines_until(lambda line: words in line)

    def last_line(self) -> str:
        """The last line before the other side closes."""
        return self.lines_until_closed()[-1]


def user_fields(server: str, nick: str, number: int = 1, **other: Any) -> dict[str, Any]:
    """The fields of a UserUp that is all right, but for `other`."""
    return {
        "uid": user_id(id_of(server), number),
        "nick": nick,
        "stamp": NOW,
        "server": server,
        "username": "fake",
        "host": "192.0.2.9",
        "real_host": "192.0.2.9",
        "address": "192.0.2.9",
        "realname": "A fake user",
        "account": "",
        "modes": "",
        "operator": "",
        "away": None,
        "signed_on": NOW / 1000,
        "is_secure": False,
        "metadata": {},
        **other,
    }


TOO_LONG = b"x" * (LINE_LIMIT + 10)


def raw_link(port: int, first: str = "") -> Client:
    """A connection that says `first` as its first line, if anything, and is then whatever the test makes of it."""
    client = Client(port)
    if first:
        client.send(first)
    return client


def refusal(server: ServerUnderTest, *lines: str) -> str:
    """Why a connection that says these lines is closed."""
    client = raw_link(server.port)
    client.send(*lines)
    last = client.lines_until_closed()[-1]
    client.close()
    assert last.startswith("ERROR :Closing Link: 127.0.0.1 (") and last.endswith(")")
    return last[len("ERROR :Closing Link: 127.0.0.1 (") : -1]


class Dialling:
    """A server that dials a socket of the test: `link` is what it has said so far, read up to SERVER."""

    def __init__(self, config: str, name: str = "near.test") -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.server = ServerUnderTest(config.replace("PORT", str(self._listener.getsockname()[1])), name=name)
        self.link = self.accept()

    def accept(self) -> Accepted:
        link = Accepted(self._listener)
        self.lines = link.lines_until(lambda line: line.startswith("SERVER "))
        return link

    def __enter__(self) -> "Dialling":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        self.link.close()
        self._listener.close()


PLACE = '{name = "far.test", host = "127.0.0.1", port = PORT, password = "ours"}'
BOTH = f'[links]\nconnect = [{PLACE}]\naccept = [{{name = "far.test", password = "theirs"}}]\n'
