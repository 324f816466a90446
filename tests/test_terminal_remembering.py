"""The channels of a server that is remembered are entered at the next start."""

from dataclasses import replace
from pathlib import Path

from terminal.settings import file
from tests.terminal_core import Core, FakeConnection, a_client, texts


def remembered(tmp_path: Path, *join: str, remember: bool = True) -> tuple[Core, FakeConnection]:
    """A client that is on a server of its file."""
    core = a_client()
    core.client.settings_path = tmp_path / "client.toml"
    session, peer = core.online(joins=join)
    core.client.servers["net"] = replace(session.server, join=join, remember=remember)
    file.save_server(core.client.settings_path, "net", core.client.servers["net"])
    return core, peer


def kept(tmp_path: Path) -> tuple[str, ...]:
    return file.load(tmp_path / "client.toml").servers["net"].join


def test_channels_that_one_is_on_when_one_leaves_are_kept(tmp_path: Path) -> None:
    core, peer = remembered(tmp_path, "#old", "#locked key")
    peer.feed(":alice!a@h JOIN #old", ":alice!a@h JOIN #locked", ":alice!a@h JOIN #new", ":alice!a@h PART #old")
    core.type("/join #secret word")
    peer.feed(":alice!a@h JOIN #secret")
    core.type("/quit")
    assert kept(tmp_path) == ("#locked key", "#new", "#secret")


def test_without_that_setting_the_channels_of_the_file_stay(tmp_path: Path) -> None:
    core, peer = remembered(tmp_path, "#old", remember=False)
    peer.feed(":alice!a@h JOIN #new")
    core.type("/quit")
    assert kept(tmp_path) == ("#old",)


def test_a_server_that_never_welcomed_us_changes_nothing(tmp_path: Path) -> None:
    core, _ = remembered(tmp_path, "#old")
    core.client.sessions["net"].was_welcomed = False
    core.type("/quit")
    assert kept(tmp_path) == ("#old",)


def test_a_file_that_cannot_be_written_is_told_and_one_can_leave(tmp_path: Path) -> None:
    core, peer = remembered(tmp_path)
    core.client.settings_path = tmp_path / "client.toml" / "inside"
    peer.feed(":alice!a@h JOIN #new")
    core.type("/quit")
    told = [text for window in core.client.windows for text in texts(window)]
    assert core.client.quitting and any("client.toml" in text for text in told)
