"""Things that went wrong, or elsewhere, are told where one looks: records, logs, other windows, TLS that takes long."""

from pathlib import Path

import pytest

from terminal.dialects import Identity
from terminal.dialects.login import Login
from terminal.events import Fatal
from terminal.keeping.files import open_to_append
from terminal.sessions.session import SLOW_TLS_SECONDS
from terminal.wire.files import CannotWrite, create
from tests.terminal_core import Core, a_client, on_channels, texts
from tests.test_terminal_command_line import client


def looking(*joins: str) -> Core:
    core = a_client()
    core.client.full_screen = True
    on_channels(core, *joins)
    return core


def here(core: Core) -> list[str]:
    window = core.client.windows.current
    assert window is not None
    return texts(window)


@pytest.mark.parametrize("command", ["/msg", "/notice"])
def test_what_is_said_elsewhere_is_shown_where_one_looks(command: str) -> None:
    core = looking("#study", "#lab")
    core.type(f"{command} ivan hello there")
    assert here(core)[-1] == "-> ivan: hello there"
    core.type(f"{command} #lab hello")
    assert "-> #lab: hello" not in here(core)  # one looks at it


def test_a_password_that_is_said_elsewhere_is_not_shown_again() -> None:
    core = looking("#study")
    core.type("/msg NickServ IDENTIFY topsecret")
    assert here(core)[-1] == "-> NickServ: ****"


@pytest.mark.parametrize("name", ["there.record", "missing/new.record"])
@pytest.mark.parametrize("way", ["pipe", "script"])
def test_a_record_that_cannot_be_begun_ends_the_client_before_it_connects(tmp_path: Path, name: str, way: str) -> None:
    (tmp_path / "there.record").touch()
    (tmp_path / "a.script").write_text("send hello\n")
    options = ["--script", str(tmp_path / "a.script")] if way == "script" else []
    done = client("--record", str(tmp_path / name), *options, "127.0.0.1:1")
    wrong = "exists already" if name == "there.record" else "There is no folder"
    assert done.returncode == 2 and wrong in done.stderr and "127.0.0.1" not in done.stderr + done.stdout


def test_a_folder_that_takes_no_file_is_not_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="There is no folder"):
        create(tmp_path / "missing" / "x")
    with pytest.raises(CannotWrite, match="/proc/x cannot be made there"):
        create(Path("/proc/x"))


def test_a_log_in_a_place_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError) as caught:
        open_to_append(tmp_path / "file" / "net" / "x.log")
    assert caught.value.strerror == f"{tmp_path / 'file'} is no folder"


def test_tls_that_takes_long_is_told_with_what_may_be_the_reason() -> None:
    core = a_client()
    session = core.session(tls=True)
    session.connect()
    core.network.connection.accept()
    core.pass_time(SLOW_TLS_SECONDS)
    assert texts(session.window)[-1] == (
        "Still waiting for irc.test:6667 to set up TLS. Perhaps this port is not for TLS: then use another, or no TLS."
    )


def test_a_server_without_logins_by_certificate_is_not_said_to_lack_passwords() -> None:
    step = Login(Identity("alice", login="external", certificate=True)).begin("PLAIN")
    text = "This server offers no login with your certificate (SASL EXTERNAL); it offers PLAIN."
    assert step.events == [Fatal(text, "identity")]
