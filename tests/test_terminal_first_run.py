"""The client without arguments: the questions, their defaults, and what happens when an answer is no good."""

import stat
from collections.abc import Callable
from pathlib import Path

from tests.harness import ServerUnderTest
from tests.terminal_screen import Terminal

Start = Callable[..., Terminal]


def answer(screen: Terminal, question: str, text: str = "") -> Terminal:
    """Wait for the question, and answer it."""
    screen.wait_for(question).enter(text)
    return screen


def until_welcome(screen: Terminal, server: ServerUnderTest, name: str = "alice") -> Terminal:
    """The questions with modern IRC and no account."""
    answer(screen, "Server [127.0.0.1]", f"127.0.0.1:{server.port}")
    answer(screen, "Name [", name)
    answer(screen, "What to speak?")
    return answer(screen, "password of")


def test_the_client_asks_where_to_and_as_whom_and_one_key_more_joins(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #study", "TOPIC #study :Sockets today", "JOIN #garden")
    wren.sync()
    screen = terminal(width=90)
    screen.wait_for("Parley").wait_for("completes nicks, channels and commands")
    until_welcome(screen, server)
    screen.wait_for("Remember this server for the next start?").send("n")
    screen.wait_for("F5, or Enter on an empty line: choose a channel").key("Enter")
    screen.wait_for("Which channel?").wait_for("#garden  1 here").wait_for("#study   1 here  Sockets today")
    screen.enter("st")
    screen.wait_for("[#study]").wait_for("alice joined")
    screen.enter("/quit")
    assert screen.exit_code == 0


def test_a_channel_is_chosen_by_its_number_by_arrows_or_by_a_new_name(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.send("JOIN #one", "JOIN #two")
    wren.sync()
    screen = terminal("--name", "alice", f"127.0.0.1:{server.port}")
    screen.wait_for("choose a channel").key("F5")
    answer(screen, "2 #two", "2").wait_for("[#two]").key("F5")
    screen.wait_for("Which channel?").key("Down", "Up", "Enter")
    screen.wait_for("[#").wait_gone("Which channel?").key("F5")
    answer(screen, "Which channel?", "#brand-new").wait_for("[#brand-new]")


def test_a_server_that_nobody_runs_is_asked_for_again_with_the_old_answer(
    server: ServerUnderTest, terminal: Start
) -> None:
    screen = terminal(width=100)
    answer(screen, "Server [127.0.0.1]", "127.0.0.1:1")
    answer(screen, "Name [", "alice")
    answer(screen, "What to speak?", "i")
    answer(screen, "password of")
    screen.wait_for("Nobody answers at 127.0.0.1:1").wait_for("Server [127.0.0.1:1]")
    screen.enter(f"127.0.0.1:{server.port}")
    answer(screen, "Name [alice]")
    answer(screen, "What to speak?")
    answer(screen, "password of")
    screen.wait_for("Remember this server").send("n")
    screen.wait_for("Connected as alice")


def test_what_is_no_address_or_name_is_said_at_once(server: ServerUnderTest, terminal: Start) -> None:
    screen = terminal(width=100)
    answer(screen, "Server [127.0.0.1]", "host:no")
    screen.wait_for("'no' is no port; it must be a number from 1 to 65535.")
    answer(screen, "Server [127.0.0.1]", f"127.0.0.1:{server.port}")
    answer(screen, "Name [", "two words")
    screen.wait_for("is no name; it must be a legal name").wait_for("Name [")


def test_a_name_that_is_taken_is_asked_for_again(server: ServerUnderTest, terminal: Start) -> None:
    wren = server.irc("wren")
    wren.sync()
    screen = until_welcome(terminal(width=100), server, "wren")
    screen.wait_for("Name [wren]").enter("alice")
    answer(screen, "What to speak?")
    answer(screen, "password of")
    screen.wait_for("Remember this server").send("n")
    screen.wait_for("Connected as alice")


def test_an_account_is_registered_and_a_wrong_password_is_asked_for_again(
    server: ServerUnderTest, terminal: Start, tmp_path: Path
) -> None:
    def begin(home: Path) -> Terminal:
        home.mkdir()
        screen = terminal(width=100, home=home)
        answer(screen, "Server [127.0.0.1]", f"127.0.0.1:{server.port}")
        answer(screen, "Name [", "alice")
        answer(screen, "What to speak?", "j")
        return screen.wait_for("alice: log in or register?")

    screen = begin(tmp_path / "first")
    screen.send("r")
    answer(screen, "New password of alice", "correct horse")
    answer(screen, "The same again", "correct hors")
    screen.wait_for("The two are different.")
    answer(screen, "New password of alice", "correct horse")
    answer(screen, "The same again", "correct horse")
    screen.wait_for("Remember this server").send("n")
    screen.wait_for("Connected as alice")
    assert "horse" not in screen.text
    screen.enter("/quit")
    assert screen.exit_code == 0

    screen = begin(tmp_path / "second")
    screen.send("l")
    answer(screen, "Password of alice", "wrong horse")
    answer(screen, "Name [alice]")
    answer(screen, "What to speak?")
    screen.wait_for("log in or register?").send("l")
    answer(screen, "Password of alice", "correct horse")
    screen.wait_for("Remember this server").send("n")
    screen.wait_for("Connected as alice")


def test_a_remembered_server_is_connected_to_at_the_next_start_and_its_password_is_kept_nowhere(
    server: ServerUnderTest, terminal: Start, tmp_path: Path
) -> None:
    screen = until_welcome(terminal(), server)
    screen.wait_for("Remember this server").key("Enter")
    screen.wait_for("Remembered in").enter("/quit")
    assert screen.exit_code == 0
    (kept,) = tmp_path.rglob("client.toml")
    assert f'address = "127.0.0.1:{server.port}"' in kept.read_text() and "password" not in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) & 0o077 == 0
    again = terminal()
    again.wait_for("Connected as alice")
    assert "Server [" not in again.text


def test_escape_goes_back_a_question_and_ctrl_c_leaves_them_to_begin_again(
    server: ServerUnderTest, terminal: Start
) -> None:
    screen = terminal(width=90)
    answer(screen, "Server [127.0.0.1]", "irc.test")
    screen.wait_for("Name [").key("Escape")
    screen.wait_for("Server [irc.test]").key("Ctrl-C")
    screen.wait_gone("Server [").wait_for("Enter: asks where to connect to; /quit leaves").key("Enter")
    screen.wait_for("Server [127.0.0.1]")


def test_tls_is_asked_for_at_its_own_port(terminal: Start) -> None:
    screen = terminal()
    answer(screen, "Server [127.0.0.1]", "127.0.0.1:6697")
    screen.wait_for("Encrypt the connection (TLS)? y = yes, n = no").key("Enter")
    screen.wait_for("Name [")


def test_everything_can_be_read_on_a_small_terminal(server: ServerUnderTest, terminal: Start) -> None:
    screen = until_welcome(terminal(width=40, height=10), server)
    screen.wait_for("Remember this server").send("n")
    screen.wait_for("[127.0.0.1]").key("F5")
    answer(screen, "Which channel?").wait_for("[#general]")


def test_a_password_that_is_refused_is_asked_for_again_whatever_the_command_line_said(
    server: ServerUnderTest, terminal: Start
) -> None:
    alice = server.json()
    alice.request("NWUA", username="alice", password="correct horse")
    options = ("--dialect", "json", "--name", "alice", f"127.0.0.1:{server.port}")
    screen = terminal(*options, width=100, environment={"PARLEY_PASSWORD": "wrong"})
    answer(screen, "Name [alice]")
    answer(screen, "Password of alice; Enter alone for the same as before", "correct horse")
    screen.wait_for("Connected as alice")


def test_a_server_that_is_added_later_has_its_password_asked_for_in_the_screen(
    server: ServerUnderTest, terminal: Start
) -> None:
    alice = server.json()
    alice.request("NWUA", username="alice", password="correct horse")
    alice.sync()
    screen = terminal("--name", "alice", f"127.0.0.1:{server.port}", width=100)
    screen.wait_for("Connected as alice").enter(f"/connect 127.0.0.1:{server.port} json")
    answer(screen, "Password of alice", "correct horse")
    screen.wait_for("json").wait_for("authenticated")
    assert "horse" not in screen.text
