"""/set and the commands that change one setting: what is said, what is in force, what is kept."""

import tomllib
from pathlib import Path

import pytest

from terminal.settings import GROUPS, names
from tests.terminal_core import Core, a_client, texts


def a_core(tmp_path: Path | None = None) -> Core:
    core = a_client()
    core.online()
    if tmp_path is not None:
        core.client.settings_path = tmp_path / "client.toml"
    return core


def said(core: Core, *typed: str) -> list[str]:
    """What is told when this is typed."""
    window = core.client.windows.current
    assert window is not None
    window.clear()
    core.type(*typed)
    return texts(window)


def kept(core: Core) -> dict[str, object]:
    """What the file holds."""
    assert core.client.settings_path is not None
    return tomllib.loads(core.client.settings_path.read_text())


def test_the_list_has_every_setting_under_its_group_and_marks_what_differs() -> None:
    core = a_core()
    core.type("/set bell off")
    lines = said(core, "/set")
    assert [line[3:] for line in lines if line.startswith("--")] == list(GROUPS)
    assert [line.lstrip("* ").split()[0] for line in lines[:-1] if not line.startswith("--")] == names()
    assert [line for line in lines[:-1] if line.startswith("*")] == ["* bell               off"]


def test_a_group_is_listed_alone() -> None:
    assert said(a_core(), "/set attention")[:-1] == [
        "-- attention",
        "bell               mention",
        'highlights         ""',
        'ignore             ""',
        "noise              fold",
        'noise_in           ""',
    ]


def test_one_setting_is_explained_with_its_default_when_it_has_another_value() -> None:
    core = a_core()
    assert said(core, "/set bell") == [
        "bell = mention",
        "When the terminal rings. It may be off, mention or any.",
    ]
    core.type("/set bell any")
    assert said(core, "/set bell")[0] == "bell = any (default: mention)"


def test_a_changed_setting_is_in_force_and_in_the_file(tmp_path: Path) -> None:
    core = a_core(tmp_path)
    assert said(core, "/set theme light", "/set highlights exam, lab", '/set times ""', "/set scrollback 500") == [
        "theme = light",
        "highlights = exam, lab",
        'times = ""',
        "scrollback = 500",
    ]
    assert kept(core) == {"theme": "light", "highlights": ["exam", "lab"], "times": "", "scrollback": 500}
    assert (core.settings.theme, core.settings.scrollback) == ("light", 500)


def test_unset_gives_the_default_back_and_takes_it_out_of_the_file(tmp_path: Path) -> None:
    core = a_core(tmp_path)
    core.type("/set theme light", "/set bell any")
    assert said(core, "/unset theme") == ["theme = dark"]
    assert kept(core) == {"bell": "any"}
    assert core.settings.theme == "dark"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (
            "/set theme drak",
            'theme must be dark, light, high-contrast or colour-blind, not "drak". Did you mean "dark"?',
        ),
        ("/set mouse maybe", 'mouse must be on or off, not "maybe".'),
        ("/set scrollback 5", 'scrollback must be a whole number of lines from 100 to 1000000, not "5".'),
        ("/set thema light", 'There is no setting "thema". Did you mean "theme"? /set lists all.'),
        ("/unset thema", 'There is no setting "thema". Did you mean "theme"? /set lists all.'),
        ("/unset", "Usage: /unset <setting>"),
    ],
)
def test_what_cannot_be_set_is_said_and_nothing_changes(typed: str, answer: str, tmp_path: Path) -> None:
    core = a_core(tmp_path)
    assert said(core, typed) == [answer]
    assert not (tmp_path / "client.toml").exists()
    assert core.settings == a_client().settings


def test_a_file_that_cannot_be_written_is_said_and_the_value_holds_all_the_same(tmp_path: Path) -> None:
    core = a_core(tmp_path)
    (tmp_path / "client.toml").mkdir()
    problem, done = said(core, "/set theme light")
    assert problem.startswith(f"{tmp_path / 'client.toml'} cannot be read: ")
    assert done == "theme = light (until the end of this client)"
    assert core.settings.theme == "light"


def test_a_broken_file_stays_as_it_is(tmp_path: Path) -> None:
    core = a_core(tmp_path)
    (tmp_path / "client.toml").write_text("theme = ")
    assert "It stays as it is; nothing was saved." in said(core, "/set theme light")[0]
    assert (tmp_path / "client.toml").read_text() == "theme = "


def test_without_a_file_a_setting_holds_until_the_end() -> None:
    assert said(a_core(), "/set bell off") == ["bell = off (until the end of this client)"]


def test_what_only_a_start_can_change_is_said(tmp_path: Path) -> None:
    assert said(a_core(tmp_path), "/set plain on") == ["plain = on (from the next start on)"]


def test_names_may_be_written_with_hyphens_and_capitals(tmp_path: Path) -> None:
    assert said(a_core(tmp_path), "/set Paste-Guard off") == ["paste_guard = off"]


def test_words_of_highlights_are_added_listed_and_taken(tmp_path: Path) -> None:
    core = a_core(tmp_path)
    assert said(core, "/highlight", "/highlight exam lab", "/highlight Exam", "/highlight") == [
        "Only your nick counts as a mention.",
        "highlights = exam, lab",
        "Exam is there already.",
        "Mentions: your nick, exam, lab.",
    ]
    assert said(core, "/unhighlight EXAM", "/unhighlight exam") == ["highlights = lab", "exam was none of the words."]
    assert kept(core) == {"highlights": ["lab"]}


def test_a_filter_is_of_one_window_and_kept(tmp_path: Path) -> None:
    core = a_core(tmp_path)
    core.client.window("channel", "net", "#Study", show=True)
    assert said(core, "/filter", "/filter hide", "/filter", "/filter default", "/filter") == [
        "#Study: fold; /filter show, fold or hide changes that.",
        "noise_in = #Study=hide",
        "#Study: hide; /filter show, fold or hide changes that.",
        'noise_in = ""',
        "#Study: fold; /filter show, fold or hide changes that.",
    ]
    assert said(core, "/filter loud") == ["/filter takes show, fold, hide or default, not loud."]
    assert kept(core) == {"noise_in": {}}


def test_an_answer_is_seen_also_when_one_looks_at_the_wire() -> None:
    core = a_core()
    core.client.window("wire", "net", "wire net", show=True)
    core.type("/set bell")
    current = core.client.windows.current
    assert current is not None
    assert (current.kind, texts(current)[-2]) == ("server", "bell = mention")
