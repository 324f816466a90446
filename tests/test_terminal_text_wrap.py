"""Rows that a text makes in a window: where they end, how they are indented, and that nothing gets lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.text import links
from terminal.text.width import cells
from terminal.text.wrap import Row, wrap

pieces = st.text(st.sampled_from("abcdefg   .日本👍e\u0301\u0336"), max_size=30) | st.sampled_from(
    ["https://example.org/a", " (http://a.org) ", "日本語http://b.org/日"]
)
fragment_lists = st.lists(st.tuples(st.sampled_from(["", "bold", "class:nick"]), pieces), max_size=6)


def texts(rows: list[Row]) -> list[str]:
    return ["".join(text for _, text in row) for row in rows]


def wrapped(text: str, width: int, indent: int = 0) -> list[str]:
    return texts(wrap([("", text)], width, indent))


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("", 10, [""]),
        ("fits", 10, ["fits"]),
        ("exactly it", 10, ["exactly it"]),
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 8, ["one two", "three"]),
        ("one  two", 5, ["one", "two"]),
        ("one   ", 4, ["one"]),
        ("a longword", 5, ["a lon", "gword"]),
        ("a longwordthatfitsnowhere", 10, ["a longword", "thatfitsno", "where"]),
        ("of the moved", 8, ["of the", "moved"]),
        ("abcdef", 3, ["abc", "def"]),
        ("日本語", 5, ["日本", "語"]),
        ("日本語日本語 a", 4, ["日本", "語日", "本語", "a"]),
        ("ab 日本語", 7, ["ab 日本", "語"]),
        ("ab 日本語", 4, ["ab", "日本", "語"]),
        ("x 👍👍", 5, ["x 👍", "👍"]),
        ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
        ("one\ntwo three\n\nfour", 8, ["one", "two", "three", "", "four"]),
        ("one\n", 8, ["one", ""]),
        ("see http://a.org/b now", 14, ["see", "http://a.org/b", "now"]),
        ("see(http://a.org/b)now", 14, ["see(", "http://a.org/b", ")now"]),
        ("日本語http://a.org/b", 14, ["日本語", "http://a.org/b"]),
        ("see http://a.org/much-longer", 14, ["see http://a.o", "rg/much-longer"]),
    ],
)
def test_rows_end_at_spaces_where_they_can(text: str, width: int, rows: list[str]) -> None:
    assert wrapped(text, width) == rows


def test_rows_after_the_first_hang_behind_the_indent() -> None:
    assert wrapped("12:00 <al> one two three", 15, 6) == ["12:00 <al> one", "      two three"]
    assert wrapped("12:00 one\ntwo", 15, 6) == ["12:00 one", "      two"]


def test_an_indent_leaves_half_of_a_narrow_window() -> None:
    assert wrapped("aaaa bbbb cccc", 8, 30) == ["aaaa", "    bbbb", "    cccc"]
    assert wrapped("日本", 3, 3) == ["日", " 本"]
    assert wrapped("日本", 2, 2) == ["日", "本"]


def test_a_window_without_room_still_shows_a_character_in_each_row() -> None:
    assert wrapped("日a", 0) == ["日", "a"]


def test_styles_stay_with_their_text() -> None:
    row = [("class:time", "12:00 "), ("class:nick", "<al> "), ("", "hello "), ("bold", "wonderful world")]
    assert wrap(row, 22, 6) == [
        [("class:time", "12:00 "), ("class:nick", "<al> "), ("", "hello")],
        [("", "      "), ("bold", "wonderful world")],
    ]
    assert wrap(row, 80, 6) == [row]


def test_a_mark_is_not_separated_from_the_space_that_it_is_drawn_over() -> None:
    assert wrapped("ab \u0301cd", 3) == ["ab \u0301", "cd"]
    assert wrapped("ab \u0301cd", 2) == ["ab", " \u0301c", "d"]


@given(fragment_lists, st.integers(2, 40), st.integers(0, 45))
def test_every_row_fits_and_nothing_but_spaces_is_lost(
    fragments: list[tuple[str, str]], width: int, indent: int
) -> None:
    rows = wrap(fragments, width, indent)
    whole = "".join(text for _, text in fragments)
    shown = texts(rows)
    assert all(cells(row) <= width for row in shown)
    hanging = min(indent, width // 2, width - 2)
    assert all(row.startswith(" " * hanging) for row in shown[1:])
    place = 0
    for number, row in enumerate(shown):
        row = row[hanging:] if number else row
        while number and whole[place : place + 1] == " " and not (row and whole.startswith(row, place)):
            place += 1
        assert whole.startswith(row, place)
        place += len(row)
    assert whole[place:].strip(" ") == ""


@given(fragment_lists, st.integers(2, 40), st.integers(0, 20))
def test_every_character_keeps_its_style(fragments: list[tuple[str, str]], width: int, indent: int) -> None:
    rows = wrap(fragments, width, indent)
    hanging = min(indent, width // 2, width - 2)
    kept = [row[1:] if number and hanging else row for number, row in enumerate(rows)]
    after = [(style, char) for row in kept for style, text in row for char in text if char != " "]
    before = [(style, char) for style, text in fragments for char in text if char != " "]
    assert after == before


@given(fragment_lists, st.integers(24, 60))
def test_urls_that_fit_on_a_row_are_whole(fragments: list[tuple[str, str]], width: int) -> None:
    whole = "".join(text for _, text in fragments)
    shown = texts(wrap(fragments, width))
    for start, end in links.find(whole):
        if cells(whole[start:end]) <= width:
            assert any(whole[start:end] in row for row in shown)


def test_a_hundred_thousand_cells_in_one_line_are_wrapped_too() -> None:
    assert len(wrapped("日" * 50_000, 80)) == 1250
    assert len(wrapped("word " * 20_000, 79)) == 1250
