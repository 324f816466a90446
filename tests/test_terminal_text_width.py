"""How many cells a text takes, and texts cut and padded to a number of cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from terminal.text.width import Align, cells, cut, fit, pad, reach

texts = st.text(st.sampled_from("ab ,é日本語👍ｱ가e\u0301\u0336\u200b\u094dक"), max_size=30)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("hello", 5),
        ("日本語", 6),
        ("ｶﾅ", 2),
        ("ＡＢ", 4),
        ("한글", 4),
        ("👍", 2),
        ("👨\u200d👩\u200d👧", 6),
        ("❤\ufe0f", 1),
        ("é", 1),
        ("e\u0301", 1),
        ("नमस्ते", 4),
        ("ไทย", 3),
        ("a\u200bb", 2),
        ("\u25cc\u0301", 1),
        ("…│─", 3),
    ],
)
def test_a_text_is_as_wide_as_its_code_points(text: str, width: int) -> None:
    assert cells(text) == width


@given(st.text() | texts)
def test_cells_are_counted_as_the_screen_counts_them(text: str) -> None:
    assert cells(text) == get_cwidth(text)


@pytest.mark.parametrize(
    ("text", "room", "result"),
    [
        ("hello", 5, "hello"),
        ("hello", 4, "hel…"),
        ("hello", 1, "…"),
        ("hello", 0, ""),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"),
    ],
)
def test_what_does_not_fit_is_cut_with_an_ellipsis(text: str, room: int, result: str) -> None:
    assert cut(text, room) == result


def test_an_ellipsis_can_be_another_one_and_is_left_out_where_it_has_no_room() -> None:
    assert cut("hello", 4, "...") == "h..."
    assert cut("hello", 2, "...") == "he"
    assert cut("hello", 4, "") == "hell"


@pytest.mark.parametrize(("align", "result"), [("left", "日本   "), ("right", "   日本"), ("center", " 日本  ")])
def test_short_texts_are_padded_on_the_side_that_is_asked_for(align: Align, result: str) -> None:
    assert pad("日本", 7, align) == fit("日本", 7, align) == result


def test_longer_texts_are_not_padded() -> None:
    assert pad("hello", 3) == "hello"


def test_half_a_wide_character_becomes_a_space() -> None:
    assert fit("日本語", 3, ellipsis="") == "日 "
    assert fit("日本語", 4) == "日… "


@given(texts, st.integers(0, 20), st.sampled_from(["left", "right", "center"]), st.sampled_from(["…", "", "...", "日"]))
def test_a_fitted_text_has_exactly_the_cells_that_were_asked_for(
    text: str, room: int, align: Align, ellipsis: str
) -> None:
    assert cells(fit(text, room, align, ellipsis)) == room
    assert cells(cut(text, room, ellipsis)) <= room


@given(texts, st.integers(0, 20))
def test_a_cut_separates_nothing_from_what_it_is_drawn_over(text: str, room: int) -> None:
    end, used = reach(text, room)
    assert used == cells(text[:end]) <= room
    assert end == len(text) or (cells(text[end]) > 0 and used + cells(text[end]) > room)
    assert cut(text, room, "") == text[:end]


def test_reach_goes_on_from_where_it_is_told_to() -> None:
    assert reach("ab日本", 3, 1) == (3, 3)
    assert reach("ab日本", 2, 1) == (2, 1)
    assert reach("abc", 9, 3) == (3, 0)
