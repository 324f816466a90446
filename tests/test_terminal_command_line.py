"""The command line of the client: help, versions, addresses, a broken file of settings, interruption."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from terminal.script.language import INSTRUCTIONS
from terminal.settings.flags import server_at
from terminal.settings.servers import ServerSettings
from tests.terminal_screen import ROOT, Terminal
from tests.test_terminal_client import CLIENT, ENVIRONMENT, SECONDS, Serve, irc_server, script, serving


@pytest.fixture
def serve() -> Iterator[Serve]:
    yield from serving()


def client(*options: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*CLIENT, *options], input=text, capture_output=True, text=True, timeout=2 * SECONDS, check=False,
        env=ENVIRONMENT,
    )  # fmt: skip


def test_help_is_grouped_and_has_examples_and_exit_codes() -> None:
    done = client("--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: client.py [options] [address]\n")
    groups = re.findall(r"^([A-Za-z ]+):$", done.stdout, re.MULTILINE)
    assert {"server", "TLS", "login", "starting", "look", "connection", "examples"} <= set(groups)
    assert "ircs://host/#channel" in done.stdout and "130 interrupted" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_a_pipe_does_not_wait_for_packages_that_only_a_screen_tls_or_a_change_of_settings_needs() -> None:
    look = "import sys, client; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert "terminal.run" in loaded and not loaded & {"prompt_toolkit", "cryptography", "tomlkit", "emoji"}


@pytest.mark.parametrize("package", ["prompt_toolkit", "wcwidth"])
def test_a_missing_package_is_told(package: str) -> None:
    start = f"import runpy, sys; sys.modules[{package!r}] = None; runpy.run_path('client.py', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (
        1,
        f"The package {package} is missing: run `make client`, or `pip install -e .` in a virtualenv.\n",
    )


def test_the_language_of_scripts_is_explained_from_its_table() -> None:
    done = client("--script-help")
    assert done.returncode == 0
    assert all(row.form in done.stdout and row.help in done.stdout for row in INSTRUCTIONS.values())
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_the_version_is_one_line() -> None:
    done = client("--version")
    assert done.returncode == 0 and re.fullmatch(r"Parley \S.*\n", done.stdout)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--nmae"], "unrecognized arguments: --nmae. Did you mean --name?"),
        (["a.host:x"], "'x' is no port; it must be a number from 1 to 65535."),
        (["http://a.host"], "http:// is no address of a chat server; it must be irc:// or ircs://."),
        (["--register"], "--register needs --dialect json."),
        (["--login"], "A password of bob is needed: set PARLEY_PASSWORD, or run this on a terminal."),
        (["--name", "two words"], "argument --name/--nick: nick must be a legal name: letters, digits, "),
        (["--password-command", "false", "--login"], "The command for the password failed: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_two_short_lines(options: list[str], sentence: str) -> None:
    done = client("--name", "bob", *options)
    usage, error = done.stderr.splitlines()
    assert done.returncode == 2 and usage == "usage: client.py [options] [address]"
    assert error.startswith(f"client.py: error: {sentence}")


@pytest.mark.parametrize(
    ("address", "name", "joins"),
    [
        ("irc.test", "irc.test", ()),
        ("irc.test:+6697", "irc.test", ()),
        ("[::1]:7000", "::1", ()),
        ("ircs://irc.test/#study", "irc.test", ("#study",)),
        ("irc://irc.test:7000/study", "irc.test", ("#study",)),
        ("irc://irc.test/%23study?key", "irc.test", ("#study key",)),
    ],
)
def test_an_address_names_a_server_and_perhaps_a_channel(address: str, name: str, joins: tuple[str, ...]) -> None:
    assert server_at(address) == {name: ServerSettings(address=address, join=joins)}
    both = server_at(address, join=("#lab",))
    assert both[name].join == (*joins, "#lab")


def test_a_url_is_where_one_goes_and_what_one_enters(serve: Serve) -> None:
    server = serve(irc_server)
    done = client(f"irc://127.0.0.1:{server.port}/#x", "--name", "bob", text="hello\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "JOIN #x" in server.heard and "PRIVMSG #x :hello" in server.heard


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("theme = [", r"{path} is not valid TOML: .*\. The defaults are in force, and the file stays as it is\."),
        ('thmee = "dark"', r'{path}, line 1: there is no setting "thmee".*'),
    ],
    ids=["no TOML", "unknown"],
)
def test_a_broken_file_of_settings_is_told_and_the_defaults_are_in_force(
    serve: Serve, tmp_path: Path, settings: str, problem: str
) -> None:
    path = tmp_path / "client.toml"
    path.write_text(settings, "utf-8")
    server = serve(irc_server)
    done = script(server, "hello\n", "--config", str(path), "--join", "#x")
    assert done.returncode == 0 and "#x <bob> hello" in done.stdout
    assert re.fullmatch(problem.format(path=re.escape(str(path))) + "\n", done.stderr)
    assert path.read_text("utf-8") == settings


def test_a_broken_file_of_settings_is_told_in_the_first_window(
    serve: Serve, tmp_path: Path, terminal: Callable[..., Terminal]
) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("theme = [", "utf-8")
    server = serve(irc_server)
    screen = terminal("--config", str(path), "--name", "bob", f"127.0.0.1:{server.port}", width=200)
    screen.wait_for("broken.toml is not valid TOML")
    screen.enter("/quit")
    assert screen.exit_code == 0


def test_a_server_of_the_file_is_called_by_its_name(serve: Serve, tmp_path: Path) -> None:
    server = serve(irc_server)
    path = tmp_path / "client.toml"
    path.write_text(f'[servers.study]\naddress = "127.0.0.1:{server.port}"\nnick = "bob"\njoin = ["#x"]\n', "utf-8")
    done = client("--config", str(path), "study", text="hello\n")
    assert (done.returncode, done.stderr) == (0, "") and "PRIVMSG #x :hello" in server.heard


def test_a_password_comes_from_a_command(serve: Serve) -> None:
    server = serve(irc_server)
    done = script(server, "hello\n", "--login", "plain", "--password-command", "echo secret", "--join", "#x")
    assert (done.returncode, done.stderr) == (0, "")
    assert "AUTHENTICATE AGJvYgBzZWNyZXQ=" in server.heard


def test_an_interruption_says_goodbye_and_is_exit_code_130(serve: Serve) -> None:
    server = serve(irc_server)
    command = [*CLIENT, f"127.0.0.1:{server.port}", "--name", "bob", "--join", "#x"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        server.wait_for("^JOIN #x")
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130
        assert process.stderr and process.stderr.read() == ""
    assert server.heard[-1] == "QUIT"


def test_nobody_reads_any_more_and_the_conversation_goes_on(serve: Serve) -> None:
    server = serve(irc_server)
    command = " ".join([*CLIENT, f"127.0.0.1:{server.port}", "--name", "bob", "--join", "'#x'"])
    done = subprocess.run(
        f"printf 'one\\ntwo\\n' | {command} | head -n 1", shell=True, capture_output=True, text=True,
        timeout=2 * SECONDS, check=False, env=ENVIRONMENT,
    )  # fmt: skip
    assert done.stdout == "- *** hello\n" and done.stderr == ""
    assert "PRIVMSG #x :two" in server.heard
