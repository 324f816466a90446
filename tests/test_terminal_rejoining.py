"""Coming back after a kick, where the settings say so: once, with the key, and never where one is not wanted."""

from terminal.sessions.rejoining import CALM_SECONDS, PAUSE_SECONDS
from tests.terminal_core import Core, FakeConnection, a_client, on_channels, welcome

KICKED = ":wren!w@h KICK #x alice :Out"


def joins(core: Core, peer: FakeConnection, seconds: float = PAUSE_SECONDS) -> list[str]:
    """The channels that are asked for within that time."""
    core.pass_time(seconds)
    return [line for line in peer.take() if line.startswith("JOIN")]


def test_who_was_kicked_comes_back_with_the_key_after_some_seconds() -> None:
    core = a_client(rejoin=True)
    _, peer = on_channels(core, "#x sesame")
    peer.feed(KICKED)
    assert joins(core, peer, PAUSE_SECONDS / 2) == []
    assert joins(core, peer) == ["JOIN #x sesame"]
    assert joins(core, peer, 600) == []


def test_by_itself_nobody_comes_back() -> None:
    core = a_client()
    _, peer = on_channels(core, "#x")
    peer.feed(KICKED)
    assert joins(core, peer) == []


def test_who_is_banned_asks_once_and_not_after_a_loss() -> None:
    core = a_client(rejoin=True)
    session, peer = on_channels(core, "#x")
    peer.feed(KICKED)
    assert joins(core, peer) == ["JOIN #x"]
    peer.feed(":irc.test 474 alice #x :Cannot join channel (+b)")
    assert joins(core, peer, 600) == [] and session.wanted.all() == []


def test_who_is_kicked_again_at_once_stays_away_and_later_may_come_back_again() -> None:
    core = a_client(rejoin=True)
    _, peer = on_channels(core, "#x")
    peer.feed(KICKED)
    assert joins(core, peer) == ["JOIN #x"]
    peer.feed(":alice!a@h JOIN #x", KICKED)
    assert joins(core, peer, CALM_SECONDS) == []
    peer.feed(":alice!a@h JOIN #x", KICKED)
    assert joins(core, peer) == ["JOIN #x"]


def test_who_has_closed_the_window_or_is_there_already_does_not_ask() -> None:
    core = a_client(rejoin=True)
    _, peer = on_channels(core, "#x", "#y")
    peer.feed(KICKED, ":wren!w@h KICK #y alice :Out")
    window = core.client.windows.find("net", "#x")
    assert window is not None
    core.client.windows.remove(window)
    peer.feed(":alice!a@h JOIN #y")
    assert joins(core, peer) == []


def test_a_new_connection_knows_nothing_of_the_kick() -> None:
    core = a_client(rejoin=True)
    session, peer = on_channels(core, "#x")
    peer.feed(KICKED)
    peer.lose()
    session.connect()
    core.network.connection.accept()
    welcome(core.network.connection)
    assert joins(core, core.network.connection) == []


def test_who_is_banned_from_a_group_does_not_ask() -> None:
    core = a_client(rejoin=True)
    session = core.session(dialect="json")
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed('{"version": 1.1, "response_code": "110", "parameters": {}, "channel": "CC", "payload": "Welcome"}')
    parameters = '"parameters": {"username": "alice", "chat_name": "x"}'
    peer.feed(f'{{"version": 1.1, "response_code": "180", {parameters}, "channel": "CC", "payload": ""}}')
    peer.take()
    for code, what in (("191", "banned_user"), ("192", "kicked_user")):
        parameters = f'"parameters": {{"username": "wren", "chat_name": "x", "{what}": "alice"}}'
        peer.feed(f'{{"version": 1.1, "response_code": "{code}", {parameters}, "channel": "CC", "payload": ""}}')
        core.pass_time(PAUSE_SECONDS)
        assert any('"JOIN"' in line for line in peer.take()) is (what == "kicked_user")
