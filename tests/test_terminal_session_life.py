"""The life of a session: from the first call to the last goodbye, with a network that the test is."""

import pytest

from terminal import commands
from terminal.dialects import Identity
from terminal.network.tls import Tls
from terminal.sessions.session import Session
from terminal.settings.table import ServerSettings
from tests.terminal_core import a_client, texts, welcome

TLS = Tls("TLS 1.3", "TLS_AES_256_GCM_SHA384", "AA:BB", "irc.test", "irc.test", "2030-12-31", verified=False)


def server_says(session: Session) -> list[str]:
    """The window of the server."""
    return texts(session.window)


def test_a_connection_opens_with_the_first_lines_once_it_is_there() -> None:
    core = a_client()
    session = core.session()
    session.connect()
    peer = core.network.connection
    assert (session.machine.state, peer.started, peer.lines) == ("dialling", True, [])
    peer.accept()
    assert session.machine.state == "negotiating"
    assert peer.take() == ["CAP LS 302", "NICK alice", "USER alice 0 * :alice"]
    welcome(peer)
    assert session.machine.state == "welcomed"


def test_with_tls_nothing_is_said_before_the_certificate_was_looked_at() -> None:
    core = a_client()
    session = core.session(insecure=True)
    session.connect()
    peer = core.network.connection
    peer.accept()
    assert (session.machine.state, peer.take()) == ("securing", [])
    peer.secure(TLS)
    assert session.machine.state == "negotiating" and peer.take()[0] == "CAP LS 302"
    assert server_says(session)[-1] == ("TLS 1.3, TLS_AES_256_GCM_SHA384, certificate NOT checked, fingerprint AA:BB.")


def test_connecting_again_while_connected_does_nothing() -> None:
    core = a_client()
    session, _ = core.online()
    session.connect()
    assert len(core.network.connections) == 1 and session.machine.state == "welcomed"


def test_quitting_says_goodbye_and_ends_when_the_server_closes() -> None:
    core = a_client()
    over: list[bool] = []
    core.client.on_over.append(lambda: over.append(True))
    session, peer = core.online()
    peer.take()
    core.client.quit("bye")
    assert (peer.take(), session.machine.state, over) == (["QUIT :bye"], "leaving", [])
    peer.feed("ERROR :Closing link")
    peer.lose("closed")
    assert (session.over, session.failure, over) == (True, None, [True])
    assert core.loop.waiting == 0


def test_the_goodbye_of_the_settings_is_said_when_none_is_given() -> None:
    core = a_client(quit_text="so long")
    session, peer = core.online()
    peer.take()
    session.quit()
    assert peer.take() == ["QUIT :so long"]


def test_a_server_that_never_closes_is_left_after_some_seconds() -> None:
    core = a_client()
    session, peer = core.online()
    session.quit()
    core.pass_time(2.9)
    assert not peer.closed
    core.pass_time(0.1)
    assert peer.closed


def test_a_second_quit_does_not_wait() -> None:
    core = a_client()
    session, peer = core.online()
    session.quit()
    session.quit()
    assert peer.closed


def test_what_was_typed_before_is_said_before_the_goodbye() -> None:
    core = a_client(pacing_burst=2, pacing_interval=1.0)
    session, peer = core.online(joins=["#x"])
    peer.feed(":alice!a@h JOIN #x")
    core.pass_time(10)
    peer.take()
    core.type("one", "two", "three", "four", "five", "six")
    assert peer.take() == ["PRIVMSG #x :one", "PRIVMSG #x :two"]
    session.quit()
    assert peer.take() == ["PRIVMSG #x :three", "PRIVMSG #x :four", "QUIT"]
    window = core.client.windows.find("net", "#x")
    assert window is not None and texts(window)[-2:] == ["Not sent: five", "Not sent: six"]


def test_quitting_before_the_welcome_closes_at_once() -> None:
    core = a_client()
    session = core.session()
    session.connect()
    session.quit()
    peer = core.network.connection
    assert peer.closed and session.machine.state == "offline" and not session.over
    peer.lose("closed", retry=False)
    assert session.over and session.failure is None


def test_a_connection_that_is_wanted_while_the_old_one_closes_waits_for_its_end() -> None:
    core = a_client()
    session, peer = core.online()
    session.reconnect("back soon")
    assert peer.take()[-1] == "QUIT :back soon" and len(core.network.connections) == 1
    peer.lose("closed")
    assert len(core.network.connections) == 2 and session.machine.state == "dialling" and not session.over


def test_a_disconnect_after_that_wins() -> None:
    core = a_client()
    session, peer = core.online()
    session.reconnect()
    session.quit()
    peer.lose("closed")
    assert session.over and len(core.network.connections) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        ":irc.test 465 alice :You are banned from this server",
        ":irc.test 464 alice :Password incorrect",
        ":irc.test 432 * alice :Erroneous nickname",
    ],
)
def test_who_is_turned_away_does_not_knock_again_and_can_be_asked(refusal: str) -> None:
    core = a_client()
    failures: list[tuple[str, str]] = []
    core.client.on_failure.append(lambda session, failure: failures.append((session.name, failure.cause)))
    session = core.session()
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed(refusal)
    assert peer.closed and failures == []
    peer.lose("closed")
    assert session.over and session.retry_at is None and core.loop.waiting == 0
    assert failures == [("net", "identity")]
    session.identify(password="another")
    assert session.machine.state == "dialling" and session.identity.password == "another" and not session.over


def test_a_server_of_another_protocol_is_not_called_again() -> None:
    core = a_client()
    session = core.session()
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed('{"response_code": "300"}')
    peer.lose("closed")
    assert session.over and texts(session.window)[-1] == "The server speaks JSON here; try --dialect json."


@pytest.mark.parametrize(
    ("kind", "retry", "is_over"),
    [
        ("refused", True, False),
        ("timeout", True, False),
        ("unreachable", True, False),
        ("name", False, True),
        ("certificate", False, True),
        ("protocol", False, True),
    ],
)
def test_whether_a_first_attempt_is_repeated(kind: str, retry: bool, is_over: bool) -> None:
    core = a_client()
    session = core.session()
    session.connect()
    core.network.connection.lose(kind, "It did not work.", retry)
    assert (session.over, session.retry_at is None) == (is_over, is_over)
    assert "It did not work." in server_says(session)


def test_a_name_that_was_found_once_is_looked_for_again() -> None:
    core = a_client()
    session, peer = core.online()
    peer.lose()
    core.pass_time(5)
    core.network.connection.lose("name", "There is no host called irc.test.", retry=False)
    assert not session.over and session.retry_at is not None


def test_last_words_that_mean_never_are_believed() -> None:
    core = a_client()
    session = core.session()
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed("ERROR :Closing Link: h (K-lined: spam)")
    peer.lose("closed")
    assert session.over
    assert server_says(session)[-1] == "The server closed the connection: Closing Link: h (K-lined: spam)."


def test_a_server_that_says_error_and_stays_is_left() -> None:
    core = a_client()
    session, peer = core.online()
    peer.feed("ERROR :going down")
    assert session.machine.state == "leaving" and not peer.closed
    core.pass_time(3)
    assert peer.closed


def test_a_server_that_never_welcomes_is_given_up() -> None:
    core = a_client(timeout=5.0)
    session = core.session(dialect="lab")
    session.connect()
    peer = core.network.connection
    peer.accept()
    core.pass_time(10)
    assert peer.closed
    peer.lose("closed", "The connection is closed.", retry=False)
    assert session.over
    assert server_says(session)[-1].startswith("The server did not welcome us within 10 seconds. In the lab dialect")


def test_without_anybody_there_a_loss_is_the_end() -> None:
    core = a_client()
    core.client.interactive = False
    session, peer = core.online()
    peer.lose()
    assert session.over and session.failure is not None and session.failure.text == "The connection was lost."


def test_a_login_in_the_clear_is_known_as_such_unless_the_server_is_here() -> None:
    core = a_client()
    for address, clear_to in (("irc.test", "irc.test"), ("127.0.0.1", ""), ("[::1]:6667", ""), ("localhost", "")):
        session = core.client.add_session("net", ServerSettings(address=address), Identity("alice"))
        session.connect()
        assert session.dialect.identity.clear_to == clear_to


def test_a_text_without_a_connection_is_not_taken_and_the_sentence_says_what_to_do() -> None:
    core = a_client()
    session, peer = core.online(joins=["#x"])
    peer.feed(":alice!a@h JOIN #x")
    peer.lose()
    assert commands.run(core.client, "hello") is False
    assert session.retry_at is not None
    seconds = max(1, round(session.retry_at - core.loop.time()))
    current = core.client.windows.current
    assert current is not None and current.name == "#x"
    assert texts(current)[-1] == (
        f"There is no connection to net; the next attempt is in {seconds} s, or now with /connect."
    )
    session.quit()
    assert commands.run(core.client, "hello") is False
    assert texts(current)[-1] == "There is no connection to net: /connect makes one."
