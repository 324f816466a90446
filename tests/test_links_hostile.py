"""A linked Parley that breaks the rules: its link is cut with a reason, and the rest of the network is unharmed."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from chat.state.servers import id_of, user_id
from tests.fake_peer import EVIL, MOMENT, NOW, TOO_LONG, FakePeer, user_fields
from tests.hostile import NEAR, THIRD, Net, consistent, said, state, two_servers
from tests.networks import ParleyHere, across


@pytest.fixture(scope="module")
def net() -> Iterator[Net]:
    with two_servers() as found:
        yield found


# --- speaking for others --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("victim", ["ann", "cat"])
@pytest.mark.parametrize(
    "fact",
    [
        said("VICTIM", "#room"),
        said("VICTIM", "VICTIM"),
        {"fact": "NickChange", "uid": "VICTIM", "nick": "victim", "stamp": NOW, "moment": MOMENT},
        {"fact": "UserGone", "uid": "VICTIM", "text": "bye", "given": "bye", "moment": MOMENT},
        {"fact": "AwaySet", "uid": "VICTIM", "text": "gone"},
        {"fact": "RealnameSet", "uid": "VICTIM", "realname": "Nobody"},
        {"fact": "AccountSet", "uid": "VICTIM", "account": "root@near.test"},
        {"fact": "HostSet", "uid": "VICTIM", "username": "x", "host": "x"},
        {"fact": "UserModesSet", "uid": "VICTIM", "modes": "o", "operator": "root"},
        {"fact": "UserMetadataSet", "uid": "VICTIM", "key": "url", "value": "x"},
        {"fact": "Joined", "uid": "VICTIM", "channel": "#evil", "created": NOW, "joined": NOW, "moment": MOMENT},
        {"fact": "Parted", "uid": "VICTIM", "channel": "#room", "joined": NOW, "text": "", "moment": MOMENT},
        {"fact": "Knocked", "uid": "VICTIM", "channel": "#room", "text": "", "moment": MOMENT},
        {"fact": "TopicSet", "by": "VICTIM", "channel": "#room", "created": 1, "at": [NOW, ""], "text": "x",
         "setter": "x", "moment": MOMENT},
        {"fact": "ModesChanged", "by": "VICTIM", "channel": "#room", "created": 1, "at": [NOW, ""], "changes": [],
         "moment": MOMENT},
        {"fact": "Kicked", "by": "VICTIM", "uid": "MALLORY", "channel": "#room", "joined": NOW, "text": "",
         "is_ban": False, "moment": MOMENT},
        {"fact": "Invited", "by": "VICTIM", "uid": "VICTIM", "channel": "#room", "is_opening": True, "moment": MOMENT},
        {"fact": "Redacted", "by": "VICTIM", "target": "#room", "msgid": "x", "reason": "", "moment": MOMENT},
        {"fact": "Asked", "number": 0, "by": "VICTIM", "to": "near.test", "verb": "KILL", "params": ["VICTIM", "x"]},
    ],
    ids=lambda fact: fact["fact"],
)  # fmt: skip
def test_nobody_speaks_for_a_user_who_is_not_behind_it(net: Net, victim: str, fact: dict[str, Any]) -> None:
    peer = net.evil()
    text = json.dumps(fact).replace('"VICTIM"', f'"{net.uid(victim)}"').replace('"MALLORY"', f'"{peer.uid()}"')
    peer.send(text)
    net.is_cut(peer, f"({victim} is not behind you)"[1:-1])


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ({"fact": "ServerDown", "name": THIRD, "reason": "x"}, "third.test is not behind you"),
        ({"fact": "ServerDown", "name": NEAR, "reason": "x"}, "you speak for me"),
        ({"fact": "ServerDown", "name": EVIL, "reason": "for good"}, "for good"),
        ({"fact": "ServerDown", "name": "nowhere.test", "reason": "x"}, "there is no server nowhere.test"),
        ({"fact": "ServerUp", "name": THIRD, "sid": id_of(THIRD), "info": "", "behind": EVIL}, "third.test is linked"),
        ({"fact": "ServerUp", "name": "NEAR.test", "sid": id_of(NEAR), "info": "", "behind": EVIL}, "is my own name"),
        ({"fact": "ServerUp", "name": EVIL, "sid": id_of(EVIL), "info": "", "behind": EVIL}, "evil.test is linked alr"),
        ({"fact": "ServerUp", "name": "new.test", "sid": id_of("new.test"), "info": "", "behind": THIRD}, "third.test"),
        ({"fact": "ServerUp", "name": "new.test", "sid": id_of("new.test"), "info": "", "behind": NEAR}, "you speak f"),
        ({"fact": "ServerUp", "name": "new.test", "sid": id_of(THIRD), "info": "", "behind": EVIL}, "is not the id of"),
        ({"fact": "ServerUp", "name": "a b", "sid": id_of("a b"), "info": "", "behind": EVIL}, "name is not allowed"),
        ({"fact": "UserUp", **user_fields(THIRD, "x")}, "third.test is not behind you"),
        ({"fact": "UserUp", **user_fields(NEAR, "x")}, "you speak for me"),
        ({"fact": "UserUp", **user_fields(EVIL, "x", uid=user_id(id_of(THIRD), 5))}, "is no id of evil.test"),
        ({"fact": "UserUp", **user_fields(EVIL, "x", uid=user_id(id_of(NEAR), 5))}, "is no id of evil.test"),
        ({"fact": "UserUp", **user_fields(EVIL, "x", 1)}, "is in use"),
        ({"fact": "BurstEnd", "server": THIRD}, "third.test is not behind you"),
        ({"fact": "Kicked", "by": THIRD, "uid": "0" * 12, "channel": "#room", "joined": 1, "text": "",
          "is_ban": False, "moment": MOMENT}, "third.test is not behind you"),
        ({"fact": "Announced", "by": NEAR, "kind": "WALLOPS", "subject": "", "text": "x"}, "you speak for me"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["fact"],
)  # fmt: skip
def test_nobody_speaks_for_a_server_that_is_not_behind_it(net: Net, fact: dict[str, Any], reason: str) -> None:
    peer = net.evil()
    peer.send(json.dumps(fact))
    net.is_cut(peer, reason)


def test_a_message_for_somebody_behind_its_own_server_does_not_come_back(net: Net) -> None:
    peer = net.evil()
    peer.user("moll", 2)
    peer.sync()
    peer.send(json.dumps(said(peer.uid(1), peer.uid(2))))
    peer.send(json.dumps(said(peer.uid(1), "#room", "hello")))
    assert peer.sync() == []
    assert across(net.cat, net.ann)[-1] == ":mallory!fake@192.0.2.9 PRIVMSG #room :hello"
    peer.close()


def test_members_that_are_elsewhere_are_not_entered(net: Net) -> None:
    peer = net.evil()
    members = [[net.uid("cat"), NOW, []], [net.uid("ann"), NOW, []], [peer.uid(), NOW, []]]
    peer.send(json.dumps(state(channel="#evil", members=members)))
    peer.sync()
    assert [user.nick for user in net.near.channel("#evil").members] == ["mallory"]
    net.unharmed()
    peer.close()


# --- what is no fact ------------------------------------------------------------------------------------------------

DEEP = "[" * 60000


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", "no JSON"),
        (b"[]", "no JSON object"),
        (b'"x"', "no JSON object"),
        (b'{"fact":"AwaySet"', "no JSON"),
        (b"\xff\xfe", "not understood"),
        (f'{{"fact":{DEEP}'.encode(), "no JSON"),
        (b'{"fact":"AwaySet","uid":NaN,"text":""}', "NaN is no JSON"),
        (b'{"fact":"AwaySet","uid":1,"text":""}', "str expected"),
        (b'{"fact":"AwaySet"}', "AwaySet"),
        (b'{"fact":"AwaySet","uid":"x","text":{}}', "str expected"),
        (b'{"fact":"NickChange","uid":"x","nick":"y","stamp":1e400,"moment":[1,"x"]}', "not understood"),
        (b'{"fact":"NickChange","uid":"x","nick":"y","stamp":true,"moment":[1,"x"]}', "int expected"),
        (b'{"fact":"NickChange","uid":"x","nick":"y","stamp":1,"moment":[1e400,"x"]}', "number expected"),
        (b'{"fact":"NickChange","uid":"x","nick":"y","stamp":1,"moment":[1]}', "2 values expected"),
        (b'{"fact":"NickChange","uid":"x","nick":"y","stamp":' + b"9" * 5000 + b',"moment":[1,"x"]}', "no JSON"),
        (b'{"fact":"AwaySet","uid":"x","text":"a\\r\\nb"}', "a text holds a line end"),
        (b'{"fact":"AwaySet","uid":"x","text":"a\\u0000b"}', "a text holds a line end"),
        (b'{"fact":"AwaySet","uid":"x","text":"a\\ud800b"}', "lone surrogate"),
        (b'{"fact":["AwaySet"]}', "fact: str expected"),
        (b"SERVER evil.test 1 :again", "no JSON"),
        (TOO_LONG, "a line was too long"),
        (b"ERROR :I am leaving", "the other side says: I am leaving"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_line_that_is_no_fact_ends_the_link(net: Net, line: bytes, reason: str) -> None:
    peer = net.evil()
    peer.send_bytes(line + b"\n")
    net.is_cut(peer, reason)


def test_a_line_without_end_is_not_waited_for(net: Net) -> None:
    peer = net.evil()
    peer.send_bytes(TOO_LONG)
    net.is_cut(peer, "a line was too long")


def test_a_link_that_goes_away_in_the_middle_of_a_line_takes_only_itself_along(net: Net) -> None:
    peer = net.evil()
    peer.send_bytes(b'{"fact":"UserUp","uid":')
    peer.close()
    net.operator.lines_until(lambda line: f"Link to {EVIL} lost: " in line)
    for lines in net.unharmed():
        assert lines == [f":mallory!fake@192.0.2.9 QUIT :{NEAR} {EVIL}"]
    consistent(net.near)


def test_facts_of_newer_versions_are_passed_over(net: Net) -> None:
    peer = net.evil()
    peer.tell("Quantum", at=[1, 2], text="x")
    peer.tell("AwaySet", uid=peer.uid(), text=None, colour="blue")
    created = net.near.channel("#room").created
    peer.send(json.dumps(state(["Z", "1", [NOW, ""]], ["new thing", "1", [NOW, ""]], created=created)))
    peer.sync()
    assert not set(net.near.channel("#room").stamps) & {"Z", "new thing"}
    peer.close()


# --- how much -------------------------------------------------------------------------------------------------------


def test_servers_and_users_without_end_are_not_taken(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.links.tree.NETWORK_SERVERS", 5)
    peer = net.evil()
    for number in range(6):
        behind = f"s{number - 1}.test" if number else EVIL
        peer.tell("ServerUp", name=f"s{number}.test", sid=id_of(f"s{number}.test"), info="", behind=behind)
    net.is_cut(peer, "there are 5 servers already")
    monkeypatch.setattr("chat.links.inbound_users.NETWORK_USERS", 5)
    peer = net.evil()
    for number in range(2, 6):
        peer.user(f"moll{number}", number)
    peer_reason = "there are 5 users already"
    assert peer_reason in peer.last_line()
    peer.close()
    net.operator.lines_until(lambda line: peer_reason in line)
    net.unharmed()


def test_a_flood_is_cut(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.links.peer.LINK_BURST_LINES", 50)
    monkeypatch.setattr("chat.links.peer.LINK_LINES_PER_SECOND", 0)
    peer = net.evil()
    peer.send_bytes(b'{"fact":"Nothing"}\n' * 100)
    net.is_cut(peer, "Flood: too many lines")


def test_a_server_that_reads_nothing_is_cut(net: Net) -> None:
    peer = net.evil()
    with net.near.network.lock:
        (link,) = [each for each in net.near.controls.tree.peers if each.name == EVIL]
        link.session.outbox.limit = 10_000
    with suppress(ConnectionResetError, BrokenPipeError):
        peer.send_bytes(b'{"fact":"Ping","token":"%s"}\n' % (b"x" * 4000) * 20_000)
    net.operator.lines_until(lambda line: f"Link to {EVIL} lost: SendQ exceeded" in line)
    assert net.unharmed()[0][-1] == f":mallory!fake@192.0.2.9 QUIT :{NEAR} {EVIL}"
    peer.close()


# --- silence --------------------------------------------------------------------------------------------------------


def test_a_silent_server_is_asked_for_a_sign_and_then_cut() -> None:
    with ParleyHere(NEAR) as near:
        peer = FakePeer(near.port).linked()
        peer.user("mallory")
        peer.sync()
        near.look_after(121)
        assert peer.lines_until(lambda line: '"fact":"Ping"' in line)
        near.look_after(121 + 60)
        assert peer.sync() == []  # that was a sign
        near.look_after(0)
        near.look_after(121)
        assert peer.lines_until(lambda line: '"fact":"Ping"' in line)
        near.look_after(121 + 121)
        assert peer.last_line() == "ERROR :Closing Link: 127.0.0.1 (Ping timeout: 120 seconds)"
        assert near.network.find_user("mallory") is None
        peer.close()


def test_a_server_that_comes_again_while_its_dead_link_still_counts_has_to_wait_for_its_end() -> None:
    with ParleyHere(NEAR) as near:
        dead = FakePeer(near.port).linked()
        again = FakePeer(near.port)
        assert "evil.test is linked already; its old connection is still open" in again.answer
        again.close()
        near.look_after(121)
        near.look_after(121 + 121)
        assert "Ping timeout" in dead.last_line()
        again = FakePeer(near.port).linked()
        assert again.sync() == []
        for peer in (dead, again):
            peer.close()
