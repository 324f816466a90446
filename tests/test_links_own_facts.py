"""What a server says is what others take: whatever clients say and files hold, no link is ever cut for it.

Owns: that, with networks in one thread. Must not: test what facts do (the other tests of links).
"""

from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.links.base import LinkError
from chat.state import permanent, registers
from chat.storage import checking
from chat.storage.records import Account, ChannelRecord, RecordError
from protocol import fact_rules, facts, link
from protocol.limits import (
    CLIENT_TAG_BYTES,
    METADATA_KEYS,
    METADATA_VALUE_BYTES,
    MULTILINE_BYTES,
    NETWORK_CHANGES,
    NETWORK_MASK_BYTES,
    NETWORK_TEXT_BYTES,
)
from tests.wires import World, irc, json, lab, troubles

_watched = contextmanager(troubles)
_NOW = 1_700_000_000_000
_MOMENT = (_NOW / 1000, "m1")
_CAPABILITIES = ("batch", "draft/multiline", "message-tags", "draft/metadata-2", "setname", "labeled-response")
_LIVELY = settings(max_examples=60, derandomize=True, database=None)
_ODD = ["\x01", "\x02", "\x1f", "\x7f", '"', "\\", "\t", "ä", "\u2028", "\U0001f600", "{", ":", ",", "*", "!", "@", "%"]
_TEXTS = st.builds(lambda text, times: text * times, st.text(st.sampled_from([*_ODD, "a", "1", " "]), max_size=6),
                   st.sampled_from([1, 1, 2, 70, 500]))  # fmt: skip
_WORDS = _TEXTS.map(lambda text: text.replace(" ", "") or "x")
_TIMES = st.sampled_from(["", "2026-11-21T10:00:00Z", "1960-01-01T00:00:00Z", "2199-01-01T00:00:00Z", "9999-12-31"])


def linked() -> World:
    """Two servers that are linked."""
    world = World("a.example", "b.example")
    world.link(*world.nodes)
    world.quiet()
    return world


def is_whole(world: World) -> bool:
    """Whether they still are, after all has arrived."""
    world.quiet()
    return len(world.parts()) == 1


# --- clients -------------------------------------------------------------------------------------------------------

_TEMPLATES = [
    "JOIN #den", "PRIVMSG #den :{text}", "NOTICE bob :{text}", "@+a={word};+b/c={word} PRIVMSG #den :{text}",
    "@+draft/reply={word} TAGMSG #den", "TOPIC #den :{text}", "AWAY :{text}", "AWAY", "SETNAME :{text}",
    "NICK {word}", "PART #den :{text}", "JOIN #{word} {word}", "KICK #den bob :{text}", "INVITE bob #den",
    "MODE #den +b {word}", "MODE #den -b {word}", "MODE #den +eI {word} ~a:{word}", "MODE #den +k {word}",
    "MODE #den +l {word}", "MODE #den +l 999999999", "MODE #den +f {word}", "MODE #den +F #{word}",
    "MODE #den +bb ~m:{word} ~m:~a:{word}", "MODE #den +P", "METADATA * SET {word} :{text}",
    "METADATA #den SET url :{text}", "METADATA * SET url :{text}", "KNOCK #den :{text}", "WHOIS bob",
    "REDACT #den {word} :{text}", "MODE alice +i{word}", "QUIT :{text}",
    "BATCH +1 draft/multiline #den", "@batch=1 PRIVMSG #den :{text}",
    "@batch=1;draft/multiline-concat PRIVMSG #den :{text}", "BATCH -1",
]  # fmt: skip


@st.composite
def client_lines(draw: st.DrawFn) -> list[str]:
    """Lines of a client, most of them with something in them that is odd."""
    templates = draw(st.lists(st.sampled_from(_TEMPLATES), max_size=15))
    return [template.format(text=draw(_TEXTS), word=draw(_WORDS)) for template in templates]


@_LIVELY
@given(lines=client_lines(), name=_WORDS)
def test_whatever_a_client_says_the_link_holds(lines: list[str], name: str) -> None:
    with _watched() as found:
        world = linked()
        a, b = world.nodes
        bob = irc(b, "bob")
        bob.say("JOIN #den")
        alice = irc(a, "alice", *_CAPABILITIES, account="alice")
        alice.say("JOIN #den", *lines)
        lab(a, "larry").say(f"USER {name} {name} a.example :{name}", "JOIN #den", f"PRIVMSG #den :{name}")
        chat = json(a, "jane")
        chat.say(*(line for line in lines if line.startswith("{")))
        assert is_whole(world)
        assert found.found == []


def test_the_longest_message_of_several_lines_reaches_another_server() -> None:
    with _watched() as found:
        world = linked()
        a, b = world.nodes
        alice, bob = irc(a, "alice", *_CAPABILITIES), irc(b, "bob", *_CAPABILITIES)
        alice.say("JOIN #den")
        world.quiet()
        bob.say("JOIN #den")
        world.quiet()
        bob.read()
        tags = "".join(f"+{number}=\x02;" for number in range(500))
        lines = ["\x02" * 398] * 99
        alice.say(f"@{tags} BATCH +1 draft/multiline #den", *(f"@batch=1 PRIVMSG #den :{line}" for line in lines))
        alice.say("BATCH -1")
        assert is_whole(world)
        assert sum(line.count("\x02" * 398) for line in bob.read()) == len(lines)
        assert found.found == []


def test_the_longest_line_has_room_for_the_largest_fact() -> None:
    uid, text = "0AAAAAAAAAAA", "\x02" * NETWORK_TEXT_BYTES
    lines = (("\x02" * (MULTILINE_BYTES - 99), False), *((("", False),) * 99))
    tags = {"+a": "\x02" * (CLIENT_TAG_BYTES - 2)}
    said = facts.Said(uid, "PRIVMSG", "#" + "ä" * 199, "@", "\x02" * MULTILINE_BYTES, lines, tags, True, _MOMENT)
    values = {f"{number:064}": "\x02" * METADATA_VALUE_BYTES for number in range(METADATA_KEYS)}
    server, host = "s" * 63, "h" * 253
    names = ("n", _NOW, server, "u" * 64, host, host, host, text, "a@b.example", text, text, text, 1.0, True, values)
    mask = '"' * NETWORK_MASK_BYTES
    register = facts.Register(f"b {mask}", mask, (_NOW, "0AAAAA"), "\x02" * NETWORK_MASK_BYTES, 1.0)
    member = facts.Member(uid, _NOW, tuple(facts.Rank(letter, True, (_NOW, "0AAAAA")) for letter in "qaohv"))
    state = facts.ChannelState("#" + "ä" * 199, _NOW, (register,) * 50, (member,) * 100)
    for fact in (said, facts.UserUp(uid, *names), state):
        assert fact_rules.problem(fact, _NOW) == ""
        assert len(link.encode(fact)) <= link.LINE_LIMIT


def test_one_fact_does_not_change_more_than_it_may() -> None:
    changes = tuple(facts.Change(True, "b", f"u{number}!*@*") for number in range(NETWORK_CHANGES + 1))
    told = facts.ModesChanged("0AAAAAAAAAAA", "#den", _NOW, (_NOW, ""), changes, _MOMENT)
    assert fact_rules.problem(told, _NOW) == "its changes is not allowed"
    assert fact_rules.problem(told._replace(changes=changes[1:]), _NOW) == ""


def test_what_no_server_would_take_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    world = linked()
    tree = world.nodes[0].tree
    tree.tell(facts.AwaySet("0AAAAAAAAAAA", "a\nb"))
    assert is_whole(world)
    assert [record.getMessage() for record in caplog.records] == ["AwaySet is not told: its text is not allowed"]


# --- files ---------------------------------------------------------------------------------------------------------

_METADATA = st.dictionaries(st.sampled_from(["url", "a/b", "x" * 64]), _TEXTS, max_size=3)
_ENTRY = _WORDS | st.fixed_dictionaries({"mask": _WORDS, "set_by": _TEXTS, "set_at": _TIMES})
_ACCOUNT = st.sampled_from(["alice", "Bob", "carol@b.example", "dave@a.example", "eve@far.example"])
_OPTIONAL = {
    "topic": _TEXTS, "topic_set_by": _TEXTS, "topic_set_at": _TIMES, "modes": st.sampled_from(["", "nt", "zZyYims"]),
    "key": _WORDS, "limit": st.sampled_from([0, 1, 999_999_999, 1_000_000_000, 1 << 70]),
    "slow_mode": st.sampled_from(["", "999:99999", "1:1", "0:5"]), "forward": _WORDS.map("#".__add__),
    "created": _TIMES, "admins": st.lists(_ACCOUNT, max_size=3), "bans": st.lists(_ENTRY, max_size=3),
    "exceptions": st.lists(_ENTRY, max_size=2), "invites": st.lists(_ENTRY, max_size=2), "founder": _ACCOUNT,
    "access": st.dictionaries(_ACCOUNT, st.sampled_from("qaohv"), max_size=3), "metadata": _METADATA,
}  # fmt: skip
_CHANNEL = st.fixed_dictionaries({"name": _WORDS.map("#".__add__) | st.just("#den")}, optional=_OPTIONAL)


@settings(max_examples=200, derandomize=True, database=None)
@given(entry=_CHANNEL, is_linked_before=st.booleans())
def test_whatever_the_file_of_channels_may_hold_the_link_holds(entry: dict[str, Any], is_linked_before: bool) -> None:
    if checking.first_problem("channels", {"channels": [entry]}) is not None:
        return
    try:
        record = ChannelRecord.from_json(entry)
    except RecordError:
        return
    with _watched() as found:
        world = linked() if is_linked_before else World("a.example", "b.example")
        network = world.nodes[0].network
        network.channel_store.put(record)
        permanent.load_channels(network)
        world.link(*world.nodes)
        assert is_whole(world)
        assert found.found == []
        assert record.name in [channel.name for channel in world.nodes[1].network.channels.values()]


@_LIVELY
@given(metadata=_METADATA)
def test_whatever_the_file_of_accounts_may_hold_the_link_holds(metadata: dict[str, str]) -> None:
    entry = {"name": "alice", "password": "plain", "metadata": metadata}
    if checking.first_problem("accounts", {"accounts": [entry]}) is not None:
        return
    try:
        record = Account.from_json(entry)
    except RecordError:
        return
    with _watched() as found:
        world = linked()
        a, b = world.nodes
        a.network.account_store.put(record)
        irc(a, "alice", account="alice")
        assert is_whole(world)
        assert found.found == []
        alice = b.network.find_user("alice")
        assert alice is not None
        assert alice.metadata == metadata


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"bans": ["x" * 450]}, "bans[0].mask: is longer than 400 bytes"),
        ({"bans": [{"mask": "x", "set_by": "y" * 401}]}, "bans[0].set_by: is longer than 400 bytes"),
        ({"topic": "ä" * 2049}, "topic: is longer than 4096 bytes"),
        ({"metadata": {"url": "x" * 251}}, "metadata.url: is longer than 250 bytes"),
        ({"created": "1960-01-01T00:00:00Z"}, 'created: "1960-01-01T00:00:00Z" is before 1970'),
    ],
)
def test_a_file_with_what_other_servers_would_not_take_is_refused(entry: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecordError) as caught:
        ChannelRecord.from_json({"name": "#den", **entry})
    assert str(caught.value) == reason


# --- passing on ----------------------------------------------------------------------------------------------------


def test_fields_that_only_newer_versions_know_go_on_and_deep_ones_end_the_link() -> None:
    world = World("a.example", "b.example", "c.example")
    a, b, c = world.nodes
    world.link(a, b)
    world.link(b, c)
    world.quiet()
    alice = irc(a, "alice")
    world.quiet()
    assert alice.session.user is not None
    near, far = world.wires

    def told(more: str) -> bytes:
        assert alice.session.user is not None
        return f'{{"fact":"AwaySet","uid":"{alice.session.user.uid}","text":"tea"{more}}}'.encode()

    near.ends[0].lines.append(told(',"mood":["calm",{"since":1}]'))
    near.deliver(0)
    far.pump()
    assert far.ends[0].lines.pop() == told(',"mood":["calm",{"since":1}]')
    near.ends[0].lines.append(told(',\r"mood":1'))
    near.deliver(0)
    far.pump()
    assert far.ends[0].lines.pop() == told("")
    near.ends[0].lines.append(told(f',"mood":{"[" * 40}{"]" * 40}'))
    near.deliver(0)
    assert near.ends[1].session.is_closed
    assert far.is_whole


def test_what_a_fact_that_failed_wanted_to_be_said_afterwards_is_not_said() -> None:
    world = linked()
    a, b = world.nodes
    tree, network = b.tree, b.network
    tree.afterwards.append(facts.AwaySet("0AAAAAAAAAAA", "left over"))
    with pytest.raises(LinkError), network.lock:
        tree.take(facts.ServerDown("nowhere.example", ""), tree.peers[0])
    assert tree.afterwards == []
    assert is_whole(world)
    assert a.network.servers.find("b.example") is not None


# --- registers -----------------------------------------------------------------------------------------------------


def test_each_register_is_looked_up_as_it_is_listed() -> None:
    world = World("a.example")
    (node,) = world.nodes
    entry = {
        "name": "#den", "topic": "tea", "topic_set_by": "alice", "modes": "nts", "key": "key", "limit": 7,
        "slow_mode": "2:10", "forward": "#other", "founder": "Ann", "admins": ["bob", "carol@a.example", "d@b.example"],
        "access": {"Eve": "o", "f@a.example": "v", "g@b.example": "h"}, "metadata": {"url": "x"},
        "bans": ["~a:bob", "~a:Carol@a.example", "~m:~a:d@b.example", "Nick!*@*", "~m:x!*@*"], "invites": ["y"],
    }  # fmt: skip
    node.network.channel_store.put(ChannelRecord.from_json(entry))
    permanent.load_channels(node.network)
    channel = node.network.channels["#den"]
    listed = registers.of(node.network, channel)
    assert len(listed) == 4 + 4 + 2 + 3 + 3 + 1 + 6  # flags, settings, topic and founder, accounts, ...
    for register in listed:
        newer = register._replace(setter=f"{register.setter}~", time=register.time + 1)
        assert not registers.write(node.network, channel, register)
        assert registers.is_newer(newer, register) == registers.write(node.network, channel, newer), register
