"""The library's own menus and scroll bars look like the theme."""

import pytest
from prompt_toolkit.styles import merge_styles
from prompt_toolkit.styles.defaults import default_ui_style

from terminal.screen.look import look_of
from terminal.screen.styles import style_of
from terminal.settings.table import THEMES, Settings

PAIRS = [
    ("completion-menu.completion", "completion"),
    ("completion-menu.completion.current", "completion.current"),
    ("completion-menu.meta.completion", "completion.help"),
    ("completion-menu.meta.completion.current", "completion.current"),
    ("scrollbar.button", "completion.current"),
    ("search.current", "search"),
]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("colours", [True, False], ids=["colours", "bare"])
@pytest.mark.parametrize(("theirs", "ours"), PAIRS)
def test_what_the_library_draws_has_the_style_of_a_part(theme: str, colours: bool, theirs: str, ours: str) -> None:
    sheet = merge_styles([default_ui_style(), style_of(look_of(Settings(theme=theme), colours))])
    nested = " ".join(f"class:{'.'.join(theirs.split('.')[:depth])}" for depth in range(1, theirs.count(".") + 2))
    assert sheet.get_attrs_for_style_str(nested) == sheet.get_attrs_for_style_str(f"class:{ours}")


def test_the_sheet_of_a_theme_is_made_once() -> None:
    settings = Settings()
    assert style_of(look_of(settings)) is style_of(look_of(settings))
    assert style_of(look_of(settings)) is not style_of(look_of(settings, colours=False))
    assert style_of(look_of(settings)) is not style_of(look_of(Settings(theme="light")))
