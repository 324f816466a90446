"""AWAY before registration (draft/pre-away), `AWAY *`, and users with several sessions; no-implicit-names."""

import pytest

from tests.harness import IrcClient, ServerUnderTest

GONE = ":parley.test 306 {} :You have been marked as being away"
BACK = ":parley.test 305 {} :You are no longer marked as being away"


@pytest.fixture
def robin(server: ServerUnderTest) -> IrcClient:
    """Somebody in #lab who is told who goes away."""
    client = server.irc("robin", "away-notify")
    client.ask("JOIN #lab")
    return client


def register_away(server: ServerUnderTest, nick: str, line: str) -> IrcClient:
    """A client that says AWAY before it is registered."""
    client = server.connect()
    assert client.ask("CAP REQ draft/pre-away", line)[1].startswith(":parley.test 30")
    client.register(nick, "draft/pre-away")
    return client


# --- before registration -------------------------------------------------------------------------------------------


def test_away_before_registration_needs_the_capability(server: ServerUnderTest) -> None:
    assert server.connect().ask("AWAY :tea") == [":parley.test 451 * :You have not registered"]


def test_it_is_answered_before_registration(server: ServerUnderTest) -> None:
    client = server.connect()
    assert client.ask("CAP REQ draft/pre-away", "AWAY :tea", "AWAY", "AWAY *")[1:] == [
        GONE.format("*"),
        BACK.format("*"),
        GONE.format("*"),
    ]


def test_who_was_away_before_registration_comes_in_away(server: ServerUnderTest, robin: IrcClient) -> None:
    wren = register_away(server, "wren", "AWAY :tea")
    wren.ask("JOIN #lab")
    assert robin.sync() == [":wren!~wren@127.0.0.1 JOIN #lab", ":wren!~wren@127.0.0.1 AWAY :tea"]
    assert robin.ask("PRIVMSG wren :hi") == [":parley.test 301 robin wren :tea"]


def test_who_took_it_back_before_registration_comes_in_present(server: ServerUnderTest, robin: IrcClient) -> None:
    wren = server.connect()
    wren.ask("CAP REQ draft/pre-away", "AWAY :tea", "AWAY")
    wren.register("wren", "draft/pre-away")
    wren.ask("JOIN #lab")
    assert robin.sync() == [":wren!~wren@127.0.0.1 JOIN #lab"]


def test_the_text_is_cut_at_its_limit(server: ServerUnderTest, robin: IrcClient) -> None:
    register_away(server, "wren", "AWAY :" + "a" * 400)
    assert robin.ask("PRIVMSG wren :hi") == [":parley.test 301 robin wren :" + "a" * 390]


# --- several sessions ----------------------------------------------------------------------------------------------


@pytest.fixture
def sessions(server: ServerUnderTest, robin: IrcClient) -> tuple[IrcClient, IrcClient]:
    """Two sessions of one account, in #lab."""
    server.add_account("wren")
    first, second = server.member("wren"), server.member("wren")
    first.ask("JOIN #lab")
    robin.sync()
    return first, second


def test_nobody_is_there_when_nobody_sits_at_any_session(
    robin: IrcClient, sessions: tuple[IrcClient, IrcClient]
) -> None:
    first, second = sessions
    assert first.ask("AWAY *")[-1] == GONE.format("wren")
    assert robin.sync() == []
    second.ask("AWAY *")
    assert robin.sync() == [":wren!~wren@127.0.0.1 AWAY :*"]
    first.ask("AWAY")
    assert robin.sync() == [":wren!~wren@127.0.0.1 AWAY"]


def test_a_written_reason_holds_for_all_sessions_and_does_not_give_way(
    robin: IrcClient, sessions: tuple[IrcClient, IrcClient]
) -> None:
    first, second = sessions
    first.ask("AWAY :tea")
    assert robin.sync() == [":wren!~wren@127.0.0.1 AWAY :tea"]
    second.ask("AWAY *")
    first.ask("AWAY *")
    assert robin.sync() == []
    second.ask("AWAY")
    assert robin.sync() == [":wren!~wren@127.0.0.1 AWAY"]


def test_a_session_that_leaves_no_longer_counts(robin: IrcClient, sessions: tuple[IrcClient, IrcClient]) -> None:
    first, second = sessions
    second.ask("AWAY *")
    first.send("QUIT")
    first.lines_until_closed()
    assert robin.sync() == [":wren!~wren@127.0.0.1 AWAY :*"]


def test_a_session_that_comes_brings_its_user_back_unless_nobody_sits_there(
    server: ServerUnderTest, robin: IrcClient, sessions: tuple[IrcClient, IrcClient]
) -> None:
    for session in sessions:
        session.ask("AWAY *")
    assert robin.sync() == [":wren!~wren@127.0.0.1 AWAY :*"]
    third = server.connect()
    third.ask("CAP REQ draft/pre-away", "AWAY *")
    third.register("wren", "sasl", login=("wren", "secret"))
    assert robin.sync() == []
    server.member("wren")
    assert robin.sync() == [":wren!~wren@127.0.0.1 AWAY"]


# --- names that are not wanted -------------------------------------------------------------------------------------


@pytest.mark.parametrize("capability", ["no-implicit-names", "draft/no-implicit-names"])
def test_without_implicit_names_a_join_brings_the_topic_only(server: ServerUnderTest, capability: str) -> None:
    server.irc("rook").ask("JOIN #lab", "TOPIC #lab :Tea")
    wren = server.irc("wren", capability)
    assert [line.split(" ")[1] for line in wren.ask("JOIN #lab")] == ["JOIN", "332", "333"]
    assert [line.split(" ")[1] for line in wren.ask("NAMES #lab")] == ["353", "366"]
    wren.ask(f"CAP REQ -{capability}")
    assert [line.split(" ")[1] for line in wren.ask("JOIN #tea")][-2:] == ["353", "366"]


def test_a_further_session_is_shown_its_channels_without_names(server: ServerUnderTest) -> None:
    server.add_account("wren")
    server.member("wren").ask("JOIN #lab")
    second = server.member("wren", "no-implicit-names")
    assert [line.split(" ")[1] for line in second.sync()] == ["JOIN"]
