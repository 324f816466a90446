"""Whether a server is still there: the questions of quiet times, the lag, and when silence is a loss."""

import pytest

from tests.terminal_core import a_client, on_channels, texts


def test_lag_is_measured_in_quiet_times_and_its_question_is_shown_to_nobody() -> None:
    core = a_client()
    session, peer = core.online()
    before = [len(window.lines) for window in core.client.windows]
    peer.take()
    core.pass_time(30)
    assert peer.take() == ["PING :parley-lag-1"] and session.lag is None
    core.pass_time(0.25)
    peer.feed(":irc.test PONG irc.test :parley-lag-1")
    assert session.lag == pytest.approx(0.25)
    assert [len(window.lines) for window in core.client.windows] == before and not session.synchronised


def test_while_an_answer_is_late_the_lag_grows() -> None:
    core = a_client()
    session, _ = core.online()
    core.pass_time(30)
    core.pass_time(20)
    assert session.lag == pytest.approx(20)


def test_a_server_that_is_silent_for_long_is_lost() -> None:
    core = a_client()
    session, peer = core.online()
    core.pass_time(85)
    assert not peer.closed
    core.pass_time(5)
    assert peer.closed
    peer.lose("closed", "The connection is closed.", retry=False)
    assert session.retry_at is not None and session.lag is None
    assert texts(session.window)[-2] == "The connection was lost: nothing has come from the server for 90 seconds."


def test_a_server_that_talks_but_answers_no_question_is_alive() -> None:
    core = a_client()
    session, peer = core.online()
    for _ in range(40):
        core.pass_time(10)
        peer.feed(":bob!b@h PRIVMSG alice :still here")
    assert not peer.closed and session.machine.state == "welcomed"


def test_the_lab_dialect_is_asked_nothing() -> None:
    core = a_client()
    session = core.session(dialect="lab")
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed("001 :Welcome")
    peer.take()
    core.pass_time(1000)
    assert peer.take() == [] and not peer.closed and session.machine.state == "welcomed"


def test_the_question_overtakes_lines_that_wait() -> None:
    core = a_client(pacing_burst=1, pacing_interval=60.0)
    _, peer = on_channels(core, "#x")
    core.type("one", "two")
    peer.take()
    core.pass_time(30)
    assert peer.take() == ["PING :parley-lag-1"]
