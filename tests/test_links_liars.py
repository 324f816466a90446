"""A server that lies stands behind one that does not: whatever it says, the link of the two honest ones stays, and both
hold the same. `test_links_hostile` has what its neighbour alone makes of it.
"""

import itertools
import json
import time
from collections.abc import Iterator

import pytest

from chat.state.servers import id_of, user_id
from protocol import facts, link
from protocol.facts import Change, ChannelState, Fact, NickChange, Rank, Register
from protocol.limits import CLOCKS_APART_SECONDS, METADATA_KEYS, STAMP_AHEAD_SECONDS
from tests import wires
from tests.fake_peer import NOW
from tests.hostile import NEAR, THIRD, state, two_servers
from tests.networks import across
from tests.views import disagreements
from tests.wires import Client, Node, Troubles, World, irc

HALF_A_DAY = CLOCKS_APART_SECONDS * 1000
A, B, E = "a.example", "b.example", "e.example"


@pytest.fixture(autouse=True)
def watched() -> Iterator[Troubles]:
    """No link is cut, unless the test takes that out of what is found."""
    troubles: Troubles
    for troubles in wires.troubles():
        yield troubles
        assert not troubles.found


class Liar:
    """Two honest servers `a` and `b`, the first behind by `skew` milliseconds, and one that lies, linked to `b`."""

    def __init__(self, skew: int = 0) -> None:
        self.world = World(A, B, E, skews=(-skew, 0, 0), now=int(time.time() * 1000))
        self.a, self.b, self.e = self.world.nodes
        now = self.world.clock.now
        for node, behind in zip(self.world.nodes, (skew, 0, 0), strict=True):
            node.network.wall = lambda wall=now - behind: wall  # type: ignore[method-assign, misc]
        self.ann, self.bob, self.eve = (
            irc(node, nick, "draft/metadata-2", "message-tags")
            for node, nick in zip(self.world.nodes, ("ann", "bob", "eve"), strict=True)
        )
        self.world.link(self.a, self.b)
        self.world.link(self.b, self.e)
        self.world.quiet()
        for client in (self.ann, self.bob, self.eve):
            client.say("JOIN #room")
            self.world.quiet()
            client.read()

    def says(self, *lies: Fact) -> None:
        """Puts on the wire what the bad server does not do itself; not delivered yet."""
        for wire in self.world.wires:
            for end in wire.ends:
                if end.node is self.e and wire.ends[0].node is self.b:
                    end.lines.extend(link.encode(lie).rstrip(b"\n") for lie in lies)

    def hears(self, *lies: Fact) -> None:
        """As `says`, and everything arrives."""
        self.says(*lies)
        self.world.quiet()

    def uid(self, nick: str) -> str:
        user = self.b.network.find_user(nick)
        assert user is not None
        return user.uid

    def created(self) -> int:
        channel = self.b.network.find_channel("#room")
        assert channel is not None
        return channel.created

    def far(self) -> None:
        """The bad server tells of others behind it, which do not exist."""
        names = [E, "far.example", "farther.example"]
        for near, name in itertools.pairwise(names):
            self.hears(facts.ServerUp(name, id_of(name), "", near))

    def honest(self) -> None:
        """The honest servers are linked, and hold the same."""
        self.world.quiet()
        assert self.a.network.servers.find(B) is not None and self.b.network.servers.find(A) is not None
        assert not disagreements([self.a, self.b])


def topic(node: Node) -> str:
    channel = node.network.find_channel("#room")
    assert channel is not None
    return channel.topic.text


def is_linked(liar: Liar) -> bool:
    return liar.b.network.servers.find(E) is not None


def moment() -> facts.Moment:
    return time.time(), "m1"


# --- users -----------------------------------------------------------------------------------------------------------


def test_a_word_about_somebody_who_is_not_there_yet_goes_no_further() -> None:
    liar = Liar()
    number = next(liar.a.network._user_numbers)
    liar.a.network._user_numbers = itertools.count(number)
    coming = user_id(id_of(A), number)
    liar.says(
        facts.AwaySet(coming, "spoofed"),
        NickChange(coming, "spoofed", 1, moment()),
        facts.Said(liar.uid("eve"), "PRIVMSG", coming, "", "hello", None, None, False, moment()),
        facts.Kicked(coming, liar.uid("ann"), "#room", 1, "spoofed", False, moment()),
    )
    liar.world.carry(liar.e, liar.b)
    cat = irc(liar.a, "cat")
    assert cat.session.user is not None and cat.session.user.uid == coming
    liar.honest()
    assert cat.session.user.away is None and is_linked(liar)


def test_a_word_about_somebody_who_has_just_left_goes_on_where_it_is_from() -> None:
    liar = Liar()
    gone = liar.uid("eve")
    liar.hears(facts.UserGone(gone, "bye", "bye", moment()), facts.AwaySet(gone, "late"))
    liar.honest()
    assert is_linked(liar)


# --- requests --------------------------------------------------------------------------------------------------------


def asked(by: str, uid: str, text: str, *privileges: str) -> Fact:
    return facts.Asked(0, by, A, "METADATA", (uid, text), privileges)


def make_operator(liar: Liar, nick: str) -> str:
    liar.hears(facts.UserModesSet(liar.uid(nick), "o", "root"))
    return liar.uid(nick)


def values(liar: Liar) -> list[dict[str, str]]:
    found = []
    for node in (liar.a, liar.b):
        user = node.network.find_user("ann")
        assert user is not None
        found.append(dict(user.metadata))
    return found


def test_metadata_is_set_for_an_operator_with_the_privilege_alone(caplog: pytest.LogCaptureFixture) -> None:
    liar = Liar()
    ann, eve = liar.uid("ann"), liar.uid("eve")
    liar.hears(asked(E, ann, "url x"), asked(eve, ann, "url x", "metadata"))
    make_operator(liar, "eve")
    liar.hears(asked(eve, ann, "url x"), asked(eve, ann, "url x", "kill"))
    assert values(liar) == [{}, {}]
    assert caplog.text.count("asked for METADATA, which is for IRC operators") == 4
    liar.hears(asked(eve, ann, "url x", "metadata"))
    assert values(liar) == [{"url": "x"}, {"url": "x"}]
    liar.honest()


@pytest.mark.parametrize("text", ["url " + "x" * 5000, "url " + "\u20ac" * 200, "a!b x", " x", "url"])
def test_metadata_that_may_not_be_is_not_set_for_an_operator_either(text: str) -> None:
    liar = Liar()
    eve = make_operator(liar, "eve")
    liar.hears(asked(eve, liar.uid("ann"), text, "metadata"))
    assert values(liar) == [{}, {}]
    liar.honest()


def test_nobody_gets_more_keys_of_metadata_than_may_be() -> None:
    liar = Liar()
    eve, ann = make_operator(liar, "eve"), liar.uid("ann")
    liar.hears(*(asked(eve, ann, f"key{number} x", "metadata") for number in range(METADATA_KEYS + 3)))
    assert [len(each) for each in values(liar)] == [METADATA_KEYS, METADATA_KEYS]
    liar.honest()


# --- what was said ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["account", "time", "batch", "msgid", "draft/multiline-concat", "+"])
def test_nobody_says_for_a_server_what_its_tags_say(key: str, watched: Troubles) -> None:
    liar = Liar()
    tags = {"+mine": "1", key: "root"}
    liar.hears(facts.Said(liar.uid("eve"), "PRIVMSG", "#room", "", "forged", None, tags, False, moment()))
    assert not is_linked(liar) and all("Said: its tags is not allowed" in text for text in watched.found)
    watched.found.clear()
    liar.honest()
    assert "forged" not in "".join(liar.ann.read() + liar.bob.read())


def test_tags_of_clients_are_passed_on() -> None:
    liar = Liar()
    tags = {"+draft/reply": "m0"}
    liar.hears(facts.Said(liar.uid("eve"), "PRIVMSG", "#room", "", "real", None, tags, False, moment()))
    assert "+draft/reply=m0" in liar.ann.read()[-1]


def erased_by(liar: Liar, monkeypatch: pytest.MonkeyPatch, *lies: Fact) -> list[list[str]]:
    """Which accounts the two honest servers erase, when they hear that."""
    found: dict[str, list[str]] = {liar.a.name: [], liar.b.name: []}
    for node in (liar.a, liar.b):
        monkeypatch.setattr(
            node.network.history, "do", lambda change, name=node.name: found[name].append(change.author)
        )
    liar.hears(*lies)
    return list(found.values())


def test_a_server_does_not_erase_what_an_account_of_another_said(monkeypatch: pytest.MonkeyPatch) -> None:
    liar = Liar()
    eve = liar.uid("eve")
    lies = [
        facts.Erased(by, "ann@a.example", with_former, is_gone)
        for by in (E, eve)
        for with_former in (False, True)
        for is_gone in (False, True)
    ]
    assert erased_by(liar, monkeypatch, *lies) == [[], []]
    liar.honest()
    assert is_linked(liar)


def test_an_account_its_home_and_operators_may_have_erased_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    liar = Liar()
    eve = liar.uid("eve")
    own = facts.Erased(E, "old@e.example", False)
    login, mine = facts.AccountSet(eve, "eve@e.example"), facts.Erased(eve, "eve@e.example", False)
    former = facts.Erased(eve, "eve@e.example", True)  # those who had the name before: for operators
    oper, all_ = facts.UserModesSet(eve, "o", "root"), facts.Erased(eve, "ann@b.example", True)
    erased = erased_by(liar, monkeypatch, own, login, mine, former, oper, all_)
    assert erased == [["old@e.example", "eve@e.example", "ann@b.example"], ["old@e.example", "eve@e.example", "ann"]]
    liar.honest()


# --- time ------------------------------------------------------------------------------------------------------------

AHEAD = [  # milliseconds over the clock of the neighbour
    pytest.param(STAMP_AHEAD_SECONDS * 1000 - 100, id="just-below-its-limit"),
    pytest.param(STAMP_AHEAD_SECONDS * 1000 + 100, id="just-above"),
    pytest.param(200 * 86_400_000, id="far-above"),
]
SKEWS = [0, 1000, HALF_A_DAY]


def lies_of(liar: Liar, at: int) -> list[Fact]:
    """Everything that has a stamp."""
    eve, created, stamp = liar.uid("eve"), liar.created(), (at, id_of(E))
    member = liar.b.network.find_channel("#room").members[liar.b.network.find_user("eve")]  # type: ignore[union-attr, index]
    change = Change(True, "v", eve, member.joined)
    return [
        NickChange(eve, "evelyn", at, moment()),
        facts.TopicSet(eve, "#room", created, stamp, "lies", "eve", moment()),
        facts.ModesChanged(eve, "#room", created, stamp, (change, Change(True, "m")), moment()),
        ChannelState("#room", created, (Register("b x!*@*", "x!*@*", stamp, "eve", at / 1000),), ()),
        facts.Joined(eve, "#other", at, at, moment()),
        ChannelState("#third", at, (), (facts.Member(eve, at, (Rank("o", True, stamp),)),)),
    ]


@pytest.mark.parametrize("is_far", [False, True], ids=["alone", "with-others-behind"])
@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("ahead", AHEAD)
def test_a_stamp_in_the_future_cuts_no_honest_link(ahead: int, skew: int, is_far: bool) -> None:
    liar = Liar(skew)
    if is_far:
        liar.far()
        ahead += 2 * HALF_A_DAY
    liar.hears(*lies_of(liar, liar.world.clock.now + ahead))
    liar.honest()
    for client, text in ((liar.ann, "ours"), (liar.bob, "mine"), (liar.ann, "again")):
        channel = client.node.network.find_channel("#room")
        assert channel is not None and client.session.user is not None
        channel.members[client.session.user].ranks |= {"o"}
        client.say(f"TOPIC #room :{text}", "MODE #room -b x!*@*", f"MODE #room {'-' if text == 'ours' else '+'}m")
        liar.world.quiet()
        assert [topic(node) for node in (liar.a, liar.b)] == [text, text]
        for node in (liar.a, liar.b):
            room = node.network.find_channel("#room")
            assert room is not None and not room.lists["b"] and ("m" in room.modes) == (text != "ours")


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("ahead", AHEAD)
def test_a_server_that_a_liar_has_led_ahead_can_be_linked_to_others(ahead: int, skew: int) -> None:
    liar = Liar(skew)
    liar.world.cut(liar.a, liar.b)
    liar.world.quiet()
    liar.hears(*lies_of(liar, liar.world.clock.now + ahead))
    liar.world.cut(liar.b, liar.e)
    liar.world.quiet()
    assert liar.b.network.tick() <= liar.b.network.wall() + HALF_A_DAY + 1000
    cat = Client(liar.b, liar.bob.session.codec)
    cat.say("NICK cat", "USER cat 0 * :cat", "JOIN #new")
    assert liar.world.link(liar.a, liar.b) is not None
    liar.world.quiet()
    assert liar.a.network.servers.find(B) is not None and liar.a.network.find_user("cat") is not None
    channel = liar.a.network.find_channel("#room")
    assert channel is not None and channel.topic.text == "lies"


def test_servers_in_a_row_whose_clocks_are_as_far_apart_as_may_be_hold_the_same() -> None:
    """Each is half a day ahead of the one before; the first can change what the last has set."""
    names = ("a.example", "b.example", "c.example", "d.example")
    skews = tuple(number * HALF_A_DAY for number in range(len(names)))
    world = World(*names, skews=skews, now=int(time.time() * 1000))
    for node, skew in zip(world.nodes, skews, strict=True):
        node.network.wall = lambda wall=world.clock.now + skew: wall  # type: ignore[method-assign, misc]
    for near, far in itertools.pairwise(world.nodes):
        world.link(near, far)
        world.quiet()
    clients = [irc(node, f"user{number}") for number, node in enumerate(world.nodes)]
    for client in clients:
        client.say("JOIN #room")
        world.quiet()
    clients[0].say("MODE #room -t")
    world.quiet()
    for client in (clients[-1], clients[0], clients[2], clients[-1], clients[0]):
        client.say(f"TOPIC #room :by {client.session.nick}")
        world.quiet()
        assert {topic(node) for node in world.nodes} == {f"by {client.session.nick}"}
    world.cut(world.nodes[1], world.nodes[2])
    world.quiet()
    clients[-1].say("TOPIC #room :late")
    clients[0].say("TOPIC #room :early")
    world.heal()
    assert len({topic(node) for node in world.nodes}) == 1 and not disagreements(world.nodes)


# --- over sockets ----------------------------------------------------------------------------------------------------


def test_a_liar_does_not_part_two_real_servers(watched: Troubles) -> None:
    with two_servers() as net:
        peer = net.evil()
        coming = [user_id(id_of(THIRD), number) for number in range(20)]
        for uid in coming:
            peer.tell("AwaySet", uid=uid, text="spoofed")
        cat = net.uid("cat")
        for text in ("url x", "url " + "x" * 1000):
            params, privileges = [cat, text], ["metadata"]
            peer.tell("Asked", number=0, by=peer.name, to=THIRD, verb="METADATA", params=params, privileges=privileges)
        room, late = net.near.channel("#room"), NOW + STAMP_AHEAD_SECONDS * 1000 - 5
        peer.send_bytes(json.dumps(state(["k", "key", [late, peer.sid]], created=room.created)).encode() + b"\n")
        peer.sync()
        dan = net.third.irc("dan")
        across(net.ann, net.cat)
        net.unharmed()
        assert {each.name for each in net.third.network.servers} == {NEAR, peer.name}
        assert net.third.channel("#room").key == "key" and not net.third.network.find_user("cat").metadata
        net.ann.ask("MODE #room -k key")
        across(net.ann, net.cat)
        assert net.near.channel("#room").key == net.third.channel("#room").key == ""
        assert not any(user.away for user in net.near.network.users.values()) and dan.ask("PING x")
        assert not watched.found
        peer.close()
    watched.found.clear()  # the servers have stopped
