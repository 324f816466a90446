"""Facts that are like the right ones, and are not: whatever a linked server says, nothing fails inside, and no client
is sent a line that nobody meant."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.facts import Fact
from tests.fake_peer import EVIL, NOW, FakePeer
from tests.hostile import NEAR, THIRD, Net, consistent, two_servers
from tests.networks import across
from tests.process import until

_KINDS = {kind.__name__: kind for kind in get_args(Fact)}
_LINE = re.compile(r":[^ \r\n]+ (?:[A-Z]+|[0-9]{3})(?: [^\r\n]*)?\Z")
_BAD = ["a\r\nQUIT :x", "a\nb", "a\0b", "a b", "", ":x", "#a,b", "a!b@c", "*", "\ud800", "x" * 600, "~m:" * 90]
_WORDS = [
    "EVIL",
    "NEAR",
    "THIRD",
    "ANN",
    "CAT",
    "MALLORY",
    "#room",
    "#new",
    "o",
    "b",
    "k",
    "l",
    "topic",
    "ann",
    "1",
    "+o",
]
_NUMBERS = [0, 1, -1, NOW, NOW + 1, 1 << 40, 1 << 70, 0.5, 1e300]
_SCALARS = st.sampled_from([*_WORDS, *_WORDS, *_BAD, *_NUMBERS, None, True, False]) | st.text(max_size=8)
_VALUES = st.recursive(_SCALARS, lambda some: st.lists(some, max_size=4), max_leaves=6)
_MOMENT = st.just([NOW / 1000, "m1"])
_STAMP = st.tuples(st.sampled_from([0, 1, NOW]), st.sampled_from(["", "0ABCDE"]))
_RANK = st.tuples(st.sampled_from("oqvhaZ"), st.booleans(), _STAMP)
_MEMBER = st.tuples(
    st.sampled_from(["MALLORY", "ANN", "CAT", "000000000000"]), st.just(NOW), st.lists(_RANK, max_size=2)
)
_KEYS = [
    "n",
    "m",
    "k",
    "l",
    "F",
    "f",
    "u",
    "topic",
    "founder",
    "admin ann@near.test",
    "b a!b@c",
    "metadata url",
    "P",
    "Z",
]
_REGISTER = st.tuples(
    st.sampled_from(_KEYS), st.sampled_from(["1", "a!b@c", "#new", "5", "2:10", None, "word"]), _STAMP, st.just("who")
)
_CHANGE = st.tuples(
    st.booleans(),
    st.sampled_from("bkloqnmtuFfZ"),
    st.sampled_from(["MALLORY", "CAT", "5", "a!b@c", None]),
    st.just(NOW),
)
_FITTING: dict[str, st.SearchStrategy[Any]] = {
    "uid": st.sampled_from(["MALLORY", "OTHER", "CAT"]),
    "by": st.sampled_from(["MALLORY", "EVIL", "OTHER"]),
    "channel": st.sampled_from(["#room", "#new", "#New"]),
    "target": st.sampled_from(["#room", "ANN", "CAT", "MALLORY"]),
    "server": st.just("EVIL"),
    "behind": st.just("EVIL"),
    "name": st.sampled_from(["more.test", "EVIL", "THIRD"]),
    "nick": st.sampled_from(["mallory", "ann", "cat", "moll", "MALLORY"]),
    "kind": st.sampled_from(["PRIVMSG", "NOTICE", "TAGMSG", "WALLOPS", "SNOTE", "K"]),
    "status": st.sampled_from(["", "@"]),
    "joined": st.just(NOW),
    "created": st.sampled_from(["CREATED", NOW]),
    "stamp": st.just(NOW + 3_600_000),  # later than those of the good users, who would lose their nicks by right
    "at": _STAMP,
    "moment": _MOMENT,
    "members": st.lists(_MEMBER, max_size=3),
    "registers": st.lists(_REGISTER, max_size=3),
    "changes": st.lists(_CHANGE, max_size=3),
    "tags": st.sampled_from([None, {"+draft/reply": "x"}, {"+a": ";\n "}]),
    "metadata": st.sampled_from([{}, {"url": "x"}]),
    "lines": st.sampled_from([None, [["a", False], ["b", True]]]),
    "modes": st.sampled_from(["", "io", "oZ"]),
    "is_long": st.booleans(),
    "is_ban": st.booleans(),
    "is_opening": st.booleans(),
    "is_secure": st.booleans(),
    "signed_on": st.just(1.0),
    "number": st.sampled_from([0, 1]),
    "to": st.sampled_from(["NEAR", "THIRD", "EVIL"]),
    "verb": st.sampled_from(["VERSION", "LOGIN", "STATS", "x"]),
    "params": st.lists(st.sampled_from(["ANN", "CAT", "x", "MALLORY"]), max_size=3),
    "privileges": st.just(["kill"]),
    "replies": st.just([["RPL_VERSION", "a", "b", "c"]]),
    "is_last": st.booleans(),
}
_PLAIN: dict[Any, Any] = {bool: True, int: 1, float: 1.0, tuple[str, ...]: []}


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """A fact with the right fields, of which some hold what they may not hold."""
    kind = draw(st.sampled_from(sorted(_KINDS)))
    hints = get_type_hints(_KINDS[kind])
    spoilt = draw(st.none() | st.sampled_from(sorted(hints)))
    fields = {
        name: draw(_VALUES if name == spoilt else _FITTING.get(name, st.just(_PLAIN.get(hint, "x"))))
        for name, hint in hints.items()
    }
    return {"fact": kind, **fields}


@pytest.fixture(scope="module")
def net() -> Iterator[Net]:
    with two_servers() as found:
        yield found


class Meant:
    """Puts the ids and names of a running network where a random fact means somebody."""

    def __init__(self, net: Net, peer: FakePeer) -> None:
        self.names: dict[Any, Any] = {"EVIL": EVIL, "NEAR": NEAR, "THIRD": THIRD, "ANN": net.uid("ann")}
        self.names |= {"CAT": net.uid("cat"), "MALLORY": peer.uid(1), "OTHER": peer.uid(2)}
        self.names["CREATED"] = net.near.channel("#room").created

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self(each) for each in value]
        return self.names.get(value, value) if isinstance(value, str) else value


class Failures(logging.Handler):
    """What failed inside."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.getMessage()}: {record.exc_info and record.exc_info[1]!r}")


@settings(max_examples=60, derandomize=True, database=None)
@given(told=st.lists(facts(), min_size=1, max_size=12))
def test_whatever_a_server_says_nothing_fails_and_nothing_is_injected(net: Net, told: list[dict[str, Any]]) -> None:
    failures = Failures()
    log = logging.getLogger("parley")
    log.addHandler(failures)
    with ExitStack() as stack:
        stack.callback(log.removeHandler, failures)
        until(lambda: net.near.network.servers.find(EVIL) is None)
        peer = FakePeer(net.near.port).linked()
        stack.callback(peer.close)
        peer.user("mallory")
        peer.user("trudy", 2)
        peer.sync()
        meant = Meant(net, peer)
        told.append({"fact": "Ping", "token": "the end"})
        peer.send_bytes(b"".join(json.dumps(meant(fact)).encode() + b"\n" for fact in told))
        peer.lines_until_closed_or('"token":"the end"')
        peer.close()
        until(lambda: net.near.network.servers.find(EVIL) is None)
        for lines in (across(net.ann, net.cat), across(net.cat, net.ann)):
            assert all(_LINE.match(line) for line in lines), lines
        consistent(net.near)
        consistent(net.third)
        assert failures.texts == []
