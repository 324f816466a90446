"""Words and numbers of another server that would break a line, a table or a clock: its link is cut."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from protocol.limits import LAB_TEXT_BYTES
from tests.fake_peer import MOMENT, NOW
from tests.hostile import NEAR, Net, said, state, two_servers
from tests.networks import Far, ParleyHere

FAR_FUTURE = 253402300800000  # the first millisecond of the year 10000


@pytest.fixture(scope="module")
def net() -> Iterator[Net]:
    with two_servers() as found:
        yield found


@pytest.mark.parametrize(
    "fields",
    [
        *({"nick": nick} for nick in ("a!b@c d", "", "a b", "#a", "a,b", ":a", "a" * 101)),
        *({"host": host} for host in ("a b", "a!b", "a@b", ":a", "h" * 254)),
        *({"real_host": host} for host in ("a b", "*")),
        *({"address": address} for address in ("1 2", "x" * 300)),
        *({"username": name} for name in ("", "a b", "a@b", "a!b", "u" * 65)),
        *({"account": account} for account in ("a b", "a b@c", "x@y z", "a@b@c")),
        {"realname": "x" * 5000},
        {"away": "x" * 5000},
        {"uid": "mallory"},
        {"uid": "evil user 12"},
        *({"stamp": stamp} for stamp in (-1, FAR_FUTURE, 1 << 200)),
        *({"signed_on": time} for time in (-1, 1e300, FAR_FUTURE / 1000)),
        {"metadata": {"a b": "x"}},
        {"metadata": {"url": "x" * 1000}},
        {"metadata": {f"key{number}": "x" for number in range(200)}},
        {"server": "evil test"},
    ],
    ids=lambda fields: str(fields)[:30],
)
def test_a_user_that_cannot_be_is_not_let_in(net: Net, fields: dict[str, Any]) -> None:
    peer = net.evil()
    peer.user(**{"nick": "moll", "number": 2, **fields})
    net.is_cut(peer, f"UserUp: its {next(iter(fields))} is ")
    assert net.near.network.tick() < FAR_FUTURE


def test_nobody_takes_the_id_of_somebody_else_as_nick(net: Net) -> None:
    for nick in (net.uid("ann"), "1abcde000001"):
        peer = net.evil()
        peer.user(nick, 2)
        net.is_cut(peer, f"{nick} is an id and no nick")


BAD_REGISTERS: list[list[Any]] = [
    ["k", "two words", [NOW, ""]],
    ["k", "a,b", [NOW, ""]],
    ["l", "x", [NOW, ""]],
    ["l", "-5", [NOW, ""]],
    ["l", "9" * 5000, [NOW, ""]],
    ["F", "nowhere", [NOW, ""]],
    ["F", "#a,b c", [NOW, ""]],
    ["n", "2", [NOW, ""]],
    ["b a!b@c", "a b!c@d", [NOW, ""]],
    ["b a!b@c", "d!e@f", [NOW, ""]],
    ["b " + "x" * 500, "x" * 500, [NOW, ""]],
    ["topic", "x" * 5000, [NOW, ""]],
    ["topic", "x", [FAR_FUTURE, ""]],
    ["topic", "x", [-1, ""]],
    ["topic", "x", [NOW, "no id"]],
    ["topic", "x", [NOW, ""], "s" * 5000, 1.0],
    ["topic", "x", [NOW, ""], "s", 1e300],
    ["founder", "a b", [NOW, ""]],
    ["admin a b", "1", [NOW, ""]],
    ["access ann@near.test", "Z", [NOW, ""]],
    ["metadata A B", "1", [NOW, ""]],
]


@pytest.mark.parametrize("register", BAD_REGISTERS, ids=lambda register: f"{register[0][:12]} {register[1][:12]}")
def test_a_register_that_cannot_be_is_not_written(net: Net, register: list[Any]) -> None:
    peer = net.evil()
    peer.send(json.dumps(state(register, created=1)))
    net.is_cut(peer, "ChannelState: its registers ")
    assert net.near.channel("#room").created > 1


def test_a_change_with_a_bad_parameter_is_refused(net: Net) -> None:
    for change in ([True, "k", "a b"], [True, "b", "a b"], [True, "b", None], [True, "o", "mallory"], [True, "F", "x"]):
        peer = net.evil()
        fields = {"by": peer.uid(), "channel": "#room", "created": 1, "at": [NOW, ""], "changes": [change]}
        peer.tell("ModesChanged", **fields, moment=MOMENT)
        net.is_cut(peer, "ModesChanged: its changes ")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"status": "x"}, "status"),
        ({"target": "#a,b"}, "target"),
        ({"target": "two words"}, "target"),
        ({"tags": {"a b": "x"}}, "tags"),
        ({"tags": {"+a;time=1": "x"}}, "tags"),
        ({"tags": {"+a": "x" * 5000}}, "tags"),
        ({"moment": [NOW / 1000, "a b"]}, "moment"),
        ({"moment": [NOW / 1000, "a;time=2"]}, "moment"),
        ({"moment": [1e18, "a"]}, "moment"),
        ({"moment": [-1, "a"]}, "moment"),
        ({"lines": [["a\rb", False]]}, "line end"),
    ],
)
def test_a_message_that_would_break_a_line_is_refused(net: Net, other: dict[str, Any], reason: str) -> None:
    peer = net.evil()
    peer.send(json.dumps({**said(peer.uid(), "#room"), **other}))
    net.is_cut(peer, reason)


def test_a_channel_that_cannot_be_is_not_made(net: Net) -> None:
    for name in ("#a,b", "room", "#", "#a b", "#" + "x" * 300, ""):
        peer = net.evil()
        peer.send(json.dumps(state(channel=name, members=[[peer.uid(), NOW, []]])))
        net.is_cut(peer, "ChannelState: its channel ")


# --- lab servers, which know no bounds --------------------------------------------------------------------------------


def test_what_a_lab_server_says_too_long_or_strange_is_cut_to_what_can_be_shown() -> None:
    with ParleyHere(NEAR) as near:
        far, ann = Far(near), near.irc("ann")
        far.say(":echo JOIN #room", f":echo TOPIC #room :{'long ' * 1000}", ":echo JOIN #locked a,b")
        assert len(near.channel("#room").topic.text) == LAB_TEXT_BYTES
        assert near.channel("#locked").key == ""
        far.say(":echo TOPIC #room :one\rtwo", ":echo TOPIC #room :never\0")
        assert near.channel("#room").topic.text == "one two"
        far.link.send(f":echo QUIT :{'bye ' * 1000}", ":far.lab USER other pc9 far.lab :x", ":other PRIVMSG ann :hi")
        assert ann.line() == ":other!other@pc9 PRIVMSG ann :hi"
        assert far.is_cut(":ann PRIVMSG #room :spoofed") == "ERROR :Closing Link: 127.0.0.1 (ann is not behind you)"
        far.link.close()
