"""Flags: one for each setting, above the file, which is above the default."""

import argparse
from pathlib import Path

import pytest

from terminal.settings import ServerSettings, Settings
from terminal.settings.flags import (
    add_flags,
    add_server_flags,
    from_flags,
    read_arguments,
    servers_to_open,
)
from terminal.settings.servers import ROWS as SERVER_ROWS
from terminal.settings.table import ROWS

FILE = {
    "home": ServerSettings(address="127.0.0.1:7000", nick="ada", autoconnect=True),
    "work": ServerSettings(address="irc.example.org", tls=True),
}


def read(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="client.py")
    add_server_flags(parser)
    add_flags(parser)
    return read_arguments(parser, words)


def test_every_setting_has_a_flag_and_without_flags_the_file_holds() -> None:
    arguments = vars(read())
    assert set(ROWS) | set(SERVER_ROWS) == set(arguments) and set(arguments.values()) == {None}
    base = Settings(theme="light", ignore=("troll",))
    assert from_flags(read(), base) == base


def test_a_flag_beats_the_file_and_leaves_it_alone() -> None:
    base = Settings(theme="light", mouse=True, highlights=("tea",), noise_in={"#a": "show"})
    arguments = read(
        "--theme", "dark", "--no-mouse", "--highlights", "parley", "--highlights", "ada,wren", "--timeout", "2",
        "--noise-in", "#study=hide", "--noise-in", "#ops=show", "--times", "",
    )  # fmt: skip
    assert from_flags(arguments, base) == Settings(
        theme="dark", mouse=False, highlights=("parley", "ada", "wren"), timeout=2.0,
        noise_in={"#study": "hide", "#ops": "show"}, times="",
    )  # fmt: skip
    assert base.theme == "light" and base.highlights == ("tea",)


@pytest.mark.parametrize(
    ("words", "login", "address"),
    [
        (["--login"], "auto", None),
        (["--login", "irc.example.org"], "auto", "irc.example.org"),
        (["--login", "scram", "irc.example.org"], "scram", "irc.example.org"),
        (["--login=external"], "external", None),
        (["irc.example.org", "--login", "--name", "bob"], "auto", "irc.example.org"),
    ],
)
def test_login_takes_a_way_to_log_in_but_never_the_address(words: list[str], login: str, address: str | None) -> None:
    arguments = read(*words)
    assert (arguments.login, arguments.address) == (login, address)


def test_options_of_a_server_fill_its_row() -> None:
    arguments = read("host:1", "--nick", "bob", "--join", "#a", "--join", "#b key,#c", "--dialect", "lab", "--tls")
    expected = ServerSettings(address="host:1", nick="bob", join=("#a", "#b key", "#c"), dialect="lab", tls=True)
    assert servers_to_open(arguments, {}) == {"host": expected}
    assert read("--name", "bob").nick == "bob"


@pytest.mark.parametrize(
    ("words", "opened"),
    [
        ([], {"home": FILE["home"]}),
        (["--no-autoconnect"], {}),
        (["work"], {"work": FILE["work"]}),
        (["work", "--no-tls"], {"work": ServerSettings(address="irc.example.org")}),
        (["irc.example.net:6697", "--tls"], {"irc.example.net": ServerSettings("irc.example.net:6697", tls=True)}),
        (["--name", "bob"], {"127.0.0.1": ServerSettings(nick="bob")}),
        (["[::1]:7000"], {"::1": ServerSettings("[::1]:7000")}),
    ],
    ids=" ".join,
)
def test_the_command_line_says_which_servers_to_open(words: list[str], opened: dict[str, ServerSettings]) -> None:
    assert servers_to_open(read(*words), FILE) == opened


def test_without_a_word_or_a_file_no_server_is_opened() -> None:
    assert servers_to_open(read(), {}) == {}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--theme", "pink"], "theme must be dark, light, high-contrast or colour-blind"),
        (["--timeout", "0"], "timeout must be a number of seconds above 0, at most 3600"),
        (["--fingerprint", "12"], "fingerprint must be the 64 hexadecimal digits of a SHA-256 fingerprint"),
    ],
)
def test_a_flag_that_does_not_fit_is_explained(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        read(*words)
    assert caught.value.code == 2 and sentence in capsys.readouterr().err


def test_help_lists_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read("--help")
    text = capsys.readouterr().out
    assert all(f"--{name.replace('_', '-')}" in text for name in [*ROWS, *SERVER_ROWS] if name != "address")
    assert "%H:%M" in text and str(Path.home()) not in text
