"""Several servers at once: how they are opened, listed, left and forgotten, and that their windows do not mix."""

import sys
import threading
from collections.abc import Callable

import pytest

from terminal.dialects import Identity
from terminal.network.endpoint import BadEndpoint
from terminal.sessions.host import endpoint_of
from terminal.settings.table import ServerSettings
from tests.terminal_core import Core, a_client, texts, welcome


def current(core: Core) -> list[str]:
    """The lines one looks at."""
    window = core.client.windows.current
    assert window is not None
    return texts(window)


def online_both(core: Core) -> None:
    """alice on two servers, on #x of each."""
    for name in ("one", "two"):
        _, peer = core.online(name, joins=["#x"])
        peer.feed(":alice!a@h JOIN #x")


def test_the_same_channel_on_two_servers_is_two_windows() -> None:
    core = a_client()
    online_both(core)
    one, two = core.network.connections
    one.feed(":bob!b@h PRIVMSG #x :on one")
    two.feed(":bob!b@h PRIVMSG #x :on two")
    windows = [window for window in core.client.windows if window.kind == "channel"]
    assert [(window.server, texts(window)[-1]) for window in windows] == [("one", "bob on one"), ("two", "bob on two")]
    one.take(), two.take()
    core.client.windows.show(windows[0])
    core.type("hello")
    assert (one.take(), two.take()) == (["PRIVMSG #x :hello"], [])
    one.lose()
    assert [window.joined for window in windows] == [False, True]


def test_names_of_sessions_are_unique() -> None:
    core = a_client()
    assert [core.session("net").name for _ in range(3)] == ["net", "net2", "net3"]


def test_a_second_server_of_a_host_is_called_as_its_address_and_never_like_another_host() -> None:
    core = a_client()
    ports = (6667, 6668, 6668, 6668)
    servers = [ServerSettings(address=f"127.0.0.1:{port}") for port in ports]
    names = [core.client.add_session("127.0.0.1", server, Identity("alice")).name for server in servers]
    assert names == ["127.0.0.1", "127.0.0.1:6668", "127.0.0.1-2", "127.0.0.1-3"]


def test_an_address_that_is_none_leaves_no_window() -> None:
    core = a_client()
    with pytest.raises(BadEndpoint):
        core.client.add_session("net", ServerSettings(address="irc.test:99999"), Identity("alice"))
    assert not core.client.sessions and not list(core.client.windows)


def test_quitting_waits_for_all_servers() -> None:
    core = a_client()
    over: list[bool] = []
    core.client.on_over.append(lambda: over.append(True))
    online_both(core)
    core.type("/quit bye")
    one, two = core.network.connections
    assert one.lines[-1] == two.lines[-1] == "QUIT :bye"
    one.lose("closed")
    assert over == []
    two.lose("closed")
    assert over == [True]


def test_who_quits_twice_does_not_wait() -> None:
    core = a_client()
    over: list[bool] = []
    core.client.on_over.append(lambda: over.append(True))
    online_both(core)
    core.type("/quit", "/quit")
    assert over == [True] and all(peer.closed for peer in core.network.connections)


def test_connect_opens_a_server_at_an_address_under_the_same_name() -> None:
    core = a_client()
    core.online()
    core.type("/connect ircs://irc.example.org/#study")
    session = core.client.sessions["irc.example.org"]
    assert (session.endpoint.address, session.endpoint.is_secure) == ("irc.example.org:6697", True)
    assert session.identity.nick == "alice" and session.server.join == ("#study",)
    assert core.client.windows.current is session.window and session.machine.state == "dialling"


def test_connect_opens_a_server_of_the_file_and_another_dialect() -> None:
    core = a_client()
    core.client.servers = {"home": ServerSettings(address="127.0.0.1:7000", nick="wren", join=("#a",))}
    core.type("/connect home", "/connect 127.0.0.1:7001 lab")
    home, lab = core.client.sessions.values()
    assert (home.name, home.endpoint.port, home.identity.nick) == ("home", 7000, "wren")
    assert (lab.name, lab.endpoint.port, lab.server.dialect) == ("127.0.0.1", 7001, "lab")


def test_connect_shows_a_server_that_is_known_and_connects_it_again() -> None:
    core = a_client()
    online_both(core)
    core.network.connections[0].lose()
    core.type("/connect one")
    assert core.client.windows.current is core.client.sessions["one"].window
    assert core.client.sessions["one"].machine.state == "dialling" and len(core.client.sessions) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/connect", "There is no server yet: /connect host[:port] first."),
        ("/connect irc.test morse", "There is no dialect morse; there are irc, json, lab."),
        ("/connect http://irc.test", "http:// is no address of a chat server; it must be irc:// or ircs://."),
        ("/server irc.test", "You are on no server irc.test: /connect irc.test goes there."),
        ("/server", "There is no server yet: /connect host[:port] first."),
        ("/disconnect", "There is no server yet: /connect host[:port] first."),
    ],
)
def test_what_cannot_be_done_is_said(line: str, said: str) -> None:
    core = a_client()
    core.type(line)
    assert current(core)[-1] == said


def test_the_list_of_servers_tells_how_each_connection_stands() -> None:
    core = a_client()
    core.client.servers = {"home": ServerSettings(), "one": ServerSettings()}
    online_both(core)
    core.network.connections[1].lose()
    core.type("/server")
    *_, one, two, home = current(core)
    assert one == "one (irc.test:6667): connected, IRC, not encrypted, as alice"
    assert two.startswith("two (irc.test:6667): next attempt in ") and two.endswith(" s, IRC, as alice")
    assert home == "home: not connected; /connect home goes there."


def test_disconnect_and_close_forget_a_server_with_its_windows() -> None:
    core = a_client()
    online_both(core)
    core.client.windows.show(core.client.sessions["one"].window)
    core.type("/close")
    assert current(core)[-1] == "You are on one still: /disconnect first."
    core.type("/disconnect bye")
    peer = core.network.connections[0]
    assert peer.lines[-1] == "QUIT :bye"
    peer.lose("closed")
    core.type("/close")
    assert list(core.client.sessions) == ["two"]
    assert {window.server for window in core.client.windows} == {"two"}
    core.client.windows.show(core.client.sessions["two"].window)
    core.network.connections[1].lose()
    core.type("/disconnect", "/close", "/server")
    assert not core.client.sessions and current(core) == ["There is no server yet: /connect host[:port] first."]


def test_reconnect_leaves_and_comes_back() -> None:
    core = a_client()
    _, peer = core.online()
    core.type("/reconnect")
    assert peer.lines[-1] == "QUIT"
    peer.lose("closed")
    core.network.connection.accept()
    welcome(core.network.connection)
    assert core.client.sessions["net"].machine.state == "welcomed"


# Passwords of a server that is opened while the client runs

ACCOUNT = {"dialect": "json", "address": "127.0.0.1:7000", "nick": "wren"}


def test_a_password_that_is_needed_is_asked_for() -> None:
    core = a_client()
    asked: list[tuple[str, Callable[[str | None], None]]] = []
    core.client.on_password.append(lambda what, answer: asked.append((what, answer)))
    core.client.servers = {"home": ServerSettings(**ACCOUNT)}
    core.type("/connect home")
    assert [what for what, _ in asked] == ["wren"] and not core.client.sessions
    asked[0][1]("hunter2")
    assert core.client.sessions["home"].identity.password == "hunter2"
    assert core.client.sessions["home"].machine.state == "dialling"


def test_without_an_answer_there_is_no_connection() -> None:
    core = a_client()
    core.client.on_password.append(lambda what, answer: answer(None))
    core.client.servers = {"home": ServerSettings(**ACCOUNT)}
    core.type("/connect home")
    assert not core.client.sessions and current(core) == ["Not connected to home: it needs a password."]


def test_where_nobody_can_be_asked_the_sentence_says_what_else_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARLEY_PASSWORD", raising=False)
    core = a_client()
    core.client.servers = {"home": ServerSettings(**ACCOUNT)}
    core.type("/connect home")
    assert current(core)[-1].startswith("A password of wren is needed: set PARLEY_PASSWORD, ")


def test_the_environment_may_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_PASSWORD", "hunter2")
    core = a_client()
    core.client.servers = {"home": ServerSettings(**ACCOUNT)}
    core.type("/connect home")
    assert core.client.sessions["home"].identity.password == "hunter2"


def test_what_the_environment_holds_goes_to_the_first_server_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_PASSWORD", "hunter2")
    core = a_client()
    core.online()
    core.client.servers = {"home": ServerSettings(**ACCOUNT)}
    core.type("/connect home")
    assert list(core.client.sessions) == ["net"]
    assert current(core)[-1] == "A password of wren is needed: name a command that prints it."


def test_settings_that_cannot_be_are_a_sentence_before_anything_is_asked() -> None:
    core = a_client()
    core.client.on_password.append(lambda what, answer: pytest.fail(f"asked for the password of {what}"))
    core.client.servers = {"home": ServerSettings(**{**ACCOUNT, "address": "irc.test:x"})}
    core.type("/connect home")
    assert current(core) == ["'x' is no port; it must be a number from 1 to 65535."]


def test_a_command_for_a_password_gets_neither_the_keys_nor_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    core = a_client()
    program = "import sys; print('noise', file=sys.stderr); print(f'<{sys.stdin.read()}>')"
    command = f'{sys.executable} -c "{program}"'
    core.client.servers = {"home": ServerSettings(**ACCOUNT, password_command=command)}
    core.type("/connect home")
    core.until(lambda: bool(core.client.sessions))
    assert core.client.sessions["home"].identity.password == "<>"
    assert capfd.readouterr().err == ""


def test_a_password_that_comes_when_the_client_has_ended_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    core, asked, mishaps = a_client(), threading.Event(), []

    def closed(callback: object) -> None:
        asked.set()
        raise RuntimeError("Event loop is closed")

    monkeypatch.setattr(threading, "excepthook", mishaps.append)
    monkeypatch.setattr(core.loop, "call_soon_threadsafe", closed)
    core.client.servers = {"home": ServerSettings(**ACCOUNT, password_command=f'{sys.executable} -c "print(1)"')}
    core.type("/connect home")
    assert asked.wait(10)
    for thread in threading.enumerate():
        if thread.name == "password":
            thread.join(10)
    assert mishaps == []


@pytest.mark.parametrize(
    ("program", "password", "said"),
    [("print('hunter2')", "hunter2", ""), ("raise SystemExit(3)", "", "The command for the password failed: ")],
)
def test_a_command_may_print_it_and_nobody_waits(program: str, password: str, said: str) -> None:
    core = a_client()
    command = f'{sys.executable} -c "{program}"'
    core.client.servers = {"home": ServerSettings(**ACCOUNT, password_command=command)}
    core.type("/connect home")
    assert not core.client.sessions
    core.until(lambda: bool(core.client.sessions) or core.client.windows.current is not None)
    if password:
        assert core.client.sessions["home"].identity.password == password
    else:
        assert current(core)[-1].startswith(said) and not core.client.sessions


@pytest.mark.parametrize(
    ("server", "port"),
    [
        (ServerSettings(address="irc.example"), 6667),
        (ServerSettings(address="irc.example", tls=True), 6697),
        (ServerSettings(address="irc.example", insecure=True), 6697),
        (ServerSettings(address="irc.example:7000", tls=True), 7000),
        (ServerSettings(address="chat.example", dialect="json", tls=True), 12345),
    ],
)
def test_without_a_port_the_usual_one_is_taken_which_with_tls_is_another(server: ServerSettings, port: int) -> None:
    assert endpoint_of(server).port == port


@pytest.mark.parametrize("interactive", [True, False])
def test_in_a_pipe_a_missing_group_is_made_on_servers_that_are_added_later_too(interactive: bool) -> None:
    core = a_client()
    core.client.interactive = interactive
    core.online("one")
    core.type("/connect irc.other lab")
    assert core.client.sessions["irc.other"].create_missing is not interactive
