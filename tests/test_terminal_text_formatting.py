"""What the formatting bytes of a text do, by the rules that IRC clients agree on, and how it becomes style strings."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.styles import Style as Sheet

from protocol.formatting import strip_formatting
from terminal.text.formatting import MARKERS, Span, Style, as_style, fragments, spans
from terminal.text.palette import PALETTE

BOLD = Style(bold=True)
formatted = st.text(st.sampled_from("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f0123456789,aFé日 "), max_size=40)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain", [Span("plain", Style())]),
        ("", []),
        ("\x02\x02", []),
        ("a\x02b\x02c", [Span("a", Style()), Span("b", BOLD), Span("c", Style())]),
        ("\x02a\x1d\x1db", [Span("ab", BOLD)]),
        ("\x1da", [Span("a", Style(italic=True))]),
        ("\x1fa", [Span("a", Style(underline=True))]),
        ("\x1ea", [Span("a", Style(strike=True))]),
        ("\x11a", [Span("a", Style(monospace=True))]),
        ("\x16a\x16b", [Span("a", Style(reverse=True)), Span("b", Style())]),
        ("\x02\x1d\x0304,12a\x0fb", [Span("a", Style(True, True, foreground=4, background=12)), Span("b", Style())]),
        ("\x034a", [Span("a", Style(foreground=4))]),
        ("\x03123", [Span("3", Style(foreground=12))]),
        ("\x034,x", [Span(",x", Style(foreground=4))]),
        ("\x034,5,6", [Span(",6", Style(foreground=4, background=5))]),
        ("\x03,5", [Span(",5", Style())]),
        (
            "\x034,5a\x036b",
            [Span("a", Style(foreground=4, background=5)), Span("b", Style(foreground=6, background=5))],
        ),
        ("\x034,5a\x0399b", [Span("a", Style(foreground=4, background=5)), Span("b", Style(background=5))]),
        ("\x034,5a\x0398,99b", [Span("a", Style(foreground=4, background=5)), Span("b", Style(foreground=98))]),
        ("\x02\x034,5a\x03b", [Span("a", Style(True, foreground=4, background=5)), Span("b", BOLD)]),
        ("\x04FF8800a", [Span("a", Style(foreground="ff8800"))]),
        ("\x04ff8800,00ff00a\x04b", [Span("a", Style(foreground="ff8800", background="00ff00")), Span("b", Style())]),
        ("\x04ff88 a", [Span("ff88 a", Style())]),
        ("\x04ff8800,00ffa", [Span(",00ffa", Style(foreground="ff8800"))]),
    ],
)
def test_formatting_bytes_change_the_style_of_what_follows(text: str, found: list[Span]) -> None:
    assert spans(text) == found


@given(formatted)
def test_the_spans_hold_exactly_the_text_without_its_formatting(text: str) -> None:
    found = spans(text)
    assert "".join(span.text for span in found) == strip_formatting(text)
    assert all(span.text for span in found)
    assert all(one.style != other.style for one, other in pairwise(found))


@given(formatted)
def test_every_style_is_one_that_the_screen_understands(text: str) -> None:
    sheet = Sheet([])
    for style, piece in fragments(text, "class:message"):
        sheet.get_attrs_for_style_str(style)
        assert piece.isprintable() and style.startswith("class:message")


@pytest.mark.parametrize(
    ("style", "words"),
    [
        (Style(), ""),
        (Style(bold=True, foreground=53), "bold fg:#ff8c00"),
        (Style(italic=True, underline=True, strike=True, reverse=True), "italic underline strike reverse"),
        (Style(monospace=True, foreground=4, background=1), "class:monospace fg:ansibrightred bg:ansiblack"),
        (Style(foreground="00ff7f", background=98), "fg:#00ff7f bg:#ffffff"),
    ],
)
def test_styles_become_style_strings(style: Style, words: str) -> None:
    assert as_style(style) == words


def test_fragments_are_formatted_and_clean() -> None:
    assert fragments("a\x02b\x1b\x0309 \x02", "class:x") == [
        ("class:x", "a"), ("class:x bold", "b\\x1b"), ("class:x bold fg:ansibrightgreen", " "),
    ]  # fmt: skip
    assert fragments("a") == [("", "a")]
    assert fragments("\x02\u200b") == []


def test_the_palette_has_all_colours_but_the_default() -> None:
    assert len(PALETTE) == 99
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in PALETTE[16:])
    assert PALETTE[16] == "#470000" and PALETTE[52] == "#ff0000" and PALETTE[98] == "#ffffff"
    assert len(set(PALETTE[:16])) == 16


def test_every_formatting_byte_can_be_written_with_a_key_of_its_own() -> None:
    assert {marker.byte for marker in MARKERS} == set("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f")
    assert len({marker.letter for marker in MARKERS}) == len({marker.name for marker in MARKERS}) == len(MARKERS)
    assert all(strip_formatting(marker.byte) == "" for marker in MARKERS)
