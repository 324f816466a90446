"""Server-wide bans and the file that keeps them, bans.json: restarts, hand edits, a disk that fails."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.storage.errors import BrokenFile, SaveFailed
from chat.storage.stores import open_bans
from tests.harness import ServerUnderTest
from tests.operators import CONFIG, boss

HOST = "127.0.0.1"


def entries(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "bans.json").read_text())["bans"]
    return found


def write(folder: Path, *bans: dict[str, str]) -> None:
    """As an editor does: a new file in place of the old one."""
    (folder / "new").write_text(json.dumps({"bans": list(bans)}))
    (folder / "new").replace(folder / "bans.json")


# --- restarts ------------------------------------------------------------------------------------------------------


def test_an_answer_comes_when_the_ban_is_on_disk_and_it_holds_after_a_restart(tmp_path: Path) -> None:
    with ServerUnderTest(CONFIG, tmp_path) as server:
        client = boss(server)
        client.ask("KLINE 1d wren@* :be nice", "DLINE 192.0.2.0/24", "RESV #staff :no", "RESV *serv", "SHUN carol@*")
        saved = entries(tmp_path)
        assert [(entry["kind"], entry["mask"], entry["reason"], entry["set_by"]) for entry in saved] == [
            ("user", "wren@*", "be nice", "boss"),
            ("address", "192.0.2.0/24", "", "boss"),
            ("channel", "#staff", "no", "boss"),
            ("nick", "*serv", "", "boss"),
            ("mute", "carol@*", "", "boss"),
        ]
        assert saved[0]["until"] > saved[0]["set_at"] and saved[1]["until"] == ""
    with ServerUnderTest(data=tmp_path) as server:
        wren = server.connect()
        wren.send("NICK wren", "USER wren 0 * :x")
        assert wren.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (Banned: be nice)"
        carol = server.irc("carol")
        assert carol.ask("PRIVMSG carol :x", "JOIN #staff") == [
            ":parley.test 404 carol carol :You are muted on this server",
            ":parley.test 437 carol #staff :The channel is reserved: no",
        ]
        rook = server.irc("rook")
        assert rook.ask("NICK nickserv", "NICK nickserv2") == [
            ":parley.test 433 rook nickserv :Nickname is already in use",
            f":rook!~rook@{HOST} NICK nickserv2",
        ]
        assert server.network.bans.of_address("192.0.2.77") is not None
        boss(server).ask("UNKLINE wren@*")
        assert [entry["mask"] for entry in entries(tmp_path)] == ["192.0.2.0/24", "#staff", "*serv", "carol@*"]


# --- hand edits ----------------------------------------------------------------------------------------------------


def test_a_ban_typed_by_hand_holds_for_those_who_are_on() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren, rook = boss(server), server.irc("wren"), server.irc("rook")
        client.ask("SHUN rook@*")
        write(server.data, {"kind": "user", "mask": "wren@*", "reason": "typed"}, {"kind": "nick", "mask": "dove"})
        server.look_after(0)
        assert wren.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (Banned: typed)"
        assert rook.ask("PRIVMSG boss :free again") == []
        client.sync()
        assert client.ask("KLINE", "SHUN") == [
            ":parley.test 216 boss K * * wren :typed (set by hand)",
            ":parley.test 219 boss k :End of /STATS report",
            ":parley.test 219 boss s :End of /STATS report",
        ]


def test_a_ban_set_on_line_joins_those_that_somebody_has_typed_meanwhile() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        server.server._housekeeping.stop()
        write(server.data, {"kind": "user", "mask": "wren@*"})
        client.ask("KLINE rook@*")
        assert {entry["mask"] for entry in entries(server.data)} == {"wren@*", "rook@*"}


def test_a_time_typed_by_hand_ends_a_ban() -> None:
    with ServerUnderTest(CONFIG) as server:
        write(server.data, {"kind": "user", "mask": "wren@*", "until": "2020-01-01T00:00:00Z"})
        server.reload()
        assert server.irc("wren").sync() == []
        server.look_after(0)
        assert entries(server.data) == []


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ({"kind": "usr", "mask": "a@b"}, 'bans[0].kind: found the text "usr", allowed is user, address, nick, channel'),
        ({"kind": "user"}, 'bans[0]: the key "mask" is missing'),
        ({"kind": "user", "mask": "wren"}, 'bans[0].mask: "wren" is no mask of the form user@host'),
        ({"kind": "address", "mask": "x"}, 'bans[0].mask: "x" is no address'),
        (
            {"kind": "user", "mask": "a@b", "until": "soon"},
            'bans[0].until: "soon" is no time; write it like 2026-11-21',
        ),
        ({"kind": "user", "mask": "a@b", "untl": ""}, 'bans[0]: unknown key "untl"; did you mean "until"?'),
    ],
)
def test_a_mistake_in_the_file_stops_the_start_and_is_told_on_reload(entry: dict[str, str], place: str) -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        client.ask("KLINE rook@* :x")
        write(server.data, entry)
        (problem,) = server.reload()
        assert place in problem and problem.endswith("the old contents stay in force")
        assert client.ask("KLINE")[-2].endswith("K * * rook :x (set by boss)")
        with pytest.raises(BrokenFile) as caught:
            open_bans(server.data)
        assert place in str(caught.value)
        write(server.data)


# --- a disk that fails ---------------------------------------------------------------------------------------------


def test_a_ban_that_cannot_be_saved_holds_and_its_setter_is_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)

        def fail(*arguments: object, **options: object) -> None:
            raise OSError(28, os.strerror(28))

        server.server._housekeeping.stop()
        with monkeypatch.context() as patched:
            _patch(patched, fail)
            told, warning = client.ask("KLINE wren@* :x")
        assert told.endswith("boss set a KLINE on wren@* without end: x")
        assert "No space left on device" in warning
        with pytest.raises(SaveFailed), monkeypatch.context() as patched:
            _patch(patched, fail)
            server.network.flush()
        server.network.flush()
        assert [entry["mask"] for entry in entries(server.data)] == ["wren@*"]


def _patch(patched: pytest.MonkeyPatch, fail: Callable[..., None]) -> None:
    patched.setattr("chat.storage.files.write_atomically", fail)
