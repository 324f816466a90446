"""The server as a process: how it starts or refuses to, stops, reloads, logs, and is administered."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forked import run_forked
from tests.harness import SERVER_NAME, IrcClient
from tests.process import ROOT, START, QuickServer, ServerProcess, run, until


def write_accounts(data: Path, **passwords: str) -> None:
    accounts = [{"name": name, "password": password} for name, password in passwords.items()]
    (data / "accounts.json").write_text(json.dumps({"accounts": accounts}))


def can_log_in(server: ServerProcess, name: str, password: str) -> bool:
    return bool(server.json(name).ask("AUTH", password=password)["response_code"] == "110")


def until_it_can_log_in(server: ServerProcess, name: str, password: str) -> None:
    """Tries at first and after each reload, which a server with --verbose tells, for wrong logins are counted."""
    tried_at: set[int] = set()

    def tries() -> bool:
        reloads = server.errors().count("reloaded configuration")
        is_news = reloads not in tried_at
        tried_at.add(reloads)
        return is_news and can_log_in(server, name, password)

    until(tries)


# --- start ----------------------------------------------------------------------------------------------------------


def test_the_greeting_says_where_it_listens_which_files_and_what_to_type(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        first, files, *rest = server.greeting
        assert first == (
            f"Parley {SERVER_NAME} is listening on 127.0.0.1:{server.port}; every port speaks every dialect."
        )
        assert files == f"Files: no server.toml, built-in defaults; accounts, channels, motd: {tmp_path}"
        shown = "\n".join(rest)
        json_line = next(line for line in rest if '{"version"' in line)
        typed = json_line[json_line.index("{") :]
        lab_line = next(line for line in rest if "USER " in line)
        assert f"python client.py 127.0.0.1:{server.port}" in shown
        assert rest[-1] == "Ctrl-C stops."
        client = server.json()
        client.send(typed)  # what it tells people to type works
        assert client.object()["response_code"] == "100"
        lab = IrcClient(server.port)
        lab.send(lab_line[lab_line.index("USER ") :])
        assert lab.line().startswith(f":{SERVER_NAME} 001 :Welcome")
        lab.close()


def test_a_configuration_file_is_named_and_port_beats_its_listeners(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text('[[listen]]\nport = 1\n[[listen]]\nhost = "192.0.2.1"\nport = 2\n')
    with ServerProcess(tmp_path) as server:
        assert server.greeting[0].count(":") == 1
        assert f"127.0.0.1:{server.port};" in server.greeting[0]
        assert server.greeting[1].startswith(f"Files: {tmp_path / 'server.toml'};")


def refused(*options: str) -> str:
    """The one sentence with which a start is refused."""
    done = run_forked(*options)
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("parley: ")
    return done.stderr.removeprefix("parley: ").rstrip("\n")


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        sentence = refused("--data", str(tmp_path), "--port", str(port))
    assert sentence == (
        f"Cannot listen on 127.0.0.1 port {port}: another program uses it; stop that one, "
        "or choose another port with --port."
    )


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refused("--data", str(tmp_path / "file" / "data")) == (
        f"the data folder {tmp_path / 'file' / 'data'} cannot be made: Not a directory"
    )
    assert refused("--data", str(tmp_path / "file")) == f"the data folder {tmp_path / 'file'} is no folder"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("accounts.json", '{"accounts": [', "line 1, column 15: is not JSON: Expecting value"),
        ("accounts.json", '{"accounts": [{"name": "a b", "password": "x"}]}', 'accounts[0].name: "a b" cannot be'),
        ("accounts.json", "", "is empty"),
        ("channels.json", '{"channels": [{"name": "study"}]}', 'channels[0].name: "study" is no name of a channel'),
        ("channels.json", '{"channels": [], "x": 1}', 'unknown key "x"'),
        ("server.toml", 'name = "a', "is not TOML: "),
        ("server.toml", "[limits]\nnicks = 3", 'limits: unknown key "nicks"; did you mean "nick"?'),
        ("server.toml", "[limits]\nnick = -1", "limits.nick: found -1, allowed is a whole number"),
    ],
)
@pytest.mark.parametrize("option", ["--port=0", "--check-config"])
def test_a_broken_file_stops_the_start_and_stays_as_it_is(
    tmp_path: Path, name: str, text: str, why: str, option: str
) -> None:
    (tmp_path / name).write_text(text)
    sentence = refused("--data", str(tmp_path), option)
    assert sentence.startswith(f"{tmp_path / name}: ")
    assert why in sentence
    assert (tmp_path / name).read_text() == text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--prot", "1"], "unrecognized arguments: --prot 1; --help shows the options"),
        (["--port", "many"], "argument --port: invalid int value: 'many'; --help shows the options"),
        (["--port", "70000"], "--port: found 70000, allowed is a whole number from 0 to 65535"),
        (["--servername", "a b"], '"a b" is no name for a server'),
        (["--config", "/nowhere/server.toml"], "/nowhere/server.toml: cannot be read: No such file or directory"),
        (["--log-file", "/nowhere/log"], "Cannot write the log file /nowhere/log: No such file or directory."),
    ],
)
def test_a_mistake_in_the_options_is_told(tmp_path: Path, options: list[str], sentence: str) -> None:
    assert sentence in refused("--data", str(tmp_path), *options)


def test_a_second_server_does_not_share_the_folder(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        sentence = refused("--data", str(tmp_path), "--port", "0")
        assert sentence == f"the data folder {tmp_path} is in use by another server (process {server.process.pid})"
        assert server.irc("wren").sync() == []


@pytest.mark.parametrize("package", ["argon2", "filelock", "jsonschema"])
def test_a_missing_package_is_told(package: str) -> None:
    program = f"import runpy, sys; sys.modules[{package!r}] = None; sys.path.insert(0, '.'); "
    program += "runpy.run_path('server.py', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"The package {package} is missing: run `make run`, or `pip install -e .` in a virtual environment.\n"
    )


def test_options_may_be_written_with_either_line(tmp_path: Path) -> None:
    for spelling in ("--check-config", "--check_config"):
        done = run("--data", str(tmp_path), spelling)
        assert done.stdout == f"Fine: built-in defaults, 0 accounts and 0 channels in {tmp_path}.\n"
        assert (done.returncode, done.stderr) == (0, "")
    for spelling in ("--list-accounts", "--list_accounts"):
        assert run("--data", str(tmp_path), spelling).stdout == "There are no accounts.\n"


# --- stop -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_everybody_is_told_of_a_stop_and_what_was_queued_still_arrives(tmp_path: Path, number: int) -> None:
    server = ServerProcess(tmp_path)
    wren, rook, carol = server.irc("wren"), server.lab("rook"), server.json("carol")
    assert carol.ask("NWUA", password="secret")["response_code"] == "110"
    assert carol.ask("CHAT", chat_name="study")["response_code"] == "170"
    wren.ask("JOIN #study")
    rook.ask("JOIN #study")
    carol.sync()
    wren.send(*[f"PRIVMSG #study :line {n}" for n in range(2000)])
    wren.sync()
    assert server.stop(number) == "Stopped.\n"
    assert server.process.returncode == 0
    assert wren.lines_until_closed() == ["ERROR :Closing Link: 127.0.0.1 (The server is stopping)"]
    lines = rook.lines_until_closed()
    assert lines[:2000] == [f":wren PRIVMSG #study :line {n}" for n in range(2000)]
    assert lines[2000:] == ["ERROR :Closing Link: pc1 (The server is stopping)"]
    objects = [json.loads(line) for line in carol.lines_until_closed()]
    assert [o["payload"] for o in objects[:2000]] == [f"(wren) line {n}" for n in range(2000)]
    assert (objects[-1]["response_code"], len(objects)) == ("350", 2001)
    assert server.errors() == ""


def test_a_stopped_server_leaves_the_folder_and_the_port_free(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.irc("wren")
    server.stop()
    assert not (tmp_path / "server.pid").exists()
    with ServerProcess(tmp_path, "--port", str(server.port)) as again:
        assert again.port == server.port


# --- reload ---------------------------------------------------------------------------------------------------------


def test_sighup_reads_hand_edits_and_keeps_what_it_had_when_a_file_is_broken(tmp_path: Path) -> None:
    write_accounts(tmp_path, alice="one")
    (tmp_path / "motd.txt").write_text("old\n")
    with QuickServer(tmp_path, "--verbose") as server:
        assert can_log_in(server, "alice", "one")
        write_accounts(tmp_path, alice="one", bob="two")
        (tmp_path / "motd.txt").write_text("new\n")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "reloaded configuration, accounts, channels and message of the day" in server.errors())
        assert can_log_in(server, "bob", "two")
        assert any(line.endswith(" :- new") for line in server.irc("wren").welcome)
        (tmp_path / "accounts.json").write_text('{"accounts": [')
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "the old contents stay in force" in server.errors())
        assert "accounts.json: line 1, column 15: is not JSON" in server.errors()
        assert can_log_in(server, "bob", "two")
        assert (tmp_path / "accounts.json").read_text() == '{"accounts": ['


def test_a_hand_edit_is_noticed_without_a_word(tmp_path: Path) -> None:
    with QuickServer(tmp_path, "--verbose") as server:
        assert not can_log_in(server, "eve", "typed")
        write_accounts(tmp_path, eve="typed")
        until_it_can_log_in(server, "eve", "typed")
        (tmp_path / "channels.json").write_text('{"channels": [{"name": "#typed", "topic": "by hand"}]}')
        wren = server.irc("wren")
        until(lambda: any(" 322 wren #typed 0 :by hand" in line for line in wren.ask("LIST")))
        text = (tmp_path / "accounts.json").read_text()
        assert "typed" not in text and "$argon2id$" in text


# --- log ------------------------------------------------------------------------------------------------------------


def test_the_log_shows_addresses_and_nothing_that_a_terminal_obeys(tmp_path: Path) -> None:
    with QuickServer(tmp_path, "--debug") as server:
        rook = server.lab("rook", host="127.9.9.9")
        rook.send("QUIT :\x1b[2Jgone\x07 \u202eé")
        rook.lines_until_closed()
        until(lambda: " gone: " in server.errors())
        log = server.errors()
        assert "127.0.0.1 gone: Quit: \\x1b[2Jgone\\x07 \\u202e\\xe9\n" in log
        assert "127.0.0.1 > QUIT :\\x1b[2Jgone" in log
        assert not [line for line in log.splitlines() if "127.9.9.9" in line.partition(" > ")[0]]
        assert "\x1b" not in log


# --- accounts -------------------------------------------------------------------------------------------------------


def test_accounts_are_managed_while_the_server_is_stopped(tmp_path: Path) -> None:
    data = str(tmp_path / "new")
    done = run_forked("--data", data, "--add-account", "alice", text="secret\n")
    assert (done.stdout, done.stderr, done.returncode) == ("The account alice was added.\n", "", 0)
    assert run_forked("--data", data, "--list-accounts").stdout.startswith("alice  20")
    assert run_forked("--data", data, "--set_password", "alice", text="better\n").stdout == (
        "The password of alice was set.\n"
    )
    with QuickServer(Path(data)) as server:
        assert can_log_in(server, "alice", "better")
    assert run_forked("--data", data, "--remove-account", "alice").stdout == "The account alice was removed.\n"
    assert refused("--data", data, "--remove-account", "alice") == 'there is no account "alice"'
    assert run_forked("--data", data, "--list-accounts").stdout == "There are no accounts.\n"


def test_accounts_are_managed_while_the_server_runs(tmp_path: Path) -> None:
    with QuickServer(tmp_path, "--verbose") as server:
        told = f" The running server (process {server.process.pid}) was told.\n"
        data = str(tmp_path)
        done = run_forked("--data", data, "--add-account", "alice", text="secret\n")
        assert (done.stdout, done.returncode) == ("The account alice was added." + told, 0)
        until_it_can_log_in(server, "alice", "secret")
        done = run_forked("--data", data, "--set-password", "alice", text="better\n")
        assert done.stdout == "The password of alice was set." + told
        until_it_can_log_in(server, "alice", "better")
        assert not can_log_in(server, "alice", "secret")
        assert run_forked("--data", data, "--remove-account", "alice").stdout == "The account alice was removed." + told
        until(lambda: not can_log_in(server, "alice", "better"))


# --- the log --------------------------------------------------------------------------------------------------------

SECRETS = (
    b"PASS hunter2",
    b"  pass   :hunter2 ",
    b"@label=1;x=\ty :src PaSs hunter2",
    b"OPER root hunter2",
    b"AUTHENTICATE aHVudGVyMg==",
    b"REGISTER * * hunter2",
    b"PRIVMSG NickServ :IDENTIFY hunter2",
    b'{"command": "NWUA", "parameters": {"password": "hunter2"}}',
    b'{"command": "AUTH", "parameters": {"Password" : "hunter2"',
    b'{"command": "AUTH", "parameters": {"pass\\u0077ord": "hunter2"}}',
    b'{"command": "AUTH", "parameters": {"pass\\u0077ord": "hunter2"',
    b"{'command': 'AUTH', 'parameters': {'password': 'hunter2'}}",
    b'{"password": ["hunter2"], "x": {"password": {"y": "hunter2"}}}',
    b'{"password": "\\"hunter2"}',
    b'  "password": "hunter2"',
    b'"parameters": {"username": "a", "PASSWORD":"hunter2"}}',
)


def test_a_debug_log_shows_every_line_and_no_secret(tmp_path: Path) -> None:
    log = tmp_path / "parley.log"
    with QuickServer(tmp_path, "--debug", "--log-file", str(log)) as server:
        for first in (b"PING :begin\r\n", b'{"x": 1}\n'):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall(first + b"".join(line + b"\r\n" for line in SECRETS) + b"\xff\x00 the end\r\n")
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
        server.stop()
        assert server.errors() == ""
    text = log.read_text()
    assert text.count("the end") == 2
    assert "hunter2" not in text and "aHVudGVyMg" not in text
    assert text.count(" parley.wire: 127.0.0.1 > ") == 2 * (len(SECRETS) + 2)
    assert "PING :begin" in text and "****" in text


def test_without_options_only_problems_are_logged(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        server.irc("wren").ask("PASS x", "NONSENSE")
        server.stop()
        assert server.errors() == ""


def test_the_shipped_data_folder_is_fine(tmp_path: Path) -> None:
    for file in (ROOT / "data").iterdir():
        if file.is_file() and file.suffix in (".toml", ".json", ".txt"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    done = run("--data", str(tmp_path), "--check-config")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Fine: {tmp_path / 'server.toml'}, 0 accounts and 0 channels in {tmp_path}.\n"


def test_it_starts_from_any_working_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [*START, "--check-config", "--data", "here"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "Fine: built-in defaults, 0 accounts and 0 channels in here.\n"
    assert list(tmp_path.iterdir()) == []
