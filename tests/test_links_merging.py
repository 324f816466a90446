"""Servers that were apart, or whose lines cross, come to the same state: the cases that are easy to get wrong, each by
itself. `test_convergence` looks for others at random.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chat.state import permanent
from protocol.limits import REMOVED_REGISTERS
from tests import wires
from tests.views import disagreements
from tests.wires import Client, Node, Troubles, World, irc, json


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    """Nothing fails, and no link is cut."""
    troubles: Troubles
    for troubles in wires.troubles():
        yield
        assert not troubles.found


def chain(*names: str, skews: tuple[int, ...] = ()) -> World:
    """Servers in a row, linked."""
    world = World(*names, skews=skews)
    for near, far in zip(world.nodes, world.nodes[1:], strict=False):
        world.link(near, far)
    world.quiet()
    return world


def agree(world: World) -> None:
    """All is told, all are linked, and hold the same."""
    world.heal()
    assert not disagreements(world.nodes)


def ranks(node: Node, channel: str, nick: str) -> str:
    """The ranks of a member, as a server has them."""
    found, user = node.network.find_channel(channel), node.network.find_user(nick)
    assert found is not None and user is not None
    return "".join(sorted(found.members[user].ranks))


def chat(client: Client, group: str) -> None:
    """Makes a group."""
    parameters = f'{{"username": "{client.session.nick}", "chat_name": "{group}"}}'
    client.say(f'{{"version": 1.1, "command": "CHAT", "parameters": {parameters}}}')


def test_a_channel_that_is_spelled_in_two_ways_is_called_as_where_it_is_older() -> None:
    world = World("a.example", "b.example")
    a, b = world.nodes
    irc(b, "bob").say("JOIN #Den")
    world.clock.now += 10
    irc(a, "alice").say("JOIN #den")
    world.link(a, b)
    agree(world)
    assert a.network.channels["#den"].name == "#Den"
    assert (ranks(a, "#den", "alice"), ranks(a, "#den", "bob")) == ("", "o")


def test_the_admin_of_a_group_is_the_same_in_whatever_case_its_server_is_written() -> None:
    world = chain("a.example", "B.Example")
    chat(json(world.nodes[1], "bob"), "den")
    agree(world)
    assert world.nodes[0].network.channels["#den"].admins == {"bob@b.example"}


def test_a_channel_that_was_older_and_lost_its_members_while_the_news_of_it_is_on_the_way_is_older_still() -> None:
    world = World("a.example", "b.example", "c.example")
    a, b, c = world.nodes
    carol = irc(c, "carol")
    carol.say("JOIN #den")
    world.clock.now += 10
    alice = irc(a, "alice")
    alice.say("JOIN #den", "TOPIC #den :later")
    world.link(b, c)
    world.quiet()
    world.link(a, b)
    world.carry(a, b)
    world.carry(b, a)
    world.carry(a, b)
    carol.say("PART #den")  # before it hears of alice
    agree(world)
    assert c.network.channels["#den"].topic.text == ""


def test_an_earlier_channel_that_ended_where_the_later_one_goes_through_is_known_there_again() -> None:
    world = chain("a.example", "b.example", "c.example", skews=(0, 0, -3000))
    a, b, c = world.nodes
    carol = irc(c, "carol")
    world.quiet()
    carol.say("JOIN #den")
    world.carry(c, b)
    irc(a, "alice").say("JOIN #den")
    carol.say("PART #den")
    world.carry(a, b)  # where the earlier one is known, which has ended beyond
    agree(world)


def test_a_channel_of_which_nothing_is_remembered_is_asked_for_when_somebody_enters_it_elsewhere() -> None:
    world = chain("a.example", "b.example")
    a, b = world.nodes
    alice, bob = irc(a, "alice"), irc(b, "bob")
    bob.say("JOIN #den", "MODE #den +k red", "TOPIC #den :tea")
    world.quiet()
    alice.say("JOIN #den red")
    bob.say("PART #den")
    b.tree._ended.clear()
    agree(world)
    assert b.network.channels["#den"].topic.text == "tea"


def test_what_a_server_set_before_a_link_broke_is_told_though_the_channel_has_ended_there() -> None:
    world = chain("c.example", "a.example", "b.example")
    _, a, b = world.nodes
    alice, bob = irc(a, "alice"), irc(b, "bob")
    alice.say("JOIN #den")
    world.quiet()
    bob.say("JOIN #den")
    world.quiet()
    alice.say("TOPIC #den :tea")
    world.cut(a, b)
    alice.say("PART #den")
    world.quiet()
    agree(world)
    assert b.network.channels["#den"].topic.text == "tea"


def test_what_was_set_before_a_channel_was_empty_here_holds_where_somebody_entered_meanwhile() -> None:
    world = World("a.example", "b.example")
    a, b = world.nodes
    alice = irc(a, "alice")
    world.link(a, b)
    world.quiet()
    alice.say("JOIN #den", "MODE #den +k red")
    world.quiet()
    irc(b, "bob").say("JOIN #den red")
    world.quiet()
    world.cut(a, b)
    world.quiet()
    world.link(a, b)
    world.carry(a, b)
    world.carry(b, a)
    world.carry(a, b)
    world.carry(b, a, 1)  # a.example has sent its burst, and not had the other
    alice.say("MODE #den +k blue", "TOPIC #den :tea", "PART #den")
    agree(world)
    assert b.network.channels["#den"].key == "blue"


def test_a_group_that_is_given_up_while_a_burst_brings_it_is_given_up_everywhere() -> None:
    world = World("a.example", "b.example")
    a, b = world.nodes
    alice = json(a, "alice")
    world.link(a, b)
    world.quiet()
    chat(alice, "den")
    world.quiet()
    world.cut(a, b)
    world.quiet()
    operator = irc(a, "alison", account="alice")
    world.link(a, b)
    world.carry(a, b)
    world.carry(b, a)
    world.carry(a, b)
    world.carry(b, a, 1)  # a.example has sent its burst, and not had the other
    operator.say("MODE #den -P", "PART #den")
    agree(world)
    assert "#den" not in a.network.channels


def test_a_kick_that_crosses_the_return_of_a_server_by_another_way_counts_for_who_kicked_too() -> None:
    world = chain("a.example", "b.example", "c.example")
    a, b, c = world.nodes
    d = Node("d.example", world.clock)
    world.nodes.append(d)
    world.link(b, d)
    world.quiet()
    alice, dave = irc(a, "alice"), irc(d, "dave")
    alice.say("JOIN #den")
    world.quiet()
    dave.say("JOIN #den")
    world.quiet()
    world.cut(b, d)  # a.example does not hear of it yet
    world.link(c, d)
    for _ in range(6):
        for near, far in ((b, c), (c, d), (d, c), (c, b)):
            world.carry(near, far)
    alice.say("KICK #den dave", "MODE #den +s")
    agree(world)
    assert dave.session.user is not None and not dave.session.user.memberships


def test_a_rank_that_is_given_while_a_server_returns_by_another_way_is_held_everywhere() -> None:
    world = chain("a.example", "b.example", "c.example", "d.example")
    a, b, c, d = world.nodes
    alice, dave = irc(a, "alice"), irc(d, "dave")
    alice.say("JOIN #den")
    world.quiet()
    dave.say("JOIN #den")
    world.quiet()
    world.cut(c, d)
    world.carry(c, b)
    world.link(b, d)
    for _ in range(6):
        for near, far in ((b, d), (d, b), (b, c), (c, b)):
            world.carry(near, far)
    alice.say("MODE #den +v dave")
    agree(world)
    assert ranks(c, "#den", "dave") == ranks(a, "#den", "dave") == "v"


def test_the_rank_that_is_due_to_an_account_is_told_to_the_others_when_channels_are_merged() -> None:
    world = chain("a.example", "b.example")
    a, b = world.nodes
    alice = irc(a, "alice", account="alice")
    alice.say("JOIN #den", "MODE #den +P")
    world.quiet()
    world.cut(a, b)
    world.quiet()
    alice.say("MODE #den -P", "PART #den")
    world.clock.now += 10
    alice.say("JOIN #den")
    agree(world)  # the earlier one is still at b.example
    assert a.network.channels["#den"].is_permanent
    assert ranks(b, "#den", "alice") == "o"


def test_what_one_line_sets_and_takes_back_is_taken_back_everywhere() -> None:
    world = chain("a.example", "b.example")
    a, b = world.nodes
    alice = irc(a, "alice")
    irc(b, "bob")
    world.quiet()
    alice.say("JOIN #den", "MODE #den +k-k red red", "MODE #den +b-b+v-v x!*@* x!*@* alice alice")
    agree(world)
    assert b.network.channels["#den"].key == ""


def test_two_keys_and_none_at_one_time_become_one_of_them_everywhere() -> None:
    world = chain("a.example", "b.example", "c.example")
    clients = [irc(node, nick) for node, nick in zip(world.nodes, ("alice", "bob", "carol"), strict=True)]
    for client in clients:
        client.say("JOIN #den")
        world.quiet()
    clients[0].say("MODE #den +oo bob carol")
    world.quiet()
    clients[0].say("MODE #den +k red", "TOPIC #den :red", "MODE #den +b X!*@*")
    clients[1].say("MODE #den +k blue", "TOPIC #den :blue", "MODE #den +b x!*@*")
    clients[2].say("MODE #den +k green", "MODE #den -k green", "TOPIC #den :")
    agree(world)


def test_a_nick_that_is_free_here_only_because_of_a_collision_goes_back_to_who_claims_it() -> None:
    world = chain("a.example", "b.example", "c.example", skews=(0, 2000, -3000))
    a, b, c = world.nodes
    irc(a, "bob")
    vera = irc(b, "vera")
    steve = irc(c, "bob")
    steve.say("NICK steve")
    world.carry(a, b)
    world.carry(c, b)
    vera.say("NICK bob")
    agree(world)


def test_of_three_users_with_one_nick_the_oldest_keeps_it() -> None:
    world = World("a.example", "b.example", "c.example")
    a, b, c = world.nodes
    for node in (b, c, a):
        irc(node, "alice")
        world.clock.now += 10
    world.link(a, b)
    world.link(b, c)
    agree(world)
    holder = a.network.find_user("alice")
    assert holder is not None and holder.server is not None and holder.server.name == "b.example"
    assert sorted(a.network.users) == sorted(
        {"alice", *(u.uid.lower() for u in a.network.users.values() if u is not holder)}
    )


def test_of_what_was_taken_off_a_channel_not_everything_is_remembered() -> None:
    world = chain("a.example", "b.example")
    a, b = world.nodes
    alice = irc(a, "alice")
    alice.say("JOIN #den")
    for number in range(REMOVED_REGISTERS + 50):
        alice.say(f"MODE #den +b nick{number}!*@*", f"MODE #den -b nick{number}!*@*")
    agree(world)
    assert len(a.network.channels["#den"].stamps) == len(b.network.channels["#den"].stamps) == REMOVED_REGISTERS


def test_what_somebody_writes_into_the_file_of_channels_reaches_the_others() -> None:
    world = chain("a.example", "b.example")
    a, b = world.nodes
    irc(a, "alice", account="alice").say("JOIN #den", "MODE #den +P", "TOPIC #den :tea")
    world.quiet()
    record = a.network.channel_store.get("#den")
    assert record is not None
    a.network.channel_store.put(replace(record, topic="milk", modes="nst"))
    permanent.load_channels(a.network)
    agree(world)
    assert b.network.channels["#den"].topic.text == "milk"
    assert "s" in b.network.channels["#den"].modes
    a.network.channel_store.remove("#den")
    permanent.load_channels(a.network)
    agree(world)
    assert not b.network.channels["#den"].is_permanent
