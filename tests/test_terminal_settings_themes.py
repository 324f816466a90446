"""Themes: every part everywhere, readable, and told apart without colours."""

import re
from typing import get_args

import pytest
from prompt_toolkit.styles import Style

from terminal.model.line import Kind
from terminal.settings.table import THEMES as NAMES
from terminal.settings.themes import PALETTES, PARTS, THEMES, Theme, contrast, without_colours
from terminal.wire.annotation import Part

OKABE_ITO = {"#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"}


def foreground(style: str) -> str | None:
    found = re.search(r"(?<!bg:)(#[0-9a-f]{6})", style)
    return found[1] if found else None


def background(style: str) -> str | None:
    found = re.search(r"bg:(#[0-9a-f]{6})", style)
    return found[1] if found else None


def everything(theme: str) -> dict[str, str]:
    nicks = {f"nick.{number}": style for number, style in enumerate(THEMES[theme].nicks)}
    return {**THEMES[theme].styles, **nicks}


def test_the_setting_offers_exactly_the_themes_that_there_are() -> None:
    assert tuple(THEMES) == NAMES


@pytest.mark.parametrize("theme", [*THEMES.values(), *map(without_colours, THEMES.values())], ids=lambda one: one.name)
def test_every_theme_defines_every_part_in_words_that_the_library_knows(theme: Theme) -> None:
    assert tuple(theme.styles) == PARTS and len(set(PARTS)) == len(PARTS)
    Style.from_dict({**theme.styles, **{f"nick.{number}": style for number, style in enumerate(theme.nicks)}})


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_line_is_a_part(kind: str) -> None:
    assert kind in PARTS


@pytest.mark.parametrize("part", get_args(Part))
def test_every_part_of_a_line_of_the_wire_is_a_part(part: str) -> None:
    assert f"wire.{part}" in PARTS


@pytest.mark.parametrize("theme", NAMES)
def test_every_text_stands_out_from_what_is_behind_it(theme: str) -> None:
    least = 7.0 if theme == "high-contrast" else 4.5
    behind, text = PALETTES[theme].behind, PALETTES[theme].text
    for part, style in everything(theme).items():
        seen = contrast(foreground(style) or text, background(style) or behind)
        assert seen >= least, f"{part}: {seen:.2f}"


@pytest.mark.parametrize("theme", NAMES)
def test_a_text_stays_readable_where_an_exchange_is_marked(theme: str) -> None:
    least = 7.0 if theme == "high-contrast" else 4.5
    for part, style in everything(theme).items():
        if background(style) is None or part == "exchange":
            seen = contrast(foreground(style) or PALETTES[theme].text, PALETTES[theme].paired_behind)
            assert seen >= least, f"{part}: {seen:.2f}"


@pytest.mark.parametrize("theme", NAMES)
def test_nicks_look_different_and_none_like_a_mention_or_a_problem_in_the_full_palettes(theme: str) -> None:
    palette = PALETTES[theme]
    assert len(set(palette.nicks)) == 12
    if theme != "colour-blind":
        assert not {palette.mention, palette.problem} & set(palette.nicks)


def test_the_colour_blind_theme_uses_the_colours_of_okabe_and_ito_and_greys() -> None:
    found = " ".join(everything("colour-blind").values())
    shown = set(re.findall(r"(?<!bg:)(#[0-9a-f]{6})", found))
    assert all(colour in OKABE_ITO or len({colour[1:3], colour[3:5], colour[5:7]}) == 1 for colour in shown)


def test_without_colours_what_matters_is_still_told_apart() -> None:
    bare = without_colours(THEMES["dark"]).styles
    assert not any("#" in style for style in bare.values())
    for one, other in [
        ("windowlist.current", "windowlist"),
        ("windowlist.mention", "windowlist.unread"),
        ("windowlist.unread", "windowlist"),
        ("mention", "message"),
        ("marker", "join"),
        ("exchange", "message"),
        ("exchange", "wire.command"),
        ("search", "message"),
        ("state.current", "state"),
        ("state.next", "state.current"),
        ("wire.in", "wire.out"),
    ]:
        assert bare[one] != bare[other], (one, other)


@pytest.mark.parametrize(("colour", "behind", "ratio"), [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48)])
def test_contrast_is_the_one_of_the_standard(colour: str, behind: str, ratio: float) -> None:
    assert round(contrast(colour, behind), 2) == round(contrast(behind, colour), 2) == ratio
