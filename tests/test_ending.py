"""DIE and RESTART: a real process stops, or starts anew with the options it was given."""

import re
from pathlib import Path

from tests.harness import IrcClient
from tests.process import ServerProcess

CONFIG = '[[operator]]\nname = "root"\npassword = "rootpass"\n'


def operator(server: ServerProcess) -> IrcClient:
    client = server.irc("boss")
    client.ask("OPER root rootpass")
    return client


def test_die_stops_the_server_in_order(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text(CONFIG)
    with ServerProcess(tmp_path) as server:
        boss, rook, carol = operator(server), server.lab("rook"), server.json("carol")
        assert carol.ask("NWUA", password="secret")["response_code"] == "110"
        boss.send("KLINE wren@* :kept", "DIE")
        assert boss.lines_until_closed() == [
            ":parley.test NOTICE boss :*** Ban: boss set a KLINE on wren@* without end: kept",
            ":parley.test NOTICE boss :*** Oper: boss stops the server",
            "ERROR :Closing Link: 127.0.0.1 (The server is stopping)",
        ]
        assert rook.lines_until_closed() == ["ERROR :Closing Link: pc1 (The server is stopping)"]
        assert carol.object()["response_code"] == "350"
        assert server.wait() == "Stopped.\n"
        assert server.process.returncode == 0
    assert "wren@*" in (tmp_path / "bans.json").read_text()


def test_restart_starts_the_same_process_anew_with_its_options(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text(CONFIG)
    with ServerProcess(tmp_path, "--info", "the one with options") as server:
        boss, wren = operator(server), server.irc("wren")
        boss.send("RESTART")
        assert boss.lines_until_closed()[-1] == "ERROR :Closing Link: 127.0.0.1 (The server is restarting)"
        assert wren.lines_until_closed() == ["ERROR :Closing Link: 127.0.0.1 (The server is restarting)"]
        assert server.process.stdout is not None
        lines = [server.process.stdout.readline()]
        while lines[-1] not in ("", "Ctrl-C stops.\n"):
            lines.append(server.process.stdout.readline())
        assert lines[0] == "Starting anew.\n"
        found = re.search(r"listening on [^:]+:(\d+)", "".join(lines))
        assert found is not None, server.errors()
        server.port = int(found[1])
        again = server.irc("wren")
        assert any("the one with options" in line for line in again.ask("LINKS"))
        assert server.process.poll() is None
        assert server.stop() == "Stopped.\n"
        assert server.errors() == ""


def test_a_restart_that_would_fail_is_refused(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text(CONFIG)
    with ServerProcess(tmp_path) as server:
        boss = operator(server)
        (tmp_path / "server.toml").write_text('nmae = "x"')
        (refusal,) = boss.ask("RESTART")
        assert "It could not start again: " in refusal and 'did you mean "name"?' in refusal
