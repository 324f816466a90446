"""What of a stranger's text reaches the terminal, and that terminals draw it in the cells that the screen counts."""

import re
import unicodedata

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from terminal.text.clean import escape, plain, written
from terminal.text.width import cells

HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ud800-\udfff]")
EMOJI = "👨👩👧👍❤☺🏳🌈🏽🏿🇫🇮🇸\u200d\ufe0f\ufe0e\u20e31#"
SAMPLES = (*EMOJI, *"a é日한\u0301\u0336\u0378\U0001d300☰\t\x02\x1b\u202e\u200b", "e\u0301", "\u1112\u1161\u11ab")
awkward = st.lists(st.sampled_from(SAMPLES), max_size=30).map("".join)


@pytest.mark.parametrize(
    ("text", "read", "exact"),
    [
        ("plain", "plain", "plain"),
        ("\x02bold\x0f \x0304,12red\x03", "bold red", "\\x02bold\\x0f \\x0304,12red\\x03"),
        ("a\tb\u00a0c", "a b c", "a\\x09b\u00a0c"),
        ("\x1b[2J\x9b1m\x07\r\n", "\\x1b[2J\\x9b1m\\x07\\x0d\\x0a", "\\x1b[2J\\x9b1m\\x07\\x0d\\x0a"),
        ("\u202eabc\u2028\u200f", "\\u202eabc\\u2028\\u200f", "\\u202eabc\\u2028\\u200f"),
        ("\ud800", "\\ud800", "\\ud800"),
        ("al\u200bice\u00ad\ufeff", "alice", "al\\u200bice\\xad\\ufeff"),
        ("👨\u200d👩\u200d👧", "👨👩👧", "👨\\u200d👩\\u200d👧"),
        ("🏳\ufe0f\u200d🌈", "🏳🌈", "🏳\\ufe0f\\u200d🌈"),
        ("❤\ufe0f ⌚\ufe0e", "❤ ⌚", "❤\\ufe0f ⌚\\ufe0e"),
        ("1\ufe0f\u20e3", "1", "1\\ufe0f\\u20e3"),
        ("👍🏽!", "👍!", "👍\\U0001f3fd!"),
        ("🏽", "\\U0001f3fd", "\\U0001f3fd"),
        ("🇫🇮🇸🇪", "[FI][SE]", "\\U0001f1eb\\U0001f1ee\\U0001f1f8\\U0001f1ea"),
        ("🇫 🇮", "F I", "\\U0001f1eb \\U0001f1ee"),
        ("e\u0301", "é", "e\u0301"),
        ("\u1112\u1161\u11ab", "한", "\u1112\u1161\u11ab"),
        ("\u0301a", "◌\u0301a", "\\u0301a"),
        ("z" + "\u0336" * 9 + "a", "z\u0336\u0336\u0336\u0336a", "z" + "\u0336" * 9 + "a"),
        ("\u0378", "\\u0378", "\\u0378"),
        ("☰", "\\u2630", "\\u2630"),
        ("हिन्दी ไทย தமிழ்", "हिन्दी ไทย தமிழ்", "हिन्दी ไทย தமிழ்"),
        ("日本語 ｱﾞ Ω ☃ ⣿\u2800", "日本語 ｱﾞ Ω ☃ ⣿\u2800", "日本語 ｱﾞ Ω ☃ ⣿\u2800"),
    ],
)
def test_what_terminals_do_not_agree_on_is_simplified_or_made_visible(text: str, read: str, exact: str) -> None:
    assert plain(text) == read
    assert escape(text) == exact


@given(st.text() | awkward)
def test_nothing_harmful_and_nothing_invisible_is_left_in_any_text(text: str) -> None:
    for clean in (plain(text), escape(text), written(text)):
        assert not HARMFUL.search(clean)
        clean.encode()


@given(st.text() | awkward)
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert escape(escape(text)) == escape(text)


@given(st.text(max_size=40) | awkward)
def test_a_clean_text_starts_with_a_character_that_has_a_cell(text: str) -> None:
    for clean in (plain(text), escape(text)):
        assert clean == "" or get_cwidth(clean[0]) > 0


@given(awkward)
def test_a_terminal_draws_a_clean_text_in_the_cells_that_are_counted(text: str) -> None:
    clean = plain(text)
    screen = pyte.Screen(2000, 2)
    pyte.Stream(screen).feed(clean + "|")
    assert screen.buffer[0][cells(clean)].data == "|" and screen.cursor.x == cells(clean) + 1


@given(st.text() | awkward)
def test_two_names_that_differ_look_different(name: str) -> None:
    """Invisible characters are what a false name is made of; `escape` shows each of them."""
    assert len(escape(name)) >= len(name)
    assert all(
        unicodedata.category(character) not in ("Cf", "Cc", "Cs") for character in escape(name) if cells(character) == 0
    )


@given(st.text() | awkward)
def test_while_it_is_edited_a_text_keeps_its_length_so_the_cursor_stays_right(text: str) -> None:
    assert len(written(text)) == len(text)


def test_formatting_is_visible_while_it_is_edited() -> None:
    assert written("\x02bold\x02 \x0304red\x0f\x7f") == "␂bold␂ ␃04red␏␡"
    assert written("👍🏽 a\u200db 🇫🇮\u202e") == "👍· a·b FI\ufffd"
    assert written("plain") == "plain"
