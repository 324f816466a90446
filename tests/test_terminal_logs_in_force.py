"""Logs of talk, from the setting to the file."""

import json
from pathlib import Path

import pytest

from terminal.model.window import Window
from tests.terminal_core import Core, a_client, texts


def talking(tmp_path: Path, form: str = "off") -> Core:
    """A client on #study that would log to `tmp_path`."""
    core = a_client(logs=form, log_folder=str(tmp_path))
    core.online()
    core.client.window("channel", "net", "#study", show=True)
    return core


def say(core: Core, text: str) -> None:
    core.say(core.client.window("channel", "net", "#study"), "wren", text)


def test_nothing_is_written_until_it_is_asked_for(tmp_path: Path) -> None:
    core = talking(tmp_path)
    say(core, "unheard")
    assert list(tmp_path.iterdir()) == []


def test_a_log_begins_and_ends_with_the_setting(tmp_path: Path) -> None:
    core = talking(tmp_path)
    core.type("/log text")
    say(core, "hello")
    core.type("/log off")
    say(core, "unheard")
    core.type("/log json")
    say(core, "again")
    first, second, third = (tmp_path / "net" / "#study.log").read_text().splitlines()
    assert first.startswith("--- ")
    assert second.endswith(" <wren> hello")
    assert json.loads(third)["text"] == "again"


def test_lines_of_the_client_are_not_logged(tmp_path: Path) -> None:
    core = talking(tmp_path, "text")
    core.type("/set", "/nonsense")
    assert not (tmp_path / "net" / "#study.log").exists()


def test_log_says_whether_and_where(tmp_path: Path) -> None:
    core = talking(tmp_path)
    window = core.client.windows.current
    assert window is not None
    core.type("/log", "/log text", "/log where", "/log loud")
    path = tmp_path / "net" / "#study.log"
    assert texts(window) == [
        f"Nothing is logged; /log text or /log json starts that, in {tmp_path}.",
        "logs = text (until the end of this client)",
        f"This window is logged (text) in {path}.",
        f"This window is logged (text) in {path}.",
        "/log takes off, text, json or where, not loud.",
    ]
    core.client.window("mentions", "", "mentions", show=True)
    core.type("/log")
    assert texts(core.client.windows.current) == [f"Logs (text) go to {tmp_path}; this window has none."]  # type: ignore[arg-type]


def test_another_folder_counts_at_once(tmp_path: Path) -> None:
    core = talking(tmp_path / "one", "text")
    say(core, "first")
    core.client.change_setting("log_folder", str(tmp_path / "two"))
    say(core, "second")
    assert "first" in (tmp_path / "one" / "net" / "#study.log").read_text()
    assert "second" in (tmp_path / "two" / "net" / "#study.log").read_text()


def test_a_log_that_cannot_be_written_is_told_once_and_tried_again_when_asked_to(tmp_path: Path) -> None:
    (tmp_path / "net").write_text("in the way")
    core = talking(tmp_path, "text")
    window = core.client.windows.current
    assert window is not None
    window.clear()
    say(core, "one")
    say(core, "two")
    problems = [line.text for line in window.lines if line.kind == "problem"]
    assert len(problems) == 1
    assert problems[0].startswith("Logging stops: ")
    assert problems[0].endswith(" /log text or /log json tries again.")
    assert core.client.refused is False
    (tmp_path / "net").unlink()
    core.type("/log text")
    say(core, "three")
    assert "three" in (tmp_path / "net" / "#study.log").read_text()


@pytest.mark.parametrize("mine", [True, False])
def test_what_is_ignored_is_not_logged(mine: bool, tmp_path: Path) -> None:
    core = a_client(logs="text", log_folder=str(tmp_path), ignore=("bob",) if mine else ())
    _, peer = core.online()
    peer.feed(":alice!a@h JOIN #study", ":bob!b@h PRIVMSG #study :noise")
    logged = (tmp_path / "net" / "#study.log").read_text()
    assert ("noise" in logged) is not mine


def test_two_spellings_of_a_channel_share_a_log_where_the_server_takes_them_for_one(tmp_path: Path) -> None:
    core = a_client(logs="text", log_folder=str(tmp_path))
    core.online(features="CASEMAPPING=rfc1459")
    core.online("other", features="CASEMAPPING=ascii")
    windows = [Window("channel", server, name) for server in ("net", "other") for name in ("#foo[", "#FOO{")]
    paths = [core.client.logs.path(window) for window in windows]
    assert paths[0] == paths[1] and paths[2] != paths[3]


def test_letters_that_only_a_file_system_takes_for_one_have_logs_of_their_own(tmp_path: Path) -> None:
    core = a_client(logs="text", log_folder=str(tmp_path))
    core.online()
    paths = {
        core.client.logs.path(Window("channel", "net", name)) for name in ("#É", "#é", "#ſ", "#s", "#\u212a", "#k")
    }
    assert len(paths) == len({str(path).casefold() for path in paths}) == 6


def test_a_folder_in_a_home_that_does_not_exist_is_told_and_nothing_is_logged() -> None:
    core = a_client(logs="text", log_folder="~nosuch/x")
    _, peer = core.online(joins=["#x"])
    peer.feed(":alice!a@h JOIN #x", ":bob!b@h PRIVMSG #x :hello")
    assert "bob hello" in texts(core.client.window("channel", "net", "#x"))
    core.type("/log where")
    window = core.client.windows.current
    assert window is not None
    assert texts(window)[-1] == "~nosuch/x is no path: there is no such home folder; write the path in full."
    core.type("/set log_folder ~nosuch/y")
    assert texts(window)[-1].startswith("log_folder must be a folder, its home one that exists, or empty, not ")
