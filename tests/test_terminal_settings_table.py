"""The tables of settings: rows are whole, values survive being shown and typed again, mistakes are explained."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.dialects import DIALECTS
from terminal.settings import GROUPS, BadSetting, Settings, change, names, parse, row, shown, value_of
from terminal.settings.rows import Row, Value, check, rows_of, setting
from terminal.settings.rows import parse as parse_row
from terminal.settings.rows import shown as show_row
from terminal.settings.servers import DIALECTS as SERVER_DIALECTS
from terminal.settings.servers import ROWS as SERVER_ROWS
from terminal.settings.table import ROWS

WORDS = st.text(st.characters(codec="utf-8"), max_size=12)


@pytest.mark.parametrize("one", [*ROWS.values(), *SERVER_ROWS.values()], ids=lambda one: one.name)
def test_a_row_has_a_help_sentence_and_a_default_that_it_allows(one: Row) -> None:
    assert one.help[0].isupper() or one.help.startswith("host"), one.help
    assert not one.help.endswith(".") and one.group and one.allowed
    assert check(one, one.default) == one.default
    assert parse_row(one, show_row(one, one.default)) == one.default


def test_every_setting_is_in_a_group_that_is_shown_and_no_object_shares_a_default() -> None:
    assert {one.group for one in ROWS.values()} == set(GROUPS)
    assert names() == [one.name for one in fields(Settings)]
    assert Settings().noise_in is not Settings().noise_in
    assert tuple(sorted(DIALECTS)) == SERVER_DIALECTS


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("theme", "light", "light"),
        ("mouse", "OFF", False),
        ("mouse", "yes", True),
        ("scrollback", " 500 ", 500),
        ("timeout", "0.5", 0.5),
        ("times", '""', ""),
        ("times", "%H:%M:%S", "%H:%M:%S"),
        ("quit-text", '" bye "', " bye "),
        ("highlights", "parley, , tea time,parley", ("parley", "tea time")),
        ("ignore", "", ()),
        ("noise_in", "#study=hide, a=b=show", {"#study": "hide", "a=b": "show"}),
    ],
)
def test_a_value_is_read_as_somebody_types_it(name: str, text: str, value: Value) -> None:
    assert parse(name, text) == value
    assert parse(name, shown(name, value)) == value


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("theem", "dark", 'There is no setting "theem". Did you mean "theme"? /set lists all.'),
        ("zzz", "dark", 'There is no setting "zzz". /set lists all.'),
        (
            "theme",
            "lihgt",
            'theme must be dark, light, high-contrast or colour-blind, not "lihgt". Did you mean "light"?',
        ),
        ("mouse", "maybe", 'mouse must be on or off, not "maybe".'),
        ("scrollback", "5", 'scrollback must be a whole number of lines from 100 to 1000000, not "5".'),
        ("scrollback", "many", 'scrollback must be a whole number of lines from 100 to 1000000, not "many".'),
        ("timeout", "nan", 'timeout must be a number of seconds above 0, at most 3600, not "nan".'),
        (
            "times",
            "%Q",
            'times must be a form of the time such as %H:%M, %H:%M:%S or %I:%M %p, or empty, not "%Q".',
        ),
        (
            "noise_in",
            "#study",
            'noise_in must be pairs like #study=show with commas between them, each show, fold or hide, not "#study".',
        ),
    ],
)
def test_a_value_that_does_not_fit_is_explained(name: str, text: str, sentence: str) -> None:
    with pytest.raises(BadSetting) as caught:
        parse(name, text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("text", ["a\r\nQUIT", "a\0b", "\x1b[2J", "\ud800", "a\x85b", "a\u2028b", "a\u2029b", "\x9b2J"])
def test_a_text_that_would_end_a_line_or_steer_the_terminal_is_refused(text: str) -> None:
    with pytest.raises(BadSetting):
        change(Settings(), "quit_text", text)


@pytest.mark.parametrize(("name", "text"), [("nick", "two words"), ("nick", "a\tb"), ("account", "two words")])
def test_a_name_with_a_space_is_refused_for_a_server(name: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"^{name} must be a .*space"):
        check(SERVER_ROWS[name], text)


def test_a_change_that_is_refused_changes_nothing() -> None:
    settings = Settings()
    change(settings, "nick-column", 12)
    for value in (41, "12", 1.5, True, None):
        with pytest.raises(BadSetting):
            change(settings, "nick_column", value)
    assert settings.nick_column == value_of(settings, "nick_column") == 12


def test_completion_offers_the_values_there_are() -> None:
    assert row("mouse").suggestions == ("on", "off")
    assert row("logs").suggestions == ("off", "text", "json")
    assert row("scrollback").suggestions == row("noise_in").suggestions == ()


@given(WORDS, st.lists(WORDS), st.dictionaries(WORDS, st.sampled_from(["show", "fold", "hide"])))
def test_whatever_the_table_accepts_can_be_shown_and_typed_again(
    text: str, words: list[str], pairs: dict[str, str]
) -> None:
    for name, value in (("quit_text", text), ("highlights", words), ("noise_in", pairs)):
        try:
            kept = check(ROWS[name], value)
        except BadSetting:
            continue
        assert parse(name, shown(name, kept)) == kept


@given(st.sampled_from(names()), WORDS)
def test_whatever_is_typed_gives_a_value_or_a_sentence(name: str, text: str) -> None:
    try:
        assert check(ROWS[name], parse(name, text)) == parse(name, text)
    except BadSetting as error:
        assert str(error).startswith(f"{name} must be ")


def test_a_table_is_made_of_any_dataclass() -> None:
    from dataclasses import dataclass

    @dataclass
    class Small:
        size: float = setting(1.0, "The size", unit="metres", least=1)

    assert rows_of(Small)["size"].allowed == "a number of metres, at least 1"
