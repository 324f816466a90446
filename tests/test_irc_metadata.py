"""METADATA (IRCv3 draft/metadata-2): setting, asking, subscribing, who is told, and what is kept."""

import json
import re
from pathlib import Path

import pytest

from protocol.limits import METADATA_KEYS, METADATA_SUBSCRIPTIONS, METADATA_VALUE_BYTES
from tests.harness import IrcClient, ServerUnderTest, bare, tags_of

METADATA = ("draft/metadata-2", "batch")


def fail(*words: str) -> str:
    return f":parley.test FAIL METADATA {' '.join(words)} :"


def inside(lines: list[str], *params: str) -> list[str]:
    """The lines of the one batch that `lines` are, whose parameters after the reference are given."""
    found = re.fullmatch(r"(?:@\S+ )?:parley\.test BATCH \+(\S+) (.*)", lines[0])
    assert found is not None, lines
    assert found[2] == " ".join(params)
    assert bare(lines[-1:])[0] == f":parley.test BATCH -{found[1]}"
    assert all(tags_of(line)["batch"] == found[1] for line in lines[1:-1])
    return bare(lines[1:-1])


def shown(nick: str, target: str, key: str, value: str) -> str:
    return f":parley.test 761 {nick} {target} {key} * :{value}"


@pytest.fixture
def wren(server: ServerUnderTest) -> IrcClient:
    return server.irc("wren", *METADATA)


@pytest.fixture
def rook(server: ServerUnderTest) -> IrcClient:
    return server.irc("rook", *METADATA)


def test_the_limits_stand_in_the_value_of_the_capability(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send("CAP LS 302", "NICK wren", "USER w 0 * :w", "CAP END")
    listed = " ".join(client.lines_until(lambda line: " 001 " in line))
    value = f"max-subs={METADATA_SUBSCRIPTIONS},max-keys={METADATA_KEYS},max-value-bytes={METADATA_VALUE_BYTES}"
    assert f"draft/metadata-2=before-connect,{value}" in listed


def test_without_the_capability_there_is_no_such_command(server: ServerUnderTest) -> None:
    assert server.irc("wren").ask("METADATA * LIST") == [":parley.test 421 wren METADATA :Unknown command"]
    client = server.connect()
    client.send("METADATA * LIST")
    assert " 451 " in client.line()


# --- values --------------------------------------------------------------------------------------------------------


def test_a_value_is_set_changed_shown_and_removed(wren: IrcClient, rook: IrcClient) -> None:
    assert wren.ask("METADATA * SET url :https://example.org/ a") == [
        shown("wren", "wren", "url", "https://example.org/ a")
    ]
    assert wren.ask("METADATA wren SET url :") == [shown("wren", "wren", "url", "")]
    assert inside(rook.ask("METADATA WREN GET url"), "metadata", "wren") == [shown("rook", "wren", "url", "")]
    assert wren.ask("METADATA * SET url") == [":parley.test 766 wren wren url :key not set"]
    assert inside(rook.ask("METADATA wren GET url"), "metadata", "wren") == [
        ":parley.test 766 rook wren url :key not set"
    ]
    (answer,) = wren.ask("METADATA * SET url")
    assert answer.startswith(fail("KEY_NOT_SET", "wren", "url"))


def test_keys_are_answered_in_the_order_of_the_question(wren: IrcClient) -> None:
    wren.ask("METADATA * SET b :2", "METADATA * SET a :1")
    first, second, third, fourth = inside(wren.ask("METADATA * GET a c B! b"), "metadata", "wren")
    assert (first, fourth) == (shown("wren", "wren", "a", "1"), shown("wren", "wren", "b", "2"))
    assert " 766 wren wren c " in second
    assert third.startswith(fail("KEY_INVALID", "B!"))


def test_list_and_clear(wren: IrcClient, rook: IrcClient) -> None:
    assert inside(rook.ask("METADATA wren LIST"), "metadata", "wren") == []
    wren.ask("METADATA * SET a :1", "METADATA * SET b :2")
    assert inside(rook.ask("METADATA wren LIST"), "metadata", "wren") == [
        shown("rook", "wren", "a", "1"),
        shown("rook", "wren", "b", "2"),
    ]
    assert inside(wren.ask("METADATA * CLEAR"), "metadata", "wren") == [
        shown("wren", "wren", "a", ""),
        shown("wren", "wren", "b", ""),
    ]
    assert inside(wren.ask("METADATA * LIST"), "metadata", "wren") == []
    assert inside(wren.ask("METADATA * CLEAR"), "metadata", "wren") == []


def test_a_batch_takes_the_label_on_its_start(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *METADATA, "labeled-response")
    lines = wren.ask("@label=4 METADATA * LIST")
    assert len(lines) == 2 and tags_of(lines[0]) == {"label": "4"}
    (line,) = wren.ask("@label=5 METADATA * SET a :1")
    assert line == "@label=5 " + shown("wren", "wren", "a", "1")


def test_without_batch_the_lines_come_bare(server: ServerUnderTest) -> None:
    wren = server.irc("wren", "draft/metadata-2")
    wren.ask("METADATA * SET a :1")
    assert wren.ask("METADATA * LIST") == [shown("wren", "wren", "a", "1")]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ("METADATA nobody GET a", ("INVALID_TARGET", "nobody")),
        ("METADATA #none LIST", ("INVALID_TARGET", "#none")),
        ("METADATA #none SET a :1", ("INVALID_TARGET", "#none")),
        ("METADATA nobody CLEAR", ("INVALID_TARGET", "nobody")),
        ("METADATA #none SYNC", ("INVALID_TARGET", "#none")),
        ("METADATA #secret LIST", ("INVALID_TARGET", "#secret")),
        ("METADATA rook SUB a", ("INVALID_TARGET", "rook")),
        ("METADATA * SET Big :1", ("KEY_INVALID", "Big")),
        ("METADATA * SET " + "k" * 65 + " :1", ("KEY_INVALID", "k" * 65)),
        ("METADATA rook SET a :1", ("KEY_NO_PERMISSION", "rook", "a")),
        ("METADATA #open SET a :1", ("KEY_NO_PERMISSION", "#open", "a")),
        ("METADATA rook CLEAR", ("KEY_NO_PERMISSION", "rook", "*")),
        ("METADATA * SET a :" + "x" * (METADATA_VALUE_BYTES + 1), ("VALUE_INVALID",)),
        ("METADATA * FROB", ("SUBCOMMAND_INVALID", "FROB")),
        ("METADATA * SUB Big", ("KEY_INVALID", "Big")),
        ("METADATA * UNSUB Big", ("KEY_INVALID", "Big")),
    ],
)
def test_what_cannot_be_is_told_alone(wren: IrcClient, rook: IrcClient, request_: str, words: tuple[str, ...]) -> None:
    rook.ask("JOIN #open,#secret", "MODE #secret +s")
    (answer,) = wren.ask("JOIN #open", request_)[-1:]
    assert answer.startswith(fail(*words))


@pytest.mark.parametrize("request_", ["", " *", " * GET", " * SET", " * SUB", " * UNSUB"])
def test_missing_parameters(wren: IrcClient, request_: str) -> None:
    assert wren.ask("METADATA" + request_) == [":parley.test 461 wren METADATA :Not enough parameters"]


def test_there_is_room_for_so_many_keys_and_old_ones_can_still_change(wren: IrcClient) -> None:
    wren.ask(*[f"METADATA * SET k{number} :v" for number in range(METADATA_KEYS)])
    (answer,) = wren.ask("METADATA * SET more :v")
    assert answer.startswith(fail("LIMIT_REACHED", "wren"))
    assert wren.ask("METADATA * SET k0 :w") == [shown("wren", "wren", "k0", "w")]


def test_the_longest_value_fits_into_a_line(wren: IrcClient) -> None:
    value = "x" * METADATA_VALUE_BYTES
    assert wren.ask(f"METADATA * SET {'k' * 64} :{value}") == [shown("wren", "wren", "k" * 64, value)]


def test_a_value_that_is_not_utf8_is_refused(wren: IrcClient) -> None:
    wren.send_bytes(b"METADATA * SET a :\xff\r\n")
    (answer,) = wren.sync()
    assert answer.startswith(":parley.test FAIL METADATA INVALID_UTF8 :")


def test_an_irc_operator_with_the_privilege_sets_it_for_others(
    server: ServerUnderTest, wren: IrcClient, rook: IrcClient
) -> None:
    user = server.network.users["wren"]
    with server.network.lock:
        user.set_modes(frozenset("o"))
    assert wren.ask("METADATA rook SET a :1")[0].startswith(fail("KEY_NO_PERMISSION", "rook", "a"))
    with server.network.lock:
        user.privileges = frozenset({"metadata"})
    assert wren.ask("METADATA rook SET a :1") == [shown("wren", "rook", "a", "1")]


# --- before registration -------------------------------------------------------------------------------------------


def test_what_is_set_before_registration_is_kept_and_shown_in_the_welcome(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send("CAP LS 302", "CAP REQ :draft/metadata-2 batch")
    client.lines_until(lambda line: " ACK " in line)
    client.send(
        "METADATA * SET a :1", "METADATA nobody GET a", "METADATA * GET a", "METADATA * SUB b", "METADATA * SYNC"
    )
    assert client.line() == shown("*", "*", "a", "1")
    assert client.line().startswith(fail("INVALID_TARGET", "nobody"))
    lines = [client.line() for _ in range(3)]
    assert inside(lines, "metadata", "*") == [shown("*", "*", "a", "1")]
    assert client.line() == ":parley.test 770 * b"
    assert client.line().startswith(fail("INVALID_TARGET", "*"))
    client.send("NICK wren", "USER w 0 * :w", "CAP END")
    welcome = client.lines_until(lambda line: " 422 " in line)
    start = next(place for place, line in enumerate(welcome) if " BATCH +" in line)
    assert inside(welcome[start:-1], "metadata", "wren") == [":parley.test METADATA wren a * :1"]
    assert inside(client.ask("METADATA * SUBS"), "metadata-subs") == [":parley.test 772 wren b"]


def test_the_welcome_has_an_empty_batch_for_who_has_set_nothing(wren: IrcClient) -> None:
    start = next(place for place, line in enumerate(wren.welcome) if " BATCH +" in line)
    assert inside(wren.welcome[start:-1], "metadata", "wren") == []


# --- subscriptions -------------------------------------------------------------------------------------------------


def test_subscribing_again_and_unsubscribing_what_is_not_subscribed(wren: IrcClient) -> None:
    assert wren.ask("METADATA * SUB b a") == [":parley.test 770 wren b a"]
    first, second = wren.ask("METADATA wren SUB a X c")
    assert first.startswith(fail("KEY_INVALID", "X"))
    assert second == ":parley.test 770 wren a c"
    assert inside(wren.ask("METADATA * SUBS"), "metadata-subs") == [":parley.test 772 wren a b c"]
    assert wren.ask("METADATA * UNSUB a zz") == [":parley.test 771 wren a zz"]
    assert inside(wren.ask("METADATA * SUBS"), "metadata-subs") == [":parley.test 772 wren b c"]
    wren.ask("METADATA * UNSUB b c")
    assert inside(wren.ask("METADATA * SUBS"), "metadata-subs") == []


def test_there_is_room_for_so_many_subscriptions(wren: IrcClient) -> None:
    keys = [f"key-number-{number}" for number in range(METADATA_SUBSCRIPTIONS - 1)]
    answers = wren.ask(*[f"METADATA * SUB {' '.join(keys[at : at + 10])}" for at in range(0, len(keys), 10)])
    assert all(" 770 " in line for line in answers)
    refused, taken = wren.ask(f"METADATA * SUB {keys[0]} last more evenmore")
    assert refused.startswith(fail("TOO_MANY_SUBS", "more"))
    assert taken == f":parley.test 770 wren {keys[0]} last"
    lines = inside(wren.ask("METADATA * SUBS"), "metadata-subs")
    assert len(lines) > 1
    assert all(len(line.encode()) <= 510 for line in lines)
    assert sorted(" ".join(line.split(" 772 wren ")[1] for line in lines).split()) == sorted([*keys, "last"])


def test_a_change_is_told_to_subscribers_who_share_a_channel_once(
    server: ServerUnderTest, wren: IrcClient, rook: IrcClient
) -> None:
    jay, lark = server.irc("jay", *METADATA), server.irc("lark", *METADATA)
    for client in (wren, rook, jay):
        client.ask("JOIN #a,#b", "METADATA * SUB a")
    lark.ask("METADATA * SUB a")  # shares no channel
    jay.ask("METADATA * UNSUB a", "METADATA * SUB b")
    for client in (wren, rook, jay):
        client.sync()
    prefix = server.network.users["wren"].source.prefix
    assert wren.ask("METADATA * SET a :1", "METADATA * SET a :1", "METADATA * SET a") == [
        shown("wren", "wren", "a", "1"),
        shown("wren", "wren", "a", "1"),
        ":parley.test 766 wren wren a :key not set",
    ]
    assert rook.sync() == [f":{prefix} METADATA wren a * :1", f":{prefix} METADATA wren a *"]
    assert jay.sync() == lark.sync() == []


def test_clearing_is_told_key_by_key(server: ServerUnderTest, wren: IrcClient, rook: IrcClient) -> None:
    wren.ask("JOIN #a", "METADATA * SET a :1", "METADATA * SET b :1")
    rook.ask("JOIN #a", "METADATA * SUB a")
    wren.ask("METADATA * CLEAR")
    prefix = server.network.users["wren"].source.prefix
    assert rook.sync() == [f":{prefix} METADATA wren a *"]


def test_operators_set_it_for_a_channel_and_its_members_are_told(
    server: ServerUnderTest, wren: IrcClient, rook: IrcClient
) -> None:
    wren.ask("JOIN #a", "METADATA * SUB url")
    rook.ask("METADATA * SUB url", "JOIN #a")
    wren.sync()
    assert wren.ask("METADATA #A SET url :x") == [shown("wren", "#a", "url", "x")]
    prefix = server.network.users["wren"].source.prefix
    assert rook.sync() == [f":{prefix} METADATA #a url * :x"]
    assert inside(rook.ask("METADATA #a GET url"), "metadata", "#a") == [shown("rook", "#a", "url", "x")]
    rook.ask("PART #a")
    wren.ask("METADATA #a SET url :y")
    assert rook.sync() == []


def test_joining_brings_the_values_of_the_channel_and_its_members_after_names(wren: IrcClient, rook: IrcClient) -> None:
    wren.ask("JOIN #a", "METADATA #a SET a :of channel", "METADATA * SET a :of wren", "METADATA * SET b :not asked for")
    rook.ask("METADATA * SUB a")
    lines = rook.ask("JOIN #a")
    end = next(place for place, line in enumerate(lines) if " 366 " in line)
    assert inside(lines[end + 1 :], "metadata", "#a") == [
        ":parley.test METADATA #a a * :of channel",
        ":parley.test METADATA wren a * :of wren",
    ]


def test_subscribing_brings_the_values_of_the_channels_one_is_in(wren: IrcClient, rook: IrcClient) -> None:
    wren.ask("JOIN #a", "METADATA * SET a :1")
    rook.ask("JOIN #a")
    answer, *batch = rook.ask("METADATA * SUB a")
    assert answer == ":parley.test 770 rook a"
    assert inside(batch, "metadata", "#a") == [":parley.test METADATA wren a * :1"]
    assert rook.ask("METADATA * SUB a") == [":parley.test 770 rook a"]


def test_sync_gives_the_subscribed_values_again(wren: IrcClient, rook: IrcClient) -> None:
    wren.ask("JOIN #a", "METADATA * SET a :1", "METADATA #a SET b :2")
    rook.ask("JOIN #a", "METADATA * SUB a b")
    assert inside(rook.ask("METADATA #a SYNC"), "metadata", "#a") == [
        ":parley.test METADATA #a b * :2",
        ":parley.test METADATA wren a * :1",
    ]
    assert inside(rook.ask("METADATA wren SYNC"), "metadata", "wren") == [":parley.test METADATA wren a * :1"]
    rook.ask("METADATA * UNSUB a b")
    assert inside(rook.ask("METADATA #a SYNC"), "metadata", "#a") == []


def test_who_monitors_somebody_is_told_without_a_shared_channel(
    server: ServerUnderTest, wren: IrcClient, rook: IrcClient
) -> None:
    wren.ask("METADATA * SET a :1")
    rook.ask("METADATA * SUB a")
    online, *batch = rook.ask("MONITOR + wren")
    assert " 730 " in online
    assert inside(batch, "metadata", "wren") == [":parley.test METADATA wren a * :1"]
    wren.ask("METADATA * SET a :2")
    prefix = server.network.users["wren"].source.prefix
    assert rook.sync() == [f":{prefix} METADATA wren a * :2"]
    wren.ask("NICK robin")
    rook.sync()
    wren.ask("NICK wren")
    online, *batch = rook.sync()
    assert " 730 " in online
    assert inside(batch, "metadata", "wren") == [":parley.test METADATA wren a * :2"]


def test_a_large_channel_is_synchronised_later(server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.state.metadata.SYNC_LINES", 2)
    wren, rook = server.irc("wren", *METADATA), server.irc("rook", *METADATA)
    wren.ask("JOIN #a", *[f"METADATA * SET k{number} :v" for number in range(3)])
    rook.ask("METADATA * SUB k0 k1 k2")
    assert rook.ask("JOIN #a")[-1] == ":parley.test 774 rook #a"
    assert len(inside(rook.ask("METADATA #a SYNC"), "metadata", "#a")) == 3


def test_subscribers_without_the_capability_any_more_are_not_told(wren: IrcClient, rook: IrcClient) -> None:
    wren.ask("JOIN #a")
    rook.ask("JOIN #a", "METADATA * SUB a", "CAP REQ -draft/metadata-2")
    wren.ask("METADATA * SET a :1")
    assert rook.sync() == []


# --- what is kept --------------------------------------------------------------------------------------------------


def test_values_of_an_account_are_on_disk_and_there_after_a_restart(tmp_path: Path) -> None:
    with ServerUnderTest(data=tmp_path) as server:
        server.add_account("wren")
        server.member("wren", *METADATA).ask("METADATA * SET url :https://example.org")
        (entry,) = json.loads((tmp_path / "accounts.json").read_text("utf-8"))["accounts"]
        assert entry["metadata"] == {"url": "https://example.org"}
    with ServerUnderTest(data=tmp_path) as server:
        wren = server.member("wren", *METADATA)
        kept = inside(wren.ask("METADATA * LIST"), "metadata", "wren")
        assert kept == [shown("wren", "wren", "url", "https://example.org")]


def test_values_of_a_permanent_channel_are_on_disk(server: ServerUnderTest) -> None:
    server.add_account("wren")
    wren = server.member("wren", *METADATA)
    wren.ask("JOIN #a", "METADATA #a SET url :x", "MODE #a +P")
    wren.ask("METADATA #a SET color :red")
    (entry,) = json.loads((server.data / "channels.json").read_text("utf-8"))["channels"]
    assert entry["metadata"] == {"url": "x", "color": "red"}


def test_values_of_a_guest_go_to_the_account_on_login_and_stay_there(server: ServerUnderTest, rook: IrcClient) -> None:
    server.add_account("wren")
    wren = server.irc("robin", *METADATA, "sasl")
    wren.ask("JOIN #a", "METADATA * SET a :guest")
    rook.ask("JOIN #a", "METADATA * SUB a b")
    wren.sync()
    other = server.member("wren", *METADATA)
    other.send("METADATA * SET b :account", "QUIT")
    other.lines_until_closed()
    wren.ask("AUTHENTICATE PLAIN", "AUTHENTICATE AHdyZW4Ac2VjcmV0")  # wren, secret
    told = [line.partition(" METADATA ")[2] for line in rook.sync() if " METADATA " in line]
    assert told == ["robin b * :account"]
    assert inside(rook.ask("METADATA robin LIST"), "metadata", "robin") == [
        shown("rook", "robin", "b", "account"),
        shown("rook", "robin", "a", "guest"),
    ]


def test_another_session_of_the_author_is_told(server: ServerUnderTest) -> None:
    server.add_account("wren")
    first, second = server.member("wren", *METADATA), server.member("wren", *METADATA)
    second.ask("METADATA * SUB a")
    first.ask("METADATA * SET a :1")
    (line,) = second.sync()
    assert line.endswith(" METADATA wren a * :1")


def test_a_guest_takes_its_values_along(server: ServerUnderTest, wren: IrcClient, rook: IrcClient) -> None:
    wren.send("METADATA * SET a :1", "QUIT")
    wren.lines_until_closed()
    server.irc("wren")
    assert inside(rook.ask("METADATA wren LIST"), "metadata", "wren") == []
