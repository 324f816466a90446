"""After a loss: when the next attempt comes, what is entered again, and what was not sent."""

from terminal.writing import sending
from tests.terminal_core import Core, FakeConnection, a_client, on_channels, texts, welcome


def come_back(core: Core, nick: str = "alice") -> FakeConnection:
    """The pause is over, and the server welcomes us again."""
    core.pass_time(400)
    peer = core.network.connection
    peer.accept()
    welcome(peer, nick)
    return peer


def channel(core: Core, name: str) -> list[str]:
    """The lines of a channel."""
    window = core.client.windows.find("net", name)
    assert window is not None
    return texts(window)


def test_the_pauses_grow_and_the_screen_is_told_every_second() -> None:
    core = a_client(reconnect_longest=20.0)
    session, peer = core.online()
    ticks: list[float] = []
    pauses: list[float] = []
    for _ in range(6):
        peer.lose("refused")
        assert session.machine.state == "waiting" and session.retry_at is not None
        pauses.append(session.retry_at - core.loop.time())
        ticks.clear()
        core.client.on_change[:] = [lambda: ticks.append(core.loop.time())]
        core.pass_time(pauses[-1] - 0.001)
        assert session.machine.state == "waiting"
        assert len(ticks) in (int(pauses[-1]) - 1, int(pauses[-1])) and session.retry_at is not None
        core.pass_time(0.002)
        assert session.machine.state == "dialling" and session.retry_at is None
        peer = core.network.connection
    for pause, longest in zip(pauses, (2, 4, 8, 16, 20, 20), strict=True):
        assert 0.7 * longest - 0.01 <= pause <= longest
    assert len(core.network.connections) == 7


def test_the_reason_is_told_wherever_one_was_and_the_next_attempt_in_the_window_of_the_server() -> None:
    core = a_client()
    session, peer = on_channels(core, "#x")
    peer.lose(text="The connection to irc.test was lost: reset.")
    assert channel(core, "#x")[-1] == "The connection to irc.test was lost: reset."
    *_, reason, plan = texts(session.window)
    assert reason == "The connection to irc.test was lost: reset."
    assert plan.startswith("Connecting again in ") and plan.endswith("; /connect does it now, /disconnect gives up.")
    window = core.client.windows.find("net", "#x")
    assert window is not None and not window.joined and not window.members


def test_connect_does_it_now_and_begins_with_the_shortest_pause_again() -> None:
    core = a_client()
    session, peer = core.online()
    for _ in range(4):
        peer.lose("refused")
        core.pass_time(100)
        peer = core.network.connection
    peer.lose("refused")
    count = len(core.network.connections)
    session.connect()
    assert (session.machine.state, len(core.network.connections)) == ("dialling", count + 1)
    core.network.connection.lose("refused")
    assert session.retry_at is not None and session.retry_at - core.loop.time() <= 2


def test_a_server_that_throws_us_out_at_once_is_not_asked_at_once_for_ever() -> None:
    core = a_client()
    session, peer = core.online()
    pauses = []
    for _ in range(4):
        peer.lose()
        assert session.retry_at is not None
        pauses.append(session.retry_at - core.loop.time())
        core.loop.advance(pauses[-1] + 0.001)
        peer = core.network.connection
        peer.accept()
        welcome(peer)
    assert pauses[3] > 8 and pauses[0] <= 2
    core.pass_time(61)
    peer.lose()
    assert session.retry_at is not None and session.retry_at - core.loop.time() <= 2


def test_disconnect_gives_up() -> None:
    core = a_client()
    session, peer = core.online()
    peer.lose()
    session.quit()
    assert (session.over, session.retry_at, session.machine.state) == (True, None, "offline")
    assert core.loop.waiting == 0
    core.pass_time(1000)
    assert len(core.network.connections) == 1


def test_no_attempt_follows_where_the_settings_say_so() -> None:
    core = a_client(reconnect=False)
    session, peer = core.online()
    peer.lose()
    assert session.over and core.loop.waiting == 0


def test_channels_are_entered_again_with_their_keys_but_not_those_that_were_left_or_that_removed_us() -> None:
    core = a_client()
    _, peer = on_channels(core, "#x", "#k secret", "#left", "#kicked")
    core.client.windows.show(next(window for window in core.client.windows if window.name == "#x"))
    peer.feed(":alice!a@h PART #left", ":op!o@h KICK #kicked alice :out", ":op!o@h JOIN #x")
    peer.lose()
    peer = come_back(core)
    assert [line for line in peer.take() if line.startswith("JOIN")] == ["JOIN #k,#x secret"]
    peer.feed(":alice!a@h JOIN #x", ":alice!a@h JOIN #k")
    assert core.client.windows.current is not None and core.client.windows.current.name == "#x"


def test_a_channel_that_was_renamed_is_entered_under_its_new_name_with_its_key() -> None:
    core = a_client()
    _, peer = on_channels(core, "#old secret")
    peer.feed(":op!o@h RENAME #old #new :better")
    peer.lose()
    assert "JOIN #new secret" in come_back(core).take()


def test_a_channel_that_refuses_is_not_asked_the_next_time() -> None:
    core = a_client()
    _, peer = on_channels(core, "#x")
    peer.lose()
    peer = come_back(core)
    peer.feed(":irc.test 474 alice #x :Cannot join channel (+b)")
    peer.lose()
    assert "JOIN #x" not in come_back(core).take()


def test_a_nick_that_was_chosen_is_asked_for_again_and_the_login_stays_the_same() -> None:
    core = a_client()
    session, peer = core.online()
    session.renaming.ask("wren")
    peer.feed(":alice!a@h NICK wren")
    peer.lose()
    core.pass_time(10)
    core.network.connection.accept()
    assert "NICK wren" in core.network.connection.take()
    assert session.identity.account == "alice"


def test_a_nick_that_the_server_gave_is_not() -> None:
    core = a_client()
    _, peer = core.online()
    peer.feed(":alice!a@h NICK Guest4711")
    peer.lose()
    core.pass_time(10)
    core.network.connection.accept()
    assert "NICK alice" in core.network.connection.take()


def test_the_ghost_of_the_lost_connection_gives_the_nick_back() -> None:
    core = a_client()
    session, peer = on_channels(core, "#x")
    peer.lose()
    core.pass_time(10)
    peer = core.network.connection
    peer.accept()
    peer.feed(":irc.test 433 * alice :Nickname is already in use")
    welcome(peer, "alice_")
    peer.feed(":alice_!a@h JOIN #x", ":irc.test 353 alice_ = #x :alice_ alice", ":irc.test 366 alice_ #x :End")
    peer.take()
    peer.feed(":alice!a@h QUIT :Ping timeout")
    assert peer.take() == ["NICK alice"]
    peer.feed(":alice_!a@h NICK alice")
    assert session.dialect.nick == "alice" and session.dialect.ready


def test_who_was_away_is_away_again() -> None:
    core = a_client()
    session, peer = core.online()
    core.type("/away gone fishing")
    peer.feed(":irc.test 306 alice :You have been marked as being away")
    peer.lose()
    assert "AWAY :gone fishing" in come_back(core).take()
    assert session.router.away is None
    core.network.connection.feed(":irc.test 306 alice :You have been marked as being away")
    core.type("/back")
    core.network.connection.feed(":irc.test 305 alice :You are no longer marked as being away")
    core.network.connection.lose()
    assert not [line for line in come_back(core).take() if line.startswith("AWAY")]


def test_what_waited_to_be_sent_is_told_and_said_by_nobody_later() -> None:
    core = a_client(pacing_burst=1, pacing_interval=2.0)
    _, peer = on_channels(core, "#x")
    core.type("one", "two", "three", "/msg NickServ identify hunter2")
    assert peer.take() == ["PRIVMSG #x :one"]
    peer.feed(":bob!b@h PRIVMSG #x :hi")  # so the first one has arrived
    peer.lose(text="Gone.")
    assert channel(core, "#x")[-4:] == ["Gone.", "Not sent: two", "Not sent: three", "Not sent: ****"]
    peer = come_back(core)
    core.pass_time(100)
    assert not [line for line in peer.take() if line.startswith("PRIVMSG")]


def test_of_many_lines_only_the_first_are_told_one_by_one() -> None:
    core = a_client(pacing_burst=1, pacing_interval=2.0)
    _, peer = on_channels(core, "#x")
    core.type(*(f"line {number}" for number in range(30)))
    peer.feed("PING :x")
    peer.lose()
    told = [text for text in channel(core, "#x") if text.startswith("Not sent")]
    assert len(told) == 11 and told[-1] == "Not sent: 19 more lines"


def test_what_was_sent_into_silence_was_perhaps_not_heard() -> None:
    core = a_client()
    _, peer = on_channels(core, "#x")
    core.type("heard")
    peer.feed(":bob!b@h PRIVMSG #x :yes")
    core.type("unheard")
    peer.lose(text="Gone.")
    assert channel(core, "#x")[-2:] == ["Gone.", "Perhaps not sent: unheard"]


def test_a_text_that_the_server_has_repeated_was_heard() -> None:
    core = a_client()
    session, peer = on_channels(core, "#x")
    session.dialect.registration.enabled.add("echo-message")  # type: ignore[attr-defined]
    core.type("one", "two")
    peer.feed(":alice!a@h PRIVMSG #x :one", ":bob!b@h PRIVMSG #x :hello")
    peer.lose(text="Gone.")
    assert channel(core, "#x")[-2:] == ["Gone.", "Perhaps not sent: two"]


def test_who_types_does_not_wait_for_what_the_client_asks_by_itself() -> None:
    core = a_client(pacing_burst=2, pacing_interval=1.0)
    session, peer = on_channels(core, "#x", *(f"#c{number}" for number in range(29)))
    peer.lose()
    core.pass_time(10)
    peer = core.network.connection
    peer.accept()
    welcome(peer)
    peer.feed(":alice!a@h JOIN #x")
    core.client.windows.show(next(window for window in core.client.windows if window.name == "#x"))
    core.type("one", "two")
    core.pass_time(10)
    sent = [line.split()[0] for line in peer.take() if line.split()[0] in ("JOIN", "PRIVMSG")]
    assert sent == ["JOIN", "JOIN", "PRIVMSG", "PRIVMSG", "JOIN"]
    assert session.outbox.waiting == 0


def test_a_goodbye_of_our_own_is_not_doubted() -> None:
    core = a_client()
    session, peer = on_channels(core, "#x")
    session.dialect.registration.enabled.add("echo-message")  # type: ignore[attr-defined]
    core.type("hello", "/disconnect bye")
    peer.feed("ERROR :Closing link")
    peer.lose("closed")
    assert not any("sent" in text for window in core.client.windows for text in texts(window))


def test_without_a_common_channel_the_nick_is_looked_for_now_and_then() -> None:
    core = a_client()
    session = core.session()
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed(":irc.test 433 * alice :Nickname is already in use")
    welcome(peer, "alice_")
    shown = [len(window.lines) for window in core.client.windows]
    peer.take()
    core.pass_time(30)
    assert peer.take() == ["PING :parley-lag-1", "ISON alice"]
    peer.feed(":irc.test PONG irc.test :parley-lag-1", ":irc.test 303 alice_ :Alice")
    assert peer.take() == []
    core.pass_time(30)
    assert peer.take() == ["PING :parley-lag-2", "ISON alice"]
    peer.feed(":irc.test PONG irc.test :parley-lag-2", ":irc.test 303 alice_ :")
    assert peer.take() == ["NICK alice"]
    assert [len(window.lines) for window in core.client.windows] == shown
    peer.feed(":alice_!a@h NICK alice")
    core.pass_time(30)
    assert peer.take() == ["PING :parley-lag-3"]
    peer.feed(":irc.test 303 alice :bob")
    assert texts(session.window)[-1] == "bob"


def test_a_channel_whose_window_was_closed_meanwhile_is_not_entered_again() -> None:
    core = a_client()
    _, peer = on_channels(core, "#x", "#y")
    peer.lose()
    core.client.windows.show(next(window for window in core.client.windows if window.name == "#y"))
    core.type("/close")
    assert [line for line in come_back(core).take() if line.startswith("JOIN")] == ["JOIN #x"]


def test_closing_the_window_of_a_channel_leaves_it_for_good() -> None:
    core = a_client()
    _, peer = on_channels(core, "#x", "#y")
    core.type("/close")
    assert peer.take() == ["PART #y"]
    peer.feed(":alice!a@h PART #y")
    assert core.client.windows.find("net", "#y") is None
    peer.lose()
    assert [line for line in come_back(core).take() if line.startswith("JOIN")] == ["JOIN #x"]


def test_a_quit_of_ours_that_others_made_is_no_reason_to_stay_away() -> None:
    core = a_client()
    _, peer = on_channels(core, "#x")
    peer.feed(":alice!a@h QUIT :Killed")
    peer.lose()
    assert [line for line in come_back(core).take() if line.startswith("JOIN")] == ["JOIN #x"]


def test_several_lines_that_were_one_message_are_told_in_one_row() -> None:
    core = a_client(pacing_burst=1, pacing_interval=5.0)
    _, peer = on_channels(core, "#x")
    core.type("first")
    assert sending.send(core.client, "one\ntwo", as_one=True)
    peer.feed("PING :x")
    peer.lose()
    assert channel(core, "#x")[-1] == "Not sent: one / two"
