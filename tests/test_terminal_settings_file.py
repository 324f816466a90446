"""The file of settings: read, changed key by key, never lost."""

import errno
import os
import stat
from pathlib import Path

import pytest

from terminal.keeping import files
from terminal.settings import BadSetting, ServerSettings, Settings
from terminal.settings.file import default_path, forget, load, save, save_server

WRITTEN = """\
# mine
theme = "light"   # for the projector
highlights = [
    "parley",  # the project
]

[noise_in]
"#study" = "hide"

# at home
[servers.home]
address = "127.0.0.1:6667"
join = ["#study"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "parley" / "client.toml"


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_the_file_is_in_the_configuration_folder_of_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    assert default_path().parts[-2:] == ("parley", "client.toml")


def test_without_a_file_the_defaults_are_in_force_and_nothing_is_wrong(path: Path) -> None:
    loaded = load(path)
    assert (loaded.settings, loaded.servers, loaded.problems) == (Settings(), {}, ())
    assert not path.exists()


def test_a_file_is_read_with_its_servers(path: Path) -> None:
    write(path, WRITTEN)
    loaded = load(path)
    assert loaded.problems == ()
    assert loaded.settings == Settings(theme="light", highlights=("parley",), noise_in={"#study": "hide"})
    assert loaded.servers == {"home": ServerSettings(address="127.0.0.1:6667", join=("#study",))}


def test_a_change_touches_one_key_and_keeps_comments_and_order(path: Path) -> None:
    write(path, WRITTEN)
    save(path, "theme", "dark")
    assert path.read_text() == WRITTEN.replace('"light"', '"dark"')
    save(path, "mouse", False)
    assert path.read_text().index("mouse = false") < path.read_text().index("[noise_in]")
    save(path, "noise_in", {"#other": "show"})
    text = path.read_text()
    for kept in ("# mine", "# for the projector", "# the project", "# at home", "[servers.home]"):
        assert kept in text
    assert load(path).settings == Settings(
        theme="dark", highlights=("parley",), mouse=False, noise_in={"#other": "show"}
    )
    forget(path, "theme")
    assert load(path).settings.theme == "dark" and "theme" not in path.read_text()


def test_servers_are_written_one_by_one(path: Path) -> None:
    write(path, WRITTEN)
    server = ServerSettings(address="irc.example.org:6697", tls=True, nick="ada", join=("#a", "#b key"))
    save_server(path, "example.org", server)
    save_server(path, "home", ServerSettings(address="[::1]"))
    assert load(path).servers == {"home": ServerSettings(address="[::1]"), "example.org": server}
    assert "# at home" in path.read_text()
    assert load(path).problems == ()


def test_the_first_change_makes_the_file_for_its_owner_alone(path: Path) -> None:
    old = os.umask(0)
    try:
        save(path, "theme", "light")
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_text().startswith("# Settings of the Parley terminal client.")
    assert load(path).settings == Settings(theme="light")
    assert [file.name for file in path.parent.iterdir()] == ["client.toml"]


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    write(path, "")
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    save(link, "theme", "light")
    assert link.is_symlink() and load(path).settings.theme == "light"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("\nmouze = true", ', line 2: there is no setting "mouze". Did you mean "mouse"?'),
        ("xyzzy = 1", ', line 1: there is no setting "xyzzy". It is not read.'),
        ("mouse = 1", ", line 1: mouse must be on or off, not 1."),
        (
            'scrollback = "1000"',
            ', line 1: scrollback must be a whole number of lines from 100 to 1000000, not "1000".',
        ),
        ("[servers.home]\ntsl = true", ', line 2: there is no setting "tsl". Did you mean "tls"?'),
        ("servers = 3", ", line 1: servers must be tables such as [servers.study]."),
        ("[servers]\nhome = 3", ", line 2: servers.home must be a table: [servers.home]."),
        ("servers.home.tsl = 1", ', [servers.home]: there is no setting "tsl". Did you mean "tls"?'),
        (
            '[servers.home]\npassword = "hunter2"',
            ', line 2: "password" is not read: passwords do not stand in this file. '
            'Give a command that prints one, such as password_command = "pass show irc".',
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_place(path: Path, text: str, sentence: str) -> None:
    write(path, f"{text}\n")
    assert load(path).problems == (f"{path}{sentence}",)


def test_what_is_right_in_a_file_holds_beside_what_is_wrong(path: Path) -> None:
    write(path, 'bell = "loud"\ntheme = "light"\n')
    assert load(path).settings == Settings(theme="light")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"theme = \n", "is not valid TOML: Invalid value (at line 1, column 9)."),
        (b"a = 1\na = 2\n", "is not valid TOML: Cannot overwrite a value (at line 2, column 6)."),
        (b"theme = '\xff'\n", "is no UTF-8 text: byte 10 is wrong."),
    ],
)
def test_a_broken_file_is_told_of_and_never_overwritten(path: Path, data: bytes, why: str) -> None:
    write(path, data)
    loaded = load(path)
    assert loaded.settings == Settings() and len(loaded.problems) == 1
    assert loaded.problems[0].startswith(f"{path} {why}") and "defaults are in force" in loaded.problems[0]
    with pytest.raises(BadSetting, match="is no"):
        save(path, "theme", "dark")
    assert path.read_bytes() == data


def test_a_value_that_does_not_fit_is_not_saved(path: Path) -> None:
    with pytest.raises(BadSetting, match="theme must be"):
        save(path, "theme", "pink")
    with pytest.raises(BadSetting, match='no setting "them"'):
        save(path, "them", "dark")
    with pytest.raises(BadSetting, match="needs a name"):
        save_server(path, "\n", ServerSettings())
    assert not path.exists()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "client.toml"
    with pytest.raises(BadSetting) as caught:
        save(path, "theme", "dark")
    assert str(caught.value).startswith(f"{path} cannot be ")
    assert len(load(path).problems) == 1


def test_a_full_disk_leaves_the_old_file_and_no_rubbish(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, WRITTEN)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(BadSetting, match=r"No space left on device\. Nothing was saved\."):
        save(path, "theme", "dark")
    assert path.read_text() == WRITTEN and [file.name for file in path.parent.iterdir()] == ["client.toml"]
