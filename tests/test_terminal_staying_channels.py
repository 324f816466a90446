"""Which channels one is on: names that a server compares otherwise or gives itself, what was left or closed."""

import pytest

from terminal.dialects.by_name import ByName
from tests.terminal_core import Core, FakeConnection, a_client, on_channels, texts, welcome

CAPABILITIES = "batch draft/chathistory message-tags server-time"


def names(core: Core) -> list[str]:
    """The windows, in their order."""
    return [window.name for window in core.client.windows]


def show(core: Core, name: str) -> None:
    """Look at a window."""
    core.client.windows.show(next(window for window in core.client.windows if window.name == name))


def current(core: Core) -> str:
    """The window that one looks at."""
    assert core.client.windows.current is not None
    return core.client.windows.current.name


def come_back(core: Core) -> FakeConnection:
    """The connection is lost, and made again."""
    core.network.connection.lose()
    core.pass_time(10)
    peer = core.network.connection
    peer.accept()
    welcome(peer)
    return peer


def joins(peer: FakeConnection) -> list[str]:
    """What of JOIN and PART was sent since the last time."""
    return [line for line in peer.take() if line.startswith(("JOIN", "PART"))]


@pytest.mark.parametrize("name", ["#foo[x]", "#a\\b~c", "#Foo{x}|^"])
def test_a_channel_is_found_again_when_the_casemapping_comes_behind_the_join(name: str) -> None:
    core = a_client()
    session, peer = core.online(joins=[name], features="CASEMAPPING=rfc1459")
    assert joins(peer) == [f"JOIN {name}"]
    peer.feed(f":alice!a@h JOIN {name}")
    assert current(core) == name and not session.dialect.joining


def test_a_mapping_by_name_follows_a_casemapping_that_changes() -> None:
    folds = [str.lower]
    mapping: ByName[int] = ByName(lambda name: folds[-1](name))
    mapping["#A[x]"] = 1
    mapping["#b"] = 2
    assert mapping["#a[X]"] == 1 and "#a{x}" not in mapping
    folds.append(lambda name: name.lower().replace("[", "{").replace("]", "}"))
    assert mapping["#a{x}"] == 1 and list(mapping) == ["#A[x]", "#b"]
    assert mapping.pop("#a[x]") == 1 and list(mapping.items()) == [("#b", 2)]


def test_a_channel_to_which_the_server_forwards_is_shown_and_entered_again_in_place_of_the_other() -> None:
    core = a_client()
    session, peer = core.online()
    core.type("/join #a key")
    peer.feed(":irc.test 470 alice #a ##a :Forwarding to another channel", ":alice!a@h JOIN ##a")
    assert current(core) == "##a" and not session.dialect.joining
    assert joins(come_back(core)) == ["JOIN ##a key"]


@pytest.mark.parametrize("asked", ["!team", "!!team"])
def test_a_safe_channel_is_the_one_that_was_asked_for_by_its_short_name(asked: str) -> None:
    core = a_client()
    session, peer = core.online(features="CHANTYPES=#!")
    core.type(f"/join {asked}")
    peer.feed(":alice!a@h JOIN !AB123team")
    assert current(core) == "!AB123team" and not session.dialect.joining
    assert joins(come_back(core)) == ["JOIN !AB123team"]


@pytest.mark.parametrize("name", ["#k,#victim", "#a b", "0", "", "#a\x07\x01"])
def test_a_name_that_is_none_of_a_channel_is_never_sent_back(name: str) -> None:
    core = a_client()
    session, peer = core.online()
    peer.feed(f":alice!a@h JOIN :{name}", f":irc.test 470 alice #x {name or '#,'} :Forwarding")
    assert session.wanted.all() == [] and names(core) == ["net"]
    assert joins(come_back(core)) == []


def test_a_channel_does_not_get_a_name_that_is_none() -> None:
    core = a_client()
    on_channels(core, "#x")
    core.network.connection.feed(":op!o@h RENAME #x #k,#victim :")
    assert joins(come_back(core)) == ["JOIN #x"]


def test_many_channels_are_entered_again_in_few_lines_those_with_keys_first() -> None:
    core = a_client()
    channels = [f"#c{number}" for number in range(12)]
    on_channels(core, *channels, "#k secret")
    peer = come_back(core)
    assert joins(peer) == ["JOIN #k,#c0,#c1,#c2,#c3,#c4,#c5,#c6,#c7,#c8 secret", "JOIN #c9,#c10,#c11"]


def test_what_belongs_to_a_join_of_several_channels_is_one_exchange() -> None:
    core = a_client()
    session, _ = on_channels(core, "#x", "#y")
    peer = come_back(core)
    peer.feed(":alice!a@h JOIN #x", ":alice!a@h JOIN #y", ":irc.test 366 alice #y :End of /NAMES list.")
    [exchange] = {entry.exchange for entry in session.wire.entries if entry.text == "JOIN #x,#y"}
    assert {entry.exchange for entry in list(session.wire.entries)[-3:]} == {exchange}


@pytest.mark.parametrize("command", ["/part #c25", "/close"])
def test_a_channel_that_is_left_before_it_is_entered_again_is_not_entered(command: str) -> None:
    core = a_client(pacing_burst=1, pacing_interval=1.0)
    session, _ = on_channels(core, *(f"#c{number}" for number in range(27)))
    core.pass_time(60)
    show(core, "#c25")
    peer = come_back(core)
    core.type(command)
    core.pass_time(60)
    sent = joins(peer)
    assert sent[-1] == "JOIN #c20,#c21,#c22,#c23,#c24,#c26"
    assert not any("c25" in line for line in sent) and "#c25" not in session.dialect.joining
    assert "#c25" not in dict(session.wanted.all())


def test_who_leaves_while_the_join_is_on_its_way_leaves_behind_it() -> None:
    core = a_client()
    on_channels(core, "#x")
    peer = come_back(core)
    show(core, "#x")
    core.type("/close")
    peer.feed(":alice!a@h JOIN #x", ":alice!a@h PART #x")
    assert joins(peer) == ["JOIN #x", "PART #x"] and names(core) == ["net"]


def test_a_closed_window_does_not_come_back_for_what_is_in_flight() -> None:
    core = a_client()
    session, peer = on_channels(core, "#x")
    show(core, "#x")
    core.type("/close")
    peer.feed(":bob!b@h PRIVMSG #x :still here?", ":bob!b@h TOPIC #x :new", ":rook!r@h JOIN #x", ":alice!a@h PART #x")
    assert names(core) == ["net"]
    line = next(line for line in session.window.lines if line.text == "still here?")
    assert (line.where, line.source) == ("#x", "bob") and session.window.members == {}


def test_a_channel_that_was_closed_can_be_entered_again_at_once() -> None:
    core = a_client()
    _, peer = on_channels(core, "#x")
    show(core, "#x")
    core.type("/close", "/join #x")
    peer.feed(":alice!a@h PART #x", ":alice!a@h JOIN #x")
    assert current(core) == "#x" and joins(peer) == ["PART #x", "JOIN #x"]


@pytest.mark.parametrize("target", ["#x", "bob"])
def test_history_that_comes_for_a_window_that_was_closed_is_shown_nowhere(target: str) -> None:
    core = a_client()
    session = core.session(joins=["#x"])
    session.connect()
    peer = core.network.connection
    peer.accept()
    for line in (
        f"CAP * LS :{CAPABILITIES}",
        f"CAP * ACK :{CAPABILITIES}",
        "001 alice :hi",
        "005 alice CHANTYPES=# :are",
    ):
        peer.feed(f":irc.test {line}")
    peer.feed(":alice!a@h JOIN #x", ":bob!b@h PRIVMSG alice :hi")
    window = core.client.windows.find("net", target)
    assert window is not None
    session.history.ask(window)
    show(core, target)
    core.type("/close")
    peer.feed(
        f":irc.test BATCH +h chathistory {target}",
        f"@batch=h;msgid=q;time=2026-03-04T12:34:00.000Z :bob!u@h PRIVMSG {target if target == '#x' else 'alice'} :old",
        ":irc.test BATCH -h",
    )
    assert target not in names(core)
    assert not any("old" in text for known in core.client.windows for text in texts(known))


def test_a_text_to_a_channel_that_one_is_not_on_is_shown_where_one_looks_and_opens_no_window() -> None:
    core = a_client()
    _, peer = on_channels(core, "#x")
    show(core, "#x")
    core.type("/msg #nowhere hi")
    assert peer.take() == ["PRIVMSG #nowhere :hi"] and names(core) == ["net", "#x"]
    [line] = [line for line in core.client.windows.current.lines if line.text == "hi"]  # type: ignore[union-attr]
    assert (line.source, line.where, line.own) == ("alice", "#nowhere", True)


def test_a_text_to_several_is_said_to_each() -> None:
    core = a_client()
    _, peer = on_channels(core, "#x")
    core.type("/msg bob,wren,bob hi", "/notice #x,rook there", "/query bob,wren hi")
    assert peer.take() == ["PRIVMSG bob :hi", "PRIVMSG wren :hi", "NOTICE #x :there", "NOTICE rook :there"]
    assert names(core) == ["net", "#x", "bob", "wren"]
    assert texts(core.client.windows.current)[-1] == (  # type: ignore[arg-type]
        "A private talk is with one person: /msg bob,wren says something to several."
    )


@pytest.mark.parametrize(
    ("typed", "size"), [("/topic " + "t" * 700, 709), ("/raw " + "A" * 511, 511), ("/away " + "ä" * 300, 606)]
)
def test_a_line_that_is_longer_than_the_server_takes_is_sent_with_a_warning(typed: str, size: int) -> None:
    core = a_client()
    _, peer = on_channels(core, "#x")
    show(core, "#x")
    core.type(typed)
    [line] = peer.take()
    warning = f"That is a line of {len(line.encode())} bytes, {len(line.encode()) - 510} more than the server takes: "
    assert texts(core.client.windows.current)[-1] == warning + "it may cut it, or refuse it."  # type: ignore[arg-type]


def test_a_long_text_goes_in_several_lines_and_without_a_warning() -> None:
    core = a_client()
    on_channels(core, "#x")
    show(core, "#x")
    core.type("word " * 300, "/raw " + "A" * 510)
    assert not any("more than the server takes" in text for window in core.client.windows for text in texts(window))


def test_a_nick_that_was_refused_is_not_taken_for_ones_own_wish_when_the_server_gives_it_later() -> None:
    core = a_client()
    session, peer = on_channels(core, "#x")
    core.type("/nick zoe")
    peer.feed(":irc.test 433 alice zoe :Nickname is already in use", ":alice!a@h NICK zoe")
    assert session.dialect.nick == "zoe" and session.identity.nick == "alice"
    core.type("/nick ada")
    peer.feed("FAIL NICK NICKNAME_RESERVED ada :Reserved", ":zoe!a@h NICK ada")
    assert session.identity.nick == "alice"
    core.type("/nick wren")
    peer.feed(":ada!a@h NICK wren")
    assert session.identity.nick == "wren"


def test_questions_to_the_program_are_answered_as_time_passes_and_not_as_the_server_speaks() -> None:
    core = a_client()
    _, peer = core.online()
    peer.take()
    for _ in range(20):
        peer.feed(*[":bob!b@h PRIVMSG alice :\x01VERSION\x01"] * 3, "PING :x", ":irc.test PONG irc.test :y")
    core.pass_time(10)
    assert sum("VERSION" in line for line in peer.take()) == 3
    core.pass_time(50)
    peer.feed(*[":bob!b@h PRIVMSG alice :\x01VERSION\x01"] * 10)
    core.pass_time(10)
    assert sum("VERSION" in line for line in peer.take()) == 3
